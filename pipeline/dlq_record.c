/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_record: see dlq_record.h. */
#include "pipeline/dlq_record.h"

#include "pipeline/clock.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"
#include "pipeline/task.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)DLQ_REASON_BYTES == (int)TASK_REASON_BYTES, "reasons are passed through");

/* ---- ids ---- */

/* A decimal of [from, end), without sign or leading zero. */
static bool read_number(const char *from, const char *end, int64_t maximum, int64_t *out)
{
    size_t length = (size_t)(end - from);
    if (length == 0 || length > 19 || strspn(from, "0123456789") < length || (length > 1 && *from == '0'))
        return false;
    errno = 0;
    long long value = strtoll(from, NULL, 10);
    if (errno || value > maximum)
        return false;
    *out = value;
    return true;
}

bool dlq_id_parse(const char *text, struct dlq_id *id_out)
{
    const char *first = strchr(text, '/');
    const char *second = first ? strchr(first + 1, '/') : NULL;
    int64_t partition, offset;
    if (!second || first == text || (size_t)(first - text) >= TOPICS_NAME_BYTES ||
        !read_number(first + 1, second, INT32_MAX, &partition) ||
        !read_number(second + 1, second + 1 + strlen(second + 1), INT64_MAX - 1, &offset))
        return false;
    struct dlq_id id = {.partition = (int32_t)partition, .offset = offset};
    memcpy(id.topic, text, (size_t)(first - text));
    *id_out = id;
    return true;
}

const char *dlq_id_format(const struct dlq_id *id, char text[DLQ_ID_BYTES])
{
    snprintf(text, DLQ_ID_BYTES, "%s/%d/%lld", id->topic, id->partition, (long long)id->offset);
    return text;
}

bool dlq_id_equals(const struct dlq_id *a, const struct dlq_id *b)
{
    return a->offset == b->offset && a->partition == b->partition && strcmp(a->topic, b->topic) == 0;
}

/* ---- parsing ---- */

const char *dlq_record_header(const struct dlq_record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (strcmp(record->headers[i].name, name) == 0)
            return record->headers[i].value;
    }
    return NULL;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static const char *string_of(const json_t *object, const char *name)
{
    return or_empty(json_string_value(json_object_get(object, name)));
}

static void take_malformed(struct dlq_record *record, const char *error)
{
    record->category = DLQ_MALFORMED;
    record->error = error;
    record->source = or_empty(dlq_record_header(record, "source_topic"));
}

static void take_dead_letter(struct dlq_record *record)
{
    record->trace_id = string_of(record->json, "trace_id");
    record->attachment_url = string_of(record->json, "attachment_url");
    record->category = string_of(record->json, "error_category");
    record->error = string_of(record->json, "final_error");
    record->retry_count = json_integer_value(json_object_get(record->json, "retry_count"));
    record->task = json_object_get(record->json, "original_task");
    record->source = string_of(json_object_get(record->task, "metadata"), "source_system");
    const char *failed_at = string_of(record->json, "failed_at");
    int64_t failed_ns;
    if (clock_parse(failed_at, &failed_ns))
        record->failed_ns = failed_ns;
}

/* Would the download stage take its task? */
static void check_task(struct dlq_record *record)
{
    struct task task;
    char reason[TASK_REASON_BYTES] = "";
    if (!json_is_object(record->task)) {
        snprintf(record->why_not, DLQ_REASON_BYTES, "original_task is not an object");
        return;
    }
    char *text = dlq_record_task(record);
    if (task_parse(&task, text, strlen(text), reason))
        task_deinit(&task);
    else
        snprintf(record->why_not, DLQ_REASON_BYTES, "its task is malformed: %.120s", reason);
    free(text);
}

void dlq_record_parse(struct dlq_record *record)
{
    char reason[FIELD_REASON_BYTES] = "";
    record->trace_id = record->attachment_url = record->source = "";
    if (record->timestamp_ms < 0 || record->timestamp_ms > INT64_MAX / CLOCK_NS_PER_MS)
        record->timestamp_ms = 0;
    record->failed_ns = record->timestamp_ms * CLOCK_NS_PER_MS;
    if (dlq_record_header(record, "source_topic")) {
        take_malformed(record, or_empty(dlq_record_header(record, "error")));
        snprintf(record->why_not, DLQ_REASON_BYTES, "a record of %.100s that did not parse is no task",
                 record->source);
        return;
    }
    record->json = field_object(record->value, record->value_bytes, reason);
    if (!record->json) {
        take_malformed(record, "not a dead letter");
        snprintf(record->why_not, DLQ_REASON_BYTES, "%.150s", reason);
        return;
    }
    take_dead_letter(record);
    check_task(record);
}

void dlq_record_deinit(struct dlq_record *record)
{
    for (size_t i = 0; i < record->header_count; i++) {
        free(record->headers[i].name);
        free(record->headers[i].value);
    }
    free(record->key);
    free(record->value);
    json_decref(record->json);
    *record = (struct dlq_record){0};
}

/* ---- what is made of it ---- */

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, memory_check(value)))
        memory_exhausted();
}

char *dlq_record_task(const struct dlq_record *record)
{
    json_t *task = memory_check(json_deep_copy(record->task));
    set(task, "retry_count", json_integer(0));
    json_t *metadata = json_object_get(task, "metadata");
    if (json_is_object(metadata)) {
        json_object_del(metadata, "retry_at");
        set(metadata, "replayed_from_dlq", json_true());
    }
    char *text = field_dump(task);
    json_decref(task);
    return text;
}

/* Bytes as a string where they are UTF-8 without NUL, else as NAME_base64. */
static void set_bytes(json_t *object, const char *name, const char *data, size_t bytes)
{
    if (!data) {
        set(object, name, json_null());
        return;
    }
    /* A NUL within a string is more than most readers of JSON take. */
    json_t *string = memchr(data, '\0', bytes) ? NULL : json_stringn(data, bytes);
    if (string) {
        set(object, name, string);
        return;
    }
    char coded_name[64];
    snprintf(coded_name, sizeof coded_name, "%.40s_base64", name);
    char *coded = memory_new((bytes + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)data, (int)bytes);
    set(object, coded_name, json_string(coded));
    free(coded);
}

static json_t *headers_json(const struct dlq_record *record)
{
    json_t *headers = memory_check(json_array());
    for (size_t i = 0; i < record->header_count; i++) {
        const struct dlq_header *header = &record->headers[i];
        json_t *object = memory_check(json_object());
        set_bytes(object, "name", header->name, strlen(header->name));
        set_bytes(object, "value", header->value, header->value_bytes);
        if (json_array_append_new(headers, object))
            memory_exhausted();
    }
    return headers;
}

char *dlq_record_json(const struct dlq_record *record, const char *state, bool with_bytes)
{
    char id[DLQ_ID_BYTES], failed_at[CLOCK_TEXT_BYTES];
    json_t *json = memory_check(json_object());
    set(json, "id", json_string(dlq_id_format(&record->id, id)));
    set(json, "failed_at", json_string(clock_format(record->failed_ns, failed_at)));
    const struct {
        const char *name, *value;
    } rows[] = {{"category", record->category},
                {"trace_id", record->trace_id},
                {"attachment_url", record->attachment_url},
                {"error", record->error},
                {"source", record->source},
                {"state", state}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        set_bytes(json, rows[i].name, rows[i].value, strlen(rows[i].value));
    set(json, "retry_count", json_integer(record->retry_count));
    set(json, "replayable", json_boolean(!*record->why_not));
    if (*record->why_not)
        set_bytes(json, "why_not", record->why_not, strlen(record->why_not));
    if (with_bytes) {
        set(json, "timestamp_ms", json_integer(record->timestamp_ms));
        set_bytes(json, "key", record->key, record->key_bytes);
        set(json, "headers", headers_json(record));
        set_bytes(json, "value", record->value, record->value_bytes);
    }
    char *text = field_dump(json);
    json_decref(json);
    return text;
}
