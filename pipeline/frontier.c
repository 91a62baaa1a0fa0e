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
                                  .next = FRONTIER_NONE,
                                  .highest = start - 1};
}

void frontier_deinit(struct frontier *frontier)
{
    free(frontier->entries);
    *frontier = (struct frontier){0};
}

static struct frontier_entry *entry_at(const struct frontier *frontier, size_t index)
{
    return &frontier->entries[(frontier->head + index) % frontier->capacity];
}

enum frontier_begin frontier_begin(struct frontier *frontier, int64_t offset)
{
    assert(offset >= 0);
    if (offset <= frontier->highest)
        return FRONTIER_SEEN;
    if (frontier->count == frontier->capacity)
        return FRONTIER_FULL;
    *entry_at(frontier, frontier->count) = (struct frontier_entry){.offset = offset};
    frontier->count++;
    frontier->highest = offset;
    return FRONTIER_BEGUN;
}

static void advance(struct frontier *frontier)
{
    while (frontier->count > 0 && entry_at(frontier, 0)->is_finished) {
        frontier->next = entry_at(frontier, 0)->offset + 1;
        frontier->head = (frontier->head + 1) % frontier->capacity;
        frontier->count--;
    }
}

/* The index of the first entry at or above offset. */
static size_t lower_bound(const struct frontier *frontier, int64_t offset)
{
    size_t low = 0, high = frontier->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entry_at(frontier, middle)->offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void frontier_finish(struct frontier *frontier, int64_t offset)
{
    size_t index = lower_bound(frontier, offset);
    if (index == frontier->count || entry_at(frontier, index)->offset != offset)
        return;
    entry_at(frontier, index)->is_finished = true;
    advance(frontier);
}

void frontier_finish_below(struct frontier *frontier, int64_t end)
{
    size_t count = lower_bound(frontier, end);
    for (size_t index = 0; index < count; index++)
        entry_at(frontier, index)->is_finished = true;
    advance(frontier);
    if (frontier->highest < end - 1)
        frontier->highest = end - 1;
    if (frontier->next < end)
        frontier->next = end;
}

int64_t frontier_next(const struct frontier *frontier)
{
    return frontier->next;
}

size_t frontier_count(const struct frontier *frontier)
{
    return frontier->count;
}
