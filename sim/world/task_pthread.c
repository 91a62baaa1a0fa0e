/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks as kernel threads that hand one token around. Slower by two orders of magnitude; valgrind, TSan and debuggers
 * understand it. A task that was dropped in the middle of a call is abandoned by a jump to its thread's base frame.
 */
#include <linux/futex.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "sim/world/guard.h"
#include "sim/world/task_slot.h"

static struct task_slot host;

const char *task_backend_name(void)
{
    return "pthread";
}

static void wait_for_token(struct task_slot *slot)
{
    while (atomic_load_explicit(&slot->go, memory_order_acquire) != 1)
        guard_system_call(SYS_futex, (long)&slot->go, FUTEX_WAIT_PRIVATE, 0, 0, 0);
    atomic_store_explicit(&slot->go, 0, memory_order_relaxed);
}

static void give_token(struct task_slot *slot)
{
    atomic_store_explicit(&slot->go, 1, memory_order_release);
    guard_system_call(SYS_futex, (long)&slot->go, FUTEX_WAKE_PRIVATE, 1, 0, 0);
}

void task_backend_park(struct task_slot *slot)
{
    atomic_store_explicit(&slot->go, -1, memory_order_release);
    guard_system_call(SYS_futex, (long)&slot->go, FUTEX_WAKE_PRIVATE, 1, 0, 0);
    /* Until the creator has seen it. No function of libc's that the world has too: the creator may have put a task here. */
    while (atomic_load(&slot->go) == -1)
        guard_system_call(SYS_sched_yield, 0, 0, 0, 0, 0);
    (void)_setjmp(slot->base);
    for (;;) {
        wait_for_token(slot);
        if (slot->entry) {
            void (*entry)(struct task *) = slot->entry;
            slot->entry = NULL;
            guard_attach();
            entry(slot->task);
        }
    }
}

void task_backend_prepare(uint32_t number, struct task *task, void (*entry)(struct task *))
{
    task_slot_reset(number, task);
    task_slot(number)->entry = entry;
}

void task_backend_switch(uint32_t from_slot, uint32_t to_slot)
{
    struct task_slot *from = from_slot == TASK_HOST_SLOT ? &host : task_slot(from_slot);
    struct task_slot *to = to_slot == TASK_HOST_SLOT ? &host : task_slot(to_slot);
    to->is_fresh = false;
    give_token(to);
    wait_for_token(from);
    if (from->entry) { /* prepared anew meanwhile: the frames above are of a task that is no more */
        atomic_store(&from->go, 1);
        _longjmp(from->base, 1);
    }
    if (from->frames_out)
        task_slot_answer(from_slot);
}

void task_backend_leave(uint32_t from_slot, uint32_t to_slot)
{
    task_backend_switch(from_slot, to_slot);
    abort(); /* nobody switches back to a slot that was left */
}
