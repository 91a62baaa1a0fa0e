/* SPDX-License-Identifier: Apache-2.0 */
/*
 * G1a: a reader of committed data is given nothing that was aborted, nor what is still open (J5 and E6 in kafka.md).
 *
 * A broker sends all batches up to the last stable offset, and the list of the transactions among them that were aborted;
 * the client leaves those out. Here the same is done with what the broker sent, and what is left is compared with what
 * became of each batch (ledger_log). Judged: each record that a client would have given to its application.
 * Left out: records of which the ledger knows nothing, and sends that failed and are in no transaction.
 */
#include "properties/property.h"

enum { ABORTING_MAX = 256 };

/* Whose records the client leaves out at the moment. */
struct filter {
    const struct history_fetch *fetch;
    int64_t ended[ABORTING_MAX]; /* first offsets of listed transactions whose marker has come by */
    uint32_t ended_count;
};

static bool has_ended(const struct filter *filter, const struct history_aborted *aborted)
{
    for (uint32_t i = 0; i < filter->ended_count; i++)
        if (filter->ended[i] == aborted->first_offset)
            return true;
    return false;
}

/* NULL: the record is for the application. */
static const struct history_aborted *left_out_by(const struct filter *filter,
                                                 const struct history_record *record)
{
    for (uint32_t i = 0; i < filter->fetch->aborted_count; i++) {
        const struct history_aborted *aborted = &filter->fetch->aborted[i];
        if (aborted->producer_id == record->producer_id && aborted->first_offset <= record->offset &&
            !has_ended(filter, aborted))
            return aborted;
    }
    return NULL;
}

static void judge_record(struct property *property, const struct history_event *event,
                         const struct ledger_partition *partition, const struct history_record *record)
{
    enum ledger_fate fate = ledger_log_fate(partition, record->offset);
    property->judged++;
    if (fate != LEDGER_ABORTED && fate != LEDGER_OPEN)
        return;
    property_find(
        property, event, fate == LEDGER_ABORTED ? "aborted" : "open",
        "%s reads committed data only, and was given offset %lld of %.*s[%d], which producer %lld wrote in a "
        "transaction that %s",
        event->process_name ? event->process_name : "somebody", (long long)record->offset,
        PROPERTY_TEXT(event->fetch.topic), event->fetch.partition,
        (long long)ledger_log_owner(partition, record->offset),
        fate == LEDGER_ABORTED ? "was aborted" : "is still open");
}

static void on_event(struct property *property, const struct history_event *event)
{
    const struct history_fetch *fetch = &event->fetch;
    if (event->kind != HISTORY_FETCH || !fetch->is_read_committed || fetch->error != HISTORY_ERROR_NONE)
        return;
    const struct ledger_partition *partition =
        ledger_partition_of(property->ledger, fetch->topic, fetch->partition);
    if (!partition || !partition->log)
        return;
    struct filter filter = {.fetch = fetch};
    for (uint32_t i = 0; i < fetch->record_count; i++) {
        const struct history_record *record = &fetch->records[i];
        const struct history_aborted *aborted =
            record->is_transactional ? left_out_by(&filter, record) : NULL;
        if (record->is_control && aborted && !record->is_commit && filter.ended_count < ABORTING_MAX)
            filter.ended[filter.ended_count++] = aborted->first_offset;
        if (!record->is_control && !aborted)
            judge_record(property, event, partition, record);
    }
}

const struct property_class g1a_property = {
    .name = "G1a", .bytes = sizeof(struct property), .on_event = on_event};
