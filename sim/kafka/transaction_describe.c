/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_describe: DescribeTransactions and ListTransactions, from what a coordinator has in memory.
 *
 * Source: TransactionCoordinator.handleDescribeTransactions, TransactionStateManager.listTransactionStates.
 */
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/transaction_private.h"

/* ---- DescribeTransactions ---- */

static void list_places(struct kafka_request *request, const struct kafka_transaction_facts *facts,
                        struct wire_describe_transactions_response_transaction_state *out)
{
    struct wire_describe_transactions_response_topic *topic = NULL;
    size_t count = (size_t)facts->place_count;
    out->topics.items = kafka_request_take(request, count * sizeof *out->topics.items);
    for (int32_t i = 0; i < facts->place_count; i++) {
        const struct kafka_transaction_place *place = &facts->places[i];
        if (!topic || !wire_string_is_same(topic->topic, place->topic)) {
            topic = &out->topics.items[out->topics.count++];
            topic->topic = place->topic;
            topic->partitions.items = kafka_request_take(request, count * sizeof(int32_t));
        }
        topic->partitions.items[topic->partitions.count++] = place->partition;
    }
}

static void describe(struct kafka_request *request, struct wire_string id,
                     struct wire_describe_transactions_response_transaction_state *out)
{
    struct kafka_transaction_shard *shard;
    struct kafka_transaction *transaction;
    out->transactional_id = id;
    out->transaction_state = wire_string_of("");
    out->error_code = KAFKA_INVALID_REQUEST;
    if (id.bytes > 0)
        out->error_code = kafka_transaction_find(request->broker, id, &shard, &transaction);
    if (!out->error_code && !transaction)
        out->error_code = KAFKA_TRANSACTIONAL_ID_NOT_FOUND;
    if (out->error_code)
        return;
    const struct kafka_transaction_facts *facts = &transaction->facts;
    out->transaction_state = wire_string_of(kafka_transaction_state_name(facts->state));
    out->transaction_timeout_ms = facts->timeout_ms;
    out->transaction_start_time_ms = facts->start_ms;
    out->producer_id = facts->producer_id;
    out->producer_epoch = facts->producer_epoch;
    list_places(request, facts, out);
}

void kafka_describe_transactions(struct kafka_request *request)
{
    const struct wire_describe_transactions_request *body = request->body;
    struct wire_describe_transactions_response response;
    wire_init(&wire_describe_transactions_response_schema, &response);
    response.transaction_states.count = body->transactional_ids.count;
    response.transaction_states.items = kafka_request_take(
        request, (size_t)body->transactional_ids.count * sizeof *response.transaction_states.items);
    for (int32_t i = 0; i < body->transactional_ids.count; i++)
        describe(request, body->transactional_ids.items[i], &response.transaction_states.items[i]);
    kafka_request_answer(request, &response);
}

/* ---- ListTransactions ---- */

struct filter {
    const struct wire_list_transactions_request *asked;
    unsigned states; /* a bit for each that is asked for and known */
    int64_t now_ms;
};

static bool is_asked_for(const struct filter *filter, const struct kafka_transaction *transaction)
{
    const struct kafka_transaction_facts *facts = &transaction->facts;
    const struct wire_list_transactions_request *asked = filter->asked;
    bool has_id = asked->producer_id_filters.count == 0, is_matched = true;
    for (int32_t i = 0; i < asked->producer_id_filters.count; i++)
        has_id |= asked->producer_id_filters.items[i] == facts->producer_id;
    if (!has_id || (asked->state_filters.count > 0 && !(filter->states >> facts->state & 1)))
        return false;
    if (asked->duration_filter >= 0 && filter->now_ms - facts->start_ms <= asked->duration_filter)
        return false;
    if (asked->transactional_id_pattern.bytes > 0)
        kafka_transaction_pattern_matches(asked->transactional_id_pattern, transaction->id, &is_matched);
    return is_matched;
}

/* Says which names are no states. */
static void read_states(struct kafka_request *request, struct filter *filter,
                        struct wire_list_transactions_response *response)
{
    int32_t count = filter->asked->state_filters.count;
    response->unknown_state_filters.items =
        kafka_request_take(request, (size_t)count * sizeof *response->unknown_state_filters.items);
    for (int32_t i = 0; i < count; i++) {
        struct wire_string name = filter->asked->state_filters.items[i];
        unsigned state = 0;
        while (state < KAFKA_TRANSACTION_STATES &&
               !wire_string_is_same(name, wire_string_of(kafka_transaction_state_name(state))))
            state++;
        if (state < KAFKA_TRANSACTION_STATES)
            filter->states |= 1U << state;
        else
            response->unknown_state_filters.items[response->unknown_state_filters.count++] = name;
    }
}

static void list_shard(const struct kafka_transaction_shard *shard, const struct filter *filter,
                       struct wire_list_transactions_response *response)
{
    for (int32_t i = 0; i < shard->count; i++) {
        const struct kafka_transaction *transaction = shard->items[i];
        if (!is_asked_for(filter, transaction))
            continue;
        response->transaction_states.items[response->transaction_states.count++] =
            (struct wire_list_transactions_response_transaction_state){
                .transactional_id = transaction->id,
                .producer_id = transaction->facts.producer_id,
                .transaction_state = wire_string_of(kafka_transaction_state_name(transaction->facts.state))};
    }
}

void kafka_list_transactions(struct kafka_request *request)
{
    const struct kafka_transactions *transactions = request->cluster->transactions;
    struct filter filter = {.asked = request->body, .now_ms = kafka_cluster_now_ms(request->cluster)};
    struct wire_list_transactions_response response;
    int32_t count = 0;
    bool is_matched;
    wire_init(&wire_list_transactions_response_schema, &response);
    for (int32_t i = 0; i < transactions->shard_count; i++) {
        const struct kafka_transaction_shard *shard = transactions->shards[i];
        if (!shard || shard->broker != request->broker->id)
            continue;
        count += shard->count;
        if (!shard->is_loaded)
            response.error_code = KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
    }
    response.transaction_states.items =
        kafka_request_take(request, (size_t)count * sizeof *response.transaction_states.items);
    if (!response.error_code && filter.asked->transactional_id_pattern.bytes > 0 &&
        !kafka_transaction_pattern_matches(filter.asked->transactional_id_pattern, wire_string_of(""),
                                           &is_matched))
        response.error_code = KAFKA_INVALID_REGULAR_EXPRESSION;
    if (!response.error_code)
        read_states(request, &filter, &response);
    for (int32_t i = 0; i < transactions->shard_count && !response.error_code; i++)
        if (transactions->shards[i] && transactions->shards[i]->broker == request->broker->id)
            list_shard(transactions->shards[i], &filter, &response);
    kafka_request_answer(request, &response);
}
