/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker: brokers that crash, stop or are cut off from each other, and come back.
 *
 * One at a time in the whole world (budget.h): with replicas on three brokers every partition goes on, and nothing that
 * was acknowledged is lost, so a correct pipeline has to survive it. But for crash_broker_host: what only one broker in
 * sync has, and has not flushed, was acknowledged too.
 */
#include <stdio.h>
#include "faults/family.h"

enum { NAME_BYTES = 24, BROKERS_MAX = 64 };

static bool may_strike(const struct fault_series *series, uint32_t broker)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "kafka-%u", (unsigned)broker);
    return fault_matches(series->spec->target, name);
}

uint32_t fault_draw_broker(const struct fault_series *series,
                           bool (*is_out)(const struct fault_plan *plan, uint32_t broker))
{
    uint32_t candidates[BROKERS_MAX], count = 0;
    for (uint32_t broker = 1; broker <= series->plan->callbacks.broker_count && count < BROKERS_MAX; broker++)
        if (may_strike(series, broker) && !(is_out && is_out(series->plan, broker)))
            candidates[count++] = broker;
    return count ? candidates[fault_draw(series, DRAW_WHOM, count)] : 0;
}

static bool command_one(struct fault_series *series, enum fault_broker_command command)
{
    struct fault_plan *plan = series->plan;
    const struct budget_claim claim = {.takes_broker = true};
    if (!budget_allows(plan, &claim))
        return false;
    uint32_t broker = fault_draw_broker(series, NULL);
    if (!broker)
        return false;
    fault_spell_new(series)->broker = broker;
    plan->told_count += 2;
    plan->callbacks.on_broker(plan->callbacks.opaque, broker, command);
    fault_struck_broker(series, broker);
    return true;
}

static void command_again(const struct fault_spell *spell, enum fault_broker_command command)
{
    const struct fault_callbacks *callbacks = &spell->plan->callbacks;
    callbacks->on_broker(callbacks->opaque, spell->broker, command);
}

static bool crash(struct fault_series *series)
{
    return command_one(series, FAULT_CRASH_BROKER);
}

static bool crash_host(struct fault_series *series)
{
    return command_one(series, FAULT_CRASH_BROKER_HOST);
}

static bool stop(struct fault_series *series)
{
    return command_one(series, FAULT_STOP_BROKER);
}

static bool isolate(struct fault_series *series)
{
    return command_one(series, FAULT_ISOLATE_BROKER);
}

static void start(struct fault_spell *spell)
{
    command_again(spell, FAULT_START_BROKER);
}

static void reunite(struct fault_spell *spell)
{
    command_again(spell, FAULT_HEAL_BROKER);
}

#define BROKERS "which, one at a time, a glob over kafka-1, kafka-2, .."

const struct fault_type fault_crash_broker = {
    FAULT_NAMED("crash_broker"),
    .documentation = "a broker dies; others lead once its session is over; it comes back after a while",
    .target = BROKERS,
    .class = FAULT_OF_BROKERS,
    .parameters = FAULT_TAKES_DURATION,
    .strike = crash,
    .lift = start,
};

const struct fault_type fault_stop_broker = {
    FAULT_NAMED("stop_broker"),
    .documentation = "a broker hands over its leaderships and ends; it comes back after a while",
    .target = BROKERS,
    .class = FAULT_OF_BROKERS,
    .parameters = FAULT_TAKES_DURATION,
    .strike = stop,
    .lift = start,
};

const struct fault_type fault_crash_broker_host = {
    FAULT_NAMED("crash_broker_host"),
    .documentation =
        "a broker dies with its machine and loses some of what was not flushed, acknowledged records among "
        "it; it comes back after a while",
    .target = BROKERS,
    .class = FAULT_OF_BROKERS,
    .is_hazard = true,
    .parameters = FAULT_TAKES_DURATION,
    .strike = crash_host,
    .lift = start,
};

const struct fault_type fault_isolate_broker = {
    FAULT_NAMED("isolate_broker"),
    .documentation = "a broker is cut off from the other brokers, not from clients, for a while",
    .target = BROKERS,
    .class = FAULT_OF_BROKERS,
    .parameters = FAULT_TAKES_DURATION,
    .strike = isolate,
    .lift = reunite,
};
