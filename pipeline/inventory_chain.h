/* SPDX-License-Identifier: Apache-2.0 */
/* inventory_chain: do the segments of each partition follow on one another, from offset 0, without hole or overlap? Pure. */
#ifndef PIPELINE_INVENTORY_CHAIN_H
#define PIPELINE_INVENTORY_CHAIN_H

#include <stddef.h>
#include <stdint.h>

enum inventory_link {
    INVENTORY_FITS,
    INVENTORY_HOLE,    /* offsets before it that no segment covers */
    INVENTORY_OVERLAP, /* it starts before the end of the one before */
};

struct inventory_chain_end {
    int32_t partition;
    int64_t end; /* where the next segment starts */
};

/* A zeroed struct is empty. */
struct inventory_chain {
    struct inventory_chain_end *ends; /* partitions ascending */
    size_t count;
};

/* Where the partition's next segment has to start; 0 for a partition without any. */
int64_t inventory_chain_end(const struct inventory_chain *chain, int32_t partition);

/* How a segment of these offsets, end not included, goes on from what was added. Partitions ascending, and starts of each. Whatever the answer
 * is, the chain goes on from the furthest end. */
enum inventory_link inventory_chain_add(struct inventory_chain *chain, int32_t partition, int64_t start,
                                        int64_t end);

void inventory_chain_deinit(struct inventory_chain *chain);

#endif
