/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness: by seed and process. rand_r and the erand48 family work on the caller's state and are libc's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/world/choice.h"

static struct choice_point point_random = CHOICE_POINT("posix/random");

static int64_t fill(void *out, size_t bytes)
{
    call_enter(CALL_RANDOM);
    choice_fill(&point_random, out, bytes);
    history_bytes(out, bytes);
    return call_leave(CALL_RANDOM, bytes, 0, (int64_t)bytes);
}

ssize_t getrandom(void *out, size_t bytes, unsigned flags)
{
    if (!task_inside())
        return NEXT(getrandom)(out, bytes, flags);
    if (flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) {
        errno = EINVAL;
        return -1;
    }
    return fill(out, bytes);
}

int getentropy(void *out, size_t bytes)
{
    if (!task_inside())
        return NEXT(getentropy)(out, bytes);
    if (bytes > 256) {
        errno = EIO;
        return -1;
    }
    fill(out, bytes);
    return 0;
}

uint32_t arc4random(void)
{
    if (!task_inside())
        return NEXT(arc4random)();
    uint32_t value;
    fill(&value, sizeof value);
    return value;
}

void arc4random_buf(void *out, size_t bytes)
{
    if (task_inside())
        fill(out, bytes);
    else
        NEXT(arc4random_buf)(out, bytes);
}

uint32_t arc4random_uniform(uint32_t bound)
{
    if (!task_inside())
        return NEXT(arc4random_uniform)(bound);
    return bound ? (uint32_t)((uint64_t)arc4random() * bound >> 32) : 0;
}

/* rand, random: a process' own sequence, alike in every process until seeded, as libc's is. */
static uint32_t next_random(void)
{
    uint64_t *state = &posix_process(task_self->process)->random_state;
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    call_note(CALL_RANDOM, 0, *state >> 33);
    return (uint32_t)(*state >> 33);
}

int rand(void)
{
    return task_inside() ? (int)next_random() : NEXT(rand)();
}

void srand(unsigned seed)
{
    if (task_inside())
        posix_process(task_self->process)->random_state = seed;
    else
        NEXT(srand)(seed);
}

long random(void)
{
    return task_inside() ? (long)next_random() : NEXT(random)();
}

void srandom(unsigned seed)
{
    if (task_inside())
        posix_process(task_self->process)->random_state = seed;
    else
        NEXT(srandom)(seed);
}

double drand48(void)
{
    return task_inside() ? next_random() / 2147483648.0 : NEXT(drand48)();
}

long lrand48(void)
{
    return task_inside() ? (long)next_random() : NEXT(lrand48)();
}
