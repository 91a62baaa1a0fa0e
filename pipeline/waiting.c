/* SPDX-License-Identifier: Apache-2.0 */
/* waiting: see waiting.h. */
#include "pipeline/waiting.h"

#include "pipeline/memory.h"

#include <assert.h>
#include <stdlib.h>

static void swap(struct waiting *waiting, size_t a, size_t b)
{
    struct waiting_item kept = waiting->items[a];
    waiting->items[a] = waiting->items[b];
    waiting->items[b] = kept;
}

static void rise(struct waiting *waiting, size_t at)
{
    while (at > 0 && waiting->items[at].due_ns < waiting->items[(at - 1) / 2].due_ns) {
        swap(waiting, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sink(struct waiting *waiting, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < waiting->count; child++) {
            if (waiting->items[child].due_ns < waiting->items[least].due_ns)
                least = child;
        }
        if (least == at)
            return;
        swap(waiting, at, least);
        at = least;
    }
}

void waiting_deinit(struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->count; i++)
        outputs_clear(&waiting->items[i].outputs);
    free(waiting->items);
    *waiting = (struct waiting){0};
}

void waiting_add(struct waiting *waiting, const struct waiting_item *item)
{
    if (waiting->count == waiting->capacity) {
        waiting->capacity = waiting->capacity ? waiting->capacity * 2 : 64;
        waiting->items = memory_resize(waiting->items, waiting->capacity * sizeof *waiting->items);
    }
    waiting->items[waiting->count++] = *item;
    rise(waiting, waiting->count - 1);
}

const struct waiting_item *waiting_first(const struct waiting *waiting)
{
    return waiting->count > 0 ? &waiting->items[0] : NULL;
}

struct waiting_item waiting_take(struct waiting *waiting)
{
    assert(waiting->count > 0);
    struct waiting_item first = waiting->items[0];
    waiting->items[0] = waiting->items[--waiting->count];
    sink(waiting, 0);
    return first;
}

void waiting_forget(struct waiting *waiting, uint64_t assignment)
{
    size_t kept = 0;
    for (size_t i = 0; i < waiting->count; i++) {
        if (waiting->items[i].position.assignment == assignment)
            outputs_clear(&waiting->items[i].outputs);
        else
            waiting->items[kept++] = waiting->items[i];
    }
    waiting->count = kept;
    for (size_t i = kept / 2; i-- > 0;)
        sink(waiting, i);
}
