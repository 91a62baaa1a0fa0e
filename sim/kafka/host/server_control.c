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
