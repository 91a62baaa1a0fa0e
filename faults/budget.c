/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/budget.h"

#include "faults/family.h"

static bool leaves_brokers(const struct fault_plan *plan, const struct budget_claim *claim)
{
    if (!claim->takes_broker)
        return true;
    for (const struct fault_spell *spell = plan->spells; spell; spell = spell->next)
        if (spell->broker)
            return false;
    return true;
}

static const struct rule {
    const char *text;
    bool (*allows)(const struct fault_plan *plan, const struct budget_claim *claim); /* NULL: see text */
} rules[] = {
    {"one broker at a time is down, stopping or cut off from the others", leaves_brokers},
    {"nothing lasts for ever: what is paused, cut off, slow or down comes back when the faults stop (but "
     "what a "
     "scenario ends with restart_after: never)",
     NULL},
    {"what may lose an acknowledged record, or let a request of one transaction into the next, is a kind of "
     "the "
     "protocol-hazard profile",
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
