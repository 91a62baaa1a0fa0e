/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task: one simulated thread, and the switch from one to another.
 *
 * A task has a stack and a thread-local storage of its own: it borrows both from a parked pthread whose stack lies at a
 * fixed address. Two backends, chosen by -Dtasks=:
 *   coroutine  saves registers, swaps stack pointer and FS base (x86-64 with FSGSBASE); nothing enters the kernel
 *   pthread    each task runs on its own kernel thread and hands one token around: for valgrind, TSan, other platforms
 * Both give the same history. Nothing outside sim/world and sim/posix looks in here.
 */
#ifndef SIM_WORLD_TASK_H
#define SIM_WORLD_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/world/schedule.h"

struct process;

#define TASK_STACKS_BASE UINT64_C(0x7ed000000000)
enum { TASK_STACK_BYTES = 1 << 20, TASKS_MAX = 4096 };

enum task_state { TASK_READY, TASK_RUNNING, TASK_BLOCKED, TASK_DONE };

/* A lock in a shared library's own memory: it outlives the process, so a kill must release it. */
struct task_lock {
    void *object;
    void (*release)(void *object, struct task *owner);
};
enum { TASK_SHARED_LOCKS_MAX = 16 };

struct task {
    uint32_t number; /* 1.. in order of creation within the world */
    uint32_t slot;   /* which parked thread it borrows */
    enum task_state state;
    bool is_interrupted; /* a signal wants to be delivered */
    bool interruptible;
    enum wait_result wait_result;
    struct process *process;
    struct task *next, *previous; /* in process->tasks */
    struct task *ready_next;
    struct waiter *waiters; /* what it is blocked in; on its stack */
    size_t waiter_count;
    struct timer deadline;
    int64_t wall_deadline_ns; /* while it waits for a time of CLOCK_REALTIME: that; else 0 */
    uint64_t semantic_events; /* keys a preemption */
    int64_t preempt_ns;       /* when it is preempted next; SCHEDULE_NEVER: not planned */
    void *(*start)(void *argument);
    void *argument;
    void *result;
    bool is_detached, is_joined;
    struct wait_queue joiners;
    struct task_lock shared_locks[TASK_SHARED_LOCKS_MAX];
    unsigned shared_lock_count;
    uint32_t locks_held; /* mutexes and rwlocks, of any process */
    void *posix;         /* the posix layer's part: TLS keys, signal mask, name; engine arena */
};

/* The running task; NULL outside the world (the host's own threads, the engine before it starts). */
extern __thread struct task *task_self __attribute__((tls_model("initial-exec")));

/* True where a call is to be simulated. */
static inline bool task_inside(void)
{
    return __builtin_expect(task_self != NULL, 1);
}

/* A new ready task of the process. NULL when TASKS_MAX live already. */
struct task *task_new(struct process *process, void *(*start)(void *), void *argument);
/* Ends the running task with a result; the posix layer has run its destructors. */
_Noreturn void task_finish(void *result);
/* Frees a finished task's structure (joined or detached). */
void task_reap(struct task *task);
/* Ends a task wherever it is, as its process is killed. When it is the running one, the caller must switch away. */
void task_drop(struct task *task);
/* The live or unreaped task of that number in the process; NULL: none. */
struct task *task_by_number(uint32_t number);

/* --- the backend: task_coroutine.c or task_pthread.c over task_slot.c ----------------------------------------- */

/* Where the world was entered from: switched to when it ends. */
#define TASK_HOST_SLOT UINT32_MAX

/* Leaves the running context (slot or TASK_HOST_SLOT) for another, and returns when somebody switches back. */
void task_backend_switch(uint32_t from_slot, uint32_t to_slot);
/* Leaves for ever: the slot may be started anew. */
_Noreturn void task_backend_leave(uint32_t from_slot, uint32_t to_slot);
/* Makes slot ready to run task from entry, on a fresh stack with pristine thread-local storage. */
void task_backend_prepare(uint32_t slot, struct task *task, void (*entry)(struct task *));
const char *task_backend_name(void);
/* Return addresses on the stack of a slot that is not running; innermost first. Returns how many, 0 if not started. */
int task_backend_frames(uint32_t slot, void **frames_out, int frames_max);

#endif
