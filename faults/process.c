/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process: kills, pauses and SIGTERM, and the restarts that follow.
 *
 * A kill is planned for a drawn number of calls ahead and strikes when the process gets there; until then no other kill
 * is planned for it, and a restart in between keeps the plan. A scripted one strikes at the very next call.
 */
#include <signal.h>
#include <string.h>
#include "faults/family.h"

enum {
    CALLS_AHEAD_MAX = 1024,     /* kill at any call */
    CALLS_NAMED_AHEAD_MAX = 16, /* kill at one call, such as send */
};
#define SUPERVISOR_DELAY_NS INT64_C(1000000000)

struct fault_target *fault_target_of(struct fault_plan *plan, struct process *process)
{
    struct fault_target *target = &plan->targets[process->number];
    target->plan = plan;
    target->process = process;
    return target;
}

/* --- strikes --------------------------------------------------------------------------------------------------- */

static bool can_be_paused(const struct fault_plan *plan, const struct process *process)
{
    (void)plan;
    return process->state == PROCESS_RUNNING;
}

static bool can_be_killed(const struct fault_plan *plan, const struct process *process)
{
    return process->state == PROCESS_RUNNING && !plan->targets[process->number].kill;
}

static bool can_be_terminated(const struct fault_plan *plan, const struct process *process)
{
    return process->state == PROCESS_RUNNING && !plan->targets[process->number].terminate;
}

static int64_t draw_restart_ns(const struct fault_series *series)
{
    return fault_draw_ns(series, DRAW_RESTART, series->spec->restart_after_ns_min,
                         series->spec->restart_after_ns_max);
}

static void arm(const struct fault_target *target)
{
    if (target->kill_count)
        process_kill_at(target->process, target->kill_count, target->kill_call);
}

static bool plan_kill(struct fault_series *series)
{
    struct process *process = fault_draw_process(series, can_be_killed);
    if (!process)
        return false;
    const char *point = series->spec->point;
    struct fault_target *target = fault_target_of(series->plan, process);
    target->kill = series;
    target->restart_after_ns = draw_restart_ns(series);
    target->kill_count = target->kill_call = 0;
    if (!point || !strchr(point, '/')) { /* else fiu_fail decides */
        target->kill_call = point ? fault_call(point) : 0;
        uint32_t ahead_max = series->spec->when ? 1 : point ? CALLS_NAMED_AHEAD_MAX : CALLS_AHEAD_MAX;
        target->kill_count = 1 + fault_draw(series, DRAW_AT_CALL, ahead_max);
    }
    arm(target);
    return true;
}

static bool pause_process(struct fault_series *series)
{
    struct process *process = fault_draw_process(series, can_be_paused);
    if (!process)
        return false;
    fault_spell_new(series)->process = process;
    process_pause(process);
    fault_struck(series, process);
    return true;
}

void fault_process_terminate(struct fault_series *series, struct process *process, int64_t restart_after_ns)
{
    struct fault_target *target = fault_target_of(series->plan, process);
    target->terminate = series;
    target->restart_after_ns = restart_after_ns;
    fault_struck(series, process);
    process_signal(process, SIGTERM); /* by default action it ends here */
}

static bool terminate(struct fault_series *series)
{
    struct process *process = fault_draw_process(series, can_be_terminated);
    if (!process)
        return false;
    fault_process_terminate(series, process, draw_restart_ns(series));
    return true;
}

static void resume(struct fault_spell *spell)
{
    process_resume(spell->process);
}

const struct fault_type fault_kill = {
    FAULT_NAMED("kill"),
    .documentation = "SIGKILL at a drawn call, then a restart",
    .target = "the processes it may strike, a glob (* and ?) over names such as download.0",
    .class = FAULT_OF_PROCESSES,
    .is_hazard_with = fault_ends_brokers,
    .parameters = FAULT_TAKES_RESTART | FAULT_TAKES_POINT,
    .strike = plan_kill,
};

const struct fault_type fault_pause = {
    FAULT_NAMED("pause"),
    .documentation = "SIGSTOP, and SIGCONT after a while",
    .target = "the processes it may strike, a glob over names",
    .class = FAULT_OF_PROCESSES,
    .parameters = FAULT_TAKES_DURATION,
    .strike = pause_process,
    .lift = resume,
};

const struct fault_type fault_terminate = {
    FAULT_NAMED("terminate"),
    .documentation = "SIGTERM, and a restart once the process has ended",
    .target = "the processes it may strike, a glob over names",
    .class = FAULT_OF_PROCESSES,
    .is_hazard_with = fault_ends_brokers,
    .parameters = FAULT_TAKES_RESTART,
    .strike = terminate,
};

/* --- ends and restarts ----------------------------------------------------------------------------------------- */

void fault_process_restart(struct fault_target *target)
{
    struct fault_plan *plan = target->plan;
    target->is_down = false;
    if (target->process->state != PROCESS_DEAD)
        return; /* somebody else was faster */
    process_restart(target->process);
    plan->counts.restarts++;
    if (target->kill)
        arm(target);
    if (plan->callbacks.on_restart)
        plan->callbacks.on_restart(plan->callbacks.opaque, target->process, schedule_now());
    struct fault_series *terminated = target->terminated;
    target->terminated = NULL;
    if (terminated && !plan->counts.is_healed)
        fault_membership_on_restart(terminated);
}

static void on_restart(struct timer *timer)
{
    fault_process_restart(SCHEDULE_OWNER(timer, struct fault_target, restart));
}

static bool is_killed_by_plan(const struct fault_target *target, const struct process_end *end)
{
    return target->kill && end->killed && (target->is_struck || end->call);
}

/* Restarts in a timer, never at once: the stack that stands here may be of the process that ends. */
void fault_plan_on_process_end(struct fault_plan *plan, struct process *process,
                               const struct process_end *end)
{
    if (!plan)
        return;
    const struct fault_callbacks *callbacks = &plan->callbacks;
    struct fault_target *target = fault_target_of(plan, process);
    int64_t after_ns = FAULT_NEVER;
    if (is_killed_by_plan(target, end)) {
        struct fault_series *series = target->kill;
        target->kill = NULL;
        after_ns = target->restart_after_ns;
        fault_struck(series, process);
    } else if (target->is_down || target->terminate) {
        after_ns = target->restart_after_ns;
    } else if (callbacks->should_restart && callbacks->should_restart(callbacks->opaque, process, end)) {
        after_ns = SUPERVISOR_DELAY_NS;
    }
    target->is_struck = false;
    target->terminated = target->terminate;
    target->terminate = NULL;
    if (after_ns == FAULT_NEVER) {
        target->kill = NULL;
        return;
    }
    if (plan->counts.is_healed && after_ns > SUPERVISOR_DELAY_NS)
        after_ns = SUPERVISOR_DELAY_NS;
    timer_start(&target->restart, schedule_now() + after_ns, on_restart);
}

void fault_process_goes_down(struct fault_plan *plan, struct process *process, int64_t restart_after_ns)
{
    struct fault_target *target = fault_target_of(plan, process);
    bool is_waiting = process->state == PROCESS_DEAD && target->restart.heap_index;
    if (process->state == PROCESS_DEAD && !is_waiting)
        return; /* it has done its work */
    target->is_down = true;
    target->restart_after_ns = restart_after_ns;
    if (!is_waiting)
        return;
    timer_stop(&target->restart);
    if (restart_after_ns != FAULT_NEVER)
        timer_start(&target->restart, schedule_now() + restart_after_ns, on_restart);
}

void fault_process_heal(struct fault_plan *plan)
{
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct fault_target *target = &plan->targets[number];
        if (target->kill && target->process->state != PROCESS_DEAD)
            process_kill_at(target->process, 0, 0);
        target->kill = NULL;
        target->roll = NULL;
        if (target->restart.heap_index) {
            timer_stop(&target->restart);
            fault_process_restart(target);
        }
    }
}
