/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seeds: one valid input of each kind: a request and a response of every API in every version, record batches, and
 * message sets. Usage: fuzz-seeds [DIRECTORY]: writes them there; without it, plays each once.
 */
#include "sim/kafka/wire/records.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/wire_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *directory;
static size_t seed_count;

static void put_seed(enum fuzz_kind kind, const uint8_t flags[3], struct wire_bytes bytes)
{
    struct wire_output input = {0};
    wire_output_append(&input, (uint8_t[]){(uint8_t)kind, flags[0], flags[1], flags[2]}, FUZZ_HEAD_BYTES);
    if (bytes.bytes > 0)
        wire_output_append(&input, bytes.data, (size_t)bytes.bytes);
    if (directory) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%04zu", directory, seed_count);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(input.data, 1, input.bytes, file) != input.bytes || fclose(file) != 0) {
            perror(path);
            exit(1);
        }
    } else {
        LLVMFuzzerTestOneInput(input.data, input.bytes);
    }
    seed_count++;
    free(input.data);
}

static void put_frames(size_t index, const struct wire_api *api, int16_t version)
{
    struct wire_memory memory = {0};
    struct wire_request_header header = {.api_key = api->key,
                                         .api_version = version,
                                         .correlation_id = 7,
                                         .client_id = {.text = "seed", .bytes = 4},
                                         .api = api,
                                         .is_flexible = version >= api->flexible};
    struct wire_message request = {api->request, version, header.is_flexible, 8};
    struct wire_message response = {api->response, version, header.is_flexible, 8};
    struct wire_output asked = {0}, answered = {0};
    void *body = wire_memory_take(&memory, request.schema->bytes);
    wire_message_seed((uint64_t)index * 100 + (uint64_t)version);
    wire_message_fill(&request, &memory, body);
    wire_request_encode(&header, body, &asked);
    put_seed(FUZZ_REQUEST, (uint8_t[]){0, 0, 0},
             (struct wire_bytes){.data = asked.data + 4, .bytes = (int32_t)asked.bytes - 4});
    body = wire_memory_take(&memory, response.schema->bytes);
    wire_message_fill(&response, &memory, body);
    wire_response_encode(&header, body, &answered);
    put_seed(FUZZ_RESPONSE, (uint8_t[]){(uint8_t)index, (uint8_t)(version - api->first), 0},
             (struct wire_bytes){.data = answered.data + 4, .bytes = (int32_t)answered.bytes - 4});
    free(asked.data);
    free(answered.data);
    wire_memory_deinit(&memory);
}

static struct wire_bytes text(const char *string)
{
    return (struct wire_bytes){.data = (const uint8_t *)string,
                               .bytes = string ? (int32_t)strlen(string) : -1};
}

static struct wire_bytes bytes_of(const struct wire_output *output)
{
    return (struct wire_bytes){.data = output->data, .bytes = (int32_t)output->bytes};
}

/* The fuzzer's codec, see wire_records. */
static void flip(struct wire_output *output)
{
    for (size_t i = 0; i < output->bytes; i++)
        output->data[i] ^= 0x55;
}

static const struct wire_record records[] = {
    {.offset = 0,
     .timestamp_ms = 1000000,
     .key = {(const uint8_t *)"key", 3},
     .value = {(const uint8_t *)"value", 5}},
    {.offset = 1, .timestamp_ms = 1000003, .key = {NULL, -1}, .value = {(const uint8_t *)"more", 4}},
    {.offset = 2, .timestamp_ms = -1, .key = {(const uint8_t *)"gone", 4}, .value = {NULL, -1}},
};

static void put_batch(enum wire_codec codec, int32_t count, const uint8_t flags[3])
{
    struct wire_output headers = {0}, payload = {0}, output = {0};
    struct wire_batch batch = {.base_timestamp_ms = 1000000,
                               .max_timestamp_ms = 1000003,
                               .producer_id = codec == WIRE_CODEC_NONE ? 42 : -1,
                               .base_sequence = codec == WIRE_CODEC_NONE ? 5 : -1,
                               .leader_epoch = -1,
                               .last_offset_delta = count - 1,
                               .record_count = count,
                               .codec = codec};
    wire_header_append(&(struct wire_header){text("h"), text("v")}, &headers);
    wire_header_append(&(struct wire_header){text("none"), text(NULL)}, &headers);
    for (int32_t i = 0; i < count; i++) {
        struct wire_record record = records[i];
        record.header_count = i == 0 ? 2 : 0;
        record.headers = headers.data;
        record.headers_bytes = i == 0 ? headers.bytes : 0;
        wire_record_append(&batch, &record, &payload);
    }
    if (codec != WIRE_CODEC_NONE)
        flip(&payload);
    batch.payload = bytes_of(&payload);
    wire_batch_append(&batch, &output);
    put_seed(FUZZ_BATCHES, flags, bytes_of(&output));
    free(headers.data);
    free(payload.data);
    free(output.data);
}

static void put_set(int8_t magic, enum wire_codec codec, const uint8_t flags[3])
{
    struct wire_output set = {0}, outer = {0};
    struct wire_batch form = {.magic = magic};
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
        wire_message_append(&form, &records[i], &set);
    if (codec != WIRE_CODEC_NONE) {
        form.codec = codec;
        flip(&set);
        struct wire_record wrapper = {
            .offset = 2, .timestamp_ms = 1000003, .key = text(NULL), .value = bytes_of(&set)};
        wire_message_append(&form, &wrapper, &outer);
    }
    put_seed(FUZZ_SETS, flags, bytes_of(codec == WIRE_CODEC_NONE ? &set : &outer));
    free(set.data);
    free(outer.data);
}

int main(int argc, char **argv)
{
    const struct wire_api *api;
    directory = argc > 1 ? argv[1] : NULL;
    for (size_t i = 0; (api = wire_api_at(i)); i++)
        for (int16_t version = api->first; version <= api->last; version++)
            put_frames(i, api, version);
    for (uint8_t flags = 0; flags < 64; flags += 2) {
        enum wire_codec codec = (enum wire_codec)(flags / 2 % 5);
        put_batch(codec, 1 + flags % 3, (uint8_t[]){flags, 9, 0});
        put_set(flags / 2 % 2, codec % 4, (uint8_t[]){flags, 2, 0});
    }
    printf("%zu seeds\n", seed_count);
    return 0;
}
