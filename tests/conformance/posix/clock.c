/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: clocks and sleeps. Only relations are printed; nothing may be late, so nothing is too late. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void *watch_clock(void *argument)
{
    clockid_t clock = *(clockid_t *)argument;
    int64_t before = moment_ns(moment_now(clock));
    long steps_back = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t now = moment_ns(moment_now(clock));
        steps_back += now < before;
        before = now;
    }
    return (void *)steps_back;
}

static void monotonic_time_never_goes_back(void)
{
    clockid_t clock = CLOCK_MONOTONIC;
    say("steps back %ld", (long)watch_clock(&clock));
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = crew_start(watch_clock, &clock);
    long steps_back = 0;
    for (int i = 0; i < 4; i++)
        steps_back += (long)crew_join(threads[i]);
    say("in four threads %ld", steps_back);
}

static void what_one_thread_saw_is_past_for_the_next(void)
{
    clockid_t clock = CLOCK_MONOTONIC;
    struct timespec before = moment_now(clock);
    crew_join(crew_start(watch_clock, &clock));
    say_whether("time has gone on", moment_has_come(clock, before));
}

static void nanosleep_sleeps_long_enough(void)
{
    struct timespec earliest = moment_after_ms(CLOCK_MONOTONIC, 10);
    say_call("nanosleep", nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL));
    say_whether("10 ms have passed", moment_has_come(CLOCK_MONOTONIC, earliest));
    say_call("of nothing", nanosleep(&(struct timespec){0, 0}, NULL));
    say_call("of a bad time", nanosleep(&(struct timespec){0, 1000000000}, NULL));
    say_call("of a negative time", nanosleep(&(struct timespec){-1, 0}, NULL));
}

static void clock_nanosleep_sleeps_until(void)
{
    static const clockid_t clocks[2] = {CLOCK_MONOTONIC, CLOCK_REALTIME};
    for (int i = 0; i < 2; i++) {
        struct timespec deadline = moment_after_ms(clocks[i], 5);
        say_error("until", clock_nanosleep(clocks[i], TIMER_ABSTIME, &deadline, NULL));
        say_whether("it is then", moment_has_come(clocks[i], deadline));
        say_error("until the past", clock_nanosleep(clocks[i], TIMER_ABSTIME, &deadline, NULL));
        /* A length of time is measured by the monotonic clock, whichever is named. */
        deadline = moment_after_ms(CLOCK_MONOTONIC, 5);
        say_error("for", clock_nanosleep(clocks[i], 0, &(struct timespec){.tv_nsec = 5000000}, NULL));
        say_whether("it is then", moment_has_come(CLOCK_MONOTONIC, deadline));
    }
    say_error("a bad time", clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, -1}, NULL));
}

static void usleep_sleeps_too(void)
{
    struct timespec earliest = moment_after_ms(CLOCK_MONOTONIC, 5);
    say_call("usleep", usleep(5000));
    say_whether("5 ms have passed", moment_has_come(CLOCK_MONOTONIC, earliest));
}

static void poll_does_not_return_early(void)
{
    int early = 0;
    for (int i = 1; i <= 10; i++) {
        struct timespec earliest = moment_after_ms(CLOCK_MONOTONIC, i % 4);
        poll(NULL, 0, i % 4);
        early += !moment_has_come(CLOCK_MONOTONIC, earliest);
    }
    say("early %d", early);
}

static void a_loop_over_the_clock_ends(void)
{
    struct timespec deadline = moment_after_ms(CLOCK_MONOTONIC, 2);
    while (!moment_has_come(CLOCK_MONOTONIC, deadline))
        ;
    say("2 ms have passed");
}

/* Between two readings, but for the granularity of the coarser clocks. */
static void say_between(const char *call, int64_t before_ns, int64_t value_ns, int64_t granularity_ns)
{
    int64_t after_ns = moment_ns(moment_now(CLOCK_REALTIME));
    say_whether(call, value_ns > before_ns - granularity_ns && value_ns <= after_ns);
}

static void the_wall_clocks_agree(void)
{
    int64_t before_ns = moment_ns(moment_now(CLOCK_REALTIME));
    time_t seconds;
    say_whether("time stores what it returns", time(&seconds) == seconds);
    say_between("time", before_ns, (int64_t)seconds * 1000000000, 2000000000);
    struct timeval day;
    say_call("gettimeofday", gettimeofday(&day, NULL));
    say_between("gettimeofday", before_ns, day.tv_sec * 1000000000 + day.tv_usec * 1000, 1000);
    struct timespec moment;
    say("timespec_get: %d", timespec_get(&moment, TIME_UTC));
    say_between("timespec_get", before_ns, moment_ns(moment), 1);
    say_whether("it is after 2020", before_ns / 1000000000 > 1577836800);
    say_whether("microseconds are in range", day.tv_usec >= 0 && day.tv_usec < 1000000);
}

static void the_clocks_run_alike(void)
{
    int64_t wall = moment_ns(moment_now(CLOCK_REALTIME)), steady = moment_ns(moment_now(CLOCK_MONOTONIC));
    moment_sleep_ms(20);
    wall = moment_ns(moment_now(CLOCK_REALTIME)) - wall;
    steady = moment_ns(moment_now(CLOCK_MONOTONIC)) - steady;
    say_whether("the wall clock went on", wall >= 15000000);
    say_whether("the monotonic clock went on", steady >= 20000000);
}

static void clocks_say_what_is_wrong(void)
{
    struct timespec moment;
    say_call("an unknown clock", clock_gettime(9999, &moment));
    say_call("clock_getres", clock_getres(CLOCK_MONOTONIC, &moment));
    say_whether("it is finer than 20 ms", moment.tv_sec == 0 && moment.tv_nsec < 20000000);
}

static void *sleep_once(void *argument)
{
    moment_sleep_ms(20);
    return argument;
}

static void sleepers_sleep_side_by_side(void)
{
    struct timespec earliest = moment_after_ms(CLOCK_MONOTONIC, 20);
    crew_run(16, sleep_once, NULL);
    say_whether("20 ms have passed", moment_has_come(CLOCK_MONOTONIC, earliest));
}

static void dates_are_computed(void)
{
    time_t moment = 1700000000;
    struct tm parts;
    char text[64];
    say_whether("gmtime_r", gmtime_r(&moment, &parts) == &parts);
    size_t length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ %a %j", &parts);
    say_bytes("strftime", text, (long)length);
    say_whether("timegm takes it back", timegm(&parts) == moment);
    say_call("no room", (long)strftime(text, 4, "%Y-%m-%d", &parts));
}

const struct likeness_case likeness_clock[] = {
    LIKENESS_CASE(clock, monotonic_time_never_goes_back),
    LIKENESS_CASE(clock, what_one_thread_saw_is_past_for_the_next),
    LIKENESS_CASE(clock, nanosleep_sleeps_long_enough),
    LIKENESS_CASE(clock, clock_nanosleep_sleeps_until),
    LIKENESS_CASE(clock, usleep_sleeps_too),
    LIKENESS_CASE(clock, poll_does_not_return_early),
    LIKENESS_CASE(clock, a_loop_over_the_clock_ends),
    LIKENESS_CASE(clock, the_wall_clocks_agree),
    LIKENESS_CASE(clock, the_clocks_run_alike),
    LIKENESS_CASE(clock, clocks_say_what_is_wrong),
    LIKENESS_CASE(clock, sleepers_sleep_side_by_side),
    LIKENESS_CASE(clock, dates_are_computed),
    LIKENESS_END,
};
