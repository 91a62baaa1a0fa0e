/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_transaction_scene: see kafka_transaction_scene.h. */
#include "tests/unit/kafka_transaction_scene.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/session.h"

enum {
    DELETE_TOPICS = 20,
    INIT_PRODUCER_ID = 22,
    ADD_PARTITIONS = 24,
    ADD_OFFSETS = 25,
    END_TXN = 26,
    DESCRIBE = 65
};
enum { PLACES_MAX = 16, KEY_TYPE = 3, VALUE_EPOCH = 2 };

static const char *or_else(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

static int32_t broker_of(int32_t broker)
{
    return broker ? broker : 1;
}

static struct kafka_fixture *add_topics(struct kafka_fixture *fixture)
{
    kafka_fixture_topic(fixture, "__consumer_offsets", 1);
    kafka_fixture_topic(fixture, "t", 3);
    kafka_fixture_topic(fixture, "u", 1);
    return fixture;
}

struct kafka_fixture *kafka_transaction_scene_new(const char *release, int32_t brokers,
                                                  const char *const *settings)
{
    struct kafka_fixture *fixture = kafka_fixture_new(release, brokers, settings);
    kafka_fixture_topic(fixture, "__transaction_state", 1);
    return add_topics(fixture);
}

struct kafka_fixture *kafka_transaction_scene_new_alone(const char *release, int32_t brokers,
                                                        const char *const *settings)
{
    struct kafka_fixture *fixture = kafka_fixture_new(release, brokers, settings);
    struct kafka_assignment alone = {.brokers = {1}, .count = 1};
    kafka_topic_new(fixture->cluster, kafka_fixture_string("__transaction_state"), &alone, 1);
    return add_topics(fixture);
}

void kafka_transaction_scene_delete(struct kafka_fixture *fixture, const char *topic)
{
    struct wire_string names[1] = {kafka_fixture_string(topic)};
    struct wire_delete_topics_request body;
    KAFKA_FIXTURE_BODY(delete_topics, body);
    KAFKA_FIXTURE_ONE(body.topic_names, names[0]);
    const struct wire_delete_topics_response *response =
        kafka_fixture_ask(fixture, 1, DELETE_TOPICS, 4, &body);
    assert(response->responses.items[0].error_code == 0);
}

int kafka_transaction_scene_init(struct kafka_fixture *fixture, const struct kafka_init *init)
{
    struct wire_init_producer_id_request body;
    KAFKA_FIXTURE_BODY(init_producer_id, body);
    body.transactional_id = kafka_fixture_string(or_else(init->id, "x"));
    body.transaction_timeout_ms = init->timeout_ms ? init->timeout_ms : 60000;
    body.producer_id = init->as ? init->as->producer_id : -1;
    body.producer_epoch = init->as ? init->as->epoch : -1;
    return kafka_fixture_send(fixture, broker_of(init->broker), INIT_PRODUCER_ID,
                              init->version ? init->version : 4, &body);
}

struct kafka_inited kafka_transaction_scene_inited(const struct kafka_fixture *fixture, int token)
{
    const struct wire_init_producer_id_response *response = kafka_fixture_answer(fixture, token);
    if (!response)
        return (struct kafka_inited){-1, -1, NO_ANSWER};
    return (struct kafka_inited){response->producer_id, response->producer_epoch, response->error_code};
}

struct kafka_party kafka_transaction_scene_producer(struct kafka_fixture *fixture, const char *id)
{
    int token = kafka_transaction_scene_init(fixture, &(struct kafka_init){.id = id});
    struct kafka_inited inited = kafka_transaction_scene_inited(fixture, token);
    assert(inited.error == 0);
    return (struct kafka_party){.id = id, .producer_id = inited.producer_id, .epoch = inited.epoch};
}

int kafka_transaction_scene_add(struct kafka_fixture *fixture, const struct kafka_party *party,
                                const char *places)
{
    struct wire_add_partitions_to_txn_request_topic topics[PLACES_MAX] = {0};
    struct wire_add_partitions_to_txn_request_transaction one = {0};
    int32_t partitions[PLACES_MAX], count = 0;
    struct wire_add_partitions_to_txn_request body;
    KAFKA_FIXTURE_BODY(add_partitions_to_txn, body);
    for (const char *at = places; *at; count++) {
        size_t bytes = strcspn(at, ":");
        char *end;
        topics[count].name = (struct wire_string){at, (int32_t)bytes};
        partitions[count] = (int32_t)strtol(at + bytes + 1, &end, 10);
        topics[count].partitions.items = &partitions[count];
        topics[count].partitions.count = 1;
        at = *end ? end + 1 : end;
    }
    one.transactional_id = kafka_fixture_string(or_else(party->id, "x"));
    one.producer_id = party->producer_id;
    one.producer_epoch = party->epoch;
    one.topics.items = topics;
    one.topics.count = count;
    KAFKA_FIXTURE_ONE(body.transactions, one);
    body.v3_and_below_transactional_id = one.transactional_id;
    body.v3_and_below_producer_id = one.producer_id;
    body.v3_and_below_producer_epoch = one.producer_epoch;
    body.v3_and_below_topics.items = topics;
    body.v3_and_below_topics.count = count;
    return kafka_fixture_send(fixture, broker_of(party->broker), ADD_PARTITIONS,
                              party->version ? party->version : 3, &body);
}

int16_t kafka_transaction_scene_added(const struct kafka_fixture *fixture, int token, int index)
{
    const struct wire_add_partitions_to_txn_response *response = kafka_fixture_answer(fixture, token);
    if (!response)
        return NO_ANSWER;
    if (response->results_by_transaction.count)
        return response->results_by_transaction.items[0]
            .topic_results.items[index]
            .results_by_partition.items[0]
            .partition_error_code;
    return response->results_by_topic_v3_and_below.items[index]
        .results_by_partition.items[0]
        .partition_error_code;
}

int kafka_transaction_scene_add_offsets(struct kafka_fixture *fixture, const struct kafka_party *party,
                                        const char *group)
{
    struct wire_add_offsets_to_txn_request body;
    KAFKA_FIXTURE_BODY(add_offsets_to_txn, body);
    body.transactional_id = kafka_fixture_string(or_else(party->id, "x"));
    body.producer_id = party->producer_id;
    body.producer_epoch = party->epoch;
    body.group_id = kafka_fixture_string(group);
    return kafka_fixture_send(fixture, broker_of(party->broker), ADD_OFFSETS,
                              party->version ? party->version : 3, &body);
}

int16_t kafka_transaction_scene_added_offsets(const struct kafka_fixture *fixture, int token)
{
    const struct wire_add_offsets_to_txn_response *response = kafka_fixture_answer(fixture, token);
    return response ? response->error_code : NO_ANSWER;
}

int kafka_transaction_scene_end(struct kafka_fixture *fixture, const struct kafka_party *party,
                                bool is_commit)
{
    struct wire_end_txn_request body;
    KAFKA_FIXTURE_BODY(end_txn, body);
    body.transactional_id = kafka_fixture_string(or_else(party->id, "x"));
    body.producer_id = party->producer_id;
    body.producer_epoch = party->epoch;
    body.committed = is_commit;
    return kafka_fixture_send(fixture, broker_of(party->broker), END_TXN, party->version ? party->version : 3,
                              &body);
}

int16_t kafka_transaction_scene_ended(const struct kafka_fixture *fixture, int token)
{
    const struct wire_end_txn_response *response = kafka_fixture_answer(fixture, token);
    return response ? response->error_code : NO_ANSWER;
}

int16_t kafka_transaction_scene_adds(struct kafka_fixture *fixture, const struct kafka_party *party,
                                     const char *places)
{
    return kafka_transaction_scene_added(fixture, kafka_transaction_scene_add(fixture, party, places), 0);
}

int16_t kafka_transaction_scene_ends(struct kafka_fixture *fixture, const struct kafka_party *party,
                                     bool is_commit)
{
    return kafka_transaction_scene_ended(fixture, kafka_transaction_scene_end(fixture, party, is_commit));
}

const struct wire_describe_transactions_response_transaction_state *
kafka_transaction_scene_describe(struct kafka_fixture *fixture, int32_t broker, const char *id)
{
    struct wire_string ids[1] = {kafka_fixture_string(id)};
    struct wire_describe_transactions_request body;
    KAFKA_FIXTURE_BODY(describe_transactions, body);
    KAFKA_FIXTURE_ONE(body.transactional_ids, ids[0]);
    const struct wire_describe_transactions_response *response =
        kafka_fixture_ask(fixture, broker, DESCRIBE, 0, &body);
    return &response->transaction_states.items[0];
}

bool kafka_transaction_scene_is(struct kafka_fixture *fixture, const char *state)
{
    return kafka_fixture_says(kafka_transaction_scene_describe(fixture, 1, "x")->transaction_state, state);
}

struct kafka_partition *kafka_transaction_scene_partition(const struct kafka_fixture *fixture,
                                                          const char *topic, int32_t index)
{
    return kafka_topic_partition(kafka_topic_named(fixture->cluster, topic), index);
}

void kafka_transaction_scene_require(struct kafka_fixture *fixture, const char *topic, const char *replicas)
{
    char error[KAFKA_CONFIG_ERROR_MAX];
    bool is_set = kafka_config_set(&kafka_topic_named(fixture->cluster, topic)->config, fixture->cluster,
                                   kafka_fixture_string("min.insync.replicas"),
                                   kafka_fixture_string(replicas), error, sizeof error);
    assert(is_set);
}

void kafka_transaction_scene_move(struct kafka_fixture *fixture, int32_t broker)
{
    bool is_moved = kafka_broker_elect(kafka_broker_of(fixture->cluster, broker),
                                       kafka_transaction_scene_partition(fixture, "__transaction_state", 0));
    assert(is_moved);
}

struct kafka_marks kafka_transaction_scene_marks(const struct kafka_fixture *fixture, const char *topic,
                                                 int32_t index)
{
    const struct kafka_log *log =
        &kafka_partition_leader(kafka_transaction_scene_partition(fixture, topic, index))->log;
    struct kafka_marks marks = {.last = -1};
    for (size_t i = 0; i < log->count; i++) {
        struct wire_batch batch;
        struct wire_record_reader reader;
        struct wire_record record;
        struct wire_error error;
        bool is_read = kafka_batch_read(kafka_log_entry(log, i)->batch, &batch);
        assert(is_read);
        if (!batch.is_control)
            continue;
        is_read = wire_record_reader_init(&reader, &batch, batch.payload, &error) &&
                  wire_record_next(&reader, &record, &error) == WIRE_NEXT;
        assert(is_read);
        marks = (struct kafka_marks){.count = marks.count + 1,
                                     .last = record.key.data[KEY_TYPE],
                                     .coordinator_epoch = wire_int32(record.value.data + VALUE_EPOCH),
                                     .producer_id = batch.producer_id,
                                     .epoch = batch.producer_epoch};
    }
    return marks;
}
