/* SPDX-License-Identifier: Apache-2.0 */
/* frontier: every order in which a few records can finish, against a model that looks at all of them each
 * time. */
#include "pipeline/frontier.h"

#include <criterion/criterion.h>

enum { RECORDS_MAX = 6 };

/* Offsets with gaps, as compaction and control records leave them. */
static const int64_t offsets[RECORDS_MAX] = {3, 4, 7, 8, 20, 21};

/* One past the last of the finished prefix. */
static int64_t model_next(const bool *is_finished, int count)
{
    int64_t next = FRONTIER_NONE;
    for (int i = 0; i < count && is_finished[i]; i++)
        next = offsets[i] + 1;
    return next;
}

static void finish_in_order(const int *order, int count)
{
    struct frontier frontier;
    bool is_finished[RECORDS_MAX] = {false};
    frontier_init(&frontier, RECORDS_MAX, 0);
    for (int i = 0; i < count; i++)
        cr_assert_eq(frontier_begin(&frontier, offsets[i]), FRONTIER_BEGUN);
    for (int i = 0; i < count; i++) {
        frontier_finish(&frontier, offsets[order[i]]);
        is_finished[order[i]] = true;
        cr_assert_eq(frontier_next(&frontier), model_next(is_finished, count));
    }
    cr_assert_eq(frontier_count(&frontier), 0);
    frontier_deinit(&frontier);
}

static int for_each_order(int *order, int at, int count)
{
    if (at == count) {
        finish_in_order(order, count);
        return 1;
    }
    int orders = 0;
    for (int i = at; i < count; i++) {
        int swapped = order[at];
        order[at] = order[i];
        order[i] = swapped;
        orders += for_each_order(order, at + 1, count);
        order[i] = order[at];
        order[at] = swapped;
    }
    return orders;
}

Test(frontier, moves_over_the_finished_prefix_only_in_every_order_of_finishing)
{
    int orders = 0;
    for (int count = 1; count <= RECORDS_MAX; count++) {
        int order[RECORDS_MAX] = {0, 1, 2, 3, 4, 5};
        orders += for_each_order(order, 0, count);
    }
    cr_assert_eq(orders, 1 + 2 + 6 + 24 + 120 + 720);
}

/* Every sequence of 8 steps over a ring of 3: begin the next, or finish one of the last three. */
Test(frontier, agrees_with_the_model_when_begins_and_finishes_interleave)
{
    enum { STEPS = 8, CHOICES = 4, CAPACITY = 3 };
    for (int sequence = 0; sequence < 1 << (2 * STEPS); sequence++) {
        struct frontier frontier;
        bool is_finished[STEPS] = {false};
        int begun = 0;
        frontier_init(&frontier, CAPACITY, 0);
        for (int step = 0; step < STEPS; step++) {
            int choice = sequence >> (2 * step) & (CHOICES - 1);
            int prefix = 0;
            while (prefix < begun && is_finished[prefix])
                prefix++;
            if (choice == 0) {
                bool has_room = begun - prefix < CAPACITY;
                cr_assert_eq(frontier_begin(&frontier, begun), has_room ? FRONTIER_BEGUN : FRONTIER_FULL);
                begun += has_room;
            } else if (begun >= choice) {
                frontier_finish(&frontier, begun - choice);
                is_finished[begun - choice] = true;
            }
            prefix = 0;
            while (prefix < begun && is_finished[prefix])
                prefix++;
            cr_assert_eq(frontier_next(&frontier), prefix ? prefix : FRONTIER_NONE, "sequence %d", sequence);
            cr_assert_eq(frontier_count(&frontier), (size_t)(begun - prefix), "sequence %d", sequence);
        }
        frontier_deinit(&frontier);
    }
}

Test(frontier, an_offset_that_was_begun_before_changes_nothing)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 0);
    cr_assert_eq(frontier_begin(&frontier, 5), FRONTIER_BEGUN);
    cr_assert_eq(frontier_begin(&frontier, 5), FRONTIER_SEEN);
    cr_assert_eq(frontier_begin(&frontier, 2), FRONTIER_SEEN);
    frontier_finish(&frontier, 5);
    cr_assert_eq(frontier_begin(&frontier, 5), FRONTIER_SEEN);
    cr_assert_eq(frontier_next(&frontier), 6);
    frontier_deinit(&frontier);
}

Test(frontier, what_lies_before_its_start_is_done)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 7);
    cr_expect(frontier_begin(&frontier, 0) == FRONTIER_SEEN);
    cr_expect(frontier_begin(&frontier, 6) == FRONTIER_SEEN);
    cr_expect(frontier_begin(&frontier, 7) == FRONTIER_BEGUN);
    frontier_finish(&frontier, 7);
    cr_expect(frontier_next(&frontier) == 8);
    frontier_deinit(&frontier);
}

Test(frontier, finishing_what_never_began_changes_nothing)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 0);
    frontier_finish(&frontier, 0);
    frontier_begin(&frontier, 10);
    frontier_finish(&frontier, 9);
    frontier_finish(&frontier, 11);
    cr_assert_eq(frontier_next(&frontier), FRONTIER_NONE);
    cr_assert_eq(frontier_count(&frontier), 1);
    frontier_deinit(&frontier);
}

Test(frontier, an_end_known_from_elsewhere_skips_what_has_not_been_read_yet)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 0);
    frontier_begin(&frontier, 0);
    frontier_finish_below(&frontier, 100);
    cr_assert_eq(frontier_next(&frontier), 100);
    cr_assert_eq(frontier_begin(&frontier, 99), FRONTIER_SEEN);
    cr_assert_eq(frontier_begin(&frontier, 100), FRONTIER_BEGUN);
    cr_assert_eq(frontier_next(&frontier), 100);
    frontier_deinit(&frontier);
}

Test(frontier, an_end_in_the_middle_finishes_only_what_lies_below)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 0);
    for (int64_t offset = 0; offset < 4; offset++)
        frontier_begin(&frontier, offset);
    frontier_finish_below(&frontier, 2);
    cr_assert_eq(frontier_next(&frontier), 2);
    cr_assert_eq(frontier_count(&frontier), 2);
    frontier_deinit(&frontier);
}
