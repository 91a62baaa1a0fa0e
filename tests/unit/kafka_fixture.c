/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_fixture: see kafka_fixture.h. */
#include "tests/unit/kafka_fixture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/topic.h"

enum { SETTINGS_MAX = 64, LENGTH_BYTES = 4 };

static const char *const of_one_broker[] = {"offsets.topic.replication.factor=1",
                                            "transaction.state.log.replication.factor=1",
                                            "transaction.state.log.min.isr=1"};

static void on_answer(void *context, struct kafka_request *request, enum kafka_answer answer,
                      const void *response)
{
    struct kafka_fixture *fixture = context;
    struct kafka_fixture_ask *ask = request->owner;
    assert(ask->end == KAFKA_FIXTURE_WAITS);
    ask->end = answer == KAFKA_ANSWER_CLOSE  ? KAFKA_FIXTURE_CLOSED
               : answer == KAFKA_ANSWER_NONE ? KAFKA_FIXTURE_SILENT
                                             : KAFKA_FIXTURE_ANSWERED;
    if (answer == KAFKA_ANSWER_SEND) {
        int token = 0;
        while (fixture->asks[token] != ask)
            token++;
        struct wire_output *output = &fixture->responses[token];
        wire_response_encode(&request->header, response, output);
        assert(!output->is_failed);
        struct wire_bytes frame = {output->data + LENGTH_BYTES, (int32_t)output->bytes - LENGTH_BYTES};
        struct wire_error error;
        ask->response = wire_response_decode(frame, &request->header, &fixture->memory, &error);
        assert(ask->response);
    }
    wire_memory_deinit(&request->memory);
    /* It is the host's again: whoever still reads it reads nonsense. */
    memset(request, 0xdb, sizeof(*request));
}

static void on_broker(void *context, int32_t broker_id, bool is_up)
{
    struct kafka_fixture *fixture = context;
    fixture->down_count += !is_up;
    for (int i = 0; i < fixture->ask_count && !is_up; i++)
        if (fixture->asks[i]->end == KAFKA_FIXTURE_WAITS && fixture->asks[i]->request.broker->id == broker_id)
            kafka_cluster_abandon(&fixture->asks[i]->request);
}

static uint64_t draw(void *context)
{
    struct kafka_fixture *fixture = context;
    fixture->random = fixture->random * 6364136223846793005U + 1442695040888963407U;
    return fixture->random ^ fixture->random >> 29;
}

struct kafka_fixture *kafka_fixture_new(const char *release, int32_t broker_count,
                                        const char *const *settings)
{
    struct kafka_fixture *fixture = calloc(1, sizeof(*fixture));
    assert(fixture);
    fixture->client_id = "tester";
    fixture->random = 1;
    const char *all[SETTINGS_MAX] = {NULL};
    int count = 0;
    for (size_t i = 0; broker_count == 1 && i < sizeof(of_one_broker) / sizeof(of_one_broker[0]); i++)
        all[count++] = of_one_broker[i];
    for (; settings && *settings && count < SETTINGS_MAX - 1; settings++)
        all[count++] = *settings;
    struct kafka_cluster_options options = {
        .broker_count = broker_count,
        .host = "broker-%d",
        .port_first = 9092,
        .settings = all,
        .now_ns = INT64_C(1000000) * 1000000000,
    };
    bool is_release = kafka_model_of(release, &options.model);
    assert(is_release);
    struct kafka_seam seam = {
        .context = fixture,
        .on_answer = on_answer,
        .on_broker = on_broker,
        .random = draw,
    };
    char error[256];
    fixture->cluster = kafka_cluster_new(&options, &seam, error, sizeof(error));
    if (!fixture->cluster)
        fprintf(stderr, "kafka_fixture: %s\n", error);
    assert(fixture->cluster);
    return fixture;
}

void kafka_fixture_free(struct kafka_fixture *fixture)
{
    kafka_cluster_free(fixture->cluster);
    for (int i = 0; i < fixture->ask_count; i++) {
        assert(fixture->asks[i]->end != KAFKA_FIXTURE_WAITS);
        free(fixture->asks[i]->frame.data);
        free(fixture->asks[i]);
        free(fixture->responses[i].data);
    }
    wire_memory_deinit(&fixture->memory);
    free(fixture);
}

int kafka_fixture_send(struct kafka_fixture *fixture, int32_t broker, int16_t api, int16_t version,
                       const void *body)
{
    assert(fixture->ask_count < KAFKA_FIXTURE_ASKS_MAX);
    int token = fixture->ask_count++;
    struct kafka_fixture_ask *ask = calloc(1, sizeof(*ask));
    assert(ask);
    fixture->asks[token] = ask;
    struct wire_request_header header = {
        .api_key = api,
        .api_version = version,
        .correlation_id = token,
        .client_id = kafka_fixture_string(fixture->client_id),
        .api = wire_api_of(api),
    };
    header.is_flexible = version >= header.api->flexible;
    wire_request_encode(&header, body, &ask->frame);
    assert(!ask->frame.is_failed);
    struct wire_bytes frame = {ask->frame.data + LENGTH_BYTES, (int32_t)ask->frame.bytes - LENGTH_BYTES};
    struct wire_error error;
    size_t position;
    bool is_read = wire_request_header_read(frame, &ask->request.header, &position, &error);
    assert(is_read);
    ask->request.body = wire_request_decode(frame, &ask->request.header, &ask->request.memory, &error);
    if (!ask->request.body)
        fprintf(stderr, "kafka_fixture: %s: %s\n", error.path, error.message);
    assert(ask->request.body);
    strcpy(ask->client.address, "10.0.0.9");
    ask->request.broker = kafka_broker_of(fixture->cluster, broker);
    ask->request.client = &ask->client;
    ask->request.owner = ask;
    kafka_cluster_request(fixture->cluster, &ask->request);
    return token;
}

enum kafka_fixture_end kafka_fixture_end_of(const struct kafka_fixture *fixture, int token)
{
    return fixture->asks[token]->end;
}

const void *kafka_fixture_answer(const struct kafka_fixture *fixture, int token)
{
    return fixture->asks[token]->response;
}

const void *kafka_fixture_ask(struct kafka_fixture *fixture, int32_t broker, int16_t api, int16_t version,
                              const void *body)
{
    const void *response =
        kafka_fixture_answer(fixture, kafka_fixture_send(fixture, broker, api, version, body));
    assert(response);
    return response;
}

void kafka_fixture_abandon(struct kafka_fixture *fixture, int token)
{
    if (fixture->asks[token]->end == KAFKA_FIXTURE_WAITS)
        kafka_cluster_abandon(&fixture->asks[token]->request);
}

void kafka_fixture_advance_ms(struct kafka_fixture *fixture, int64_t ms)
{
    kafka_cluster_advance(fixture->cluster, fixture->cluster->now_ns + ms * 1000000);
}

struct kafka_topic *kafka_fixture_topic(struct kafka_fixture *fixture, const char *name,
                                        int32_t partition_count)
{
    struct kafka_assignment *assignments = calloc((size_t)partition_count, sizeof(*assignments));
    assert(assignments);
    int32_t broker_count = fixture->cluster->broker_count;
    for (int32_t i = 0; i < partition_count; i++)
        for (int32_t j = 0; j < broker_count && j < KAFKA_REPLICAS_MAX; j++)
            assignments[i].brokers[assignments[i].count++] = 1 + (i + j) % broker_count;
    struct kafka_topic *topic =
        kafka_topic_new(fixture->cluster, kafka_fixture_string(name), assignments, partition_count);
    free(assignments);
    return topic;
}

struct wire_string kafka_fixture_string(const char *text)
{
    return (struct wire_string){.text = text, .bytes = text ? (int32_t)strlen(text) : -1};
}

bool kafka_fixture_says(struct wire_string string, const char *text)
{
    return string.bytes == (int32_t)strlen(text) && memcmp(string.text, text, (size_t)string.bytes) == 0;
}
