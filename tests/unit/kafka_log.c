/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_log: one replica's log, and the same as a naive array. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "tests/unit/kafka_batches.h"

/* ---- rules ----------------------------------------------------------------------------------------------- */

Test(kafka_log, an_empty_log_has_allocated_nothing)
{
    struct kafka_log log = {0};
    cr_assert_null(log.entries);
    kafka_log_start(&log, 0);
    kafka_log_truncate(&log, 0);
    cr_assert_eq(kafka_log_find(&log, 0), 0);
    cr_assert_null(log.entries);
    kafka_log_deinit(&log);
}

Test(kafka_log, replicas_share_their_batches)
{
    struct kafka_log one = {0}, other = {0};
    struct kafka_config config = config_plain();
    batch_append(&one, &(struct batch_plan){.count = 3}, &config);
    struct kafka_batch *batch = kafka_log_entry(&one, 0)->batch;
    struct wire_batch header;
    cr_assert(kafka_batch_read(batch, &header));
    kafka_log_append(&other, batch, &header, &config, 0);
    cr_assert_eq(batch->references, 2);
    kafka_log_deinit(&one);
    cr_assert_eq(batch->references, 1);
    cr_assert_eq(other.end_offset, 3);
    kafka_log_deinit(&other);
}

Test(kafka_log, deleting_records_frees_whole_batches_and_keeps_the_one_that_is_cut)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    for (int i = 0; i < 3; i++)
        batch_append(&log, &(struct batch_plan){.base_offset = i * 5, .count = 5}, &config);
    kafka_log_start(&log, 7);
    cr_assert_eq(log.start_offset, 7);
    cr_assert_eq(log.count, 2);
    cr_assert_eq(kafka_log_entry(&log, 0)->base_offset, 5);
    kafka_log_start(&log, 3);
    cr_assert_eq(log.start_offset, 7, "it never goes back");
    kafka_log_start(&log, 15);
    cr_assert_null(log.entries, "and all of it is free in the end");
    cr_assert_eq(log.bytes, 0);
    kafka_log_deinit(&log);
}

Test(kafka_log, a_follower_may_begin_within_a_batch_whose_head_was_deleted)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    kafka_log_reset(&log, 12);
    batch_append(&log, &(struct batch_plan){.base_offset = 10, .count = 5, .leader_epoch = 3}, &config);
    cr_assert_eq(log.start_offset, 12);
    cr_assert_eq(log.end_offset, 15);
    cr_assert_eq(kafka_log_find(&log, 12), 0);
    cr_assert_eq(kafka_log_epoch_at(&log, 12), 3);
    kafka_log_deinit(&log);
}

Test(kafka_log, truncation_within_a_batch_takes_all_of_it_but_ends_where_it_was_told)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    batch_append(&log, &(struct batch_plan){.base_offset = 0, .count = 5}, &config);
    batch_append(&log, &(struct batch_plan){.base_offset = 5, .count = 5}, &config);
    kafka_log_truncate(&log, 7);
    cr_assert_eq(log.count, 1);
    cr_assert_eq(log.end_offset, 7);
    kafka_log_truncate(&log, 9);
    cr_assert_eq(log.end_offset, 7, "behind the end there is nothing to cut");
    kafka_log_deinit(&log);
}

Test(kafka_log, truncation_below_the_start_begins_anew_there)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    batch_append(&log, &(struct batch_plan){.base_offset = 0, .count = 9}, &config);
    kafka_log_start(&log, 6);
    kafka_log_truncate(&log, 2);
    cr_assert_eq(log.start_offset, 2);
    cr_assert_eq(log.end_offset, 2);
    cr_assert_eq(log.count, 0);
    cr_assert_eq(log.epoch_count, 0);
    kafka_log_deinit(&log);
}

Test(kafka_log, a_segment_is_rolled_before_the_batch_that_would_exceed_segment_bytes)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    struct kafka_batch *probe = batch_new(&(struct batch_plan){.count = 1});
    config.segment_bytes = (int32_t)probe->bytes * 2;
    kafka_batch_release(probe);
    for (int i = 0; i < 4; i++)
        batch_append(&log, &(struct batch_plan){.base_offset = i, .count = 1}, &config);
    bool starts[] = {true, false, true, false};
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(kafka_log_entry(&log, i)->starts_segment, starts[i], "entry %zu", i);
    cr_assert_eq(log.segment_offset, 2);
    kafka_log_deinit(&log);
}

Test(kafka_log, a_segment_is_rolled_when_timestamps_pass_segment_ms)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    config.segment_ms = 1000;
    int64_t times[] = {5000, 6000, 6001, 5500, 7002};
    bool starts[] = {true, false, true, false, true};
    for (int i = 0; i < 5; i++)
        batch_append(&log, &(struct batch_plan){.base_offset = i, .count = 1, .timestamp_ms = times[i]},
                     &config);
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(kafka_log_entry(&log, i)->starts_segment, starts[i], "entry %zu", i);
    kafka_log_deinit(&log);
}

Test(kafka_log, a_compacted_log_rolls_within_max_compaction_lag_ms)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    config.is_compacted = true;
    config.max_compaction_lag_ms = 10;
    batch_append(&log, &(struct batch_plan){.base_offset = 0, .count = 1, .timestamp_ms = 100}, &config);
    batch_append(&log, &(struct batch_plan){.base_offset = 1, .count = 1, .timestamp_ms = 111}, &config);
    cr_assert(kafka_log_entry(&log, 1)->starts_segment);
    kafka_log_deinit(&log);
}

Test(kafka_log, times_may_be_as_far_apart_as_numbers)
{
    struct kafka_config config = config_plain();
    struct kafka_log log = {0};
    config.segment_ms = 100;
    batch_append(&log, &(struct batch_plan){.count = 1, .timestamp_ms = 5}, &config);
    batch_append(&log, &(struct batch_plan){.base_offset = 1, .count = 1, .timestamp_ms = INT64_MIN},
                 &config);
    cr_assert_eq(log.segment_offset, 0);
    batch_append(&log, &(struct batch_plan){.base_offset = 2, .count = 1, .timestamp_ms = INT64_MAX},
                 &config);
    cr_assert_eq(log.segment_offset, 2);
    kafka_log_deinit(&log);
}

Test(kafka_log, truncation_reopens_the_segment_that_is_left)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    config.segment_ms = 1000;
    for (int i = 0; i < 4; i++)
        batch_append(&log, &(struct batch_plan){.base_offset = i, .count = 1, .timestamp_ms = 700 * i},
                     &config);
    cr_assert_eq(log.segment_offset, 2);
    kafka_log_truncate(&log, 1);
    cr_assert_eq(log.segment_offset, 0);
    batch_append(&log, &(struct batch_plan){.base_offset = 1, .count = 1, .timestamp_ms = 1001}, &config);
    cr_assert(kafka_log_entry(&log, 1)->starts_segment, "its first timestamp counts again");
    kafka_log_deinit(&log);
}

Test(kafka_log, truncation_to_the_start_of_a_segment_keeps_it_as_an_empty_one)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    batch_append(&log, &(struct batch_plan){.base_offset = 0, .count = 1}, &config);
    kafka_log_roll(&log);
    batch_append(&log, &(struct batch_plan){.base_offset = 1, .count = 1}, &config);
    kafka_log_truncate(&log, 1);
    batch_append(&log, &(struct batch_plan){.base_offset = 1, .count = 1}, &config);
    cr_assert(kafka_log_entry(&log, 1)->starts_segment);
    kafka_log_deinit(&log);
}

Test(kafka_log, an_epoch_in_which_nothing_was_written_gives_way_to_the_next)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    kafka_log_begin_epoch(&log, 0);
    batch_append(&log, &(struct batch_plan){.count = 4}, &config);
    kafka_log_begin_epoch(&log, 1);
    kafka_log_begin_epoch(&log, 2);
    cr_assert_eq(log.epoch_count, 2);
    int32_t epoch;
    int64_t end;
    kafka_log_epoch_end(&log, 1, &epoch, &end);
    cr_assert_eq(epoch, 0, "the largest known that is not larger");
    cr_assert_eq(end, 4);
    kafka_log_deinit(&log);
}

Test(kafka_log, truncation_forgets_an_epoch_that_begins_where_it_cuts_even_at_the_end)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    batch_append(&log, &(struct batch_plan){.count = 4, .leader_epoch = 1}, &config);
    kafka_log_begin_epoch(&log, 2);
    kafka_log_truncate(&log, 4);
    cr_assert_eq(log.epoch_count, 1);
    cr_assert_eq(log.epochs[0].epoch, 1);
    kafka_log_deinit(&log);
}

Test(kafka_log, the_end_of_an_epoch_is_where_the_next_begins_or_the_log_ends)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    int32_t epoch;
    int64_t end;
    kafka_log_epoch_end(&log, 0, &epoch, &end);
    cr_assert(epoch == -1 && end == -1, "nothing is known");
    batch_append(&log, &(struct batch_plan){.base_offset = 0, .count = 3, .leader_epoch = 2}, &config);
    batch_append(&log, &(struct batch_plan){.base_offset = 3, .count = 2, .leader_epoch = 5}, &config);
    int64_t wanted[][3] = {{-1, -1, -1}, {0, 0, 0}, {2, 2, 3}, {4, 2, 3}, {5, 5, 5}, {6, -1, -1}};
    for (size_t i = 0; i < 6; i++) {
        kafka_log_epoch_end(&log, (int32_t)wanted[i][0], &epoch, &end);
        cr_assert(epoch == wanted[i][1] && end == wanted[i][2], "epoch %lld: %d, %lld",
                  (long long)wanted[i][0], epoch, (long long)end);
    }
    kafka_log_deinit(&log);
}

Test(kafka_log, the_epoch_of_the_start_begins_there_once_what_was_before_is_deleted)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    batch_append(&log, &(struct batch_plan){.base_offset = 0, .count = 3, .leader_epoch = 2}, &config);
    batch_append(&log, &(struct batch_plan){.base_offset = 3, .count = 4, .leader_epoch = 5}, &config);
    kafka_log_start(&log, 5);
    cr_assert_eq(log.epoch_count, 1);
    int32_t epoch;
    int64_t end;
    kafka_log_epoch_end(&log, 2, &epoch, &end);
    cr_assert(epoch == 2 && end == 5, "%d, %lld", epoch, (long long)end);
    kafka_log_deinit(&log);
}

Test(kafka_log, a_record_is_found_by_its_own_timestamp_within_a_batch)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    struct kafka_log_moment moment;
    batch_append(&log,
                 &(struct batch_plan){
                     .base_offset = 0, .count = 4, .timestamp_ms = 100, .step_ms = 10, .leader_epoch = 7},
                 &config);
    cr_assert(kafka_log_by_time(&log, NULL, 111, &moment));
    cr_assert(moment.offset == 2 && moment.timestamp_ms == 120 && moment.leader_epoch == 7);
    cr_assert_not(kafka_log_by_time(&log, NULL, 131, &moment));
    kafka_log_start(&log, 3);
    cr_assert(kafka_log_by_time(&log, NULL, 0, &moment));
    cr_assert_eq(moment.offset, 3, "what is deleted is not found");
    kafka_log_deinit(&log);
}

Test(kafka_log, of_several_largest_timestamps_the_first_counts)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    struct kafka_log_moment moment;
    cr_assert_not(kafka_log_latest_time(&log, NULL, &moment));
    int64_t times[] = {5, 9, 9, 4};
    for (int i = 0; i < 4; i++)
        batch_append(&log, &(struct batch_plan){.base_offset = i, .count = 1, .timestamp_ms = times[i]},
                     &config);
    cr_assert(kafka_log_latest_time(&log, NULL, &moment));
    cr_assert(moment.offset == 1 && moment.timestamp_ms == 9);
    kafka_log_deinit(&log);
}

Test(kafka_log, a_compressed_batch_is_opened_by_a_codec_and_guessed_without)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    struct kafka_log_moment moment;
    struct batch_plan plan = {
        .base_offset = 8, .count = 3, .timestamp_ms = 100, .step_ms = 10, .codec = WIRE_CODEC_LZ4};
    batch_append(&log, &plan, &config);
    cr_assert(kafka_log_by_time(&log, &batch_codecs, 105, &moment));
    cr_assert(moment.offset == 9 && moment.timestamp_ms == 110);
    cr_assert(kafka_log_by_time(&log, NULL, 105, &moment));
    cr_assert(moment.offset == 8 && moment.timestamp_ms == 120);
    cr_assert(kafka_log_latest_time(&log, NULL, &moment));
    cr_assert_eq(moment.offset, 10);
    kafka_log_deinit(&log);
}

Test(kafka_log, producers_are_known_from_what_is_left_after_truncation)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    for (int i = 0; i < 3; i++)
        batch_append(&log,
                     &(struct batch_plan){.base_offset = i * 2,
                                          .count = 2,
                                          .has_producer = true,
                                          .producer_id = 40 + i / 2,
                                          .base_sequence = i % 2 * 2},
                     &config);
    cr_assert_eq(log.producers.count, 2);
    kafka_log_truncate(&log, 2);
    cr_assert_eq(log.producers.count, 1);
    struct kafka_producer *left = kafka_producers_find(&log.producers, 40);
    cr_assert_eq(left->batch_count, 1);
    cr_assert_eq(left->batches[0].last_sequence, 1);
    kafka_log_start(&log, 2);
    cr_assert_not_null(kafka_producers_find(&log.producers, 40), "deletion at the head forgets nobody");
    kafka_log_deinit(&log);
}

Test(kafka_log, producers_of_a_deleted_head_are_still_known_after_truncation)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    struct batch_plan plan = {.count = 1, .has_producer = true, .timestamp_ms = 1000};
    for (int i = 0; i < 6; i++) {
        plan.base_offset = i;
        plan.producer_id = 40 + i / 2;
        plan.is_transactional = plan.producer_id == 41;
        plan.base_sequence = i % 2;
        batch_append(&log, &plan, &config);
    }
    kafka_log_start(&log, 3);
    kafka_log_truncate(&log, 4);
    cr_assert_eq(log.producers.count, 2, "40 and 41");
    cr_assert_eq(kafka_producer_last_sequence(kafka_producers_find(&log.producers, 40)), 1);
    cr_assert_eq(kafka_producers_find(&log.producers, 41)->transaction_first_offset, 2);
    cr_assert_eq(kafka_producers_first_unstable(&log.producers, 4), 2);
    kafka_log_truncate(&log, 3);
    cr_assert_eq(log.producers.open_count, 1, "the head is gone, but not undone");
    kafka_log_reset(&log, 3);
    cr_assert_eq(log.producers.count, 0);
    kafka_log_deinit(&log);
}

Test(kafka_log, producers_that_have_expired_do_not_come_back_with_a_truncation)
{
    struct kafka_log log = {0};
    struct kafka_config config = config_plain();
    for (int i = 0; i < 6; i++)
        batch_append(&log,
                     &(struct batch_plan){.base_offset = i,
                                          .count = 1,
                                          .timestamp_ms = 1000 * (i + 1),
                                          .has_producer = true,
                                          .producer_id = 40 + i},
                     &config);
    kafka_log_start(&log, 2);
    kafka_producers_expire(&log.producers, 4000);
    kafka_log_truncate(&log, 5);
    cr_assert_eq(log.producers.count, 1);
    cr_assert_not_null(kafka_producers_find(&log.producers, 44));
    kafka_producers_expire(&log.producers, 5000);
    kafka_log_truncate(&log, 4);
    cr_assert_eq(log.producers.count, 0);
    kafka_log_deinit(&log);
}

/* ---- against a naive array ------------------------------------------------------------------------------- */

enum { MODEL_MAX = 4096 };

struct model_batch {
    int64_t base, last, timestamp, step;
    int32_t epoch;
};

struct model {
    struct model_batch batches[MODEL_MAX];
    size_t count;
    int64_t start, end;
    int32_t epoch;
    int64_t clock;
};

static void model_append(struct model *model, struct kafka_log *log, struct dice *dice,
                         const struct kafka_config *config)
{
    int32_t count = 1 + (int32_t)dice_below(dice, 6);
    bool has_gap = dice_below(dice, 8) == 0 && model->count > 0 &&
                   model->batches[model->count - 1].epoch == model->epoch && log->epoch_count > 0 &&
                   log->epochs[log->epoch_count - 1].epoch == model->epoch;
    model->clock += (int64_t)dice_below(dice, 40) - 10;
    struct model_batch batch = {.base = model->end + (has_gap ? 1 + dice_below(dice, 3) : 0),
                                .timestamp = model->clock > 0 ? model->clock : 0,
                                .step = dice_below(dice, 4),
                                .epoch = model->epoch};
    batch.last = batch.base + count - 1;
    batch_append(log,
                 &(struct batch_plan){.base_offset = batch.base,
                                      .count = count,
                                      .leader_epoch = batch.epoch,
                                      .timestamp_ms = batch.timestamp,
                                      .step_ms = batch.step},
                 config);
    model->batches[model->count++] = batch;
    model->end = batch.last + 1;
}

static void model_drop_head(struct model *model)
{
    size_t kept = 0;
    for (size_t i = 0; i < model->count; i++)
        if (model->batches[i].last >= model->start)
            model->batches[kept++] = model->batches[i];
    model->count = kept;
}

static void model_truncate(struct model *model, int64_t offset)
{
    if (offset < model->start) {
        model->start = model->end = offset;
        model->count = 0;
    } else if (offset < model->end) {
        while (model->count > 0 && model->batches[model->count - 1].last >= offset)
            model->count--;
        model->end = offset;
    }
}

static void expect_find(const struct model *model, const struct kafka_log *log, struct dice *dice)
{
    int64_t offset = model->start + dice_below(dice, (uint32_t)(model->end - model->start) + 3);
    size_t wanted = 0;
    while (wanted < model->count && model->batches[wanted].last < offset)
        wanted++;
    cr_assert_eq(kafka_log_find(log, offset), wanted, "offset %lld", (long long)offset);
    if (wanted < model->count && model->batches[wanted].base <= offset)
        cr_assert_eq(kafka_log_epoch_at(log, offset), model->batches[wanted].epoch);
}

static void expect_epoch_end(const struct model *model, const struct kafka_log *log, struct dice *dice)
{
    if (model->count == 0)
        return;
    int32_t asked = model->batches[dice_below(dice, (uint32_t)model->count)].epoch, epoch;
    int64_t end, behind = 0, before = model->end;
    for (size_t i = 0; i < model->count; i++) {
        const struct model_batch *batch = &model->batches[i];
        if (batch->epoch <= asked)
            behind = batch->last + 1;
        else if (batch->base < before)
            before = batch->base;
    }
    /* Where a batch was cut off there is a gap, and the epoch may end anywhere in it. */
    kafka_log_epoch_end(log, asked, &epoch, &end);
    cr_assert_eq(epoch, asked);
    cr_assert(end >= behind && end <= before, "epoch %d ends at %lld: not in %lld..%lld", asked,
              (long long)end, (long long)behind, (long long)before);
}

static void expect_times(const struct model *model, const struct kafka_log *log, struct dice *dice)
{
    int64_t asked = model->clock - 100 + dice_below(dice, 120), found = -1, latest = -1, latest_ms = -1;
    for (size_t i = 0; i < model->count; i++) {
        const struct model_batch *batch = &model->batches[i];
        for (int64_t offset = batch->base; offset <= batch->last; offset++) {
            int64_t time = batch->timestamp + (offset - batch->base) * batch->step;
            if (time >= asked && offset >= model->start && found < 0)
                found = offset;
            if (time > latest_ms) {
                latest_ms = time;
                latest = offset;
            }
        }
    }
    struct kafka_log_moment moment = {.offset = -1};
    kafka_log_by_time(log, NULL, asked, &moment);
    cr_assert_eq(moment.offset, found, "time %lld", (long long)asked);
    moment.offset = -1;
    kafka_log_latest_time(log, NULL, &moment);
    cr_assert_eq(moment.offset, latest);
}

static void expect_same(const struct model *model, const struct kafka_log *log)
{
    uint64_t bytes = 0, segment_bytes = 0;
    cr_assert_eq(log->start_offset, model->start);
    cr_assert_eq(log->end_offset, model->end);
    cr_assert_eq(log->count, model->count);
    for (size_t i = 0; i < model->count; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(log, i);
        cr_assert_eq(entry->base_offset, model->batches[i].base);
        cr_assert_eq(entry->last_offset, model->batches[i].last);
        cr_assert_eq(entry->leader_epoch, model->batches[i].epoch);
        bytes += entry->batch->bytes;
        segment_bytes = entry->starts_segment ? entry->batch->bytes : segment_bytes + entry->batch->bytes;
    }
    cr_assert_eq(log->bytes, bytes);
    cr_assert(model->count == 0 || kafka_log_entry(log, 0)->starts_segment);
    cr_assert(log->segment_bytes == 0 || log->segment_bytes >= segment_bytes);
}

static void model_step(struct model *model, struct kafka_log *log, struct dice *dice,
                       const struct kafka_config *config)
{
    switch (dice_below(dice, 20)) {
    case 0:
        if (dice_below(dice, 10) == 0) {
            model->start = model->end = model->end + dice_below(dice, 5);
            model->count = 0;
            kafka_log_reset(log, model->end);
        }
        break;
    case 1: {
        int64_t back = dice_below(dice, 30);
        int64_t offset = model->end > back ? model->end - back : 0;
        model_truncate(model, offset);
        kafka_log_truncate(log, offset);
        break;
    }
    case 2:
        model->start += dice_below(dice, (uint32_t)(model->end - model->start) / 4 + 1);
        model_drop_head(model);
        kafka_log_start(log, model->start);
        break;
    case 3:
        model->epoch += 1 + (int32_t)dice_below(dice, 2);
        kafka_log_begin_epoch(log, model->epoch);
        break;
    default:
        if (model->count < MODEL_MAX)
            model_append(model, log, dice, config);
        break;
    }
}

Test(kafka_log, it_is_what_a_naive_array_is)
{
    struct model *model = malloc(sizeof *model);
    size_t steps = 0, appended = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct dice dice = {seed};
        struct kafka_log log = {0};
        struct kafka_config config = config_plain();
        config.segment_bytes = 600;
        *model = (struct model){.clock = 1000};
        for (int i = 0; i < 600; i++, steps++) {
            model_step(model, &log, &dice, &config);
            expect_same(model, &log);
            expect_find(model, &log, &dice);
            expect_epoch_end(model, &log, &dice);
            if (i % 8 == 0)
                expect_times(model, &log, &dice);
        }
        appended += model->count;
        kafka_log_deinit(&log);
    }
    cr_assert_eq(steps, 12000);
    cr_assert_gt(appended, 500, "they were not all empty");
    free(model);
}
