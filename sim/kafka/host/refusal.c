/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kafka/host/refusal.h"

#include <stddef.h>
#include <string.h>

enum {
    PRODUCE = 0,
    FETCH,
    LIST_OFFSETS,
    OFFSET_COMMIT = 8,
    OFFSET_FETCH,
    FIND_COORDINATOR,
    JOIN_GROUP,
    HEARTBEAT,
    LEAVE_GROUP,
    SYNC_GROUP,
    INIT_PRODUCER_ID = 22,
    ADD_PARTITIONS_TO_TXN = 24,
    ADD_OFFSETS_TO_TXN,
    END_TXN,
    TXN_OFFSET_COMMIT = 28
};

static const int16_t possible[] = {PRODUCE,
                                   FETCH,
                                   LIST_OFFSETS,
                                   OFFSET_COMMIT,
                                   OFFSET_FETCH,
                                   FIND_COORDINATOR,
                                   JOIN_GROUP,
                                   HEARTBEAT,
                                   LEAVE_GROUP,
                                   SYNC_GROUP,
                                   INIT_PRODUCER_ID,
                                   ADD_PARTITIONS_TO_TXN,
                                   ADD_OFFSETS_TO_TXN,
                                   END_TXN,
                                   TXN_OFFSET_COMMIT};

bool refusal_is_possible(int16_t api_key)
{
    for (size_t i = 0; i < sizeof possible / sizeof possible[0]; i++)
        if (possible[i] == api_key)
            return true;
    return false;
}

/* What is called otherwise in the response than in the request. */
static const struct {
    const char *response, *request;
} pairs[] = {
    {"responses", "topic_data"},
    {"responses", "topics"},
    {"partition_responses", "partition_data"},
    {"results_by_topic_v3_and_below", "v3_and_below_topics"},
    {"results_by_topic_v3_and_below", "topics"},
    {"results_by_transaction", "transactions"},
    {"topic_results", "topics"},
    {"results_by_partition", "partitions"},
    {"partitions", "partition_indexes"},
    {"partition_index", "index"},
    {"partition_index", "partition"},
    {"coordinators", "coordinator_keys"},
};

struct maker {
    struct wire_memory *memory;
    int16_t error;
    bool is_failed;
};

static bool mirrors(const char *response, const char *request)
{
    if (strcmp(response, request) == 0)
        return true;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (strcmp(pairs[i].response, response) == 0 && strcmp(pairs[i].request, request) == 0)
            return true;
    return false;
}

static const struct wire_field *find(const struct wire_schema *schema, const struct wire_field *like)
{
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        bool is_like = field->is_array ? like->is_array : field->type == like->type && !like->is_array;
        if (is_like && mirrors(like->name, field->name))
            return field;
    }
    return NULL;
}

static bool is_error(const struct wire_field *field)
{
    size_t bytes = strlen(field->name), suffix = strlen("error_code");
    return field->type == WIRE_INT16 && !field->is_array && bytes >= suffix &&
           strcmp(field->name + bytes - suffix, "error_code") == 0;
}

/* An element of the response for a bare value of the request: what it names has the same type. */
static void name_value(const struct maker *maker, const struct wire_schema *schema, void *out, const void *in,
                       const struct wire_field *bare)
{
    wire_init(schema, out);
    bool is_named = false;
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        uint8_t *at = (uint8_t *)out + field->offset;
        if (is_error(field))
            memcpy(at, &maker->error, sizeof maker->error);
        else if (!is_named && field->type == bare->type && !field->is_array) {
            memcpy(at, in, wire_value_bytes(bare));
            is_named = true;
        }
    }
}

static void mirror(struct maker *maker, const struct wire_schema *schema, void *out,
                   const struct wire_schema *request, const void *in);

static void mirror_array(struct maker *maker, const struct wire_field *field, struct wire_array *out,
                         const struct wire_field *from, const struct wire_array *in)
{
    if (field->type != WIRE_STRUCT || in->count <= 0)
        return;
    uint8_t *items = wire_memory_take(maker->memory, (size_t)in->count * field->schema->bytes);
    if (!items) {
        maker->is_failed = true;
        return;
    }
    for (int32_t i = 0; i < in->count; i++) {
        void *to = items + (size_t)i * field->schema->bytes;
        const void *item = (const uint8_t *)in->items + (size_t)i * wire_value_bytes(from);
        if (from->type == WIRE_STRUCT)
            mirror(maker, field->schema, to, from->schema, item);
        else
            name_value(maker, field->schema, to, item, from);
    }
    *out = (struct wire_array){.items = items, .count = in->count};
}

static void mirror(struct maker *maker, const struct wire_schema *schema, void *out,
                   const struct wire_schema *request, const void *in)
{
    wire_init(schema, out);
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        uint8_t *at = (uint8_t *)out + field->offset;
        if (is_error(field)) {
            memcpy(at, &maker->error, sizeof maker->error);
            continue;
        }
        if (field->type == WIRE_INT64 && strcmp(field->name, "base_offset") == 0) {
            memcpy(at, &(int64_t){-1}, sizeof(int64_t));
            continue;
        }
        const struct wire_field *from = find(request, field);
        const uint8_t *value = from ? (const uint8_t *)in + from->offset : NULL;
        if (from && field->is_array)
            mirror_array(maker, field, (void *)at, from, (const void *)value);
        else if (from && field->type != WIRE_STRUCT && field->type != WIRE_OPTIONAL_STRUCT)
            memcpy(at, value, wire_value_bytes(field));
    }
}

void *refusal_make(const struct wire_request_header *header, const void *body, int16_t error,
                   struct wire_memory *memory)
{
    struct maker maker = {.memory = memory, .error = error};
    void *response = wire_memory_take(memory, header->api->response->bytes);
    if (response)
        mirror(&maker, header->api->response, response, header->api->request, body);
    return maker.is_failed ? NULL : response;
}
