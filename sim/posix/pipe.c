/* SPDX-License-Identifier: Apache-2.0 */
/* pipe, pipe2, eventfd. */
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/posix/call.h"
#include "sim/posix/transfer.h"
#include "sim/world/pipe.h"
#include "sim/world/process.h"

/* Puts both ends into the table, or none. */
static int open_ends(struct open_file *ends[2], int fds[2], bool close_on_exec)
{
    open_file_retain(ends[1]);
    int first = transfer_open(ends[0], close_on_exec);
    int second = first < 0 ? first : transfer_open(ends[1], close_on_exec);
    open_file_release(ends[1]);
    if (second < 0) {
        if (first >= 0)
            descriptor_close(process_current(), first);
        return second;
    }
    fds[0] = first;
    fds[1] = second;
    return 0;
}

static int open_pipe(int fds[2], int flags)
{
    struct open_file *ends[2];
    if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
        return -EINVAL;
    pipe_new(flags & O_NONBLOCK, ends);
    return open_ends(ends, fds, flags & O_CLOEXEC);
}

int pipe(int fds[2])
{
    if (!task_inside())
        return NEXT(pipe)(fds);
    call_enter(CALL_PIPE);
    int result = open_pipe(fds, 0);
    return (int)call_leave(CALL_PIPE, result < 0 ? 0 : (uint64_t)fds[0], 0, result);
}

int pipe2(int fds[2], int flags)
{
    if (!task_inside())
        return NEXT(pipe2)(fds, flags);
    call_enter(CALL_PIPE);
    int result = open_pipe(fds, flags);
    return (int)call_leave(CALL_PIPE, result < 0 ? 0 : (uint64_t)fds[0], (uint64_t)flags, result);
}

static int open_pair(int domain, int type, int protocol, int fds[2])
{
    int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (domain == AF_INET)
        return -EOPNOTSUPP;
    if (domain != AF_UNIX)
        return -EAFNOSUPPORT;
    if (kind != SOCK_STREAM)
        return -ESOCKTNOSUPPORT;
    if (protocol != 0 && protocol != PF_UNIX)
        return -EPROTONOSUPPORT;
    struct open_file *ends[2];
    pipe_pair_new(type & SOCK_NONBLOCK ? O_NONBLOCK : 0, ends);
    return open_ends(ends, fds, type & SOCK_CLOEXEC);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
    if (!task_inside())
        return NEXT(socketpair)(domain, type, protocol, fds);
    call_enter(CALL_SOCKETPAIR);
    int result = open_pair(domain, type, protocol, fds);
    return (int)call_leave(CALL_SOCKETPAIR, (uint64_t)domain, (uint64_t)type, result);
}

static int open_event(unsigned value, int flags)
{
    if (flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE))
        return -EINVAL;
    struct open_file *file =
        pipe_event_new(value, flags & EFD_SEMAPHORE, flags & EFD_NONBLOCK ? O_NONBLOCK : 0);
    return transfer_open(file, flags & EFD_CLOEXEC);
}

int eventfd(unsigned value, int flags)
{
    if (!task_inside())
        return NEXT(eventfd)(value, flags);
    call_enter(CALL_EVENTFD);
    return (int)call_leave(CALL_EVENTFD, value, (uint64_t)flags, open_event(value, flags));
}

/* libc's own call read and write behind our back. */
int eventfd_read(int fd, eventfd_t *value)
{
    if (!task_inside())
        return NEXT(eventfd_read)(fd, value);
    return read(fd, value, sizeof *value) == sizeof *value ? 0 : -1;
}

int eventfd_write(int fd, eventfd_t value)
{
    if (!task_inside())
        return NEXT(eventfd_write)(fd, value);
    return write(fd, &value, sizeof value) == sizeof value ? 0 : -1;
}
