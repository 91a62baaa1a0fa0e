/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hanging-transaction: a partition has no transaction open of which its coordinator knows nothing (E7 in kafka.md).
 *
 * Nobody would ever write its marker, and readers of committed data stand before it for ever. Judged when a coordinator says
 * that a transaction is complete (then all its markers are written), and when a batch opens one (then the
 * coordinator has it open, or is about to write the marker). A broker that asks no coordinator before it appends
 * (transaction.partition.verification.enable=false) lets a late batch do this: KIP-890.
 */
#include "properties/property.h"

static bool is_over(enum history_transaction_state state)
{
    switch (state) {
    case HISTORY_TRANSACTION_EMPTY:
    case HISTORY_TRANSACTION_COMPLETE_COMMIT:
    case HISTORY_TRANSACTION_COMPLETE_ABORT:
    case HISTORY_TRANSACTION_DEAD:
        return true;
    case HISTORY_TRANSACTION_ONGOING:
    case HISTORY_TRANSACTION_PREPARE_COMMIT:
    case HISTORY_TRANSACTION_PREPARE_ABORT:
    case HISTORY_TRANSACTION_PREPARE_EPOCH_FENCE:
        break;
    }
    return false;
}

static void find_hanging(struct property *property, const struct history_event *event,
                         const struct ledger_partition *partition, struct ledger_open *open, const char *kind)
{
    if (open->is_told)
        return;
    open->is_told = true;
    property_find(
        property, event, kind,
        "%.*s[%d] has a transaction of producer %lld open from offset %lld on, and its coordinator has none",
        PROPERTY_TEXT(partition->topic->name), partition->partition, (long long)open->producer_id,
        (long long)open->first_offset);
}

static void completed(struct property *property, const struct history_event *event)
{
    property->judged++;
    for (const struct ledger_topic *topic = property->ledger->topics; topic; topic = topic->next)
        for (int32_t p = 0; p < topic->partition_count; p++) {
            struct ledger_log *log = topic->partitions[p] ? topic->partitions[p]->log : NULL;
            for (uint32_t i = 0; log && i < log->open_count; i++)
                if (log->open[i].producer_id == event->transaction.producer_id)
                    find_hanging(property, event, topic->partitions[p], &log->open[i], "completed");
        }
}

static void opened(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    const struct history_batch *batch = &event->log.batch;
    const struct ledger_transaction *transaction =
        ledger_transaction_of(property->ledger, batch->producer_id);
    struct ledger_log *log = told->partition->log;
    if (!transaction || told->replica != log->lineage)
        return;
    property->judged++;
    struct ledger_open *open = log->open_count ? &log->open[log->open_count - 1] : NULL;
    if (is_over(transaction->state) && open && open->producer_id == batch->producer_id &&
        open->first_offset == batch->base_offset)
        find_hanging(property, event, told->partition, open, "late");
}

static void on_event(struct property *property, const struct history_event *event)
{
    if (event->kind == HISTORY_TRANSACTION &&
        (event->transaction.state == HISTORY_TRANSACTION_COMPLETE_COMMIT ||
         event->transaction.state == HISTORY_TRANSACTION_COMPLETE_ABORT))
        completed(property, event);
    if (event->kind == HISTORY_LOG && event->log.step == HISTORY_LOG_APPEND &&
        property->ledger->told.partition && event->log.batch.is_transactional && !event->log.batch.is_control)
        opened(property, event);
}

const struct property_class hanging_transaction_property = {
    .name = "hanging-transaction", .bytes = sizeof(struct property), .on_event = on_event};
