/* SPDX-License-Identifier: Apache-2.0 */
/* judging: see judging.h. */
#include "sim/cli/judging.h"

#include <string.h>
#include "sim/cli/measure.h"
#include "sim/cli/pipe.h"

/* librdkafka 2.0.2 leaves an empty list when it leaves a group in the middle of a revocation (incr_unassign_done). */
enum { LIST_BYTES = 16 };

struct property_config judging_of(const struct scenario *scenario)
{
    struct property_config config = property_config_default();
    config.stages = 0;
    for (size_t i = 0; i < scenario->stage_count; i++) {
        config.is_exactly_once |= strcmp(scenario->stages[i].name, "copier") == 0;
        config.stages |= measure_stage(scenario->stages[i].name);
    }
    config.copy_input = PIPE_INPUT;
    config.copy_output = PIPE_OUTPUT;
    config.copy_group = PIPE_GROUP;
    config.leaked_allocations_max = 1;
    config.leaked_bytes_max = LIST_BYTES;
    return config;
}
