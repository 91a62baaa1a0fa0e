/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Likeness: things that happen once. The routine takes no argument, so the count of its runs is static; each
 * case starts by setting it back, and has its own flag on the heap.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <threads.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static atomic_int runs;
static atomic_int finished;

static void run_slowly(void)
{
    atomic_fetch_add(&runs, 1);
    moment_sleep_ms(5);
    atomic_store(&finished, 1);
}

struct flags {
    pthread_once_t posix;
    once_flag c11;
    atomic_int too_early;
};

static struct flags *flags_new(void)
{
    struct flags *flags = malloc(sizeof(*flags));
    pthread_once_t posix = PTHREAD_ONCE_INIT;
    once_flag c11 = ONCE_FLAG_INIT;
    flags->posix = posix;
    flags->c11 = c11;
    atomic_init(&flags->too_early, 0);
    atomic_store(&runs, 0);
    atomic_store(&finished, 0);
    return flags;
}

static void *posix_once(void *argument)
{
    struct flags *flags = argument;
    pthread_once(&flags->posix, run_slowly);
    if (!atomic_load(&finished))
        atomic_fetch_add(&flags->too_early, 1);
    return NULL;
}

static void *c11_once(void *argument)
{
    struct flags *flags = argument;
    call_once(&flags->c11, run_slowly);
    if (!atomic_load(&finished))
        atomic_fetch_add(&flags->too_early, 1);
    return NULL;
}

static void one_thread_runs_it_once(void)
{
    struct flags *flags = flags_new();
    say_error("first", pthread_once(&flags->posix, run_slowly));
    say_error("second", pthread_once(&flags->posix, run_slowly));
    call_once(&flags->c11, run_slowly);
    call_once(&flags->c11, run_slowly);
    say("runs %d", atomic_load(&runs));
    free(flags);
}

static void of_many_threads_one_runs_it_and_all_wait(void)
{
    struct flags *flags = flags_new();
    crew_run(8, posix_once, flags);
    say("runs %d, too early %d", atomic_load(&runs), atomic_load(&flags->too_early));
    free(flags);
}

static void c11_does_the_same(void)
{
    struct flags *flags = flags_new();
    crew_run(8, c11_once, flags);
    say("runs %d, too early %d", atomic_load(&runs), atomic_load(&flags->too_early));
    free(flags);
}

const struct likeness_case likeness_once[] = {
    LIKENESS_CASE(once, one_thread_runs_it_once),
    LIKENESS_CASE(once, of_many_threads_one_runs_it_and_all_wait),
    LIKENESS_CASE(once, c11_does_the_same),
    LIKENESS_END,
};
