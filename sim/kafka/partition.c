/* SPDX-License-Identifier: Apache-2.0 */
/* partition: leaders, followers, high watermark. See partition.h. Appending: append.c. */
#include "sim/kafka/partition.h"

#include <assert.h>
#include <stdlib.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/cleaner.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/group.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/transaction.h"
#include "sim/kafka/wire/errors.h"

struct kafka_partition *kafka_partition_new(struct kafka_topic *topic, int32_t index, const int32_t *brokers,
                                            int32_t broker_count)
{
    assert(broker_count >= 1 && broker_count <= KAFKA_PARTITION_REPLICAS_MAX);
    struct kafka_partition *partition =
        calloc(1, sizeof *partition + (size_t)broker_count * sizeof partition->replicas[0]);
    assert(partition);
    partition->topic = topic;
    partition->index = index;
    partition->leader = KAFKA_NOBODY;
    partition->leader_epoch = -1;
    partition->replica_count = broker_count;
    for (int32_t i = 0; i < broker_count; i++) {
        const struct kafka_broker *broker = kafka_broker_of(topic->cluster, brokers[i]);
        partition->replicas[i].broker = brokers[i];
        partition->replicas[i].is_in_sync = broker && kafka_broker_is_listed(broker);
    }
    return partition;
}

void kafka_partition_free(struct kafka_partition *partition)
{
    kafka_watched_deinit(&partition->watched);
    for (int32_t i = 0; i < partition->replica_count; i++)
        kafka_log_deinit(&partition->replicas[i].log);
    free(partition);
}

struct kafka_replica *kafka_partition_replica(struct kafka_partition *partition, int32_t broker)
{
    for (int32_t i = 0; i < partition->replica_count; i++)
        if (partition->replicas[i].broker == broker)
            return &partition->replicas[i];
    return NULL;
}

struct kafka_replica *kafka_partition_leader(struct kafka_partition *partition)
{
    return kafka_partition_replica(partition, partition->leader);
}

int32_t kafka_partition_in_sync_count(const struct kafka_partition *partition)
{
    int32_t count = 0;
    for (int32_t i = 0; i < partition->replica_count; i++)
        count += partition->replicas[i].is_in_sync;
    return count;
}

struct kafka_replica *kafka_partition_at(struct kafka_broker *broker, struct kafka_partition *partition,
                                         int32_t leader_epoch, int16_t *error_out)
{
    if (!partition) {
        *error_out = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
        return NULL;
    }
    /* A leader whose term is another: Partition.checkCurrentLeaderEpoch comes before the question who leads. */
    struct kafka_replica *replica = kafka_partition_replica(partition, broker->id);
    if (replica && leader_epoch >= 0 && leader_epoch != partition->leader_epoch) {
        *error_out =
            leader_epoch < partition->leader_epoch ? KAFKA_FENCED_LEADER_EPOCH : KAFKA_UNKNOWN_LEADER_EPOCH;
        return NULL;
    }
    if (!replica || !kafka_partition_is_led_by(partition, broker)) {
        *error_out = KAFKA_NOT_LEADER_OR_FOLLOWER;
        return NULL;
    }
    *error_out = KAFKA_NONE;
    return replica;
}

bool kafka_partition_is_led_by(const struct kafka_partition *partition, const struct kafka_broker *broker)
{
    return partition->leader == broker->id && broker->cluster->now_ns >= partition->started_ns;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Up to where a follower's log is the leader's: they ask each other for the last epoch that both know, and where it
 * ended. Source: AbstractFetcherThread.getOffsetTruncationState (KIP-101, KIP-279). */
static int64_t common_end(const struct kafka_log *leader, const struct kafka_log *follower)
{
    int64_t end_offset = lesser(follower->end_offset, leader->end_offset), known_end_offset;
    int32_t epoch = follower->epoch_count ? follower->epochs[follower->epoch_count - 1].epoch : -1;
    while (epoch >= 0) {
        int32_t known;
        kafka_log_epoch_end(leader, epoch, &known, &known_end_offset);
        if (known < 0)
            break;
        end_offset = lesser(end_offset, known_end_offset);
        if (known == epoch)
            break;
        kafka_log_epoch_end(follower, known, &epoch, &known_end_offset);
        if (epoch >= 0)
            end_offset = lesser(end_offset, known_end_offset);
        if (epoch == known)
            break;
    }
    return end_offset;
}

/* Brings a follower to where its leader is. What it has that the leader has not is not the partition's. */
static void copy(const struct kafka_log *from, struct kafka_log *to, const struct kafka_partition *partition)
{
    const struct kafka_cluster *cluster = partition->topic->cluster;
    int64_t end_offset = common_end(from, to);
    if (to->end_offset > end_offset)
        kafka_log_truncate(to, end_offset);
    if (to->end_offset < from->start_offset)
        kafka_log_reset(to, from->start_offset);
    else /* first: the leader's log may begin within a batch, which goes behind no other then */
        kafka_log_start(to, from->start_offset);
    for (size_t i = kafka_log_find(from, to->end_offset); i < from->count; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(from, i);
        struct wire_batch header; /* its CRC was good when the leader took it */
        wire_batch_header_read(
            (struct wire_bytes){.data = entry->batch->data, .bytes = (int32_t)entry->batch->bytes}, &header);
        kafka_log_append(to, entry->batch, &header, &partition->topic->config, kafka_cluster_now_ms(cluster));
    }
}

static void move_high_watermark(struct kafka_partition *partition, struct kafka_replica *leader)
{
    int64_t least = leader->log.end_offset;
    for (int32_t i = 0; i < partition->replica_count; i++) {
        const struct kafka_replica *replica = &partition->replicas[i];
        if (replica->is_in_sync && replica->log.end_offset < least)
            least = replica->log.end_offset;
    }
    bool is_under_minimum =
        kafka_partition_in_sync_count(partition) < kafka_partition_in_sync_minimum(partition);
    if (leader->high_watermark < leader->log.start_offset)
        leader->high_watermark = leader->log.start_offset;
    if (!is_under_minimum && least > leader->high_watermark)
        leader->high_watermark = least;
    for (int32_t i = 0; i < partition->replica_count; i++) {
        struct kafka_replica *replica = &partition->replicas[i];
        if (replica != leader && replica->log.end_offset >= leader->high_watermark)
            replica->high_watermark = leader->high_watermark;
    }
}

int32_t kafka_partition_in_sync_minimum(const struct kafka_partition *partition)
{
    int32_t wanted = partition->topic->config.min_insync_replicas;
    return wanted < partition->replica_count ? wanted : partition->replica_count;
}

void kafka_partition_replicate(struct kafka_partition *partition)
{
    struct kafka_cluster *cluster = partition->topic->cluster;
    struct kafka_replica *leader = kafka_partition_leader(partition);
    /* A silent leader answers no follower. */
    if (leader && kafka_broker_of(cluster, leader->broker)->state == KAFKA_BROKER_UP) {
        for (int32_t i = 0; i < partition->replica_count; i++) {
            struct kafka_replica *replica = &partition->replicas[i];
            if (replica == leader || kafka_broker_of(cluster, replica->broker)->state != KAFKA_BROKER_UP)
                continue;
            copy(&leader->log, &replica->log, partition);
            replica->is_in_sync = true;
        }
        move_high_watermark(partition, leader);
    }
    kafka_watched_touch(&partition->watched);
}

bool kafka_partition_is_settled(struct kafka_partition *partition, int32_t leader_epoch, int64_t end_offset,
                                int16_t *error_out)
{
    const struct kafka_replica *leader = kafka_partition_leader(partition);
    *error_out = KAFKA_NONE;
    if (!leader || partition->leader_epoch != leader_epoch)
        *error_out = KAFKA_NOT_LEADER_OR_FOLLOWER;
    else if (leader->high_watermark < end_offset)
        return false;
    else if (kafka_partition_in_sync_count(partition) < kafka_partition_in_sync_minimum(partition))
        *error_out = KAFKA_NOT_ENOUGH_REPLICAS_AFTER_APPEND;
    return true;
}

static int64_t draw_start_ns(struct kafka_cluster *cluster)
{
    uint64_t max_ms = (uint64_t)kafka_configs_partition_start_max_ms(cluster);
    return max_ms ? cluster->now_ns + (int64_t)(kafka_cluster_random(cluster) % (max_ms + 1)) * 1000000 : 0;
}

void kafka_partition_lead(struct kafka_partition *partition, int32_t broker)
{
    partition->started_ns = draw_start_ns(partition->topic->cluster);
    partition->leader = broker;
    partition->leader_epoch++;
    struct kafka_replica *leader = kafka_partition_leader(partition);
    if (leader && !leader->is_in_sync) {
        /* An unclean election: at first it alone is in sync (PartitionChangeBuilder.java). */
        for (int32_t i = 0; i < partition->replica_count; i++)
            partition->replicas[i].is_in_sync = &partition->replicas[i] == leader;
    }
    if (leader)
        kafka_log_begin_epoch(&leader->log, partition->leader_epoch);
    kafka_partition_replicate(partition);
    if (partition->topic->is_internal && partition->topic->cluster->groups)
        kafka_groups_on_leader(partition->topic->cluster->groups, partition);
    if (partition->topic->is_internal && partition->topic->cluster->transactions)
        kafka_transactions_on_leader(partition->topic->cluster->transactions, partition);
    kafka_cleaner_plan(&partition->topic->cluster->cleaner, partition);
}
