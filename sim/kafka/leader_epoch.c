/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leader_epoch: OffsetForLeaderEpoch: where a leader's term ended, so that a consumer sees whether what it has read was
 * truncated since (KIP-320). Source: ReplicaManager.lastOffsetForLeaderEpoch, Partition.lastOffsetForLeaderEpoch.
 */
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/data.h"

static void answer_one(struct kafka_request *request, const struct kafka_topic *topic,
                       const struct wire_offset_for_leader_epoch_request_offset_for_leader_partition *asked,
                       struct wire_offset_for_leader_epoch_response_epoch_end_offset *answer)
{
    struct kafka_partition *partition = topic ? kafka_topic_partition(topic, asked->partition) : NULL;
    answer->partition = asked->partition;
    answer->leader_epoch = -1;
    answer->end_offset = -1;
    const struct kafka_replica *leader =
        kafka_partition_at(request->broker, partition, asked->current_leader_epoch, &answer->error_code);
    if (leader)
        kafka_log_epoch_end(&leader->log, asked->leader_epoch, &answer->leader_epoch, &answer->end_offset);
}

void kafka_offset_for_leader_epoch(struct kafka_request *request)
{
    const struct wire_offset_for_leader_epoch_request *body = request->body;
    struct wire_offset_for_leader_epoch_response response = {.topics.count = body->topics.count};
    response.topics.items =
        kafka_request_take(request, (size_t)body->topics.count * sizeof *response.topics.items);
    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct wire_offset_for_leader_epoch_request_offset_for_leader_topic *asked =
            &body->topics.items[i];
        struct wire_offset_for_leader_epoch_response_offset_for_leader_topic_result *answer =
            &response.topics.items[i];
        const struct kafka_topic *topic = kafka_topic_find(request->cluster, asked->topic);
        answer->topic = asked->topic;
        answer->partitions.count = asked->partitions.count;
        answer->partitions.items =
            kafka_request_take(request, (size_t)asked->partitions.count * sizeof *answer->partitions.items);
        for (int32_t j = 0; j < asked->partitions.count; j++)
            answer_one(request, topic, &asked->partitions.items[j], &answer->partitions.items[j]);
    }
    kafka_request_answer(request, &response);
}
