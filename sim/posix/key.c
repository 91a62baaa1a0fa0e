/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread-specific data. Keys made outside the world are libc's numbers (below KEY_FIRST) and mean the same inside, but
 * with values of the task's own; keys made inside are numbered from KEY_FIRST on. Keys that the warm-up made live in the
 * image's statics and stay; the others go with their process.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <threads.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/world/world.h"

enum { KEY_FIRST = 1024, KEYS_MAX = 2048, DESTRUCTOR_ROUNDS = PTHREAD_DESTRUCTOR_ITERATIONS };

struct key {
    bool is_used, is_of_image;
    uint32_t process;
    void (*destructor)(void *value);
};

static struct key keys[KEYS_MAX]; /* by key - KEY_FIRST */

/* The sanitizer keeps its idea of the running thread under a key of libc's: the parked thread's own. */
#ifdef MILLRACE_ASAN
#define IS_SIMULATED(KEY) (task_inside() && (KEY) >= KEY_FIRST)
#else
#define IS_SIMULATED(KEY) task_inside()
#endif

static int key_new(unsigned *out, void (*destructor)(void *))
{
    for (unsigned i = 0; i < KEYS_MAX; i++)
        if (!keys[i].is_used) {
            keys[i] = (struct key){.is_used = true,
                                   .is_of_image = world_is_warming_up(),
                                   .process = task_self->process->number,
                                   .destructor = destructor};
            *out = KEY_FIRST + i;
            return 0;
        }
    return EAGAIN;
}

static int key_delete(unsigned number)
{
    if (number < KEY_FIRST || number >= KEY_FIRST + KEYS_MAX || !keys[number - KEY_FIRST].is_used)
        return EINVAL;
    /* A key of that number made later starts without a value in every thread. */
    for (struct task *task = task_self->process->tasks; task; task = task->next)
        if (number < posix_task(task)->specific_count)
            posix_task(task)->specific[number] = NULL;
    if (!keys[number - KEY_FIRST].is_of_image || world_is_warming_up())
        keys[number - KEY_FIRST].is_used = false;
    return 0;
}

static void *key_get(unsigned number)
{
    struct posix_task *own = posix_task(task_self);
    return number < own->specific_count ? own->specific[number] : NULL;
}

static int key_set(unsigned number, const void *value)
{
    struct posix_task *own = posix_task(task_self);
    if (number >= KEY_FIRST + KEYS_MAX || (number >= KEY_FIRST && !keys[number - KEY_FIRST].is_used))
        return EINVAL;
    if (number >= own->specific_count) {
        uint32_t count = own->specific_count ? own->specific_count : KEYS_FIRST_GROWTH;
        while (count <= number)
            count *= 2;
        own->specific = world_resize(own->specific, count * sizeof(void *));
        memset(own->specific + own->specific_count, 0, (count - own->specific_count) * sizeof(void *));
        own->specific_count = count;
    }
    own->specific[number] = (void *)(uintptr_t)value;
    return 0;
}

void key_forget(const struct process *process)
{
    for (unsigned i = 0; i < KEYS_MAX; i++)
        if (keys[i].is_used && !keys[i].is_of_image && keys[i].process == process->number)
            keys[i].is_used = false;
}

void key_run_destructors(struct task *task)
{
    struct posix_task *own = posix_task(task);
    for (int round = 0; round < DESTRUCTOR_ROUNDS; round++) {
        bool any = false;
        for (uint32_t number = KEY_FIRST; number < own->specific_count; number++) {
            void *value = own->specific[number];
            const struct key *key = &keys[number - KEY_FIRST];
            if (!value || !key->is_used || !key->destructor)
                continue;
            own->specific[number] = NULL;
            key->destructor(value);
            any = true;
        }
        if (!any)
            return;
    }
}

int pthread_key_create(pthread_key_t *out, void (*destructor)(void *))
{
    return task_inside() ? key_new(out, destructor) : NEXT(pthread_key_create)(out, destructor);
}

int pthread_key_delete(pthread_key_t key)
{
    return task_inside() ? key_delete(key) : NEXT(pthread_key_delete)(key);
}

void *pthread_getspecific(pthread_key_t key)
{
    return IS_SIMULATED(key) ? key_get(key) : NEXT(pthread_getspecific)(key);
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    return IS_SIMULATED(key) ? key_set(key, value) : NEXT(pthread_setspecific)(key, value);
}

int tss_create(tss_t *out, tss_dtor_t destructor)
{
    if (!task_inside())
        return NEXT(tss_create)(out, destructor);
    return key_new(out, destructor) == 0 ? thrd_success : thrd_error;
}

void tss_delete(tss_t key)
{
    if (task_inside())
        key_delete(key);
    else
        NEXT(tss_delete)(key);
}

void *tss_get(tss_t key)
{
    return task_inside() ? key_get(key) : NEXT(tss_get)(key);
}

int tss_set(tss_t key, void *value)
{
    if (!task_inside())
        return NEXT(tss_set)(key, value);
    return key_set(key, value) == 0 ? thrd_success : thrd_error;
}
