/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group: consumer groups of the classic protocol, and their committed offsets.
 *
 * The public face of group*.c and offset*.c; their inner structs are in group_private.h. Left out: the consumer
 * protocol of KIP-848, share and streams groups. simplified: what Kafka writes to __consumer_offsets is kept as it would
 * be read back, not as records, and is on all replicas at once; but offsets within transactions are records.
 */
#ifndef SIM_KAFKA_GROUP_H
#define SIM_KAFKA_GROUP_H

#include <stdbool.h>
#include <stdint.h>

struct kafka_cluster;
struct kafka_groups;
struct kafka_partition;
struct kafka_topic;

struct kafka_groups *kafka_groups_new(struct kafka_cluster *cluster);
/* Parked requests are ended already. NULL is allowed. */
void kafka_groups_free(struct kafka_groups *groups);

/* A partition of __consumer_offsets (of another topic: no effect) has a new leader, or none, or its leader's process
 * began anew. The groups that it holds are unloaded where they were (parked requests: NOT_COORDINATOR) and loaded from
 * what was written: rebalances under way are forgotten, sessions begin anew. While the leader is silent or there is
 * none, nothing happens in them. Source: GroupMetadataManager.java, onUnloaded, replay, onLoaded. */
void kafka_groups_on_leader(struct kafka_groups *groups, const struct kafka_partition *partition);
/* Its committed offsets are gone with it; with __consumer_offsets, all groups. */
void kafka_groups_on_topic_deleted(struct kafka_groups *groups, const struct kafka_topic *topic);

/* The marker of a transaction of producer_id was appended to this partition of __consumer_offsets (of another topic: no
 * effect): what it committed there counts now, or never (GroupCoordinator.onTransactionCompleted). */
void kafka_offsets_on_marker(struct kafka_groups *groups, const struct kafka_partition *partition,
                             int64_t producer_id, bool is_commit);

#endif
