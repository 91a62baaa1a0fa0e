/* SPDX-License-Identifier: Apache-2.0 */
/* broker: start, stop, crash, isolation, elections. See broker.h. */
#include "sim/kafka/broker.h"

#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/follower.h"
#include "sim/kafka/replication.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/watermark.h"

struct kafka_broker *kafka_broker_of(const struct kafka_cluster *cluster, int32_t id)
{
    return id >= 1 && id <= cluster->broker_count ? &cluster->brokers[id - 1] : NULL;
}

bool kafka_broker_is_listed(const struct kafka_broker *broker)
{
    return broker->state != KAFKA_BROKER_DOWN && !broker->is_fenced;
}

bool kafka_broker_is_connected(const struct kafka_broker *broker)
{
    return broker->state == KAFKA_BROKER_UP && !broker->is_isolated;
}

int32_t kafka_broker_controller(const struct kafka_cluster *cluster)
{
    for (int32_t i = 0; i < cluster->broker_count; i++)
        if (kafka_broker_is_connected(&cluster->brokers[i]))
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

/* Its broker is fenced now. The last one in sync stays on record as such: nobody else may lead. */
static void leave(struct kafka_partition *partition, struct kafka_replica *replica)
{
    kafka_replication_drop(partition, replica);
    if (partition->leader == replica->broker) {
        kafka_partition_lead(partition, choose_leader(partition));
        return;
    }
    kafka_follower_inform(partition);
    kafka_partition_replicate(partition);
}

/* Its broker is connected again. */
static void join(struct kafka_partition *partition, struct kafka_replica *replica)
{
    (void)replica;
    int32_t leader = partition->leader == KAFKA_NOBODY ? choose_leader(partition) : KAFKA_NOBODY;
    if (leader != KAFKA_NOBODY) {
        kafka_partition_lead(partition, leader);
        return;
    }
    kafka_follower_inform(partition);
    kafka_partition_replicate(partition);
}

static void fence(struct kafka_broker *broker)
{
    kafka_deadline_clear(&broker->cluster->deadlines, &broker->session);
    broker->is_fenced = broker->state == KAFKA_BROKER_UP;
    if (!broker->is_fenced)
        broker->state = KAFKA_BROKER_DOWN;
    each_replica(broker, leave);
    kafka_waiters_settle(&broker->cluster->touched);
}

static void on_session_over(struct kafka_deadline *deadline)
{
    fence(KAFKA_OWNER(deadline, struct kafka_broker, session));
}

/* The controller hears no heartbeat any more. */
static void begin_silence(struct kafka_broker *broker)
{
    struct kafka_cluster *cluster = broker->cluster;
    if (broker->session.place)
        return;
    broker->session.on_due = on_session_over;
    int64_t timeout_ms = kafka_configs_number(cluster, "broker.session.timeout.ms");
    kafka_deadline_set(&cluster->deadlines, &broker->session, cluster->now_ns + timeout_ms * NS_PER_MS);
}

static void tell(const struct kafka_broker *broker)
{
    const struct kafka_seam *seam = &broker->cluster->seam;
    if (seam->on_broker)
        seam->on_broker(seam->context, broker->id, broker->state == KAFKA_BROKER_UP);
}

static void on_stop(struct kafka_partition *partition, struct kafka_replica *replica)
{
    (void)partition;
    kafka_watermark_on_stop(replica);
    kafka_replication_forget(replica);
}

static void on_crash(struct kafka_partition *partition, struct kafka_replica *replica)
{
    (void)partition;
    kafka_watermark_on_crash(replica);
    kafka_replication_forget(replica);
}

static void on_host_crash(struct kafka_partition *partition, struct kafka_replica *replica)
{
    if (kafka_watermark_on_host_crash(replica)) {
        partition->has_lost = true;
        kafka_note_tell(partition->topic->cluster,
                        &(struct kafka_note){.kind = KAFKA_NOTE_TRUNCATE,
                                             .broker = replica->broker,
                                             .partition = partition,
                                             .leader_epoch = replica->learned.leader_epoch,
                                             .offset = replica->log.end_offset});
    }
    kafka_replication_forget(replica);
}

bool kafka_broker_stop(struct kafka_broker *broker)
{
    if (broker->state != KAFKA_BROKER_UP)
        return false;
    broker->state = KAFKA_BROKER_SILENT;
    each_replica(broker, on_stop);
    if (broker->is_isolated && !broker->is_fenced)
        begin_silence(broker); /* the controller has not heard that it stops */
    else
        fence(broker);
    tell(broker);
    return true;
}

static bool crash(struct kafka_broker *broker,
                  void (*on_replica)(struct kafka_partition *partition, struct kafka_replica *replica))
{
    if (broker->state != KAFKA_BROKER_UP)
        return false;
    broker->state = KAFKA_BROKER_SILENT;
    if (broker->is_fenced)
        fence(broker);
    else
        begin_silence(broker);
    tell(broker);
    each_replica(broker, on_replica);
    kafka_waiters_settle(&broker->cluster->touched);
    return true;
}

bool kafka_broker_crash(struct kafka_broker *broker)
{
    return crash(broker, on_crash);
}

bool kafka_broker_crash_host(struct kafka_broker *broker)
{
    return crash(broker, on_host_crash);
}

bool kafka_broker_start(struct kafka_broker *broker)
{
    if (broker->state == KAFKA_BROKER_UP)
        return false;
    /* A new incarnation registers: the controller fences the old one first. */
    if (broker->state == KAFKA_BROKER_SILENT)
        fence(broker);
    broker->state = KAFKA_BROKER_UP;
    broker->is_fenced = broker->is_isolated; /* it cannot register */
    broker->producer_id_next = broker->producer_id_end;
    kafka_deadline_clear(&broker->cluster->deadlines, &broker->producer_ids);
    if (!broker->is_isolated)
        each_replica(broker, join);
    tell(broker);
    kafka_waiters_settle(&broker->cluster->touched);
    return true;
}

bool kafka_broker_isolate(struct kafka_broker *broker, bool is_isolated)
{
    if (broker->is_isolated == is_isolated)
        return false;
    broker->is_isolated = is_isolated;
    if (broker->state == KAFKA_BROKER_UP && is_isolated) {
        begin_silence(broker);
    } else if (broker->state == KAFKA_BROKER_UP) {
        kafka_deadline_clear(&broker->cluster->deadlines, &broker->session);
        broker->is_fenced = false;
        each_replica(broker, join);
    }
    kafka_waiters_settle(&broker->cluster->touched);
    return true;
}

bool kafka_broker_elect(struct kafka_broker *broker, struct kafka_partition *partition)
{
    const struct kafka_replica *replica = kafka_partition_replica(partition, broker->id);
    if (!replica || !replica->is_in_sync || broker->state != KAFKA_BROKER_UP || broker->is_fenced)
        return false;
    if (partition->leader != broker->id)
        kafka_partition_lead(partition, broker->id);
    kafka_waiters_settle(&broker->cluster->touched);
    return true;
}
