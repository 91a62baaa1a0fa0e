/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_text: a recursive descent over the text, a wire schema in hand. See frame_text.h.
 */
#include "tests/conformance/kafka/frame_text.h"
#include "sim/kafka/wire/records.h"
#include "sim/kafka/wire/schema.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 64, UUID_BYTES = 16, UNSET = -1000, CRC_AT = 17 };

/* A record batch as the texts describe it. record_count, last_offset_delta, attributes: written over what is right. */
struct frame_batch {
    WIRE_ARRAY(struct wire_string) values;
    WIRE_ARRAY(struct wire_string) keys; /* fewer than values: the rest is null */
    int64_t base_offset, timestamp, producer_id;
    int32_t base_sequence, record_count, last_offset_delta, attributes, cut;
    int16_t producer_epoch;
    int8_t magic;
    bool bad_crc, is_transactional, is_control;
};

#define S frame_batch
static const struct wire_field frame_batch_fields[] = {
    ARRAY(values, STRING, 0, EVER, 0, 0, UNTAGGED),
    ARRAY(keys, STRING, 0, EVER, 0, 0, UNTAGGED),
    FIELD(base_offset, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(timestamp, INT64, 0, EVER, NEVER, 1000, UNTAGGED),
    FIELD(producer_id, INT64, 0, EVER, NEVER, -1, UNTAGGED),
    FIELD(base_sequence, INT32, 0, EVER, NEVER, -1, UNTAGGED),
    FIELD(record_count, INT32, 0, EVER, NEVER, UNSET, UNTAGGED),
    FIELD(last_offset_delta, INT32, 0, EVER, NEVER, UNSET, UNTAGGED),
    FIELD(attributes, INT32, 0, EVER, NEVER, UNSET, UNTAGGED),
    FIELD(cut, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_epoch, INT16, 0, EVER, NEVER, -1, UNTAGGED),
    FIELD(magic, INT8, 0, EVER, NEVER, 2, UNTAGGED),
    FIELD(bad_crc, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(is_transactional, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(is_control, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(frame_batch);
#undef S

struct reader {
    const char *at;
    const struct frame_names *names;
    struct wire_memory *memory;
    char *error; /* FRAME_ERROR_BYTES */
};

const char *frame_names_get(const struct frame_names *names, const char *name)
{
    for (size_t i = 0; i < names->variable_count; i++)
        if (strcmp(names->variable[i].name, name) == 0)
            return names->variable[i].value;
    return NULL;
}

void frame_names_set(struct frame_names *names, const char *name, const char *value)
{
    size_t i = 0;
    while (i < names->variable_count && strcmp(names->variable[i].name, name) != 0)
        i++;
    assert(i < FRAME_VARIABLES_MAX);
    if (i == names->variable_count)
        names->variable_count++;
    snprintf(names->variable[i].name, sizeof(names->variable[i].name), "%s", name);
    snprintf(names->variable[i].value, sizeof(names->variable[i].value), "%s", value);
}

size_t frame_item_bytes(const struct wire_field *field)
{
    static const size_t scalar[] = {1, 1, 2, 4, 8, 16};
    if (field->type == WIRE_STRUCT)
        return field->schema->bytes;
    if (field->type == WIRE_OPTIONAL_STRUCT)
        return sizeof(void *);
    return field->type <= WIRE_UUID ? scalar[field->type] : sizeof(struct wire_bytes);
}

static bool fail(struct reader *reader, const char *what)
{
    snprintf(reader->error, FRAME_ERROR_BYTES, "%s at \"%.40s\"", what, reader->at);
    return false;
}

static void skip_space(struct reader *reader)
{
    reader->at += strspn(reader->at, " \n\t");
}

static bool take(struct reader *reader, char wanted)
{
    skip_space(reader);
    if (*reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

/* A word, quoted or not, as it stands in the text. */
static bool read_word(struct reader *reader, char out[FRAME_WORD_BYTES], bool *is_quoted_out)
{
    skip_space(reader);
    *is_quoted_out = *reader->at == '\'';
    size_t bytes;
    if (*is_quoted_out) {
        reader->at++;
        bytes = strcspn(reader->at, "'");
    } else {
        bytes = strcspn(reader->at, " \n\t,{}[]");
        if (bytes > 0 && reader->at[bytes - 1] == ':')
            bytes--;
    }
    if (bytes >= FRAME_WORD_BYTES || (bytes == 0 && !*is_quoted_out))
        return fail(reader, "a word is expected");
    memcpy(out, reader->at, bytes);
    out[bytes] = '\0';
    reader->at += bytes + *is_quoted_out;
    return true;
}

static size_t from_hex(const char *text, uint8_t *out, size_t max)
{
    size_t bytes = 0;
    unsigned value;
    while (bytes < max && sscanf(text + 2 * bytes, "%2x", &value) == 1)
        out[bytes++] = (uint8_t)value;
    return bytes;
}

/* A word as bytes: a name with the prefix, a variable, hex, or itself. */
static bool expand(struct reader *reader, const char *word, struct wire_bytes *out)
{
    char buffer[FRAME_WORD_BYTES + 80];
    uint8_t binary[FRAME_WORD_BYTES];
    const void *data = buffer;
    size_t bytes;
    if (*word == '~') {
        bytes = (size_t)snprintf(buffer, sizeof(buffer), "%s.%s", reader->names->prefix, word + 1);
    } else if (*word == '$') {
        const char *value = frame_names_get(reader->names, word + 1);
        if (!value)
            return fail(reader, "a variable without a value");
        bytes = (size_t)snprintf(buffer, sizeof(buffer), "%s", value);
    } else if (strncmp(word, "hex:", 4) == 0) {
        bytes = from_hex(word + 4, binary, sizeof(binary));
        data = binary;
    } else {
        bytes = (size_t)snprintf(buffer, sizeof(buffer), "%s", word);
    }
    uint8_t *copy = wire_memory_take(reader->memory, bytes + 1);
    if (!copy)
        return fail(reader, "out of memory");
    memcpy(copy, data, bytes);
    *out = (struct wire_bytes){.data = copy, .bytes = (int32_t)bytes};
    return true;
}

static bool read_struct(struct reader *reader, const struct wire_schema *schema, void *out);

/* One message of an old message set for each value. */
static void append_messages(const struct frame_batch *in, struct wire_batch *batch,
                            struct wire_output *output)
{
    for (int32_t i = 0; i < in->values.count; i++) {
        struct wire_record record = {.offset = in->base_offset + i, .timestamp_ms = in->timestamp};
        struct wire_string none = {.bytes = -1}, key = i < in->keys.count ? in->keys.items[i] : none;
        record.key = (struct wire_bytes){(const uint8_t *)key.text, key.bytes};
        record.value =
            (struct wire_bytes){(const uint8_t *)in->values.items[i].text, in->values.items[i].bytes};
        if (in->magic == 2)
            wire_record_append(batch, &record, output);
        else
            wire_message_append(batch, &record, output);
    }
}

static void encode_batch(const struct frame_batch *in, struct wire_output *output)
{
    struct wire_output payload = {0};
    struct wire_batch batch = {.base_offset = in->base_offset,
                               .base_timestamp_ms = in->timestamp,
                               .max_timestamp_ms = in->timestamp,
                               .producer_id = in->producer_id,
                               .producer_epoch = in->producer_epoch,
                               .base_sequence = in->base_sequence,
                               .leader_epoch = -1,
                               .magic = in->magic,
                               .is_transactional = in->is_transactional,
                               .is_control = in->is_control,
                               .record_count =
                                   in->record_count == UNSET ? in->values.count : in->record_count};
    batch.last_offset_delta = in->last_offset_delta == UNSET ? in->values.count - 1 : in->last_offset_delta;
    if (in->magic < 2) {
        append_messages(in, &batch, output);
        if (in->bad_crc)
            output->data[12] ^= 1;
        return;
    }
    append_messages(in, &batch, &payload);
    batch.payload = (struct wire_bytes){payload.data, (int32_t)payload.bytes};
    batch.magic = 2;
    wire_batch_append(&batch, output);
    free(payload.data);
    if (in->attributes != UNSET) {
        output->data[21] = (uint8_t)(in->attributes >> 8);
        output->data[22] = (uint8_t)in->attributes;
        wire_batch_crc_write(output->data, output->bytes);
    }
    if (in->bad_crc)
        output->data[CRC_AT] ^= 1;
}

static bool read_records(struct reader *reader, struct wire_bytes *out)
{
    struct frame_batch batch;
    struct wire_output output = {0};
    wire_init(&frame_batch_schema, &batch);
    if (!read_struct(reader, &frame_batch_schema, &batch))
        return false;
    encode_batch(&batch, &output);
    size_t bytes = output.bytes - (size_t)batch.cut;
    uint8_t *copy = wire_memory_take(reader->memory, bytes + 1);
    if (copy && bytes > 0)
        memcpy(copy, output.data, bytes);
    free(output.data);
    *out = (struct wire_bytes){.data = copy, .bytes = (int32_t)bytes};
    return copy ? true : fail(reader, "out of memory");
}

static bool set_scalar(struct reader *reader, const struct wire_field *field, const char *word, void *out)
{
    char *end;
    const char *text = *word == '$' ? frame_names_get(reader->names, word + 1) : word;
    if (!text)
        return fail(reader, "a variable without a value");
    if (field->type == WIRE_UUID) {
        memset(out, 0, UUID_BYTES);
        from_hex(text, out, UUID_BYTES);
        return true;
    }
    int64_t value = strcmp(text, "true") == 0 ? 1 : strcmp(text, "false") == 0 ? 0 : strtoll(text, &end, 10);
    memcpy(out, &value, frame_item_bytes(field)); /* little-endian */
    return true;
}

static bool read_one(struct reader *reader, const struct wire_field *field, void *out)
{
    char word[FRAME_WORD_BYTES];
    bool is_quoted;
    struct wire_bytes bytes;
    skip_space(reader);
    if (field->type == WIRE_STRUCT)
        return read_struct(reader, field->schema, out);
    if (field->type == WIRE_RECORDS && *reader->at == '{')
        return read_records(reader, out);
    if (!read_word(reader, word, &is_quoted))
        return false;
    bool is_null = !is_quoted && strcmp(word, "null") == 0;
    switch (field->type) {
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_RECORDS:
        if (is_null)
            bytes = (struct wire_bytes){.data = NULL, .bytes = -1};
        else if (!expand(reader, word, &bytes))
            return false;
        memcpy(out, &bytes, sizeof(bytes));
        return true;
    case WIRE_OPTIONAL_STRUCT:
        memset(out, 0, sizeof(void *));
        return is_null || fail(reader, "only null is possible here");
    case WIRE_STRUCT:
        return false;
    case WIRE_BOOL:
    case WIRE_INT8:
    case WIRE_INT16:
    case WIRE_INT32:
    case WIRE_INT64:
    case WIRE_UUID:
        return set_scalar(reader, field, word, out);
    }
    return false;
}

static bool read_array(struct reader *reader, const struct wire_field *field, struct wire_array *out)
{
    char word[FRAME_WORD_BYTES];
    bool is_quoted;
    size_t bytes = frame_item_bytes(field);
    *out = (struct wire_array){.items = NULL, .count = 0};
    if (!take(reader, '[')) {
        out->count = -1;
        return read_word(reader, word, &is_quoted) &&
               (strcmp(word, "null") == 0 || fail(reader, "[ is expected"));
    }
    uint8_t *items = wire_memory_take(reader->memory, ITEMS_MAX * bytes);
    if (!items)
        return fail(reader, "out of memory");
    out->items = items;
    while (!take(reader, ']')) {
        if (out->count == ITEMS_MAX || !read_one(reader, field, items + (size_t)out->count * bytes))
            return out->count < ITEMS_MAX ? false : fail(reader, "too many items");
        out->count++;
        take(reader, ',');
    }
    return true;
}

static const struct wire_field *member_of(const struct wire_schema *schema, const char *name)
{
    for (uint16_t i = 0; i < schema->field_count; i++)
        if (strcmp(schema->fields[i].name, name) == 0)
            return &schema->fields[i];
    return NULL;
}

static bool read_struct(struct reader *reader, const struct wire_schema *schema, void *out)
{
    char word[FRAME_WORD_BYTES];
    bool is_quoted;
    wire_init(schema, out);
    if (!take(reader, '{'))
        return fail(reader, "{ is expected");
    while (!take(reader, '}')) {
        if (!read_word(reader, word, &is_quoted))
            return false;
        const struct wire_field *field = member_of(schema, word);
        if (!field || !take(reader, ':'))
            return fail(reader, field ? ": is expected" : "no such member, before");
        uint8_t *at = (uint8_t *)out + field->offset;
        if (!(field->is_array ? read_array(reader, field, (struct wire_array *)at)
                              : read_one(reader, field, at)))
            return false;
        take(reader, ',');
    }
    return true;
}

struct damage {
    long cut, poke_at;
    size_t append_bytes, poke_bytes;
    uint8_t append[FRAME_POKE_BYTES_MAX], poke[FRAME_POKE_BYTES_MAX];
};

static bool read_modifiers(struct reader *reader, struct frame_request *request, struct damage *damage)
{
    char word[FRAME_WORD_BYTES], value[FRAME_WORD_BYTES];
    bool is_quoted;
    for (skip_space(reader); *reader->at == '!'; skip_space(reader)) {
        if (!read_word(reader, word, &is_quoted))
            return false;
        if (strcmp(word, "!send") == 0) {
            request->is_sent_only = true;
        } else if (strcmp(word, "!receive") == 0) {
            request->is_receive_only = true;
        } else if (strcmp(word, "!mine") == 0) {
            request->is_mine_only = true;
        } else if (strcmp(word, "!sorted") == 0) {
            request->is_sorted = true;
        } else if (strcmp(word, "!silent") == 0) {
            request->is_silent = true;
        } else if (!read_word(reader, value, &is_quoted)) {
            return false;
        } else if (strcmp(word, "!cut") == 0) {
            damage->cut = atol(value);
        } else if (strcmp(word, "!until") == 0) {
            snprintf(request->until, sizeof(request->until), "%.31s", value);
        } else if (strcmp(word, "!append") == 0) {
            damage->append_bytes = from_hex(value, damage->append, sizeof(damage->append));
        } else if (strcmp(word, "!poke") == 0) {
            damage->poke_at = atol(value);
            if (!read_word(reader, value, &is_quoted))
                return false;
            damage->poke_bytes = from_hex(value, damage->poke, sizeof(damage->poke));
        } else {
            return fail(reader, "no such modifier, before");
        }
    }
    return true;
}

/* Cuts and appends, makes the length in front right, then pokes. */
static void inflict(const struct damage *damage, struct wire_output *output)
{
    output->bytes -= (size_t)damage->cut;
    wire_output_append(output, damage->append, damage->append_bytes);
    uint32_t length = __builtin_bswap32((uint32_t)output->bytes - 4);
    memcpy(output->data, &length, sizeof(length));
    memcpy(output->data + damage->poke_at, damage->poke, damage->poke_bytes);
}

static const struct wire_api *api_of(const char *name)
{
    const struct wire_api *api;
    for (size_t i = 0; (api = wire_api_at(i)); i++)
        if (strcmp(api->name, name) == 0)
            return api;
    return NULL;
}

bool frame_text_read(const char *text, const struct frame_names *names, struct wire_memory *memory,
                     struct frame_request *request_inout, struct wire_output *output,
                     char error_out[FRAME_ERROR_BYTES])
{
    struct reader reader = {.at = text, .names = names, .memory = memory, .error = error_out};
    struct wire_request_header *header = &request_inout->header;
    struct damage damage = {0};
    char word[FRAME_WORD_BYTES];
    bool is_quoted;
    if (!read_modifiers(&reader, request_inout, &damage))
        return false;
    if (request_inout->is_receive_only)
        return true;
    if (!read_word(&reader, word, &is_quoted))
        return false;
    header->api = api_of(word);
    if (!header->api || !read_word(&reader, word, &is_quoted))
        return fail(&reader, "an API and a version are expected");
    header->api_key = header->api->key;
    header->api_version = (int16_t)atoi(word);
    header->is_flexible = header->api_version >= header->api->flexible;
    void *body = wire_memory_take(memory, header->api->request->bytes);
    if (!body || !read_struct(&reader, header->api->request, body))
        return false;
    wire_request_encode(header, body, output);
    if (output->is_failed)
        return fail(&reader, "cannot be encoded");
    inflict(&damage, output);
    return true;
}
