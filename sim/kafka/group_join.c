/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_join: JoinGroup: who comes in, under which id, and whether that begins a rebalance.
 *
 * A request whose member already waits for an answer takes that one's place; as in Kafka the earlier one is never
 * answered. Source: GroupCoordinatorService.java (joinGroup), GroupMetadataManager.java (classicGroupJoin*,
 * updateStaticMemberThenRebalanceOrCompleteJoin, acceptJoiningMember), JoinGroupRequest.java, JoinGroupResponse.java;
 * GroupCoordinator.scala for 3.9.
 */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/coordinator.h"

enum {
    NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000, /* CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS */
    FIRST_VERSION_WITH_NO_PROTOCOL = 7,         /* null; before, an empty name */
    FIRST_VERSION_ASKING_FOR_ID = 4,
    FIRST_VERSION_SKIPPING_ASSIGNMENT = 9, /* KIP-814 */
    UUID_TEXT_BYTES = 36,
};

static const struct wire_string nobody = {.text = "", .bytes = 0};

/* ---- answers ---- */

void kafka_group_refuse_join(struct kafka_request *request, int16_t error, struct wire_string member_id)
{
    struct wire_join_group_response response;
    wire_init(&wire_join_group_response_schema, &response);
    response.error_code = error;
    response.generation_id = -1;
    response.protocol_type = (struct wire_string){.text = NULL, .bytes = -1};
    response.protocol_name = nobody;
    if (request->header.api_version >= FIRST_VERSION_WITH_NO_PROTOCOL)
        response.protocol_name = response.protocol_type;
    response.leader = nobody;
    response.member_id = member_id;
    kafka_request_answer(request, &response);
}

void kafka_group_fail_join(struct kafka_group_member *member, int16_t error, bool is_named)
{
    struct kafka_request *join = member->join;
    member->join = NULL;
    if (join)
        kafka_group_refuse_join(join, error, is_named ? member->id : nobody);
}

static void fill_members(struct kafka_request *request, const struct kafka_group *group,
                         struct wire_join_group_response *response)
{
    response->members.count = group->member_count;
    response->members.items =
        kafka_request_take(request, (size_t)group->member_count * sizeof(*response->members.items));
    for (int32_t i = 0; i < group->member_count; i++) {
        const struct kafka_group_member *member = group->members[i];
        response->members.items[i] = (struct wire_join_group_response_member){
            .member_id = member->id,
            .group_instance_id = member->instance_id,
            .metadata = kafka_group_member_metadata(member, group->protocol_name),
        };
    }
}

void kafka_group_accept_join(struct kafka_group_member *member, struct kafka_request *request,
                             struct wire_string leader, bool skips_assignment)
{
    const struct kafka_group *group = member->group;
    struct wire_join_group_response response;
    wire_init(&wire_join_group_response_schema, &response);
    response.generation_id = group->generation;
    response.protocol_type = group->protocol_type;
    response.protocol_name = group->protocol_name;
    response.leader = leader;
    response.skip_assignment = skips_assignment;
    response.member_id = member->id;
    /* A leader that old versions cannot tell to skip the assignment is told of another leader (below). */
    if (group->leader == member && wire_string_is_same(leader, member->id))
        fill_members(request, group, &response);
    kafka_request_answer(request, &response);
}

/* ---- into the group ---- */

static void park(struct kafka_group_member *member, struct kafka_request *request)
{
    if (member->join)
        kafka_request_forget(member->join);
    member->join = request;
    kafka_request_wait(request, INT64_MAX, 0);
}

static void add_member(struct kafka_group *group, struct kafka_request *request, struct wire_string id)
{
    struct kafka_group_member *member = kafka_group_member_new(group, id, request);
    const struct wire_join_group_request *join = request->body;
    member->is_new = true;
    if (group->state == KAFKA_GROUP_PREPARING_REBALANCE && group->state_before == KAFKA_GROUP_EMPTY)
        group->has_new_member = true;
    if (group->member_count == 0) {
        struct wire_string protocol_type = kafka_copy_string(join->protocol_type);
        free((char *)group->protocol_type.text);
        group->protocol_type = protocol_type;
    }
    kafka_group_add(group, member);
    struct kafka_group_pending *pending = kafka_group_pending_of(group, id);
    if (pending)
        kafka_group_remove_pending(group, pending);
    park(member, request);
    kafka_group_extend_session(member, NEW_MEMBER_JOIN_TIMEOUT_MS);
    kafka_group_rebalance(group);
}

static void rejoin(struct kafka_group_member *member, struct kafka_request *request)
{
    struct kafka_group *group = member->group;
    kafka_group_member_update(member, request);
    park(member, request);
    kafka_group_rebalance(group);
}

/* A static member comes back, under a new id. */
static void replace_static(struct kafka_group_member *member, struct kafka_request *request,
                           struct wire_string id)
{
    struct kafka_group *group = member->group;
    char *old_id_text = kafka_request_take(request, (size_t)member->id.bytes + 1);
    memcpy(old_id_text, member->id.text, (size_t)member->id.bytes);
    struct wire_string old_id = {.text = old_id_text, .bytes = member->id.bytes};
    kafka_group_rename(member, id);
    kafka_group_extend_session(member, member->session_timeout_ms);
    kafka_group_member_update(member, request);
    if (group->state != KAFKA_GROUP_STABLE) {
        park(member, request);
        /* The leader may have its old id already: it would give the new one no assignment. */
        kafka_group_rebalance(group);
        return;
    }
    if (!wire_string_is_same(group->protocol_name, kafka_group_select_protocol(group))) {
        park(member, request);
        kafka_group_prepare(group);
        return;
    }
    kafka_group_store(group);
    bool is_leader = group->leader == member;
    if (request->header.api_version >= FIRST_VERSION_SKIPPING_ASSIGNMENT)
        kafka_group_accept_join(member, request, group->leader->id, is_leader);
    else /* Else it would assign anew: it is told the leader's id of before, which is its own old one. */
        kafka_group_accept_join(member, request, is_leader ? old_id : group->leader->id, false);
}

/* ---- new members ---- */

/* ClassicGroup.generateMemberId: in the request's memory. */
static struct wire_string make_member_id(struct kafka_request *request)
{
    const struct wire_join_group_request *join = request->body;
    struct wire_string prefix = join->group_instance_id;
    if (prefix.bytes < 0)
        prefix = request->header.client_id;
    if (prefix.bytes < 0)
        prefix = wire_string_of("null");
    struct wire_uuid uuid = kafka_cluster_uuid(request->cluster);
    char *text = kafka_request_take(request, (size_t)prefix.bytes + 1 + UUID_TEXT_BYTES + 1);
    if (prefix.bytes > 0)
        memcpy(text, prefix.text, (size_t)prefix.bytes);
    char *at = text + prefix.bytes;
    for (int i = 0; i < 16; i++)
        at +=
            snprintf(at, 4, i == 0 || i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid.byte[i]);
    return (struct wire_string){.text = text, .bytes = (int32_t)(at - text)};
}

static void join_new(struct kafka_group *group, struct kafka_request *request)
{
    const struct wire_join_group_request *join = request->body;
    if (!kafka_group_supports(group, join)) {
        kafka_group_refuse_join(request, KAFKA_INCONSISTENT_GROUP_PROTOCOL, nobody);
        return;
    }
    struct wire_string id = make_member_id(request);
    struct kafka_group_member *old = kafka_group_static_member(group, join->group_instance_id);
    if (old) {
        replace_static(old, request, id);
    } else if (join->group_instance_id.bytes < 0 &&
               request->header.api_version >= FIRST_VERSION_ASKING_FOR_ID) {
        kafka_group_add_pending(group, id, join->session_timeout_ms);
        kafka_group_refuse_join(request, KAFKA_MEMBER_ID_REQUIRED, id);
    } else {
        add_member(group, request, id);
    }
}

/* ---- members that are known ---- */

static void join_known(struct kafka_group *group, struct kafka_request *request)
{
    const struct wire_join_group_request *join = request->body;
    if (!kafka_group_supports(group, join)) {
        kafka_group_refuse_join(request, KAFKA_INCONSISTENT_GROUP_PROTOCOL, join->member_id);
        return;
    }
    if (kafka_group_pending_of(group, join->member_id)) {
        if (join->group_instance_id.bytes >= 0) /* IllegalStateException */
            kafka_group_refuse_join(request, KAFKA_UNKNOWN_SERVER_ERROR, nobody);
        else
            add_member(group, request, join->member_id);
        return;
    }
    int16_t fault = kafka_group_member_fault(group, join->member_id, join->group_instance_id);
    if (fault) {
        kafka_group_refuse_join(request, fault, join->member_id);
        return;
    }
    struct kafka_group_member *member = kafka_group_member_of(group, join->member_id);
    bool is_leader = group->leader == member;
    bool is_same = kafka_group_member_matches(member, join);
    switch (group->state) {
    case KAFKA_GROUP_PREPARING_REBALANCE:
        rejoin(member, request);
        break;
    case KAFKA_GROUP_COMPLETING_REBALANCE:
        /* The answer may have been lost. */
        if (is_same)
            kafka_group_accept_join(member, request, group->leader->id, false);
        else
            rejoin(member, request);
        break;
    case KAFKA_GROUP_STABLE:
        /* A leader asks for a rebalance by joining, for reasons that only it knows. */
        if (!is_leader && is_same)
            kafka_group_accept_join(member, request, group->leader->id, false);
        else
            rejoin(member, request);
        break;
    case KAFKA_GROUP_EMPTY:
    case KAFKA_GROUP_DEAD:
        assert(!"a member of an empty group");
    }
}

/* ---- the door ---- */

static bool has_room(const struct kafka_group *group, struct wire_string member_id)
{
    int64_t size_max = kafka_configs_number(group->groups->cluster, "group.max.size");
    const struct kafka_group_member *member = kafka_group_member_of(group, member_id);
    switch (group->state) {
    case KAFKA_GROUP_PREPARING_REBALANCE:
        return (member && member->join) || kafka_group_joined_count(group) < size_max;
    case KAFKA_GROUP_COMPLETING_REBALANCE:
    case KAFKA_GROUP_STABLE:
        return member || group->member_count < size_max;
    case KAFKA_GROUP_EMPTY:
    case KAFKA_GROUP_DEAD:
        break;
    }
    return true;
}

static void turn_away(struct kafka_group *group, struct kafka_request *request)
{
    const struct wire_join_group_request *join = request->body;
    struct kafka_group_member *member = kafka_group_member_of(group, join->member_id);
    struct kafka_group_pending *pending = kafka_group_pending_of(group, join->member_id);
    if (member)
        kafka_group_remove(group, member);
    if (pending)
        kafka_group_remove_pending(group, pending);
    kafka_group_refuse_join(request, KAFKA_GROUP_MAX_SIZE_REACHED, nobody);
}

/* 0, or what is wrong with the request itself, or with asking this broker. */
static int16_t fault_of(const struct kafka_request *request)
{
    const struct wire_join_group_request *join = request->body;
    if (join->group_id.bytes <= 0)
        return KAFKA_INVALID_GROUP_ID;
    bool is_here = kafka_coordinator_is(request->broker, join->group_id);
    if (!is_here && request->cluster->model.has_old_coordinator)
        return KAFKA_NOT_COORDINATOR;
    if (join->session_timeout_ms < kafka_configs_number(request->cluster, "group.min.session.timeout.ms") ||
        join->session_timeout_ms > kafka_configs_number(request->cluster, "group.max.session.timeout.ms"))
        return KAFKA_INVALID_SESSION_TIMEOUT;
    return is_here ? KAFKA_NONE : KAFKA_NOT_COORDINATOR;
}

void kafka_join_group(struct kafka_request *request)
{
    const struct wire_join_group_request *join = request->body;
    bool has_old_coordinator = request->cluster->model.has_old_coordinator;
    int16_t fault = fault_of(request);
    if (fault) {
        bool is_anonymous = fault == KAFKA_NOT_COORDINATOR && !has_old_coordinator;
        kafka_group_refuse_join(request, fault, is_anonymous ? nobody : join->member_id);
        return;
    }
    struct kafka_groups *groups = request->cluster->groups;
    struct kafka_group *group = kafka_group_find(groups, join->group_id);
    bool is_new_group = !group;
    if (!group && join->member_id.bytes > 0) {
        kafka_group_refuse_join(request, KAFKA_UNKNOWN_MEMBER_ID, join->member_id);
        return;
    }
    if (!group)
        group = kafka_group_new(groups, join->group_id);
    if (is_new_group && !has_old_coordinator)
        kafka_group_store(group);
    if (!has_room(group, join->member_id))
        turn_away(group, request);
    else if (join->member_id.bytes <= 0)
        join_new(group, request);
    else
        join_known(group, request);
    kafka_group_check(group);
    kafka_offset_plan_expiry(group);
}
