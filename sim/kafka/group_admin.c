/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_admin: ListGroups, DescribeGroups, DeleteGroups.
 *
 * Each broker answers for the groups that it coordinates. simplified: answers come in the order of the request, or of
 * the group ids, where Kafka has that of hash maps. Source: GroupCoordinatorService.java, GroupMetadataManager.java
 * (listGroups, describeGroups), GroupCoordinatorShard.java (deleteGroups), AclEntry.java.
 */
#include "sim/kafka/group_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/coordinator.h"

enum {
    FIRST_VERSION_MISSING_GROUPS = 6, /* DescribeGroups: GROUP_ID_NOT_FOUND (KIP-1043) */
    /* AclOperation's numbers: all that there is for a group. */
    OPERATIONS = 1 << 3 | 1 << 6 | 1 << 8,     /* READ, DELETE, DESCRIBE */
    OPERATIONS_ON_CONFIGS = 1 << 10 | 1 << 11, /* DESCRIBE_CONFIGS, ALTER_CONFIGS */
};

/* ---- ListGroups ---- */

static bool is_word(struct wire_string text, const char *word)
{
    while (text.bytes > 0 && (uint8_t)text.text[0] <= ' ') {
        text.text++;
        text.bytes--;
    }
    while (text.bytes > 0 && (uint8_t)text.text[text.bytes - 1] <= ' ')
        text.bytes--;
    return text.bytes == (int32_t)strlen(word) && strncasecmp(text.text, word, (size_t)text.bytes) == 0;
}

static bool is_listed(const struct kafka_group *group, const struct wire_list_groups_request *list)
{
    bool has_state = list->states_filter.count <= 0, has_type = list->types_filter.count <= 0;
    for (int32_t i = 0; i < list->states_filter.count; i++)
        has_state |= is_word(list->states_filter.items[i], kafka_group_state_name(group->state));
    for (int32_t i = 0; i < list->types_filter.count; i++)
        has_type |= list->types_filter.items[i].bytes == 7 &&
                    strncasecmp(list->types_filter.items[i].text, "classic", 7) == 0;
    return has_state && has_type;
}

void kafka_list_groups(struct kafka_request *request)
{
    const struct wire_list_groups_request *list = request->body;
    const struct kafka_groups *groups = request->cluster->groups;
    struct wire_list_groups_response response;
    wire_init(&wire_list_groups_response_schema, &response);
    response.groups.items =
        kafka_request_take(request, (size_t)groups->count * sizeof(*response.groups.items));
    for (int32_t i = 0; i < groups->count; i++) {
        const struct kafka_group *group = groups->items[i];
        if (!group->is_loaded || !kafka_coordinator_is(request->broker, group->id) || !is_listed(group, list))
            continue;
        response.groups.items[response.groups.count++] = (struct wire_list_groups_response_listed_group){
            .group_id = group->id,
            .protocol_type = group->protocol_type.bytes < 0 ? wire_string_of("") : group->protocol_type,
            .group_state = wire_string_of(kafka_group_state_name(group->state)),
            .group_type = wire_string_of("classic"),
        };
    }
    kafka_request_answer(request, &response);
}

/* ---- DescribeGroups ---- */

static void describe(struct kafka_request *request, const struct kafka_group *group,
                     struct wire_describe_groups_response_described_group *out)
{
    bool is_stable = group->state == KAFKA_GROUP_STABLE;
    bool hides_assignment = !is_stable && request->cluster->model.has_old_coordinator;
    out->group_state = wire_string_of(kafka_group_state_name(group->state));
    if (group->protocol_type.bytes >= 0)
        out->protocol_type = group->protocol_type;
    if (is_stable)
        out->protocol_data = group->protocol_name;
    out->members.count = group->member_count;
    out->members.items =
        kafka_request_take(request, (size_t)group->member_count * sizeof(*out->members.items));
    for (int32_t i = 0; i < group->member_count; i++) {
        const struct kafka_group_member *member = group->members[i];
        struct wire_bytes nothing = {.data = NULL, .bytes = 0};
        out->members.items[i] = (struct wire_describe_groups_response_described_group_member){
            .member_id = member->id,
            .group_instance_id = member->instance_id,
            .client_id = member->client_id,
            .client_host = member->client_host,
            .member_metadata =
                is_stable ? kafka_group_member_metadata(member, group->protocol_name) : nothing,
            .member_assignment = hides_assignment ? nothing : member->assignment,
        };
    }
}

static void describe_missing(struct kafka_request *request,
                             struct wire_describe_groups_response_described_group *out)
{
    out->group_state = wire_string_of(kafka_group_state_name(KAFKA_GROUP_DEAD));
    if (request->header.api_version < FIRST_VERSION_MISSING_GROUPS)
        return;
    out->error_code = KAFKA_GROUP_ID_NOT_FOUND;
    size_t bytes = (size_t)out->group_id.bytes + sizeof("Group  not found.");
    char *message = kafka_request_take(request, bytes);
    snprintf(message, bytes, "Group %.*s not found.", (int)out->group_id.bytes, out->group_id.text);
    out->error_message = wire_string_of(message);
}

void kafka_describe_groups(struct kafka_request *request)
{
    const struct wire_describe_groups_request *body = request->body;
    struct wire_describe_groups_response response;
    wire_init(&wire_describe_groups_response_schema, &response);
    int32_t operations_on_configs =
        request->cluster->model.has_operations_on_group_configs ? OPERATIONS_ON_CONFIGS : 0;
    response.groups.count = body->groups.count;
    response.groups.items =
        kafka_request_take(request, (size_t)body->groups.count * sizeof(*response.groups.items));
    for (int32_t i = 0; i < body->groups.count; i++) {
        struct wire_describe_groups_response_described_group *out = &response.groups.items[i];
        out->group_id = body->groups.items[i];
        out->error_message.bytes = -1;
        out->authorized_operations = INT32_MIN;
        const struct kafka_group *group = kafka_group_find(request->cluster->groups, out->group_id);
        if (!kafka_coordinator_is(request->broker, out->group_id))
            out->error_code = KAFKA_NOT_COORDINATOR;
        else if (group)
            describe(request, group, out);
        else
            describe_missing(request, out);
        if (body->include_authorized_operations && !out->error_code)
            out->authorized_operations = OPERATIONS | operations_on_configs;
    }
    kafka_request_answer(request, &response);
}

/* ---- DeleteGroups ---- */

static int16_t delete_one(struct kafka_request *request, struct wire_string id)
{
    if (!kafka_coordinator_is(request->broker, id))
        return KAFKA_NOT_COORDINATOR;
    struct kafka_group *group = kafka_group_find(request->cluster->groups, id);
    if (!group)
        return KAFKA_GROUP_ID_NOT_FOUND;
    if (group->state != KAFKA_GROUP_EMPTY)
        return KAFKA_NON_EMPTY_GROUP;
    kafka_offset_delete_group(group);
    kafka_group_delete(group);
    return KAFKA_NONE;
}

void kafka_delete_groups(struct kafka_request *request)
{
    const struct wire_delete_groups_request *body = request->body;
    struct wire_delete_groups_response response;
    wire_init(&wire_delete_groups_response_schema, &response);
    response.results.items =
        kafka_request_take(request, (size_t)body->groups_names.count * sizeof(*response.results.items));
    const struct kafka_asked *asked = kafka_asked_names(
        request, body->groups_names.items, body->groups_names.count, sizeof *body->groups_names.items);
    for (int32_t i = 0; i < body->groups_names.count; i++) {
        struct wire_string id = body->groups_names.items[i];
        if (asked[i].first != i)
            continue;
        response.results.items[response.results.count++] =
            (struct wire_delete_groups_response_deletable_group_result){
                .group_id = id,
                .error_code = delete_one(request, id),
            };
    }
    kafka_request_answer(request, &response);
}
