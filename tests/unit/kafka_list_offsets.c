/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_list_offsets: ListOffsets in all its forms, and OffsetForLeaderEpoch. */
#include <criterion/criterion.h>
#include "tests/unit/kafka_cluster.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/errors.h"

enum { LIST_OFFSETS = 2, OFFSET_FOR_LEADER_EPOCH = 23 };

static struct test_cluster test;
static struct kafka_partition *partition;

/* What the last answer said of its first partition. */
static struct wire_list_offsets_response_partition got;
static int64_t got_old[8];
static int32_t got_topics, got_partitions;

static void on_list_offsets(const void *answer)
{
    const struct wire_list_offsets_response *response = answer;
    got_topics = response->topics.count;
    got_partitions = response->topics.items[0].partitions.count;
    got = response->topics.items[0].partitions.items[0];
    for (int32_t i = 0; i < got.old_style_offsets.count && i < 8; i++)
        got_old[i] = got.old_style_offsets.items[i];
}

static void setup(void)
{
    test_cluster_init(&test, 2, NULL);
    partition = test_topic(&test, "t", 2, (const char *const[]){"retention.ms=-1", NULL});
    test_on_answer = on_list_offsets;
}

static void teardown(void)
{
    test_cluster_deinit(&test);
}

TestSuite(kafka_list_offsets, .init = setup, .fini = teardown);

/* Records 0..2 at 100, 110, 120 and 3 at 50. */
static void write_four(void)
{
    test_append(partition, (struct batch_plan){.count = 3, .timestamp_ms = 100, .step_ms = 10});
    test_append(partition, (struct batch_plan){.count = 1, .timestamp_ms = 50});
}

struct question {
    int64_t timestamp;
    int32_t replica, leader_epoch, max_num_offsets, index;
    int8_t isolation;
    int32_t broker;
    const char *topic;
};

static void ask(int16_t version, struct question question)
{
    struct wire_list_offsets_request_partition asked = {.partition_index = question.index,
                                                        .current_leader_epoch = question.leader_epoch - 1,
                                                        .timestamp = question.timestamp,
                                                        .max_num_offsets = question.max_num_offsets};
    struct wire_list_offsets_request_topic topic = {
        .name = test_string(question.topic ? question.topic : "t"), .partitions = {&asked, 1}};
    struct wire_list_offsets_request body = {
        .replica_id = question.replica - 1, .isolation_level = question.isolation, .topics = {&topic, 1}};
    int before = test.answers;
    test_ask(&test, question.broker ? question.broker : 1, LIST_OFFSETS, version, &body);
    cr_assert_eq(test.answers, before + 1);
}

static void expect(int16_t error, int64_t offset, int64_t timestamp, int32_t epoch)
{
    cr_assert_eq(got.error_code, error, "error %d", got.error_code);
    cr_assert_eq(got.offset, offset, "offset %lld", (long long)got.offset);
    cr_assert_eq(got.timestamp, timestamp, "timestamp %lld", (long long)got.timestamp);
    cr_assert_eq(got.leader_epoch, epoch, "leader epoch %d", got.leader_epoch);
}

Test(kafka_list_offsets, latest_is_the_high_watermark_in_the_present_epoch)
{
    write_four();
    ask(9, (struct question){.timestamp = -1});
    expect(0, 4, -1, partition->leader_epoch);
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_SILENT;
    write_four();
    ask(9, (struct question){.timestamp = -1});
    expect(0, 4, -1, partition->leader_epoch);
    ask(9, (struct question){.timestamp = -1, .isolation = 1});
    expect(0, 4, -1, partition->leader_epoch);
    ask(9, (struct question){.timestamp = -1, .replica = 3});
    expect(0, 8, -1, partition->leader_epoch);
}

Test(kafka_list_offsets, earliest_is_the_start_of_the_log_in_its_epoch)
{
    write_four();
    kafka_partition_lead(partition, 2);
    kafka_partition_lead(partition, 1);
    write_four();
    kafka_log_start(&partition->replicas[0].log, 2);
    ask(9, (struct question){.timestamp = -2});
    expect(0, 2, -1, 0);
    ask(9, (struct question){.timestamp = -4});
    expect(0, 2, -1, 0);
    kafka_log_start(&partition->replicas[0].log, 5);
    ask(9, (struct question){.timestamp = -2});
    expect(0, 5, -1, 2);
}

Test(kafka_list_offsets, a_timestamp_finds_the_first_record_that_late)
{
    write_four();
    ask(9, (struct question){.timestamp = 105});
    expect(0, 1, 110, 0);
    ask(9, (struct question){.timestamp = 0});
    expect(0, 0, 100, 0);
    ask(9, (struct question){.timestamp = 121});
    expect(0, -1, -1, -1);
}

Test(kafka_list_offsets, a_record_above_the_high_watermark_is_not_told)
{
    write_four();
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_SILENT;
    test_append(partition, (struct batch_plan){.count = 1, .timestamp_ms = 500});
    ask(9, (struct question){.timestamp = 400});
    expect(0, -1, -1, -1);
    ask(9, (struct question){.timestamp = -3});
    expect(0, -1, -1, -1);
    ask(9, (struct question){.timestamp = 400, .replica = 3});
    expect(0, 4, 500, 0);
}

Test(kafka_list_offsets, the_largest_timestamp_is_that_of_a_record)
{
    ask(9, (struct question){.timestamp = -3});
    expect(0, -1, -1, -1);
    write_four();
    ask(9, (struct question){.timestamp = -3});
    expect(0, 2, 120, 0);
}

Test(kafka_list_offsets, without_remote_storage_there_is_nothing_in_it)
{
    write_four();
    ask(9, (struct question){.timestamp = -5});
    expect(0, -1, -1, -1);
    ask(11, (struct question){.timestamp = -6});
    expect(0, -1, -1, -1);
}

Test(kafka_list_offsets, special_timestamps_need_their_version)
{
    int16_t since[] = {0, 1, 1, 7, 8, 9, 11};
    for (int64_t special = 3; special <= 6; special++) {
        ask((int16_t)(since[special] - 1), (struct question){.timestamp = -special});
        cr_assert_eq(got.error_code, KAFKA_UNSUPPORTED_VERSION, "-%d", (int)special);
        ask(since[special], (struct question){.timestamp = -special});
        cr_assert_eq(got.error_code, 0, "-%d", (int)special);
    }
    ask(11, (struct question){.timestamp = -7});
    expect(KAFKA_UNSUPPORTED_VERSION, -1, -1, -1);
}

Test(kafka_list_offsets, before_version_four_no_leader_epoch_is_told)
{
    write_four();
    ask(3, (struct question){.timestamp = -1});
    expect(0, 4, -1, -1);
}

Test(kafka_list_offsets, what_is_not_here_is_an_error)
{
    ask(9, (struct question){.timestamp = -1, .index = 7});
    expect(KAFKA_UNKNOWN_TOPIC_OR_PARTITION, -1, -1, -1);
    ask(9, (struct question){.timestamp = -1, .topic = "u"});
    expect(KAFKA_UNKNOWN_TOPIC_OR_PARTITION, -1, -1, -1);
    ask(9, (struct question){.timestamp = -1, .broker = 2});
    expect(KAFKA_NOT_LEADER_OR_FOLLOWER, -1, -1, -1);
    ask(9, (struct question){.timestamp = -1, .leader_epoch = 99});
    expect(KAFKA_UNKNOWN_LEADER_EPOCH, -1, -1, -1);
    kafka_partition_lead(partition, 1);
    ask(9, (struct question){.timestamp = -1, .leader_epoch = 1});
    expect(KAFKA_FENCED_LEADER_EPOCH, -1, -1, -1);
}

Test(kafka_list_offsets, the_debugging_consumer_may_ask_a_follower)
{
    write_four();
    ask(9, (struct question){.timestamp = -2, .broker = 2, .replica = -1});
    expect(0, 0, -1, 0);
}

Test(kafka_list_offsets, a_new_leader_whose_high_watermark_lags_tells_no_latest_offset)
{
    write_four();
    partition->replicas[0].high_watermark = 1;
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_SILENT;
    partition->replicas[1].log.end_offset = 1; /* as if it had not said yet that it has the rest */
    kafka_partition_lead(partition, 1);
    ask(5, (struct question){.timestamp = -1});
    expect(KAFKA_OFFSET_NOT_AVAILABLE, -1, -1, -1);
    ask(4, (struct question){.timestamp = -1});
    expect(KAFKA_LEADER_NOT_AVAILABLE, -1, -1, -1);
    ask(5, (struct question){.timestamp = 105});
    expect(KAFKA_OFFSET_NOT_AVAILABLE, -1, -1, -1);
    ask(5, (struct question){.timestamp = 100});
    expect(0, 0, 100, 0);
    ask(5, (struct question){.timestamp = -2});
    expect(0, 0, -1, 0);
    ask(5, (struct question){.timestamp = -1, .replica = 3});
    expect(0, 4, -1, partition->leader_epoch);
    partition->replicas[1].log.end_offset = 4;
}

Test(kafka_list_offsets, a_partition_that_is_asked_for_twice_is_an_error_once)
{
    struct wire_list_offsets_request_partition asked[] = {
        {.partition_index = 0, .current_leader_epoch = -1, .timestamp = -1},
        {.partition_index = 9, .current_leader_epoch = -1, .timestamp = -1},
        {.partition_index = 0, .current_leader_epoch = -1, .timestamp = -2},
    };
    struct wire_list_offsets_request_topic topics[] = {{test_string("t"), {asked, 3}},
                                                       {test_string("t"), {asked, 1}}};
    struct wire_list_offsets_request body = {.replica_id = -1, .topics = {topics, 2}};
    test_ask(&test, 1, LIST_OFFSETS, 9, &body);
    expect(KAFKA_INVALID_REQUEST, -1, -1, -1);
    cr_assert_eq(got_partitions, 2);
    cr_assert_eq(got_topics, 1);
}

static void teardown_old(void)
{
    test_cluster_deinit(&test);
}

static void setup_old(void)
{
    setup();
    bool is_known = kafka_model_of("3.9", &test.cluster->model);
    cr_assert(is_known);
}

TestSuite(kafka_list_offsets_of_old, .init = setup_old, .fini = teardown_old);

static void expect_old(const int64_t *offsets, int32_t count)
{
    cr_assert_eq(got.error_code, 0, "error %d", got.error_code);
    cr_assert_eq(got.old_style_offsets.count, count, "%d offsets", got.old_style_offsets.count);
    for (int32_t i = 0; i < count; i++)
        cr_assert_eq(got_old[i], offsets[i], "offset %d is %lld", i, (long long)got_old[i]);
}

Test(kafka_list_offsets_of_old, latest_lists_the_starts_of_segments_backwards)
{
    test_append(partition, (struct batch_plan){.count = 3});
    kafka_log_roll(&partition->replicas[0].log);
    test_append(partition, (struct batch_plan){.count = 2});
    ask(0, (struct question){.timestamp = -1, .max_num_offsets = 10});
    expect_old((int64_t[]){5, 3, 0}, 3);
    ask(0, (struct question){.timestamp = -1, .max_num_offsets = 1});
    expect_old((int64_t[]){5}, 1);
    ask(0, (struct question){.timestamp = -2, .max_num_offsets = 10});
    expect_old((int64_t[]){0}, 1);
}

Test(kafka_list_offsets_of_old, an_empty_log_has_one_offset)
{
    ask(0, (struct question){.timestamp = -1, .max_num_offsets = 10});
    expect_old((int64_t[]){0}, 1);
}

Test(kafka_list_offsets_of_old, the_high_watermark_stands_for_what_is_beyond_it)
{
    test_append(partition, (struct batch_plan){.count = 3});
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_SILENT;
    kafka_log_roll(&partition->replicas[0].log);
    test_append(partition, (struct batch_plan){.count = 2});
    ask(0, (struct question){.timestamp = -1, .max_num_offsets = 10});
    expect_old((int64_t[]){3, 3, 0}, 3);
}

Test(kafka_list_offsets_of_old, other_special_timestamps_are_unknown)
{
    ask(0, (struct question){.timestamp = -3, .max_num_offsets = 10});
    cr_assert_eq(got.error_code, KAFKA_UNSUPPORTED_VERSION);
}

/* ---- OffsetForLeaderEpoch -------------------------------------------------------------------------------- */

static struct wire_offset_for_leader_epoch_response_epoch_end_offset end;

static void on_epoch_end(const void *answer)
{
    const struct wire_offset_for_leader_epoch_response *response = answer;
    end = response->topics.items[0].partitions.items[0];
}

static void ask_epoch(int32_t broker, int32_t index, int32_t current, int32_t epoch)
{
    struct wire_offset_for_leader_epoch_request_offset_for_leader_partition asked = {
        .partition = index, .current_leader_epoch = current, .leader_epoch = epoch};
    struct wire_offset_for_leader_epoch_request_offset_for_leader_topic topic = {test_string("t"),
                                                                                 {&asked, 1}};
    struct wire_offset_for_leader_epoch_request body = {.replica_id = -1, .topics = {&topic, 1}};
    test_on_answer = on_epoch_end;
    test_ask(&test, broker, OFFSET_FOR_LEADER_EPOCH, 4, &body);
}

static void expect_end(int16_t error, int32_t epoch, int64_t offset)
{
    cr_assert_eq(end.error_code, error, "error %d", end.error_code);
    cr_assert_eq(end.leader_epoch, epoch, "epoch %d", end.leader_epoch);
    cr_assert_eq(end.end_offset, offset, "offset %lld", (long long)end.end_offset);
}

Test(kafka_list_offsets, the_end_of_an_epoch_is_told)
{
    write_four();
    kafka_partition_lead(partition, 2);
    kafka_partition_lead(partition, 1);
    write_four();
    ask_epoch(1, 0, -1, 0);
    expect_end(0, 0, 4);
    ask_epoch(1, 0, 2, 1);
    expect_end(0, 0, 4);
    ask_epoch(1, 0, 2, 2);
    expect_end(0, 2, 8);
    ask_epoch(1, 0, 2, 3);
    expect_end(0, -1, -1);
}

Test(kafka_list_offsets, the_end_of_an_epoch_is_told_by_the_leader_to_who_knows_it)
{
    kafka_partition_lead(partition, 1);
    ask_epoch(1, 0, 0, 0);
    expect_end(KAFKA_FENCED_LEADER_EPOCH, -1, -1);
    ask_epoch(1, 0, 2, 0);
    expect_end(KAFKA_UNKNOWN_LEADER_EPOCH, -1, -1);
    ask_epoch(2, 0, -1, 0);
    expect_end(KAFKA_NOT_LEADER_OR_FOLLOWER, -1, -1);
    ask_epoch(1, 5, -1, 0);
    expect_end(KAFKA_UNKNOWN_TOPIC_OR_PARTITION, -1, -1);
}
