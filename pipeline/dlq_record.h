/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlq_record: one dead letter, taken apart. Pure: no brokers, no files.
 *
 * A dead letter is named by where it stands: "xact.downloads.dlq/2/17" is offset 17 of partition 2. Two kinds: a task that
 * failed for good (JSON with the original task in it), and the very bytes of a record that did not parse, with headers that say
 * where it stood. Only the first can be replayed.
 */
#ifndef PIPELINE_DLQ_RECORD_H
#define PIPELINE_DLQ_RECORD_H

#include "pipeline/output.h"
#include "pipeline/topics.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DLQ_REASON_BYTES = 160, DLQ_ID_BYTES = TOPICS_NAME_BYTES + 40, DLQ_HEADERS_MAX = 32 };

struct dlq_id {
    char topic[TOPICS_NAME_BYTES];
    int32_t partition;
    int64_t offset;
};

/* Only what dlq_id_format writes is an id: no signs, blanks or leading zeros. */
bool dlq_id_parse(const char *text, struct dlq_id *id_out);
const char *dlq_id_format(const struct dlq_id *id, char text[DLQ_ID_BYTES]);
bool dlq_id_equals(const struct dlq_id *a, const struct dlq_id *b);

struct dlq_header {
    char *name;
    char *value; /* NULL: none; a NUL is added */
    size_t value_bytes;
};

/* A zeroed struct may be given to dlq_record_deinit. */
struct dlq_record {
    struct dlq_id id;
    int64_t timestamp_ms; /* the broker's or the writer's, as the topic has it */
    char *key;            /* NULL: none */
    size_t key_bytes;
    char *value; /* NULL: none */
    size_t value_bytes;
    struct dlq_header headers[DLQ_HEADERS_MAX]; /* further ones are left out */
    size_t header_count;

    /* What dlq_record_parse found; strings are borrowed from the above. */
    json_t *json;         /* owned; NULL: malformed */
    const json_t *task;   /* the original one; NULL: none */
    const char *trace_id; /* "" where it says none, and so with the next */
    const char *attachment_url;
    const char *category;
    const char *error;
    const char *source; /* source_system of a task, source_topic of what did not parse */
    int64_t failed_ns;  /* since 1970 */
    int64_t retry_count;
    char why_not[DLQ_REASON_BYTES]; /* replayed: "" if it can be */
};

/* The category of what did not parse. */
#define DLQ_MALFORMED "malformed"

/* Fills the second half in from the first. Whatever the bytes are, this comes to an end with a record that can be shown. */
void dlq_record_parse(struct dlq_record *record);
void dlq_record_deinit(struct dlq_record *record);

/* Value of the header, or NULL. */
const char *dlq_record_header(const struct dlq_record *record, const char *name);

/* The task to try anew, as JSON to free(): retry_count 0, no retry_at, metadata.replayed_from_dlq; whatever else stood in it is
 * kept. Of a record whose why_not is "". */
char *dlq_record_task(const struct dlq_record *record);

/* One line of JSON to free(): the sum of it, and, with_bytes, key, headers and value (as *_base64 where they are not UTF-8 or hold a NUL). state: what
 * has been done about it. */
char *dlq_record_json(const struct dlq_record *record, const char *state, bool with_bytes);

#endif
