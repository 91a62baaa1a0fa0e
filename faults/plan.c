/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See plan.h. A series is a background timer: planned strikes do not keep a world from ending. What has struck and must
 * be undone is a foreground timer: a world in which all that is left is a paused or dead process waits for it.
 */
#include "faults/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "faults/family.h"
#include "faults/here.h"
#include "sim/world/history.h"
#include "sim/world/world.h"

enum { ALWAYS = 1000000, DURATION_STEPS = 64, WAIT_BUCKETS = 16, WAIT_STEPS = 16 };

/* The exponential distribution's sixteenths, for a mean of 1000; the last edge makes the mean exact. */
static const int64_t wait_edges[WAIT_BUCKETS + 1] = {0,   65,  134,  208,  288,  375,  470,  575, 693,
                                                     827, 981, 1163, 1386, 1674, 2079, 2773, 4618};

static struct fault_plan *current;

struct fault_plan *fault_plan_current(void)
{
    return current;
}

/* --- drawing --------------------------------------------------------------------------------------------------- */

static uint64_t key_of(const struct fault_series *series)
{
    return (uint64_t)series->number << 32 | series->attempts;
}

static struct choice_point *point_of(const struct fault_series *series, enum fault_draw draw)
{
    return &fault_type(series->spec->kind)->points[draw];
}

uint32_t fault_draw(const struct fault_series *series, enum fault_draw draw, uint32_t options)
{
    return options > 1 ? choice_pick_at(point_of(series, draw), key_of(series), options) : 0;
}

bool fault_draw_chance(const struct fault_series *series, enum fault_draw draw, uint32_t per_million)
{
    return choice_chance_at(point_of(series, draw), key_of(series), per_million);
}

int64_t fault_draw_ns(const struct fault_series *series, enum fault_draw draw, int64_t minimum,
                      int64_t maximum)
{
    if (minimum == maximum)
        return minimum;
    return minimum + (maximum - minimum) / (DURATION_STEPS - 1) * fault_draw(series, draw, DURATION_STEPS);
}

static int64_t draw_wait_ns(const struct fault_series *series)
{
    uint32_t step = WAIT_BUCKETS * WAIT_STEPS - 1 - fault_draw(series, DRAW_WHEN, WAIT_BUCKETS * WAIT_STEPS);
    const int64_t *edge = &wait_edges[step / WAIT_STEPS];
    int64_t within = 2 * (step % WAIT_STEPS) + 1; /* the step's middle, in half steps */
    int64_t thousandths = edge[0] * 2 * WAIT_STEPS + (edge[1] - edge[0]) * within;
    return series->spec->every_ns / (1000 * 2 * WAIT_STEPS) * thousandths;
}

bool fault_may_strike(const struct fault_series *series, const struct process *process)
{
    const struct fault_callbacks *callbacks = &series->plan->callbacks;
    const char *glob = series->spec->target;
    if (!fault_matches(glob, process->name))
        return false;
    bool is_by_name = *glob != '*' && *glob != '?';
    return is_by_name || !callbacks->is_infrastructure ||
           !callbacks->is_infrastructure(callbacks->opaque, process);
}

struct process *fault_draw_process(const struct fault_series *series,
                                   bool (*is_ready)(const struct fault_plan *, const struct process *))
{
    struct process *candidates[PROCESSES_MAX];
    uint32_t count = 0;
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct process *process = process_by_number(number);
        if (fault_may_strike(series, process) && is_ready(series->plan, process))
            candidates[count++] = process;
    }
    return count ? candidates[fault_draw(series, DRAW_WHOM, count)] : NULL;
}

void fault_struck(struct fault_series *series, struct process *process)
{
    struct fault_plan *plan = series->plan;
    plan->counts.strikes[series->spec->kind]++;
    history_call(HISTORY_NOTE, series->spec->kind, series->number, process ? process->number : 0);
    if (plan->callbacks.on_strike)
        plan->callbacks.on_strike(plan->callbacks.opaque, series->spec->kind, process, schedule_now());
}

void fault_struck_broker(struct fault_series *series, uint32_t broker)
{
    series->plan->struck_broker = broker;
    fault_struck(series, NULL);
    series->plan->struck_broker = 0;
}

uint32_t fault_plan_struck_broker(const struct fault_plan *plan)
{
    return plan->struck_broker;
}

/* --- strikes --------------------------------------------------------------------------------------------------- */

static void on_attempt(struct timer *timer);

static void plan_attempt(struct fault_series *series)
{
    if (series->spec->strikes_max && series->strikes == series->spec->strikes_max)
        return;
    int64_t time_ns = schedule_now() + draw_wait_ns(series);
    if (time_ns < series->plan->until_ns)
        timer_start(&series->timer, time_ns, on_attempt);
}

static void on_attempt(struct timer *timer)
{
    struct fault_series *series = SCHEDULE_OWNER(timer, struct fault_series, timer);
    if (fault_draw_chance(series, DRAW_STRIKE, ALWAYS) && fault_type(series->spec->kind)->strike(series))
        series->strikes++;
    series->attempts++;
    plan_attempt(series);
}

/* --- spells ---------------------------------------------------------------------------------------------------- */

static void lift(struct fault_spell *spell)
{
    struct fault_spell **at = &spell->plan->spells;
    while (*at != spell)
        at = &(*at)->next;
    *at = spell->next;
    timer_stop(&spell->timer);
    spell->type->lift(spell);
    world_free(spell);
}

static void on_spell_end(struct timer *timer)
{
    lift(SCHEDULE_OWNER(timer, struct fault_spell, timer));
}

struct fault_spell *fault_spell_new(struct fault_series *series)
{
    const struct fault_spec *spec = series->spec;
    struct fault_spell *spell = world_alloc(sizeof *spell);
    spell->plan = series->plan;
    spell->type = fault_type(spec->kind);
    assert(spell->type->lift);
    spell->next = series->plan->spells;
    series->plan->spells = spell;
    int64_t end_ns =
        schedule_now() + fault_draw_ns(series, DRAW_FOR, spec->duration_ns_min, spec->duration_ns_max);
    timer_start(&spell->timer, end_ns, on_spell_end);
    return spell;
}

/* --- a plan's life --------------------------------------------------------------------------------------------- */

void fault_plan_heal(struct fault_plan *plan)
{
    if (plan->counts.is_healed)
        return;
    plan->counts.is_healed = true;
    timer_stop(&plan->heal);
    timer_stop(&plan->look);
    for (size_t i = 0; i < plan->series_count; i++)
        timer_stop(&plan->series[i].timer);
    while (plan->spells)
        lift(plan->spells);
    fault_process_heal(plan);
    fault_request_heal(plan);
    if (plan->callbacks.on_heal)
        plan->callbacks.on_heal(plan->callbacks.opaque, schedule_now());
}

static void on_look(struct timer *timer)
{
    struct fault_plan *plan = SCHEDULE_OWNER(timer, struct fault_plan, look);
    for (size_t i = 0; i < plan->series_count && !plan->counts.is_healed; i++)
        if (plan->series[i].spec->when)
            fault_script_look(&plan->series[i]);
}

void fault_plan_on_progress(struct fault_plan *plan)
{
    if (plan && plan->script_count && !plan->counts.is_healed && !plan->look.heap_index)
        timer_start(&plan->look, schedule_now(), on_look);
}

static void on_heal(struct timer *timer)
{
    fault_plan_heal(SCHEDULE_OWNER(timer, struct fault_plan, heal));
}

struct fault_plan *fault_plan_start(const struct fault_spec *specs, size_t count, int64_t until_ns,
                                    struct fault_callbacks callbacks)
{
    assert(!current && "one plan a world");
    assert(count <= FAULTS_MAX);
    struct fault_plan *plan = world_alloc(sizeof *plan);
    current = plan;
    plan->callbacks = callbacks;
    plan->until_ns = until_ns;
    plan->series = world_alloc((count ? count : 1) * sizeof *plan->series);
    for (uint32_t i = 0; i < count; i++) {
        struct fault_series *series = &plan->series[plan->series_count];
        *series =
            (struct fault_series){.plan = plan, .spec = &specs[i], .number = i, .timer.background = true};
        if (!fault_draw_chance(series, DRAW_PRESENT, specs[i].presence_per_million))
            continue;
        plan->series_count++;
        if (specs[i].when)
            fault_script_begin(series);
        else
            plan_attempt(series);
    }
    plan->counts.present = plan->series_count;
    fault_here_begin(plan, specs, count);
    plan->heal.background = plan->look.background = true;
    timer_start(&plan->heal, until_ns, on_heal);
    return plan;
}

struct fault_counts fault_plan_counts(const struct fault_plan *plan)
{
    return plan->counts;
}

void fault_plan_end(struct fault_plan *plan)
{
    if (!plan)
        return;
    timer_stop(&plan->heal);
    timer_stop(&plan->look);
    for (size_t i = 0; i < plan->series_count; i++)
        timer_stop(&plan->series[i].timer);
    for (uint32_t number = 1; number <= PROCESSES_MAX; number++)
        timer_stop(&plan->targets[number].restart);
    while (plan->spells) {
        struct fault_spell *next = plan->spells->next;
        timer_stop(&plan->spells->timer);
        world_free(plan->spells);
        plan->spells = next;
    }
    fault_here_end(plan);
    world_free(plan->series);
    world_free(plan);
    current = NULL;
}
