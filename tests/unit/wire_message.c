/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_message: see wire_message.h.
 */
#include "tests/unit/wire_message.h"

#include <string.h>

static uint64_t random_state;

void wire_message_seed(uint64_t seed)
{
    random_state = seed;
}

uint32_t wire_message_draw(uint32_t below)
{
    random_state += 0x9e3779b97f4a7c15u;
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 32) % below;
}

static void fill_one(const struct wire_message *message, const struct wire_field *field,
                     struct wire_memory *memory, void *at)
{
    uint64_t value = (uint64_t)wire_message_draw(UINT32_MAX) << 32;
    value |= wire_message_draw(UINT32_MAX);
    struct wire_bytes *span = at;
    void *optional;
    struct wire_message inner = *message;
    inner.schema = field->schema;
    switch (field->type) {
    case WIRE_BOOL:
        *(bool *)at = value & 1;
        break;
    case WIRE_INT8:
    case WIRE_INT16:
    case WIRE_INT32:
    case WIRE_INT64:
        memcpy(at, &value, (size_t)1 << (field->type - WIRE_INT8));
        break;
    case WIRE_UUID:
        memcpy(at, &value, sizeof(value));
        memcpy((uint8_t *)at + 8, &value, sizeof(value));
        break;
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_RECORDS:
        *span = (struct wire_bytes){.data = (const uint8_t *)"",
                                    .bytes = (int32_t)wire_message_draw((uint32_t)message->string_bytes_max)};
        if (message->version >= field->nullable && !field->is_array && wire_message_draw(4) == 0) {
            *span = (struct wire_bytes){.data = NULL, .bytes = -1};
        } else {
            uint8_t *data = wire_memory_take(memory, (size_t)span->bytes);
            memset(data, 'a' + (int)wire_message_draw(26), (size_t)span->bytes);
            span->data = data;
        }
        break;
    case WIRE_STRUCT:
        wire_message_fill(&inner, memory, at);
        break;
    case WIRE_OPTIONAL_STRUCT:
        optional = wire_message_draw(4) ? wire_memory_take(memory, field->schema->bytes) : NULL;
        if (optional)
            wire_message_fill(&inner, memory, optional);
        *(void **)at = optional;
        break;
    }
}

static size_t item_bytes(const struct wire_field *field)
{
    static const size_t scalar[] = {1, 1, 2, 4, 8, 16};
    if (field->type == WIRE_STRUCT)
        return field->schema->bytes;
    return field->type <= WIRE_UUID ? scalar[field->type] : sizeof(struct wire_bytes);
}

void wire_message_fill(const struct wire_message *message, struct wire_memory *memory, void *out)
{
    wire_init(message->schema, out);
    for (uint16_t i = 0; i < message->schema->field_count; i++) {
        const struct wire_field *field = &message->schema->fields[i];
        void *at = (uint8_t *)out + field->offset;
        if (message->version < field->first || message->version > field->last)
            continue;
        if (!field->is_array) {
            fill_one(message, field, memory, at);
            continue;
        }
        struct wire_array array = {.items = NULL, .count = (int32_t)wire_message_draw(4)};
        if (message->version >= field->nullable && wire_message_draw(4) == 0)
            array.count = -1;
        if (array.count > 0)
            array.items = wire_memory_take(memory, (size_t)array.count * item_bytes(field));
        for (int32_t n = 0; n < array.count; n++)
            fill_one(message, field, memory, (uint8_t *)array.items + (size_t)n * item_bytes(field));
        *(struct wire_array *)at = array;
    }
}
