/* SPDX-License-Identifier: Apache-2.0 */
/* cleaned: see cleaned.h. */
#include "sim/kafka/cleaned.h"

#include <assert.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 4 };

void kafka_cleaned_deinit(struct kafka_cleaned *cleaned)
{
    free(cleaned->seen);
    kafka_aborted_deinit(&cleaned->kept);
    *cleaned = (struct kafka_cleaned){0};
}

/* SIZE_MAX: not seen. */
static size_t seen_place(const struct kafka_cleaned *cleaned, int64_t producer_id)
{
    for (size_t i = 0; i < cleaned->seen_count; i++)
        if (cleaned->seen[i] == producer_id)
            return i;
    return SIZE_MAX;
}

bool kafka_cleaned_on_data(struct kafka_cleaned *cleaned, const struct wire_batch *batch)
{
    if (!batch->is_transactional)
        return false;
    if (seen_place(cleaned, batch->producer_id) == SIZE_MAX) {
        if (cleaned->seen_count == cleaned->seen_capacity) {
            cleaned->seen_capacity = cleaned->seen_capacity ? cleaned->seen_capacity * 2 : CAPACITY_MIN;
            cleaned->seen = realloc(cleaned->seen, cleaned->seen_capacity * sizeof *cleaned->seen);
            assert(cleaned->seen);
        }
        cleaned->seen[cleaned->seen_count++] = batch->producer_id;
    }
    return kafka_aborted_holds(cleaned->aborted, batch->producer_id, batch->base_offset);
}

bool kafka_cleaned_on_marker(struct kafka_cleaned *cleaned, const struct wire_batch *batch)
{
    size_t place = seen_place(cleaned, batch->producer_id);
    if (place == SIZE_MAX)
        return true;
    cleaned->seen[place] = cleaned->seen[--cleaned->seen_count];
    size_t index = kafka_aborted_find(cleaned->aborted, batch->base_offset);
    if (index < cleaned->aborted->count && cleaned->aborted->items[index].last_offset == batch->base_offset)
        kafka_aborted_append(&cleaned->kept, &cleaned->aborted->items[index]);
    return false;
}

void kafka_cleaned_end(struct kafka_cleaned *cleaned, int64_t end, struct kafka_aborted *aborted)
{
    assert(cleaned->aborted == aborted);
    for (size_t i = kafka_aborted_find(aborted, end); i < aborted->count; i++)
        kafka_aborted_append(&cleaned->kept, &aborted->items[i]);
    kafka_aborted_deinit(aborted);
    *aborted = cleaned->kept;
    cleaned->kept = (struct kafka_aborted){0};
    cleaned->aborted = NULL;
}
