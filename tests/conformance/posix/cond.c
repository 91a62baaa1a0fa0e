/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: condition variables by both interfaces: timed by either clock, and under contention. */
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void init_with_clock(pthread_cond_t *cond, clockid_t clock)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    say_error("setclock", pthread_condattr_setclock(&attributes, clock));
    say_error("init", pthread_cond_init(cond, &attributes));
    pthread_condattr_destroy(&attributes);
}

static void wait_in_vain(clockid_t clock, int delay_ms)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond;
    init_with_clock(&cond, clock);
    struct timespec deadline = moment_after_ms(clock, delay_ms);
    pthread_mutex_lock(&mutex);
    int error;
    while (!(error = pthread_cond_timedwait(&cond, &mutex, &deadline)))
        ;
    say_error("timedwait", error);
    say_whether("it waited", moment_has_come(clock, deadline));
    say_error("the mutex is held", pthread_mutex_trylock(&mutex));
    say_error("unlock", pthread_mutex_unlock(&mutex));
    say_error("destroy", pthread_cond_destroy(&cond));
    pthread_mutex_destroy(&mutex);
}

static void a_timed_wait_gives_up_by_the_wall_clock(void)
{
    wait_in_vain(CLOCK_REALTIME, 10);
}

static void a_timed_wait_gives_up_by_the_monotonic_clock(void)
{
    wait_in_vain(CLOCK_MONOTONIC, 10);
}

static void a_deadline_in_the_past_gives_up_at_once(void)
{
    wait_in_vain(CLOCK_REALTIME, -1000);
    wait_in_vain(CLOCK_MONOTONIC, -1000);
}

static void a_wait_may_name_its_clock(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    pthread_mutex_lock(&mutex);
    clockid_t clocks[2] = {CLOCK_MONOTONIC, CLOCK_REALTIME};
    for (int i = 0; i < 2; i++) {
        struct timespec deadline = moment_after_ms(clocks[i], 5);
        int error;
        while (!(error = pthread_cond_clockwait(&cond, &mutex, clocks[i], &deadline)))
            ;
        say_error("clockwait", error);
        say_whether("it waited", moment_has_come(clocks[i], deadline));
    }
    struct timespec bad = {.tv_sec = 1, .tv_nsec = 1000000000};
    say_error("a bad time", pthread_cond_timedwait(&cond, &mutex, &bad));
    pthread_mutex_unlock(&mutex);
    pthread_cond_destroy(&cond);
    pthread_mutex_destroy(&mutex);
}

static void waking_nobody_is_not_remembered(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    say_error("signal", pthread_cond_signal(&cond));
    say_error("broadcast", pthread_cond_broadcast(&cond));
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 5);
    pthread_mutex_lock(&mutex);
    say_error("timedwait", pthread_cond_timedwait(&cond, &mutex, &deadline));
    pthread_mutex_unlock(&mutex);
    pthread_cond_destroy(&cond);
    pthread_mutex_destroy(&mutex);
}

struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    pthread_cond_t arrived;
    int waiting;
    int permits;
    int passed;
};

static void *pass_gate(void *argument)
{
    struct gate *gate = argument;
    pthread_mutex_lock(&gate->mutex);
    gate->waiting++;
    pthread_cond_signal(&gate->arrived);
    while (gate->permits == 0)
        pthread_cond_wait(&gate->opened, &gate->mutex);
    gate->permits--;
    gate->passed++;
    pthread_cond_signal(&gate->arrived);
    pthread_mutex_unlock(&gate->mutex);
    return NULL;
}

static void gate_init(struct gate *gate)
{
    *gate = (struct gate){.waiting = 0};
    pthread_mutex_init(&gate->mutex, NULL);
    pthread_cond_init(&gate->opened, NULL);
    pthread_cond_init(&gate->arrived, NULL);
}

static void gate_deinit(struct gate *gate)
{
    say_error("destroy", pthread_cond_destroy(&gate->opened));
    pthread_cond_destroy(&gate->arrived);
    pthread_mutex_destroy(&gate->mutex);
}

static void wait_until_waiting(struct gate *gate, int count)
{
    while (gate->waiting < count)
        pthread_cond_wait(&gate->arrived, &gate->mutex);
}

static void a_broadcast_wakes_all(void)
{
    struct gate gate;
    gate_init(&gate);
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        threads[i] = crew_start(pass_gate, &gate);
    pthread_mutex_lock(&gate.mutex);
    wait_until_waiting(&gate, 6);
    say("passed %d", gate.passed);
    gate.permits = 6;
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.mutex);
    for (int i = 0; i < 6; i++)
        crew_join(threads[i]);
    say("passed %d", gate.passed);
    gate_deinit(&gate);
}

static void each_signal_wakes_somebody(void)
{
    struct gate gate;
    gate_init(&gate);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = crew_start(pass_gate, &gate);
    pthread_mutex_lock(&gate.mutex);
    wait_until_waiting(&gate, 4);
    for (int i = 1; i <= 4; i++) {
        gate.permits = 1;
        pthread_cond_signal(&gate.opened);
        while (gate.passed < i)
            pthread_cond_wait(&gate.arrived, &gate.mutex);
        say("passed %d", gate.passed);
    }
    pthread_mutex_unlock(&gate.mutex);
    for (int i = 0; i < 4; i++)
        crew_join(threads[i]);
    gate_deinit(&gate);
}

static void *open_later(void *argument)
{
    struct gate *gate = argument;
    moment_sleep_ms(5);
    pthread_mutex_lock(&gate->mutex);
    gate->permits = 1;
    pthread_mutex_unlock(&gate->mutex);
    pthread_cond_signal(&gate->opened);
    return NULL;
}

static void a_timed_wait_wakes_before_its_deadline(void)
{
    struct gate gate;
    gate_init(&gate);
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 5000);
    pthread_t thread = crew_start(open_later, &gate);
    pthread_mutex_lock(&gate.mutex);
    int error = 0;
    while (!gate.permits && !error)
        error = pthread_cond_timedwait(&gate.opened, &gate.mutex, &deadline);
    pthread_mutex_unlock(&gate.mutex);
    say_error("timedwait", error);
    crew_join(thread);
    gate_deinit(&gate);
}

#define QUEUE_SLOTS   4
#define ITEMS_EACH    100
#define QUEUE_THREADS 4

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t not_empty;
    pthread_cond_t not_full;
    int items[QUEUE_SLOTS];
    int count;
    int made;
    int taken;
    long sum;
};

static void *produce(void *argument)
{
    struct queue *queue = argument;
    for (int i = 0; i < ITEMS_EACH; i++) {
        pthread_mutex_lock(&queue->mutex);
        while (queue->count == QUEUE_SLOTS)
            pthread_cond_wait(&queue->not_full, &queue->mutex);
        queue->items[queue->count++] = queue->made++;
        pthread_cond_signal(&queue->not_empty);
        pthread_mutex_unlock(&queue->mutex);
    }
    return NULL;
}

static void *consume(void *argument)
{
    struct queue *queue = argument;
    for (int i = 0; i < ITEMS_EACH; i++) {
        pthread_mutex_lock(&queue->mutex);
        while (queue->count == 0)
            pthread_cond_wait(&queue->not_empty, &queue->mutex);
        queue->sum += queue->items[--queue->count];
        queue->taken++;
        pthread_cond_signal(&queue->not_full);
        pthread_mutex_unlock(&queue->mutex);
    }
    return NULL;
}

static void a_small_queue_loses_nothing(void)
{
    struct queue queue = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                          .not_empty = PTHREAD_COND_INITIALIZER,
                          .not_full = PTHREAD_COND_INITIALIZER};
    pthread_t threads[2 * QUEUE_THREADS];
    for (int i = 0; i < 2 * QUEUE_THREADS; i++)
        threads[i] = crew_start(i % 2 ? produce : consume, &queue);
    for (int i = 0; i < 2 * QUEUE_THREADS; i++)
        crew_join(threads[i]);
    say("made %d, taken %d, sum %ld, left %d", queue.made, queue.taken, queue.sum, queue.count);
    pthread_cond_destroy(&queue.not_empty);
    pthread_cond_destroy(&queue.not_full);
    pthread_mutex_destroy(&queue.mutex);
}

struct turns {
    mtx_t mutex;
    cnd_t changed;
    int turn;
    int played;
};

static void *take_turns(void *argument)
{
    struct turns *turns = argument;
    mtx_lock(&turns->mutex);
    int own = turns->played++ % 2;
    for (int i = 0; i < 100; i++) {
        while (turns->turn % 2 != own)
            cnd_wait(&turns->changed, &turns->mutex);
        turns->turn++;
        cnd_broadcast(&turns->changed);
    }
    mtx_unlock(&turns->mutex);
    return NULL;
}

static void c11_threads_take_turns(void)
{
    struct turns turns = {.turn = 0};
    mtx_init(&turns.mutex, mtx_plain);
    say_thrd("cnd_init", cnd_init(&turns.changed));
    crew_run(2, take_turns, &turns);
    say("turns %d", turns.turn);
    say_thrd("cnd_signal", cnd_signal(&turns.changed));
    struct timespec deadline = moment_after_ms(CLOCK_REALTIME, 10);
    mtx_lock(&turns.mutex);
    int result;
    while ((result = cnd_timedwait(&turns.changed, &turns.mutex, &deadline)) == thrd_success)
        ;
    mtx_unlock(&turns.mutex);
    say_thrd("cnd_timedwait", result);
    say_whether("it waited", moment_has_come(CLOCK_REALTIME, deadline));
    cnd_destroy(&turns.changed);
    mtx_destroy(&turns.mutex);
}

const struct likeness_case likeness_cond[] = {
    LIKENESS_CASE(cond, a_timed_wait_gives_up_by_the_wall_clock),
    LIKENESS_CASE(cond, a_timed_wait_gives_up_by_the_monotonic_clock),
    LIKENESS_CASE(cond, a_deadline_in_the_past_gives_up_at_once),
    LIKENESS_CASE(cond, a_wait_may_name_its_clock),
    LIKENESS_CASE(cond, waking_nobody_is_not_remembered),
    LIKENESS_CASE(cond, a_broadcast_wakes_all),
    LIKENESS_CASE(cond, each_signal_wakes_somebody),
    LIKENESS_CASE(cond, a_timed_wait_wakes_before_its_deadline),
    LIKENESS_CASE(cond, a_small_queue_loses_nothing),
    LIKENESS_CASE(cond, c11_threads_take_turns),
    LIKENESS_END,
};
