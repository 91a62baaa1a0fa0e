/* SPDX-License-Identifier: Apache-2.0 */
/* ListGroups, DescribeGroups, DeleteGroups, FindCoordinator: sim/kafka/group_admin.c, coordinator.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_group_scene.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/topic.h"

enum { FIND_COORDINATOR = 10, LIST_GROUPS = 16, DELETE_GROUPS = 42 };

static int32_t count_of(struct kafka_fixture *fixture, const char *state, const char *type)
{
    struct wire_string state_text = kafka_fixture_string(state), type_text = kafka_fixture_string(type);
    struct wire_list_groups_request body;
    KAFKA_FIXTURE_BODY(list_groups, body);
    if (state)
        KAFKA_FIXTURE_ONE(body.states_filter, state_text);
    if (type)
        KAFKA_FIXTURE_ONE(body.types_filter, type_text);
    const struct wire_list_groups_response *response = kafka_fixture_ask(fixture, 1, LIST_GROUPS, 5, &body);
    return response->groups.count;
}

Test(kafka_group_admin, groups_are_listed_by_state_and_type_whatever_the_case)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    kafka_group_scene_join(fixture, &(struct kafka_join){.group = "h"});
    cr_expect(eq(i32, count_of(fixture, NULL, NULL), 2));
    cr_expect(eq(i32, count_of(fixture, " sTable", NULL), 1));
    cr_expect(eq(i32, count_of(fixture, "PreparingRebalance", "Classic"), 1));
    cr_expect(eq(i32, count_of(fixture, "Empty", NULL), 0));
    cr_expect(eq(i32, count_of(fixture, NULL, "consumer"), 0));
    cr_expect(eq(i32, count_of(fixture, "no such state", NULL), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_group_admin, a_stable_group_is_described_with_subscriptions_and_assignments)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, true, ids);
    const struct wire_describe_groups_response_described_group *group = kafka_group_scene_describe(fixture);
    cr_expect(kafka_fixture_says(group->group_state, "Stable"));
    cr_expect(kafka_fixture_says(group->protocol_type, "consumer"));
    cr_expect(kafka_fixture_says(group->protocol_data, "range"));
    cr_expect(eq(i32, group->authorized_operations, INT32_MIN));
    cr_assert(eq(i32, group->members.count, 1));
    cr_expect(kafka_fixture_says(group->members.items[0].member_id, ids[0]));
    cr_expect(kafka_fixture_says(group->members.items[0].group_instance_id, "i0"));
    cr_expect(kafka_fixture_says(group->members.items[0].client_id, "tester"));
    cr_expect(kafka_fixture_says(group->members.items[0].client_host, "/10.0.0.9"));
    cr_expect(eq(i32, group->members.items[0].member_metadata.bytes, 13));
    cr_expect(eq(i32, group->members.items[0].member_assignment.bytes, 2 + 1 + 36));
    kafka_fixture_free(fixture);
}

Test(kafka_group_admin, a_group_that_does_not_exist_is_dead_and_from_version_6_on_an_error)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    struct wire_string id = kafka_fixture_string("g");
    struct wire_describe_groups_request body;
    KAFKA_FIXTURE_BODY(describe_groups, body);
    KAFKA_FIXTURE_ONE(body.groups, id);
    body.include_authorized_operations = true;
    const struct wire_describe_groups_response *response =
        kafka_fixture_ask(fixture, 1, DESCRIBE_GROUPS, 5, &body);
    cr_expect(eq(i16, response->groups.items[0].error_code, 0));
    cr_expect(kafka_fixture_says(response->groups.items[0].group_state, "Dead"));
    cr_expect(eq(i32, response->groups.items[0].authorized_operations, 3400));
    response = kafka_fixture_ask(fixture, 1, DESCRIBE_GROUPS, 6, &body);
    cr_expect(eq(i16, response->groups.items[0].error_code, KAFKA_GROUP_ID_NOT_FOUND));
    cr_expect(kafka_fixture_says(response->groups.items[0].error_message, "Group g not found."));
    response = kafka_fixture_ask(fixture, 2, DESCRIBE_GROUPS, 6, &body);
    cr_expect(eq(i16, response->groups.items[0].error_code, KAFKA_NOT_COORDINATOR));
    cr_expect(eq(i32, response->groups.items[0].group_state.bytes, 0));
    kafka_fixture_free(fixture);
}

static int16_t delete_group(struct kafka_fixture *fixture, int32_t broker, const char *name)
{
    struct wire_string names[2] = {kafka_fixture_string(name), kafka_fixture_string(name)};
    struct wire_delete_groups_request body;
    KAFKA_FIXTURE_BODY(delete_groups, body);
    body.groups_names.items = names;
    body.groups_names.count = 2;
    const struct wire_delete_groups_response *response =
        kafka_fixture_ask(fixture, broker, DELETE_GROUPS, 2, &body);
    cr_expect(eq(i32, response->results.count, 1), "asked twice, answered once");
    return response->results.items[0].error_code;
}

Test(kafka_group_admin, only_a_group_without_members_can_be_deleted)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    cr_expect(eq(i16, delete_group(fixture, 1, "g"), KAFKA_GROUP_ID_NOT_FOUND));
    kafka_group_scene_settle(fixture, 1, false, ids);
    cr_expect(eq(i16, delete_group(fixture, 1, "g"), KAFKA_NON_EMPTY_GROUP));
    kafka_group_scene_leave(fixture, ids[0], NULL);
    cr_expect(eq(i16, delete_group(fixture, 2, "g"), KAFKA_NOT_COORDINATOR));
    cr_expect(eq(i16, delete_group(fixture, 1, "g"), 0));
    cr_expect(eq(i32, count_of(fixture, NULL, NULL), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_group_admin, in_3_9_groups_have_no_configurations_to_be_authorized_for)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("3.9", NULL);
    struct wire_string id = kafka_fixture_string("g");
    struct wire_describe_groups_request body;
    KAFKA_FIXTURE_BODY(describe_groups, body);
    KAFKA_FIXTURE_ONE(body.groups, id);
    body.include_authorized_operations = true;
    const struct wire_describe_groups_response *response =
        kafka_fixture_ask(fixture, 1, DESCRIBE_GROUPS, 5, &body);
    cr_expect(eq(i32, response->groups.items[0].authorized_operations, 328));
    kafka_fixture_free(fixture);
}

/* ---- FindCoordinator ---- */

static const struct wire_find_coordinator_response *find(struct kafka_fixture *fixture, int8_t type,
                                                         int16_t version)
{
    struct wire_find_coordinator_request body;
    KAFKA_FIXTURE_BODY(find_coordinator, body);
    struct wire_string keys[2] = {kafka_fixture_string("g"), kafka_fixture_string("another")};
    body.key = keys[0];
    body.key_type = type;
    body.coordinator_keys.items = keys;
    body.coordinator_keys.count = 2;
    return kafka_fixture_ask(fixture, 1, FIND_COORDINATOR, version, &body);
}

Test(kafka_coordinator, the_first_question_makes_the_topic_and_the_second_is_answered)
{
    const char *names[] = {"__consumer_offsets", "__transaction_state"};
    for (int8_t type = 0; type < 2; type++) {
        struct kafka_fixture *fixture = kafka_fixture_new("4.3", 3, NULL);
        const struct wire_find_coordinator_response *response = find(fixture, type, 3);
        cr_expect(eq(i16, response->error_code, KAFKA_COORDINATOR_NOT_AVAILABLE));
        cr_expect(kafka_fixture_says(response->error_message, "The coordinator is not available."));
        cr_expect(eq(i32, response->node_id, -1));
        cr_expect(eq(i32, response->port, -1));
        const struct kafka_topic *topic = kafka_topic_named(fixture->cluster, names[type]);
        cr_assert(topic != NULL);
        cr_expect(eq(i32, topic->partition_count, 50));
        cr_expect(eq(i32, topic->partitions[0]->replica_count, 3));
        cr_expect(topic->is_internal && topic->config.is_compacted);
        response = find(fixture, type, 3);
        cr_expect(eq(i16, response->error_code, 0));
        cr_expect(kafka_fixture_says(response->error_message, "NONE"), "Kafka does say that");
        /* "g".hashCode() is 103 */
        cr_expect(eq(i32, response->node_id, topic->partitions[103 % 50]->leader));
        const struct wire_find_coordinator_response *several = find(fixture, type, 4);
        cr_assert(eq(i32, several->coordinators.count, 2));
        cr_expect(eq(i32, several->coordinators.items[0].node_id, response->node_id));
        cr_expect(eq(i32, several->coordinators.items[0].error_message.bytes, 0));
        cr_expect(kafka_fixture_says(several->coordinators.items[1].key, "another"));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_coordinator, there_is_none_while_too_few_brokers_are_there_for_the_topic)
{
    struct kafka_fixture *fixture = kafka_fixture_new("4.3", 2, NULL);
    for (int i = 0; i < 3; i++)
        cr_expect(eq(i16, find(fixture, 0, 3)->error_code, KAFKA_COORDINATOR_NOT_AVAILABLE));
    cr_expect(eq(i16, find(fixture, 7, 3)->error_code, KAFKA_INVALID_REQUEST));
    kafka_fixture_free(fixture);
}

Test(kafka_coordinator, there_is_none_while_the_topic_cannot_be_as_the_brokers_settings_say)
{
    const char *const wrong[] = {"offsets.topic.segment.bytes=100", "offsets.topic.num.partitions=20000"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *const settings[] = {wrong[i], NULL};
        struct kafka_fixture *fixture = kafka_fixture_new("4.3", 3, settings);
        for (int j = 0; j < 2; j++)
            cr_expect(eq(i16, find(fixture, 0, 3)->error_code, KAFKA_COORDINATOR_NOT_AVAILABLE));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_coordinator, a_hash_without_an_absolute_value_counts_as_0)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    struct kafka_partition *partition = kafka_coordinator_partition(
        fixture->cluster, KAFKA_GROUP_TOPIC, kafka_fixture_string("polygenelubricants"));
    cr_assert(partition != NULL);
    cr_expect(eq(i32, partition->index, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_coordinator, ids_are_hashed_as_java_does)
{
    const struct {
        const char *text;
        int32_t hash, length;
    } cases[] = {
        {"", 0, 0},
        {"g", 103, 1},
        {"polygenelubricants", INT32_MIN, 18},
        {"consumer-group", -1738392088, 14},
        {"\xc3\xbc", 0xfc, 1},
        {"\xf0\x9f\x98\x80", 0xd83d * 31 + 0xde00, 2},
        {"\xff", 0xfffd, 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wire_string text = kafka_fixture_string(cases[i].text);
        cr_expect(eq(i32, kafka_coordinator_hash(text), cases[i].hash), "%s", cases[i].text);
        cr_expect(eq(i32, kafka_coordinator_utf16_length(text), cases[i].length), "%s", cases[i].text);
    }
}
