/* SPDX-License-Identifier: Apache-2.0 */
/* seen: the window against repeated events, against a model that looks at all of them each time. */
#include "pipeline/seen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct seen_id id_of(int number)
{
    char text[32];
    snprintf(text, sizeof text, "event-%d", number);
    return seen_id_of(text, strlen(text));
}

static enum seen_verdict look(const struct seen *seen, int number, uint64_t content, int64_t now_ns)
{
    struct seen_id id = id_of(number);
    return seen_look(seen, &id, content, 1000000 + number, now_ns);
}

static void add(struct seen *seen, int number, uint64_t content, int64_t wall_ns)
{
    struct seen_id id = id_of(number);
    seen_add(seen, &id, content, number, wall_ns);
}

Test(seen, an_event_is_new_once_then_repeated_or_another)
{
    struct seen seen;
    seen_init(&seen, 10, 1000);
    cr_expect(look(&seen, 1, 7, 0) == SEEN_NEW);
    add(&seen, 1, 7, 0);
    cr_expect(look(&seen, 1, 7, 0) == SEEN_REPEATED);
    cr_expect(look(&seen, 1, 8, 0) == SEEN_OTHER);
    cr_expect(look(&seen, 2, 7, 0) == SEEN_NEW);
    seen_deinit(&seen);
}

Test(seen, what_is_older_than_the_window_does_not_count)
{
    struct seen seen;
    seen_init(&seen, 10, 1000);
    add(&seen, 1, 7, 50);
    cr_expect(look(&seen, 1, 7, 1049) == SEEN_REPEATED);
    cr_expect(look(&seen, 1, 7, 1050) == SEEN_NEW);
    add(&seen, 1, 7, 2000);
    cr_expect(look(&seen, 1, 7, 2999) == SEEN_REPEATED, "taken again, it counts from then");
    add(&seen, 1, 7, 30);
    cr_expect(look(&seen, 1, 7, 2999) == SEEN_REPEATED, "an older mark that is read later changes nothing");
    seen_deinit(&seen);
}

Test(seen, remembers_the_last_so_many_whatever_their_number)
{
    for (size_t most = 1; most <= 200; most = most * 2 + 1) {
        struct seen seen;
        seen_init(&seen, most, INT64_MAX);
        for (int number = 0; number < 500; number++) {
            add(&seen, number, (uint64_t)number, number);
            int oldest = number + 1 - (int)most < 0 ? 0 : number + 1 - (int)most;
            cr_assert(look(&seen, oldest, (uint64_t)oldest, number) == SEEN_REPEATED, "%zu %d", most, number);
            if (oldest > 0)
                cr_assert(look(&seen, oldest - 1, 0, number) == SEEN_NEW, "%zu %d", most, number);
        }
        seen_deinit(&seen);
    }
}

Test(seen, long_ids_are_told_apart_by_all_their_bytes)
{
    char a[100], b[100];
    memset(a, 'x', sizeof a);
    memcpy(b, a, sizeof b);
    b[99] = 'y';
    struct seen_id one = seen_id_of(a, sizeof a), other = seen_id_of(b, sizeof b),
                   same = seen_id_of(a, sizeof a);
    cr_expect(memcmp(&one, &other, sizeof one) != 0);
    cr_expect(memcmp(&one, &same, sizeof one) == 0);
}

Test(seen, a_record_that_is_read_again_is_no_repetition)
{
    struct seen seen;
    struct seen_id id = id_of(1);
    seen_init(&seen, 10, 1000);
    seen_add(&seen, &id, 7, 42, 0);
    cr_expect(seen_look(&seen, &id, 7, 42, 0) == SEEN_NEW);
    cr_expect(seen_look(&seen, &id, 7, 43, 0) == SEEN_REPEATED);
    seen_deinit(&seen);
}
