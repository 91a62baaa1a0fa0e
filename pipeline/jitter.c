/* SPDX-License-Identifier: Apache-2.0 */
/* jitter: see jitter.h. */
#include "pipeline/jitter.h"

#include "pipeline/clock.h"

#include <unistd.h>

void jitter_init(struct jitter *jitter, const char *instance)
{
    uint64_t state = (uint64_t)clock_wall_ns() ^ ((uint64_t)getpid() << 32);
    for (; *instance; instance++)
        state = (state ^ (unsigned char)*instance) * UINT64_C(0x100000001b3);
    jitter->state = state ? state : 1;
}

uint64_t jitter_next(struct jitter *jitter)
{
    uint64_t x = jitter->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    jitter->state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

int64_t jitter_spread(struct jitter *jitter, int64_t value)
{
    int64_t tenth = value / 10;
    if (tenth == 0)
        return value;
    return value - tenth + (int64_t)(jitter_next(jitter) % (uint64_t)(2 * tenth + 1));
}
