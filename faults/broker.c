/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker: brokers that crash or stop, and come back.
 *
 * One at a time in the whole world: with replicas on three brokers every partition goes on, and nothing that was
 * acknowledged is lost, so a correct pipeline has to survive it.
 */
#include <stdio.h>
#include "faults/family.h"

enum { NAME_BYTES = 24 };

static bool is_one_down(const struct fault_plan *plan)
{
    for (const struct fault_spell *spell = plan->spells; spell; spell = spell->next)
        if (spell->broker)
            return true;
    return false;
}

static bool may_strike(const struct fault_series *series, uint32_t broker)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "kafka-%u", (unsigned)broker);
    return fault_matches(series->spec->target, name);
}

bool fault_broker_strike(struct fault_series *series)
{
    const struct fault_callbacks *callbacks = &series->plan->callbacks;
    uint32_t count = 0;
    if (is_one_down(series->plan))
        return false;
    for (uint32_t broker = 1; broker <= callbacks->broker_count; broker++)
        count += may_strike(series, broker);
    if (!count)
        return false;
    uint32_t picked = fault_draw(series, DRAW_WHOM, count), broker = 0;
    do
        broker++;
    while (!may_strike(series, broker) || picked--);
    struct fault_spell *spell = fault_spell_new(series);
    spell->broker = broker;
    bool is_crash = series->spec->kind == FAULT_BROKER_CRASH;
    callbacks->on_broker(callbacks->opaque, broker, is_crash ? FAULT_CRASH_BROKER : FAULT_STOP_BROKER);
    fault_struck(series, NULL);
    return true;
}

void fault_broker_lift(struct fault_spell *spell)
{
    const struct fault_callbacks *callbacks = &spell->plan->callbacks;
    callbacks->on_broker(callbacks->opaque, spell->broker, FAULT_START_BROKER);
}
