/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: unnamed semaphores and barriers. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void it_counts(void)
{
    sem_t semaphore;
    int value = -1;
    say_call("init", sem_init(&semaphore, 0, 2));
    say_call("wait", sem_wait(&semaphore));
    say_call("trywait", sem_trywait(&semaphore));
    say_call("trywait at 0", sem_trywait(&semaphore));
    say_call("getvalue", sem_getvalue(&semaphore, &value));
    say("value %d", value);
    say_call("post", sem_post(&semaphore));
    say_call("post", sem_post(&semaphore));
    sem_getvalue(&semaphore, &value);
    say("value %d", value);
    say_call("destroy", sem_destroy(&semaphore));
    say_call("too high a value", sem_init(&semaphore, 0, 0x80000000u));
}

static void a_timed_wait_gives_up(void)
{
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 10);
    say_call("timedwait", sem_timedwait(&semaphore, &deadline));
    say_whether("it waited", moment_has_come(CLOCK_REALTIME, deadline));
    say_call("timedwait in the past", sem_timedwait(&semaphore, &deadline));
    sem_post(&semaphore);
    say_call("in the past, but free", sem_timedwait(&semaphore, &deadline));
    deadline.tv_nsec = -1;
    say_call("a bad time", sem_timedwait(&semaphore, &deadline));
    sem_destroy(&semaphore);
}

static void *post_later(void *argument)
{
    moment_sleep_ms(5);
    sem_post(argument);
    return NULL;
}

static void a_post_wakes_a_waiter(void)
{
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    pthread_t thread = crew_start(post_later, &semaphore);
    say_call("wait", sem_wait(&semaphore));
    crew_join(thread);
    thread = crew_start(post_later, &semaphore);
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 5000);
    say_call("timedwait", sem_timedwait(&semaphore, &deadline));
    crew_join(thread);
    sem_destroy(&semaphore);
}

struct room {
    sem_t places;
    atomic_int inside;
    atomic_int overfull;
    atomic_int visits;
};

static void *visit(void *argument)
{
    struct room *room = argument;
    for (int i = 0; i < 20; i++) {
        sem_wait(&room->places);
        if (atomic_fetch_add(&room->inside, 1) >= 2)
            atomic_fetch_add(&room->overfull, 1);
        atomic_fetch_add(&room->visits, 1);
        atomic_fetch_sub(&room->inside, 1);
        sem_post(&room->places);
    }
    return NULL;
}

static void no_more_enter_than_there_are_places(void)
{
    struct room room = {.visits = 0};
    sem_init(&room.places, 0, 2);
    crew_run(6, visit, &room);
    say("visits %d, overfull %d", atomic_load(&room.visits), atomic_load(&room.overfull));
    sem_destroy(&room.places);
}

struct race {
    pthread_barrier_t barrier;
    atomic_int started;
    atomic_int early;
    atomic_int serial;
};

static void *run_race(void *argument)
{
    struct race *race = argument;
    for (int round = 1; round <= 5; round++) {
        atomic_fetch_add(&race->started, 1);
        if (pthread_barrier_wait(&race->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            atomic_fetch_add(&race->serial, 1);
        if (atomic_load(&race->started) < round * 4)
            atomic_fetch_add(&race->early, 1);
        pthread_barrier_wait(&race->barrier);
    }
    return NULL;
}

static void a_barrier_lets_all_go_together(void)
{
    struct race race = {.started = 0};
    say_error("init for 0", pthread_barrier_init(&race.barrier, NULL, 0));
    say_error("init for 4", pthread_barrier_init(&race.barrier, NULL, 4));
    crew_run(4, run_race, &race);
    say("started %d, early %d, chosen %d", atomic_load(&race.started), atomic_load(&race.early),
        atomic_load(&race.serial));
    say_error("destroy", pthread_barrier_destroy(&race.barrier));
}

const struct likeness_case likeness_semaphore[] = {
    LIKENESS_CASE(semaphore, it_counts),
    LIKENESS_CASE(semaphore, a_timed_wait_gives_up),
    LIKENESS_CASE(semaphore, a_post_wakes_a_waiter),
    LIKENESS_CASE(semaphore, no_more_enter_than_there_are_places),
    LIKENESS_CASE(semaphore, a_barrier_lets_all_go_together),
    LIKENESS_END,
};
