/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret_commit: the committed offsets' part of interpret: OffsetCommit, and TxnOffsetCommit within a transaction.
 */
#ifndef SIM_KAFKA_OBSERVE_INTERPRET_COMMIT_H
#define SIM_KAFKA_OBSERVE_INTERPRET_COMMIT_H

#include "sim/kafka/observe/interpret.h"

/* One event per partition: what is asked for (response NULL), or what was answered. */
void interpret_commit(struct interpret *interpret, const struct interpret_scene *scene,
                      const struct interpret_request *request, const void *response);
void interpret_txn_commit(struct interpret *interpret, const struct interpret_scene *scene,
                          const struct interpret_request *request, const void *response);

#endif
