/* SPDX-License-Identifier: Apache-2.0 */
/* transaction: see transaction.h. */
#include "sim/kafka/transaction.h"

#include <assert.h>
#include <stdlib.h>
#include "sim/kafka/cluster.h"
#include "sim/kafka/request.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/session.h"

struct kafka_transactions {
    struct kafka_cluster *cluster;
};

struct kafka_transactions *kafka_transactions_new(struct kafka_cluster *cluster)
{
    struct kafka_transactions *transactions = calloc(1, sizeof *transactions);
    assert(transactions);
    transactions->cluster = cluster;
    return transactions;
}

void kafka_transactions_free(struct kafka_transactions *transactions)
{
    free(transactions);
}

void kafka_transactions_on_leader(struct kafka_transactions *transactions,
                                  const struct kafka_partition *partition)
{
    (void)transactions;
    (void)partition;
}

void kafka_transaction_init(struct kafka_request *request)
{
    struct wire_init_producer_id_response response;
    wire_init(&wire_init_producer_id_response_schema, &response);
    response.producer_id = -1;
    response.producer_epoch = -1;
    response.error_code = KAFKA_COORDINATOR_NOT_AVAILABLE;
    kafka_request_answer(request, &response);
}

int16_t kafka_transaction_verify(struct kafka_cluster *cluster, struct wire_string transactional_id,
                                 int64_t producer_id, int16_t producer_epoch,
                                 const struct kafka_partition *partition)
{
    (void)cluster;
    (void)transactional_id;
    (void)producer_id;
    (void)producer_epoch;
    (void)partition;
    return KAFKA_COORDINATOR_NOT_AVAILABLE;
}
