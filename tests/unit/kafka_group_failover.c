/* SPDX-License-Identifier: Apache-2.0 */
/* A group's coordinator moves, stops or crashes: sim/kafka/group.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_group_scene.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/bug.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/group_private.h"
#include "sim/kafka/topic.h"

static struct kafka_partition *groups_partition(const struct kafka_fixture *fixture)
{
    return kafka_topic_named(fixture->cluster, KAFKA_GROUP_TOPIC)->partitions[0];
}

static void move_to(struct kafka_fixture *fixture, int32_t broker)
{
    cr_assert(kafka_broker_elect(kafka_broker_of(fixture->cluster, broker), groups_partition(fixture)));
}

static int16_t beat_at(struct kafka_fixture *fixture, int32_t broker, const char *member_id,
                       int32_t generation)
{
    struct wire_heartbeat_request body;
    KAFKA_FIXTURE_BODY(heartbeat, body);
    body.group_id = kafka_fixture_string("g");
    body.member_id = kafka_fixture_string(member_id);
    body.generation_id = generation;
    const struct wire_heartbeat_response *response = kafka_fixture_ask(fixture, broker, HEARTBEAT, 3, &body);
    return response->error_code;
}

Test(kafka_group_failover, a_stable_group_goes_on_at_its_new_coordinator_with_fresh_sessions)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    kafka_fixture_advance_ms(fixture, 9000);
    move_to(fixture, 2);
    cr_expect(eq(i16, beat_at(fixture, 1, ids[0], 1), KAFKA_NOT_COORDINATOR));
    kafka_fixture_advance_ms(fixture, 9999);
    cr_expect(eq(i16, beat_at(fixture, 2, ids[0], 1), 0));
    kafka_fixture_advance_ms(fixture, 1);
    cr_expect(eq(i16, beat_at(fixture, 2, ids[0], 1), KAFKA_REBALANCE_IN_PROGRESS));
    cr_expect(eq(i16, beat_at(fixture, 2, ids[1], 1), KAFKA_UNKNOWN_MEMBER_ID));
    kafka_fixture_free(fixture);
}

Test(kafka_group_failover, whoever_waits_is_told_and_the_rebalance_is_forgotten)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    int join = kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[0]});
    int fresh = kafka_group_scene_join(fixture, &(struct kafka_join){0});
    move_to(fixture, 2);
    cr_assert(kafka_group_scene_joined(fixture, join) && kafka_group_scene_joined(fixture, fresh));
    cr_expect(eq(i16, kafka_group_scene_joined(fixture, join)->error_code, KAFKA_NOT_COORDINATOR));
    cr_expect(eq(i16, kafka_group_scene_joined(fixture, fresh)->error_code, KAFKA_NOT_COORDINATOR));
    cr_expect(eq(i16, beat_at(fixture, 2, ids[1], 1), 0), "generation 1 is what was written");
    kafka_fixture_free(fixture);
}

Test(kafka_group_failover, who_waits_for_an_assignment_is_told_and_has_to_join_again)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    int joins[2] = {kafka_group_scene_join(fixture, &(struct kafka_join){0}),
                    kafka_group_scene_join(fixture, &(struct kafka_join){0})};
    kafka_fixture_advance_ms(fixture, 6000);
    const char *follower =
        kafka_group_scene_text(fixture, kafka_group_scene_joined(fixture, joins[1])->member_id);
    int sync = kafka_group_scene_sync(fixture, follower, 1, NULL);
    move_to(fixture, 2);
    cr_expect(eq(i16, kafka_group_scene_sync_error(fixture, sync), KAFKA_NOT_COORDINATOR));
    cr_expect(eq(i16, beat_at(fixture, 2, follower, 1), KAFKA_UNKNOWN_MEMBER_ID), "nothing was written yet");
    kafka_fixture_free(fixture);
}

Test(kafka_group_failover, a_replaced_static_member_stays_replaced)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, true, ids);
    int join = kafka_group_scene_join(fixture, &(struct kafka_join){.instance_id = "i1"});
    const char *fresh = kafka_group_scene_text(fixture, kafka_group_scene_joined(fixture, join)->member_id);
    move_to(fixture, 2);
    cr_expect(eq(i16, beat_at(fixture, 2, fresh, 1), 0));
    cr_expect(eq(i16, beat_at(fixture, 2, ids[1], 1), KAFKA_UNKNOWN_MEMBER_ID));
    kafka_fixture_free(fixture);
}

Test(kafka_group_failover, while_the_coordinator_is_silent_no_session_ends)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    kafka_fixture_advance_ms(fixture, 5000);
    cr_assert(kafka_broker_crash(kafka_broker_of(fixture->cluster, 1)));
    kafka_fixture_advance_ms(fixture, 8999); /* the session would end at 5000, the crash is noticed at 9000 */
    cr_expect(eq(i32, groups_partition(fixture)->leader, 1));
    cr_expect(eq(i32, fixture->down_count, 1));
    kafka_fixture_advance_ms(fixture, 1);
    cr_expect(eq(i32, groups_partition(fixture)->leader, 2));
    cr_expect(eq(i16, beat_at(fixture, 2, ids[0], 1), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_group_failover, with_no_coordinator_at_all_a_group_is_back_when_one_is)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    cr_assert(kafka_broker_stop(kafka_broker_of(fixture->cluster, 1)));
    cr_assert(kafka_broker_stop(kafka_broker_of(fixture->cluster, 2)));
    kafka_fixture_advance_ms(fixture, 3600000);
    cr_assert(kafka_broker_start(kafka_broker_of(fixture->cluster, 2)));
    cr_expect(eq(i16, beat_at(fixture, 2, ids[0], 1), 0));
    kafka_fixture_advance_ms(fixture, 10000);
    cr_expect(eq(i16, beat_at(fixture, 2, ids[0], 1), KAFKA_UNKNOWN_MEMBER_ID), "its session began anew");
    kafka_fixture_free(fixture);
}

Test(kafka_group_failover, a_group_that_only_gave_out_an_id_is_forgotten_by_the_old_coordinator_alone)
{
    const char *releases[] = {"3.9", "4.3"};
    for (int i = 0; i < 2; i++) {
        struct kafka_fixture *fixture = kafka_group_scene_new(releases[i], NULL);
        kafka_group_scene_join(fixture, &(struct kafka_join){.version = 4});
        cr_expect(kafka_fixture_says(kafka_group_scene_describe(fixture)->group_state, "Empty"));
        move_to(fixture, 2);
        move_to(fixture, 1);
        cr_expect(kafka_fixture_says(kafka_group_scene_describe(fixture)->group_state, i ? "Empty" : "Dead"));
        kafka_fixture_free(fixture);
    }
}

/* Are they still there at the first look for what has expired, behind a change of coordinator? */
static bool keeps_offsets(enum kafka_bug bug)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    fixture->cluster->model.bugs = bug == KAFKA_BUGS ? 0 : UINT32_C(1) << bug;
    struct kafka_group *group = kafka_group_new(fixture->cluster->groups, kafka_fixture_string("g"));
    struct kafka_offset offset = {.topic = kafka_fixture_string("t"),
                                  .offset = 42,
                                  .metadata = kafka_fixture_string(""),
                                  .commit_ms = kafka_cluster_now_ms(fixture->cluster),
                                  .expire_ms = -1};
    kafka_offset_put(group, &offset);
    move_to(fixture, 2);
    kafka_fixture_advance_ms(fixture, 600000);
    bool keeps = kafka_group_find(fixture->cluster->groups, kafka_fixture_string("g")) != NULL;
    kafka_fixture_free(fixture);
    return keeps;
}

Test(kafka_group_failover, a_new_coordinator_keeps_the_offsets_that_it_loads)
{
    cr_expect(keeps_offsets(KAFKA_BUGS));
    cr_expect(not(keeps_offsets(KAFKA_BUG_EXPIRES_OFFSETS_ON_LOAD)), "KAFKA-8069");
}
