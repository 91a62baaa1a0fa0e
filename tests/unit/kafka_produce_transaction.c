/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_produce_transaction: what a partition takes of transactions, from producers and from coordinators. The coordinator's
 * word (kafka_transaction_verify) is the test's. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/kafka_partition_scene.h"
#include "sim/kafka/bug.h"
#include "sim/kafka/transaction.h"
#include "sim/kafka/wire/transaction.h"

enum { DESCRIBE_PRODUCERS = 61 };

/* What the coordinator says, and what it was asked. */
static struct {
    int16_t error;
    int asked;
    char transactional_id[16];
    int64_t producer_id;
    int16_t producer_epoch;
} word;

int16_t __wrap_kafka_transaction_verify(struct kafka_cluster *cluster, struct wire_string transactional_id,
                                        int64_t producer_id, int16_t producer_epoch,
                                        const struct kafka_partition *partition);
int16_t __wrap_kafka_transaction_verify(struct kafka_cluster *cluster, struct wire_string transactional_id,
                                        int64_t producer_id, int16_t producer_epoch,
                                        const struct kafka_partition *partition)
{
    cr_assert_eq(partition->topic->cluster, cluster);
    word.asked++;
    snprintf(word.transactional_id, sizeof word.transactional_id, "%.*s", transactional_id.bytes,
             transactional_id.text);
    word.producer_id = producer_id;
    word.producer_epoch = producer_epoch;
    return word.error;
}

static void set_bug(const struct scene *scene, enum kafka_bug bug)
{
    scene->fixture->cluster->model.bugs = 1U << bug;
}

static int64_t end_offset(const struct scene *scene)
{
    return scene_leader(scene)->log.end_offset;
}

static int16_t error_of(const struct scene *scene, struct scene_batch batch)
{
    return scene_produce(scene, batch)->error_code;
}

/* ---- producers --------------------------------------------------------------------------------------------- */

Test(kafka_produce_transaction, only_the_first_batch_of_a_transaction_is_verified)
{
    struct scene scene = scene_new("4.3", 1, NULL);
    cr_assert_eq(error_of(&scene, (struct scene_batch){.id = 7, .epoch = 2}), 0);
    cr_assert_eq(word.asked, 1);
    cr_assert_str_eq(word.transactional_id, "x");
    cr_assert_eq(word.producer_id, 7);
    cr_assert_eq(word.producer_epoch, 2);
    word.error = KAFKA_TRANSACTION_ABORTABLE;
    cr_assert_eq(error_of(&scene, (struct scene_batch){.id = 7, .epoch = 2, .sequence = 1}), 0);
    cr_assert_eq(word.asked, 1);
    cr_assert_eq(scene_mark(&scene, (struct scene_marker){.id = 7, .epoch = 2}), 0);
    cr_assert_eq(error_of(&scene, (struct scene_batch){.id = 7, .epoch = 2, .sequence = 2}),
                 KAFKA_INVALID_TXN_STATE, "the next transaction is another one");
    cr_assert_eq(word.asked, 2);
    cr_assert_eq(end_offset(&scene), 3);
    scene_free(&scene);
}

Test(kafka_produce_transaction, what_a_coordinator_says_has_a_name_that_the_client_knows)
{
    static const struct {
        int16_t said, version, error;
        const char *message;
    } cases[] = {
        {KAFKA_TRANSACTION_ABORTABLE, 10, KAFKA_INVALID_TXN_STATE,
         "Partition was not added to the transaction"},
        {KAFKA_TRANSACTION_ABORTABLE, 11, KAFKA_TRANSACTION_ABORTABLE, NULL},
        {KAFKA_INVALID_TXN_STATE, 11, KAFKA_INVALID_TXN_STATE, "Partition was not added to the transaction"},
        {KAFKA_PRODUCER_FENCED, 11, KAFKA_INVALID_PRODUCER_EPOCH, NULL},
        {KAFKA_INVALID_PRODUCER_EPOCH, 11, KAFKA_INVALID_PRODUCER_EPOCH, NULL},
        {KAFKA_INVALID_PRODUCER_ID_MAPPING, 11, KAFKA_INVALID_PRODUCER_ID_MAPPING, NULL},
        {KAFKA_NOT_COORDINATOR, 11, KAFKA_NOT_ENOUGH_REPLICAS,
         "Unable to verify the partition has been added to the transaction. Underlying error: "
         "NOT_COORDINATOR"},
        {KAFKA_COORDINATOR_NOT_AVAILABLE, 9, KAFKA_NOT_ENOUGH_REPLICAS,
         "Unable to verify the partition has been added to the transaction. Underlying error: "
         "COORDINATOR_NOT_AVAILABLE"},
        {KAFKA_COORDINATOR_LOAD_IN_PROGRESS, 9, KAFKA_NOT_ENOUGH_REPLICAS,
         "Unable to verify the partition has been added to the transaction. Underlying error: "
         "COORDINATOR_LOAD_IN_PROGRESS"},
        {KAFKA_CONCURRENT_TRANSACTIONS, 11, KAFKA_NOT_ENOUGH_REPLICAS,
         "Unable to verify the partition has been added to the transaction. Underlying error: "
         "CONCURRENT_TRANSACTIONS"},
        {KAFKA_NETWORK_EXCEPTION, 11, KAFKA_NOT_ENOUGH_REPLICAS,
         "Unable to verify the partition has been added to the transaction. Underlying error: "
         "NETWORK_EXCEPTION"},
    };
    struct scene scene = scene_new("4.3", 1, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        word.error = cases[i].said;
        const struct wire_produce_response_partition *answer =
            scene_produce(&scene, (struct scene_batch){.id = 7, .version = cases[i].version});
        cr_assert_eq(answer->error_code, cases[i].error, "case %d", (int)i);
        cr_assert_eq(answer->base_offset, -1, "case %d", (int)i);
        cr_assert_eq(answer->log_start_offset, -1, "case %d", (int)i);
        cr_assert_eq(answer->error_message.bytes, cases[i].message ? (int)strlen(cases[i].message) : -1,
                     "case %d", (int)i);
        if (cases[i].message)
            cr_assert(kafka_fixture_says(answer->error_message, cases[i].message), "case %d", (int)i);
    }
    cr_assert_eq(end_offset(&scene), 0);
    scene_free(&scene);
}

Test(kafka_produce_transaction, nobody_is_asked_when_verification_is_off)
{
    const char *const settings[] = {"transaction.partition.verification.enable=false", NULL};
    struct scene scene = scene_new("4.3", 1, settings);
    word.error = KAFKA_TRANSACTION_ABORTABLE;
    cr_assert_eq(error_of(&scene, (struct scene_batch){.id = 7}), 0);
    cr_assert_eq(word.asked, 0);
    scene_free(&scene);
}

Test(kafka_produce_transaction, without_a_transactional_id_nothing_is_taken)
{
    struct scene scene = scene_new("4.3", 1, NULL);
    struct scene_batch batch = {.id = 7, .has_no_transactional_id = true};
    cr_assert_eq(error_of(&scene, batch), KAFKA_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    cr_assert_eq(word.asked, 0);
    cr_assert_eq(end_offset(&scene), 0);
    scene_free(&scene);
}

/* One of the two batches of a request, for topic "two". */
struct half {
    int64_t id;
    int32_t partition, sequence;
};

static const struct wire_produce_response *produce_two(const struct scene *scene, struct half one,
                                                       struct half other)
{
    const struct half halves[2] = {one, other};
    struct kafka_batch *batches[2];
    struct wire_produce_request_partition partitions[2] = {0};
    for (int i = 0; i < 2; i++) {
        batches[i] = batch_new(&(struct batch_plan){.count = 1,
                                                    .timestamp_ms = 1000,
                                                    .has_producer = true,
                                                    .producer_id = halves[i].id,
                                                    .base_sequence = halves[i].sequence,
                                                    .is_transactional = true});
        partitions[i].index = halves[i].partition;
        partitions[i].records =
            (struct wire_bytes){.data = batches[i]->data, .bytes = (int32_t)batches[i]->bytes};
    }
    struct wire_produce_request_topic topic = {.name = kafka_fixture_string("two"),
                                               .partition_data = {.items = partitions, .count = 2}};
    struct wire_produce_request body;
    KAFKA_FIXTURE_BODY(produce, body);
    body.transactional_id = kafka_fixture_string("x");
    body.acks = 1;
    body.timeout_ms = 1000;
    KAFKA_FIXTURE_ONE(body.topic_data, topic);
    const void *answer = kafka_fixture_ask(scene->fixture, 1, SCENE_PRODUCE, 9, &body);
    for (int i = 0; i < 2; i++)
        kafka_batch_release(batches[i]);
    return answer;
}

Test(kafka_produce_transaction, a_request_has_one_transactional_producer)
{
    struct scene scene = scene_new("4.3", 1, NULL);
    kafka_fixture_topic(scene.fixture, "two", 2);
    const struct wire_produce_response *answer =
        produce_two(&scene, (struct half){.id = 7}, (struct half){.id = 8, .partition = 1});
    for (int i = 0; i < 2; i++) {
        const struct wire_produce_response_partition *partition =
            &answer->responses.items[0].partition_responses.items[i];
        cr_assert_eq(partition->error_code, KAFKA_INVALID_PRODUCER_ID_MAPPING);
        cr_assert(kafka_fixture_says(partition->error_message,
                                     "Transactional records contained more than one producer ID"));
    }
    cr_assert_eq(word.asked, 0);
    answer = produce_two(&scene, (struct half){.id = 7}, (struct half){.id = 7, .partition = 1});
    for (int i = 0; i < 2; i++)
        cr_assert_eq(answer->responses.items[0].partition_responses.items[i].error_code, 0);
    cr_assert_eq(word.asked, 2, "for each partition");
    scene_free(&scene);
}

Test(kafka_produce_transaction, of_a_partition_that_is_named_twice_the_last_batch_is_verified)
{
    struct scene scene = scene_new("4.3", 1, NULL);
    kafka_fixture_topic(scene.fixture, "two", 1);
    const struct wire_produce_response *answer =
        produce_two(&scene, (struct half){.id = 7}, (struct half){.id = 7, .sequence = 1});
    cr_assert_eq(answer->responses.items[0].partition_responses.count, 1);
    cr_assert_eq(answer->responses.items[0].partition_responses.items[0].error_code, 0);
    cr_assert_eq(word.asked, 1);
    scene_free(&scene);
}

Test(kafka_produce_transaction, who_does_not_lead_says_who_does)
{
    struct scene scene = scene_new("4.3", 3, NULL);
    scene.broker = 2;
    const struct wire_produce_response_partition *answer =
        scene_produce(&scene, (struct scene_batch){.id = 7, .version = 10});
    cr_assert_eq(answer->error_code, KAFKA_NOT_LEADER_OR_FOLLOWER);
    cr_assert_eq(answer->current_leader.leader_id, 1);
    cr_assert_eq(word.asked, 0);
    scene_free(&scene);
}

/* ---- KIP-890: late appends ----------------------------------------------------------------------------------- */

Test(kafka_produce_transaction, a_batch_that_arrives_behind_its_marker_is_refused_unless_that_rule_is_off)
{
    for (int is_off = 0; is_off < 2; is_off++) {
        struct scene scene = scene_new("4.3", 1, NULL);
        if (is_off)
            set_bug(&scene, KAFKA_BUG_APPENDS_OUTSIDE_TRANSACTIONS);
        word.error = 0;
        scene_produce(&scene, (struct scene_batch){.id = 7});
        scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
        word.error = KAFKA_TRANSACTION_ABORTABLE; /* as the coordinator knows it */
        cr_assert_eq(error_of(&scene, (struct scene_batch){.id = 7, .sequence = 1}),
                     is_off ? 0 : KAFKA_INVALID_TXN_STATE);
        scene_produce(&scene, (struct scene_batch){.id = 9, .is_plain = true});
        cr_assert_eq(kafka_partition_last_stable(scene_leader(&scene)), is_off ? 2 : 3,
                     "off: readers of committed data are stuck");
        scene_free(&scene);
    }
}

static const char *const slow_word[] = {"millrace.transaction.verify.max.ms=50", NULL};

/* A batch whose verification takes a while: with any seed but few. */
static int send_slowly(const struct scene *scene, struct scene_batch batch)
{
    int token = scene_send_produce(scene, batch);
    cr_assert_null(scene_produced(scene, token), "the word is under way");
    return token;
}

Test(kafka_produce_transaction, a_marker_between_the_word_and_the_append_wins)
{
    struct scene scene = scene_new("4.3", 1, slow_word);
    int token = send_slowly(&scene, (struct scene_batch){.id = 7});
    cr_assert_eq(scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true}), 0);
    kafka_fixture_advance_ms(scene.fixture, 50);
    cr_assert_eq(scene_produced(&scene, token)->error_code, KAFKA_INVALID_TXN_STATE);
    cr_assert_eq(scene_produced(&scene, token)->log_start_offset, 0, "the log says so, not the coordinator");
    cr_assert_eq(end_offset(&scene), 1);
    cr_assert_eq(error_of(&scene, (struct scene_batch){.id = 7}), 0, "asked anew");
    scene_free(&scene);
}

Test(kafka_produce_transaction, a_guard_does_not_outlive_the_transaction_that_it_was_for)
{
    struct scene scene = scene_new("4.3", 1, slow_word);
    int late = send_slowly(&scene, (struct scene_batch){.id = 7});
    scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
    struct wire_batch next = {.producer_id = 7, .base_sequence = 0, .is_transactional = true};
    kafka_producers_verify(&scene_leader(&scene)->log.producers, &next, 0);
    kafka_fixture_advance_ms(scene.fixture, 50);
    cr_assert_eq(scene_produced(&scene, late)->error_code, KAFKA_INVALID_TXN_STATE);
    scene_free(&scene);
}

Test(kafka_produce_transaction, a_slow_word_is_not_waited_for_twice)
{
    struct scene scene = scene_new("4.3", 1, slow_word);
    int token = send_slowly(&scene, (struct scene_batch){.id = 7});
    kafka_fixture_advance_ms(scene.fixture, 50);
    cr_assert_eq(scene_produced(&scene, token)->error_code, 0);
    token = scene_send_produce(&scene, (struct scene_batch){.id = 7, .sequence = 1});
    cr_assert_not_null(scene_produced(&scene, token), "the transaction is open");
    scene_free(&scene);
}

Test(kafka_produce_transaction, a_request_whose_client_goes_while_the_word_is_under_way_appends_nothing)
{
    struct scene scene = scene_new("4.3", 1, slow_word);
    kafka_fixture_abandon(scene.fixture, send_slowly(&scene, (struct scene_batch){.id = 7}));
    kafka_fixture_advance_ms(scene.fixture, 100);
    cr_assert_eq(end_offset(&scene), 0);
    scene_free(&scene);
}

Test(kafka_produce_transaction, a_topic_that_goes_while_the_word_is_under_way_is_unknown)
{
    struct scene scene = scene_new("4.3", 1, slow_word);
    int token = send_slowly(&scene, (struct scene_batch){.id = 7});
    kafka_topic_free(scene.partition->topic);
    kafka_fixture_advance_ms(scene.fixture, 50);
    cr_assert_eq(scene_produced(&scene, token)->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    scene_free(&scene);
}

/* ---- coordinators -------------------------------------------------------------------------------------------- */

Test(kafka_produce_transaction, a_marker_with_a_newer_epoch_fences_the_producer)
{
    struct scene scene = scene_new("4.3", 1, NULL);
    scene_produce(&scene, (struct scene_batch){.id = 7});
    cr_assert_eq(scene_mark(&scene, (struct scene_marker){.id = 7, .epoch = 1, .is_abort = true}), 0);
    cr_assert_eq(error_of(&scene, (struct scene_batch){.id = 7, .sequence = 1}),
                 KAFKA_INVALID_PRODUCER_EPOCH);
    cr_assert_eq(scene_mark(&scene, (struct scene_marker){.id = 7, .epoch = 0}),
                 KAFKA_INVALID_PRODUCER_EPOCH);
    cr_assert_eq(end_offset(&scene), 2);
    scene_free(&scene);
}

Test(kafka_produce_transaction, a_marker_of_a_replaced_coordinator_is_refused_unless_that_rule_is_off)
{
    for (int is_off = 0; is_off < 2; is_off++) {
        struct scene scene = scene_new("4.3", 1, NULL);
        if (is_off)
            set_bug(&scene, KAFKA_BUG_TAKES_STALE_MARKERS);
        scene_produce(&scene, (struct scene_batch){.id = 7});
        scene_mark(&scene, (struct scene_marker){.id = 7, .coordinator_epoch = 3});
        scene_produce(&scene, (struct scene_batch){.id = 7, .sequence = 1});
        cr_assert_eq(
            scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true, .coordinator_epoch = 2}),
            is_off ? 0 : KAFKA_TRANSACTION_COORDINATOR_FENCED);
        cr_assert_eq(kafka_partition_last_stable(scene_leader(&scene)), is_off ? 4 : 2);
        scene_free(&scene);
    }
}

Test(kafka_produce_transaction, offsets_of_a_coordinator_need_no_sequence_but_the_epoch)
{
    struct scene scene = scene_new("4.3", 1, NULL);
    struct wire_batch batch = {.producer_id = 7,
                               .producer_epoch = 3,
                               .base_sequence = -1,
                               .record_count = 1,
                               .base_timestamp_ms = 1000,
                               .is_transactional = true};
    struct wire_record record = {.timestamp_ms = 1000,
                                 .key = {.data = (const uint8_t *)"k", .bytes = 1},
                                 .value = {.data = (const uint8_t *)"v", .bytes = 1},
                                 .headers = (const uint8_t *)""};
    struct wire_output output = {0};
    int64_t written;
    wire_record_append(&batch, &record, &output);
    struct wire_bytes records = {.data = output.data, .bytes = (int32_t)output.bytes};
    for (int64_t i = 0; i < 2; i++) {
        cr_assert_eq(kafka_partition_write(scene.partition, &batch, records, &written), 0);
        cr_assert_eq(written, i + 1);
    }
    batch.producer_epoch = 2;
    cr_assert_eq(kafka_partition_write(scene.partition, &batch, records, &written),
                 KAFKA_INVALID_PRODUCER_EPOCH);
    batch.producer_epoch = 3;
    batch.is_transactional = false;
    cr_assert_eq(kafka_partition_write(scene.partition, &batch, records, &written), KAFKA_INVALID_TXN_STATE);
    cr_assert_eq(kafka_partition_last_stable(scene_leader(&scene)), 0);
    cr_assert_eq(end_offset(&scene), 2);
    free(output.data);
    scene_free(&scene);
}

Test(kafka_produce_transaction, a_marker_needs_as_many_replicas_as_a_write_of_all)
{
    const char *const settings[] = {"broker.session.timeout.ms=1000", "min.insync.replicas=2", NULL};
    struct scene scene = scene_new("4.3", 2, settings);
    scene_produce(&scene, (struct scene_batch){.id = 7});
    kafka_broker_crash(kafka_broker_of(scene.fixture->cluster, 2));
    kafka_fixture_advance_ms(scene.fixture, 1000);
    cr_assert_eq(scene_mark(&scene, (struct scene_marker){.id = 7}), KAFKA_NOT_ENOUGH_REPLICAS);
    cr_assert_eq(end_offset(&scene), 1);
    scene_free(&scene);
}

Test(kafka_produce_transaction, a_marker_that_is_not_replicated_decides_nothing)
{
    const char *const settings[] = {"broker.session.timeout.ms=1000", NULL};
    struct scene scene = scene_new("4.3", 2, settings);
    scene_produce(&scene, (struct scene_batch){.id = 7});
    kafka_broker_crash(kafka_broker_of(scene.fixture->cluster, 2));
    cr_assert_eq(scene_mark(&scene, (struct scene_marker){.id = 7}), 0);
    cr_assert_eq(kafka_partition_last_stable(scene_leader(&scene)), 0);
    int token = scene_send_fetch(&scene, (struct scene_fetch){.wait_ms = 5000});
    cr_assert_null(scene_fetched(&scene, token));
    kafka_fixture_advance_ms(scene.fixture, 1000);
    cr_assert_str_eq(scene_batches(scene_fetched(&scene, token)->records), "0..0 1..1", "alone in sync");
    cr_assert_eq(kafka_partition_last_stable(scene_leader(&scene)), 2);
    scene_free(&scene);
}

/* ---- rules that are off -------------------------------------------------------------------------------------- */

enum { MANY = 1000 };

Test(kafka_produce_transaction, a_broker_that_loses_writes_acknowledges_them_all_the_same)
{
    struct scene scene = scene_new("4.3", 1, NULL);
    set_bug(&scene, KAFKA_BUG_LOSES_ACKNOWLEDGED);
    for (int i = 0; i < MANY; i++) {
        const struct wire_produce_response_partition *answer =
            scene_produce(&scene, (struct scene_batch){.id = 7, .sequence = i, .is_plain = true});
        cr_assert_eq(answer->error_code, 0);
        cr_assert_eq(answer->base_offset, i);
    }
    const struct kafka_log *log = &scene_leader(&scene)->log;
    int lost = 0;
    for (size_t i = 0; i < log->count; i++) {
        struct wire_batch batch;
        cr_assert(kafka_batch_read(kafka_log_entry(log, i)->batch, &batch));
        lost += batch.record_count == 0;
    }
    cr_assert_gt(lost, 0);
    cr_assert_lt(lost, MANY / 20);
    scene_free(&scene);
}

Test(kafka_produce_transaction, a_broker_with_spurious_offsets_says_zero_now_and_then)
{
    struct scene scene = scene_new("4.3", 1, NULL);
    set_bug(&scene, KAFKA_BUG_SPURIOUS_ZERO_OFFSET);
    int zeros = 0;
    for (int i = 0; i < MANY; i++) {
        const struct wire_produce_response_partition *answer =
            scene_produce(&scene, (struct scene_batch){.id = 7, .sequence = i, .is_plain = true});
        cr_assert(answer->base_offset == i || answer->base_offset == 0);
        zeros += answer->base_offset == 0;
    }
    cr_assert_eq(end_offset(&scene), MANY);
    cr_assert_gt(zeros, 1);
    cr_assert_lt(zeros, MANY / 20);
    scene_free(&scene);
}

/* ---- DescribeProducers --------------------------------------------------------------------------------------- */

static const struct wire_describe_producers_response_partition *
describe(const struct scene *scene, int32_t broker, const char *topic_name, int32_t index)
{
    struct wire_describe_producers_request_topic topic = {.name = kafka_fixture_string(topic_name)};
    KAFKA_FIXTURE_ONE(topic.partition_indexes, index);
    struct wire_describe_producers_request body;
    KAFKA_FIXTURE_BODY(describe_producers, body);
    KAFKA_FIXTURE_ONE(body.topics, topic);
    const struct wire_describe_producers_response *response =
        kafka_fixture_ask(scene->fixture, broker, DESCRIBE_PRODUCERS, 0, &body);
    return &response->topics.items[0].partitions.items[0];
}

Test(kafka_produce_transaction, describe_producers_tells_whom_a_log_remembers)
{
    struct scene scene = scene_new("4.3", 1, NULL);
    scene_produce(&scene, (struct scene_batch){.id = 7, .epoch = 2, .count = 3});
    scene_mark(&scene, (struct scene_marker){.id = 7, .epoch = 2, .coordinator_epoch = 5});
    scene_produce(&scene, (struct scene_batch){.id = 7, .epoch = 2, .sequence = 3});
    scene_mark(&scene, (struct scene_marker){.id = 8, .epoch = 1});
    const struct wire_describe_producers_response_partition *answer = describe(&scene, 1, "t", 0);
    cr_assert_eq(answer->error_code, 0);
    cr_assert_eq(answer->active_producers.count, 2);
    const struct wire_describe_producers_response_producer_state *producer =
        &answer->active_producers.items[0];
    cr_assert_eq(producer->producer_id, 7);
    cr_assert_eq(producer->producer_epoch, 2);
    cr_assert_eq(producer->last_sequence, 3);
    cr_assert_eq(producer->last_timestamp, kafka_cluster_now_ms(scene.fixture->cluster));
    cr_assert_eq(producer->coordinator_epoch, 5);
    cr_assert_eq(producer->current_txn_start_offset, 4);
    cr_assert_eq(answer->active_producers.items[1].last_sequence, -1);
    cr_assert_eq(answer->active_producers.items[1].current_txn_start_offset, -1);
    scene_free(&scene);
}

Test(kafka_produce_transaction, describe_producers_asks_any_replica)
{
    struct scene scene = scene_new("4.3", 3, NULL);
    cr_assert_eq(describe(&scene, 2, "t", 0)->error_code, 0);
    cr_assert_eq(describe(&scene, 2, "t", 1)->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    const struct wire_describe_producers_response_partition *answer = describe(&scene, 2, "none", 0);
    cr_assert_eq(answer->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    cr_assert(kafka_fixture_says(answer->error_message, "This server does not host this topic-partition."));
    cr_assert_eq(describe(&scene, 2, "n/one", 0)->error_code, KAFKA_INVALID_TOPIC_EXCEPTION);
    struct kafka_assignment assignment = {.brokers = {1}, .count = 1};
    kafka_topic_new(scene.fixture->cluster, kafka_fixture_string("one"), &assignment, 1);
    cr_assert_eq(describe(&scene, 2, "one", 0)->error_code, KAFKA_NOT_LEADER_OR_FOLLOWER);
    scene_free(&scene);
}
