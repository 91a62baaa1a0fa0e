/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_sync: SyncGroup: the leader brings everybody's assignment, the others wait for theirs. As with JoinGroup, a
 * second request of one member takes the place of the first, which is never answered.
 *
 * Source: GroupMetadataManager.java (classicGroupSync*, validateSyncGroup), SyncGroupRequest.java; GroupCoordinator.scala
 * for 3.9.
 */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/coordinator.h"

enum { FIRST_VERSION_NAMING_PROTOCOL = 5 };

void kafka_group_answer_sync(struct kafka_request *request, const struct kafka_group_member *member,
                             int16_t error)
{
    struct wire_sync_group_response response;
    wire_init(&wire_sync_group_response_schema, &response);
    response.error_code = error;
    response.protocol_type = response.protocol_name = (struct wire_string){.text = NULL, .bytes = -1};
    response.assignment = (struct wire_bytes){.data = (const uint8_t *)"", .bytes = 0};
    if (!error) {
        response.protocol_type = member->group->protocol_type;
        response.protocol_name = member->group->protocol_name;
        response.assignment = member->assignment;
    }
    kafka_request_answer(request, &response);
}

static bool is_other(struct wire_string named, struct wire_string groups)
{
    return named.bytes >= 0 && !wire_string_is_same(named, groups);
}

static int16_t fault_of(const struct kafka_request *request, struct kafka_group **group_out)
{
    const struct wire_sync_group_request *sync = request->body;
    if (request->header.api_version >= FIRST_VERSION_NAMING_PROTOCOL &&
        (sync->protocol_type.bytes < 0 || sync->protocol_name.bytes < 0))
        return KAFKA_INCONSISTENT_GROUP_PROTOCOL;
    if (sync->group_id.bytes <= 0)
        return KAFKA_INVALID_GROUP_ID;
    if (!kafka_coordinator_is(request->broker, sync->group_id))
        return KAFKA_NOT_COORDINATOR;
    struct kafka_group *group = kafka_group_find(request->cluster->groups, sync->group_id);
    if (!group || group->state == KAFKA_GROUP_EMPTY)
        return KAFKA_UNKNOWN_MEMBER_ID;
    int16_t fault = kafka_group_member_fault(group, sync->member_id, sync->group_instance_id);
    if (fault)
        return fault;
    if (sync->generation_id != group->generation)
        return KAFKA_ILLEGAL_GENERATION;
    if (is_other(sync->protocol_type, group->protocol_type) ||
        is_other(sync->protocol_name, group->protocol_name))
        return KAFKA_INCONSISTENT_GROUP_PROTOCOL;
    *group_out = group;
    return group->state == KAFKA_GROUP_PREPARING_REBALANCE ? KAFKA_REBALANCE_IN_PROGRESS : KAFKA_NONE;
}

/* Whom the leader has forgotten gets an empty one; of two for one member the last counts. */
static void assign(struct kafka_group *group, const struct wire_sync_group_request *sync)
{
    for (int32_t i = 0; i < group->member_count; i++) {
        struct kafka_group_member *member = group->members[i];
        struct wire_bytes assignment = {.data = NULL, .bytes = 0};
        for (int32_t j = 0; j < sync->assignments.count; j++)
            if (wire_string_is_same(sync->assignments.items[j].member_id, member->id))
                assignment = sync->assignments.items[j].assignment;
        kafka_group_member_assign(member, assignment);
    }
}

void kafka_sync_group(struct kafka_request *request)
{
    const struct wire_sync_group_request *sync = request->body;
    bool has_old_coordinator = request->cluster->model.has_old_coordinator;
    struct kafka_group *group = NULL;
    int16_t fault = fault_of(request, &group);
    if (fault) {
        kafka_group_answer_sync(request, NULL, fault);
        return;
    }
    struct kafka_group_member *member = kafka_group_member_of(group, sync->member_id);
    kafka_group_note_sync(member);
    if (group->state == KAFKA_GROUP_STABLE) {
        kafka_group_answer_sync(request, member, KAFKA_NONE);
        if (has_old_coordinator)
            kafka_group_extend_session(member, member->session_timeout_ms);
    } else {
        assert(group->state == KAFKA_GROUP_COMPLETING_REBALANCE);
        if (member->sync)
            kafka_request_forget(member->sync);
        member->sync = request;
        kafka_request_wait(request, INT64_MAX, 0);
        if (group->leader == member) {
            /* Whoever is told before it is written could begin the next rebalance before the others know of this one. */
            int64_t write_ns = kafka_configs_group_write_ms(request->cluster) * NS_PER_MS;
            assign(group, sync);
            if (write_ns > 0)
                kafka_deadline_set(&request->cluster->deadlines, &group->written,
                                   request->cluster->now_ns + write_ns);
            else
                kafka_group_on_written(&group->written);
        }
    }
    kafka_group_check(group);
    kafka_offset_plan_expiry(group);
}
