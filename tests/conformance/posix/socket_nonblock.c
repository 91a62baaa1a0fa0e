/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Likeness: non-blocking streams and back-pressure. How much fits into the buffers is the kernel's own
 * affair, so the cases print whether it was limited, and that nothing was lost, doubled or reordered.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

#define FLOOD_BYTES ((size_t)16 << 20) /* more than any socket's buffers hold */

static unsigned char pattern(size_t index)
{
    return (unsigned char)(index % 251);
}

static unsigned char *pattern_new(size_t count)
{
    unsigned char *bytes = malloc(count);
    for (size_t i = 0; i < count; i++)
        bytes[i] = pattern(i);
    return bytes;
}

struct sink {
    int fd;
    size_t received;
    size_t wrong;
};

/* Reads until `limit` bytes have come in all, or the end. */
static void sink_until(struct sink *sink, size_t limit)
{
    unsigned char bytes[65536];
    while (sink->received < limit) {
        ssize_t count = read(sink->fd, bytes, sizeof(bytes));
        if (count <= 0)
            return;
        for (ssize_t i = 0; i < count; i++)
            sink->wrong += bytes[i] != pattern(sink->received + (size_t)i);
        sink->received += (size_t)count;
    }
}

static void *sink_all(void *argument)
{
    sink_until(argument, SIZE_MAX);
    return NULL;
}

static void reading_nothing_would_block(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    char byte;
    say_call("recv MSG_DONTWAIT on a blocking socket", recv(ends[0], &byte, 1, MSG_DONTWAIT));
    loopback_set_nonblocking(ends[0]);
    say_call("read", read(ends[0], &byte, 1));
    say_call("recv", recv(ends[0], &byte, 1, 0));
    struct iovec vector = {&byte, 1};
    say_call("readv", readv(ends[0], &vector, 1));
    say_call("recv MSG_WAITALL", recv(ends[0], &byte, 1, MSG_WAITALL));
    loopback_put(ends[1], "y");
    loopback_await(ends[0], POLLIN);
    say_call("read", read(ends[0], &byte, 1));
    loopback_close(ends);
}

static void a_writer_stops_when_nobody_reads(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_set_nonblocking(ends[0]);
    unsigned char *bytes = pattern_new(FLOOD_BYTES);
    size_t sent = 0;
    ssize_t count = 0;
    while (sent < FLOOD_BYTES && (count = send(ends[0], bytes + sent, FLOOD_BYTES - sent, MSG_NOSIGNAL)) > 0)
        sent += (size_t)count;
    say_call("send when full", count);
    say_whether("some was sent", sent > 0);
    say_whether("not all was sent", sent < FLOOD_BYTES);
    struct pollfd poller = {.fd = ends[0], .events = POLLOUT};
    /* What is sent may still move from the writer's buffer to the reader's: it fills up in the end. */
    while (poll(&poller, 1, 20) == 1 && (count = send(ends[0], bytes + sent, 4096, MSG_NOSIGNAL)) > 0)
        sent += (size_t)count;
    say_poll("poll when full", poller.revents);

    struct sink sink = {.fd = ends[1]};
    sink_until(&sink, sent);
    say_poll("poll when drained", loopback_await(ends[0], POLLOUT));
    say_whether("all that was sent was received", sink.received == sent);
    say("wrong %zu", sink.wrong);
    free(bytes);
    loopback_close(ends);
}

/* Sends all of it, waiting for room; gives the number of calls that took only a part. */
static int send_with_partial_writes(int fd, struct iovec *vectors, int count, bool as_message)
{
    int partial = 0;
    while (count > 0) {
        struct msghdr message = {.msg_iov = vectors, .msg_iovlen = (size_t)count};
        ssize_t sent = as_message ? sendmsg(fd, &message, MSG_NOSIGNAL) : writev(fd, vectors, count);
        if (sent < 0) {
            if (errno != EAGAIN)
                say_call("send", sent);
            if (errno != EAGAIN)
                return partial;
            loopback_await(fd, POLLOUT);
            continue;
        }
        size_t left = (size_t)sent;
        while (count > 0 && left >= vectors->iov_len) {
            left -= vectors->iov_len;
            vectors++;
            count--;
        }
        if (count > 0) {
            vectors->iov_base = (char *)vectors->iov_base + left;
            vectors->iov_len -= left;
            partial++;
        }
    }
    return partial;
}

static void send_in_parts(bool as_message)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_set_nonblocking(ends[0]);
    unsigned char *bytes = pattern_new(FLOOD_BYTES);
    struct iovec vectors[3] = {
        {bytes, 1000}, {bytes + 1000, FLOOD_BYTES - 3000}, {bytes + FLOOD_BYTES - 2000, 2000}};
    struct sink sink = {.fd = ends[1]};
    pthread_t reader = crew_start(sink_all, &sink);
    int partial = send_with_partial_writes(ends[0], vectors, 3, as_message);
    shutdown(ends[0], SHUT_WR);
    crew_join(reader);
    say_whether("some calls took only a part", partial > 0);
    say("received %zu, wrong %zu", sink.received, sink.wrong);
    free(bytes);
    loopback_close(ends);
}

static void writev_takes_what_fits(void)
{
    send_in_parts(false);
}

static void sendmsg_takes_what_fits(void)
{
    send_in_parts(true);
}

struct slow {
    struct sink sink;
    int pauses;
};

static void *sink_slowly(void *argument)
{
    struct slow *slow = argument;
    for (int i = 0; i < slow->pauses; i++) {
        moment_sleep_ms(2);
        sink_until(&slow->sink, slow->sink.received + 65536);
    }
    sink_until(&slow->sink, SIZE_MAX);
    return NULL;
}

static void a_blocking_write_waits_for_a_slow_reader(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    unsigned char *bytes = pattern_new(FLOOD_BYTES);
    struct slow slow = {.sink = {.fd = ends[1]}, .pauses = 5};
    pthread_t reader = crew_start(sink_slowly, &slow);
    say_call("write", write(ends[0], bytes, FLOOD_BYTES));
    shutdown(ends[0], SHUT_WR);
    crew_join(reader);
    say("received %zu, wrong %zu", slow.sink.received, slow.sink.wrong);
    free(bytes);
    loopback_close(ends);
}

static void a_reset_ends_a_blocked_writer(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_set_nonblocking(ends[0]);
    unsigned char *bytes = pattern_new(FLOOD_BYTES);
    while (send(ends[0], bytes, FLOOD_BYTES, MSG_NOSIGNAL) > 0)
        ;
    say_error("full", errno);
    loopback_set_abortive(ends[1]);
    close(ends[1]);
    loopback_await(ends[0], 0);
    say_poll("poll", loopback_await(ends[0], POLLOUT));
    say_call("send", send(ends[0], bytes, 1, MSG_NOSIGNAL));
    say_call("send again", send(ends[0], bytes, 1, MSG_NOSIGNAL));
    free(bytes);
    close(ends[0]);
}

static void a_reader_with_a_timeout_gives_up(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    struct timeval patience = {.tv_usec = 10000};
    say_call("SO_RCVTIMEO", setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)));
    struct timespec earliest = moment_after_ms(CLOCK_MONOTONIC, 9);
    char byte;
    say_call("recv", recv(ends[0], &byte, 1, 0));
    say_whether("it waited", moment_has_come(CLOCK_MONOTONIC, earliest));
    loopback_put(ends[1], "x");
    say_call("recv", recv(ends[0], &byte, 1, 0));
    loopback_close(ends);
}

const struct likeness_case likeness_socket_nonblock[] = {
    LIKENESS_CASE(socket_nonblock, reading_nothing_would_block),
    LIKENESS_CASE(socket_nonblock, a_writer_stops_when_nobody_reads),
    LIKENESS_CASE(socket_nonblock, writev_takes_what_fits),
    LIKENESS_CASE(socket_nonblock, sendmsg_takes_what_fits),
    LIKENESS_CASE(socket_nonblock, a_blocking_write_waits_for_a_slow_reader),
    LIKENESS_CASE(socket_nonblock, a_reset_ends_a_blocked_writer),
    LIKENESS_CASE(socket_nonblock, a_reader_with_a_timeout_gives_up),
    LIKENESS_END,
};
