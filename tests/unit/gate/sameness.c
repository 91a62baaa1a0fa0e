/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One seed has one history: later in the same process, in another process with another environment, working directory,
 * address space and heap filling, and with its memory turned around. And what would break that is caught.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim/world/arena.h"
#include "tests/unit/gate/group.h"

enum { SEEDS = 10, BETWEEN = 50, LAYOUTS = 4, KILLS = 3, LINE_BYTES = 128, PADDING_BYTES = 5000 };

static uint64_t play(const struct group_options *options)
{
    static struct group_result result;
    group_play(options, &result);
    cr_assert_eq(result.report.finding_count, 0, "seed %" PRIu64 ": %s", options->seed, result.finding.text);
    cr_assert(result.converged, "seed %" PRIu64, options->seed);
    return result.report.history;
}

static uint64_t play_seed(uint64_t seed)
{
    return play(&(struct group_options){.seed = seed, .kills = KILLS});
}

/* --- the same ---------------------------------------------------------------------------------------------------- */

Test(gate_sameness, a_seed_has_the_same_history_after_fifty_other_worlds_and_seeds_differ)
{
    uint64_t first[SEEDS];
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        first[seed] = play_seed(seed);
        for (uint64_t other = 0; other < seed; other++)
            cr_assert_neq(first[other], first[seed]);
    }
    for (uint64_t seed = 0; seed < BETWEEN; seed++)
        play_seed(1000 + seed);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        cr_expect_eq(play_seed(seed), first[seed], "seed %" PRIu64, seed);
}

/* Where and how gate-hashes runs. */
struct elsewhere {
    const char *program;   /* NULL: of this build's backend */
    const char *directory; /* NULL: / */
    const char *const *arguments;
    char *const *environment; /* NULL: empty */
};

/* Runs one seed in a process of its own. */
static uint64_t play_elsewhere(uint64_t seed, const struct elsewhere *where)
{
    char seed_text[24], line[LINE_BYTES];
    snprintf(seed_text, sizeof seed_text, "%" PRIu64, seed);
    const char *program = where->program ? where->program : GATE_HASHES;
    const char *argv[16] = {program, seed_text, seed_text};
    for (size_t i = 0; where->arguments[i]; i++)
        argv[3 + i] = where->arguments[i];
    char *const nothing[] = {NULL};
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions, where->directory ? where->directory : "/");
    pid_t child;
    int error = posix_spawn(&child, program, &actions, NULL, (char **)(uintptr_t)argv,
                            where->environment ? where->environment : nothing);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    uint64_t told = 0, hash = 0;
    if (error || !fgets(line, sizeof line, output) || sscanf(line, "%" SCNu64 " %" SCNx64, &told, &hash) != 2)
        hash = 0;
    fclose(output);
    int status = 1;
    if (!error)
        waitpid(child, &status, 0);
    cr_assert(status == 0 && told == seed && hash, "%s failed (wait status %d): is it built?", program,
              status);
    return hash;
}

Test(gate_sameness, a_seed_has_the_same_history_in_another_process_environment_directory_and_heap)
{
    static char padding[PADDING_BYTES + 8] = "PADDING=";
    memset(padding + 8, 'x', PADDING_BYTES - 1);
    char *const environment[] = {padding, (char[]){"LC_ALL=C"}, NULL};
    static const char *const arguments[] = {"--kills", "3", "--fill", "0xa5", NULL};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t here = play_seed(seed);
        struct elsewhere where = {.directory = "/usr", .arguments = arguments, .environment = environment};
        cr_expect_eq(play_elsewhere(seed, &where), here, "seed %" PRIu64, seed);
    }
}

Test(gate_sameness, a_seed_has_the_same_history_on_coroutines_and_on_kernel_threads)
{
    static const char *const arguments[] = {"--kills", "3", NULL};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct elsewhere where = {.program = GATE_HASHES_OTHER, .arguments = arguments};
        cr_expect_eq(play_elsewhere(seed, &where), play_seed(seed), "seed %" PRIu64, seed);
    }
}

Test(gate_sameness, an_honest_program_has_the_same_history_however_its_memory_lies)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t upwards = play_seed(seed);
        for (unsigned layout = 1; layout < LAYOUTS; layout++)
            cr_expect_eq(play(&(struct group_options){.seed = seed, .kills = KILLS, .layout = layout}),
                         upwards, "seed %" PRIu64 ", layout %u", seed, layout);
    }
}

Test(gate_sameness, an_honest_program_has_the_same_history_whatever_fresh_memory_holds)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t as_it_was = play_seed(seed);
        arena_set_fill(0xee);
        uint64_t filled = play_seed(seed);
        arena_set_fill(-1);
        cr_expect_eq(filled, as_it_was, "seed %" PRIu64, seed);
    }
}

Test(gate_sameness, a_byte_of_dev_urandom_is_the_worlds_and_the_same_in_every_run)
{
    static const char *const arguments[] = {"--plant", "6", NULL};
    uint64_t here = play(&(struct group_options){.seed = 1, .plant = PLANT_DEVICE});
    cr_expect_eq(play(&(struct group_options){.seed = 1, .plant = PLANT_DEVICE}), here);
    cr_expect_eq(play_elsewhere(1, &(struct elsewhere){.arguments = arguments}), here);
}

/* --- what would break it ----------------------------------------------------------------------------------------- */

Test(gate_sameness, a_random_byte_from_the_kernels_hand_out_differs_in_another_process)
{
    static const char *const arguments[] = {"--plant", "1", NULL};
    uint64_t here = play(&(struct group_options){.seed = 1, .plant = PLANT_AUXILIARY});
    cr_expect_neq(play_elsewhere(1, &(struct elsewhere){.arguments = arguments}), here);
}

Test(gate_sameness, pointer_order_in_a_payload_differs_in_another_layout)
{
    uint64_t upwards = play(&(struct group_options){.seed = 1, .plant = PLANT_ORDER});
    cr_expect_eq(play(&(struct group_options){.seed = 1, .plant = PLANT_ORDER}), upwards,
                 "one layout hides it");
    cr_expect_neq(play(&(struct group_options){.seed = 1, .plant = PLANT_ORDER, .layout = 1}), upwards);
}

/* Unguarded, two runs differ; their bytes are random, so one pair in 256^GROUP_MESSAGES is alike. */
static void expect_two_histories_without_guard(enum group_plant plant)
{
    struct group_options options = {.seed = 1, .plant = plant, .without_guard = true};
    uint64_t once = play(&options);
    cr_expect_neq(play(&options), once);
}

Test(gate_sameness, a_random_byte_behind_the_worlds_back_differs_between_two_runs)
{
    expect_two_histories_without_guard(PLANT_URANDOM);
}

Test(gate_sameness, the_hosts_clock_read_behind_the_worlds_back_differs_between_two_runs)
{
    expect_two_histories_without_guard(PLANT_CLOCK);
}

#ifndef MILLRACE_ASAN
static void expect_escape(enum group_plant plant, const char *named)
{
    static struct group_result result;
    group_play(&(struct group_options){.seed = 1, .plant = plant}, &result);
    cr_assert_eq(result.report.finding_count, 1);
    cr_expect(result.guard_was_on);
    cr_expect_eq(result.finding.kind, FINDING_ESCAPE);
    cr_expect_not_null(strstr(result.finding.text, named), "%s", result.finding.text);
    cr_expect_not_null(strstr(result.finding.text, "producer.1"), "%s", result.finding.text);
    cr_expect_not_null(strstr(result.finding.text, "group_producer_main"), "%s", result.finding.text);
}

Test(gate_sameness, a_random_byte_behind_the_worlds_back_is_stopped_and_named)
{
    expect_escape(PLANT_URANDOM, "system call 318");
}

Test(gate_sameness, the_hosts_clock_read_behind_the_worlds_back_is_stopped_and_named)
{
    expect_escape(PLANT_CLOCK, "rdtsc");
}
#endif
