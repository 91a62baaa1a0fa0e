/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment: an immutable piece of the inventory: the rows of one partition of the results topic from one
 * offset on.
 *
 * Named by topic, partition and start, where start is the end of the segment before it. Rows carry the offset
 * of their record; a segment's end is its last row's offset + 1. Two owners of a partition race for one name:
 * who loses adopts the winner's end.
 */
#ifndef PIPELINE_SEGMENT_H
#define PIPELINE_SEGMENT_H

#include "pipeline/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEGMENT_REASON_BYTES = 160, SEGMENT_BYTES_MAX = 256 << 20 };

#define SEGMENT_DIRECTORY "inventory"

/* "inventory/{topic}-{partition:05}-{start:020}.jsonl", to free(). */
char *segment_name(const char *topic, int32_t partition, int64_t start);

/* Takes a name apart: partition and start of a segment of this topic. False: it is none. */
bool segment_parse_name(const char *path, const char *topic, int32_t *partition_out, int64_t *start_out);

/* Checks a segment of this partition and start; end_out is where the next one starts. False: reason says
 * why this is not such a segment, or not a whole one. */
bool segment_parse(const char *data, size_t bytes, int32_t partition, int64_t start, int64_t *end_out,
                   char reason[SEGMENT_REASON_BYTES]);

/* Rows that wait to be written, offsets ascending. A zeroed struct is empty. */
struct segment_row {
    int64_t offset;
    char *line; /* owned; without line feed */
};

struct segment_batch {
    struct segment_row *rows;
    size_t count;
    size_t capacity;
};

/* Takes line. offset is above all before. */
void segment_batch_add(struct segment_batch *batch, int64_t offset, char *line);

/* Appends the first count rows as lines. */
void segment_batch_encode(const struct segment_batch *batch, size_t count, struct text *out);

/* Forgets the rows below end. */
void segment_batch_drop_below(struct segment_batch *batch, int64_t end);
void segment_batch_deinit(struct segment_batch *batch);

#endif
