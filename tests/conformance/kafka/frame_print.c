/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_print: a walk over a struct by its schema. See frame_print.h.
 */
#include "tests/conformance/kafka/frame_print.h"
#include "sim/kafka/wire/records.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES = 8192, PATH_BYTES = 200, UUID_BYTES = 16, SORT_MAX = 512, API_VERSIONS_KEY = 18 };

struct walk {
    const struct frame_request *request;
    struct frame_names *names; /* NULL: unmasked */
    const char *wanted;        /* a path to find; NULL: print */
    char *found;
    size_t found_bytes;
    int16_t version;
    bool is_found;
};

static void put(struct wire_output *output, const char *text)
{
    wire_output_append(output, text, strlen(text));
}

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

/* "~" for the prefix; what cannot be printed as hex. */
static void describe_bytes(const struct walk *walk, struct wire_bytes bytes, char out[VALUE_BYTES])
{
    size_t used = 0, prefix_bytes = walk->names ? strlen(walk->names->prefix) : 0;
    bool is_text = true;
    if (bytes.bytes < 0) {
        snprintf(out, VALUE_BYTES, "null");
        return;
    }
    for (int32_t i = 0; i < bytes.bytes; i++)
        is_text = is_text && isprint(bytes.data[i]);
    for (int32_t i = 0; i < bytes.bytes && used < VALUE_BYTES - 8;) {
        if (!is_text) {
            used += (size_t)snprintf(out + used, 3, "%02x", bytes.data[i++]);
        } else if (prefix_bytes > 0 && (size_t)(bytes.bytes - i) > prefix_bytes &&
                   memcmp(bytes.data + i, walk->names->prefix, prefix_bytes) == 0 &&
                   bytes.data[i + (int32_t)prefix_bytes] == '.') {
            out[used++] = '~';
            i += (int32_t)prefix_bytes + 1;
        } else {
            out[used++] = (char)bytes.data[i++];
        }
    }
    out[used] = '\0';
}

static void mask_member(struct frame_names *names, char value[VALUE_BYTES])
{
    size_t i = 0;
    if (*value == '\0' || strcmp(value, "null") == 0)
        return;
    while (i < names->member_count && strcmp(names->member[i], value) != 0)
        i++;
    assert(i < FRAME_MEMBERS_MAX);
    if (i == names->member_count)
        snprintf(names->member[names->member_count++], sizeof(names->member[0]), "%.127s", value);
    snprintf(value, VALUE_BYTES, "member#%zu", i);
}

static void mask_string(const struct walk *walk, const char *name, char value[VALUE_BYTES])
{
    static const char *const members[] = {"member_id", "leader", NULL};
    static const char *const ids[] = {"cluster_id", NULL};
    static const char *const hosts[] = {"host", "client_host", NULL};
    static const char *const texts[] = {"error_message", "batch_index_error_message", NULL};
    bool is_null = strcmp(value, "null") == 0;
    if (is_one_of(name, members))
        mask_member(walk->names, value);
    else if (is_one_of(name, ids) && !is_null)
        snprintf(value, VALUE_BYTES, "ID");
    else if (is_one_of(name, hosts) && *value)
        snprintf(value, VALUE_BYTES, "HOST");
    else if (is_one_of(name, texts) && !is_null && *value)
        snprintf(value, VALUE_BYTES, "TEXT");
}

/* Numbers that are ids or clocks, where they are not 0 or -1 for "none". */
static bool is_masked_number(const char *name, int64_t value)
{
    static const char *const names[] = {
        "session_id", "port", "last_timestamp", "log_append_time_ms", "transaction_start_time_ms", NULL};
    return (value > 0 && is_one_of(name, names)) || (value >= 0 && strcmp(name, "producer_id") == 0);
}

/* Its key is a version and a type, its value begins with a version and the coordinator's epoch. */
static void describe_marker(const struct wire_record *record, char out[VALUE_BYTES])
{
    enum { MARKER_KEY_BYTES = 4, MARKER_VALUE_BYTES = 6 };
    bool is_abort = record->key.bytes >= MARKER_KEY_BYTES && record->key.data[3] == 0;
    bool is_commit = record->key.bytes >= MARKER_KEY_BYTES && record->key.data[3] == 1;
    bool has_epoch = record->value.bytes >= MARKER_VALUE_BYTES;
    snprintf(out, VALUE_BYTES, "%s%s", is_abort ? "ABORT" : (is_commit ? "COMMIT" : "CONTROL"),
             has_epoch ? "" : " short");
}

static void describe_records(const struct walk *walk, struct wire_bytes data, char out[VALUE_BYTES])
{
    size_t position = 0, used = 0;
    struct wire_batch batch;
    struct wire_error error;
    char value[VALUE_BYTES];
    enum wire_next next;
    snprintf(out, VALUE_BYTES, data.bytes < 0 ? "null" : "");
    while (data.bytes >= 0 && (next = wire_batch_next(data, &position, &batch, &error)) == WIRE_NEXT) {
        struct wire_record_reader reader;
        struct wire_record record;
        used += (size_t)snprintf(out + used, VALUE_BYTES - used,
                                 "%smagic %d at %" PRId64 " epoch %d sequence %d%s:", used ? " " : "",
                                 batch.magic, batch.base_offset, batch.leader_epoch, batch.base_sequence,
                                 batch.is_transactional ? " transactional" : "");
        if (batch.codec != WIRE_CODEC_NONE ||
            !wire_record_reader_init(&reader, &batch, batch.payload, &error))
            continue;
        while (wire_record_next(&reader, &record, &error) == WIRE_NEXT && used < VALUE_BYTES / 2) {
            if (batch.is_control)
                describe_marker(&record, value);
            else
                describe_bytes(walk, record.value, value);
            used +=
                (size_t)snprintf(out + used, VALUE_BYTES - used, " %" PRId64 "=%.100s", record.offset, value);
        }
    }
}

static int64_t number_at(const struct wire_field *field, const void *at)
{
    switch (frame_item_bytes(field)) {
    case 1:
        return *(const int8_t *)at;
    case 2:
        return *(const int16_t *)at;
    case 4:
        return *(const int32_t *)at;
    default:
        return *(const int64_t *)at;
    }
}

static void describe(const struct walk *walk, const struct wire_field *field, const void *at,
                     char out[VALUE_BYTES])
{
    static const uint8_t zero[UUID_BYTES];
    if (field->type == WIRE_STRING || field->type == WIRE_BYTES) {
        describe_bytes(walk, *(const struct wire_bytes *)at, out);
        if (walk->names && field->type == WIRE_STRING)
            mask_string(walk, field->name, out);
    } else if (field->type == WIRE_RECORDS) {
        describe_records(walk, *(const struct wire_bytes *)at, out);
    } else if (field->type == WIRE_UUID && walk->names) {
        snprintf(out, VALUE_BYTES, memcmp(at, zero, UUID_BYTES) ? "ID" : "0");
    } else if (field->type == WIRE_UUID) {
        for (size_t i = 0; i < UUID_BYTES; i++)
            snprintf(out + 2 * i, 3, "%02x", ((const uint8_t *)at)[i]);
    } else if (field->type == WIRE_OPTIONAL_STRUCT) {
        snprintf(out, VALUE_BYTES, *(void *const *)at ? "given" : "null");
    } else {
        int64_t number = number_at(field, at);
        snprintf(out, VALUE_BYTES, "%" PRId64, number);
        if (walk->names && is_masked_number(field->name, number))
            snprintf(out, VALUE_BYTES, "ID");
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t text_bytes = strlen(text), end_bytes = strlen(end);
    return text_bytes >= end_bytes && strcmp(text + text_bytes - end_bytes, end) == 0;
}

static void walk_struct(struct walk *walk, const struct wire_schema *schema, const void *in, const char *path,
                        struct wire_output *output);

static void walk_one(struct walk *walk, const struct wire_field *field, const void *at, const char *path,
                     struct wire_output *output)
{
    char *value;
    if (field->type == WIRE_STRUCT) {
        walk_struct(walk, field->schema, at, path, output);
        return;
    }
    value = malloc(VALUE_BYTES);
    if (!value)
        abort();
    describe(walk, field, at, value);
    if (walk->wanted) {
        if (!walk->is_found && ends_with(path, walk->wanted)) {
            snprintf(walk->found, walk->found_bytes, "%s", value);
            walk->is_found = true;
        }
    } else {
        put(output, path);
        put(output, "=");
        put(output, value);
        put(output, "\n");
    }
    free(value);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Prints each element apart, leaves out those of others, sorts if asked to. */
static void walk_array(struct walk *walk, const struct wire_field *field, const struct wire_array *array,
                       const char *path, struct wire_output *output)
{
    char inner[PATH_BYTES], *texts[SORT_MAX];
    size_t count = 0;
    bool is_filtered =
        !walk->wanted && walk->request->is_mine_only && field->type == WIRE_STRUCT && !strchr(path, '[');
    if (array->count <= 0 && !walk->wanted) {
        put(output, path);
        put(output, array->count < 0 ? "=null\n" : "=[]\n");
    }
    for (int32_t i = 0; i < array->count && count < SORT_MAX; i++) {
        struct wire_output one = {0};
        bool has_index = !walk->request->is_sorted && !is_filtered;
        snprintf(inner, sizeof(inner), has_index ? "%s[%d]" : "%s[]", path, i);
        walk_one(walk, field, (const uint8_t *)array->items + (size_t)i * frame_item_bytes(field), inner,
                 &one);
        wire_output_append(&one, "", 1);
        if (is_filtered && !strchr((char *)one.data, '~'))
            free(one.data);
        else
            texts[count++] = (char *)one.data;
    }
    if (walk->request->is_sorted || is_filtered)
        qsort(texts, count, sizeof(texts[0]), compare_texts);
    for (size_t i = 0; i < count; i++) {
        put(output, texts[i]);
        free(texts[i]);
    }
}

/* Which APIs a broker has, and in which versions, in a line: of those that the cases are about. */
static bool is_api_version(const struct wire_schema *schema, const void *in, struct wire_output *output)
{
    static const int16_t others[] = {4, 5, 6, 7, 35, 75};
    int16_t number[3];
    char text[80];
    if (strcmp(schema->name, "wire_api_versions_response_api_version") != 0)
        return false;
    for (size_t i = 0; i < 3; i++)
        memcpy(&number[i], (const uint8_t *)in + schema->fields[i].offset, sizeof(number[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i] == number[0])
            return true;
    const struct wire_api *api = wire_api_of(number[0]);
    snprintf(text, sizeof(text), "%s %d-%d\n", api ? api->name : "", number[1], number[2]);
    if (api)
        put(output, text);
    return true;
}

static void walk_struct(struct walk *walk, const struct wire_schema *schema, const void *in, const char *path,
                        struct wire_output *output)
{
    static const char *const skipped[] = {"supported_features", "finalized_features",
                                          "finalized_features_epoch", "zk_migration_ready", NULL};
    char inner[PATH_BYTES];
    if (is_api_version(schema, in, output))
        return;
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        const void *at = (const uint8_t *)in + field->offset;
        if (walk->version < field->first || walk->version > field->last || is_one_of(field->name, skipped))
            continue;
        snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", field->name);
        if (field->is_array)
            walk_array(walk, field, at, inner, output);
        else
            walk_one(walk, field, at, inner, output);
    }
}

/* A broker that lacks the version of ApiVersions answers in version 0. */
static int16_t version_of(const struct frame_request *request, const void *body)
{
    int16_t error;
    memcpy(&error, body, sizeof(error));
    return request->header.api_key == API_VERSIONS_KEY && error == 35 ? 0 : request->header.api_version;
}

void frame_print(const struct frame_request *request, const void *body, struct frame_names *names,
                 struct wire_output *output)
{
    struct walk walk = {.request = request, .names = names, .version = version_of(request, body)};
    walk_struct(&walk, request->header.api->response, body, "", output);
}

bool frame_print_find(const struct frame_request *request, const void *body, const char *path, char *out,
                      size_t out_bytes)
{
    struct walk walk = {.request = request,
                        .wanted = path,
                        .found = out,
                        .found_bytes = out_bytes,
                        .version = version_of(request, body)};
    struct wire_output unused = {0};
    walk_struct(&walk, request->header.api->response, body, "", &unused);
    free(unused.data);
    return walk.is_found;
}
