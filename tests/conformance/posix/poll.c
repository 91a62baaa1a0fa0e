/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: poll: what it reports for each kind of descriptor and state, how long it waits, what wakes it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

#define ALL (POLLIN | POLLPRI | POLLOUT | POLLRDHUP)

static void say_now(const char *what, int fd)
{
    struct pollfd poller = {.fd = fd, .events = ALL};
    int count = poll(&poller, 1, 0);
    if (count < 0)
        say_call(what, count);
    else
        say_poll(what, poller.revents);
}

/* Waits for `bit`, then says all that is to be seen. */
static void say_when(const char *what, int fd, short bit)
{
    loopback_await(fd, bit);
    say_now(what, fd);
}

static void an_empty_set_only_waits(void)
{
    struct timespec earliest = moment_after_ms(CLOCK_MONOTONIC, 10);
    say_call("poll of nothing for 10 ms", poll(NULL, 0, 10));
    say_whether("10 ms have passed", moment_has_come(CLOCK_MONOTONIC, earliest));
    say_call("poll of nothing for 0 ms", poll(NULL, 0, 0));
}

static void a_timeout_reports_nothing(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    struct timespec earliest = moment_after_ms(CLOCK_MONOTONIC, 10);
    struct pollfd pollers[2] = {{.fd = ends[0], .events = POLLIN, .revents = -1},
                                {.fd = ends[1], .events = POLLIN, .revents = -1}};
    say_call("poll for 10 ms", poll(pollers, 2, 10));
    say_whether("10 ms have passed", moment_has_come(CLOCK_MONOTONIC, earliest));
    say_poll("one", pollers[0].revents);
    say_poll("other", pollers[1].revents);
    loopback_close(ends);
}

static void negative_descriptors_are_skipped(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    struct pollfd pollers[3] = {{.fd = -1, .events = ALL, .revents = -1},
                                {.fd = ends[0], .events = POLLOUT},
                                {.fd = -100, .events = ALL, .revents = -1}};
    say_call("poll", poll(pollers, 3, 0));
    say_poll("-1", pollers[0].revents);
    say_poll("a socket", pollers[1].revents);
    say_poll("-100", pollers[2].revents);
    pollers[0].revents = -1;
    say_call("poll of -1 alone", poll(pollers, 1, 1));
    say_poll("-1", pollers[0].revents);
    loopback_close(ends);
}

static void a_closed_descriptor_is_invalid(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    close(ends[1]);
    struct pollfd pollers[2] = {{.fd = ends[1], .events = 0}, {.fd = ends[0], .events = POLLOUT}};
    say_call("poll without end", poll(pollers, 2, -1));
    say_poll("closed", pollers[0].revents);
    say_poll("open", pollers[1].revents);
    close(ends[0]);
}

static void the_life_of_a_stream(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    char text[8];
    say_now("connected", ends[1]);
    loopback_put(ends[0], "x");
    say_when("a byte there", ends[1], POLLIN);
    say_call("read", read(ends[1], text, sizeof(text)));
    say_now("read", ends[1]);
    shutdown(ends[0], SHUT_WR);
    say_when("the peer has half closed", ends[1], POLLRDHUP);
    say_call("read", read(ends[1], text, sizeof(text)));
    say_now("the end was read", ends[1]);
    shutdown(ends[1], SHUT_WR);
    say_when("both have", ends[1], POLLHUP);
    say_when("at the other end", ends[0], POLLHUP);
    loopback_close(ends);
}

static void a_shut_down_reader_is_readable(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    shutdown(ends[0], SHUT_RD);
    say_now("SHUT_RD", ends[0]);
    shutdown(ends[0], SHUT_RDWR);
    say_now("SHUT_RDWR", ends[0]);
    loopback_close(ends);
}

static void sockets_before_and_after(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_now("never connected", fd);
    close(fd);
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    say_now("listening", listener);
    fd = loopback_connect(&address);
    say_when("somebody waits", listener, POLLIN);
    close(accept(listener, NULL, NULL));
    say_now("accepted", listener);
    close(fd);
    close(listener);

    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_set_abortive(ends[0]);
    close(ends[0]);
    say_when("reset", ends[1], POLLHUP);
    loopback_error(ends[1]);
    say_now("reset, error taken", ends[1]);
    close(ends[1]);
}

static void only_what_was_asked_for_is_reported(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_put(ends[0], "x");
    say_poll("asked for POLLIN", loopback_await(ends[1], POLLIN));
    say_poll("asked for POLLOUT", loopback_await(ends[1], POLLOUT));
    struct pollfd poller = {.fd = ends[1], .events = 0};
    say_call("asked for nothing", poll(&poller, 1, 1));
    loopback_close(ends);
}

static void pipes(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return;
    say_now("read end, empty", ends[0]);
    say_now("write end, empty", ends[1]);
    say_call("write", write(ends[1], "x", 1));
    say_now("read end, a byte there", ends[0]);
    close(ends[1]);
    say_now("read end, a byte there, no writer", ends[0]);
    char byte;
    say_call("read", read(ends[0], &byte, 1));
    say_now("read end, no writer", ends[0]);
    close(ends[0]);
    if (pipe(ends) < 0)
        return;
    close(ends[0]);
    say_now("write end, no reader", ends[1]);
    close(ends[1]);
}

static void counters_and_files(void)
{
    int fd = eventfd(0, EFD_NONBLOCK);
    say_now("eventfd at 0", fd);
    eventfd_write(fd, 3);
    say_now("eventfd at 3", fd);
    eventfd_write(fd, UINT64_MAX - 1 - 3);
    say_now("eventfd at its highest", fd);
    close(fd);
    fd = open("file", O_RDWR | O_CREAT, 0644);
    say_now("an empty file", fd);
    close(fd);
    fd = open(".", O_RDONLY);
    say_now("a directory", fd);
    close(fd);
    unlink("file");
}

static void poll_counts_descriptors(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_put(ends[0], "x");
    loopback_await(ends[1], POLLIN);
    struct pollfd pollers[4] = {{.fd = ends[1], .events = POLLIN | POLLOUT},
                                {.fd = ends[0], .events = POLLIN},
                                {.fd = ends[1], .events = POLLIN},
                                {.fd = ends[0], .events = POLLOUT}};
    say_call("poll", poll(pollers, 4, 1000));
    for (int i = 0; i < 4; i++)
        say_poll("entry", pollers[i].revents);
    loopback_close(ends);
}

static void *write_later(void *argument)
{
    moment_sleep_ms(5);
    if (write(*(int *)argument, "x", 1) != 1)
        say("the write failed");
    return NULL;
}

static void another_thread_wakes_it(void)
{
    int ends[2], channel[2];
    if (!loopback_pair(ends) || pipe(channel) < 0)
        return;
    struct pollfd pollers[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = channel[0], .events = POLLIN}};
    pthread_t writer = crew_start(write_later, &channel[1]);
    say_call("poll without end", poll(pollers, 2, -1));
    say_poll("socket", pollers[0].revents);
    say_poll("pipe", pollers[1].revents);
    crew_join(writer);
    char byte;
    say_call("read", read(channel[0], &byte, 1));
    writer = crew_start(write_later, &ends[1]);
    say_call("poll for 5 s", poll(pollers, 2, 5000));
    say_poll("socket", pollers[0].revents);
    say_poll("pipe", pollers[1].revents);
    crew_join(writer);
    loopback_close(ends);
    loopback_close(channel);
}

static void *poll_one(void *argument)
{
    say_poll("woken", loopback_await(*(int *)argument, POLLIN));
    return NULL;
}

static void all_pollers_of_one_descriptor_wake(void)
{
    int channel[2];
    if (pipe(channel) < 0)
        return;
    pthread_t writer = crew_start(write_later, &channel[1]);
    crew_run(3, poll_one, &channel[0]);
    crew_join(writer);
    loopback_close(channel);
}

const struct likeness_case likeness_poll[] = {
    LIKENESS_CASE(poll, an_empty_set_only_waits),
    LIKENESS_CASE(poll, a_timeout_reports_nothing),
    LIKENESS_CASE(poll, negative_descriptors_are_skipped),
    LIKENESS_CASE(poll, a_closed_descriptor_is_invalid),
    LIKENESS_CASE(poll, the_life_of_a_stream),
    LIKENESS_CASE(poll, a_shut_down_reader_is_readable),
    LIKENESS_CASE(poll, sockets_before_and_after),
    LIKENESS_CASE(poll, only_what_was_asked_for_is_reported),
    LIKENESS_CASE(poll, pipes),
    LIKENESS_CASE(poll, counters_and_files),
    LIKENESS_CASE(poll, poll_counts_descriptors),
    LIKENESS_CASE(poll, another_thread_wakes_it),
    LIKENESS_CASE(poll, all_pollers_of_one_descriptor_wake),
    LIKENESS_END,
};
