/* SPDX-License-Identifier: Apache-2.0 */
/* aborted: see aborted.h. */
#include "sim/kafka/aborted.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 2 };

void kafka_aborted_deinit(struct kafka_aborted *aborted)
{
    free(aborted->items);
    *aborted = (struct kafka_aborted){0};
}

void kafka_aborted_append(struct kafka_aborted *aborted, const struct kafka_transaction_end *end)
{
    assert(aborted->count == 0 || aborted->items[aborted->count - 1].last_offset < end->last_offset);
    if (aborted->count == aborted->capacity) {
        size_t capacity = aborted->capacity ? aborted->capacity * 2 : CAPACITY_MIN;
        struct kafka_transaction_end *items = realloc(aborted->items, capacity * sizeof *items);
        assert(items);
        aborted->items = items;
        aborted->capacity = capacity;
    }
    aborted->items[aborted->count++] = *end;
}

size_t kafka_aborted_find(const struct kafka_aborted *aborted, int64_t offset)
{
    size_t low = 0, high = aborted->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (aborted->items[middle].last_offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void kafka_aborted_truncate(struct kafka_aborted *aborted, int64_t offset)
{
    aborted->count = kafka_aborted_find(aborted, offset);
}

void kafka_aborted_start(struct kafka_aborted *aborted, int64_t offset)
{
    size_t dropped = kafka_aborted_find(aborted, offset);
    aborted->count -= dropped;
    if (dropped)
        memmove(aborted->items, &aborted->items[dropped], aborted->count * sizeof *aborted->items);
}

size_t kafka_aborted_reach(const struct kafka_aborted *aborted, size_t index, int64_t upper_offset)
{
    size_t end = index;
    /* Whatever begins behind what was stable then has its marker behind this one's. */
    while (end < aborted->count && aborted->items[end++].last_stable_offset < upper_offset)
        ;
    return end - index;
}

bool kafka_aborted_holds(const struct kafka_aborted *aborted, int64_t producer_id, int64_t offset)
{
    size_t first = kafka_aborted_find(aborted, offset);
    size_t count = kafka_aborted_reach(aborted, first, offset + 1);
    for (size_t i = first; i < first + count; i++)
        if (aborted->items[i].producer_id == producer_id) /* the next one's that ends */
            return aborted->items[i].first_offset <= offset;
    return false;
}

void kafka_aborted_copy(struct kafka_aborted *aborted, const struct kafka_aborted *other, int64_t offset)
{
    struct kafka_aborted copied = {0};
    for (size_t i = 0; i < kafka_aborted_find(other, offset); i++)
        kafka_aborted_append(&copied, &other->items[i]);
    for (size_t i = kafka_aborted_find(aborted, offset); i < aborted->count; i++)
        kafka_aborted_append(&copied, &aborted->items[i]);
    kafka_aborted_deinit(aborted);
    *aborted = copied;
}
