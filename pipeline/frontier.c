/* SPDX-License-Identifier: Apache-2.0 */
/* frontier: see frontier.h. */
#include "pipeline/frontier.h"

#include "pipeline/memory.h"

#include <assert.h>
#include <stdlib.h>

void frontier_init(struct frontier *frontier, size_t capacity, int64_t start)
{
    assert(capacity >= 1 && start >= 0);
    *frontier = (struct frontier){.entries = memory_new(capacity * sizeof *frontier->entries),
                                  .capacity = capacity,
                                  .highest = start - 1};
}

void frontier_deinit(struct frontier *frontier)
{
    for (size_t place = 0; place < frontier->count; place++)
        outputs_clear(&frontier_at(frontier, place)->outputs);
    free(frontier->entries);
    *frontier = (struct frontier){0};
}

struct frontier_entry *frontier_at(const struct frontier *frontier, size_t place)
{
    return &frontier->entries[(frontier->head + place) % frontier->capacity];
}

enum frontier_begin frontier_begin(struct frontier *frontier, int64_t offset)
{
    assert(offset >= 0);
    if (offset <= frontier->highest)
        return FRONTIER_SEEN;
    if (frontier->count == frontier->capacity)
        return FRONTIER_FULL;
    *frontier_at(frontier, frontier->count) = (struct frontier_entry){.offset = offset};
    frontier->count++;
    frontier->highest = offset;
    return FRONTIER_BEGUN;
}

/* The place of the first entry at or above offset. */
static size_t lower_bound(const struct frontier *frontier, int64_t offset)
{
    size_t low = 0, high = frontier->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frontier_at(frontier, middle)->offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void frontier_finish(struct frontier *frontier, int64_t offset, struct outputs *outputs)
{
    size_t place = lower_bound(frontier, offset);
    struct frontier_entry *entry = place < frontier->count ? frontier_at(frontier, place) : NULL;
    if (!entry || entry->offset != offset || entry->is_finished) {
        if (outputs)
            outputs_clear(outputs);
        return;
    }
    entry->is_finished = true;
    if (outputs) {
        entry->outputs = *outputs;
        *outputs = (struct outputs){0};
    }
    while (frontier->ready < frontier->count && frontier_at(frontier, frontier->ready)->is_finished)
        frontier->ready++;
}

void frontier_replace(struct frontier *frontier, int64_t offset, struct outputs *outputs)
{
    size_t place = lower_bound(frontier, offset);
    if (place == frontier->count || frontier_at(frontier, place)->offset != offset)
        return;
    outputs_clear(&frontier_at(frontier, place)->outputs);
    frontier_at(frontier, place)->outputs = *outputs;
    *outputs = (struct outputs){0};
}

void frontier_commit(struct frontier *frontier, int64_t end)
{
    while (frontier->ready > 0 && frontier_at(frontier, 0)->offset < end) {
        outputs_clear(&frontier_at(frontier, 0)->outputs);
        frontier->head = (frontier->head + 1) % frontier->capacity;
        frontier->count--;
        frontier->ready--;
    }
}
