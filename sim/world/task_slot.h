/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task_slot: the parked threads that tasks borrow stack and thread-local storage from.
 *
 *   TASK_STACKS_BASE + slot * TASK_STACK_BYTES
 *   | guard page | stack, grows down .. | parked frame | static TLS | struct pthread |
 *
 * The TLS is scrubbed from a copy taken before the thread ran anything, so that errno, librdkafka's last error and the
 * like begin alike in every task.
 */
#ifndef SIM_WORLD_TASK_SLOT_H
#define SIM_WORLD_TASK_SLOT_H

#include <assert.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include "sim/world/task.h"

struct task_slot {
    void *stack_pointer;      /* coroutine: where to go on */
    uintptr_t thread_pointer; /* FS base */
    char *tls, *pristine;
    size_t tls_bytes;
    char *parked_frame; /* the task's stack begins below */
    void (*entry)(struct task *task);
    struct task *task;
    _Atomic int go; /* pthread backend: this slot has the token */
    bool is_busy;   /* a task lives here */
    jmp_buf base;
    bool is_fresh;     /* prepared, not yet run */
    void **frames_out; /* somebody wants to know where it stands: see task_backend_frames */
    int frames_max, frame_count;
    uint32_t frames_for;
};

/* For task_slot only; here so that a switch costs no call. */
extern struct task_slot task_slots[TASKS_MAX];
extern uint32_t task_slots_count;

/* The record of a slot that was taken before. */
static inline struct task_slot *task_slot(uint32_t slot)
{
    assert(slot < task_slots_count);
    return &task_slots[slot];
}
/* The lowest-numbered free slot but not except; marks it busy. UINT32_MAX: none. */
uint32_t task_slot_take(uint32_t except);
void task_slot_give_back(uint32_t slot);
/* Scrubs the TLS and names the task in it. */
void task_slot_reset(uint32_t slot, struct task *task);
/* Called by a backend on return from a switch when frames_out is set: answers task_backend_frames, switches back. */
void task_slot_answer(uint32_t slot);
/* What a new parked thread does: given by the backend, called with signals blocked. */
void task_backend_park(struct task_slot *slot);

#endif
