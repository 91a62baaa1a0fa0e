/* SPDX-License-Identifier: Apache-2.0 */
/* partition: who leads, and who answers. See partition.h. Appending: append.c. */
#include "sim/kafka/partition.h"

#include <assert.h>
#include <stdlib.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/cleaner.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/follower.h"
#include "sim/kafka/group.h"
#include "sim/kafka/replication.h"
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
    partition->leader_epoch = partition->partition_epoch = -1;
    partition->replica_count = broker_count;
    for (int32_t i = 0; i < broker_count; i++) {
        const struct kafka_broker *broker = kafka_broker_of(topic->cluster, brokers[i]);
        partition->replicas[i] =
            (struct kafka_replica){.partition = partition,
                                   .broker = brokers[i],
                                   .is_in_sync = broker && kafka_broker_is_listed(broker),
                                   .moved_ns = topic->cluster->now_ns};
        kafka_replication_forget(&partition->replicas[i]);
    }
    return partition;
}

void kafka_partition_free(struct kafka_partition *partition)
{
    kafka_watched_deinit(&partition->watched);
    kafka_follower_forget(partition);
    for (int32_t i = 0; i < partition->replica_count; i++)
        kafka_log_deinit(&partition->replicas[i].log);
    free(partition);
}

struct kafka_replica *kafka_partition_replica(const struct kafka_partition *partition, int32_t broker)
{
    for (int32_t i = 0; i < partition->replica_count; i++)
        if (partition->replicas[i].broker == broker)
            return (struct kafka_replica *)&partition->replicas[i];
    return NULL;
}

struct kafka_replica *kafka_partition_leader(const struct kafka_partition *partition)
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
    if (replica && leader_epoch >= 0 && leader_epoch != replica->learned.leader_epoch) {
        *error_out = leader_epoch < replica->learned.leader_epoch ? KAFKA_FENCED_LEADER_EPOCH
                                                                  : KAFKA_UNKNOWN_LEADER_EPOCH;
        return NULL;
    }
    if (!replica || !kafka_replication_leads(replica)) {
        *error_out = KAFKA_NOT_LEADER_OR_FOLLOWER;
        return NULL;
    }
    *error_out = KAFKA_NONE;
    return replica;
}

bool kafka_partition_is_led_by(const struct kafka_partition *partition, const struct kafka_broker *broker)
{
    const struct kafka_replica *replica =
        partition->leader == broker->id ? kafka_partition_leader(partition) : NULL;
    return replica && kafka_replication_leads(replica) &&
           replica->learned.leader_epoch == partition->leader_epoch;
}

int32_t kafka_partition_in_sync_minimum(const struct kafka_partition *partition)
{
    int32_t wanted = partition->topic->config.min_insync_replicas;
    return wanted < partition->replica_count ? wanted : partition->replica_count;
}

/* Who leads in that epoch, as far as it knows. An epoch has one leader. */
static const struct kafka_replica *leader_of(const struct kafka_partition *partition, int32_t leader_epoch)
{
    for (int32_t i = 0; i < partition->replica_count; i++)
        if (kafka_replication_leads(&partition->replicas[i]) &&
            partition->replicas[i].learned.leader_epoch == leader_epoch)
            return &partition->replicas[i];
    return NULL;
}

bool kafka_partition_is_settled(const struct kafka_partition *partition, int32_t leader_epoch,
                                int64_t end_offset, int16_t *error_out)
{
    const struct kafka_replica *leader = leader_of(partition, leader_epoch);
    *error_out = KAFKA_NONE;
    if (!leader)
        *error_out = KAFKA_NOT_LEADER_OR_FOLLOWER;
    else if (leader->high_watermark < end_offset)
        return false;
    else if (kafka_replication_in_sync_count(leader) < kafka_partition_in_sync_minimum(partition))
        *error_out = KAFKA_NOT_ENOUGH_REPLICAS_AFTER_APPEND;
    return true;
}

void kafka_partition_replicate(struct kafka_partition *partition)
{
    kafka_follower_run(partition);
    kafka_watched_touch(&partition->watched);
}

void kafka_partition_lead(struct kafka_partition *partition, int32_t broker)
{
    kafka_replication_elect(partition, broker);
    kafka_follower_inform(partition);
    kafka_partition_replicate(partition);
    kafka_partition_on_leader(partition);
}

void kafka_partition_on_leader(struct kafka_partition *partition)
{
    struct kafka_cluster *cluster = partition->topic->cluster;
    if (partition->topic->is_internal && cluster->groups)
        kafka_groups_on_leader(cluster->groups, partition);
    if (partition->topic->is_internal && cluster->transactions)
        kafka_transactions_on_leader(cluster->transactions, partition);
    kafka_cleaner_plan(&cluster->cleaner, partition);
}
