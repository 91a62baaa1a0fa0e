/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proxy on loopback that hands bytes through unchanged and counts Kafka's requests as they pass. A broker whose
 * advertised.listeners names the proxy is reached through it by every client. usage: count-requests LISTEN-PORT
 * BROKER-PORT; at SIGTERM it prints the counts as request_counts.h says, and ends.
 *
 * One thread, one poll loop; a direction whose receiver is slow is not read any further.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/load/request_counts.h"

enum {
    PAIRS_MAX = 256,
    BUFFER_BYTES = 65536,
    LENGTH_BYTES = 4,
    HEADER_BYTES = 10,
    FRAME_BYTES_MAX = 128 << 20
};

/* Finds the frames in a stream of requests. Of each only the front is kept: length, key, version, correlation id,
 * length of the client id, client id. */
struct frames {
    uint8_t front[LENGTH_BYTES + HEADER_BYTES + REQUEST_COUNTS_CLIENT_BYTES];
    size_t front_bytes;
    size_t rest_bytes; /* of this frame, not to be looked at */
    bool is_garbage;
};

/* One direction: what was read and is not yet written. */
struct half {
    int from, to;
    uint8_t data[BUFFER_BYTES];
    size_t start, end;
    bool is_ended;
};

struct pair {
    struct half up, down;
    struct frames frames;
};

static struct pair *pairs[PAIRS_MAX];
static size_t pair_count;
static struct request_counts counts;
static volatile sig_atomic_t is_over;

static void on_signal(int number)
{
    (void)number;
    is_over = 1;
}

static uint32_t integer(const uint8_t *at, size_t bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

/* How much of the front has to be there to know what comes next. */
static size_t front_wanted(const struct frames *frames)
{
    if (frames->front_bytes < LENGTH_BYTES + HEADER_BYTES)
        return LENGTH_BYTES + HEADER_BYTES;
    size_t client_bytes = (uint16_t)integer(frames->front + LENGTH_BYTES + 8, 2);
    if (client_bytes > INT16_MAX) /* null */
        client_bytes = 0;
    return LENGTH_BYTES + HEADER_BYTES +
           (client_bytes < REQUEST_COUNTS_CLIENT_BYTES ? client_bytes : REQUEST_COUNTS_CLIENT_BYTES);
}

static void end_front(struct frames *frames)
{
    size_t length = integer(frames->front, LENGTH_BYTES);
    size_t held = frames->front_bytes - LENGTH_BYTES;
    if (length < held || length > FRAME_BYTES_MAX) {
        fprintf(stderr, "count-requests: not a Kafka request\n");
        frames->is_garbage = true;
        return;
    }
    request_counts_add(&counts, (const char *)frames->front + LENGTH_BYTES + HEADER_BYTES,
                       held - HEADER_BYTES, (int16_t)integer(frames->front + LENGTH_BYTES, 2),
                       (int16_t)integer(frames->front + LENGTH_BYTES + 2, 2));
    frames->rest_bytes = length - held;
    frames->front_bytes = 0;
}

static void count(struct frames *frames, const uint8_t *data, size_t bytes)
{
    while (bytes > 0 && !frames->is_garbage) {
        bool is_rest = frames->rest_bytes > 0;
        size_t wanted = is_rest ? frames->rest_bytes : front_wanted(frames) - frames->front_bytes;
        size_t taken = wanted < bytes ? wanted : bytes;
        if (is_rest) {
            frames->rest_bytes -= taken;
        } else {
            memcpy(frames->front + frames->front_bytes, data, taken);
            frames->front_bytes += taken;
            if (frames->front_bytes == front_wanted(frames))
                end_front(frames);
        }
        data += taken;
        bytes -= taken;
    }
}

static void fill(struct half *half, struct frames *frames)
{
    ssize_t got = recv(half->from, half->data, sizeof half->data, 0);
    if (got > 0) {
        half->start = 0;
        half->end = (size_t)got;
        if (frames)
            count(frames, half->data, half->end);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        half->is_ended = true;
        shutdown(half->to, SHUT_WR);
    }
}

static void empty(struct half *half)
{
    ssize_t sent = send(half->to, half->data + half->start, half->end - half->start, MSG_NOSIGNAL);
    if (sent > 0)
        half->start += (size_t)sent;
    else if (errno != EAGAIN && errno != EINTR)
        half->is_ended = true;
}

static short events_of(const struct half *in, const struct half *out)
{
    short events = 0;
    if (!in->is_ended && in->start == in->end)
        events |= POLLIN;
    if (!out->is_ended && out->start < out->end)
        events |= POLLOUT;
    return events;
}

/* Closes what has ended in both directions. */
static void drop_ended(void)
{
    for (size_t i = pair_count; i-- > 0;) {
        if (!pairs[i]->up.is_ended || !pairs[i]->down.is_ended)
            continue;
        close(pairs[i]->up.from);
        close(pairs[i]->up.to);
        free(pairs[i]);
        pairs[i] = pairs[--pair_count];
    }
}

static struct sockaddr_in loopback(const char *port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void make_ready(int fd)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void take_client(int listener, const char *broker_port)
{
    struct sockaddr_in address = loopback(broker_port);
    int client = accept(listener, NULL, NULL);
    if (client < 0)
        return;
    int broker = socket(AF_INET, SOCK_STREAM, 0);
    struct pair *pair = pair_count < PAIRS_MAX ? calloc(1, sizeof *pair) : NULL;
    if (!pair || broker < 0 || connect(broker, (struct sockaddr *)&address, sizeof address) != 0) {
        close(client);
        close(broker);
        free(pair);
        return;
    }
    make_ready(client);
    make_ready(broker);
    pair->up.from = pair->down.to = client;
    pair->up.to = pair->down.from = broker;
    pairs[pair_count++] = pair;
}

static void turn(int listener, const char *broker_port, const sigset_t *mask)
{
    struct pollfd polled[1 + 2 * PAIRS_MAX];
    size_t watched = pair_count;
    polled[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (size_t i = 0; i < watched; i++) {
        struct pair *pair = pairs[i];
        short client = events_of(&pair->up, &pair->down), broker = events_of(&pair->down, &pair->up);
        polled[1 + 2 * i] = (struct pollfd){.fd = client ? pair->up.from : -1, .events = client};
        polled[2 + 2 * i] = (struct pollfd){.fd = broker ? pair->up.to : -1, .events = broker};
    }
    if (ppoll(polled, 1 + 2 * watched, NULL, mask) < 0)
        return;
    for (size_t i = 0; i < watched; i++) {
        struct pair *pair = pairs[i];
        short client = polled[1 + 2 * i].revents, broker = polled[2 + 2 * i].revents;
        short in_error = POLLERR | POLLHUP | POLLNVAL;
        if (client & (POLLOUT | in_error) && pair->down.start < pair->down.end)
            empty(&pair->down);
        if (broker & (POLLOUT | in_error) && pair->up.start < pair->up.end)
            empty(&pair->up);
        if (client & (POLLIN | in_error) && !pair->up.is_ended && pair->up.start == pair->up.end)
            fill(&pair->up, &pair->frames);
        if (broker & (POLLIN | in_error) && !pair->down.is_ended && pair->down.start == pair->down.end)
            fill(&pair->down, NULL);
    }
    drop_ended();
    if (polled[0].revents)
        take_client(listener, broker_port);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return fprintf(stderr, "usage: count-requests LISTEN-PORT BROKER-PORT\n"), 2;
    struct sockaddr_in address = loopback(argv[1]);
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, PAIRS_MAX) != 0)
        return perror("count-requests"), 2;
    fcntl(listener, F_SETFL, O_NONBLOCK);
    /* The signal comes only while ppoll waits: none is missed. */
    sigset_t blocked, mask;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &mask);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    while (!is_over)
        turn(listener, argv[2], &mask);
    request_counts_print(&counts, stdout);
    return 0;
}
