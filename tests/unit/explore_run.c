/* SPDX-License-Identifier: Apache-2.0 */
/* explore: seeds in order from any number of workers, and workers that die, hang or never start. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim/explore/explore.h"

enum { STORY_BYTES = 1 << 18 };

/* What the fake job does at which seed (0: at none), and what came of it. */
struct scene {
    uint64_t dies_at, exits_at, hangs_at, idles_at, enough_at;
    bool cannot_open, gives_up;
    char story[STORY_BYTES];
    size_t used, count;
};

static void open_job(void *opaque)
{
    const struct scene *scene = opaque;
    if (scene->cannot_open) {
        fputs("no world today\n", stderr);
        _exit(1);
    }
}

static size_t play_seed(void *opaque, uint64_t seed, void *out)
{
    const struct scene *scene = opaque;
    if (seed == scene->dies_at) {
        fputs("first line\nlast words\n\n", stderr);
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    if (seed == scene->exits_at)
        _exit(7);
    for (volatile bool forever = seed == scene->hangs_at; forever;)
        ;
    while (seed == scene->idles_at)
        pause();
    for (volatile uint64_t spin = seed % 7 * 20000; spin; spin--) /* so that workers overtake each other */
        ;
    return (size_t)sprintf(out, "result of %lu", (unsigned long)seed) + 1;
}

static bool note(void *opaque, const struct explore_result *result)
{
    struct scene *scene = opaque;
    static const char *const ends[] = {"played", "died", "stuck"};
    int status = result->wait_status;
    scene->used += (size_t)snprintf(
        scene->story + scene->used, STORY_BYTES - scene->used, "%lu %s %s %d %d %s\n",
        (unsigned long)result->seed, ends[result->end],
        result->byte_count ? (const char *)result->bytes : "-",
        result->end == EXPLORE_DIED && WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        result->end == EXPLORE_DIED && WIFEXITED(status) ? WEXITSTATUS(status) : 0, result->last_words);
    scene->count++;
    return result->seed != scene->enough_at;
}

static bool tick(void *opaque, uint64_t played)
{
    (void)played;
    return !((const struct scene *)opaque)->gives_up;
}

static bool explore(struct scene *scene, uint64_t first, uint64_t last, unsigned workers, char *error_out)
{
    const struct explore_job job = {open_job, play_seed, scene};
    const struct explore_options options = {.seed_first = first,
                                            .seed_last = last,
                                            .workers = workers,
                                            .cpu_limit_ns = 300000000,
                                            .wall_limit_ns = 1000000000,
                                            .on_result = note,
                                            .on_tick = tick,
                                            .opaque = scene};
    return explore_run(&job, &options, error_out);
}

static struct scene scene_one, scene_three;
static char error[EXPLORE_LAST_WORDS_BYTES];

Test(explore, any_number_of_workers_tells_the_same_in_seed_order)
{
    cr_assert(explore(&scene_one, 5, 3004, 1, error));
    cr_assert(explore(&scene_three, 5, 3004, 3, error));
    cr_expect_eq(scene_one.count, 3000);
    cr_expect_str_eq(scene_one.story, scene_three.story);
    cr_expect(strncmp(scene_one.story, "5 played result of 5 0 0 \n6 played", 33) == 0);
}

Test(explore, a_worker_that_dies_is_a_result_of_its_seed_with_its_last_words)
{
    scene_three.dies_at = 3;
    scene_three.exits_at = 5;
    cr_assert(explore(&scene_three, 1, 6, 3, error));
    cr_expect_str_eq(scene_three.story, "1 played result of 1 0 0 \n"
                                        "2 played result of 2 0 0 \n"
                                        "3 died - 6 0 last words\n"
                                        "4 played result of 4 0 0 \n"
                                        "5 died - 0 7 \n"
                                        "6 played result of 6 0 0 \n");
}

Test(explore, a_dead_worker_is_replaced_even_when_it_was_the_only_one)
{
    scene_one.dies_at = 1;
    cr_assert(explore(&scene_one, 1, 2, 1, error));
    cr_expect_str_eq(scene_one.story, "1 died - 6 0 last words\n2 played result of 2 0 0 \n");
}

Test(explore, a_worker_that_spins_or_sleeps_for_ever_is_stuck_and_replaced)
{
    scene_three.hangs_at = 2;
    scene_three.idles_at = 3;
    cr_assert(explore(&scene_three, 1, 5, 2, error));
    cr_expect_str_eq(scene_three.story, "1 played result of 1 0 0 \n"
                                        "2 stuck - 0 0 \n"
                                        "3 stuck - 0 0 \n"
                                        "4 played result of 4 0 0 \n"
                                        "5 played result of 5 0 0 \n");
}

Test(explore, nothing_is_told_after_enough)
{
    scene_three.enough_at = 4;
    cr_assert(explore(&scene_three, 1, 100000, 3, error));
    cr_expect_eq(scene_three.count, 4);
}

Test(explore, a_job_that_cannot_open_is_an_error_and_not_a_failure_of_every_seed)
{
    scene_three.cannot_open = true;
    cr_expect_not(explore(&scene_three, 1, 100, 2, error));
    cr_expect_str_eq(error, "a worker ended before its first seed: no world today");
    cr_expect_eq(scene_three.count, 0);
}

Test(explore, giving_up_at_a_tick_ends_it)
{
    scene_one.gives_up = true;
    scene_one.idles_at = 2;
    cr_expect_not(explore(&scene_one, 1, 100, 1, error));
    cr_expect_str_eq(error, "interrupted");
}

Test(explore, the_last_possible_seed_can_be_played)
{
    cr_assert(explore(&scene_three, UINT64_MAX - 1, UINT64_MAX, 2, error));
    cr_expect_eq(scene_three.count, 2);
}
