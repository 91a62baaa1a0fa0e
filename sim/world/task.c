/* SPDX-License-Identifier: Apache-2.0 */
/* The life of tasks: made, finished, joined or dropped. Structures are recycled, never while somebody may look at them. */
#include "sim/world/task.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "sim/world/engine.h"
#include "sim/world/history.h"
#include "sim/world/process.h"
#include "sim/world/stack.h"
#include "sim/world/task_slot.h"
#include "sim/world/world.h"

static struct {
    struct task **by_number; /* [number]; NULL once reaped or dropped */
    uint32_t count, capacity, live;
    struct task *dropped; /* to be used again, through ready_next */
} tasks;

void task_begin(void)
{
    memset(&tasks, 0, sizeof tasks);
}

uint32_t task_live_count(void)
{
    return tasks.live;
}

struct task *task_by_number(uint32_t number)
{
    return number >= 1 && number <= tasks.count ? tasks.by_number[number] : NULL;
}

static void entry(struct task *task)
{
    task_finish(task->start(task->argument));
}

static struct task *new_structure(void)
{
    for (struct task **at = &tasks.dropped; *at; at = &(*at)->ready_next) {
        struct task *task = *at;
        if (task->slot == engine_running_slot())
            continue; /* still the one whose stack we stand on */
        *at = task->ready_next;
        memset(task, 0, sizeof *task);
        return task;
    }
    return world_alloc(sizeof(struct task));
}

struct task *task_new(struct process *process, void *(*start)(void *), void *argument)
{
    struct task *self = engine_outside();
    uint32_t slot = task_slot_take(engine_running_slot());
    engine_inside(self);
    if (slot == UINT32_MAX)
        return NULL;
    if (tasks.count + 1 >= tasks.capacity) {
        tasks.capacity = tasks.capacity ? tasks.capacity * 2 : 256;
        tasks.by_number = world_resize(tasks.by_number, tasks.capacity * sizeof(struct task *));
    }
    struct task *task = new_structure();
    task->number = ++tasks.count;
    tasks.by_number[task->number] = task;
    task->slot = slot;
    task->process = process;
    task->start = start;
    task->argument = argument;
    task->preempt_ns = SCHEDULE_NEVER;
    struct task **end = &process->tasks;
    while (*end) {
        task->previous = *end;
        end = &(*end)->next;
    }
    *end = task;
    tasks.live++;
    process_hooks()->on_task(task);
    task_backend_prepare(slot, task, entry);
    task->state = TASK_BLOCKED;
    schedule_task_ready(task, WAIT_WOKEN);
    return task;
}

static void leave_process(struct task *task)
{
    if (task->previous)
        task->previous->next = task->next;
    else
        task->process->tasks = task->next;
    if (task->next)
        task->next->previous = task->previous;
    task->next = task->previous = NULL;
    tasks.live--;
}

static void recycle(struct task *task)
{
    tasks.by_number[task->number] = NULL;
    if (task->posix)
        process_hooks()->on_task_drop(task);
    world_free(task->posix);
    task->posix = NULL;
    task->ready_next = tasks.dropped;
    tasks.dropped = task;
}

void task_finish(void *result)
{
    struct task *task = task_self;
    task->result = result;
    task->state = TASK_DONE;
    leave_process(task);
    task_slot_give_back(task->slot);
    schedule_wake_all(&task->joiners);
    if (task->is_detached)
        recycle(task);
    engine_next();
}

void task_reap(struct task *task)
{
    assert(task->state == TASK_DONE);
    recycle(task);
}

void task_drop(struct task *task)
{
    schedule_forget(task);
    while (task->shared_lock_count) {
        struct task_lock *lock = &task->shared_locks[--task->shared_lock_count];
        lock->release(lock->object, task);
    }
    task->state = TASK_DONE;
    leave_process(task);
    task_slot_give_back(task->slot);
    recycle(task);
}

void task_end(void)
{
    for (uint32_t number = 1; number <= tasks.count; number++) {
        struct task *task = tasks.by_number[number];
        if (task && task->state == TASK_DONE) /* finished, never joined */
            recycle(task);
    }
    while (tasks.dropped) {
        struct task *next = tasks.dropped->ready_next;
        world_free(tasks.dropped);
        tasks.dropped = next;
    }
    world_free(tasks.by_number);
    memset(&tasks, 0, sizeof tasks);
}

const char *engine_task_label(const struct task *task)
{
    static char label[PROCESS_NAME_MAX_BYTES + 64];
    if (!task)
        return "the engine";
    snprintf(label, sizeof label, "task %u of %s.%u", task->number, task->process->name,
             task->process->incarnation);
    return label;
}

int task_describe_all(char *text, size_t bytes)
{
    static const char *const states[] = {"ready", "running", "blocked", "done"};
    size_t used = 0;
    text[0] = 0;
    for (uint32_t number = 1; number <= tasks.count && used + 1 < bytes; number++) {
        struct task *task = tasks.by_number[number];
        if (!task || task->state == TASK_DONE)
            continue;
        used += (size_t)snprintf(text + used, bytes - used, "  %s, %s\n", engine_task_label(task),
                                 states[task->state]);
        if (used + 1 < bytes && task->state != TASK_RUNNING)
            used += stack_describe_task(task, text + used, bytes - used);
    }
    return (int)(used < bytes ? used : bytes - 1);
}
