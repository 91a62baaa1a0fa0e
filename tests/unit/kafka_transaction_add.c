/* SPDX-License-Identifier: Apache-2.0 */
/* AddPartitionsToTxn, AddOffsetsToTxn, and KIP-890's question: sim/kafka/transaction_add.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_transaction_scene.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/transaction.h"

static const char *const slow_markers[] = {"millrace.marker.max.ms=1000", NULL};

static int16_t adds(struct kafka_fixture *fixture, const struct kafka_party *party, const char *places)
{
    return kafka_transaction_scene_adds(fixture, party, places);
}

Test(kafka_transaction_add, the_first_partition_begins_a_transaction)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    kafka_fixture_advance_ms(fixture, 5000);
    cr_expect(eq(i16, adds(fixture, &producer, "t:0"), 0));
    kafka_fixture_advance_ms(fixture, 5000);
    cr_expect(eq(i16, adds(fixture, &producer, "t:2,u:0"), 0));
    const struct wire_describe_transactions_response_transaction_state *state =
        kafka_transaction_scene_describe(fixture, 1, "x");
    cr_expect(kafka_fixture_says(state->transaction_state, "Ongoing"));
    cr_expect(eq(i64, state->transaction_start_time_ms, 1000005000));
    cr_assert(eq(i32, state->topics.count, 2));
    cr_expect(eq(i32, state->topics.items[0].partitions.count, 2));
    cr_expect(eq(i32, state->topics.items[1].partitions.count, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, a_complete_transaction_is_followed_by_the_next)
{
    for (int commits = 0; commits < 2; commits++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
        struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
        adds(fixture, &producer, "t:0");
        kafka_transaction_scene_ends(fixture, &producer, commits);
        cr_expect(eq(i16, adds(fixture, &producer, "u:0"), 0));
        cr_expect(eq(i32, kafka_transaction_scene_describe(fixture, 1, "x")->topics.count, 1));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_add, what_is_there_already_is_not_written_again)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    adds(fixture, &producer, "t:0,t:1");
    struct kafka_replica *log =
        kafka_partition_leader(kafka_transaction_scene_partition(fixture, "__transaction_state", 0));
    int64_t end_offset = log->log.end_offset;
    cr_expect(eq(i16, adds(fixture, &producer, "t:1"), 0));
    cr_expect(eq(i64, log->log.end_offset, end_offset));
    cr_expect(eq(i16, adds(fixture, &producer, "t:1,t:2"), 0));
    cr_expect(eq(i64, log->log.end_offset, end_offset + 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, whoever_is_not_the_producer_is_told_why)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x"), other = producer;
    other.producer_id++;
    cr_expect(eq(i16, adds(fixture, &other, "t:0"), KAFKA_INVALID_PRODUCER_ID_MAPPING));
    other = producer;
    other.epoch++;
    cr_expect(eq(i16, adds(fixture, &other, "t:0"), KAFKA_PRODUCER_FENCED));
    other.version = 1;
    cr_expect(eq(i16, adds(fixture, &other, "t:0"), KAFKA_INVALID_PRODUCER_EPOCH));
    other = (struct kafka_party){.id = "y"};
    cr_expect(eq(i16, adds(fixture, &other, "t:0"), KAFKA_INVALID_PRODUCER_ID_MAPPING));
    other.id = "";
    cr_expect(eq(i16, adds(fixture, &other, "t:0"), KAFKA_INVALID_REQUEST));
    cr_expect(kafka_transaction_scene_is(fixture, "Empty"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, one_unknown_partition_keeps_out_all)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    int token = kafka_transaction_scene_add(fixture, &producer, "t:0,t:3,v:0");
    cr_expect(eq(i16, kafka_transaction_scene_added(fixture, token, 0), KAFKA_OPERATION_NOT_ATTEMPTED));
    cr_expect(eq(i16, kafka_transaction_scene_added(fixture, token, 1), KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    cr_expect(eq(i16, kafka_transaction_scene_added(fixture, token, 2), KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    cr_expect(kafka_transaction_scene_is(fixture, "Empty"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, producers_may_not_write_to_the_brokers_own_topics)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    int token = kafka_transaction_scene_add(fixture, &producer, "__consumer_offsets:0,t:0");
    cr_expect(eq(i16, kafka_transaction_scene_added(fixture, token, 0), KAFKA_TOPIC_AUTHORIZATION_FAILED));
    cr_expect(eq(i16, kafka_transaction_scene_added(fixture, token, 1), KAFKA_OPERATION_NOT_ATTEMPTED));
    producer.version = 4;
    cr_expect(eq(i16, adds(fixture, &producer, "__consumer_offsets:0,t:0"), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, while_a_transaction_ends_has_to_wait)
{
    for (int commits = 0; commits < 2; commits++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, slow_markers);
        struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
        adds(fixture, &producer, "t:0");
        kafka_transaction_scene_ends(fixture, &producer, commits);
        cr_expect(eq(i16, adds(fixture, &producer, "t:1"), KAFKA_CONCURRENT_TRANSACTIONS));
        cr_expect(eq(i16, adds(fixture, &producer, "t:0"), KAFKA_CONCURRENT_TRANSACTIONS));
        kafka_fixture_advance_ms(fixture, 1000);
        cr_expect(eq(i16, adds(fixture, &producer, "t:1"), 0));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_add, while_a_record_is_not_replicated_the_next_has_to_wait)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    int token = kafka_transaction_scene_add(fixture, &producer, "t:0");
    cr_expect(eq(i16, kafka_transaction_scene_added(fixture, token, 0), NO_ANSWER));
    cr_expect(eq(i16, adds(fixture, &producer, "t:1"), KAFKA_CONCURRENT_TRANSACTIONS));
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), KAFKA_CONCURRENT_TRANSACTIONS));
    kafka_fixture_advance_ms(fixture, 9000);
    cr_expect(eq(i16, kafka_transaction_scene_added(fixture, token, 0), 0));
    cr_expect(eq(i16, adds(fixture, &producer, "t:1"), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, since_4_3_a_pending_transition_comes_before_the_question_whose_it_is)
{
    static const struct {
        const char *release;
        int16_t error;
    } rows[] = {{"3.9", KAFKA_INVALID_PRODUCER_ID_MAPPING}, {"4.3", KAFKA_CONCURRENT_TRANSACTIONS}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new(rows[i].release, 1, slow_markers);
        struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
        adds(fixture, &producer, "t:0");
        kafka_transaction_scene_ends(fixture, &producer, true);
        producer.producer_id++;
        cr_expect(eq(i16, adds(fixture, &producer, "t:1"), rows[i].error), "%s", rows[i].release);
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_add, a_record_that_is_not_replicated_in_time_makes_the_coordinator_unavailable)
{
    static const char *const settings[] = {"broker.session.timeout.ms=200000",
                                           "replica.lag.time.max.ms=200000", NULL};
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, settings);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    int token = kafka_transaction_scene_add(fixture, &producer, "t:0");
    kafka_fixture_advance_ms(fixture, 59999);
    cr_expect(eq(i16, kafka_transaction_scene_added(fixture, token, 0), NO_ANSWER));
    kafka_fixture_advance_ms(fixture, 1); /* the transaction's own timeout */
    cr_expect(eq(i16, kafka_transaction_scene_added(fixture, token, 0), KAFKA_COORDINATOR_NOT_AVAILABLE));
    cr_expect(kafka_transaction_scene_is(fixture, "Empty"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, too_few_replicas_leave_the_transaction_as_it_was)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    adds(fixture, &producer, "t:0");
    kafka_transaction_scene_require(fixture, "__transaction_state", "2");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    cr_expect(eq(i16, adds(fixture, &producer, "u:0"), KAFKA_COORDINATOR_NOT_AVAILABLE));
    cr_expect(eq(i32, kafka_transaction_scene_describe(fixture, 1, "x")->topics.count, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, another_broker_is_not_the_coordinator)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    producer.broker = 2;
    cr_expect(eq(i16, adds(fixture, &producer, "t:0"), KAFKA_NOT_COORDINATOR));
    int token = kafka_transaction_scene_add_offsets(fixture, &producer, "g");
    cr_expect(eq(i16, kafka_transaction_scene_added_offsets(fixture, token), KAFKA_NOT_COORDINATOR));
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), KAFKA_NOT_COORDINATOR));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, brokers_ask_for_several_transactions_at_once)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party one = kafka_transaction_scene_producer(fixture, "x");
    struct kafka_party two = kafka_transaction_scene_producer(fixture, "y");
    int32_t partition = 0;
    struct wire_add_partitions_to_txn_request_topic topic = {.name = kafka_fixture_string("t")};
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    struct wire_add_partitions_to_txn_request_transaction both[] = {
        {.transactional_id = kafka_fixture_string("x"), .producer_id = one.producer_id},
        {.transactional_id = kafka_fixture_string("y"), .producer_id = two.producer_id + 1}};
    for (int i = 0; i < 2; i++)
        KAFKA_FIXTURE_ONE(both[i].topics, topic);
    struct wire_add_partitions_to_txn_request body;
    KAFKA_FIXTURE_BODY(add_partitions_to_txn, body);
    body.transactions.items = both;
    body.transactions.count = 2;
    const struct wire_add_partitions_to_txn_response *response = kafka_fixture_ask(fixture, 1, 24, 5, &body);
    cr_assert(eq(i32, response->results_by_transaction.count, 2));
    for (int i = 0; i < 2; i++)
        cr_expect(eq(i16,
                     response->results_by_transaction.items[i]
                         .topic_results.items[0]
                         .results_by_partition.items[0]
                         .partition_error_code,
                     i ? KAFKA_INVALID_PRODUCER_ID_MAPPING : 0));
    cr_expect(kafka_transaction_scene_is(fixture, "Ongoing"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, offsets_are_a_partition_of_consumer_offsets)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x"), other = producer;
    int token = kafka_transaction_scene_add_offsets(fixture, &producer, "g");
    cr_expect(eq(i16, kafka_transaction_scene_added_offsets(fixture, token), 0));
    const struct wire_describe_transactions_response_transaction_state *state =
        kafka_transaction_scene_describe(fixture, 1, "x");
    cr_assert(eq(i32, state->topics.count, 1));
    cr_expect(kafka_fixture_says(state->topics.items[0].topic, "__consumer_offsets"));
    other.epoch = 9;
    token = kafka_transaction_scene_add_offsets(fixture, &other, "g");
    cr_expect(eq(i16, kafka_transaction_scene_added_offsets(fixture, token), KAFKA_PRODUCER_FENCED));
    other.version = 1;
    token = kafka_transaction_scene_add_offsets(fixture, &other, "g");
    cr_expect(eq(i16, kafka_transaction_scene_added_offsets(fixture, token), KAFKA_INVALID_PRODUCER_EPOCH));
    kafka_fixture_free(fixture);
}

/* ---- is it part of the transaction? ---- */

static int16_t verify(struct kafka_fixture *fixture, const struct kafka_party *party, int32_t index)
{
    return kafka_transaction_verify(fixture->cluster, kafka_fixture_string("x"), party->producer_id,
                                    party->epoch, kafka_transaction_scene_partition(fixture, "t", index));
}

Test(kafka_transaction_add, a_partition_is_verified_once_it_was_added)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x"), other = producer;
    cr_expect(eq(i16, verify(fixture, &producer, 0), KAFKA_TRANSACTION_ABORTABLE));
    adds(fixture, &producer, "t:0");
    cr_expect(eq(i16, verify(fixture, &producer, 0), 0));
    cr_expect(eq(i16, verify(fixture, &producer, 1), KAFKA_TRANSACTION_ABORTABLE));
    other.epoch++;
    cr_expect(eq(i16, verify(fixture, &other, 0), KAFKA_PRODUCER_FENCED));
    other.producer_id++;
    cr_expect(eq(i16, verify(fixture, &other, 0), KAFKA_INVALID_PRODUCER_ID_MAPPING));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, a_partition_is_not_verified_once_the_transaction_ends)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, slow_markers);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    adds(fixture, &producer, "t:0");
    kafka_transaction_scene_ends(fixture, &producer, true);
    cr_expect(eq(i16, verify(fixture, &producer, 0), KAFKA_CONCURRENT_TRANSACTIONS));
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(i16, verify(fixture, &producer, 0), KAFKA_TRANSACTION_ABORTABLE));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, verification_needs_a_coordinator)
{
    static const char *const settings[] = {"millrace.transaction.load.ms=500", NULL};
    struct kafka_fixture *fixture = kafka_fixture_new("4.3", 1, settings);
    kafka_fixture_topic(fixture, "t", 1);
    struct kafka_party producer = {.producer_id = 5};
    cr_expect(eq(i16, verify(fixture, &producer, 0), KAFKA_COORDINATOR_NOT_AVAILABLE));
    kafka_fixture_topic(fixture, "__transaction_state", 1);
    cr_expect(eq(i16, verify(fixture, &producer, 0), KAFKA_COORDINATOR_LOAD_IN_PROGRESS));
    kafka_fixture_advance_ms(fixture, 500);
    cr_expect(eq(i16, verify(fixture, &producer, 0), KAFKA_INVALID_PRODUCER_ID_MAPPING));
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 1));
    cr_expect(eq(i16, verify(fixture, &producer, 0), KAFKA_COORDINATOR_NOT_AVAILABLE));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_add, brokers_may_ask_without_adding)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    int32_t partitions[] = {0, 1};
    adds(fixture, &producer, "t:0");
    struct wire_add_partitions_to_txn_request_topic topic = {.name = kafka_fixture_string("t"),
                                                             .partitions = {partitions, 2}};
    struct wire_add_partitions_to_txn_request_transaction one = {.transactional_id =
                                                                     kafka_fixture_string("x"),
                                                                 .producer_id = producer.producer_id,
                                                                 .verify_only = true};
    struct wire_add_partitions_to_txn_request body;
    KAFKA_FIXTURE_BODY(add_partitions_to_txn, body);
    KAFKA_FIXTURE_ONE(one.topics, topic);
    KAFKA_FIXTURE_ONE(body.transactions, one);
    const struct wire_add_partitions_to_txn_response *response = kafka_fixture_ask(fixture, 1, 24, 4, &body);
    const struct wire_add_partitions_to_txn_response_topic_result *result =
        &response->results_by_transaction.items[0].topic_results.items[0];
    cr_expect(eq(i16, result->results_by_partition.items[0].partition_error_code, 0));
    cr_expect(
        eq(i16, result->results_by_partition.items[1].partition_error_code, KAFKA_TRANSACTION_ABORTABLE));
    cr_expect(
        eq(i32, kafka_transaction_scene_describe(fixture, 1, "x")->topics.items[0].partitions.count, 1));
    kafka_fixture_free(fixture);
}
