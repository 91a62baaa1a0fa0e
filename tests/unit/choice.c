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

Test(choice, a_replay_tells_what_it_came_to_when_it_is_asked)
{
    size_t count;
    choice_begin(CHOICE_REPLAY, 1);
    choice_pick(&point_a, 7);
    choice_offers(&count);
    cr_expect_eq(count, 0);

    choice_keep_offers(true);
    choice_begin(CHOICE_REPLAY, 1);
    choice_replay_add(0, "test/a", 1, 4);
    choice_pick(&point_a, 7);
    choice_pick(&point_a, 1); /* no decision */
    choice_chance(&point_b, 10);
    choice_chance(&point_b, 0);
    choice_set_actor(3);
    choice_pick(&point_a, 5);
    const struct choice_offer *offers = choice_offers(&count);
    cr_assert_eq(count, 3);
    cr_expect(offers[0].point == point_a.index && offers[0].occurrence == 0 && offers[0].options == 7);
    cr_expect(offers[1].point == point_b.index && offers[1].occurrence == 0 && offers[1].options == 2);
    cr_expect(offers[2].actor == 3 && offers[2].occurrence == 0 && offers[2].options == 5);
    choice_keep_offers(false);
    choice_set_actor(0);
}

static struct choice_point point_gate = CHOICE_POINT("test/gate"), point_detail = CHOICE_POINT("test/detail");

static uint32_t pick_rarely(void)
{
    return choice_pick_rarely(&point_gate, 200000, &point_detail, 5);
}

Test(choice, a_rare_pick_is_a_chance_and_then_a_pick)
{
    uint32_t together[PICKS];
    choice_begin(CHOICE_SEEDED, 9);
    for (int i = 0; i < PICKS; i++)
        together[i] = pick_rarely();
    choice_begin(CHOICE_SEEDED, 9);
    for (int i = 0; i < PICKS; i++)
        cr_assert_eq(together[i], choice_chance(&point_gate, 200000) ? choice_pick(&point_detail, 5) : 0);
}

Test(choice, a_rare_pick_is_offered_as_one_and_forced_by_two)
{
    size_t count;
    choice_keep_offers(true);
    choice_begin(CHOICE_REPLAY, 9);
    choice_replay_add(0, "test/gate", 1, 1);
    choice_replay_add(0, "test/detail", 0, 3);
    cr_expect_eq(pick_rarely(), 0);
    cr_expect_eq(pick_rarely(), 3);
    cr_expect_eq(pick_rarely(), 0);
    const struct choice_offer *offers = choice_offers(&count);
    cr_assert_eq(count, 3);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect(offers[i].point == point_gate.index && offers[i].detail == point_detail.index &&
                      offers[i].occurrence == i && offers[i].detail_occurrence == (i > 1) &&
                      offers[i].options == 5 && offers[i].picked == (i == 1 ? 3 : 0),
                  "offer %u", i);
    choice_keep_offers(false);
}

Test(choice, what_is_asked_for_is_taken_by_a_replay_only)
{
    choice_begin(CHOICE_SEEDED, 10);
    for (int i = 0; i < PICKS; i++)
        cr_assert_eq(choice_pick_asked(&point_a, 7), 0);
    cr_expect_eq(choice_count(), 0);
    choice_begin(CHOICE_REPLAY, 10);
    choice_replay_add(0, "test/a", 2, 6);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(choice_pick_asked(&point_a, 7), i == 2 ? 6 : 0);
}
