/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: mutexes by both interfaces: kinds, busy, timed, contended. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <threads.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void init_kind(pthread_mutex_t *mutex, int kind)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    say_error("settype", pthread_mutexattr_settype(&attributes, kind));
    say_error("init", pthread_mutex_init(mutex, &attributes));
    pthread_mutexattr_destroy(&attributes);
}

static void *try_lock(void *argument)
{
    int error = pthread_mutex_trylock(argument);
    say_error("trylock elsewhere", error);
    if (!error)
        pthread_mutex_unlock(argument);
    return NULL;
}

static void a_locked_mutex_is_busy(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    say_error("lock", pthread_mutex_lock(&mutex));
    say_error("trylock here", pthread_mutex_trylock(&mutex));
    crew_join(crew_start(try_lock, &mutex));
    say_error("unlock", pthread_mutex_unlock(&mutex));
    crew_join(crew_start(try_lock, &mutex));
    say_error("trylock here", pthread_mutex_trylock(&mutex));
    say_error("unlock", pthread_mutex_unlock(&mutex));
    say_error("destroy", pthread_mutex_destroy(&mutex));
}

static void *unlock_elsewhere(void *argument)
{
    say_error("unlock elsewhere", pthread_mutex_unlock(argument));
    return NULL;
}

static void a_recursive_mutex_counts(void)
{
    pthread_mutex_t mutex;
    init_kind(&mutex, PTHREAD_MUTEX_RECURSIVE);
    say_error("lock", pthread_mutex_lock(&mutex));
    say_error("lock again", pthread_mutex_lock(&mutex));
    say_error("trylock", pthread_mutex_trylock(&mutex));
    crew_join(crew_start(try_lock, &mutex));
    crew_join(crew_start(unlock_elsewhere, &mutex));
    say_error("unlock", pthread_mutex_unlock(&mutex));
    say_error("unlock", pthread_mutex_unlock(&mutex));
    crew_join(crew_start(try_lock, &mutex));
    say_error("unlock", pthread_mutex_unlock(&mutex));
    crew_join(crew_start(try_lock, &mutex));
    say_error("unlock once too often", pthread_mutex_unlock(&mutex));
    say_error("destroy", pthread_mutex_destroy(&mutex));
}

static void an_error_checking_mutex_checks(void)
{
    pthread_mutex_t mutex;
    init_kind(&mutex, PTHREAD_MUTEX_ERRORCHECK);
    say_error("unlock unlocked", pthread_mutex_unlock(&mutex));
    say_error("lock", pthread_mutex_lock(&mutex));
    say_error("lock again", pthread_mutex_lock(&mutex));
    say_error("trylock", pthread_mutex_trylock(&mutex));
    crew_join(crew_start(unlock_elsewhere, &mutex));
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 5);
    say_error("timedlock again", pthread_mutex_timedlock(&mutex, &deadline));
    say_error("destroy locked", pthread_mutex_destroy(&mutex));
    say_error("unlock", pthread_mutex_unlock(&mutex));
    say_error("destroy", pthread_mutex_destroy(&mutex));
}

static void *timed_lock(void *argument)
{
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 10);
    say_error("timedlock", pthread_mutex_timedlock(argument, &deadline));
    say_whether("it waited", moment_has_come(CLOCK_REALTIME, deadline));
    deadline = moment_after_ms(CLOCK_MONOTONIC, 5);
    say_error("clocklock", pthread_mutex_clocklock(argument, CLOCK_MONOTONIC, &deadline));
    say_whether("it waited", moment_has_come(CLOCK_MONOTONIC, deadline));
    deadline = moment_after_ms(CLOCK_REALTIME, -1000);
    say_error("timedlock in the past", pthread_mutex_timedlock(argument, &deadline));
    deadline.tv_nsec = 1000000000;
    say_error("timedlock with a bad time", pthread_mutex_timedlock(argument, &deadline));
    return NULL;
}

static void a_timed_lock_gives_up(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    crew_join(crew_start(timed_lock, &mutex));
    pthread_mutex_unlock(&mutex);
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, -1000);
    say_error("free, in the past", pthread_mutex_timedlock(&mutex, &deadline));
    say_error("unlock", pthread_mutex_unlock(&mutex));
    pthread_mutex_destroy(&mutex);
}

static void *lock_within_patience(void *argument)
{
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 5000);
    say_error("timedlock", pthread_mutex_timedlock(argument, &deadline));
    say_error("unlock", pthread_mutex_unlock(argument));
    return NULL;
}

static void a_timed_lock_gets_what_is_freed(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_t thread = crew_start(lock_within_patience, &mutex);
    moment_sleep_ms(5);
    pthread_mutex_unlock(&mutex);
    crew_join(thread);
    pthread_mutex_destroy(&mutex);
}

struct counter {
    pthread_mutex_t mutex;
    mtx_t c11_mutex;
    long value;
    int inside;
    int inside_max;
};

static void *count_up(void *argument)
{
    struct counter *counter = argument;
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&counter->mutex);
        if (++counter->inside > counter->inside_max)
            counter->inside_max = counter->inside;
        long value = counter->value;
        if (i % 50 == 0)
            sched_yield();
        counter->value = value + 1;
        counter->inside--;
        pthread_mutex_unlock(&counter->mutex);
    }
    return NULL;
}

static void contenders_enter_one_by_one(void)
{
    struct counter counter = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    crew_run(8, count_up, &counter);
    say("counted %ld, at most %d inside", counter.value, counter.inside_max);
    pthread_mutex_destroy(&counter.mutex);
}

static void *sleep_inside(void *argument)
{
    struct counter *counter = argument;
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&counter->mutex);
        long value = counter->value;
        moment_sleep_ms(1);
        counter->value = value + 1;
        pthread_mutex_unlock(&counter->mutex);
    }
    return NULL;
}

static void a_sleeper_keeps_its_lock(void)
{
    struct counter counter = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    crew_run(4, sleep_inside, &counter);
    say("counted %ld", counter.value);
    pthread_mutex_destroy(&counter.mutex);
}

static int c11_try(void *argument)
{
    say_thrd("mtx_trylock elsewhere", mtx_trylock(argument));
    return 0;
}

static int c11_timed(void *argument)
{
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 10);
    say_thrd("mtx_timedlock elsewhere", mtx_timedlock(argument, &deadline));
    say_whether("it waited", moment_has_come(CLOCK_REALTIME, deadline));
    return 0;
}

static void c11_run(thrd_start_t body, void *argument)
{
    thrd_t thread;
    if (thrd_create(&thread, body, argument) == thrd_success)
        thrd_join(thread, NULL);
}

static void c11_mutexes_do_the_same(void)
{
    mtx_t mutex;
    say_thrd("mtx_init", mtx_init(&mutex, mtx_timed));
    say_thrd("mtx_lock", mtx_lock(&mutex));
    say_thrd("mtx_trylock", mtx_trylock(&mutex));
    c11_run(c11_try, &mutex);
    c11_run(c11_timed, &mutex);
    say_thrd("mtx_unlock", mtx_unlock(&mutex));
    say_thrd("mtx_trylock", mtx_trylock(&mutex));
    say_thrd("mtx_unlock", mtx_unlock(&mutex));
    mtx_destroy(&mutex);
    say_thrd("mtx_init recursive", mtx_init(&mutex, mtx_plain | mtx_recursive));
    say_thrd("mtx_lock", mtx_lock(&mutex));
    say_thrd("mtx_lock again", mtx_lock(&mutex));
    c11_run(c11_try, &mutex);
    say_thrd("mtx_unlock", mtx_unlock(&mutex));
    say_thrd("mtx_unlock", mtx_unlock(&mutex));
    mtx_destroy(&mutex);
}

static void *c11_count_up(void *argument)
{
    struct counter *counter = argument;
    for (int i = 0; i < 500; i++) {
        mtx_lock(&counter->c11_mutex);
        counter->value++;
        mtx_unlock(&counter->c11_mutex);
    }
    return NULL;
}

static void c11_contenders_enter_one_by_one(void)
{
    struct counter counter = {.value = 0};
    mtx_init(&counter.c11_mutex, mtx_plain);
    crew_run(4, c11_count_up, &counter);
    say("counted %ld", counter.value);
    mtx_destroy(&counter.c11_mutex);
}

const struct likeness_case likeness_mutex[] = {
    LIKENESS_CASE(mutex, a_locked_mutex_is_busy),          LIKENESS_CASE(mutex, a_recursive_mutex_counts),
    LIKENESS_CASE(mutex, an_error_checking_mutex_checks),  LIKENESS_CASE(mutex, a_timed_lock_gives_up),
    LIKENESS_CASE(mutex, a_timed_lock_gets_what_is_freed), LIKENESS_CASE(mutex, contenders_enter_one_by_one),
    LIKENESS_CASE(mutex, a_sleeper_keeps_its_lock),        LIKENESS_CASE(mutex, c11_mutexes_do_the_same),
    LIKENESS_CASE(mutex, c11_contenders_enter_one_by_one), LIKENESS_END,
};
