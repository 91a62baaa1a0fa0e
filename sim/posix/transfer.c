/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer: how bytes go in and out of any open file.
 *
 * A task that waits holds no reference to its open file: a kill would never give it back. It looks its descriptor up
 * again when it wakes, and closing wakes.
 */
#include "sim/posix/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "sim/posix/posix.h"
#include "sim/world/endpoint.h"
#include "sim/world/history.h"
#include "sim/world/pipe.h"

enum { REST_MAX = 64 };

struct open_file *transfer_file(int fd)
{
    return descriptor_get(process_current(), fd);
}

int transfer_open(struct open_file *file, bool close_on_exec)
{
    open_file_retain(file);
    int fd = descriptor_open(process_current(), file, close_on_exec);
    open_file_release(file);
    return fd;
}

int transfer_wait(int fd, struct open_file *file, int64_t deadline_ns)
{
    enum wait_result result = schedule_wait(&file->waiters, deadline_ns, true);
    /* signal(7): a call with a time-out of its own (SO_RCVTIMEO) is never restarted. */
    if (result == WAIT_INTERRUPTED && deadline_ns == SCHEDULE_NEVER && signal_restarts())
        result = WAIT_WOKEN;
    if (transfer_file(fd) != file)
        return -EBADF;
    switch (result) {
    case WAIT_WOKEN:
        return 0;
    case WAIT_TIMEOUT:
        return -EAGAIN;
    case WAIT_INTERRUPTED:
        return -EINTR;
    }
    return 0;
}

static size_t iov_bytes(const struct iovec *iov, int count)
{
    size_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += iov[i].iov_len;
    return bytes;
}

/* What is left of iov after skip bytes, as far as it fits into rest. Returns the count. */
static int iov_rest(struct iovec rest[REST_MAX], const struct iovec *iov, int count, size_t skip)
{
    int used = 0;
    for (int i = 0; i < count && used < REST_MAX; i++) {
        if (skip >= iov[i].iov_len) {
            skip -= iov[i].iov_len;
            continue;
        }
        rest[used++] = (struct iovec){(char *)iov[i].iov_base + skip, iov[i].iov_len - skip};
        skip = 0;
    }
    return used;
}

/* iov holds at least bytes. */
static void fold(const struct iovec *iov, size_t bytes)
{
    for (; bytes > 0; iov++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): it cannot know what iov holds. */
        size_t part = iov->iov_len < bytes ? iov->iov_len : bytes;
        if (part)
            history_bytes(iov->iov_base, part);
        bytes -= part;
    }
}

static ssize_t take(struct open_file *file, const struct iovec *iov, int count, int flags)
{
    posix_task(task_self)->idle_polls = 0;
    struct endpoint *endpoint = endpoint_of(file);
    ssize_t result;
    if (endpoint)
        result = endpoint_recv(endpoint, iov, count, flags);
    else if (pipe_is_pair(file))
        result = pipe_pair_recv(file, iov, count, flags);
    else
        result = file->operations->read(file, iov, count);
    if (result > 0)
        fold(iov, (size_t)result);
    return result;
}

static ssize_t put(struct open_file *file, const struct iovec *iov, int count, int flags)
{
    posix_task(task_self)->idle_polls = 0;
    struct endpoint *endpoint = endpoint_of(file);
    ssize_t result =
        endpoint ? endpoint_send(endpoint, iov, count, flags) : file->operations->write(file, iov, count);
    if (result > 0)
        fold(iov, (size_t)result);
    return result;
}

static bool is_waiting_allowed(const struct open_file *file, int flags)
{
    return !(flags & MSG_DONTWAIT) && !(file->flags & O_NONBLOCK);
}

static int64_t deadline(int64_t timeout_ns)
{
    return timeout_ns > 0 ? clock_deadline(timeout_ns) : SCHEDULE_NEVER;
}

ssize_t transfer_in(int fd, const struct iovec *iov, int count, int flags)
{
    struct open_file *file = transfer_file(fd);
    if (!file || (file->flags & O_ACCMODE) == O_WRONLY)
        return -EBADF;
    if (count < 0 || count > IOV_MAX)
        return -EINVAL;
    const struct endpoint *endpoint = endpoint_of(file);
    int64_t deadline_ns = SCHEDULE_NEVER;
    bool waits_for_all = (flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL;
    size_t wanted = waits_for_all ? iov_bytes(iov, count) : 1, done = 0;
    struct iovec rest[REST_MAX];
    for (;;) {
        ssize_t result = take(file, iov, count, flags);
        if (result > 0)
            done += (size_t)result;
        else if (result != -EAGAIN || !is_waiting_allowed(file, flags))
            return done ? (ssize_t)done : result;
        if (result > 0 && (done >= wanted || !is_waiting_allowed(file, flags)))
            return (ssize_t)done;
        if (result > 0) {
            count = iov_rest(rest, iov, count, (size_t)result);
            iov = rest;
            continue;
        }
        if (endpoint && deadline_ns == SCHEDULE_NEVER)
            deadline_ns = deadline(endpoint->receive_timeout_ns);
        int waited = transfer_wait(fd, file, deadline_ns);
        if (waited < 0)
            return done ? (ssize_t)done : waited;
    }
}

/* Linux writes all of it where it may wait, and tells of an error only in the next call. */
static ssize_t write_all(int fd, struct open_file *file, const struct iovec *iov, int count, int flags)
{
    const struct endpoint *endpoint = endpoint_of(file);
    bool is_stream = file->operations->kind == FILE_SOCKET || file->operations->kind == FILE_PIPE;
    int64_t deadline_ns = SCHEDULE_NEVER;
    size_t wanted = iov_bytes(iov, count), done = 0;
    const struct iovec *part = iov;
    int part_count = count;
    struct iovec rest[REST_MAX];
    for (;;) {
        ssize_t result = put(file, part, part_count, flags);
        if (result >= 0)
            done += (size_t)result;
        else if (result != -EAGAIN || !is_waiting_allowed(file, flags))
            return done ? (ssize_t)done : result;
        if (result >= 0 && (done >= wanted || !is_stream || !is_waiting_allowed(file, flags)))
            return (ssize_t)done;
        if (result < 0) {
            if (endpoint && deadline_ns == SCHEDULE_NEVER)
                deadline_ns = deadline(endpoint->send_timeout_ns);
            int waited = transfer_wait(fd, file, deadline_ns);
            if (waited < 0)
                return done ? (ssize_t)done : waited;
        }
        if (done > 0 && (file->operations->poll(file) & (POLLERR | POLLHUP)))
            return (ssize_t)done;
        part_count = iov_rest(rest, iov, count, done);
        part = rest;
    }
}

ssize_t transfer_out(int fd, const struct iovec *iov, int count, int flags)
{
    struct open_file *file = transfer_file(fd);
    if (!file || (file->flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (count < 0 || count > IOV_MAX)
        return -EINVAL;
    bool is_stream = file->operations->kind == FILE_SOCKET || file->operations->kind == FILE_PIPE;
    ssize_t result = write_all(fd, file, iov, count, flags);
    if (result == -EPIPE && is_stream && !(flags & MSG_NOSIGNAL))
        signal_post_task(task_self, SIGPIPE);
    return result;
}
