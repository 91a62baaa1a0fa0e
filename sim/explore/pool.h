/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool: worker processes that stay, and play what they are given, a few at a time.
 *
 * explore knows all its seeds beforehand; whoever decides by results what is played next asks a pool. A worker that dies
 * or is stuck is the result of what it played, and is replaced.
 */
#ifndef SIM_EXPLORE_POOL_H
#define SIM_EXPLORE_POOL_H

#include "sim/explore/explore.h"

struct pool;

/* Borrowed until the next pool_play. */
struct pool_result {
    enum explore_end end;
    const void *bytes; /* of EXPLORE_PLAYED */
    size_t byte_count;
    const char *last_words; /* of the others */
};

/* Forks the workers; job is borrowed, and job->play gets the numbers that pool_play is given. NULL: error_out. */
struct pool *pool_new(const struct explore_job *job, unsigned workers, int64_t cpu_limit_ns,
                      char error_out[EXPLORE_LAST_WORDS_BYTES]);
void pool_free(struct pool *pool);

/* Plays these numbers at once, one on a worker, and waits for all. count: 1..workers. False: no worker could be
 * started; error_out. */
bool pool_play(struct pool *pool, const uint64_t numbers[], size_t count, struct pool_result results_out[],
               char error_out[EXPLORE_LAST_WORDS_BYTES]);

#endif
