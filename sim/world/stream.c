/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream: the segments of one direction of a connection.
 *
 * Segments come in three sizes, each with a list of free ones: a world moves tens of thousands of them.
 */
#include "sim/world/stream.h"

#include <assert.h>
#include <string.h>

#include "sim/world/world.h"

enum { SIZE_CLASSES = 3 };
static const size_t class_bytes[SIZE_CLASSES] = {192, 2048, SEGMENT_BYTES_MAX};
static struct segment *free_segments[SIZE_CLASSES];

void stream_begin(void)
{
    memset(free_segments, 0, sizeof free_segments);
}

void stream_end(void)
{
    for (unsigned i = 0; i < SIZE_CLASSES; i++) {
        while (free_segments[i]) {
            struct segment *segment = free_segments[i];
            free_segments[i] = segment->next;
            world_free(segment);
        }
    }
}

struct segment *segment_new(enum segment_kind kind, size_t bytes)
{
    assert(bytes <= SEGMENT_BYTES_MAX);
    uint32_t size_class = 0;
    while (bytes > class_bytes[size_class])
        size_class++;
    struct segment *segment = free_segments[size_class];
    if (segment)
        free_segments[size_class] = segment->next;
    else
        segment = world_alloc(sizeof *segment + class_bytes[size_class]);
    *segment = (struct segment){.bytes = (uint32_t)bytes, .kind = kind, .size_class = size_class};
    return segment;
}

void segment_free(struct segment *segment)
{
    segment->next = free_segments[segment->size_class];
    free_segments[segment->size_class] = segment;
}

static uint64_t charge(const struct segment *segment)
{
    if (segment->kind != SEGMENT_DATA)
        return 0;
    return segment->bytes < SEGMENT_CHARGE_MIN ? SEGMENT_CHARGE_MIN : segment->bytes;
}

void stream_append(struct stream *stream, struct segment *segment)
{
    segment->next = NULL;
    if (stream->flying)
        stream->flying_last->next = segment;
    else
        stream->flying = segment;
    stream->flying_last = segment;
    stream->charged += charge(segment);
}

struct segment *stream_take_flying(struct stream *stream)
{
    struct segment *segment = stream->flying;
    if (segment)
        stream->flying = segment->next;
    return segment;
}

void stream_arrive(struct stream *stream, struct segment *segment)
{
    assert(segment->kind == SEGMENT_DATA && segment->bytes > 0);
    segment->next = NULL;
    if (stream->unread)
        stream->unread_last->next = segment;
    else
        stream->unread = segment;
    stream->unread_last = segment;
    stream->unread_bytes += segment->bytes;
}

/* A place in an iovec array that moves on as bytes are stored. */
struct sink {
    const struct iovec *iov;
    size_t offset;
};

static void store(struct sink *sink, const unsigned char *data, size_t bytes)
{
    while (bytes > 0) {
        size_t room = sink->iov->iov_len - sink->offset;
        size_t part = bytes < room ? bytes : room;
        if (part)
            memcpy((unsigned char *)sink->iov->iov_base + sink->offset, data, part);
        data += part;
        bytes -= part;
        sink->offset += part;
        if (sink->offset == sink->iov->iov_len) {
            sink->iov++;
            sink->offset = 0;
        }
    }
}

size_t stream_read(struct stream *stream, const struct iovec *iov, size_t bytes, bool is_peek)
{
    struct sink sink = {iov, 0};
    size_t wanted = bytes < stream->unread_bytes ? bytes : stream->unread_bytes, left = wanted;
    struct segment *segment = stream->unread;
    while (left > 0) {
        struct segment *next = segment->next;
        size_t have = segment->bytes - segment->read;
        size_t part = left < have ? left : have;
        store(&sink, segment->data + segment->read, part);
        left -= part;
        if (!is_peek) {
            segment->read += (uint32_t)part;
            if (segment->read == segment->bytes) {
                stream->unread = next;
                stream->freed += charge(segment);
                segment_free(segment);
            }
        }
        segment = next;
    }
    if (!is_peek)
        stream->unread_bytes -= wanted;
    return wanted;
}

size_t stream_room(const struct stream *stream, size_t window_bytes)
{
    uint64_t used = stream->charged - stream->credited;
    return used < window_bytes ? window_bytes - (size_t)used : 0;
}

static void drop(struct segment *segment)
{
    while (segment) {
        struct segment *next = segment->next;
        segment_free(segment);
        segment = next;
    }
}

void stream_drop_flying(struct stream *stream)
{
    timer_stop(&stream->arrival);
    drop(stream->flying);
    stream->flying = NULL;
    stream->is_held = false;
}

void stream_drop_all(struct stream *stream)
{
    stream_drop_flying(stream);
    timer_stop(&stream->window);
    drop(stream->unread);
    stream->unread = NULL;
    stream->unread_bytes = 0;
}
