/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret_transaction: the transactional part of interpret: what the coordinator answers. Requests to it have no event
 * of their own: what came of them, its notes tell.
 */
#ifndef SIM_KAFKA_OBSERVE_INTERPRET_TRANSACTION_H
#define SIM_KAFKA_OBSERVE_INTERPRET_TRANSACTION_H

#include "sim/kafka/observe/interpret.h"

void interpret_init_producer_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                      const struct interpret_request *request, const void *response);
void interpret_add_partitions_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                       const struct interpret_request *request, const void *response);
void interpret_add_offsets_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                    const struct interpret_request *request, const void *response);
void interpret_end_txn_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                const struct interpret_request *request, const void *response);

#endif
