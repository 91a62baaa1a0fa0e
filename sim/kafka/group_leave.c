/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_leave: LeaveGroup: members go, by themselves or by an administrator's hand.
 *
 * Up to version 2 one member by its id; from version 3 on several, static ones by their instance id alone. simplified:
 * several members begin one rebalance, as in 4.3; in 3.9 each begins or ends one, to the same end. Source:
 * GroupMetadataManager.java (classicGroupLeave*), LeaveGroupRequest.java, LeaveGroupResponse.java.
 */
#include "sim/kafka/group_private.h"

#include "sim/kafka/broker.h"
#include "sim/kafka/coordinator.h"

enum { FIRST_VERSION_OF_SEVERAL = 3 };

static void drop_member(struct kafka_group_member *member)
{
    kafka_group_fail_join(member, KAFKA_UNKNOWN_MEMBER_ID, false);
    kafka_group_remove(member->group, member);
}

static int16_t leave(struct kafka_group *group, const struct wire_leave_group_request_member_identity *who)
{
    if (who->member_id.bytes <= 0) {
        struct kafka_group_member *member = kafka_group_static_member(group, who->group_instance_id);
        if (!member)
            return KAFKA_UNKNOWN_MEMBER_ID;
        drop_member(member);
        return KAFKA_NONE;
    }
    struct kafka_group_pending *pending = kafka_group_pending_of(group, who->member_id);
    if (pending) {
        kafka_group_remove_pending(group, pending);
        return KAFKA_NONE;
    }
    int16_t fault = kafka_group_member_fault(group, who->member_id, who->group_instance_id);
    if (!fault)
        drop_member(kafka_group_member_of(group, who->member_id));
    return fault;
}

static void follow(struct kafka_group *group)
{
    switch (group->state) {
    case KAFKA_GROUP_STABLE:
    case KAFKA_GROUP_COMPLETING_REBALANCE:
        kafka_group_prepare(group);
        break;
    case KAFKA_GROUP_PREPARING_REBALANCE:
        kafka_group_maybe_complete(group);
        break;
    case KAFKA_GROUP_EMPTY:
    case KAFKA_GROUP_DEAD:
        break;
    }
    kafka_group_check(group);
    kafka_offset_plan_expiry(group);
}

void kafka_leave_group(struct kafka_request *request)
{
    const struct wire_leave_group_request *body = request->body;
    struct wire_leave_group_response response;
    wire_init(&wire_leave_group_response_schema, &response);
    if (body->group_id.bytes <= 0)
        response.error_code = KAFKA_INVALID_GROUP_ID;
    else if (!kafka_coordinator_is(request->broker, body->group_id))
        response.error_code = KAFKA_NOT_COORDINATOR;
    if (response.error_code) {
        kafka_request_answer(request, &response);
        return;
    }
    bool is_several = request->header.api_version >= FIRST_VERSION_OF_SEVERAL;
    struct wire_leave_group_request_member_identity one = {
        .member_id = body->member_id,
        .group_instance_id = {.text = NULL, .bytes = -1},
    };
    const struct wire_leave_group_request_member_identity *members = is_several ? body->members.items : &one;
    int32_t count = is_several ? body->members.count : 1;
    struct kafka_group *group = kafka_group_find(request->cluster->groups, body->group_id);
    struct wire_leave_group_response_member *results =
        kafka_request_take(request, (size_t)(count + 1) * sizeof(*results));
    bool has_left = false;
    for (int32_t i = 0; i < count; i++) {
        results[i].member_id = members[i].member_id;
        results[i].group_instance_id = members[i].group_instance_id;
        results[i].error_code = group ? leave(group, &members[i]) : KAFKA_UNKNOWN_MEMBER_ID;
        has_left |= results[i].error_code == KAFKA_NONE;
    }
    response.members.items = results;
    response.members.count = count;
    if (!is_several)
        response.error_code = results[0].error_code;
    if (has_left)
        follow(group);
    kafka_request_answer(request, &response);
}
