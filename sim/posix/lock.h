/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock: how our synchronisation objects lie in the memory of pthread's and C11's.
 *
 * All-zero is "free" for both, so statically initialised objects work, and an object that libc has used outside the world can
 * be used inside. glibc's kind of a mutex stays where glibc's static initialisers put it.
 */
#ifndef SIM_POSIX_LOCK_H
#define SIM_POSIX_LOCK_H

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <threads.h>
#include "sim/world/schedule.h"

struct lock_mutex {
    uint32_t unused, depth, owner /* task number, 0: free */, unused2;
    int32_t kind; /* PTHREAD_MUTEX_RECURSIVE .., glibc's __kind */
    int32_t unused3;
    struct wait_queue waiters;
};

struct lock_condition {
    struct wait_queue waiters;
    uint64_t unused[3];
    int32_t clock, unused2;
};

struct lock_rwlock {
    uint32_t writer /* task number */, readers, waiting_writers, unused;
    struct wait_queue waiters;
};

struct lock_semaphore {
    uint32_t value, unused;
    struct wait_queue waiters;
};

struct lock_barrier {
    uint32_t total, arrived;
    uint64_t round;
    struct wait_queue waiters;
};

_Static_assert(sizeof(struct lock_mutex) <= sizeof(pthread_mutex_t) &&
                   sizeof(struct lock_mutex) <= sizeof(mtx_t),
               "fits into a mutex");
_Static_assert(offsetof(struct lock_mutex, kind) == offsetof(pthread_mutex_t, __data.__kind), "glibc's kind");
_Static_assert(sizeof(struct lock_condition) <= sizeof(pthread_cond_t) &&
                   sizeof(struct lock_condition) <= sizeof(cnd_t),
               "fits into a condition variable");
_Static_assert(sizeof(struct lock_rwlock) <= sizeof(pthread_rwlock_t), "fits into a rwlock");
_Static_assert(sizeof(struct lock_semaphore) <= sizeof(sem_t), "fits into a semaphore");
_Static_assert(sizeof(struct lock_barrier) <= sizeof(pthread_barrier_t), "fits into a barrier");

/* Waits for a lock: a signal does not end it, but its handlers run in the middle. Then, or for no reason, the result is
 * WAIT_WOKEN: the caller looks again. Never WAIT_INTERRUPTED. */
enum wait_result lock_wait(struct wait_queue *queue, int64_t deadline_ns);

/* Error numbers as pthread_mutex_* return them. deadline_ns is world time. */
int lock_mutex_lock(struct lock_mutex *mutex, int64_t deadline_ns);
int lock_mutex_try(struct lock_mutex *mutex);
int lock_mutex_unlock(struct lock_mutex *mutex);

int lock_condition_wait(struct lock_condition *condition, struct lock_mutex *mutex, int64_t deadline_ns);

int lock_rwlock_read(struct lock_rwlock *lock, int64_t deadline_ns);
int lock_rwlock_write(struct lock_rwlock *lock, int64_t deadline_ns);
int lock_rwlock_unlock(struct lock_rwlock *lock);

/* A lock outside every arena and stack lies in a shared library: it is released when its owner is killed. */
void lock_remember_shared(void *object, void (*release)(void *object, struct task *owner));
void lock_forget_shared(void *object);

#endif
