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
