/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gather: see gather.h.
 */
#include "sim/kafka/observe/gather.h"
#include "sim/kafka/observe/codec.h"
#include "sim/kafka/wire/marker.h"

#include <stdlib.h>
#include <string.h>

static bool fail(struct wire_error *error, size_t position, const char *path, const char *message)
{
    error->position = position;
    error->message = message;
    strcpy(error->path, path);
    return false;
}

static struct history_bytes shown(struct wire_bytes bytes)
{
    return (struct history_bytes){.data = bytes.data, .bytes = bytes.bytes < 0 ? 0 : (size_t)bytes.bytes};
}

static bool add_headers(const struct wire_record *record, struct history_record *out,
                        struct wire_memory *memory)
{
    struct history_header *headers =
        wire_memory_take(memory, (size_t)record->header_count * sizeof(*headers));
    if (!headers)
        return false;
    size_t position = 0;
    struct wire_header header;
    uint32_t count = 0;
    while (count < (uint32_t)record->header_count && wire_header_next(record, &position, &header))
        headers[count++] = (struct history_header){.key = shown(header.key), .value = shown(header.value)};
    out->headers = headers;
    out->header_count = count;
    return true;
}

static struct history_record *add_record(struct gather *gather)
{
    if (gather->count == gather->capacity) {
        uint32_t want = gather->capacity ? gather->capacity * 2 : 64;
        struct history_record *grown = realloc(gather->records, want * sizeof(*grown));
        if (!grown)
            return NULL;
        gather->records = grown;
        gather->capacity = want;
    }
    return &gather->records[gather->count++];
}

static bool gather_batch(struct gather *gather, const struct wire_batch *batch, struct wire_bytes payload,
                         int64_t offset_min, struct wire_memory *memory, struct wire_error *error)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_marker marker;
    enum wire_next found;
    if (!wire_record_reader_init(&reader, batch, payload, error))
        return false;
    while ((found = wire_record_next(&reader, &record, error)) == WIRE_NEXT) {
        if (record.offset < offset_min)
            continue;
        struct history_record *out = add_record(gather);
        if (!out)
            return fail(error, reader.position, "records", "out of memory");
        *out = (struct history_record){
            .offset = record.offset,
            .timestamp_ms = record.timestamp_ms,
            .key = shown(record.key),
            .value = shown(record.value),
            .is_control = batch->is_control,
            .is_transactional = batch->is_transactional,
            .is_commit = batch->is_control && wire_marker_read(&record, &marker) && marker.is_commit,
            .producer_epoch = batch->producer_epoch,
            .producer_id = batch->producer_id,
        };
        if (record.header_count > 0 && !add_headers(&record, out, memory))
            return fail(error, reader.position, "records", "out of memory");
    }
    return found == WIRE_NEXT_END;
}

/* Decompresses into scratch, then copies to memory, where it may stay as long as the records do. */
static bool decompress(struct gather *gather, const struct wire_batch *batch, struct wire_memory *memory,
                       struct wire_bytes *out)
{
    if (!codec_decompress(batch->codec, batch->payload, &gather->decompressed))
        return false;
    size_t bytes = gather->decompressed.bytes;
    uint8_t *kept = wire_memory_take(memory, bytes);
    if (!kept)
        return false;
    if (bytes > 0)
        memcpy(kept, gather->decompressed.data, bytes);
    *out = (struct wire_bytes){.data = kept, .bytes = (int32_t)bytes};
    return true;
}

static bool gather_next(struct gather *gather, const struct wire_batch *batch, int64_t offset_min,
                        struct wire_memory *memory, struct wire_error *error)
{
    struct wire_bytes payload = batch->payload;
    if (batch->codec != WIRE_CODEC_NONE && !decompress(gather, batch, memory, &payload))
        return fail(error, 0, "batch.payload", "cannot be decompressed");
    if (gather->batch_count++ == 0)
        gather->first = *batch;
    return gather_batch(gather, batch, payload, offset_min, memory, error);
}

bool gather_records(struct gather *gather, struct wire_bytes data, int64_t offset_min,
                    struct wire_memory *memory, struct wire_error *error_out)
{
    gather->count = 0;
    gather->batch_count = 0;
    size_t position = 0;
    struct wire_batch batch;
    enum wire_next found;
    while ((found = wire_batch_next(data, &position, &batch, error_out)) == WIRE_NEXT)
        if (!gather_next(gather, &batch, offset_min, memory, error_out))
            return false;
    return found != WIRE_NEXT_ERROR;
}

bool gather_one(struct gather *gather, const struct wire_batch *batch, struct wire_memory *memory,
                struct wire_error *error_out)
{
    gather->count = 0;
    gather->batch_count = 0;
    return gather_next(gather, batch, INT64_MIN, memory, error_out);
}

void gather_deinit(struct gather *gather)
{
    if (!gather)
        return;
    free(gather->records);
    free(gather->decompressed.data);
    *gather = (struct gather){0};
}
