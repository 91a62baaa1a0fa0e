/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_compaction: which records are left when a log is compacted. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/kafka_batches.h"
#include "sim/kafka/compaction.h"

/* A log whose inactive segments are one batch each. */
struct scene {
    struct kafka_log log;
    struct kafka_config config;
};

static void scene_init(struct scene *scene)
{
    memset(&scene->log, 0, sizeof scene->log);
    scene->config = config_plain();
    scene->config.is_compacted = true;
    scene->config.min_cleanable_dirty_ratio = 0;
}

/* Appends a segment with one batch; text: "a=1 b=2 c~ =9". */
static void write_plan(struct scene *scene, const char *text, struct batch_plan plan)
{
    char copy[256], *keys[16], *values[16];
    plan.count = 0;
    strcpy(copy, text);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        char *sign = strpbrk(word, "=~");
        values[plan.count] = *sign == '=' ? sign + 1 : NULL;
        *sign = 0;
        keys[plan.count++] = *word ? word : NULL;
    }
    plan.base_offset = scene->log.end_offset;
    plan.keys = (const char *const *)keys;
    plan.values = (const char *const *)values;
    batch_append(&scene->log, &plan, &scene->config);
    kafka_log_roll(&scene->log);
}

static void write(struct scene *scene, const char *text)
{
    write_plan(scene, text, (struct batch_plan){.timestamp_ms = 1000});
}

static bool compact(struct scene *scene, int64_t now_ms)
{
    struct kafka_compaction compaction;
    if (!kafka_compaction_find(&scene->log, &scene->config, INT64_MAX, now_ms, &compaction) ||
        !kafka_compaction_is_due(&compaction, &scene->config, now_ms))
        return false;
    kafka_compaction_run(&scene->log, &compaction, &scene->config, &batch_codecs, now_ms);
    return true;
}

Test(kafka_compaction, the_last_record_of_each_key_stays_at_its_offset)
{
    struct scene scene;
    scene_init(&scene);
    write(&scene, "a=1 b=1 a=2");
    write(&scene, "b=2 c=1");
    write(&scene, "a=3 d=1");
    cr_assert(compact(&scene, 2000));
    cr_assert_str_eq(log_text(&scene.log), "3:b=2 4:c=1 5:a=3 6:d=1 ");
    cr_assert_eq(scene.log.end_offset, 7);
    cr_assert_eq(scene.log.clean_offset, 7);
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, a_batch_keeps_its_offsets_though_records_go)
{
    struct scene scene;
    scene_init(&scene);
    write(&scene, "a=1 b=1 c=1");
    write(&scene, "a=2 c=2");
    compact(&scene, 2000);
    cr_assert_str_eq(log_text(&scene.log), "1:b=1 3:a=2 4:c=2 ");
    const struct kafka_log_entry *entry = kafka_log_entry(&scene.log, 0);
    cr_assert(entry->base_offset == 0 && entry->last_offset == 2);
    struct wire_batch batch;
    cr_assert(kafka_batch_read(entry->batch, &batch), "and its CRC is right");
    cr_assert(batch.record_count == 1 && batch.last_offset_delta == 2);
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, records_without_a_key_go)
{
    struct scene scene;
    scene_init(&scene);
    write(&scene, "=1 a=1");
    write(&scene, "b=1");
    compact(&scene, 2000);
    cr_assert_str_eq(log_text(&scene.log), "1:a=1 2:b=1 ");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, the_active_segment_is_left_alone)
{
    struct scene scene;
    scene_init(&scene);
    write(&scene, "a=1");
    batch_append(&scene.log,
                 &(struct batch_plan){.base_offset = 1,
                                      .count = 1,
                                      .keys = (const char *const[]){"a"},
                                      .values = (const char *const[]){"2"}},
                 &scene.config);
    compact(&scene, 2000);
    cr_assert_str_eq(log_text(&scene.log), "0:a=1 1:a=2 ");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, nothing_beyond_the_last_stable_offset_is_touched)
{
    struct scene scene;
    scene_init(&scene);
    write(&scene, "a=1");
    write(&scene, "a=2");
    struct kafka_compaction compaction;
    cr_assert(kafka_compaction_find(&scene.log, &scene.config, 1, 0, &compaction));
    cr_assert_eq(compaction.end, 1);
    cr_assert_not(kafka_compaction_find(&scene.log, &scene.config, 0, 0, &compaction));
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, a_tombstone_stays_for_delete_retention_ms_from_its_first_cleaning_on)
{
    struct scene scene;
    scene_init(&scene);
    scene.config.delete_retention_ms = 500;
    write(&scene, "a=1 b=1");
    write(&scene, "a~");
    write(&scene, "x=1");
    compact(&scene, 2000);
    cr_assert_str_eq(log_text(&scene.log), "1:b=1 2:a~ 3:x=1 ");
    write(&scene, "x=2");
    cr_assert(compact(&scene, 2499));
    cr_assert_str_eq(log_text(&scene.log), "1:b=1 2:a~ 4:x=2 ");
    write(&scene, "x=3");
    cr_assert(compact(&scene, 2500));
    cr_assert_str_eq(log_text(&scene.log), "1:b=1 5:x=3 ");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, a_delete_horizon_does_not_change_timestamps)
{
    struct scene scene;
    scene_init(&scene);
    write_plan(&scene, "a~ b=1", (struct batch_plan){.timestamp_ms = 1000, .step_ms = 7});
    write(&scene, "c=1");
    compact(&scene, 2000);
    struct kafka_log_moment moment;
    cr_assert(kafka_log_by_time(&scene.log, NULL, 1001, &moment));
    cr_assert(moment.offset == 1 && moment.timestamp_ms == 1007);
    struct wire_batch batch;
    cr_assert(kafka_batch_read(kafka_log_entry(&scene.log, 0)->batch, &batch));
    cr_assert_eq(batch.base_timestamp_ms, 2000 + 86400000, "it stands where the base timestamp was");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, the_last_batch_of_a_producer_stays_without_records)
{
    struct scene scene;
    scene_init(&scene);
    struct batch_plan by_seven = {.has_producer = true, .producer_id = 7, .timestamp_ms = 1000};
    write_plan(&scene, "a=1 b=1", by_seven);
    by_seven.base_sequence = 2;
    write_plan(&scene, "a=2 b=2", by_seven);
    write(&scene, "a=3 b=3");
    compact(&scene, 2000);
    cr_assert_str_eq(log_text(&scene.log), "[2..3] 4:a=3 5:b=3 ");
    struct wire_batch batch;
    cr_assert(kafka_batch_read(kafka_log_entry(&scene.log, 0)->batch, &batch));
    cr_assert(batch.base_sequence == 2 && batch.producer_id == 7 && batch.max_timestamp_ms == 1000);
    kafka_producers_deinit(&scene.log.producers);
    write(&scene, "c=1");
    compact(&scene, 2000);
    cr_assert_str_eq(log_text(&scene.log), "4:a=3 5:b=3 6:c=1 ", "until the producer is forgotten");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, the_last_batch_before_the_end_of_the_cleaning_stays_without_records)
{
    struct scene scene;
    scene_init(&scene);
    write(&scene, "=1 =2");
    compact(&scene, 2000);
    cr_assert_str_eq(log_text(&scene.log), "[0..1] ");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, compressed_batches_are_opened_and_closed_again)
{
    struct scene scene;
    scene_init(&scene);
    write_plan(&scene, "a=1 b=1", (struct batch_plan){.codec = WIRE_CODEC_ZSTD});
    write_plan(&scene, "a=2", (struct batch_plan){.codec = WIRE_CODEC_ZSTD});
    compact(&scene, 2000);
    cr_assert_str_eq(log_text(&scene.log), "1:b=1 2:a=2 ");
    struct wire_batch batch;
    cr_assert(kafka_batch_read(kafka_log_entry(&scene.log, 0)->batch, &batch));
    cr_assert_eq(batch.codec, WIRE_CODEC_ZSTD);
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, without_codecs_a_compressed_batch_is_kept_whole)
{
    struct scene scene;
    scene_init(&scene);
    write_plan(&scene, "a=1 b=1", (struct batch_plan){.codec = WIRE_CODEC_ZSTD});
    write(&scene, "a=2");
    struct kafka_compaction compaction;
    cr_assert(kafka_compaction_find(&scene.log, &scene.config, INT64_MAX, 2000, &compaction));
    kafka_compaction_run(&scene.log, &compaction, &scene.config, NULL, 2000);
    cr_assert_str_eq(log_text(&scene.log), "0:a=1 1:b=1 2:a=2 ");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, markers_stay)
{
    struct scene scene;
    scene_init(&scene);
    write_plan(&scene, "a=1",
               (struct batch_plan){.has_producer = true, .producer_id = 7, .is_control = true});
    write(&scene, "a=2");
    write(&scene, "b=2");
    compact(&scene, 2000);
    cr_assert_str_eq(log_text(&scene.log), "0:a=1 1:a=2 2:b=2 ");
    kafka_log_deinit(&scene.log);
}

static void write_transactional(struct scene *scene, const char *text, int64_t id, int32_t sequence)
{
    write_plan(scene, text,
               (struct batch_plan){.timestamp_ms = 1000,
                                   .has_producer = true,
                                   .producer_id = id,
                                   .base_sequence = sequence,
                                   .is_transactional = true});
}

static void write_marker(struct scene *scene, int64_t id, int16_t epoch, bool is_abort)
{
    struct batch_plan plan = {.base_offset = scene->log.end_offset,
                              .count = 1,
                              .timestamp_ms = 1000,
                              .has_producer = true,
                              .producer_id = id,
                              .producer_epoch = epoch,
                              .is_marker = true,
                              .is_abort = is_abort};
    batch_append(&scene->log, &plan, &scene->config);
    kafka_log_roll(&scene->log);
}

/* "0 1e 2m" of all batches: "e" without records, "m" a marker. */
static const char *batches_text(const struct kafka_log *log)
{
    static char text[256];
    int used = 0;
    text[0] = 0;
    for (size_t i = 0; i < log->count; i++) {
        struct wire_batch batch;
        cr_assert(kafka_batch_read(kafka_log_entry(log, i)->batch, &batch));
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%lld%s%s", i ? " " : "",
                         (long long)batch.base_offset, batch.is_control ? "m" : "",
                         batch.record_count ? "" : "e");
    }
    return text;
}

/* As if all producers had been idle for a day. */
static void forget_producers(struct scene *scene)
{
    kafka_producers_expire(&scene->log.producers, INT64_MAX - 1);
}

Test(kafka_compaction, an_aborted_transaction_goes_and_hides_nothing)
{
    struct scene scene;
    scene_init(&scene);
    write(&scene, "a=1");
    write_transactional(&scene, "a=2 b=2", 7, 0);
    write_transactional(&scene, "c=2", 8, 0);
    write_marker(&scene, 7, 0, true);
    write_marker(&scene, 8, 0, false);
    write(&scene, "d=1");
    compact(&scene, 2000);
    cr_assert_str_eq(batches_text(&scene.log), "0 1e 3 4m 5m 6", "1: the last batch of a producer");
    forget_producers(&scene);
    write(&scene, "d=2");
    compact(&scene, 2000);
    cr_assert_str_eq(batches_text(&scene.log), "0 3 4m 5m 7");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, a_committed_transaction_before_an_aborted_one_of_the_same_producer_stays)
{
    struct scene scene;
    scene_init(&scene);
    write_transactional(&scene, "a=1", 7, 0);
    write_marker(&scene, 7, 0, false);
    write_transactional(&scene, "b=1", 7, 1);
    write_marker(&scene, 7, 0, true);
    write_transactional(&scene, "c=1", 7, 2);
    write_marker(&scene, 7, 0, false);
    write(&scene, "d=1");
    compact(&scene, 2000);
    cr_assert_str_eq(batches_text(&scene.log), "0 1m 3m 4 5m 6");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, a_marker_goes_a_while_after_the_last_of_its_transaction)
{
    for (size_t is_abort = 0; is_abort < 2; is_abort++) {
        struct scene scene;
        scene_init(&scene);
        scene.config.delete_retention_ms = 100;
        write_transactional(&scene, "a=1", 7, 0);
        write_marker(&scene, 7, 0, is_abort);
        write(&scene, "a=2");
        forget_producers(&scene);
        compact(&scene, 2000);
        cr_assert_str_eq(batches_text(&scene.log), "1m 2");
        cr_assert_eq(scene.log.aborted.count, is_abort, "something was left when this began");
        write(&scene, "b=1");
        compact(&scene, 3000);
        cr_assert_str_eq(batches_text(&scene.log), "1m 2 3", "its time runs from now on");
        cr_assert_eq(scene.log.aborted.count, 0);
        write(&scene, "c=1");
        compact(&scene, 3099);
        cr_assert_str_eq(batches_text(&scene.log), "1m 2 3 4");
        write(&scene, "d=1");
        compact(&scene, 3100);
        cr_assert_str_eq(batches_text(&scene.log), "2 3 4 5");
        kafka_log_deinit(&scene.log);
    }
}

Test(kafka_compaction, a_marker_that_is_all_that_is_known_of_a_producer_stays_without_its_record)
{
    struct scene scene;
    scene_init(&scene);
    scene.config.delete_retention_ms = 100;
    write_marker(&scene, 7, 3, true);
    write(&scene, "a=1");
    compact(&scene, 2000);
    write(&scene, "b=1");
    compact(&scene, 2100);
    cr_assert_str_eq(batches_text(&scene.log), "0me 1 2");
    cr_assert_eq(kafka_producers_find(&scene.log.producers, 7)->epoch, 3);
    forget_producers(&scene);
    write(&scene, "c=1");
    compact(&scene, 2100);
    cr_assert_str_eq(batches_text(&scene.log), "1 2 3");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, transactions_beyond_what_is_cleaned_are_still_told)
{
    struct scene scene;
    struct kafka_log follower = {0};
    scene_init(&scene);
    write_transactional(&scene, "a=1", 7, 0);
    write_marker(&scene, 7, 0, true);
    write_transactional(&scene, "a=2", 8, 0);
    write_marker(&scene, 8, 0, true);
    for (size_t i = 0; i < scene.log.count; i++) {
        struct wire_batch header;
        struct kafka_batch *batch = kafka_log_entry(&scene.log, i)->batch;
        cr_assert(kafka_batch_read(batch, &header));
        kafka_log_append(&follower, batch, &header, &scene.config, 0);
    }
    struct kafka_compaction compaction;
    forget_producers(&scene);
    for (int i = 0; i < 2; i++) {
        cr_assert(kafka_compaction_find(&scene.log, &scene.config, 2 + i, 2000, &compaction));
        kafka_compaction_run(&scene.log, &compaction, &scene.config, &batch_codecs, 2000);
    }
    kafka_compaction_follow(&scene.log, &follower);
    const struct kafka_log *logs[] = {&scene.log, &follower};
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(logs[i]->aborted.count, 1, "log %d", i);
        cr_assert_eq(logs[i]->aborted.items[0].producer_id, 8, "log %d", i);
    }
    kafka_log_deinit(&scene.log);
    kafka_log_deinit(&follower);
}

Test(kafka_compaction, it_waits_for_the_dirty_ratio)
{
    struct scene scene;
    scene_init(&scene);
    scene.config.min_cleanable_dirty_ratio = 0.4;
    write(&scene, "a=1");
    write(&scene, "b=1");
    cr_assert(compact(&scene, 2000), "all is dirty");
    write(&scene, "c=1");
    cr_assert_not(compact(&scene, 2000), "a third");
    write(&scene, "d=1");
    cr_assert(compact(&scene, 2000), "a half");
    cr_assert_not(compact(&scene, 2000), "nothing is");
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, it_does_not_wait_beyond_max_compaction_lag_ms)
{
    struct scene scene;
    scene_init(&scene);
    scene.config.min_cleanable_dirty_ratio = 1;
    scene.config.max_compaction_lag_ms = 100;
    write(&scene, "a=1");
    cr_assert_not(compact(&scene, 1100));
    cr_assert(compact(&scene, 1101));
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, segments_within_min_compaction_lag_ms_wait)
{
    struct scene scene;
    scene_init(&scene);
    scene.config.min_compaction_lag_ms = 100;
    write_plan(&scene, "a=1", (struct batch_plan){.timestamp_ms = 1000});
    write_plan(&scene, "a=2", (struct batch_plan){.timestamp_ms = 1050});
    struct kafka_compaction compaction;
    cr_assert(kafka_compaction_find(&scene.log, &scene.config, INT64_MAX, 1149, &compaction));
    cr_assert_eq(compaction.end, 1);
    cr_assert_eq(compaction.young_until_ms, 1150);
    cr_assert(kafka_compaction_find(&scene.log, &scene.config, INT64_MAX, 1150, &compaction));
    cr_assert_eq(compaction.end, 2);
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, small_segments_become_one)
{
    struct scene scene;
    scene_init(&scene);
    for (int i = 0; i < 3; i++)
        write(&scene, i == 0 ? "a=1" : i == 1 ? "b=1" : "c=1");
    scene.config.segment_bytes = (int32_t)kafka_log_entry(&scene.log, 0)->batch->bytes * 2;
    compact(&scene, 2000);
    cr_assert(kafka_log_entry(&scene.log, 0)->starts_segment);
    cr_assert_not(kafka_log_entry(&scene.log, 1)->starts_segment);
    cr_assert(kafka_log_entry(&scene.log, 2)->starts_segment);
    kafka_log_deinit(&scene.log);
}

Test(kafka_compaction, a_follower_takes_over_what_its_leader_has)
{
    struct scene scene;
    struct kafka_log follower = {0};
    scene_init(&scene);
    write(&scene, "a=1 b=1");
    write(&scene, "a=2 =3");
    write(&scene, "b=2 a=3");
    write(&scene, "c=1");
    for (size_t i = 0; i < scene.log.count; i++) {
        struct wire_batch header;
        struct kafka_batch *batch = kafka_log_entry(&scene.log, i)->batch;
        cr_assert(kafka_batch_read(batch, &header));
        kafka_log_append(&follower, batch, &header, &scene.config, 0);
    }
    compact(&scene, 2000);
    kafka_compaction_follow(&scene.log, &follower);
    cr_assert_eq(follower.count, scene.log.count);
    cr_assert_eq(follower.bytes, scene.log.bytes);
    for (size_t i = 0; i < follower.count; i++)
        cr_assert_eq(kafka_log_entry(&follower, i)->batch, kafka_log_entry(&scene.log, i)->batch);
    kafka_log_deinit(&scene.log);
    kafka_log_deinit(&follower);
}

/* ---- against a naive one --------------------------------------------------------------------------------- */

Test(kafka_compaction, it_leaves_what_a_naive_one_leaves)
{
    int removed = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct dice dice = {seed};
        struct scene scene;
        char last[8][32] = {{0}}, wanted[4096] = "";
        scene_init(&scene);
        int64_t owner[512];
        int64_t value = 0;
        for (int i = 0; i < 20; i++) {
            char text[256] = "";
            uint32_t count = 1 + dice_below(&dice, 5);
            for (uint32_t j = 0; j < count; j++, value++) {
                uint32_t key = dice_below(&dice, 8);
                sprintf(text + strlen(text), "%c=%d ", 'a' + (int)key, (int)value);
                owner[value] = key;
                sprintf(last[key], "%d:%c=%d ", (int)value, 'a' + (int)key, (int)value);
            }
            write(&scene, text);
            if (dice_below(&dice, 4) == 0)
                compact(&scene, 2000);
        }
        write(&scene, "z=1");
        compact(&scene, 2000);
        for (int64_t i = 0; i < value; i++) {
            char prefix[16];
            int bytes = sprintf(prefix, "%d:", (int)i);
            if (strncmp(last[owner[i]], prefix, (size_t)bytes) == 0)
                strcat(wanted, last[owner[i]]);
            else
                removed++;
        }
        sprintf(wanted + strlen(wanted), "%d:z=1 ", (int)value);
        cr_assert_str_eq(log_text(&scene.log), wanted, "seed %d", (int)seed);
        kafka_log_deinit(&scene.log);
    }
    cr_assert_gt(removed, 1000);
}
