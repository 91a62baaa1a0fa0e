/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convert: see convert.h.
 */
#include "sim/kafka/wire/convert.h"

#include <stdlib.h>
#include <string.h>

enum {
    PREFIX_BYTES = 12, /* offset and length */
    LENGTH_OFFSET = 8,
    LENGTH_MIN = 14, /* LegacyRecord.RECORD_OVERHEAD_V0 */
    MAGIC_OFFSET = 16,
    ATTRIBUTES_OFFSET = 17,
    CODEC_MASK = 7,
    NO_TIMESTAMP = -1,
};

bool convert_is_old(struct wire_bytes records)
{
    return records.bytes > MAGIC_OFFSET && records.data[MAGIC_OFFSET] < 2;
}

int8_t convert_magic_of_fetch(int16_t version)
{
    if (version < 2)
        return 0;
    return version < 4 ? 1 : 2;
}

static struct wire_bytes bytes_of(const struct wire_output *output)
{
    return (struct wire_bytes){.data = output->data, .bytes = (int32_t)output->bytes};
}

/* ---- upwards ---- */

/* The set's messages on their way into the batch. */
struct up {
    const struct admit_rules *rules;
    struct wire_memory *memory;
    struct admit_verdict *out;
    struct wire_output payload; /* the batch's records */
    int32_t index;              /* within the outer message */
};

/* analyzeAndValidateRecords: every outer message by itself. */
static bool check_outer(struct wire_bytes set, const struct admit_rules *rules, struct admit_verdict *out,
                        int *codec_out)
{
    struct wire_bytes frame;
    size_t position = 0;
    enum wire_next found;
    int count = 0;
    bool is_mixed = false;
    *codec_out = WIRE_CODEC_NONE;
    while ((found = admit_frame(set, &position, &frame)) == WIRE_NEXT) {
        if (frame.bytes > rules->batch_bytes_max)
            return admit_refuse(out, KAFKA_MESSAGE_TOO_LARGE, "a message of more than max.message.bytes");
        is_mixed |= frame.data[MAGIC_OFFSET] != set.data[MAGIC_OFFSET];
        if (!is_mixed && !wire_message_has_crc(frame))
            return admit_refuse(out, KAFKA_CORRUPT_MESSAGE, "the CRC-32 is not that of the bytes");
        int codec = frame.data[ATTRIBUTES_OFFSET] & CODEC_MASK;
        if (codec > WIRE_CODEC_ZSTD)
            return admit_refuse(out, KAFKA_UNKNOWN_SERVER_ERROR, "an unknown codec");
        *codec_out = codec ? codec : *codec_out;
        count++;
    }
    if (found == WIRE_NEXT_ERROR)
        return admit_refuse(out, KAFKA_CORRUPT_MESSAGE, "a message whose length or magic is none");
    if (*codec_out != WIRE_CODEC_NONE && count > 1)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "a compressed message that is not alone");
    if (is_mixed)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "messages of different magics");
    if (*codec_out == WIRE_CODEC_ZSTD)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "zstd in a message of an old magic");
    return true;
}

static bool take_record(struct up *up, const struct wire_batch *outer, const struct wire_record *record)
{
    struct wire_batch *batch = &up->out->batch;
    if (!admit_record(outer, record, up->index++, up->rules, up->memory, up->out))
        return false;
    if (up->out->record_errors.count > 0)
        return true;
    if (record->timestamp_ms < NO_TIMESTAMP)
        return admit_refuse(up->out, KAFKA_UNKNOWN_SERVER_ERROR, "a negative timestamp");
    if (batch->record_count == 0)
        batch->base_timestamp_ms = record->timestamp_ms;
    if (record->timestamp_ms > batch->max_timestamp_ms)
        batch->max_timestamp_ms = record->timestamp_ms;
    struct wire_record moved = *record;
    moved.offset = batch->record_count++;
    wire_record_append(batch, &moved, &up->payload);
    return true;
}

/* DeepRecordsIterator, and the checksums that LogValidator looks at. What is cut off at the end is left out. */
static bool check_inner(struct wire_bytes messages, struct admit_verdict *out)
{
    size_t at = 0, left;
    int count = 0;
    for (; (left = (size_t)messages.bytes - at) >= PREFIX_BYTES; count++) {
        struct wire_bytes frame = {.data = messages.data + at};
        int32_t length = wire_int32(frame.data + LENGTH_OFFSET);
        if (length < LENGTH_MIN)
            return admit_refuse(out, KAFKA_CORRUPT_MESSAGE, "an inner message whose length is none");
        if ((size_t)length > left - PREFIX_BYTES)
            break;
        frame.bytes = length + PREFIX_BYTES;
        at += (size_t)frame.bytes;
        int codec = frame.data[ATTRIBUTES_OFFSET] & CODEC_MASK;
        if (codec > WIRE_CODEC_ZSTD)
            return admit_refuse(out, KAFKA_UNKNOWN_SERVER_ERROR, "an unknown codec");
        if (codec != WIRE_CODEC_NONE)
            return admit_refuse(out, KAFKA_INVALID_RECORD, "a compressed message in a compressed one");
        if (!wire_message_has_crc(frame))
            return admit_refuse(out, KAFKA_CORRUPT_MESSAGE, "an inner message whose CRC-32 is not its own");
    }
    if (count == 0)
        return admit_refuse(out, KAFKA_INVALID_RECORD, "a compressed message without messages");
    return true;
}

/* The messages of one outer message, itself if it is not compressed. */
static bool take_messages(struct up *up, const struct wire_batch *outer, struct wire_bytes messages)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    enum wire_next found;
    up->index = 0;
    if (outer->codec != WIRE_CODEC_NONE && !check_inner(messages, up->out))
        return false;
    if (!wire_record_reader_init(&reader, outer, messages, &error))
        return admit_refuse(up->out, KAFKA_UNKNOWN_SERVER_ERROR, "a malformed message");
    if (reader.legacy_shift < 0)
        return admit_refuse(up->out, KAFKA_INVALID_RECORD,
                            "an outer offset below that of the last inner message");
    while ((found = wire_record_next(&reader, &record, &error)) == WIRE_NEXT)
        if (!take_record(up, outer, &record))
            return false;
    if (found == WIRE_NEXT_ERROR)
        return admit_refuse(up->out, KAFKA_UNKNOWN_SERVER_ERROR, "a malformed message");
    return !admit_has_record_errors(up->out);
}

static bool take_outer(struct up *up, const struct wire_batch *outer)
{
    struct wire_output opened = {0};
    bool is_good;
    if (outer->codec == WIRE_CODEC_NONE)
        return take_messages(up, outer, outer->payload);
    if (!up->rules->codecs || !up->rules->codecs->decompress)
        return admit_refuse(up->out, KAFKA_UNSUPPORTED_COMPRESSION_TYPE, "no decompressor");
    if (up->rules->codecs->decompress(outer->codec, outer->payload, &opened))
        is_good = take_messages(up, outer, bytes_of(&opened));
    else
        is_good = admit_refuse(up->out, KAFKA_UNKNOWN_SERVER_ERROR, "a message that does not decompress");
    free(opened.data);
    return is_good;
}

/* Writes the batch around the records. */
static bool close_batch(struct up *up, int codec, struct wire_output *output)
{
    struct wire_batch *batch = &up->out->batch;
    struct wire_output closed = {0};
    size_t start = output->bytes;
    const struct wire_codecs *codecs = up->rules->codecs;
    batch->payload = bytes_of(&up->payload);
    batch->last_offset_delta = batch->record_count - 1;
    if (codec != WIRE_CODEC_NONE && codecs->compress &&
        codecs->compress((enum wire_codec)codec, batch->payload, &closed)) {
        batch->codec = (enum wire_codec)codec;
        batch->payload = bytes_of(&closed);
    }
    wire_batch_append(batch, output);
    free(closed.data);
    if (output->is_failed || up->payload.is_failed)
        return admit_refuse(up->out, KAFKA_UNKNOWN_SERVER_ERROR, "out of memory");
    if (output->bytes - start > (size_t)up->rules->batch_bytes_max)
        return admit_refuse(up->out, KAFKA_MESSAGE_TOO_LARGE, "converted, more than max.message.bytes");
    up->out->bytes =
        (struct wire_bytes){.data = output->data + start, .bytes = (int32_t)(output->bytes - start)};
    up->out->max_timestamp_ms = batch->max_timestamp_ms;
    wire_batch_header_read(up->out->bytes, batch);
    return true;
}

bool convert_up(struct wire_bytes set, const struct admit_rules *rules, struct wire_memory *memory,
                struct wire_output *output, struct admit_verdict *out)
{
    int codec;
    *out = (struct admit_verdict){
        .error = KAFKA_NONE,
        .max_timestamp_ms = NO_TIMESTAMP,
        .batch = {.leader_epoch = -1,
                  .magic = 2,
                  .max_timestamp_ms = NO_TIMESTAMP,
                  .producer_id = -1,
                  .producer_epoch = -1,
                  .base_sequence = -1},
    };
    if (!check_outer(set, rules, out, &codec))
        return false;
    struct up up = {.rules = rules, .memory = memory, .out = out};
    struct wire_batch outer;
    struct wire_error error;
    size_t position = 0;
    enum wire_next found;
    bool is_good = true;
    while (is_good && (found = wire_batch_next(set, &position, &outer, &error)) == WIRE_NEXT)
        is_good = take_outer(&up, &outer);
    if (is_good && found == WIRE_NEXT_ERROR && codec != WIRE_CODEC_NONE &&
        strcmp(error.path, "message.value") == 0)
        is_good = admit_refuse(out, KAFKA_INVALID_RECORD, "a compressed message of nothing");
    else if (is_good && found == WIRE_NEXT_ERROR)
        is_good = admit_refuse(out, KAFKA_UNKNOWN_SERVER_ERROR, "a malformed message");
    if (is_good && out->batch.record_count > 0)
        is_good = close_batch(&up, codec, output);
    free(up.payload.data);
    return is_good;
}

/* ---- downwards ---- */

/* One batch on its way into a message set. */
struct down {
    const struct convert_target *target;
    const struct wire_batch *batch;
    bool is_wrapped; /* its messages go, compressed, into one */
    int64_t first_offset, last_offset;
    int64_t max_timestamp_ms;
    struct wire_output *messages;
};

static void put_record(struct down *down, const struct wire_record *record)
{
    struct wire_batch form = {.magic = down->target->magic,
                              .is_log_append_time = down->batch->is_log_append_time};
    struct wire_record message = *record;
    if (down->first_offset < 0)
        down->first_offset = record->offset;
    down->last_offset = record->offset;
    if (record->timestamp_ms > down->max_timestamp_ms)
        down->max_timestamp_ms = record->timestamp_ms;
    /* Relative inside a compressed message of magic 1 (KIP-31). */
    if (down->is_wrapped && form.magic == 1)
        message.offset -= down->first_offset;
    wire_message_append(&form, &message, down->messages);
}

static enum kafka_error put_records(struct down *down, struct wire_bytes records)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    enum wire_next found;
    if (!wire_record_reader_init(&reader, down->batch, records, &error))
        return KAFKA_CORRUPT_MESSAGE;
    while ((found = wire_record_next(&reader, &record, &error)) == WIRE_NEXT)
        if (down->is_wrapped || record.offset >= down->target->first_offset)
            put_record(down, &record);
    return found == WIRE_NEXT_END ? KAFKA_NONE : KAFKA_CORRUPT_MESSAGE;
}

static enum kafka_error put_wrapper(struct down *down, struct wire_output *output)
{
    struct wire_output closed = {0};
    enum kafka_error error = KAFKA_UNKNOWN_SERVER_ERROR;
    struct wire_batch form = {.magic = down->target->magic,
                              .codec = down->batch->codec,
                              .is_log_append_time = down->batch->is_log_append_time};
    if (down->target->codecs->compress(form.codec, bytes_of(down->messages), &closed)) {
        struct wire_record wrapper = {.offset = down->last_offset,
                                      .timestamp_ms = down->max_timestamp_ms,
                                      .key = {.data = NULL, .bytes = -1},
                                      .value = bytes_of(&closed)};
        wire_message_append(&form, &wrapper, output);
        error = KAFKA_NONE;
    }
    free(closed.data);
    return error;
}

static enum kafka_error put_batch(const struct wire_batch *batch, const struct convert_target *target,
                                  struct wire_output *output)
{
    const struct wire_codecs *codecs = target->codecs;
    struct wire_output opened = {0}, messages = {0};
    struct down down = {.target = target,
                        .batch = batch,
                        .first_offset = -1,
                        .max_timestamp_ms = NO_TIMESTAMP,
                        .messages = output};
    if (batch->is_control)
        return KAFKA_NONE;
    if (batch->codec == WIRE_CODEC_ZSTD)
        return KAFKA_UNSUPPORTED_COMPRESSION_TYPE;
    if (batch->codec == WIRE_CODEC_NONE)
        return put_records(&down, batch->payload);
    if (!codecs || !codecs->decompress)
        return KAFKA_UNSUPPORTED_COMPRESSION_TYPE;
    enum kafka_error error = KAFKA_UNKNOWN_SERVER_ERROR;
    if (codecs->decompress(batch->codec, batch->payload, &opened)) {
        down.is_wrapped = codecs->compress != NULL;
        down.messages = down.is_wrapped ? &messages : output;
        error = put_records(&down, bytes_of(&opened));
        if (error == KAFKA_NONE && messages.bytes > 0)
            error = put_wrapper(&down, output);
    }
    output->is_failed |= messages.is_failed;
    free(opened.data);
    free(messages.data);
    return error;
}

enum kafka_error convert_down(struct wire_bytes batches, const struct convert_target *target,
                              struct wire_output *output)
{
    struct wire_batch batch;
    struct wire_error unused;
    size_t position = 0;
    enum wire_next found;
    enum kafka_error error = KAFKA_NONE;
    while (error == KAFKA_NONE && (found = wire_batch_next(batches, &position, &batch, &unused)) == WIRE_NEXT)
        error = batch.magic == 2 ? put_batch(&batch, target, output) : KAFKA_CORRUPT_MESSAGE;
    if (error == KAFKA_NONE && found == WIRE_NEXT_ERROR)
        error = KAFKA_CORRUPT_MESSAGE;
    return output->is_failed ? KAFKA_UNKNOWN_SERVER_ERROR : error;
}
