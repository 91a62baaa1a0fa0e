/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire: the table of APIs, headers and whole frames. See wire.h.
 */
#include "sim/kafka/wire/wire.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/configuration.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/group.h"
#include "sim/kafka/wire/session.h"
#include "sim/kafka/wire/transaction.h"

#include <string.h>

enum {
    API_VERSIONS_KEY = 18,
    ERROR_UNSUPPORTED_VERSION = 35,
    REQUEST_HEADER_BYTES_MIN = 10,
    CORRELATION_ID_BYTES = 4,
};

#define API(KEY, NAME, STEM, FIRST, LAST, FLEXIBLE)                                                          \
    {                                                                                                        \
        .key = (KEY), .first = (FIRST), .last = (LAST), .flexible = (FLEXIBLE), .name = NAME,                \
        .request = &wire_##STEM##_request_schema, .response = &wire_##STEM##_response_schema                 \
    }

/* From the lowest version of Apache Kafka 3.9 to the highest of 4.3; written by schema.py. */
static const struct wire_api apis[] = {
    API(0, "Produce", produce, 0, 13, 9),
    API(1, "Fetch", fetch, 0, 18, 12),
    API(2, "ListOffsets", list_offsets, 0, 11, 6),
    API(3, "Metadata", metadata, 0, 13, 9),
    API(8, "OffsetCommit", offset_commit, 0, 10, 8),
    API(9, "OffsetFetch", offset_fetch, 0, 10, 6),
    API(10, "FindCoordinator", find_coordinator, 0, 6, 3),
    API(11, "JoinGroup", join_group, 0, 9, 6),
    API(12, "Heartbeat", heartbeat, 0, 4, 4),
    API(13, "LeaveGroup", leave_group, 0, 5, 4),
    API(14, "SyncGroup", sync_group, 0, 5, 4),
    API(15, "DescribeGroups", describe_groups, 0, 6, 5),
    API(16, "ListGroups", list_groups, 0, 5, 3),
    API(17, "SaslHandshake", sasl_handshake, 0, 1, WIRE_NEVER),
    API(18, "ApiVersions", api_versions, 0, 4, 3),
    API(19, "CreateTopics", create_topics, 0, 7, 5),
    API(20, "DeleteTopics", delete_topics, 0, 6, 4),
    API(21, "DeleteRecords", delete_records, 0, 2, 2),
    API(22, "InitProducerId", init_producer_id, 0, 6, 2),
    API(23, "OffsetForLeaderEpoch", offset_for_leader_epoch, 0, 4, 4),
    API(24, "AddPartitionsToTxn", add_partitions_to_txn, 0, 5, 3),
    API(25, "AddOffsetsToTxn", add_offsets_to_txn, 0, 4, 3),
    API(26, "EndTxn", end_txn, 0, 5, 3),
    API(27, "WriteTxnMarkers", write_txn_markers, 0, 2, 1),
    API(28, "TxnOffsetCommit", txn_offset_commit, 0, 5, 3),
    API(32, "DescribeConfigs", describe_configs, 0, 4, 4),
    API(33, "AlterConfigs", alter_configs, 0, 2, 2),
    API(35, "DescribeLogDirs", describe_log_dirs, 0, 5, 2),
    API(36, "SaslAuthenticate", sasl_authenticate, 0, 2, 2),
    API(37, "CreatePartitions", create_partitions, 0, 3, 2),
    API(42, "DeleteGroups", delete_groups, 0, 2, 2),
    API(43, "ElectLeaders", elect_leaders, 0, 2, 2),
    API(44, "IncrementalAlterConfigs", incremental_alter_configs, 0, 1, 1),
    API(47, "OffsetDelete", offset_delete, 0, 0, WIRE_NEVER),
    API(60, "DescribeCluster", describe_cluster, 0, 2, 0),
    API(61, "DescribeProducers", describe_producers, 0, 0, 0),
    API(65, "DescribeTransactions", describe_transactions, 0, 0, 0),
    API(66, "ListTransactions", list_transactions, 0, 2, 0),
    API(75, "DescribeTopicPartitions", describe_topic_partitions, 0, 0, 0),
};
enum { API_COUNT = sizeof(apis) / sizeof(apis[0]) };

const struct wire_api *wire_api_at(size_t index)
{
    return index < API_COUNT ? &apis[index] : NULL;
}

const struct wire_api *wire_api_of(int16_t key)
{
    for (size_t i = 0; i < API_COUNT; i++)
        if (apis[i].key == key)
            return &apis[i];
    return NULL;
}

static bool fail(struct wire_error *error, size_t position, const char *path, const char *message)
{
    error->position = position;
    error->message = message;
    strncpy(error->path, path, WIRE_PATH_MAX - 1);
    error->path[WIRE_PATH_MAX - 1] = '\0';
    return false;
}

/* The tagged fields behind a flexible header: none is known, all are skipped. */
static bool skip_tagged(struct wire_bytes frame, size_t *position_inout, struct wire_error *error)
{
    static const struct wire_schema nothing = {.name = "header"};
    struct wire_input input = {.data = frame.data, .bytes = (size_t)frame.bytes, .is_flexible = true};
    char unused;
    return wire_decode(&nothing, &input, position_inout, NULL, &unused, error);
}

bool wire_request_header_read(struct wire_bytes frame, struct wire_request_header *out, size_t *position_out,
                              struct wire_error *error_out)
{
    if (frame.bytes < REQUEST_HEADER_BYTES_MIN)
        return fail(error_out, 0, "header", "a frame shorter than a request header");
    struct wire_request_header header = {
        .api_key = wire_int16(frame.data),
        .api_version = wire_int16(frame.data + 2),
        .correlation_id = wire_int32(frame.data + 4),
        .client_id = {.text = NULL, .bytes = wire_int16(frame.data + 8)},
    };
    size_t position = REQUEST_HEADER_BYTES_MIN;
    if (header.client_id.bytes < -1 || header.client_id.bytes > frame.bytes - REQUEST_HEADER_BYTES_MIN)
        return fail(error_out, 8, "header.client_id", "a length beyond the end of the input");
    if (header.client_id.bytes >= 0) {
        header.client_id.text = (const char *)frame.data + position;
        position += (size_t)header.client_id.bytes;
    }
    const struct wire_api *api = wire_api_of(header.api_key);
    if (api && header.api_version >= api->first && header.api_version <= api->last) {
        header.api = api;
        header.is_flexible = header.api_version >= api->flexible;
        if (header.is_flexible && !skip_tagged(frame, &position, error_out))
            return false;
    }
    *out = header;
    *position_out = position;
    return true;
}

static void *decode_body(const struct wire_schema *schema, const struct wire_input *input,
                         size_t *position_inout, struct wire_memory *memory, struct wire_error *error)
{
    void *body = wire_memory_take(memory, schema->bytes);
    if (!body) {
        fail(error, *position_inout, schema->name, "out of memory");
        return NULL;
    }
    return wire_decode(schema, input, position_inout, memory, body, error) ? body : NULL;
}

void *wire_request_decode(struct wire_bytes frame, const struct wire_request_header *header,
                          struct wire_memory *memory, struct wire_error *error_out)
{
    struct wire_request_header again;
    size_t position;
    if (!header->api || !wire_request_header_read(frame, &again, &position, error_out))
        return NULL;
    struct wire_input input = {.data = frame.data,
                               .bytes = (size_t)frame.bytes,
                               .version = header->api_version,
                               .is_flexible = header->is_flexible};
    return decode_body(header->api->request, &input, &position, memory, error_out);
}

/* The client asks for ApiVersions before it knows what the broker can, so its response's header is never
 * flexible, and a broker that lacks the version answers in version 0 (KIP-511). */
static bool is_api_versions_fallback(struct wire_bytes frame, const struct wire_request_header *header)
{
    return header->api_key == API_VERSIONS_KEY && frame.bytes >= CORRELATION_ID_BYTES + 2 &&
           wire_int16(frame.data + CORRELATION_ID_BYTES) == ERROR_UNSUPPORTED_VERSION;
}

void *wire_response_decode(struct wire_bytes frame, const struct wire_request_header *header,
                           struct wire_memory *memory, struct wire_error *error_out)
{
    if (!header->api)
        return NULL;
    if (frame.bytes < CORRELATION_ID_BYTES) {
        fail(error_out, 0, "header", "a frame shorter than a response header");
        return NULL;
    }
    if (wire_int32(frame.data) != header->correlation_id) {
        fail(error_out, 0, "header.correlation_id", "not the correlation id of the request");
        return NULL;
    }
    size_t position = CORRELATION_ID_BYTES;
    struct wire_input input = {.data = frame.data,
                               .bytes = (size_t)frame.bytes,
                               .version = header->api_version,
                               .is_flexible = header->is_flexible,
                               .allows_null = true};
    if (is_api_versions_fallback(frame, header)) {
        input.version = 0;
        input.is_flexible = false;
    }
    if (input.is_flexible && header->api_key != API_VERSIONS_KEY && !skip_tagged(frame, &position, error_out))
        return NULL;
    return decode_body(header->api->response, &input, &position, memory, error_out);
}

static void append_int(struct wire_output *output, int64_t value, size_t bytes)
{
    uint64_t swapped = __builtin_bswap64((uint64_t)value);
    wire_output_append(output, (uint8_t *)&swapped + 8 - bytes, bytes);
}

static void append_no_tags(struct wire_output *output)
{
    wire_output_append(output, "", 1);
}

/* Writes the length in front, once it is known. */
static void close_frame(struct wire_output *output, size_t start)
{
    size_t bytes = output->bytes - start - 4;
    if (output->is_failed || bytes > WIRE_FRAME_BYTES_MAX) {
        output->is_failed = true;
        return;
    }
    uint32_t length = __builtin_bswap32((uint32_t)bytes);
    memcpy(output->data + start, &length, sizeof(length));
}

void wire_request_encode(const struct wire_request_header *header, const void *body,
                         struct wire_output *output)
{
    size_t start = output->bytes;
    append_int(output, 0, 4);
    append_int(output, header->api_key, 2);
    append_int(output, header->api_version, 2);
    append_int(output, header->correlation_id, 4);
    append_int(output, header->client_id.bytes, 2);
    if (header->client_id.bytes > 0)
        wire_output_append(output, header->client_id.text, (size_t)header->client_id.bytes);
    if (header->is_flexible)
        append_no_tags(output);
    wire_encode(header->api->request, header->api_version, header->is_flexible, body, output);
    close_frame(output, start);
}

void wire_response_encode(const struct wire_request_header *header, const void *body,
                          struct wire_output *output)
{
    size_t start = output->bytes;
    append_int(output, 0, 4);
    append_int(output, header->correlation_id, 4);
    if (header->is_flexible && header->api_key != API_VERSIONS_KEY)
        append_no_tags(output);
    wire_encode(header->api->response, header->api_version, header->is_flexible, body, output);
    close_frame(output, start);
}
