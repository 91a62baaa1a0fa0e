/* SPDX-License-Identifier: Apache-2.0 */
/* See lock.h: mutex, condition variable, rwlock, semaphore and barrier over the world's wait queues. */
#include "sim/posix/lock.h"

#include <assert.h>
#include <errno.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/world/arena.h"
#include "sim/world/world.h"

static bool is_shared(const void *object)
{
    uint64_t address = (uintptr_t)object;
    return address < ARENA_BASE || /* the host's arena is below: what a library's constructor has made */
           address >= TASK_STACKS_BASE + (uint64_t)TASKS_MAX * TASK_STACK_BYTES ||
           (address >= ARENA_BASE + ARENA_WARM * ARENA_SLOT_BYTES &&
            address < ARENA_BASE + (ARENA_WARM + 1) * ARENA_SLOT_BYTES);
}

void lock_remember_shared(void *object, void (*release)(void *object, struct task *owner))
{
    struct task *self = task_self;
    if (!is_shared(object))
        return;
    if (self->shared_lock_count == TASK_SHARED_LOCKS_MAX) {
        world_find(FINDING_LIMIT, "%d library-global locks held by one thread", TASK_SHARED_LOCKS_MAX);
        return;
    }
    self->shared_locks[self->shared_lock_count++] = (struct task_lock){object, release};
}

static bool forget_shared(struct task *owner, const void *object)
{
    for (unsigned i = owner->shared_lock_count; i-- > 0;)
        if (owner->shared_locks[i].object == object) {
            owner->shared_locks[i] = owner->shared_locks[--owner->shared_lock_count];
            return true;
        }
    return false;
}

void lock_forget_shared(void *object)
{
    forget_shared(task_self, object);
}

enum wait_result lock_wait(struct wait_queue *queue, int64_t deadline_ns)
{
    struct posix_task *task = posix_task(task_self);
    int until_clock = task->until_clock;
    int64_t until_ns = task->until_ns;
    enum wait_result result = clock_wait(queue, deadline_ns);
    if (result != WAIT_INTERRUPTED)
        return result;
    call_deliver_signals(); /* a handler may wait, too */
    task->until_clock = until_clock;
    task->until_ns = until_ns;
    return WAIT_WOKEN;
}

/* --- mutex ----------------------------------------------------------------------------------------------------- */

static void release_mutex(void *object, struct task *owner)
{
    struct lock_mutex *mutex = object;
    assert(mutex->owner == owner->number);
    mutex->owner = mutex->depth = 0;
    schedule_wake_all(&mutex->waiters);
}

static bool is_kind(const struct lock_mutex *mutex, int kind)
{
    return (mutex->kind & 3) == kind;
}

static void own(struct lock_mutex *mutex, uint32_t depth)
{
    mutex->owner = task_self->number;
    mutex->depth = depth;
    task_self->locks_held++;
    lock_remember_shared(mutex, release_mutex);
}

/* owner: NULL when it has it no more. All who wait for a library's lock are woken: the first may be killed or paused before it
 * runs, and the others, of other processes, would wait for one that never comes. */
static void disown(struct lock_mutex *mutex, struct task *owner)
{
    mutex->owner = mutex->depth = 0;
    if (owner)
        owner->locks_held--;
    if (owner && owner->shared_lock_count && forget_shared(owner, mutex))
        schedule_wake_all(&mutex->waiters);
    else
        schedule_wake_one(&mutex->waiters);
}

static int acquire(struct lock_mutex *mutex, uint32_t depth, int64_t deadline_ns)
{
    while (mutex->owner)
        if (lock_wait(&mutex->waiters, deadline_ns) == WAIT_TIMEOUT && mutex->owner)
            return ETIMEDOUT;
    own(mutex, depth);
    return 0;
}

int lock_mutex_lock(struct lock_mutex *mutex, int64_t deadline_ns)
{
    call_enter(CALL_MUTEX_LOCK);
    int error = 0;
    if (mutex->owner == task_self->number && !is_kind(mutex, PTHREAD_MUTEX_NORMAL)) {
        if (is_kind(mutex, PTHREAD_MUTEX_RECURSIVE))
            mutex->depth++;
        else
            error = EDEADLK;
    } else {
        error = acquire(mutex, 1, deadline_ns);
    }
    return call_leave_error(CALL_MUTEX_LOCK, 0, error);
}

int lock_mutex_try(struct lock_mutex *mutex)
{
    call_enter(CALL_MUTEX_TRYLOCK);
    int error = 0;
    if (!mutex->owner)
        own(mutex, 1);
    else if (mutex->owner == task_self->number && is_kind(mutex, PTHREAD_MUTEX_RECURSIVE))
        mutex->depth++;
    else
        error = EBUSY;
    return call_leave_error(CALL_MUTEX_TRYLOCK, 0, error);
}

int lock_mutex_unlock(struct lock_mutex *mutex)
{
    call_enter(CALL_MUTEX_UNLOCK);
    int error = 0;
    if (mutex->owner == task_self->number) {
        if (--mutex->depth == 0)
            disown(mutex, task_self);
    } else if (is_kind(mutex, PTHREAD_MUTEX_NORMAL)) {
        disown(mutex, task_by_number(mutex->owner)); /* glibc does not check either */
    } else {
        error = EPERM;
    }
    return call_leave_error(CALL_MUTEX_UNLOCK, 0, error);
}

/* --- condition variable ---------------------------------------------------------------------------------------- */

int lock_condition_wait(struct lock_condition *condition, struct lock_mutex *mutex, int64_t deadline_ns)
{
    call_enter(CALL_COND_WAIT);
    if (mutex->owner != task_self->number)
        return call_leave_error(CALL_COND_WAIT, 0, EPERM);
    uint32_t depth = mutex->depth;
    disown(mutex, task_self);
    bool timed_out = lock_wait(&condition->waiters, deadline_ns) == WAIT_TIMEOUT;
    acquire(mutex, depth, SCHEDULE_NEVER);
    return call_leave_error(CALL_COND_WAIT, 0, timed_out ? ETIMEDOUT : 0);
}

/* --- rwlock ---------------------------------------------------------------------------------------------------- */

static void release_rwlock(void *object, struct task *owner)
{
    struct lock_rwlock *lock = object;
    if (lock->writer == owner->number)
        lock->writer = 0;
    else
        lock->readers--;
    schedule_wake_all(&lock->waiters);
}

int lock_rwlock_read(struct lock_rwlock *lock, int64_t deadline_ns)
{
    call_enter(CALL_RWLOCK_READ);
    if (lock->writer == task_self->number)
        return call_leave_error(CALL_RWLOCK_READ, 0, EDEADLK);
    while (lock->writer)
        if (lock_wait(&lock->waiters, deadline_ns) == WAIT_TIMEOUT && lock->writer)
            return call_leave_error(CALL_RWLOCK_READ, 0, ETIMEDOUT);
    lock->readers++;
    task_self->locks_held++;
    lock_remember_shared(lock, release_rwlock);
    return call_leave_error(CALL_RWLOCK_READ, 0, 0);
}

int lock_rwlock_write(struct lock_rwlock *lock, int64_t deadline_ns)
{
    call_enter(CALL_RWLOCK_WRITE);
    if (lock->writer == task_self->number)
        return call_leave_error(CALL_RWLOCK_WRITE, 0, EDEADLK);
    while (lock->writer || lock->readers)
        if (lock_wait(&lock->waiters, deadline_ns) == WAIT_TIMEOUT && (lock->writer || lock->readers))
            return call_leave_error(CALL_RWLOCK_WRITE, 0, ETIMEDOUT);
    lock->writer = task_self->number;
    task_self->locks_held++;
    lock_remember_shared(lock, release_rwlock);
    return call_leave_error(CALL_RWLOCK_WRITE, 0, 0);
}

int lock_rwlock_unlock(struct lock_rwlock *lock)
{
    call_enter(CALL_RWLOCK_UNLOCK);
    if (lock->writer == task_self->number)
        lock->writer = 0;
    else if (lock->readers)
        lock->readers--;
    task_self->locks_held -= task_self->locks_held > 0;
    if (task_self->shared_lock_count)
        lock_forget_shared(lock);
    schedule_wake_all(&lock->waiters);
    return call_leave_error(CALL_RWLOCK_UNLOCK, 0, 0);
}
