/* SPDX-License-Identifier: Apache-2.0 */
/* log_time: records by their timestamps. See log.h; FileRecords.searchForTimestamp, RecordBatch.offsetOfMaxTimestamp. */
#include <stdlib.h>
#include "sim/kafka/wire/records.h"
#include "sim/kafka/log.h"

/* Which record of a batch is looked for: the first at or behind offset_min that is at least this late. */
struct wanted {
    int64_t offset_min, timestamp_ms_min;
};

static bool find_record(const struct wire_batch *batch, struct wire_bytes records, struct wanted wanted,
                        struct kafka_log_moment *out)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    if (!wire_record_reader_init(&reader, batch, records, &error))
        return false;
    while (wire_record_next(&reader, &record, &error) == WIRE_NEXT) {
        if (record.timestamp_ms < wanted.timestamp_ms_min || record.offset < wanted.offset_min)
            continue;
        out->offset = record.offset;
        out->timestamp_ms = record.timestamp_ms;
        out->leader_epoch = batch->leader_epoch;
        return true;
    }
    return false;
}

enum found { FOUND, FOUND_NONE, FOUND_UNREADABLE };

static enum found find_in_batch(const struct kafka_batch *stored, const struct wire_codecs *codecs,
                                struct wanted wanted, struct kafka_log_moment *out)
{
    struct wire_batch batch;
    if (!kafka_batch_read(stored, &batch))
        return FOUND_UNREADABLE;
    if (batch.codec == WIRE_CODEC_NONE)
        return find_record(&batch, batch.payload, wanted, out) ? FOUND : FOUND_NONE;
    struct wire_output plain = {0};
    enum found found = FOUND_UNREADABLE;
    if (codecs && codecs->decompress && codecs->decompress(batch.codec, batch.payload, &plain) &&
        plain.bytes <= INT32_MAX) {
        struct wire_bytes records = {.data = plain.data, .bytes = (int32_t)plain.bytes};
        found = find_record(&batch, records, wanted, out) ? FOUND : FOUND_NONE;
    }
    free(plain.data);
    return found;
}

bool kafka_log_by_time(const struct kafka_log *log, const struct wire_codecs *codecs, int64_t timestamp_ms,
                       struct kafka_log_moment *out)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(log, i);
        if (entry->max_timestamp_ms < timestamp_ms)
            continue;
        struct wanted wanted = {log->start_offset, timestamp_ms};
        switch (find_in_batch(entry->batch, codecs, wanted, out)) {
        case FOUND:
            return true;
        case FOUND_NONE: /* it is deleted */
            break;
        case FOUND_UNREADABLE:
            out->offset = entry->base_offset < log->start_offset ? log->start_offset : entry->base_offset;
            out->timestamp_ms = entry->max_timestamp_ms;
            out->leader_epoch = entry->leader_epoch;
            return true;
        }
    }
    return false;
}

bool kafka_log_latest_time(const struct kafka_log *log, const struct wire_codecs *codecs,
                           struct kafka_log_moment *out)
{
    const struct kafka_log_entry *latest = NULL;
    for (size_t i = 0; i < log->count; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(log, i);
        if (!latest || entry->max_timestamp_ms > latest->max_timestamp_ms)
            latest = entry;
    }
    if (!latest)
        return false;
    struct wanted wanted = {latest->base_offset, latest->max_timestamp_ms};
    if (find_in_batch(latest->batch, codecs, wanted, out) != FOUND)
        *out = (struct kafka_log_moment){latest->last_offset, latest->max_timestamp_ms, latest->leader_epoch};
    return true;
}
