/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptor: what works on every descriptor: read, write, close, fcntl, ioctl, dup.
 *
 * Left out: file locks, leases, signals on readiness (F_SETLK, F_SETOWN ..: EINVAL), ioctl but FIONREAD and FIONBIO,
 * sizes of pipes. Nothing here is a terminal.
 */
#undef _FILE_OFFSET_BITS /* with 64, fcntl would be a name of fcntl64; here both are defined */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sim/posix/call.h"
#include "sim/posix/transfer.h"
#include "sim/world/endpoint.h"
#include "sim/world/pipe.h"
#include "sim/world/process.h"

extern void __chk_fail(void) __attribute__((noreturn));

/* --- read and write ------------------------------------------------------------------------------------------- */

/* Linux: a read of nothing from a socket asks nobody. */
static bool is_empty_socket_read(int fd, size_t bytes)
{
    const struct open_file *file = transfer_file(fd);
    return bytes == 0 && file && file->operations->kind == FILE_SOCKET;
}

ssize_t read(int fd, void *data, size_t bytes)
{
    if (!task_inside())
        return NEXT(read)(fd, data, bytes);
    call_enter(CALL_READ);
    struct iovec iov = {data, bytes};
    ssize_t result = is_empty_socket_read(fd, bytes) ? 0 : transfer_in(fd, &iov, 1, 0);
    return call_leave(CALL_READ, (uint64_t)fd, bytes, result);
}

ssize_t __read_chk(int fd, void *data, size_t bytes, size_t data_bytes)
{
    if (bytes > data_bytes)
        __chk_fail();
    return read(fd, data, bytes);
}

ssize_t readv(int fd, const struct iovec *iov, int count)
{
    if (!task_inside())
        return NEXT(readv)(fd, iov, count);
    call_enter(CALL_READ);
    size_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += iov[i].iov_len;
    ssize_t result = count >= 0 && is_empty_socket_read(fd, bytes) ? 0 : transfer_in(fd, iov, count, 0);
    return call_leave(CALL_READ, (uint64_t)fd, bytes, result);
}

ssize_t write(int fd, const void *data, size_t bytes)
{
    if (!task_inside())
        return NEXT(write)(fd, data, bytes);
    call_enter(CALL_WRITE);
    struct iovec iov = {(void *)(uintptr_t)data, bytes};
    return call_leave(CALL_WRITE, (uint64_t)fd, bytes, transfer_out(fd, &iov, 1, 0));
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
    if (!task_inside())
        return NEXT(writev)(fd, iov, count);
    call_enter(CALL_WRITE);
    return call_leave(CALL_WRITE, (uint64_t)fd, (uint64_t)count, transfer_out(fd, iov, count, 0));
}

int close(int fd)
{
    if (!task_inside())
        return NEXT(close)(fd);
    call_enter(CALL_CLOSE);
    return (int)call_leave(CALL_CLOSE, (uint64_t)fd, 0, descriptor_close(process_current(), fd));
}

/* --- copies --------------------------------------------------------------------------------------------------- */

static int copy(int fd, bool close_on_exec)
{
    struct open_file *file = transfer_file(fd);
    return file ? descriptor_open(process_current(), file, close_on_exec) : -EBADF;
}

/* The lowest free number from lowest on. */
static int copy_from(int fd, int lowest, bool close_on_exec)
{
    struct open_file *file = transfer_file(fd);
    if (!file)
        return -EBADF;
    if (lowest < 0 || lowest >= DESCRIPTORS_MAX)
        return -EINVAL;
    for (int to = lowest; to < DESCRIPTORS_MAX; to++)
        if (!transfer_file(to))
            return descriptor_open_at(process_current(), to, file, close_on_exec);
    return -EMFILE;
}

static int copy_to(int fd, int to, bool close_on_exec)
{
    struct open_file *file = transfer_file(fd);
    return file ? descriptor_open_at(process_current(), to, file, close_on_exec) : -EBADF;
}

int dup(int fd)
{
    if (!task_inside())
        return NEXT(dup)(fd);
    call_enter(CALL_DUP);
    return (int)call_leave(CALL_DUP, (uint64_t)fd, 0, copy(fd, false));
}

int dup2(int fd, int to)
{
    if (!task_inside())
        return NEXT(dup2)(fd, to);
    call_enter(CALL_DUP);
    int result = fd != to ? copy_to(fd, to, false) : transfer_file(fd) ? fd : -EBADF;
    return (int)call_leave(CALL_DUP, (uint64_t)fd, (uint64_t)to, result);
}

int dup3(int fd, int to, int flags)
{
    if (!task_inside())
        return NEXT(dup3)(fd, to, flags);
    call_enter(CALL_DUP);
    int result = fd == to || (flags & ~O_CLOEXEC) ? -EINVAL : copy_to(fd, to, flags & O_CLOEXEC);
    return (int)call_leave(CALL_DUP, (uint64_t)fd, (uint64_t)to, result);
}

/* --- flags ---------------------------------------------------------------------------------------------------- */

static int64_t control(int fd, int command, long argument)
{
    const int changeable = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;
    struct process *process = process_current();
    struct open_file *file = transfer_file(fd);
    if (!file)
        return -EBADF;
    switch (command) {
    case F_GETFL:
        return file->flags;
    case F_SETFL:
        file->flags = (file->flags & ~changeable) | ((int)argument & changeable);
        return 0;
    case F_GETFD:
        return descriptor_close_on_exec(process, fd) ? FD_CLOEXEC : 0;
    case F_SETFD:
        descriptor_set_close_on_exec(process, fd, argument & FD_CLOEXEC);
        return 0;
    case F_DUPFD:
        return copy_from(fd, (int)argument, false);
    case F_DUPFD_CLOEXEC:
        return copy_from(fd, (int)argument, true);
    default:
        return -EINVAL;
    }
}

int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    if (!task_inside())
        return NEXT(fcntl)(fd, command, argument);
    call_enter(CALL_FCNTL);
    return (int)call_leave(CALL_FCNTL, (uint64_t)fd, (uint64_t)command, control(fd, command, argument));
}

int fcntl64(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    if (!task_inside())
        return NEXT(fcntl64)(fd, command, argument);
    return fcntl(fd, command, argument);
}

static int unread(struct open_file *file, int *bytes_out)
{
    const struct endpoint *endpoint = endpoint_of(file);
    if (endpoint && endpoint->state == ENDPOINT_LISTENING)
        return -EINVAL;
    int64_t bytes = endpoint ? (int64_t)endpoint_unread_bytes(endpoint) : pipe_unread_bytes(file);
    if (bytes < 0)
        return (int)bytes;
    *bytes_out = (int)bytes;
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (!task_inside())
        return NEXT(ioctl)(fd, request, argument);
    call_enter(CALL_IOCTL);
    struct open_file *file = transfer_file(fd);
    int result = -ENOTTY;
    if (!file) {
        result = -EBADF;
    } else if (request == FIONREAD) {
        result = unread(file, argument);
    } else if (request == FIONBIO) {
        file->flags = *(int *)argument ? file->flags | O_NONBLOCK : file->flags & ~O_NONBLOCK;
        result = 0;
    }
    return (int)call_leave(CALL_IOCTL, (uint64_t)fd, request, result);
}

int isatty(int fd)
{
    if (!task_inside())
        return NEXT(isatty)(fd);
    call_enter(CALL_IOCTL);
    call_leave(CALL_IOCTL, (uint64_t)fd, TCGETS, transfer_file(fd) ? -ENOTTY : -EBADF);
    return 0;
}
