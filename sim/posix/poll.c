/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll, ppoll, select, pselect: one core, that waits in the queues of all its open files at once.
 *
 * Left out: epoll, poll on more than DESCRIPTORS_MAX entries (EINVAL).
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>

#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/posix/transfer.h"
#include "sim/world/history.h"
#include "sim/world/process.h"

extern void __chk_fail(void) __attribute__((noreturn));

enum { SPINS_FREE = 8, SPIN_DOUBLINGS_MAX = 9 };
#define SPIN_NS_MIN INT64_C(2000)

enum { WAITERS_FEW = 64 };

static inline struct open_file *file_of(const struct descriptor_table *table, int fd)
{
    return fd < DESCRIPTORS_MAX ? table->files[fd] : NULL;
}

/* Fills in revents. Returns how many are not 0. A broker asks about all its connections each time: this has to be quick. */
static int look(struct pollfd *fds, nfds_t count)
{
    const struct descriptor_table *table = descriptor_table(process_current());
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        fds[i].revents = 0;
        if (fds[i].fd < 0)
            continue;
        struct open_file *file = file_of(table, fds[i].fd);
        int events = file ? file->operations->poll(file) & (fds[i].events | POLLERR | POLLHUP) : POLLNVAL;
        fds[i].revents = (short)events;
        ready += events != 0;
    }
    return ready;
}

static int wait_in(struct waiter *waiters, struct pollfd *fds, nfds_t count, int64_t deadline_ns)
{
    for (;;) {
        const struct descriptor_table *table = descriptor_table(process_current());
        size_t queued = 0;
        for (nfds_t i = 0; i < count; i++) {
            struct open_file *file = fds[i].fd < 0 ? NULL : file_of(table, fds[i].fd);
            if (file)
                waiters[queued++].queue = &file->waiters;
        }
        enum wait_result result = queued ? schedule_wait_many(waiters, queued, deadline_ns, true)
                                         : schedule_wait(NULL, deadline_ns, true);
        deadline_ns = schedule_deadline(deadline_ns);
        int ready = look(fds, count);
        if (ready || result == WAIT_TIMEOUT)
            return ready;
        if (result == WAIT_INTERRUPTED)
            return -EINTR;
    }
}

/* The usual case, on a small stack frame. */
static __attribute__((noinline)) int wait_in_few(struct pollfd *fds, nfds_t count, int64_t deadline_ns)
{
    struct waiter waiters[WAITERS_FEW];
    return wait_in(waiters, fds, count, deadline_ns);
}

static __attribute__((noinline)) int wait_in_many(struct pollfd *fds, nfds_t count, int64_t deadline_ns)
{
    struct waiter waiters[DESCRIPTORS_MAX];
    return wait_in(waiters, fds, count, deadline_ns);
}

/* A thread that asks again and again without waiting, or is told again and again what it makes nothing of, is made to wait
 * all the same, longer and longer: as if the machine were busy. (librdkafka's broker threads do both while the window of an
 * idempotent producer is full or its requests wait for answers: a socket can be written, and nothing may be.) It sees no
 * other answers, and seconds of spinning cost a few thousand calls instead of millions. */
static int64_t spin_ns(uint32_t spins)
{
    uint32_t doublings = (spins - SPINS_FREE) / SPINS_FREE;
    return doublings < SPIN_DOUBLINGS_MAX ? SPIN_NS_MIN << doublings : SPIN_NS_MIN << SPIN_DOUBLINGS_MAX;
}

/* timeout_ns < 0: for ever. */
static int wait_for(struct pollfd *fds, nfds_t count, int64_t timeout_ns)
{
    if (count > DESCRIPTORS_MAX)
        return -EINVAL;
    int ready = look(fds, count);
    struct posix_task *task = posix_task(task_self);
    uint32_t *spins = ready ? &task->idle_polls : &task->spins;
    if (ready || timeout_ns != 0)
        task->spins = 0;
    if (ready && ++*spins <= SPINS_FREE)
        return ready;
    if (!ready && timeout_ns == 0 && ++*spins <= SPINS_FREE) {
        schedule_yield(); /* who asks in a loop lets others run, and time move */
        return look(fds, count);
    }
    bool is_spinning = ready || timeout_ns == 0;
    int64_t deadline_ns = is_spinning ? schedule_now() + spin_ns(*spins) : clock_deadline(timeout_ns);
    return count <= WAITERS_FEW ? wait_in_few(fds, count, deadline_ns)
                                : wait_in_many(fds, count, deadline_ns);
}

/* mask holds for the wait, and for the handlers that end it; NULL: the thread's own. */
static int enter_and_wait(struct pollfd *fds, nfds_t count, int64_t timeout_ns, const sigset_t *mask)
{
    sigset_t before;
    call_enter(CALL_POLL);
    if (mask)
        signal_swap_mask(mask, &before);
    int result = wait_for(fds, count, timeout_ns);
    bool is_broken_off = result == -EINTR;
    if (mask && !is_broken_off)
        signal_swap_mask(&before, NULL);
    uint64_t seen = count;
    for (nfds_t i = 0; result > 0 && i < count; i++)
        seen = seen * 31 + (unsigned short)fds[i].revents;
    result = (int)call_leave(CALL_POLL, seen, (uint64_t)timeout_ns, result);
    if (mask && is_broken_off)
        signal_swap_mask(&before, NULL);
    return result;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    if (!task_inside())
        return NEXT(poll)(fds, count, timeout_ms);
    return enter_and_wait(fds, count, timeout_ms < 0 ? -1 : (int64_t)timeout_ms * 1000000, NULL);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t fds_bytes)
{
    if (fds_bytes / sizeof *fds < count)
        __chk_fail();
    return poll(fds, count, timeout_ms);
}

/* ns; -1: for ever; -2: not a time. */
static int64_t timeout_of(const struct timespec *timeout)
{
    if (!timeout)
        return -1;
    if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000)
        return -2;
    if (timeout->tv_sec > INT64_MAX / 2000000000)
        return -1;
    return (int64_t)timeout->tv_sec * 1000000000 + timeout->tv_nsec;
}

static int poll_masked(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    int64_t timeout_ns = timeout_of(timeout);
    if (timeout_ns < -1) {
        errno = EINVAL;
        return -1;
    }
    return enter_and_wait(fds, count, timeout_ns, mask);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    if (!task_inside())
        return NEXT(ppoll)(fds, count, timeout, mask);
    return poll_masked(fds, count, timeout, mask);
}

int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                size_t fds_bytes)
{
    if (fds_bytes / sizeof *fds < count)
        __chk_fail();
    return ppoll(fds, count, timeout, mask);
}

/* --- select --------------------------------------------------------------------------------------------------- */

struct sets {
    fd_set *in, *out, *except;
};

static nfds_t fds_of(struct pollfd *fds, int limit, const struct sets *sets)
{
    nfds_t count = 0;
    for (int fd = 0; fd < limit; fd++) {
        int events = (sets->in && FD_ISSET(fd, sets->in) ? POLLIN | POLLRDNORM : 0) |
                     (sets->out && FD_ISSET(fd, sets->out) ? POLLOUT | POLLWRNORM : 0) |
                     (sets->except && FD_ISSET(fd, sets->except) ? POLLPRI : 0);
        if (events)
            fds[count++] = (struct pollfd){.fd = fd, .events = (short)events};
    }
    return count;
}

/* Leaves in set what was asked for and came. Returns how many. */
static int keep(fd_set *set, const struct pollfd *fds, nfds_t count, int bits)
{
    fd_set kept;
    int ready = 0;
    if (!set)
        return 0;
    FD_ZERO(&kept);
    for (nfds_t i = 0; i < count; i++)
        if (FD_ISSET(fds[i].fd, set) && (fds[i].revents & bits)) {
            FD_SET(fds[i].fd, &kept);
            ready++;
        }
    *set = kept;
    return ready;
}

static int select_in(int limit, const struct sets *sets, const struct timespec *timeout, const sigset_t *mask)
{
    struct pollfd fds[FD_SETSIZE];
    if (limit < 0) {
        errno = EINVAL;
        return -1;
    }
    nfds_t count = fds_of(fds, limit < FD_SETSIZE ? limit : FD_SETSIZE, sets);
    for (nfds_t i = 0; i < count; i++)
        if (!transfer_file(fds[i].fd)) {
            errno = EBADF;
            return -1;
        }
    if (poll_masked(fds, count, timeout, mask) < 0)
        return -1;
    int ready = keep(sets->in, fds, count, POLLIN | POLLRDNORM | POLLHUP | POLLERR);
    ready += keep(sets->out, fds, count, POLLOUT | POLLWRNORM | POLLERR);
    ready += keep(sets->except, fds, count, POLLPRI);
    return ready;
}

int select(int limit, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
           struct timeval *restrict timeout)
{
    if (!task_inside())
        return NEXT(select)(limit, in, out, except, timeout);
    struct sets sets = {in, out, except};
    if (!timeout)
        return select_in(limit, &sets, NULL, NULL);

    int64_t begun_ns = schedule_now();
    struct timespec wanted = {timeout->tv_sec + timeout->tv_usec / 1000000,
                              timeout->tv_usec % 1000000 * 1000};
    int result = select_in(limit, &sets, &wanted, NULL);
    /* Linux leaves what is left of the time. */
    int64_t left_ns = timeout_of(&wanted) - (schedule_now() - begun_ns);
    if (left_ns < 0)
        left_ns = 0;
    timeout->tv_sec = left_ns / 1000000000;
    timeout->tv_usec = left_ns % 1000000000 / 1000;
    return result;
}

int pselect(int limit, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
            const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    if (!task_inside())
        return NEXT(pselect)(limit, in, out, except, timeout, mask);
    struct sets sets = {in, out, except};
    return select_in(limit, &sets, timeout, mask);
}
