/* SPDX-License-Identifier: Apache-2.0 */
/* topic: the table of topics, names, placement of replicas. See topic.h. */
#include "sim/kafka/topic.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/group.h"

static int compare(const char *one, struct wire_string other)
{
    return wire_string_compare(wire_string_of(one), other);
}

/* Where name is, or would be put in. */
static int32_t place_of(const struct kafka_cluster *cluster, struct wire_string name, bool *is_there_out)
{
    int32_t low = 0, high = cluster->topic_count;
    *is_there_out = false;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        int order = compare(cluster->topics[middle]->name, name);
        if (!order) {
            *is_there_out = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct kafka_topic *kafka_topic_find(const struct kafka_cluster *cluster, struct wire_string name)
{
    if (name.bytes <= 0 || name.bytes > KAFKA_TOPIC_NAME_MAX)
        return NULL;
    bool is_there;
    int32_t place = place_of(cluster, name, &is_there);
    return is_there ? cluster->topics[place] : NULL;
}

struct kafka_topic *kafka_topic_named(const struct kafka_cluster *cluster, const char *name)
{
    return kafka_topic_find(cluster, wire_string_of(name));
}

struct kafka_topic *kafka_topic_by_id(const struct kafka_cluster *cluster, const struct wire_uuid *id)
{
    for (int32_t i = 0; i < cluster->topic_count; i++)
        if (!memcmp(&cluster->topics[i]->id, id, sizeof *id))
            return cluster->topics[i];
    return NULL;
}

static bool is_legal(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool kafka_topic_is_legal(struct wire_string name)
{
    if (name.bytes <= 0 || name.bytes > KAFKA_TOPIC_NAME_MAX)
        return false;
    if (name.text[0] == '.' && (name.bytes == 1 || (name.bytes == 2 && name.text[1] == '.')))
        return false;
    for (int32_t i = 0; i < name.bytes; i++)
        if (!is_legal(name.text[i]))
            return false;
    return true;
}

static bool collides(const char *one, struct wire_string other)
{
    if (strlen(one) != (size_t)other.bytes)
        return false;
    for (int32_t i = 0; i < other.bytes; i++) {
        char a = one[i] == '.' ? '_' : one[i], b = other.text[i] == '.' ? '_' : other.text[i];
        if (a != b)
            return false;
    }
    return true;
}

const struct kafka_topic *kafka_topic_collision(const struct kafka_cluster *cluster, struct wire_string name)
{
    for (int32_t i = 0; i < cluster->topic_count; i++)
        if (collides(cluster->topics[i]->name, name) && compare(cluster->topics[i]->name, name))
            return cluster->topics[i];
    return NULL;
}

static int32_t draw(struct kafka_cluster *cluster, int32_t end)
{
    return (int32_t)(kafka_cluster_random(cluster) % (uint64_t)end);
}

/* StripedReplicaPlacer.java: from a random broker on for each topic, those that are fenced come last. simplified: one rack,
 * and the brokers are not shuffled after each round. */
bool kafka_topic_place(struct kafka_cluster *cluster, int32_t first, int32_t partition_count,
                       int32_t replica_count, struct kafka_assignment *out)
{
    int32_t alive[KAFKA_BROKERS_MAX], alive_count = 0, fenced[KAFKA_BROKERS_MAX], fenced_count = 0;
    for (int32_t i = 0; i < cluster->broker_count; i++) {
        if (kafka_broker_is_listed(&cluster->brokers[i]))
            alive[alive_count++] = cluster->brokers[i].id;
        else
            fenced[fenced_count++] = cluster->brokers[i].id;
    }
    if (partition_count > KAFKA_TOPIC_PARTITIONS_AT_ONCE || alive_count == 0 || replica_count < 1 ||
        replica_count > cluster->broker_count || replica_count > KAFKA_REPLICAS_MAX)
        return false;
    int32_t start = draw(cluster, alive_count), fenced_start = fenced_count ? draw(cluster, fenced_count) : 0;
    for (int32_t i = 0; i < partition_count; i++) {
        out[i].count = replica_count;
        for (int32_t j = 0; j < replica_count; j++)
            out[i].brokers[j] = j < alive_count
                                    ? alive[(start + first + i + j) % alive_count]
                                    : fenced[(fenced_start + first + i + j - alive_count) % fenced_count];
    }
    return true;
}

static int32_t first_leader(const struct kafka_cluster *cluster, const struct kafka_assignment *assignment)
{
    for (int32_t i = 0; i < assignment->count; i++) {
        const struct kafka_broker *broker = kafka_broker_of(cluster, assignment->brokers[i]);
        if (broker && kafka_broker_is_listed(broker))
            return broker->id;
    }
    return KAFKA_NOBODY;
}

void kafka_topic_grow(struct kafka_topic *topic, const struct kafka_assignment *assignments, int32_t count)
{
    size_t total = (size_t)topic->partition_count + (size_t)count;
    struct kafka_partition **partitions = realloc(topic->partitions, total * sizeof *partitions);
    assert(partitions);
    topic->partitions = partitions;
    for (int32_t i = 0; i < count; i++) {
        int32_t index = topic->partition_count++;
        partitions[index] = kafka_partition_new(topic, index, assignments[i].brokers, assignments[i].count);
        kafka_partition_lead(partitions[index], first_leader(topic->cluster, &assignments[i]));
    }
}

bool kafka_topic_is_internal(struct wire_string name)
{
    return compare(KAFKA_GROUP_TOPIC, name) == 0 || compare(KAFKA_TRANSACTION_TOPIC, name) == 0;
}

struct kafka_topic *kafka_topic_new(struct kafka_cluster *cluster, struct wire_string name,
                                    const struct kafka_assignment *assignments, int32_t partition_count)
{
    bool is_there;
    int32_t place = place_of(cluster, name, &is_there);
    assert(!is_there && kafka_topic_is_legal(name));
    if (cluster->topic_count == cluster->topic_capacity) {
        cluster->topic_capacity = cluster->topic_capacity ? cluster->topic_capacity * 2 : 8;
        cluster->topics = realloc(cluster->topics, (size_t)cluster->topic_capacity * sizeof *cluster->topics);
        assert(cluster->topics);
    }
    struct kafka_topic *topic = calloc(1, sizeof *topic);
    assert(topic);
    topic->cluster = cluster;
    memcpy(topic->name, name.text, (size_t)name.bytes);
    topic->id = kafka_cluster_uuid(cluster);
    topic->is_internal = kafka_topic_is_internal(name);
    kafka_config_init(&topic->config, cluster);
    memmove(&cluster->topics[place + 1], &cluster->topics[place],
            (size_t)(cluster->topic_count - place) * sizeof *cluster->topics);
    cluster->topics[place] = topic;
    cluster->topic_count++;
    kafka_topic_grow(topic, assignments, partition_count);
    return topic;
}

void kafka_topic_free(struct kafka_topic *topic)
{
    struct kafka_cluster *cluster = topic->cluster;
    int32_t place = 0;
    while (cluster->topics[place] != topic)
        place++;
    cluster->topic_count--;
    memmove(&cluster->topics[place], &cluster->topics[place + 1],
            (size_t)(cluster->topic_count - place) * sizeof *cluster->topics);
    for (int32_t i = 0; i < topic->partition_count; i++)
        kafka_partition_free(topic->partitions[i]);
    free(topic->partitions);
    kafka_config_deinit(&topic->config);
    free(topic);
}

void kafka_topic_reconfigured(struct kafka_topic *topic)
{
    for (int32_t i = 0; i < topic->partition_count; i++)
        kafka_cleaner_plan(&topic->cluster->cleaner, topic->partitions[i]);
}

struct kafka_topic *kafka_topic_auto_create(struct kafka_cluster *cluster, struct wire_string name)
{
    int32_t count = (int32_t)kafka_configs_number(cluster, "num.partitions");
    int32_t replicas = (int32_t)kafka_configs_number(cluster, "default.replication.factor");
    struct kafka_topic *topic = NULL;
    if (count > KAFKA_TOPIC_PARTITIONS_AT_ONCE || kafka_topic_collision(cluster, name))
        return NULL;
    struct kafka_assignment *assignments = calloc((size_t)count, sizeof *assignments);
    assert(assignments);
    if (kafka_topic_place(cluster, 0, count, replicas, assignments))
        topic = kafka_topic_new(cluster, name, assignments, count);
    free(assignments);
    return topic;
}

struct kafka_partition *kafka_topic_partition(const struct kafka_topic *topic, int32_t index)
{
    return topic && index >= 0 && index < topic->partition_count ? topic->partitions[index] : NULL;
}
