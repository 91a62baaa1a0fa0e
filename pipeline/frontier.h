/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frontier: how far one partition's offset may be committed.
 *
 * Records begin in offset order and finish in any order; the offset moves only over the contiguous finished
 * prefix. Offsets may have gaps (compaction, control records): what was never begun does not hold anything
 * back.
 *
 *     begun     3  4  7  8  9        frontier_next
 *     finished  x  x  .  x  .   ->   5: 7 is missing, so 8 waits
 */
#ifndef PIPELINE_FRONTIER_H
#define PIPELINE_FRONTIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRONTIER_NONE INT64_C(-1)

struct frontier_entry {
    int64_t offset;
    bool is_finished;
};

struct frontier {
    struct frontier_entry *entries; /* ring of capacity, offsets ascending from head */
    size_t capacity;
    size_t head;
    size_t count;    /* begun, not yet passed by the prefix */
    int64_t next;    /* the next offset to commit, or FRONTIER_NONE */
    int64_t highest; /* the last offset begun; before, the one in front of the start */
};

enum frontier_begin {
    FRONTIER_BEGUN,
    FRONTIER_SEEN, /* at or below the last one begun: it is in hand or done already; nothing changed */
    FRONTIER_FULL, /* capacity records are unfinished or wait for one that is; nothing changed */
};

/* capacity >= 1. What lies before start (0: nothing does) is done already. */
void frontier_init(struct frontier *frontier, size_t capacity, int64_t start);
void frontier_deinit(struct frontier *frontier);

enum frontier_begin frontier_begin(struct frontier *frontier, int64_t offset);

/* Finishes one offset; unknown and finished ones are ignored. */
void frontier_finish(struct frontier *frontier, int64_t offset);

/* Everything below end is known to be finished, whether it has begun or not: frontier_next is at least
 * end, and what comes of it later is FRONTIER_SEEN. end >= 1. */
void frontier_finish_below(struct frontier *frontier, int64_t end);

/* One past the last record of the finished prefix: what to commit. FRONTIER_NONE before the first. */
int64_t frontier_next(const struct frontier *frontier);

/* Entries in use, at most capacity. */
size_t frontier_count(const struct frontier *frontier);

#endif
