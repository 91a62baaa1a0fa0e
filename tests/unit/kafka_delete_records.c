/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_delete_records: DeleteRecords, its errors and its waiting. */
#include <criterion/criterion.h>
#include "tests/unit/kafka_cluster.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/errors.h"

enum { DELETE_RECORDS = 21 };

static struct test_cluster test;
static struct kafka_partition *partition;
static struct wire_delete_records_response_partition_result got;
static int32_t got_count;

static void on_deleted(const void *answer)
{
    const struct wire_delete_records_response *response = answer;
    got = response->topics.items[0].partitions.items[0];
    got_count = response->topics.items[0].partitions.count;
}

static void setup(void)
{
    test_cluster_init(&test, 2, NULL);
    partition = test_topic(&test, "t", 2, (const char *const[]){"retention.ms=-1", NULL});
    test_on_answer = on_deleted;
    for (int i = 0; i < 3; i++)
        test_append(partition, (struct batch_plan){.count = 5});
}

static void teardown(void)
{
    test_cluster_deinit(&test);
}

TestSuite(kafka_delete_records, .init = setup, .fini = teardown);

/* The body lives as long as the request waits. */
static struct wire_delete_records_request_partition asked[2];
static struct wire_delete_records_request_topic topic;
static struct wire_delete_records_request body;

static void ask_named(const char *name, int32_t broker, int32_t index, int64_t offset)
{
    asked[0] = (struct wire_delete_records_request_partition){.partition_index = index, .offset = offset};
    topic = (struct wire_delete_records_request_topic){test_string(name), {asked, 1}};
    body = (struct wire_delete_records_request){.topics = {&topic, 1}, .timeout_ms = 1000};
    test_ask(&test, broker, DELETE_RECORDS, 2, &body);
}

static void ask(int64_t offset)
{
    ask_named("t", 1, 0, offset);
}

static void expect(int16_t error, int64_t low_watermark)
{
    cr_assert_eq(got.error_code, error, "error %d", got.error_code);
    cr_assert_eq(got.low_watermark, low_watermark, "low watermark %lld", (long long)got.low_watermark);
}

Test(kafka_delete_records, records_below_the_offset_are_gone_on_all_replicas)
{
    ask(7);
    expect(0, 7);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(partition->replicas[i].log.start_offset, 7);
    ask(3);
    expect(0, 7);
}

Test(kafka_delete_records, minus_one_is_the_high_watermark)
{
    ask(-1);
    expect(0, 15);
}

Test(kafka_delete_records, above_the_high_watermark_and_below_minus_one_is_out_of_range)
{
    ask(16);
    expect(KAFKA_OFFSET_OUT_OF_RANGE, -1);
    ask(-2);
    expect(KAFKA_OFFSET_OUT_OF_RANGE, -1);
    cr_assert_eq(partition->replicas[0].log.start_offset, 0);
}

Test(kafka_delete_records, a_compacted_topic_refuses_and_one_that_is_also_deleted_does_not)
{
    test_topic(&test, "c", 1, (const char *const[]){"cleanup.policy=compact", NULL});
    test_topic(&test, "cd", 1, (const char *const[]){"cleanup.policy=compact,delete", NULL});
    ask_named("c", 1, 0, 0);
    expect(KAFKA_POLICY_VIOLATION, -1);
    ask_named("cd", 1, 0, 0);
    expect(0, 0);
}

Test(kafka_delete_records, an_internal_topic_is_left_alone)
{
    test_topic(&test, "i", 1, NULL)->topic->is_internal = true;
    ask_named("i", 1, 0, 0);
    expect(KAFKA_INVALID_TOPIC_EXCEPTION, -1);
}

Test(kafka_delete_records, what_is_not_here_is_an_error)
{
    ask_named("t", 1, 4, 0);
    expect(KAFKA_UNKNOWN_TOPIC_OR_PARTITION, -1);
    ask_named("u", 1, 0, 0);
    expect(KAFKA_UNKNOWN_TOPIC_OR_PARTITION, -1);
    ask_named("t", 2, 0, 0);
    expect(KAFKA_NOT_LEADER_OR_FOLLOWER, -1);
}

Test(kafka_delete_records, it_waits_for_a_silent_replica)
{
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_SILENT;
    ask(7);
    cr_assert_eq(test.answers, 0);
    cr_assert_eq(partition->replicas[0].log.start_offset, 7, "the leader has deleted");
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_UP;
    kafka_partition_replicate(partition);
    test_advance_ms(&test, 0);
    kafka_waiters_settle(&test.cluster->touched);
    cr_assert_eq(test.answers, 1);
    expect(0, 7);
}

Test(kafka_delete_records, a_replica_that_is_down_does_not_count)
{
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_DOWN;
    ask(7);
    expect(0, 7);
}

Test(kafka_delete_records, it_times_out_though_the_leader_has_deleted)
{
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_SILENT;
    ask(7);
    test_advance_ms(&test, 999);
    cr_assert_eq(test.answers, 0);
    test_advance_ms(&test, 1);
    cr_assert_eq(test.answers, 1);
    expect(KAFKA_REQUEST_TIMED_OUT, 0);
}

Test(kafka_delete_records, who_waits_is_told_of_another_leader)
{
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_SILENT;
    ask(7);
    kafka_partition_lead(partition, 2);
    kafka_waiters_settle(&test.cluster->touched);
    cr_assert_eq(test.answers, 1);
    expect(KAFKA_NOT_LEADER_OR_FOLLOWER, -1);
}

Test(kafka_delete_records, who_waits_is_told_that_the_topic_is_gone)
{
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_SILENT;
    ask(7);
    kafka_topic_free(partition->topic);
    kafka_waiters_settle(&test.cluster->touched);
    cr_assert_eq(test.answers, 1);
    expect(KAFKA_UNKNOWN_TOPIC_OR_PARTITION, -1);
}

Test(kafka_delete_records, of_two_offsets_for_one_partition_the_last_counts)
{
    asked[0] = (struct wire_delete_records_request_partition){.partition_index = 0, .offset = 12};
    asked[1] = (struct wire_delete_records_request_partition){.partition_index = 0, .offset = 3};
    topic = (struct wire_delete_records_request_topic){test_string("t"), {asked, 2}};
    body = (struct wire_delete_records_request){.topics = {&topic, 1}, .timeout_ms = 1000};
    test_ask(&test, 1, DELETE_RECORDS, 2, &body);
    expect(0, 3);
    cr_assert_eq(got_count, 1);
}
