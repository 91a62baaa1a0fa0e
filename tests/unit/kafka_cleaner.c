/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_cleaner: what brokers delete and compact by themselves, and when they wake up for it. */
#include <criterion/criterion.h>
#include "tests/unit/kafka_cluster.h"

static struct test_cluster test;

enum { CHECK_MS = 300000, CHECK_DELAY_MS = 30000, BACKOFF_MS = 15000, DAY_MS = 86400000 };

static int64_t next_ms(void)
{
    int64_t next_ns = kafka_cluster_next_ns(test.cluster);
    return next_ns == INT64_MAX ? INT64_MAX : next_ns / 1000000;
}

static struct kafka_log *log_of(struct kafka_partition *partition)
{
    return &kafka_partition_leader(partition)->log;
}

static struct batch_plan at(int64_t timestamp_ms)
{
    return (struct batch_plan){.count = 1, .timestamp_ms = timestamp_ms};
}

static struct batch_plan keyed(int64_t timestamp_ms)
{
    static const char *const keys[] = {"k"};
    return (struct batch_plan){.count = 1, .timestamp_ms = timestamp_ms, .keys = keys};
}

Test(kafka_cleaner, an_idle_cluster_never_wakes_up)
{
    test_cluster_init(&test, 3, NULL);
    test_topic(&test, "t", 3, NULL);
    cr_assert_eq(next_ms(), INT64_MAX);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, it_wakes_at_the_check_at_which_the_oldest_segment_is_too_old)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition =
        test_topic(&test, "t", 1, (const char *const[]){"retention.ms=1000000", NULL});
    test_append(partition, at(TEST_START_MS));
    int64_t too_old_ms = TEST_START_MS + 1000000 + 1;
    int64_t check_ms = TEST_START_MS + CHECK_DELAY_MS + 4 * CHECK_MS;
    cr_assert(check_ms >= too_old_ms && check_ms - CHECK_MS < too_old_ms);
    cr_assert_eq(next_ms(), check_ms);
    test_advance_ms(&test, check_ms - TEST_START_MS - 1);
    cr_assert_eq(log_of(partition)->start_offset, 0);
    test_advance_ms(&test, 1);
    cr_assert_eq(log_of(partition)->start_offset, 1, "the active segment, too");
    cr_assert_eq(log_of(partition)->count, 0);
    cr_assert_eq(next_ms(), INT64_MAX, "and it sleeps again");
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, a_segment_as_old_as_retention_ms_lives_until_the_next_check)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition =
        test_topic(&test, "t", 1, (const char *const[]){"retention.ms=30000", NULL});
    test_append(partition, at(TEST_START_MS));
    cr_assert_eq(next_ms(), TEST_START_MS + CHECK_DELAY_MS + CHECK_MS);
    kafka_cleaner_plan(&test.cluster->cleaner, partition);
    cr_assert_eq(next_ms(), TEST_START_MS + CHECK_DELAY_MS + CHECK_MS);
    test_advance_ms(&test, CHECK_DELAY_MS);
    kafka_cleaner_run(test.cluster);
    cr_assert_eq(log_of(partition)->start_offset, 0);
    test_advance_ms(&test, CHECK_MS);
    cr_assert_eq(log_of(partition)->start_offset, 1);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, a_segment_lives_as_long_as_its_youngest_record)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition =
        test_topic(&test, "t", 1, (const char *const[]){"retention.ms=1000", NULL});
    test_append(partition, at(TEST_START_MS));
    test_append(partition, at(TEST_START_MS + CHECK_DELAY_MS));
    test_advance_ms(&test, CHECK_DELAY_MS);
    cr_assert_eq(log_of(partition)->start_offset, 0);
    test_advance_ms(&test, CHECK_MS);
    cr_assert_eq(log_of(partition)->start_offset, 2);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, only_segments_in_front_are_deleted_and_followers_follow)
{
    test_cluster_init(&test, 3, NULL);
    struct kafka_partition *partition =
        test_topic(&test, "t", 3, (const char *const[]){"retention.ms=1000", "segment.ms=1", NULL});
    test_append(partition, at(TEST_START_MS));
    test_append(partition, at(TEST_START_MS + CHECK_DELAY_MS));
    test_append(partition, at(TEST_START_MS + 10));
    test_append(partition, at(TEST_START_MS + CHECK_DELAY_MS));
    test_advance_ms(&test, CHECK_DELAY_MS);
    for (int32_t i = 0; i < 3; i++)
        cr_assert_eq(partition->replicas[i].log.start_offset, 1, "replica %d", i);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, retention_bytes_deletes_segments_that_are_too_many)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition = test_topic(
        &test, "t", 1, (const char *const[]){"retention.bytes=150", "segment.ms=1", "retention.ms=-1", NULL});
    for (int i = 0; i < 4; i++)
        test_append(partition, at(TEST_START_MS + i * 2));
    uint64_t each = log_of(partition)->bytes / 4;
    cr_assert(each * 2 < 150 && each * 3 > 150);
    test_advance_ms(&test, CHECK_DELAY_MS);
    cr_assert_eq(log_of(partition)->count, 3, "one less would be below retention.bytes");
    cr_assert_eq(next_ms(), INT64_MAX);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, unlimited_retention_sleeps)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition =
        test_topic(&test, "t", 1, (const char *const[]){"retention.ms=-1", NULL});
    test_append(partition, at(TEST_START_MS));
    cr_assert_eq(next_ms(), INT64_MAX);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, the_largest_retention_does_not_overflow)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition =
        test_topic(&test, "t", 1, (const char *const[]){"retention.ms=9223372036854775807", NULL});
    test_append(partition, at(TEST_START_MS));
    cr_assert_eq(next_ms(), INT64_MAX);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, what_is_not_committed_is_not_deleted)
{
    test_cluster_init(&test, 2, NULL);
    struct kafka_partition *partition =
        test_topic(&test, "t", 2, (const char *const[]){"retention.ms=1000", NULL});
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_SILENT;
    test_append(partition, at(TEST_START_MS));
    cr_assert_eq(partition->replicas[0].high_watermark, 0);
    test_advance_ms(&test, CHECK_DELAY_MS);
    cr_assert_eq(log_of(partition)->start_offset, 0);
    kafka_broker_of(test.cluster, 2)->state = KAFKA_BROKER_UP;
    kafka_partition_replicate(partition);
    test_advance_ms(&test, CHECK_MS);
    cr_assert_eq(log_of(partition)->start_offset, 1, "at the next check it is");
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, a_compacted_topic_is_compacted_at_the_next_backoff_and_not_before_a_segment_is_rolled)
{
    test_cluster_init(&test, 2, NULL);
    struct kafka_partition *partition = test_topic(
        &test, "t", 2,
        (const char *const[]){"cleanup.policy=compact", "segment.ms=1", "min.cleanable.dirty.ratio=0", NULL});
    test_append(partition, keyed(TEST_START_MS));
    cr_assert_eq(next_ms(), INT64_MAX, "all is in the active segment");
    test_append(partition, keyed(TEST_START_MS + 2));
    test_append(partition, keyed(TEST_START_MS + 4));
    cr_assert_eq(next_ms(), TEST_START_MS + BACKOFF_MS);
    test_advance_ms(&test, BACKOFF_MS);
    for (int32_t i = 0; i < 2; i++)
        cr_assert_str_eq(log_text(&partition->replicas[i].log), "1:k=v 2:k=v ");
    cr_assert_eq(kafka_log_entry(&partition->replicas[0].log, 0)->batch,
                 kafka_log_entry(&partition->replicas[1].log, 0)->batch, "still shared");
    cr_assert_eq(next_ms(), INT64_MAX);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, max_compaction_lag_ms_wakes_it)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition = test_topic(
        &test, "t", 1,
        (const char *const[]){"cleanup.policy=compact", "segment.ms=1", "min.cleanable.dirty.ratio=1.0",
                              "max.compaction.lag.ms=100000", NULL});
    test_append(partition, keyed(TEST_START_MS));
    test_append(partition, keyed(TEST_START_MS + 2));
    test_advance_ms(&test, BACKOFF_MS);
    cr_assert_eq(log_of(partition)->clean_offset, 0, "the ratio is not passed");
    cr_assert_eq(next_ms(), TEST_START_MS + 7 * BACKOFF_MS);
    test_advance_ms(&test, 6 * BACKOFF_MS);
    cr_assert_eq(log_of(partition)->clean_offset, 1);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, a_compacted_and_deleted_topic_is_deleted_from_with_the_compaction)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition = test_topic(
        &test, "t", 1, (const char *const[]){"cleanup.policy=compact,delete", "retention.ms=1000", NULL});
    test_append(partition, keyed(TEST_START_MS));
    cr_assert_eq(next_ms(), TEST_START_MS + BACKOFF_MS);
    test_advance_ms(&test, BACKOFF_MS);
    cr_assert_eq(log_of(partition)->start_offset, 1);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, idle_producers_are_forgotten_after_a_day)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition =
        test_topic(&test, "t", 1, (const char *const[]){"retention.ms=-1", NULL});
    struct batch_plan plan = at(TEST_START_MS);
    plan.has_producer = true;
    plan.producer_id = 7;
    test_append(partition, plan);
    cr_assert_eq(next_ms(), TEST_START_MS + DAY_MS);
    test_advance_ms(&test, DAY_MS - 1);
    cr_assert_not_null(kafka_producers_find(&log_of(partition)->producers, 7));
    test_advance_ms(&test, 1);
    cr_assert_null(kafka_producers_find(&log_of(partition)->producers, 7));
    cr_assert_eq(next_ms(), INT64_MAX);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, a_producer_with_an_open_transaction_is_not_forgotten)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition =
        test_topic(&test, "t", 1, (const char *const[]){"retention.ms=-1", NULL});
    struct batch_plan plan = at(TEST_START_MS);
    plan.has_producer = plan.is_transactional = true;
    plan.producer_id = 7;
    test_append(partition, plan);
    test_advance_ms(&test, 2 * DAY_MS);
    cr_assert_not_null(kafka_producers_find(&log_of(partition)->producers, 7));
    cr_assert_eq(kafka_partition_last_stable(&partition->replicas[0]), 0);
    plan.is_transactional = false;
    plan.is_marker = true;
    plan.timestamp_ms = kafka_cluster_now_ms(test.cluster);
    test_append(partition, plan);
    test_advance_ms(&test, DAY_MS);
    cr_assert_null(kafka_producers_find(&log_of(partition)->producers, 7), "a day after its marker");
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, an_open_transaction_is_not_compacted)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition = test_topic(
        &test, "t", 1,
        (const char *const[]){"cleanup.policy=compact", "segment.ms=1", "min.cleanable.dirty.ratio=0", NULL});
    struct batch_plan plan = keyed(TEST_START_MS + 2);
    plan.has_producer = plan.is_transactional = true;
    plan.producer_id = 7;
    test_append(partition, keyed(TEST_START_MS));
    test_append(partition, plan);
    test_append(partition, keyed(TEST_START_MS + 4));
    test_append(partition, keyed(TEST_START_MS + 6));
    test_advance_ms(&test, 2 * BACKOFF_MS);
    cr_assert_eq(log_of(partition)->clean_offset, 1);
    plan.is_transactional = false;
    plan.is_marker = true;
    plan.timestamp_ms = TEST_START_MS + 8;
    test_append(partition, plan);
    test_advance_ms(&test, BACKOFF_MS);
    cr_assert_eq(log_of(partition)->clean_offset, 4);
    test_cluster_deinit(&test);
}

Test(kafka_cleaner, a_shorter_retention_is_planned_anew)
{
    test_cluster_init(&test, 1, NULL);
    struct kafka_partition *partition = test_topic(&test, "t", 1, NULL);
    test_append(partition, at(TEST_START_MS));
    char error[1024];
    cr_assert(kafka_config_set(&partition->topic->config, test.cluster, test_string("retention.ms"),
                               test_string("1000"), error, sizeof error));
    kafka_cleaner_plan(&test.cluster->cleaner, partition);
    cr_assert_eq(next_ms(), TEST_START_MS + CHECK_DELAY_MS);
    test_cluster_deinit(&test);
}
