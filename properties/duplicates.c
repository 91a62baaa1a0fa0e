/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duplicates: how often the same attachment was made a task, got a result, got a row (the "at most one" half
 * of E1, and E12, in kafka.md). Counted and shown; no finding, as long as the pipeline delivers at least
 * once.
 */
#include "properties/property.h"

static void on_event(struct property *property, const struct history_event *event)
{
    (void)property;
    (void)event;
}

static void at_end(struct property *property)
{
    uint64_t tasks = 0, results = 0, rows = 0, copies = 0;
    for (const struct ledger_event *event = property->ledger->events; event; event = event->next)
        for (const struct ledger_attachment *a = event->attachments; a; a = a->next_of_event) {
            /* Each retry that comes due is a task again. */
            uint32_t tasks_owed = 1 + a->records[LEDGER_RETRY];
            uint32_t copies_owed = a->records[LEDGER_COPY_IN];
            property->judged += a->records[LEDGER_PENDING] + a->records[LEDGER_RESULTS] + a->rows +
                                a->records[LEDGER_COPY_OUT];
            tasks += a->records[LEDGER_PENDING] > tasks_owed ? a->records[LEDGER_PENDING] - tasks_owed : 0;
            results += a->records[LEDGER_RESULTS] > 1 ? a->records[LEDGER_RESULTS] - 1 : 0;
            rows += a->rows > 1 ? a->rows - 1 : 0;
            copies +=
                a->records[LEDGER_COPY_OUT] > copies_owed ? a->records[LEDGER_COPY_OUT] - copies_owed : 0;
        }
    property_show(property, "duplicate-tasks", tasks);
    property_show(property, "duplicate-results", results);
    property_show(property, "duplicate-rows", rows);
    property_show(property, "duplicate-copies", copies);
}

const struct property_class duplicates_property = {
    .name = "duplicates", .bytes = sizeof(struct property), .on_event = on_event, .at_end = at_end};
