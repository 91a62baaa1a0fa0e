/* SPDX-License-Identifier: Apache-2.0 */
/* world: what tests that drive worlds share. Never assert on a task's stack: record, and expect after the run. */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include <string.h>
#include "sim/world/host.h"
#include "sim/world/process.h"
#include "sim/world/world.h"

static inline int world_nothing(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

/* How one program's world ended. */
struct world_outcome {
    struct world_report report;
    struct process_end end;
    bool ended;
    struct world_finding finding; /* the first, when report.finding_count */
};

static inline void world_note_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)process;
    struct world_outcome *outcome = opaque;
    outcome->end = *end;
    outcome->ended = true;
}

/* Runs main alone on a host in a world of that seed. */
static inline struct world_outcome world_of(int (*main)(int, char **), uint64_t seed, const char *argument)
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(world_nothing);
    is_warm = true;
    struct world_outcome outcome = {0};
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED,
                                        .seed = seed,
                                        .preempt_per_million = 100000,
                                        .reorder_per_million = 100000});
    const char *arguments[] = {"program", argument, NULL};
    process_start(&(struct process_spec){.name = "program",
                                         .host = host_new("host"),
                                         .main = main,
                                         .arguments = arguments,
                                         .on_end = world_note_end,
                                         .opaque = &outcome});
    world_run();
    world_end(&outcome.report);
    if (outcome.report.finding_count)
        outcome.finding = *world_finding(0);
    return outcome;
}

#endif
