/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leader: another broker leads, or a broker is slow, while all of them are up.
 *
 * A drawn broker takes a drawn partition over, of which it has a replica; where there is none, nothing happens.
 */
#include "faults/family.h"

enum { PARTITIONS = 256 };

static const uint32_t delays_ms[] = {5, 20, 100, 500, 2000};
enum { DELAYS = sizeof delays_ms / sizeof delays_ms[0] };

static bool take_over(struct fault_series *series, enum fault_lead how)
{
    struct fault_plan *plan = series->plan;
    const struct budget_claim claim = {.tells_brokers = true};
    if (!plan->callbacks.on_lead || plan->callbacks.broker_count < 2 || !budget_allows(plan, &claim))
        return false;
    uint32_t broker = fault_draw_broker(series, NULL);
    if (!broker)
        return false;
    plan->told_count++;
    plan->callbacks.on_lead(plan->callbacks.opaque, broker, fault_draw(series, DRAW_WHICH, PARTITIONS), how);
    fault_struck_broker(series, broker);
    return true;
}

static bool elect(struct fault_series *series)
{
    return take_over(series, FAULT_LEAD);
}

static bool move_coordinator(struct fault_series *series)
{
    return take_over(series, FAULT_LEAD_COORDINATORS);
}

static bool elect_unclean(struct fault_series *series)
{
    return take_over(series, FAULT_LEAD_UNCLEAN);
}

static bool is_slow(const struct fault_plan *plan, uint32_t broker)
{
    for (const struct fault_spell *spell = plan->spells; spell; spell = spell->next)
        if (spell->slow_broker == broker)
            return true;
    return false;
}

static bool slow_down(struct fault_series *series)
{
    struct fault_plan *plan = series->plan;
    const struct budget_claim claim = {.tells_brokers = true};
    if (!plan->callbacks.on_slow || !budget_allows(plan, &claim))
        return false;
    uint32_t broker = fault_draw_broker(series, is_slow);
    if (!broker)
        return false;
    fault_spell_new(series)->slow_broker = broker;
    plan->told_count += 2;
    plan->callbacks.on_slow(plan->callbacks.opaque, broker,
                            delays_ms[fault_draw(series, DRAW_FACTOR, DELAYS)]);
    fault_struck_broker(series, broker);
    return true;
}

static void speed_up(struct fault_spell *spell)
{
    const struct fault_callbacks *callbacks = &spell->plan->callbacks;
    callbacks->on_slow(callbacks->opaque, spell->slow_broker, 0);
}

#define BROKERS "which, a glob over kafka-1, kafka-2, .."

const struct fault_type fault_elect_leader = {
    FAULT_NAMED("elect_leader"),
    .documentation = "a broker in sync takes over the leadership of a partition",
    .target = BROKERS,
    .class = FAULT_OF_BROKERS,
    .strike = elect,
};

const struct fault_type fault_elect_unclean = {
    FAULT_NAMED("elect_unclean"),
    .documentation = "a broker that is perhaps behind takes over a partition, and what it lacks is lost, "
                     "acknowledged or not",
    .target = BROKERS,
    .class = FAULT_OF_BROKERS,
    .is_hazard = true,
    .strike = elect_unclean,
};

const struct fault_type fault_move_coordinator = {
    FAULT_NAMED("move_coordinator"),
    .documentation = "another broker becomes the coordinator of some groups or transactions",
    .target = BROKERS,
    .class = FAULT_OF_BROKERS,
    .strike = move_coordinator,
};

const struct fault_type fault_slow_broker = {
    FAULT_NAMED("slow_broker"),
    .documentation = "each request at a broker waits for 5 ms to 2 s, for a while",
    .target = BROKERS,
    .class = FAULT_OF_BROKERS,
    .parameters = FAULT_TAKES_DURATION,
    .strike = slow_down,
    .lift = speed_up,
};
