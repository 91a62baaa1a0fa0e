/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_encode: the one encoder. It walks a schema over a C struct and appends bytes.
 *
 * A tagged field is written only if it differs from what its absence means, as Kafka does.
 */
#include "sim/kafka/wire/wire.h"

#include <stdlib.h>
#include <string.h>

struct target {
    struct wire_output *output;
    int16_t version;
    bool is_flexible;
};

void wire_output_append(struct wire_output *output, const void *data, size_t bytes)
{
    if (output->is_failed || bytes == 0)
        return;
    if (output->capacity - output->bytes < bytes) {
        size_t want = (output->capacity + bytes) * 2;
        uint8_t *grown = realloc(output->data, want);
        if (!grown) {
            output->is_failed = true;
            return;
        }
        output->data = grown;
        output->capacity = want;
    }
    memcpy(output->data + output->bytes, data, bytes);
    output->bytes += bytes;
}

static void append_big_endian(struct wire_output *output, uint64_t value, size_t bytes)
{
    value = __builtin_bswap64(value);
    wire_output_append(output, (uint8_t *)&value + 8 - bytes, bytes);
}

static size_t write_uvarint(uint8_t out[5], uint32_t value)
{
    size_t used = 0;
    for (; value >= 0x80; value >>= 7)
        out[used++] = (uint8_t)(value | 0x80);
    out[used++] = (uint8_t)value;
    return used;
}

static void append_uvarint(struct wire_output *output, uint32_t value)
{
    uint8_t bytes[5];
    wire_output_append(output, bytes, write_uvarint(bytes, value));
}

static void append_length(const struct target *target, int32_t length, size_t prefix_bytes)
{
    if (length < -1 || (prefix_bytes == 2 && length > INT16_MAX && !target->is_flexible))
        target->output->is_failed = true;
    else if (target->is_flexible)
        append_uvarint(target->output, (uint32_t)(length + 1));
    else
        append_big_endian(target->output, (uint64_t)(int64_t)length, prefix_bytes);
}

static void encode_struct(const struct target *target, const struct wire_schema *schema, const void *in);

static size_t encode_one(const struct target *target, const struct wire_field *field, const void *in)
{
    struct wire_output *output = target->output;
    const struct wire_bytes *span = in;
    const void *inner;
    switch (field->type) {
    case WIRE_BOOL:
    case WIRE_INT8:
        wire_output_append(output, in, 1);
        return 1;
    case WIRE_INT16:
        append_big_endian(output, *(const uint16_t *)in, 2);
        return 2;
    case WIRE_INT32:
        append_big_endian(output, *(const uint32_t *)in, 4);
        return 4;
    case WIRE_INT64:
        append_big_endian(output, *(const uint64_t *)in, 8);
        return 8;
    case WIRE_UUID:
        wire_output_append(output, in, 16);
        return 16;
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_RECORDS:
        if (span->bytes < 0 && (target->version < field->nullable || field->is_array))
            output->is_failed = true;
        append_length(target, span->bytes, field->type == WIRE_STRING ? 2 : 4);
        if (span->bytes > 0)
            wire_output_append(output, span->data, (size_t)span->bytes);
        return sizeof(*span);
    case WIRE_STRUCT:
        encode_struct(target, field->schema, in);
        return field->schema->bytes;
    case WIRE_OPTIONAL_STRUCT:
        memcpy(&inner, in, sizeof(inner));
        wire_output_append(output, inner ? "\1" : "\xff", 1);
        if (inner)
            encode_struct(target, field->schema, inner);
        return sizeof(inner);
    }
    return 0;
}

static void encode_field(const struct target *target, const struct wire_field *field, const void *in)
{
    const void *at = (const uint8_t *)in + field->offset;
    if (!field->is_array) {
        encode_one(target, field, at);
        return;
    }
    const struct wire_array *array = at;
    if (array->count < 0 && target->version < field->nullable)
        target->output->is_failed = true;
    append_length(target, array->count, 4);
    const uint8_t *item = array->items;
    for (int32_t i = 0; i < array->count && !target->output->is_failed; i++)
        item += encode_one(target, field, item);
}

/* Does the value differ from what a struct without this field decodes to? */
static bool differs_from_absent(const struct wire_field *field, const void *in);

static bool struct_differs(const struct wire_schema *schema, const void *in)
{
    for (uint16_t i = 0; i < schema->field_count; i++)
        if (differs_from_absent(&schema->fields[i], in))
            return true;
    return false;
}

static bool differs_from_absent(const struct wire_field *field, const void *in)
{
    const void *at = (const uint8_t *)in + field->offset;
    static const struct wire_uuid zero;
    if (field->is_array)
        return ((const struct wire_array *)at)->count != (int32_t)field->absent;
    switch (field->type) {
    case WIRE_BOOL:
        return *(const bool *)at != (field->absent != 0);
    case WIRE_INT8:
        return *(const int8_t *)at != field->absent;
    case WIRE_INT16:
        return *(const int16_t *)at != field->absent;
    case WIRE_INT32:
        return *(const int32_t *)at != field->absent;
    case WIRE_INT64:
        return *(const int64_t *)at != field->absent;
    case WIRE_UUID:
        return memcmp(at, &zero, sizeof(zero)) != 0;
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_RECORDS:
        return ((const struct wire_bytes *)at)->bytes != (int32_t)field->absent;
    case WIRE_STRUCT:
        return struct_differs(field->schema, at);
    case WIRE_OPTIONAL_STRUCT:
        return *(void *const *)at != NULL;
    }
    return false;
}

static bool has_field(const struct target *target, const struct wire_field *field)
{
    return target->version >= field->first && target->version <= field->last;
}

static bool is_written_tagged(const struct target *target, const struct wire_field *field, const void *in)
{
    return field->tag != WIRE_UNTAGGED && has_field(target, field) && differs_from_absent(field, in);
}

static void encode_tagged(const struct target *target, const struct wire_field *field, const void *in)
{
    struct wire_output value = {0};
    encode_field(&(struct target){&value, target->version, true}, field, in);
    append_uvarint(target->output, (uint32_t)field->tag);
    append_uvarint(target->output, (uint32_t)value.bytes);
    wire_output_append(target->output, value.data, value.bytes);
    target->output->is_failed |= value.is_failed;
    free(value.data);
}

static void encode_struct(const struct target *target, const struct wire_schema *schema, const void *in)
{
    uint32_t tagged_count = 0;
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        if (field->tag == WIRE_UNTAGGED && has_field(target, field))
            encode_field(target, field, in);
        tagged_count += is_written_tagged(target, field, in);
    }
    if (!target->is_flexible)
        return;
    append_uvarint(target->output, tagged_count);
    /* In ascending order of their tags, which the protocol asks for; there are at most a handful. */
    for (int16_t tag = 0; tagged_count > 0; tag++) {
        for (uint16_t i = 0; i < schema->field_count; i++) {
            const struct wire_field *field = &schema->fields[i];
            if (field->tag == tag && is_written_tagged(target, field, in)) {
                encode_tagged(target, field, in);
                tagged_count--;
            }
        }
    }
}

void wire_encode(const struct wire_schema *schema, int16_t version, bool is_flexible, const void *in,
                 struct wire_output *output)
{
    encode_struct(&(struct target){output, version, is_flexible}, schema, in);
}

static void init_field(const struct wire_field *field, void *out)
{
    void *at = (uint8_t *)out + field->offset;
    if (field->is_array) {
        *(struct wire_array *)at = (struct wire_array){.items = NULL, .count = (int32_t)field->absent};
        return;
    }
    switch (field->type) {
    case WIRE_BOOL:
        *(bool *)at = field->absent != 0;
        break;
    case WIRE_INT8:
        *(int8_t *)at = (int8_t)field->absent;
        break;
    case WIRE_INT16:
        *(int16_t *)at = (int16_t)field->absent;
        break;
    case WIRE_INT32:
        *(int32_t *)at = (int32_t)field->absent;
        break;
    case WIRE_INT64:
        *(int64_t *)at = field->absent;
        break;
    case WIRE_UUID:
        *(struct wire_uuid *)at = (struct wire_uuid){{0}};
        break;
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_RECORDS:
        *(struct wire_bytes *)at = (struct wire_bytes){.data = field->absent < 0 ? NULL : (const uint8_t *)"",
                                                       .bytes = (int32_t)field->absent};
        break;
    case WIRE_STRUCT:
        wire_init(field->schema, at);
        break;
    case WIRE_OPTIONAL_STRUCT:
        *(void **)at = NULL;
        break;
    }
}

void wire_init(const struct wire_schema *schema, void *out)
{
    for (uint16_t i = 0; i < schema->field_count; i++)
        init_field(&schema->fields[i], out);
}
