/* SPDX-License-Identifier: Apache-2.0 */
/* inventory_chain: see inventory_chain.h. */
#include "pipeline/inventory_chain.h"

#include "pipeline/memory.h"

#include <assert.h>
#include <stdlib.h>

int64_t inventory_chain_end(const struct inventory_chain *chain, int32_t partition)
{
    for (size_t i = chain->count; i > 0; i--) {
        if (chain->ends[i - 1].partition == partition)
            return chain->ends[i - 1].end;
    }
    return 0;
}

enum inventory_link inventory_chain_add(struct inventory_chain *chain, int32_t partition, int64_t start,
                                        int64_t end)
{
    assert(start <= end && (chain->count == 0 || partition >= chain->ends[chain->count - 1].partition));
    if (chain->count == 0 || chain->ends[chain->count - 1].partition != partition) {
        chain->ends = memory_resize(chain->ends, (chain->count + 1) * sizeof *chain->ends);
        chain->ends[chain->count++] = (struct inventory_chain_end){.partition = partition};
    }
    struct inventory_chain_end *last = &chain->ends[chain->count - 1];
    enum inventory_link link = start > last->end   ? INVENTORY_HOLE
                               : start < last->end ? INVENTORY_OVERLAP
                                                   : INVENTORY_FITS;
    if (end > last->end)
        last->end = end;
    return link;
}

void inventory_chain_deinit(struct inventory_chain *chain)
{
    free(chain->ends);
    *chain = (struct inventory_chain){0};
}
