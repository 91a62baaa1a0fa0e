/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: threads by both interfaces: starting, ending, joining, and their own variables. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void *add_one(void *argument)
{
    return (void *)((intptr_t)argument + 1);
}

static void join_gives_what_was_returned(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = crew_start(add_one, (void *)(intptr_t)(i * 10));
    for (int i = 3; i >= 0; i--)
        say("thread %d: %ld", i, (long)(intptr_t)crew_join(threads[i]));
    pthread_t thread = crew_start(add_one, NULL);
    say_error("join without a place for it", pthread_join(thread, NULL));
}

static void leave_early(void)
{
    pthread_exit("from below");
}

static void *call_leave_early(void *argument)
{
    leave_early();
    return argument;
}

static void a_thread_may_exit_from_anywhere(void)
{
    say("%s", (char *)crew_join(crew_start(call_leave_early, "not reached")));
}

static void a_finished_thread_can_be_joined_late(void)
{
    pthread_t thread = crew_start(add_one, (void *)41);
    moment_sleep_ms(5);
    say("%ld", (long)(intptr_t)crew_join(thread));
}

static void *sleep_then_say(void *argument)
{
    moment_sleep_ms(5);
    say("the thread ends");
    return argument;
}

static void join_waits(void)
{
    pthread_t thread = crew_start(sleep_then_say, NULL);
    crew_join(thread);
    say("joined");
}

static void *compare_self(void *argument)
{
    pthread_t *creator = argument;
    say_whether("the thread is its creator", pthread_equal(*creator, pthread_self()));
    say_whether("the thread is itself", pthread_equal(pthread_self(), pthread_self()));
    return (void *)pthread_self();
}

static void threads_know_themselves(void)
{
    pthread_t self = pthread_self();
    pthread_t thread = crew_start(compare_self, &self);
    pthread_t reported = (pthread_t)crew_join(thread);
    say_whether("it is the thread that was made", pthread_equal(thread, reported));
    say_error("joining oneself", pthread_join(pthread_self(), NULL));
}

static void *signal_the_end(void *argument)
{
    atomic_store((atomic_int *)argument, 1);
    return NULL;
}

static void wait_for(atomic_int *flag)
{
    while (!atomic_load(flag))
        sched_yield();
}

static void detached_threads_run_on_their_own(void)
{
    /* Static: the thread may still be on its way out when the case returns. */
    static atomic_int done;
    atomic_store(&done, 0);
    pthread_t thread = crew_start(signal_the_end, &done);
    say_error("pthread_detach", pthread_detach(thread));
    wait_for(&done);
    say("the detached thread ran");

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    int state = -1;
    pthread_attr_getdetachstate(&attributes, &state);
    say_whether("joinable unless asked otherwise", state == PTHREAD_CREATE_JOINABLE);
    say_error("attribute", pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED));
    atomic_store(&done, 0);
    say_error("pthread_create", pthread_create(&thread, &attributes, signal_the_end, &done));
    wait_for(&done);
    say("the thread made detached ran");
    pthread_attr_destroy(&attributes);
}

static void *fill_stack(void *argument)
{
    volatile char bytes[100 * 1024];
    for (size_t i = 0; i < sizeof(bytes); i += 512)
        bytes[i] = (char)i;
    return argument;
}

static void the_stack_is_as_large_as_asked(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    say_error("256 KB", pthread_attr_setstacksize(&attributes, 256 * 1024));
    size_t bytes = 0;
    pthread_attr_getstacksize(&attributes, &bytes);
    say("%zu", bytes);
    say_error("1 KB", pthread_attr_setstacksize(&attributes, 1024));
    pthread_t thread;
    say_error("pthread_create", pthread_create(&thread, &attributes, fill_stack, "used 100 KB"));
    say("%s", (char *)crew_join(thread));
    pthread_attr_destroy(&attributes);
}

static _Thread_local int own_number = 17;
static _Thread_local char own_text[8];

static void *use_own_variables(void *argument)
{
    bool fresh = own_number == 17 && own_text[0] == 0;
    own_number = 99;
    strcpy(own_text, "mine");
    sched_yield();
    bool kept = own_number == 99 && !strcmp(own_text, "mine");
    if (fresh && kept)
        atomic_fetch_add((atomic_int *)argument, 1);
    return NULL;
}

static void every_thread_has_fresh_variables_of_its_own(void)
{
    atomic_int good = 0;
    own_number = 5;
    strcpy(own_text, "main");
    crew_run(8, use_own_variables, &good);
    crew_run(8, use_own_variables, &good);
    say("good %d of 16; here %d %s", atomic_load(&good), own_number, own_text);
    own_number = 17;
    own_text[0] = 0;
}

static void *have_own_errno(void *argument)
{
    say_error("errno of a new thread", errno);
    close(-1);
    return argument;
}

static void every_thread_has_its_own_errno(void)
{
    errno = EPERM;
    crew_join(crew_start(have_own_errno, NULL));
    say_error("errno here", errno);
}

static int c11_body(void *argument)
{
    return *(int *)argument * 2;
}

static int c11_exit(void *argument)
{
    (void)argument;
    thrd_exit(-3);
}

static void c11_threads_return_numbers(void)
{
    thrd_t thread;
    int number = 21, result = 0;
    say_thrd("thrd_create", thrd_create(&thread, c11_body, &number));
    say_thrd("thrd_join", thrd_join(thread, &result));
    say("%d", result);
    say_thrd("thrd_create", thrd_create(&thread, c11_exit, NULL));
    say_thrd("thrd_join", thrd_join(thread, &result));
    say("%d", result);
    say_whether("thrd_current is itself", thrd_equal(thrd_current(), thrd_current()));
    thrd_yield();
    say_call("thrd_sleep", thrd_sleep(&(struct timespec){.tv_nsec = 1000000}, NULL));
}

static int c11_signal_the_end(void *argument)
{
    atomic_store((atomic_int *)argument, 1);
    return 0;
}

static void c11_threads_can_be_detached(void)
{
    static atomic_int done;
    atomic_store(&done, 0);
    thrd_t thread;
    thrd_create(&thread, c11_signal_the_end, &done);
    say_thrd("thrd_detach", thrd_detach(thread));
    wait_for(&done);
    say("it ran");
}

static void *start_another(void *argument)
{
    int depth = *(int *)argument - 1;
    if (depth > 0)
        crew_join(crew_start(start_another, &depth));
    say("depth %d", depth);
    return NULL;
}

static void threads_start_threads(void)
{
    int depth = 5;
    crew_join(crew_start(start_another, &depth));
}

static void many_threads_come_and_go(void)
{
    long sum = 0;
    for (int i = 0; i < 200; i++)
        sum += (long)(intptr_t)crew_join(crew_start(add_one, (void *)(intptr_t)i));
    say("sum %ld", sum);
}

static void a_thread_can_be_named(void)
{
    char name[16] = "";
    say_error("pthread_setname_np", pthread_setname_np(pthread_self(), "worker"));
    say_error("pthread_getname_np", pthread_getname_np(pthread_self(), name, sizeof(name)));
    say("%s", name);
    say_error("too long a name", pthread_setname_np(pthread_self(), "a name of 16 chr"));
}

const struct likeness_case likeness_thread[] = {
    LIKENESS_CASE(thread, join_gives_what_was_returned),
    LIKENESS_CASE(thread, a_thread_may_exit_from_anywhere),
    LIKENESS_CASE(thread, a_finished_thread_can_be_joined_late),
    LIKENESS_CASE(thread, join_waits),
    LIKENESS_CASE(thread, threads_know_themselves),
    LIKENESS_CASE(thread, detached_threads_run_on_their_own),
    LIKENESS_CASE(thread, the_stack_is_as_large_as_asked),
    LIKENESS_CASE(thread, every_thread_has_fresh_variables_of_its_own),
    LIKENESS_CASE(thread, every_thread_has_its_own_errno),
    LIKENESS_CASE(thread, c11_threads_return_numbers),
    LIKENESS_CASE(thread, c11_threads_can_be_detached),
    LIKENESS_CASE(thread, threads_start_threads),
    LIKENESS_CASE(thread, many_threads_come_and_go),
    LIKENESS_CASE(thread, a_thread_can_be_named),
    LIKENESS_END,
};
