/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks that are stepped and that run too fast or too slow, as programs see them: what they read, and when waits end. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include "sim/world/schedule.h"
#include "tests/unit/world.h"

#define SECOND INT64_C(1000000000)
#define MS     INT64_C(1000000)

/* What a program has measured; in world time where it says so. */
static struct {
    int64_t wall_ns, monotonic_ns, world_ns;
    int result;
} seen;

static void (*disturb)(struct host *host);

static void on_time(struct timer *timer)
{
    (void)timer;
    disturb(host_by_name("host"));
}

/* Runs main; a second after the beginning, disturb happens. */
static void play(int (*main)(int, char **), void (*how)(struct host *))
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(world_nothing);
    is_warm = true;
    memset(&seen, 0, sizeof seen);
    world_begin(&(struct world_options){.choices = CHOICE_ZERO});
    static const char *const arguments[] = {"program", NULL};
    process_start(&(struct process_spec){
        .name = "program", .host = host_new("host"), .main = main, .arguments = arguments});
    static struct timer timer;
    timer = (struct timer){.background = true};
    disturb = how;
    timer_start(&timer, SECOND, on_time);
    world_run();
    struct world_report report;
    world_end(&report);
    cr_assert(report.finding_count == 0, "%s", world_finding(0)->text);
}

static int64_t now(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (int64_t)at.tv_sec * SECOND + at.tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

struct marks {
    int64_t wall_ns, monotonic_ns, world_ns;
};

static struct marks begin(void)
{
    return (struct marks){now(CLOCK_REALTIME), now(CLOCK_MONOTONIC), schedule_now()};
}

static void end(struct marks marks)
{
    seen.wall_ns = now(CLOCK_REALTIME) - marks.wall_ns;
    seen.monotonic_ns = now(CLOCK_MONOTONIC) - marks.monotonic_ns;
    seen.world_ns = schedule_now() - marks.world_ns;
}

/* Clock reads and calls are charged well below this. */
static bool is_near(int64_t got_ns, int64_t wanted_ns)
{
    return got_ns >= wanted_ns - MS && got_ns < wanted_ns + 3 * MS;
}
#define EXPECT_NEAR(GOT, WANTED) cr_expect(is_near(GOT, WANTED), "%s: %lld", #GOT, (long long)(GOT))

static void nothing(struct host *host)
{
    (void)host;
}

static void forward(struct host *host)
{
    host_step_wall(host, 3600 * SECOND);
}

static void back(struct host *host)
{
    host_step_wall(host, -3600 * SECOND);
}

static void forward_a_little(struct host *host)
{
    host_step_wall(host, 2 * SECOND);
}

static void back_a_little(struct host *host)
{
    host_step_wall(host, -2 * SECOND);
}

static void faster(struct host *host)
{
    host_skew(host, 10000);
}

static void slower(struct host *host)
{
    host_skew(host, -10000);
}

/* --- relative waits and readings -------------------------------------------------------------------------------- */

static int sleep_five(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct marks marks = begin();
    seen.result = (int)sleep(5);
    end(marks);
    return 0;
}

Test(world_clock, a_step_moves_the_wall_clock_alone)
{
    play(sleep_five, forward);
    EXPECT_NEAR(seen.wall_ns, 3605 * SECOND);
    EXPECT_NEAR(seen.monotonic_ns, 5 * SECOND);
    EXPECT_NEAR(seen.world_ns, 5 * SECOND);
    play(sleep_five, back);
    EXPECT_NEAR(seen.wall_ns, -3595 * SECOND);
    EXPECT_NEAR(seen.monotonic_ns, 5 * SECOND);
}

Test(world_clock, a_fast_oscillator_shortens_a_sleep_that_runs_and_nobody_there_sees_it)
{
    play(sleep_five, faster);
    EXPECT_NEAR(seen.wall_ns, 5 * SECOND);
    EXPECT_NEAR(seen.monotonic_ns, 5 * SECOND);
    EXPECT_NEAR(seen.world_ns, 1 * SECOND + 4 * SECOND * 100 / 101);
    play(sleep_five, slower);
    EXPECT_NEAR(seen.monotonic_ns, 5 * SECOND);
    EXPECT_NEAR(seen.world_ns, 1 * SECOND + 4 * SECOND * 100 / 99);
}

static int poll_late(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    sleep(2);
    struct marks marks = begin();
    int fds[2];
    seen.result = pipe(fds);
    struct pollfd slot = {.fd = fds[0], .events = POLLIN};
    seen.result = poll(&slot, 1, 10000);
    end(marks);
    close(fds[0]);
    close(fds[1]);
    return 0;
}

Test(world_clock, a_timeout_that_begins_under_skew_is_of_the_hosts_own_time)
{
    play(poll_late, faster);
    cr_expect(eq(int, seen.result, 0));
    EXPECT_NEAR(seen.monotonic_ns, 10 * SECOND);
    EXPECT_NEAR(seen.world_ns, 10 * SECOND * 100 / 101);
}

/* --- waits for a time of a clock ----------------------------------------------------------------------------------- */

static clockid_t waits_for;

static int sleep_until(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct marks marks = begin();
    struct timespec at = timespec_of(now(waits_for) + 5 * SECOND);
    seen.result = clock_nanosleep(waits_for, TIMER_ABSTIME, &at, NULL);
    end(marks);
    return 0;
}

static int wait_on_condition(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_condattr_t attributes;
    pthread_cond_t condition;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, waits_for);
    pthread_cond_init(&condition, &attributes);
    pthread_mutex_lock(&mutex);
    struct marks marks = begin();
    struct timespec at = timespec_of(now(waits_for) + 5 * SECOND);
    seen.result = pthread_cond_timedwait(&condition, &mutex, &at);
    end(marks);
    return 0;
}

static int wait_for_semaphore(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    struct marks marks = begin();
    struct timespec at = timespec_of(now(CLOCK_REALTIME) + 5 * SECOND);
    seen.result = sem_timedwait(&semaphore, &at) < 0 ? errno : 0;
    end(marks);
    return 0;
}

static int (*const waits[])(int, char **) = {sleep_until, wait_on_condition, wait_for_semaphore};
enum { WAITS = sizeof waits / sizeof *waits };

static void expect_world(void (*how)(struct host *), int64_t world_ns)
{
    for (size_t i = 0; i < WAITS; i++) {
        if (i == 2 && waits_for != CLOCK_REALTIME)
            continue;
        play(waits[i], how);
        cr_expect(seen.result == (i ? ETIMEDOUT : 0), "wait %zu: %d", i, seen.result);
        cr_expect(is_near(seen.world_ns, world_ns), "wait %zu: %lld ns", i, (long long)seen.world_ns);
    }
}

Test(world_clock, waits_for_a_time_of_the_wall_clock_follow_its_steps)
{
    waits_for = CLOCK_REALTIME;
    expect_world(nothing, 5 * SECOND);
    expect_world(forward, 1 * SECOND);
    expect_world(forward_a_little, 3 * SECOND);
    expect_world(back_a_little, 7 * SECOND);
}

Test(world_clock, waits_for_a_time_of_the_monotonic_clock_do_not)
{
    waits_for = CLOCK_MONOTONIC;
    expect_world(forward, 5 * SECOND);
    expect_world(back, 5 * SECOND);
    expect_world(faster, 1 * SECOND + 4 * SECOND * 100 / 101);
}

/* A mutex that its owner gives to others now and then: who waits for it waits again and again. */
static pthread_mutex_t contended;

static void *hold(void *opaque)
{
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&contended);
        usleep(400000);
        pthread_mutex_unlock(&contended);
    }
    return opaque;
}

static int lock_contended(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    contended = fresh;
    pthread_t holders[2];
    pthread_create(&holders[0], NULL, hold, NULL);
    pthread_create(&holders[1], NULL, hold, NULL);
    usleep(1000);
    struct marks marks = begin();
    struct timespec at = timespec_of(now(CLOCK_REALTIME) + 5 * SECOND);
    seen.result = pthread_mutex_timedlock(&contended, &at);
    end(marks);
    if (seen.result == 0)
        pthread_mutex_unlock(&contended);
    pthread_join(holders[0], NULL);
    pthread_join(holders[1], NULL);
    return 0;
}

Test(world_clock, a_lock_that_is_waited_for_again_keeps_its_time)
{
    play(lock_contended, forward_a_little);
    if (seen.result == ETIMEDOUT)
        EXPECT_NEAR(seen.world_ns, 3 * SECOND);
    cr_expect(seen.world_ns < 3 * SECOND + 3 * MS, "%lld", (long long)seen.world_ns);
}

/* --- arithmetic ------------------------------------------------------------------------------------------------------ */

Test(world_clock, a_skewed_oscillator_and_its_inverse_agree)
{
    static const int32_t skews[] = {-100000, -10000, -1, 1, 37, 10000, 100000};
    for (size_t i = 0; i < sizeof skews / sizeof *skews; i++) {
        struct host host = {.skew_ppm = skews[i], .skew_since_ns = 1234567, .skew_from_ns = 7654321};
        for (int64_t world_ns = 1234567; world_ns < 1000 * SECOND; world_ns = world_ns * 3 / 2 + 1) {
            int64_t oscillator_ns = host_oscillator(&host, world_ns);
            int64_t first_ns = host_world(&host, oscillator_ns);
            cr_assert(host_oscillator(&host, first_ns) >= oscillator_ns);
            cr_assert(first_ns <= world_ns && host_oscillator(&host, first_ns - 1) < oscillator_ns,
                      "%d ppm at %lld", skews[i], (long long)world_ns);
        }
    }
}
