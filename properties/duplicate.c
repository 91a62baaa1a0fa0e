/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duplicate: what an idempotent producer sent once is in its partition once (J2 in kafka.md).
 *
 * Counted by producer id, epoch and sequence, where a leader appends, in the log that it appends to: a batch that is
 * sent again because its answer was lost has to be recognised there. A pipeline that delivers at least once may
 * well send the same business record twice, under two sequences: that is no duplicate here, but exactly-once's matter.
 * Left out: internal topics, where the coordinator writes for the producer, and begins at 0 each time (CoordinatorRuntime).
 */
#include "properties/property.h"

static void on_event(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    const struct history_batch *batch = &event->log.batch;
    const struct ledger_producer *known = &told->producer_before;
    if (event->kind != HISTORY_LOG || event->log.step != HISTORY_LOG_APPEND || !told->partition ||
        batch->producer_id < 0 || batch->is_control || batch->base_sequence < 0 || event->log.is_internal)
        return;
    property->judged++;
    /* Behind INT32_MAX comes 0: only there may a sequence be smaller than the one before. */
    if (known->id < 0 || known->epoch != batch->producer_epoch || known->last_sequence < 0 ||
        known->last_sequence == INT32_MAX || batch->base_sequence > known->last_sequence)
        return;
    property_find(property, event, ledger_role_name(told->partition->topic->role),
                  "broker %d appended sequences %d..%d of producer %lld, epoch %d, to %.*s[%d] at offset "
                  "%lld, although "
                  "its log has them up to %d",
                  event->log.broker, batch->base_sequence, batch->last_sequence,
                  (long long)batch->producer_id, batch->producer_epoch, PROPERTY_TEXT(event->log.topic),
                  event->log.partition, (long long)batch->base_offset, known->last_sequence);
}

const struct property_class duplicate_property = {
    .name = "duplicate", .bytes = sizeof(struct property), .on_event = on_event};
