/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker: brokers that crash, stop or are cut off from each other, and come back.
 *
 * One at a time in the whole world: with replicas on three brokers every partition goes on, and nothing that was
 * acknowledged is lost, so a correct pipeline has to survive it. But for crash_broker_host: what only one broker in sync
 * has, and has not flushed, was acknowledged too. That belongs to the protocol-hazard profile.
 */
#include <assert.h>
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

static enum fault_broker_command strike_of(enum fault_kind kind)
{
    switch (kind) {
    case FAULT_BROKER_CRASH:
        return FAULT_CRASH_BROKER;
    case FAULT_BROKER_STOP:
        return FAULT_STOP_BROKER;
    case FAULT_BROKER_HOST_CRASH:
        return FAULT_CRASH_BROKER_HOST;
    case FAULT_BROKER_ISOLATION:
        return FAULT_ISOLATE_BROKER;
    case FAULT_KILL:
    case FAULT_PAUSE:
    case FAULT_TERMINATE:
    case FAULT_RESET:
    case FAULT_PARTITION:
    case FAULT_LATENCY:
        break;
    }
    assert(!"no fault of brokers");
    return FAULT_STOP_BROKER;
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
    callbacks->on_broker(callbacks->opaque, broker, strike_of(series->spec->kind));
    fault_struck(series, NULL);
    return true;
}

void fault_broker_lift(struct fault_spell *spell)
{
    const struct fault_callbacks *callbacks = &spell->plan->callbacks;
    callbacks->on_broker(callbacks->opaque, spell->broker,
                         spell->kind == FAULT_BROKER_ISOLATION ? FAULT_HEAL_BROKER : FAULT_START_BROKER);
}
