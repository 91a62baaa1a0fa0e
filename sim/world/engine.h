/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: what schedule, task, process, guard and world share with each other, and with nobody else.
 */
#ifndef SIM_WORLD_ENGINE_H
#define SIM_WORLD_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/world/schedule.h"
#include "sim/world/task.h"

struct process;

/* While engine code calls out (timers, observers, output), libc is the real one and system calls are let through.
 * Nests. Returns what engine_inside takes back. */
struct task *engine_outside(void);
void engine_inside(struct task *self);

/* Abandons whatever runs and returns to world_run's caller. */
_Noreturn void engine_leave(void);
/* Leaves the running task, which is done, for the next one. */
_Noreturn void engine_next(void);
/* The slot whose stack is being run on; TASK_HOST_SLOT outside. */
uint32_t engine_running_slot(void);

void schedule_begin(uint32_t preempt_per_million, uint32_t reorder_per_million, uint64_t livelock_points);
/* Runs until nothing is left to run or schedule_stop. */
void schedule_run(void);
void schedule_stop(void);
void schedule_end(void);
/* Takes a task out of every list, as it is dropped. */
void schedule_forget(struct task *task);
/* Takes the tasks of a process that is being paused out of the ready list. */
void schedule_hold(struct process *process);
/* Makes the tasks that became ready while paused ready now. */
void schedule_release(struct task *list);
uint64_t schedule_switches(void);
uint64_t schedule_points(void);

void task_begin(void);
void task_end(void);
uint32_t task_live_count(void);
/* Every task's state and stack, for a person. Bytes written, always terminated. */
int task_describe_all(char *text, size_t bytes);
/* "task 7 (rdk:broker1) of download.0" in a buffer of the engine's. */
const char *engine_task_label(const struct task *task);

/* How this world's processes lay out their memory. */
unsigned world_layout(void);

void process_begin(void);
void process_end_all(void);

#endif
