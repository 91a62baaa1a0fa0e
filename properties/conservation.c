/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conservation: every (event, attachment) that entered the pipeline ends in exactly one terminal class (E10,
 * and the "at least one" half of E1, in kafka.md).
 *
 *   a good event      each attachment has a result record and an inventory row (or, where the later stages do not
 *                     run, the last thing that can be there), or a record in the downloads DLQ and no result; or it
 *                     waits in a retry topic, if no retry stage runs
 *   a poisoned event  is rejected: a record in the events DLQ, and no task
 *
 * Only what is in events.raw counts: a load generator that was never acknowledged owes nothing. An event
 * that no HISTORY_LOAD vouched for may be rejected. Judged at the end.
 */
#include "properties/property.h"

static bool is_wanted(const struct ledger_attachment *attachment)
{
    /* The load generator knows best; without one, the event itself says what it holds. */
    return attachment->event->is_loaded ? attachment->is_loaded : attachment->is_in_raw;
}

static void judge_attachment(struct property *property, const struct ledger_attachment *a)
{
    unsigned stages = property->config->stages;
    const struct ledger_event *event = a->event;
    property->judged++;
    bool is_dead = a->records[LEDGER_DLQ] > 0 && a->records[LEDGER_RESULTS] == 0;
    bool is_parked =
        !(stages & PROPERTY_RETRY) && a->records[LEDGER_RETRY] > 0 && a->records[LEDGER_RESULTS] == 0;
    const char *missing = NULL, *kind = NULL;
    if (event->rejections > 0 && a->records[LEDGER_PENDING] > 0)
        property_find(property, NULL, "two-classes",
                      "event %.*s was rejected, and a task was made of its %.*s",
                      PROPERTY_TEXT(event->trace_id), PROPERTY_TEXT(a->url));
    else if (event->rejections > 0 && event->is_loaded)
        property_find(property, NULL, "good-event-rejected", "event %.*s is good, but was rejected",
                      PROPERTY_TEXT(event->trace_id));
    else if (is_dead && a->rows > 0)
        property_find(property, NULL, "two-classes",
                      "%.*s of event %.*s has a DLQ record, a row, and no result", PROPERTY_TEXT(a->url),
                      PROPERTY_TEXT(event->trace_id));
    else if (is_dead || is_parked || event->rejections > 0)
        return;
    else if (stages & PROPERTY_INGEST && a->records[LEDGER_PENDING] == 0)
        missing = "no task was ever made of it", kind = "no-task";
    else if (stages & PROPERTY_DOWNLOAD && a->records[LEDGER_RESULTS] == 0)
        missing = "it has a task, but neither a result nor a DLQ record", kind = "no-result";
    else if (stages & PROPERTY_RESULTS && a->rows == 0)
        missing = "it has a result, but no inventory row", kind = "no-row";
    if (missing)
        property_find(property, NULL, kind, "%.*s of event %.*s: %s", PROPERTY_TEXT(a->url),
                      PROPERTY_TEXT(event->trace_id), missing);
}

static void judge_poisoned(struct property *property, const struct ledger_event *event)
{
    property->judged++;
    uint32_t tasks = 0;
    for (const struct ledger_attachment *a = event->attachments; a; a = a->next_of_event)
        tasks += a->records[LEDGER_PENDING];
    if (event->rejections == 0)
        property_find(property, NULL, "poison-dropped",
                      "event %.*s is malformed, and no DLQ record tells of it",
                      PROPERTY_TEXT(event->trace_id));
    if (tasks > 0)
        property_find(property, NULL, "poison-accepted",
                      "event %.*s is malformed, and %u tasks were made of it", PROPERTY_TEXT(event->trace_id),
                      tasks);
}

static void judge_copies(struct property *property, const struct ledger_event *event)
{
    for (const struct ledger_attachment *a = event->attachments; a; a = a->next_of_event) {
        if (a->records[LEDGER_COPY_IN] == 0)
            continue;
        property->judged++;
        if (a->records[LEDGER_COPY_OUT] == 0)
            property_find(property, NULL, "no-copy", "a record of key %.*s was never copied",
                          PROPERTY_TEXT(event->trace_id));
    }
}

static void on_event(struct property *property, const struct history_event *event)
{
    (void)property;
    (void)event;
}

static void at_end(struct property *property)
{
    for (const struct ledger_event *event = property->ledger->events; event; event = event->next) {
        if (property->config->stages & PROPERTY_COPY)
            judge_copies(property, event);
        if (event->records == 0 || !(property->config->stages & PROPERTY_INGEST))
            continue;
        if (event->is_poison) {
            judge_poisoned(property, event);
            continue;
        }
        for (const struct ledger_attachment *a = event->attachments; a; a = a->next_of_event)
            if (is_wanted(a))
                judge_attachment(property, a);
    }
}

const struct property_class conservation_property = {
    .name = "conservation", .bytes = sizeof(struct property), .on_event = on_event, .at_end = at_end};
