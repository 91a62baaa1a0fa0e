/* SPDX-License-Identifier: Apache-2.0 */
/*
 * records: what Produce requests and Fetch responses carry: record batches (magic 2) and the message sets of
 * old (magic 0 and 1).
 *
 *   batch = base offset 8 | length 4 | leader epoch 4 | magic 1 | crc 4 | attributes 2 | last offset delta 4 |
 *           base timestamp 8 | max timestamp 8 | producer id 8 | epoch 2 | base sequence 4 | count 4 | records
 *
 * Two steps: wire_batch_next finds a batch and checks its CRC; then, after the caller has decompressed the
 * payload if batch.codec says so, wire_record_next goes through its records. So this file needs no codec.
 * Source: Kafka's DefaultRecordBatch.java, DefaultRecord.java, AbstractLegacyRecordBatch.java.
 */
#ifndef SIM_KAFKA_WIRE_RECORDS_H
#define SIM_KAFKA_WIRE_RECORDS_H

#include "sim/kafka/wire/checksum.h"
#include "sim/kafka/wire/wire.h"

enum wire_codec { WIRE_CODEC_NONE, WIRE_CODEC_GZIP, WIRE_CODEC_SNAPPY, WIRE_CODEC_LZ4, WIRE_CODEC_ZSTD };

enum { WIRE_BATCH_HEADER_BYTES = 61 };

/* A batch; a single old message counts as a batch too. */
struct wire_batch {
    int64_t base_offset;
    int64_t base_timestamp_ms, max_timestamp_ms;
    int64_t producer_id; /* -1 = none */
    int32_t base_sequence;
    int32_t leader_epoch;
    int32_t last_offset_delta;
    int32_t record_count; /* as the batch says; of a compressed old message: -1, not known yet */
    int16_t producer_epoch;
    int8_t magic;
    enum wire_codec codec;
    bool is_transactional, is_control, is_log_append_time;
    struct wire_bytes payload; /* the records, compressed by codec; borrowed */
};

enum wire_next {
    WIRE_NEXT,       /* there is one */
    WIRE_NEXT_END,   /* no more */
    WIRE_NEXT_CUT,   /* the last one is incomplete: usual at the end of a Fetch response */
    WIRE_NEXT_ERROR, /* malformed */
};

/* The batch at data + *position_inout; moves the position behind it on WIRE_NEXT. Checks length, magic, codec
 * and CRC. data borrowed. */
enum wire_next wire_batch_next(struct wire_bytes data, size_t *position_inout, struct wire_batch *out,
                               struct wire_error *error_out);

/* ---- the parts of wire_batch_next, for whoever has to check in another order; frame is one whole batch ---- */

/* Magic 2, at least WIRE_BATCH_HEADER_BYTES. Checks nothing: codec and record_count may be nonsense. */
void wire_batch_header_read(struct wire_bytes frame, struct wire_batch *out);
bool wire_batch_has_crc(struct wire_bytes frame);   /* magic 2 */
bool wire_message_has_crc(struct wire_bytes frame); /* magic 0 and 1; at least 16 bytes */
/* Of magic 2, after a change. */
void wire_batch_crc_write(uint8_t *frame, size_t bytes);

struct wire_record {
    int64_t offset, timestamp_ms;
    struct wire_bytes key, value;
    int32_t header_count;
    size_t headers_bytes;
    const uint8_t *headers;    /* the encoded headers; see wire_header_next */
    struct wire_bytes message; /* of magic 0 and 1: the whole of it; null otherwise */
};

struct wire_record_reader {
    const struct wire_batch *batch; /* borrowed */
    const uint8_t *data;            /* borrowed: the payload, decompressed */
    size_t bytes, position;
    int32_t count_left;
    int64_t legacy_shift; /* of magic 1: from an inner, relative offset to the real one */
};

/* records: batch->payload, or what it decompresses to. False if an old message set is malformed. */
bool wire_record_reader_init(struct wire_record_reader *reader, const struct wire_batch *batch,
                             struct wire_bytes records, struct wire_error *error_out);
enum wire_next wire_record_next(struct wire_record_reader *reader, struct wire_record *out,
                                struct wire_error *error_out);

struct wire_header {
    struct wire_bytes key, value;
};

/* The header at record->headers + *position_inout; false at the end. record must have come from
 * wire_record_next, which has checked the headers' lengths. */
bool wire_header_next(const struct wire_record *record, size_t *position_inout, struct wire_header *out);

/* Appends a magic 2 batch. payload is compressed already by batch->codec, and made of wire_record_append's
 * output. */
void wire_batch_append(const struct wire_batch *batch, struct wire_output *output);

/* Appends one record of a magic 2 batch: its offset and timestamp are written relative to the batch's base.
 * */
void wire_record_append(const struct wire_batch *batch, const struct wire_record *record,
                        struct wire_output *output);
void wire_header_append(const struct wire_header *header, struct wire_output *output);

/* Appends one message of batch->magic, 0 or 1, with batch's codec and kind of timestamp. Of a compressed one the
 * value is a message set, compressed already. Headers are lost. */
void wire_message_append(const struct wire_batch *batch, const struct wire_record *record,
                         struct wire_output *output);

/* Compression, from whoever includes this: the codecs are no business of the wire. codec is not WIRE_CODEC_NONE;
 * what out holds is replaced; false: malformed, too large, no memory. */
struct wire_codecs {
    bool (*decompress)(enum wire_codec codec, struct wire_bytes in, struct wire_output *out);
    bool (*compress)(enum wire_codec codec, struct wire_bytes in, struct wire_output *out);
};

#endif
