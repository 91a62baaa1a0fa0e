/* SPDX-License-Identifier: Apache-2.0 */
/* event: what stands in {p}.events.raw, checked. */
#ifndef PIPELINE_EVENT_H
#define PIPELINE_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { EVENT_REASON_BYTES = 160, EVENT_ATTACHMENTS_MAX = 1000 };

struct event {
    json_t *json; /* owned; the strings below point into it */
    const char *trace_id;
    const char *event_type;
    const char *event_subtype;
    const char *timestamp;
    const char *source_system;
    const char *assignment_id;
    const char *estimate_version; /* NULL if absent */
    char version_digits[24];      /* holds a version that came as a number */
    const char **urls;            /* different from each other */
    char **paths;                 /* where each goes (blob_path.h) */
    size_t url_count;
    size_t dropped_count;  /* null, blank and non-string attachments */
    size_t repeated_count; /* URLs that stood there before */
};

/* False: malformed; reason says why in one line, nothing is to be released. */
bool event_parse(struct event *event, const void *data, size_t bytes, char reason[EVENT_REASON_BYTES]);
void event_deinit(struct event *event);

/* The task of one attachment, as JSON to free(). */
char *event_task(const struct event *event, size_t index);

#endif
