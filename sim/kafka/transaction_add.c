/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_add: AddPartitionsToTxn and AddOffsetsToTxn: the first begins a transaction; and KIP-890's question.
 *
 *   up to version 3   from producers, one transaction, errors by partition; brokers' own topics may not be written to
 *   from version 4    from brokers: several transactions, some of which are only verified
 *
 * All partitions of a transaction or none: if one is not there, the others say OPERATION_NOT_ATTEMPTED.
 * Source: KafkaApis.handleAddPartitionsToTxnRequest, TransactionCoordinator.handleAddPartitionsToTransaction,
 * handleVerifyPartitionsInTransaction.
 */
#include <stdlib.h>
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/transaction_private.h"

enum { FENCED_SINCE = 2, FROM_BROKERS_SINCE = 4 };

/* A request, until all its transactions have their result. */
struct addition {
    struct kafka_request *request;
    struct wire_add_partitions_to_txn_response response;
    int32_t left;
};

/* One of its transactions: where its results go. */
struct part {
    struct addition *addition;
    const struct wire_add_partitions_to_txn_request_transaction *asked;
    struct wire_add_partitions_to_txn_response_result *result;
};

static int16_t judge(const struct kafka_cluster *cluster, const struct kafka_transaction *transaction,
                     int64_t producer_id, int16_t producer_epoch)
{
    const struct kafka_transaction_facts *facts = &transaction->facts;
    if (cluster->model.has_pending_first && transaction->is_pending)
        return KAFKA_CONCURRENT_TRANSACTIONS;
    if (facts->producer_id != producer_id)
        return KAFKA_INVALID_PRODUCER_ID_MAPPING;
    if (facts->producer_epoch != producer_epoch)
        return KAFKA_PRODUCER_FENCED;
    return transaction->is_pending ? KAFKA_CONCURRENT_TRANSACTIONS : KAFKA_NONE; /* Prepare* are, too */
}

/* Ongoing, with whatever places are added next. */
static struct kafka_transaction_facts go_on(const struct kafka_transaction *transaction)
{
    struct kafka_transaction_facts facts = kafka_transaction_facts_copy(&transaction->facts);
    facts.update_ms = kafka_cluster_now_ms(transaction->shard->transactions->cluster);
    if (facts.state != KAFKA_TRANSACTION_ONGOING)
        facts.start_ms = facts.update_ms;
    facts.state = KAFKA_TRANSACTION_ONGOING;
    return facts;
}

/* Writes it, unless they are all there already. */
static void add(struct kafka_transaction *transaction, struct kafka_transaction_facts *facts,
                struct kafka_transaction_then then)
{
    if (transaction->facts.state == KAFKA_TRANSACTION_ONGOING &&
        facts->place_count == transaction->facts.place_count) {
        kafka_transaction_facts_deinit(facts);
        then.on_done(transaction, then.context, KAFKA_NONE);
    } else {
        kafka_transaction_write(transaction, facts, then);
    }
}

/* ---- AddPartitionsToTxn ---- */

static void answer(struct addition *addition)
{
    struct wire_add_partitions_to_txn_response *response = &addition->response;
    if (addition->request->header.api_version < FROM_BROKERS_SINCE) {
        response->results_by_topic_v3_and_below.count =
            response->results_by_transaction.items[0].topic_results.count;
        response->results_by_topic_v3_and_below.items =
            response->results_by_transaction.items[0].topic_results.items;
    }
    kafka_request_answer(addition->request, response);
}

/* One result less is missing. */
static void end_part(struct part *part)
{
    if (--part->addition->left == 0)
        answer(part->addition);
}

static void fail(struct part *part, int16_t error)
{
    if (error == KAFKA_PRODUCER_FENCED && part->addition->request->header.api_version < FENCED_SINCE)
        error = KAFKA_INVALID_PRODUCER_EPOCH;
    for (int32_t i = 0; i < part->result->topic_results.count; i++)
        for (int32_t j = 0; j < part->result->topic_results.items[i].results_by_partition.count; j++)
            part->result->topic_results.items[i].results_by_partition.items[j].partition_error_code = error;
    end_part(part);
}

static void on_added(struct kafka_transaction *transaction, void *context, int16_t error)
{
    (void)transaction;
    fail(context, error);
}

static int16_t verify_place(const struct kafka_transaction *transaction, struct wire_string topic,
                            int32_t partition)
{
    return kafka_transaction_has_place(&transaction->facts, topic, partition) ? KAFKA_NONE
                                                                              : KAFKA_TRANSACTION_ABORTABLE;
}

/* Pending transitions do not matter here: the append has the last word. */
static int16_t judge_verification(const struct kafka_transaction *transaction, int64_t producer_id,
                                  int16_t producer_epoch)
{
    const struct kafka_transaction_facts *facts = &transaction->facts;
    if (facts->producer_id != producer_id)
        return KAFKA_INVALID_PRODUCER_ID_MAPPING;
    if (facts->producer_epoch != producer_epoch)
        return KAFKA_PRODUCER_FENCED;
    bool is_ending =
        facts->state == KAFKA_TRANSACTION_PREPARE_COMMIT || facts->state == KAFKA_TRANSACTION_PREPARE_ABORT;
    return is_ending ? KAFKA_CONCURRENT_TRANSACTIONS : KAFKA_NONE;
}

static void verify(struct part *part, const struct kafka_transaction *transaction)
{
    for (int32_t i = 0; i < part->result->topic_results.count; i++) {
        struct wire_add_partitions_to_txn_response_topic_result *topic =
            &part->result->topic_results.items[i];
        for (int32_t j = 0; j < topic->results_by_partition.count; j++) {
            struct wire_add_partitions_to_txn_response_partition_result *one =
                &topic->results_by_partition.items[j];
            one->partition_error_code = verify_place(transaction, topic->name, one->partition_index);
        }
    }
    end_part(part);
}

static void copy_topics(struct part *part)
{
    struct kafka_request *request = part->addition->request;
    part->result->transactional_id = part->asked->transactional_id;
    part->result->topic_results.count = part->asked->topics.count;
    part->result->topic_results.items = kafka_request_take(
        request, (size_t)part->asked->topics.count * sizeof *part->result->topic_results.items);
    for (int32_t i = 0; i < part->asked->topics.count; i++) {
        const struct wire_add_partitions_to_txn_request_topic *asked = &part->asked->topics.items[i];
        struct wire_add_partitions_to_txn_response_topic_result *topic =
            &part->result->topic_results.items[i];
        topic->name = asked->name;
        topic->results_by_partition.count = asked->partitions.count;
        topic->results_by_partition.items = kafka_request_take(
            request, (size_t)asked->partitions.count * sizeof *topic->results_by_partition.items);
        for (int32_t j = 0; j < asked->partitions.count; j++)
            topic->results_by_partition.items[j].partition_index = asked->partitions.items[j];
    }
}

/* Some partition cannot be added. Fills in what each of them says then. */
static bool is_refused(struct part *part)
{
    struct kafka_request *request = part->addition->request;
    bool is_refused = false;
    for (int32_t i = 0; i < part->result->topic_results.count; i++) {
        struct wire_add_partitions_to_txn_response_topic_result *topic =
            &part->result->topic_results.items[i];
        const struct kafka_topic *known = kafka_topic_find(request->cluster, topic->name);
        bool is_forbidden =
            request->header.api_version < FROM_BROKERS_SINCE && kafka_topic_is_internal(topic->name);
        for (int32_t j = 0; j < topic->results_by_partition.count; j++) {
            struct wire_add_partitions_to_txn_response_partition_result *one =
                &topic->results_by_partition.items[j];
            one->partition_error_code = is_forbidden ? KAFKA_TOPIC_AUTHORIZATION_FAILED
                                        : kafka_topic_partition(known, one->partition_index)
                                            ? KAFKA_OPERATION_NOT_ATTEMPTED
                                            : KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
            is_refused |= one->partition_error_code != KAFKA_OPERATION_NOT_ATTEMPTED;
        }
    }
    return is_refused;
}

static void add_part(struct part *part)
{
    const struct wire_add_partitions_to_txn_request_transaction *asked = part->asked;
    struct kafka_request *request = part->addition->request;
    struct kafka_transaction_shard *shard;
    struct kafka_transaction *transaction;
    int16_t error = KAFKA_INVALID_REQUEST;
    if (is_refused(part)) {
        end_part(part);
        return;
    }
    if (asked->transactional_id.bytes > 0)
        error = kafka_transaction_find(request->broker, asked->transactional_id, &shard, &transaction);
    if (!error && !transaction)
        error = KAFKA_INVALID_PRODUCER_ID_MAPPING;
    if (!error)
        error = asked->verify_only
                    ? judge_verification(transaction, asked->producer_id, asked->producer_epoch)
                    : judge(request->cluster, transaction, asked->producer_id, asked->producer_epoch);
    if (error) {
        fail(part, error);
        return;
    }
    if (asked->verify_only) {
        verify(part, transaction);
        return;
    }
    struct kafka_transaction_facts facts = go_on(transaction);
    for (int32_t i = 0; i < asked->topics.count; i++)
        for (int32_t j = 0; j < asked->topics.items[i].partitions.count; j++)
            kafka_transaction_add_place(&facts, asked->topics.items[i].name,
                                        asked->topics.items[i].partitions.items[j]);
    add(transaction, &facts, (struct kafka_transaction_then){.on_done = on_added, .context = part});
}

/* As version 4 and later would ask it. */
static struct wire_add_partitions_to_txn_request_transaction *
old_transaction(struct kafka_request *request, const struct wire_add_partitions_to_txn_request *body)
{
    struct wire_add_partitions_to_txn_request_transaction *one = kafka_request_take(request, sizeof *one);
    one->transactional_id = body->v3_and_below_transactional_id;
    one->producer_id = body->v3_and_below_producer_id;
    one->producer_epoch = body->v3_and_below_producer_epoch;
    one->topics.items = body->v3_and_below_topics.items;
    one->topics.count = body->v3_and_below_topics.count;
    return one;
}

void kafka_add_partitions_to_txn(struct kafka_request *request)
{
    const struct wire_add_partitions_to_txn_request *body = request->body;
    bool is_old = request->header.api_version < FROM_BROKERS_SINCE;
    int32_t count = is_old ? 1 : body->transactions.count;
    const struct wire_add_partitions_to_txn_request_transaction *asked =
        is_old ? old_transaction(request, body) : body->transactions.items;
    struct addition *addition = kafka_request_take(request, sizeof *addition);
    struct part *parts = kafka_request_take(request, (size_t)count * sizeof *parts);
    wire_init(&wire_add_partitions_to_txn_response_schema, &addition->response);
    addition->request = request;
    addition->left = count;
    addition->response.results_by_transaction.count = count;
    addition->response.results_by_transaction.items =
        kafka_request_take(request, (size_t)count * sizeof *addition->response.results_by_transaction.items);
    kafka_request_wait(request, INT64_MAX, 0);
    if (count == 0) { /* Kafka answers when the last result has come */
        kafka_request_forget(request);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        parts[i] = (struct part){.addition = addition,
                                 .asked = &asked[i],
                                 .result = &addition->response.results_by_transaction.items[i]};
        copy_topics(&parts[i]);
    }
    for (int32_t i = 0; i < count; i++) /* the last one may end the request */
        add_part(&parts[i]);
}

/* ---- AddOffsetsToTxn ---- */

static void answer_offsets(struct kafka_request *request, int16_t error)
{
    struct wire_add_offsets_to_txn_response response;
    wire_init(&wire_add_offsets_to_txn_response_schema, &response);
    if (error == KAFKA_PRODUCER_FENCED && request->header.api_version < FENCED_SINCE)
        error = KAFKA_INVALID_PRODUCER_EPOCH;
    response.error_code = error;
    kafka_request_answer(request, &response);
}

static void on_offsets_added(struct kafka_transaction *transaction, void *context, int16_t error)
{
    (void)transaction;
    answer_offsets(context, error);
}

/* Even if the topic is not there yet. */
static int32_t offsets_partition(const struct kafka_cluster *cluster, struct wire_string group_id)
{
    const struct kafka_partition *partition =
        kafka_coordinator_partition(cluster, KAFKA_GROUP_TOPIC, group_id);
    int32_t hash = kafka_coordinator_hash(group_id);
    int32_t count = (int32_t)kafka_configs_number(cluster, "offsets.topic.num.partitions");
    if (partition)
        return partition->index;
    return hash == INT32_MIN ? 0 : abs(hash) % count;
}

void kafka_add_offsets_to_txn(struct kafka_request *request)
{
    const struct wire_add_offsets_to_txn_request *body = request->body;
    struct kafka_transaction_shard *shard;
    struct kafka_transaction *transaction;
    int16_t error = KAFKA_INVALID_REQUEST;
    if (body->transactional_id.bytes > 0)
        error = kafka_transaction_find(request->broker, body->transactional_id, &shard, &transaction);
    if (!error)
        error = transaction ? judge(request->cluster, transaction, body->producer_id, body->producer_epoch)
                            : KAFKA_INVALID_PRODUCER_ID_MAPPING;
    if (error) {
        answer_offsets(request, error);
        return;
    }
    struct kafka_transaction_facts facts = go_on(transaction);
    kafka_transaction_add_place(&facts, wire_string_of(KAFKA_GROUP_TOPIC),
                                offsets_partition(request->cluster, body->group_id));
    kafka_request_wait(request, INT64_MAX, 0);
    add(transaction, &facts,
        (struct kafka_transaction_then){.on_done = on_offsets_added, .context = request});
}

/* ---- KIP-890: a partition's leader asks before the first append ---- */

int16_t kafka_transaction_verify(struct kafka_cluster *cluster, struct wire_string transactional_id,
                                 int64_t producer_id, int16_t producer_epoch,
                                 const struct kafka_partition *partition)
{
    struct kafka_transaction_shard *shard;
    struct kafka_transaction *transaction;
    if (transactional_id.bytes <= 0)
        return KAFKA_INVALID_REQUEST;
    const struct kafka_partition *log =
        kafka_coordinator_partition(cluster, KAFKA_TRANSACTION_TOPIC, transactional_id);
    const struct kafka_broker *broker = log ? kafka_broker_of(cluster, log->leader) : NULL;
    const struct kafka_broker *asker = kafka_broker_of(cluster, partition->leader);
    if (!broker || !asker || !kafka_transaction_reaches(asker, broker))
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    int16_t error = kafka_transaction_find(broker, transactional_id, &shard, &transaction);
    if (!error && !transaction)
        error = KAFKA_INVALID_PRODUCER_ID_MAPPING;
    if (!error)
        error = judge_verification(transaction, producer_id, producer_epoch);
    return error ? error
                 : verify_place(transaction, wire_string_of(partition->topic->name), partition->index);
}
