/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_delete: OffsetDelete: forgets what a group has committed for topics that it does not read.
 *
 * Source: KafkaApis.scala (handleOffsetDeleteRequest), OffsetMetadataManager.java (deleteOffsets), ClassicGroup.java
 * (validateOffsetDelete), OffsetDeleteResponse.java.
 */
#include "sim/kafka/group_private.h"

#include "sim/kafka/broker.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/topic.h"

static int16_t fault_of(const struct kafka_request *request, struct kafka_group **group_out)
{
    const struct wire_offset_delete_request *body = request->body;
    if (body->group_id.bytes <= 0)
        return KAFKA_INVALID_GROUP_ID;
    if (!kafka_coordinator_is(request->broker, body->group_id))
        return KAFKA_NOT_COORDINATOR;
    *group_out = kafka_group_find(request->cluster->groups, body->group_id);
    if (!*group_out)
        return KAFKA_GROUP_ID_NOT_FOUND;
    if ((*group_out)->state != KAFKA_GROUP_EMPTY && !kafka_group_is_consumers(*group_out))
        return KAFKA_NON_EMPTY_GROUP;
    return KAFKA_NONE;
}

static bool exists(const struct kafka_request *request, struct wire_string topic_name, int32_t partition)
{
    const struct kafka_topic *topic = kafka_topic_find(request->cluster, topic_name);
    return topic && kafka_topic_partition(topic, partition);
}

static int16_t delete_one(const struct kafka_request *request, struct kafka_group *group,
                          struct wire_string topic_name, int32_t partition)
{
    if (!exists(request, topic_name, partition))
        return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    if (kafka_group_is_subscribed(group, topic_name))
        return KAFKA_GROUP_SUBSCRIBED_TO_TOPIC;
    kafka_offset_delete_at(group, topic_name, partition);
    return KAFKA_NONE;
}

/* Of a topic the partitions that do not exist come first, and such topics before others. */
static void fill(struct kafka_request *request, struct kafka_group *group, bool is_known,
                 const struct wire_offset_delete_request_topic *asked,
                 struct wire_offset_delete_response_topic *out)
{
    for (int32_t i = 0; i < asked->partitions.count; i++) {
        int32_t partition = asked->partitions.items[i].partition_index;
        if (is_known != exists(request, asked->name, partition))
            continue;
        out->partitions.items[out->partitions.count++] = (struct wire_offset_delete_response_partition){
            .partition_index = partition,
            .error_code = delete_one(request, group, asked->name, partition),
        };
    }
}

void kafka_offset_delete(struct kafka_request *request)
{
    const struct wire_offset_delete_request *body = request->body;
    struct wire_offset_delete_response response;
    wire_init(&wire_offset_delete_response_schema, &response);
    struct kafka_group *group = NULL;
    response.error_code = fault_of(request, &group);
    if (response.error_code) {
        kafka_request_answer(request, &response);
        return;
    }
    int32_t count = body->topics.count;
    struct wire_offset_delete_response_topic *topics =
        kafka_request_take(request, (size_t)count * sizeof(*topics));
    for (int32_t i = 0; i < count; i++) {
        const struct wire_offset_delete_request_topic *asked = &body->topics.items[i];
        topics[i].name = asked->name;
        topics[i].partitions.items = kafka_request_take(request, (size_t)asked->partitions.count *
                                                                     sizeof(*topics[i].partitions.items));
        fill(request, group, false, asked, &topics[i]);
    }
    response.topics.items = kafka_request_take(request, (size_t)count * sizeof(*topics));
    bool has_known = false;
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t i = 0; i < count; i++) {
            int32_t refused = topics[i].partitions.count;
            if ((pass == 0) != (refused > 0))
                continue;
            fill(request, group, true, &body->topics.items[i], &topics[i]);
            has_known |= topics[i].partitions.count > refused;
            if (topics[i].partitions.count > 0)
                response.topics.items[response.topics.count++] = topics[i];
        }
    }
    kafka_offset_plan_expiry(group);
    if (has_known)
        kafka_group_delete_bare(group);
    kafka_request_answer(request, &response);
}
