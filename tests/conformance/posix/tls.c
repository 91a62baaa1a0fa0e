/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: values of a thread's own, and what happens to them when the thread ends. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"

struct record {
    pthread_key_t key;
    pthread_key_t other;
    tss_t c11;
    atomic_int destroyed;
    int rounds;
};

static void destroy_record(void *value)
{
    struct record *record = value;
    atomic_fetch_add(&record->destroyed, 1);
}

static void *use_key(void *argument)
{
    struct record *record = argument;
    say_whether("a value in a new thread", pthread_getspecific(record->key) != NULL);
    say_error("set", pthread_setspecific(record->key, record));
    say_whether("it is the one set", pthread_getspecific(record->key) == record);
    return NULL;
}

static void a_destructor_runs_when_the_thread_ends(void)
{
    struct record record = {.rounds = 0};
    say_error("create", pthread_key_create(&record.key, destroy_record));
    say_whether("a value at first", pthread_getspecific(record.key) != NULL);
    crew_join(crew_start(use_key, &record));
    say("destroyed %d", atomic_load(&record.destroyed));
    crew_join(crew_start(use_key, &record));
    say("destroyed %d", atomic_load(&record.destroyed));
    say_error("delete", pthread_key_delete(record.key));
}

static void *set_and_exit(void *argument)
{
    struct record *record = argument;
    pthread_setspecific(record->key, record);
    pthread_exit(NULL);
}

static void it_runs_at_pthread_exit_too(void)
{
    struct record record = {.rounds = 0};
    pthread_key_create(&record.key, destroy_record);
    crew_join(crew_start(set_and_exit, &record));
    say("destroyed %d", atomic_load(&record.destroyed));
    pthread_key_delete(record.key);
}

static void *set_and_clear(void *argument)
{
    struct record *record = argument;
    pthread_setspecific(record->key, record);
    pthread_setspecific(record->key, NULL);
    return NULL;
}

static void a_cleared_value_is_not_destroyed(void)
{
    struct record record = {.rounds = 0};
    pthread_key_create(&record.key, destroy_record);
    crew_join(crew_start(set_and_clear, &record));
    say("destroyed %d", atomic_load(&record.destroyed));
    pthread_key_delete(record.key);
}

static void *delete_key(void *argument)
{
    struct record *record = argument;
    pthread_setspecific(record->key, record);
    say_error("delete", pthread_key_delete(record->key));
    return NULL;
}

static void a_deleted_key_destroys_nothing(void)
{
    struct record record = {.rounds = 0};
    pthread_key_create(&record.key, destroy_record);
    crew_join(crew_start(delete_key, &record));
    say("destroyed %d", atomic_load(&record.destroyed));
    say_error("delete again", pthread_key_delete(record.key));
    say_error("set", pthread_setspecific(record.key, &record));
}

static void set_again(void *value)
{
    struct record *record = value;
    say("round %d, value cleared: %s", ++record->rounds, pthread_getspecific(record->key) ? "no" : "yes");
    if (record->rounds < 3)
        pthread_setspecific(record->key, record);
}

static void *only_set(void *argument)
{
    struct record *record = argument;
    pthread_setspecific(record->key, record);
    return NULL;
}

static void destructors_repeat_while_values_are_set(void)
{
    struct record record = {.rounds = 0};
    pthread_key_create(&record.key, set_again);
    crew_join(crew_start(only_set, &record));
    say("rounds %d", record.rounds);
    pthread_key_delete(record.key);
}

static void set_always(void *value)
{
    struct record *record = value;
    record->rounds++;
    pthread_setspecific(record->key, record);
}

static void but_only_so_many_times(void)
{
    struct record record = {.rounds = 0};
    pthread_key_create(&record.key, set_always);
    crew_join(crew_start(only_set, &record));
    say("rounds %d", record.rounds);
    pthread_key_delete(record.key);
}

static void set_the_other(void *value)
{
    struct record *record = value;
    say("first destructor");
    pthread_setspecific(record->other, record);
}

static void say_the_other(void *value)
{
    struct record *record = value;
    record->rounds++;
    say("second destructor");
}

static void a_destructor_may_set_another_value(void)
{
    struct record record = {.rounds = 0};
    pthread_key_create(&record.key, set_the_other);
    pthread_key_create(&record.other, say_the_other);
    crew_join(crew_start(only_set, &record));
    say("rounds %d", record.rounds);
    pthread_key_delete(record.key);
    pthread_key_delete(record.other);
}

static void *keep_own_value(void *argument)
{
    struct record *record = argument;
    int own;
    pthread_setspecific(record->key, &own);
    for (int i = 0; i < 10; i++) {
        sched_yield();
        if (pthread_getspecific(record->key) != &own)
            atomic_fetch_add(&record->destroyed, 1);
    }
    pthread_setspecific(record->key, NULL);
    return NULL;
}

static void values_are_separate(void)
{
    struct record record = {.rounds = 0};
    pthread_key_create(&record.key, NULL);
    pthread_setspecific(record.key, &record);
    crew_run(8, keep_own_value, &record);
    say("mixed up %d", atomic_load(&record.destroyed));
    say_whether("the value here has stayed", pthread_getspecific(record.key) == &record);
    pthread_key_delete(record.key);
}

static void a_key_used_again_starts_empty(void)
{
    pthread_key_t key;
    int value, left_over = 0;
    for (int i = 0; i < 50; i++) {
        pthread_key_create(&key, NULL);
        left_over += pthread_getspecific(key) != NULL;
        pthread_setspecific(key, &value);
        pthread_key_delete(key);
    }
    say("left over %d", left_over);
}

static void *set_two(void *argument)
{
    struct record *record = argument;
    pthread_setspecific(record->key, record);
    pthread_setspecific(record->other, record);
    return NULL;
}

static void every_key_has_its_destructor(void)
{
    struct record record = {.rounds = 0};
    pthread_key_create(&record.key, destroy_record);
    pthread_key_create(&record.other, destroy_record);
    crew_run(4, set_two, &record);
    say("destroyed %d", atomic_load(&record.destroyed));
    pthread_key_delete(record.key);
    pthread_key_delete(record.other);
}

static int c11_use(void *argument)
{
    struct record *record = argument;
    say_whether("a value in a new thread", tss_get(record->c11) != NULL);
    say_thrd("tss_set", tss_set(record->c11, record));
    return 0;
}

static void c11_keys_do_the_same(void)
{
    struct record record = {.rounds = 0};
    thrd_t thread;
    say_thrd("tss_create", tss_create(&record.c11, destroy_record));
    if (thrd_create(&thread, c11_use, &record) == thrd_success)
        thrd_join(thread, NULL);
    say("destroyed %d", atomic_load(&record.destroyed));
    say_whether("a value here", tss_get(record.c11) != NULL);
    tss_delete(record.c11);
}

static void say_cleanup(void *argument)
{
    say("cleanup %s", (const char *)argument);
}

static void *clean_up(void *argument)
{
    pthread_cleanup_push(say_cleanup, "one");
    pthread_cleanup_push(say_cleanup, "two");
    if (argument)
        pthread_exit(NULL);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(0);
    return NULL;
}

static void cleanup_handlers_run_backwards(void)
{
    crew_join(crew_start(clean_up, NULL));
    say("and at pthread_exit:");
    crew_join(crew_start(clean_up, "exit"));
}

const struct likeness_case likeness_tls[] = {
    LIKENESS_CASE(tls, a_destructor_runs_when_the_thread_ends),
    LIKENESS_CASE(tls, it_runs_at_pthread_exit_too),
    LIKENESS_CASE(tls, a_cleared_value_is_not_destroyed),
    LIKENESS_CASE(tls, a_deleted_key_destroys_nothing),
    LIKENESS_CASE(tls, destructors_repeat_while_values_are_set),
    LIKENESS_CASE(tls, but_only_so_many_times),
    LIKENESS_CASE(tls, a_destructor_may_set_another_value),
    LIKENESS_CASE(tls, values_are_separate),
    LIKENESS_CASE(tls, a_key_used_again_starts_empty),
    LIKENESS_CASE(tls, every_key_has_its_destructor),
    LIKENESS_CASE(tls, c11_keys_do_the_same),
    LIKENESS_CASE(tls, cleanup_handlers_run_backwards),
    LIKENESS_END,
};
