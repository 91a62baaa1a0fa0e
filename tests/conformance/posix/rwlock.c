/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: read-write locks. Who comes first of a waiting reader and writer is left open. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void *try_both(void *argument)
{
    int error = pthread_rwlock_tryrdlock(argument);
    say_error("tryrdlock elsewhere", error);
    if (!error)
        pthread_rwlock_unlock(argument);
    error = pthread_rwlock_trywrlock(argument);
    say_error("trywrlock elsewhere", error);
    if (!error)
        pthread_rwlock_unlock(argument);
    return NULL;
}

static void readers_share_and_writers_do_not(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    say_error("rdlock", pthread_rwlock_rdlock(&lock));
    crew_join(crew_start(try_both, &lock));
    say_error("rdlock again", pthread_rwlock_rdlock(&lock));
    say_error("unlock", pthread_rwlock_unlock(&lock));
    crew_join(crew_start(try_both, &lock));
    say_error("unlock", pthread_rwlock_unlock(&lock));
    crew_join(crew_start(try_both, &lock));
    say_error("wrlock", pthread_rwlock_wrlock(&lock));
    crew_join(crew_start(try_both, &lock));
    say_error("unlock", pthread_rwlock_unlock(&lock));
    say_error("destroy", pthread_rwlock_destroy(&lock));
}

static void a_writer_knows_itself(void)
{
    pthread_rwlock_t lock;
    say_error("init", pthread_rwlock_init(&lock, NULL));
    say_error("wrlock", pthread_rwlock_wrlock(&lock));
    say_error("wrlock again", pthread_rwlock_wrlock(&lock));
    say_error("rdlock too", pthread_rwlock_rdlock(&lock));
    say_error("trywrlock", pthread_rwlock_trywrlock(&lock));
    say_error("tryrdlock", pthread_rwlock_tryrdlock(&lock));
    say_error("unlock", pthread_rwlock_unlock(&lock));
    say_error("destroy", pthread_rwlock_destroy(&lock));
}

static void *timed_both(void *argument)
{
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 5);
    say_error("timedrdlock", pthread_rwlock_timedrdlock(argument, &deadline));
    say_whether("it waited", moment_has_come(CLOCK_REALTIME, deadline));
    deadline = moment_after_ms(CLOCK_REALTIME, 5);
    say_error("timedwrlock", pthread_rwlock_timedwrlock(argument, &deadline));
    say_whether("it waited", moment_has_come(CLOCK_REALTIME, deadline));
    return NULL;
}

static void timed_locks_give_up(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    pthread_rwlock_wrlock(&lock);
    crew_join(crew_start(timed_both, &lock));
    pthread_rwlock_unlock(&lock);
    pthread_rwlock_destroy(&lock);
}

struct ledger {
    pthread_rwlock_t lock;
    long left;
    long right;
    int torn;
};

static void *write_ledger(void *argument)
{
    struct ledger *ledger = argument;
    for (int i = 0; i < 100; i++) {
        pthread_rwlock_wrlock(&ledger->lock);
        ledger->left++;
        if (i % 10 == 0)
            sched_yield();
        ledger->right++;
        pthread_rwlock_unlock(&ledger->lock);
    }
    return NULL;
}

static void *read_ledger(void *argument)
{
    struct ledger *ledger = argument;
    long torn = 0;
    for (int i = 0; i < 100; i++) {
        pthread_rwlock_rdlock(&ledger->lock);
        long left = ledger->left;
        if (i % 10 == 0)
            sched_yield();
        torn += left != ledger->right;
        pthread_rwlock_unlock(&ledger->lock);
    }
    return (void *)torn;
}

static void readers_never_see_a_half_done_write(void)
{
    struct ledger ledger = {.lock = PTHREAD_RWLOCK_INITIALIZER};
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        threads[i] = crew_start(i % 3 ? read_ledger : write_ledger, &ledger);
    long torn = 0;
    for (int i = 0; i < 6; i++)
        torn += (long)crew_join(threads[i]);
    say("written %ld %ld, torn %ld", ledger.left, ledger.right, torn);
    pthread_rwlock_destroy(&ledger.lock);
}

struct meeting {
    pthread_rwlock_t lock;
    pthread_barrier_t barrier;
};

static void *read_together(void *argument)
{
    struct meeting *meeting = argument;
    pthread_rwlock_rdlock(&meeting->lock);
    pthread_barrier_wait(&meeting->barrier); /* only if all hold it at once */
    pthread_rwlock_unlock(&meeting->lock);
    return NULL;
}

static void readers_hold_it_at_the_same_time(void)
{
    struct meeting meeting = {.lock = PTHREAD_RWLOCK_INITIALIZER};
    pthread_barrier_init(&meeting.barrier, NULL, 4);
    crew_run(4, read_together, &meeting);
    say("all four held it");
    pthread_barrier_destroy(&meeting.barrier);
    pthread_rwlock_destroy(&meeting.lock);
}

const struct likeness_case likeness_rwlock[] = {
    LIKENESS_CASE(rwlock, readers_share_and_writers_do_not),
    LIKENESS_CASE(rwlock, a_writer_knows_itself),
    LIKENESS_CASE(rwlock, timed_locks_give_up),
    LIKENESS_CASE(rwlock, readers_never_see_a_half_done_write),
    LIKENESS_CASE(rwlock, readers_hold_it_at_the_same_time),
    LIKENESS_END,
};
