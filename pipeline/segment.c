/* SPDX-License-Identifier: Apache-2.0 */
/* segment: see segment.h. */
#include "pipeline/segment.h"

#include "pipeline/field.h"
#include "pipeline/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTITION_DIGITS = 5, START_DIGITS = 20 };

char *segment_name(const char *topic, int32_t partition, int64_t start)
{
    struct text name = {0};
    text_format(&name, SEGMENT_DIRECTORY "/%s-%0*d-%0*lld.jsonl", topic, PARTITION_DIGITS, partition,
                START_DIGITS, (long long)start);
    return name.data;
}

bool segment_parse_name(const char *path, const char *topic, int32_t *partition_out, int64_t *start_out)
{
    size_t directory = sizeof SEGMENT_DIRECTORY - 1;
    size_t topic_length = strlen(topic);
    if (strncmp(path, SEGMENT_DIRECTORY "/", directory + 1) != 0 ||
        strncmp(path + directory + 1, topic, topic_length) != 0)
        return false;
    const char *rest = path + directory + 1 + topic_length;
    if (*rest != '-')
        return false;
    long long partition = strtoll(rest + 1, NULL, 10);
    const char *dash = strchr(rest + 1, '-');
    long long start = dash ? strtoll(dash + 1, NULL, 10) : -1;
    if (partition < 0 || partition > INT32_MAX || start < 0)
        return false;
    /* Only what segment_name makes is a name. */
    char *again = segment_name(topic, (int32_t)partition, start);
    bool is_same = strcmp(again, path) == 0;
    free(again);
    if (is_same) {
        *partition_out = (int32_t)partition;
        *start_out = start;
    }
    return is_same;
}

static bool parse_row(const char *line, size_t length, int32_t partition, int64_t *offset_out, char *reason)
{
    json_t *row = field_object(line, length, reason);
    if (!row)
        return false;
    const json_t *own_partition = json_object_get(row, "source_partition");
    const json_t *own_offset = json_object_get(row, "source_offset");
    bool fits = json_is_integer(own_partition) && json_is_integer(own_offset) &&
                json_integer_value(own_partition) == partition;
    if (fits)
        *offset_out = json_integer_value(own_offset);
    else
        snprintf(reason, SEGMENT_REASON_BYTES, "a row is not of partition %d", partition);
    json_decref(row);
    return fits;
}

bool segment_parse(const char *data, size_t bytes, int32_t partition, int64_t start, int64_t *end_out,
                   char reason[SEGMENT_REASON_BYTES])
{
    _Static_assert((int)SEGMENT_REASON_BYTES == (int)FIELD_REASON_BYTES, "reasons are passed through");
    if (bytes == 0 || data[bytes - 1] != '\n') {
        snprintf(reason, SEGMENT_REASON_BYTES, "%s", bytes ? "the last row is cut" : "no rows");
        return false;
    }
    int64_t next = start;
    while (bytes > 0) {
        size_t length = (size_t)((const char *)memchr(data, '\n', bytes) - data);
        int64_t offset;
        if (!parse_row(data, length, partition, &offset, reason))
            return false;
        if (offset < next) {
            snprintf(reason, SEGMENT_REASON_BYTES, "offset %lld where at least %lld is due",
                     (long long)offset, (long long)next);
            return false;
        }
        next = offset + 1;
        data += length + 1;
        bytes -= length + 1;
    }
    *end_out = next;
    return true;
}

void segment_batch_add(struct segment_batch *batch, int64_t offset, char *line)
{
    assert(batch->count == 0 || offset > batch->rows[batch->count - 1].offset);
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity ? 2 * batch->capacity : 16;
        batch->rows = memory_resize(batch->rows, batch->capacity * sizeof *batch->rows);
    }
    batch->rows[batch->count++] = (struct segment_row){.offset = offset, .line = line};
}

void segment_batch_encode(const struct segment_batch *batch, size_t count, struct text *out)
{
    assert(count <= batch->count);
    for (size_t i = 0; i < count; i++) {
        text_add(out, batch->rows[i].line);
        text_append(out, "\n", 1);
    }
}

void segment_batch_drop_below(struct segment_batch *batch, int64_t end)
{
    size_t dropped = 0;
    while (dropped < batch->count && batch->rows[dropped].offset < end)
        free(batch->rows[dropped++].line);
    batch->count -= dropped;
    if (dropped)
        memmove(batch->rows, batch->rows + dropped, batch->count * sizeof *batch->rows);
}

void segment_batch_deinit(struct segment_batch *batch)
{
    segment_batch_drop_below(batch, INT64_MAX);
    free(batch->rows);
    *batch = (struct segment_batch){0};
}
