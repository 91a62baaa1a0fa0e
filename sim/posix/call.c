/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/posix/call.h"

#include <dlfcn.h>
#include <string.h>
#include "sim/posix/posix.h"
#include "sim/world/process.h"

static const char *const names[] = {
#define CALL_NAME(NAME, TEXT) TEXT,
    CALLS(CALL_NAME)
#undef CALL_NAME
};

__attribute__((constructor)) static void name_calls(void)
{
    history_set_names(names, sizeof names / sizeof names[0]);
}

void *call_libc(const char *name)
{
    struct task *self = task_self;
    task_self = NULL;
    /* dlsym gives the oldest of several versions; these changed their layout once. */
    bool is_condition = strncmp(name, "pthread_cond_", 13) == 0;
    void *function = is_condition ? dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2") : NULL;
    if (!function)
        function = dlsym(RTLD_NEXT, name);
    task_self = self;
    return function;
}

/* What the outside can see of a task: after each a preemption is drawn. Locks and clock reads are too many. */
static inline bool is_semantic(enum call call)
{
    return call >= CALL_SOCKET || call == CALL_THREAD_CREATE || call == CALL_COND_WAIT;
}

void call_enter(enum call call)
{
    schedule_point();
    process_call_point((uint32_t)call);
}

static __attribute__((noinline)) void finish_seen(enum call call)
{
    if (is_semantic(call))
        schedule_semantic_event();
    process_call_point((uint32_t)call);
    if (task_self->is_interrupted)
        call_deliver_signals();
}

/* Most calls are locks that nobody sees, with no kill planned or asked for and no signal waiting: they only ask. */
static inline void finish(enum call call)
{
    const struct task *self = task_self;
    const struct process *process = self->process;
    bool is_awaited = process->kill_countdown != 0 || process->is_asked || self->is_interrupted;
    if (is_semantic(call) || __builtin_expect(is_awaited, 0))
        finish_seen(call);
}

int64_t call_leave(enum call call, uint64_t a, uint64_t b, int64_t result)
{
    int before = errno;
    history_call((uint32_t)call, a, b, (uint64_t)result);
    finish(call);
    errno = result < 0 ? (int)-result : before;
    return result < 0 ? -1 : result;
}

int call_leave_error(enum call call, uint64_t a, int error)
{
    history_call((uint32_t)call, a, 0, (uint64_t)error);
    finish(call);
    return error;
}
