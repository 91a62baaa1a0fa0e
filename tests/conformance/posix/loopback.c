/* SPDX-License-Identifier: Apache-2.0 */
/* TCP over 127.0.0.1 for the cases. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/say.h"

struct sockaddr_in loopback_address(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((in_port_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int loopback_listen(struct sockaddr_in *address_out)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        say_call("socket", fd);
        return -1;
    }
    struct sockaddr_in address = loopback_address(0);
    socklen_t length = sizeof(address);
    if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 16) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
        say_call("bind, listen, getsockname", -1);
        close(fd);
        return -1;
    }
    *address_out = address;
    return fd;
}

int loopback_connect(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
        say_call("socket, connect", -1);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

bool loopback_pair(int ends_out[2])
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    if (listener < 0)
        return false;

    int connected = loopback_connect(&address);
    int accepted = connected < 0 ? -1 : accept(listener, NULL, NULL);
    if (connected >= 0 && accepted < 0) {
        say_call("accept", accepted);
        close(connected);
    }
    close(listener);
    if (accepted < 0)
        return false;
    ends_out[0] = connected;
    ends_out[1] = accepted;
    return true;
}

void loopback_close(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

short loopback_await(int fd, short events)
{
    struct pollfd poller = {.fd = fd, .events = events};
    if (poll(&poller, 1, LOOPBACK_PATIENCE_MS) < 0)
        say_call("poll", -1);
    return poller.revents;
}

bool loopback_put(int fd, const char *text)
{
    for (size_t length = strlen(text); length;) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
        if (sent < 0) {
            say_call("send", sent);
            return false;
        }
        text += sent;
        length -= (size_t)sent;
    }
    return true;
}

bool loopback_set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        say_call("fcntl", -1);
        return false;
    }
    return true;
}

bool loopback_set_abortive(int fd)
{
    struct linger abortive = {.l_onoff = 1, .l_linger = 0};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &abortive, sizeof(abortive)) < 0) {
        say_call("setsockopt SO_LINGER", -1);
        return false;
    }
    return true;
}

int loopback_error(int fd)
{
    int error = 0;
    socklen_t length = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        say_call("getsockopt SO_ERROR", -1);
    return error;
}

struct sockaddr_in loopback_closed_port(void)
{
    struct sockaddr_in address = loopback_address(1);
    int fd = loopback_listen(&address);
    if (fd >= 0)
        close(fd);
    return address;
}
