/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_init: InitProducerId with a transactional id: a new producer, or a new epoch that fences the old one.
 *
 *   unknown id           a new producer id, epoch 0
 *   Empty, Complete*     the epoch is bumped; behind 32766 a new producer id begins at 0
 *   Ongoing              the epoch is bumped once to fence, the transaction aborted; CONCURRENT_TRANSACTIONS: come again
 *   Prepare*, pending    CONCURRENT_TRANSACTIONS
 *
 * Who says which id and epoch he has (KIP-360) must have the present ones, or the last ones: then it is a retry.
 * Source: TransactionCoordinator.handleInitProducerId, TransactionMetadata.prepareIncrementProducerEpoch.
 */
#include "sim/kafka/transaction_private.h"

#include <assert.h>
#include "sim/kafka/session.h"
#include "sim/kafka/wire/session.h"

enum { FENCED_SINCE = 4 }; /* before, PRODUCER_FENCED was not known */

static void answer(struct kafka_request *request, int64_t producer_id, int16_t producer_epoch, int16_t error)
{
    struct wire_init_producer_id_response response;
    wire_init(&wire_init_producer_id_response_schema, &response);
    if (error == KAFKA_PRODUCER_FENCED && request->header.api_version < FENCED_SINCE)
        error = KAFKA_INVALID_PRODUCER_EPOCH;
    response.producer_id = error ? -1 : producer_id;
    response.producer_epoch = error ? -1 : producer_epoch;
    response.error_code = error;
    kafka_request_answer(request, &response);
}

static void on_written(struct kafka_transaction *transaction, void *context, int16_t error)
{
    answer(context, transaction->facts.producer_id, transaction->facts.producer_epoch, error);
}

static void on_fenced(struct kafka_transaction *transaction, void *context, int16_t error)
{
    (void)transaction;
    answer(context, -1, -1, error ? error : KAFKA_CONCURRENT_TRANSACTIONS);
}

static bool is_exhausted(int16_t epoch)
{
    return epoch >= KAFKA_TRANSACTION_EPOCH_LAST;
}

/* Does the producer say who he is, and is he another one? */
static bool is_stranger(const struct kafka_transaction_facts *facts,
                        const struct wire_init_producer_id_request *body)
{
    if (body->producer_id == -1 || facts->producer_epoch == -1 || body->producer_id == facts->producer_id)
        return false;
    return body->producer_id != facts->previous_producer_id || !is_exhausted(body->producer_epoch);
}

/* The next epoch, or producer id. 0, COORDINATOR_LOAD_IN_PROGRESS, PRODUCER_FENCED, or what Kafka says to whom it lets go
 * on with an epoch that is used up, but does not name it: UNKNOWN_SERVER_ERROR. */
static int16_t advance(struct kafka_broker *broker, const struct wire_init_producer_id_request *body,
                       struct kafka_transaction_facts *facts)
{
    bool is_named = body->producer_id != -1;
    int16_t epoch = facts->producer_epoch;
    facts->previous_producer_id = facts->producer_id;
    if (is_exhausted(epoch) && (!is_named || body->producer_epoch == epoch)) {
        if (!kafka_session_next_producer_id(broker, &facts->producer_id))
            return KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
        facts->producer_epoch = 0;
        facts->last_producer_epoch = is_named ? epoch : -1;
        return KAFKA_NONE;
    }
    if (is_exhausted(epoch))
        return KAFKA_UNKNOWN_SERVER_ERROR;
    if (is_named && epoch != -1 && body->producer_epoch != epoch)
        return body->producer_epoch == facts->last_producer_epoch ? KAFKA_NONE : KAFKA_PRODUCER_FENCED;
    facts->producer_epoch = (int16_t)(epoch + 1);
    facts->last_producer_epoch = is_named ? epoch : -1;
    return KAFKA_NONE;
}

static void begin(struct kafka_request *request, struct kafka_transaction *transaction)
{
    const struct wire_init_producer_id_request *body = request->body;
    struct kafka_transaction_facts facts = kafka_transaction_facts_copy(&transaction->facts);
    int16_t error = advance(request->broker, body, &facts);
    assert(facts.place_count == 0); /* so there is nothing to free */
    if (error) {
        answer(request, -1, -1, error);
        return;
    }
    facts.state = KAFKA_TRANSACTION_EMPTY;
    facts.timeout_ms = body->transaction_timeout_ms;
    facts.start_ms = -1;
    facts.update_ms = kafka_cluster_now_ms(request->cluster);
    kafka_request_wait(request, INT64_MAX, 0);
    kafka_transaction_write(transaction, &facts,
                            (struct kafka_transaction_then){.on_done = on_written, .context = request});
}

/* NULL: the broker has no producer ids yet. */
static struct kafka_transaction *create(struct kafka_request *request, struct kafka_transaction_shard *shard)
{
    const struct wire_init_producer_id_request *body = request->body;
    int64_t producer_id;
    if (!kafka_session_next_producer_id(request->broker, &producer_id))
        return NULL;
    struct kafka_transaction *transaction = kafka_transaction_new(shard, body->transactional_id);
    transaction->facts = (struct kafka_transaction_facts){
        .state = KAFKA_TRANSACTION_EMPTY,
        .producer_id = producer_id,
        .previous_producer_id = -1,
        .producer_epoch = -1,
        .last_producer_epoch = -1,
        .timeout_ms = body->transaction_timeout_ms,
        .start_ms = -1,
        .update_ms = kafka_cluster_now_ms(request->cluster),
    };
    return transaction;
}

void kafka_transaction_init(struct kafka_request *request)
{
    const struct wire_init_producer_id_request *body = request->body;
    struct kafka_transaction_shard *shard;
    struct kafka_transaction *transaction;
    int16_t error = kafka_transaction_find(request->broker, body->transactional_id, &shard, &transaction);
    if (!error && !transaction && !(transaction = create(request, shard)))
        error = KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
    if (!error && transaction->is_pending)
        error = KAFKA_CONCURRENT_TRANSACTIONS;
    if (!error && is_stranger(&transaction->facts, body))
        error = KAFKA_PRODUCER_FENCED;
    if (error) {
        answer(request, -1, -1, error);
    } else if (transaction->facts.state == KAFKA_TRANSACTION_ONGOING) {
        kafka_request_wait(request, INT64_MAX, 0);
        kafka_transaction_fence(transaction,
                                (struct kafka_transaction_then){.on_done = on_fenced, .context = request});
    } else {
        begin(request, transaction); /* Prepare* are always pending */
    }
}
