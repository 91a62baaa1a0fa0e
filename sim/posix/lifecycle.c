/* SPDX-License-Identifier: Apache-2.0 */
/* How a simulated process begins and ends: arguments, descriptors 0 to 2, main, exit handlers, assertions. */
#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/file.h"
#include "sim/posix/posix.h"
#include "sim/world/arena.h"
#include "sim/world/descriptor.h"
#include "sim/world/engine.h"
#include "sim/world/stack.h"
#include "sim/world/world.h"

/* --- descriptors 0, 1 and 2 ------------------------------------------------------------------------------------ */

struct output {
    struct open_file file;
    struct process *process;
    int fd;
};

static ssize_t output_read(struct open_file *open, const struct iovec *iov, int count)
{
    (void)open;
    (void)iov;
    (void)count;
    return 0; /* standard input is at its end */
}

static ssize_t output_write(struct open_file *open, const struct iovec *iov, int count)
{
    struct output *output = SCHEDULE_OWNER(open, struct output, file);
    const struct process_spec *spec = &output->process->spec;
    ssize_t total = 0;
    struct task *self = engine_outside();
    for (int i = 0; i < count; i++) {
        if (spec->on_output)
            spec->on_output(spec->opaque, output->process, output->fd, iov[i].iov_base, iov[i].iov_len);
        total += (ssize_t)iov[i].iov_len;
    }
    engine_inside(self);
    return total;
}

static short output_poll(struct open_file *open)
{
    (void)open;
    return POLLIN | POLLOUT;
}

static void output_close(struct open_file *open)
{
    world_free(SCHEDULE_OWNER(open, struct output, file));
}

static const struct file_operations output_operations = {
    .kind = FILE_OUTPUT,
    .read = output_read,
    .write = output_write,
    .poll = output_poll,
    .close = output_close,
};

/* --- hooks ----------------------------------------------------------------------------------------------------- */

static void on_start(struct process *process)
{
    struct posix_process *own = world_alloc(sizeof *own);
    process->posix = own;
    own->random_state = 1;
    for (const char *const *variable = process->spec.environment; *variable; variable++)
        own->environment_count++;
    own->environment_capacity = own->environment_count + 16;
    own->environment = world_alloc(own->environment_capacity * sizeof(char *));
    for (size_t i = 0; i < own->environment_count; i++)
        own->environment[i] = world_strdup(process->spec.environment[i]);
    for (int fd = 0; fd <= 2; fd++) {
        struct output *output = world_alloc(sizeof *output);
        open_file_init(&output->file, &output_operations, O_RDWR);
        output->process = process;
        output->fd = fd;
        descriptor_open_at(process, fd, &output->file, false);
    }
    file_start(process);
}

static int run_main(struct process *process)
{
    int count = 0;
    while (process->spec.arguments[count])
        count++;
    /* The program may change its arguments: they are its own copies, on its own stack. */
    char *arguments[PROCESS_ARGUMENTS_MAX + 1];
    for (int i = 0; i < count; i++) {
        size_t bytes = strlen(process->spec.arguments[i]) + 1;
        arguments[i] = memcpy(__builtin_alloca(bytes), process->spec.arguments[i], bytes);
    }
    arguments[count] = NULL;
    int status = process->spec.main(count, arguments);
    posix_exit(status);
}

static void on_drop(struct process *process)
{
    struct posix_process *own = posix_process(process);
    while (own->exit_handlers) {
        struct exit_handler *next = own->exit_handlers->next;
        world_free(own->exit_handlers);
        own->exit_handlers = next;
    }
    for (size_t i = 0; i < own->environment_count; i++)
        world_free(own->environment[i]);
    world_free(own->environment);
    world_free(own);
    file_end(process);
    process->posix = NULL;
    key_forget(process);
}

static void on_exit_without_handlers(struct process *process)
{
    (void)process;
}

static const struct process_hooks hooks = {
    .on_start = on_start,
    .run = run_main,
    .on_exit = on_exit_without_handlers,
    .on_drop = on_drop,
    .on_signal = signal_from_outside,
    .on_task = posix_task_init,
    .on_task_drop = posix_task_drop,
};

static int compare_bytes(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

__attribute__((constructor)) static void set_hooks(void)
{
    process_set_hooks(&hooks);
    /* What libc asks the kernel once, it asks before any world: a fixed time zone, how much memory qsort may use. */
    setenv("TZ", "UTC0", 1);
    tzset();
    static char many[2048];
    qsort(many, sizeof many, 1, compare_bytes);
}

/* --- the end --------------------------------------------------------------------------------------------------- */

void posix_exit(int status)
{
    struct process *process = task_self->process;
    struct posix_process *own = posix_process(process);
    while (own->exit_handlers) {
        struct exit_handler *handler = own->exit_handlers;
        own->exit_handlers = handler->next;
        void (*function)(void *) = handler->function;
        void *argument = handler->argument;
        world_free(handler);
        if (!world_is_warming_up()) /* what the warm-up set up is the image's, and stays */
            function(argument);
    }
    posix_task_leave(task_self);
    stdio_flush_all(process);
    call_enter(CALL_EXIT);
    process_exit(status);
}

int __cxa_atexit(void (*function)(void *), void *argument, void *object);
int __cxa_atexit(void (*function)(void *), void *argument, void *object)
{
    if (!task_inside())
        return NEXT(__cxa_atexit)(function, argument, object);
    struct posix_process *own = posix_process(task_self->process);
    struct exit_handler *handler = world_alloc(sizeof *handler);
    *handler = (struct exit_handler){own->exit_handlers, function, argument};
    own->exit_handlers = handler;
    return 0;
}

static void call_plain(void *function)
{
    ((void (*)(void))(uintptr_t)function)();
}

int atexit(void (*function)(void))
{
    return __cxa_atexit(call_plain, (void *)(uintptr_t)function, NULL);
}

void exit(int status)
{
    if (task_inside())
        posix_exit(status);
    NEXT(exit)(status);
    __builtin_unreachable();
}

void _exit(int status)
{
    if (task_inside()) {
        call_enter(CALL_EXIT);
        process_exit(status);
    }
    NEXT(_exit)(status);
    __builtin_unreachable();
}

void _Exit(int status)
{
    _exit(status);
}

static _Noreturn void crash(const char *what)
{
    char text[2000];
    struct task *self = engine_outside();
    struct process *process = self->process;
    bool is_fault = process->allocations_failed > 0;
    if (is_fault || (process->spec.on_crash && process->spec.on_crash(process->spec.opaque, process, what))) {
        engine_inside(self);
        process_end_by_signal(process, SIGABRT);
    }
    stack_describe_own(2, text, sizeof text);
    world_find(FINDING_CRASH, "%s in %s\n%s", what, engine_task_label(self), text);
    engine_inside(self);
    engine_leave();
}

void abort(void)
{
    if (task_inside())
        crash("abort()");
    NEXT(abort)();
    __builtin_unreachable();
}

void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function)
{
    if (!task_inside()) {
        NEXT(__assert_fail)(assertion, file, line, function);
        __builtin_unreachable();
    }
    char what[600];
    snprintf(what, sizeof what, "assertion \"%s\" failed at %s:%u (%s)", assertion, file, line, function);
    crash(what);
}

void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
    if (task_inside())
        crash("stack smashing");
    NEXT(__stack_chk_fail)();
}
