/* SPDX-License-Identifier: Apache-2.0 */
/* JoinGroup and SyncGroup: sim/kafka/group_join.c, group_sync.c, group_rebalance.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include "tests/unit/kafka_group_scene.h"

static const struct wire_join_group_response *joined(const struct kafka_fixture *fixture, int token)
{
    return kafka_group_scene_joined(fixture, token);
}

static int16_t join_error(struct kafka_fixture *fixture, const struct kafka_join *join)
{
    const struct wire_join_group_response *response = joined(fixture, kafka_group_scene_join(fixture, join));
    return response ? response->error_code : -2;
}

Test(kafka_group_join, the_first_member_waits_for_the_initial_delay_and_then_leads)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int token = kafka_group_scene_join(fixture, &(struct kafka_join){.version = 3});
    kafka_fixture_advance_ms(fixture, 2999);
    cr_expect(joined(fixture, token) == NULL);
    kafka_fixture_advance_ms(fixture, 1);
    const struct wire_join_group_response *response = joined(fixture, token);
    cr_assert(response != NULL);
    cr_expect(eq(i16, response->error_code, 0));
    cr_expect(eq(i32, response->generation_id, 1));
    cr_expect(kafka_fixture_says(response->protocol_name, "range"));
    cr_expect(eq(i32, response->members.count, 1));
    cr_expect(eq(i32, response->member_id.bytes, (int32_t)strlen("tester-") + 36));
    cr_expect(eq(int, memcmp(response->member_id.text, "tester-", 7), 0));
    cr_expect(kafka_fixture_says(response->leader, kafka_group_scene_text(fixture, response->member_id)));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, the_initial_delay_is_put_off_while_others_join)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int first = kafka_group_scene_join(fixture, &(struct kafka_join){.rebalance_ms = 7000});
    kafka_fixture_advance_ms(fixture, 2000);
    int second = kafka_group_scene_join(fixture, &(struct kafka_join){.rebalance_ms = 7000});
    kafka_fixture_advance_ms(fixture, 3999); /* 5999: put off at 3000, until 6000 */
    cr_expect(joined(fixture, first) == NULL);
    int third = kafka_group_scene_join(fixture, &(struct kafka_join){.rebalance_ms = 7000});
    kafka_fixture_advance_ms(fixture, 1000); /* 6999: put off again, by what is left of 7000 */
    cr_expect(joined(fixture, first) == NULL);
    kafka_fixture_advance_ms(fixture, 1);
    cr_assert(joined(fixture, first) && joined(fixture, second) && joined(fixture, third));
    cr_expect(eq(i32, joined(fixture, first)->members.count, 3));
    cr_expect(eq(i32, joined(fixture, third)->members.count, 0), "only the leader hears of the others");
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, from_version_4_on_a_dynamic_member_is_given_an_id_first)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int token = kafka_group_scene_join(fixture, &(struct kafka_join){.version = 4});
    const struct wire_join_group_response *response = joined(fixture, token);
    cr_assert(response != NULL);
    cr_expect(eq(i16, response->error_code, KAFKA_MEMBER_ID_REQUIRED));
    cr_expect(eq(i32, response->generation_id, -1));
    const char *id = kafka_group_scene_text(fixture, response->member_id);
    token = kafka_group_scene_join(fixture, &(struct kafka_join){.version = 4, .member_id = id});
    kafka_fixture_advance_ms(fixture, 3000);
    cr_assert(joined(fixture, token) != NULL);
    cr_expect(kafka_fixture_says(joined(fixture, token)->member_id, id));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, an_id_that_is_not_used_within_the_session_timeout_is_forgotten)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int token = kafka_group_scene_join(fixture, &(struct kafka_join){.version = 4, .session_ms = 6000});
    const char *id = kafka_group_scene_text(fixture, joined(fixture, token)->member_id);
    kafka_fixture_advance_ms(fixture, 6000);
    cr_expect(eq(i16, join_error(fixture, &(struct kafka_join){.version = 4, .member_id = id}),
                 KAFKA_UNKNOWN_MEMBER_ID));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, a_rebalance_waits_for_who_has_an_id_and_has_not_come_back_yet)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    int pending = kafka_group_scene_join(fixture, &(struct kafka_join){.version = 4, .session_ms = 6000});
    cr_expect(eq(i16, joined(fixture, pending)->error_code, KAFKA_MEMBER_ID_REQUIRED));
    int leader = kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[0]});
    kafka_fixture_advance_ms(fixture, 5999);
    cr_expect(joined(fixture, leader) == NULL);
    kafka_fixture_advance_ms(fixture, 1);
    cr_assert(joined(fixture, leader) != NULL);
    cr_expect(eq(i32, joined(fixture, leader)->generation_id, 2));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, what_a_join_must_not_say)
{
    const struct {
        const char *claim;
        struct kafka_join join;
        int16_t error;
    } cases[] = {
        {"no group id", {.group = ""}, KAFKA_INVALID_GROUP_ID},
        {"a short session", {.session_ms = 5999}, KAFKA_INVALID_SESSION_TIMEOUT},
        {"a long session", {.session_ms = 1800001}, KAFKA_INVALID_SESSION_TIMEOUT},
        {"another broker", {.broker = 2}, KAFKA_NOT_COORDINATOR},
        {"an id in a new group", {.group = "h", .member_id = "m"}, KAFKA_UNKNOWN_MEMBER_ID},
        {"an unknown id", {.member_id = "m"}, KAFKA_UNKNOWN_MEMBER_ID},
        {"an unknown instance", {.member_id = "m", .instance_id = "i"}, KAFKA_UNKNOWN_MEMBER_ID},
        {"another protocol", {.protocols = "sticky"}, KAFKA_INCONSISTENT_GROUP_PROTOCOL},
        {"another protocol type", {.protocol_type = "connect"}, KAFKA_INCONSISTENT_GROUP_PROTOCOL},
        {"no protocol at all", {.group = "h", .protocols = ""}, KAFKA_INCONSISTENT_GROUP_PROTOCOL},
        {"no protocol type", {.group = "h", .protocol_type = ""}, KAFKA_INCONSISTENT_GROUP_PROTOCOL},
    };
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect(eq(i16, join_error(fixture, &cases[i].join), cases[i].error), "%s", cases[i].claim);
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, most_votes_choose_among_the_protocols_that_all_have)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int one = kafka_group_scene_join(fixture, &(struct kafka_join){.protocols = "a,b,c"});
    kafka_group_scene_join(fixture, &(struct kafka_join){.protocols = "c,b"});
    kafka_group_scene_join(fixture, &(struct kafka_join){.protocols = "a,c,b"});
    kafka_fixture_advance_ms(fixture, 6000);
    /* a is not everybody's; b has one vote, c has two. */
    cr_expect(kafka_fixture_says(joined(fixture, one)->protocol_name, "c"));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, followers_get_their_assignment_when_the_leader_brings_it)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int joins[2] = {kafka_group_scene_join(fixture, &(struct kafka_join){0}),
                    kafka_group_scene_join(fixture, &(struct kafka_join){0})};
    kafka_fixture_advance_ms(fixture, 6000);
    const char *leader = kafka_group_scene_text(fixture, joined(fixture, joins[0])->member_id);
    const char *follower = kafka_group_scene_text(fixture, joined(fixture, joins[1])->member_id);
    cr_expect(kafka_fixture_says(joined(fixture, joins[1])->leader, leader));
    int waiting = kafka_group_scene_sync(fixture, follower, 1, NULL);
    cr_expect(eq(int, kafka_fixture_end_of(fixture, waiting), KAFKA_FIXTURE_WAITS));
    char text[100] = "";
    strcat(strcat(text, follower), "=all of it");
    int leading = kafka_group_scene_sync(fixture, leader, 1, (const char *[]){text, NULL});
    const struct wire_sync_group_response *response = kafka_fixture_answer(fixture, waiting);
    cr_assert(response != NULL);
    cr_expect(eq(i32, response->assignment.bytes, 9));
    cr_expect(eq(i16, kafka_group_scene_sync_error(fixture, leading), 0), "who is forgotten gets nothing");
    cr_expect(kafka_fixture_says(kafka_group_scene_describe(fixture)->group_state, "Stable"));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, a_sync_of_another_generation_or_protocol_is_refused)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    cr_expect(eq(i16, kafka_group_scene_sync_error(fixture, kafka_group_scene_sync(fixture, ids[0], 2, NULL)),
                 KAFKA_ILLEGAL_GENERATION));
    cr_expect(eq(i16, kafka_group_scene_sync_error(fixture, kafka_group_scene_sync(fixture, "m", 1, NULL)),
                 KAFKA_UNKNOWN_MEMBER_ID));
    struct wire_sync_group_request body;
    KAFKA_FIXTURE_BODY(sync_group, body);
    body.group_id = kafka_fixture_string("g");
    body.generation_id = 1;
    body.member_id = kafka_fixture_string(ids[0]);
    body.protocol_type = kafka_fixture_string("consumer");
    const struct wire_sync_group_response *response = kafka_fixture_ask(fixture, 1, SYNC_GROUP, 5, &body);
    cr_expect(eq(i16, response->error_code, KAFKA_INCONSISTENT_GROUP_PROTOCOL), "version 5 must name both");
    body.protocol_name = kafka_fixture_string("sticky");
    response = kafka_fixture_ask(fixture, 1, SYNC_GROUP, 5, &body);
    cr_expect(eq(i16, response->error_code, KAFKA_INCONSISTENT_GROUP_PROTOCOL));
    body.protocol_name = kafka_fixture_string("range");
    response = kafka_fixture_ask(fixture, 1, SYNC_GROUP, 5, &body);
    cr_expect(eq(i16, response->error_code, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, a_follower_that_joins_again_unchanged_hears_of_the_present_generation)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    int again = kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[1]});
    cr_assert(joined(fixture, again) != NULL);
    cr_expect(eq(i32, joined(fixture, again)->generation_id, 1));
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, ids[0], 1), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, a_leader_or_a_changed_subscription_begins_a_rebalance)
{
    const struct kafka_join joins[] = {{.protocols = "range"}, {.subscription = "other"}};
    for (int who = 0; who < 2; who++) {
        struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
        const char *ids[2];
        kafka_group_scene_settle(fixture, 2, false, ids);
        struct kafka_join join = joins[who];
        join.member_id = ids[who];
        int one = kafka_group_scene_join(fixture, &join);
        cr_expect(joined(fixture, one) == NULL, "member %d", who);
        cr_expect(eq(i16, kafka_group_scene_beat(fixture, ids[!who], 1), KAFKA_REBALANCE_IN_PROGRESS));
        int other = kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[!who]});
        cr_assert(joined(fixture, one) && joined(fixture, other));
        cr_expect(eq(i32, joined(fixture, one)->generation_id, 2));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_group_join, a_group_takes_no_more_members_than_group_max_size)
{
    const char *settings[] = {"group.max.size=2", NULL};
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", settings);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    cr_expect(eq(i16, join_error(fixture, &(struct kafka_join){0}), KAFKA_GROUP_MAX_SIZE_REACHED));
    cr_expect(eq(i16, join_error(fixture, &(struct kafka_join){.member_id = ids[1]}), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, of_those_who_wait_there_are_no_more_than_that_either)
{
    const char *settings[] = {"group.max.size=2", NULL};
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", settings);
    cr_expect(eq(i16, join_error(fixture, &(struct kafka_join){0}), -2));
    cr_expect(eq(i16, join_error(fixture, &(struct kafka_join){0}), -2));
    cr_expect(eq(i16, join_error(fixture, &(struct kafka_join){0}), KAFKA_GROUP_MAX_SIZE_REACHED));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, one_that_waits_stays_although_its_connection_is_gone)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int gone = kafka_group_scene_join(fixture, &(struct kafka_join){0});
    int stays = kafka_group_scene_join(fixture, &(struct kafka_join){0});
    kafka_fixture_abandon(fixture, gone);
    kafka_fixture_advance_ms(fixture, 6000);
    cr_assert(joined(fixture, stays) != NULL);
    cr_expect(eq(i32, kafka_group_scene_describe(fixture)->members.count, 2));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, one_that_another_took_the_place_of_ends_with_its_connection)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    int first = kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[0]});
    int second = kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[0]});
    kafka_fixture_abandon(fixture, first);
    cr_expect(eq(int, (int)kafka_fixture_end_of(fixture, first), KAFKA_FIXTURE_SILENT));
    kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[1]});
    cr_assert(joined(fixture, second) != NULL);
    first = kafka_group_scene_sync(fixture, ids[1], 2, NULL);
    second = kafka_group_scene_sync(fixture, ids[1], 2, NULL);
    kafka_fixture_abandon(fixture, first);
    cr_expect(eq(int, (int)kafka_fixture_end_of(fixture, first), KAFKA_FIXTURE_SILENT));
    cr_expect(eq(int, (int)kafka_fixture_end_of(fixture, second), KAFKA_FIXTURE_WAITS));
    kafka_fixture_free(fixture);
}

Test(kafka_group_join, old_versions_have_an_empty_name_where_newer_ones_have_none)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const struct wire_join_group_response *response;
    response = joined(fixture, kafka_group_scene_join(fixture, &(struct kafka_join){.version = 4}));
    cr_expect(eq(i32, response->protocol_name.bytes, 0));
    response = joined(fixture, kafka_group_scene_join(fixture, &(struct kafka_join){.version = 7}));
    cr_expect(eq(i32, response->protocol_name.bytes, -1));
    cr_expect(eq(i32, response->protocol_type.bytes, -1));
    kafka_fixture_free(fixture);
}
