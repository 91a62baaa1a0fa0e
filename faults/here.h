/* SPDX-License-Identifier: Apache-2.0 */
/*
 * here: a kill exactly here, as who walks all runs asks for it (millrace-sim check), and whoever replays what was found.
 *
 * Each kill that a scenario binds to a point is asked for each time a process that it may strike comes to such a point:
 * the choice "fault/here/POINT" of that process, which no seed takes. It strikes without regard to the fault's presence
 * and times, but not after the healing; the process is dead for the shortest time.
 */
#ifndef FAULTS_HERE_H
#define FAULTS_HERE_H

#include <stdbool.h>
#include <stddef.h>
#include "faults/fault.h"

struct fault_plan;
struct process;

/* Does nothing in a world that is no replay. Borrows specs until fault_here_end. */
void fault_here_begin(struct fault_plan *plan, const struct fault_spec *specs, size_t count);
void fault_here_end(struct fault_plan *plan);

/* Is the process, which has come to this named point, to be killed there? Then the plan knows it has struck. */
bool fault_here_strikes(struct fault_plan *plan, struct process *process, const char *name);

#endif
