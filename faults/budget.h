/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget: how much may be broken at once, so that a correct pipeline on correct brokers survives it.
 *
 * Asked before each strike. The rules are a table with a sentence each; `scenario show` prints them. They hold in both
 * profiles: what makes the other one a hazard is its kinds of fault, not their number. A kind's own bounds are in its
 * file, or the range of its key.
 */
#ifndef FAULTS_BUDGET_H
#define FAULTS_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "faults/fault.h"

struct fault_plan;
struct process;

/* What a strike is about to do, as far as rules ask. */
struct budget_claim {
    const struct process *leaving; /* its stage has a member less; NULL: nobody leaves */
    bool tells_brokers;            /* a broker is told of it */
    bool takes_broker;             /* a broker is down or cut off by it for a while */
    bool takes_host;               /* a machine dies of it */
};

bool budget_allows(const struct fault_plan *plan, const struct budget_claim *claim);

/* The rules, each a sentence. NULL: there are no more. */
const char *budget_rule(size_t index);

#endif
