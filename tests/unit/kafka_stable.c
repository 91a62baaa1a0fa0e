/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_stable: up to where a replica's transactions are decided, and which were aborted, whatever becomes of its log. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "tests/unit/kafka_batches.h"
#include "sim/kafka/partition.h"

enum { PLAIN = -1 };

/* One replica, whose log a test writes, and whose high watermark it moves. */
struct scene {
    struct kafka_replica replica;
    struct kafka_config config;
    int32_t sequences[8];
};

static struct scene scene_new(void)
{
    return (struct scene){.config = config_plain()};
}

static struct kafka_log *log_of(struct scene *scene)
{
    return &scene->replica.log;
}

/* Of so many records; id PLAIN: of nobody. The high watermark follows. */
static void write(struct scene *scene, int64_t id, int32_t count)
{
    struct batch_plan plan = {.base_offset = log_of(scene)->end_offset,
                              .count = count,
                              .has_producer = id != PLAIN,
                              .producer_id = id,
                              .base_sequence = id == PLAIN ? 0 : scene->sequences[id],
                              .is_transactional = id != PLAIN};
    if (id != PLAIN)
        scene->sequences[id] += count;
    batch_append(log_of(scene), &plan, &scene->config);
    scene->replica.high_watermark = log_of(scene)->end_offset;
}

static void end(struct scene *scene, int64_t id, bool is_abort)
{
    struct batch_plan plan = {.base_offset = log_of(scene)->end_offset,
                              .count = 1,
                              .has_producer = true,
                              .producer_id = id,
                              .is_marker = true,
                              .is_abort = is_abort};
    batch_append(log_of(scene), &plan, &scene->config);
    scene->replica.high_watermark = log_of(scene)->end_offset;
}

static int64_t stable(const struct scene *scene)
{
    return kafka_partition_last_stable(&scene->replica);
}

Test(kafka_stable, without_transactions_all_below_the_high_watermark_is_stable)
{
    struct scene scene = scene_new();
    cr_assert_eq(stable(&scene), 0);
    write(&scene, PLAIN, 5);
    cr_assert_eq(stable(&scene), 5);
    scene.replica.high_watermark = 3;
    cr_assert_eq(stable(&scene), 3);
    kafka_log_deinit(log_of(&scene));
}

Test(kafka_stable, nothing_behind_the_earliest_open_transaction_is)
{
    struct scene scene = scene_new();
    write(&scene, PLAIN, 2);
    write(&scene, 1, 2); /* 2 */
    write(&scene, 2, 2); /* 4 */
    write(&scene, PLAIN, 1);
    cr_assert_eq(stable(&scene), 2);
    end(&scene, 1, false); /* 7 */
    cr_assert_eq(stable(&scene), 4);
    end(&scene, 2, true); /* 8 */
    cr_assert_eq(stable(&scene), 9);
    kafka_log_deinit(log_of(&scene));
}

Test(kafka_stable, a_marker_counts_once_it_is_below_the_high_watermark)
{
    struct scene scene = scene_new();
    write(&scene, 1, 3);
    end(&scene, 1, false); /* 3 */
    write(&scene, PLAIN, 1);
    int64_t wanted[] = {0, 0, 0, 0, 4, 5};
    for (int64_t watermark = 0; watermark <= 5; watermark++) {
        scene.replica.high_watermark = watermark;
        cr_assert_eq(stable(&scene), wanted[watermark], "at %d", (int)watermark);
    }
    kafka_log_deinit(log_of(&scene));
}

Test(kafka_stable, a_log_that_loses_the_marker_has_the_transaction_open_again)
{
    struct scene scene = scene_new();
    write(&scene, 1, 3);
    write(&scene, 2, 1);
    end(&scene, 2, true); /* 4 */
    end(&scene, 1, true); /* 5 */
    cr_assert_eq(log_of(&scene)->aborted.count, 2);
    kafka_log_truncate(log_of(&scene), 5);
    scene.replica.high_watermark = 5;
    cr_assert_eq(stable(&scene), 0);
    cr_assert_eq(log_of(&scene)->aborted.count, 1);
    cr_assert_eq(log_of(&scene)->aborted.items[0].producer_id, 2);
    kafka_log_truncate(log_of(&scene), 3);
    scene.replica.high_watermark = 3;
    cr_assert_eq(log_of(&scene)->aborted.count, 0);
    cr_assert_eq(log_of(&scene)->producers.open_count, 1);
    kafka_log_truncate(log_of(&scene), 0);
    scene.replica.high_watermark = 0;
    write(&scene, PLAIN, 1);
    cr_assert_eq(stable(&scene), 1);
    kafka_log_deinit(log_of(&scene));
}

Test(kafka_stable, a_log_whose_head_is_deleted_is_not_stable_below_its_start)
{
    struct scene scene = scene_new();
    write(&scene, 1, 3);
    write(&scene, PLAIN, 3);
    kafka_log_start(log_of(&scene), 4);
    cr_assert_eq(stable(&scene), 4, "the transaction is still open");
    end(&scene, 1, true); /* 6 */
    cr_assert_eq(stable(&scene), 7);
    cr_assert_eq(log_of(&scene)->aborted.items[0].first_offset, 0);
    kafka_log_start(log_of(&scene), 7);
    cr_assert_eq(log_of(&scene)->aborted.count, 0);
    kafka_log_deinit(log_of(&scene));
}

Test(kafka_stable, a_log_that_begins_anew_has_no_transactions)
{
    struct scene scene = scene_new();
    write(&scene, 2, 1);
    end(&scene, 2, true);
    write(&scene, 1, 3);
    kafka_log_reset(log_of(&scene), 100);
    scene.replica.high_watermark = 100;
    cr_assert_eq(stable(&scene), 100);
    cr_assert_eq(log_of(&scene)->aborted.count, 0);
    kafka_log_deinit(log_of(&scene));
}

Test(kafka_stable, an_upper_bound_is_the_next_indexed_batch_or_the_end_of_the_segment)
{
    struct scene scene = scene_new();
    struct kafka_log *log = log_of(&scene);
    write(&scene, PLAIN, 2); /* entry 0 */
    kafka_log_roll(log);
    write(&scene, PLAIN, 1); /* 1, at 2 */
    write(&scene, PLAIN, 1); /* 2, at 3 */
    kafka_log_roll(log);
    write(&scene, PLAIN, 1); /* 3, at 4 */
    cr_assert_eq(kafka_log_upper_bound(log, 0, 1), 2);
    cr_assert_eq(kafka_log_upper_bound(log, 1, 1), 4, "nothing was read of the second segment");
    cr_assert_eq(kafka_log_upper_bound(log, 1, 2), 4);
    cr_assert_eq(kafka_log_upper_bound(log, 3, 4), 5);
    for (int i = 0; i < 100; i++)
        write(&scene, PLAIN, 1);
    size_t indexed = 3;
    for (uint64_t bytes = 0; bytes <= KAFKA_LOG_INDEX_BYTES; indexed++)
        bytes += kafka_log_entry(log, indexed)->batch->bytes;
    cr_assert_eq(kafka_log_upper_bound(log, 3, 4), kafka_log_entry(log, indexed)->last_offset);
    cr_assert_eq(kafka_log_upper_bound(log, 3, indexed + 1), log->end_offset);
    kafka_log_deinit(log);
}

/* ---- against the whole history ----------------------------------------------------------------------------- */

enum { HISTORY_MAX = 4000, IDS = 6, STEPS = 1500 };

enum kind { NOTHING, DATA, COMMIT, ABORT };

struct event {
    enum kind kind;
    int64_t id;
};

/* What was written at each offset, one record a batch, and what was aborted when it was. */
struct history {
    struct event events[HISTORY_MAX];
    struct kafka_transaction_end aborted[HISTORY_MAX];
    int aborted_count;
};

/* Where the transaction began that the marker before offset of id ends, or that is open there; -1: none. */
static int64_t begin_of(const struct history *history, int64_t id, int64_t offset)
{
    int64_t first = -1;
    for (int64_t i = offset; i-- > 0;) {
        const struct event *event = &history->events[i];
        if (event->id != id || event->kind == NOTHING)
            continue;
        if (event->kind != DATA)
            break;
        first = i;
    }
    return first;
}

static int64_t wanted_stable(const struct history *history, const struct kafka_replica *replica)
{
    int64_t least = replica->high_watermark;
    for (int64_t id = 0; id < IDS; id++) {
        int64_t first = begin_of(history, id, replica->log.end_offset);
        if (first >= 0 && first < least)
            least = first;
    }
    for (int64_t i = replica->high_watermark; i < replica->log.end_offset; i++) {
        const struct event *event = &history->events[i];
        int64_t first = event->kind == COMMIT || event->kind == ABORT ? begin_of(history, event->id, i) : -1;
        if (first >= 0 && first < least)
            least = first;
    }
    return least > replica->log.start_offset ? least : replica->log.start_offset;
}

static void check_aborted(const struct history *history, const struct kafka_log *log, struct dice *dice)
{
    int64_t fetch = log->start_offset + dice_below(dice, (uint32_t)(log->end_offset - log->start_offset) + 1);
    int64_t upper = fetch + 1 + dice_below(dice, 20);
    size_t at = kafka_aborted_find(&log->aborted, fetch);
    size_t end = at + kafka_aborted_reach(&log->aborted, at, upper);
    for (int i = 0; i < history->aborted_count; i++) {
        const struct kafka_transaction_end *wanted = &history->aborted[i];
        if (wanted->last_offset < fetch || wanted->first_offset >= upper)
            continue;
        while (at < end && log->aborted.items[at].first_offset >= upper)
            at++;
        cr_assert_lt(at, end, "%d..%d lacks %d", (int)fetch, (int)upper, (int)wanted->first_offset);
        cr_assert_eq(log->aborted.items[at].last_offset, wanted->last_offset);
        cr_assert_eq(log->aborted.items[at++].first_offset, wanted->first_offset);
    }
    while (at < end && log->aborted.items[at].first_offset >= upper)
        at++;
    cr_assert_eq(at, end, "no others");
}

static void write_any(struct scene *scene, struct history *history, struct dice *dice)
{
    int64_t offset = log_of(scene)->end_offset, watermark = scene->replica.high_watermark;
    int64_t id = dice_below(dice, IDS);
    struct event *event = &history->events[offset];
    switch (dice_below(dice, 5)) {
    case 0:
        *event = (struct event){.id = PLAIN};
        write(scene, PLAIN, 1);
        break;
    case 1:
        *event = (struct event){.kind = COMMIT, .id = id};
        end(scene, id, false);
        break;
    case 2: {
        int64_t first = begin_of(history, id, offset);
        if (first >= 0)
            history->aborted[history->aborted_count++] =
                (struct kafka_transaction_end){.first_offset = first, .last_offset = offset};
        *event = (struct event){.kind = ABORT, .id = id};
        end(scene, id, true);
        break;
    }
    default:
        *event = (struct event){.kind = DATA, .id = id};
        write(scene, id, 1);
        break;
    }
    scene->replica.high_watermark = watermark;
}

static void cut_any(struct scene *scene, struct history *history, struct dice *dice)
{
    struct kafka_log *log = log_of(scene);
    int64_t span = log->end_offset - log->start_offset;
    int64_t offset = log->end_offset - dice_below(dice, (uint32_t)(span < 10 ? span : 10) + 1);
    kafka_log_truncate(log, offset);
    if (scene->replica.high_watermark > offset)
        scene->replica.high_watermark = offset;
    while (history->aborted_count && history->aborted[history->aborted_count - 1].last_offset >= offset)
        history->aborted_count--;
}

static void start_any(struct scene *scene, struct history *history, struct dice *dice)
{
    struct kafka_log *log = log_of(scene);
    int64_t span = scene->replica.high_watermark - log->start_offset;
    if (span <= 0)
        return;
    int64_t offset = log->start_offset + dice_below(dice, (uint32_t)(span < 6 ? span : 6) + 1);
    kafka_log_start(log, offset);
    int kept = 0;
    for (int i = 0; i < history->aborted_count; i++)
        if (history->aborted[i].last_offset >= offset)
            history->aborted[kept++] = history->aborted[i];
    history->aborted_count = kept;
}

Test(kafka_stable, it_is_what_the_whole_history_says)
{
    static struct history history;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct dice dice = {seed};
        struct scene scene = scene_new();
        history.aborted_count = 0;
        for (int step = 0; step < STEPS; step++) {
            uint32_t drawn = dice_below(&dice, 40);
            if (drawn == 0)
                cut_any(&scene, &history, &dice);
            else if (drawn == 1)
                start_any(&scene, &history, &dice);
            else
                write_any(&scene, &history, &dice);
            int64_t behind = log_of(&scene)->end_offset - scene.replica.high_watermark;
            scene.replica.high_watermark += dice_below(&dice, (uint32_t)behind + 1);
            cr_assert_eq(stable(&scene), wanted_stable(&history, &scene.replica), "seed %d, step %d",
                         (int)seed, step);
            check_aborted(&history, log_of(&scene), &dice);
        }
        kafka_log_deinit(log_of(&scene));
    }
}
