/* SPDX-License-Identifier: Apache-2.0 */
/* task: one attachment to fetch ({p}.downloads.pending and the retry topics). */
#ifndef PIPELINE_TASK_H
#define PIPELINE_TASK_H

#include "pipeline/failure.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TASK_REASON_BYTES = 160, TASK_RETRIES_MAX = 1000 };

struct task {
    json_t *json; /* owned; unknown fields are kept in it; the strings below point into it */
    const char *trace_id;
    const char *attachment_url;
    const char *destination_path; /* safe (blob_path.h) */
    const char *retry_at;         /* an ISO-8601 time in UTC; NULL: it says none */
    int retry_count;
};

/* False: malformed; reason says why in one line, nothing is to be released. */
bool task_parse(struct task *task, const void *data, size_t bytes, char reason[TASK_REASON_BYTES]);
void task_deinit(struct task *task);

/* The same task one retry later, as JSON to free(): retry_count + 1, the error in its metadata. */
char *task_retry(const struct task *task, const struct failure *failure, const char *retry_at);

/* The record for {p}.downloads.dlq, as JSON to free(). */
char *task_dead_letter(const struct task *task, const struct failure *failure, const char *failed_at);

#endif
