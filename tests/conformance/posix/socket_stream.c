/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: bytes over a connected TCP stream, with every call that moves them. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void bytes_arrive_in_the_order_they_were_written(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_put(ends[0], "one ");
    loopback_put(ends[0], "two ");
    loopback_put(ends[0], "three");
    shutdown(ends[0], SHUT_WR);

    char text[64];
    size_t length = 0;
    ssize_t count;
    while ((count = read(ends[1], text + length, sizeof(text) - length)) > 0)
        length += (size_t)count;
    say_bytes("all reads", text, (long)length);
    say_call("last read", count);
    loopback_close(ends);
}

static void a_read_returns_what_is_there(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    char text[64];
    say_call("write", write(ends[0], "hello", 5));
    say_bytes("read of 64", text, read(ends[1], text, sizeof(text)));
    say_call("send", send(ends[0], "again", 5, 0));
    say_bytes("recv of 2", text, recv(ends[1], text, 2, 0));
    say_bytes("recv of 64", text, recv(ends[1], text, sizeof(text), 0));
    loopback_close(ends);
}

static void both_directions_are_separate(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    char text[64];
    loopback_put(ends[0], "question");
    loopback_put(ends[1], "answer");
    say_bytes("at the one end", text, read(ends[0], text, sizeof(text)));
    say_bytes("at the other", text, read(ends[1], text, sizeof(text)));
    loopback_close(ends);
}

static void peeking_leaves_the_bytes(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    char text[64];
    loopback_put(ends[0], "peekaboo");
    say_bytes("MSG_PEEK of 4", text, recv(ends[1], text, 4, MSG_PEEK));
    say_bytes("MSG_PEEK again", text, recv(ends[1], text, sizeof(text), MSG_PEEK));
    say_bytes("recv", text, recv(ends[1], text, sizeof(text), 0));
    say_call("MSG_PEEK, MSG_DONTWAIT", recv(ends[1], text, sizeof(text), MSG_PEEK | MSG_DONTWAIT));
    loopback_put(ends[0], "x");
    shutdown(ends[0], SHUT_WR);
    say_bytes("recv", text, recv(ends[1], text, sizeof(text), 0));
    say_call("MSG_PEEK at the end", recv(ends[1], text, sizeof(text), MSG_PEEK));
    loopback_close(ends);
}

static void *send_in_two_parts(void *argument)
{
    int fd = *(int *)argument;
    loopback_put(fd, "abc");
    moment_sleep_ms(5);
    loopback_put(fd, "def");
    return NULL;
}

static void waiting_for_all_waits_for_all(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    pthread_t sender = crew_start(send_in_two_parts, &ends[0]);
    char text[64];
    say_bytes("MSG_WAITALL of 6", text, recv(ends[1], text, 6, MSG_WAITALL));
    crew_join(sender);
    loopback_put(ends[0], "end");
    shutdown(ends[0], SHUT_WR);
    say_bytes("MSG_WAITALL of 64, then EOF", text, recv(ends[1], text, sizeof(text), MSG_WAITALL));
    loopback_close(ends);
}

static void vectors_gather_and_scatter(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    struct iovec out[3] = {{"abc", 3}, {"", 0}, {"defgh", 5}};
    say_call("writev", writev(ends[0], out, 3));
    loopback_await(ends[1], POLLIN);
    char first[2], second[64];
    struct iovec in[2] = {{first, sizeof(first)}, {second, sizeof(second)}};
    ssize_t count = readv(ends[1], in, 2);
    say_call("readv", count);
    say_bytes("first", first, 2);
    say_bytes("second", second, count - 2);
    say_call("writev of nothing", writev(ends[0], out, 0));
    volatile int negative = -1;
    say_call("writev of -1", writev(ends[0], out, negative));
    loopback_close(ends);
}

static void messages_carry_vectors(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    struct iovec out[2] = {{"request ", 8}, {"body", 4}};
    struct msghdr message = {.msg_iov = out, .msg_iovlen = 2};
    say_call("sendmsg", sendmsg(ends[0], &message, MSG_NOSIGNAL | MSG_DONTWAIT));

    loopback_await(ends[1], POLLIN);
    char first[3], second[64];
    struct iovec in[2] = {{first, sizeof(first)}, {second, sizeof(second)}};
    struct sockaddr_in from;
    message = (struct msghdr){.msg_iov = in, .msg_iovlen = 2, .msg_name = &from, .msg_namelen = sizeof(from)};
    ssize_t count = recvmsg(ends[1], &message, MSG_DONTWAIT);
    say_call("recvmsg", count);
    say_bytes("first", first, 3);
    say_bytes("second", second, count - 3);
    say("name %d bytes, control %zu bytes, flags %d", (int)message.msg_namelen, message.msg_controllen,
        message.msg_flags & (MSG_TRUNC | MSG_CTRUNC | MSG_OOB));
    say_call("recvmsg, nothing there", recvmsg(ends[1], &message, MSG_DONTWAIT));
    shutdown(ends[0], SHUT_WR);
    loopback_await(ends[1], POLLIN);
    say_call("recvmsg at the end", recvmsg(ends[1], &message, MSG_DONTWAIT));
    loopback_close(ends);
}

static void nothing_is_written_by_an_empty_write(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    char text[8];
    say_call("write of 0", write(ends[0], "", 0));
    say_call("send of 0", send(ends[0], "", 0, MSG_NOSIGNAL));
    say_call("recv", recv(ends[1], text, sizeof(text), MSG_DONTWAIT));
    say_call("read of 0", read(ends[1], text, 0));
    loopback_put(ends[0], "x");
    loopback_await(ends[1], POLLIN);
    say_call("read of 0 with a byte there", read(ends[1], text, 0));
    say_bytes("read", text, read(ends[1], text, sizeof(text)));
    loopback_close(ends);
}

#define BULK_BYTES (1 << 20)

static unsigned char bulk_byte(size_t index)
{
    return (unsigned char)(index * 31 + (index >> 8));
}

static void *send_bulk(void *argument)
{
    int fd = *(int *)argument;
    unsigned char *bytes = malloc(BULK_BYTES);
    for (size_t i = 0; i < BULK_BYTES; i++)
        bytes[i] = bulk_byte(i);
    ssize_t sent = send(fd, bytes, BULK_BYTES, MSG_NOSIGNAL);
    free(bytes);
    shutdown(fd, SHUT_WR);
    say_call("blocking send", sent);
    return NULL;
}

static void a_megabyte_crosses_whole(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    pthread_t sender = crew_start(send_bulk, &ends[0]);
    unsigned char bytes[4096];
    size_t received = 0, wrong = 0;
    ssize_t count;
    while ((count = read(ends[1], bytes, sizeof(bytes))) > 0) {
        for (ssize_t i = 0; i < count; i++)
            wrong += bytes[i] != bulk_byte(received + (size_t)i);
        received += (size_t)count;
    }
    crew_join(sender);
    say("received %zu, wrong %zu", received, wrong);
    loopback_close(ends);
}

static void a_stream_without_a_peer_moves_nothing(void)
{
    char text[8];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_call("recv", recv(fd, text, sizeof(text), 0));
    say_call("read", read(fd, text, sizeof(text)));
    say_call("send", send(fd, "x", 1, MSG_NOSIGNAL));
    close(fd);

    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    say_call("recv on a listener", recv(listener, text, sizeof(text), 0));
    say_call("send on a listener", send(listener, "x", 1, MSG_NOSIGNAL));
    close(listener);
    say_call("recv on a closed descriptor", recv(listener, text, sizeof(text), 0));
    say_call("send on a closed descriptor", send(listener, "x", 1, MSG_NOSIGNAL));
}

static void socket_calls_refuse_a_pipe(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return;
    char text[8];
    say_call("recv", recv(ends[0], text, sizeof(text), 0));
    say_call("send", send(ends[1], "x", 1, MSG_NOSIGNAL));
    say_call("listen", listen(ends[0], 1));
    say_call("accept", accept(ends[0], NULL, NULL));
    say_call("shutdown", shutdown(ends[0], SHUT_WR));
    loopback_close(ends);
}

static void recvfrom_on_a_stream_names_nobody(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    loopback_put(ends[0], "hi");
    char text[8];
    struct sockaddr_in from;
    memset(&from, 0, sizeof(from));
    socklen_t length = sizeof(from);
    say_bytes("recvfrom", text, recvfrom(ends[1], text, sizeof(text), 0, (struct sockaddr *)&from, &length));
    say("address of %d bytes", (int)length);
    say_call("sendto with no address", sendto(ends[1], "ho", 2, MSG_NOSIGNAL, NULL, 0));
    say_bytes("recv", text, recv(ends[0], text, sizeof(text), 0));
    loopback_close(ends);
}

static void a_socketpair_goes_both_ways(void)
{
    int ends[2];
    if (say_call("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) < 0)
        return;
    char text[8];
    say_call("write", write(ends[0], "ping", 4));
    say_bytes("read", text, read(ends[1], text, sizeof(text)));
    say_call("write back", write(ends[1], "pong", 4));
    say_bytes("read", text, read(ends[0], text, sizeof(text)));
    say_call("nothing there", recv(ends[0], text, sizeof(text), MSG_DONTWAIT));
    close(ends[0]);
    say_call("read after close", read(ends[1], text, sizeof(text)));
    say_call("send after close", send(ends[1], "x", 1, MSG_NOSIGNAL));
    close(ends[1]);
    say_call("socketpair of AF_INET", socketpair(AF_INET, SOCK_STREAM, 0, ends));
}

static void *read_three_bytes(void *argument)
{
    char text[3];
    ssize_t count = recv(*(int *)argument, text, sizeof(text), MSG_WAITALL);
    say_bytes("reader", text, count);
    return NULL;
}

static void a_blocked_reader_wakes_when_bytes_come(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    pthread_t reader = crew_start(read_three_bytes, &ends[1]);
    moment_sleep_ms(5);
    say("writing");
    loopback_put(ends[0], "now");
    crew_join(reader);
    loopback_close(ends);
}

const struct likeness_case likeness_socket_stream[] = {
    LIKENESS_CASE(socket_stream, bytes_arrive_in_the_order_they_were_written),
    LIKENESS_CASE(socket_stream, a_read_returns_what_is_there),
    LIKENESS_CASE(socket_stream, both_directions_are_separate),
    LIKENESS_CASE(socket_stream, peeking_leaves_the_bytes),
    LIKENESS_CASE(socket_stream, waiting_for_all_waits_for_all),
    LIKENESS_CASE(socket_stream, vectors_gather_and_scatter),
    LIKENESS_CASE(socket_stream, messages_carry_vectors),
    LIKENESS_CASE(socket_stream, nothing_is_written_by_an_empty_write),
    LIKENESS_CASE(socket_stream, a_megabyte_crosses_whole),
    LIKENESS_CASE(socket_stream, a_stream_without_a_peer_moves_nothing),
    LIKENESS_CASE(socket_stream, socket_calls_refuse_a_pipe),
    LIKENESS_CASE(socket_stream, recvfrom_on_a_stream_names_nobody),
    LIKENESS_CASE(socket_stream, a_socketpair_goes_both_ways),
    LIKENESS_CASE(socket_stream, a_blocked_reader_wakes_when_bytes_come),
    LIKENESS_END,
};
