/* SPDX-License-Identifier: Apache-2.0 */
/* The dynamic linker, and pure functions of libc that make system calls on the way: let through to the real ones. */
#include <dlfcn.h>
#include <link.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/world/engine.h"
#include "sim/world/world.h"

#define LET_THROUGH(TYPE, CALL)                                                                              \
    do {                                                                                                     \
        struct task *self_ = engine_outside();                                                               \
        TYPE result_ = CALL;                                                                                 \
        engine_inside(self_);                                                                                \
        return result_;                                                                                      \
    } while (0)

void *dlopen(const char *file, int mode)
{
    LET_THROUGH(void *, NEXT(dlopen)(file, mode));
}

int dlclose(void *library)
{
    LET_THROUGH(int, NEXT(dlclose)(library));
}

char *dlerror(void)
{
    LET_THROUGH(char *, NEXT(dlerror)());
}

int dladdr(const void *address, Dl_info *info_out)
{
    LET_THROUGH(int, NEXT(dladdr)(address, info_out));
}

/* Nothing ever forks in the world: what is to run around it is forgotten, instead of kept by libc after the process. */
int __register_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void), void *object);
int __register_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void), void *object)
{
    return task_inside() ? 0 : NEXT(__register_atfork)(before, in_parent, in_child, object);
}

long syscall(long number, ...)
{
    va_list list;
    va_start(list, number);
    long a[6];
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (!task_inside())
        return NEXT(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    switch (number) {
    case SYS_getrandom:
        return getrandom((void *)a[0], (size_t)a[1], (unsigned)a[2]);
    case SYS_gettid:
        return gettid();
    case SYS_getpid:
        return getpid();
    default:
        world_find(FINDING_ESCAPE, "syscall(%ld) in %s", number, engine_task_label(task_self));
        return -1;
    }
}
