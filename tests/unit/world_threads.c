/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "sim/world/schedule.h"
#include "tests/unit/world.h"

enum { THREADS = 6, ROUNDS = 200 };

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int count, order[THREADS], finished;
    int64_t slept_ns;
};

static void *add(void *opaque)
{
    struct shared *shared = opaque;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&shared->mutex);
        int before = shared->count;
        if (i % 7 == 0)
            sched_yield(); /* a lost update would show */
        shared->count = before + 1;
        pthread_cond_signal(&shared->changed);
        pthread_mutex_unlock(&shared->mutex);
    }
    return NULL;
}

static int contended(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct shared *shared = calloc(1, sizeof *shared);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, add, shared);
    pthread_mutex_lock(&shared->mutex);
    while (shared->count < THREADS * ROUNDS)
        pthread_cond_wait(&shared->changed, &shared->mutex);
    pthread_mutex_unlock(&shared->mutex);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int count = shared->count;
    free(shared);
    return count == THREADS * ROUNDS ? 0 : 1;
}

Test(world_threads, contending_threads_lose_no_update_in_any_schedule)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct world_outcome outcome = world_of(contended, seed, NULL);
        cr_assert_eq(outcome.report.finding_count, 0, "seed %lu: %s", seed, outcome.finding.text);
        cr_assert(outcome.ended && outcome.end.status == 0, "seed %lu", seed);
        cr_assert_eq(outcome.end.live_count, 0);
        cr_assert_eq(outcome.report.engine_live_bytes, 0);
    }
}

Test(world_threads, a_seed_has_one_history_and_seeds_have_different_ones)
{
    uint64_t last = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        uint64_t once = world_of(contended, seed, NULL).report.history;
        uint64_t again = world_of(contended, seed, NULL).report.history;
        cr_assert_eq(once, again, "seed %lu", seed);
        cr_assert_neq(once, last, "seed %lu", seed);
        last = once;
    }
}

static int sleeper(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    sleep(3600);
    clock_gettime(CLOCK_MONOTONIC, &after);
    return after.tv_sec - before.tv_sec == 3600 ? 0 : 1;
}

Test(world_threads, an_hour_of_sleep_takes_one_event_and_an_hour_of_virtual_time)
{
    struct world_outcome outcome = world_of(sleeper, 1, NULL);
    cr_expect_eq(outcome.end.status, 0);
    cr_expect_geq(outcome.report.virtual_ns, INT64_C(3600) * 1000000000);
    cr_expect_lt(outcome.report.events, 20);
}

static int starving(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    pthread_mutex_lock(&first);
    pthread_cond_wait(&never, &first);
    return 0;
}

Test(world_threads, a_deadlock_is_a_finding_with_the_stack_of_every_task)
{
    struct world_outcome outcome = world_of(starving, 1, NULL);
    cr_assert_eq(outcome.report.finding_count, 1);
    cr_expect_eq(outcome.finding.kind, FINDING_DEADLOCK);
    cr_expect_not_null(strstr(outcome.finding.text, "task 1 of program.1, blocked"), "%s",
                       outcome.finding.text);
    cr_expect_not_null(strstr(outcome.finding.text, "lock_condition_wait"), "%s", outcome.finding.text);
}

static int spinning(int argc, char **argv)
{
    (void)argv;
    while (argc)
        sched_yield();
    return 0;
}

Test(world_threads, a_livelock_is_a_finding)
{
    struct world_outcome outcome = world_of(spinning, 1, NULL);
    cr_assert_eq(outcome.report.finding_count, 1);
    cr_expect_eq(outcome.finding.kind, FINDING_LIVELOCK);
}

/* Told for half a minute that there is something to write for, and never writes. */
static int poll_what_is_ready(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int fds[2];
    struct timespec now, end;
    if (pipe(fds) < 0)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += 30;
    do {
        struct pollfd writable = {.fd = fds[1], .events = POLLOUT};
        if (poll(&writable, 1, 1000) != 1 || writable.revents != POLLOUT)
            return 1;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec);
    return 0;
}

Test(world_threads, a_poll_that_is_told_the_same_for_ever_lets_time_pass)
{
    struct world_outcome outcome = world_of(poll_what_is_ready, 1, NULL);
    cr_assert_eq(outcome.report.finding_count, 0, "%s", outcome.finding.text);
    cr_expect_eq(outcome.end.status, 0);
    cr_expect_lt(outcome.report.events, 200000u);
}

static void *wait_for_flag(void *flag)
{
    struct timespec now;
    while (!*(volatile int *)flag)
        clock_gettime(CLOCK_MONOTONIC, &now); /* no blocking call: only the slice ends its turn */
    return NULL;
}

static int busy_waiting(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    volatile int flag = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_flag, (void *)(uintptr_t)&flag);
    usleep(10);
    flag = 1;
    return pthread_join(thread, NULL);
}

Test(world_threads, a_task_that_never_blocks_lets_the_others_run)
{
    struct world_outcome outcome = world_of(busy_waiting, 1, NULL);
    cr_expect_eq(outcome.report.finding_count, 0, "%s", outcome.finding.text);
    cr_expect_eq(outcome.end.status, 0);
}

static _Thread_local int scrubbed = 7;

static int check_thread_local(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int before = scrubbed + errno;
    scrubbed = 1;
    errno = EBADF;
    return before == 7 ? 0 : 1;
}

Test(world_threads, thread_local_storage_begins_afresh_in_every_world)
{
    for (uint64_t seed = 1; seed <= 3; seed++)
        cr_assert_eq(world_of(check_thread_local, seed, NULL).end.status, 0, "seed %lu", seed);
}

static int leaking(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    void *volatile kept[] = {malloc(1234),
                             calloc(2, 50)}; /* volatile: clang leaves out what nobody looks at */
    return kept[0] && kept[1] ? 0 : 1;
}

Test(world_threads, what_a_process_does_not_free_stands_in_the_ledger)
{
    struct world_outcome outcome = world_of(leaking, 1, NULL);
    cr_expect_eq(outcome.end.live_count, 2);
    cr_expect_eq(outcome.end.live_bytes, 1334);
}

static void *keep_a_value(void *opaque)
{
    pthread_setspecific(*(pthread_key_t *)opaque, opaque);
    sleep(3600);
    return NULL;
}

static int die_with_values(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pthread_key_t key;
    pthread_t thread;
    pthread_key_create(&key, NULL);
    pthread_create(&thread, NULL, keep_a_value, &key);
    sleep(1);
    process_kill(process_current());
    return 0;
}

Test(world_threads, a_kill_gives_back_the_values_of_keys)
{
    struct world_outcome outcome = world_of(die_with_values, 1, NULL);
    cr_expect(outcome.ended && outcome.end.killed);
    cr_expect_eq(outcome.report.engine_live_bytes, 0, "%lu bytes stay", outcome.report.engine_live_bytes);
}

/* Like a library's: it belongs to no process. */
static pthread_mutex_t of_all = PTHREAD_MUTEX_INITIALIZER;
static int64_t second_ns; /* when the second waiter had it */

/* Strikes the one that was woken first, before it can run. */
static int unlock_and_strike(int argc, char **argv)
{
    (void)argc;
    pthread_mutex_lock(&of_all);
    usleep(1000);
    struct process *first = process_by_name("first");
    pthread_mutex_unlock(&of_all);
    if (strcmp(argv[1], "kill") == 0)
        process_kill(first);
    else
        process_pause(first);
    sleep(10);
    process_resume(first);
    return 0;
}

static int take_in_turn(int argc, char **argv)
{
    (void)argc;
    bool is_second = strcmp(argv[0], "second") == 0;
    usleep(is_second ? 200 : 100);
    pthread_mutex_lock(&of_all);
    if (is_second)
        second_ns = schedule_now();
    pthread_mutex_unlock(&of_all);
    return 0;
}

static void expect_second_is_not_held_up(const char *strike)
{
    world_of(world_nothing, 1, NULL); /* warms up */
    second_ns = 0;
    world_begin(&(struct world_options){.choices = CHOICE_ZERO});
    static const char *const names[] = {"holder", "first", "second"};
    for (size_t i = 0; i < 3; i++)
        process_start(&(struct process_spec){.name = names[i],
                                             .host = host_by_number(0) ? host_by_number(0) : host_new("host"),
                                             .main = i ? take_in_turn : unlock_and_strike,
                                             .arguments = (const char *[]){names[i], strike, NULL}});
    world_run();
    cr_expect_eq(world_finding_count(), 0, "%s: %s", strike,
                 world_finding_count() ? world_finding(0)->text : "");
    cr_expect(second_ns > 0 && second_ns < 1000000000, "%s: it had the lock at %ld ns", strike, second_ns);
    world_end(NULL);
}

Test(world_threads, who_was_woken_for_a_librarys_lock_and_is_struck_holds_up_nobody)
{
    expect_second_is_not_held_up("kill");
    expect_second_is_not_held_up("pause");
}

static void *outlive_main(void *argument)
{
    sleep(1);
    return argument;
}

static int leave_early(int argc, char **argv)
{
    (void)argc;
    pthread_t thread;
    if (argv[1])
        pthread_create(&thread, NULL, outlive_main, NULL);
    pthread_exit(NULL);
}

Test(world_threads, a_process_ends_with_its_last_thread)
{
    const char *arguments[] = {NULL, "another thread"};
    for (size_t i = 0; i < 2; i++) {
        struct world_outcome outcome = world_of(leave_early, 1, arguments[i]);
        cr_expect(outcome.ended && !outcome.end.killed && outcome.end.status == 0);
        cr_expect_eq(outcome.report.engine_live_bytes, 0);
    }
}
