/* SPDX-License-Identifier: Apache-2.0 */
/* What a process knows of itself and its machine: environment variables, ids, limits, configuration values. */
#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/world/descriptor.h"
#include "sim/world/host.h"
#include "sim/world/world.h"

enum { FIRST_PID = 1000, USER_ID = 1000, PROCESSORS = 4, PAGE_BYTES = 4096, MEMORY_PAGES = 1 << 20 };

static pid_t own_pid(void)
{
    const struct process *process = task_self->process;
    return (pid_t)(FIRST_PID * process->incarnation + process->number);
}

/* --- environment variables ------------------------------------------------------------------------------------- */

static char **find_variable(struct posix_process *own, const char *name, size_t name_bytes)
{
    for (size_t i = 0; i < own->environment_count; i++)
        if (strncmp(own->environment[i], name, name_bytes) == 0 && own->environment[i][name_bytes] == '=')
            return &own->environment[i];
    return NULL;
}

char *getenv(const char *name)
{
    if (!task_inside())
        return NEXT(getenv)(name);
    char **variable = find_variable(posix_process(task_self->process), name, strlen(name));
    call_note(CALL_GETENV, 0, variable != NULL);
    return variable ? *variable + strlen(name) + 1 : NULL;
}

char *secure_getenv(const char *name)
{
    return task_inside() ? getenv(name) : NEXT(secure_getenv)(name);
}

static void put_variable(struct posix_process *own, const char *name, char *assignment)
{
    char **known = find_variable(own, name, strlen(name));
    if (known) {
        world_free(*known);
        *known = assignment;
        return;
    }
    if (own->environment_count + 1 >= own->environment_capacity) {
        own->environment_capacity = own->environment_capacity * 2 + 16;
        own->environment = world_resize(own->environment, own->environment_capacity * sizeof(char *));
    }
    own->environment[own->environment_count++] = assignment;
}

static int set_variable(const char *name, const char *value, bool overwrite)
{
    struct posix_process *own = posix_process(task_self->process);
    if (!*name || strchr(name, '=')) {
        errno = EINVAL;
        return -1;
    }
    size_t name_bytes = strlen(name), value_bytes = strlen(value);
    if (!overwrite && find_variable(own, name, name_bytes))
        return 0;
    char *assignment = world_alloc(name_bytes + value_bytes + 2);
    memcpy(assignment, name, name_bytes);
    assignment[name_bytes] = '=';
    memcpy(assignment + name_bytes + 1, value, value_bytes);
    put_variable(own, name, assignment);
    return 0;
}

int setenv(const char *name, const char *value, int overwrite)
{
    return task_inside() ? set_variable(name, value, overwrite) : NEXT(setenv)(name, value, overwrite);
}

int unsetenv(const char *name)
{
    if (!task_inside())
        return NEXT(unsetenv)(name);
    if (!*name || strchr(name, '=')) {
        errno = EINVAL;
        return -1;
    }
    struct posix_process *own = posix_process(task_self->process);
    char **variable = find_variable(own, name, strlen(name));
    if (variable) {
        world_free(*variable);
        *variable = own->environment[--own->environment_count];
    }
    return 0;
}

/* --- ids and limits -------------------------------------------------------------------------------------------- */

pid_t getpid(void)
{
    if (!task_inside())
        return NEXT(getpid)();
    call_note(CALL_GETPID, 0, (uint64_t)own_pid());
    return own_pid();
}

pid_t getppid(void)
{
    return task_inside() ? 1 : NEXT(getppid)();
}

pid_t gettid(void)
{
    return task_inside() ? (pid_t)(own_pid() * 100 + (pid_t)task_self->number) : NEXT(gettid)();
}

#define ID_FUNCTION(TYPE, NAME)                                                                              \
    TYPE NAME(void)                                                                                          \
    {                                                                                                        \
        return task_inside() ? USER_ID : NEXT(NAME)();                                                       \
    }
ID_FUNCTION(uid_t, getuid)
ID_FUNCTION(uid_t, geteuid)
ID_FUNCTION(gid_t, getgid)
ID_FUNCTION(gid_t, getegid)

long sysconf(int name)
{
    if (!task_inside())
        return NEXT(sysconf)(name);
    call_note(CALL_SYSCONF, (uint64_t)name, 0);
    switch (name) {
    case _SC_NPROCESSORS_ONLN:
    case _SC_NPROCESSORS_CONF:
        return PROCESSORS;
    case _SC_PAGESIZE:
        return PAGE_BYTES;
    case _SC_PHYS_PAGES:
    case _SC_AVPHYS_PAGES:
        return MEMORY_PAGES;
    case _SC_OPEN_MAX:
        return DESCRIPTORS_MAX;
    case _SC_CLK_TCK:
        return 100;
    case _SC_IOV_MAX:
        return 1024;
    case _SC_HOST_NAME_MAX:
        return HOST_NAME_MAX_BYTES;
    case _SC_GETPW_R_SIZE_MAX:
    case _SC_GETGR_R_SIZE_MAX:
        return 1024;
    default:
        errno = EINVAL;
        return -1;
    }
}

int get_nprocs(void)
{
    return task_inside() ? PROCESSORS : NEXT(get_nprocs)();
}

int getpagesize(void)
{
    return PAGE_BYTES;
}

int getrlimit(__rlimit_resource_t resource, struct rlimit *out)
{
    if (!task_inside())
        return NEXT(getrlimit)(resource, out);
    rlim_t limit = resource == RLIMIT_NOFILE ? DESCRIPTORS_MAX : RLIM_INFINITY;
    *out = (struct rlimit){.rlim_cur = limit, .rlim_max = limit};
    return 0;
}

int getrusage(__rusage_who_t who, struct rusage *out)
{
    if (!task_inside())
        return NEXT(getrusage)(who, out);
    memset(out, 0, sizeof *out);
    return 0;
}

int uname(struct utsname *out)
{
    if (!task_inside())
        return NEXT(uname)(out);
    *out = (struct utsname){.sysname = "Linux", .release = "6.1.0", .version = "#1", .machine = "x86_64"};
    strncpy(out->nodename, task_self->process->host->name, sizeof out->nodename - 1);
    return 0;
}

int __gethostname_chk(char *name_out, size_t bytes, size_t room);
int __gethostname_chk(char *name_out, size_t bytes, size_t room)
{
    assert(bytes <= room);
    return gethostname(name_out, bytes);
}

/* One user without an entry, as in a small container. */
int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t bytes, struct passwd **out)
{
    if (!task_inside())
        return NEXT(getpwuid_r)(uid, entry, buffer, bytes, out);
    *out = NULL;
    return 0;
}
