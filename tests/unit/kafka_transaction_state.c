/* SPDX-License-Identifier: Apache-2.0 */
/* States, records and what is told of transactions: sim/kafka/transaction.c, transaction_log.c, transaction_describe.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/kafka_transaction_scene.h"
#include "sim/kafka/transaction_private.h"

enum { LIST_TRANSACTIONS = 66 };

Test(kafka_transaction_state, each_state_follows_those_that_kafka_lets_it)
{
    /* E Empty, O Ongoing, C A Prepare*, c a Complete*, D Dead, F PrepareEpochFence: each with what may come before. */
    static const char *const rows[] = {"Eca", "OEca", "O", "OF", "C", "A", "Eca", "O"};
    static const char letters[] = "EOCAcaDF";
    for (int state = 0; state < KAFKA_TRANSACTION_STATES; state++)
        for (int before = 0; before < KAFKA_TRANSACTION_STATES; before++)
            cr_expect(eq(int,
                         kafka_transaction_may_follow((enum kafka_transaction_state)state,
                                                      (enum kafka_transaction_state)before),
                         strchr(rows[state], letters[before]) != NULL),
                      "%c before %c", letters[before], letters[state]);
}

static const char *name_of(int state)
{
    return kafka_transaction_state_name((enum kafka_transaction_state)state);
}

Test(kafka_transaction_state, the_numbers_in_the_log_are_kafkas)
{
    static const char *const names[] = {"Empty",        "Ongoing",          "PrepareCommit",
                                        "PrepareAbort", "CompleteCommit",   "CompleteAbort",
                                        "Dead",         "PrepareEpochFence"};
    for (int i = 0; i < KAFKA_TRANSACTION_STATES; i++)
        cr_expect(eq(str, (char *)name_of(i), (char *)names[i]));
}

/* The index-th record of __transaction_state; the batch of it has but one. */
static struct wire_record record_of(const struct kafka_fixture *fixture, size_t index)
{
    struct kafka_partition *partition = kafka_transaction_scene_partition(fixture, "__transaction_state", 0);
    struct wire_batch batch;
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    cr_assert(
        kafka_batch_read(kafka_log_entry(&kafka_partition_leader(partition)->log, index)->batch, &batch));
    cr_assert(eq(i64, batch.producer_id, -1));
    cr_assert(not(batch.is_transactional));
    cr_assert(wire_record_reader_init(&reader, &batch, batch.payload, &error));
    cr_assert(eq(int, wire_record_next(&reader, &record, &error), WIRE_NEXT));
    return record;
}

Test(kafka_transaction_state, a_record_of_an_empty_one_is_byte_for_byte_kafkas)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    kafka_transaction_scene_producer(fixture, "x");
    struct wire_record record = record_of(fixture, 0);
    static const uint8_t key[] = {0, 0, 0, 1, 'x'};
    static const uint8_t value[] = {0,    0,                                     /* version */
                                    0,    0,    0,    0,    0,    0,             /* producer id 0 */
                                    0,    0,    0,    0,                         /* epoch 0 */
                                    0,    0,    0xea, 0x60,                      /* 60,000 ms */
                                    0,                                           /* Empty */
                                    0xff, 0xff, 0xff, 0xff,                      /* no partitions */
                                    0,    0,    0,    0,    0x3b, 0x9a, 0xca, 0, /* 10^9 ms */
                                    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    cr_assert(eq(i32, record.key.bytes, (int32_t)sizeof key));
    cr_expect(memcmp(record.key.data, key, sizeof key) == 0);
    cr_assert(eq(i32, record.value.bytes, (int32_t)sizeof value));
    cr_expect(memcmp(record.value.data, value, sizeof value) == 0);
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_state, a_record_lists_partitions_by_topic)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    kafka_transaction_scene_adds(fixture, &producer, "u:0,t:2,t:0");
    struct wire_record record = record_of(fixture, 1);
    static const uint8_t places[] = {0, 0, 0, 2, 0, 1, 't', 0, 0, 0, 2, 0, 0, 0, 0,
                                     0, 0, 0, 2, 0, 1, 'u', 0, 0, 0, 1, 0, 0, 0, 0};
    cr_assert(eq(i32, record.value.bytes, (int32_t)(17 + sizeof places + 16)));
    cr_expect(eq(int, record.value.data[16], KAFKA_TRANSACTION_ONGOING));
    cr_expect(memcmp(record.value.data + 17, places, sizeof places) == 0);
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_state, what_was_written_is_read_back)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    kafka_transaction_scene_adds(fixture, &producer, "u:0,t:2,t:0");
    struct wire_record record = record_of(fixture, 1);
    struct wire_string id;
    struct kafka_transaction_facts facts;
    bool is_gone;
    cr_assert(kafka_transaction_read(&record, &id, &is_gone, &facts));
    cr_expect(kafka_fixture_says(id, "x"));
    cr_expect(not(is_gone));
    cr_expect(eq(int, facts.state, KAFKA_TRANSACTION_ONGOING));
    cr_expect(eq(i64, facts.producer_id, producer.producer_id));
    cr_expect(eq(i32, facts.place_count, 3));
    cr_expect(kafka_transaction_has_place(&facts, kafka_fixture_string("t"), 2));
    cr_expect(not(kafka_transaction_has_place(&facts, kafka_fixture_string("t"), 1)));
    kafka_transaction_facts_deinit(&facts);
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_state, a_record_of_a_version_to_come_is_passed_over)
{
    static const uint8_t key[] = {0, 1, 0, 1, 'x'}, old_key[] = {0, 0, 0, 1, 'x'}, value[] = {0, 7, 1};
    struct wire_record record = {.key = {key, sizeof key}, .value = {value, sizeof value}};
    struct wire_string id;
    struct kafka_transaction_facts facts;
    bool is_gone;
    cr_expect(not(kafka_transaction_read(&record, &id, &is_gone, &facts)));
    record.key.data = old_key;
    cr_expect(not(kafka_transaction_read(&record, &id, &is_gone, &facts)));
    record.value = (struct wire_bytes){.data = NULL, .bytes = -1};
    cr_expect(kafka_transaction_read(&record, &id, &is_gone, &facts));
    cr_expect(is_gone);
}

Test(kafka_transaction_state, places_are_a_sorted_set)
{
    struct kafka_transaction_facts facts = {0};
    for (int i = 0; i < 100; i++)
        kafka_transaction_add_place(&facts, kafka_fixture_string(i % 3 ? "b" : "a"), i * 7 % 10);
    cr_expect(eq(i32, facts.place_count, 20));
    for (int i = 0; i < 20; i++) {
        cr_expect(eq(i32, facts.places[i].partition, i % 10));
        cr_expect(kafka_fixture_says(facts.places[i].topic, i < 10 ? "a" : "b"));
    }
    kafka_transaction_remove_place(&facts, kafka_fixture_string("a"), 3);
    kafka_transaction_remove_place(&facts, kafka_fixture_string("a"), 3);
    cr_expect(eq(i32, facts.place_count, 19));
    cr_expect(not(kafka_transaction_has_place(&facts, kafka_fixture_string("a"), 3)));
    kafka_transaction_facts_deinit(&facts);
}

/* ---- what administrators are told ---- */

Test(kafka_transaction_state, a_description_says_why_there_is_none)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    kafka_transaction_scene_producer(fixture, "x");
    cr_expect(eq(i16, kafka_transaction_scene_describe(fixture, 1, "y")->error_code,
                 KAFKA_TRANSACTIONAL_ID_NOT_FOUND));
    cr_expect(eq(i16, kafka_transaction_scene_describe(fixture, 2, "x")->error_code, KAFKA_NOT_COORDINATOR));
    cr_expect(eq(i16, kafka_transaction_scene_describe(fixture, 1, "")->error_code, KAFKA_INVALID_REQUEST));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_state, a_description_of_an_empty_one_has_no_start)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    kafka_transaction_scene_producer(fixture, "x");
    const struct wire_describe_transactions_response_transaction_state *state =
        kafka_transaction_scene_describe(fixture, 1, "x");
    cr_expect(eq(i16, state->error_code, 0));
    cr_expect(kafka_fixture_says(state->transaction_state, "Empty"));
    cr_expect(eq(i64, state->transaction_start_time_ms, -1));
    cr_expect(eq(i32, state->topics.count, 0));
    kafka_fixture_free(fixture);
}

/* The ids that are listed, one letter each. state, producer_id: NULL, -1: all. */
static void list(struct kafka_fixture *fixture, int32_t broker, const char *state, int64_t producer_id,
                 int64_t duration_ms, char out[8])
{
    struct wire_string states[1] = {kafka_fixture_string(state)};
    int64_t ids[1] = {producer_id};
    struct wire_list_transactions_request body;
    KAFKA_FIXTURE_BODY(list_transactions, body);
    if (state)
        KAFKA_FIXTURE_ONE(body.state_filters, states[0]);
    if (producer_id >= 0)
        KAFKA_FIXTURE_ONE(body.producer_id_filters, ids[0]);
    body.duration_filter = duration_ms;
    const struct wire_list_transactions_response *response =
        kafka_fixture_ask(fixture, broker, LIST_TRANSACTIONS, 1, &body);
    int32_t count = 0;
    for (; count < response->transaction_states.count; count++)
        out[count] = response->transaction_states.items[count].transactional_id.text[0];
    for (int32_t i = 0; i < response->unknown_state_filters.count; i++)
        out[count++] = '?';
    out[count] = '\0';
}

Test(kafka_transaction_state, a_list_can_be_of_ids_that_match_a_pattern)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    kafka_transaction_scene_producer(fixture, "copy-1");
    kafka_transaction_scene_producer(fixture, "copy-2");
    kafka_transaction_scene_producer(fixture, "other");
    struct wire_list_transactions_request body;
    KAFKA_FIXTURE_BODY(list_transactions, body);
    body.transactional_id_pattern = kafka_fixture_string("copy-[0-9]+");
    const struct wire_list_transactions_response *response =
        kafka_fixture_ask(fixture, 1, LIST_TRANSACTIONS, 2, &body);
    cr_expect(eq(i32, response->transaction_states.count, 2));
    body.transactional_id_pattern = kafka_fixture_string("copy-[0-9");
    response = kafka_fixture_ask(fixture, 1, LIST_TRANSACTIONS, 2, &body);
    cr_expect(eq(i16, response->error_code, KAFKA_INVALID_REGULAR_EXPRESSION));
    cr_expect(eq(i32, response->transaction_states.count, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_state, a_list_can_be_of_one_state_producer_or_age)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    struct kafka_party old = kafka_transaction_scene_producer(fixture, "o");
    struct kafka_party young = kafka_transaction_scene_producer(fixture, "y");
    kafka_transaction_scene_producer(fixture, "e");
    char out[8];
    kafka_transaction_scene_adds(fixture, &old, "t:0");
    kafka_fixture_advance_ms(fixture, 5000);
    kafka_transaction_scene_adds(fixture, &young, "t:0");
    kafka_fixture_advance_ms(fixture, 1000);
    list(fixture, 1, NULL, -1, -1, out);
    cr_expect(eq(str, out, "eoy"));
    list(fixture, 1, "Ongoing", -1, -1, out);
    cr_expect(eq(str, out, "oy"));
    list(fixture, 1, "Ongoing", -1, 1000, out);
    cr_expect(eq(str, out, "o"), "1000 ms old is not older than 1000 ms");
    list(fixture, 1, NULL, young.producer_id, -1, out);
    cr_expect(eq(str, out, "y"));
    list(fixture, 1, "ongoing", -1, -1, out);
    cr_expect(eq(str, out, "?"));
    list(fixture, 2, NULL, -1, -1, out);
    cr_expect(eq(str, out, ""), "each coordinator lists its own");
    kafka_fixture_free(fixture);
}
