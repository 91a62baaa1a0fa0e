/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script: faults that strike when a condition comes true, and not by chance.
 *
 * A strike is tried whenever something has happened and the condition holds, until it has struck as often as it is to.
 * Where nobody is there to be struck, the next event is waited for. Whether each strike happens is a pick all the same,
 * always taken: a replay without it is one without this strike.
 */
#include <assert.h>
#include <stdlib.h>
#include "faults/family.h"

enum { ALWAYS = 1000000 };

static bool is_over(const struct fault_series *series)
{
    uint32_t most = series->spec->strikes_max ? series->spec->strikes_max : 1;
    return series->attempts >= most;
}

static void on_time(struct timer *timer)
{
    fault_script_look(SCHEDULE_OWNER(timer, struct fault_series, timer));
}

static void wait_for_time(struct fault_series *series)
{
    int64_t next_ns = condition_next_ns(&series->condition, schedule_now());
    if (!series->timer.heap_index && next_ns < series->plan->until_ns)
        timer_start(&series->timer, next_ns, on_time);
}

/* False: nobody was there, and the strike stays to be done. */
static bool strike(struct fault_series *series)
{
    if (!series->is_decided) {
        series->is_decided = true;
        series->is_willing = fault_draw_chance(series, DRAW_STRIKE, ALWAYS);
    }
    if (series->is_willing) {
        if (!fault_type(series->spec->kind)->strike(series))
            return false;
        series->strikes++;
    }
    series->is_decided = false;
    series->attempts++;
    return true;
}

void fault_script_begin(struct fault_series *series)
{
    char error[CONDITION_ERROR_BYTES];
    bool is_good = condition_parse(series->spec->when, &series->condition, error);
    assert(is_good && "the scenario was not read with care");
    (void)is_good;
    series->plan->script_count++;
    wait_for_time(series);
}

void fault_script_look(struct fault_series *series)
{
    const struct fault_callbacks *callbacks = &series->plan->callbacks;
    const struct condition_source source = {callbacks->opaque, callbacks->measure};
    if (is_over(series))
        return;
    bool holds = condition_holds(&series->condition, schedule_now(), &source);
    while (holds && !is_over(series) && strike(series))
        ;
    if (is_over(series))
        series->plan->script_count--;
    else
        wait_for_time(series);
}
