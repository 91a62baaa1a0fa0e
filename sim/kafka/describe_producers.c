/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe_producers: DescribeProducers: whom a replica's log remembers, and since where they have a transaction open.
 *
 * Any replica answers of its own log, not the leader only. Source: KafkaApis.handleDescribeProducersRequest,
 * ReplicaManager.activeProducerState, UnifiedLog.activeProducers.
 */
#include "sim/kafka/admin.h"
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/transaction.h"

static void list_producers(struct kafka_request *request, const struct kafka_producers *producers,
                           struct wire_describe_producers_response_partition *answer)
{
    answer->active_producers.items =
        kafka_request_take(request, producers->count * sizeof *answer->active_producers.items);
    for (size_t i = 0; i < producers->count; i++) {
        const struct kafka_producer *producer = &producers->items[i];
        answer->active_producers.items[answer->active_producers.count++] =
            (struct wire_describe_producers_response_producer_state){
                .producer_id = producer->id,
                .producer_epoch = producer->epoch,
                .last_sequence = kafka_producer_last_sequence(producer),
                .last_timestamp = producer->last_ms,
                .coordinator_epoch = producer->coordinator_epoch,
                .current_txn_start_offset = producer->transaction_first_offset};
    }
}

static void answer_partition(struct kafka_request *request, const struct kafka_topic *topic, int32_t index,
                             struct wire_describe_producers_response_partition *answer)
{
    struct kafka_partition *partition = kafka_topic_partition(topic, index);
    const struct kafka_replica *replica =
        partition ? kafka_partition_replica(partition, request->broker->id) : NULL;
    if (replica)
        list_producers(request, &replica->log.producers, answer);
    else
        answer->error_code = partition ? KAFKA_NOT_LEADER_OR_FOLLOWER : KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
}

static void answer_topic(struct kafka_request *request,
                         const struct wire_describe_producers_request_topic *asked,
                         struct wire_describe_producers_response_topic *answer)
{
    const struct kafka_topic *topic = kafka_topic_find(request->cluster, asked->name);
    struct admin_fault fault = admin_name_check(request, asked->name);
    if (!fault.error && !topic)
        fault = admin_fault_plain(KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    answer->name = asked->name;
    answer->partitions.items = kafka_request_take(request, (size_t)asked->partition_indexes.count *
                                                               sizeof *answer->partitions.items);
    for (int32_t i = 0; i < asked->partition_indexes.count; i++) {
        struct wire_describe_producers_response_partition *partition =
            &answer->partitions.items[answer->partitions.count++];
        *partition = (struct wire_describe_producers_response_partition){
            .partition_index = asked->partition_indexes.items[i],
            .error_code = fault.error,
            .error_message = fault.message};
        if (!fault.error)
            answer_partition(request, topic, partition->partition_index, partition);
    }
}

void kafka_describe_producers(struct kafka_request *request)
{
    const struct wire_describe_producers_request *body = request->body;
    struct wire_describe_producers_response response = {0};
    response.topics.items =
        kafka_request_take(request, (size_t)body->topics.count * sizeof *response.topics.items);
    for (int32_t i = 0; i < body->topics.count; i++)
        answer_topic(request, &body->topics.items[i], &response.topics.items[response.topics.count++]);
    kafka_request_answer(request, &response);
}
