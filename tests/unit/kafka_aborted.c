/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_aborted: what readers of committed data get, and which transactions they are told to leave out. */
#include <criterion/criterion.h>
#include <string.h>
#include "tests/unit/kafka_partition_scene.h"
#include "sim/kafka/bug.h"

static const char *const unverified[] = {"transaction.partition.verification.enable=false", NULL};

/* 0..1 of 7, 2 of 8, 3 plain, 4 aborts 7, 5 commits 8. */
static struct scene two_transactions(void)
{
    struct scene scene = scene_new("4.3", 1, unverified);
    scene_produce(&scene, (struct scene_batch){.id = 7, .count = 2});
    scene_produce(&scene, (struct scene_batch){.id = 8});
    scene_produce(&scene, (struct scene_batch){.id = 9, .is_plain = true});
    scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
    scene_mark(&scene, (struct scene_marker){.id = 8});
    return scene;
}

Test(kafka_aborted, a_reader_of_committed_data_gets_all_below_the_last_stable_offset_and_is_told_who_aborted)
{
    struct scene scene = two_transactions();
    const struct wire_fetch_response_partition *answer = scene_fetch(&scene, (struct scene_fetch){0});
    cr_assert_str_eq(scene_batches(answer->records), "0..1 2..2 3..3 4..4 5..5");
    cr_assert_str_eq(scene_aborted(answer), "7@0");
    cr_assert_eq(answer->last_stable_offset, 6);
    cr_assert_eq(answer->high_watermark, 6);
    scene_free(&scene);
}

Test(kafka_aborted, a_reader_of_anything_is_told_nothing)
{
    struct scene scene = two_transactions();
    const struct wire_fetch_response_partition *answer =
        scene_fetch(&scene, (struct scene_fetch){.is_uncommitted = true});
    cr_assert_str_eq(scene_batches(answer->records), "0..1 2..2 3..3 4..4 5..5");
    cr_assert_str_eq(scene_aborted(answer), "null");
    scene_free(&scene);
}

Test(kafka_aborted, an_open_transaction_is_not_read)
{
    struct scene scene = two_transactions();
    scene_produce(&scene, (struct scene_batch){.id = 8, .sequence = 1});
    scene_produce(&scene, (struct scene_batch){.id = 9, .sequence = 1, .is_plain = true});
    const struct wire_fetch_response_partition *answer =
        scene_fetch(&scene, (struct scene_fetch){.offset = 5});
    cr_assert_str_eq(scene_batches(answer->records), "5..5");
    cr_assert_eq(answer->last_stable_offset, 6);
    cr_assert_eq(answer->high_watermark, 8);
    answer = scene_fetch(&scene, (struct scene_fetch){.offset = 6});
    cr_assert_str_eq(scene_batches(answer->records), "");
    cr_assert_str_eq(scene_aborted(answer), "");
    scene_free(&scene);
}

Test(kafka_aborted, a_fetch_that_has_waited_is_told_too_unless_that_rule_is_off)
{
    for (int is_omitted = 0; is_omitted < 2; is_omitted++) {
        struct scene scene = scene_new("4.3", 1, unverified);
        scene.fixture->cluster->model.bugs = is_omitted ? 1U << KAFKA_BUG_OMITS_ABORTED_LIST : 0;
        scene_produce(&scene, (struct scene_batch){.id = 7});
        int token = scene_send_fetch(&scene, (struct scene_fetch){.wait_ms = 1000});
        cr_assert_null(scene_fetched(&scene, token), "nothing is decided");
        scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
        const struct wire_fetch_response_partition *answer = scene_fetched(&scene, token);
        cr_assert_not_null(answer);
        cr_assert_str_eq(scene_batches(answer->records), "0..0 1..1");
        cr_assert_str_eq(scene_aborted(answer), is_omitted ? "" : "7@0");
        answer = scene_fetch(&scene, (struct scene_fetch){0});
        cr_assert_str_eq(scene_aborted(answer), "7@0", "of one that has not waited");
        scene_free(&scene);
    }
}

Test(kafka_aborted, a_fetch_of_committed_data_does_not_wake_for_data_that_is_open)
{
    struct scene scene = scene_new("4.3", 1, unverified);
    int token = scene_send_fetch(&scene, (struct scene_fetch){.wait_ms = 1000});
    int any = scene_send_fetch(&scene, (struct scene_fetch){.wait_ms = 1000, .is_uncommitted = true});
    scene_produce(&scene, (struct scene_batch){.id = 7});
    cr_assert_null(scene_fetched(&scene, token));
    cr_assert_not_null(scene_fetched(&scene, any));
    kafka_fixture_advance_ms(scene.fixture, 1000);
    cr_assert_str_eq(scene_batches(scene_fetched(&scene, token)->records), "");
    cr_assert_str_eq(scene_aborted(scene_fetched(&scene, token)), "");
    scene_free(&scene);
}

Test(kafka_aborted, only_transactions_that_reach_into_what_was_read_are_told)
{
    struct scene scene = two_transactions();
    cr_assert_str_eq(scene_aborted(scene_fetch(&scene, (struct scene_fetch){.offset = 4})), "7@0",
                     "the marker");
    cr_assert_str_eq(scene_aborted(scene_fetch(&scene, (struct scene_fetch){.offset = 5})), "");
    cr_assert_str_eq(scene_aborted(scene_fetch(&scene, (struct scene_fetch){.offset = 6})), "");
    scene_free(&scene);
}

Test(kafka_aborted, who_waits_for_data_to_be_decided_is_told_nothing_of_what_lies_behind)
{
    struct scene scene = scene_new("4.3", 1, unverified);
    scene_produce(&scene, (struct scene_batch){.id = 9, .is_plain = true});
    scene_produce(&scene, (struct scene_batch){.id = 8});
    scene_produce(&scene, (struct scene_batch){.id = 7});
    scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
    cr_assert_str_eq(scene_aborted(scene_fetch(&scene, (struct scene_fetch){.offset = 1})), "");
    cr_assert_str_eq(scene_aborted(scene_fetch(&scene, (struct scene_fetch){.offset = 0})), "7@2",
                     "as far as the segment goes");
    scene_free(&scene);
}

Test(kafka_aborted, who_has_diverged_gets_no_list)
{
    struct scene scene = two_transactions();
    int32_t epoch = scene.partition->leader_epoch;
    struct kafka_log *log = &scene_leader(&scene)->log;
    kafka_log_begin_epoch(log, epoch + 2);
    const struct wire_fetch_response_partition *answer =
        scene_fetch(&scene, (struct scene_fetch){.offset = 6, .fetched_epoch = epoch + 2});
    cr_assert_eq(answer->diverging_epoch.epoch, epoch);
    cr_assert_str_eq(scene_aborted(answer), "null");
    scene_free(&scene);
}

/* The offset index knows a batch every 4 KiB: what is told reaches up to there. */
Test(kafka_aborted, transactions_far_behind_what_was_read_are_not_told)
{
    struct scene scene = scene_new("4.3", 1, unverified);
    enum { TRANSACTIONS = 200 };
    for (int i = 0; i < TRANSACTIONS; i++) {
        scene_produce(&scene, (struct scene_batch){.id = 7, .sequence = i});
        scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
    }
    const struct wire_fetch_response_partition *answer =
        scene_fetch(&scene, (struct scene_fetch){.partition_bytes = 1});
    cr_assert_str_eq(scene_batches(answer->records), "0..0");
    uint64_t bytes = 0;
    int64_t upper_offset = 0;
    while (bytes <= KAFKA_LOG_INDEX_BYTES)
        bytes += kafka_log_entry(&scene_leader(&scene)->log, (size_t)upper_offset++)->batch->bytes;
    cr_assert_lt(upper_offset, 2 * TRANSACTIONS);
    cr_assert_eq(answer->aborted_transactions.count, (upper_offset + 1) / 2);
    scene_free(&scene);
}

Test(kafka_aborted, a_segment_ends_what_is_told)
{
    const char *const settings[] = {unverified[0], "log.segment.bytes=1048576", NULL};
    struct scene scene = scene_new("4.3", 1, settings);
    struct kafka_log *log = &scene_leader(&scene)->log;
    scene_produce(&scene, (struct scene_batch){.id = 7});
    kafka_log_roll(log);
    scene_produce(&scene, (struct scene_batch){.id = 8});
    scene_mark(&scene, (struct scene_marker){.id = 8, .is_abort = true});
    scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
    const struct wire_fetch_response_partition *answer =
        scene_fetch(&scene, (struct scene_fetch){.partition_bytes = 1});
    cr_assert_str_eq(scene_aborted(answer), "7@0");
    answer = scene_fetch(&scene, (struct scene_fetch){.offset = 1, .partition_bytes = 1});
    cr_assert_str_eq(scene_aborted(answer), "8@1 7@0", "in the order of their markers");
    scene_free(&scene);
}

Test(kafka_aborted, an_empty_transaction_is_not_told)
{
    struct scene scene = scene_new("4.3", 1, unverified);
    scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
    cr_assert_str_eq(scene_aborted(scene_fetch(&scene, (struct scene_fetch){0})), "");
    scene_free(&scene);
}

Test(kafka_aborted, clients_of_old_get_all_data_and_no_marker)
{
    struct scene scene = scene_new("3.9", 1, unverified);
    scene_produce(&scene, (struct scene_batch){.id = 7});
    scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
    scene_produce(&scene, (struct scene_batch){.id = 7, .sequence = 1});
    const struct wire_fetch_response_partition *answer =
        scene_fetch(&scene, (struct scene_fetch){.version = 3, .is_uncommitted = true});
    cr_assert_eq(answer->high_watermark, 3);
    cr_assert_eq(answer->records.data[16], 1, "a message set");
    struct wire_batch message;
    struct wire_error error;
    size_t position = 0;
    int64_t offsets[3];
    int count = 0;
    while (count < 3 && wire_batch_next(answer->records, &position, &message, &error) == WIRE_NEXT)
        offsets[count++] = message.base_offset;
    cr_assert_eq(count, 2);
    cr_assert_eq(offsets[0], 0);
    cr_assert_eq(offsets[1], 2, "open, and aborted: they see both");
    scene_free(&scene);
}

static struct wire_list_offsets_response_partition latest(const struct scene *scene, int8_t isolation,
                                                          int64_t timestamp)
{
    struct wire_list_offsets_request_partition partition = {
        .partition_index = 0, .current_leader_epoch = -1, .timestamp = timestamp};
    struct wire_list_offsets_request_topic topic = {.name = kafka_fixture_string("t")};
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    struct wire_list_offsets_request body;
    KAFKA_FIXTURE_BODY(list_offsets, body);
    body.replica_id = -1;
    body.isolation_level = isolation;
    KAFKA_FIXTURE_ONE(body.topics, topic);
    const struct wire_list_offsets_response *response =
        kafka_fixture_ask(scene->fixture, scene->partition->leader, SCENE_LIST_OFFSETS, 7, &body);
    return response->topics.items[0].partitions.items[0];
}

Test(kafka_aborted, the_latest_offset_of_committed_data_is_the_last_stable_one)
{
    struct scene scene = two_transactions();
    int64_t now_ms = kafka_cluster_now_ms(scene.fixture->cluster);
    kafka_fixture_advance_ms(scene.fixture, 5);
    scene_produce(&scene, (struct scene_batch){.id = 7, .sequence = 2});
    cr_assert_eq(latest(&scene, 0, -1).offset, 7);
    cr_assert_eq(latest(&scene, 1, -1).offset, 6);
    cr_assert_eq(latest(&scene, 0, now_ms + 1).offset, 6, "by time");
    cr_assert_eq(latest(&scene, 1, now_ms + 1).offset, -1);
    cr_assert_eq(latest(&scene, 1, now_ms).offset, 0);
    scene_free(&scene);
}

Test(kafka_aborted, a_follower_tells_the_same)
{
    struct scene scene = scene_new("4.3", 3, unverified);
    scene_produce(&scene, (struct scene_batch){.id = 7});
    scene_mark(&scene, (struct scene_marker){.id = 7, .is_abort = true});
    scene_produce(&scene, (struct scene_batch){.id = 8});
    scene_produce(&scene, (struct scene_batch){.id = 9, .is_plain = true});
    kafka_fixture_advance_ms(scene.fixture, 5000);
    for (int32_t broker = 1; broker <= 3; broker++) {
        const struct wire_fetch_response_partition *answer =
            scene_fetch(&scene, (struct scene_fetch){.broker = broker});
        cr_assert_str_eq(scene_batches(answer->records), "0..0 1..1", "broker %d", (int)broker);
        cr_assert_str_eq(scene_aborted(answer), "7@0", "broker %d", (int)broker);
        cr_assert_eq(answer->last_stable_offset, 2, "broker %d", (int)broker);
    }
    scene_free(&scene);
}
