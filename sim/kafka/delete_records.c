/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delete_records: the leader forgets records below an offset, and answers when the replicas have, too.
 *
 *   offset -1 is the high watermark; above it, or below -1: OFFSET_OUT_OF_RANGE
 *   answered when the low watermark (least log start of the replicas whose brokers are listed) has got there, or
 *     somebody else leads                                  NOT_LEADER_OR_FOLLOWER
 *     timeout_ms is over                                   REQUEST_TIMED_OUT, although deleted
 *
 * A partition that is named twice is cut once, at the last offset named. Source: KafkaApis.handleDeleteRecordsRequest,
 * ReplicaManager.deleteRecords, Partition.deleteRecordsOnLeader, DelayedDeleteRecords.java.
 */
#include "sim/kafka/acknowledge.h"
#include "sim/kafka/api.h"
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/errors.h"

enum { HIGH_WATERMARK = -1 };

struct deletion {
    struct wire_delete_records_response response;
    struct kafka_acknowledge acknowledge;
};

/* Partition.lowWatermarkIfLeader */
static int64_t low_watermark(const struct kafka_partition *partition, const struct kafka_replica *leader)
{
    int64_t least = leader->log.start_offset;
    for (int32_t i = 0; i < partition->replica_count; i++) {
        const struct kafka_replica *replica = &partition->replicas[i];
        if (kafka_broker_is_listed(kafka_broker_of(partition->topic->cluster, replica->broker)) &&
            replica->log.start_offset < least)
            least = replica->log.start_offset;
    }
    return least;
}

/* Deletes. offset_out: up to where, when there is no error. */
static int16_t delete_below(struct kafka_partition *partition, struct kafka_replica *leader, int64_t offset,
                            int64_t *offset_out)
{
    const struct kafka_config *config = &partition->topic->config;
    if (!config->is_deleted && config->is_compacted)
        return KAFKA_POLICY_VIOLATION;
    if (offset == HIGH_WATERMARK)
        offset = leader->high_watermark;
    if (offset < 0 || offset > leader->high_watermark)
        return KAFKA_OFFSET_OUT_OF_RANGE;
    *offset_out = offset;
    if (offset > leader->log.start_offset) {
        kafka_log_start(&leader->log, offset);
        kafka_partition_replicate(partition);
    }
    return KAFKA_NONE;
}

/* Have the replicas forgotten as much? Then the answer says how far they are. */
static bool is_settled(struct kafka_request *request, const struct kafka_acknowledge_part *part)
{
    struct wire_delete_records_response_partition_result *answer =
        KAFKA_OWNER(part->error_out, struct wire_delete_records_response_partition_result, error_code);
    const struct kafka_replica *leader =
        kafka_partition_at(request->broker, part->partition, -1, &answer->error_code);
    int64_t reached = leader ? low_watermark(part->partition, leader) : -1;
    if (leader && reached < part->offset)
        return false;
    answer->low_watermark = reached;
    return true;
}

static void answer_all(struct kafka_request *request, struct kafka_acknowledge *acknowledge)
{
    kafka_request_answer(request, &KAFKA_OWNER(acknowledge, struct deletion, acknowledge)->response);
}

static void delete_one(struct kafka_request *request, struct deletion *deletion,
                       const struct kafka_topic *topic,
                       const struct wire_delete_records_request_partition *asked,
                       struct wire_delete_records_response_partition_result *answer)
{
    *answer = (struct wire_delete_records_response_partition_result){
        .partition_index = asked->partition_index, .low_watermark = -1};
    struct kafka_acknowledge_part part = {
        .partition = topic ? kafka_topic_partition(topic, asked->partition_index) : NULL,
        .error_out = &answer->error_code};
    if (part.partition && topic->is_internal) {
        answer->error_code = KAFKA_INVALID_TOPIC_EXCEPTION;
        return;
    }
    struct kafka_replica *leader =
        kafka_partition_at(request->broker, part.partition, -1, &answer->error_code);
    if (!leader)
        return;
    answer->error_code = delete_below(part.partition, leader, asked->offset, &part.offset);
    if (answer->error_code)
        return;
    answer->low_watermark = low_watermark(part.partition, leader);
    deletion->acknowledge.parts[deletion->acknowledge.count++] = part;
}

/* All partitions of the request, in its order. */
static const struct wire_delete_records_request_partition **
list(struct kafka_request *request, struct kafka_asked **asked_out, int32_t *count_out)
{
    const struct wire_delete_records_request *body = request->body;
    int32_t count = 0;
    for (int32_t i = 0; i < body->topics.count; i++)
        count += body->topics.items[i].partitions.count;
    const struct wire_delete_records_request_partition **partitions =
        kafka_request_take(request, (size_t)count * sizeof(void *));
    struct kafka_asked *asked = kafka_request_take(request, (size_t)count * sizeof *asked);
    *count_out = count;
    *asked_out = asked;
    count = 0;
    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct wire_delete_records_request_topic *topic = &body->topics.items[i];
        for (int32_t j = 0; j < topic->partitions.count; j++) {
            partitions[count] = &topic->partitions.items[j];
            asked[count++] = (struct kafka_asked){.topic = topic->name,
                                                  .partition = topic->partitions.items[j].partition_index};
        }
    }
    kafka_asked_match(request, asked, count);
    return partitions;
}

static void delete_all(struct kafka_request *request, struct deletion *deletion)
{
    const struct wire_delete_records_request *body = request->body;
    struct wire_delete_records_response *response = &deletion->response;
    struct kafka_asked *asked;
    int32_t count, place = 0;
    const struct wire_delete_records_request_partition **partitions = list(request, &asked, &count);
    deletion->acknowledge = (struct kafka_acknowledge){
        .parts = kafka_request_take(request, (size_t)count * sizeof *deletion->acknowledge.parts),
        .is_settled = is_settled,
        .answer = answer_all,
    };
    response->topics.items =
        kafka_request_take(request, (size_t)body->topics.count * sizeof *response->topics.items);
    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct kafka_topic *topic = kafka_topic_find(request->cluster, body->topics.items[i].name);
        struct wire_delete_records_response_topic_result *answer =
            &response->topics.items[response->topics.count];
        answer->name = body->topics.items[i].name;
        answer->partitions.items = kafka_request_take(
            request, (size_t)body->topics.items[i].partitions.count * sizeof *answer->partitions.items);
        for (int32_t j = 0; j < body->topics.items[i].partitions.count; j++, place++)
            if (asked[place].first == place)
                delete_one(request, deletion, topic, partitions[asked[place].last],
                           &answer->partitions.items[answer->partitions.count++]);
        if (answer->partitions.count > 0)
            response->topics.count++;
    }
}

void kafka_delete_records(struct kafka_request *request)
{
    const struct wire_delete_records_request *body = request->body;
    struct deletion *deletion = kafka_request_take(request, sizeof *deletion);
    delete_all(request, deletion);
    kafka_acknowledge(request, &deletion->acknowledge, body->timeout_ms);
}
