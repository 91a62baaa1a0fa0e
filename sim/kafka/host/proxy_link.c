/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy_link: cuts both directions into frames. A request frame goes on when the gate lets it; meanwhile all
 * behind it waits, as a broker takes one request at a time from a connection. The responses' correlation ids tell
 * which request they answer: a Produce request with acks=0 has none. See proxy_link.h.
 */
#include "sim/kafka/host/proxy_link.h"
#include "sim/kafka/wire/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_BYTES = 64 << 10,
    OUT_BYTES_MAX = 4 << 20, /* more to be written: read no more */
    LENGTH_BYTES = 4,
    RESPONSE_BYTES_MIN = 4,
    REQUEST_BYTES_MIN = 8, /* api key, version, correlation id */
};

struct buffer {
    uint8_t *data;
    size_t start, end, capacity; /* data[start..end) */
};

/* One direction. */
struct flow {
    int from, to;
    struct buffer in, out;
    bool is_ended; /* from has sent its last byte */
    bool is_shut;  /* to was told so */
    bool is_raw;   /* lost track of frames: all passes */
};

struct sent {
    int32_t correlation_id;
    bool is_response_dropped;
};

struct proxy_link {
    struct flow requests, responses;
    struct sent *sent; /* ring of requests without an answer yet */
    size_t sent_count, sent_capacity;
    struct gate_decision waiting; /* of the first request frame in the buffer */
    int64_t waiting_until_ms;
    bool is_waiting, is_dead;
};

static size_t held_bytes(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

static bool make_room(struct buffer *buffer, size_t bytes)
{
    if (buffer->start > 0) {
        memmove(buffer->data, buffer->data + buffer->start, held_bytes(buffer));
        buffer->end -= buffer->start;
        buffer->start = 0;
    }
    if (buffer->capacity - buffer->end >= bytes)
        return true;
    size_t capacity = 2 * (buffer->end + bytes);
    uint8_t *data = realloc(buffer->data, capacity);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

struct proxy_link *proxy_link_new(int client_fd, int broker_fd)
{
    struct proxy_link *link = calloc(1, sizeof(*link));
    if (!link)
        return NULL;
    link->requests.from = link->responses.to = client_fd;
    link->requests.to = link->responses.from = broker_fd;
    return link;
}

void proxy_link_free(struct proxy_link *link)
{
    close(link->requests.from);
    close(link->requests.to);
    free(link->requests.in.data);
    free(link->requests.out.data);
    free(link->responses.in.data);
    free(link->responses.out.data);
    free(link->sent);
    free(link);
}

bool proxy_link_is_dead(const struct proxy_link *link)
{
    return link->is_dead;
}

static short events_of(const struct flow *reads, const struct flow *writes)
{
    short events = 0;
    if (!reads->is_ended && held_bytes(&reads->out) < OUT_BYTES_MAX)
        events |= POLLIN;
    if (held_bytes(&writes->out) > 0)
        events |= POLLOUT;
    return events;
}

int64_t proxy_link_fill(struct proxy_link *link, struct pollfd *two_out)
{
    short client = events_of(&link->requests, &link->responses);
    short broker = events_of(&link->responses, &link->requests);
    /* A descriptor without events would still report POLLHUP again and again. */
    two_out[0] = (struct pollfd){.fd = client ? link->requests.from : -1, .events = client};
    two_out[1] = (struct pollfd){.fd = broker ? link->requests.to : -1, .events = broker};
    return link->is_waiting && link->waiting.verdict == GATE_DELAY ? link->waiting_until_ms : INT64_MAX;
}

/* False if the connection is broken. */
static bool receive(struct flow *flow)
{
    if (!make_room(&flow->in, READ_BYTES))
        return false;
    ssize_t got = recv(flow->from, flow->in.data + flow->in.end, READ_BYTES, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    flow->in.end += (size_t)got;
    flow->is_ended = got == 0;
    return true;
}

static bool forward(struct flow *flow, size_t bytes)
{
    if (!make_room(&flow->out, bytes))
        return false;
    memcpy(flow->out.data + flow->out.end, flow->in.data + flow->in.start, bytes);
    flow->out.end += bytes;
    flow->in.start += bytes;
    return true;
}

/* The length of the first frame, its own prefix included; 0 if it is not all there. */
static size_t frame_bytes(struct flow *flow, int32_t bytes_min)
{
    if (held_bytes(&flow->in) < LENGTH_BYTES)
        return 0;
    int32_t length = wire_int32(flow->in.data + flow->in.start);
    if (length < bytes_min || length > WIRE_FRAME_BYTES_MAX) {
        flow->is_raw = true;
        return 0;
    }
    size_t bytes = (size_t)length + LENGTH_BYTES;
    return held_bytes(&flow->in) >= bytes ? bytes : 0;
}

static bool remember(struct proxy_link *link, int32_t correlation_id, bool is_response_dropped)
{
    if (link->sent_count == link->sent_capacity) {
        size_t capacity = link->sent_capacity ? 2 * link->sent_capacity : 16;
        struct sent *sent = realloc(link->sent, capacity * sizeof(*sent));
        if (!sent)
            return false;
        link->sent = sent;
        link->sent_capacity = capacity;
    }
    link->sent[link->sent_count++] = (struct sent){correlation_id, is_response_dropped};
    return true;
}

/* Takes the request that this response answers, and those before it, which have none. */
static bool is_dropped(struct proxy_link *link, int32_t correlation_id)
{
    for (size_t i = 0; i < link->sent_count; i++) {
        if (link->sent[i].correlation_id != correlation_id)
            continue;
        bool is_response_dropped = link->sent[i].is_response_dropped;
        link->sent_count -= i + 1;
        memmove(link->sent, link->sent + i + 1, link->sent_count * sizeof(*link->sent));
        return is_response_dropped;
    }
    return false;
}

static bool has_to_wait(struct proxy_link *link, const struct gate *gate, int64_t now_ms)
{
    if (link->waiting.verdict == GATE_DELAY)
        return now_ms < link->waiting_until_ms;
    return gate_is_held(gate, &link->waiting);
}

/* False: the connection is to die. */
static bool pass_requests(struct proxy_link *link, struct gate *gate, int64_t now_ms)
{
    struct flow *flow = &link->requests;
    size_t bytes;
    while (!flow->is_raw && (bytes = frame_bytes(flow, REQUEST_BYTES_MIN)) > 0) {
        const uint8_t *frame = flow->in.data + flow->in.start + LENGTH_BYTES;
        if (!link->is_waiting) {
            link->waiting = gate_request(gate, wire_int16(frame));
            link->waiting_until_ms = now_ms + link->waiting.delay_ms;
        }
        link->is_waiting = true;
        if (link->waiting.verdict == GATE_DROP_REQUEST)
            return false;
        if (has_to_wait(link, gate, now_ms))
            return true;
        link->is_waiting = false;
        if (!remember(link, wire_int32(frame + 4), link->waiting.verdict == GATE_DROP_RESPONSE) ||
            !forward(flow, bytes))
            return false;
    }
    /* What is no frame, or a part of one that will never be whole, is the broker's to refuse. */
    return (!flow->is_raw && !flow->is_ended) || forward(flow, held_bytes(&flow->in));
}

static bool pass_responses(struct proxy_link *link)
{
    struct flow *flow = &link->responses;
    size_t bytes;
    while (!flow->is_raw && (bytes = frame_bytes(flow, RESPONSE_BYTES_MIN)) > 0) {
        if (is_dropped(link, wire_int32(flow->in.data + flow->in.start + LENGTH_BYTES)) ||
            !forward(flow, bytes))
            return false;
    }
    return !flow->is_raw || forward(flow, held_bytes(&flow->in));
}

/* False if the connection is broken. Tells the other side of the end once all is written. */
static bool transmit(struct flow *flow)
{
    while (held_bytes(&flow->out) > 0) {
        ssize_t put = send(flow->to, flow->out.data + flow->out.start, held_bytes(&flow->out),
                           MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0)
            return errno == EAGAIN || errno == EINTR;
        flow->out.start += (size_t)put;
    }
    if (flow->is_ended && !flow->is_shut && held_bytes(&flow->in) == 0) {
        shutdown(flow->to, SHUT_WR);
        flow->is_shut = true;
    }
    return true;
}

static const short readable = POLLIN | POLLHUP | POLLERR;

void proxy_link_step(struct proxy_link *link, const struct pollfd *two, struct gate *gate, int64_t now_ms)
{
    bool is_alive = (!(two[0].revents & readable) || receive(&link->requests)) &&
                    (!(two[1].revents & readable) || receive(&link->responses)) &&
                    pass_requests(link, gate, now_ms) && pass_responses(link);
    /* What was answered before the connection dies is still told, as far as the socket takes it. */
    is_alive = transmit(&link->requests) && is_alive;
    is_alive = transmit(&link->responses) && is_alive;
    bool is_over = link->responses.is_ended && held_bytes(&link->responses.out) == 0;
    link->is_dead = !is_alive || is_over;
}
