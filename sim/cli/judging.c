/* SPDX-License-Identifier: Apache-2.0 */
/* judging: see judging.h. */
#include "sim/cli/judging.h"

#include <string.h>
#include "sim/cli/measure.h"
#include "sim/cli/pipe.h"

/* librdkafka 2.0.2 leaves an empty list when it leaves a group in the middle of a revocation (incr_unassign_done). */
enum { LIST_BYTES = 16 };

/* The pipeline's stages are, unless they are told otherwise. */
static bool is_exactly_once(const struct scenario_stage *stage)
{
    for (size_t i = 0; i < stage->setting_count; i++)
        if (strcmp(stage->settings[i].key, "delivery") == 0)
            return strcmp(stage->settings[i].value, "exactly_once") == 0;
    unsigned kind = measure_stage(stage->name);
    return strcmp(stage->name, "copier") == 0 || (kind != 0 && !(kind & PROPERTY_COPY));
}

struct property_config judging_of(const struct scenario *scenario)
{
    struct property_config config = property_config_default();
    config.stages = 0;
    for (size_t i = 0; i < scenario->stage_count; i++) {
        config.is_exactly_once |= is_exactly_once(&scenario->stages[i]);
        config.stages |= measure_stage(scenario->stages[i].name);
    }
    config.copy_input = PIPE_INPUT;
    config.copy_output = PIPE_OUTPUT;
    config.copy_group = PIPE_GROUP;
    config.leaked_allocations_max = 1;
    config.leaked_bytes_max = LIST_BYTES;
    return config;
}
