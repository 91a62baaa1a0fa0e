/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cases in the simulated world: the world is like Linux as far as they print there what they print natively, in
 * every schedule. A row is a family; the case is in the message. A case is looked up by its index, so the process that
 * runs it needs no pointer.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/posix/world.h"

enum { FAMILIES_MAX = 64, REORDERED_SEEDS = 2 };

/* The cases of a family, by index. */
struct range {
    size_t first, end;
};

static struct criterion_test_params families(void)
{
    static struct range ranges[FAMILIES_MAX];
    size_t count = 0, index = 0;
    for (const struct likeness_case *const *family = likeness_families; *family; family++) {
        cr_assert_lt(count, FAMILIES_MAX);
        ranges[count].first = index;
        for (const struct likeness_case *each = *family; each->name; each++)
            index++;
        ranges[count++].end = index;
    }
    return cr_make_param_array(struct range, ranges, count);
}

/* What the case prints natively, for the caller to free. By a program of its own, which knows nothing of the world. */
static char *native_output(const char *name)
{
    char command[4096], *output = NULL;
    const char *program = getenv("POSIX_LIKENESS");
    cr_assert_not_null(program, "POSIX_LIKENESS does not name the program that runs a case natively");
    cr_assert_lt(snprintf(command, sizeof(command), "'%s' --raw %s", program, name), (int)sizeof(command));
    FILE *pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    size_t bytes = 0;
    if (getdelim(&output, &bytes, 0, pipe) < 0)
        cr_assert_fail("%s printed nothing", command);
    cr_assert_eq(pclose(pipe), 0, "%s failed", command);
    return output;
}

static void expect_nothing_wrong(const char *name, uint64_t seed, const struct likeness_world *world)
{
    cr_expect_eq(world->report.finding_count, 0, "%s, seed %lu: %s", name, seed, world->finding);
    cr_expect_eq(world->end.live_count, 0, "%s, seed %lu: %lu allocations of %lu bytes were not freed", name,
                 seed, world->end.live_count, world->end.live_bytes);
    cr_expect_eq(world->end.open_descriptors, 0, "%s, seed %lu: %u descriptors are open", name, seed,
                 world->end.open_descriptors);
    cr_expect_eq(world->report.engine_live_bytes, 0, "%s, seed %lu: the engine keeps %lu bytes", name, seed,
                 world->report.engine_live_bytes);
    cr_expect_str_empty(world->left_over, "%s, seed %lu left %s", name, seed, world->left_over);
}

ParameterizedTestParameters(likeness_world, a_case_prints_what_it_prints_on_linux)
{
    return families();
}

ParameterizedTest(struct range *family, likeness_world, a_case_prints_what_it_prints_on_linux, .timeout = 120)
{
    for (size_t i = family->first; i < family->end; i++) {
        const char *name = likeness_at(i)->name;
        char *native = native_output(name);
        struct likeness_world world = likeness_world_run(i, 0);
        cr_expect_str_eq(world.output, native, "%s printed\n%sbut natively\n%s", name, world.output, native);
        expect_nothing_wrong(name, 0, &world);
        likeness_world_free(&world);
        free(native);
    }
}

ParameterizedTestParameters(likeness_world, a_case_prints_the_same_in_every_schedule)
{
    return families();
}

ParameterizedTest(struct range *family, likeness_world, a_case_prints_the_same_in_every_schedule,
                  .timeout = 120)
{
    for (size_t i = family->first; i < family->end; i++) {
        const char *name = likeness_at(i)->name;
        struct likeness_world plain = likeness_world_run(i, 0);
        for (uint64_t seed = 1; seed <= REORDERED_SEEDS; seed++) {
            struct likeness_world reordered = likeness_world_run(i, seed);
            cr_expect_str_eq(reordered.output, plain.output, "%s, seed %lu, printed\n%snot\n%s", name, seed,
                             reordered.output, plain.output);
            expect_nothing_wrong(name, seed, &reordered);
            likeness_world_free(&reordered);
        }
        likeness_world_free(&plain);
    }
}

ParameterizedTestParameters(likeness_world, a_case_has_one_history_for_a_seed)
{
    return families();
}

ParameterizedTest(struct range *family, likeness_world, a_case_has_one_history_for_a_seed, .timeout = 120)
{
    for (size_t i = family->first; i < family->end; i++)
        for (uint64_t seed = 0; seed <= REORDERED_SEEDS; seed++) {
            struct likeness_world once = likeness_world_run(i, seed), again = likeness_world_run(i, seed);
            cr_expect_eq(once.report.history, again.report.history, "%s, seed %lu: %016lx, then %016lx",
                         likeness_at(i)->name, seed, once.report.history, again.report.history);
            cr_expect_gt(once.report.events, 0, "%s made no event", likeness_at(i)->name);
            likeness_world_free(&once);
            likeness_world_free(&again);
        }
}
