/* SPDX-License-Identifier: Apache-2.0 */
/* ring: a bounded queue of bytes within one host: what pipes and socket pairs are made of. Grows on demand. */
#ifndef SIM_WORLD_RING_H
#define SIM_WORLD_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/* Zero-initialised: empty. */
struct ring {
    unsigned char *data;
    size_t capacity; /* 0 or a power of two */
    size_t start, count;
};

void ring_deinit(struct ring *ring);
/* Puts in up to bytes from iov, as long as count stays within limit (a power of two). Returns how many. */
size_t ring_put(struct ring *ring, const struct iovec *iov, size_t bytes, size_t limit);
/* Takes out (or, with is_peek, copies) up to bytes. Returns how many. */
size_t ring_take(struct ring *ring, const struct iovec *iov, size_t bytes, bool is_peek);
size_t ring_iov_bytes(const struct iovec *iov, int count);

#endif
