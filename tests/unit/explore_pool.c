/* SPDX-License-Identifier: Apache-2.0 */
/* pool: workers that stay, and those that die, hang or never begin. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/explore/pool.h"

enum { DIES = 1000, HANGS, EXITS };
#define CPU_LIMIT_NS INT64_C(300000000)

struct scene {
    bool cannot_open;
    uint64_t played; /* by this worker */
};

static void open_job(void *opaque)
{
    const struct scene *scene = opaque;
    if (!scene->cannot_open)
        return;
    fputs("no world today\n", stderr);
    _exit(1);
}

static size_t play(void *opaque, uint64_t number, void *out)
{
    struct scene *scene = opaque;
    scene->played++;
    if (number == DIES) {
        fputs("last words\n", stderr);
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    if (number == EXITS)
        _exit(0);
    for (volatile bool forever = number == HANGS; forever;)
        ;
    uint64_t answer[2] = {number * 2, scene->played};
    memcpy(out, answer, sizeof answer);
    return sizeof answer;
}

static struct pool *new_pool(struct scene *scene, unsigned workers)
{
    static struct explore_job job;
    char error[EXPLORE_LAST_WORDS_BYTES];
    job = (struct explore_job){open_job, play, scene};
    struct pool *pool = pool_new(&job, workers, CPU_LIMIT_NS, error);
    cr_assert(pool, "%s", error);
    return pool;
}

static void expect_answer(const struct pool_result *result, uint64_t number, uint64_t played)
{
    uint64_t answer[2];
    cr_assert_eq(result->end, EXPLORE_PLAYED);
    cr_assert_eq(result->byte_count, sizeof answer);
    memcpy(answer, result->bytes, sizeof answer);
    cr_expect_eq(answer[0], number * 2);
    cr_expect_eq(answer[1], played, "of %llu", (unsigned long long)number);
}

Test(pool, each_number_has_its_result_and_the_workers_stay)
{
    struct scene scene = {0};
    struct pool *pool = new_pool(&scene, 3);
    struct pool_result results[3];
    char error[EXPLORE_LAST_WORDS_BYTES];
    for (uint64_t round = 1; round <= 20; round++) {
        uint64_t numbers[3] = {round, round + 100, round + 200};
        cr_assert(pool_play(pool, numbers, 3, results, error), "%s", error);
        for (size_t i = 0; i < 3; i++)
            expect_answer(&results[i], numbers[i], round);
    }
    pool_free(pool);
}

Test(pool, fewer_numbers_than_workers_are_played_too)
{
    struct scene scene = {0};
    struct pool *pool = new_pool(&scene, 4);
    struct pool_result result;
    char error[EXPLORE_LAST_WORDS_BYTES];
    for (uint64_t number = 1; number <= 3; number++) {
        cr_assert(pool_play(pool, &number, 1, &result, error), "%s", error);
        expect_answer(&result, number, number);
    }
    pool_free(pool);
}

Test(pool, one_that_dies_or_hangs_is_a_result_and_is_replaced)
{
    static const struct {
        uint64_t number;
        enum explore_end end;
        const char *words;
    } rows[] = {{DIES, EXPLORE_DIED, "last words"}, {HANGS, EXPLORE_STUCK, ""}, {EXITS, EXPLORE_DIED, ""}};
    struct scene scene = {0};
    struct pool *pool = new_pool(&scene, 2);
    struct pool_result results[2];
    char error[EXPLORE_LAST_WORDS_BYTES];
    for (uint64_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t numbers[2] = {rows[i].number, 7};
        cr_assert(pool_play(pool, numbers, 2, results, error), "%s", error);
        cr_expect_eq(results[0].end, rows[i].end, "%llu", (unsigned long long)rows[i].number);
        cr_expect_str_eq(results[0].last_words, rows[i].words);
        expect_answer(&results[1], 7, 2 * i + 1);
        uint64_t after[2] = {8, 9};
        cr_assert(pool_play(pool, after, 2, results, error), "%s", error);
        expect_answer(&results[0], 8, 1); /* a new worker's first */
        expect_answer(&results[1], 9, 2 * i + 2);
    }
    pool_free(pool);
}

Test(pool, a_worker_that_cannot_begin_is_an_error_with_its_last_words)
{
    struct scene scene = {.cannot_open = true};
    struct pool *pool = new_pool(&scene, 2);
    struct pool_result result;
    char error[EXPLORE_LAST_WORDS_BYTES] = "";
    uint64_t number = 1;
    cr_expect_not(pool_play(pool, &number, 1, &result, error));
    cr_expect_str_eq(error, "a worker ended before it began: no world today");
    pool_free(pool);
}
