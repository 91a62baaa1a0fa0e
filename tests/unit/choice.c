/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/choice.h"

#include <criterion/criterion.h>
#include <string.h>

static struct choice_point point_a = CHOICE_POINT("test/a");
static struct choice_point point_b = CHOICE_POINT("test/b");

enum { PICKS = 1000 };

static void draw(enum choice_mode mode, uint64_t seed, uint32_t *out)
{
    choice_begin(mode, seed);
    for (int i = 0; i < PICKS; i++)
        out[i] = choice_pick(&point_a, 7);
}

Test(choice, a_seed_gives_the_same_picks_again)
{
    uint32_t first[PICKS], second[PICKS], other[PICKS];
    draw(CHOICE_SEEDED, 1, first);
    draw(CHOICE_SEEDED, 1, second);
    draw(CHOICE_SEEDED, 2, other);
    cr_expect_arr_eq(first, second, sizeof first);
    cr_expect_arr_neq(first, other, sizeof first);
}

Test(choice, picks_are_spread_over_all_options)
{
    uint32_t picks[PICKS], counts[7] = {0};
    draw(CHOICE_SEEDED, 3, picks);
    for (int i = 0; i < PICKS; i++)
        counts[picks[i]]++;
    for (int option = 0; option < 7; option++)
        cr_expect(counts[option] > 90 && counts[option] < 200, "option %d: %u of %d", option, counts[option],
                  PICKS);
}

Test(choice, a_point_that_is_added_later_shifts_no_other)
{
    uint32_t alone[PICKS];
    draw(CHOICE_SEEDED, 4, alone);
    choice_begin(CHOICE_SEEDED, 4);
    for (int i = 0; i < PICKS; i++) {
        choice_pick(&point_b, 3);
        cr_assert_eq(choice_pick(&point_a, 7), alone[i]);
    }
}

Test(choice, another_process_draws_other_picks_and_shifts_none)
{
    uint32_t alone[PICKS];
    int same = 0;
    draw(CHOICE_SEEDED, 5, alone);
    choice_begin(CHOICE_SEEDED, 5);
    for (int i = 0; i < PICKS; i++) {
        choice_set_actor(9);
        same += choice_pick(&point_a, 7) == alone[i];
        choice_set_actor(0);
        cr_assert_eq(choice_pick(&point_a, 7), alone[i]);
    }
    cr_expect_lt(same, PICKS / 4);
}

Test(choice, a_replay_of_the_records_gives_the_same_picks_and_matches_all)
{
    uint32_t seeded[PICKS];
    draw(CHOICE_SEEDED, 6, seeded);
    size_t count;
    const struct choice_record *records = choice_records(&count);
    struct choice_record kept[PICKS];
    cr_assert(count > 0 && count < PICKS);
    memcpy(kept, records, count * sizeof *kept);

    choice_begin(CHOICE_REPLAY, 0);
    for (size_t i = 0; i < count; i++)
        cr_assert(choice_replay_add(kept[i].actor, choice_point_name(kept[i].point), kept[i].occurrence,
                                    kept[i].picked));
    for (int i = 0; i < PICKS; i++)
        cr_assert_eq(choice_pick(&point_a, 7), seeded[i]);
    uint64_t matched, added;
    choice_replay_matched(&matched, &added);
    cr_expect_eq(matched, count);
    cr_expect_eq(added, count);
}

Test(choice, an_option_that_is_not_there_is_a_misfit)
{
    choice_begin(CHOICE_REPLAY, 0);
    cr_expect(choice_replay_add(0, "test/a", 0, 6));
    cr_expect(choice_replay_add(0, "test/a", 1, 7));
    cr_expect_eq(choice_pick(&point_a, 7), 6);
    cr_expect_eq(choice_replay_misfits(), 0);
    cr_expect_eq(choice_pick(&point_a, 7), 6);
    cr_expect_eq(choice_replay_misfits(), 1);
}

Test(choice, a_key_cannot_be_replayed_twice)
{
    choice_begin(CHOICE_REPLAY, 0);
    cr_expect(choice_replay_add(1, "test/a", 5, 2));
    cr_expect_not(choice_replay_add(1, "test/a", 5, 3));
    cr_expect(choice_replay_add(1, "test/a", 6, 3));
    cr_expect(choice_replay_add(2, "test/a", 5, 3));
}

Test(choice, a_chance_is_about_as_likely_as_asked)
{
    int hits = 0;
    choice_begin(CHOICE_SEEDED, 7);
    for (int i = 0; i < 100000; i++)
        hits += choice_chance(&point_a, 10000);
    cr_expect(hits > 850 && hits < 1150, "%d hits of 100000 at 1 %%", hits);
}

Test(choice, outside_a_world_everything_is_uneventful)
{
    choice_end();
    cr_expect_eq(choice_pick(&point_a, 100), 0);
    cr_expect_not(choice_chance(&point_a, 1000000));
}

Test(choice, a_point_found_by_name_is_the_same_point)
{
    choice_begin(CHOICE_SEEDED, 8);
    choice_pick(&point_a, 2);
    cr_expect_eq(choice_point_named("test/a")->index, point_a.index);
    cr_expect_eq(choice_point_named("test/new")->index, choice_point_named("test/new")->index);
}
