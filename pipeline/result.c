/* SPDX-License-Identifier: Apache-2.0 */
/* result: see result.h. */
#include "pipeline/result.h"

#include "pipeline/clock.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)RESULT_REASON_BYTES == (int)FIELD_REASON_BYTES, "reasons are passed through");

static const char *const status_names[] = {"success", "failed_transient", "failed_permanent"};

const char *result_status_name(enum result_status status)
{
    return status_names[status];
}

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, memory_check(value)))
        memory_exhausted();
}

static json_t *any_text(const char *text)
{
    json_t *string = json_string(text);
    return string ? string : json_string("(not UTF-8)");
}

char *result_encode(const struct result *result)
{
    json_t *json = memory_check(json_object());
    set(json, "trace_id", json_string(result->trace_id));
    set(json, "attachment_url", json_string(result->attachment_url));
    set(json, "status", json_string(result_status_name(result->status)));
    if (result->status == RESULT_SUCCESS) {
        set(json, "destination_path", json_string(result->destination_path));
        set(json, "bytes_downloaded", json_integer(result->bytes_downloaded));
        set(json, "sha256", json_string(result->sha256));
    } else {
        set(json, "error_message", any_text(result->failure->text));
        set(json, "error_category", json_string(failure_category_name(result->failure->category)));
    }
    set(json, "processing_time_ms", json_integer(result->processing_time_ms));
    set(json, "completed_at", json_string(result->completed_at));
    char *dump = field_dump(json);
    json_decref(json);
    return dump;
}

static bool is_sha256(const char *text)
{
    return strlen(text) == DIGEST_HEX_BYTES - 1 && strspn(text, "0123456789abcdef") == DIGEST_HEX_BYTES - 1;
}

/* Copies a field that is there, under another name. */
static void copy(json_t *row, const char *name, const json_t *json, const char *from)
{
    json_t *value = json_object_get(json, from);
    if (value && json_object_set(row, name, value))
        memory_exhausted();
}

static bool check_success(const json_t *json, char *reason)
{
    const char *sha256 = field_string(json, "sha256", reason);
    if (!sha256 || !field_string(json, "destination_path", reason))
        return false;
    const json_t *bytes = json_object_get(json, "bytes_downloaded");
    if (!json_is_integer(bytes) || json_integer_value(bytes) < 0) {
        snprintf(reason, RESULT_REASON_BYTES, "bytes_downloaded is not a count");
        return false;
    }
    if (!is_sha256(sha256)) {
        snprintf(reason, RESULT_REASON_BYTES, "sha256 is not 64 hex digits");
        return false;
    }
    return true;
}

static bool check(const json_t *json, char *reason)
{
    if (!field_string(json, "trace_id", reason) || !field_string(json, "attachment_url", reason))
        return false;
    const char *status = field_string(json, "status", reason);
    const char *completed_at = status ? field_string(json, "completed_at", reason) : NULL;
    if (!completed_at)
        return false;
    if (!clock_is_utc(completed_at)) {
        snprintf(reason, RESULT_REASON_BYTES, "completed_at is not an ISO-8601 time in UTC");
        return false;
    }
    if (!json_is_integer(json_object_get(json, "processing_time_ms"))) {
        snprintf(reason, RESULT_REASON_BYTES, "processing_time_ms is not a whole number");
        return false;
    }
    if (strcmp(status, status_names[RESULT_SUCCESS]) == 0)
        return check_success(json, reason);
    if (strcmp(status, status_names[RESULT_FAILED_TRANSIENT]) == 0 ||
        strcmp(status, status_names[RESULT_FAILED_PERMANENT]) == 0)
        return true;
    snprintf(reason, RESULT_REASON_BYTES, "status is unknown");
    return false;
}

static void fill_row(json_t *row, const json_t *json)
{
    copy(row, "trace_id", json, "trace_id");
    copy(row, "attachment_url", json, "attachment_url");
    copy(row, "blob_path", json, "destination_path");
    copy(row, "bytes_downloaded", json, "bytes_downloaded");
    copy(row, "sha256", json, "sha256");
    copy(row, "status", json, "status");
    copy(row, "downloaded_at", json, "completed_at");
    copy(row, "processing_time_ms", json, "processing_time_ms");
    copy(row, "error_category", json, "error_category");
}

char *result_row(const void *data, size_t bytes, int32_t partition, int64_t offset,
                 char reason[RESULT_REASON_BYTES])
{
    reason[0] = '\0';
    json_t *json = field_object(data, bytes, reason);
    json_t *row = memory_check(json_object());
    if (json && check(json, reason)) {
        fill_row(row, json);
    } else {
        set(row, "status", json_string("rejected"));
        set(row, "error", any_text(reason));
    }
    set(row, "source_partition", json_integer(partition));
    set(row, "source_offset", json_integer(offset));
    char *dump = field_dump(row);
    json_decref(row);
    json_decref(json);
    return dump;
}
