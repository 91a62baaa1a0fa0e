/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: how a TCP connection ends: half close, FIN, RST, and what each call then says. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void say_read(const char *call, int fd)
{
    char text[32];
    ssize_t count = recv(fd, text, sizeof(text), 0);
    say_bytes(call, text, count);
}

static void say_send(const char *call, int fd)
{
    say_call(call, send(fd, "x", 1, MSG_NOSIGNAL));
}

static void half_close_leaves_the_other_way_open(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_put(ends[0], "request");
    say_call("shutdown", shutdown(ends[0], SHUT_WR));
    say_read("server", ends[1]);
    say_read("server at the end", ends[1]);
    loopback_put(ends[1], "response");
    say_read("client", ends[0]);
    close(ends[1]);
    say_read("client at the end", ends[0]);
    close(ends[0]);
}

static void nothing_can_be_written_after_half_close(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    shutdown(ends[0], SHUT_WR);
    say_send("send", ends[0]);
    say_send("send again", ends[0]);
    say_call("shutdown again", shutdown(ends[0], SHUT_WR));
    loopback_put(ends[1], "still here");
    say_read("recv", ends[0]);
    loopback_close(ends);
}

static void reading_can_be_shut_down(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    say_call("shutdown", shutdown(ends[0], SHUT_RD));
    say_read("recv", ends[0]);
    say_send("send", ends[0]);
    say_read("the other end", ends[1]);
    loopback_close(ends);
}

static void the_last_bytes_come_before_the_end(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_put(ends[0], "last words");
    close(ends[0]);
    say_read("recv", ends[1]);
    say_read("recv at the end", ends[1]);
    say_read("recv at the end again", ends[1]);
    say_error("SO_ERROR", loopback_error(ends[1]));
    close(ends[1]);
}

static void closing_with_unread_bytes_resets(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_put(ends[0], "never read");
    loopback_await(ends[1], POLLIN);
    close(ends[1]);
    say_poll("poll", loopback_await(ends[0], 0));
    say_read("recv", ends[0]);
    say_read("recv again", ends[0]);
    say_send("send", ends[0]);
    close(ends[0]);
}

struct reader {
    int fd;
};

static void *read_until_reset(void *argument)
{
    struct reader *reader = argument;
    say_read("blocked recv", reader->fd);
    say_read("recv again", reader->fd);
    say_send("send", reader->fd);
    return NULL;
}

static void a_reset_wakes_a_blocked_reader(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    struct reader reader = {.fd = ends[1]};
    pthread_t thread = crew_start(read_until_reset, &reader);
    moment_sleep_ms(5);
    loopback_set_abortive(ends[0]);
    close(ends[0]);
    crew_join(thread);
    close(ends[1]);
}

static void an_end_wakes_a_blocked_reader(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    struct reader reader = {.fd = ends[1]};
    pthread_t thread = crew_start(read_until_reset, &reader);
    moment_sleep_ms(5);
    shutdown(ends[0], SHUT_WR);
    crew_join(thread);
    loopback_close(ends);
}

static void own_shutdown_wakes_a_blocked_reader(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    struct reader reader = {.fd = ends[1]};
    pthread_t thread = crew_start(read_until_reset, &reader);
    moment_sleep_ms(5);
    int result = shutdown(ends[1], SHUT_RDWR);
    crew_join(thread);
    say_call("shutdown", result);
    loopback_close(ends);
}

static void bytes_before_a_reset_can_be_read(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_put(ends[0], "before");
    loopback_await(ends[1], POLLIN);
    loopback_set_abortive(ends[0]);
    close(ends[0]);
    say_poll("poll", loopback_await(ends[1], 0));
    say_read("recv", ends[1]);
    say_read("recv", ends[1]);
    say_read("recv", ends[1]);
    close(ends[1]);
}

static void a_reset_shows_first_in_whatever_call_comes(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_set_abortive(ends[0]);
    close(ends[0]);
    loopback_await(ends[1], 0);
    say_send("send", ends[1]);
    say_send("send again", ends[1]);
    say_read("recv", ends[1]);
    close(ends[1]);

    if (!loopback_pair(ends))
        return;
    loopback_set_abortive(ends[0]);
    close(ends[0]);
    loopback_await(ends[1], 0);
    say_error("SO_ERROR", loopback_error(ends[1]));
    say_error("SO_ERROR again", loopback_error(ends[1]));
    say_read("recv", ends[1]);
    say_send("send", ends[1]);
    struct sockaddr_in peer;
    say_call("getpeername", getpeername(ends[1], (struct sockaddr *)&peer, &(socklen_t){sizeof(peer)}));
    say_call("shutdown", shutdown(ends[1], SHUT_WR));
    close(ends[1]);
}

static void writing_to_a_closed_peer_works_once(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    close(ends[0]);
    say_read("recv", ends[1]);
    say_send("send", ends[1]);
    say_poll("poll", loopback_await(ends[1], 0));
    say_send("send", ends[1]);
    say_send("send", ends[1]);
    say_read("recv", ends[1]);
    close(ends[1]);
}

static void a_reset_after_an_end_is_a_broken_pipe(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    close(ends[0]);
    say_read("recv", ends[1]);
    say_send("send", ends[1]);
    loopback_await(ends[1], 0);
    say_error("SO_ERROR", loopback_error(ends[1]));
    say_error("SO_ERROR again", loopback_error(ends[1]));
    say_read("recv", ends[1]);
    close(ends[1]);
}

static void shutdown_says_what_is_wrong(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_call("not connected", shutdown(fd, SHUT_WR));
    close(fd);
    say_call("closed", shutdown(fd, SHUT_WR));
    int ends[2];
    if (!loopback_pair(ends))
        return;
    say_call("unknown direction", shutdown(ends[0], 3));
    loopback_close(ends);
}

static void both_ends_may_half_close(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    say_call("one", shutdown(ends[0], SHUT_WR));
    say_read("read", ends[1]);
    say_call("other", shutdown(ends[1], SHUT_WR));
    say_read("read", ends[0]);
    say_poll("poll one", loopback_await(ends[0], 0));
    say_poll("poll other", loopback_await(ends[1], 0));
    say_error("SO_ERROR", loopback_error(ends[0]));
    loopback_close(ends);
}

static void a_listener_shut_down_wakes_and_refuses(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    say_call("shutdown", shutdown(listener, SHUT_RD));
    say_call("accept", accept(listener, NULL, NULL));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_call("connect", connect(fd, (struct sockaddr *)&address, sizeof(address)));
    close(fd);
    close(listener);
}

static void lingering_close_returns_when_all_is_acknowledged(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    struct linger patient = {.l_onoff = 1, .l_linger = 2};
    say_call("SO_LINGER", setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &patient, sizeof(patient)));
    loopback_put(ends[0], "everything");
    say_call("close", close(ends[0]));
    say_read("recv", ends[1]);
    say_read("recv at the end", ends[1]);
    close(ends[1]);
}

const struct likeness_case likeness_socket_close[] = {
    LIKENESS_CASE(socket_close, half_close_leaves_the_other_way_open),
    LIKENESS_CASE(socket_close, nothing_can_be_written_after_half_close),
    LIKENESS_CASE(socket_close, reading_can_be_shut_down),
    LIKENESS_CASE(socket_close, the_last_bytes_come_before_the_end),
    LIKENESS_CASE(socket_close, closing_with_unread_bytes_resets),
    LIKENESS_CASE(socket_close, a_reset_wakes_a_blocked_reader),
    LIKENESS_CASE(socket_close, an_end_wakes_a_blocked_reader),
    LIKENESS_CASE(socket_close, own_shutdown_wakes_a_blocked_reader),
    LIKENESS_CASE(socket_close, bytes_before_a_reset_can_be_read),
    LIKENESS_CASE(socket_close, a_reset_shows_first_in_whatever_call_comes),
    LIKENESS_CASE(socket_close, writing_to_a_closed_peer_works_once),
    LIKENESS_CASE(socket_close, a_reset_after_an_end_is_a_broken_pipe),
    LIKENESS_CASE(socket_close, shutdown_says_what_is_wrong),
    LIKENESS_CASE(socket_close, both_ends_may_half_close),
    LIKENESS_CASE(socket_close, a_listener_shut_down_wakes_and_refuses),
    LIKENESS_CASE(socket_close, lingering_close_returns_when_all_is_acknowledged),
    LIKENESS_END,
};
