/* SPDX-License-Identifier: Apache-2.0 */
/*
 * membership: a stage is deployed anew, member by member, or has fewer members for a while.
 *
 * Members leave by SIGTERM, in order. A rolling restart takes the next one once the last is up again; of a stage that is
 * scaled down a drawn number leaves at once, one stays (budget.h), and they come back when the spell is over.
 */
#include <signal.h>
#include "faults/family.h"

static bool may_leave(const struct fault_plan *plan, const struct process *process)
{
    const struct fault_target *target = &plan->targets[process->number];
    return process->state == PROCESS_RUNNING && !target->terminate && !target->roll;
}

/* --- rolling restart ------------------------------------------------------------------------------------------- */

/* Somebody who runs and waits for his turn; NULL: nobody. Who is dead has his turn behind him. */
static struct fault_target *next_in_turn(struct fault_series *series)
{
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct fault_target *target = &series->plan->targets[number];
        if (target->roll != series)
            continue;
        target->roll = NULL;
        if (target->process->state == PROCESS_RUNNING && !target->terminate)
            return target;
    }
    return NULL;
}

void fault_membership_on_restart(struct fault_series *series)
{
    struct fault_target *target = next_in_turn(series);
    if (!target)
        return;
    fault_process_terminate(series, target->process,
                            fault_draw_ns(series, DRAW_RESTART, series->spec->restart_after_ns_min,
                                          series->spec->restart_after_ns_max));
}

static bool roll(struct fault_series *series)
{
    struct fault_plan *plan = series->plan;
    uint32_t count = 0;
    for (uint32_t number = 1; number <= process_count(); number++)
        if (plan->targets[number].roll == series || plan->targets[number].terminate == series)
            return false; /* the last one is not over */
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct process *process = process_by_number(number);
        if (!fault_may_strike(series, process) || !may_leave(plan, process))
            continue;
        fault_target_of(plan, process)->roll = series;
        count++;
    }
    if (count)
        fault_membership_on_restart(series);
    return count;
}

/* --- scaling --------------------------------------------------------------------------------------------------- */

static bool can_be_spared(const struct fault_plan *plan, const struct process *process)
{
    const struct budget_claim claim = {.leaving = process};
    return may_leave(plan, process) && budget_allows(plan, &claim);
}

static bool scale(struct fault_series *series)
{
    struct fault_plan *plan = series->plan;
    struct process *candidates[PROCESSES_MAX];
    uint32_t count = 0;
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct process *process = process_by_number(number);
        if (fault_may_strike(series, process) && can_be_spared(plan, process))
            candidates[count++] = process;
    }
    if (!count)
        return false;
    uint32_t leaving = 1 + fault_draw(series, DRAW_FACTOR, count),
             first = fault_draw(series, DRAW_WHOM, count);
    struct fault_spell *spell = fault_spell_new(series);
    for (uint32_t i = 0; i < leaving; i++) {
        struct process *process = candidates[(first + i) % count];
        if (!can_be_spared(plan, process))
            continue;
        fault_target_of(plan, process)->away = spell;
        fault_process_terminate(series, process, FAULT_NEVER);
    }
    return true;
}

static void come_back(struct fault_spell *spell)
{
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct fault_target *target = &spell->plan->targets[number];
        if (target->away != spell)
            continue;
        target->away = NULL;
        target->restart_after_ns = 0; /* if it has not ended yet */
        if (target->process->state == PROCESS_DEAD)
            fault_process_restart(target);
    }
}

const struct fault_type fault_rolling_restart = {
    FAULT_NAMED("rolling_restart"),
    .documentation = "SIGTERM and a restart for one member after the other",
    .target = "which members, a glob over names such as download.0",
    .class = FAULT_OF_PROCESSES,
    .is_hazard_with = fault_ends_brokers,
    .parameters = FAULT_TAKES_RESTART,
    .strike = roll,
};

const struct fault_type fault_scale = {
    FAULT_NAMED("scale"),
    .documentation =
        "some members of a stage leave at once by SIGTERM, and come back after a while; one stays",
    .target = "which members may leave, a glob over names such as download.0",
    .class = FAULT_OF_PROCESSES,
    .is_hazard_with = fault_ends_brokers,
    .parameters = FAULT_TAKES_DURATION,
    .strike = scale,
    .lift = come_back,
};
