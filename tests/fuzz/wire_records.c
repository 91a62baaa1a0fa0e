/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_records: what may be appended is stamped and is a good batch then; what is converted down and up again has
 * the same keys, values and, but for magic 0, timestamps.
 *
 * The codec is one of our own, that flips bits: libraries of codecs have fuzzers of their own.
 */
#include "sim/kafka/wire/convert.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_BYTES = 12, MAGIC_OFFSET = 16, FLIP = 0x55 };

static bool flip(enum wire_codec codec, struct wire_bytes in, struct wire_output *out)
{
    out->bytes = 0;
    wire_output_append(out, in.data, in.bytes > 0 ? (size_t)in.bytes : 0);
    for (size_t i = 0; i < out->bytes; i++)
        out->data[i] ^= FLIP;
    return codec != WIRE_CODEC_NONE && in.bytes > 0;
}

static struct wire_bytes bytes_of(const struct wire_output *output)
{
    return (struct wire_bytes){.data = output->data, .bytes = (int32_t)output->bytes};
}

/* A copy, exactly as long, whose checksums are right unless they shall stay. */
static struct wire_bytes copy_of(const uint8_t *flags, struct wire_bytes records)
{
    uint8_t *copy = malloc((size_t)records.bytes + 1);
    assert(copy);
    if (records.bytes > 0)
        memcpy(copy, records.data, (size_t)records.bytes);
    struct wire_bytes all = {.data = copy, .bytes = records.bytes}, frame;
    size_t position = 0;
    while (!(flags[0] & FUZZ_KEEP_CRC) && admit_frame(all, &position, &frame) == WIRE_NEXT) {
        uint8_t *at = copy + (frame.data - copy);
        size_t bytes = (size_t)frame.bytes;
        if (at[MAGIC_OFFSET] == 2 && bytes >= WIRE_BATCH_HEADER_BYTES) {
            wire_batch_crc_write(at, bytes);
        } else if (at[MAGIC_OFFSET] < 2) {
            uint32_t crc = __builtin_bswap32(wire_crc32(at + 16, bytes - 16));
            memcpy(at + PREFIX_BYTES, &crc, sizeof(crc));
        }
    }
    return all;
}

struct rules {
    struct admit_rules admit;
    struct wire_codecs codecs;
};

static void init_rules(struct rules *rules, const uint8_t *flags, int16_t version)
{
    *rules = (struct rules){
        .admit = {.version = version,
                  .is_log_append_time = flags[0] & FUZZ_LOG_APPEND_TIME,
                  .is_compacted = flags[0] & FUZZ_COMPACTED,
                  .batch_bytes_max = flags[0] & FUZZ_NARROW ? 1000 : INT32_MAX,
                  .now_ms = 1000000,
                  .before_ms_max = flags[0] & FUZZ_NARROW ? 5000 : INT64_MAX,
                  .after_ms_max = flags[0] & FUZZ_NARROW ? 1000 : INT64_MAX},
        .codecs = {.decompress = flags[0] & FUZZ_NO_DECOMPRESSOR ? NULL : flip,
                   .compress = flags[0] & FUZZ_NO_COMPRESSOR ? NULL : flip},
    };
    rules->admit.codecs = &rules->codecs;
}

static bool is_same(struct wire_bytes one, struct wire_bytes other)
{
    return one.bytes == other.bytes &&
           (one.bytes <= 0 || memcmp(one.data, other.data, (size_t)one.bytes) == 0);
}

/* The one batch in frame, opened; free opened->data. False: its records are malformed, as those of a closed batch
 * may be. */
static bool open_batch(struct wire_bytes frame, struct wire_batch *batch, struct wire_output *opened)
{
    struct wire_error error;
    size_t position = 0;
    enum wire_next found = wire_batch_next(frame, &position, batch, &error);
    assert(found == WIRE_NEXT && position == (size_t)frame.bytes);
    if (batch->codec != WIRE_CODEC_NONE)
        return flip(batch->codec, batch->payload, opened);
    wire_output_append(opened, batch->payload.data, (size_t)batch->payload.bytes);
    return true;
}

static size_t check_headers(const struct wire_record *record)
{
    struct wire_header header;
    size_t position = 0, count = 0;
    while (wire_header_next(record, &position, &header))
        count++;
    assert(count == (size_t)record->header_count);
    return count;
}

/* Both batches hold the same records, as far as messages of this magic can say. */
static void check_same(struct wire_bytes one, struct wire_bytes other, int8_t magic)
{
    struct wire_output opened = {0}, other_opened = {0};
    struct wire_batch batch, other_batch;
    struct wire_record_reader reader, other_reader;
    struct wire_record record, other_record;
    struct wire_error error;
    bool is_open = open_batch(one, &batch, &opened) && open_batch(other, &other_batch, &other_opened);
    assert(is_open && batch.record_count == other_batch.record_count);
    is_open = wire_record_reader_init(&reader, &batch, bytes_of(&opened), &error) &&
              wire_record_reader_init(&other_reader, &other_batch, bytes_of(&other_opened), &error);
    assert(is_open);
    for (int32_t i = 0; i < batch.record_count; i++) {
        enum wire_next found = wire_record_next(&reader, &record, &error);
        enum wire_next other_found = wire_record_next(&other_reader, &other_record, &error);
        assert(found == WIRE_NEXT && other_found == WIRE_NEXT);
        assert(is_same(record.key, other_record.key) && is_same(record.value, other_record.value));
        assert(other_record.timestamp_ms == (magic == 0 ? -1 : record.timestamp_ms));
        assert(other_record.offset == i);
        check_headers(&record);
    }
    free(opened.data);
    free(other_opened.data);
}

/* Down, and up again where nothing speaks against it. */
static void check_conversion(const struct rules *rules, struct wire_bytes frame, int8_t magic)
{
    struct wire_output set = {0}, batch = {0}, opened = {0};
    struct wire_memory memory = {0};
    struct wire_batch header;
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    struct admit_verdict verdict;
    struct rules wide = *rules;
    struct convert_target target = {.magic = magic, .codecs = &rules->codecs};
    bool is_opened = open_batch(frame, &header, &opened), is_negative = false, is_ended = false;
    if (is_opened && wire_record_reader_init(&reader, &header, bytes_of(&opened), &error)) {
        enum wire_next found;
        while ((found = wire_record_next(&reader, &record, &error)) == WIRE_NEXT)
            is_negative |= magic == 1 && record.timestamp_ms < -1;
        is_ended = found == WIRE_NEXT_END;
    }
    enum kafka_error went = convert_down(frame, &target, &set);
    if (header.codec == WIRE_CODEC_NONE || (header.codec != WIRE_CODEC_ZSTD && rules->codecs.decompress))
        assert((went == KAFKA_NONE) == is_ended || !is_opened);
    if (went == KAFKA_NONE) {
        wide.codecs = (struct wire_codecs){flip, flip};
        wide.admit = (struct admit_rules){.version = 2,
                                          .batch_bytes_max = INT32_MAX,
                                          .before_ms_max = INT64_MAX,
                                          .after_ms_max = INT64_MAX,
                                          .codecs = &wide.codecs};
        bool is_good = convert_up(bytes_of(&set), &wide.admit, &memory, &batch, &verdict);
        assert(is_good != is_negative || verdict.error == KAFKA_INVALID_TIMESTAMP);
        if (is_good && verdict.bytes.bytes > 0)
            check_same(frame, verdict.bytes, magic);
    }
    free(set.data);
    free(batch.data);
    free(opened.data);
    wire_memory_deinit(&memory);
}

/* Stamps a copy of what has been admitted. */
static void check_admitted(const struct rules *rules, const struct admit_verdict *verdict)
{
    size_t bytes = (size_t)verdict->bytes.bytes, position = 0;
    uint8_t *frame = malloc(bytes);
    struct wire_batch batch;
    struct wire_error error;
    assert(frame && bytes >= WIRE_BATCH_HEADER_BYTES);
    memcpy(frame, verdict->bytes.data, bytes);
    struct admit_stamp stamp = {
        .base_offset = 1ll << 40,
        .leader_epoch = 7,
        .is_log_append_time = rules->admit.is_log_append_time,
        .max_timestamp_ms = rules->admit.is_log_append_time ? rules->admit.now_ms : verdict->max_timestamp_ms,
    };
    admit_stamp(frame, &stamp);
    enum wire_next found =
        wire_batch_next((struct wire_bytes){frame, verdict->bytes.bytes}, &position, &batch, &error);
    assert(found == WIRE_NEXT && position == bytes);
    assert(batch.base_offset == stamp.base_offset && batch.leader_epoch == 7);
    assert(batch.max_timestamp_ms == stamp.max_timestamp_ms);
    assert(batch.is_log_append_time == stamp.is_log_append_time && batch.codec == verdict->batch.codec);
    assert(batch.producer_id == verdict->batch.producer_id && batch.record_count > 0 && !batch.is_control);
    for (int8_t magic = 0; magic < 2; magic++)
        check_conversion(rules, (struct wire_bytes){frame, verdict->bytes.bytes}, magic);
    free(frame);
}

static void read_all(struct wire_bytes records)
{
    struct wire_batch batch;
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    size_t position = 0;
    while (wire_batch_next(records, &position, &batch, &error) == WIRE_NEXT) {
        struct wire_output opened = {0};
        struct wire_bytes payload = batch.payload;
        if (batch.codec != WIRE_CODEC_NONE && flip(batch.codec, payload, &opened))
            payload = bytes_of(&opened);
        if (wire_record_reader_init(&reader, &batch, payload, &error))
            while (wire_record_next(&reader, &record, &error) == WIRE_NEXT)
                check_headers(&record);
        free(opened.data);
    }
}

void fuzz_batches(const uint8_t *flags, struct wire_bytes batches)
{
    struct wire_memory memory = {0};
    struct admit_verdict verdict;
    struct rules rules;
    init_rules(&rules, flags, flags[1] % 14);
    struct wire_bytes copy = copy_of(flags, batches);
    read_all(copy);
    if (admit_check(copy, &rules.admit, &memory, &verdict)) {
        assert(verdict.error == KAFKA_NONE && verdict.record_errors.count == 0);
        if (verdict.bytes.bytes > 0)
            check_admitted(&rules, &verdict);
    } else {
        assert(verdict.error != KAFKA_NONE && verdict.message && errors_name((int16_t)verdict.error));
    }
    free((void *)(uintptr_t)copy.data);
    wire_memory_deinit(&memory);
}

void fuzz_sets(const uint8_t *flags, struct wire_bytes sets)
{
    struct wire_memory memory = {0};
    struct wire_output output = {0};
    struct admit_verdict verdict, again;
    struct rules rules;
    init_rules(&rules, flags, flags[1] % 3);
    struct wire_bytes copy = copy_of(flags, sets);
    read_all(copy);
    if (convert_up(copy, &rules.admit, &memory, &output, &verdict)) {
        assert(verdict.error == KAFKA_NONE && verdict.record_errors.count == 0);
        if (verdict.bytes.bytes > 0) {
            rules.admit.version = 3;
            bool is_good = admit_check(verdict.bytes, &rules.admit, &memory, &again);
            assert(is_good && again.max_timestamp_ms == verdict.max_timestamp_ms);
            check_admitted(&rules, &verdict);
        }
    } else {
        assert(verdict.error != KAFKA_NONE && verdict.message);
    }
    free((void *)(uintptr_t)copy.data);
    free(output.data);
    wire_memory_deinit(&memory);
}
