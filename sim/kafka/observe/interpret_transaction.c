/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret_transaction: see interpret_transaction.h.
 *
 * Left out: AddPartitionsToTxn from version 4 on, which brokers ask each other.
 */
#include "sim/kafka/observe/interpret_transaction.h"
#include "sim/kafka/observe/interpret_group.h"
#include "sim/kafka/wire/session.h"
#include "sim/kafka/wire/transaction.h"

static void emit(struct interpret *interpret, const struct interpret_scene *scene,
                 const struct interpret_request *request, const struct history_coordinator *coordinator)
{
    struct history_event event = interpret_event(scene, HISTORY_COORDINATOR);
    event.coordinator = *coordinator;
    event.coordinator.api_key = request->header.api_key;
    interpret_emit(interpret, &event);
}

void interpret_init_producer_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                      const struct interpret_request *request, const void *response)
{
    const struct wire_init_producer_id_request *asked = request->body;
    const struct wire_init_producer_id_response *body = response;
    if (asked->transactional_id.bytes < 0)
        return;
    emit(interpret, scene, request,
         &(struct history_coordinator){.transactional_id = interpret_string(asked->transactional_id),
                                       .producer_id = body->producer_id,
                                       .producer_epoch = body->producer_epoch,
                                       .timeout_ms = asked->transaction_timeout_ms,
                                       .error = body->error_code});
}

/* The first error of any partition: the coordinator adds all or none. */
static int16_t first_error(const struct wire_add_partitions_to_txn_response *body)
{
    for (int32_t t = 0; t < body->results_by_topic_v3_and_below.count; t++) {
        const struct wire_add_partitions_to_txn_response_topic_result *topic =
            &body->results_by_topic_v3_and_below.items[t];
        for (int32_t p = 0; p < topic->results_by_partition.count; p++)
            if (topic->results_by_partition.items[p].partition_error_code != 0)
                return topic->results_by_partition.items[p].partition_error_code;
    }
    return 0;
}

void interpret_add_partitions_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                       const struct interpret_request *request, const void *response)
{
    enum { LAST_VERSION_OF_CLIENTS = 3 };
    const struct wire_add_partitions_to_txn_request *asked = request->body;
    if (request->header.api_version > LAST_VERSION_OF_CLIENTS)
        return;
    emit(interpret, scene, request,
         &(struct history_coordinator){.transactional_id =
                                           interpret_string(asked->v3_and_below_transactional_id),
                                       .producer_id = asked->v3_and_below_producer_id,
                                       .producer_epoch = asked->v3_and_below_producer_epoch,
                                       .error = first_error(response)});
}

void interpret_add_offsets_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                    const struct interpret_request *request, const void *response)
{
    const struct wire_add_offsets_to_txn_request *asked = request->body;
    const struct wire_add_offsets_to_txn_response *body = response;
    emit(interpret, scene, request,
         &(struct history_coordinator){.transactional_id = interpret_string(asked->transactional_id),
                                       .producer_id = asked->producer_id,
                                       .producer_epoch = asked->producer_epoch,
                                       .error = body->error_code});
}

void interpret_end_txn_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                const struct interpret_request *request, const void *response)
{
    const struct wire_end_txn_request *asked = request->body;
    const struct wire_end_txn_response *body = response;
    emit(interpret, scene, request,
         &(struct history_coordinator){.transactional_id = interpret_string(asked->transactional_id),
                                       .producer_id = asked->producer_id,
                                       .producer_epoch = asked->producer_epoch,
                                       .is_commit = asked->committed,
                                       .error = body->error_code});
}
