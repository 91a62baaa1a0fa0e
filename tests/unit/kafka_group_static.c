/* SPDX-License-Identifier: Apache-2.0 */
/* Static members (KIP-345): group.instance.id. sim/kafka/group_join.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_group_scene.h"

static const struct wire_join_group_response *joined(const struct kafka_fixture *fixture, int token)
{
    return kafka_group_scene_joined(fixture, token);
}

static int16_t beat_as(struct kafka_fixture *fixture, const char *member_id, const char *instance_id)
{
    struct wire_heartbeat_request body;
    KAFKA_FIXTURE_BODY(heartbeat, body);
    body.group_id = kafka_fixture_string("g");
    body.member_id = kafka_fixture_string(member_id);
    body.group_instance_id = kafka_fixture_string(instance_id);
    body.generation_id = 1;
    return ((const struct wire_heartbeat_response *)kafka_fixture_ask(fixture, 1, HEARTBEAT, 4, &body))
        ->error_code;
}

Test(kafka_group_static, its_member_id_begins_with_the_instance_id_and_no_id_is_asked_for_first)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int token = kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "inst", .version = 9});
    cr_expect(joined(fixture, token) == NULL);
    kafka_fixture_advance_ms(fixture, 3000);
    cr_assert(joined(fixture, token) != NULL);
    cr_expect(eq(i32, joined(fixture, token)->member_id.bytes, 5 + 36));
    struct wire_join_group_response_member member = joined(fixture, token)->members.items[0];
    cr_expect(kafka_fixture_says(member.group_instance_id, "inst"));
    kafka_fixture_free(fixture);
}

Test(kafka_group_static, a_follower_that_comes_back_to_a_stable_group_takes_its_place_without_a_rebalance)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, true, ids);
    int token = kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i1"});
    cr_assert(joined(fixture, token) != NULL);
    cr_expect(eq(i16, joined(fixture, token)->error_code, 0));
    cr_expect(eq(i32, joined(fixture, token)->generation_id, 1));
    cr_expect(kafka_fixture_says(joined(fixture, token)->leader, ids[0]));
    const char *fresh = kafka_group_scene_text(fixture, joined(fixture, token)->member_id);
    cr_expect(eq(i16, beat_as(fixture, fresh, "i1"), 0));
    cr_expect(eq(i16, beat_as(fixture, ids[1], "i1"), KAFKA_FENCED_INSTANCE_ID));
    cr_expect(eq(i16, beat_as(fixture, ids[1], "i7"), KAFKA_UNKNOWN_MEMBER_ID));
    int sync = kafka_group_scene_sync(fixture, fresh, 1, NULL);
    const struct wire_sync_group_response *response = kafka_fixture_answer(fixture, sync);
    cr_expect(eq(i32, response->assignment.bytes, 2 + 1 + 36), "it has what it had before");
    kafka_fixture_free(fixture);
}

Test(kafka_group_static, a_leader_that_comes_back_is_told_to_skip_the_assignment_or_that_another_leads)
{
    for (int16_t version = 8; version <= 9; version++) {
        struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
        const char *ids[2];
        kafka_group_scene_settle(fixture, 2, true, ids);
        int token =
            kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i0", .version = version});
        const struct wire_join_group_response *response = joined(fixture, token);
        cr_assert(response != NULL);
        const char *fresh = kafka_group_scene_text(fixture, response->member_id);
        cr_expect(eq(int, response->skip_assignment, version == 9));
        cr_expect(eq(i32, response->members.count, version == 9 ? 2 : 0));
        cr_expect(kafka_fixture_says(response->leader, version == 9 ? fresh : ids[0]));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_group_static, a_change_of_the_chosen_protocol_does_begin_a_rebalance)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int one = kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i0", .protocols = "a,b"});
    kafka_fixture_advance_ms(fixture, 3000);
    const char *id = kafka_group_scene_text(fixture, joined(fixture, one)->member_id);
    kafka_group_scene_sync(fixture, id, 1, NULL);
    int two = kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i0", .protocols = "b"});
    cr_assert(joined(fixture, two) != NULL);
    cr_expect(eq(i32, joined(fixture, two)->generation_id, 2));
    cr_expect(kafka_fixture_says(joined(fixture, two)->protocol_name, "b"));
    kafka_fixture_free(fixture);
}

Test(kafka_group_static, whoever_waits_under_the_old_id_is_fenced)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int old = kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i0"});
    int fresh = kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i0"});
    cr_assert(joined(fixture, old) != NULL);
    cr_expect(eq(i16, joined(fixture, old)->error_code, KAFKA_FENCED_INSTANCE_ID));
    cr_expect(joined(fixture, fresh) == NULL);
    kafka_fixture_advance_ms(fixture, 3000);
    cr_assert(joined(fixture, fresh) != NULL);
    cr_expect(eq(i32, joined(fixture, fresh)->members.count, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_group_static, one_that_comes_back_between_join_and_sync_begins_the_rebalance_anew)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int joins[2] = {kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i0"}),
                    kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i1"})};
    kafka_fixture_advance_ms(fixture, 6000);
    const char *follower = kafka_group_scene_text(fixture, joined(fixture, joins[1])->member_id);
    const char *leader = kafka_group_scene_text(fixture, joined(fixture, joins[0])->member_id);
    int sync = kafka_group_scene_sync(fixture, follower, 1, NULL);
    int fresh = kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i1"});
    cr_expect(eq(i16, kafka_group_scene_sync_error(fixture, sync), KAFKA_FENCED_INSTANCE_ID));
    cr_expect(joined(fixture, fresh) == NULL);
    cr_expect(eq(i16, beat_as(fixture, leader, "i0"), KAFKA_REBALANCE_IN_PROGRESS));
    kafka_fixture_free(fixture);
}

Test(kafka_group_static, one_that_does_not_rejoin_keeps_its_place_until_its_session_ends)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, true, ids);
    struct kafka_join again = {
        .member_id = ids[0], .instance_id = "i0", .rebalance_ms = 4000, .session_ms = 30000};
    int token = kafka_group_scene_join(fixture, &again);
    for (int i = 0; i < 12; i++) {
        kafka_fixture_advance_ms(fixture, 5000);
        cr_expect(eq(i16, beat_as(fixture, ids[1], "i1"),
                     i < 11 ? KAFKA_REBALANCE_IN_PROGRESS : KAFKA_ILLEGAL_GENERATION));
    }
    cr_assert(joined(fixture, token) != NULL);
    cr_expect(eq(i32, joined(fixture, token)->members.count, 2), "a dynamic one would be gone");
    kafka_fixture_free(fixture);
}

Test(kafka_group_static, one_keeps_its_place_in_a_rebalance_without_any_time_too)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *id;
    kafka_group_scene_settle(fixture, 1, true, &id);
    struct kafka_join hasty = {.member_id = id, .instance_id = "i0", .rebalance_ms = -1};
    kafka_group_scene_join(fixture, &hasty);
    kafka_group_scene_sync(fixture, id, 2, (const char *const[]){NULL});
    /* Another comes, and goes before anybody joins again. */
    struct kafka_join other = {.version = 4, .rebalance_ms = -1};
    int token = kafka_group_scene_join(fixture, &other);
    other.member_id = kafka_group_scene_text(fixture, joined(fixture, token)->member_id);
    kafka_group_scene_join(fixture, &other);
    cr_assert(eq(i16, kafka_group_scene_leave(fixture, other.member_id, NULL), 0));
    kafka_fixture_advance_ms(fixture, 9999);
    cr_expect(eq(i32, kafka_group_scene_describe(fixture)->members.count, 1));
    kafka_fixture_advance_ms(fixture, 1);
    cr_expect(eq(i32, kafka_group_scene_describe(fixture)->members.count, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_group_static, an_administrator_removes_it_by_its_instance_id_alone)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, true, ids);
    cr_expect(eq(i16, kafka_group_scene_leave(fixture, "", "i7"), KAFKA_UNKNOWN_MEMBER_ID));
    cr_expect(eq(i16, kafka_group_scene_leave(fixture, ids[0], "i1"), KAFKA_FENCED_INSTANCE_ID));
    cr_expect(eq(i16, kafka_group_scene_leave(fixture, "", "i1"), 0));
    cr_expect(eq(i32, kafka_group_scene_describe(fixture)->members.count, 1));
    kafka_fixture_free(fixture);
}
