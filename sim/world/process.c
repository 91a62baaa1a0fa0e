/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/process.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "sim/world/arena.h"
#include "sim/world/descriptor.h"
#include "sim/world/engine.h"
#include "sim/world/history.h"
#include "sim/world/host.h"
#include "sim/world/world.h"

static const struct process_hooks *hooks;

static struct {
    struct process *all[PROCESSES_MAX + 1]; /* [number] */
    uint32_t count;
    bool arena_busy[ARENA_SLOTS];
    bool (*strikes)(struct process *process, uint32_t call);
} processes;

void process_set_hooks(const struct process_hooks *given)
{
    hooks = given;
}

const struct process_hooks *process_hooks(void)
{
    return hooks;
}

void process_begin(void)
{
    memset(&processes, 0, sizeof processes);
}

struct process *process_current(void)
{
    return task_self ? task_self->process : NULL;
}

struct process *process_by_number(uint32_t number)
{
    return number >= 1 && number <= processes.count ? processes.all[number] : NULL;
}

struct process *process_by_name(const char *name)
{
    for (uint32_t number = 1; number <= processes.count; number++)
        if (strcmp(processes.all[number]->name, name) == 0)
            return processes.all[number];
    return NULL;
}

uint32_t process_count(void)
{
    return processes.count;
}

static char **copy_strings(const char *const *from)
{
    size_t count = 0;
    while (from && from[count])
        count++;
    assert(count < PROCESS_ARGUMENTS_MAX);
    char **copy = world_alloc((count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = world_strdup(from[i]);
    return copy;
}

static void free_strings(const char *const *strings)
{
    for (size_t i = 0; strings[i]; i++)
        world_free((char *)(uintptr_t)strings[i]);
    world_free((void *)(uintptr_t)strings);
}

static void *body(void *opaque)
{
    process_exit(hooks->run(opaque));
}

static unsigned take_arena(void)
{
    unsigned slot = world_is_warming_up() ? ARENA_WARM : ARENA_PROCESS_FIRST;
    while (slot < ARENA_SLOTS && processes.arena_busy[slot])
        slot++;
    assert(slot < ARENA_SLOTS && "no more arenas");
    processes.arena_busy[slot] = true;
    return slot;
}

static void begin(struct process *process)
{
    process->incarnation++;
    process->state = PROCESS_RUNNING;
    process->arena_number = take_arena();
    process->arena = arena_slot(process->arena_number);
    arena_reset(process->arena);
    arena_set_layout(process->arena, world_layout());
    process->kill_countdown = 0;
    process->allocation_countdown = 0;
    process->allocations_failing = process->allocations_failed = 0;
    process->is_asked = processes.strikes != NULL;
    process->started_ns = schedule_now();
    history_call(HISTORY_START, process->number, process->incarnation, 0);
    hooks->on_start(process);
    struct task *first = task_new(process, body, process);
    if (!first)
        world_find(FINDING_LIMIT, "no task is free for %s", process->name);
}

struct process *process_start(const struct process_spec *spec)
{
    assert(processes.count < PROCESSES_MAX && strlen(spec->name) <= PROCESS_NAME_MAX_BYTES);
    assert(!process_by_name(spec->name));
    struct process *process = world_alloc(sizeof *process);
    process->number = ++processes.count;
    processes.all[process->number] = process;
    snprintf(process->name, sizeof process->name, "%s", spec->name);
    process->host = spec->host;
    process->spec = *spec;
    process->spec.name = process->name;
    process->spec.arguments = (const char *const *)copy_strings(spec->arguments);
    process->spec.environment = (const char *const *)copy_strings(spec->environment);
    process->spec.directory = world_strdup(spec->directory ? spec->directory : "/");
    begin(process);
    return process;
}

void process_restart(struct process *process)
{
    assert(process->state == PROCESS_DEAD);
    begin(process);
}

/* Everything of the process goes at once. The running task may be one of its tasks: then the caller switches away. */
static void drop(struct process *process, struct process_end *end)
{
    struct arena_usage usage = arena_usage(process->arena);
    end->live_count = usage.live_count;
    end->live_bytes = usage.live_bytes;
    uint32_t open = descriptor_count(process);
    for (int fd = 0; fd <= 2; fd++)
        open -= descriptor_get(process, fd) != NULL;
    end->open_descriptors = open;
    while (process->tasks) {
        end->locks_held += process->tasks->locks_held;
        task_drop(process->tasks);
    }
    process->state = PROCESS_DEAD;
    descriptor_close_all(process);
    hooks->on_drop(process);
    processes.arena_busy[process->arena_number] = false;
    history_call(end->killed ? HISTORY_KILL : HISTORY_EXIT, process->number, process->incarnation,
                 (uint64_t)end->status);
    if (process->spec.on_end) {
        struct task *self = engine_outside();
        process->spec.on_end(process->spec.opaque, process, end);
        engine_inside(self);
    }
}

static void end_and_leave(struct process *process, struct process_end *end)
{
    bool is_own = task_self && task_self->process == process;
    drop(process, end);
    if (is_own)
        engine_next();
}

void process_kill(struct process *process)
{
    if (process->state != PROCESS_DEAD)
        end_and_leave(process, &(struct process_end){.killed = true, .signal = 9});
}

void process_end_by_signal(struct process *process, int signal)
{
    if (process->state != PROCESS_DEAD)
        end_and_leave(process, &(struct process_end){.killed = true, .signal = signal});
}

void process_exit(int status)
{
    struct process *process = task_self->process;
    hooks->on_exit(process);
    drop(process, &(struct process_end){.status = status & 0xff});
    engine_next();
}

void process_pause(struct process *process)
{
    if (process->state != PROCESS_RUNNING)
        return;
    process->state = PROCESS_PAUSED;
    history_call(HISTORY_PAUSE, process->number, process->incarnation, 0);
    schedule_hold(process);
}

void process_resume(struct process *process)
{
    if (process->state != PROCESS_PAUSED)
        return;
    process->state = PROCESS_RUNNING;
    history_call(HISTORY_RESUME, process->number, process->incarnation, 0);
    struct task *list = process->paused_ready;
    process->paused_ready = NULL;
    schedule_release(list);
}

void process_signal(struct process *process, int signal)
{
    if (process->state == PROCESS_DEAD)
        return;
    history_call(HISTORY_SIGNAL, process->number, (uint64_t)signal, 0);
    hooks->on_signal(process, signal);
}

void process_kill_at(struct process *process, uint64_t count, uint32_t call)
{
    process->kill_countdown = count;
    process->kill_call = call;
}

void process_fail_allocation(struct process *process, uint64_t count, uint32_t in_row)
{
    process->allocation_countdown = in_row ? count : 0;
    process->allocations_failing = in_row;
}

bool process_allocation_fails(struct process *process)
{
    if (--process->allocation_countdown)
        return false;
    process->allocations_failed++;
    process->allocation_countdown = --process->allocations_failing != 0; /* the next one, too */
    history_call(HISTORY_NOTE, process->number, process->allocations_failed, 0);
    return true;
}

void process_ask_at_calls(bool (*strikes)(struct process *process, uint32_t call))
{
    processes.strikes = strikes;
    for (uint32_t number = 1; number <= processes.count; number++)
        processes.all[number]->is_asked = strikes != NULL;
}

static bool is_struck(struct process *process, uint32_t call)
{
    if (process->is_asked && processes.strikes(process, call))
        return true;
    return process->kill_countdown && (process->kill_call == 0 || process->kill_call == call) &&
           --process->kill_countdown == 0;
}

void process_count_down(uint32_t call)
{
    struct process *process = task_self->process;
    if (is_struck(process, call))
        end_and_leave(process, &(struct process_end){.killed = true, .signal = 9, .call = call});
}

void process_end_all(void)
{
    for (uint32_t number = 1; number <= processes.count; number++) {
        struct process *process = processes.all[number];
        if (process->state != PROCESS_DEAD)
            process->spec.on_end = NULL; /* the world ends: nobody wants to hear it one by one */
        process_kill(process);
        free_strings(process->spec.arguments);
        free_strings(process->spec.environment);
        world_free((char *)(uintptr_t)process->spec.directory);
        world_free(process);
    }
    memset(&processes, 0, sizeof processes);
}
