/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker-invariants: what a broker may do whatever its clients do.
 *
 *   last stable offset <= high watermark <= end of the log; what clients are given lies below
 *   the high watermark of a leader does not fall as long as its epoch lasts
 *   what is acknowledged is in the log, and with acks=all below it
 *   a producer's sequences have no gap, its epoch does not fall, nor does that of who writes its markers
 *
 * simplified: that a producer is forgotten after producer.id.expiration.ms (a day) is not followed.
 */
#include "properties/property.h"

enum { ACKS_ALL = -1 };

/* ---- high watermarks ---------------------------------------------------------------------------------------- */

static void judge_watermark(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    const struct history_log *log = &event->log;
    property->judged++;
    if (log->offset > told->replica->end)
        property_find(property, event, "watermark-beyond-end",
                      "broker %d has high watermark %lld of %.*s[%d], and its log ends at %lld", log->broker,
                      (long long)log->offset, PROPERTY_TEXT(log->topic), log->partition,
                      (long long)told->replica->end);
    if (told->watermark_epoch_before == log->leader_epoch && log->offset < told->watermark_before)
        property_find(property, event, "watermark-falls",
                      "broker %d moves the high watermark of %.*s[%d] from %lld back to %lld, in epoch %d",
                      log->broker, PROPERTY_TEXT(log->topic), log->partition,
                      (long long)told->watermark_before, (long long)log->offset, log->leader_epoch);
}

/* ---- producers ---------------------------------------------------------------------------------------------- */

static int32_t next_sequence(int32_t last)
{
    return last == INT32_MAX ? 0 : last + 1;
}

static void judge_producer(struct property *property, const struct history_event *event)
{
    const struct ledger_producer *known = &property->ledger->told.producer_before;
    const struct history_batch *batch = &event->log.batch;
    const char *kind = NULL;
    if (batch->producer_id < 0 || known->id < 0)
        return;
    property->judged++;
    if (batch->producer_epoch < known->epoch)
        kind = "fenced-append";
    else if (batch->is_control && batch->coordinator_epoch < known->coordinator_epoch)
        kind = "stale-marker";
    else if (!batch->is_control && batch->base_sequence >= 0 && !event->log.is_internal &&
             (batch->producer_epoch == known->epoch
                  ? batch->base_sequence > next_sequence(known->last_sequence)
                  : batch->base_sequence != 0))
        kind = "sequence-gap";
    if (kind)
        property_find(property, event, kind,
                      "broker %d appended a %s of producer %lld, epoch %d, from sequence %d on, to %.*s[%d]; "
                      "its log has it "
                      "in epoch %d, up to %d",
                      event->log.broker, batch->is_control ? "marker" : "batch",
                      (long long)batch->producer_id, batch->producer_epoch, batch->base_sequence,
                      PROPERTY_TEXT(event->log.topic), event->log.partition, known->epoch,
                      known->last_sequence);
}

/* ---- what clients see --------------------------------------------------------------------------------------- */

static struct ledger_log *log_of(struct property *property, struct history_bytes topic, int32_t partition)
{
    const struct ledger_partition *known = ledger_partition_of(property->ledger, topic, partition);
    return known ? known->log : NULL;
}

static void judge_fetch(struct property *property, const struct history_event *event)
{
    const struct history_fetch *fetch = &event->fetch;
    struct ledger_log *log = log_of(property, fetch->topic, fetch->partition);
    const struct ledger_replica *replica = log ? ledger_log_replica(log, fetch->broker) : NULL;
    const char *kind = NULL;
    if (!replica || fetch->error != HISTORY_ERROR_NONE)
        return;
    property->judged++;
    int64_t last = fetch->record_count > 0 ? fetch->records[fetch->record_count - 1].offset : -1;
    if (fetch->high_watermark > replica->end)
        kind = "watermark-beyond-end";
    else if (last >= fetch->high_watermark)
        kind = "fetch-beyond-watermark";
    else if (fetch->is_read_committed && fetch->last_stable_offset > fetch->high_watermark)
        kind = "stable-beyond-watermark";
    else if (fetch->is_read_committed && last >= fetch->last_stable_offset)
        kind = "fetch-beyond-stable";
    if (kind)
        property_find(property, event, kind,
                      "broker %d answers a Fetch of %.*s[%d] up to offset %lld, with high watermark %lld and "
                      "last stable "
                      "offset %lld; its log ends at %lld",
                      fetch->broker, PROPERTY_TEXT(fetch->topic), fetch->partition, (long long)last,
                      (long long)fetch->high_watermark, (long long)fetch->last_stable_offset,
                      (long long)replica->end);
}

static void judge_acknowledgement(struct property *property, const struct history_event *event)
{
    const struct history_produce *produce = &event->produce;
    struct ledger_log *log = log_of(property, produce->topic, produce->partition);
    const struct ledger_replica *replica = log ? ledger_log_replica(log, produce->broker) : NULL;
    int64_t last = produce->base_offset + produce->record_count - 1;
    if (!replica || produce->base_offset < 0)
        return;
    property->judged++;
    if (ledger_log_find(log, replica, produce->base_offset) == LEDGER_NO_BATCH)
        property_find(
            property, event, "acknowledged-and-absent",
            "broker %d acknowledges offset %lld of %.*s[%d], where its log, which ends at %lld, has nothing",
            produce->broker, (long long)produce->base_offset, PROPERTY_TEXT(produce->topic),
            produce->partition, (long long)replica->end);
    else if (produce->acks == ACKS_ALL && replica->watermark >= 0 && last >= replica->watermark)
        property_find(property, event, "acknowledged-too-early",
                      "broker %d acknowledges offsets up to %lld of %.*s[%d] with acks=all, and its high "
                      "watermark is %lld",
                      produce->broker, (long long)last, PROPERTY_TEXT(produce->topic), produce->partition,
                      (long long)replica->watermark);
}

static void on_event(struct property *property, const struct history_event *event)
{
    if (event->kind == HISTORY_FETCH)
        judge_fetch(property, event);
    if (event->kind == HISTORY_PRODUCE && history_produce_is_acknowledged(&event->produce))
        judge_acknowledgement(property, event);
    if (event->kind != HISTORY_LOG || !property->ledger->told.partition)
        return;
    if (event->log.step == HISTORY_LOG_WATERMARK)
        judge_watermark(property, event);
    if (event->log.step == HISTORY_LOG_APPEND)
        judge_producer(property, event);
}

const struct property_class broker_invariants_property = {
    .name = "broker-invariants", .bytes = sizeof(struct property), .on_event = on_event};
