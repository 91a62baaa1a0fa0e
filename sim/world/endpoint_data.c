/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint_data: the bytes of a TCP socket: recv, send, poll.
 *
 * By choice a recv returns less than there is, and a send that must not wait takes less than there is room for.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "sim/world/choice.h"
#include "sim/world/endpoint.h"
#include "sim/world/engine.h"
#include "sim/world/network.h"

enum { SHORT_OPTIONS = 8 };

static struct choice_point short_read_point = CHOICE_POINT("network/short_read");
static struct choice_point short_read_bytes_point = CHOICE_POINT("network/short_read_bytes");
static struct choice_point short_write_point = CHOICE_POINT("network/short_write");
static struct choice_point short_write_bytes_point = CHOICE_POINT("network/short_write_bytes");

/* 1..bytes: all of them, one, all but one, or so many eighths. */
static size_t shortened(struct choice_point *gate, uint32_t per_million, struct choice_point *point,
                        size_t bytes)
{
    uint32_t picked = choice_pick_rarely(gate, per_million, point, SHORT_OPTIONS);
    if (picked == 0)
        return bytes;
    if (picked == 1)
        return 1;
    if (picked == 2)
        return bytes - 1;
    size_t part = bytes * (picked - 2) / SHORT_OPTIONS;
    return part ? part : 1;
}

static size_t total_bytes(const struct iovec *iov, int count)
{
    size_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += iov[i].iov_len;
    return bytes;
}

static inline struct stream *incoming(const struct endpoint *endpoint)
{
    return endpoint->connection ? &endpoint->connection->streams[side_other(endpoint->side)] : NULL;
}

static inline size_t unread_bytes(const struct endpoint *endpoint)
{
    const struct stream *stream = incoming(endpoint);
    return stream ? stream->unread_bytes : 0;
}

size_t endpoint_unread_bytes(const struct endpoint *endpoint)
{
    return unread_bytes(endpoint);
}

static void show(const struct endpoint *endpoint,
                 void (*on_data)(void *opaque, uint64_t id, const void *data, size_t bytes),
                 const struct iovec *iov, size_t bytes)
{
    void *opaque;
    network_tap(&opaque);
    struct task *self = engine_outside();
    for (; bytes > 0; iov++) {
        size_t part = bytes < iov->iov_len ? bytes : iov->iov_len;
        if (part)
            on_data(opaque, endpoint->connection->id, iov->iov_base, part);
        bytes -= part;
    }
    engine_inside(self);
}

static size_t take(struct endpoint *endpoint, const struct iovec *iov, size_t wanted, bool is_peek)
{
    struct stream *stream = incoming(endpoint);
    size_t bytes = wanted < stream->unread_bytes ? wanted : stream->unread_bytes;
    uint32_t chance = network_settings()->short_read_per_million;
    if (chance && bytes > 1)
        bytes = shortened(&short_read_point, chance, &short_read_bytes_point, bytes);
    bytes = stream_read(stream, iov, bytes, is_peek);
    if (is_peek)
        return bytes;
    void *opaque;
    const struct network_tap *tap = network_tap(&opaque);
    if (tap && tap->on_server_read && endpoint->is_tapped)
        show(endpoint, tap->on_server_read, iov, bytes);
    connection_consumed(endpoint->connection, endpoint->side);
    return bytes;
}

/* Linux: tcp_recvmsg. What has arrived can be read, whatever happened since. */
ssize_t endpoint_recv(struct endpoint *endpoint, const struct iovec *iov, int count, int flags)
{
    if (flags & MSG_OOB)
        return -EINVAL;
    if (endpoint->state == ENDPOINT_LISTENING)
        return -ENOTCONN;
    if (endpoint_unread_bytes(endpoint) > 0)
        return (ssize_t)take(endpoint, iov, total_bytes(iov, count), flags & MSG_PEEK);
    if (endpoint->has_fin)
        return 0;
    if (endpoint->error)
        return -endpoint_take_error(endpoint);
    if (endpoint->shut & ENDPOINT_SHUT_READ)
        return 0;
    return endpoint->state == ENDPOINT_CLOSED ? -ENOTCONN : -EAGAIN;
}

/* A place in an iovec array that moves on as bytes are taken. */
struct source {
    const struct iovec *iov;
    size_t offset;
};

static void fetch(struct source *source, unsigned char *data, size_t bytes)
{
    while (bytes > 0) {
        size_t have = source->iov->iov_len - source->offset;
        size_t part = bytes < have ? bytes : have;
        if (part)
            memcpy(data, (const unsigned char *)source->iov->iov_base + source->offset, part);
        data += part;
        bytes -= part;
        source->offset += part;
        if (source->offset == source->iov->iov_len) {
            source->iov++;
            source->offset = 0;
        }
    }
}

static void put(struct endpoint *endpoint, const struct iovec *iov, size_t bytes)
{
    void *opaque;
    const struct network_tap *tap = network_tap(&opaque);
    if (tap && tap->on_server_write && endpoint->is_tapped)
        show(endpoint, tap->on_server_write, iov, bytes);
    struct source source = {iov, 0};
    struct connection *connection = endpoint->connection;
    while (bytes > 0) {
        size_t part = bytes < SEGMENT_BYTES_MAX ? bytes : SEGMENT_BYTES_MAX;
        struct segment *segment = segment_new(SEGMENT_DATA, part);
        fetch(&source, segment->data, part);
        bytes -= part;
        if (connection->is_dead[endpoint->side])
            segment_free(segment); /* reset by what it has just sent, without latency */
        else
            connection_send(connection, endpoint->side, segment);
    }
}

/* Linux: tcp_sendmsg. */
ssize_t endpoint_send(struct endpoint *endpoint, const struct iovec *iov, int count, int flags)
{
    if (flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (endpoint->state == ENDPOINT_CONNECTING)
        return -EAGAIN;
    if (endpoint->state != ENDPOINT_ESTABLISHED || (endpoint->shut & ENDPOINT_SHUT_WRITE)) {
        int error = endpoint_take_error(endpoint);
        return error ? -error : -EPIPE;
    }
    size_t bytes = total_bytes(iov, count);
    if (bytes == 0)
        return 0;
    struct stream *stream = &endpoint->connection->streams[endpoint->side];
    size_t room = stream_room(stream, network_settings()->window_bytes);
    if (room == 0) {
        stream->is_starved = true;
        return -EAGAIN;
    }
    if (bytes > room)
        bytes = room;
    uint32_t chance = network_settings()->short_write_per_million;
    bool may_be_short = (flags & MSG_DONTWAIT) || (endpoint->file.flags & O_NONBLOCK);
    if (chance && may_be_short && bytes > 1)
        bytes = shortened(&short_write_point, chance, &short_write_bytes_point, bytes);
    put(endpoint, iov, bytes);
    return (ssize_t)bytes;
}

/* Linux: tcp_poll. */
static short readiness(struct open_file *file)
{
    struct endpoint *endpoint = SCHEDULE_OWNER(file, struct endpoint, file);
    int events = 0;
    if (endpoint->state == ENDPOINT_LISTENING)
        return endpoint->ready ? POLLIN | POLLRDNORM : 0;
    if (endpoint->shut == ENDPOINT_SHUT_BOTH || endpoint->state == ENDPOINT_CLOSED)
        events |= POLLHUP;
    if (endpoint->shut & ENDPOINT_SHUT_READ)
        events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (endpoint->state != ENDPOINT_CONNECTING) {
        if (unread_bytes(endpoint) > 0)
            events |= POLLIN | POLLRDNORM;
        struct stream *outgoing =
            endpoint->connection ? &endpoint->connection->streams[endpoint->side] : NULL;
        if (endpoint->state != ENDPOINT_ESTABLISHED || (endpoint->shut & ENDPOINT_SHUT_WRITE) ||
            stream_is_writable(outgoing, network_settings()->window_bytes))
            events |= POLLOUT | POLLWRNORM;
        else
            outgoing->is_starved = true;
    }
    if (endpoint->error)
        events |= POLLERR;
    return (short)events;
}

bool endpoint_takes_data(const struct endpoint *endpoint)
{
    return endpoint->shut != ENDPOINT_SHUT_BOTH;
}

void endpoint_on_data(struct endpoint *endpoint)
{
    schedule_wake_all(&endpoint->file.waiters);
}

void endpoint_on_room(struct endpoint *endpoint)
{
    schedule_wake_all(&endpoint->file.waiters);
}

void endpoint_on_fin(struct endpoint *endpoint, bool is_over)
{
    endpoint->has_fin = true;
    endpoint->shut |= ENDPOINT_SHUT_READ;
    if (is_over)
        endpoint->state = ENDPOINT_CLOSED;
    schedule_wake_all(&endpoint->file.waiters);
}

void endpoint_on_over(struct endpoint *endpoint)
{
    endpoint->state = ENDPOINT_CLOSED;
    schedule_wake_all(&endpoint->file.waiters);
}

static ssize_t read_some(struct open_file *file, const struct iovec *iov, int count)
{
    return endpoint_recv(endpoint_of(file), iov, count, 0);
}

static ssize_t write_some(struct open_file *file, const struct iovec *iov, int count)
{
    return endpoint_send(endpoint_of(file), iov, count, 0);
}

void endpoint_close(struct open_file *file);
extern const struct file_operations endpoint_operations;
const struct file_operations endpoint_operations = {
    .kind = FILE_SOCKET,
    .read = read_some,
    .write = write_some,
    .poll = readiness,
    .close = endpoint_close,
};
