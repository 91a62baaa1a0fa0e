/* SPDX-License-Identifier: Apache-2.0 */
/* cluster: the one entry for requests and time. See cluster.h. */
#include "sim/kafka/cluster.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cleaner.h"
#include "sim/kafka/config.h"
#include "sim/kafka/group.h"
#include "sim/kafka/session.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/transaction.h"

static void name_cluster(struct kafka_cluster *cluster)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int i = 0; i < KAFKA_CLUSTER_ID_BYTES; i++)
        cluster->id[i] = digits[kafka_cluster_random(cluster) % (sizeof digits - 1)];
}

static void name_host(char out[KAFKA_BROKER_HOST_MAX + 1], const char *pattern, int32_t id)
{
    const char *at = strstr(pattern, "%d");
    if (at)
        snprintf(out, KAFKA_BROKER_HOST_MAX + 1, "%.*s%d%s", (int)(at - pattern), pattern, (int)id, at + 2);
    else
        snprintf(out, KAFKA_BROKER_HOST_MAX + 1, "%s", pattern);
}

struct kafka_cluster *kafka_cluster_new(const struct kafka_cluster_options *options,
                                        const struct kafka_seam *seam, char *error_out, size_t error_bytes)
{
    assert(options->broker_count >= 1 && options->broker_count <= KAFKA_BROKERS_MAX);
    struct kafka_cluster *cluster = calloc(1, sizeof *cluster);
    assert(cluster);
    cluster->model = options->model;
    cluster->seam = *seam;
    cluster->now_ns = options->now_ns;
    cluster->broker_count = options->broker_count;
    cluster->brokers = calloc((size_t)options->broker_count, sizeof *cluster->brokers);
    assert(cluster->brokers);
    name_cluster(cluster);
    for (int32_t i = 0; i < cluster->broker_count; i++) {
        struct kafka_broker *broker = &cluster->brokers[i];
        *broker = (struct kafka_broker){.cluster = cluster, .id = i + 1, .state = KAFKA_BROKER_UP};
        name_host(broker->host, options->host, broker->id);
        broker->port = (uint16_t)(options->port_first + i * options->port_step);
    }
    cluster->configs = kafka_configs_new(cluster, options->settings, error_out, error_bytes);
    if (!cluster->configs) {
        kafka_cluster_free(cluster);
        return NULL;
    }
    cluster->groups = kafka_groups_new(cluster);
    cluster->transactions = kafka_transactions_new(cluster);
    kafka_cleaner_init(&cluster->cleaner, cluster);
    return cluster;
}

void kafka_cluster_free(struct kafka_cluster *cluster)
{
    if (!cluster)
        return;
    while (cluster->waiting_first)
        kafka_request_close(cluster->waiting_first);
    kafka_transactions_free(cluster->transactions);
    kafka_groups_free(cluster->groups);
    while (cluster->topic_count)
        kafka_topic_free(cluster->topics[cluster->topic_count - 1]);
    kafka_cleaner_deinit(&cluster->cleaner);
    kafka_configs_free(cluster->configs);
    kafka_deadlines_deinit(&cluster->deadlines);
    free(cluster->topics);
    free(cluster->brokers);
    free(cluster);
}

void kafka_cluster_request(struct kafka_cluster *cluster, struct kafka_request *request)
{
    request->cluster = cluster;
    assert(request->broker && request->broker->state == KAFKA_BROKER_UP);
    const struct kafka_api *api = kafka_api_of(request->header.api_key);
    if (kafka_session_refuses_version(request))
        return;
    if (!api || !kafka_api_offers(api, &cluster->model, request->header.api_version) ||
        !kafka_session_allows(request)) {
        kafka_request_close(request);
        return;
    }
    api->answer(request);
    kafka_waiters_settle(&cluster->touched);
}

void kafka_cluster_abandon(struct kafka_request *request)
{
    request->client = NULL;
    if (request->ends_with_client)
        kafka_request_finish(request);
}

void kafka_cluster_advance(struct kafka_cluster *cluster, int64_t now_ns)
{
    while (kafka_deadlines_next_ns(&cluster->deadlines) <= now_ns) {
        int64_t due_ns = kafka_deadlines_next_ns(&cluster->deadlines);
        if (cluster->now_ns < due_ns)
            cluster->now_ns = due_ns;
        kafka_deadlines_step(&cluster->deadlines, cluster->now_ns);
        kafka_waiters_settle(&cluster->touched);
    }
    if (cluster->now_ns < now_ns)
        cluster->now_ns = now_ns;
}

int64_t kafka_cluster_next_ns(const struct kafka_cluster *cluster)
{
    return kafka_deadlines_next_ns(&cluster->deadlines);
}

int64_t kafka_cluster_now_ms(const struct kafka_cluster *cluster)
{
    return cluster->now_ns / NS_PER_MS;
}

uint64_t kafka_cluster_random(struct kafka_cluster *cluster)
{
    return cluster->seam.random(cluster->seam.context);
}

int64_t kafka_cluster_draw(struct kafka_cluster *cluster, int64_t max)
{
    return max ? (int64_t)(kafka_cluster_random(cluster) % ((uint64_t)max + 1)) : 0;
}

struct wire_uuid kafka_cluster_uuid(struct kafka_cluster *cluster)
{
    uint64_t halves[2] = {kafka_cluster_random(cluster), kafka_cluster_random(cluster)};
    struct wire_uuid id;
    memcpy(id.byte, halves, sizeof id.byte);
    id.byte[6] = (uint8_t)((id.byte[6] & 0x0f) | 0x40);
    id.byte[8] = (uint8_t)((id.byte[8] & 0x3f) | 0x80);
    return id;
}

void kafka_note_tell(const struct kafka_cluster *cluster, const struct kafka_note *note)
{
    if (cluster->seam.on_note)
        cluster->seam.on_note(cluster->seam.context, note);
}
