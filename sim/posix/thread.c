/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads: pthread_t and thrd_t are task numbers in the world. Cancellation is not modelled (nothing under test uses it);
 * attributes are honoured for the detach state only.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>
#include "sim/posix/call.h"
#include "sim/posix/lock.h"
#include "sim/posix/posix.h"
#include "sim/world/world.h"

void posix_task_init(struct task *task)
{
    struct posix_task *own = world_alloc(sizeof *own);
    task->posix = own;
    if (task_self && task_self->process == task->process) { /* inherited from the creator */
        own->blocked = posix_task(task_self)->blocked;
        memcpy(own->name, posix_task(task_self)->name, sizeof own->name);
    } else {
        snprintf(own->name, sizeof own->name, "%.*s", TASK_NAME_MAX, task->process->name);
    }
}

void posix_task_leave(struct task *task)
{
    key_run_destructors(task);
    posix_task_drop(task);
}

void posix_task_drop(struct task *task)
{
    world_free(posix_task(task)->specific);
    posix_task(task)->specific = NULL;
    posix_task(task)->specific_count = 0;
}

/* Its destructors; and the last thread out ends the process, as glibc's start_thread does. */
static void end(struct task *self)
{
    posix_task_leave(self);
    if (self->process->tasks == self && !self->next)
        posix_exit(0);
}

static void *run(void *argument)
{
    (void)argument;
    struct task *self = task_self;
    struct posix_task *own = posix_task(self);
    void *result =
        own->start_c11 ? (void *)(intptr_t)own->start_c11(own->argument) : own->start_posix(own->argument);
    end(self);
    return result;
}

/* --- cleanup handlers ------------------------------------------------------------------------------------------ */

/* pthread_cleanup_push and _pop are macros: they save where to go on in a buffer on the stack, and register it by these
 * two. pthread_exit jumps into the newest, which runs its handler and calls __pthread_unwind_next. What is compiled with
 * -fexceptions leaves it to the unwinder instead: not modelled. */
void __pthread_register_cancel(__pthread_unwind_buf_t *buffer)
{
    if (!task_inside()) {
        NEXT(__pthread_register_cancel)(buffer);
        return;
    }
    buffer->__pad[0] = posix_task(task_self)->cleanup;
    posix_task(task_self)->cleanup = buffer;
}

void __pthread_unregister_cancel(__pthread_unwind_buf_t *buffer)
{
    if (task_inside())
        posix_task(task_self)->cleanup = buffer->__pad[0];
    else
        NEXT(__pthread_unregister_cancel)(buffer);
}

static _Noreturn void unwind(void)
{
    struct posix_task *own = posix_task(task_self);
    __pthread_unwind_buf_t *newest = own->cleanup;
    if (newest) {
        own->cleanup = newest->__pad[0];
        sigjmp_buf place = {{.__mask_was_saved = 0}};
        memcpy(place, newest->__cancel_jmp_buf, sizeof newest->__cancel_jmp_buf);
        siglongjmp(place, 1);
    }
    end(task_self);
    history_call(CALL_THREAD_EXIT, 0, 0, 0);
    task_finish(own->exit_result);
}

void __pthread_unwind_next(__pthread_unwind_buf_t *buffer)
{
    if (task_inside())
        unwind();
    NEXT(__pthread_unwind_next)(buffer);
    __builtin_unreachable();
}

static _Noreturn void leave(void *result)
{
    call_enter(CALL_THREAD_EXIT);
    posix_task(task_self)->exit_result = result;
    unwind();
}

static int create(uint64_t *number_out, bool detached, struct posix_task start)
{
    call_enter(CALL_THREAD_CREATE);
    struct task *task = task_new(task_self->process, run, NULL);
    if (!task)
        return call_leave_error(CALL_THREAD_CREATE, 0, EAGAIN);
    posix_task(task)->start_c11 = start.start_c11;
    posix_task(task)->start_posix = start.start_posix;
    posix_task(task)->argument = start.argument;
    task->is_detached = detached;
    *number_out = task->number;
    return call_leave_error(CALL_THREAD_CREATE, task->number, 0);
}

/* The caller's own thread of that number, finished or not; NULL: none that could be joined. */
static struct task *joinable(uint64_t number)
{
    struct task *task = number <= UINT32_MAX ? task_by_number((uint32_t)number) : NULL;
    return task && task->process == task_self->process && !task->is_detached && !task->is_joined ? task
                                                                                                 : NULL;
}

static int join(uint64_t number, int64_t deadline_ns, void **result_out)
{
    call_enter(CALL_THREAD_JOIN);
    struct task *task = joinable(number);
    if (!task)
        return call_leave_error(CALL_THREAD_JOIN, number, ESRCH);
    if (task == task_self)
        return call_leave_error(CALL_THREAD_JOIN, number, EDEADLK);
    task->is_joined = true;
    while (task->state != TASK_DONE)
        if (lock_wait(&task->joiners, deadline_ns) == WAIT_TIMEOUT && task->state != TASK_DONE) {
            task->is_joined = false;
            return call_leave_error(CALL_THREAD_JOIN, number, ETIMEDOUT);
        }
    if (result_out)
        *result_out = task->result;
    task_reap(task);
    return call_leave_error(CALL_THREAD_JOIN, number, 0);
}

static int detach(uint64_t number)
{
    call_enter(CALL_THREAD_DETACH);
    struct task *task = joinable(number);
    if (!task)
        return call_leave_error(CALL_THREAD_DETACH, number, ESRCH);
    if (task->state == TASK_DONE)
        task_reap(task);
    else
        task->is_detached = true;
    return call_leave_error(CALL_THREAD_DETACH, number, 0);
}

/* --- POSIX ----------------------------------------------------------------------------------------------------- */

int pthread_create(pthread_t *thread_out, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    if (!task_inside())
        return NEXT(pthread_create)(thread_out, attributes, start, argument);
    int detach_state = PTHREAD_CREATE_JOINABLE;
    if (attributes)
        pthread_attr_getdetachstate(attributes, &detach_state);
    return create(thread_out, detach_state == PTHREAD_CREATE_DETACHED,
                  (struct posix_task){.start_posix = start, .argument = argument});
}

int pthread_join(pthread_t thread, void **result_out)
{
    return task_inside() ? join(thread, SCHEDULE_NEVER, result_out) : NEXT(pthread_join)(thread, result_out);
}

int pthread_tryjoin_np(pthread_t thread, void **result_out)
{
    if (!task_inside())
        return NEXT(pthread_tryjoin_np)(thread, result_out);
    struct task *task = joinable(thread);
    return task && task->state != TASK_DONE ? EBUSY : join(thread, SCHEDULE_NEVER, result_out);
}

int pthread_timedjoin_np(pthread_t thread, void **result_out, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(pthread_timedjoin_np)(thread, result_out, at);
    int64_t ns = (int64_t)at->tv_sec * 1000000000 + at->tv_nsec;
    return join(thread, clock_until(CLOCK_REALTIME, ns), result_out);
}

int pthread_detach(pthread_t thread)
{
    return task_inside() ? detach(thread) : NEXT(pthread_detach)(thread);
}

void pthread_exit(void *result)
{
    if (task_inside())
        leave(result);
    NEXT(pthread_exit)(result);
    __builtin_unreachable();
}

#undef pthread_self
pthread_t pthread_self(void)
{
    return task_inside() ? task_self->number : NEXT(pthread_self)();
}

#undef pthread_equal
int pthread_equal(pthread_t a, pthread_t b)
{
    return a == b;
}

int pthread_setname_np(pthread_t thread, const char *name)
{
    if (!task_inside())
        return NEXT(pthread_setname_np)(thread, name);
    struct task *task = task_by_number((uint32_t)thread);
    if (!task)
        return ESRCH;
    if (strlen(name) > TASK_NAME_MAX)
        return ERANGE;
    snprintf(posix_task(task)->name, TASK_NAME_MAX + 1, "%s", name);
    return 0;
}

int pthread_getname_np(pthread_t thread, char *name_out, size_t bytes)
{
    if (!task_inside())
        return NEXT(pthread_getname_np)(thread, name_out, bytes);
    struct task *task = task_by_number((uint32_t)thread);
    if (!task)
        return ESRCH;
    return (size_t)snprintf(name_out, bytes, "%s", posix_task(task)->name) < bytes ? 0 : ERANGE;
}

int sched_yield(void)
{
    if (!task_inside())
        return NEXT(sched_yield)();
    call_enter(CALL_YIELD);
    schedule_yield();
    return (int)call_leave(CALL_YIELD, 0, 0, 0);
}

int pthread_setcancelstate(int state, int *before_out)
{
    if (!task_inside())
        return NEXT(pthread_setcancelstate)(state, before_out);
    if (before_out)
        *before_out = PTHREAD_CANCEL_ENABLE;
    return 0;
}

/* --- C11 ------------------------------------------------------------------------------------------------------- */

int thrd_create(thrd_t *thread_out, thrd_start_t start, void *argument)
{
    if (!task_inside())
        return NEXT(thrd_create)(thread_out, start, argument);
    int error = create(thread_out, false, (struct posix_task){.start_c11 = start, .argument = argument});
    return error == 0 ? thrd_success : thrd_nomem;
}

int thrd_join(thrd_t thread, int *result_out)
{
    if (!task_inside())
        return NEXT(thrd_join)(thread, result_out);
    void *result = NULL;
    int error = join(thread, SCHEDULE_NEVER, &result);
    if (result_out)
        *result_out = (int)(intptr_t)result;
    return error == 0 ? thrd_success : thrd_error;
}

int thrd_detach(thrd_t thread)
{
    if (!task_inside())
        return NEXT(thrd_detach)(thread);
    return detach(thread) == 0 ? thrd_success : thrd_error;
}

void thrd_exit(int result)
{
    if (task_inside())
        leave((void *)(intptr_t)result);
    NEXT(thrd_exit)(result);
    __builtin_unreachable();
}

thrd_t thrd_current(void)
{
    return task_inside() ? task_self->number : NEXT(thrd_current)();
}

int thrd_equal(thrd_t a, thrd_t b)
{
    return a == b;
}

void thrd_yield(void)
{
    sched_yield();
}
