/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker: one broker's life, and who leads when it ends.
 *
 *      UP --stop: leaderships move first--> DOWN --start--> UP (catches up, joins the in-sync replicas again)
 *      UP --crash--> SILENT --broker.session.timeout.ms--> DOWN
 *      UP --isolate--> UP, and fenced after broker.session.timeout.ms --heal--> UP
 *
 * What a crash leaves of high watermarks and logs: watermark.h. An isolated broker hears no controller and no other broker, and
 * they do not hear it; clients do: it leads on as far as it knows, and neither shrinks nor grows its in-sync replicas.
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
    bool is_isolated;
    bool is_fenced;                       /* isolated for so long that the controller takes it for dead */
    char host[KAFKA_BROKER_HOST_MAX + 1]; /* as Metadata says it */
    uint16_t port;
    struct kafka_deadline session;             /* of a silent or isolated one */
    int64_t producer_id_next, producer_id_end; /* the block that it gives out; session.c's */
    struct kafka_deadline producer_ids;        /* the next block is on its way */
};

/* NULL: there is none of this id. */
struct kafka_broker *kafka_broker_of(const struct kafka_cluster *cluster, int32_t id);

/* What Metadata lists, and the controller takes for alive (not fenced): up, or silent, or isolated not for long. */
bool kafka_broker_is_listed(const struct kafka_broker *broker);
/* Up, and not isolated: hears the controller, and others that are connected. */
bool kafka_broker_is_connected(const struct kafka_broker *broker);

/* Whom Metadata and DescribeCluster name as the controller: the first that is up; -1: there is none. simplified: Kafka
 * names any that is alive, since all forward to it. */
int32_t kafka_broker_controller(const struct kafka_cluster *cluster);

/* Life, from outside. False: it is not in a state for that (up, up, up, down or silent). Who crashes with its host loses some of
 * what was not flushed. */
bool kafka_broker_stop(struct kafka_broker *broker);
bool kafka_broker_crash(struct kafka_broker *broker);
bool kafka_broker_crash_host(struct kafka_broker *broker);
bool kafka_broker_start(struct kafka_broker *broker);
/* Cuts it off from controller and brokers, or (false) heals that. False: it is so already. */
bool kafka_broker_isolate(struct kafka_broker *broker, bool is_isolated);

/* Makes broker the partition's leader. False: it is none of its in-sync replicas, or is not up. */
bool kafka_broker_elect(struct kafka_broker *broker, struct kafka_partition *partition);

#endif
