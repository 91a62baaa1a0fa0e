/* SPDX-License-Identifier: Apache-2.0 */
/* pthread's and C11's names for what lock.c does, plus once, semaphores and barriers. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <threads.h>
#include "sim/posix/call.h"
#include "sim/posix/lock.h"
#include "sim/posix/posix.h"

static int64_t deadline(int clock, const struct timespec *at)
{
    int64_t ns = (int64_t)at->tv_sec * 1000000000 + at->tv_nsec;
    return clock_until(clock, ns);
}

static bool is_bad_time(const struct timespec *at)
{
    return at->tv_nsec < 0 || at->tv_nsec >= 1000000000;
}

static int to_thrd(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

#define MUTEX(M) ((struct lock_mutex *)(void *)(M))
#define COND(C)  ((struct lock_condition *)(void *)(C))
#define RW(L)    ((struct lock_rwlock *)(void *)(L))

/* --- pthread mutex --------------------------------------------------------------------------------------------- */

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    if (!task_inside())
        return NEXT(pthread_mutex_init)(mutex, attributes);
    memset(mutex, 0, sizeof *mutex);
    int kind = PTHREAD_MUTEX_DEFAULT;
    if (attributes)
        pthread_mutexattr_gettype(attributes, &kind);
    MUTEX(mutex)->kind = kind;
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    if (!task_inside())
        return NEXT(pthread_mutex_destroy)(mutex);
    return MUTEX(mutex)->owner ? EBUSY : 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return task_inside() ? lock_mutex_lock(MUTEX(mutex), SCHEDULE_NEVER) : NEXT(pthread_mutex_lock)(mutex);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    return task_inside() ? lock_mutex_try(MUTEX(mutex)) : NEXT(pthread_mutex_trylock)(mutex);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    return task_inside() ? lock_mutex_unlock(MUTEX(mutex)) : NEXT(pthread_mutex_unlock)(mutex);
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(pthread_mutex_timedlock)(mutex, at);
    return is_bad_time(at) ? EINVAL : lock_mutex_lock(MUTEX(mutex), deadline(CLOCK_REALTIME, at));
}

int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(pthread_mutex_clocklock)(mutex, clock, at);
    return is_bad_time(at) ? EINVAL : lock_mutex_lock(MUTEX(mutex), deadline(clock, at));
}

/* --- C11 mutex ------------------------------------------------------------------------------------------------- */

int mtx_init(mtx_t *mutex, int type)
{
    if (!task_inside())
        return NEXT(mtx_init)(mutex, type);
    memset(mutex, 0, sizeof *mutex);
    MUTEX(mutex)->kind = type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL;
    return thrd_success;
}

void mtx_destroy(mtx_t *mutex)
{
    if (!task_inside())
        NEXT(mtx_destroy)(mutex);
}

int mtx_lock(mtx_t *mutex)
{
    return task_inside() ? to_thrd(lock_mutex_lock(MUTEX(mutex), SCHEDULE_NEVER)) : NEXT(mtx_lock)(mutex);
}

int mtx_trylock(mtx_t *mutex)
{
    return task_inside() ? to_thrd(lock_mutex_try(MUTEX(mutex))) : NEXT(mtx_trylock)(mutex);
}

int mtx_unlock(mtx_t *mutex)
{
    return task_inside() ? to_thrd(lock_mutex_unlock(MUTEX(mutex))) : NEXT(mtx_unlock)(mutex);
}

int mtx_timedlock(mtx_t *mutex, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(mtx_timedlock)(mutex, at);
    return is_bad_time(at) ? thrd_error
                           : to_thrd(lock_mutex_lock(MUTEX(mutex), deadline(CLOCK_REALTIME, at)));
}

/* --- condition variables --------------------------------------------------------------------------------------- */

static void condition_init(void *condition, size_t bytes, int clock)
{
    memset(condition, 0, bytes);
    COND(condition)->clock = clock;
}

static int condition_signal(struct lock_condition *condition, enum call call)
{
    call_enter(call);
    if (call == CALL_COND_SIGNAL)
        schedule_wake_one(&condition->waiters);
    else
        schedule_wake_all(&condition->waiters);
    return call_leave_error(call, 0, 0);
}

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    if (!task_inside())
        return NEXT(pthread_cond_init)(condition, attributes);
    clockid_t clock = CLOCK_REALTIME;
    if (attributes)
        pthread_condattr_getclock(attributes, &clock);
    condition_init(condition, sizeof *condition, clock);
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
    return task_inside() ? 0 : NEXT(pthread_cond_destroy)(condition);
}

int pthread_cond_signal(pthread_cond_t *condition)
{
    return task_inside() ? condition_signal(COND(condition), CALL_COND_SIGNAL)
                         : NEXT(pthread_cond_signal)(condition);
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
    return task_inside() ? condition_signal(COND(condition), CALL_COND_BROADCAST)
                         : NEXT(pthread_cond_broadcast)(condition);
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    if (!task_inside())
        return NEXT(pthread_cond_wait)(condition, mutex);
    return lock_condition_wait(COND(condition), MUTEX(mutex), SCHEDULE_NEVER);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(pthread_cond_timedwait)(condition, mutex, at);
    if (is_bad_time(at))
        return EINVAL;
    return lock_condition_wait(COND(condition), MUTEX(mutex), deadline(COND(condition)->clock, at));
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *at)
{
    if (!task_inside())
        return NEXT(pthread_cond_clockwait)(condition, mutex, clock, at);
    return is_bad_time(at) ? EINVAL : lock_condition_wait(COND(condition), MUTEX(mutex), deadline(clock, at));
}

int cnd_init(cnd_t *condition)
{
    if (!task_inside())
        return NEXT(cnd_init)(condition);
    condition_init(condition, sizeof *condition, CLOCK_REALTIME);
    return thrd_success;
}

void cnd_destroy(cnd_t *condition)
{
    if (!task_inside())
        NEXT(cnd_destroy)(condition);
}

int cnd_signal(cnd_t *condition)
{
    return task_inside() ? to_thrd(condition_signal(COND(condition), CALL_COND_SIGNAL))
                         : NEXT(cnd_signal)(condition);
}

int cnd_broadcast(cnd_t *condition)
{
    return task_inside() ? to_thrd(condition_signal(COND(condition), CALL_COND_BROADCAST))
                         : NEXT(cnd_broadcast)(condition);
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    if (!task_inside())
        return NEXT(cnd_wait)(condition, mutex);
    return to_thrd(lock_condition_wait(COND(condition), MUTEX(mutex), SCHEDULE_NEVER));
}

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(cnd_timedwait)(condition, mutex, at);
    if (is_bad_time(at))
        return thrd_error;
    return to_thrd(lock_condition_wait(COND(condition), MUTEX(mutex), deadline(CLOCK_REALTIME, at)));
}

/* --- rwlock ---------------------------------------------------------------------------------------------------- */

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
    if (!task_inside())
        return NEXT(pthread_rwlock_init)(lock, attributes);
    memset(lock, 0, sizeof *lock);
    return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    return task_inside() ? 0 : NEXT(pthread_rwlock_destroy)(lock);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    return task_inside() ? lock_rwlock_read(RW(lock), SCHEDULE_NEVER) : NEXT(pthread_rwlock_rdlock)(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    return task_inside() ? lock_rwlock_write(RW(lock), SCHEDULE_NEVER) : NEXT(pthread_rwlock_wrlock)(lock);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    if (!task_inside())
        return NEXT(pthread_rwlock_tryrdlock)(lock);
    return RW(lock)->writer ? EBUSY : lock_rwlock_read(RW(lock), SCHEDULE_NEVER);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    if (!task_inside())
        return NEXT(pthread_rwlock_trywrlock)(lock);
    return RW(lock)->writer || RW(lock)->readers ? EBUSY : lock_rwlock_write(RW(lock), SCHEDULE_NEVER);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(pthread_rwlock_timedrdlock)(lock, at);
    return is_bad_time(at) ? EINVAL : lock_rwlock_read(RW(lock), deadline(CLOCK_REALTIME, at));
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(pthread_rwlock_timedwrlock)(lock, at);
    return is_bad_time(at) ? EINVAL : lock_rwlock_write(RW(lock), deadline(CLOCK_REALTIME, at));
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    return task_inside() ? lock_rwlock_unlock(RW(lock)) : NEXT(pthread_rwlock_unlock)(lock);
}

/* --- once ------------------------------------------------------------------------------------------------------ */

enum { ONCE_NEW = 0, ONCE_RUNNING = 1, ONCE_DONE = 2 /* as in glibc */ };

static struct wait_queue once_waiters; /* of every once object: running ones are few and short */

static void release_once(void *object, struct task *owner)
{
    (void)owner;
    *(int *)object = ONCE_NEW;
    schedule_wake_all(&once_waiters);
}

static void run_once(int *once, void (*function)(void))
{
    if (*once == ONCE_DONE)
        return;
    call_enter(CALL_ONCE);
    while (*once != ONCE_NEW && *once != ONCE_DONE)
        lock_wait(&once_waiters, SCHEDULE_NEVER);
    if (*once == ONCE_NEW) {
        *once = ONCE_RUNNING;
        lock_remember_shared(once, release_once);
        function();
        lock_forget_shared(once);
        *once = ONCE_DONE;
        schedule_wake_all(&once_waiters);
    }
    call_leave_error(CALL_ONCE, 0, 0);
}

int pthread_once(pthread_once_t *once, void (*function)(void))
{
    if (!task_inside())
        return NEXT(pthread_once)(once, function);
    run_once((int *)once, function);
    return 0;
}

void call_once(once_flag *once, void (*function)(void))
{
    if (task_inside())
        run_once((int *)(void *)once, function);
    else
        NEXT(call_once)(once, function);
}

/* --- semaphores ------------------------------------------------------------------------------------------------ */

#define SEM(S) ((struct lock_semaphore *)(void *)(S))

int sem_init(sem_t *semaphore, int shared, unsigned value)
{
    if (!task_inside())
        return NEXT(sem_init)(semaphore, shared, value);
    if (value > SEM_VALUE_MAX) {
        errno = EINVAL;
        return -1;
    }
    memset(semaphore, 0, sizeof *semaphore);
    SEM(semaphore)->value = value;
    return 0;
}

int sem_destroy(sem_t *semaphore)
{
    return task_inside() ? 0 : NEXT(sem_destroy)(semaphore);
}

static int semaphore_wait(struct lock_semaphore *semaphore, int64_t deadline_ns, bool may_block)
{
    call_enter(CALL_SEM_WAIT);
    int64_t result = 0;
    while (semaphore->value == 0 && result == 0) {
        if (!may_block) {
            result = -EAGAIN;
            break;
        }
        enum wait_result woken = clock_wait(&semaphore->waiters, deadline_ns);
        if (woken == WAIT_TIMEOUT && semaphore->value == 0)
            result = -ETIMEDOUT;
        if (woken == WAIT_INTERRUPTED && !signal_restarts())
            result = -EINTR;
    }
    if (result == 0)
        semaphore->value--;
    return (int)call_leave(CALL_SEM_WAIT, 0, 0, result);
}

static int semaphore_wait_until(struct lock_semaphore *semaphore, clockid_t clock, const struct timespec *at)
{
    if (is_bad_time(at)) {
        errno = EINVAL;
        return -1;
    }
    return semaphore_wait(semaphore, deadline(clock, at), true);
}

int sem_wait(sem_t *semaphore)
{
    return task_inside() ? semaphore_wait(SEM(semaphore), SCHEDULE_NEVER, true) : NEXT(sem_wait)(semaphore);
}

int sem_trywait(sem_t *semaphore)
{
    return task_inside() ? semaphore_wait(SEM(semaphore), SCHEDULE_NEVER, false)
                         : NEXT(sem_trywait)(semaphore);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(sem_timedwait)(semaphore, at);
    return semaphore_wait_until(SEM(semaphore), CLOCK_REALTIME, at);
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *at)
{
    if (!task_inside())
        return NEXT(sem_clockwait)(semaphore, clock, at);
    return semaphore_wait_until(SEM(semaphore), clock, at);
}

int sem_post(sem_t *semaphore)
{
    if (!task_inside())
        return NEXT(sem_post)(semaphore);
    call_enter(CALL_SEM_POST);
    int64_t result = 0;
    if (SEM(semaphore)->value == SEM_VALUE_MAX) {
        result = -EOVERFLOW;
    } else {
        SEM(semaphore)->value++;
        schedule_wake_one(&SEM(semaphore)->waiters);
    }
    return (int)call_leave(CALL_SEM_POST, 0, 0, result);
}

int sem_getvalue(sem_t *semaphore, int *value_out)
{
    if (!task_inside())
        return NEXT(sem_getvalue)(semaphore, value_out);
    *value_out = (int)SEM(semaphore)->value;
    return 0;
}

/* --- barrier --------------------------------------------------------------------------------------------------- */

#define BARRIER(B) ((struct lock_barrier *)(void *)(B))

int pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes, unsigned count)
{
    if (!task_inside())
        return NEXT(pthread_barrier_init)(barrier, attributes, count);
    if (count == 0)
        return EINVAL;
    memset(barrier, 0, sizeof *barrier);
    BARRIER(barrier)->total = count;
    return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    return task_inside() ? 0 : NEXT(pthread_barrier_destroy)(barrier);
}

int pthread_barrier_wait(pthread_barrier_t *opaque)
{
    if (!task_inside())
        return NEXT(pthread_barrier_wait)(opaque);
    call_enter(CALL_BARRIER_WAIT);
    struct lock_barrier *barrier = BARRIER(opaque);
    uint64_t round = barrier->round;
    bool is_last = ++barrier->arrived == barrier->total;
    if (is_last) {
        barrier->arrived = 0;
        barrier->round++;
        schedule_wake_all(&barrier->waiters);
    }
    while (barrier->round == round)
        lock_wait(&barrier->waiters, SCHEDULE_NEVER);
    return call_leave_error(CALL_BARRIER_WAIT, 0, is_last ? PTHREAD_BARRIER_SERIAL_THREAD : 0);
}
