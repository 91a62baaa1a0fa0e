/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals between and within simulated processes: handlers, masks, EINTR, signalfd. A handler runs in the task that takes
 * the signal, where one of its calls returns. simplified: no queued (real-time) signals, SA_RESTART only means that a
 * blocking call is not asked to return EINTR, sigwait and timers are not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/world/descriptor.h"
#include "sim/world/world.h"

static uint64_t bit(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

static bool is_valid(int signal)
{
    return signal >= 1 && signal < SIGNALS_MAX;
}

static uint64_t from_set(const sigset_t *set)
{
    uint64_t mask;
    memcpy(&mask, set, sizeof mask); /* the kernel's 64 signals come first */
    return mask;
}

static void to_set(uint64_t mask, sigset_t *set)
{
    memset(set, 0, sizeof *set);
    memcpy(set, &mask, sizeof mask);
}

static bool is_ignored_by_default(int signal)
{
    return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

static void interrupt(struct task *task, int signal)
{
    const struct sigaction *action = &posix_process(task->process)->handlers[signal];
    task->is_interrupted = true;
    if (task->interruptible && (!(action->sa_flags & SA_RESTART) || posix_task(task)->never_restarts))
        schedule_task_ready(task, WAIT_INTERRUPTED);
}

struct signal_file {
    struct open_file file;
    struct process *process;
    struct signal_file *next; /* of the process */
    uint64_t mask;
};

static void wake_signal_files(const struct posix_process *process)
{
    for (struct signal_file *file = process->signal_files; file; file = file->next)
        schedule_wake_all(&file->file.waiters);
}

void signal_post_task(struct task *task, int signal)
{
    posix_task(task)->pending |= bit(signal);
    if (!(posix_task(task)->blocked & bit(signal)))
        interrupt(task, signal);
}

void signal_post(struct process *process, int signal)
{
    struct posix_process *own = posix_process(process);
    const struct sigaction *action = &own->handlers[signal];
    bool is_blocked_everywhere = true;
    for (struct task *task = process->tasks; task && is_blocked_everywhere; task = task->next)
        is_blocked_everywhere = posix_task(task)->blocked & bit(signal);
    if (signal == SIGKILL || (action->sa_handler == SIG_DFL && !is_blocked_everywhere && !is_ignored_by_default(signal))) {
        process_end_by_signal(process, signal);
        return;
    }
    if (action->sa_handler == SIG_IGN || (action->sa_handler == SIG_DFL && is_ignored_by_default(signal)))
        return;
    own->pending |= bit(signal);
    wake_signal_files(own);
    for (struct task *task = process->tasks; task; task = task->next)
        if (!(posix_task(task)->blocked & bit(signal))) {
            interrupt(task, signal);
            return;
        }
}

/* A signal that this task may take now; 0: none. Takes it. */
static int take(struct task *task, uint64_t allowed)
{
    struct posix_process *process = posix_process(task->process);
    uint64_t of_task = posix_task(task)->pending & allowed;
    uint64_t ready = of_task ? of_task : process->pending & allowed;
    if (!ready)
        return 0;
    int signal = __builtin_ctzll(ready) + 1;
    *(of_task ? &posix_task(task)->pending : &process->pending) &= ~bit(signal);
    return signal;
}

bool call_deliver_signals(void)
{
    struct task *self = task_self;
    struct posix_task *own = posix_task(self);
    self->is_interrupted = false;
    bool ran = false;
    for (int signal; (signal = take(self, ~own->blocked)) != 0;) {
        struct sigaction action = posix_process(self->process)->handlers[signal];
        if (action.sa_handler == SIG_IGN)
            continue;
        if (action.sa_handler == SIG_DFL) {
            if (!is_ignored_by_default(signal))
                process_end_by_signal(self->process, signal);
            continue;
        }
        uint64_t before = own->blocked;
        own->blocked |= from_set(&action.sa_mask) | (action.sa_flags & SA_NODEFER ? 0 : bit(signal));
        if (action.sa_flags & SA_RESETHAND)
            posix_process(self->process)->handlers[signal].sa_handler = SIG_DFL;
        if (action.sa_flags & SA_SIGINFO) {
            siginfo_t info = {.si_signo = signal};
            action.sa_sigaction(signal, &info, NULL);
        } else {
            action.sa_handler(signal);
        }
        own->blocked = before;
        ran = true;
    }
    return ran;
}

/* --- what programs call ---------------------------------------------------------------------------------------- */

int sigaction(int signal, const struct sigaction *action, struct sigaction *before_out)
{
    if (!task_inside())
        return NEXT(sigaction)(signal, action, before_out);
    call_enter(CALL_SIGACTION);
    if (!is_valid(signal) || ((signal == SIGKILL || signal == SIGSTOP) && action))
        return (int)call_leave(CALL_SIGACTION, (uint64_t)signal, 0, -EINVAL);
    struct sigaction *own = &posix_process(task_self->process)->handlers[signal];
    if (before_out)
        *before_out = *own;
    if (action)
        *own = *action;
    return (int)call_leave(CALL_SIGACTION, (uint64_t)signal, 0, 0);
}

sighandler_t signal(int number, sighandler_t handler)
{
    if (!task_inside())
        return NEXT(signal)(number, handler);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, before;
    return sigaction(number, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

static int change_mask(int how, const sigset_t *set, sigset_t *before_out)
{
    struct posix_task *own = posix_task(task_self);
    if (before_out)
        to_set(own->blocked, before_out);
    if (!set)
        return 0;
    uint64_t mask = from_set(set);
    switch (how) {
    case SIG_BLOCK:
        own->blocked |= mask;
        break;
    case SIG_UNBLOCK:
        own->blocked &= ~mask;
        break;
    case SIG_SETMASK:
        own->blocked = mask;
        break;
    default:
        return EINVAL;
    }
    own->blocked &= ~(bit(SIGKILL) | bit(SIGSTOP));
    if ((own->pending | posix_process(task_self->process)->pending) & ~own->blocked)
        task_self->is_interrupted = true;
    return 0;
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *before_out)
{
    if (!task_inside())
        return NEXT(pthread_sigmask)(how, set, before_out);
    call_enter(CALL_SIGMASK);
    return call_leave_error(CALL_SIGMASK, (uint64_t)how, change_mask(how, set, before_out));
}

int sigprocmask(int how, const sigset_t *set, sigset_t *before_out)
{
    if (!task_inside())
        return NEXT(sigprocmask)(how, set, before_out);
    call_enter(CALL_SIGMASK);
    return (int)call_leave(CALL_SIGMASK, (uint64_t)how, 0, -change_mask(how, set, before_out));
}

int sigpending(sigset_t *out)
{
    if (!task_inside())
        return NEXT(sigpending)(out);
    struct posix_task *own = posix_task(task_self);
    to_set((own->pending | posix_process(task_self->process)->pending) & own->blocked, out);
    return 0;
}

int raise(int signal)
{
    if (!task_inside())
        return NEXT(raise)(signal);
    call_enter(CALL_KILL);
    if (!is_valid(signal))
        return (int)call_leave(CALL_KILL, 0, (uint64_t)signal, -EINVAL);
    if (posix_process(task_self->process)->handlers[signal].sa_handler == SIG_DFL)
        signal_post(task_self->process, signal);
    else
        signal_post_task(task_self, signal);
    return (int)call_leave(CALL_KILL, 0, (uint64_t)signal, 0);
}

int kill(pid_t pid, int signal)
{
    if (!task_inside())
        return NEXT(kill)(pid, signal);
    call_enter(CALL_KILL);
    if (signal != 0 && !is_valid(signal))
        return (int)call_leave(CALL_KILL, (uint64_t)pid, (uint64_t)signal, -EINVAL);
    struct process *target = pid == getpid() ? task_self->process : NULL;
    if (!target) /* one simulated process does not know the others */
        return (int)call_leave(CALL_KILL, (uint64_t)pid, (uint64_t)signal, -ESRCH);
    if (signal)
        signal_post(target, signal);
    return (int)call_leave(CALL_KILL, (uint64_t)pid, (uint64_t)signal, 0);
}

int pthread_kill(pthread_t thread, int signal)
{
    if (!task_inside())
        return NEXT(pthread_kill)(thread, signal);
    call_enter(CALL_THREAD_KILL);
    struct task *target = task_by_number((uint32_t)thread);
    int error = !target || target->process != task_self->process ? ESRCH : signal && !is_valid(signal) ? EINVAL : 0;
    if (!error && signal) {
        if (posix_process(task_self->process)->handlers[signal].sa_handler == SIG_DFL)
            signal_post(task_self->process, signal);
        else
            signal_post_task(target, signal);
    }
    return call_leave_error(CALL_THREAD_KILL, (uint64_t)signal, error);
}

/* --- signalfd -------------------------------------------------------------------------------------------------- */

static ssize_t signal_file_read(struct open_file *open, const struct iovec *iov, int count)
{
    struct signal_file *file = SCHEDULE_OWNER(open, struct signal_file, file);
    struct signalfd_siginfo info = {0};
    if (count < 1 || iov[0].iov_len < sizeof info)
        return -EINVAL;
    int signal = take(task_self, file->mask);
    if (!signal)
        return -EAGAIN;
    info.ssi_signo = (uint32_t)signal;
    memcpy(iov[0].iov_base, &info, sizeof info);
    return sizeof info;
}

static ssize_t signal_file_write(struct open_file *open, const struct iovec *iov, int count)
{
    (void)open;
    (void)iov;
    (void)count;
    return -EINVAL;
}

static short signal_file_poll(struct open_file *open)
{
    const struct signal_file *file = SCHEDULE_OWNER(open, struct signal_file, file);
    uint64_t pending = posix_process(file->process)->pending | (task_self ? posix_task(task_self)->pending : 0);
    return pending & file->mask ? POLLIN : 0;
}

static void signal_file_close(struct open_file *open)
{
    struct signal_file *file = SCHEDULE_OWNER(open, struct signal_file, file);
    struct signal_file **at = &posix_process(file->process)->signal_files;
    while (*at != file)
        at = &(*at)->next;
    *at = file->next;
    world_free(file);
}

static const struct file_operations signal_file_operations = {
    .kind = FILE_SIGNAL,
    .read = signal_file_read,
    .write = signal_file_write,
    .poll = signal_file_poll,
    .close = signal_file_close,
};

int signalfd(int fd, const sigset_t *mask, int flags)
{
    if (!task_inside())
        return NEXT(signalfd)(fd, mask, flags);
    call_enter(CALL_SIGNALFD);
    struct process *process = task_self->process;
    if (fd != -1) {
        struct open_file *known = descriptor_get(process, fd);
        int64_t result = !known ? -EBADF : known->operations != &signal_file_operations ? -EINVAL : fd;
        if (result == fd)
            SCHEDULE_OWNER(known, struct signal_file, file)->mask = from_set(mask);
        return (int)call_leave(CALL_SIGNALFD, 0, 0, result);
    }
    struct signal_file *file = world_alloc(sizeof *file);
    open_file_init(&file->file, &signal_file_operations, flags & SFD_NONBLOCK ? O_NONBLOCK : 0);
    file->process = process;
    file->mask = from_set(mask);
    int64_t result = descriptor_open(process, &file->file, flags & SFD_CLOEXEC);
    if (result < 0) {
        world_free(file);
    } else {
        file->next = posix_process(process)->signal_files;
        posix_process(process)->signal_files = file;
    }
    return (int)call_leave(CALL_SIGNALFD, 0, 0, result);
}
