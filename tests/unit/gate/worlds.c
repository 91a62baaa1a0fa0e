/* SPDX-License-Identifier: Apache-2.0 */
/* Many worlds in one operating-system process: nothing grows, nothing is found, nothing of the engine's is left. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "sim/world/arena.h"
#include "sim/world/task.h"
#include "tests/unit/gate/group.h"

enum { SETTLED = 1000, WORLDS = 10000, WORLDS_SLOW = 1500, GROWTH_BYTES_MAX = 1 << 20 };

/* A sanitizer's runtime maps memory of its own as it goes: there, what the host's arena holds has to do. */
static long resident_bytes(void)
{
#ifdef MILLRACE_ASAN
    return (long)arena_usage(arena_host()).live_bytes;
#else
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%ld %ld", &size, &resident) != 2)
            resident = 0;
        fclose(file);
    }
    return resident * sysconf(_SC_PAGESIZE);
#endif
}

/* Kernel threads and sanitizers are slow: there, fewer. */
static uint64_t world_count(void)
{
#ifdef MILLRACE_ASAN
    return WORLDS_SLOW;
#else
    return strcmp(task_backend_name(), "coroutine") == 0 ? WORLDS : WORLDS_SLOW;
#endif
}

static void expect_clean(const struct group_options *options, const struct group_result *result)
{
    cr_assert_eq(result->report.finding_count, 0, "seed %" PRIu64 ": %s", options->seed,
                 result->finding.text);
    cr_assert(result->converged, "seed %" PRIu64 ": %u messages", options->seed, result->told);
    cr_assert_eq(result->report.engine_live_bytes, 0,
                 "seed %" PRIu64 ": %" PRIu64 " bytes of the engine's are left", options->seed,
                 result->report.engine_live_bytes);
    cr_assert_eq(result->left_blocks, 0, "seed %" PRIu64 ": %" PRIu64 " blocks not freed", options->seed,
                 result->left_blocks);
    cr_assert_eq(result->left_descriptors, 0, "seed %" PRIu64, options->seed);
}

Test(gate_worlds, ten_thousand_worlds_in_one_process_leave_nothing_behind)
{
    static struct group_result result;
    struct group_options options = {0};
    long settled_bytes = 0;
    uint64_t last = world_count(), told_again = 0;
    for (options.seed = 1; options.seed <= last; options.seed++) {
        group_play(&options, &result);
        expect_clean(&options, &result);
        told_again += result.told_again;
        if (options.seed == SETTLED)
            settled_bytes = resident_bytes();
    }
    long growth_bytes = resident_bytes() - settled_bytes;
    cr_expect_gt(settled_bytes, 0);
    cr_expect_leq(growth_bytes, GROWTH_BYTES_MAX,
                  "%ld bytes more after world %" PRIu64 " than after world %d", growth_bytes, last, SETTLED);
    cr_expect_lt(told_again, last, "nobody was killed: a message comes twice after a rebalance only");
}
