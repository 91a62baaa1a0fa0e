/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/here.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "faults/family.h"
#include "sim/world/world.h"

#define ANY_NAME "fiu_fail" /* the call that all named points are */

/* A kill that is bound to a point. */
struct fault_here {
    struct fault_series series;
    uint32_t call;              /* 0: a named point */
    struct choice_point *point; /* of a call */
};

static struct choice_point *point_of(const char *name)
{
    char point[CHOICE_NAME_MAX + 1];
    int bytes = snprintf(point, sizeof point, "fault/here/%s", name);
    assert(bytes > 0 && (size_t)bytes < sizeof point && "the name of a point is too long");
    return choice_point_named(point);
}

/* An answer of yes is the strike: the caller kills. */
static bool ask(struct fault_here *here, struct process *process, struct choice_point *point)
{
    if (!choice_pick_asked(point, 2))
        return false;
    struct fault_target *target = fault_target_of(here->series.plan, process);
    target->kill = &here->series;
    target->kill_count = 0;
    target->restart_after_ns = here->series.spec->restart_after_ns_min;
    return true;
}

bool fault_here_strikes(struct fault_plan *plan, struct process *process, const char *name)
{
    for (size_t i = 0; i < plan->here_count && !plan->counts.is_healed; i++) {
        struct fault_here *here = &plan->here[i];
        const char *bound = here->series.spec->point;
        if ((strcmp(bound, name) == 0 || strcmp(bound, ANY_NAME) == 0) &&
            fault_may_strike(&here->series, process))
            return ask(here, process, point_of(name));
    }
    return false;
}

static bool strikes_at_call(struct process *process, uint32_t call)
{
    struct fault_plan *plan = fault_plan_current();
    for (size_t i = 0; plan && i < plan->here_count && !plan->counts.is_healed; i++) {
        struct fault_here *here = &plan->here[i];
        if (here->call == call && fault_may_strike(&here->series, process))
            return ask(here, process, here->point);
    }
    return false;
}

void fault_here_begin(struct fault_plan *plan, const struct fault_spec *specs, size_t count)
{
    if (!choice_is_asked())
        return;
    plan->here = world_alloc((count ? count : 1) * sizeof *plan->here);
    for (uint32_t i = 0; i < count; i++) {
        if (specs[i].kind != FAULT_KILL || !specs[i].point || specs[i].when)
            continue;
        struct fault_here *here = &plan->here[plan->here_count++];
        here->series = (struct fault_series){.plan = plan, .spec = &specs[i], .number = i};
        if (strchr(specs[i].point, '/') || strcmp(specs[i].point, ANY_NAME) == 0)
            continue;
        here->call = fault_call(specs[i].point);
        here->point = point_of(specs[i].point);
        process_ask_at_calls(strikes_at_call);
    }
}

void fault_here_end(struct fault_plan *plan)
{
    process_ask_at_calls(NULL);
    world_free(plan->here);
}
