/* SPDX-License-Identifier: Apache-2.0 */
/* replication_check: what holds of a partition's replicas between any two steps. See replication.h. */
#include "sim/kafka/replication.h"

static bool is_ordered(const struct kafka_log *log)
{
    int64_t offset = INT64_MIN;
    int32_t epoch = -1;
    for (size_t i = 0; i < log->count; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(log, i);
        if (entry->base_offset < offset || entry->leader_epoch < epoch)
            return false;
        offset = entry->last_offset + 1;
        epoch = entry->leader_epoch;
    }
    return offset <= log->end_offset;
}

static int64_t greater(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* Up to which offset the two are the same, from where neither is compacted or begins later. */
static int64_t same_until(const struct kafka_log *one, const struct kafka_log *other)
{
    int64_t from = greater(greater(one->start_offset, other->start_offset),
                           greater(one->clean_offset, other->clean_offset));
    size_t i = kafka_log_find(one, from), j = kafka_log_find(other, from);
    for (; i < one->count && j < other->count; i++, j++) {
        const struct kafka_log_entry *own = kafka_log_entry(one, i), *its = kafka_log_entry(other, j);
        if (own->batch != its->batch && own->base_offset >= from && its->base_offset >= from)
            return own->base_offset < its->base_offset ? own->base_offset : its->base_offset;
    }
    int64_t end_offset = one->end_offset < other->end_offset ? one->end_offset : other->end_offset;
    return greater(end_offset, from);
}

/* Behind where they are the same, no offset has the same leader epoch in both. */
static bool is_matching(const struct kafka_log *one, const struct kafka_log *other)
{
    int64_t from = same_until(one, other);
    for (size_t i = kafka_log_find(one, from); i < one->count; i++) {
        const struct kafka_log_entry *own = kafka_log_entry(one, i);
        size_t j = kafka_log_find(other, own->base_offset);
        if (j == other->count)
            return true;
        if (kafka_log_entry(other, j)->leader_epoch == own->leader_epoch)
            return false;
    }
    return true;
}

/* Does replica have all that lies below leader's high watermark? */
static bool has_committed(const struct kafka_replica *leader, const struct kafka_replica *replica)
{
    return replica->log.end_offset >= leader->high_watermark &&
           same_until(&leader->log, &replica->log) >= leader->high_watermark;
}

static unsigned check_leader(const struct kafka_partition *partition, const struct kafka_replica *leader)
{
    unsigned faults = 0;
    for (int32_t i = 0; i < partition->replica_count; i++) {
        const struct kafka_replica *replica = &partition->replicas[i];
        bool is_in_sync = leader->learned.in_sync >> i & 1;
        if (replica == leader || (!is_in_sync && !replica->is_in_sync) || has_committed(leader, replica))
            continue;
        faults |= is_in_sync ? KAFKA_REPLICATION_WEAK_ISR : 0;
        faults |= replica->is_in_sync ? KAFKA_REPLICATION_STRONG_ISR : 0;
    }
    return faults;
}

unsigned kafka_replication_check(const struct kafka_partition *partition)
{
    unsigned faults = 0;
    for (int32_t i = 0; i < partition->replica_count; i++) {
        const struct kafka_replica *replica = &partition->replicas[i];
        faults |= is_ordered(&replica->log) ? 0 : KAFKA_REPLICATION_UNORDERED;
        faults |= replica->high_watermark <= replica->log.end_offset ? 0 : KAFKA_REPLICATION_BEYOND_END;
        if (replica->broker == partition->leader && !replica->is_in_sync)
            faults |= KAFKA_REPLICATION_OUTSIDE;
        if (partition->has_lost)
            continue;
        if (kafka_replication_leads(replica))
            faults |= check_leader(partition, replica);
        for (int32_t j = 0; j < i; j++)
            faults |=
                is_matching(&replica->log, &partition->replicas[j].log) ? 0 : KAFKA_REPLICATION_MISMATCH;
    }
    return faults;
}
