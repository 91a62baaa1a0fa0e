/* SPDX-License-Identifier: Apache-2.0 */
/* waiting: comes out in the order of time, whatever the order in which it went in, and without what was forgotten. */
#include "pipeline/waiting.h"

#include <criterion/criterion.h>

enum { ITEMS = 200, ASSIGNMENTS = 3 };

static struct waiting_item item_of(int number)
{
    struct waiting_item item = {
        .due_ns = (number * 7919) % 541,
        .position = {.assignment = (uint64_t)(number % ASSIGNMENTS), .offset = number}};
    struct output_record record = {.topic = "out", .value = "v", .value_bytes = 1};
    outputs_add(&item.outputs, &record);
    return item;
}

static void fill(struct waiting *waiting)
{
    for (int number = 0; number < ITEMS; number++) {
        struct waiting_item item = item_of(number);
        waiting_add(waiting, &item);
    }
}

/* Returns how many there were. */
static int drain(struct waiting *waiting, uint64_t never)
{
    int64_t last_ns = INT64_MIN;
    int count = 0;
    while (waiting_first(waiting)) {
        struct waiting_item item = waiting_take(waiting);
        cr_assert(item.due_ns >= last_ns);
        cr_assert(item.position.assignment != never);
        cr_assert(item.outputs.count == 1);
        outputs_clear(&item.outputs);
        last_ns = item.due_ns;
        count++;
    }
    return count;
}

Test(waiting, the_earliest_comes_first)
{
    struct waiting waiting = {0};
    fill(&waiting);
    cr_expect(drain(&waiting, UINT64_MAX) == ITEMS);
    waiting_deinit(&waiting);
}

Test(waiting, what_came_under_an_assignment_is_forgotten_with_it)
{
    struct waiting waiting = {0};
    fill(&waiting);
    waiting_forget(&waiting, 1);
    int count = drain(&waiting, 1);
    cr_expect(count == ITEMS - ITEMS / ASSIGNMENTS - 1, "%d", count);
    waiting_deinit(&waiting);
}
