/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, timeouts, Heartbeat, LeaveGroup: sim/kafka/group_rebalance.c, group_heartbeat.c, group_leave.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_group_scene.h"
#include "sim/kafka/bug.h"

static const struct wire_join_group_response *joined(const struct kafka_fixture *fixture, int token)
{
    return kafka_group_scene_joined(fixture, token);
}

static bool is_in_state(struct kafka_fixture *fixture, const char *state)
{
    return kafka_fixture_says(kafka_group_scene_describe(fixture)->group_state, state);
}

/* Lets time pass while a member shows that it lives. */
static void pass(struct kafka_fixture *fixture, int64_t ms, const char *living_id, int32_t generation)
{
    for (; ms > 0; ms -= 5000) {
        kafka_fixture_advance_ms(fixture, ms < 5000 ? ms : 5000);
        kafka_group_scene_beat(fixture, living_id, generation);
    }
}

Test(kafka_group_session, a_member_without_a_heartbeat_is_dropped_and_the_others_rebalance)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    kafka_fixture_advance_ms(fixture, 9999);
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, ids[0], 1), 0));
    cr_expect(eq(i32, kafka_group_scene_describe(fixture)->members.count, 2));
    kafka_fixture_advance_ms(fixture, 1);
    cr_expect(eq(i32, kafka_group_scene_describe(fixture)->members.count, 1));
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, ids[0], 1), KAFKA_REBALANCE_IN_PROGRESS));
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, ids[1], 1), KAFKA_UNKNOWN_MEMBER_ID));
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, the_last_member_leaves_an_empty_group_of_the_next_generation)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    kafka_fixture_advance_ms(fixture, 10000);
    cr_expect(is_in_state(fixture, "Empty"));
    int token = kafka_group_scene_join(fixture, &(struct kafka_join){0});
    kafka_fixture_advance_ms(fixture, 3000);
    cr_expect(eq(i32, joined(fixture, token)->generation_id, 3));
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, who_has_not_joined_by_the_rebalance_timeout_is_dropped)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    int leader = kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[0]});
    pass(fixture, 59999, ids[1], 1);
    cr_expect(joined(fixture, leader) == NULL);
    kafka_fixture_advance_ms(fixture, 1);
    cr_assert(joined(fixture, leader) != NULL);
    cr_expect(eq(i32, joined(fixture, leader)->members.count, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, a_leader_that_does_not_come_back_is_replaced)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[1], .subscription = "new"});
    pass(fixture, 60000, ids[0], 1);
    const struct wire_describe_groups_response_described_group *group = kafka_group_scene_describe(fixture);
    cr_assert(eq(i32, group->members.count, 1));
    cr_expect(kafka_fixture_says(group->members.items[0].member_id, ids[1]));
    cr_expect(kafka_fixture_says(group->group_state, "CompletingRebalance"));
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, who_sends_no_sync_within_the_rebalance_timeout_is_dropped)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int joins[2] = {kafka_group_scene_join(fixture, &(struct kafka_join){0}),
                    kafka_group_scene_join(fixture, &(struct kafka_join){0})};
    kafka_fixture_advance_ms(fixture, 6000);
    const char *leader = kafka_group_scene_text(fixture, joined(fixture, joins[0])->member_id);
    const char *follower = kafka_group_scene_text(fixture, joined(fixture, joins[1])->member_id);
    int sync = kafka_group_scene_sync(fixture, follower, 1, NULL);
    pass(fixture, 60000, leader, 1);
    cr_expect(eq(i16, kafka_group_scene_sync_error(fixture, sync), KAFKA_REBALANCE_IN_PROGRESS));
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, leader, 1), KAFKA_UNKNOWN_MEMBER_ID));
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, after_everybody_has_synced_no_rebalance_comes_by_itself)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    pass(fixture, 200000, ids[0], 1);
    cr_expect(is_in_state(fixture, "Stable"));
    cr_expect(
        eq(i64, kafka_cluster_next_ns(fixture->cluster) - fixture->cluster->now_ns, INT64_C(10000000000)),
        "nothing is due but the session");
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, a_new_member_that_waits_too_long_is_told_to_join_again)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    kafka_fixture_advance_ms(fixture, 5000);
    kafka_group_scene_beat(fixture, ids[0], 1);
    int token = kafka_group_scene_join(fixture, &(struct kafka_join){.rebalance_ms = 400000});
    pass(fixture, 300000, ids[0], 1);
    cr_assert(joined(fixture, token) != NULL);
    cr_expect(eq(i16, joined(fixture, token)->error_code, KAFKA_UNKNOWN_MEMBER_ID));
    kafka_fixture_free(fixture);
}

/* A new member whose client dies before its first answer, and then leads. */
static bool goes_on_without_a_dead_joiner(enum kafka_bug bug)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    fixture->cluster->model.bugs = bug == KAFKA_BUGS ? 0 : UINT32_C(1) << bug;
    int dead = kafka_group_scene_join(fixture, &(struct kafka_join){0});
    kafka_fixture_abandon(fixture, dead);
    int living = kafka_group_scene_join(fixture, &(struct kafka_join){0});
    kafka_fixture_advance_ms(fixture, 6000);
    const char *id = kafka_group_scene_text(fixture, joined(fixture, living)->member_id);
    int sync = kafka_group_scene_sync(fixture, id, 1, NULL);
    kafka_fixture_advance_ms(fixture, 3600000);
    bool goes_on = kafka_group_scene_sync_error(fixture, sync) == KAFKA_REBALANCE_IN_PROGRESS;
    cr_expect(goes_on || is_in_state(fixture, "CompletingRebalance"));
    kafka_fixture_free(fixture);
    return goes_on;
}

Test(kafka_group_session, a_new_member_that_dies_before_its_first_answer_is_dropped)
{
    cr_expect(goes_on_without_a_dead_joiner(KAFKA_BUGS));
    cr_expect(not(goes_on_without_a_dead_joiner(KAFKA_BUG_DEAD_JOINER_BLOCKS)), "KAFKA-9752");
}

Test(kafka_group_session, who_trusts_dead_joiners_still_rebalances_among_the_living)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    fixture->cluster->model.bugs = UINT32_C(1) << KAFKA_BUG_DEAD_JOINER_BLOCKS;
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    pass(fixture, 9999, ids[0], 1);
    cr_expect(is_in_state(fixture, "Stable"));
    pass(fixture, 1, ids[0], 1);
    cr_expect(is_in_state(fixture, "PreparingRebalance"), "the other's session ended");
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, heartbeats_in_each_state)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, "m", 1), KAFKA_UNKNOWN_MEMBER_ID), "no group");
    int join = kafka_group_scene_join(fixture, &(struct kafka_join){0});
    kafka_fixture_advance_ms(fixture, 3000);
    const char *id = kafka_group_scene_text(fixture, joined(fixture, join)->member_id);
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, id, 1), 0), "completing");
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, id, 0), KAFKA_ILLEGAL_GENERATION));
    kafka_group_scene_sync(fixture, id, 1, NULL);
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, id, 1), 0), "stable");
    kafka_group_scene_join(fixture, &(struct kafka_join){0});
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, id, 1), KAFKA_REBALANCE_IN_PROGRESS), "preparing");
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, a_sync_while_members_join_is_told_so)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[0]});
    int sync = kafka_group_scene_sync(fixture, ids[1], 1, NULL);
    cr_expect(eq(i16, kafka_group_scene_sync_error(fixture, sync), KAFKA_REBALANCE_IN_PROGRESS));
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, leaving_begins_a_rebalance_and_ends_it_if_all_others_wait)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[3];
    kafka_group_scene_settle(fixture, 3, false, ids);
    cr_expect(eq(i16, kafka_group_scene_leave(fixture, ids[2], NULL), 0));
    cr_expect(is_in_state(fixture, "PreparingRebalance"));
    int join = kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[0]});
    cr_expect(joined(fixture, join) == NULL);
    cr_expect(eq(i16, kafka_group_scene_leave(fixture, ids[1], NULL), 0));
    cr_assert(joined(fixture, join) != NULL);
    cr_expect(eq(i32, joined(fixture, join)->generation_id, 2));
    cr_expect(eq(i16, kafka_group_scene_leave(fixture, ids[1], NULL), KAFKA_UNKNOWN_MEMBER_ID));
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, an_old_leave_names_one_member_and_answers_with_one_error)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    struct wire_leave_group_request body;
    KAFKA_FIXTURE_BODY(leave_group, body);
    body.group_id = kafka_fixture_string("g");
    body.member_id = kafka_fixture_string("nobody");
    const struct wire_leave_group_response *response = kafka_fixture_ask(fixture, 1, LEAVE_GROUP, 2, &body);
    cr_expect(eq(i16, response->error_code, KAFKA_UNKNOWN_MEMBER_ID));
    body.member_id = kafka_fixture_string(ids[0]);
    response = kafka_fixture_ask(fixture, 1, LEAVE_GROUP, 2, &body);
    cr_expect(eq(i16, response->error_code, 0));
    cr_expect(is_in_state(fixture, "Empty"));
    kafka_fixture_free(fixture);
}

Test(kafka_group_session, who_leaves_with_only_an_id_ends_the_wait_for_it)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    int asked = kafka_group_scene_join(fixture, &(struct kafka_join){.version = 5});
    const char *pending = kafka_group_scene_text(fixture, joined(fixture, asked)->member_id);
    int join = kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[0]});
    cr_expect(joined(fixture, join) == NULL);
    cr_expect(eq(i16, kafka_group_scene_leave(fixture, pending, NULL), 0));
    cr_expect(joined(fixture, join) != NULL);
    kafka_fixture_free(fixture);
}
