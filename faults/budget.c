/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/budget.h"

#include <string.h>
#include "faults/family.h"

enum { TOLD_MAX = 120 }; /* the brokers' gate has room for as many (sim/kafka/host/gate.h) */

static bool leaves_brokers(const struct fault_plan *plan, const struct budget_claim *claim)
{
    if (!claim->takes_broker)
        return true;
    for (const struct fault_spell *spell = plan->spells; spell; spell = spell->next)
        if (spell->broker)
            return false;
    return true;
}

static bool leaves_hosts(const struct fault_plan *plan, const struct budget_claim *claim)
{
    if (!claim->takes_host)
        return true;
    for (uint32_t number = 1; number <= process_count(); number++)
        if (plan->targets[number].is_down && plan->targets[number].restart.heap_index)
            return false;
    return true;
}

static bool leaves_processes(const struct fault_plan *plan, const struct budget_claim *claim)
{
    bool tells = claim->tells_brokers || claim->takes_broker;
    return !tells || plan->told_count + 2 <= TOLD_MAX;
}

/* "download.0" is a member of "download"; who has no '.' is alone. */
static bool is_same_stage(const char *name, const char *other)
{
    const char *dot = strrchr(name, '.');
    size_t bytes = dot ? (size_t)(dot - name) + 1 : strlen(name) + 1;
    return strncmp(name, other, bytes) == 0;
}

static bool leaves_a_member(const struct fault_plan *plan, const struct budget_claim *claim)
{
    if (!claim->leaving)
        return true;
    for (uint32_t number = 1; number <= process_count(); number++) {
        const struct process *other = process_by_number(number);
        if (other != claim->leaving && !plan->targets[number].away && other->state != PROCESS_DEAD &&
            is_same_stage(claim->leaving->name, other->name))
            return true;
    }
    return false;
}

static const struct rule {
    const char *text;
    /* NULL: held elsewhere: by the reading of a scenario, the bounds of a kind, the healing. */
    bool (*allows)(const struct fault_plan *plan, const struct budget_claim *claim);
} rules[] = {
    {"one broker at a time is down, stopping or cut off from the others", leaves_brokers},
    {"one machine at a time is down (or those of one storage)", leaves_hosts},
    {"a wall clock is at most 1 min wrong, an oscillator 1 %; one strike fills or breaks a disk for 10 s at "
     "most",
     NULL},
    {"a stage that is scaled down keeps a member", leaves_a_member},
    {"brokers are told of faults at most 120 times in a world", leaves_processes},
    {"nothing lasts for ever: what is paused, cut off, slow or down comes back when the faults stop", NULL},
    {"(but whom a scenario ends with `restart_after: never` stays away)", NULL},
    {"what ends processes spares the program that all brokers are, or is of the protocol-hazard profile",
     NULL},
    {"what may lose an acknowledged record, or end the wrong transaction, is of the protocol-hazard profile",
     NULL},
};
enum { RULES = sizeof rules / sizeof rules[0] };

bool budget_allows(const struct fault_plan *plan, const struct budget_claim *claim)
{
    for (size_t i = 0; i < RULES; i++)
        if (rules[i].allows && !rules[i].allows(plan, claim))
            return false;
    return true;
}

const char *budget_rule(size_t index)
{
    return index < RULES ? rules[index].text : NULL;
}
