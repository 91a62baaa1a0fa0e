/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore: which seeds next, on which worker?
 *
 *   parent --seed--> worker (forked before any world exists) --result--> parent --in seed order--> on_result
 *
 * Seeds are handed out in ascending order and results are given on in that order too, so whatever is made of
 * them is the same for any number of workers. A worker that dies or is stuck is a result of its seed, and is
 * replaced. What a seed means, and what a result holds, explore does not know.
 */
#ifndef SIM_EXPLORE_EXPLORE_H
#define SIM_EXPLORE_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXPLORE_WORKERS_MAX = 256, EXPLORE_RESULT_BYTES_MAX = 256 << 10, EXPLORE_LAST_WORDS_BYTES = 512 };

/* What a worker does. Called in the worker's process only. */
struct explore_job {
    void (*open)(void *opaque); /* once, before the first seed; may be NULL */
    /* Plays one seed and writes its result, at most EXPLORE_RESULT_BYTES_MAX bytes; returns how many. */
    size_t (*play)(void *opaque, uint64_t seed, void *result_out);
    void *opaque;
};

enum explore_end {
    EXPLORE_PLAYED,
    EXPLORE_DIED,  /* the worker ended while it played this seed */
    EXPLORE_STUCK, /* it used up a limit and was killed */
};

/* Borrowed for the length of the callback. */
struct explore_result {
    uint64_t seed;
    enum explore_end end;
    const void *bytes; /* of PLAYED */
    size_t byte_count;
    int wait_status; /* of DIED: as waitpid gives it */
    const char
        *last_words; /* of DIED and STUCK: the last line that the worker wrote to its stderr; may be empty */
};

struct explore_options {
    uint64_t seed_first, seed_last; /* both ends included */
    unsigned workers;               /* 1..EXPLORE_WORKERS_MAX */
    int64_t cpu_limit_ns;           /* CPU time of one seed; 0: EXPLORE_CPU_LIMIT_NS */
    int64_t wall_limit_ns;          /* its time by the clock on the wall; 0: five times the CPU limit */
    int64_t stop_after_ns;          /* no seed is begun after so much time; 0: no bound */
    bool (*on_result)(void *opaque, const struct explore_result *result); /* false: enough */
    bool (*on_tick)(void *opaque, uint64_t played); /* some ten times a second; false: give up; may be NULL */
    void *opaque;
};
#define EXPLORE_CPU_LIMIT_NS INT64_C(120000000000)

/* True when the seeds were played, or on_result had enough. False when workers cannot be started or on_tick
 * gave up: then error_out says why in one line ("interrupted" for the latter). */
bool explore_run(const struct explore_job *job, const struct explore_options *options,
                 char error_out[EXPLORE_LAST_WORDS_BYTES]);

#endif
