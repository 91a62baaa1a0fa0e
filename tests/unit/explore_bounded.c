/* SPDX-License-Identifier: Apache-2.0 */
/* bounded: each run within a budget once, in one order, told from any number of workers. Over trees whose runs can be
 * counted by a formula, and one whose decisions depend on what was decided before. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/explore/bounded.h"

enum { OFFERS_MAX = 64, STORY_BYTES = 1 << 16, FILE_BYTES = 4096 };

/* A world of `length` decisions. */
struct tree {
    uint32_t length, options;
    uint32_t faults; /* each of the first so many decisions is followed by a fault */
    bool grows; /* a decision taken otherwise is followed by one more, of which it says how many options */
    uint32_t
        fails[2]; /* decisions that have to be taken otherwise for it to fail; 0: none (they count from 1) */
    bool dies;
    int64_t forgets_after; /* so many runs of one step, it offers nothing after another one */
    FILE *tally;           /* of them, in all workers */
    FILE *book;            /* a line a run */
    struct bounded_offer offers[OFFERS_MAX];
    size_t offer_count;
    char told[256];
};

static uint32_t option_at(const struct bounded_step *steps, size_t count, uint64_t occurrence, uint32_t point)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].offer.choice.occurrence == occurrence && steps[i].offer.choice.point == point)
            return steps[i].option;
    return 0;
}

/* Adds an offer unless it lies before the last step. */
static uint32_t decide(struct tree *tree, const struct bounded_step *steps, size_t count, uint64_t occurrence,
                       uint32_t point, uint32_t options)
{
    uint32_t option = option_at(steps, count, occurrence, point);
    if (option) {
        tree->offer_count = 0;
        return option;
    }
    tree->offers[tree->offer_count++] =
        (struct bounded_offer){.choice = {.point = point, .occurrence = occurrence, .options = options},
                               .class = point == 9 ? BOUNDED_FAULT : BOUNDED_DEVIATION};
    return 0;
}

static void note(const struct tree *tree, const struct bounded_step *steps, size_t count)
{
    char line[256];
    size_t used = 0;
    line[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%llu%s=%u", i ? " " : "",
                                 (unsigned long long)steps[i].offer.choice.occurrence,
                                 steps[i].offer.class == BOUNDED_FAULT ? "f" : "", steps[i].option);
    fprintf(tree->book, "%s\n", line);
    fflush(tree->book);
}

/* The offset of an open file is common to all processes that inherited it. */
static int64_t count_plays(FILE *tally)
{
    cr_assert_eq(write(fileno(tally), "x", 1), 1);
    return lseek(fileno(tally), 0, SEEK_CUR);
}

static enum bounded_verdict play(void *opaque, const struct bounded_step *steps, size_t count,
                                 const struct bounded_offer **offers, size_t *offer_count, uint64_t *sums)
{
    struct tree *tree = opaque;
    uint32_t otherwise[OFFERS_MAX] = {0};
    tree->offer_count = 0;
    for (uint32_t i = 1; i <= tree->length; i++) {
        otherwise[i] = decide(tree, steps, count, i, 1, tree->options);
        if (otherwise[i] && tree->grows)
            decide(tree, steps, count, i, 2, 1 + otherwise[i]);
        if (i <= tree->faults)
            decide(tree, steps, count, i, 9, 2);
    }
    if (tree->dies && otherwise[2]) {
        fputs("the world fell over\n", stderr);
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    if (tree->book)
        note(tree, steps, count);
    sums[0]++;
    if (tree->forgets_after && count == 1 && count_plays(tree->tally) > tree->forgets_after)
        tree->offer_count = 0;
    *offers = tree->offers;
    *offer_count = tree->offer_count;
    bool has_failed =
        tree->fails[0] && otherwise[tree->fails[0]] && (!tree->fails[1] || otherwise[tree->fails[1]]);
    return has_failed ? BOUNDED_FAILED : BOUNDED_PASSED;
}

static size_t tell(void *opaque, const struct bounded_step *steps, size_t count, uint64_t unit, void *out)
{
    (void)opaque;
    (void)unit;
    char *at = out;
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += (size_t)sprintf(at + used, "%llu=%u ", (unsigned long long)steps[i].offer.choice.occurrence,
                                steps[i].option);
    return used;
}

static void on_failure(void *opaque, const struct bounded_failure *failure)
{
    struct tree *tree = opaque;
    if (failure->end == EXPLORE_PLAYED)
        snprintf(tree->told, sizeof tree->told, "%s%.*s",
                 failure->verdict == BOUNDED_DIVERGED ? "diverged " : "", (int)failure->told_bytes,
                 (const char *)failure->told);
    else
        snprintf(tree->told, sizeof tree->told, "died: %s", failure->last_words);
}

static struct bounded_report walk(struct tree *tree, uint32_t deviations, uint32_t faults, unsigned workers)
{
    char error[EXPLORE_LAST_WORDS_BYTES] = "";
    struct bounded_report report;
    bool is_good = bounded_run(
        &(struct bounded_job){NULL, play, tell, tree},
        &(struct bounded_options){
            .budget = {deviations, faults}, .workers = workers, .on_failure = on_failure, .opaque = tree},
        &report, error);
    cr_assert(is_good, "%s", error);
    return report;
}

static uint64_t over(uint64_t n, uint64_t k)
{
    uint64_t value = 1;
    for (uint64_t i = 1; i <= k; i++)
        value = value * (n - k + i) / i;
    return value;
}

Test(bounded, without_a_budget_there_is_the_uneventful_run)
{
    struct tree tree = {.length = 10, .options = 3};
    struct bounded_report report = walk(&tree, 0, 0, 1);
    cr_expect_eq(report.runs, 1);
    cr_expect(report.is_exhausted);
}

Test(bounded, runs_are_as_many_as_sets_of_steps)
{
    for (uint32_t deviations = 0; deviations <= 3; deviations++) {
        struct tree tree = {.length = 12, .options = 3};
        struct bounded_report report = walk(&tree, deviations, 0, 1);
        uint64_t expected = 0;
        for (uint32_t k = 0; k <= deviations; k++) {
            cr_expect_eq(report.runs_by_steps[k], over(12, k) << k, "%u steps", k);
            expected += over(12, k) << k;
        }
        cr_expect_eq(report.runs, expected);
        cr_expect_eq(report.sums[0], expected, "what is played again for its offers is not counted");
        cr_expect(report.is_exhausted);
    }
}

Test(bounded, faults_have_a_budget_of_their_own)
{
    struct tree tree = {.length = 10, .options = 2, .faults = 4};
    cr_expect_eq(walk(&tree, 1, 0, 1).runs, 1 + 10);
    cr_expect_eq(walk(&tree, 0, 1, 1).runs, 1 + 4);
    cr_expect_eq(walk(&tree, 0, 2, 1).runs, 1 + 4 + 6);
    cr_expect_eq(walk(&tree, 1, 1, 1).runs, 1 + 10 + 4 + 10 * 4);
    cr_expect_eq(walk(&tree, 2, 1, 1).runs, 1 + 10 + 4 + 45 + 10 * 4 + 45 * 4);
}

/* i=k opens a decision of 1 + k options, so k more runs of one more step. */
Test(bounded, decisions_that_only_others_bring_about_are_walked_too)
{
    struct tree tree = {.length = 5, .options = 4, .grows = true};
    struct bounded_report report = walk(&tree, 2, 0, 2);
    cr_expect_eq(report.runs_by_steps[1], 5 * 3);
    cr_expect_eq(report.runs_by_steps[2], over(5, 2) * 9 + 5 * (1 + 2 + 3));
}

static int compare_lines(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

Test(bounded, no_run_is_played_twice_but_for_its_offers)
{
    static char text[STORY_BYTES];
    char *lines[2048];
    size_t count = 0, twice = 0;
    struct tree tree = {.length = 6, .options = 3, .faults = 2, .grows = true, .book = tmpfile()};
    struct bounded_report report = walk(&tree, 2, 1, 1);
    rewind(tree.book);
    text[fread(text, 1, sizeof text - 1, tree.book)] = '\0';
    for (char *at = text; *at; at = strchr(at, '\0') + 1) {
        lines[count++] = at;
        *strchr(at, '\n') = '\0';
    }
    qsort(lines, count, sizeof lines[0], compare_lines);
    for (size_t i = 1; i < count; i++)
        twice += strcmp(lines[i - 1], lines[i]) == 0;
    cr_expect_eq(twice, report.replays);
    cr_expect_eq(count, report.runs + report.replays);
    cr_expect_gt(report.runs, 100);
}

Test(bounded, the_walk_is_the_same_from_any_number_of_workers)
{
    struct tree alone = {.length = 14, .options = 3, .grows = true, .fails = {9, 13}}, crowd = alone;
    struct bounded_report one = walk(&alone, 3, 0, 1), many = walk(&crowd, 3, 0, 5);
    cr_expect_eq(one.runs, many.runs);
    cr_expect_arr_eq(one.runs_by_steps, many.runs_by_steps, sizeof one.runs_by_steps);
    cr_expect_str_eq(alone.told, crowd.told);
    cr_expect(one.has_failed && !one.is_exhausted);
}

Test(bounded, a_failure_is_found_with_as_few_steps_as_it_needs)
{
    struct tree tree = {.length = 12, .options = 3, .fails = {4, 11}};
    struct bounded_report report = walk(&tree, 3, 0, 2);
    cr_expect_str_eq(tree.told, "4=1 11=1 ");
    cr_expect_eq(report.whole_steps, 2);
    cr_expect_eq(report.runs_by_steps[3], 0);
}

Test(bounded, many_options_are_eight_with_the_first_and_the_last)
{
    cr_expect_eq(bounded_ranks(2), 1);
    cr_expect_eq(bounded_ranks(8), 7);
    for (uint32_t options = 9; options < 2000; options++) {
        uint32_t before = 0;
        cr_assert_eq(bounded_ranks(options), 7);
        for (uint32_t rank = 0; rank < 7; rank++) {
            uint32_t option = bounded_option(options, rank);
            cr_assert_gt(option, before);
            cr_assert_lt(option, options);
            before = option;
        }
        cr_assert_eq(bounded_option(options, 0), 1);
        cr_assert_eq(before, options - 1);
    }
    struct tree tree = {.length = 3, .options = 100};
    cr_expect_eq(walk(&tree, 2, 0, 1).runs, 1 + 3 * 7 + 3 * 49);
}

Test(bounded, a_world_that_falls_over_is_the_failure)
{
    struct tree tree = {.length = 4, .options = 2, .dies = true};
    struct bounded_report report = walk(&tree, 1, 0, 2);
    cr_expect(report.has_failed);
    cr_expect_str_eq(tree.told, "died: the world fell over");
}

Test(bounded, a_run_that_offers_something_else_when_played_again_has_diverged)
{
    struct tree tree = {.length = 4, .options = 2, .forgets_after = 4, .tally = tmpfile()};
    struct bounded_report report = walk(&tree, 2, 0, 1);
    cr_expect(report.has_failed && !report.is_exhausted);
    cr_expect_eq(strncmp(tree.told, "diverged", 8), 0, "%s", tree.told);
}

static bool give_up(void *opaque, uint32_t steps, uint64_t played, uint64_t total)
{
    (void)opaque;
    (void)played;
    (void)total;
    return steps < 2;
}

Test(bounded, given_up_it_is_not_exhausted_and_says_how_far_it_came)
{
    char error[EXPLORE_LAST_WORDS_BYTES] = "";
    struct bounded_report report;
    struct tree tree = {.length = 40, .options = 8};
    bool is_good = bounded_run(
        &(struct bounded_job){NULL, play, tell, &tree},
        &(struct bounded_options){
            .budget = {6, 0}, .workers = 2, .on_failure = on_failure, .on_tick = give_up, .opaque = &tree},
        &report, error);
    cr_expect_not(is_good);
    cr_expect_str_eq(error, "interrupted");
    cr_expect_not(report.is_exhausted);
    cr_expect_not(report.has_failed);
    cr_expect_geq(report.whole_steps, 2);
    cr_expect_lt(report.whole_steps, 6);
}
