/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every message of the table in every version, with values from a generator.
 */
#include "sim/kafka/wire/checksum.h"
#include "tests/unit/wire_message.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Calls check for every message of the table in every version, a few times. */
static size_t for_each(void (*check)(const struct wire_message *message, const struct wire_output *encoded))
{
    size_t checked = 0;
    const struct wire_api *api;
    struct wire_memory memory = {0};
    for (size_t i = 0; (api = wire_api_at(i)); i++) {
        for (int16_t version = api->first; version <= api->last; version++) {
            for (int round = 0; round < 40; round++) {
                struct wire_message message = {round % 2 ? api->request : api->response, version,
                                               version >= api->flexible, 200};
                struct wire_output encoded = {0};
                wire_message_seed((uint64_t)round * 1000003 + (uint64_t)version * 1009 + i);
                void *value = wire_memory_take(&memory, message.schema->bytes);
                wire_message_fill(&message, &memory, value);
                wire_encode(message.schema, version, message.is_flexible, value, &encoded);
                cr_assert_not(encoded.is_failed, "%s v%d round %d", message.schema->name, version, round);
                check(&message, &encoded);
                checked++;
                free(encoded.data);
                wire_memory_reset(&memory);
            }
        }
    }
    wire_memory_deinit(&memory);
    return checked;
}

static bool decode(const struct wire_message *message, const uint8_t *data, size_t bytes,
                   struct wire_memory *memory, void **out)
{
    struct wire_input input = {data, bytes, message->version, message->is_flexible, false};
    struct wire_error error = {0};
    size_t position = 0;
    *out = wire_memory_take(memory, message->schema->bytes);
    if (!wire_decode(message->schema, &input, &position, memory, *out, &error)) {
        cr_assert_not_null(error.message);
        cr_assert_leq(error.position, bytes);
        return false;
    }
    return position == bytes;
}

static void check_round_trip(const struct wire_message *message, const struct wire_output *encoded)
{
    struct wire_memory memory = {0};
    struct wire_output again = {0};
    void *value;
    cr_assert(decode(message, encoded->data, encoded->bytes, &memory, &value), "%s v%d",
              message->schema->name, message->version);
    wire_encode(message->schema, message->version, message->is_flexible, value, &again);
    cr_assert_eq(again.bytes, encoded->bytes, "%s v%d", message->schema->name, message->version);
    cr_assert(again.bytes == 0 || memcmp(again.data, encoded->data, again.bytes) == 0, "%s v%d",
              message->schema->name, message->version);
    free(again.data);
    wire_memory_deinit(&memory);
}

Test(wire, every_message_in_every_version_survives_a_round_trip)
{
    cr_expect_gt(for_each(check_round_trip), 8000);
}

/* Every cut of the message, flush against a page that must not be touched. Encodings are prefix-free, so each
 * cut is an error. */
static void check_cuts(const struct wire_message *message, const struct wire_output *encoded)
{
    static uint8_t *pages;
    enum { ROOM = 1 << 20 };
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    if (!pages) {
        pages = mmap(NULL, ROOM + page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cr_assert_neq(pages, MAP_FAILED);
        cr_assert_eq(mprotect(pages + ROOM, page_bytes, PROT_NONE), 0);
    }
    struct wire_memory memory = {0};
    size_t step = encoded->bytes / 40 + 1;
    for (size_t bytes = 0; bytes < encoded->bytes; bytes += step) {
        void *value;
        uint8_t *at = pages + ROOM - bytes;
        if (bytes > 0)
            memcpy(at, encoded->data, bytes);
        cr_assert_not(decode(message, at, bytes, &memory, &value), "%s v%d cut to %zu of %zu",
                      message->schema->name, message->version, bytes, encoded->bytes);
        wire_memory_reset(&memory);
    }
    wire_memory_deinit(&memory);
}

Test(wire, a_truncated_message_is_an_error_and_nothing_beyond_it_is_read)
{
    for_each(check_cuts);
}

static void check_mutations(const struct wire_message *message, const struct wire_output *encoded)
{
    struct wire_memory memory = {0};
    uint8_t *mutated = malloc(encoded->bytes + 1);
    for (int round = 0; round < 20 && encoded->bytes > 0; round++) {
        void *value;
        memcpy(mutated, encoded->data, encoded->bytes);
        for (uint32_t n = 1 + wire_message_draw(3); n > 0; n--)
            mutated[wire_message_draw((uint32_t)encoded->bytes)] =
                wire_message_draw(2) ? (uint8_t)wire_message_draw(256) : 0xff;
        if (decode(message, mutated, encoded->bytes, &memory, &value)) {
            /* What is accepted is a message: it can be written and read again. */
            struct wire_output again = {0};
            void *unused;
            wire_encode(message->schema, message->version, message->is_flexible, value, &again);
            cr_assert_not(again.is_failed);
            cr_assert(decode(message, again.data, again.bytes, &memory, &unused));
            free(again.data);
        }
        wire_memory_reset(&memory);
    }
    free(mutated);
    wire_memory_deinit(&memory);
}

Test(wire, a_mutated_message_is_an_error_or_another_message)
{
    for_each(check_mutations);
}

/* What the tables make of ten drawn messages. */
static uint32_t digest_of(const struct wire_api *api, const struct wire_schema *schema, int16_t version)
{
    struct wire_message message = {schema, version, version >= api->flexible, 20};
    struct wire_memory memory = {0};
    struct wire_output encoded = {0};
    wire_message_seed((uint64_t)api->key * 100003 + (uint64_t)version);
    for (int i = 0; i < 10; i++) {
        void *value = wire_memory_take(&memory, schema->bytes);
        wire_message_fill(&message, &memory, value);
        wire_encode(schema, version, message.is_flexible, value, &encoded);
    }
    cr_assert_not(encoded.is_failed);
    uint32_t digest = wire_crc32c(encoded.data, encoded.bytes);
    free(encoded.data);
    wire_memory_deinit(&memory);
    return digest;
}

/* A round trip through a wrong table is a good round trip. The fixture says how it came to be. */
Test(wire, every_message_is_written_as_kafka_writes_it)
{
    char line[200];
    FILE *file = fopen(FIXTURES "/wire_messages.txt", "r");
    const struct wire_api *api;
    cr_assert_not_null(file);
    do
        cr_assert_not_null(fgets(line, sizeof(line), file));
    while (line[0] == '#');
    for (size_t i = 0; (api = wire_api_at(i)); i++) {
        for (int16_t version = api->first; version <= api->last; version++) {
            char expected[200];
            snprintf(expected, sizeof(expected), "%s %d %08x %08x\n", api->name, version,
                     digest_of(api, api->request, version), digest_of(api, api->response, version));
            cr_assert_str_eq(line, expected);
            line[0] = '\0';
            char *unused = fgets(line, sizeof(line), file);
            (void)unused;
        }
    }
    cr_expect_str_empty(line);
    fclose(file);
}

Test(wire, an_error_says_where_in_the_message_it_is)
{
    /* MetadataRequest v1: two topics, the second of which is longer than what is left. */
    static const uint8_t data[] = {0, 0, 0, 2, 0, 1, 'a', 0, 9, 'b'};
    const struct wire_api *api = wire_api_of(3);
    struct wire_message message = {api->request, 1, false, 0};
    struct wire_memory memory = {0};
    struct wire_input input = {data, sizeof(data), 1, false, false};
    struct wire_error error;
    size_t position = 0;
    void *value = wire_memory_take(&memory, message.schema->bytes);
    cr_assert_not(wire_decode(message.schema, &input, &position, &memory, value, &error));
    cr_expect_str_eq(error.path, "topics[1].name");
    cr_expect_eq(error.position, 9);
    cr_expect_eq(position, 0);
    wire_memory_deinit(&memory);
}

Test(wire, a_count_that_the_input_cannot_hold_takes_no_memory)
{
    static const uint8_t data[] = {0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    struct wire_memory memory = {0};
    struct wire_input input = {data, sizeof(data), 1, false, false};
    struct wire_error error;
    size_t position = 0;
    char value[256];
    cr_assert_not(wire_decode(wire_api_of(3)->request, &input, &position, &memory, value, &error));
    cr_expect_str_eq(error.message, "more elements than the input has bytes for");
    cr_expect_null(memory.chunks);
}

/* SyncGroupResponse v3 with REBALANCE_IN_PROGRESS, as librdkafka's mock cluster writes it. */
Test(wire, a_null_that_should_not_be_is_an_error_unless_the_reader_allows_it)
{
    static const uint8_t data[] = {0, 0, 0, 0, 0, 27, 0xff, 0xff, 0xff, 0xff};
    const struct wire_schema *schema = wire_api_of(14)->response;
    struct wire_input input = {data, sizeof(data), 3, false, false};
    struct wire_error error;
    char value[256];
    size_t position = 0;
    cr_assert_leq(schema->bytes, sizeof(value));
    cr_expect_not(wire_decode(schema, &input, &position, NULL, value, &error));
    input.allows_null = true;
    cr_expect(wire_decode(schema, &input, &position, NULL, value, &error));
}

Test(wire, an_unknown_tagged_field_is_skipped)
{
    /* HeartbeatResponse v4: throttle, error, then one tagged field that nobody knows. */
    static const uint8_t data[] = {0, 0, 0, 5, 0, 27, 1, 9, 3, 'x', 'y', 'z'};
    struct wire_message message = {wire_api_of(12)->response, 4, true, 0};
    struct wire_memory memory = {0};
    void *value;
    cr_assert(decode(&message, data, sizeof(data), &memory, &value));
    cr_expect_eq(*(int32_t *)value, 5);
    wire_memory_deinit(&memory);
}

Test(wire, a_null_that_the_version_does_not_allow_is_not_written)
{
    struct wire_output output = {0};
    struct {
        struct wire_array topics;
        char rest[64];
    } request = {.topics = {.count = -1}};
    wire_encode(wire_api_of(3)->request, 0, false, &request, &output);
    cr_expect(output.is_failed);
    free(output.data);
}
