/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frontier: how far one partition's offset may be committed, and what has to be in the log before.
 *
 * Records begin in offset order and finish in any order; only the contiguous finished prefix is ready. What was made of a
 * record stays here until its offset is committed: a commit that fails is made again from the same. Offsets may have gaps
 * (compaction, control records): what was never begun does not hold anything back.
 *
 *     begun     3  4  7  8  9
 *     finished  x  x  .  x  .   ->   two are ready, up to 5: 7 is missing, so 8 waits
 */
#ifndef PIPELINE_FRONTIER_H
#define PIPELINE_FRONTIER_H

#include "pipeline/output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frontier_entry {
    int64_t offset;
    bool is_finished;
    struct outputs outputs;
};

struct frontier {
    struct frontier_entry *entries; /* ring of capacity, offsets ascending from head */
    size_t capacity;
    size_t head;
    size_t count;    /* begun, not yet committed */
    size_t ready;    /* of these, the finished prefix */
    int64_t highest; /* the last offset begun; before, the one in front of the start */
};

enum frontier_begin {
    FRONTIER_BEGUN,
    FRONTIER_SEEN, /* at or below the last one begun: it is in hand or done already; nothing changed */
    FRONTIER_FULL, /* capacity records are not committed; nothing changed */
};

/* capacity >= 1. What lies before start (0: nothing does) is done already. */
void frontier_init(struct frontier *frontier, size_t capacity, int64_t start);
void frontier_deinit(struct frontier *frontier);

enum frontier_begin frontier_begin(struct frontier *frontier, int64_t offset);

/* Finishes one offset, and takes what was made of it (outputs is empty then; NULL: nothing was). Offsets that are unknown or
 * finished are ignored. */
void frontier_finish(struct frontier *frontier, int64_t offset, struct outputs *outputs);

/* What was made of a finished offset is this instead: taken, if there is such an offset. */
void frontier_replace(struct frontier *frontier, int64_t offset, struct outputs *outputs);

/* The entry at a place, 0..count-1. Borrowed until it is committed. */
struct frontier_entry *frontier_at(const struct frontier *frontier, size_t place);

/* Everything below end is committed: forgets it. */
void frontier_commit(struct frontier *frontier, int64_t end);

#endif
