/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_decode: the one decoder. It walks a schema over the input and writes a C struct.
 *
 * No length is believed before it is compared with what is left: a string must fit, an array of n elements
 * needs at least n times its element's least size. So memory taken is a constant factor of the input's
 * length.
 */
#include "sim/kafka/wire/wire.h"

#include <stdio.h>
#include <string.h>

/* Where in the struct tree the decoder stands; lives on the C stack, is only read when something is wrong. */
struct place {
    const struct place *outer;
    const char *name;
    int32_t index; /* -1 = no array element */
};

struct cursor {
    const uint8_t *data;
    size_t position, limit;
    int16_t version;
    bool is_flexible, allows_null;
    struct wire_memory *memory;
    struct wire_error *error;
};

static void write_path(const struct place *place, char *out, size_t *used)
{
    if (!place)
        return;
    write_path(place->outer, out, used);
    size_t room = WIRE_PATH_MAX - *used;
    int wrote = place->index < 0
                    ? snprintf(out + *used, room, "%s%s", *used ? "." : "", place->name)
                    : snprintf(out + *used, room, "%s%s[%d]", *used ? "." : "", place->name, place->index);
    if (wrote > 0)
        *used += (size_t)wrote < room ? (size_t)wrote : room - 1;
}

static bool fail(struct cursor *cursor, const struct place *place, const char *message)
{
    size_t used = 0;
    cursor->error->position = cursor->position;
    cursor->error->message = message;
    cursor->error->path[0] = '\0';
    write_path(place, cursor->error->path, &used);
    return false;
}

static size_t left(const struct cursor *cursor)
{
    return cursor->limit - cursor->position;
}

static const uint8_t *take(struct cursor *cursor, size_t bytes)
{
    if (left(cursor) < bytes)
        return NULL;
    const uint8_t *at = cursor->data + cursor->position;
    cursor->position += bytes;
    return at;
}

/* Unsigned LEB128 of at most 32 bits, as KIP-482 has it. */
static bool take_uvarint(struct cursor *cursor, const struct place *place, uint32_t *out)
{
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        const uint8_t *at = take(cursor, 1);
        if (!at)
            return fail(cursor, place, "the input ends within a varint");
        if (shift == 28 && *at > 0x0f)
            return fail(cursor, place, "a varint of more than 32 bits");
        value |= (uint32_t)(*at & 0x7f) << shift;
        if (!(*at & 0x80)) {
            *out = value;
            return true;
        }
    }
    return fail(cursor, place, "a varint of more than 32 bits");
}

/* A length in front of a string, bytes or array; -1 = null. prefix_bytes: its width where not compact. */
static bool take_length(struct cursor *cursor, const struct place *place, size_t prefix_bytes, int32_t *out)
{
    if (cursor->is_flexible) {
        uint32_t value;
        if (!take_uvarint(cursor, place, &value))
            return false;
        if (value > INT32_MAX)
            return fail(cursor, place, "a length of more than 31 bits");
        *out = (int32_t)value - 1;
        return true;
    }
    const uint8_t *at = take(cursor, prefix_bytes);
    if (!at)
        return fail(cursor, place, "the input ends within a length");
    *out = prefix_bytes == 2 ? wire_int16(at) : wire_int32(at);
    if (*out < 0) /* Kafka takes any of them for null */
        *out = -1;
    return true;
}

static size_t scalar_bytes(enum wire_type type)
{
    switch (type) {
    case WIRE_BOOL:
    case WIRE_INT8:
        return 1;
    case WIRE_INT16:
        return 2;
    case WIRE_INT32:
        return 4;
    case WIRE_INT64:
        return 8;
    case WIRE_UUID:
        return 16;
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_RECORDS:
    case WIRE_STRUCT:
    case WIRE_OPTIONAL_STRUCT:
        break;
    }
    return 0;
}

size_t wire_value_bytes(const struct wire_field *field)
{
    size_t bytes = scalar_bytes(field->type);
    if (bytes)
        return bytes;
    if (field->type == WIRE_STRUCT)
        return field->schema->bytes;
    return field->type == WIRE_OPTIONAL_STRUCT ? sizeof(void *) : sizeof(struct wire_bytes);
}

static bool decode_struct(struct cursor *cursor, const struct place *place, const struct wire_schema *schema,
                          void *out);

static bool decode_span(struct cursor *cursor, const struct place *place, const struct wire_field *field,
                        void *out)
{
    int32_t bytes;
    size_t prefix_bytes = field->type == WIRE_STRING ? 2 : 4;
    if (!take_length(cursor, place, prefix_bytes, &bytes))
        return false;
    if (bytes < 0) {
        if ((cursor->version < field->nullable || field->is_array) && !cursor->allows_null)
            return fail(cursor, place, "null where this version has no null");
        *(struct wire_bytes *)out = (struct wire_bytes){.data = NULL, .bytes = -1};
        return true;
    }
    if (field->type == WIRE_STRING && bytes > INT16_MAX)
        return fail(cursor, place, "a string of more than 32767 bytes");
    const uint8_t *at = take(cursor, (size_t)bytes);
    if (!at)
        return fail(cursor, place, "a length beyond the end of the input");
    *(struct wire_bytes *)out = (struct wire_bytes){.data = at, .bytes = bytes};
    return true;
}

static bool decode_scalar(struct cursor *cursor, const struct place *place, enum wire_type type, void *out)
{
    size_t bytes = scalar_bytes(type);
    const uint8_t *at = take(cursor, bytes);
    if (!at)
        return fail(cursor, place, "the input ends within a number");
    int16_t value16;
    int32_t value32;
    int64_t value64;
    switch (type) {
    case WIRE_BOOL:
        *(bool *)out = *at != 0;
        return true;
    case WIRE_INT16:
        value16 = wire_int16(at);
        memcpy(out, &value16, sizeof(value16));
        return true;
    case WIRE_INT32:
        value32 = wire_int32(at);
        memcpy(out, &value32, sizeof(value32));
        return true;
    case WIRE_INT64:
        value64 = wire_int64(at);
        memcpy(out, &value64, sizeof(value64));
        return true;
    case WIRE_INT8:
    case WIRE_UUID:
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_RECORDS:
    case WIRE_STRUCT:
    case WIRE_OPTIONAL_STRUCT:
        break;
    }
    memcpy(out, at, bytes);
    return true;
}

/* A byte says whether there is one (KIP-893): below 0 there is none. */
static bool decode_optional(struct cursor *cursor, const struct place *place, const struct wire_field *field,
                            void *out)
{
    void *inner = NULL;
    const uint8_t *present = take(cursor, 1);
    if (!present)
        return fail(cursor, place, "the input ends before a struct");
    if ((int8_t)*present >= 0) {
        inner = wire_memory_take(cursor->memory, field->schema->bytes);
        if (!inner)
            return fail(cursor, place, "out of memory");
        if (!decode_struct(cursor, place, field->schema, inner))
            return false;
    }
    memcpy(out, &inner, sizeof(inner));
    return true;
}

static bool decode_one(struct cursor *cursor, const struct place *place, const struct wire_field *field,
                       void *out)
{
    if (field->type == WIRE_STRUCT)
        return decode_struct(cursor, place, field->schema, out);
    if (field->type == WIRE_OPTIONAL_STRUCT)
        return decode_optional(cursor, place, field, out);
    if (scalar_bytes(field->type) == 0)
        return decode_span(cursor, place, field, out);
    return decode_scalar(cursor, place, field->type, out);
}

static bool decode_array(struct cursor *cursor, const struct place *place, const struct wire_field *field,
                         struct wire_array *out)
{
    int32_t count;
    if (!take_length(cursor, place, 4, &count))
        return false;
    if (count < 0 && cursor->version < field->nullable && !cursor->allows_null)
        return fail(cursor, place, "null where this version has no null");
    *out = (struct wire_array){.items = NULL, .count = count};
    if (count <= 0)
        return true;

    size_t least_bytes = scalar_bytes(field->type), item_bytes = wire_value_bytes(field);
    if ((size_t)count > left(cursor) / (least_bytes ? least_bytes : 1))
        return fail(cursor, place, "more elements than the input has bytes for");
    out->items = wire_memory_take(cursor->memory, (size_t)count * item_bytes);
    if (!out->items)
        return fail(cursor, place, "out of memory");
    struct place inner = {.outer = place->outer, .name = place->name};
    for (int32_t i = 0; i < count; i++) {
        inner.index = i;
        if (!decode_one(cursor, &inner, field, (uint8_t *)out->items + (size_t)i * item_bytes))
            return false;
    }
    return true;
}

static bool decode_field(struct cursor *cursor, const struct place *outer, const struct wire_field *field,
                         void *out)
{
    struct place place = {.outer = outer, .name = field->name, .index = -1};
    void *at = (uint8_t *)out + field->offset;
    return field->is_array ? decode_array(cursor, &place, field, at) : decode_one(cursor, &place, field, at);
}

static bool has_field(const struct cursor *cursor, const struct wire_field *field)
{
    return cursor->version >= field->first && cursor->version <= field->last;
}

/* One tagged field, whose value is size bytes long whatever it is. */
static bool decode_tagged(struct cursor *cursor, const struct place *place, const struct wire_schema *schema,
                          void *out)
{
    uint32_t tag, bytes;
    if (!take_uvarint(cursor, place, &tag) || !take_uvarint(cursor, place, &bytes))
        return false;
    if (bytes > left(cursor))
        return fail(cursor, place, "a tagged field beyond the end of the input");
    size_t end = cursor->position + bytes;
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        if (field->tag == WIRE_UNTAGGED || (uint32_t)field->tag != tag || !has_field(cursor, field))
            continue;
        size_t limit = cursor->limit;
        cursor->limit = end;
        bool is_good = decode_field(cursor, place, field, out);
        if (is_good && cursor->position != end)
            is_good = fail(cursor, place, "a tagged field that is longer than its value");
        cursor->limit = limit;
        return is_good;
    }
    cursor->position = end;
    return true;
}

static bool decode_struct(struct cursor *cursor, const struct place *place, const struct wire_schema *schema,
                          void *out)
{
    wire_init(schema, out);
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        if (field->tag == WIRE_UNTAGGED && has_field(cursor, field) &&
            !decode_field(cursor, place, field, out))
            return false;
    }
    if (!cursor->is_flexible)
        return true;
    uint32_t tagged_count;
    if (!take_uvarint(cursor, place, &tagged_count))
        return false;
    while (tagged_count-- > 0)
        if (!decode_tagged(cursor, place, schema, out))
            return false;
    return true;
}

bool wire_decode(const struct wire_schema *schema, const struct wire_input *input, size_t *position_inout,
                 struct wire_memory *memory, void *out, struct wire_error *error_out)
{
    struct cursor cursor = {
        .data = input->data,
        .position = *position_inout,
        .limit = input->bytes,
        .version = input->version,
        .is_flexible = input->is_flexible,
        .allows_null = input->allows_null,
        .memory = memory,
        .error = error_out,
    };
    if (cursor.position > cursor.limit)
        return fail(&cursor, NULL, "the input ends before it begins");
    if (!decode_struct(&cursor, NULL, schema, out))
        return false;
    *position_inout = cursor.position;
    return true;
}
