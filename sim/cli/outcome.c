/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/outcome.h"

#include <assert.h>
#include <string.h>

void outcome_set(struct outcome *outcome_out, const struct play_result *result)
{
    assert(result->observed_count <= PLAY_COUNTERS_MAX && result->sometimes_count <= PLAY_COUNTERS_MAX);
    assert(result->known_count <= PLAY_COUNTERS_MAX);
    memset(outcome_out, 0, sizeof *outcome_out);
    *outcome_out = (struct outcome){
        .history = result->history,
        .events = result->events,
        .faults = result->faults,
        .rebalances = result->rebalances,
        .kills = result->kills,
        .pauses = result->pauses,
        .resets = result->resets,
        .duplicates = result->duplicates,
        .virtual_ns = result->virtual_ns,
        .guard_on = result->guard_on,
        .finding_count = (uint32_t)result->finding_count,
        .observed_count = (uint32_t)result->observed_count,
        .sometimes_count = (uint32_t)result->sometimes_count,
        .known_count = (uint32_t)result->known_count,
        .allowed_count = (uint32_t)result->allowed_count,
    };
    if (result->finding_count)
        outcome_out->finding = result->findings[0];
    memcpy(outcome_out->observed, result->observed, result->observed_count * sizeof result->observed[0]);
    memcpy(outcome_out->allowed, result->allowed, result->allowed_count * sizeof result->allowed[0]);
    memcpy(outcome_out->known, result->known, result->known_count * sizeof result->known[0]);
    memcpy(outcome_out->sometimes, result->sometimes, result->sometimes_count * sizeof result->sometimes[0]);
}
