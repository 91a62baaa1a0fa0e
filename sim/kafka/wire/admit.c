/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admit: see admit.h.
 */
#include "sim/kafka/wire/admit.h"

#include <stdlib.h>
#include <string.h>

enum {
    PREFIX_BYTES = 12, /* offset and length */
    LENGTH_OFFSET = 8,
    MAGIC_OFFSET = 16,
    LENGTH_MIN = 14,     /* LegacyRecord.RECORD_OVERHEAD_V0 */
    READABLE_BYTES = 27, /* up to here Kafka reads a header before it has looked how long it is */
    LOG_APPEND_TIME_BIT = 8,
    KNOWN_ATTRIBUTES = 0x7f,
    NO_TIMESTAMP = -1,
    VERSION_OF_BATCHES = 3, /* of Produce: from here on one batch of magic 2, no more and no less */
    VERSION_OF_ZSTD = 7,
};

bool admit_refuse(struct admit_verdict *verdict, enum kafka_error error, const char *message)
{
    verdict->error = error;
    verdict->message = message;
    verdict->record_errors.count = 0;
    return false;
}

enum wire_next admit_frame(struct wire_bytes records, size_t *position_inout, struct wire_bytes *frame_out)
{
    size_t at = *position_inout, left = records.bytes > 0 ? (size_t)records.bytes - at : 0;
    if (left == 0)
        return WIRE_NEXT_END;
    if (left < PREFIX_BYTES)
        return WIRE_NEXT_CUT;
    int32_t length = wire_int32(records.data + at + LENGTH_OFFSET);
    if (length < LENGTH_MIN)
        return WIRE_NEXT_ERROR;
    if (left <= MAGIC_OFFSET)
        return WIRE_NEXT_CUT;
    if (records.data[at + MAGIC_OFFSET] > 2)
        return WIRE_NEXT_ERROR;
    if ((size_t)length > left - PREFIX_BYTES)
        return WIRE_NEXT_CUT;
    *frame_out = (struct wire_bytes){.data = records.data + at, .bytes = length + PREFIX_BYTES};
    *position_inout = at + (size_t)frame_out->bytes;
    return WIRE_NEXT;
}

/* ProduceRequest.validateRecords, and LogValidator's rule that there is one batch. */
static bool check_frames(struct wire_bytes records, const struct admit_rules *rules,
                         struct admit_verdict *out)
{
    struct wire_bytes further;
    size_t position = 0;
    enum wire_next found = admit_frame(records, &position, &out->bytes);
    bool is_strict = rules->version >= VERSION_OF_BATCHES;
    if (found == WIRE_NEXT_ERROR)
        return admit_refuse(out, KAFKA_CORRUPT_MESSAGE, "a batch whose length or magic is none");
    if (found != WIRE_NEXT)
        return is_strict ? admit_refuse(out, KAFKA_INVALID_RECORD, "no batch") : true;
    if (out->bytes.data[MAGIC_OFFSET] != 2)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "a batch of an old magic");
    if (out->bytes.bytes < READABLE_BYTES)
        return admit_refuse(out, KAFKA_UNKNOWN_SERVER_ERROR, "a batch that is far shorter than its header");
    int codec = out->bytes.data[22] & 7;
    if (is_strict && rules->version < VERSION_OF_ZSTD && codec == WIRE_CODEC_ZSTD)
        return admit_refuse(out, KAFKA_UNSUPPORTED_COMPRESSION_TYPE, "zstd in a version that lacks it");
    switch (admit_frame(records, &position, &further)) {
    case WIRE_NEXT:
        return admit_refuse(out, KAFKA_INVALID_RECORD, "more than one batch");
    case WIRE_NEXT_ERROR:
        return admit_refuse(out, KAFKA_CORRUPT_MESSAGE, "a further batch whose length or magic is none");
    case WIRE_NEXT_END:
    case WIRE_NEXT_CUT:
        break;
    }
    return true;
}

/* analyzeAndValidateRecords and validateBatch. */
static bool check_header(const struct admit_rules *rules, struct admit_verdict *out)
{
    if (wire_int64(out->bytes.data) != 0)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "a base offset that is not 0");
    if (out->bytes.bytes > rules->batch_bytes_max)
        return admit_refuse(out, KAFKA_MESSAGE_TOO_LARGE, "a batch of more than max.message.bytes");
    if (out->bytes.bytes < WIRE_BATCH_HEADER_BYTES)
        return admit_refuse(out, KAFKA_CORRUPT_MESSAGE, "a batch shorter than its header");
    if (!wire_batch_has_crc(out->bytes))
        return admit_refuse(out, KAFKA_CORRUPT_MESSAGE, "the CRC-32C is not that of the bytes");
    struct wire_batch *batch = &out->batch;
    wire_batch_header_read(out->bytes, batch);
    if (batch->codec > WIRE_CODEC_ZSTD)
        return admit_refuse(out, KAFKA_UNKNOWN_SERVER_ERROR, "an unknown codec");
    if (batch->last_offset_delta < 0)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "a last offset before the first");
    if ((int64_t)batch->last_offset_delta + 1 != batch->record_count)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "a count that is not that of the offsets");
    if (batch->is_control)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "a control batch from a client");
    if (batch->producer_id > -1 && batch->base_sequence < 0)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "a producer id without a sequence number");
    return true;
}

/* Kafka subtracts without a look at overflow. */
static bool is_out_of_range(int64_t timestamp_ms, const struct admit_rules *rules)
{
    int64_t age_ms = (int64_t)((uint64_t)rules->now_ms - (uint64_t)timestamp_ms);
    return age_ms > rules->before_ms_max || (int64_t)(0 - (uint64_t)age_ms) > rules->after_ms_max;
}

static bool remember(const struct admit_record_error *error, struct wire_memory *memory,
                     struct admit_verdict *verdict)
{
    /* Doubled when full: at 1, 2, 4, .. */
    size_t count = (size_t)verdict->record_errors.count;
    if ((count & (count - 1)) == 0) {
        struct admit_record_error *grown = wire_memory_take(memory, (count ? count * 2 : 1) * sizeof(*grown));
        if (!grown)
            return admit_refuse(verdict, KAFKA_UNKNOWN_SERVER_ERROR, "out of memory");
        if (count > 0)
            memcpy(grown, verdict->record_errors.items, count * sizeof(*grown));
        verdict->record_errors.items = grown;
    }
    verdict->record_errors.items[count] = *error;
    verdict->record_errors.count++;
    return true;
}

bool admit_record(const struct wire_batch *batch, const struct wire_record *record, int32_t index,
                  const struct admit_rules *rules, struct wire_memory *memory, struct admit_verdict *verdict)
{
    struct admit_record_error error = {
        .index = index, .offset = record->offset, .timestamp_ms = record->timestamp_ms};
    if (record->message.bytes >= 0 && record->message.data[MAGIC_OFFSET] != (uint8_t)batch->magic) {
        error.reason = ADMIT_MAGIC;
    } else if (rules->is_compacted && record->key.bytes < 0) {
        error.reason = ADMIT_NO_KEY;
    } else if (!rules->is_log_append_time && record->timestamp_ms != NO_TIMESTAMP) {
        if (!is_out_of_range(record->timestamp_ms, rules))
            return true;
        error.reason = ADMIT_TIMESTAMP_RANGE;
    } else if (batch->is_log_append_time) {
        error.reason = ADMIT_TIMESTAMP_TYPE;
    } else {
        return true;
    }
    return remember(&error, memory, verdict);
}

bool admit_has_record_errors(struct admit_verdict *verdict)
{
    if (verdict->record_errors.count == 0)
        return false;
    enum kafka_error error = KAFKA_INVALID_RECORD;
    for (int32_t i = 0; i < verdict->record_errors.count; i++) {
        enum admit_reason reason = verdict->record_errors.items[i].reason;
        if (reason == ADMIT_TIMESTAMP_RANGE || reason == ADMIT_TIMESTAMP_TYPE)
            error = KAFKA_INVALID_TIMESTAMP;
    }
    verdict->error = error;
    verdict->message = "records that may not be appended; see record_errors";
    return true;
}

static bool check_records(struct wire_bytes payload, const struct admit_rules *rules,
                          struct wire_memory *memory, struct admit_verdict *out)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    enum wire_next found;
    int64_t max_ms = NO_TIMESTAMP;
    bool is_in_order = true;
    bool is_readable = wire_record_reader_init(&reader, &out->batch, payload, &error);
    for (int32_t i = 0; is_readable && (found = wire_record_next(&reader, &record, &error)) != WIRE_NEXT_END;
         i++) {
        is_readable = found == WIRE_NEXT;
        if (is_readable && !admit_record(&out->batch, &record, i, rules, memory, out))
            return false;
        if (is_readable && record.timestamp_ms > max_ms)
            max_ms = record.timestamp_ms;
        is_in_order &= !is_readable || record.offset == i;
    }
    if (!is_readable)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "a malformed record");
    out->max_timestamp_ms = max_ms;
    if (admit_has_record_errors(out))
        return false;
    /* Kafka sets out to write a compressed batch anew, and finds that it has skipped the keys. */
    if (!is_in_order && out->batch.codec != WIRE_CODEC_NONE)
        return admit_refuse(out, KAFKA_UNKNOWN_SERVER_ERROR, "a compressed batch with gaps in its offsets");
    return true;
}

/* A compressed batch that is not opened. */
static bool check_closed(const struct admit_rules *rules, struct wire_memory *memory,
                         struct admit_verdict *out)
{
    const struct wire_batch *batch = &out->batch;
    struct wire_record last = {.timestamp_ms = batch->max_timestamp_ms, .message = {.bytes = -1}};
    struct wire_record first = last;
    if (!batch->is_log_append_time)
        first.timestamp_ms = batch->base_timestamp_ms;
    out->max_timestamp_ms = batch->max_timestamp_ms;
    if (!admit_record(batch, &first, 0, rules, memory, out))
        return false;
    if (out->record_errors.count == 0 &&
        !admit_record(batch, &last, batch->record_count - 1, rules, memory, out))
        return false;
    return !admit_has_record_errors(out);
}

static bool check_compressed(const struct admit_rules *rules, struct wire_memory *memory,
                             struct admit_verdict *out)
{
    struct wire_output opened = {0};
    bool is_good;
    if (!rules->codecs || !rules->codecs->decompress)
        return check_closed(rules, memory, out);
    if (rules->codecs->decompress(out->batch.codec, out->batch.payload, &opened))
        is_good = check_records((struct wire_bytes){.data = opened.data, .bytes = (int32_t)opened.bytes},
                                rules, memory, out);
    else
        is_good = admit_refuse(out, KAFKA_UNKNOWN_SERVER_ERROR, "a payload that does not decompress");
    free(opened.data);
    return is_good;
}

bool admit_check(struct wire_bytes records, const struct admit_rules *rules, struct wire_memory *memory,
                 struct admit_verdict *out)
{
    *out = (struct admit_verdict){.error = KAFKA_NONE, .max_timestamp_ms = NO_TIMESTAMP};
    if (!check_frames(records, rules, out)) {
        out->is_of_request = rules->version >= VERSION_OF_BATCHES;
        return false;
    }
    if (out->bytes.bytes == 0)
        return true;
    if (!check_header(rules, out))
        return false;
    if (out->batch.codec != WIRE_CODEC_NONE)
        return check_compressed(rules, memory, out);
    return check_records(out->batch.payload, rules, memory, out);
}

static void put(uint8_t *at, int64_t value, size_t bytes)
{
    uint64_t swapped = __builtin_bswap64((uint64_t)value);
    memcpy(at, (uint8_t *)&swapped + 8 - bytes, bytes);
}

void admit_stamp(uint8_t *frame, const struct admit_stamp *stamp)
{
    uint8_t *attributes = frame + 22, *max_timestamp = frame + 35;
    put(frame, stamp->base_offset, 8);
    put(frame + 12, stamp->leader_epoch, 4);
    bool is_log_append_time = *attributes & LOG_APPEND_TIME_BIT;
    if (is_log_append_time == stamp->is_log_append_time &&
        wire_int64(max_timestamp) == stamp->max_timestamp_ms)
        return;
    uint8_t kept = *attributes & KNOWN_ATTRIBUTES & (uint8_t)~LOG_APPEND_TIME_BIT;
    attributes[-1] = 0;
    *attributes = kept | (stamp->is_log_append_time ? LOG_APPEND_TIME_BIT : 0);
    put(max_timestamp, stamp->max_timestamp_ms, 8);
    wire_batch_crc_write(frame, (size_t)wire_int32(frame + LENGTH_OFFSET) + PREFIX_BYTES);
}
