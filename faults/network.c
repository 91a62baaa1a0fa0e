/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network: connections reset, hosts cut off, links slowed down.
 *
 * Several spells on one link add up: it is open again, or as fast as before, when the last is over. A link that was
 * slowed down has the network's common settings afterwards, also where network_set_link had given it others.
 */
#include "sim/world/network.h"

#include <assert.h>
#include "faults/family.h"

static const uint32_t factors[] = {2, 5, 10, 50, 200};
enum { FACTORS = sizeof factors / sizeof factors[0], LATENCY_US_MAX = 10000000 };

/* The process of this connection that the series may strike; NULL: neither. */
static struct process *end_to_strike(const struct fault_series *series, const struct connection *connection)
{
    struct network_peers peers = network_peers(connection);
    uint32_t numbers[] = {peers.client_process, peers.server_process};
    for (size_t i = 0; i < 2; i++) {
        struct process *process = process_by_number(numbers[i]);
        if (process && fault_may_strike(series, process))
            return process;
    }
    return NULL;
}

static bool reset(struct fault_series *series)
{
    uint32_t count = 0;
    struct connection *connection;
    for (connection = network_first(); connection; connection = network_next(connection))
        count += end_to_strike(series, connection) != NULL;
    if (!count)
        return false;
    uint32_t picked = fault_draw(series, DRAW_WHOM, count);
    for (connection = network_first(); connection; connection = network_next(connection)) {
        struct process *process = end_to_strike(series, connection);
        if (!process || picked--)
            continue;
        network_reset(connection);
        fault_struck(series, process);
        return true;
    }
    return false;
}

static bool is_alive(const struct fault_plan *plan, const struct process *process)
{
    (void)plan;
    return process->state != PROCESS_DEAD;
}

static void block(struct fault_plan *plan, struct host *from, struct host *to, bool is_blocked)
{
    uint16_t *count = &plan->blocked[from->number][to->number];
    assert(is_blocked || *count);
    if (is_blocked ? (*count)++ == 0 : --*count == 0)
        network_block(from, to, is_blocked);
}

static uint32_t times(uint32_t latency_us, uint32_t factor)
{
    uint64_t slow_us = (uint64_t)latency_us * factor;
    return slow_us < LATENCY_US_MAX ? (uint32_t)slow_us : LATENCY_US_MAX;
}

/* factor 0: as before. */
static void slow_down(struct fault_plan *plan, struct host *from, struct host *to, uint32_t factor)
{
    uint16_t *count = &plan->slow[from->number][to->number];
    assert(factor || *count);
    struct network_link link = network_settings()->link;
    if (factor) {
        ++*count;
        link.minimum_us = times(link.minimum_us, factor);
        link.maximum_us = times(link.maximum_us, factor);
        link.tail_us = times(link.tail_us, factor);
    } else if (--*count) {
        return;
    }
    network_set_link(from, to, &link);
}

static void cut(const struct fault_spell *spell, bool is_on)
{
    for (uint32_t i = 0; i < spell->host_count; i++) {
        struct host *other = host_by_number(i);
        if (other != spell->host && spell->is_outward)
            block(spell->plan, spell->host, other, is_on);
        if (other != spell->host && spell->is_inward)
            block(spell->plan, other, spell->host, is_on);
    }
}

static void slow(const struct fault_spell *spell, uint32_t factor)
{
    for (uint32_t i = 0; i < spell->host_count; i++) {
        struct host *other = host_by_number(i);
        if (other == spell->host)
            continue;
        slow_down(spell->plan, spell->host, other, factor);
        slow_down(spell->plan, other, spell->host, factor);
    }
}

/* Begins a spell on the host of a drawn process; NULL: there is none. */
static struct fault_spell *strike_host(struct fault_series *series, struct process **process_out)
{
    *process_out = fault_draw_process(series, is_alive);
    if (!*process_out)
        return NULL;
    struct fault_spell *spell = fault_spell_new(series);
    spell->host = (*process_out)->host;
    spell->host_count = host_count();
    return spell;
}

static bool partition(struct fault_series *series)
{
    struct process *process;
    struct fault_spell *spell = strike_host(series, &process);
    if (!spell)
        return false;
    uint32_t way = fault_draw(series, DRAW_WAY, 3); /* 0: both, 1: outward, 2: inward */
    spell->is_outward = way != 2;
    spell->is_inward = way != 1;
    cut(spell, true);
    fault_struck(series, process);
    return true;
}

static void reunite(struct fault_spell *spell)
{
    cut(spell, false);
}

static bool slow_host(struct fault_series *series)
{
    struct process *process;
    struct fault_spell *spell = strike_host(series, &process);
    if (!spell)
        return false;
    slow(spell, factors[fault_draw(series, DRAW_FACTOR, FACTORS)]);
    fault_struck(series, process);
    return true;
}

static void speed_up(struct fault_spell *spell)
{
    slow(spell, 0);
}

const struct fault_type fault_reset = {
    FAULT_NAMED("reset"),
    .documentation = "RST to both ends of one live connection",
    .target = "the processes it may strike, a glob over names",
    .class = FAULT_OF_NETWORK,
    .strike = reset,
};

const struct fault_type fault_partition = {
    FAULT_NAMED("partition"),
    .documentation = "no segment leaves or reaches a host for a while, one way or both",
    .target = "whose host, a glob over names",
    .class = FAULT_OF_NETWORK,
    .parameters = FAULT_TAKES_DURATION,
    .strike = partition,
    .lift = reunite,
};

const struct fault_type fault_latency = {
    FAULT_NAMED("latency"),
    .documentation = "the links from and to a host are slower for a while",
    .target = "whose host, a glob over names",
    .class = FAULT_OF_NETWORK,
    .parameters = FAULT_TAKES_DURATION,
    .strike = slow_host,
    .lift = speed_up,
};
