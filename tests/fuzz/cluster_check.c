/* SPDX-License-Identifier: Apache-2.0 */
/* cluster_check: what holds of a cluster between two calls, whatever clients send. See cluster.h. */
#include "tests/fuzz/cluster.h"

#include <assert.h>
#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/group_private.h"
#include "sim/kafka/replication.h"
#include "sim/kafka/topic.h"

enum { KEY_JOIN_GROUP = 11, KEY_SYNC_GROUP = 14, KEY_ADD_PARTITIONS_TO_TXN = 24 };

static void check_log(const struct kafka_log *log)
{
    int64_t offset = INT64_MIN;
    uint64_t bytes = 0;
    assert(log->start_offset >= 0 && log->start_offset <= log->end_offset);
    for (size_t i = 0; i < log->count; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(log, i);
        assert(entry->base_offset >= offset && entry->last_offset >= entry->base_offset);
        assert(entry->last_offset < log->end_offset && entry->last_offset >= log->start_offset);
        assert(entry->batch && entry->batch->references > 0);
        assert(wire_int64(entry->batch->data) == entry->base_offset);
        offset = entry->last_offset + 1;
        bytes += entry->batch->bytes;
    }
    assert(bytes == log->bytes);
    for (int32_t i = 1; i < log->epoch_count; i++) {
        assert(log->epochs[i].epoch > log->epochs[i - 1].epoch);
        assert(log->epochs[i].start_offset >= log->epochs[i - 1].start_offset);
    }
}

/* Which transactions are open follows from the log alone. */
static void check_transactions(const struct kafka_replica *replica)
{
    const struct kafka_log *log = &replica->log;
    struct kafka_producers replayed = {0};
    bool is_whole = log->start_offset == 0 && log->clean_offset == 0;
    int64_t stable = kafka_partition_last_stable(replica);
    assert(stable <= replica->high_watermark && stable >= log->start_offset);
    for (size_t i = 0; i < log->producers.open_count; i++)
        assert(log->producers.open[i].first_offset < log->end_offset);
    for (size_t i = 0; is_whole && i < log->count; i++) {
        struct wire_batch batch;
        bool is_read = kafka_batch_read(kafka_log_entry(log, i)->batch, &batch);
        assert(is_read);
        kafka_producers_note(&replayed, &batch, NULL);
    }
    assert(!is_whole || replayed.open_count == log->producers.open_count);
    for (size_t i = 0; i < replayed.open_count; i++)
        assert(replayed.open[i].producer_id == log->producers.open[i].producer_id &&
               replayed.open[i].first_offset == log->producers.open[i].first_offset);
    kafka_producers_deinit(&replayed);
}

/* What is pending is part of a transaction that is open in the group's log. */
static void check_pending(const struct kafka_group *group)
{
    struct kafka_partition *partition = kafka_group_partition(group);
    const struct kafka_replica *leader = partition ? kafka_partition_leader(partition) : NULL;
    /* A leader-to-be goes on copying, and reads its log once it has learned that it leads. */
    bool has_begun = leader && kafka_replication_leads(leader) &&
                     leader->learned.leader_epoch == partition->leader_epoch && kafka_group_is_led(group);
    for (int32_t i = 0; has_begun && i < group->pending_offset_count; i++) {
        const struct kafka_offset_pending *pending = &group->pending_offsets[i];
        const struct kafka_producer *producer =
            kafka_producers_find(&leader->log.producers, pending->producer_id);
        assert(producer && producer->transaction_first_offset >= 0);
        assert(pending->offset.record_offset >= producer->transaction_first_offset);
        assert(pending->offset.record_offset < leader->log.end_offset);
    }
}

static void check_partition(struct kafka_partition *partition)
{
    const struct kafka_cluster *cluster = partition->topic->cluster;
    const struct kafka_replica *leader = kafka_partition_leader(partition);
    assert(kafka_partition_in_sync_count(partition) >= 1);
    assert((leader != NULL) == (partition->leader != KAFKA_NOBODY));
    if (leader)
        assert(kafka_broker_of(cluster, leader->broker)->state != KAFKA_BROKER_DOWN);
    assert(kafka_replication_check(partition) == 0);
    for (int32_t i = 0; i < partition->replica_count; i++) {
        const struct kafka_replica *replica = &partition->replicas[i];
        check_log(&replica->log);
        check_transactions(replica);
    }
    assert(kafka_replication_check(partition) == 0);
}

static struct cluster_seen look(struct kafka_partition *partition)
{
    const struct kafka_replica *leader = kafka_partition_leader(partition);
    struct cluster_seen seen = {.topic = partition->topic->id,
                                .index = partition->index,
                                .leader = partition->leader,
                                .leader_epoch = partition->leader_epoch};
    seen.is_led = leader && kafka_replication_leads(leader) &&
                  leader->learned.leader_epoch == partition->leader_epoch &&
                  kafka_broker_of(partition->topic->cluster, leader->broker)->state == KAFKA_BROKER_UP;
    if (leader) {
        seen.high_watermark = leader->high_watermark;
        seen.start_offset = leader->log.start_offset;
        seen.end_offset = leader->log.end_offset;
    }
    return seen;
}

static void compare(const struct cluster_past *past, const struct cluster_seen *now)
{
    for (size_t i = 0; i < past->count; i++) {
        const struct cluster_seen *then = &past->seen[i];
        if (then->index != now->index || memcmp(&then->topic, &now->topic, sizeof then->topic) != 0)
            continue;
        assert(now->leader_epoch >= then->leader_epoch);
        if (now->leader_epoch > then->leader_epoch)
            return;
        assert(now->leader == then->leader);
        if (!now->is_led || !then->is_led) /* a crash may cost what the record does not show */
            return;
        assert(now->high_watermark >= then->high_watermark);
        assert(now->start_offset >= then->start_offset && now->end_offset >= then->end_offset);
        return;
    }
}

static void check_requests(const struct kafka_cluster *cluster)
{
    assert(!cluster->touched.first);
    for (const struct kafka_request *it = cluster->waiting_first; it; it = it->next_waiting)
        assert(it->is_waiting && !it->waiter.is_touched && it->cluster == cluster &&
               (!it->next_waiting || it->next_waiting->previous_waiting == it));
}

void cluster_check(const struct kafka_cluster *cluster, struct cluster_past *past)
{
    struct cluster_past now = {.now_ns = cluster->now_ns};
    assert(now.now_ns >= past->now_ns);
    check_requests(cluster);
    for (int32_t i = 0; i < cluster->topic_count; i++) {
        const struct kafka_topic *topic = cluster->topics[i];
        assert(i == 0 || strcmp(cluster->topics[i - 1]->name, topic->name) < 0);
        for (int32_t j = 0; j < topic->partition_count && now.count < CLUSTER_SEEN_MAX; j++) {
            struct kafka_partition *partition = topic->partitions[j];
            assert(partition->index == j && partition->topic == topic);
            check_partition(partition);
            now.seen[now.count] = look(partition);
            compare(past, &now.seen[now.count++]);
        }
    }
    for (int32_t i = 0; i < cluster->groups->count; i++)
        if (cluster->groups->items[i]->is_loaded) {
            kafka_group_check(cluster->groups->items[i]);
            check_pending(cluster->groups->items[i]);
        }
    *past = now;
}

void cluster_check_idle(const struct kafka_cluster *cluster)
{
    for (const struct kafka_request *it = cluster->waiting_first; it; it = it->next_waiting)
        assert(it->header.api_key == KEY_JOIN_GROUP || it->header.api_key == KEY_SYNC_GROUP ||
               it->header.api_key == KEY_ADD_PARTITIONS_TO_TXN); /* of no transaction: transaction_add.c */
    for (int32_t i = 0; i < cluster->groups->count; i++)
        for (int32_t j = 0; j < cluster->groups->items[i]->member_count; j++)
            assert(!cluster->groups->items[i]->members[j]->join &&
                   !cluster->groups->items[i]->members[j]->sync);
}
