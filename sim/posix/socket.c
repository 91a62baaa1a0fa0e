/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket: TCP over IPv4, and the socket calls on AF_UNIX pairs.
 *
 * Left out: AF_INET6, datagrams, named AF_UNIX sockets (EAFNOSUPPORT, EPROTONOSUPPORT), connect to AF_UNSPEC,
 * control messages (passed descriptors: EOPNOTSUPP), sendmmsg, recvmmsg.
 */
#undef _GNU_SOURCE /* its headers declare addresses as transparent unions, which a definition cannot match */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/posix/call.h"
#include "sim/posix/option.h"
#include "sim/posix/posix.h"
#include "sim/posix/transfer.h"
#include "sim/world/endpoint.h"
#include "sim/world/host.h"
#include "sim/world/pipe.h"
#include "sim/world/process.h"

extern void __chk_fail(void) __attribute__((noreturn));
extern int accept4(int fd, struct sockaddr *restrict name, socklen_t *restrict bytes, int flags);

enum { TYPE_FLAGS = SOCK_CLOEXEC | SOCK_NONBLOCK, TYPES_END = 11 };

/* -EBADF, -ENOTSOCK, or 0: *file_out; *endpoint_out is NULL for a socket pair. */
static int find(int fd, struct open_file **file_out, struct endpoint **endpoint_out)
{
    struct open_file *file = transfer_file(fd);
    if (!file)
        return -EBADF;
    if (file->operations->kind != FILE_SOCKET)
        return -ENOTSOCK;
    *file_out = file;
    *endpoint_out = endpoint_of(file);
    return 0;
}

static int read_name(const struct sockaddr *name, socklen_t bytes, uint32_t *address_out, uint16_t *port_out)
{
    struct sockaddr_in in;
    if (!name)
        return -EFAULT;
    if (bytes < sizeof in)
        return -EINVAL;
    memcpy(&in, name, sizeof in);
    if (in.sin_family != AF_INET)
        return -EAFNOSUPPORT;
    *address_out = ntohl(in.sin_addr.s_addr);
    *port_out = ntohs(in.sin_port);
    return 0;
}

/* Linux: move_addr_to_user: copies what fits, tells the whole length. */
static int write_name(struct sockaddr *name, socklen_t *bytes_inout, uint32_t address, uint16_t port)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    if (!name)
        return 0;
    if (!bytes_inout)
        return -EFAULT;
    if ((int)*bytes_inout < 0)
        return -EINVAL;
    memcpy(name, &in, *bytes_inout < sizeof in ? *bytes_inout : sizeof in);
    *bytes_inout = sizeof in;
    return 0;
}

static int open_socket(int domain, int type, int protocol)
{
    int kind = type & ~TYPE_FLAGS;
    if (kind & ~0xf)
        return -EINVAL;
    if (domain != AF_INET)
        return -EAFNOSUPPORT;
    if (kind >= TYPES_END)
        return -EINVAL;
    if (kind != SOCK_STREAM)
        return -ESOCKTNOSUPPORT;
    if (protocol != 0 && protocol != IPPROTO_TCP)
        return -EPROTONOSUPPORT;
    int flags = O_RDWR | (type & SOCK_NONBLOCK ? O_NONBLOCK : 0);
    return transfer_open(&endpoint_new(process_current(), flags)->file, type & SOCK_CLOEXEC);
}

int socket(int domain, int type, int protocol)
{
    if (!task_inside())
        return NEXT(socket)(domain, type, protocol);
    call_enter(CALL_SOCKET);
    return (int)call_leave(CALL_SOCKET, (uint64_t)domain, (uint64_t)type,
                           open_socket(domain, type, protocol));
}

static int bind_to(int fd, const struct sockaddr *name, socklen_t bytes)
{
    struct open_file *file;
    struct endpoint *endpoint;
    uint32_t address;
    uint16_t port;
    int result = find(fd, &file, &endpoint);
    if (result == 0 && !endpoint)
        result = -EINVAL;
    if (result == 0)
        result = read_name(name, bytes, &address, &port);
    return result == 0 ? endpoint_bind(endpoint, address, port) : result;
}

int bind(int fd, const struct sockaddr *name, socklen_t bytes)
{
    if (!task_inside())
        return NEXT(bind)(fd, name, bytes);
    call_enter(CALL_BIND);
    return (int)call_leave(CALL_BIND, (uint64_t)fd, bytes, bind_to(fd, name, bytes));
}

int listen(int fd, int backlog)
{
    if (!task_inside())
        return NEXT(listen)(fd, backlog);
    call_enter(CALL_LISTEN);
    struct open_file *file;
    struct endpoint *endpoint;
    int result = find(fd, &file, &endpoint);
    if (result == 0)
        result = endpoint ? endpoint_listen(endpoint, backlog) : -EINVAL;
    return (int)call_leave(CALL_LISTEN, (uint64_t)fd, (uint64_t)backlog, result);
}

/* --- accept --------------------------------------------------------------------------------------------------- */

/* Waits for a connection: the endpoint, or -errno. */
static int wait_for_connection(int fd, int type_flags, struct endpoint **accepted_out)
{
    struct open_file *file;
    struct endpoint *listener;
    int result = find(fd, &file, &listener);
    if (result < 0)
        return result;
    if (!listener)
        return -EINVAL;
    struct process *process = process_current();
    int64_t timeout_ns = listener->receive_timeout_ns;
    int64_t deadline_ns = timeout_ns > 0 ? clock_deadline(timeout_ns) : SCHEDULE_NEVER;
    for (;;) {
        if (descriptor_count(process) >= DESCRIPTORS_MAX)
            return -EMFILE;
        int flags = O_RDWR | (type_flags & SOCK_NONBLOCK ? O_NONBLOCK : 0);
        result = endpoint_accept(listener, process, flags, accepted_out);
        if (result != -EAGAIN || (file->flags & O_NONBLOCK))
            return result;
        result = transfer_wait(fd, file, deadline_ns);
        if (result < 0)
            return result;
    }
}

static int accept_from(int fd, struct sockaddr *name, socklen_t *bytes, int flags)
{
    struct endpoint *accepted;
    if (flags & ~TYPE_FLAGS)
        return -EINVAL;
    int result = wait_for_connection(fd, flags, &accepted);
    if (result < 0)
        return result;
    uint32_t address = accepted->connection->addresses[SIDE_CLIENT];
    uint16_t port = accepted->connection->ports[SIDE_CLIENT];
    int accepted_fd = transfer_open(&accepted->file, flags & SOCK_CLOEXEC);
    result = write_name(name, bytes, address, port);
    if (result < 0 && accepted_fd >= 0)
        descriptor_close(process_current(), accepted_fd);
    return result < 0 ? result : accepted_fd;
}

int accept4(int fd, struct sockaddr *restrict name, socklen_t *restrict bytes, int flags)
{
    if (!task_inside())
        return NEXT(accept4)(fd, name, bytes, flags);
    call_enter(CALL_ACCEPT);
    return (int)call_leave(CALL_ACCEPT, (uint64_t)fd, (uint64_t)flags, accept_from(fd, name, bytes, flags));
}

int accept(int fd, struct sockaddr *restrict name, socklen_t *restrict bytes)
{
    if (!task_inside())
        return NEXT(accept)(fd, name, bytes);
    return accept4(fd, name, bytes, 0);
}

/* --- connect -------------------------------------------------------------------------------------------------- */

static int connect_to(int fd, const struct sockaddr *name, socklen_t bytes)
{
    struct open_file *file;
    struct endpoint *endpoint;
    uint32_t address;
    uint16_t port;
    int result = find(fd, &file, &endpoint);
    if (result < 0)
        return result;
    if (!endpoint)
        return -EISCONN;
    result = read_name(name, bytes, &address, &port);
    if (result < 0)
        return result;
    result = endpoint_connect(endpoint, address, port);
    if ((result != -EINPROGRESS && result != -EALREADY) || (file->flags & O_NONBLOCK))
        return result;
    int64_t timeout_ns = endpoint->send_timeout_ns;
    int64_t deadline_ns = timeout_ns > 0 ? clock_deadline(timeout_ns) : SCHEDULE_NEVER;
    while (endpoint->state == ENDPOINT_CONNECTING) {
        int waited = transfer_wait(fd, file, deadline_ns);
        if (waited < 0)
            return waited == -EAGAIN ? result : waited;
    }
    return endpoint_connected(endpoint);
}

int connect(int fd, const struct sockaddr *name, socklen_t bytes)
{
    if (!task_inside())
        return NEXT(connect)(fd, name, bytes);
    call_enter(CALL_CONNECT);
    return (int)call_leave(CALL_CONNECT, (uint64_t)fd, bytes, connect_to(fd, name, bytes));
}

/* --- send and recv -------------------------------------------------------------------------------------------- */

static ssize_t send_on(int fd, const struct iovec *iov, int count, int flags)
{
    struct open_file *file;
    struct endpoint *endpoint;
    int result = find(fd, &file, &endpoint);
    return result < 0 ? result : transfer_out(fd, iov, count, flags);
}

static ssize_t recv_on(int fd, const struct iovec *iov, int count, int flags)
{
    struct open_file *file;
    struct endpoint *endpoint;
    int result = find(fd, &file, &endpoint);
    if (result == 0 && (flags & MSG_ERRQUEUE))
        result = -EAGAIN;
    return result < 0 ? result : transfer_in(fd, iov, count, flags);
}

ssize_t send(int fd, const void *data, size_t bytes, int flags)
{
    if (!task_inside())
        return NEXT(send)(fd, data, bytes, flags);
    call_enter(CALL_SEND);
    struct iovec iov = {(void *)(uintptr_t)data, bytes};
    return call_leave(CALL_SEND, (uint64_t)fd, bytes, send_on(fd, &iov, 1, flags));
}

/* TCP ignores the address. */
ssize_t sendto(int fd, const void *data, size_t bytes, int flags, const struct sockaddr *name,
               socklen_t name_bytes)
{
    if (!task_inside())
        return NEXT(sendto)(fd, data, bytes, flags, name, name_bytes);
    return send(fd, data, bytes, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (!task_inside())
        return NEXT(sendmsg)(fd, message, flags);
    call_enter(CALL_SEND);
    ssize_t result = message->msg_iovlen > INT16_MAX ? -EMSGSIZE
                     : message->msg_controllen
                         ? -EOPNOTSUPP
                         : send_on(fd, message->msg_iov, (int)message->msg_iovlen, flags);
    return call_leave(CALL_SEND, (uint64_t)fd, message->msg_iovlen, result);
}

ssize_t recv(int fd, void *data, size_t bytes, int flags)
{
    if (!task_inside())
        return NEXT(recv)(fd, data, bytes, flags);
    call_enter(CALL_RECV);
    struct iovec iov = {data, bytes};
    return call_leave(CALL_RECV, (uint64_t)fd, bytes, recv_on(fd, &iov, 1, flags));
}

ssize_t __recv_chk(int fd, void *data, size_t bytes, size_t data_bytes, int flags)
{
    if (bytes > data_bytes)
        __chk_fail();
    return recv(fd, data, bytes, flags);
}

/* A stream names nobody. */
ssize_t recvfrom(int fd, void *restrict data, size_t bytes, int flags, struct sockaddr *restrict name,
                 socklen_t *restrict name_bytes)
{
    if (!task_inside())
        return NEXT(recvfrom)(fd, data, bytes, flags, name, name_bytes);
    ssize_t result = recv(fd, data, bytes, flags);
    if (result >= 0 && name && name_bytes)
        *name_bytes = 0;
    return result;
}

ssize_t __recvfrom_chk(int fd, void *restrict data, size_t bytes, size_t data_bytes, int flags,
                       struct sockaddr *restrict name, socklen_t *restrict name_bytes)
{
    if (bytes > data_bytes)
        __chk_fail();
    return recvfrom(fd, data, bytes, flags, name, name_bytes);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    if (!task_inside())
        return NEXT(recvmsg)(fd, message, flags);
    call_enter(CALL_RECV);
    ssize_t result = message->msg_iovlen > INT16_MAX
                         ? -EMSGSIZE
                         : recv_on(fd, message->msg_iov, (int)message->msg_iovlen, flags);
    if (result >= 0) {
        message->msg_namelen = 0;
        message->msg_controllen = 0;
        message->msg_flags = 0;
    }
    return call_leave(CALL_RECV, (uint64_t)fd, message->msg_iovlen, result);
}

int shutdown(int fd, int how)
{
    if (!task_inside())
        return NEXT(shutdown)(fd, how);
    call_enter(CALL_SHUTDOWN);
    struct open_file *file;
    struct endpoint *endpoint;
    int result = find(fd, &file, &endpoint);
    if (result == 0)
        result = endpoint ? endpoint_shutdown(endpoint, how) : pipe_pair_shutdown(file, how);
    return (int)call_leave(CALL_SHUTDOWN, (uint64_t)fd, (uint64_t)how, result);
}

/* --- names and options ---------------------------------------------------------------------------------------- */

/* The ends of a socket pair have no names. */
static int write_no_name(struct sockaddr *name, socklen_t *bytes)
{
    sa_family_t family = AF_UNIX;
    memcpy(name, &family, *bytes < sizeof family ? *bytes : sizeof family);
    *bytes = sizeof family;
    return 0;
}

int getsockname(int fd, struct sockaddr *restrict name, socklen_t *restrict bytes)
{
    if (!task_inside())
        return NEXT(getsockname)(fd, name, bytes);
    call_enter(CALL_GETSOCKNAME);
    struct open_file *file;
    struct endpoint *endpoint;
    int result = find(fd, &file, &endpoint);
    if (result == 0)
        result = endpoint ? write_name(name, bytes, endpoint->address, endpoint->port)
                          : write_no_name(name, bytes);
    return (int)call_leave(CALL_GETSOCKNAME, (uint64_t)fd, 0, result);
}

int getpeername(int fd, struct sockaddr *restrict name, socklen_t *restrict bytes)
{
    if (!task_inside())
        return NEXT(getpeername)(fd, name, bytes);
    call_enter(CALL_GETPEERNAME);
    struct open_file *file;
    struct endpoint *endpoint;
    uint32_t address;
    uint16_t port;
    int result = find(fd, &file, &endpoint);
    if (result == 0 && !endpoint)
        result = write_no_name(name, bytes);
    else if (result == 0)
        result =
            endpoint_peer(endpoint, &address, &port) ? write_name(name, bytes, address, port) : -ENOTCONN;
    return (int)call_leave(CALL_GETPEERNAME, (uint64_t)fd, 0, result);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t bytes)
{
    if (!task_inside())
        return NEXT(setsockopt)(fd, level, name, value, bytes);
    call_enter(CALL_SETSOCKOPT);
    struct open_file *file;
    struct endpoint *endpoint;
    struct iovec iov = {(void *)(uintptr_t)value, bytes};
    int result = find(fd, &file, &endpoint);
    if (result == 0)
        result = (int)bytes < 0 ? -EINVAL : option_set(file, endpoint, level, name, &iov);
    return (int)call_leave(CALL_SETSOCKOPT, (uint64_t)fd, (uint64_t)name, result);
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict bytes)
{
    if (!task_inside())
        return NEXT(getsockopt)(fd, level, name, value, bytes);
    call_enter(CALL_GETSOCKOPT);
    struct open_file *file;
    struct endpoint *endpoint;
    int result = find(fd, &file, &endpoint);
    if (result == 0)
        result = option_get(file, endpoint, level, name, value, bytes);
    if (result == 0)
        history_bytes(value, *bytes);
    return (int)call_leave(CALL_GETSOCKOPT, (uint64_t)fd, (uint64_t)name, result);
}
