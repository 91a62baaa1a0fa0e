/* SPDX-License-Identifier: Apache-2.0 */
/* broker: start, stop, crash, elections. See broker.h. */
#include "sim/kafka/broker.h"

#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/topic.h"

struct kafka_broker *kafka_broker_of(const struct kafka_cluster *cluster, int32_t id)
{
    return id >= 1 && id <= cluster->broker_count ? &cluster->brokers[id - 1] : NULL;
}

bool kafka_broker_is_listed(const struct kafka_broker *broker)
{
    return broker->state != KAFKA_BROKER_DOWN;
}

int32_t kafka_broker_controller(const struct kafka_cluster *cluster)
{
    for (int32_t i = 0; i < cluster->broker_count; i++)
        if (cluster->brokers[i].state == KAFKA_BROKER_UP)
            return cluster->brokers[i].id;
    return -1;
}

/* For all that the controller knows. */
static bool is_alive(const struct kafka_cluster *cluster, int32_t id)
{
    return kafka_broker_is_listed(kafka_broker_of(cluster, id));
}

/* The first of the assignment that is alive and in sync; else, if the topic allows it, the first that is alive. */
static int32_t choose_leader(const struct kafka_partition *partition)
{
    const struct kafka_cluster *cluster = partition->topic->cluster;
    for (int32_t i = 0; i < partition->replica_count; i++)
        if (partition->replicas[i].is_in_sync && is_alive(cluster, partition->replicas[i].broker))
            return partition->replicas[i].broker;
    for (int32_t i = 0; i < partition->replica_count && partition->topic->config.allows_unclean_election; i++)
        if (is_alive(cluster, partition->replicas[i].broker))
            return partition->replicas[i].broker;
    return KAFKA_NOBODY;
}

static void each_replica(struct kafka_broker *broker,
                         void (*on_replica)(struct kafka_partition *partition, struct kafka_replica *replica))
{
    struct kafka_cluster *cluster = broker->cluster;
    for (int32_t i = 0; i < cluster->topic_count; i++)
        for (int32_t j = 0; j < cluster->topics[i]->partition_count; j++) {
            struct kafka_partition *partition = cluster->topics[i]->partitions[j];
            struct kafka_replica *replica = kafka_partition_replica(partition, broker->id);
            if (replica)
                on_replica(partition, replica);
        }
}

/* Its broker is down now. The last one in sync stays on record as such: nobody else may lead. */
static void leave(struct kafka_partition *partition, struct kafka_replica *replica)
{
    if (kafka_partition_in_sync_count(partition) > 1)
        replica->is_in_sync = false;
    if (partition->leader == replica->broker)
        kafka_partition_lead(partition, choose_leader(partition));
    else
        kafka_partition_replicate(partition);
}

/* Its broker is up again. */
static void join(struct kafka_partition *partition, struct kafka_replica *replica)
{
    (void)replica;
    int32_t leader = partition->leader == KAFKA_NOBODY ? choose_leader(partition) : KAFKA_NOBODY;
    if (leader != KAFKA_NOBODY)
        kafka_partition_lead(partition, leader);
    else
        kafka_partition_replicate(partition);
}

static void fence(struct kafka_broker *broker)
{
    kafka_deadline_clear(&broker->cluster->deadlines, &broker->session);
    broker->state = KAFKA_BROKER_DOWN;
    each_replica(broker, leave);
    kafka_waiters_settle(&broker->cluster->touched);
}

static void on_session_over(struct kafka_deadline *deadline)
{
    fence(KAFKA_OWNER(deadline, struct kafka_broker, session));
}

static void tell(const struct kafka_broker *broker)
{
    const struct kafka_seam *seam = &broker->cluster->seam;
    if (seam->on_broker)
        seam->on_broker(seam->context, broker->id, broker->state == KAFKA_BROKER_UP);
}

bool kafka_broker_stop(struct kafka_broker *broker)
{
    if (broker->state != KAFKA_BROKER_UP)
        return false;
    fence(broker);
    tell(broker);
    return true;
}

bool kafka_broker_crash(struct kafka_broker *broker)
{
    if (broker->state != KAFKA_BROKER_UP)
        return false;
    struct kafka_cluster *cluster = broker->cluster;
    broker->state = KAFKA_BROKER_SILENT;
    broker->session.on_due = on_session_over;
    int64_t timeout_ms = kafka_configs_number(cluster, "broker.session.timeout.ms");
    kafka_deadline_set(&cluster->deadlines, &broker->session, cluster->now_ns + timeout_ms * 1000000);
    tell(broker);
    kafka_waiters_settle(&cluster->touched);
    return true;
}

bool kafka_broker_start(struct kafka_broker *broker)
{
    if (broker->state == KAFKA_BROKER_UP)
        return false;
    /* A new incarnation registers: the controller fences the old one first. */
    if (broker->state == KAFKA_BROKER_SILENT)
        fence(broker);
    broker->state = KAFKA_BROKER_UP;
    broker->producer_id_next = broker->producer_id_end;
    each_replica(broker, join);
    tell(broker);
    kafka_waiters_settle(&broker->cluster->touched);
    return true;
}

bool kafka_broker_elect(struct kafka_broker *broker, struct kafka_partition *partition)
{
    const struct kafka_replica *replica = kafka_partition_replica(partition, broker->id);
    if (!replica || !replica->is_in_sync || broker->state != KAFKA_BROKER_UP)
        return false;
    if (partition->leader != broker->id)
        kafka_partition_lead(partition, broker->id);
    kafka_waiters_settle(&broker->cluster->touched);
    return true;
}
