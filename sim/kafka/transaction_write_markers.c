/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_write_markers: WriteTxnMarkers from outside: an administrator ends a transaction that hangs.
 *
 * The brokers' own markers do not come this way (transaction_marker.c). simplified: what is asked about one producer in
 * several markers is answered in several, not put together. Source: KafkaApis.handleWriteTxnMarkersRequest.
 */
#include "sim/kafka/acknowledge.h"
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/transaction_private.h"

struct marking {
    struct wire_write_txn_markers_response response;
    struct kafka_acknowledge acknowledge;
};

static void answer(struct kafka_request *request, struct kafka_acknowledge *acknowledge)
{
    kafka_request_answer(request, &KAFKA_OWNER(acknowledge, struct marking, acknowledge)->response);
}

static int16_t write_one(struct kafka_request *request, struct kafka_partition *partition,
                         const struct wire_write_txn_markers_request_writable_txn_marker *marker,
                         int64_t *end_offset_out)
{
    if (!partition || !kafka_partition_replica(partition, request->broker->id))
        return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    if (!kafka_partition_is_led_by(partition, request->broker))
        return KAFKA_NOT_LEADER_OR_FOLLOWER;
    return kafka_transaction_mark(partition, marker, end_offset_out);
}

static void write_topic(struct kafka_request *request, struct marking *marking,
                        const struct wire_write_txn_markers_request_writable_txn_marker *marker,
                        const struct wire_write_txn_markers_request_writable_txn_marker_topic *asked,
                        struct wire_write_txn_markers_response_writable_txn_marker_topic_result *answer)
{
    const struct kafka_topic *topic = kafka_topic_find(request->cluster, asked->name);
    answer->name = asked->name;
    answer->partitions.count = asked->partition_indexes.count;
    answer->partitions.items = kafka_request_take(request, (size_t)asked->partition_indexes.count *
                                                               sizeof *answer->partitions.items);
    for (int32_t i = 0; i < asked->partition_indexes.count; i++) {
        struct kafka_partition *partition = kafka_topic_partition(topic, asked->partition_indexes.items[i]);
        struct wire_write_txn_markers_response_writable_txn_marker_partition_result *one =
            &answer->partitions.items[i];
        struct kafka_acknowledge_part part = {.partition = partition, .error_out = &one->error_code};
        one->partition_index = asked->partition_indexes.items[i];
        one->error_code = write_one(request, partition, marker, &part.offset);
        if (one->error_code)
            continue;
        part.leader_epoch = partition->leader_epoch;
        marking->acknowledge.parts[marking->acknowledge.count++] = part;
    }
}

static int32_t partition_count(const struct wire_write_txn_markers_request *body)
{
    int32_t count = 0;
    for (int32_t i = 0; i < body->markers.count; i++)
        for (int32_t j = 0; j < body->markers.items[i].topics.count; j++)
            count += body->markers.items[i].topics.items[j].partition_indexes.count;
    return count;
}

static void write_all(struct kafka_request *request, struct marking *marking)
{
    const struct wire_write_txn_markers_request *body = request->body;
    struct wire_write_txn_markers_response *response = &marking->response;
    response->markers.count = body->markers.count;
    response->markers.items =
        kafka_request_take(request, (size_t)body->markers.count * sizeof *response->markers.items);
    for (int32_t i = 0; i < body->markers.count; i++) {
        const struct wire_write_txn_markers_request_writable_txn_marker *marker = &body->markers.items[i];
        struct wire_write_txn_markers_response_writable_txn_marker_result *result =
            &response->markers.items[i];
        result->producer_id = marker->producer_id;
        result->topics.count = marker->topics.count;
        result->topics.items =
            kafka_request_take(request, (size_t)marker->topics.count * sizeof *result->topics.items);
        for (int32_t j = 0; j < marker->topics.count; j++)
            write_topic(request, marking, marker, &marker->topics.items[j], &result->topics.items[j]);
    }
}

void kafka_write_txn_markers(struct kafka_request *request)
{
    struct marking *marking = kafka_request_take(request, sizeof *marking);
    size_t count = (size_t)partition_count(request->body);
    marking->acknowledge = (struct kafka_acknowledge){
        .parts = kafka_request_take(request, count * sizeof *marking->acknowledge.parts),
        .is_settled = kafka_acknowledge_appended,
        .answer = answer,
    };
    write_all(request, marking);
    kafka_acknowledge(request, &marking->acknowledge,
                      kafka_configs_number(request->cluster, "request.timeout.ms"));
}
