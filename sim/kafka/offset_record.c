/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_record: how a committed offset stands in __consumer_offsets.
 *
 *   key    version 1 int16 | group string | topic string | partition int32                    (OffsetCommitKey)
 *   value  version 3 int16 | offset int64 | leader epoch int32 | metadata string | time int64 (OffsetCommitValue)
 *
 * A string is an int16 length and its bytes. Only what a transaction commits is written, and only so; that needs no
 * other version and no tombstone. Source: GroupCoordinatorRecordHelpers.java (newOffsetCommitRecord).
 */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include <stdlib.h>

enum { KEY_VERSION = 1, VALUE_VERSION = 3 };

static void append_int(struct wire_output *output, int64_t value, size_t bytes)
{
    uint8_t data[8];
    for (size_t i = 0; i < bytes; i++)
        data[i] = (uint8_t)((uint64_t)value >> (8 * (bytes - 1 - i)));
    wire_output_append(output, data, bytes);
}

static void append_string(struct wire_output *output, struct wire_string string)
{
    assert(string.bytes >= 0 && string.bytes <= INT16_MAX);
    append_int(output, string.bytes, 2);
    wire_output_append(output, string.text, (size_t)string.bytes);
}

void kafka_offset_record_append(const struct wire_batch *batch, int32_t i, struct wire_string group_id,
                                const struct kafka_offset *offset, struct wire_output *output)
{
    struct wire_output key = {0}, value = {0};
    append_int(&key, KEY_VERSION, 2);
    append_string(&key, group_id);
    append_string(&key, offset->topic);
    append_int(&key, offset->partition, 4);
    append_int(&value, VALUE_VERSION, 2);
    append_int(&value, offset->offset, 8);
    append_int(&value, offset->leader_epoch, 4);
    append_string(&value, offset->metadata);
    append_int(&value, offset->commit_ms, 8);
    struct wire_record record = {
        .offset = batch->base_offset + i,
        .timestamp_ms = batch->base_timestamp_ms,
        .key = {.data = key.data, .bytes = (int32_t)key.bytes},
        .value = {.data = value.data, .bytes = (int32_t)value.bytes},
    };
    wire_record_append(batch, &record, output);
    assert(!output->is_failed);
    free(key.data);
    free(value.data);
}

/* What is left to read. */
struct cursor {
    struct wire_bytes left;
    bool is_short; /* there was less than was asked for */
};

static const uint8_t *take(struct cursor *cursor, int32_t bytes)
{
    static const uint8_t zeros[8];
    const uint8_t *data = cursor->left.data;
    if (bytes < 0 || cursor->left.bytes < bytes) {
        cursor->is_short = true;
        return zeros;
    }
    cursor->left.data += bytes;
    cursor->left.bytes -= bytes;
    return data;
}

static struct wire_string take_string(struct cursor *cursor)
{
    int32_t bytes = wire_int16(take(cursor, 2));
    const char *text = (const char *)take(cursor, bytes);
    return (struct wire_string){.text = text, .bytes = cursor->is_short ? 0 : bytes};
}

bool kafka_offset_record_read(const struct wire_record *record, struct wire_string *group_id_out,
                              struct kafka_offset *offset_out)
{
    struct cursor key = {.left = record->key}, value = {.left = record->value};
    if (wire_int16(take(&key, 2)) != KEY_VERSION || wire_int16(take(&value, 2)) != VALUE_VERSION)
        return false;
    struct kafka_offset offset = {.record_offset = record->offset, .expire_ms = -1, .is_transactional = true};
    struct wire_string group_id = take_string(&key);
    offset.topic = take_string(&key);
    offset.partition = wire_int32(take(&key, 4));
    offset.offset = wire_int64(take(&value, 8));
    offset.leader_epoch = wire_int32(take(&value, 4));
    offset.metadata = take_string(&value);
    offset.commit_ms = wire_int64(take(&value, 8));
    if (key.is_short || value.is_short)
        return false;
    *group_id_out = group_id;
    *offset_out = offset;
    return true;
}
