/* SPDX-License-Identifier: Apache-2.0 */
/* sim/kafka/wire/marker.c. */
#include "sim/kafka/wire/marker.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t commit_key[] = {0, 0, 0, 1}, abort_key[] = {0, 0, 0, 0},
                     leader_change_key[] = {0, 0, 0, 2};
static const uint8_t epoch_7[] = {0, 0, 0, 0, 0, 7};
/* Of a version to come: what follows is not looked at. */
static const uint8_t newer_epoch_7[] = {0, 1, 0, 0, 0, 7, 0};

#define SPAN(BYTES) ((struct wire_bytes){.data = (BYTES), .bytes = sizeof(BYTES)})

static struct wire_record record_of(struct wire_bytes key, struct wire_bytes value)
{
    return (struct wire_record){.timestamp_ms = 5, .key = key, .value = value};
}

Test(wire_marker, says_what_becomes_of_the_transaction_and_who_decided)
{
    struct wire_record commits = record_of(SPAN(commit_key), SPAN(epoch_7));
    struct wire_record aborts = record_of(SPAN(abort_key), SPAN(newer_epoch_7));
    struct wire_marker marker;
    cr_assert(wire_marker_read(&commits, &marker));
    cr_expect(marker.is_commit);
    cr_expect_eq(marker.coordinator_epoch, 7);
    cr_expect_eq(marker.timestamp_ms, 5);
    cr_assert(wire_marker_read(&aborts, &marker));
    cr_expect_not(marker.is_commit);
    cr_expect_eq(marker.coordinator_epoch, 7);
}

Test(wire_marker, another_control_record_or_a_cut_one_is_none)
{
    struct wire_bytes null = {.data = NULL, .bytes = -1}, key = SPAN(commit_key), value = SPAN(epoch_7);
    struct wire_bytes cut_key = {.data = key.data, .bytes = key.bytes - 1};
    struct wire_bytes cut_value = {.data = value.data, .bytes = value.bytes - 1};
    const struct wire_record records[] = {
        record_of(SPAN(leader_change_key), value),
        record_of(null, value),
        record_of(cut_key, value),
        record_of(key, null),
        record_of(key, cut_value),
    };
    struct wire_marker marker;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        cr_expect_not(wire_marker_read(&records[i], &marker), "record %zu", i);
}

Test(wire_marker, is_written_as_kafka_writes_it)
{
    /* length 16, attributes, time delta, offset delta, key of 4, value of 6, no headers */
    static const uint8_t expected[] = {32, 0, 0, 0, 8, 0, 0, 0, 1, 12, 0, 0, 0x12, 0x34, 0x56, 0x78, 0};
    struct wire_batch batch = {.base_offset = 100, .base_timestamp_ms = 5000, .record_count = 1, .magic = 2};
    struct wire_marker marker = {.is_commit = true, .coordinator_epoch = 0x12345678, .timestamp_ms = 5000},
                       found;
    struct wire_output output = {0};
    wire_marker_append(&batch, &marker, &output);
    cr_assert_eq(output.bytes, sizeof expected);
    cr_expect_eq(memcmp(output.data, expected, sizeof expected), 0);
    batch.payload = (struct wire_bytes){output.data, (int32_t)output.bytes};
    cr_assert(wire_marker_find(&batch, &found));
    cr_expect(found.is_commit);
    cr_expect_eq(found.coordinator_epoch, 0x12345678);
    free(output.data);
}

Test(wire_marker, a_batch_without_records_has_none)
{
    struct wire_batch batch = {.magic = 2, .payload = {.data = (const uint8_t *)"", .bytes = 0}};
    struct wire_marker marker;
    cr_expect_not(wire_marker_find(&batch, &marker));
}
