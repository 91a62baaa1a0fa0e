/* SPDX-License-Identifier: Apache-2.0 */
/* marker: see marker.h. */
#include "sim/kafka/wire/marker.h"

enum { ABORT = 0, COMMIT = 1, TYPE_AT = 2, KEY_BYTES = 4, EPOCH_AT = 2, VALUE_BYTES = 6 };

bool wire_marker_read(const struct wire_record *record, struct wire_marker *out)
{
    if (record->key.bytes < KEY_BYTES || record->value.bytes < VALUE_BYTES)
        return false;
    int16_t type = wire_int16(record->key.data + TYPE_AT);
    if (type != ABORT && type != COMMIT)
        return false;
    *out = (struct wire_marker){.is_commit = type == COMMIT,
                                .coordinator_epoch = wire_int32(record->value.data + EPOCH_AT),
                                .timestamp_ms = record->timestamp_ms};
    return true;
}

bool wire_marker_find(const struct wire_batch *batch, struct wire_marker *out)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    return wire_record_reader_init(&reader, batch, batch->payload, &error) &&
           wire_record_next(&reader, &record, &error) == WIRE_NEXT && wire_marker_read(&record, out);
}

void wire_marker_append(const struct wire_batch *batch, const struct wire_marker *marker,
                        struct wire_output *output)
{
    uint32_t epoch = (uint32_t)marker->coordinator_epoch;
    const uint8_t key[KEY_BYTES] = {0, 0, 0, marker->is_commit ? COMMIT : ABORT};
    const uint8_t value[VALUE_BYTES] = {
        0, 0, (uint8_t)(epoch >> 24), (uint8_t)(epoch >> 16), (uint8_t)(epoch >> 8), (uint8_t)epoch};
    struct wire_record record = {.offset = batch->base_offset,
                                 .timestamp_ms = marker->timestamp_ms,
                                 .key = {key, KEY_BYTES},
                                 .value = {value, VALUE_BYTES}};
    wire_record_append(batch, &record, output);
}
