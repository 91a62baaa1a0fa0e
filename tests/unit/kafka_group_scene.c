/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_group_scene: see kafka_group_scene.h. */
#include "tests/unit/kafka_group_scene.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { PARTS_MAX = 8, LATEST_SYNC = 4 };

static const char subscription_to_t[] = "\0\0\0\0\0\1\0\1t\0\0\0\0"; /* version 0, one topic, no data */

static const char *or_else(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

struct kafka_fixture *kafka_group_scene_new(const char *release, const char *const *settings)
{
    struct kafka_fixture *fixture = kafka_fixture_new(release, 2, settings);
    kafka_fixture_topic(fixture, "__consumer_offsets", 1);
    kafka_fixture_topic(fixture, "t", 4);
    return fixture;
}

int kafka_group_scene_join(struct kafka_fixture *fixture, const struct kafka_join *join)
{
    struct wire_join_group_request_protocol protocols[PARTS_MAX];
    struct wire_join_group_request body;
    KAFKA_FIXTURE_BODY(join_group, body);
    body.group_id = kafka_fixture_string(or_else(join->group, "g"));
    body.member_id = kafka_fixture_string(or_else(join->member_id, ""));
    body.group_instance_id = kafka_fixture_string(join->instance_id);
    body.protocol_type = kafka_fixture_string(or_else(join->protocol_type, "consumer"));
    body.session_timeout_ms = join->session_ms ? join->session_ms : 10000;
    body.rebalance_timeout_ms = join->rebalance_ms ? join->rebalance_ms : 60000;
    body.protocols.items = protocols;
    const char *at = or_else(join->protocols, "range");
    while (*at) {
        size_t bytes = strcspn(at, ",");
        struct wire_join_group_request_protocol *protocol = &protocols[body.protocols.count++];
        protocol->name = (struct wire_string){at, (int32_t)bytes};
        protocol->metadata =
            (struct wire_bytes){(const uint8_t *)subscription_to_t, sizeof(subscription_to_t) - 1};
        if (join->subscription)
            protocol->metadata =
                (struct wire_bytes){(const uint8_t *)join->subscription, (int32_t)strlen(join->subscription)};
        at += bytes + (at[bytes] == ',');
    }
    int16_t version = join->version ? join->version : join->instance_id ? 5 : 3;
    return kafka_fixture_send(fixture, join->broker ? join->broker : 1, JOIN_GROUP, version, &body);
}

const struct wire_join_group_response *kafka_group_scene_joined(const struct kafka_fixture *fixture,
                                                                int token)
{
    return kafka_fixture_answer(fixture, token);
}

const char *kafka_group_scene_text(struct kafka_fixture *fixture, struct wire_string string)
{
    char *text = wire_memory_take(&fixture->memory, (size_t)string.bytes + 1);
    memcpy(text, string.text, (size_t)string.bytes);
    text[string.bytes] = '\0';
    return text;
}

int kafka_group_scene_sync(struct kafka_fixture *fixture, const char *member_id, int32_t generation,
                           const char *const *assignments)
{
    struct wire_sync_group_request_assignment items[PARTS_MAX];
    struct wire_sync_group_request body;
    KAFKA_FIXTURE_BODY(sync_group, body);
    body.group_id = kafka_fixture_string("g");
    body.generation_id = generation;
    body.member_id = kafka_fixture_string(member_id);
    body.assignments.items = items;
    for (; assignments && *assignments; assignments++) {
        const char *bytes = strchr(*assignments, '=') + 1;
        items[body.assignments.count++] = (struct wire_sync_group_request_assignment){
            .member_id = {*assignments, (int32_t)(bytes - *assignments) - 1},
            .assignment = {(const uint8_t *)bytes, (int32_t)strlen(bytes)},
        };
    }
    return kafka_fixture_send(fixture, 1, SYNC_GROUP, LATEST_SYNC, &body);
}

int16_t kafka_group_scene_sync_error(const struct kafka_fixture *fixture, int token)
{
    const struct wire_sync_group_response *response = kafka_fixture_answer(fixture, token);
    return response ? response->error_code : -2;
}

int16_t kafka_group_scene_beat(struct kafka_fixture *fixture, const char *member_id, int32_t generation)
{
    struct wire_heartbeat_request body;
    KAFKA_FIXTURE_BODY(heartbeat, body);
    body.group_id = kafka_fixture_string("g");
    body.member_id = kafka_fixture_string(member_id);
    body.generation_id = generation;
    const struct wire_heartbeat_response *response = kafka_fixture_ask(fixture, 1, HEARTBEAT, 3, &body);
    return response->error_code;
}

int16_t kafka_group_scene_leave(struct kafka_fixture *fixture, const char *member_id, const char *instance_id)
{
    struct wire_leave_group_request_member_identity member = {
        .member_id = kafka_fixture_string(member_id),
        .group_instance_id = kafka_fixture_string(instance_id),
        .reason = kafka_fixture_string(NULL),
    };
    struct wire_leave_group_request body;
    KAFKA_FIXTURE_BODY(leave_group, body);
    body.group_id = kafka_fixture_string("g");
    KAFKA_FIXTURE_ONE(body.members, member);
    const struct wire_leave_group_response *response = kafka_fixture_ask(fixture, 1, LEAVE_GROUP, 5, &body);
    return response->error_code ? response->error_code : response->members.items[0].error_code;
}

const struct wire_describe_groups_response_described_group *
kafka_group_scene_describe(struct kafka_fixture *fixture)
{
    struct wire_string id = kafka_fixture_string("g");
    struct wire_describe_groups_request body;
    KAFKA_FIXTURE_BODY(describe_groups, body);
    KAFKA_FIXTURE_ONE(body.groups, id);
    const struct wire_describe_groups_response *response =
        kafka_fixture_ask(fixture, 1, DESCRIBE_GROUPS, 5, &body);
    return &response->groups.items[0];
}

void kafka_group_scene_settle(struct kafka_fixture *fixture, int count, bool is_static, const char **ids_out)
{
    int joins[PARTS_MAX], syncs[PARTS_MAX];
    char instances[PARTS_MAX][4], texts[PARTS_MAX][128];
    const char *assignments[PARTS_MAX + 1] = {NULL};
    assert(count <= PARTS_MAX);
    for (int i = 0; i < count; i++) {
        snprintf(instances[i], sizeof(instances[i]), "i%d", i);
        joins[i] = kafka_group_scene_join(
            fixture, &(struct kafka_join){.instance_id = is_static ? instances[i] : NULL});
    }
    kafka_fixture_advance_ms(fixture, 6000);
    for (int i = 0; i < count; i++) {
        const struct wire_join_group_response *joined = kafka_group_scene_joined(fixture, joins[i]);
        assert(joined && joined->error_code == 0 && joined->generation_id == 1);
        ids_out[i] = kafka_group_scene_text(fixture, joined->member_id);
        snprintf(texts[i], sizeof(texts[i]), "%s=%s", ids_out[i], ids_out[i]);
        assignments[i] = texts[i];
    }
    for (int i = count; i-- > 0;)
        syncs[i] = kafka_group_scene_sync(fixture, ids_out[i], 1, i == 0 ? assignments : NULL);
    for (int i = 0; i < count; i++)
        assert(kafka_group_scene_sync_error(fixture, syncs[i]) == 0);
}
