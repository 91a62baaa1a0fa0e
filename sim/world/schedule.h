/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule: who runs next, and when time moves.
 *
 * One heap of timers ordered by (time, start order), one FIFO of ready tasks, and wait queues that live in the
 * objects waited for. Time moves when nothing is ready, plus a small charge per scheduling point and per clock read,
 * so that a busy loop ends. All of it belongs to the one running task: no locks.
 */
#ifndef SIM_WORLD_SCHEDULE_H
#define SIM_WORLD_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;
struct task;
struct waiter;

#define SCHEDULE_NEVER INT64_MAX

/* What every scheduling point touches. Nobody writes it but schedule.c and the function below. */
struct schedule_clock {
    int64_t now_ns;
    int64_t
        alarm_ns; /* at or after this there is something to see to: a timer, a preemption, the end of a slice */
    uint64_t points;
};
extern struct schedule_clock schedule_clock;
enum { SCHEDULE_POINT_NS = 100 /* a scheduling point's charge */ };
void schedule_alarm(void);

/* World time, ns since the world began. Every host's clocks are functions of it (host.h). */
static inline int64_t schedule_now(void)
{
    return schedule_clock.now_ns;
}
/* The same, charged as a clock read (a loop that only reads the clock makes time move). */
int64_t schedule_read_clock(void);

/* A list of waiters, zero-initialised, embedded in what is waited for: 16 bytes, so it fits into pthread objects. */
struct wait_queue {
    struct waiter *head, *tail;
};

/* One task waiting in one queue; on the waiting task's stack. */
struct waiter {
    struct waiter *next, *previous;
    struct wait_queue *queue; /* NULL when not queued */
    struct task *task;
};

enum wait_result {
    WAIT_WOKEN,
    WAIT_TIMEOUT,
    WAIT_INTERRUPTED, /* a signal handler is due: return EINTR (only where interruptible) */
};

/* Blocks the running task in queue (NULL: only the deadline ends it) until woken or deadline_ns (SCHEDULE_NEVER: no
 * deadline) has come. A deadline in the past still is a scheduling point. */
enum wait_result schedule_wait(struct wait_queue *queue, int64_t deadline_ns, bool interruptible);

/* The same over several queues at once, as poll needs: waiters[i].queue is set by the caller, the rest is filled
 * in. On return no waiter is queued. */
enum wait_result schedule_wait_many(struct waiter *waiters, size_t count, int64_t deadline_ns,
                                    bool interruptible);

/* Gives every running wait of the process that has a deadline the one that on_move says, from the one it has. */
void schedule_move_deadlines(struct process *process,
                             int64_t (*on_move)(void *opaque, const struct task *task, int64_t time_ns),
                             void *opaque);
/* The deadline of the running task's last wait, which was given as deadline_ns: as it was moved, perhaps. For the next wait
 * of the same call. */
int64_t schedule_deadline(int64_t deadline_ns);

/* Makes the longest (or, by choice, another) waiter ready / all of them. Cheap when nobody waits. May be called from timers. */
bool schedule_wake_one(struct wait_queue *queue);
void schedule_wake_all(struct wait_queue *queue);

/* A scheduling point: by choice, another ready task runs first. */
static inline void schedule_point(void)
{
    schedule_clock.points++;
    schedule_clock.now_ns += SCHEDULE_POINT_NS;
    if (__builtin_expect(schedule_clock.now_ns >= schedule_clock.alarm_ns, 0))
        schedule_alarm();
}
/* Lets every other ready task run first (sched_yield, poll with timeout 0). */
void schedule_yield(void);

/* A semantic event of the running task (a call that others can see): draws when it is preempted next. */
void schedule_semantic_event(void);
/* Makes one blocked task ready; nothing when it is not blocked. */
void schedule_task_ready(struct task *task, enum wait_result result);

/* Timers call back in the engine's context at their time: never block in one. Zero-initialised = not started. */
struct timer {
    int64_t time_ns;
    uint64_t order;
    uint32_t heap_index; /* 1.., 0 = not started */
    bool background;     /* does not by itself keep a world from being deadlocked (budgets, planned faults) */
    void (*on_fire)(struct timer *timer);
};
void timer_start(struct timer *timer, int64_t time_ns, void (*on_fire)(struct timer *timer));
void timer_stop(struct timer *timer); /* fine when not started */

/* container_of for timers and wait queues. */
#define SCHEDULE_OWNER(POINTER, TYPE, MEMBER) ((TYPE *)(void *)((char *)(POINTER)-offsetof(TYPE, MEMBER)))

#endif
