/* SPDX-License-Identifier: Apache-2.0 */
/* worker: one child process that plays seeds, as its parent sees it. Between explore.c, bounded.c and worker.c only. */
#ifndef SIM_EXPLORE_WORKER_H
#define SIM_EXPLORE_WORKER_H

#include "sim/explore/explore.h"
#include <sys/types.h>

struct worker {
    pid_t pid;           /* 0: none */
    int to, from, words; /* seeds down, results up, what it writes to stdout and stderr; -1: closed */
    bool is_ready;       /* its job is open */
    bool is_busy;
    uint64_t seed;                  /* while busy */
    int64_t cpu_begin_ns, begin_ns; /* when that seed was handed over */
    uint32_t byte_count;            /* of the message being read */
    size_t got;                     /* of its length word and its bytes */
    unsigned char *bytes;           /* EXPLORE_RESULT_BYTES_MAX; owned */
};

enum worker_news {
    WORKER_NOTHING, /* no whole message yet */
    WORKER_READY,
    WORKER_RESULT, /* bytes, byte_count */
    WORKER_ENDED,
};

/* Forks. others: the workers whose descriptors the child must not keep. False: errno. */
bool worker_start(struct worker *worker, const struct explore_job *job, const struct worker *others,
                  unsigned count);
/* Hands it a seed. A dead worker is found out by worker_read. */
void worker_give(struct worker *worker, uint64_t seed);
/* After poll said that from is readable. */
enum worker_news worker_read(struct worker *worker);
bool worker_is_over(const struct worker *worker, int64_t cpu_limit_ns, int64_t wall_limit_ns);
/* Kills it if it is asked to, waits for it, and takes its last words. Returns the wait status. */
int worker_end(struct worker *worker, bool kill_it, char last_words_out[EXPLORE_LAST_WORDS_BYTES]);
/* The clock on the wall; monotonic. */
int64_t worker_clock_ns(void);

#endif
