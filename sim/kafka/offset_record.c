/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_record: how a committed offset stands in __consumer_offsets.
 *
 *   key  1 (what an OffsetCommitKey is announced by)        value  3, the version of the OffsetCommitValue
 *
 * Only what a transaction commits is written, and only so; that needs no other version and no tombstone.
 * Source: GroupCoordinatorRecordHelpers.java (newOffsetCommitRecord).
 */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include <stdlib.h>
#include "sim/kafka/wire/coordinator.h"
#include "sim/kafka/wire/prefixed.h"

enum { KEY_PREFIX = 1, KEY_VERSION = 0, VALUE_VERSION = 3 };

void kafka_offset_record_append(const struct wire_batch *batch, int32_t i, struct wire_string group_id,
                                const struct kafka_offset *offset, struct wire_output *output)
{
    struct wire_output key = {0}, value = {0};
    const struct wire_offset_commit_key named = {
        .group = group_id, .topic = offset->topic, .partition = offset->partition};
    const struct wire_offset_commit_value committed = {.offset = offset->offset,
                                                       .leader_epoch = offset->leader_epoch,
                                                       .metadata = offset->metadata,
                                                       .commit_timestamp = offset->commit_ms};
    wire_prefixed_encode(KEY_PREFIX, &wire_offset_commit_key_schema, KEY_VERSION, &named, &key);
    wire_prefixed_encode(VALUE_VERSION, &wire_offset_commit_value_schema, VALUE_VERSION, &committed, &value);
    struct wire_record record = {
        .offset = batch->base_offset + i,
        .timestamp_ms = batch->base_timestamp_ms,
        .key = {.data = key.data, .bytes = (int32_t)key.bytes},
        .value = {.data = value.data, .bytes = (int32_t)value.bytes},
    };
    wire_record_append(batch, &record, output);
    assert(!key.is_failed && !value.is_failed && !output->is_failed);
    free(key.data);
    free(value.data);
}

bool kafka_offset_record_read(const struct wire_record *record, struct wire_string *group_id_out,
                              struct kafka_offset *offset_out)
{
    struct wire_offset_commit_key key;
    struct wire_offset_commit_value value;
    if (wire_prefix_of(record->key) != KEY_PREFIX || wire_prefix_of(record->value) != VALUE_VERSION ||
        !wire_prefixed_decode(record->key, &wire_offset_commit_key_schema, KEY_VERSION, NULL, &key) ||
        !wire_prefixed_decode(record->value, &wire_offset_commit_value_schema, VALUE_VERSION, NULL, &value))
        return false;
    *group_id_out = key.group;
    *offset_out = (struct kafka_offset){
        .topic = key.topic,
        .partition = key.partition,
        .offset = value.offset,
        .leader_epoch = value.leader_epoch,
        .metadata = value.metadata,
        .commit_ms = value.commit_timestamp,
        .expire_ms = -1,
        .record_offset = record->offset,
        .is_transactional = true,
    };
    return true;
}
