/* SPDX-License-Identifier: Apache-2.0 */
/* shrink: over failures that are functions of the picks, whose smallest sets are known. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/explore/shrink.h"

enum { PICKS_MAX = 4000, NEEDED_MAX = 16, PLAYED_MAX = 1 << 16 };

/* A world that fails when each needed pick has at least its value. */
struct scene {
    struct shrink_pick picks[PICKS_MAX];
    char points[PICKS_MAX][48];
    size_t count;
    size_t needed[NEEDED_MAX];
    uint32_t least[NEEDED_MAX];
    size_t needed_count;
    bool (*fails)(const struct scene *scene, const uint32_t *values); /* instead of needed, if it is set */
    size_t met_max; /* a world that fails meets so many of the first picks */
    uint64_t gives_up_at, passes_from, other_history_at; /* numbers of plays, 1..; 0: never */
    uint64_t plays;
    uint64_t missed[PLAYED_MAX]; /* what was played and did not fail */
    size_t missed_count;
};

static struct scene *scene_new(void)
{
    struct scene *scene = calloc(1, sizeof *scene);
    cr_assert(scene);
    scene->met_max = PICKS_MAX;
    return scene;
}

static size_t add(struct scene *scene, uint32_t actor, const char *point, uint64_t occurrence,
                  uint32_t picked)
{
    size_t index = scene->count++;
    snprintf(scene->points[index], sizeof scene->points[index], "%s", point);
    scene->picks[index] = (struct shrink_pick){actor, scene->points[index], occurrence, picked};
    return index;
}

/* Picks of three families by a few actors, in no order to speak of. */
static void add_noise(struct scene *scene, size_t count)
{
    static const char *const points[] = {"network/jitter", "schedule/preempt", "network/latency",
                                         "http/slow"};
    for (size_t i = 0; i < count; i++)
        add(scene, (uint32_t)(i * 7 % 5), points[i * 13 % 4], i, 1 + (uint32_t)(i % 60));
}

static void need(struct scene *scene, size_t pick, uint32_t least)
{
    scene->needed[scene->needed_count] = pick;
    scene->least[scene->needed_count++] = least;
}

static bool has_needed(const struct scene *scene, const uint32_t *values)
{
    for (size_t i = 0; i < scene->needed_count; i++)
        if (values[scene->needed[i]] < scene->least[i])
            return false;
    return true;
}

static uint64_t hash_values(const struct scene *scene, const uint32_t *values)
{
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < scene->count; i++)
        hash = (hash ^ values[i]) * 1099511628211u;
    return hash;
}

static bool play(void *opaque, const uint32_t *const values[], size_t count, struct shrink_played played[])
{
    struct scene *scene = opaque;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = ++scene->plays;
        if (number == scene->gives_up_at)
            return false;
        bool is_same = scene->fails ? scene->fails(scene, values[i]) : has_needed(scene, values[i]);
        is_same &= !scene->passes_from || number < scene->passes_from;
        played[i].is_same = is_same;
        played[i].cost = 10;
        played[i].history = number == scene->other_history_at ? 1 : 2;
        for (size_t pick = 0; is_same && pick < scene->count; pick++)
            played[i].used[pick] = pick < scene->met_max ? values[i][pick] : 0;
        if (!is_same && scene->missed_count < PLAYED_MAX)
            scene->missed[scene->missed_count++] = hash_values(scene, values[i]);
    }
    return true;
}

static enum shrink_end run(struct scene *scene, unsigned width, uint64_t cost_max, uint32_t *values,
                           struct shrink_progress *progress)
{
    scene->plays = 0;
    return shrink_run(
        scene->picks, scene->count,
        &(struct shrink_seam){.play = play, .opaque = scene, .width = width, .cost_max = cost_max}, values,
        progress);
}

static void expect_needed_only(const struct scene *scene, const uint32_t *values, const char *what)
{
    for (size_t i = 0; i < scene->count; i++) {
        bool is_needed = false;
        for (size_t n = 0; n < scene->needed_count; n++)
            is_needed |= scene->needed[n] == i;
        cr_assert_eq(values[i] != 0, is_needed, "%s: pick %zu is %u", what, i, values[i]);
    }
}

Test(shrink, every_needed_set_of_a_small_world_is_what_is_left)
{
    for (unsigned set = 0; set < 256; set++) {
        struct scene *scene = scene_new();
        uint32_t values[8];
        struct shrink_progress progress;
        char what[32];
        add_noise(scene, 8);
        for (size_t i = 0; i < 8; i++)
            if (set >> i & 1)
                need(scene, i, 1);
        snprintf(what, sizeof what, "set %02x", set);
        cr_assert_eq(run(scene, 1, 0, values, &progress), SHRINK_DONE, "%s", what);
        expect_needed_only(scene, values, what);
        cr_assert_eq(progress.deviations, scene->needed_count, "%s", what);
        free(scene);
    }
}

Test(shrink, three_of_four_thousand_are_found_in_a_few_plays)
{
    struct scene *scene = scene_new();
    static uint32_t values[PICKS_MAX];
    struct shrink_progress progress;
    add_noise(scene, 4000);
    need(scene, 1234, 1);
    need(scene, 2500, 1);
    need(scene, 3999, 1);
    cr_assert_eq(run(scene, 1, 0, values, &progress), SHRINK_DONE);
    expect_needed_only(scene, values, "three");
    cr_expect_eq(progress.before, 4000);
    cr_expect_lt(progress.plays, 200, "%llu plays", (unsigned long long)progress.plays);
    free(scene);
}

Test(shrink, the_result_and_what_it_cost_do_not_depend_on_the_width)
{
    static uint32_t one[PICKS_MAX], other[PICKS_MAX];
    struct shrink_progress one_progress, other_progress;
    for (unsigned width = 2; width <= SHRINK_WIDTH_MAX; width++) {
        struct scene *scene = scene_new();
        add_noise(scene, 500);
        for (size_t i = 0; i < 6; i++)
            need(scene, 37 + i * 71, (uint32_t)(1 + i * 3));
        for (uint64_t cost = 0; cost <= 600; cost += 300) {
            enum shrink_end end = run(scene, 1, cost, one, &one_progress);
            cr_assert_eq(end, cost ? SHRINK_OUT_OF_COST : SHRINK_DONE);
            cr_assert_eq(run(scene, width, cost, other, &other_progress), end, "width %u", width);
            cr_assert_arr_eq(one, other, 500 * sizeof *one, "width %u, cost %llu", width,
                             (unsigned long long)cost);
            cr_assert_eq(one_progress.plays, other_progress.plays);
            cr_assert_eq(one_progress.cost, other_progress.cost);
        }
        free(scene);
    }
}

Test(shrink, what_the_failing_world_does_not_meet_goes_without_a_play)
{
    struct scene *scene = scene_new();
    static uint32_t values[PICKS_MAX];
    struct shrink_progress progress;
    add_noise(scene, 3000);
    scene->met_max = 2;
    need(scene, 0, 1);
    need(scene, 1, 1);
    cr_assert_eq(run(scene, 1, 0, values, &progress), SHRINK_DONE);
    expect_needed_only(scene, values, "met");
    cr_expect_lt(progress.plays, 16, "%llu plays", (unsigned long long)progress.plays);
    free(scene);
}

Test(shrink, what_is_left_is_lowered_but_not_to_the_very_edge)
{
    for (uint32_t least = 1; least <= 200; least++) {
        struct scene *scene = scene_new();
        uint32_t values[1];
        struct shrink_progress progress;
        add(scene, 0, "network/latency", 0, 200);
        need(scene, 0, least);
        cr_assert_eq(run(scene, 1, 0, values, &progress), SHRINK_DONE);
        cr_expect(values[0] >= least && values[0] <= least + 1 + values[0] / 8, "%u became %u", least,
                  values[0]);
        free(scene);
    }
}

/* A kill at the fifth attempt: it needs the times of those before it, and no other strike. */
Test(shrink, a_strike_goes_with_all_its_picks_and_without_those_that_later_ones_need)
{
    struct scene *scene = scene_new();
    uint32_t values[PICKS_MAX];
    struct shrink_progress progress;
    for (uint64_t series = 0; series < 6; series++) {
        need(scene, add(scene, 0, "fault/kill/present", series << 32, 1), 1);
        if (series != 3)
            scene->needed_count--;
        for (uint64_t attempt = 0; attempt < 8; attempt++) {
            need(scene, add(scene, 0, "fault/kill/when", series << 32 | attempt, 100), 1);
            if (series != 3 || attempt > 4)
                scene->needed_count--;
            need(scene, add(scene, 0, "fault/kill/strike", series << 32 | attempt, 1), 1);
            if (series != 3 || attempt != 4)
                scene->needed_count--;
            add(scene, 0, "fault/kill/whom", series << 32 | attempt, 2);
        }
    }
    cr_assert_eq(run(scene, 1, 0, values, &progress), SHRINK_DONE);
    cr_expect_eq(scene->needed_count, 7);
    expect_needed_only(scene, values, "strike");
    cr_expect_lt(progress.plays, 60, "%llu plays", (unsigned long long)progress.plays);
    free(scene);
}

/* Faults alone, or noise alone: either fails. */
static bool fails_of_either(const struct scene *scene, const uint32_t *values)
{
    (void)scene;
    return (values[0] && values[1]) || values[5];
}

Test(shrink, faults_are_kept_rather_than_noise)
{
    struct scene *scene = scene_new();
    uint32_t values[PICKS_MAX];
    struct shrink_progress progress;
    add(scene, 0, "fault/kill/present", 0, 1);
    add(scene, 0, "fault/kill/strike", 0, 1);
    add_noise(scene, 8);
    scene->fails = fails_of_either;
    cr_assert_eq(run(scene, 1, 0, values, &progress), SHRINK_DONE);
    cr_expect(values[0] && values[1]);
    cr_expect_eq(progress.deviations, 2);
    free(scene);
}

/* Neither monotonous nor independent: an odd number of the first ten, with the third. */
static bool fails_oddly(const struct scene *scene, const uint32_t *values)
{
    (void)scene;
    size_t count = 0;
    for (size_t i = 0; i < 11; i++)
        count += values[i] != 0;
    return values[3] && count % 2 == 1;
}

Test(shrink, of_what_is_left_no_single_pick_can_be_dropped)
{
    struct scene *scene = scene_new();
    uint32_t values[PICKS_MAX], without[PICKS_MAX];
    struct shrink_progress progress;
    add_noise(scene, 11);
    scene->fails = fails_oddly;
    cr_assert_eq(run(scene, 3, 0, values, &progress), SHRINK_DONE);
    cr_expect(fails_oddly(scene, values));
    for (size_t i = 0; i < 11; i++) {
        memcpy(without, values, sizeof without);
        without[i] = 0;
        cr_expect(!values[i] || !fails_oddly(scene, without), "pick %zu", i);
    }
    free(scene);
}

/* Only the high values of the one pick need the other. */
static bool fails_if_low(const struct scene *scene, const uint32_t *values)
{
    (void)scene;
    return values[0] && (values[0] < 50 || values[1]);
}

Test(shrink, what_a_lowered_value_no_longer_needs_goes)
{
    struct scene *scene = scene_new();
    uint32_t values[2];
    struct shrink_progress progress;
    add(scene, 0, "network/latency", 0, 60);
    add(scene, 0, "schedule/wake", 0, 1);
    scene->fails = fails_if_low;
    cr_assert_eq(run(scene, 1, 0, values, &progress), SHRINK_DONE);
    cr_expect_eq(values[0], 1);
    cr_expect_eq(values[1], 0);
    free(scene);
}

static int compare_hashes(const void *one, const void *other)
{
    uint64_t left = *(const uint64_t *)one, right = *(const uint64_t *)other;
    return (left > right) - (left < right);
}

Test(shrink, what_did_not_fail_is_not_played_again)
{
    struct scene *scene = scene_new();
    static uint32_t values[PICKS_MAX];
    struct shrink_progress progress;
    add_noise(scene, 300);
    for (size_t i = 0; i < 8; i++)
        need(scene, 11 + i * 31, 1 + (uint32_t)i);
    cr_assert_eq(run(scene, 1, 0, values, &progress), SHRINK_DONE);
    qsort(scene->missed, scene->missed_count, sizeof *scene->missed, compare_hashes);
    for (size_t i = 1; i < scene->missed_count; i++)
        cr_assert_neq(scene->missed[i], scene->missed[i - 1]);
    free(scene);
}

Test(shrink, a_spent_budget_leaves_what_fails_at_any_moment)
{
    for (uint64_t cost = 10; cost < 600; cost += 10) {
        struct scene *scene = scene_new();
        static uint32_t values[PICKS_MAX];
        struct shrink_progress progress;
        add_noise(scene, 200);
        need(scene, 20, 3);
        need(scene, 150, 1);
        enum shrink_end end = run(scene, 1, cost, values, &progress);
        cr_assert(end == SHRINK_OUT_OF_COST || end == SHRINK_DONE);
        cr_assert(has_needed(scene, values), "cost %llu", (unsigned long long)cost);
        cr_assert_leq(progress.cost, cost > 20 ? cost : 20); /* two plays confirm */
        free(scene);
    }
}

Test(shrink, what_does_not_fail_twice_alike_is_not_shrunk)
{
    static uint32_t values[PICKS_MAX];
    struct shrink_progress progress;
    static const struct {
        const char *what;
        uint64_t passes_from, other_history_at, gives_up_at;
        enum shrink_end end;
        uint64_t plays;
    } rows[] = {{"never", 1, 0, 0, SHRINK_NO_FAILURE, 1},
                {"not the second time", 2, 0, 0, SHRINK_UNSTEADY, 2},
                {"by another history", 0, 2, 0, SHRINK_UNSTEADY, 2},
                {"given up at once", 0, 0, 1, SHRINK_GIVEN_UP, 1},
                {"given up later", 0, 0, 9, SHRINK_GIVEN_UP, 9}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene *scene = scene_new();
        add_noise(scene, 100);
        need(scene, 50, 1);
        scene->passes_from = rows[i].passes_from;
        scene->other_history_at = rows[i].other_history_at;
        scene->gives_up_at = rows[i].gives_up_at;
        values[0] = 77;
        cr_expect_eq(run(scene, 1, 0, values, &progress), rows[i].end, "%s", rows[i].what);
        cr_expect_eq(scene->plays, rows[i].plays, "%s", rows[i].what);
        cr_expect_eq(values[0], 77, "%s: nothing is given back", rows[i].what);
        free(scene);
    }
}

Test(shrink, a_world_that_fails_without_any_pick_has_nothing_left)
{
    struct scene *scene = scene_new();
    uint32_t values[1] = {9};
    struct shrink_progress progress;
    cr_expect_eq(run(scene, 1, 0, values, &progress), SHRINK_DONE);
    add_noise(scene, 900);
    static uint32_t many[PICKS_MAX];
    cr_expect_eq(run(scene, 4, 0, many, &progress), SHRINK_DONE);
    cr_expect_eq(progress.deviations, 0);
    cr_expect_lt(progress.plays, 5);
    free(scene);
}
