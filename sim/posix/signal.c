/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals between and within simulated processes: handlers, masks, EINTR, sigwait, signalfd. A handler runs in the task that
 * takes the signal, where one of its calls returns, or in the middle of a wait that goes on after it (a lock; SA_RESTART).
 * simplified: no queued (real-time) signals, no alternate stack, no timers, no context for SA_SIGINFO;
 * a signal that ends a stopped process does not wait for SIGCONT.
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

static bool stops_by_default(int signal)
{
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* The default action of a signal that nobody blocks. Does not return when it ends the running task's process. */
static void act_by_default(struct process *process, int signal)
{
    if (signal == SIGSTOP || stops_by_default(signal))
        process_pause(process);
    else if (!is_ignored_by_default(signal))
        process_end_by_signal(process, signal);
}

/* True when a signal that nobody blocks is done with: by its default action, or ignored. */
static bool is_done_without_handler(struct process *process, int signal)
{
    sighandler_t handler = posix_process(process)->handlers[signal].sa_handler;
    if (handler == SIG_DFL)
        act_by_default(process, signal);
    return handler == SIG_DFL || handler == SIG_IGN;
}

static void interrupt(struct task *task)
{
    task->is_interrupted = true;
    if (task->interruptible)
        schedule_task_ready(task, WAIT_INTERRUPTED);
}

struct signal_file {
    struct open_file file;
    struct process *process;
    struct signal_file *next; /* of the process */
    uint64_t mask;
};

static void wake_those_who_ask(struct posix_process *process)
{
    schedule_wake_all(&process->signal_waiters);
    for (struct signal_file *file = process->signal_files; file; file = file->next)
        schedule_wake_all(&file->file.waiters);
}

static void post_to(struct task *task, int signal)
{
    struct posix_process *process = posix_process(task->process);
    bool is_blocked = posix_task(task)->blocked & bit(signal);
    if (!is_blocked && is_done_without_handler(task->process, signal))
        return;
    posix_task(task)->pending |= bit(signal);
    wake_those_who_ask(process);
    if (!is_blocked)
        interrupt(task);
}

void signal_post_task(struct task *task, int signal)
{
    posix_process(task->process)->from_outside &= ~bit(signal);
    post_to(task, signal);
}

static void post(struct process *process, int signal)
{
    struct posix_process *own = posix_process(process);
    struct task *taker = process->tasks;
    while (taker && posix_task(taker)->blocked & bit(signal))
        taker = taker->next;
    if (signal == SIGCONT)
        process_resume(process);
    if (taker && is_done_without_handler(process, signal))
        return;
    own->pending |= bit(signal);
    wake_those_who_ask(own);
    if (taker)
        interrupt(taker);
}

void signal_post(struct process *process, int signal)
{
    posix_process(process)->from_outside &= ~bit(signal);
    post(process, signal);
}

void signal_from_outside(struct process *process, int signal)
{
    posix_process(process)->from_outside |= bit(signal);
    post(process, signal);
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

static pid_t sender(const struct process *process, int signal)
{
    return posix_process(process)->from_outside & bit(signal) ? 0 : getpid();
}

static siginfo_t information(const struct process *process, int signal)
{
    return (siginfo_t){
        .si_signo = signal, .si_code = SI_USER, .si_pid = sender(process, signal), .si_uid = getuid()};
}

bool signal_restarts(void)
{
    const struct posix_process *process = posix_process(task_self->process);
    uint64_t due = (posix_task(task_self)->pending | process->pending) & ~posix_task(task_self)->blocked;
    for (int signal = 1; signal < SIGNALS_MAX; signal++)
        if (due & bit(signal) && !(process->handlers[signal].sa_flags & SA_RESTART))
            return false;
    call_deliver_signals();
    return true;
}

bool call_deliver_signals(void)
{
    struct task *self = task_self;
    struct posix_task *own = posix_task(self);
    self->is_interrupted = false;
    bool ran = false;
    for (int signal; (signal = take(self, ~own->blocked)) != 0;) {
        if (is_done_without_handler(self->process, signal))
            continue;
        struct sigaction action = posix_process(self->process)->handlers[signal];
        history_call(HISTORY_DELIVER, (uint64_t)signal, 0, 0);
        uint64_t before = own->blocked;
        own->blocked |= from_set(&action.sa_mask) & ~(bit(SIGKILL) | bit(SIGSTOP));
        if (!(action.sa_flags & SA_NODEFER))
            own->blocked |= bit(signal);
        if (action.sa_flags & SA_RESETHAND)
            posix_process(self->process)->handlers[signal].sa_handler = SIG_DFL;
        if (action.sa_flags & SA_SIGINFO) {
            siginfo_t info = information(self->process, signal);
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

void signal_swap_mask(const sigset_t *mask, sigset_t *before_out)
{
    change_mask(SIG_SETMASK, mask, before_out);
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
    int error = !target || target->process != task_self->process ? ESRCH
                : signal && !is_valid(signal)                    ? EINVAL
                                                                 : 0;
    if (!error && signal && target->state != TASK_DONE) /* nobody is there to take it any more */
        signal_post_task(target, signal);
    return call_leave_error(CALL_THREAD_KILL, (uint64_t)signal, error);
}

/* --- waiting for signals --------------------------------------------------------------------------------------- */

/* A signal of the set, or -EAGAIN, -EINTR. */
static int64_t wait_for(const sigset_t *set, int64_t deadline_ns)
{
    for (;;) {
        int signal = take(task_self, from_set(set));
        if (signal)
            return signal;
        switch (schedule_wait(&posix_process(task_self->process)->signal_waiters, deadline_ns, true)) {
        case WAIT_WOKEN:
            break;
        case WAIT_TIMEOUT:
            return -EAGAIN;
        case WAIT_INTERRUPTED:
            return -EINTR;
        }
    }
}

static int wait_with_information(const sigset_t *set, siginfo_t *info_out, int64_t deadline_ns)
{
    call_enter(CALL_SIGWAIT);
    int64_t signal = wait_for(set, deadline_ns);
    if (signal > 0 && info_out)
        *info_out = information(task_self->process, (int)signal);
    return (int)call_leave(CALL_SIGWAIT, from_set(set), 0, signal);
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info_out,
                 const struct timespec *restrict timeout)
{
    if (!task_inside())
        return NEXT(sigtimedwait)(set, info_out, timeout);
    if (timeout && (timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000 || timeout->tv_sec < 0)) {
        errno = EINVAL;
        return -1;
    }
    int64_t deadline_ns = SCHEDULE_NEVER;
    if (timeout && timeout->tv_sec < INT64_MAX / 1000000000)
        deadline_ns = clock_deadline((int64_t)timeout->tv_sec * 1000000000 + timeout->tv_nsec);
    return wait_with_information(set, info_out, deadline_ns);
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info_out)
{
    return task_inside() ? wait_with_information(set, info_out, SCHEDULE_NEVER)
                         : NEXT(sigwaitinfo)(set, info_out);
}

int sigwait(const sigset_t *restrict set, int *restrict signal_out)
{
    if (!task_inside())
        return NEXT(sigwait)(set, signal_out);
    call_enter(CALL_SIGWAIT);
    int64_t signal;
    while ((signal = wait_for(set, SCHEDULE_NEVER)) == -EINTR) /* glibc's does not say EINTR */
        call_deliver_signals();
    *signal_out = (int)signal;
    return call_leave_error(CALL_SIGWAIT, from_set(set), 0);
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
    info.ssi_pid = (uint32_t)sender(file->process, signal);
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
    uint64_t pending =
        posix_process(file->process)->pending | (task_self ? posix_task(task_self)->pending : 0);
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
