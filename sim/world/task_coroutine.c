/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks as coroutines: callee-saved registers, stack pointer and FS base are all that a switch moves; the parked
 * thread that owns the TCB never runs again. x86-64 with FSGSBASE. simplified: the floating-point control words are
 * not switched, since nothing in the world changes them.
 */
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include "sim/world/guard.h"
#include "sim/world/task_slot.h"

#ifndef __x86_64__
#error "-Dtasks=coroutine is x86-64 only; build with -Dtasks=pthread"
#endif

/* void task_context_switch(void **save, void *to, uintptr_t thread_pointer); */
__asm__(".text\n"
        ".type task_context_switch, @function\n"
        "task_context_switch:\n"
        "    push %rbp\n"
        "    push %rbx\n"
        "    push %r12\n"
        "    push %r13\n"
        "    push %r14\n"
        "    push %r15\n"
        "    mov %rsp, (%rdi)\n"
        "    mov %rsi, %rsp\n"
        "    wrfsbase %rdx\n"
        "    pop %r15\n"
        "    pop %r14\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbx\n"
        "    pop %rbp\n"
        "    ret\n"
        ".size task_context_switch, . - task_context_switch\n"
        ".type task_context_start, @function\n"
        "task_context_start:\n"
        "    .cfi_startproc\n"
        "    .cfi_undefined rip\n" /* the end of every backtrace */
        "    mov %rbx, %rdi\n"
        "    call *%r12\n"
        "    ud2\n"
        "    .cfi_endproc\n"
        ".size task_context_start, . - task_context_start\n");
extern void task_context_switch(void **save, void *to, uintptr_t thread_pointer);
extern char task_context_start[];

enum { PARKED_FRAME_BYTES = 4096, SAVED_WORDS = 7 };

static struct task_slot host;

const char *task_backend_name(void)
{
    return "coroutine";
}

void task_backend_park(struct task_slot *slot)
{
    /* From the store on, a task may use the stack below: nothing deep (a lazily bound symbol) may run here any more. */
    static _Atomic int forever;
    atomic_store_explicit(&slot->go, -1, memory_order_release);
    guard_system_call(SYS_futex, (long)&slot->go, FUTEX_WAKE_PRIVATE, 1, 0, 0);
    for (;;)
        guard_system_call(SYS_futex, (long)&forever, FUTEX_WAIT_PRIVATE, 0, 0, 0);
}

static uintptr_t own_thread_pointer(void)
{
    uintptr_t self;
    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

void task_backend_prepare(uint32_t number, struct task *task, void (*entry)(struct task *))
{
    task_slot_reset(number, task);
    struct task_slot *slot = task_slot(number);
    uintptr_t top = ((uintptr_t)slot->parked_frame - PARKED_FRAME_BYTES) & ~(uintptr_t)15;
    uintptr_t *frame = (uintptr_t *)top - SAVED_WORDS;
    /* r15 r14 r13 r12 rbx rbp, return address: then rsp = top, aligned for the call */
    frame[0] = frame[1] = frame[2] = frame[5] = 0;
    frame[3] = (uintptr_t)entry;
    frame[4] = (uintptr_t)task;
    frame[6] = (uintptr_t)task_context_start;
    slot->stack_pointer = frame;
}

void task_backend_switch(uint32_t from_slot, uint32_t to_slot)
{
    struct task_slot *from = from_slot == TASK_HOST_SLOT ? &host : task_slot(from_slot);
    struct task_slot *to = to_slot == TASK_HOST_SLOT ? &host : task_slot(to_slot);
    if (from == &host)
        host.thread_pointer = own_thread_pointer();
    to->is_fresh = false;
    task_context_switch(&from->stack_pointer, to->stack_pointer, to->thread_pointer);
    if (__builtin_expect(from->frames_out != NULL, 0))
        task_slot_answer(from_slot);
}

void task_backend_leave(uint32_t from_slot, uint32_t to_slot)
{
    task_backend_switch(from_slot, to_slot);
    abort(); /* nobody switches back to a slot that was left */
}
