/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that the world sends to a process, as a supervisor or a fault does. Those within a process: likeness cases. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>
#include "sim/world/schedule.h"
#include "tests/unit/world.h"

#define SECOND_NS INT64_C(1000000000)

/* A signal that is sent to the process "program" at a time. */
struct planned {
    struct timer timer;
    int signal;
};

static void send_planned(struct timer *timer)
{
    process_signal(process_by_name("program"), SCHEDULE_OWNER(timer, struct planned, timer)->signal);
}

enum { PLANNED_MAX = 4 };

/* Runs main in a world in which the signals come one a second; 0 ends them. */
static struct world_outcome world_with_signals(int (*main)(int, char **), const int *signals, uint64_t seed)
{
    world_warm_up(world_nothing);
    struct world_outcome outcome = {0};
    struct planned planned[PLANNED_MAX] = {0};
    world_begin(
        &(struct world_options){.choices = CHOICE_SEEDED, .seed = seed, .reorder_per_million = 100000});
    process_start(&(struct process_spec){.name = "program",
                                         .host = host_new("host"),
                                         .main = main,
                                         .arguments = (const char *const[]){"program", NULL},
                                         .on_end = world_note_end,
                                         .opaque = &outcome});
    for (int i = 0; signals[i]; i++) {
        planned[i].signal = signals[i];
        timer_start(&planned[i].timer, (i + 1) * SECOND_NS, send_planned);
    }
    world_run();
    for (int i = 0; i < PLANNED_MAX; i++)
        timer_stop(&planned[i].timer);
    world_end(&outcome.report);
    if (outcome.report.finding_count)
        outcome.finding = *world_finding(0);
    return outcome;
}

static int sleep_with_a_clock(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    for (int i = 0; i < 15; i++)
        usleep(100000);
    clock_gettime(CLOCK_MONOTONIC, &after);
    return (int)(after.tv_sec - before.tv_sec);
}

Test(world_signal, a_stopped_process_goes_on_where_it_was_after_sigcont)
{
    struct world_outcome outcome = world_with_signals(sleep_with_a_clock, (int[]){SIGSTOP, SIGCONT, 0}, 1);
    cr_expect_eq(outcome.report.finding_count, 0, "%s", outcome.finding.text);
    cr_expect(outcome.ended && !outcome.end.killed);
    cr_expect_eq(outcome.end.status, 2, "1.5 s of naps took %d s, over a stop from 1 s to 2 s",
                 outcome.end.status);
}

Test(world_signal, sigterm_ends_a_process_that_does_not_handle_it)
{
    struct world_outcome outcome = world_with_signals(sleep_with_a_clock, (int[]){SIGTERM, 0}, 1);
    cr_expect(outcome.ended && outcome.end.killed);
    cr_expect_eq(outcome.end.signal, SIGTERM);
}

static int wait_for_sigterm(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    siginfo_t info = {0};
    return sigwaitinfo(&set, &info) == SIGTERM && info.si_pid == 0 ? 7 : 1;
}

Test(world_signal, a_process_can_wait_for_a_signal_from_outside)
{
    struct world_outcome outcome = world_with_signals(wait_for_sigterm, (int[]){SIGTERM, 0}, 1);
    cr_expect_eq(outcome.report.finding_count, 0, "%s", outcome.finding.text);
    cr_expect_eq(outcome.end.status, 7);
}

static atomic_int handled;

static void count(int number)
{
    (void)number;
    atomic_fetch_add(&handled, 1);
}

static void *wait_on(void *condition)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    while (atomic_load(&handled) < 3)
        pthread_cond_wait(condition, &mutex);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* Every thread waits for a lock: only a handler can end it. */
static int wait_for_handlers(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    atomic_store(&handled, 0);
    signal(SIGUSR1, count);
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    wait_on(&condition);
    return atomic_load(&handled);
}

Test(world_signal, handlers_run_in_a_thread_that_waits_on_a_condition)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct world_outcome outcome =
            world_with_signals(wait_for_handlers, (int[]){SIGUSR1, SIGUSR1, SIGUSR1, 0}, seed);
        cr_assert_eq(outcome.report.finding_count, 0, "seed %lu: %s", seed, outcome.finding.text);
        cr_assert_eq(outcome.end.status, 3, "seed %lu", seed);
        cr_assert_eq(outcome.report.engine_live_bytes, 0);
    }
}

static void *end_at_once(void *argument)
{
    return argument;
}

static int signal_the_dead(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pthread_t thread;
    pthread_create(&thread, NULL, end_at_once, NULL);
    usleep(1000);
    int error = pthread_kill(thread, SIGTERM);
    return error ? error : pthread_join(thread, NULL);
}

Test(world_signal, a_thread_that_has_ended_takes_no_signal)
{
    struct world_outcome outcome = world_of(signal_the_dead, 1, NULL);
    cr_expect(outcome.ended && !outcome.end.killed && outcome.end.status == 0);
}
