/* SPDX-License-Identifier: Apache-2.0 */
/* frontier: every order in which a few records can finish, against a model that looks at all of them each
 * time. */
#include "pipeline/frontier.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { RECORDS_MAX = 6 };

/* Offsets with gaps, as compaction and control records leave them. */
static const int64_t offsets[RECORDS_MAX] = {3, 4, 7, 8, 20, 21};

/* One output that names its offset. */
static struct outputs outputs_of(int64_t offset)
{
    char value[32];
    struct outputs outputs = {0};
    snprintf(value, sizeof value, "%lld", (long long)offset);
    struct output_record record = {.topic = "out", .value = value, .value_bytes = strlen(value)};
    outputs_add(&outputs, &record);
    return outputs;
}

static void finish(struct frontier *frontier, int64_t offset)
{
    struct outputs outputs = outputs_of(offset);
    frontier_finish(frontier, offset, &outputs);
    cr_assert_eq(outputs.count, 0, "not taken");
    cr_assert_null(outputs.first);
}

/* Of the entry at a place; 0: it has none. */
static long long told(const struct frontier *frontier, size_t place)
{
    long long offset = 0;
    const struct outputs *outputs = &frontier_at(frontier, place)->outputs;
    if (outputs->first)
        sscanf(outputs->first->record.value, "%lld", &offset);
    return offset;
}

static size_t model_ready(const bool *is_finished, int count)
{
    size_t ready = 0;
    while (ready < (size_t)count && is_finished[ready])
        ready++;
    return ready;
}

static void finish_in_order(const int *order, int count)
{
    struct frontier frontier;
    bool is_finished[RECORDS_MAX] = {false};
    frontier_init(&frontier, RECORDS_MAX, 0);
    for (int i = 0; i < count; i++)
        cr_assert_eq(frontier_begin(&frontier, offsets[i]), FRONTIER_BEGUN);
    for (int i = 0; i < count; i++) {
        finish(&frontier, offsets[order[i]]);
        is_finished[order[i]] = true;
        cr_assert_eq(frontier.ready, model_ready(is_finished, count));
    }
    for (size_t place = 0; place < (size_t)count; place++)
        cr_assert_eq(told(&frontier, place), offsets[place]);
    frontier_commit(&frontier, offsets[count - 1] + 1);
    cr_assert_eq(frontier.count, 0);
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

/* Every sequence of 8 steps over a ring of 3: begin the next, finish one of the last two, or commit what is ready. */
Test(frontier, agrees_with_the_model_when_begins_finishes_and_commits_interleave)
{
    enum { STEPS = 8, CHOICES = 4, CAPACITY = 3, BEGIN = 0, COMMIT = 3 };
    for (int sequence = 0; sequence < 1 << (2 * STEPS); sequence++) {
        struct frontier frontier;
        bool is_finished[STEPS] = {false};
        int begun = 0, committed = 0;
        frontier_init(&frontier, CAPACITY, 0);
        for (int step = 0; step < STEPS; step++) {
            int choice = sequence >> (2 * step) & (CHOICES - 1);
            int ready = (int)model_ready(is_finished, begun);
            if (choice == BEGIN) {
                bool has_room = begun - committed < CAPACITY;
                cr_assert_eq(frontier_begin(&frontier, begun), has_room ? FRONTIER_BEGUN : FRONTIER_FULL);
                begun += has_room;
            } else if (choice == COMMIT) {
                frontier_commit(&frontier, ready);
                committed = ready;
            } else if (begun >= choice) {
                finish(&frontier, begun - choice);
                is_finished[begun - choice] = true;
            }
            cr_assert_eq(frontier.ready, model_ready(is_finished, begun) - (size_t)committed, "sequence %d",
                         sequence);
            cr_assert_eq(frontier.count, (size_t)(begun - committed), "sequence %d", sequence);
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
    finish(&frontier, 5);
    frontier_commit(&frontier, 6);
    cr_assert_eq(frontier_begin(&frontier, 5), FRONTIER_SEEN);
    frontier_deinit(&frontier);
}

Test(frontier, what_lies_before_its_start_is_done)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 7);
    cr_expect(frontier_begin(&frontier, 0) == FRONTIER_SEEN);
    cr_expect(frontier_begin(&frontier, 6) == FRONTIER_SEEN);
    cr_expect(frontier_begin(&frontier, 7) == FRONTIER_BEGUN);
    frontier_deinit(&frontier);
}

Test(frontier, finishing_what_never_began_changes_nothing_and_frees_what_was_made_of_it)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 0);
    finish(&frontier, 0);
    frontier_begin(&frontier, 10);
    finish(&frontier, 9);
    finish(&frontier, 11);
    cr_assert_eq(frontier.ready, 0);
    cr_assert_eq(frontier.count, 1);
    frontier_deinit(&frontier);
}

Test(frontier, a_record_is_finished_once)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 0);
    frontier_begin(&frontier, 10);
    finish(&frontier, 10);
    struct outputs other = outputs_of(99);
    frontier_finish(&frontier, 10, &other);
    cr_assert_eq(other.count, 0);
    cr_assert_eq(told(&frontier, 0), 10);
    frontier_deinit(&frontier);
}

Test(frontier, a_record_may_have_nothing_made_of_it)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 0);
    frontier_begin(&frontier, 10);
    frontier_finish(&frontier, 10, NULL);
    cr_assert_eq(frontier.ready, 1);
    cr_assert_eq(frontier_at(&frontier, 0)->outputs.count, 0);
    frontier_deinit(&frontier);
}

Test(frontier, a_commit_in_the_middle_keeps_the_rest_and_what_is_not_finished_stays)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 0);
    for (int64_t offset = 0; offset < 4; offset++)
        frontier_begin(&frontier, offset);
    for (int64_t offset = 0; offset < 3; offset++)
        finish(&frontier, offset);
    frontier_commit(&frontier, 2);
    cr_assert_eq(frontier.ready, 1);
    cr_assert_eq(frontier.count, 2);
    cr_assert_eq(told(&frontier, 0), 2);
    frontier_commit(&frontier, 100);
    cr_assert_eq(frontier.count, 1, "a commit never passes what is unfinished");
    frontier_deinit(&frontier);
}

Test(frontier, outputs_that_no_broker_takes_are_replaced_in_their_place)
{
    struct frontier frontier;
    frontier_init(&frontier, 4, 0);
    for (int64_t offset = 1; offset < 3; offset++) {
        frontier_begin(&frontier, offset);
        finish(&frontier, offset);
    }
    struct outputs pointer = outputs_of(77), nowhere = outputs_of(78);
    frontier_replace(&frontier, 2, &pointer);
    cr_assert_eq(pointer.count, 0);
    cr_assert_eq(told(&frontier, 0), 1);
    cr_assert_eq(told(&frontier, 1), 77);
    frontier_replace(&frontier, 9, &nowhere);
    cr_assert_eq(nowhere.count, 1, "left to the caller");
    outputs_clear(&nowhere);
    frontier_deinit(&frontier);
}
