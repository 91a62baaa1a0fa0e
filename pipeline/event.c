/* SPDX-License-Identifier: Apache-2.0 */
/* event: see event.h. */
#include "pipeline/event.h"

#include "pipeline/blob_path.h"
#include "pipeline/clock.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"
#include "pipeline/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)EVENT_REASON_BYTES == (int)FIELD_REASON_BYTES, "reasons are passed through");

static bool read_strings(struct event *event, char *reason)
{
    const struct {
        const char *name;
        const char **out;
    } rows[] = {
        {"trace_id", &event->trace_id},           {"event_type", &event->event_type},
        {"event_subtype", &event->event_subtype}, {"timestamp", &event->timestamp},
        {"source_system", &event->source_system},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        *rows[i].out = field_string(event->json, rows[i].name, reason);
        if (!*rows[i].out)
            return false;
    }
    if (!clock_is_utc(event->timestamp)) {
        snprintf(reason, EVENT_REASON_BYTES, "timestamp is not an ISO-8601 time in UTC");
        return false;
    }
    return true;
}

static bool read_payload(struct event *event, char *reason)
{
    const json_t *payload = json_object_get(event->json, "payload");
    if (!json_is_object(payload)) {
        snprintf(reason, EVENT_REASON_BYTES, payload ? "payload is not an object" : "payload is missing");
        return false;
    }
    event->assignment_id = field_string(payload, "assignment_id", reason);
    if (!event->assignment_id)
        return false;
    const json_t *version = json_object_get(payload, "estimate_version");
    if (json_is_string(version) && !field_is_blank(json_string_value(version))) {
        event->estimate_version = json_string_value(version);
    } else if (json_is_integer(version)) {
        snprintf(event->version_digits, sizeof event->version_digits, "%lld",
                 (long long)json_integer_value(version));
        event->estimate_version = event->version_digits;
    } else if (version && !json_is_null(version) && !json_is_string(version)) {
        snprintf(reason, EVENT_REASON_BYTES, "estimate_version is neither a string nor a whole number");
        return false;
    }
    return true;
}

static bool has_url(const struct event *event, const char *url)
{
    for (size_t i = 0; i < event->url_count; i++) {
        if (strcmp(event->urls[i], url) == 0)
            return true;
    }
    return false;
}

static bool read_attachments(struct event *event, char *reason)
{
    const json_t *attachments = json_object_get(event->json, "attachments");
    if (!attachments || json_is_null(attachments))
        return true;
    if (!json_is_array(attachments)) {
        snprintf(reason, EVENT_REASON_BYTES, "attachments is not an array");
        return false;
    }
    if (json_array_size(attachments) > EVENT_ATTACHMENTS_MAX) {
        snprintf(reason, EVENT_REASON_BYTES, "more than %d attachments", EVENT_ATTACHMENTS_MAX);
        return false;
    }
    event->urls = memory_new(json_array_size(attachments) * sizeof *event->urls);
    for (size_t i = 0; i < json_array_size(attachments); i++) {
        const char *url = json_string_value(json_array_get(attachments, i));
        if (!url || field_is_blank(url))
            event->dropped_count++;
        else if (has_url(event, url))
            event->repeated_count++;
        else
            event->urls[event->url_count++] = url;
    }
    return true;
}

bool event_parse(struct event *event, const void *data, size_t bytes, char reason[EVENT_REASON_BYTES])
{
    struct event parsed = {.json = field_object(data, bytes, reason)};
    if (!parsed.json)
        return false;
    if (!read_strings(&parsed, reason) || !read_payload(&parsed, reason) ||
        !read_attachments(&parsed, reason)) {
        event_deinit(&parsed);
        return false;
    }
    if (parsed.estimate_version == parsed.version_digits)
        parsed.estimate_version = event->version_digits; /* the struct is about to move */
    *event = parsed;
    struct blob_path_event identity = {.event_subtype = event->event_subtype,
                                       .assignment_id = event->assignment_id,
                                       .trace_id = event->trace_id,
                                       .estimate_version = event->estimate_version};
    event->paths = memory_new(event->url_count * sizeof *event->paths);
    blob_path_make(&identity, event->urls, event->url_count, event->paths);
    return true;
}

void event_deinit(struct event *event)
{
    for (size_t i = 0; event->paths && i < event->url_count; i++)
        free(event->paths[i]);
    free(event->paths);
    free(event->urls);
    json_decref(event->json);
    *event = (struct event){0};
}

char *event_task(const struct event *event, size_t index)
{
    char *name = url_basename(event->urls[index]);
    char file_type[17] = "";
    const char *extension = url_extension(name);
    for (size_t i = 0; extension[i] && i < sizeof file_type - 1; i++) {
        char c = extension[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        file_type[i] = (char)(!is_word ? '_' : c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    json_t *task = memory_check(
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:{s:s, s:s, s:s}}", "trace_id", event->trace_id,
                  "attachment_url", event->urls[index], "destination_path", event->paths[index], "event_type",
                  event->event_type, "event_subtype", event->event_subtype, "retry_count", 0,
                  "original_timestamp", event->timestamp, "metadata", "assignment_id", event->assignment_id,
                  "file_type", file_type, "source_system", event->source_system));
    char *dump = field_dump(task);
    json_decref(task);
    free(name);
    return dump;
}
