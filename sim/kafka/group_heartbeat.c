/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_heartbeat: Heartbeat: a member says that it lives, and hears of a rebalance.
 *
 * Source: GroupMetadataManager.java (classicGroupHeartbeat*).
 */
#include "sim/kafka/group_private.h"

#include "sim/kafka/broker.h"
#include "sim/kafka/coordinator.h"

static int16_t answer_to(struct kafka_request *request)
{
    const struct wire_heartbeat_request *heartbeat = request->body;
    if (heartbeat->group_id.bytes <= 0)
        return KAFKA_INVALID_GROUP_ID;
    if (!kafka_coordinator_is(request->broker, heartbeat->group_id))
        return KAFKA_NOT_COORDINATOR;
    struct kafka_group *group = kafka_group_find(request->cluster->groups, heartbeat->group_id);
    if (!group)
        return KAFKA_UNKNOWN_MEMBER_ID;
    int16_t fault = kafka_group_member_fault(group, heartbeat->member_id, heartbeat->group_instance_id);
    if (fault)
        return fault;
    if (heartbeat->generation_id != group->generation)
        return KAFKA_ILLEGAL_GENERATION;
    struct kafka_group_member *member = kafka_group_member_of(group, heartbeat->member_id);
    kafka_group_extend_session(member, member->session_timeout_ms);
    return group->state == KAFKA_GROUP_PREPARING_REBALANCE ? KAFKA_REBALANCE_IN_PROGRESS : KAFKA_NONE;
}

void kafka_heartbeat(struct kafka_request *request)
{
    struct wire_heartbeat_response response = {.error_code = answer_to(request)};
    kafka_request_answer(request, &response);
}
