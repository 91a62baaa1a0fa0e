/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome: what a worker tells its parent about one seed. Plain bytes, from one process to another of the
 * same build. The choices do not travel: a worker writes the trace itself.
 */
#ifndef SIM_CLI_OUTCOME_H
#define SIM_CLI_OUTCOME_H

#include "sim/cli/play.h"

enum { OUTCOME_DIVERGENCE_BYTES = 2048 };

struct outcome {
    uint64_t history, events, faults, rebalances, kills, pauses, resets, duplicates;
    int64_t virtual_ns;
    bool guard_on;
    bool is_checked, is_diverged; /* played a second time, in a fresh process; and it was another world */
    char divergence[OUTCOME_DIVERGENCE_BYTES];
    uint32_t finding_count;
    struct play_finding finding; /* the first one */
    uint32_t observed_count, sometimes_count, known_count, allowed_count;
    struct play_counter observed[PLAY_COUNTERS_MAX], sometimes[PLAY_COUNTERS_MAX], known[PLAY_COUNTERS_MAX],
        allowed[PLAY_COUNTERS_MAX];
};

void outcome_set(struct outcome *outcome_out, const struct play_result *result);

#endif
