/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_write_markers: WriteTxnMarkers from outside: an administrator ends a transaction that hangs.
 *
 * The brokers' own markers do not come this way (transaction_marker.c). simplified: what is asked about one producer in
 * several markers is answered in several, not put together. Source: KafkaApis.handleWriteTxnMarkersRequest.
 */
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/transaction_private.h"

/* One that was appended, and is not replicated yet. */
struct pending {
    struct wire_write_txn_markers_response_writable_txn_marker_partition_result *answer;
    struct kafka_partition *partition; /* while the request has not begun to wait */
    int64_t end_offset;
    int32_t leader_epoch;
    bool is_done;
};

/* Watch i of the request is pending[i]'s. */
struct marking {
    struct wire_write_txn_markers_response response;
    struct pending *pending;
    int32_t pending_count;
};

/* partition NULL: it was deleted meanwhile. */
static void look(struct pending *pending, struct kafka_partition *partition)
{
    if (pending->is_done)
        return;
    pending->is_done = true;
    if (!partition)
        pending->answer->error_code = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    else
        pending->is_done = kafka_partition_is_settled(partition, pending->leader_epoch, pending->end_offset,
                                                      &pending->answer->error_code);
}

static void on_change(struct kafka_request *request)
{
    struct marking *marking = request->wait;
    bool is_done = true;
    for (int32_t i = 0; i < marking->pending_count; i++) {
        look(&marking->pending[i], kafka_partition_watched(&request->watches[i]));
        is_done = is_done && marking->pending[i].is_done;
    }
    if (is_done)
        kafka_request_answer(request, &marking->response);
}

static void on_due(struct kafka_request *request)
{
    struct marking *marking = request->wait;
    for (int32_t i = 0; i < marking->pending_count; i++)
        if (!marking->pending[i].is_done)
            marking->pending[i].answer->error_code = KAFKA_REQUEST_TIMED_OUT;
    kafka_request_answer(request, &marking->response);
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
        struct pending pending = {.answer = &answer->partitions.items[i], .partition = partition};
        pending.answer->partition_index = asked->partition_indexes.items[i];
        pending.answer->error_code = write_one(request, partition, marker, &pending.end_offset);
        if (pending.answer->error_code)
            continue;
        pending.leader_epoch = partition->leader_epoch;
        marking->pending[marking->pending_count++] = pending;
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
    int64_t timeout_ms = kafka_configs_number(request->cluster, "request.timeout.ms");
    marking->pending =
        kafka_request_take(request, (size_t)partition_count(request->body) * sizeof *marking->pending);
    write_all(request, marking);
    if (!marking->pending_count) {
        kafka_request_answer(request, &marking->response);
        return;
    }
    request->wait = marking;
    request->on_change = on_change;
    request->on_due = on_due;
    kafka_request_wait(request, request->cluster->now_ns + timeout_ms * NS_PER_MS, marking->pending_count);
    for (int32_t i = 0; i < marking->pending_count; i++)
        kafka_request_watch(request, &marking->pending[i].partition->watched);
    on_change(request);
}
