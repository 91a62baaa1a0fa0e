/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kafka/host/gate.h"

#include <criterion/criterion.h>

enum { PRODUCE = 0, FETCH = 1 };

Test(gate, a_gate_without_rules_lets_all_pass)
{
    struct gate gate = {0};
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_PASS);
    cr_expect_eq(gate_request(&gate, -1).verdict, GATE_PASS);
    cr_expect_eq(gate_request(&gate, INT16_MAX).verdict, GATE_PASS);
}

Test(gate, a_drop_strikes_one_frame_of_its_api)
{
    struct gate gate = {0};
    cr_assert(gate_drop_request(&gate, PRODUCE));
    cr_expect_eq(gate_request(&gate, FETCH).verdict, GATE_PASS);
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_DROP_REQUEST);
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_PASS);
}

Test(gate, drops_of_requests_come_before_drops_of_responses_before_holds_before_delays)
{
    struct gate gate = {0};
    cr_assert(gate_delay(&gate, PRODUCE, 7));
    cr_assert(gate_hold(&gate, PRODUCE, 1));
    cr_assert(gate_drop_response(&gate, PRODUCE));
    cr_assert(gate_drop_request(&gate, PRODUCE));
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_DROP_REQUEST);
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_DROP_RESPONSE);
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_HOLD);
    struct gate_decision last = gate_request(&gate, PRODUCE);
    cr_expect_eq(last.verdict, GATE_DELAY);
    cr_expect_eq(last.delay_ms, 7);
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_PASS);
}

Test(gate, all_shots_that_a_world_may_tell_find_room_though_nobody_meets_one)
{
    enum { TOLD_MAX = 120 }; /* faults/budget.c */
    struct gate gate = {0};
    for (int i = 0; i < TOLD_MAX; i++)
        cr_assert(gate_shoot(&gate, &(struct gate_shot){.api_key = PRODUCE, .verdict = GATE_FAIL}), "%d", i);
}

Test(gate, a_held_frame_waits_for_the_next_release_of_its_api)
{
    struct gate gate = {0};
    cr_assert(gate_hold(&gate, PRODUCE, 1));
    struct gate_decision held = gate_request(&gate, PRODUCE);
    cr_expect(gate_is_held(&gate, &held));
    cr_assert(gate_release(&gate, FETCH));
    cr_expect(gate_is_held(&gate, &held));
    cr_assert(gate_release(&gate, PRODUCE));
    cr_expect_not(gate_is_held(&gate, &held));
    cr_assert(gate_hold(&gate, PRODUCE, 1));
    cr_expect_not(gate_is_held(&gate, &held), "a later hold does not take back a release");
}

Test(gate, a_release_takes_back_holds_that_no_frame_has_used)
{
    struct gate gate = {0};
    cr_assert(gate_hold(&gate, PRODUCE, 3));
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_HOLD);
    cr_assert(gate_release(&gate, PRODUCE));
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_PASS);
}

Test(gate, a_reset_lets_go_what_is_held_and_forgets_the_rules)
{
    struct gate gate = {0};
    cr_assert(gate_hold(&gate, PRODUCE, 2));
    cr_assert(gate_drop_request(&gate, FETCH));
    struct gate_decision held = gate_request(&gate, PRODUCE);
    gate_reset(&gate);
    cr_expect_not(gate_is_held(&gate, &held));
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_PASS);
    cr_expect_eq(gate_request(&gate, FETCH).verdict, GATE_PASS);
    cr_expect_eq(gate.rule[PRODUCE].seen_count, 1);
}

Test(gate, an_api_out_of_range_has_no_rules)
{
    struct gate gate = {0};
    cr_expect_not(gate_hold(&gate, GATE_APIS_MAX, 1));
    cr_expect_not(gate_drop_request(&gate, -1));
    cr_expect_not(gate_drop_response(&gate, GATE_APIS_MAX));
    cr_expect_not(gate_delay(&gate, GATE_APIS_MAX, 1));
    cr_expect_not(gate_release(&gate, -1));
}

Test(gate, a_shot_strikes_one_frame_of_one_client_and_comes_before_the_rules)
{
    struct gate gate = {0};
    cr_assert(gate_drop_request(&gate, PRODUCE));
    cr_assert(gate_shoot(
        &gate,
        &(struct gate_shot){.api_key = PRODUCE, .verdict = GATE_FAIL, .error = 19, .address = "10.0.0.7"}));
    cr_assert(
        gate_shoot(&gate, &(struct gate_shot){.api_key = PRODUCE, .verdict = GATE_LATE, .delay_ms = 5}));
    struct gate_decision decision = gate_request_from(&gate, PRODUCE, "10.0.0.8");
    cr_expect(decision.verdict == GATE_LATE && decision.delay_ms == 5,
              "anybody's, since the other is not its");
    cr_expect_eq(gate_request_from(&gate, FETCH, "10.0.0.7").verdict, GATE_PASS);
    decision = gate_request_from(&gate, PRODUCE, "10.0.0.7");
    cr_expect(decision.verdict == GATE_FAIL && decision.error == 19);
    cr_expect_eq(gate_request_from(&gate, PRODUCE, "10.0.0.7").verdict, GATE_DROP_REQUEST);
    cr_expect_eq(gate_request_from(&gate, PRODUCE, "10.0.0.7").verdict, GATE_PASS);
}

Test(gate, shots_are_bounded_and_a_reset_forgets_them)
{
    struct gate gate = {0};
    const struct gate_shot shot = {.api_key = PRODUCE, .verdict = GATE_DROP_REQUEST};
    for (int i = 0; i < GATE_SHOTS_MAX; i++)
        cr_assert(gate_shoot(&gate, &shot));
    cr_expect_not(gate_shoot(&gate, &shot));
    gate_reset(&gate);
    cr_expect_eq(gate_request(&gate, PRODUCE).verdict, GATE_PASS);
    cr_expect_not(gate_shoot(&gate, &(struct gate_shot){.api_key = -1}));
}
