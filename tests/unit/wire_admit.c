/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a leader admits, refuses and stamps. Errors as of Apache Kafka 3.9.2, asked with the same bytes.
 */
#include "sim/kafka/wire/admit.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { NOW_MS = 1000000 };

static struct admit_rules rules_of(int16_t version)
{
    return (struct admit_rules){.version = version,
                                .batch_bytes_max = 1 << 20,
                                .now_ms = NOW_MS,
                                .before_ms_max = INT64_MAX,
                                .after_ms_max = INT64_MAX};
}

/* A batch of three records, ten ms apart, the last without a key; change it before it is closed. */
struct draft {
    struct wire_batch batch;
    struct wire_output payload, output;
};

static void draft_init(struct draft *draft)
{
    *draft = (struct draft){.batch = {.base_timestamp_ms = NOW_MS,
                                      .max_timestamp_ms = NOW_MS + 20,
                                      .producer_id = -1,
                                      .producer_epoch = -1,
                                      .base_sequence = -1,
                                      .leader_epoch = -1,
                                      .last_offset_delta = 2,
                                      .record_count = 3}};
    for (int i = 0; i < 3; i++) {
        struct wire_record record = {
            .offset = i,
            .timestamp_ms = NOW_MS + 10 * i,
            .key = {.data = i < 2 ? (const uint8_t *)"k" : NULL, .bytes = i < 2 ? 1 : -1},
            .value = {.data = (const uint8_t *)"value", .bytes = 5}};
        wire_record_append(&draft->batch, &record, &draft->payload);
    }
}

static struct wire_bytes draft_close(struct draft *draft)
{
    draft->batch.payload = (struct wire_bytes){draft->payload.data, (int32_t)draft->payload.bytes};
    wire_batch_append(&draft->batch, &draft->output);
    return (struct wire_bytes){draft->output.data, (int32_t)draft->output.bytes};
}

static void draft_free(struct draft *draft)
{
    free(draft->payload.data);
    free(draft->output.data);
}

/* What does a draft get, with one change? */
static enum kafka_error error_of(void (*change)(struct wire_batch *), const struct admit_rules *rules)
{
    struct draft draft;
    struct admit_verdict verdict;
    struct wire_memory memory = {0};
    draft_init(&draft);
    change(&draft.batch);
    bool is_good = admit_check(draft_close(&draft), rules, &memory, &verdict);
    cr_assert_eq(is_good, verdict.error == KAFKA_NONE);
    draft_free(&draft);
    wire_memory_deinit(&memory);
    return verdict.error;
}

static void change_nothing(struct wire_batch *batch)
{
    (void)batch;
}

static void change_base_offset(struct wire_batch *batch)
{
    batch->base_offset = 1;
}

static void change_count(struct wire_batch *batch)
{
    batch->record_count = 2;
}

static void change_last_delta(struct wire_batch *batch)
{
    batch->last_offset_delta = -3;
}

static void change_count_and_delta(struct wire_batch *batch)
{
    batch->record_count = 4;
    batch->last_offset_delta = 3;
}

static void change_to_control(struct wire_batch *batch)
{
    batch->is_control = true;
}

static void change_producer(struct wire_batch *batch)
{
    batch->producer_id = 9;
}

static void change_to_zstd(struct wire_batch *batch)
{
    batch->codec = WIRE_CODEC_ZSTD;
}

static void change_to_unknown_codec(struct wire_batch *batch)
{
    batch->codec = 5;
}

static void change_to_log_append_time(struct wire_batch *batch)
{
    batch->is_log_append_time = true;
}

Test(admit, a_batch_is_refused_for_what_its_header_says)
{
    struct admit_rules rules = rules_of(9);
    cr_expect_eq(error_of(change_nothing, &rules), KAFKA_NONE);
    cr_expect_eq(error_of(change_base_offset, &rules), KAFKA_INVALID_RECORD);
    cr_expect_eq(error_of(change_count, &rules), KAFKA_INVALID_RECORD);
    cr_expect_eq(error_of(change_last_delta, &rules), KAFKA_INVALID_RECORD);
    cr_expect_eq(error_of(change_to_control, &rules), KAFKA_INVALID_RECORD);
    cr_expect_eq(error_of(change_producer, &rules), KAFKA_INVALID_RECORD);
    cr_expect_eq(error_of(change_to_unknown_codec, &rules), KAFKA_UNKNOWN_SERVER_ERROR);
    rules.batch_bytes_max = 90;
    cr_expect_eq(error_of(change_nothing, &rules), KAFKA_MESSAGE_TOO_LARGE);
}

Test(admit, zstd_needs_version_7)
{
    struct admit_rules rules = rules_of(6);
    cr_expect_eq(error_of(change_to_zstd, &rules), KAFKA_UNSUPPORTED_COMPRESSION_TYPE);
    rules.version = 7;
    cr_expect_eq(error_of(change_to_zstd, &rules), KAFKA_NONE);
}

Test(admit, records_are_counted)
{
    struct admit_rules rules = rules_of(9);
    cr_expect_eq(error_of(change_count_and_delta, &rules), KAFKA_INVALID_RECORD);
}

Test(admit, log_append_time_is_the_brokers_to_give)
{
    struct admit_rules rules = rules_of(9);
    cr_expect_eq(error_of(change_to_log_append_time, &rules), KAFKA_NONE);
    rules.is_log_append_time = true;
    cr_expect_eq(error_of(change_nothing, &rules), KAFKA_NONE);
    cr_expect_eq(error_of(change_to_log_append_time, &rules), KAFKA_INVALID_TIMESTAMP);
}

Test(admit, there_is_one_batch_and_what_is_cut_off_behind_it_is_not_looked_at)
{
    struct draft draft;
    struct admit_verdict verdict;
    struct admit_rules rules = rules_of(3);
    draft_init(&draft);
    int32_t one = draft_close(&draft).bytes;
    struct wire_bytes two = draft_close(&draft);
    cr_expect_not(admit_check(two, &rules, NULL, &verdict));
    cr_expect_eq(verdict.error, KAFKA_INVALID_RECORD);
    two.bytes--;
    cr_expect(admit_check(two, &rules, NULL, &verdict));
    cr_expect_eq(verdict.bytes.bytes, one);
    two.bytes = one - 1;
    cr_expect_not(admit_check(two, &rules, NULL, &verdict));
    cr_expect_eq(verdict.error, KAFKA_INVALID_RECORD);
    rules.version = 2;
    cr_expect(admit_check(two, &rules, NULL, &verdict));
    cr_expect_eq(verdict.bytes.bytes, 0);
    draft_free(&draft);
}

Test(admit, a_flipped_bit_is_a_corrupt_message)
{
    struct draft draft;
    struct admit_verdict verdict;
    struct admit_rules rules = rules_of(9);
    draft_init(&draft);
    struct wire_bytes bytes = draft_close(&draft);
    for (int32_t i = 23; i < bytes.bytes; i++) {
        draft.output.data[i] ^= 4;
        cr_expect_not(admit_check(bytes, &rules, NULL, &verdict));
        cr_expect_eq(verdict.error, KAFKA_CORRUPT_MESSAGE, "byte %d", i);
        draft.output.data[i] ^= 4;
    }
    draft.output.data[16] = 3;
    cr_expect_not(admit_check(bytes, &rules, NULL, &verdict));
    cr_expect_eq(verdict.error, KAFKA_CORRUPT_MESSAGE);
    draft.output.data[16] = 1;
    cr_expect_not(admit_check(bytes, &rules, NULL, &verdict));
    cr_expect_eq(verdict.error, KAFKA_INVALID_RECORD);
    draft_free(&draft);
}

Test(admit, every_bad_record_is_told_and_a_bad_timestamp_names_the_error)
{
    struct draft draft;
    struct admit_verdict verdict;
    struct wire_memory memory = {0};
    struct admit_rules rules = rules_of(9);
    draft_init(&draft);
    struct wire_bytes bytes = draft_close(&draft);
    rules.is_compacted = true;
    cr_expect_not(admit_check(bytes, &rules, &memory, &verdict));
    cr_expect_eq(verdict.error, KAFKA_INVALID_RECORD);
    cr_assert_eq(verdict.record_errors.count, 1);
    cr_expect_eq(verdict.record_errors.items[0].index, 2);
    cr_expect_eq(verdict.record_errors.items[0].reason, ADMIT_NO_KEY);
    rules.after_ms_max = 5;
    cr_expect_not(admit_check(bytes, &rules, &memory, &verdict));
    cr_expect_eq(verdict.error, KAFKA_INVALID_TIMESTAMP);
    cr_assert_eq(verdict.record_errors.count, 2);
    cr_expect_eq(verdict.record_errors.items[0].index, 1);
    cr_expect_eq(verdict.record_errors.items[0].reason, ADMIT_TIMESTAMP_RANGE);
    cr_expect_eq(verdict.record_errors.items[0].timestamp_ms, NOW_MS + 10);
    cr_expect_eq(verdict.record_errors.items[1].reason, ADMIT_NO_KEY);
    draft_free(&draft);
    wire_memory_deinit(&memory);
}

static void check_stamp(const struct admit_stamp *stamp, bool is_same_crc)
{
    struct draft draft;
    struct wire_batch batch;
    struct wire_error error;
    size_t position = 0;
    draft_init(&draft);
    draft.batch.codec = WIRE_CODEC_LZ4;
    draft.batch.is_transactional = true;
    struct wire_bytes bytes = draft_close(&draft);
    int32_t crc = wire_int32(bytes.data + 17);
    admit_stamp(draft.output.data, stamp);
    cr_assert_eq(wire_batch_next(bytes, &position, &batch, &error), WIRE_NEXT);
    cr_expect_eq(crc == wire_int32(bytes.data + 17), is_same_crc);
    cr_expect_eq(batch.base_offset, stamp->base_offset);
    cr_expect_eq(batch.leader_epoch, stamp->leader_epoch);
    cr_expect_eq(batch.max_timestamp_ms, stamp->max_timestamp_ms);
    cr_expect_eq(batch.base_timestamp_ms, NOW_MS);
    cr_expect_eq(batch.is_log_append_time, stamp->is_log_append_time);
    cr_expect_eq(batch.codec, WIRE_CODEC_LZ4);
    cr_expect(batch.is_transactional);
    cr_expect_not(batch.is_control);
    draft_free(&draft);
}

Test(admit, a_stamp_leaves_a_good_batch_and_computes_no_checksum_for_nothing)
{
    check_stamp(&(struct admit_stamp){77, 3, false, NOW_MS + 20}, true);
    check_stamp(&(struct admit_stamp){77, 3, false, NOW_MS + 19}, false);
    check_stamp(&(struct admit_stamp){77, 3, true, NOW_MS + 20}, false);
    check_stamp(&(struct admit_stamp){1ll << 40, 0, true, NOW_MS + 500}, false);
}
