/* SPDX-License-Identifier: Apache-2.0 */
/* result: how a task ended ({p}.downloads.results), and the inventory row that tells it. */
#ifndef PIPELINE_RESULT_H
#define PIPELINE_RESULT_H

#include "pipeline/digest.h"
#include "pipeline/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESULT_REASON_BYTES = 160 };

enum result_status { RESULT_SUCCESS, RESULT_FAILED_TRANSIENT, RESULT_FAILED_PERMANENT };

const char *result_status_name(enum result_status status);

struct result {
    const char *trace_id;
    const char *attachment_url;
    enum result_status status;
    const char *destination_path;  /* success only */
    int64_t bytes_downloaded;      /* success only */
    const char *sha256;            /* success only; 64 hex digits */
    const struct failure *failure; /* others only */
    int64_t processing_time_ms;
    const char *completed_at;
};

/* As JSON to free(). */
char *result_encode(const struct result *result);

/* The inventory row of one record of the results topic, one line without line feed, to free(). A record
 * that is no valid result gets a row too, of status "rejected": every record has exactly one row. reason
 * then says why, and is "" else. */
char *result_row(const void *data, size_t bytes, int32_t partition, int64_t offset,
                 char reason[RESULT_REASON_BYTES]);

#endif
