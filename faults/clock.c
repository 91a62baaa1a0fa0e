/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: wall clocks that are set, oscillators that run too fast or too slow; right again afterwards.
 *
 * Bounds: a rate of at most 1 % wrong (an oscillator is 0.01 % wrong, a virtual machine's may be more); a step of at most
 * 1 minute, one at a time on a host. For librdkafka's threads wait by the wall clock (cnd_timedwait): once that is set back,
 * those that nobody wakes sleep on for as much longer. After 10 minutes, a group has long given such a member up.
 */
#include "faults/family.h"

#define SECOND INT64_C(1000000000)

static const int64_t steps_ns[] = {SECOND, -SECOND, 10 * SECOND, -10 * SECOND, 60 * SECOND, -60 * SECOND};
static const int32_t skews_ppm[] = {100, -100, 1000, -1000, 10000, -10000};
enum { STEPS = sizeof steps_ns / sizeof steps_ns[0], SKEWS = sizeof skews_ppm / sizeof skews_ppm[0] };

static bool is_alive(const struct fault_plan *plan, const struct process *process)
{
    (void)plan;
    return process->state != PROCESS_DEAD;
}

static bool is_right(const struct fault_plan *plan, const struct process *process)
{
    const struct fault_spell *spell = plan->spells;
    while (spell && !(spell->type == &fault_step_clock && spell->host == process->host))
        spell = spell->next;
    return !spell && is_alive(plan, process);
}

static struct fault_spell *strike_host(struct fault_series *series, struct process **process_out,
                                       bool (*is_ready)(const struct fault_plan *, const struct process *))
{
    *process_out = fault_draw_process(series, is_ready);
    if (!*process_out)
        return NULL;
    struct fault_spell *spell = fault_spell_new(series);
    spell->host = (*process_out)->host;
    return spell;
}

static bool step(struct fault_series *series)
{
    struct process *process;
    struct fault_spell *spell = strike_host(series, &process, is_right);
    if (!spell)
        return false;
    spell->amount = steps_ns[fault_draw(series, DRAW_FACTOR, STEPS)];
    host_step_wall(spell->host, spell->amount);
    fault_struck(series, process);
    return true;
}

static void step_back(struct fault_spell *spell)
{
    host_step_wall(spell->host, -spell->amount);
}

/* Of several spells the newest rules. */
static void apply_skew(const struct fault_plan *plan, struct host *host)
{
    const struct fault_spell *spell = plan->spells;
    while (spell && !(spell->type == &fault_skew_clock && spell->host == host))
        spell = spell->next;
    host_skew(host, spell ? (int32_t)spell->amount : 0);
}

static bool skew(struct fault_series *series)
{
    struct process *process;
    struct fault_spell *spell = strike_host(series, &process, is_alive);
    if (!spell)
        return false;
    spell->amount = skews_ppm[fault_draw(series, DRAW_FACTOR, SKEWS)];
    apply_skew(series->plan, spell->host);
    fault_struck(series, process);
    return true;
}

static void run_true(struct fault_spell *spell)
{
    apply_skew(spell->plan, spell->host);
}

const struct fault_type fault_step_clock = {
    FAULT_NAMED("step_clock"),
    .documentation = "a host's wall clock is set 1 s to 1 min forward or back, and set right after a while",
    .target = "whose host, a glob over names",
    .class = FAULT_OF_CLOCKS,
    .parameters = FAULT_TAKES_DURATION,
    .strike = step,
    .lift = step_back,
};

const struct fault_type fault_skew_clock = {
    FAULT_NAMED("skew_clock"),
    .documentation = "a host's clocks run up to 1 % too fast or too slow for a while",
    .target = "whose host, a glob over names",
    .class = FAULT_OF_CLOCKS,
    .parameters = FAULT_TAKES_DURATION,
    .strike = skew,
    .lift = run_true,
};
