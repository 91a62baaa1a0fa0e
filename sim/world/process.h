/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process: what lives and dies together: tasks, an arena, descriptors, an environment.
 *
 *   start --> RUNNING <--pause/resume--> PAUSED
 *                |  \__ kill: everything is dropped at once, no destructor, no atexit --> DEAD
 *                \__ main returns or exit(): atexit handlers, then dropped ------------> DEAD
 *
 * A kill leaves what was written to files (the page cache outlives a process), closes its sockets as the network says,
 * and releases the library-global locks that its tasks held. A restart is a new incarnation under the same name and number.
 */
#ifndef SIM_WORLD_PROCESS_H
#define SIM_WORLD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/world/schedule.h"
#include "sim/world/task.h"

struct arena;
struct descriptor_table;
struct host;
struct process;
struct task;

enum { PROCESS_NAME_MAX_BYTES = 63, PROCESSES_MAX = 250, PROCESS_ARGUMENTS_MAX = 256 };

enum process_state { PROCESS_RUNNING, PROCESS_PAUSED, PROCESS_DEAD };

/* How a process ended. */
struct process_end {
    bool killed;                     /* else it exited */
    int status;                      /* exit status 0..255 */
    int signal;                      /* that killed it by default action, 0: by process_kill */
    uint64_t live_count, live_bytes; /* not freed at the end */
    uint32_t open_descriptors;       /* at the end, without 0..2 */
    uint32_t call;                   /* in which a planned kill struck, 0: none (history.h numbers) */
    uint32_t locks_held;             /* by its tasks, when it was killed */
};

struct process_spec {
    const char *name; /* copied */
    struct host *host;
    int (*main)(int argc, char **argv);
    const char *const *arguments;   /* NULL-terminated, copied; arguments[0] is the program */
    const char *const *environment; /* NULL-terminated "K=V", copied; NULL: empty */
    const char *directory;          /* working directory, copied; NULL: "/" */
    /* Bytes written to descriptor 1 or 2; borrowed. NULL: dropped. */
    void (*on_output)(void *opaque, struct process *process, int fd, const void *data, size_t bytes);
    void (*on_end)(void *opaque, struct process *process, const struct process_end *end);
    /* It asserts or aborts; what says where. True: it dies by SIGABRT and the world goes on; false or NULL: a finding. */
    bool (*on_crash)(void *opaque, struct process *process, const char *what);
    void *opaque;
};

struct process {
    uint32_t number;      /* 1.. in order of first start; stays over restarts */
    uint32_t incarnation; /* 1.. */
    char name[PROCESS_NAME_MAX_BYTES + 1];
    enum process_state state;
    struct host *host;
    struct arena *arena;
    unsigned arena_number;
    struct descriptor_table *descriptors;
    struct task *tasks; /* list of its live tasks, oldest first */
    struct process_spec spec;
    void *posix; /* the posix layer's part: environment, handlers, cwd, atexit; engine arena */
    int64_t started_ns;
    uint64_t kill_countdown;       /* call points until a planned kill; 0: none is planned */
    uint32_t kill_call;            /* 0: any call; else only points of this call (history.h numbers) count */
    bool is_asked;                 /* process_ask_at_calls */
    uint64_t allocation_countdown; /* allocations until one fails; 0: none is planned */
    uint32_t allocations_failing;  /* how many fail from there on */
    uint32_t allocations_failed;   /* in this incarnation: a crash after one is a death, not a finding */
    struct task *paused_ready;     /* tasks that became ready while paused */
};

/* What the posix layer adds to a process' life. */
struct process_hooks {
    void (*on_start)(struct process *process); /* before its first task runs */
    int (*run)(struct process *process);       /* in its first task: main; the status, if main returns */
    void (*on_exit)(struct process *process); /* last words of a process that exits: atexit handlers, stdio */
    void (*on_drop)(struct process *process); /* killed or exited: give back what on_start made */
    void (*on_signal)(struct process *process, int signal);
    void (*on_task)(
        struct task *task); /* a new task, before it runs: sets task->posix, which is freed with it */
    void (*on_task_drop)(struct task *task); /* a task is forgotten: gives back what task->posix holds */
};
/* borrowed for ever */
void process_set_hooks(const struct process_hooks *hooks);
const struct process_hooks *process_hooks(void);

/* Starts a process (its first incarnation). */
struct process *process_start(const struct process_spec *spec);
/* A dead process begins anew with the same specification. */
void process_restart(struct process *process);
/* SIGKILL. When the running task belongs to it, does not return to it. */
void process_kill(struct process *process);
/* The default action of a signal that ends a process. */
void process_end_by_signal(struct process *process, int signal);
/* SIGSTOP, SIGCONT. */
void process_pause(struct process *process);
void process_resume(struct process *process);
/* Delivers a signal (SIGTERM, ..): the posix layer's handler, mask or default action decides. */
void process_signal(struct process *process, int signal);
/* _exit(): ends the process of the running task. */
_Noreturn void process_exit(int status);

/* Plans a kill at the count-th call point from now (1..), of any call or only of one. */
void process_kill_at(struct process *process, uint64_t count, uint32_t call);

/* Plans that the count-th allocation from now (1..), and so many in a row, have no memory. 0 in a row: none is planned any
 * more. A program that crashes after one dies as of any signal, and the world goes on. */
void process_fail_allocation(struct process *process, uint64_t count, uint32_t in_row);
/* Asked for each allocation while one is planned. */
bool process_allocation_fails(struct process *process);

/* The running task's process; NULL outside the world. */
struct process *process_current(void);
struct process *process_by_number(uint32_t number);
struct process *process_by_name(const char *name);
uint32_t process_count(void);

/* Asks at each call point of any process whether it is to be killed there; NULL, and at a world's end: not any more. */
void process_ask_at_calls(bool (*strikes)(struct process *process, uint32_t call));

/* process_call_point while a kill is planned, or asked for. */
void process_count_down(uint32_t call);

/* Every call passes here on entry and on return: kills happen at these points. */
static inline void process_call_point(uint32_t call)
{
    if (__builtin_expect(task_self->process->kill_countdown != 0 || task_self->process->is_asked, 0))
        process_count_down(call);
}

#endif
