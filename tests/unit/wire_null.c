/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nulls, optional structs and tagged fields, byte for byte as Apache Kafka's generated classes write them.
 */
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/errors.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct expected {
    const struct wire_schema *schema;
    int16_t version;
    bool is_flexible;
    struct wire_bytes bytes;
};

#define BYTES(...)                                                                                           \
    (struct wire_bytes)                                                                                      \
    {                                                                                                        \
        .data = (const uint8_t[]){__VA_ARGS__}, .bytes = (int32_t)sizeof((const uint8_t[]){__VA_ARGS__})     \
    }

/* in encodes to the bytes, and the bytes decode to out. */
static void check_both_ways(const struct expected *expected, const void *in, void *out,
                            struct wire_memory *memory)
{
    struct wire_output output = {0};
    struct wire_error error = {0};
    struct wire_input input = {.data = expected->bytes.data,
                               .bytes = (size_t)expected->bytes.bytes,
                               .version = expected->version,
                               .is_flexible = expected->is_flexible};
    size_t position = 0;
    wire_encode(expected->schema, expected->version, expected->is_flexible, in, &output);
    cr_assert_not(output.is_failed);
    cr_assert_eq(output.bytes, (size_t)expected->bytes.bytes);
    cr_assert_eq(memcmp(output.data, expected->bytes.data, output.bytes), 0);
    cr_assert(wire_decode(expected->schema, &input, &position, memory, out, &error), "%s: %s", error.path,
              error.message);
    cr_assert_eq(position, input.bytes);
    free(output.data);
}

Test(wire_null, no_topics_means_all_partitions_of_elect_leaders)
{
    struct wire_elect_leaders_request in, out;
    wire_init(&wire_elect_leaders_request_schema, &in);
    in.topic_partitions.count = -1;
    in.timeout_ms = 7;
    check_both_ways(&(struct expected){&wire_elect_leaders_request_schema, 1, false,
                                       BYTES(0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 7)},
                    &in, &out, NULL);
    cr_expect_eq(out.topic_partitions.count, -1);
    check_both_ways(
        &(struct expected){&wire_elect_leaders_request_schema, 2, true, BYTES(0, 0, 0, 0, 0, 7, 0)}, &in,
        &out, NULL);
    cr_expect_eq(out.topic_partitions.count, -1);
}

Test(wire_null, null_topics_of_metadata_are_all_and_none_are_none)
{
    struct wire_metadata_request in, out;
    wire_init(&wire_metadata_request_schema, &in);
    in.topics.count = -1;
    check_both_ways(&(struct expected){&wire_metadata_request_schema, 12, true, BYTES(0, 1, 0, 0)}, &in, &out,
                    NULL);
    cr_expect_eq(out.topics.count, -1);
    in.topics.count = 0;
    check_both_ways(&(struct expected){&wire_metadata_request_schema, 12, true, BYTES(1, 1, 0, 0)}, &in, &out,
                    NULL);
    cr_expect_eq(out.topics.count, 0);
}

Test(wire_null, a_cursor_is_there_or_it_is_not)
{
    struct wire_describe_topic_partitions_request in, out;
    struct wire_describe_topic_partitions_request_cursor cursor = {.topic_name = {"t", 1},
                                                                   .partition_index = 3};
    struct wire_memory memory = {0};
    wire_init(&wire_describe_topic_partitions_request_schema, &in);
    cr_expect_null(in.cursor);
    in.response_partition_limit = 2000;
    struct expected expected = {&wire_describe_topic_partitions_request_schema, 0, true,
                                BYTES(1, 0, 0, 7, 0xd0, 0xff, 0)};
    check_both_ways(&expected, &in, &out, &memory);
    cr_expect_null(out.cursor);
    in.cursor = &cursor;
    expected.bytes = BYTES(1, 0, 0, 7, 0xd0, 1, 2, 't', 0, 0, 0, 3, 0, 0);
    check_both_ways(&expected, &in, &out, &memory);
    cr_assert_not_null(out.cursor);
    cr_expect_eq(out.cursor->partition_index, 3);
    wire_memory_deinit(&memory);
}

Test(wire_null, a_tagged_field_is_written_only_if_it_says_something)
{
    struct wire_fetch_request in, out;
    struct wire_memory memory = {0};
    wire_init(&wire_fetch_request_schema, &in);
    struct expected expected = {&wire_fetch_request_schema, 15, true,
                                BYTES(0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0xff,
                                      0xff, 0xff, 0xff, 1, 1, 1, 0)};
    check_both_ways(&expected, &in, &out, &memory);
    cr_expect_eq(out.replica_state.replica_id, -1);
    in.replica_state.replica_id = 5;
    expected.bytes =
        BYTES(0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 1, 1,
              1, 1, 13, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0);
    check_both_ways(&expected, &in, &out, &memory);
    cr_expect_eq(out.replica_state.replica_id, 5);
    cr_expect_eq(out.replica_state.replica_epoch, -1);
    wire_memory_deinit(&memory);
}

Test(wire_errors, every_code_has_kafkas_name)
{
    cr_expect_str_eq(errors_name(KAFKA_UNKNOWN_SERVER_ERROR), "UNKNOWN_SERVER_ERROR");
    cr_expect_str_eq(errors_name(0), "NONE");
    cr_expect_str_eq(errors_name(3), "UNKNOWN_TOPIC_OR_PARTITION");
    cr_expect_str_eq(errors_name(89), "THROTTLING_QUOTA_EXCEEDED");
    cr_expect_null(errors_name(-2));
    for (int16_t code = -1; code <= KAFKA_SHARE_SESSION_LIMIT_REACHED; code++)
        cr_expect_not_null(errors_name(code), "%d", code);
    cr_expect_null(errors_name(KAFKA_SHARE_SESSION_LIMIT_REACHED + 1));
    cr_expect_null(errors_name(INT16_MAX));
}
