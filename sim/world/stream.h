/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream: the segments of one direction of a connection.
 *
 *     sender --> [flying] --- arrival --> [unread] --> receiver
 *
 * A queue that is cut in two at what has arrived. Each segment is charged against the window until it is read whole
 * and the sender knows of it. Internal to the network; the connection decides what arrives when.
 */
#ifndef SIM_WORLD_STREAM_H
#define SIM_WORLD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include "sim/world/schedule.h"

struct link;

enum segment_kind { SEGMENT_SYN, SEGMENT_SYN_ACK, SEGMENT_ACK, SEGMENT_DATA, SEGMENT_FIN, SEGMENT_RST };

enum { SEGMENT_BYTES_MAX = 16384, SEGMENT_CHARGE_MIN = 64, SEGMENT_HEADER_BYTES = 54 };

struct segment {
    struct segment *next;
    int64_t sent_ns, arrives_ns;
    uint32_t bytes, read; /* read: of these, from the front */
    enum segment_kind kind;
    uint32_t size_class;
    unsigned char data[];
};

struct stream {
    struct link *link;
    struct segment *flying, *flying_last; /* nobody overtakes the first, even if due before it */
    struct segment *unread, *unread_last;
    size_t unread_bytes;
    uint64_t charged, freed; /* of all segments ever sent; of those read whole */
    uint64_t credited;       /* of freed, what the sender knows */
    struct timer arrival;    /* of the first flying one */
    struct timer window;     /* credit on its way to the sender */
    uint64_t window_credit;
    bool is_held;    /* the link is blocked: nothing flies on until it is healed */
    bool is_starved; /* the sender waits for room */
};

void stream_begin(void);
void stream_end(void);

/* bytes: 0..SEGMENT_BYTES_MAX; data and times are the caller's to fill in. */
struct segment *segment_new(enum segment_kind kind, size_t bytes);
void segment_free(struct segment *segment);

/* Takes segment: the last of those in flight. */
void stream_append(struct stream *stream, struct segment *segment);
/* Gives up the first of those in flight; NULL: none. */
struct segment *stream_take_flying(struct stream *stream);
/* Takes a data segment: it has arrived. */
void stream_arrive(struct stream *stream, struct segment *segment);

/* Copies up to bytes from the front of what has arrived; with is_peek it stays. Returns the count. */
size_t stream_read(struct stream *stream, const struct iovec *iov, size_t bytes, bool is_peek);

/* Bytes that the sender may send now. */
size_t stream_room(const struct stream *stream, size_t window_bytes);
/* Whether poll says POLLOUT: a third of the window is free (Linux: sk_stream_is_writeable). */
static inline bool stream_is_writable(const struct stream *stream, size_t window_bytes)
{
    uint64_t used = stream->charged - stream->credited;
    return used < window_bytes && window_bytes - used >= used / 2;
}

void stream_drop_flying(struct stream *stream);
void stream_drop_all(struct stream *stream);

#endif
