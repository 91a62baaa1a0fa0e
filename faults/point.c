/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See point.h. A kill that is bound to a named point is planned for a process like any other; each time the process then
 * comes to the point, "fault/point/NAME" says whether it strikes now; a scripted one does at once.
 */
#include "faults/point.h"

#include <stdio.h>
#include <string.h>
#include "faults/family.h"
#include "faults/here.h"
#include "sim/world/history.h"

enum { STRIKE_PER_MILLION = 500000 };

static bool strikes_here(struct fault_plan *plan, const struct process *process, const char *name)
{
    const struct fault_series *kill = plan->targets[process->number].kill;
    if (!kill || !kill->spec->point || strcmp(kill->spec->point, name) != 0)
        return false;
    if (kill->spec->when)
        return true;
    char point[CHOICE_NAME_MAX + 1];
    snprintf(point, sizeof point, "fault/point/%s", name);
    return choice_chance(choice_point_named(point), STRIKE_PER_MILLION);
}

int fiu_fail(const char *name)
{
    struct process *process = process_current();
    if (!process)
        return 0;
    static uint32_t call; /* the number never changes */
    if (!call)
        call = fault_call("fiu_fail");
    schedule_point();
    history_bytes(name, strlen(name));
    history_call(call ? call : HISTORY_NOTE, 0, 0, 0);
    schedule_semantic_event();
    process_call_point(call);
    struct fault_plan *plan = fault_plan_current();
    if (plan && (strikes_here(plan, process, name) || fault_here_strikes(plan, process, name))) {
        plan->targets[process->number].is_struck = true;
        process_kill(process);
    }
    return 0;
}
