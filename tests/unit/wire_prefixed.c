/* SPDX-License-Identifier: Apache-2.0 */
/* sim/kafka/wire/prefixed.c, over the tables of coordinator.c. */
#include "sim/kafka/wire/prefixed.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/wire/coordinator.h"

#define STRING(TEXT) ((struct wire_string){.text = (TEXT), .bytes = (int32_t)strlen(TEXT)})

static struct wire_bytes bytes_of(const struct wire_output *output)
{
    return (struct wire_bytes){.data = output->data, .bytes = (int32_t)output->bytes};
}

static void expect_bytes(struct wire_output *output, const uint8_t *expected, size_t bytes)
{
    cr_expect_not(output->is_failed);
    cr_assert_eq(output->bytes, bytes);
    cr_expect_eq(memcmp(output->data, expected, bytes), 0);
    free(output->data);
}

Test(wire_prefixed, an_offset_is_written_as_kafka_writes_it)
{
    static const uint8_t expected_key[] = {0, 1, 0, 1, 'g', 0, 2, 't', 'u', 0, 0, 0, 5};
    static const uint8_t expected_value[] = {0,    3, 0, 0,   0, 0, 0, 0, 1, 2, 0xff, 0xff, 0xff,
                                             0xff, 0, 1, 'm', 0, 0, 0, 0, 0, 0, 3,    4};
    struct wire_offset_commit_key key = {.group = STRING("g"), .topic = STRING("tu"), .partition = 5};
    struct wire_offset_commit_value value = {
        .offset = 258, .leader_epoch = -1, .metadata = STRING("m"), .commit_timestamp = 772};
    struct wire_output key_output = {0}, value_output = {0};
    wire_prefixed_encode(1, &wire_offset_commit_key_schema, 0, &key, &key_output);
    wire_prefixed_encode(3, &wire_offset_commit_value_schema, 3, &value, &value_output);
    expect_bytes(&key_output, expected_key, sizeof expected_key);
    expect_bytes(&value_output, expected_value, sizeof expected_value);
}

/* Of a transaction in two partitions. */
static struct wire_output transaction(void)
{
    static int32_t partitions[] = {1, 2};
    static struct wire_transaction_log_value_partitions_schema topics[] = {
        {.topic = {.text = "t", .bytes = 1}, .partition_ids = {.items = partitions, .count = 2}}};
    struct wire_transaction_log_value value = {.producer_id = 7,
                                               .producer_epoch = 3,
                                               .transaction_timeout_ms = 1000,
                                               .transaction_status = 1,
                                               .transaction_partitions = {.items = topics, .count = 1},
                                               .transaction_last_update_timestamp_ms = 9,
                                               .transaction_start_timestamp_ms = -1};
    struct wire_output output = {0};
    wire_prefixed_encode(0, &wire_transaction_log_value_schema, 0, &value, &output);
    return output;
}

Test(wire_prefixed, a_transaction_is_written_as_kafka_writes_it)
{
    static const uint8_t expected[] = {0, 0, 0,    0, 0, 0,    0,    0,    0,    7,    0,    3,    0,
                                       0, 3, 0xe8, 1, 0, 0,    0,    1,    0,    1,    't',  0,    0,
                                       0, 2, 0,    0, 0, 1,    0,    0,    0,    2,    0,    0,    0,
                                       0, 0, 0,    0, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct wire_output output = transaction();
    expect_bytes(&output, expected, sizeof expected);
}

Test(wire_prefixed, what_was_written_is_read_back)
{
    struct wire_output output = transaction();
    struct wire_transaction_log_value value;
    struct wire_memory memory = {0};
    cr_expect_eq(wire_prefix_of(bytes_of(&output)), 0);
    cr_assert(
        wire_prefixed_decode(bytes_of(&output), &wire_transaction_log_value_schema, 0, &memory, &value));
    cr_expect_eq(value.producer_id, 7);
    cr_assert_eq(value.transaction_partitions.count, 1);
    cr_assert_eq(value.transaction_partitions.items[0].partition_ids.count, 2);
    cr_expect_eq(value.transaction_partitions.items[0].partition_ids.items[1], 2);
    cr_expect_eq(value.transaction_start_timestamp_ms, -1);
    cr_expect_eq(value.next_producer_epoch, -1, "version 0 has none");
    wire_memory_deinit(&memory);
    free(output.data);
}

Test(wire_prefixed, what_is_cut_is_no_message)
{
    struct wire_output output = transaction();
    struct wire_transaction_log_value value;
    struct wire_memory memory = {0};
    for (int32_t bytes = -1; bytes < (int32_t)output.bytes; bytes++) {
        struct wire_bytes cut = {.data = bytes < 0 ? NULL : output.data, .bytes = bytes};
        cr_expect_eq(wire_prefix_of(cut), bytes < 2 ? -1 : 0);
        cr_expect_not(wire_prefixed_decode(cut, &wire_transaction_log_value_schema, 0, &memory, &value),
                      "cut to %d", bytes);
    }
    wire_memory_deinit(&memory);
    free(output.data);
}
