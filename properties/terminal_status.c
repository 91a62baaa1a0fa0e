/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal-status: of one attachment nobody is told that it is there and that it failed (E12 in kafka.md).
 *
 * A result says which; a dead letter says that it failed. Judged at the end, of what readers of committed data see.
 */
#include "properties/property.h"

static void on_event(struct property *property, const struct history_event *event)
{
    (void)property;
    (void)event;
}

static void judge(struct property *property, const struct ledger_attachment *a)
{
    uint32_t results = a->visible[LEDGER_RESULTS], letters = a->visible[LEDGER_DLQ];
    if (results == 0)
        return;
    property->judged++;
    if (a->successes > 0 && a->successes < results)
        property_find(property, NULL, "two-results",
                      "%.*s of event %.*s has a result that says success, and one that says failed",
                      PROPERTY_TEXT(a->url), PROPERTY_TEXT(a->event->trace_id));
    else if (a->successes > 0 && letters > 0)
        property_find(property, NULL, "success-and-dead-letter",
                      "%.*s of event %.*s has a result that says success, and a dead letter",
                      PROPERTY_TEXT(a->url), PROPERTY_TEXT(a->event->trace_id));
    else if (a->successes == 0 && letters == 0)
        property_find(property, NULL, "failed-without-dead-letter",
                      "%.*s of event %.*s has a result that says failed, and no dead letter",
                      PROPERTY_TEXT(a->url), PROPERTY_TEXT(a->event->trace_id));
}

static void at_end(struct property *property)
{
    for (const struct ledger_event *event = property->ledger->events; event; event = event->next)
        for (const struct ledger_attachment *a = event->attachments; a; a = a->next_of_event)
            judge(property, a);
}

const struct property_class terminal_status_property = {
    .name = "terminal-status", .bytes = sizeof(struct property), .on_event = on_event, .at_end = at_end};
