/* SPDX-License-Identifier: Apache-2.0 */
/* See schedule.h. The heap is 4-ary over (time, start order); the ready list is intrusive; nothing here allocates but
 * the heap's array. */
#include "sim/world/schedule.h"

#include <assert.h>
#include <string.h>
#include "sim/world/choice.h"
#include "sim/world/engine.h"
#include "sim/world/guard.h"
#include "sim/world/history.h"
#include "sim/world/process.h"
#include "sim/world/world.h"

enum {
    CLOCK_CHARGE_NS = 40, /* a clock read */
    SLICE_NS = 200000,    /* a task that never blocks lets others run after so long */
    REORDER_WINDOW = 8,   /* how far from the front another ready task may be drawn */
    PREEMPT_WINDOW = 64,  /* scheduling points after a semantic event in which a preemption may fall */
    HEAP_ARITY = 4,
};

static struct choice_point point_reorder = CHOICE_POINT("schedule/reorder");
static struct choice_point point_which = CHOICE_POINT("schedule/which");
static struct choice_point point_wake = CHOICE_POINT("schedule/wake");
static struct choice_point point_late = CHOICE_POINT("timer/late");
static struct choice_point point_preempt = CHOICE_POINT("schedule/preempt");
static struct choice_point point_preempt_in = CHOICE_POINT("schedule/preempt_in");

struct schedule_clock schedule_clock;

static struct {
    uint64_t timer_order, switches, points_at_progress, livelock_points;
    uint32_t preempt_per_million, reorder_per_million;
    struct timer **heap; /* heap[0] is not used */
    uint32_t heap_count, heap_capacity, foreground_count;
    struct task *ready_head, *ready_tail;
    uint32_t ready_count;
    struct task *running; /* whose stack we are on; NULL: the host's */
    int64_t slice_end_ns; /* of the running task */
    bool is_stopped;
} schedule;

/* The next time at which a scheduling point has something to see to. */
static void set_alarm(void)
{
    int64_t alarm_ns = schedule.heap_count ? schedule.heap[1]->time_ns : SCHEDULE_NEVER;
    if (schedule.running && schedule.running->preempt_ns < alarm_ns)
        alarm_ns = schedule.running->preempt_ns;
    if (schedule.slice_end_ns < alarm_ns)
        alarm_ns = schedule.slice_end_ns;
    bool is_paused = schedule.running && schedule.running->process->state == PROCESS_PAUSED;
    schedule_clock.alarm_ns = schedule.is_stopped || is_paused ? 0 : alarm_ns;
}

/* --- timers ---------------------------------------------------------------------------------------------------- */

static bool is_earlier(const struct timer *a, const struct timer *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

static void heap_put(uint32_t index, struct timer *timer)
{
    schedule.heap[index] = timer;
    timer->heap_index = index;
}

static void sift_up(uint32_t index, struct timer *timer)
{
    while (index > 1) {
        uint32_t parent = (index - 2) / HEAP_ARITY + 1;
        if (!is_earlier(timer, schedule.heap[parent]))
            break;
        heap_put(index, schedule.heap[parent]);
        index = parent;
    }
    heap_put(index, timer);
}

static void sift_down(uint32_t index, struct timer *timer)
{
    for (;;) {
        uint32_t first = (index - 1) * HEAP_ARITY + 2, best = 0;
        for (uint32_t child = first; child < first + HEAP_ARITY && child <= schedule.heap_count; child++)
            if (!best || is_earlier(schedule.heap[child], schedule.heap[best]))
                best = child;
        if (!best || !is_earlier(schedule.heap[best], timer))
            break;
        heap_put(index, schedule.heap[best]);
        index = best;
    }
    heap_put(index, timer);
}

void timer_start(struct timer *timer, int64_t time_ns, void (*on_fire)(struct timer *timer))
{
    timer_stop(timer);
    if (schedule.heap_count + 1 >= schedule.heap_capacity) {
        schedule.heap_capacity = schedule.heap_capacity ? schedule.heap_capacity * 2 : 256;
        schedule.heap = world_resize(schedule.heap, schedule.heap_capacity * sizeof *schedule.heap);
    }
    timer->time_ns = time_ns;
    timer->order = ++schedule.timer_order;
    timer->on_fire = on_fire;
    schedule.foreground_count += !timer->background;
    sift_up(++schedule.heap_count, timer);
    if (time_ns < schedule_clock.alarm_ns)
        schedule_clock.alarm_ns = time_ns;
}

void timer_stop(struct timer *timer)
{
    uint32_t index = timer->heap_index;
    if (!index)
        return;
    timer->heap_index = 0;
    schedule.foreground_count -= !timer->background;
    struct timer *last = schedule.heap[schedule.heap_count--];
    if (last == timer)
        return;
    if (index > 1 && is_earlier(last, schedule.heap[(index - 2) / HEAP_ARITY + 1]))
        sift_up(index, last);
    else
        sift_down(index, last);
}

/* --- time ------------------------------------------------------------------------------------------------------ */

int64_t schedule_read_clock(void)
{
    return schedule_clock.now_ns += CLOCK_CHARGE_NS;
}

static void fire_due_timers(void)
{
    while (schedule.heap_count && schedule.heap[1]->time_ns <= schedule_clock.now_ns &&
           !schedule.is_stopped) {
        struct timer *timer = schedule.heap[1];
        timer_stop(timer);
        struct task *self = engine_outside();
        choice_set_actor(0);
        timer->on_fire(timer);
        engine_inside(self);
    }
}

/* --- the ready list -------------------------------------------------------------------------------------------- */

static void push_ready(struct task *task)
{
    task->ready_next = NULL;
    if (schedule.ready_tail)
        schedule.ready_tail->ready_next = task;
    else
        schedule.ready_head = task;
    schedule.ready_tail = task;
    schedule.ready_count++;
}

static struct task *pop_ready(uint32_t index)
{
    struct task *before = NULL, *task = schedule.ready_head;
    while (index--) {
        before = task;
        task = task->ready_next;
    }
    if (before)
        before->ready_next = task->ready_next;
    else
        schedule.ready_head = task->ready_next;
    if (schedule.ready_tail == task)
        schedule.ready_tail = before;
    schedule.ready_count--;
    task->ready_next = NULL;
    return task;
}

static void remove_from_list(struct task **list, struct task *task)
{
    for (struct task **at = list; *at; at = &(*at)->ready_next)
        if (*at == task) {
            *at = task->ready_next;
            return;
        }
}

static void unlink_waiter(struct waiter *waiter)
{
    struct wait_queue *queue = waiter->queue;
    if (!queue)
        return;
    *(waiter->previous ? &waiter->previous->next : &queue->head) = waiter->next;
    *(waiter->next ? &waiter->next->previous : &queue->tail) = waiter->previous;
    waiter->queue = NULL;
}

static void unlink_waiters(struct task *task)
{
    for (size_t i = 0; i < task->waiter_count; i++)
        unlink_waiter(&task->waiters[i]);
    task->waiters = NULL;
    task->waiter_count = 0;
}

void schedule_task_ready(struct task *task, enum wait_result result)
{
    if (task->state != TASK_BLOCKED)
        return;
    unlink_waiters(task);
    timer_stop(&task->deadline);
    task->wait_result = result;
    task->state = TASK_READY;
    if (task->process->state == PROCESS_PAUSED) {
        struct task **end = &task->process->paused_ready;
        while (*end)
            end = &(*end)->ready_next;
        task->ready_next = NULL;
        *end = task;
        return;
    }
    push_ready(task);
}

void schedule_release(struct task *list)
{
    while (list) {
        struct task *next = list->ready_next;
        push_ready(list);
        list = next;
    }
}

void schedule_hold(struct process *process)
{
    struct task *list = schedule.ready_head;
    schedule.ready_head = schedule.ready_tail = NULL;
    schedule.ready_count = 0;
    struct task **held = &process->paused_ready;
    while (list) {
        struct task *next = list->ready_next;
        if (list->process == process) {
            list->ready_next = NULL;
            *held = list;
            held = &list->ready_next;
        } else {
            push_ready(list);
        }
        list = next;
    }
    set_alarm(); /* the running task may be one of them */
}

void schedule_forget(struct task *task)
{
    unlink_waiters(task);
    timer_stop(&task->deadline);
    remove_from_list(&task->process->paused_ready, task);
    uint32_t index = 0;
    for (struct task *at = schedule.ready_head; at; at = at->ready_next, index++)
        if (at == task) {
            pop_ready(index);
            return;
        }
}

/* --- switching ------------------------------------------------------------------------------------------------- */

struct task *engine_outside(void)
{
    struct task *self = task_self;
    task_self = NULL;
    guard_allow();
    return self;
}

void engine_inside(struct task *self)
{
    task_self = self;
    if (self) {
        choice_set_actor(self->process->number);
        guard_block();
    }
}

uint32_t engine_running_slot(void)
{
    return schedule.running ? schedule.running->slot : TASK_HOST_SLOT;
}

static void find_deadlock(void)
{
    static char text[WORLD_FINDING_BYTES - 64];
    struct task *self = engine_outside();
    task_describe_all(text, sizeof text);
    world_find(FINDING_DEADLOCK, "no task can ever run again\n%s", text);
    engine_inside(self);
}

/* The task that runs next; NULL: back to the host. */
static struct task *next_task(void)
{
    for (;;) {
        fire_due_timers();
        if (schedule.is_stopped)
            return NULL;
        if (schedule.ready_count)
            break;
        if (schedule.foreground_count == 0) {
            if (task_live_count())
                find_deadlock();
            return NULL;
        }
        schedule_clock.now_ns = schedule.heap[1]->time_ns;
        schedule.points_at_progress = schedule_clock.points;
    }
    uint32_t index = 0;
    if (schedule.ready_count > 1 && schedule.reorder_per_million) {
        uint32_t window = schedule.ready_count < REORDER_WINDOW ? schedule.ready_count : REORDER_WINDOW;
        choice_set_actor(0);
        index = choice_pick_rarely(&point_reorder, schedule.reorder_per_million, &point_which, window);
    }
    return pop_ready(index);
}

static void arrive(struct task *task)
{
    schedule.running = task;
    task->state = TASK_RUNNING;
    schedule.slice_end_ns = schedule_clock.now_ns + SLICE_NS;
    set_alarm();
    choice_set_actor(task->process->number);
}

static uint32_t to_slot(struct task *next)
{
    if (!next) {
        guard_allow();
        schedule.running = NULL;
        return TASK_HOST_SLOT;
    }
    schedule.switches++;
    history_call(HISTORY_SWITCH, next->number, 0, 0);
    arrive(next);
    guard_block();
    return next->slot;
}

static void switch_away(void)
{
    struct task *self = schedule.running;
    uint32_t from = self ? self->slot : TASK_HOST_SLOT;
    struct task *next = next_task();
    if (next && next == self) {
        arrive(self);
        return;
    }
    task_backend_switch(from, to_slot(next));
}

void engine_next(void)
{
    uint32_t from = engine_running_slot();
    task_backend_leave(from, to_slot(next_task()));
}

void engine_leave(void)
{
    uint32_t from = engine_running_slot();
    schedule.is_stopped = true;
    guard_allow();
    schedule.running = NULL;
    task_backend_leave(from, TASK_HOST_SLOT);
}

static void find_livelock(void)
{
    schedule.points_at_progress = schedule_clock.points;
    world_find(FINDING_LIVELOCK,
               "%llu scheduling points without the clock being the one to go on; last in %s",
               (unsigned long long)schedule.livelock_points, engine_task_label(task_self));
}

void schedule_alarm(void)
{
    struct task *self = task_self;
    fire_due_timers();
    if (self->state == TASK_DONE)
        engine_next(); /* a timer ended its process */
    if (schedule_clock.points - schedule.points_at_progress > schedule.livelock_points)
        find_livelock();
    if (schedule.is_stopped)
        engine_leave();
    bool is_over = schedule_clock.now_ns >= schedule.slice_end_ns;
    if (schedule_clock.now_ns >= self->preempt_ns) {
        self->preempt_ns = SCHEDULE_NEVER;
        is_over = true;
    }
    if (is_over)
        schedule.slice_end_ns = schedule_clock.now_ns + SLICE_NS;
    if (self->process->state == PROCESS_PAUSED || (is_over && schedule.ready_count))
        schedule_yield();
    else
        set_alarm();
}

void schedule_semantic_event(void)
{
    struct task *self = task_self;
    if (!schedule.preempt_per_million)
        return;
    /* Keyed by the task and its own count, so that another task's calls do not shift it. */
    uint64_t key = (uint64_t)self->number << 32 | ++self->semantic_events;
    if (!choice_chance_at(&point_preempt, key, schedule.preempt_per_million))
        return;
    int64_t points = 1 + (int64_t)choice_pick_at(&point_preempt_in, key, PREEMPT_WINDOW);
    self->preempt_ns = schedule_clock.now_ns + points * SCHEDULE_POINT_NS;
    if (self->preempt_ns < schedule_clock.alarm_ns)
        schedule_clock.alarm_ns = self->preempt_ns;
}

void schedule_yield(void)
{
    struct task *self = task_self;
    schedule_clock.now_ns += SCHEDULE_POINT_NS;
    schedule_clock.points++;
    if (schedule_clock.points - schedule.points_at_progress > schedule.livelock_points)
        find_livelock();
    self->state = TASK_READY;
    if (self->process->state == PROCESS_PAUSED) {
        self->ready_next = self->process->paused_ready;
        self->process->paused_ready = self;
    } else {
        push_ready(self);
    }
    switch_away();
}

/* --- waiting --------------------------------------------------------------------------------------------------- */

static void on_late_deadline(struct timer *timer)
{
    schedule_task_ready(SCHEDULE_OWNER(timer, struct task, deadline), WAIT_TIMEOUT);
}

/* On a loaded machine a wait ends late, and what was to wake it may come first. Only who walks all choices asks for it. */
static void on_deadline(struct timer *timer)
{
    static const int64_t late_ns[] = {0, 1000000, 30000000, 1000000000};
    choice_set_actor(SCHEDULE_OWNER(timer, struct task, deadline)->process->number);
    uint32_t picked = choice_pick_asked(&point_late, sizeof late_ns / sizeof late_ns[0]);
    if (picked)
        timer_start(timer, schedule_now() + late_ns[picked], on_late_deadline);
    else
        on_late_deadline(timer);
}

enum wait_result schedule_wait_many(struct waiter *waiters, size_t count, int64_t deadline_ns,
                                    bool interruptible)
{
    struct task *self = task_self;
    assert(self && "only a task can wait");
    if (interruptible && self->is_interrupted) {
        self->deadline.time_ns = deadline_ns; /* for schedule_deadline */
        return WAIT_INTERRUPTED;
    }
    schedule_clock.now_ns += SCHEDULE_POINT_NS;
    schedule_clock.points++;
    if (schedule_clock.points - schedule.points_at_progress > schedule.livelock_points)
        find_livelock();
    for (size_t i = 0; i < count; i++) {
        struct waiter *waiter = &waiters[i];
        waiter->task = self;
        waiter->next = NULL;
        if (!waiter->queue)
            continue;
        waiter->previous = waiter->queue->tail;
        *(waiter->previous ? &waiter->previous->next : &waiter->queue->head) = waiter;
        waiter->queue->tail = waiter;
    }
    self->waiters = waiters;
    self->waiter_count = count;
    self->interruptible = interruptible;
    self->state = TASK_BLOCKED;
    if (deadline_ns != SCHEDULE_NEVER)
        timer_start(&self->deadline, deadline_ns, on_deadline);
    switch_away();
    self->interruptible = false;
    return self->wait_result;
}

enum wait_result schedule_wait(struct wait_queue *queue, int64_t deadline_ns, bool interruptible)
{
    struct waiter waiter = {.queue = queue};
    return schedule_wait_many(&waiter, 1, deadline_ns, interruptible);
}

void schedule_move_deadlines(struct process *process,
                             int64_t (*on_move)(void *opaque, const struct task *task, int64_t time_ns),
                             void *opaque)
{
    for (struct task *task = process->tasks; task; task = task->next)
        if (task->state == TASK_BLOCKED && task->deadline.heap_index)
            timer_start(&task->deadline, on_move(opaque, task, task->deadline.time_ns), on_deadline);
}

int64_t schedule_deadline(int64_t deadline_ns)
{
    return deadline_ns == SCHEDULE_NEVER ? SCHEDULE_NEVER : task_self->deadline.time_ns;
}

bool schedule_wake_one(struct wait_queue *queue)
{
    struct waiter *waiter = queue->head;
    if (!waiter)
        return false;
    if (waiter->next && schedule.reorder_per_million &&
        choice_chance(&point_wake, schedule.reorder_per_million))
        waiter = waiter->next;
    schedule_task_ready(waiter->task, WAIT_WOKEN);
    return true;
}

void schedule_wake_all(struct wait_queue *queue)
{
    while (queue->head)
        schedule_task_ready(queue->head->task, WAIT_WOKEN);
}

/* --- a world's schedule ---------------------------------------------------------------------------------------- */

void schedule_begin(uint32_t preempt_per_million, uint32_t reorder_per_million, uint64_t livelock_points)
{
    memset(&schedule, 0, sizeof schedule);
    schedule_clock = (struct schedule_clock){0};
    schedule.preempt_per_million = preempt_per_million;
    schedule.reorder_per_million = reorder_per_million;
    schedule.livelock_points = livelock_points;
}

void schedule_run(void)
{
    struct task *next = next_task();
    if (next)
        task_backend_switch(TASK_HOST_SLOT, to_slot(next));
    guard_allow();
}

void schedule_stop(void)
{
    schedule.is_stopped = true;
    schedule_clock.alarm_ns = 0;
    if (task_self)
        engine_leave();
}

void schedule_end(void)
{
    world_free(schedule.heap);
    schedule.heap = NULL;
    schedule.heap_count = schedule.heap_capacity = 0;
}

uint64_t schedule_switches(void)
{
    return schedule.switches;
}

uint64_t schedule_points(void)
{
    return schedule_clock.points;
}
