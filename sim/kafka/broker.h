/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker: one broker's life, and who leads when it ends.
 *
 *      UP --stop: leaderships move first--> DOWN --start--> UP (catches up, joins the in-sync replicas again)
 *      UP --crash--> SILENT --broker.session.timeout.ms--> DOWN
 *
 * SILENT: the process is gone, but the controller has not noticed (KRaft fences it when no heartbeat came for
 * broker.session.timeout.ms): Metadata still names it as leader, and it may become one.
 * Left out: the controllers' own quorum; auto.leader.rebalance.enable (preferred leaders come back by ElectLeaders only);
 * eligible leader replicas; that a later unclean.leader.election.enable elects. Source: ReplicationControlManager.java,
 * PartitionChangeBuilder.java, BrokerHeartbeatManager.java.
 */
#ifndef SIM_KAFKA_BROKER_H
#define SIM_KAFKA_BROKER_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/deadline.h"

struct kafka_cluster;
struct kafka_partition;

enum { KAFKA_BROKER_HOST_MAX = 255 };

enum kafka_broker_state { KAFKA_BROKER_UP, KAFKA_BROKER_SILENT, KAFKA_BROKER_DOWN };

struct kafka_broker {
    struct kafka_cluster *cluster;
    int32_t id;
    enum kafka_broker_state state;
    char host[KAFKA_BROKER_HOST_MAX + 1]; /* as Metadata says it */
    uint16_t port;
    struct kafka_deadline session;             /* of a silent one */
    int64_t producer_id_next, producer_id_end; /* the block that it gives out; session.c's */
};

/* NULL: there is none of this id. */
struct kafka_broker *kafka_broker_of(const struct kafka_cluster *cluster, int32_t id);

/* What Metadata lists, and the controller takes for alive (not fenced): up, or silent. */
bool kafka_broker_is_listed(const struct kafka_broker *broker);

/* Whom Metadata and DescribeCluster name as the controller: the first that is up; -1: there is none. simplified: Kafka
 * names any that is alive, since all forward to it. */
int32_t kafka_broker_controller(const struct kafka_cluster *cluster);

/* Life, from outside. False: it is not in a state for that (up, up, down or silent). */
bool kafka_broker_stop(struct kafka_broker *broker);
bool kafka_broker_crash(struct kafka_broker *broker);
bool kafka_broker_start(struct kafka_broker *broker);

/* Makes broker the partition's leader. False: it is none of its in-sync replicas, or is not up. */
bool kafka_broker_elect(struct kafka_broker *broker, struct kafka_partition *partition);

#endif
