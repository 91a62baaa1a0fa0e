/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rack: which replica a consumer should read from, by its rack (KIP-392).
 *
 * With replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector a leader that is asked from another
 * rack names an in-sync replica in that rack, the one that has most of the log, and sends no records. Source:
 * ReplicaManager.findPreferredReadReplica, RackAwareReplicaSelector.java. Left out: selectors of other classes.
 */
#ifndef SIM_KAFKA_RACK_H
#define SIM_KAFKA_RACK_H

#include "sim/kafka/partition.h"

/* The broker to read from instead; KAFKA_NOBODY: the leader will do. rack: the client's, may be null or empty. */
int32_t kafka_rack_preferred(const struct kafka_replica *leader, struct wire_string rack,
                             int64_t fetch_offset);

#endif
