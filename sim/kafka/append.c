/* SPDX-License-Identifier: Apache-2.0 */
/*
 * append: what a leader does with the records of a producer: checks them, gives them offsets, appends, replicates.
 *
 *   admit_check or convert_up --> kafka_producers_check --> admit_stamp --> kafka_log_append --> replicas
 *
 * Source: ReplicaManager.appendRecordsToLeader, Partition.appendRecordsToLeader, UnifiedLog.append, LogValidator.java.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/bug.h"
#include "sim/kafka/cleaner.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/group.h"
#include "sim/kafka/replication.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/convert.h"
#include "sim/kafka/wire/marker.h"

enum { BUG_STRIKES_ONE_IN = 64 };
enum {
    SHOWN_RECORD_ERRORS = 3,
    TEXT_BYTES = 400,
    SUMMARY_BYTES = (SHOWN_RECORD_ERRORS + 1) * (TEXT_BYTES + 64)
};

static struct wire_string text_in(struct wire_memory *memory, const char *text)
{
    size_t bytes = strlen(text);
    char *copy = wire_memory_take(memory, bytes + 1);
    assert(copy);
    memcpy(copy, text, bytes + 1);
    return (struct wire_string){.text = copy, .bytes = (int32_t)bytes};
}

static void say(const struct kafka_partition *partition, const struct admit_rules *rules,
                const struct admit_record_error *error, char out[TEXT_BYTES])
{
    switch (error->reason) {
    case ADMIT_NO_KEY:
        snprintf(out, TEXT_BYTES,
                 "Compacted topic cannot accept message without key in topic partition %s-%d.",
                 partition->topic->name, (int)partition->index);
        return;
    case ADMIT_TIMESTAMP_RANGE:
        snprintf(
            out, TEXT_BYTES,
            "Timestamp %lld of message with offset %lld is out of range. The timestamp should be within "
            "[%lld, %lld]",
            (long long)error->timestamp_ms, (long long)error->offset,
            (long long)(rules->now_ms - rules->before_ms_max),
            (long long)((uint64_t)rules->now_ms + (uint64_t)rules->after_ms_max)); /* round, as in Java */
        return;
    case ADMIT_TIMESTAMP_TYPE:
        snprintf(out, TEXT_BYTES, "Invalid timestamp type in message %lld.", (long long)error->offset);
        return;
    case ADMIT_MAGIC:
        snprintf(out, TEXT_BYTES, "Log record magic does not match outer magic.");
        return;
    }
}

/* The texts of LogValidator.processRecordErrors. */
static void refuse_records(const struct kafka_partition *partition, const struct admit_rules *rules,
                           const struct admit_verdict *verdict, struct wire_memory *memory,
                           struct kafka_partition_append *out)
{
    int32_t count = verdict->record_errors.count;
    out->record_errors.count = count;
    out->record_errors.items = wire_memory_take(memory, (size_t)count * sizeof *out->record_errors.items);
    assert(out->record_errors.items);
    char summary[SUMMARY_BYTES];
    int length = snprintf(
        summary, sizeof summary,
        "One or more records have been rejected due to %d record errors in total, and only showing the "
        "first three errors at most: [",
        (int)count);
    for (int32_t i = 0; i < count; i++) {
        char text[TEXT_BYTES];
        const struct admit_record_error *error = &verdict->record_errors.items[i];
        say(partition, rules, error, text);
        out->record_errors.items[i].batch_index = error->index;
        out->record_errors.items[i].batch_index_error_message = text_in(memory, text);
        if (i < SHOWN_RECORD_ERRORS)
            length += snprintf(summary + length, sizeof summary - (size_t)length,
                               "%sRecordError(batchIndex=%d, message='%s')", i ? ", " : "", (int)error->index,
                               text);
    }
    snprintf(summary + length, sizeof summary - (size_t)length, "]");
    out->message = verdict->error == KAFKA_INVALID_TIMESTAMP
                       ? text_in(memory, "One or more records have been rejected due to invalid timestamp")
                       : text_in(memory, summary);
}

/* Offsets of a batch that was appended before are those of then; nothing is appended. */
static bool is_settled(const struct kafka_log *log, const struct wire_batch *header, int64_t guard,
                       struct kafka_partition_append *out)
{
    const struct kafka_producer_batch *duplicate;
    out->error = kafka_producers_check(&log->producers, header, guard, &duplicate);
    if (out->error)
        return true;
    if (!duplicate)
        return false;
    out->base_offset = duplicate->last_offset - duplicate->offset_delta;
    out->append_time_ms = duplicate->timestamp_ms; /* even of a producer's own time: UnifiedLog.append */
    out->end_offset = duplicate->last_offset + 1;
    return true;
}

/* header: as stamped in batch, of which this takes the reference. */
static void append(struct kafka_replica *leader, struct kafka_batch *batch, const struct wire_batch *header)
{
    struct kafka_partition *partition = leader->partition;
    struct kafka_cluster *cluster = partition->topic->cluster;
    kafka_log_append(&leader->log, batch, header, &partition->topic->config, kafka_cluster_now_ms(cluster));
    kafka_batch_release(batch);
    if (partition->leader == leader->broker)
        kafka_cleaner_touch(&cluster->cleaner, partition, header);
    kafka_note_tell(cluster, &(struct kafka_note){.kind = KAFKA_NOTE_APPEND,
                                                  .broker = leader->broker,
                                                  .partition = partition,
                                                  .leader_epoch = leader->learned.leader_epoch,
                                                  .batch = header});
}

static bool has_bug(const struct kafka_partition *partition, enum kafka_bug bug)
{
    return kafka_bug_is_in(partition->topic->cluster->model.bugs, bug);
}

/* A bug that strikes now and then. */
static bool strikes(const struct kafka_partition *partition, enum kafka_bug bug)
{
    return has_bug(partition, bug) &&
           kafka_cluster_random(partition->topic->cluster) % BUG_STRIKES_ONE_IN == 0;
}

/* A batch of the same producer, sequences and offsets, but of no records. */
static void lose(struct admit_verdict *verdict, struct wire_output *frame)
{
    verdict->batch.record_count = 0;
    verdict->batch.codec = WIRE_CODEC_NONE;
    verdict->batch.payload = (struct wire_bytes){.data = (const uint8_t *)"", .bytes = 0};
    wire_batch_append(&verdict->batch, frame);
    assert(!frame->is_failed);
    verdict->bytes = (struct wire_bytes){.data = frame->data, .bytes = (int32_t)frame->bytes};
}

static void take(struct kafka_replica *leader, const struct admit_rules *rules, struct admit_verdict *verdict,
                 struct kafka_partition_append *out)
{
    const struct kafka_log *log = &leader->log;
    struct wire_output hollow = {0};
    if (strikes(leader->partition, KAFKA_BUG_LOSES_ACKNOWLEDGED))
        lose(verdict, &hollow);
    struct kafka_batch *batch = kafka_batch_new(verdict->bytes.data, (uint32_t)verdict->bytes.bytes);
    assert(batch);
    free(hollow.data);
    struct admit_stamp stamp = {
        .base_offset = log->end_offset,
        .leader_epoch = leader->learned.leader_epoch,
        .is_log_append_time = rules->is_log_append_time,
        .max_timestamp_ms = rules->is_log_append_time ? rules->now_ms : verdict->max_timestamp_ms,
    };
    admit_stamp(batch->data, &stamp);
    struct wire_batch header = verdict->batch;
    header.base_offset = stamp.base_offset;
    header.leader_epoch = stamp.leader_epoch;
    header.is_log_append_time = stamp.is_log_append_time;
    header.max_timestamp_ms = stamp.max_timestamp_ms;
    append(leader, batch, &header);
    out->base_offset = strikes(leader->partition, KAFKA_BUG_SPURIOUS_ZERO_OFFSET) ? 0 : stamp.base_offset;
    out->end_offset = log->end_offset;
    if (rules->is_log_append_time)
        out->append_time_ms = rules->now_ms;
    kafka_partition_replicate(leader->partition);
}

static int16_t check_own(const struct kafka_replica *leader, const struct wire_batch *header)
{
    bool takes_stale = has_bug(leader->partition, KAFKA_BUG_TAKES_STALE_MARKERS);
    if (kafka_replication_in_sync_count(leader) < kafka_partition_in_sync_minimum(leader->partition))
        return KAFKA_NOT_ENOUGH_REPLICAS;
    return header->is_control ? kafka_producers_check_marker(&leader->log.producers, header, takes_stale)
                              : kafka_producers_check_own(&leader->log.producers, header);
}

int16_t kafka_partition_write(struct kafka_partition *partition, const struct wire_batch *header,
                              struct wire_bytes records, int64_t *end_offset_out)
{
    struct kafka_replica *leader = kafka_partition_leader(partition);
    struct wire_batch whole = *header;
    struct wire_output frame = {0};
    if (!leader || leader->learned.leader_epoch != partition->leader_epoch)
        return KAFKA_NOT_LEADER_OR_FOLLOWER;
    const struct kafka_log *log = &leader->log;
    whole.base_offset = log->end_offset;
    whole.leader_epoch = leader->learned.leader_epoch;
    whole.max_timestamp_ms = header->base_timestamp_ms;
    whole.last_offset_delta = header->record_count - 1;
    whole.magic = 2;
    whole.payload = records;
    int16_t error = check_own(leader, &whole);
    if (error)
        return error;
    wire_batch_append(&whole, &frame);
    struct kafka_batch *batch = kafka_batch_new(frame.data, (uint32_t)frame.bytes);
    assert(batch);
    free(frame.data);
    append(leader, batch, &whole);
    *end_offset_out = log->end_offset;
    struct wire_marker marker;
    if (whole.is_control && wire_marker_find(&whole, &marker))
        kafka_offsets_on_marker(partition->topic->cluster->groups, partition, whole.producer_id,
                                marker.is_commit);
    kafka_partition_replicate(partition);
    return KAFKA_NONE;
}

static struct admit_rules rules_of(const struct kafka_partition *partition, int16_t version)
{
    const struct kafka_config *config = &partition->topic->config;
    const struct kafka_cluster *cluster = partition->topic->cluster;
    return (struct admit_rules){
        .version = version,
        .is_log_append_time = config->is_log_append_time,
        .is_compacted = config->is_compacted,
        .batch_bytes_max = config->max_message_bytes,
        .now_ms = kafka_cluster_now_ms(cluster),
        .before_ms_max = config->timestamp_before_max_ms,
        .after_ms_max = config->timestamp_after_max_ms,
        .codecs = cluster->seam.codecs,
    };
}

void kafka_partition_append(struct kafka_partition *partition, const struct kafka_partition_offer *offer,
                            struct wire_memory *memory, struct kafka_partition_append *out)
{
    struct kafka_replica *leader =
        offer->broker ? kafka_partition_replica(partition, offer->broker) : kafka_partition_leader(partition);
    *out = (struct kafka_partition_append){.message.bytes = -1, .base_offset = -1, .append_time_ms = -1};
    out->start_offset = leader->log.start_offset;
    if (offer->is_acks_all &&
        kafka_replication_in_sync_count(leader) < kafka_partition_in_sync_minimum(partition)) {
        out->error = KAFKA_NOT_ENOUGH_REPLICAS;
        return;
    }
    struct admit_rules rules = rules_of(partition, offer->version);
    struct admit_verdict verdict = {0};
    struct wire_output converted = {0};
    bool is_old = offer->version < 3 && convert_is_old(offer->records);
    bool is_good = is_old ? convert_up(offer->records, &rules, memory, &converted, &verdict)
                          : admit_check(offer->records, &rules, memory, &verdict);
    out->error = (int16_t)verdict.error;
    if (verdict.is_of_request)
        out->start_offset = -1;
    if (verdict.record_errors.count > 0)
        refuse_records(partition, &rules, &verdict, memory, out);
    if (is_good && !verdict.bytes.bytes)
        out->base_offset = out->end_offset =
            leader->log.end_offset; /* no message at all, which was allowed once */
    else if (is_good && !is_settled(&leader->log, &verdict.batch, offer->guard, out))
        take(leader, &rules, &verdict, out);
    free(converted.data);
}
