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

static void apply(const struct fault_spell *spell, bool is_on, uint32_t factor)
{
    for (uint32_t i = 0; i < spell->host_count; i++) {
        struct host *other = host_by_number(i);
        if (other == spell->host)
            continue;
        if (spell->kind == FAULT_LATENCY) {
            slow_down(spell->plan, spell->host, other, factor);
            slow_down(spell->plan, other, spell->host, factor);
            continue;
        }
        if (spell->is_outward)
            block(spell->plan, spell->host, other, is_on);
        if (spell->is_inward)
            block(spell->plan, other, spell->host, is_on);
    }
}

bool fault_network_strike(struct fault_series *series)
{
    if (series->spec->kind == FAULT_RESET)
        return reset(series);
    struct process *process = fault_draw_process(series, is_alive);
    if (!process)
        return false;
    struct fault_spell *spell = fault_spell_new(series);
    spell->host = process->host;
    spell->host_count = host_count();
    uint32_t way = 0, factor = 0; /* way 0: both, 1: outward, 2: inward */
    if (series->spec->kind == FAULT_PARTITION)
        way = fault_draw(series, DRAW_WAY, 3);
    else
        factor = factors[fault_draw(series, DRAW_FACTOR, FACTORS)];
    spell->is_outward = way != 2;
    spell->is_inward = way != 1;
    apply(spell, true, factor);
    fault_struck(series, process);
    return true;
}

void fault_network_lift(struct fault_spell *spell)
{
    apply(spell, false, 0);
}
