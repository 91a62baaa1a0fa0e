/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret: see interpret.h. One pair of functions per API that has an event; committed offsets are in
 * interpret_commit.c, groups in interpret_group.c, transactions in interpret_transaction.c.
 */
#include "sim/kafka/observe/interpret_commit.h"
#include "sim/kafka/observe/interpret_group.h"
#include "sim/kafka/observe/interpret_transaction.h"
#include "sim/kafka/wire/data.h"

#include <stdlib.h>
#include <string.h>

enum api_key {
    API_PRODUCE = 0,
    API_FETCH = 1,
    API_METADATA = 3,
    API_OFFSET_COMMIT = 8,
    API_JOIN_GROUP = 11,
    API_HEARTBEAT = 12,
    API_LEAVE_GROUP = 13,
    API_SYNC_GROUP = 14,
    API_INIT_PRODUCER_ID = 22,
    API_ADD_PARTITIONS_TO_TXN = 24,
    API_ADD_OFFSETS_TO_TXN = 25,
    API_END_TXN = 26,
    API_TXN_OFFSET_COMMIT = 28,
};

struct history_event interpret_event(const struct interpret_scene *scene, enum history_kind kind)
{
    return (struct history_event){
        .kind = kind,
        .time_ns = scene->time_ns,
        .process = scene->client->process,
        .incarnation = scene->client->incarnation,
        .process_name = scene->client->process_name,
    };
}

struct history_bytes interpret_string(struct wire_string string)
{
    return (struct history_bytes){.data = string.text, .bytes = string.bytes < 0 ? 0 : (size_t)string.bytes};
}

void interpret_emit(const struct interpret *interpret, const struct history_event *event)
{
    interpret->on_event(interpret->context, event);
}

void interpret_malformed(struct interpret *interpret, const struct interpret_scene *scene, bool is_request,
                         const struct wire_error *error)
{
    struct history_event event = interpret_event(scene, HISTORY_MALFORMED);
    event.malformed = (struct history_malformed){
        .is_request = is_request,
        .broker = scene->broker,
        .position = error->position,
        .message = error->message,
    };
    interpret_emit(interpret, &event);
}

/* ---- Produce --------------------------------------------------------------------------------------------
 * */

static bool hold_partition(struct interpret *interpret, struct interpret_request *request,
                           const struct wire_produce_request_topic *topic,
                           const struct wire_produce_request_partition *partition, struct wire_error *error)
{
    const struct wire_produce_request *body = request->body;
    struct gather *gather = &interpret->gather;
    if (!gather_records(gather, partition->records, INT64_MIN, &request->memory, error))
        return false;
    struct history_record *records = wire_memory_take(&request->memory, gather->count * sizeof(*records));
    if (!records)
        return false;
    for (uint32_t i = 0; i < gather->count; i++) {
        records[i] = gather->records[i];
        records[i].offset = -1;
    }
    bool is_known = gather->batch_count > 0;
    struct interpret_produced *produced = &request->produced[request->produced_count++];
    produced->records = records;
    produced->event = (struct history_produce){
        .topic = interpret_string(topic->name),
        .partition = partition->index,
        .acks = body->acks,
        .base_offset = -1,
        .producer_id = is_known ? gather->first.producer_id : -1,
        .producer_epoch = is_known ? gather->first.producer_epoch : -1,
        .base_sequence = is_known ? gather->first.base_sequence : -1,
        .is_transactional = is_known && gather->first.is_transactional,
        .records = records,
        .record_count = gather->count,
    };
    return true;
}

static void produce_requested(struct interpret *interpret, const struct interpret_scene *scene,
                              struct interpret_request *request)
{
    const struct wire_produce_request *body = request->body;
    struct wire_error error = {.message = "out of memory"};
    size_t partition_count = 0;
    for (int32_t t = 0; t < body->topic_data.count; t++)
        partition_count += (size_t)body->topic_data.items[t].partition_data.count;
    request->expects_response = body->acks != 0;
    request->produced = wire_memory_take(&request->memory, partition_count * sizeof(*request->produced));
    if (!request->produced) {
        interpret_malformed(interpret, scene, true, &error);
        return;
    }
    for (int32_t t = 0; t < body->topic_data.count; t++) {
        const struct wire_produce_request_topic *topic = &body->topic_data.items[t];
        for (int32_t p = 0; p < topic->partition_data.count; p++)
            if (!hold_partition(interpret, request, topic, &topic->partition_data.items[p], &error))
                interpret_malformed(interpret, scene, true, &error);
    }
    struct history_event event = interpret_event(scene, HISTORY_PRODUCE);
    for (uint32_t i = 0; i < request->produced_count; i++) {
        event.produce = request->produced[i].event;
        event.produce.broker = scene->broker;
        interpret_emit(interpret, &event);
    }
}

static const struct interpret_produced *find_produced(const struct interpret_request *request,
                                                      struct history_bytes topic, int32_t partition)
{
    for (uint32_t i = 0; i < request->produced_count; i++)
        if (request->produced[i].event.partition == partition &&
            history_bytes_equal(request->produced[i].event.topic, topic))
            return &request->produced[i];
    return NULL;
}

static void produce_answered(struct interpret *interpret, const struct interpret_scene *scene,
                             const struct interpret_request *request, const void *response)
{
    const struct wire_produce_response *body = response;
    for (int32_t t = 0; t < body->responses.count; t++) {
        const struct wire_produce_response_topic *topic = &body->responses.items[t];
        for (int32_t p = 0; p < topic->partition_responses.count; p++) {
            const struct wire_produce_response_partition *partition = &topic->partition_responses.items[p];
            const struct interpret_produced *produced =
                find_produced(request, interpret_string(topic->name), partition->index);
            if (!produced)
                continue;
            struct history_event event = interpret_event(scene, HISTORY_PRODUCE);
            event.produce = produced->event;
            event.produce.step = HISTORY_ANSWERED;
            event.produce.broker = scene->broker;
            event.produce.error = partition->error_code;
            event.produce.base_offset = partition->error_code == 0 ? partition->base_offset : -1;
            for (uint32_t i = 0; i < produced->event.record_count && event.produce.base_offset >= 0; i++)
                produced->records[i].offset = event.produce.base_offset + i;
            interpret_emit(interpret, &event);
        }
    }
}

/* ---- Fetch and Metadata ---------------------------------------------------------------------------------
 * */

static struct interpret_topic *topic_of_id(struct interpret *interpret, const struct wire_uuid *id)
{
    for (size_t i = 0; i < interpret->topic_count; i++)
        if (memcmp(&interpret->topics[i].id, id, sizeof(*id)) == 0)
            return &interpret->topics[i];
    return NULL;
}

static void learn_topic(struct interpret *interpret, const struct wire_uuid *id, struct wire_string name)
{
    static const struct wire_uuid none;
    if (name.bytes <= 0 || name.bytes > INTERPRET_TOPIC_BYTES_MAX || memcmp(id, &none, sizeof(none)) == 0)
        return;
    struct interpret_topic *topic = topic_of_id(interpret, id);
    if (!topic) {
        if (interpret->topic_count == interpret->topic_capacity) {
            size_t want = interpret->topic_capacity ? interpret->topic_capacity * 2 : 16;
            struct interpret_topic *grown = realloc(interpret->topics, want * sizeof(*grown));
            if (!grown)
                return;
            interpret->topics = grown;
            interpret->topic_capacity = want;
        }
        topic = &interpret->topics[interpret->topic_count++];
        topic->id = *id;
    }
    topic->name_bytes = (uint16_t)name.bytes;
    memcpy(topic->name, name.text, (size_t)name.bytes);
}

static void metadata_answered(struct interpret *interpret, const struct wire_metadata_response *body)
{
    for (int32_t t = 0; t < body->topics.count; t++)
        learn_topic(interpret, &body->topics.items[t].topic_id, body->topics.items[t].name);
}

static int64_t fetch_offset_of(const struct wire_fetch_request *request,
                               const struct wire_fetch_response_topic *topic, int32_t partition)
{
    for (int32_t t = 0; t < request->topics.count; t++) {
        const struct wire_fetch_request_topic *asked = &request->topics.items[t];
        if (!history_bytes_equal(interpret_string(asked->topic), interpret_string(topic->topic)) ||
            memcmp(&asked->topic_id, &topic->topic_id, sizeof(asked->topic_id)) != 0)
            continue;
        for (int32_t p = 0; p < asked->partitions.count; p++)
            if (asked->partitions.items[p].partition == partition)
                return asked->partitions.items[p].fetch_offset;
    }
    return -1;
}

/* The topic's name; of an id that no Metadata response has named, the id's bytes. */
static struct history_bytes fetched_topic(struct interpret *interpret,
                                          const struct wire_fetch_response_topic *topic, bool is_by_id)
{
    if (!is_by_id)
        return interpret_string(topic->topic);
    const struct interpret_topic *known = topic_of_id(interpret, &topic->topic_id);
    if (known)
        return (struct history_bytes){.data = known->name, .bytes = known->name_bytes};
    return (struct history_bytes){.data = topic->topic_id.byte, .bytes = sizeof(topic->topic_id)};
}

/* What a reader of committed data is told beside the records. */
static void show_committed(struct interpret *interpret, const struct wire_fetch_response_partition *partition,
                           struct history_fetch *out)
{
    size_t count =
        partition->aborted_transactions.count > 0 ? (size_t)partition->aborted_transactions.count : 0;
    struct history_aborted *aborted = wire_memory_take(&interpret->response_memory, count * sizeof(*aborted));
    for (size_t i = 0; aborted && i < count; i++)
        aborted[i] = (struct history_aborted){
            .producer_id = partition->aborted_transactions.items[i].producer_id,
            .first_offset = partition->aborted_transactions.items[i].first_offset,
        };
    out->is_read_committed = true;
    out->last_stable_offset = partition->last_stable_offset;
    out->aborted = aborted;
    out->aborted_count = aborted ? (uint32_t)count : 0;
}

static void fetch_answered(struct interpret *interpret, const struct interpret_scene *scene,
                           const struct interpret_request *request, const void *response)
{
    enum { FIRST_VERSION_BY_ID = 13 };
    const struct wire_fetch_response *body = response;
    struct wire_error error;
    for (int32_t t = 0; t < body->responses.count; t++) {
        const struct wire_fetch_response_topic *topic = &body->responses.items[t];
        for (int32_t p = 0; p < topic->partitions.count; p++) {
            const struct wire_fetch_response_partition *partition = &topic->partitions.items[p];
            int64_t fetch_offset = fetch_offset_of(request->body, topic, partition->partition_index);
            if (!gather_records(&interpret->gather, partition->records, fetch_offset,
                                &interpret->response_memory, &error)) {
                interpret_malformed(interpret, scene, false, &error);
                continue;
            }
            if (interpret->gather.count == 0 && partition->error_code == 0)
                continue;
            struct history_event event = interpret_event(scene, HISTORY_FETCH);
            event.fetch = (struct history_fetch){
                .broker = scene->broker,
                .topic = fetched_topic(interpret, topic, request->header.api_version >= FIRST_VERSION_BY_ID),
                .partition = partition->partition_index,
                .error = partition->error_code,
                .fetch_offset = fetch_offset,
                .high_watermark = partition->high_watermark,
                .records = interpret->gather.records,
                .record_count = interpret->gather.count,
                .last_stable_offset = -1,
            };
            if (((const struct wire_fetch_request *)request->body)->isolation_level > 0)
                show_committed(interpret, partition, &event.fetch);
            interpret_emit(interpret, &event);
        }
    }
}

/* ---- all ------------------------------------------------------------------------------------------------
 * */

static bool is_understood(int16_t api_key)
{
    switch (api_key) {
    case API_PRODUCE:
    case API_FETCH:
    case API_METADATA:
    case API_OFFSET_COMMIT:
    case API_JOIN_GROUP:
    case API_HEARTBEAT:
    case API_LEAVE_GROUP:
    case API_SYNC_GROUP:
    case API_INIT_PRODUCER_ID:
    case API_ADD_PARTITIONS_TO_TXN:
    case API_ADD_OFFSETS_TO_TXN:
    case API_END_TXN:
    case API_TXN_OFFSET_COMMIT:
        return true;
    }
    return false;
}

void interpret_request_read(struct interpret *interpret, const struct interpret_scene *scene,
                            struct interpret_request *request)
{
    struct wire_bytes frame = {.data = request->frame.data, .bytes = (int32_t)request->frame.bytes};
    struct wire_error error;
    size_t position;
    request->body = NULL;
    request->produced_count = 0;
    request->expects_response = true;
    request->header = (struct wire_request_header){.api = NULL};
    if (!wire_request_header_read(frame, &request->header, &position, &error)) {
        interpret_malformed(interpret, scene, true, &error);
        return;
    }
    if (!request->header.api || !is_understood(request->header.api_key))
        return;
    request->body = wire_request_decode(frame, &request->header, &request->memory, &error);
    if (!request->body) {
        interpret_malformed(interpret, scene, true, &error);
        return;
    }
    switch (request->header.api_key) {
    case API_PRODUCE:
        produce_requested(interpret, scene, request);
        break;
    case API_OFFSET_COMMIT:
        interpret_commit(interpret, scene, request, NULL);
        break;
    case API_JOIN_GROUP:
        interpret_join_requested(interpret, scene, request);
        break;
    case API_SYNC_GROUP:
        interpret_sync_requested(interpret, scene, request);
        break;
    case API_LEAVE_GROUP:
        interpret_leave_requested(interpret, scene, request);
        break;
    case API_TXN_OFFSET_COMMIT:
        interpret_txn_commit(interpret, scene, request, NULL);
        break;
    }
}

void interpret_response_written(struct interpret *interpret, const struct interpret_scene *scene,
                                const struct interpret_request *request, struct wire_bytes frame)
{
    struct wire_error error;
    if (!request->body)
        return;
    wire_memory_reset(&interpret->response_memory);
    const void *body = wire_response_decode(frame, &request->header, &interpret->response_memory, &error);
    if (!body) {
        interpret_malformed(interpret, scene, false, &error);
        return;
    }
    switch (request->header.api_key) {
    case API_PRODUCE:
        produce_answered(interpret, scene, request, body);
        break;
    case API_FETCH:
        fetch_answered(interpret, scene, request, body);
        break;
    case API_METADATA:
        metadata_answered(interpret, body);
        break;
    case API_OFFSET_COMMIT:
        interpret_commit(interpret, scene, request, body);
        break;
    case API_JOIN_GROUP:
        interpret_join_answered(interpret, scene, request, body);
        break;
    case API_HEARTBEAT:
        interpret_heartbeat_answered(interpret, scene, request, body);
        break;
    case API_LEAVE_GROUP:
        interpret_leave_answered(interpret, scene, request, body);
        break;
    case API_SYNC_GROUP:
        interpret_sync_answered(interpret, scene, request, body);
        break;
    case API_TXN_OFFSET_COMMIT:
        interpret_txn_commit(interpret, scene, request, body);
        break;
    case API_INIT_PRODUCER_ID:
        interpret_init_producer_answered(interpret, scene, request, body);
        break;
    case API_ADD_PARTITIONS_TO_TXN:
        interpret_add_partitions_answered(interpret, scene, request, body);
        break;
    case API_ADD_OFFSETS_TO_TXN:
        interpret_add_offsets_answered(interpret, scene, request, body);
        break;
    case API_END_TXN:
        interpret_end_txn_answered(interpret, scene, request, body);
        break;
    }
}

void interpret_deinit(struct interpret *interpret)
{
    gather_deinit(&interpret->gather);
    wire_memory_deinit(&interpret->response_memory);
    free(interpret->topics);
}
