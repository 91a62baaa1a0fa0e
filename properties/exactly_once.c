/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exactly-once: readers of committed data see of each input one output (E1 in kafka.md).
 *
 * For worlds that copy and say so (property_config). At most once is judged with each batch and each marker of the output:
 * the earliest moment at which a second copy may be seen. At least once is judged at the end. Records are told apart by
 * key and value, so two inputs that are alike must have two outputs.
 */
#include "properties/property.h"

static void judge_most(struct property *property, const struct history_event *event,
                       const struct ledger_partition *partition, int64_t first, int64_t last)
{
    for (int64_t offset = first; offset <= last; offset++) {
        const struct ledger_record *record = ledger_record_at(partition, offset);
        const struct ledger_attachment *copy = record ? record->attachment : NULL;
        if (!copy || !ledger_fate_is_visible(ledger_log_fate(partition, offset)))
            continue;
        property->judged++;
        /* Only when it is the one too many: a copy is complained about once. */
        if (copy->visible[LEDGER_COPY_OUT] > copy->records[LEDGER_COPY_IN])
            property_find(
                property, event, copy->records[LEDGER_COPY_IN] > 0 ? "twice" : "from-nothing",
                "offset %lld of %.*s[%d] makes %u visible copies of key %.*s, which was put in %u times",
                (long long)offset, PROPERTY_TEXT(partition->topic->name), partition->partition,
                copy->visible[LEDGER_COPY_OUT], PROPERTY_TEXT(copy->event->trace_id),
                copy->records[LEDGER_COPY_IN]);
    }
}

static void on_event(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    if (!property->config->is_exactly_once || event->kind != HISTORY_LOG || !told->partition ||
        !told->is_followed || told->partition->topic->role != LEDGER_COPY_OUT)
        return;
    const struct history_batch *batch = &event->log.batch;
    if (told->closed.producer_id < 0) {
        judge_most(property, event, told->partition, batch->base_offset, batch->last_offset);
        return;
    }
    for (int64_t offset = told->closed.first_offset; offset < batch->base_offset; offset++)
        if (ledger_log_owner(told->partition, offset) == told->closed.producer_id)
            judge_most(property, event, told->partition, offset, offset);
}

static void at_end(struct property *property)
{
    if (!property->config->is_exactly_once)
        return;
    for (const struct ledger_event *event = property->ledger->events; event; event = event->next)
        for (const struct ledger_attachment *a = event->attachments; a; a = a->next_of_event) {
            uint32_t in = a->records[LEDGER_COPY_IN], out = a->visible[LEDGER_COPY_OUT];
            property->judged += in > 0;
            if (out < in)
                property_find(property, NULL, "missing",
                              "key %.*s was put in %u times, and readers of committed data see it %u times",
                              PROPERTY_TEXT(event->trace_id), in, out);
        }
}

const struct property_class exactly_once_property = {
    .name = "exactly-once", .bytes = sizeof(struct property), .on_event = on_event, .at_end = at_end};
