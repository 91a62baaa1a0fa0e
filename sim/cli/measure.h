/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure: how far the stages of a world have come, for the conditions of scripted faults (faults/condition.h).
 *
 * What records became of is asked of the properties; what members were given and had acknowledged is counted here.
 */
#ifndef SIM_CLI_MEASURE_H
#define SIM_CLI_MEASURE_H

#include "faults/condition.h"
#include "properties/registry.h"
#include "sim/cli/scenario.h"
#include "sim/world/process.h"
#include "traces/event.h"

struct measure {
    const struct scenario *scenario;       /* borrowed */
    const struct property_set *properties; /* borrowed */
    struct {
        const char *name; /* borrowed; NULL: of this process nothing was seen */
        int64_t produced, assigned;
    } processes[PROCESSES_MAX + 1]; /* by number */
};

/* True: something that a condition may ask for may have moved. */
bool measure_event(struct measure *measure, const struct history_event *event);
/* As of struct condition_source. */
int64_t measure_of(const struct measure *measure, const struct condition_term *term, int64_t *whole_out);

/* The stage of the properties that a program is; 0: none. */
unsigned measure_stage(const char *program);

#endif
