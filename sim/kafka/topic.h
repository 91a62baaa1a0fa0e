/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topic: which topics there are, with which partitions on which brokers.
 *
 * Source: ReplicationControlManager.java, StripedReplicaPlacer.java, Topic.java.
 */
#ifndef SIM_KAFKA_TOPIC_H
#define SIM_KAFKA_TOPIC_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/config.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/wire/wire.h"

struct kafka_cluster;

enum { KAFKA_TOPIC_NAME_MAX = 249, KAFKA_REPLICAS_MAX = KAFKA_PARTITION_REPLICAS_MAX };
/* So many may be made by one request (ReplicationControlManager.java, MAX_PARTITIONS_PER_BATCH). */
enum { KAFKA_TOPIC_PARTITIONS_AT_ONCE = 10000 };

struct kafka_topic {
    struct kafka_cluster *cluster;
    char name[KAFKA_TOPIC_NAME_MAX + 1];
    struct wire_uuid id;
    bool is_internal;                    /* __consumer_offsets, __transaction_state */
    struct kafka_config config;          /* what was set, and what follows from it */
    struct kafka_partition **partitions; /* each of its own allocation: requests watch them */
    int32_t partition_count;
};

/* Which brokers hold one partition; the first is the preferred leader. */
struct kafka_assignment {
    int32_t brokers[KAFKA_REPLICAS_MAX];
    int32_t count;
};

/* NULL: there is none. */
struct kafka_topic *kafka_topic_find(const struct kafka_cluster *cluster, struct wire_string name);
struct kafka_topic *kafka_topic_by_id(const struct kafka_cluster *cluster, const struct wire_uuid *id);
struct kafka_topic *kafka_topic_named(const struct kafka_cluster *cluster, const char *name);

/* A legal name: 1..249 of [a-zA-Z0-9._-], neither "." nor "..". NULL, or what is wrong in Kafka's words. */
const char *kafka_topic_name_fault(struct wire_string name);
/* "a.b" and "a_b" are the same metric: the topic that name would collide with, or NULL. */
const struct kafka_topic *kafka_topic_collision(const struct kafka_cluster *cluster, struct wire_string name);

/* Places replica_count replicas of each of partition_count partitions, from partition first on: on the brokers that are
 * alive, if they do not suffice also on others. out: partition_count elements. False: there are not that many brokers, none
 * is alive, or these are more partitions or replicas than may be. */
bool kafka_topic_place(struct kafka_cluster *cluster, int32_t first, int32_t partition_count,
                       int32_t replica_count, struct kafka_assignment *out);

/* The name is legal and new, the assignments are sound: the caller has checked. Copies all. */
struct kafka_topic *kafka_topic_new(struct kafka_cluster *cluster, struct wire_string name,
                                    const struct kafka_assignment *assignments, int32_t partition_count);
void kafka_topic_grow(struct kafka_topic *topic, const struct kafka_assignment *assignments, int32_t count);
/* Wakes all who wait for its partitions. */
void kafka_topic_free(struct kafka_topic *topic);

/* Its configuration is another: what may be deleted or compacted, and when, is looked at anew. */
void kafka_topic_reconfigured(struct kafka_topic *topic);

/* num.partitions, default.replication.factor. The name is legal and new. NULL: the brokers do not suffice, these are too
 * many partitions, or the name collides. */
struct kafka_topic *kafka_topic_auto_create(struct kafka_cluster *cluster, struct wire_string name);

/* NULL: no such partition. */
struct kafka_partition *kafka_topic_partition(const struct kafka_topic *topic, int32_t index);

#endif
