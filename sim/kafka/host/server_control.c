/* SPDX-License-Identifier: Apache-2.0 */
/* server_control: see server_control.h. */
#include "sim/kafka/host/server_control.h"

#include <stdio.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/host/server_connection.h"
#include "sim/kafka/topic.h"

static const char *strike(struct server_control *control, int32_t id, bool (*change)(struct kafka_broker *),
                          const char *refused)
{
    struct kafka_broker *broker = kafka_broker_of(control->shared->cluster, id);
    if (!broker)
        return "no such broker";
    if (!change(broker))
        return refused;
    if (control->on_brokers)
        control->on_brokers(control->context);
    return NULL;
}

static const char *stop(void *context, int32_t id)
{
    return strike(context, id, kafka_broker_stop, "the broker is not up");
}

static const char *crash(void *context, int32_t id)
{
    return strike(context, id, kafka_broker_crash, "the broker is not up");
}

static const char *crash_host(void *context, int32_t id)
{
    return strike(context, id, kafka_broker_crash_host, "the broker is not up");
}

static bool begin_isolation(struct kafka_broker *broker)
{
    return kafka_broker_isolate(broker, true);
}

static bool end_isolation(struct kafka_broker *broker)
{
    return kafka_broker_isolate(broker, false);
}

static const char *isolate(void *context, int32_t id)
{
    return strike(context, id, begin_isolation, "the broker is isolated");
}

static const char *heal(void *context, int32_t id)
{
    return strike(context, id, end_isolation, "the broker is not isolated");
}

static const char *start(void *context, int32_t id)
{
    return strike(context, id, kafka_broker_start, "the broker is up");
}

static const char *elect(void *context, const char *topic_name, int32_t index, int32_t id)
{
    const struct server_control *control = context;
    struct kafka_broker *broker = kafka_broker_of(control->shared->cluster, id);
    struct kafka_topic *topic = kafka_topic_named(control->shared->cluster, topic_name);
    struct kafka_partition *partition = topic ? kafka_topic_partition(topic, index) : NULL;
    if (!broker)
        return "no such broker";
    if (!partition)
        return "no such partition";
    return kafka_broker_elect(broker, partition) ? NULL : "the broker is not up, or no replica in sync";
}

static bool is_led_next(const struct kafka_partition *partition, const struct kafka_broker *broker,
                        bool is_internal, bool is_in_sync)
{
    const struct kafka_replica *replica = kafka_partition_replica(partition, broker->id);
    return partition->topic->is_internal == is_internal && replica && partition->leader != broker->id &&
           replica->is_in_sync == is_in_sync;
}

/* The one at this place (modulo) among those that the broker could lead next. NULL: there is none. */
static struct kafka_partition *find_led_next(const struct kafka_broker *broker, uint32_t number,
                                             bool is_internal, bool is_in_sync)
{
    const struct kafka_cluster *cluster = broker->cluster;
    uint32_t count = 0, seen = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t t = 0; t < cluster->topic_count; t++) {
            for (int32_t p = 0; p < cluster->topics[t]->partition_count; p++) {
                struct kafka_partition *partition = cluster->topics[t]->partitions[p];
                if (!is_led_next(partition, broker, is_internal, is_in_sync))
                    continue;
                if (pass == 0)
                    count++;
                else if (seen++ == number % count)
                    return partition;
            }
        }
        if (!count)
            return NULL;
    }
    return NULL;
}

/* Where there is nothing to lead, nothing happens: the cluster may have changed since it was asked for. */
static const char *lead(void *context, int32_t id, uint32_t number, enum control_lead how)
{
    const struct server_control *control = context;
    struct kafka_broker *broker = kafka_broker_of(control->shared->cluster, id);
    if (!broker)
        return "no such broker";
    if (broker->state != KAFKA_BROKER_UP || broker->is_fenced)
        return NULL;
    struct kafka_partition *partition = NULL;
    if (how == CONTROL_LEAD_UNCLEAN)
        partition = find_led_next(broker, number, false, false);
    bool is_behind = partition;
    if (!partition)
        partition = find_led_next(broker, number, how == CONTROL_LEAD_COORDINATORS, true);
    if (!partition)
        return NULL;
    if (how != CONTROL_LEAD_UNCLEAN) {
        kafka_broker_elect(broker, partition);
        return NULL;
    }
    if (!is_behind)
        kafka_partition_replica(partition, id)->is_in_sync = false; /* whoever is in sync counts as lost */
    kafka_partition_lead(partition, id);
    kafka_waiters_settle(&broker->cluster->touched);
    return NULL;
}

static const char *slow(void *context, int32_t id, uint32_t delay_ms)
{
    const struct server_control *control = context;
    if (!kafka_broker_of(control->shared->cluster, id))
        return "no such broker";
    control->shared->slow_ms[id] = delay_ms;
    return NULL;
}

static const char *advance(void *context, int64_t time_ms)
{
    struct server_control *control = context;
    struct server_shared *shared = control->shared;
    *control->clock_ns += time_ms * NS_PER_MS;
    shared->now_ns += time_ms * NS_PER_MS;
    kafka_cluster_advance(shared->cluster, shared->now_ns);
    return NULL;
}

static const char *brokers(void *context, char *out, size_t out_bytes)
{
    static const char *const names[] = {
        [KAFKA_BROKER_UP] = "up", [KAFKA_BROKER_SILENT] = "down", [KAFKA_BROKER_DOWN] = "down"};
    const struct kafka_cluster *cluster = ((const struct server_control *)context)->shared->cluster;
    size_t used = 0;
    for (int32_t i = 0; i < cluster->broker_count && used < out_bytes; i++)
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%d:%s", i ? " " : "",
                                 (int)cluster->brokers[i].id, names[cluster->brokers[i].state]);
    return NULL;
}

static const struct control_backend backend = {
    .stop = stop,
    .crash = crash,
    .crash_host = crash_host,
    .isolate = isolate,
    .heal = heal,
    .start = start,
    .elect = elect,
    .lead = lead,
    .slow = slow,
    .takes_shots = true,
    .advance = advance,
    .brokers = brokers,
};

void server_control_init(struct server_control *control, struct server_shared *shared, int64_t *clock_ns)
{
    *control = (struct server_control){
        .control = {.gate = &shared->gate, .backend = &backend, .context = control},
        .shared = shared,
        .clock_ns = clock_ns,
    };
}
