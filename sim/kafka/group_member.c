/* SPDX-License-Identifier: Apache-2.0 */
/* group_member: who is in a group, under which names. Source: ClassicGroup.java, ClassicGroupMember.java. */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- one member ---- */

static void take_protocols(struct kafka_group_member *member,
                           const struct wire_join_group_request_protocol *protocols, int32_t count)
{
    member->protocol_count = count > 0 ? count : 0;
    member->protocols = calloc((size_t)member->protocol_count + 1, sizeof(*member->protocols));
    assert(member->protocols);
    for (int32_t i = 0; i < count; i++) {
        member->protocols[i].name = kafka_copy_string(protocols[i].name);
        member->protocols[i].metadata = kafka_copy_bytes(protocols[i].metadata);
    }
}

static void drop_protocols(struct kafka_group_member *member)
{
    for (int32_t i = 0; i < member->protocol_count; i++) {
        free((char *)member->protocols[i].name.text);
        free((uint8_t *)member->protocols[i].metadata.data);
    }
    free(member->protocols);
    member->protocols = NULL;
    member->protocol_count = 0;
}

void kafka_group_member_update(struct kafka_group_member *member, const struct kafka_request *request)
{
    const struct wire_join_group_request *join = request->body;
    drop_protocols(member);
    take_protocols(member, join->protocols.items, join->protocols.count);
    member->session_timeout_ms = join->session_timeout_ms;
    /* Version 0 does not say it. */
    member->rebalance_timeout_ms =
        request->header.api_version == 0 ? join->session_timeout_ms : join->rebalance_timeout_ms;
}

struct kafka_group_member *kafka_group_member_new(struct kafka_group *group, struct wire_string id,
                                                  const struct kafka_request *request)
{
    const struct wire_join_group_request *join = request->body;
    struct kafka_group_member *member = calloc(1, sizeof(*member));
    assert(member);
    member->group = group;
    member->id = kafka_copy_string(id);
    member->instance_id = kafka_copy_string(join->group_instance_id);
    member->client_id = request->header.client_id.bytes < 0 ? kafka_copy_string(wire_string_of(""))
                                                            : kafka_copy_string(request->header.client_id);
    /* InetAddress.toString */
    char host[KAFKA_HOST_TEXT_MAX + 2] = "/";
    if (request->client)
        strncat(host, request->client->address, KAFKA_HOST_TEXT_MAX);
    member->client_host = kafka_copy_string(wire_string_of(host));
    member->assignment = kafka_copy_bytes((struct wire_bytes){.data = NULL, .bytes = 0});
    member->session.on_due = kafka_group_on_session;
    kafka_group_member_update(member, request);
    return member;
}

struct kafka_group_member *kafka_group_member_copy(const struct kafka_group_member *member,
                                                   struct wire_string protocol_name)
{
    struct kafka_group_member *result = calloc(1, sizeof(*result));
    assert(result);
    result->id = kafka_copy_string(member->id);
    result->instance_id = kafka_copy_string(member->instance_id);
    result->client_id = kafka_copy_string(member->client_id);
    result->client_host = kafka_copy_string(member->client_host);
    result->rebalance_timeout_ms = member->rebalance_timeout_ms;
    result->session_timeout_ms = member->session_timeout_ms;
    result->assignment = kafka_copy_bytes(member->assignment);
    result->session.on_due = kafka_group_on_session;
    struct wire_join_group_request_protocol protocol = {
        .name = protocol_name,
        .metadata = kafka_group_member_metadata(member, protocol_name),
    };
    take_protocols(result, &protocol, 1);
    return result;
}

void kafka_group_member_free(struct kafka_group_member *member)
{
    if (member->group)
        kafka_deadline_clear(&member->group->groups->cluster->deadlines, &member->session);
    drop_protocols(member);
    free((char *)member->id.text);
    free((char *)member->instance_id.text);
    free((char *)member->client_id.text);
    free((char *)member->client_host.text);
    free((uint8_t *)member->assignment.data);
    free(member);
}

void kafka_group_member_assign(struct kafka_group_member *member, struct wire_bytes assignment)
{
    struct wire_bytes fresh = kafka_copy_bytes(assignment);
    free((uint8_t *)member->assignment.data);
    member->assignment = fresh;
}

bool kafka_group_member_matches(const struct kafka_group_member *member,
                                const struct wire_join_group_request *join)
{
    if (member->protocol_count != (join->protocols.count > 0 ? join->protocols.count : 0))
        return false;
    for (int32_t i = 0; i < member->protocol_count; i++) {
        const struct wire_join_group_request_protocol *mine = &member->protocols[i];
        const struct wire_join_group_request_protocol *theirs = &join->protocols.items[i];
        if (!wire_string_is_same(mine->name, theirs->name) || mine->metadata.bytes != theirs->metadata.bytes)
            return false;
        if (mine->metadata.bytes > 0 &&
            memcmp(mine->metadata.data, theirs->metadata.data, (size_t)mine->metadata.bytes) != 0)
            return false;
    }
    return true;
}

struct wire_bytes kafka_group_member_metadata(const struct kafka_group_member *member,
                                              struct wire_string protocol_name)
{
    for (int32_t i = 0; i < member->protocol_count; i++)
        if (wire_string_is_same(member->protocols[i].name, protocol_name))
            return member->protocols[i].metadata;
    assert(!"a member has the group's protocol");
    return (struct wire_bytes){.data = NULL, .bytes = -1};
}

/* ---- of a group ---- */

struct kafka_group_member *kafka_group_member_of(const struct kafka_group *group, struct wire_string id)
{
    for (int32_t i = 0; i < group->member_count; i++)
        if (wire_string_is_same(group->members[i]->id, id))
            return group->members[i];
    return NULL;
}

struct kafka_group_member *kafka_group_static_member(const struct kafka_group *group,
                                                     struct wire_string instance_id)
{
    for (int32_t i = 0; instance_id.bytes >= 0 && i < group->member_count; i++)
        if (wire_string_is_same(group->members[i]->instance_id, instance_id))
            return group->members[i];
    return NULL;
}

int16_t kafka_group_member_fault(const struct kafka_group *group, struct wire_string id,
                                 struct wire_string instance_id)
{
    if (instance_id.bytes >= 0) {
        const struct kafka_group_member *member = kafka_group_static_member(group, instance_id);
        if (!member)
            return KAFKA_UNKNOWN_MEMBER_ID;
        if (!wire_string_is_same(member->id, id))
            return KAFKA_FENCED_INSTANCE_ID;
    }
    return kafka_group_member_of(group, id) ? KAFKA_NONE : KAFKA_UNKNOWN_MEMBER_ID;
}

void kafka_group_add(struct kafka_group *group, struct kafka_group_member *member)
{
    if (group->member_count == group->member_capacity) {
        group->member_capacity = group->member_capacity ? group->member_capacity * 2 : 4;
        group->members = realloc(group->members, (size_t)group->member_capacity * sizeof(*group->members));
        assert(group->members);
    }
    member->group = group;
    group->members[group->member_count++] = member;
    if (!group->leader)
        group->leader = member;
}

void kafka_group_remove(struct kafka_group *group, struct kafka_group_member *member)
{
    int32_t index = 0;
    while (group->members[index] != member)
        index++;
    group->member_count--;
    memmove(group->members + index, group->members + index + 1,
            (size_t)(group->member_count - index) * sizeof(*group->members));
    if (group->leader == member)
        group->leader = group->member_count > 0 ? group->members[0] : NULL;
    kafka_group_member_free(member);
}

void kafka_group_rename(struct kafka_group_member *member, struct wire_string id)
{
    struct kafka_request *sync = member->sync;
    kafka_group_fail_join(member, KAFKA_FENCED_INSTANCE_ID, true);
    member->sync = NULL;
    if (sync)
        kafka_group_answer_sync(sync, NULL, KAFKA_FENCED_INSTANCE_ID);
    free((char *)member->id.text);
    member->id = kafka_copy_string(id);
    member->is_new = false;
}

int32_t kafka_group_joined_count(const struct kafka_group *group)
{
    int32_t count = 0;
    for (int32_t i = 0; i < group->member_count; i++)
        count += group->members[i]->join != NULL;
    return count;
}

bool kafka_group_all_joined(const struct kafka_group *group)
{
    return group->pending_count == 0 && kafka_group_joined_count(group) == group->member_count;
}

int32_t kafka_group_rebalance_timeout_ms(const struct kafka_group *group)
{
    int32_t timeout_ms = 0;
    for (int32_t i = 0; i < group->member_count; i++)
        if (group->members[i]->rebalance_timeout_ms > timeout_ms)
            timeout_ms = group->members[i]->rebalance_timeout_ms;
    return timeout_ms;
}

/* ---- who has only an id so far ---- */

struct kafka_group_pending *kafka_group_pending_of(const struct kafka_group *group, struct wire_string id)
{
    for (int32_t i = 0; i < group->pending_count; i++)
        if (wire_string_is_same(group->pending[i]->id, id))
            return group->pending[i];
    return NULL;
}

void kafka_group_add_pending(struct kafka_group *group, struct wire_string id, int32_t session_timeout_ms)
{
    if (group->pending_count == group->pending_capacity) {
        group->pending_capacity = group->pending_capacity ? group->pending_capacity * 2 : 4;
        group->pending = realloc(group->pending, (size_t)group->pending_capacity * sizeof(*group->pending));
        assert(group->pending);
    }
    struct kafka_group_pending *pending = calloc(1, sizeof(*pending));
    assert(pending);
    pending->group = group;
    pending->id = kafka_copy_string(id);
    pending->session.on_due = kafka_group_on_pending;
    group->pending[group->pending_count++] = pending;
    struct kafka_cluster *cluster = group->groups->cluster;
    kafka_deadline_set(&cluster->deadlines, &pending->session,
                       cluster->now_ns + (int64_t)session_timeout_ms * NS_PER_MS);
}

void kafka_group_remove_pending(struct kafka_group *group, struct kafka_group_pending *pending)
{
    int32_t index = 0;
    while (group->pending[index] != pending)
        index++;
    group->pending_count--;
    memmove(group->pending + index, group->pending + index + 1,
            (size_t)(group->pending_count - index) * sizeof(*group->pending));
    kafka_deadline_clear(&group->groups->cluster->deadlines, &pending->session);
    free((char *)pending->id.text);
    free(pending);
}
