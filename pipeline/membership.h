/* SPDX-License-Identifier: Apache-2.0 */
/*
 * membership: as whom offsets are committed.
 *
 * Once the coordinator has forgotten a member, librdkafka goes on as nobody: no member id, generation -1. Where the group
 * has no members by then, brokers take offsets from nobody (GroupCoordinator.validateOffsetCommit: "the group is only using
 * Kafka to store offsets"), fencing or not, and so they may go back. rd_kafka_assignment_lost does not tell: it stays false
 * while an earlier rebalance waits for the application.
 */
#ifndef PIPELINE_MEMBERSHIP_H
#define PIPELINE_MEMBERSHIP_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* The member's id, owned. NULL: it is nobody: no id, or a generation below 0. */
char *membership_member(const rd_kafka_consumer_group_metadata_t *metadata);

/* Is it that member's? */
bool membership_is_of(const rd_kafka_consumer_group_metadata_t *metadata, const char *member);

/* What the client is to its group at this moment; asks its main thread. To rd_kafka_consumer_group_metadata_destroy.
 * NULL: it is not a member, so it must not commit. */
rd_kafka_consumer_group_metadata_t *membership_take(rd_kafka_t *consumer);

#endif
