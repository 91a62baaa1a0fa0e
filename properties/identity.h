/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity: which event, and which attachment, a JSON record speaks of.
 *
 * The one place that reads the pipeline's records: events, tasks, results, DLQ records and inventory rows
 * share the names of their fields. A scanner, not a parser: it looks at the members of the outermost object
 * and skips the rest, and allocates nothing once it is warm. It is as strict as it needs to be to find the
 * end of a value; whether the JSON is good is the pipeline's judgement, not ours.
 */
#ifndef PROPERTIES_IDENTITY_H
#define PROPERTIES_IDENTITY_H

#include "traces/event.h"

/* Zero-initialised storage is an empty one; reuse it. What it points to is valid until the next parse, and
 * lies in the JSON itself or in scratch. */
struct identity {
    struct history_bytes trace_id, attachment_url, destination_path,
        status;                              /* data NULL: not a string there */
    int64_t source_partition, source_offset; /* of a row: the record it was made of; -1: not a number there */
    struct history_bytes *attachments;       /* owned: the non-blank strings of "attachments" */
    uint32_t attachment_count, attachment_capacity;
    char *scratch; /* owned: strings that had escapes */
    size_t scratch_bytes, scratch_capacity;
};

/* False if json is no object, or ends too early; what was found until then stays. */
bool identity_parse(struct identity *identity, struct history_bytes json);
void identity_deinit(struct identity *identity);

#endif
