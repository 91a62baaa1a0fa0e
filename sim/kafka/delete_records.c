/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delete_records: the leader forgets records below an offset, and answers when the replicas have, too.
 *
 *   offset -1 is the high watermark; above it, or below -1: OFFSET_OUT_OF_RANGE
 *   answered when the low watermark (least log start of the replicas whose brokers are listed) has got there, or
 *     somebody else leads                                  NOT_LEADER_OR_FOLLOWER
 *     timeout_ms is over                                   REQUEST_TIMED_OUT, although deleted
 *
 * A partition that is named twice is cut once, at the last offset named. Source: KafkaApis.handleDeleteRecordsRequest, ReplicaManager.deleteRecords, Partition.deleteRecordsOnLeader,
 * DelayedDeleteRecords.java.
 */
#include "sim/kafka/api.h"
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/errors.h"

enum { HIGH_WATERMARK = -1 };

/* One partition whose replicas are not all there yet. */
struct pending {
    struct wire_delete_records_response_partition_result *answer;
    struct kafka_partition *partition; /* until it is watched */
    int64_t offset;
    bool is_done;
};

/* Watch i of the request is pending[i]'s. */
struct deletion {
    struct wire_delete_records_response response;
    struct pending *pending;
    int32_t pending_count;
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

static void answer_one(struct kafka_request *request, const struct kafka_topic *topic,
                       const struct wire_delete_records_request_partition *asked,
                       struct wire_delete_records_response_partition_result *answer, struct pending *pending)
{
    *answer = (struct wire_delete_records_response_partition_result){
        .partition_index = asked->partition_index, .low_watermark = -1};
    *pending = (struct pending){.answer = answer, .is_done = true};
    struct kafka_partition *partition = topic ? kafka_topic_partition(topic, asked->partition_index) : NULL;
    if (partition && topic->is_internal) {
        answer->error_code = KAFKA_INVALID_TOPIC_EXCEPTION;
        return;
    }
    struct kafka_replica *leader = kafka_partition_at(request->broker, partition, -1, &answer->error_code);
    if (!leader)
        return;
    answer->error_code = delete_below(partition, leader, asked->offset, &pending->offset);
    if (answer->error_code)
        return;
    answer->low_watermark = low_watermark(partition, leader);
    pending->partition = partition;
    pending->is_done = answer->low_watermark >= pending->offset;
}

/* partition NULL: it was deleted meanwhile. */
static void look(const struct kafka_request *request, struct pending *pending,
                 struct kafka_partition *partition)
{
    if (pending->is_done)
        return;
    const struct kafka_replica *leader = NULL;
    pending->answer->error_code = KAFKA_NONE;
    if (!partition)
        pending->answer->error_code = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    else
        leader = kafka_partition_at(request->broker, partition, -1, &pending->answer->error_code);
    int64_t reached = leader ? low_watermark(partition, leader) : -1;
    if (leader && reached < pending->offset)
        return;
    pending->answer->low_watermark = reached;
    pending->is_done = true;
}

static void on_change(struct kafka_request *request)
{
    struct deletion *deletion = request->wait;
    bool is_done = true;
    for (int32_t i = 0; i < deletion->pending_count; i++) {
        look(request, &deletion->pending[i], kafka_partition_watched(&request->watches[i]));
        is_done = is_done && deletion->pending[i].is_done;
    }
    if (is_done)
        kafka_request_answer(request, &deletion->response);
}

static void on_due(struct kafka_request *request)
{
    struct deletion *deletion = request->wait;
    for (int32_t i = 0; i < deletion->pending_count; i++)
        if (!deletion->pending[i].is_done)
            deletion->pending[i].answer->error_code = KAFKA_REQUEST_TIMED_OUT;
    kafka_request_answer(request, &deletion->response);
}

static void wait_for_replicas(struct kafka_request *request, struct deletion *deletion)
{
    const struct wire_delete_records_request *body = request->body;
    request->wait = deletion;
    request->on_change = on_change;
    request->on_due = on_due;
    request->ends_with_client = true;
    kafka_request_wait(request, request->cluster->now_ns + (int64_t)body->timeout_ms * NS_PER_MS,
                       deletion->pending_count);
    for (int32_t i = 0; i < deletion->pending_count; i++)
        kafka_request_watch(request, &deletion->pending[i].partition->watched);
}

/* One partition of the request, which is answered here. */
static void answer_first(struct kafka_request *request, struct deletion *deletion,
                         const struct kafka_topic *topic,
                         const struct wire_delete_records_request_partition *asked,
                         struct wire_delete_records_response_partition_result *answer)
{
    struct pending pending;
    answer_one(request, topic, asked, answer, &pending);
    if (!pending.is_done)
        deletion->pending[deletion->pending_count++] = pending;
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
    deletion->pending = kafka_request_take(request, (size_t)count * sizeof *deletion->pending);
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
                answer_first(request, deletion, topic, partitions[asked[place].last],
                             &answer->partitions.items[answer->partitions.count++]);
        if (answer->partitions.count > 0)
            response->topics.count++;
    }
}

void kafka_delete_records(struct kafka_request *request)
{
    struct deletion *deletion = kafka_request_take(request, sizeof *deletion);
    delete_all(request, deletion);
    if (deletion->pending_count > 0)
        wait_for_replicas(request, deletion);
    else
        kafka_request_answer(request, &deletion->response);
}
