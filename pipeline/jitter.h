/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jitter: a small private random stream (xorshift64*), so that delays of many workers spread.
 *
 * Not for secrets. One per stage, seeded from clock, process id and instance.
 */
#ifndef PIPELINE_JITTER_H
#define PIPELINE_JITTER_H

#include <stdint.h>

struct jitter {
    uint64_t state; /* never 0 */
};

void jitter_init(struct jitter *jitter, const char *instance);

/* The next 64 bits. */
uint64_t jitter_next(struct jitter *jitter);

/* value +- 10 %, value >= 0. */
int64_t jitter_spread(struct jitter *jitter, int64_t value);

#endif
