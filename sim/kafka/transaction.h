/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction: transactional ids, as the rest of the brokers sees them.
 *
 * Their coordinator (coordinator.h) is the leader of a partition of __transaction_state. What it knows is what that log
 * holds: it writes each change there, answers once that is replicated, and its successor reads it all again.
 * Source: TransactionCoordinator.scala, TransactionStateManager.scala, TransactionMetadata.scala.
 */
#ifndef SIM_KAFKA_TRANSACTION_H
#define SIM_KAFKA_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/wire/wire.h"

struct kafka_cluster;
struct kafka_partition;
struct kafka_request;
struct kafka_topic;
struct kafka_transactions;

struct kafka_transactions *kafka_transactions_new(struct kafka_cluster *cluster);
void kafka_transactions_free(struct kafka_transactions *transactions); /* NULL is allowed */

/* A partition of __transaction_state has a new leader, or none: the old one's knowledge goes, the new one's comes, as soon as
 * that has learned that it leads (then this is called again). No effect for other partitions. */
void kafka_transactions_on_leader(struct kafka_transactions *transactions,
                                  const struct kafka_partition *partition);

/* All ids are gone with __transaction_state; no effect for other topics, whose markers are not needed any more. */
void kafka_transactions_on_topic_deleted(struct kafka_transactions *transactions,
                                         const struct kafka_topic *topic);

/* InitProducerId with a transactional id that is not empty, and timeout and ids that have been looked at. */
void kafka_transaction_init(struct kafka_request *request);

/* KIP-890: is partition part of the open transaction of that producer, as its coordinator (whoever it is now) has it?
 * 0, or what AddPartitionsToTxn with verify_only says: INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED,
 * TRANSACTION_ABORTABLE, CONCURRENT_TRANSACTIONS, NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, .. */
int16_t kafka_transaction_verify(struct kafka_cluster *cluster, struct wire_string transactional_id,
                                 int64_t producer_id, int16_t producer_epoch,
                                 const struct kafka_partition *partition);

#endif
