/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posix: what the modules of this folder share about a process and a task.
 *
 * Everything here lives in the engine's arena, so that it survives a kill long enough to be given back.
 */
#ifndef SIM_POSIX_POSIX_H
#define SIM_POSIX_POSIX_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/world/process.h"
#include "sim/world/task.h"

enum { SIGNALS_MAX = 65, TASK_NAME_MAX = 15, KEYS_FIRST_GROWTH = 64 };

struct signal_file;

struct exit_handler {
    struct exit_handler *next;
    void (*function)(void *argument);
    void *argument;
};

struct posix_process {
    char **environment; /* "K=V", NULL-terminated; in the process' arena after the first setenv */
    size_t environment_count, environment_capacity;
    struct exit_handler *exit_handlers; /* newest first */
    struct sigaction handlers[SIGNALS_MAX];
    uint64_t pending;                 /* signals no task could take yet: bit n - 1 is signal n */
    uint64_t from_outside;            /* those that came last from the world, not from this process */
    struct wait_queue signal_waiters; /* sigwait and its like */
    struct signal_file *signal_files;
    uint64_t random_state; /* rand(), random() */
};

struct posix_task {
    char name[TASK_NAME_MAX + 1];
    uint64_t blocked; /* signal mask */
    uint64_t pending; /* sent to this thread */
    void **specific;  /* pthread keys; engine arena */
    uint32_t specific_count;
    uint32_t spins;      /* polls without a timeout in a row that found nothing */
    uint32_t idle_polls; /* in a row that found something, without a byte moved in between */
    int until_clock;     /* of the timed wait that the thread is in: see clock_until */
    int64_t until_ns;
    uint32_t on_behalf;              /* > 0: libc allocates for its caller: into the process' arena */
    __pthread_unwind_buf_t *cleanup; /* the newest pthread_cleanup_push; on the task's stack */
    void *exit_result;               /* of pthread_exit, while its cleanup handlers run */
    int (*start_c11)(void *argument);
    void *(*start_posix)(void *argument);
    void *argument;
};

static inline struct posix_process *posix_process(const struct process *process)
{
    return process->posix;
}

static inline struct posix_task *posix_task(const struct task *task)
{
    return task->posix;
}

/* Gives a new task its part. */
void posix_task_init(struct task *task);
/* Its TLS destructors, then nothing of it is left but its result. */
void posix_task_leave(struct task *task);
/* Gives back what it still holds: it was killed, or its process ended around it. */
void posix_task_drop(struct task *task);

/* exit(): handlers, stdio, then the end. */
_Noreturn void posix_exit(int status);
/* Flushes the process' stdio streams (stdio.c). */
void stdio_flush_all(struct process *process);

/* Host clocks, ns, from world time and back. clock: CLOCK_REALTIME, CLOCK_MONOTONIC or a relative of theirs. */
int64_t clock_from_world(const struct process *process, int clock, int64_t world_ns);
int64_t clock_to_world(const struct process *process, int clock, int64_t clock_ns);
/* When a wait of the running thread for a time of a clock ends. clock_wait, which waits, then knows that time: if the clock
 * is stepped or skewed meanwhile, the deadline moves. */
int64_t clock_until(int clock, int64_t clock_ns);
/* schedule_wait for a deadline of clock_until, or SCHEDULE_NEVER. */
enum wait_result clock_wait(struct wait_queue *queue, int64_t deadline_ns);
/* When a wait for timeout_ns from now ends; rounded up as a kernel's timers are. SCHEDULE_NEVER for a negative one. */
int64_t clock_deadline(int64_t timeout_ns);
int64_t clock_round_up(int64_t world_ns);

/* key.c: the keys of a process that is no more; what a thread that ends has to run. */
void key_forget(const struct process *process);
void key_run_destructors(struct task *task);

/* signal.c */
void signal_post(struct process *process, int signal);
void signal_post_task(struct task *task, int signal);
/* For a wait that a signal broke off: true when the call is to go on waiting, as every handler that is due says SA_RESTART;
 * they have run then. False: the call returns EINTR, and the handlers run as it returns. */
bool signal_restarts(void);
/* Gives the running thread another mask (before_out: NULL, or what it was). No handler runs here: a wait that follows is
 * broken off by a signal that the mask lets through, also by one that was sent before. */
void signal_swap_mask(const sigset_t *mask, sigset_t *before_out);
/* The hook of process_signal. */
void signal_from_outside(struct process *process, int signal);

#endif
