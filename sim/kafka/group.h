/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group: consumer groups of the classic protocol, and their committed offsets.
 *
 * The public face of group*.c and offsets.c; their inner structs are in group_private.h.
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
void kafka_groups_free(struct kafka_groups *groups);

/* A partition of __consumer_offsets has a new leader (or none): the groups that it holds are loaded there from what was
 * written: rebalances under way are forgotten, sessions begin anew (GroupCoordinatorShard, onLoaded). */
void kafka_groups_on_leader(struct kafka_groups *groups, const struct kafka_partition *partition);
/* Its committed offsets are gone with it. */
void kafka_groups_on_topic_deleted(struct kafka_groups *groups, const struct kafka_topic *topic);

#endif
