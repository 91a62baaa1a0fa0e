/* SPDX-License-Identifier: Apache-2.0 */
/* task: see task.h. */
#include "pipeline/task.h"

#include "pipeline/blob_path.h"
#include "pipeline/clock.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"

#include <stdio.h>
#include <stdlib.h>

_Static_assert((int)TASK_REASON_BYTES == (int)FIELD_REASON_BYTES, "reasons are passed through");

static bool read_fields(struct task *task, char *reason)
{
    const char *original_timestamp;
    const struct {
        const char *name;
        const char **out;
    } rows[] = {
        {"trace_id", &task->trace_id},
        {"attachment_url", &task->attachment_url},
        {"destination_path", &task->destination_path},
        {"original_timestamp", &original_timestamp},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        *rows[i].out = field_string(task->json, rows[i].name, reason);
        if (!*rows[i].out)
            return false;
    }
    if (!clock_is_utc(original_timestamp)) {
        snprintf(reason, TASK_REASON_BYTES, "original_timestamp is not an ISO-8601 time in UTC");
        return false;
    }
    if (!blob_path_is_safe(task->destination_path)) {
        snprintf(reason, TASK_REASON_BYTES, "destination_path is not a safe path");
        return false;
    }
    const json_t *retry_count = json_object_get(task->json, "retry_count");
    json_int_t retries = json_integer_value(retry_count);
    if (!json_is_integer(retry_count) || retries < 0 || retries > TASK_RETRIES_MAX) {
        snprintf(reason, TASK_REASON_BYTES, "retry_count is not in 0..%d", TASK_RETRIES_MAX);
        return false;
    }
    task->retry_count = (int)retries;
    const json_t *metadata = json_object_get(task->json, "metadata");
    if (!json_is_object(metadata)) {
        snprintf(reason, TASK_REASON_BYTES, "metadata is not an object");
        return false;
    }
    task->retry_at = json_string_value(json_object_get(metadata, "retry_at"));
    if (task->retry_at && !clock_is_utc(task->retry_at)) {
        snprintf(reason, TASK_REASON_BYTES, "metadata.retry_at is not an ISO-8601 time in UTC");
        return false;
    }
    return true;
}

bool task_parse(struct task *task, const void *data, size_t bytes, char reason[TASK_REASON_BYTES])
{
    struct task parsed = {.json = field_object(data, bytes, reason)};
    if (!parsed.json)
        return false;
    if (!read_fields(&parsed, reason)) {
        json_decref(parsed.json);
        return false;
    }
    *task = parsed;
    return true;
}

void task_deinit(struct task *task)
{
    json_decref(task->json);
    *task = (struct task){0};
}

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, memory_check(value)))
        memory_exhausted();
}

/* Error texts may quote what a server sent: what is not UTF-8 becomes '?'. */
static json_t *error_text(const char *text)
{
    json_t *string = json_string(text);
    if (string)
        return string;
    char *ascii = memory_string(text);
    for (char *c = ascii; *c; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
    string = json_string(ascii);
    free(ascii);
    return memory_check(string);
}

char *task_retry(const struct task *task, const struct failure *failure, const char *retry_at)
{
    json_t *json = memory_check(json_deep_copy(task->json));
    set(json, "retry_count", json_integer(task->retry_count + 1));
    json_t *metadata = json_object_get(json, "metadata");
    set(metadata, "last_error", error_text(failure->text));
    set(metadata, "error_category", json_string(failure_category_name(failure->category)));
    set(metadata, "retry_at", json_string(retry_at));
    char *dump = field_dump(json);
    json_decref(json);
    return dump;
}

char *task_dead_letter(const struct task *task, const struct failure *failure, const char *failed_at)
{
    json_t *json = memory_check(json_pack("{s:s, s:s, s:O, s:o, s:s, s:i, s:s}", "trace_id", task->trace_id,
                                          "attachment_url", task->attachment_url, "original_task", task->json,
                                          "final_error", error_text(failure->text), "error_category",
                                          failure_category_name(failure->category), "retry_count",
                                          task->retry_count, "failed_at", failed_at));
    char *dump = field_dump(json);
    json_decref(json);
    return dump;
}
