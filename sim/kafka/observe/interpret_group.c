/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret_group: see interpret_group.h.
 *
 * JoinGroup and SyncGroup carry blobs that only the members understand. Those of protocol type "consumer" are
 * read (Kafka's ConsumerProtocol*.json); newer blob versions are read as the newest known one, which the
 * format promises to allow; a blob of another type, or a malformed one, says nothing.
 */
#include "sim/kafka/observe/interpret_group.h"
#include "sim/kafka/wire/group.h"
#include "sim/kafka/wire/prefixed.h"

#include <string.h>

enum { BLOB_VERSION_MAX = 3, FIRST_VERSION_OWNED = 1 };

/* ---- the members' blobs ---------------------------------------------------------------------------------
 * */

static bool decode_blob(struct wire_bytes blob, const struct wire_schema *schema, struct wire_memory *memory,
                        void *out, int16_t *version_out)
{
    *version_out = wire_prefix_of(blob);
    return *version_out >= 0 &&
           wire_prefixed_decode(
               blob, schema, *version_out < BLOB_VERSION_MAX ? *version_out : BLOB_VERSION_MAX, memory, out);
}

struct partition_list {
    struct history_partition *items;
    uint32_t count;
};

/* Room for every partition that blob can name. */
static bool take_room(struct wire_bytes blob, struct wire_memory *memory, struct partition_list *out)
{
    out->items = wire_memory_take(memory, (size_t)blob.bytes / sizeof(int32_t) * sizeof(*out->items));
    return out->items != NULL;
}

static void add_topic(struct partition_list *list, struct wire_string topic, const int32_t *partitions,
                      int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        list->items[list->count++] =
            (struct history_partition){.topic = interpret_string(topic), .partition = partitions[i]};
}

static bool flatten_assignment(struct wire_bytes blob, struct wire_memory *memory, struct partition_list *out)
{
    struct wire_consumer_protocol_assignment assignment;
    int16_t version;
    if (!decode_blob(blob, &wire_consumer_protocol_assignment_schema, memory, &assignment, &version) ||
        !take_room(blob, memory, out))
        return false;
    for (int32_t t = 0; t < assignment.assigned_partitions.count; t++) {
        const struct wire_consumer_protocol_assignment_topic_partition *topic =
            &assignment.assigned_partitions.items[t];
        add_topic(out, topic->topic, topic->partitions.items, topic->partitions.count);
    }
    return true;
}

/* True if the subscription says what is owned. */
static bool flatten_owned(struct wire_bytes blob, struct wire_memory *memory, struct partition_list *out)
{
    struct wire_consumer_protocol_subscription subscription;
    int16_t version;
    if (!decode_blob(blob, &wire_consumer_protocol_subscription_schema, memory, &subscription, &version) ||
        version < FIRST_VERSION_OWNED || !take_room(blob, memory, out))
        return false;
    for (int32_t t = 0; t < subscription.owned_partitions.count; t++) {
        const struct wire_consumer_protocol_subscription_topic_partition *topic =
            &subscription.owned_partitions.items[t];
        add_topic(out, topic->topic, topic->partitions.items, topic->partitions.count);
    }
    return true;
}

static bool is_consumer(struct wire_string protocol_type)
{
    return protocol_type.bytes == 8 && memcmp(protocol_type.text, "consumer", 8) == 0;
}

/* ---- JoinGroup, SyncGroup -------------------------------------------------------------------------------
 * */

void interpret_join_requested(struct interpret *interpret, const struct interpret_scene *scene,
                              struct interpret_request *request)
{
    const struct wire_join_group_request *body = request->body;
    struct partition_list owned = {0};
    struct history_event event = interpret_event(scene, HISTORY_JOIN);
    event.join = (struct history_join){
        .group = interpret_string(body->group_id),
        .member = interpret_string(body->member_id),
        .generation = -1,
        .session_timeout_ms = body->session_timeout_ms,
        .rebalance_timeout_ms = body->rebalance_timeout_ms > 0 ? body->rebalance_timeout_ms : 0,
    };
    if (is_consumer(body->protocol_type) && body->protocols.count > 0) {
        event.join.says_owned = flatten_owned(body->protocols.items[0].metadata, &request->memory, &owned);
        event.join.owned = owned.items;
        event.join.owned_count = owned.count;
    }
    interpret_emit(interpret, &event);
}

void interpret_join_answered(struct interpret *interpret, const struct interpret_scene *scene,
                             const struct interpret_request *request, const void *response)
{
    const struct wire_join_group_request *asked = request->body;
    const struct wire_join_group_response *body = response;
    struct history_event event = interpret_event(scene, HISTORY_JOIN);
    event.join = (struct history_join){
        .step = HISTORY_ANSWERED,
        .group = interpret_string(asked->group_id),
        .member = interpret_string(body->member_id),
        .generation = body->error_code == 0 ? body->generation_id : -1,
        .error = body->error_code,
        .is_leader = body->error_code == 0 &&
                     history_bytes_equal(interpret_string(body->leader), interpret_string(body->member_id)),
    };
    interpret_emit(interpret, &event);
}

static struct history_sync sync_of(const struct interpret_request *request)
{
    const struct wire_sync_group_request *body = request->body;
    return (struct history_sync){
        .group = interpret_string(body->group_id),
        .member = interpret_string(body->member_id),
        .generation = body->generation_id,
    };
}

void interpret_sync_requested(struct interpret *interpret, const struct interpret_scene *scene,
                              struct interpret_request *request)
{
    struct history_event event = interpret_event(scene, HISTORY_SYNC);
    event.sync = sync_of(request);
    interpret_emit(interpret, &event);
}

void interpret_sync_answered(struct interpret *interpret, const struct interpret_scene *scene,
                             const struct interpret_request *request, const void *response)
{
    const struct wire_sync_group_response *body = response;
    struct partition_list assigned = {0};
    struct history_event event = interpret_event(scene, HISTORY_SYNC);
    event.sync = sync_of(request);
    event.sync.step = HISTORY_ANSWERED;
    event.sync.error = body->error_code;
    if (body->error_code == 0 &&
        flatten_assignment(body->assignment, &interpret->response_memory, &assigned)) {
        event.sync.assigned = assigned.items;
        event.sync.assigned_count = assigned.count;
    }
    interpret_emit(interpret, &event);
}

/* ---- Heartbeat, LeaveGroup ------------------------------------------------------------------------------
 * */

void interpret_heartbeat_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                  const struct interpret_request *request, const void *response)
{
    const struct wire_heartbeat_request *asked = request->body;
    const struct wire_heartbeat_response *body = response;
    if (body->error_code == 0)
        return;
    struct history_event event = interpret_event(scene, HISTORY_HEARTBEAT);
    event.membership = (struct history_membership){
        .step = HISTORY_ANSWERED,
        .group = interpret_string(asked->group_id),
        .member = interpret_string(asked->member_id),
        .generation = asked->generation_id,
        .error = body->error_code,
    };
    interpret_emit(interpret, &event);
}

/* Version 3 and up name several members; librdkafka leaves one at a time. */
static struct history_membership leave_of(const struct interpret_request *request)
{
    const struct wire_leave_group_request *body = request->body;
    return (struct history_membership){
        .group = interpret_string(body->group_id),
        .member =
            interpret_string(body->members.count > 0 ? body->members.items[0].member_id : body->member_id),
        .generation = -1,
    };
}

void interpret_leave_requested(struct interpret *interpret, const struct interpret_scene *scene,
                               struct interpret_request *request)
{
    struct history_event event = interpret_event(scene, HISTORY_LEAVE);
    event.membership = leave_of(request);
    interpret_emit(interpret, &event);
}

void interpret_leave_answered(struct interpret *interpret, const struct interpret_scene *scene,
                              const struct interpret_request *request, const void *response)
{
    const struct wire_leave_group_response *body = response;
    struct history_event event = interpret_event(scene, HISTORY_LEAVE);
    event.membership = leave_of(request);
    event.membership.step = HISTORY_ANSWERED;
    event.membership.error = body->error_code == 0 && body->members.count > 0
                                 ? body->members.items[0].error_code
                                 : body->error_code;
    interpret_emit(interpret, &event);
}
