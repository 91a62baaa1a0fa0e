/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_end: EndTxn, and how a transaction is ended for its producer: by a new one, or because its time is over.
 *
 *   EndTxn -> PrepareCommit, PrepareAbort written and replicated -> answered -> markers (transaction_marker.c)
 *
 * simplified: version 5, with which a client of transaction.version 2 would have its epoch bumped, is answered like
 * version 4: that feature is not finalized. Source: TransactionCoordinator.endTransactionWithTV1, KafkaApis.
 */
#include <assert.h>
#include "sim/kafka/api.h"
#include "sim/kafka/transaction_private.h"

enum { FENCED_SINCE = 2 }; /* before, PRODUCER_FENCED was not known */

static void on_prepared(struct kafka_transaction *transaction, void *context, int16_t error)
{
    struct kafka_transaction_then end = transaction->end;
    (void)context;
    transaction->end = (struct kafka_transaction_then){0};
    if (!error)
        kafka_transaction_decide(transaction);
    if (end.on_done)
        end.on_done(transaction, end.context, error);
    if (!error)
        kafka_transaction_send(transaction, false);
}

void kafka_transaction_end(struct kafka_transaction *transaction, bool is_commit,
                           struct kafka_transaction_then then)
{
    struct kafka_transaction_facts facts = kafka_transaction_facts_copy(&transaction->facts);
    facts.state = is_commit ? KAFKA_TRANSACTION_PREPARE_COMMIT : KAFKA_TRANSACTION_PREPARE_ABORT;
    facts.update_ms = kafka_cluster_now_ms(transaction->shard->transactions->cluster);
    assert(!transaction->is_pending);
    transaction->end = then;
    kafka_transaction_write(transaction, &facts, (struct kafka_transaction_then){.on_done = on_prepared});
}

void kafka_transaction_fence(struct kafka_transaction *transaction, struct kafka_transaction_then then)
{
    struct kafka_transaction_facts *facts = &transaction->facts;
    if (!transaction->has_failed_fence && facts->producer_epoch < INT16_MAX)
        facts->producer_epoch++;
    facts->last_producer_epoch = -1;
    /* Until it is written, here alone; which is why a second try does not bump it again. */
    transaction->has_failed_fence = true;
    kafka_transaction_end(transaction, false, then);
}

/* ---- EndTxn ---- */

static void answer(struct kafka_request *request, const struct kafka_transaction_facts *facts, int16_t error)
{
    struct wire_end_txn_response response;
    wire_init(&wire_end_txn_response_schema, &response);
    if (error == KAFKA_PRODUCER_FENCED && request->header.api_version < FENCED_SINCE)
        error = KAFKA_INVALID_PRODUCER_EPOCH;
    response.producer_id = facts ? facts->producer_id : -1;
    response.producer_epoch = facts ? facts->producer_epoch : -1;
    response.error_code = error;
    kafka_request_answer(request, &response);
}

static void on_ended(struct kafka_transaction *transaction, void *context, int16_t error)
{
    answer(context, error ? NULL : &transaction->facts, error);
}

/* May it be ended so? is_done_out: it was. */
static int16_t judge(const struct kafka_transaction *transaction, const struct wire_end_txn_request *body,
                     bool *is_done_out)
{
    const struct kafka_transaction_facts *facts = &transaction->facts;
    *is_done_out = false;
    if (facts->producer_id != body->producer_id)
        return KAFKA_INVALID_PRODUCER_ID_MAPPING;
    if (facts->producer_epoch != body->producer_epoch)
        return KAFKA_PRODUCER_FENCED;
    if (transaction->is_pending)
        return KAFKA_CONCURRENT_TRANSACTIONS;
    if (facts->state == KAFKA_TRANSACTION_ONGOING)
        return KAFKA_NONE;
    *is_done_out = facts->state ==
                   (body->committed ? KAFKA_TRANSACTION_COMPLETE_COMMIT : KAFKA_TRANSACTION_COMPLETE_ABORT);
    return *is_done_out ? KAFKA_NONE : KAFKA_INVALID_TXN_STATE; /* Prepare* are always pending */
}

void kafka_end_txn(struct kafka_request *request)
{
    const struct wire_end_txn_request *body = request->body;
    struct kafka_transaction_shard *shard;
    struct kafka_transaction *transaction;
    bool is_done = false;
    int16_t error = KAFKA_INVALID_REQUEST;
    if (body->transactional_id.bytes > 0)
        error = kafka_transaction_find(request->broker, body->transactional_id, &shard, &transaction);
    if (!error)
        error = transaction ? judge(transaction, body, &is_done) : KAFKA_INVALID_PRODUCER_ID_MAPPING;
    if (error || is_done) {
        answer(request, NULL, error);
        return;
    }
    kafka_request_wait(request, INT64_MAX, 0);
    kafka_transaction_end(transaction, body->committed,
                          (struct kafka_transaction_then){.on_done = on_ended, .context = request});
}
