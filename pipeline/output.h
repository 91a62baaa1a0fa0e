/* SPDX-License-Identifier: Apache-2.0 */
/* output: a record that is to be produced, kept until it is known to be in the log. */
#ifndef PIPELINE_OUTPUT_H
#define PIPELINE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OUTPUT_HEADERS_MAX = 8 };

struct output_header {
    const char *name;
    const char *value;
};

/* Borrowed from whoever describes it. */
struct output_record {
    const char *topic;
    bool has_partition; /* else by its key */
    int32_t partition;
    const void *key; /* NULL: none */
    size_t key_bytes;
    const void *value; /* NULL: none */
    size_t value_bytes;
    struct output_header headers[OUTPUT_HEADERS_MAX];
    size_t header_count;
};

struct output {
    struct output *next;
    struct output_record record; /* owned */
    bool is_delivered;           /* the committer's, and so is the next */
    int error;                   /* rd_kafka_resp_err_t of the last attempt */
};

/* What was made of one input record. A zeroed struct is empty; it may be moved by assignment. */
struct outputs {
    struct output *first, *last;
    size_t count;
};

/* Copies the record. */
void outputs_add(struct outputs *outputs, const struct output_record *record);

/* Frees all; the list is empty then. */
void outputs_clear(struct outputs *outputs);

#endif
