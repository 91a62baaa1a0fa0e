/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allocation: memory that is not there. Within a spell one allocation of a process fails, and some of the next perhaps: after how
 * many is drawn. What the program, or a library, makes of it is its own; if it dies, a supervisor starts it again.
 */
#include "faults/family.h"

enum { ALLOCATIONS_AHEAD_MAX = 4096, IN_ROW_DOUBLINGS = 4 };

static bool is_untouched(const struct fault_plan *plan, const struct process *process)
{
    (void)plan;
    return process->state == PROCESS_RUNNING && !process->allocation_countdown;
}

static bool fail(struct fault_series *series)
{
    struct process *process = fault_draw_process(series, is_untouched);
    if (!process)
        return false;
    uint64_t count = 1 + fault_draw(series, DRAW_AT_CALL, ALLOCATIONS_AHEAD_MAX);
    uint32_t in_row = 1U << fault_draw(series, DRAW_FACTOR, IN_ROW_DOUBLINGS);
    fault_spell_new(series)->process = process;
    process_fail_allocation(process, count, in_row);
    fault_struck(series, process);
    return true;
}

static void cancel(struct fault_spell *spell)
{
    process_fail_allocation(spell->process, 0, 0);
}

const struct fault_type fault_fail_allocation = {
    FAULT_NAMED("fail_allocation"),
    .documentation =
        "an allocation of the process, and up to 7 after it, have no memory; a program that dies of it is "
        "started again",
    .target = "the processes it may strike, a glob over names",
    .class = FAULT_OF_ALLOCATION,
    .is_hazard_with = fault_ends_brokers,
    .parameters = FAULT_TAKES_DURATION,
    .strike = fail,
    .lift = cancel,
};
