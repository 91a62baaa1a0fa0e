/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: connect and bind, accepted, refused, in progress, or wrong. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static int connect_to(int fd, const struct sockaddr_in *address)
{
    return connect(fd, (const struct sockaddr *)address, sizeof(*address));
}

static void a_nonblocking_connect_is_in_progress_then_done(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    say_call("connect", connect_to(fd, &address));
    say_poll("poll", loopback_await(fd, POLLIN | POLLOUT));
    say_error("SO_ERROR", loopback_error(fd));
    struct sockaddr_in peer;
    socklen_t length = sizeof(peer);
    say_call("getpeername", getpeername(fd, (struct sockaddr *)&peer, &length));
    say_whether("it is the listener's address",
                peer.sin_port == address.sin_port && peer.sin_addr.s_addr == address.sin_addr.s_addr);
    close(fd);
    close(listener);
}

static void connecting_twice_is_once_fine_then_an_error(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say_call("connect", connect_to(fd, &address));
    loopback_await(fd, POLLOUT);
    say_call("connect again", connect_to(fd, &address));
    say_call("and again", connect_to(fd, &address));
    close(fd);
    fd = loopback_connect(&address);
    say_call("connect after a blocking connect", connect_to(fd, &address));
    close(fd);
    say_call("connect on a listener", connect_to(listener, &address));
    close(listener);
}

static void a_nonblocking_connect_is_refused_by_so_error(void)
{
    struct sockaddr_in address = loopback_closed_port();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say_call("connect", connect_to(fd, &address));
    say_poll("poll", loopback_await(fd, POLLIN | POLLOUT));
    say_error("SO_ERROR", loopback_error(fd));
    say_error("SO_ERROR again", loopback_error(fd));
    say_poll("poll", loopback_await(fd, POLLIN | POLLOUT));
    say_call("getpeername", getpeername(fd, (struct sockaddr *)&address, &(socklen_t){sizeof(address)}));
    close(fd);
}

static void a_refused_connection_shows_in_write_and_read(void)
{
    struct sockaddr_in address = loopback_closed_port();
    char byte;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say_call("connect", connect_to(fd, &address));
    loopback_await(fd, POLLOUT);
    say_call("send", send(fd, "x", 1, MSG_NOSIGNAL));
    say_call("send again", send(fd, "x", 1, MSG_NOSIGNAL));
    say_call("recv", recv(fd, &byte, 1, 0));
    close(fd);

    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say_call("connect", connect_to(fd, &address));
    loopback_await(fd, POLLOUT);
    say_call("recv", recv(fd, &byte, 1, 0));
    say_call("recv again", recv(fd, &byte, 1, 0));
    close(fd);
}

static void a_blocking_connect_is_refused_at_once(void)
{
    struct sockaddr_in address = loopback_closed_port();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_call("connect", connect_to(fd, &address));
    say_error("SO_ERROR", loopback_error(fd));
    int listener = loopback_listen(&address);
    say_call("the same socket connects elsewhere", connect_to(fd, &address));
    close(fd);
    close(listener);
}

static void connect_says_what_is_wrong(void)
{
    struct sockaddr_in address = loopback_closed_port();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in other = address;
    other.sin_family = AF_INET6;
    say_call("another family", connect_to(fd, &other));
    say_call("a short address", connect(fd, (struct sockaddr *)&address, 4));
    close(fd);
    say_call("a closed descriptor", connect_to(fd, &address));
    fd = open("file", O_RDWR | O_CREAT, 0644);
    say_call("a file", connect_to(fd, &address));
    close(fd);
    unlink("file");
}

static void socket_says_what_is_wrong(void)
{
    say_call("unknown family", socket(200, SOCK_STREAM, 0));
    say_call("unknown type", socket(AF_INET, 15, 0));
    say_call("a stream over UDP", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    say_ok("a stream over TCP", close(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)));
}

static void socket_flags_set_descriptor_flags(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    say_whether("O_NONBLOCK", fcntl(fd, F_GETFL) & O_NONBLOCK);
    say_whether("FD_CLOEXEC", fcntl(fd, F_GETFD) & FD_CLOEXEC);
    say_whether("O_RDWR", (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    say_whether("O_NONBLOCK", fcntl(fd, F_GETFL) & O_NONBLOCK);
    say_whether("FD_CLOEXEC", fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

static void both_ends_know_each_other(void)
{
    struct sockaddr_in address, local, peer;
    socklen_t length = sizeof(local);
    int listener = loopback_listen(&address);
    int connected = loopback_connect(&address);
    int accepted = accept(listener, (struct sockaddr *)&peer, &length);
    say("accept gave %d bytes", (int)length);
    getsockname(connected, (struct sockaddr *)&local, &length);
    say_whether("accept names the connecting end",
                peer.sin_port == local.sin_port && peer.sin_addr.s_addr == local.sin_addr.s_addr);
    getpeername(accepted, (struct sockaddr *)&peer, &length);
    say_whether("getpeername too", peer.sin_port == local.sin_port);
    getsockname(accepted, (struct sockaddr *)&local, &length);
    say_whether("the accepted end has the listener's port", local.sin_port == address.sin_port);
    length = 3;
    say_call("getsockname into 3 bytes", getsockname(accepted, (struct sockaddr *)&local, &length));
    say("the whole length is %d", (int)length);
    close(connected);
    close(accepted);
    close(listener);
}

static void a_connection_waits_in_the_backlog(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    int first = loopback_connect(&address);
    int second = loopback_connect(&address);
    loopback_put(second, "second");
    loopback_put(first, "first");
    char text[16];
    for (int i = 0; i < 2; i++) {
        int accepted = accept(listener, NULL, NULL);
        say_bytes("accepted", text, read(accepted, text, sizeof(text)));
        close(accepted);
    }
    close(first);
    close(second);
    close(listener);
}

static void *accept_one(void *argument)
{
    int fd = accept(*(int *)argument, NULL, NULL);
    char text[8];
    say_bytes("accepted end", text, read(fd, text, sizeof(text)));
    close(fd);
    return NULL;
}

static void a_blocked_accept_wakes_when_somebody_connects(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    pthread_t acceptor = crew_start(accept_one, &listener);
    moment_sleep_ms(5);
    int fd = loopback_connect(&address);
    loopback_put(fd, "hello");
    crew_join(acceptor);
    close(fd);
    close(listener);
}

static void accept_says_what_is_wrong(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    loopback_set_nonblocking(listener);
    say_call("nobody there", accept(listener, NULL, NULL));
    close(listener);
    say_call("closed", accept(listener, NULL, NULL));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_call("not listening", accept(fd, NULL, NULL));
    close(fd);
}

static void accepted_sockets_inherit_no_flags(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    loopback_set_nonblocking(listener);
    int fds[2] = {loopback_connect(&address), loopback_connect(&address)};
    loopback_await(listener, POLLIN);
    int plain = accept(listener, NULL, NULL);
    loopback_await(listener, POLLIN);
    int flagged = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    say_whether("accept: O_NONBLOCK", fcntl(plain, F_GETFL) & O_NONBLOCK);
    say_whether("accept4: O_NONBLOCK", fcntl(flagged, F_GETFL) & O_NONBLOCK);
    say_whether("accept4: FD_CLOEXEC", fcntl(flagged, F_GETFD) & FD_CLOEXEC);
    say_call("accept4 with an unknown flag", accept4(listener, NULL, NULL, 1));
    close(plain);
    close(flagged);
    loopback_close(fds);
    close(listener);
}

static void *connect_and_close(void *argument)
{
    int fd = loopback_connect(argument);
    char byte;
    long result = fd < 0 ? -1 : (long)read(fd, &byte, 1);
    close(fd);
    return (void *)result;
}

static void eight_threads_connect_at_once(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        threads[i] = crew_start(connect_and_close, &address);
    int written = 0;
    for (int i = 0; i < 8; i++) {
        int fd = accept(listener, NULL, NULL);
        written += send(fd, "x", 1, MSG_NOSIGNAL) == 1;
        close(fd);
    }
    long read = 0;
    for (int i = 0; i < 8; i++)
        read += (long)crew_join(threads[i]);
    say("written %d, read %ld", written, read);
    close(listener);
}

const struct likeness_case likeness_socket_connect[] = {
    LIKENESS_CASE(socket_connect, a_nonblocking_connect_is_in_progress_then_done),
    LIKENESS_CASE(socket_connect, connecting_twice_is_once_fine_then_an_error),
    LIKENESS_CASE(socket_connect, a_nonblocking_connect_is_refused_by_so_error),
    LIKENESS_CASE(socket_connect, a_refused_connection_shows_in_write_and_read),
    LIKENESS_CASE(socket_connect, a_blocking_connect_is_refused_at_once),
    LIKENESS_CASE(socket_connect, connect_says_what_is_wrong),
    LIKENESS_CASE(socket_connect, socket_says_what_is_wrong),
    LIKENESS_CASE(socket_connect, socket_flags_set_descriptor_flags),
    LIKENESS_CASE(socket_connect, both_ends_know_each_other),
    LIKENESS_CASE(socket_connect, a_connection_waits_in_the_backlog),
    LIKENESS_CASE(socket_connect, a_blocked_accept_wakes_when_somebody_connects),
    LIKENESS_CASE(socket_connect, accept_says_what_is_wrong),
    LIKENESS_CASE(socket_connect, accepted_sockets_inherit_no_flags),
    LIKENESS_CASE(socket_connect, eight_threads_connect_at_once),
    LIKENESS_END,
};
