/* SPDX-License-Identifier: Apache-2.0 */
/* deadline: a binary heap that knows each deadline's place. See deadline.h. */
#include "sim/kafka/deadline.h"

#include <assert.h>
#include <stdlib.h>

static bool is_before(const struct kafka_deadline *one, const struct kafka_deadline *other)
{
    if (one->due_ns != other->due_ns)
        return one->due_ns < other->due_ns;
    return one->order < other->order;
}

static void put(struct kafka_deadlines *deadlines, size_t place, struct kafka_deadline *deadline)
{
    deadlines->heap[place - 1] = deadline;
    deadline->place = place;
}

static void rise(struct kafka_deadlines *deadlines, struct kafka_deadline *deadline)
{
    size_t place = deadline->place;
    for (; place > 1 && is_before(deadline, deadlines->heap[place / 2 - 1]); place /= 2)
        put(deadlines, place, deadlines->heap[place / 2 - 1]);
    put(deadlines, place, deadline);
}

static void sink(struct kafka_deadlines *deadlines, struct kafka_deadline *deadline)
{
    size_t place = deadline->place;
    for (size_t child = place * 2; child <= deadlines->count; child = place * 2) {
        if (child < deadlines->count && is_before(deadlines->heap[child], deadlines->heap[child - 1]))
            child++;
        if (!is_before(deadlines->heap[child - 1], deadline))
            break;
        put(deadlines, place, deadlines->heap[child - 1]);
        place = child;
    }
    put(deadlines, place, deadline);
}

void kafka_deadline_set(struct kafka_deadlines *deadlines, struct kafka_deadline *deadline, int64_t due_ns)
{
    assert(deadline->on_due);
    kafka_deadline_clear(deadlines, deadline);
    if (deadlines->count == deadlines->capacity) {
        size_t capacity = deadlines->capacity ? deadlines->capacity * 2 : 16;
        struct kafka_deadline **heap = realloc(deadlines->heap, capacity * sizeof *heap);
        assert(heap);
        deadlines->heap = heap;
        deadlines->capacity = capacity;
    }
    deadline->due_ns = due_ns;
    deadline->order = ++deadlines->order_last;
    deadline->place = ++deadlines->count;
    rise(deadlines, deadline);
}

void kafka_deadline_clear(struct kafka_deadlines *deadlines, struct kafka_deadline *deadline)
{
    size_t place = deadline->place;
    if (!place)
        return;
    deadline->place = 0;
    struct kafka_deadline *last = deadlines->heap[--deadlines->count];
    if (last == deadline)
        return;
    put(deadlines, place, last);
    rise(deadlines, last);
    sink(deadlines, last);
}

int64_t kafka_grid_next(int64_t first, int64_t interval, int64_t time)
{
    return time <= first ? first : first + (time - first + interval - 1) / interval * interval;
}

void kafka_deadline_set_on_grid(struct kafka_deadlines *deadlines, struct kafka_deadline *deadline,
                                struct kafka_grid grid, int64_t due_ms, int64_t now_ms)
{
    int64_t interval_ms = grid.interval_ms < 1 ? 1 : grid.interval_ms;
    if (due_ms >= INT64_MAX / NS_PER_MS - interval_ms)
        return;
    if (due_ms <= now_ms)
        due_ms = now_ms + 1;
    int64_t due_ns = kafka_grid_next(grid.first_ms, interval_ms, due_ms) * NS_PER_MS;
    if (!deadline->place || due_ns < deadline->due_ns)
        kafka_deadline_set(deadlines, deadline, due_ns);
}

int64_t kafka_deadlines_next_ns(const struct kafka_deadlines *deadlines)
{
    return deadlines->count ? deadlines->heap[0]->due_ns : INT64_MAX;
}

bool kafka_deadlines_step(struct kafka_deadlines *deadlines, int64_t now_ns)
{
    if (kafka_deadlines_next_ns(deadlines) > now_ns)
        return false;
    struct kafka_deadline *deadline = deadlines->heap[0];
    kafka_deadline_clear(deadlines, deadline);
    deadline->on_due(deadline);
    return true;
}

void kafka_deadlines_deinit(struct kafka_deadlines *deadlines)
{
    free(deadlines->heap);
    *deadlines = (struct kafka_deadlines){0};
}
