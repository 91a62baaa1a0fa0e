/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: the socket options that librdkafka and libcurl set or read; sizes of buffers as relations. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/say.h"

static void say_option(const char *name, int fd, int level, int option)
{
    int value = -1;
    socklen_t length = sizeof(value);
    if (getsockopt(fd, level, option, &value, &length) < 0)
        say_call(name, -1);
    else
        say("%s: %d, %d bytes", name, value, (int)length);
}

static int set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value));
}

static void a_fresh_socket_has_defaults(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_option("SO_TYPE", fd, SOL_SOCKET, SO_TYPE);
    say_option("SO_DOMAIN", fd, SOL_SOCKET, SO_DOMAIN);
    say_option("SO_PROTOCOL", fd, SOL_SOCKET, SO_PROTOCOL);
    say_option("SO_ERROR", fd, SOL_SOCKET, SO_ERROR);
    say_option("SO_REUSEADDR", fd, SOL_SOCKET, SO_REUSEADDR);
    say_option("SO_KEEPALIVE", fd, SOL_SOCKET, SO_KEEPALIVE);
    say_option("SO_ACCEPTCONN", fd, SOL_SOCKET, SO_ACCEPTCONN);
    say_option("TCP_NODELAY", fd, IPPROTO_TCP, TCP_NODELAY);
    close(fd);
}

static void switches_can_be_set_and_read(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_call("set TCP_NODELAY", set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1));
    say_option("TCP_NODELAY", fd, IPPROTO_TCP, TCP_NODELAY);
    say_call("set TCP_NODELAY", set_option(fd, IPPROTO_TCP, TCP_NODELAY, 0));
    say_option("TCP_NODELAY", fd, IPPROTO_TCP, TCP_NODELAY);
    say_call("set SO_KEEPALIVE to 7", set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 7));
    say_option("SO_KEEPALIVE", fd, SOL_SOCKET, SO_KEEPALIVE);
    say_call("set SO_REUSEADDR", set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1));
    say_option("SO_REUSEADDR", fd, SOL_SOCKET, SO_REUSEADDR);
    close(fd);
}

static void keepalive_times_can_be_set_and_read(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_call("set TCP_KEEPIDLE", set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60));
    say_option("TCP_KEEPIDLE", fd, IPPROTO_TCP, TCP_KEEPIDLE);
    say_call("set TCP_KEEPINTVL", set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 61));
    say_option("TCP_KEEPINTVL", fd, IPPROTO_TCP, TCP_KEEPINTVL);
    say_call("set TCP_KEEPIDLE to 0", set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 0));
    close(fd);
}

static void buffers_are_at_least_what_was_asked(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int options[2] = {SO_SNDBUF, SO_RCVBUF};
    const char *names[2] = {"SO_SNDBUF", "SO_RCVBUF"};
    for (int i = 0; i < 2; i++) {
        int bytes = 0;
        socklen_t length = sizeof(bytes);
        say_call(names[i], set_option(fd, SOL_SOCKET, options[i], 65536));
        say_call(names[i], getsockopt(fd, SOL_SOCKET, options[i], &bytes, &length));
        say_whether("at least 65536", bytes >= 65536);
        set_option(fd, SOL_SOCKET, options[i], 1);
        getsockopt(fd, SOL_SOCKET, options[i], &bytes, &length);
        say_whether("of 1 more than 1 was made", bytes > 1);
    }
    close(fd);
}

static void linger_can_be_set_and_read(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct linger linger = {.l_onoff = 9, .l_linger = 9};
    socklen_t length = sizeof(linger);
    say_call("getsockopt", getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length));
    say("default: %d %d, %d bytes", linger.l_onoff, linger.l_linger, (int)length);
    linger = (struct linger){.l_onoff = 1, .l_linger = 3};
    say_call("setsockopt", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
    memset(&linger, 0, sizeof(linger));
    say_call("getsockopt", getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length));
    say("then: %d %d", linger.l_onoff, linger.l_linger);
    say_call("too short", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, 4));
    close(fd);
}

static void options_say_what_is_wrong(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int value = 1;
    socklen_t length = sizeof(value);
    say_call("unknown option", setsockopt(fd, SOL_SOCKET, 9999, &value, sizeof(value)));
    say_call("unknown TCP option", setsockopt(fd, IPPROTO_TCP, 9999, &value, sizeof(value)));
    say_call("reading an unknown option", getsockopt(fd, SOL_SOCKET, 9999, &value, &length));
    say_call("too short", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 1));
    say_call("too short", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 1));
    say_call("setting SO_TYPE", set_option(fd, SOL_SOCKET, SO_TYPE, 1));
    say_call("setting SO_ERROR", set_option(fd, SOL_SOCKET, SO_ERROR, 1));
    close(fd);
    say_call("closed", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value)));
    say_call("closed", getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &length));
    int ends[2];
    if (pipe(ends) < 0)
        return;
    say_call("a pipe", setsockopt(ends[0], SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value)));
    say_call("a pipe", getsockopt(ends[0], SOL_SOCKET, SO_ERROR, &value, &length));
    loopback_close(ends);
}

static void a_short_buffer_cuts_the_value(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    unsigned char value[8];
    memset(value, 0xee, sizeof(value));
    socklen_t length = 2;
    say_call("2 bytes", getsockopt(fd, SOL_SOCKET, SO_TYPE, value, &length));
    say("%02x %02x %02x, length %d", value[0], value[1], value[2], (int)length);
    length = 8;
    say_call("8 bytes", getsockopt(fd, SOL_SOCKET, SO_TYPE, value, &length));
    say("%02x, length %d", value[0], (int)length);
    close(fd);
}

static void names_of_what_is_not_connected(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    memset(&address, 0xff, sizeof(address));
    socklen_t length = sizeof(address);
    say_call("getpeername", getpeername(fd, (struct sockaddr *)&address, &length));
    say_call("getsockname", getsockname(fd, (struct sockaddr *)&address, &length));
    say_whether("AF_INET", address.sin_family == AF_INET);
    say("port %d, address %08x, %d bytes", ntohs(address.sin_port), ntohl(address.sin_addr.s_addr),
        (int)length);
    close(fd);
    say_call("getpeername, closed", getpeername(fd, (struct sockaddr *)&address, &length));
    say_call("getsockname, closed", getsockname(fd, (struct sockaddr *)&address, &length));
}

static void accepted_sockets_inherit_options(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    say_option("listener: SO_ACCEPTCONN", listener, SOL_SOCKET, SO_ACCEPTCONN);
    set_option(listener, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
    int ends[2] = {loopback_connect(&address), -1};
    ends[1] = accept(listener, NULL, NULL);
    say_option("connected: TCP_NODELAY", ends[0], IPPROTO_TCP, TCP_NODELAY);
    say_option("accepted: TCP_NODELAY", ends[1], IPPROTO_TCP, TCP_NODELAY);
    say_option("accepted: SO_KEEPALIVE", ends[1], SOL_SOCKET, SO_KEEPALIVE);
    say_option("accepted: SO_ACCEPTCONN", ends[1], SOL_SOCKET, SO_ACCEPTCONN);
    loopback_close(ends);
    close(listener);
}

const struct likeness_case likeness_socket_options[] = {
    LIKENESS_CASE(socket_options, a_fresh_socket_has_defaults),
    LIKENESS_CASE(socket_options, switches_can_be_set_and_read),
    LIKENESS_CASE(socket_options, keepalive_times_can_be_set_and_read),
    LIKENESS_CASE(socket_options, buffers_are_at_least_what_was_asked),
    LIKENESS_CASE(socket_options, linger_can_be_set_and_read),
    LIKENESS_CASE(socket_options, options_say_what_is_wrong),
    LIKENESS_CASE(socket_options, a_short_buffer_cuts_the_value),
    LIKENESS_CASE(socket_options, names_of_what_is_not_connected),
    LIKENESS_CASE(socket_options, accepted_sockets_inherit_options),
    LIKENESS_END,
};
