/* SPDX-License-Identifier: Apache-2.0 */
/*
 * records: record batches and old message sets. See records.h.
 */
#include "sim/kafka/wire/records.h"

#include <string.h>

enum {
    BATCH_LENGTH_OFFSET = 8,
    BATCH_PREFIX_BYTES = 12, /* base offset and length */
    MAGIC_OFFSET = 16,
    BATCH_CRC_OFFSET = 17,
    BATCH_CRC_FROM = 21,
    LEGACY_CRC_OFFSET = 12,
    LEGACY_CRC_FROM = 16,
    LEGACY_V0_BYTES_MIN = 26,
    LEGACY_V1_BYTES_MIN = 34,
    CODEC_MASK = 7,
    LOG_APPEND_TIME_BIT = 8,
    TRANSACTIONAL_BIT = 16,
    CONTROL_BIT = 32,
};

static enum wire_next malformed(struct wire_error *error, size_t position, const char *path,
                                const char *message)
{
    error->position = position;
    error->message = message;
    strcpy(error->path, path);
    return WIRE_NEXT_ERROR;
}

static void put(uint8_t *at, int64_t value, size_t bytes)
{
    uint64_t swapped = __builtin_bswap64((uint64_t)value);
    memcpy(at, (uint8_t *)&swapped + 8 - bytes, bytes);
}

/* ---- batches --------------------------------------------------------------------------------------------
 * */

void wire_batch_header_read(struct wire_bytes frame, struct wire_batch *out)
{
    const uint8_t *data = frame.data;
    int16_t attributes = wire_int16(data + 21);
    *out = (struct wire_batch){
        .base_offset = wire_int64(data),
        .leader_epoch = wire_int32(data + 12),
        .magic = 2,
        .codec = (enum wire_codec)(attributes & CODEC_MASK),
        .is_log_append_time = attributes & LOG_APPEND_TIME_BIT,
        .is_transactional = attributes & TRANSACTIONAL_BIT,
        .is_control = attributes & CONTROL_BIT,
        .last_offset_delta = wire_int32(data + 23),
        .base_timestamp_ms = wire_int64(data + 27),
        .max_timestamp_ms = wire_int64(data + 35),
        .producer_id = wire_int64(data + 43),
        .producer_epoch = wire_int16(data + 51),
        .base_sequence = wire_int32(data + 53),
        .record_count = wire_int32(data + 57),
        .payload = {.data = data + WIRE_BATCH_HEADER_BYTES, .bytes = frame.bytes - WIRE_BATCH_HEADER_BYTES},
    };
}

bool wire_batch_has_crc(struct wire_bytes frame)
{
    return (uint32_t)wire_int32(frame.data + BATCH_CRC_OFFSET) ==
           wire_crc32c(frame.data + BATCH_CRC_FROM, (size_t)frame.bytes - BATCH_CRC_FROM);
}

void wire_batch_crc_write(uint8_t *frame, size_t bytes)
{
    put(frame + BATCH_CRC_OFFSET, wire_crc32c(frame + BATCH_CRC_FROM, bytes - BATCH_CRC_FROM), 4);
}

bool wire_message_has_crc(struct wire_bytes frame)
{
    return (uint32_t)wire_int32(frame.data + LEGACY_CRC_OFFSET) ==
           wire_crc32(frame.data + LEGACY_CRC_FROM, (size_t)frame.bytes - LEGACY_CRC_FROM);
}

static enum wire_next read_batch(struct wire_bytes frame, size_t at, struct wire_batch *out,
                                 struct wire_error *error)
{
    if (frame.bytes < WIRE_BATCH_HEADER_BYTES)
        return malformed(error, at, "batch.length", "a batch shorter than its header");
    if (!wire_batch_has_crc(frame))
        return malformed(error, at + BATCH_CRC_OFFSET, "batch.crc", "the CRC-32C is not that of the bytes");
    struct wire_batch batch;
    wire_batch_header_read(frame, &batch);
    if (batch.codec > WIRE_CODEC_ZSTD)
        return malformed(error, at + 21, "batch.attributes", "an unknown codec");
    if (batch.record_count < 0)
        return malformed(error, at + 57, "batch.record_count", "a negative count");
    *out = batch;
    return WIRE_NEXT;
}

static enum wire_next read_legacy(struct wire_bytes frame, size_t at, struct wire_batch *out,
                                  struct wire_error *error)
{
    const uint8_t *data = frame.data;
    int8_t magic = (int8_t)data[MAGIC_OFFSET];
    if (frame.bytes < (magic == 0 ? LEGACY_V0_BYTES_MIN : LEGACY_V1_BYTES_MIN))
        return malformed(error, at, "message.length", "a message shorter than its header");
    if (!wire_message_has_crc(frame))
        return malformed(error, at + LEGACY_CRC_OFFSET, "message.crc", "the CRC-32 is not that of the bytes");
    int attributes = data[17];
    if ((attributes & CODEC_MASK) > WIRE_CODEC_LZ4)
        return malformed(error, at + 17, "message.attributes", "an unknown codec");
    int64_t timestamp_ms = magic == 0 ? -1 : wire_int64(data + 18);
    struct wire_batch batch = {
        .base_offset = wire_int64(data),
        .leader_epoch = -1,
        .magic = magic,
        .codec = (enum wire_codec)(attributes & CODEC_MASK),
        .is_log_append_time = magic == 1 && (attributes & LOG_APPEND_TIME_BIT),
        .base_timestamp_ms = timestamp_ms,
        .max_timestamp_ms = timestamp_ms,
        .producer_id = -1,
        .producer_epoch = -1,
        .base_sequence = -1,
        .record_count = attributes & CODEC_MASK ? -1 : 1,
    };
    /* Of a plain message the reader wants the whole of it; of a compressed one, its value: a message set. */
    batch.payload = frame;
    if (batch.codec != WIRE_CODEC_NONE) {
        struct wire_batch plain = batch;
        struct wire_record_reader reader;
        struct wire_record wrapper;
        plain.codec = WIRE_CODEC_NONE;
        if (!wire_record_reader_init(&reader, &plain, frame, error) ||
            wire_record_next(&reader, &wrapper, error) != WIRE_NEXT)
            return WIRE_NEXT_ERROR;
        if (wrapper.value.bytes < 0)
            return malformed(error, at, "message.value", "a compressed message without a value");
        batch.payload = wrapper.value;
    }
    *out = batch;
    return WIRE_NEXT;
}

enum wire_next wire_batch_next(struct wire_bytes data, size_t *position_inout, struct wire_batch *out,
                               struct wire_error *error_out)
{
    size_t at = *position_inout;
    if (data.bytes < 0 || at >= (size_t)data.bytes)
        return WIRE_NEXT_END;
    size_t left = (size_t)data.bytes - at;
    if (left <= MAGIC_OFFSET)
        return WIRE_NEXT_CUT;
    int32_t length = wire_int32(data.data + at + BATCH_LENGTH_OFFSET);
    if (length < MAGIC_OFFSET + 1 - BATCH_PREFIX_BYTES)
        return malformed(error_out, at + BATCH_LENGTH_OFFSET, "batch.length",
                         "a batch shorter than its header");
    if ((size_t)length > left - BATCH_PREFIX_BYTES)
        return WIRE_NEXT_CUT;
    struct wire_bytes frame = {.data = data.data + at, .bytes = length + BATCH_PREFIX_BYTES};
    enum wire_next found;
    switch (frame.data[MAGIC_OFFSET]) {
    case 0:
    case 1:
        found = read_legacy(frame, at, out, error_out);
        break;
    case 2:
        found = read_batch(frame, at, out, error_out);
        break;
    default:
        return malformed(error_out, at + MAGIC_OFFSET, "batch.magic", "an unknown magic");
    }
    if (found == WIRE_NEXT)
        *position_inout = at + (size_t)frame.bytes;
    return found;
}

/* ---- records --------------------------------------------------------------------------------------------
 * */

static bool take_long_varint(const uint8_t *data, size_t end, size_t *position, int64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70 && *position < end; shift += 7) {
        uint8_t byte = data[(*position)++];
        if (shift == 63 && byte > 1)
            return false;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *out = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
            return true;
        }
    }
    return false;
}

/* Signed varint of at most 64 bits, zigzag. Most have one byte. */
static inline bool take_varint(const uint8_t *data, size_t end, size_t *position, int64_t *out)
{
    if (*position >= end || data[*position] >= 0x80)
        return take_long_varint(data, end, position, out);
    uint8_t byte = data[(*position)++];
    *out = (byte >> 1) ^ -(byte & 1);
    return true;
}

/* A varint length and as many bytes; negative = null, as Kafka has it here. */
static bool take_span(const uint8_t *data, size_t end, size_t *position, struct wire_bytes *out)
{
    int64_t bytes;
    if (!take_varint(data, end, position, &bytes) || bytes > (int64_t)(end - *position))
        return false;
    *out = (struct wire_bytes){.data = bytes < 0 ? NULL : data + *position,
                               .bytes = bytes < 0 ? -1 : (int32_t)bytes};
    *position += bytes < 0 ? 0 : (size_t)bytes;
    return true;
}

static enum wire_next next_in_batch(struct wire_record_reader *reader, struct wire_record *out,
                                    struct wire_error *error)
{
    if (reader->count_left == 0)
        return reader->position == reader->bytes
                   ? WIRE_NEXT_END
                   : malformed(error, reader->position, "record", "more bytes than the batch has records");
    const uint8_t *data = reader->data;
    size_t position = reader->position;
    int64_t length, timestamp_delta, offset_delta, header_count;
    if (!take_varint(data, reader->bytes, &position, &length) || length < 0 ||
        length > (int64_t)(reader->bytes - position))
        return malformed(error, position, "record.length", "a length beyond the end of the input");
    size_t end = position + (size_t)length;
    if (position++ == end) /* attributes: unused */
        return malformed(error, position, "record.attributes", "the record ends");
    struct wire_record record = {.message = {.data = NULL, .bytes = -1}};
    if (!take_varint(data, end, &position, &timestamp_delta) ||
        !take_varint(data, end, &position, &offset_delta))
        return malformed(error, position, "record.offset_delta", "no varint");
    if (offset_delta != (int32_t)offset_delta)
        return malformed(error, position, "record.offset_delta", "a varint of more than 32 bits");
    if (!take_span(data, end, &position, &record.key))
        return malformed(error, position, "record.key", "a length beyond the end of the record");
    if (!take_span(data, end, &position, &record.value))
        return malformed(error, position, "record.value", "a length beyond the end of the record");
    if (!take_varint(data, end, &position, &header_count) || header_count < 0 ||
        header_count > (int64_t)(end - position))
        return malformed(error, position, "record.header_count",
                         "more headers than the record has bytes for");
    record.headers = data + position;
    record.headers_bytes = end - position;
    record.header_count = (int32_t)header_count;
    for (int64_t i = 0; i < header_count; i++) {
        struct wire_bytes key, value;
        if (!take_span(data, end, &position, &key) || key.bytes < 0 ||
            !take_span(data, end, &position, &value))
            return malformed(error, position, "record.headers", "a length beyond the end of the record");
    }
    if (position != end)
        return malformed(error, position, "record", "bytes are left over");
    const struct wire_batch *batch = reader->batch;
    record.offset = (int64_t)((uint64_t)batch->base_offset + (uint64_t)offset_delta);
    record.timestamp_ms = batch->is_log_append_time
                              ? batch->max_timestamp_ms
                              : (int64_t)((uint64_t)batch->base_timestamp_ms + (uint64_t)timestamp_delta);
    *out = record;
    reader->position = end;
    reader->count_left--;
    return WIRE_NEXT;
}

/* A length of four bytes and as many bytes; negative = null, as Kafka has it here. */
static bool take_span32(const uint8_t *data, size_t end, size_t *position, struct wire_bytes *out)
{
    if (end - *position < 4)
        return false;
    int32_t bytes = wire_int32(data + *position);
    *position += 4;
    if (bytes > 0 && (size_t)bytes > end - *position)
        return false;
    *out = (struct wire_bytes){.data = bytes < 0 ? NULL : data + *position, .bytes = bytes < 0 ? -1 : bytes};
    *position += bytes < 0 ? 0 : (size_t)bytes;
    return true;
}

static enum wire_next next_legacy(struct wire_record_reader *reader, struct wire_record *out,
                                  struct wire_error *error)
{
    if (reader->position == reader->bytes)
        return WIRE_NEXT_END;
    const uint8_t *data = reader->data + reader->position;
    size_t left = reader->bytes - reader->position;
    int32_t length = left > MAGIC_OFFSET ? wire_int32(data + BATCH_LENGTH_OFFSET) : INT32_MAX;
    bool is_cut = length > 0 && (left < BATCH_PREFIX_BYTES || (size_t)length > left - BATCH_PREFIX_BYTES);
    if (is_cut && reader->batch->codec != WIRE_CODEC_NONE)
        return WIRE_NEXT_CUT;
    if (is_cut || length < 0)
        return malformed(error, reader->position, "message.length", "a length beyond the end of the input");
    size_t end = (size_t)length + BATCH_PREFIX_BYTES;
    uint8_t magic = data[MAGIC_OFFSET];
    if (magic > 1 || end < (magic == 0 ? LEGACY_V0_BYTES_MIN : LEGACY_V1_BYTES_MIN))
        return malformed(error, reader->position, "message", "a message shorter than its header");
    struct wire_record record = {
        .offset = (int64_t)((uint64_t)wire_int64(data) + (uint64_t)reader->legacy_shift),
        .timestamp_ms = magic == 0 ? -1 : wire_int64(data + 18),
        .message = {.data = data, .bytes = (int32_t)end},
    };
    /* Of a compressed set the outer message says when it was appended (KIP-32). */
    if (magic == 1 && reader->batch->is_log_append_time)
        record.timestamp_ms = reader->batch->max_timestamp_ms;
    size_t position = magic == 0 ? 18 : 26;
    /* Bytes behind the value are nobody's: Kafka does not look for any. */
    if (!take_span32(data, end, &position, &record.key) || !take_span32(data, end, &position, &record.value))
        return malformed(error, reader->position + position, "message",
                         "a length beyond the end of the message");
    *out = record;
    reader->position += end;
    return WIRE_NEXT;
}

/* Inside a compressed message of magic 1 the offsets count from 0, and the outer one is that of the last
 * inner (KIP-31), so the last has to be known before the first. */
static bool find_legacy_shift(struct wire_record_reader *reader, struct wire_error *error)
{
    struct wire_record_reader ahead = *reader;
    struct wire_record record;
    int64_t last = 0;
    enum wire_next found;
    while ((found = next_legacy(&ahead, &record, error)) == WIRE_NEXT)
        last = record.offset;
    /* An outer offset of 0 is from a producer that did not fill it in; Kafka takes the inner ones as they are. */
    if (reader->batch->base_offset != 0)
        reader->legacy_shift = (int64_t)((uint64_t)reader->batch->base_offset - (uint64_t)last);
    return found != WIRE_NEXT_ERROR;
}

bool wire_record_reader_init(struct wire_record_reader *reader, const struct wire_batch *batch,
                             struct wire_bytes records, struct wire_error *error_out)
{
    *reader = (struct wire_record_reader){
        .batch = batch,
        .data = records.data,
        .bytes = records.bytes < 0 ? 0 : (size_t)records.bytes,
        .count_left = batch->record_count,
    };
    return batch->magic != 1 || batch->codec == WIRE_CODEC_NONE || find_legacy_shift(reader, error_out);
}

enum wire_next wire_record_next(struct wire_record_reader *reader, struct wire_record *out,
                                struct wire_error *error_out)
{
    return reader->batch->magic == 2 ? next_in_batch(reader, out, error_out)
                                     : next_legacy(reader, out, error_out);
}

bool wire_header_next(const struct wire_record *record, size_t *position_inout, struct wire_header *out)
{
    if (*position_inout >= record->headers_bytes)
        return false;
    return take_span(record->headers, record->headers_bytes, position_inout, &out->key) &&
           take_span(record->headers, record->headers_bytes, position_inout, &out->value);
}

/* ---- writing --------------------------------------------------------------------------------------------
 * */

static void append_varint(struct wire_output *output, int64_t value)
{
    uint64_t zigzag = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    uint8_t bytes[10];
    size_t used = 0;
    for (; zigzag >= 0x80; zigzag >>= 7)
        bytes[used++] = (uint8_t)(zigzag | 0x80);
    bytes[used++] = (uint8_t)zigzag;
    wire_output_append(output, bytes, used);
}

static size_t varint_bytes(int64_t value)
{
    uint64_t zigzag = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    size_t bytes = 1;
    for (; zigzag >= 0x80; zigzag >>= 7)
        bytes++;
    return bytes;
}

static size_t span_bytes(struct wire_bytes span)
{
    return varint_bytes(span.bytes) + (span.bytes > 0 ? (size_t)span.bytes : 0);
}

static void append_span(struct wire_output *output, struct wire_bytes span)
{
    append_varint(output, span.bytes);
    if (span.bytes > 0)
        wire_output_append(output, span.data, (size_t)span.bytes);
}

void wire_header_append(const struct wire_header *header, struct wire_output *output)
{
    append_span(output, header->key);
    append_span(output, header->value);
}

void wire_record_append(const struct wire_batch *batch, const struct wire_record *record,
                        struct wire_output *output)
{
    /* Times may be as far apart as numbers are: like Java's, the difference then comes round, and so does the reader's sum. */
    int64_t timestamp_delta = (int64_t)((uint64_t)record->timestamp_ms - (uint64_t)batch->base_timestamp_ms);
    int64_t offset_delta = (int64_t)((uint64_t)record->offset - (uint64_t)batch->base_offset);
    size_t bytes = 1 + varint_bytes(timestamp_delta) + varint_bytes(offset_delta) + span_bytes(record->key) +
                   span_bytes(record->value) + varint_bytes(record->header_count) + record->headers_bytes;
    append_varint(output, (int64_t)bytes);
    wire_output_append(output, "", 1);
    append_varint(output, timestamp_delta);
    append_varint(output, offset_delta);
    append_span(output, record->key);
    append_span(output, record->value);
    append_varint(output, record->header_count);
    wire_output_append(output, record->headers, record->headers_bytes);
}

void wire_batch_append(const struct wire_batch *batch, struct wire_output *output)
{
    uint8_t header[WIRE_BATCH_HEADER_BYTES];
    int attributes = (int)batch->codec | (batch->is_log_append_time ? LOG_APPEND_TIME_BIT : 0) |
                     (batch->is_transactional ? TRANSACTIONAL_BIT : 0) |
                     (batch->is_control ? CONTROL_BIT : 0);
    put(header, batch->base_offset, 8);
    put(header + 8, batch->payload.bytes + WIRE_BATCH_HEADER_BYTES - BATCH_PREFIX_BYTES, 4);
    put(header + 12, batch->leader_epoch, 4);
    put(header + MAGIC_OFFSET, 2, 1);
    put(header + 17, 0, 4);
    put(header + 21, attributes, 2);
    put(header + 23, batch->last_offset_delta, 4);
    put(header + 27, batch->base_timestamp_ms, 8);
    put(header + 35, batch->max_timestamp_ms, 8);
    put(header + 43, batch->producer_id, 8);
    put(header + 51, batch->producer_epoch, 2);
    put(header + 53, batch->base_sequence, 4);
    put(header + 57, batch->record_count, 4);
    size_t start = output->bytes;
    wire_output_append(output, header, sizeof(header));
    wire_output_append(output, batch->payload.data, (size_t)batch->payload.bytes);
    if (output->is_failed)
        return;
    wire_batch_crc_write(output->data + start, output->bytes - start);
}

static void append_span32(struct wire_output *output, struct wire_bytes span)
{
    uint8_t length[4];
    put(length, span.bytes, sizeof(length));
    wire_output_append(output, length, sizeof(length));
    if (span.bytes > 0)
        wire_output_append(output, span.data, (size_t)span.bytes);
}

void wire_message_append(const struct wire_batch *batch, const struct wire_record *record,
                         struct wire_output *output)
{
    uint8_t header[26];
    size_t header_bytes = batch->magic == 0 ? 18 : 26, start = output->bytes;
    put(header, record->offset, 8);
    put(header + MAGIC_OFFSET, batch->magic, 1);
    put(header + 17,
        (int)batch->codec | (batch->magic && batch->is_log_append_time ? LOG_APPEND_TIME_BIT : 0), 1);
    put(header + 18, record->timestamp_ms, 8);
    wire_output_append(output, header, header_bytes);
    append_span32(output, record->key);
    append_span32(output, record->value);
    if (output->is_failed)
        return;
    uint8_t *at = output->data + start;
    size_t bytes = output->bytes - start;
    put(at + BATCH_LENGTH_OFFSET, (int64_t)bytes - BATCH_PREFIX_BYTES, 4);
    put(at + LEGACY_CRC_OFFSET, wire_crc32(at + LEGACY_CRC_FROM, bytes - LEGACY_CRC_FROM), 4);
}
