/* SPDX-License-Identifier: Apache-2.0 */
/* ring: a bounded queue of bytes within one host. */
#include "sim/world/ring.h"

#include <string.h>

#include "sim/world/world.h"

enum { CAPACITY_MIN = 256 };

void ring_deinit(struct ring *ring)
{
    world_free(ring->data);
    *ring = (struct ring){0};
}

size_t ring_iov_bytes(const struct iovec *iov, int count)
{
    size_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += iov[i].iov_len;
    return bytes;
}

static void grow(struct ring *ring, size_t needed)
{
    size_t capacity = ring->capacity ? ring->capacity : CAPACITY_MIN;
    while (capacity < needed)
        capacity *= 2;
    unsigned char *data = world_alloc(capacity);
    size_t first = ring->capacity - ring->start;
    if (first > ring->count)
        first = ring->count;
    if (first)
        memcpy(data, ring->data + ring->start, first);
    if (ring->count > first)
        memcpy(data + first, ring->data, ring->count - first);
    world_free(ring->data);
    ring->data = data;
    ring->capacity = capacity;
    ring->start = 0;
}

/* The contiguous part at offset from the start, at most bytes long. */
static unsigned char *part_at(const struct ring *ring, size_t offset, size_t *bytes)
{
    size_t at = (ring->start + offset) & (ring->capacity - 1);
    if (*bytes > ring->capacity - at)
        *bytes = ring->capacity - at;
    return ring->data + at;
}

size_t ring_put(struct ring *ring, const struct iovec *iov, size_t bytes, size_t limit)
{
    size_t room = limit - ring->count, put = 0;
    if (bytes > room)
        bytes = room;
    if (ring->count + bytes > ring->capacity)
        grow(ring, ring->count + bytes);
    for (; put < bytes; iov++) {
        for (size_t done = 0; done < iov->iov_len && put < bytes;) {
            size_t part = iov->iov_len - done < bytes - put ? iov->iov_len - done : bytes - put;
            unsigned char *to = part_at(ring, ring->count, &part);
            memcpy(to, (const unsigned char *)iov->iov_base + done, part);
            ring->count += part;
            done += part;
            put += part;
        }
    }
    return bytes;
}

size_t ring_take(struct ring *ring, const struct iovec *iov, size_t bytes, bool is_peek)
{
    size_t taken = 0;
    if (bytes > ring->count)
        bytes = ring->count;
    for (; taken < bytes; iov++) {
        for (size_t done = 0; done < iov->iov_len && taken < bytes;) {
            size_t part = iov->iov_len - done < bytes - taken ? iov->iov_len - done : bytes - taken;
            const unsigned char *from = part_at(ring, taken, &part);
            memcpy((unsigned char *)iov->iov_base + done, from, part);
            done += part;
            taken += part;
        }
    }
    if (!is_peek && bytes) {
        ring->start = (ring->start + bytes) & (ring->capacity - 1);
        ring->count -= bytes;
    }
    return bytes;
}
