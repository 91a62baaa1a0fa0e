/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coordinator: which broker coordinates a group or a transactional id: the leader of a partition of an internal topic.
 *
 *      id --Java's String.hashCode--> partition of __consumer_offsets (__transaction_state) --> its leader
 *
 * Loading takes no time here, so COORDINATOR_LOAD_IN_PROGRESS is never said. Left out: key type 2 (share groups).
 * Source: KafkaApis.scala (getCoordinator), AutoTopicCreationManager.scala, Utils.java (abs).
 */
#ifndef SIM_KAFKA_COORDINATOR_H
#define SIM_KAFKA_COORDINATOR_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/wire/wire.h"

struct kafka_broker;
struct kafka_cluster;
struct kafka_partition;

#define KAFKA_GROUP_TOPIC       "__consumer_offsets"
#define KAFKA_TRANSACTION_TOPIC "__transaction_state"

/* Of the text as Java has it, in UTF-16. */
int32_t kafka_coordinator_hash(struct wire_string text);
int32_t kafka_coordinator_utf16_length(struct wire_string text);

/* The partition of the internal topic (see above) that holds id; NULL: there is no such topic yet. */
struct kafka_partition *kafka_coordinator_partition(const struct kafka_cluster *cluster, const char *topic,
                                                    struct wire_string id);
/* Makes the internal topic of that name, which is not there, as the first question for a coordinator does; it may still
 * not be there if the brokers do not suffice. False: that is none of them. */
bool kafka_coordinator_create(struct kafka_cluster *cluster, struct wire_string name);
/* What a coordinator says whose write to its log failed so; what is not listed stays. Source: appendTransactionToLog in
 * TransactionStateManager.scala, CoordinatorOperationExceptionHelper.java. */
int16_t kafka_coordinator_error(int16_t error);
/* Does broker coordinate that group? */
bool kafka_coordinator_is(const struct kafka_broker *broker, struct wire_string group_id);

#endif
