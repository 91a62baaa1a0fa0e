/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message sets of old to batches and back. The bytes expected are what Apache Kafka 3.9.2 makes of the same.
 */
#include "sim/kafka/wire/convert.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Stands for a codec: flips every bit. */
static bool flip(enum wire_codec codec, struct wire_bytes in, struct wire_output *out)
{
    out->bytes = 0;
    wire_output_append(out, in.data, (size_t)in.bytes);
    for (size_t i = 0; i < out->bytes; i++)
        out->data[i] = (uint8_t)~out->data[i];
    return codec != WIRE_CODEC_NONE;
}

static const struct wire_codecs codecs = {.decompress = flip, .compress = flip};

static const struct admit_rules rules = {.version = 2,
                                         .batch_bytes_max = 1 << 20,
                                         .now_ms = 1000,
                                         .before_ms_max = INT64_MAX,
                                         .after_ms_max = INT64_MAX,
                                         .codecs = &codecs};

static struct wire_bytes text(const char *string)
{
    return (struct wire_bytes){.data = (const uint8_t *)string,
                               .bytes = string ? (int32_t)strlen(string) : -1};
}

static struct wire_bytes bytes_of(const struct wire_output *output)
{
    return (struct wire_bytes){.data = output->data, .bytes = (int32_t)output->bytes};
}

static void append_message(struct wire_output *set, int8_t magic, int64_t offset, const char *key,
                           const char *value)
{
    struct wire_record record = {
        .offset = offset, .timestamp_ms = 500 + offset, .key = text(key), .value = text(value)};
    wire_message_append(&(struct wire_batch){.magic = magic}, &record, set);
}

static void append_wrapper(struct wire_output *output, int8_t magic, int64_t offset,
                           const struct wire_output *set)
{
    struct wire_output closed = {0};
    flip(WIRE_CODEC_GZIP, bytes_of(set), &closed);
    struct wire_record record = {
        .offset = offset, .timestamp_ms = 501, .key = text(NULL), .value = bytes_of(&closed)};
    wire_message_append(&(struct wire_batch){.magic = magic, .codec = WIRE_CODEC_GZIP}, &record, output);
    free(closed.data);
}

static void expect_record(struct wire_record_reader *reader, int64_t offset, int64_t timestamp_ms,
                          const char *key, const char *value)
{
    struct wire_record record;
    struct wire_error error;
    cr_assert_eq(wire_record_next(reader, &record, &error), WIRE_NEXT);
    cr_expect_eq(record.offset, offset);
    cr_expect_eq(record.timestamp_ms, timestamp_ms);
    cr_expect_eq(record.key.bytes, text(key).bytes);
    cr_expect_eq(record.value.bytes, text(value).bytes);
    cr_expect(!key || memcmp(record.key.data, key, strlen(key)) == 0);
    cr_expect(!value || memcmp(record.value.data, value, strlen(value)) == 0);
}

Test(convert, plain_messages_become_one_batch)
{
    for (int8_t magic = 0; magic < 2; magic++) {
        struct wire_output set = {0}, output = {0};
        struct admit_verdict verdict;
        struct wire_record_reader reader;
        struct wire_error error;
        append_message(&set, magic, 40, "k", "one");
        append_message(&set, magic, 41, NULL, "two");
        append_message(&set, magic, 42, "gone", NULL);
        cr_assert(convert_is_old(bytes_of(&set)));
        cr_assert(convert_up(bytes_of(&set), &rules, NULL, &output, &verdict), "%s", verdict.message);
        cr_expect_eq(verdict.batch.record_count, 3);
        cr_expect_eq(verdict.batch.last_offset_delta, 2);
        cr_expect_eq(verdict.batch.producer_id, -1);
        cr_expect_eq(verdict.batch.base_sequence, -1);
        cr_expect_eq(verdict.batch.base_timestamp_ms, magic ? 540 : -1);
        cr_expect_eq(verdict.max_timestamp_ms, magic ? 542 : -1);
        cr_assert(wire_record_reader_init(&reader, &verdict.batch, verdict.batch.payload, &error));
        expect_record(&reader, 0, magic ? 540 : -1, "k", "one");
        expect_record(&reader, 1, magic ? 541 : -1, NULL, "two");
        expect_record(&reader, 2, magic ? 542 : -1, "gone", NULL);
        free(set.data);
        free(output.data);
    }
}

Test(convert, a_compressed_message_becomes_a_compressed_batch)
{
    struct wire_output inner = {0}, set = {0}, output = {0}, opened = {0};
    struct admit_verdict verdict;
    struct wire_record_reader reader;
    struct wire_error error;
    append_message(&inner, 1, 0, "k", "one");
    append_message(&inner, 1, 1, NULL, "two");
    append_wrapper(&set, 1, 1, &inner);
    cr_assert(convert_up(bytes_of(&set), &rules, NULL, &output, &verdict), "%s", verdict.message);
    cr_expect_eq(verdict.batch.codec, WIRE_CODEC_GZIP);
    cr_expect_eq(verdict.batch.record_count, 2);
    flip(WIRE_CODEC_GZIP, verdict.batch.payload, &opened);
    cr_assert(wire_record_reader_init(&reader, &verdict.batch, bytes_of(&opened), &error));
    expect_record(&reader, 0, 500, "k", "one");
    expect_record(&reader, 1, 501, NULL, "two");
    free(inner.data);
    free(set.data);
    free(output.data);
    free(opened.data);
}

/* What does a set get? */
static enum kafka_error error_of(const struct wire_output *set, const struct admit_rules *asked)
{
    struct wire_output output = {0};
    struct admit_verdict verdict;
    struct wire_memory memory = {0};
    bool is_good = convert_up(bytes_of(set), asked, &memory, &output, &verdict);
    cr_assert_eq(is_good, verdict.error == KAFKA_NONE);
    free(output.data);
    wire_memory_deinit(&memory);
    return verdict.error;
}

Test(convert, a_set_is_refused_as_kafka_refuses_it)
{
    struct wire_output set = {0}, inner = {0}, wrapped = {0};
    struct admit_rules asked = rules;
    append_message(&set, 1, 0, "k", "one");
    append_message(&set, 1, 1, NULL, "two");
    asked.is_compacted = true;
    cr_expect_eq(error_of(&set, &asked), KAFKA_INVALID_RECORD);
    asked = rules;
    asked.before_ms_max = 100;
    cr_expect_eq(error_of(&set, &asked), KAFKA_INVALID_TIMESTAMP);
    asked = rules;
    asked.batch_bytes_max = 30;
    cr_expect_eq(error_of(&set, &asked), KAFKA_MESSAGE_TOO_LARGE);
    set.data[set.bytes - 1] ^= 1;
    cr_expect_eq(error_of(&set, &rules), KAFKA_CORRUPT_MESSAGE);
    set.data[set.bytes - 1] ^= 1;
    append_message(&set, 0, 2, NULL, "three");
    cr_expect_eq(error_of(&set, &rules), KAFKA_INVALID_RECORD);

    append_message(&inner, 1, 0, "k", "one");
    inner.data[inner.bytes - 1] ^= 1;
    append_wrapper(&wrapped, 1, 0, &inner);
    cr_expect_eq(error_of(&wrapped, &rules), KAFKA_CORRUPT_MESSAGE);
    wrapped.bytes = inner.bytes = 0;
    append_message(&inner, 1, 5, "k", "one");
    append_wrapper(&wrapped, 1, 4, &inner);
    cr_expect_eq(error_of(&wrapped, &rules), KAFKA_INVALID_RECORD);
    wrapped.bytes = 0;
    append_wrapper(&wrapped, 1, 0, &inner);
    cr_expect_eq(error_of(&wrapped, &rules), KAFKA_NONE);
    append_wrapper(&wrapped, 1, 0, &inner);
    cr_expect_eq(error_of(&wrapped, &rules), KAFKA_INVALID_RECORD);
    free(set.data);
    free(inner.data);
    free(wrapped.data);
}

Test(convert, an_empty_set_is_fine_and_nothing)
{
    struct wire_output output = {0};
    struct admit_verdict verdict;
    cr_expect(convert_up((struct wire_bytes){.data = NULL, .bytes = 0}, &rules, NULL, &output, &verdict));
    cr_expect_eq(verdict.bytes.bytes, 0);
    cr_expect_null(output.data);
}

/* Three records at offsets 100 to 102. */
static struct wire_output batch_of(enum wire_codec codec, bool is_log_append_time)
{
    struct wire_output payload = {0}, closed = {0}, headers = {0}, output = {0};
    struct wire_batch batch = {.base_offset = 100,
                               .base_timestamp_ms = 600,
                               .max_timestamp_ms = 602,
                               .producer_id = -1,
                               .codec = codec,
                               .is_log_append_time = is_log_append_time,
                               .last_offset_delta = 2,
                               .record_count = 3};
    wire_header_append(&(struct wire_header){text("h"), text("v")}, &headers);
    for (int i = 0; i < 3; i++) {
        struct wire_record record = {.offset = 100 + i,
                                     .timestamp_ms = 600 + i,
                                     .key = text(i ? "k" : NULL),
                                     .value = text("value"),
                                     .header_count = 1,
                                     .headers = headers.data,
                                     .headers_bytes = headers.bytes};
        wire_record_append(&batch, &record, &payload);
    }
    batch.payload = bytes_of(&payload);
    if (codec != WIRE_CODEC_NONE) {
        flip(codec, bytes_of(&payload), &closed);
        batch.payload = bytes_of(&closed);
    }
    wire_batch_append(&batch, &output);
    free(payload.data);
    free(closed.data);
    free(headers.data);
    return output;
}

Test(convert, a_batch_becomes_messages_from_the_offset_asked_for)
{
    for (int8_t magic = 0; magic < 2; magic++) {
        struct wire_output batch = batch_of(WIRE_CODEC_NONE, magic), set = {0};
        struct convert_target target = {.magic = magic, .first_offset = 101};
        size_t position = 0;
        cr_assert_eq(convert_down(bytes_of(&batch), &target, &set), KAFKA_NONE);
        for (int64_t offset = 101; offset < 103; offset++) {
            struct wire_batch message;
            struct wire_record_reader reader;
            struct wire_error error;
            cr_assert_eq(wire_batch_next(bytes_of(&set), &position, &message, &error), WIRE_NEXT);
            cr_expect_eq(message.magic, magic);
            cr_expect_eq(message.is_log_append_time, magic == 1);
            cr_assert(wire_record_reader_init(&reader, &message, message.payload, &error));
            expect_record(&reader, offset, magic ? 602 : -1, "k", "value");
        }
        cr_expect_eq(position, set.bytes);
        free(batch.data);
        free(set.data);
    }
}

Test(convert, a_compressed_batch_becomes_one_message_with_relative_offsets_in_magic_1)
{
    for (int8_t magic = 0; magic < 2; magic++) {
        struct wire_output batch = batch_of(WIRE_CODEC_LZ4, false), set = {0}, opened = {0};
        struct convert_target target = {.magic = magic, .first_offset = 101, .codecs = &codecs};
        struct wire_batch message;
        struct wire_record_reader reader;
        struct wire_error error;
        size_t position = 0;
        cr_assert_eq(convert_down(bytes_of(&batch), &target, &set), KAFKA_NONE);
        cr_assert_eq(wire_batch_next(bytes_of(&set), &position, &message, &error), WIRE_NEXT);
        cr_expect_eq(position, set.bytes);
        cr_expect_eq(message.codec, WIRE_CODEC_LZ4);
        cr_expect_eq(message.base_offset, 102);
        cr_expect_eq(message.max_timestamp_ms, magic ? 602 : -1);
        flip(message.codec, message.payload, &opened);
        cr_expect_eq(wire_int64(opened.data), magic ? 0 : 100);
        cr_assert(wire_record_reader_init(&reader, &message, bytes_of(&opened), &error));
        expect_record(&reader, 100, magic ? 600 : -1, NULL, "value");
        expect_record(&reader, 101, magic ? 601 : -1, "k", "value");
        free(batch.data);
        free(set.data);
        free(opened.data);
    }
}

Test(convert, control_batches_are_left_out_and_zstd_is_refused)
{
    struct wire_output batch = batch_of(WIRE_CODEC_NONE, false), set = {0};
    struct convert_target target = {.magic = 1, .codecs = &codecs};
    batch.data[22] |= 32;
    wire_batch_crc_write(batch.data, batch.bytes);
    cr_expect_eq(convert_down(bytes_of(&batch), &target, &set), KAFKA_NONE);
    cr_expect_eq(set.bytes, 0);
    batch.data[22] = WIRE_CODEC_ZSTD;
    wire_batch_crc_write(batch.data, batch.bytes);
    cr_expect_eq(convert_down(bytes_of(&batch), &target, &set), KAFKA_UNSUPPORTED_COMPRESSION_TYPE);
    batch.data[50] ^= 1;
    cr_expect_eq(convert_down(bytes_of(&batch), &target, &set), KAFKA_CORRUPT_MESSAGE);
    free(batch.data);
    free(set.data);
}

Test(convert, the_version_of_a_fetch_says_which_magic_it_can_read)
{
    static const int8_t magic[] = {0, 0, 1, 1, 2, 2};
    for (int16_t version = 0; version < 6; version++)
        cr_expect_eq(convert_magic_of_fetch(version), magic[version]);
}
