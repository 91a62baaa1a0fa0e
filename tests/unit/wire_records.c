/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kafka/wire/records.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct wire_bytes text(const char *string)
{
    return (struct wire_bytes){.data = (const uint8_t *)string,
                               .bytes = string ? (int32_t)strlen(string) : -1};
}

/* A batch of two records at offset 100, the first with a header, the second with null key and value. */
static struct wire_output two_records(void)
{
    struct wire_output headers = {0}, payload = {0}, output = {0};
    struct wire_batch batch = {.base_offset = 100,
                               .base_timestamp_ms = 5000,
                               .max_timestamp_ms = 5007,
                               .producer_id = 42,
                               .base_sequence = 3,
                               .last_offset_delta = 1,
                               .record_count = 2};
    wire_header_append(&(struct wire_header){text("h"), text("v")}, &headers);
    struct wire_record first = {.offset = 100,
                                .timestamp_ms = 5000,
                                .key = text("k"),
                                .value = text("value"),
                                .header_count = 1,
                                .headers = headers.data,
                                .headers_bytes = headers.bytes};
    struct wire_record second = {
        .offset = 101, .timestamp_ms = 5007, .key = text(NULL), .value = text(NULL), .header_count = 0};
    wire_record_append(&batch, &first, &payload);
    wire_record_append(&batch, &second, &payload);
    batch.payload = (struct wire_bytes){payload.data, (int32_t)payload.bytes};
    wire_batch_append(&batch, &output);
    free(headers.data);
    free(payload.data);
    return output;
}

Test(records, a_batch_gives_back_what_was_put_in)
{
    struct wire_output output = two_records();
    struct wire_bytes data = {output.data, (int32_t)output.bytes};
    struct wire_batch batch;
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_header header;
    struct wire_error error;
    size_t position = 0, header_position = 0;
    cr_assert_eq(wire_batch_next(data, &position, &batch, &error), WIRE_NEXT);
    cr_expect_eq(batch.producer_id, 42);
    cr_expect_eq(batch.base_sequence, 3);
    cr_assert(wire_record_reader_init(&reader, &batch, batch.payload, &error));
    cr_assert_eq(wire_record_next(&reader, &record, &error), WIRE_NEXT);
    cr_expect_eq(record.offset, 100);
    cr_expect_eq(memcmp(record.value.data, "value", 5), 0);
    cr_assert(wire_header_next(&record, &header_position, &header));
    cr_expect_eq(header.value.data[0], 'v');
    cr_expect_not(wire_header_next(&record, &header_position, &header));
    cr_assert_eq(wire_record_next(&reader, &record, &error), WIRE_NEXT);
    cr_expect_eq(record.offset, 101);
    cr_expect_eq(record.timestamp_ms, 5007);
    cr_expect_eq(record.key.bytes, -1);
    cr_expect_eq(wire_record_next(&reader, &record, &error), WIRE_NEXT_END);
    cr_expect_eq(wire_batch_next(data, &position, &batch, &error), WIRE_NEXT_END);
    free(output.data);
}

Test(records, times_that_are_as_far_apart_as_can_be_come_back)
{
    static const int64_t times_ms[] = {-1, INT64_MAX, INT64_MIN, 0};
    struct wire_output payload = {0};
    struct wire_batch batch = {.base_timestamp_ms = -1, .record_count = 4, .magic = 2};
    for (int32_t i = 0; i < 4; i++)
        wire_record_append(
            &batch,
            &(struct wire_record){
                .offset = i, .timestamp_ms = times_ms[i], .key = text(NULL), .value = text("v")},
            &payload);
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    batch.payload = (struct wire_bytes){payload.data, (int32_t)payload.bytes};
    cr_assert(wire_record_reader_init(&reader, &batch, batch.payload, &error));
    for (int32_t i = 0; i < 4; i++) {
        cr_assert_eq(wire_record_next(&reader, &record, &error), WIRE_NEXT);
        cr_expect_eq(record.timestamp_ms, times_ms[i]);
    }
    free(payload.data);
}

Test(records, every_flipped_bit_behind_the_crc_is_noticed)
{
    struct wire_output output = two_records();
    struct wire_bytes data = {output.data, (int32_t)output.bytes};
    for (size_t i = 17; i < output.bytes; i++)
        for (int bit = 0; bit < 8; bit++) {
            struct wire_batch batch;
            struct wire_error error;
            size_t position = 0;
            output.data[i] ^= (uint8_t)(1 << bit);
            cr_assert_eq(wire_batch_next(data, &position, &batch, &error), WIRE_NEXT_ERROR, "byte %zu", i);
            output.data[i] ^= (uint8_t)(1 << bit);
        }
    free(output.data);
}

Test(records, a_batch_that_is_cut_off_is_no_error)
{
    struct wire_output output = two_records();
    for (size_t bytes = 1; bytes < output.bytes; bytes++) {
        uint8_t *exact = malloc(bytes);
        memcpy(exact, output.data, bytes);
        struct wire_batch batch;
        struct wire_error error;
        size_t position = 0;
        cr_assert_eq(wire_batch_next((struct wire_bytes){exact, (int32_t)bytes}, &position, &batch, &error),
                     WIRE_NEXT_CUT, "%zu", bytes);
        cr_assert_eq(position, 0);
        free(exact);
    }
    free(output.data);
}

/* The payload is behind the CRC, so only a broker or client that is itself wrong gets here. It lies flush
 * against a page that must not be touched. */
Test(records, a_mutated_payload_ends_in_an_error_or_in_the_end)
{
    struct wire_output output = two_records();
    size_t payload_bytes = output.bytes - WIRE_BATCH_HEADER_BYTES, page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages = mmap(NULL, 2 * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_eq(mprotect(pages + page_bytes, page_bytes, PROT_NONE), 0);
    uint8_t *payload = pages + page_bytes - payload_bytes;
    for (size_t i = 0; i < payload_bytes; i++)
        for (int value = 0; value < 256; value++) {
            memcpy(payload, output.data + WIRE_BATCH_HEADER_BYTES, payload_bytes);
            payload[i] = (uint8_t)value;
            struct wire_batch batch = {.magic = 2, .record_count = 2, .base_offset = INT64_MAX};
            struct wire_bytes data = {payload, (int32_t)payload_bytes};
            struct wire_record_reader reader;
            struct wire_record record;
            struct wire_error error;
            int records = 0;
            cr_assert(wire_record_reader_init(&reader, &batch, data, &error));
            while (wire_record_next(&reader, &record, &error) == WIRE_NEXT)
                records++;
            cr_assert_leq(records, 2);
        }
    munmap(pages, 2 * page_bytes);
    free(output.data);
}

/* One message of magic 1 around two of magic 1, as a producer of old would write it (without its
 * compression). */
static void append_legacy(struct wire_output *output, int64_t offset, int attributes, struct wire_bytes value)
{
    uint8_t message[34] = {0};
    struct wire_output body = {0};
    int32_t bytes = 22 + value.bytes;
    for (int i = 0; i < 8; i++)
        message[i] = (uint8_t)((uint64_t)offset >> (56 - 8 * i));
    for (int i = 0; i < 4; i++) {
        message[8 + i] = (uint8_t)((uint32_t)bytes >> (24 - 8 * i));
        message[26 + i] = 0xff;
        message[30 + i] = (uint8_t)((uint32_t)value.bytes >> (24 - 8 * i));
    }
    message[16] = 1;
    message[17] = (uint8_t)attributes;
    message[25] = 77;
    wire_output_append(&body, message, sizeof(message));
    wire_output_append(&body, value.data, (size_t)value.bytes);
    uint32_t crc = wire_crc32(body.data + 16, body.bytes - 16);
    for (int i = 0; i < 4; i++)
        body.data[12 + i] = (uint8_t)(crc >> (24 - 8 * i));
    wire_output_append(output, body.data, body.bytes);
    free(body.data);
}

Test(records, relative_offsets_inside_an_old_compressed_message_become_absolute)
{
    struct wire_output inner = {0}, outer = {0};
    append_legacy(&inner, 0, 0, text("a"));
    append_legacy(&inner, 1, 0, text("bb"));
    append_legacy(&outer, 501, WIRE_CODEC_GZIP, (struct wire_bytes){inner.data, (int32_t)inner.bytes});
    struct wire_batch batch;
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    size_t position = 0;
    cr_assert_eq(
        wire_batch_next((struct wire_bytes){outer.data, (int32_t)outer.bytes}, &position, &batch, &error),
        WIRE_NEXT);
    cr_expect_eq(batch.codec, WIRE_CODEC_GZIP);
    cr_assert(wire_record_reader_init(&reader, &batch, batch.payload, &error));
    cr_assert_eq(wire_record_next(&reader, &record, &error), WIRE_NEXT);
    cr_expect_eq(record.offset, 500);
    cr_expect_eq(record.timestamp_ms, 77);
    cr_assert_eq(wire_record_next(&reader, &record, &error), WIRE_NEXT);
    cr_expect_eq(record.offset, 501);
    cr_expect_eq(record.value.bytes, 2);
    cr_expect_eq(wire_record_next(&reader, &record, &error), WIRE_NEXT_END);
    free(inner.data);
    free(outer.data);
}

Test(records, the_checksums_are_those_of_the_standards)
{
    /* RFC 3720 B.4 and the usual check value of CRC-32. */
    cr_expect_eq(wire_crc32c((const uint8_t *)"123456789", 9), 0xe3069283);
    cr_expect_eq(wire_crc32((const uint8_t *)"123456789", 9), 0xcbf43926);
}

/* Lanes, words and single bytes: every length across their borders, at every alignment. */
Test(records, the_portable_checksum_is_that_of_the_instruction)
{
    static uint8_t data[2000];
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    for (size_t from = 0; from < 8; from++)
        for (size_t bytes = 0; from + bytes <= sizeof(data); bytes++)
            cr_assert_eq(wire_crc32c(data + from, bytes), checksum_crc32c_portable(data + from, bytes),
                         "%zu bytes at %zu", bytes, from);
}
