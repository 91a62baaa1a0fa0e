/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_frame: what is decoded from a frame is encoded to a frame from which the same is decoded. Also the fuzzer's
 * way in, for frames and for records (wire_records).
 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { API_VERSIONS_KEY = 18, ERROR_UNSUPPORTED_VERSION = 35 };

static void check_same(const struct wire_schema *schema, const void *one, const void *other);

static void check_same_one(const struct wire_field *field, const void *one, const void *other)
{
    const struct wire_bytes *span = one, *other_span = other;
    const void *const *inner = one, *const *other_inner = other;
    switch (field->type) {
    case WIRE_BOOL:
    case WIRE_INT8:
    case WIRE_INT16:
    case WIRE_INT32:
    case WIRE_INT64:
    case WIRE_UUID:
        assert(memcmp(one, other, wire_value_bytes(field)) == 0);
        break;
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_RECORDS:
        assert(span->bytes == other_span->bytes);
        assert(span->bytes <= 0 || memcmp(span->data, other_span->data, (size_t)span->bytes) == 0);
        break;
    case WIRE_STRUCT:
        check_same(field->schema, one, other);
        break;
    case WIRE_OPTIONAL_STRUCT:
        assert(!*inner == !*other_inner);
        if (*inner)
            check_same(field->schema, *inner, *other_inner);
        break;
    }
}

static void check_same(const struct wire_schema *schema, const void *one, const void *other)
{
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        const uint8_t *at = (const uint8_t *)one + field->offset,
                      *there = (const uint8_t *)other + field->offset;
        if (!field->is_array) {
            check_same_one(field, at, there);
            continue;
        }
        const struct wire_array *array = (const void *)at, *other_array = (const void *)there;
        assert(array->count == other_array->count);
        for (int32_t n = 0; n < array->count; n++)
            check_same_one(field, (const uint8_t *)array->items + (size_t)n * wire_value_bytes(field),
                           (const uint8_t *)other_array->items + (size_t)n * wire_value_bytes(field));
    }
}

static struct wire_bytes without_length(const struct wire_output *output)
{
    assert((size_t)wire_int32(output->data) == output->bytes - 4);
    return (struct wire_bytes){.data = output->data + 4, .bytes = (int32_t)output->bytes - 4};
}

/* Kept from input to input, as a broker keeps them. */
static struct wire_memory memory;

void fuzz_request(struct wire_bytes frame)
{
    struct wire_request_header header, header_again;
    struct wire_output output = {0};
    struct wire_error error;
    size_t position;
    if (!wire_request_header_read(frame, &header, &position, &error) || !header.api)
        return;
    const void *body = wire_request_decode(frame, &header, &memory, &error);
    if (!body)
        return;
    wire_request_encode(&header, body, &output);
    assert(!output.is_failed);
    struct wire_bytes again = without_length(&output);
    bool is_read = wire_request_header_read(again, &header_again, &position, &error);
    assert(is_read && header_again.api == header.api && header_again.api_version == header.api_version);
    assert(header_again.correlation_id == header.correlation_id);
    const void *body_again = wire_request_decode(again, &header_again, &memory, &error);
    assert(body_again);
    check_same(header.api->request, body, body_again);
    free(output.data);
}

void fuzz_response(const uint8_t *flags, struct wire_bytes frame)
{
    size_t count = 0;
    while (wire_api_at(count))
        count++;
    const struct wire_api *api = wire_api_at(flags[0] % count);
    struct wire_request_header header = {
        .api_key = api->key,
        .api_version = (int16_t)(api->first + flags[1] % (api->last - api->first + 1)),
        .correlation_id = frame.bytes >= 4 ? wire_int32(frame.data) : 0,
        .api = api,
    };
    header.is_flexible = header.api_version >= api->flexible;
    struct wire_output output = {0};
    struct wire_error error;
    const void *body = wire_response_decode(frame, &header, &memory, &error);
    if (!body)
        return;
    if (api->key == API_VERSIONS_KEY && frame.bytes >= 6 &&
        wire_int16(frame.data + 4) == ERROR_UNSUPPORTED_VERSION) {
        header.api_version = 0;
        header.is_flexible = false;
    }
    wire_response_encode(&header, body, &output);
    /* Nulls are read where none should be, but not written. */
    if (!output.is_failed) {
        const void *body_again = wire_response_decode(without_length(&output), &header, &memory, &error);
        assert(body_again);
        check_same(api->response, body, body_again);
    }
    free(output.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes < FUZZ_HEAD_BYTES || bytes > INT32_MAX)
        return 0;
    struct wire_bytes rest = {.data = data + FUZZ_HEAD_BYTES, .bytes = (int32_t)(bytes - FUZZ_HEAD_BYTES)};
    switch ((enum fuzz_kind)(data[0] % FUZZ_KINDS)) {
    case FUZZ_REQUEST:
        fuzz_request(rest);
        break;
    case FUZZ_RESPONSE:
        fuzz_response(data + 1, rest);
        break;
    case FUZZ_BATCHES:
        fuzz_batches(data + 1, rest);
        break;
    case FUZZ_SETS:
        fuzz_sets(data + 1, rest);
        break;
    case FUZZ_KINDS:
        break;
    }
    wire_memory_reset(&memory);
    return 0;
}
