/* SPDX-License-Identifier: Apache-2.0 */
/* A refused request names in its answer what it named itself, each with the error, in every version of every API. */
#include "sim/kafka/host/refusal.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/transaction.h"
#include "tests/unit/wire_message.h"

enum { ERROR = 19, PRODUCE = 0, ADD_PARTITIONS = 24, ROUNDS = 20 };

static struct wire_request_header header_of(const struct wire_api *api, int16_t version)
{
    return (struct wire_request_header){
        .api = api, .api_key = api->key, .api_version = version, .is_flexible = version >= api->flexible};
}

static bool is_error(const struct wire_field *field)
{
    return field->type == WIRE_INT16 && !field->is_array && strstr(field->name, "error_code");
}

/* Errors in out, and those among them that are another. */
static void count_errors(const struct wire_schema *schema, const void *out, uint32_t *all, uint32_t *others)
{
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        const uint8_t *at = (const uint8_t *)out + field->offset;
        const struct wire_array *array = (const void *)at;
        if (is_error(field)) {
            ++*all;
            *others += *(const int16_t *)(const void *)at != ERROR;
        }
        for (int32_t item = 0; field->is_array && field->type == WIRE_STRUCT && item < array->count; item++)
            count_errors(field->schema, (const uint8_t *)array->items + (size_t)item * field->schema->bytes,
                         all, others);
    }
}

/* How many errors it holds: none, if the request names nothing. */
static uint32_t expect_refusal(const struct wire_api *api, int16_t version)
{
    struct wire_request_header header = header_of(api, version);
    struct wire_memory memory = {0}, decoded = {0};
    struct wire_output output = {0};
    struct wire_error error;
    uint32_t all = 0, others = 0;
    void *body = calloc(1, api->request->bytes);
    wire_message_fill(&(struct wire_message){api->request, version, header.is_flexible, 8}, &memory, body);
    void *response = refusal_make(&header, body, ERROR, &memory);
    cr_assert_not_null(response);
    wire_response_encode(&header, response, &output);
    cr_assert(!output.is_failed, "%s %d cannot be said", api->name, version);
    struct wire_bytes frame = {output.data + 4, (int32_t)output.bytes - 4};
    const void *again = wire_response_decode(frame, &header, &decoded, &error);
    cr_assert_not_null(again, "%s %d: %s", api->name, version, error.message);
    count_errors(api->response, response, &all, &others);
    cr_expect_eq(others, 0, "%s %d: %u of %u errors are others", api->name, version, others, all);
    free(body);
    free(output.data);
    wire_memory_deinit(&memory);
    wire_memory_deinit(&decoded);
    return all;
}

Test(refusal, every_possible_one_can_be_said_and_holds_nothing_but_the_error)
{
    const struct wire_api *api;
    uint32_t count = 0;
    wire_message_seed(1);
    for (size_t i = 0; (api = wire_api_at(i)); i++)
        for (int16_t version = api->first; refusal_is_possible(api->key) && version <= api->last;
             version++, count++) {
            uint32_t errors = 0;
            for (int round = 0; round < ROUNDS; round++)
                errors += expect_refusal(api, version);
            cr_expect(errors > 0, "%s %d says no error", api->name, version);
        }
    cr_expect_gt(count, 100);
}

Test(refusal, a_produce_is_refused_partition_by_partition)
{
    struct wire_request_header header = header_of(wire_api_of(PRODUCE), 7);
    struct wire_memory memory = {0};
    struct wire_produce_request_partition partitions[] = {{.index = 3}, {.index = 5}};
    struct wire_produce_request_topic topic = {.name = {"orders", 6}, .partition_data = {partitions, 2}};
    struct wire_produce_request body = {.topic_data = {&topic, 1}};
    const struct wire_produce_response *response = refusal_make(&header, &body, ERROR, &memory);
    cr_assert(response && response->responses.count == 1);
    const struct wire_produce_response_topic *answered = response->responses.items;
    cr_expect(answered->name.bytes == 6 && memcmp(answered->name.text, "orders", 6) == 0);
    cr_assert_eq(answered->partition_responses.count, 2);
    for (int i = 0; i < 2; i++) {
        const struct wire_produce_response_partition *partition = &answered->partition_responses.items[i];
        cr_expect(partition->index == partitions[i].index && partition->error_code == ERROR &&
                  partition->base_offset == -1);
    }
    wire_memory_deinit(&memory);
}

Test(refusal, bare_partition_numbers_become_results)
{
    struct wire_request_header header = header_of(wire_api_of(ADD_PARTITIONS), 0);
    struct wire_memory memory = {0};
    int32_t indexes[] = {4, 9};
    struct wire_add_partitions_to_txn_request_topic topic = {.name = {"t", 1}, .partitions = {indexes, 2}};
    struct wire_add_partitions_to_txn_request body = {.v3_and_below_topics = {&topic, 1}};
    const struct wire_add_partitions_to_txn_response *response = refusal_make(&header, &body, ERROR, &memory);
    cr_assert(response && response->results_by_topic_v3_and_below.count == 1);
    const struct wire_add_partitions_to_txn_response_topic_result *result =
        response->results_by_topic_v3_and_below.items;
    cr_assert_eq(result->results_by_partition.count, 2);
    for (int i = 0; i < 2; i++)
        cr_expect(result->results_by_partition.items[i].partition_index == indexes[i] &&
                  result->results_by_partition.items[i].partition_error_code == ERROR);
    wire_memory_deinit(&memory);
}
