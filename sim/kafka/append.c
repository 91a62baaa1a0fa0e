/* SPDX-License-Identifier: Apache-2.0 */
/*
 * append: what a leader does with the records of a producer: checks them, gives them offsets, appends, replicates.
 *
 * Source: ReplicaManager.appendToLocalLog, Partition.appendRecordsToLeader, UnifiedLog.append, LogValidator.java.
 */
#include <assert.h>
#include <string.h>
#include "sim/kafka/cluster.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/errors.h"

/* Offsets of what the broker writes into a batch: records.h draws them. */
enum { BATCH_BASE_OFFSET = 0, BATCH_LEADER_EPOCH = 12 };

static void fail(struct kafka_partition_append *out, int16_t error, const char *message)
{
    out->error = error;
    out->message = message;
}

static void stamp(struct kafka_batch *batch, int64_t base_offset, int32_t leader_epoch)
{
    uint64_t offset = __builtin_bswap64((uint64_t)base_offset);
    uint32_t epoch = __builtin_bswap32((uint32_t)leader_epoch);
    memcpy(batch->data + BATCH_BASE_OFFSET, &offset, sizeof offset);
    memcpy(batch->data + BATCH_LEADER_EPOCH, &epoch, sizeof epoch);
}

/* Offsets of a batch that was appended before are those of then; nothing is appended. */
static bool is_settled(const struct kafka_log *log, const struct wire_batch *header,
                       struct kafka_partition_append *out)
{
    const struct kafka_producer_batch *duplicate;
    int16_t error = kafka_producers_check(&log->producers, header, &duplicate);
    if (error) {
        fail(out, error, NULL);
        return true;
    }
    if (!duplicate)
        return false;
    out->base_offset = duplicate->last_offset - duplicate->offset_delta;
    out->end_offset = duplicate->last_offset + 1;
    return true;
}

static void take(struct kafka_partition *partition, struct kafka_replica *leader, struct wire_bytes records,
                 struct wire_batch *header, struct kafka_partition_append *out)
{
    const struct kafka_cluster *cluster = partition->topic->cluster;
    struct kafka_log *log = &leader->log;
    struct kafka_batch *batch = kafka_batch_new(records.data, (uint32_t)records.bytes);
    assert(batch);
    header->base_offset = log->end_offset;
    header->leader_epoch = partition->leader_epoch;
    stamp(batch, header->base_offset, header->leader_epoch);
    kafka_log_append(log, batch, header, &partition->topic->config, kafka_cluster_now_ms(cluster));
    kafka_batch_release(batch);
    out->base_offset = header->base_offset;
    out->end_offset = log->end_offset;
    kafka_partition_replicate(partition);
}

void kafka_partition_append(struct kafka_partition *partition, struct wire_bytes records, int16_t version,
                            bool is_acks_all, struct kafka_partition_append *out)
{
    (void)version;
    struct kafka_replica *leader = kafka_partition_leader(partition);
    *out = (struct kafka_partition_append){.base_offset = -1, .append_time_ms = -1, .start_offset = -1};
    if (is_acks_all &&
        kafka_partition_in_sync_count(partition) < kafka_partition_in_sync_minimum(partition)) {
        fail(out, KAFKA_NOT_ENOUGH_REPLICAS, NULL);
        return;
    }
    struct wire_batch header;
    struct wire_error error;
    size_t position = 0;
    if (records.bytes <= 0 || wire_batch_next(records, &position, &header, &error) != WIRE_NEXT) {
        fail(out, KAFKA_CORRUPT_MESSAGE, NULL);
        return;
    }
    if (records.bytes > partition->topic->config.max_message_bytes) {
        fail(out, KAFKA_MESSAGE_TOO_LARGE, NULL);
        return;
    }
    if (!is_settled(&leader->log, &header, out))
        take(partition, leader, records, &header, out);
    if (!out->error)
        out->start_offset = leader->log.start_offset;
}
