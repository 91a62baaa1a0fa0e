/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_partition_scene: see kafka_partition_scene.h. */
#include "tests/unit/kafka_partition_scene.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { PRODUCE_VERSION = 9, FETCH_VERSION = 12, TEXT_MAX = 4096, WAIT_MS_MAX = 20000 };

struct scene scene_new(const char *release, int32_t brokers, const char *const *settings)
{
    struct scene scene = {.fixture = kafka_fixture_new(release, brokers, settings)};
    scene.partition = kafka_fixture_topic(scene.fixture, "t", 1)->partitions[0];
    return scene;
}

void scene_free(struct scene *scene)
{
    kafka_fixture_free(scene->fixture);
}

struct kafka_replica *scene_leader(const struct scene *scene)
{
    return kafka_partition_leader(scene->partition);
}

int scene_send_produce(const struct scene *scene, struct scene_batch wanted)
{
    struct batch_plan plan = {.count = wanted.count ? wanted.count : 1,
                              .timestamp_ms = kafka_cluster_now_ms(scene->fixture->cluster),
                              .has_producer = true,
                              .producer_id = wanted.id,
                              .producer_epoch = wanted.epoch,
                              .base_sequence = wanted.sequence,
                              .is_transactional = !wanted.is_plain};
    struct kafka_batch *batch = batch_new(&plan);
    struct wire_produce_request_partition partition = {
        .index = 0, .records = {.data = batch->data, .bytes = (int32_t)batch->bytes}};
    struct wire_produce_request_topic topic = {.name = kafka_fixture_string("t"),
                                               .topic_id = scene->partition->topic->id};
    KAFKA_FIXTURE_ONE(topic.partition_data, partition);
    struct wire_produce_request body;
    KAFKA_FIXTURE_BODY(produce, body);
    bool has_id = !wanted.is_plain && !wanted.has_no_transactional_id;
    body.transactional_id = kafka_fixture_string(has_id ? "x" : NULL);
    body.acks = wanted.acks ? wanted.acks : -1;
    body.timeout_ms = 30000;
    KAFKA_FIXTURE_ONE(body.topic_data, topic);
    int token = kafka_fixture_send(scene->fixture, scene->broker ? scene->broker : scene->partition->leader,
                                   SCENE_PRODUCE, wanted.version ? wanted.version : PRODUCE_VERSION, &body);
    kafka_batch_release(batch);
    return token;
}

const struct wire_produce_response_partition *scene_produced(const struct scene *scene, int token)
{
    const struct wire_produce_response *response = kafka_fixture_answer(scene->fixture, token);
    return response ? &response->responses.items[0].partition_responses.items[0] : NULL;
}

const struct wire_produce_response_partition *scene_produce(const struct scene *scene,
                                                            struct scene_batch batch)
{
    int token = scene_send_produce(scene, batch);
    for (int i = 0; i < WAIT_MS_MAX && !scene_produced(scene, token); i++)
        kafka_fixture_advance_ms(scene->fixture, 1);
    assert(scene_produced(scene, token));
    return scene_produced(scene, token);
}

int16_t scene_mark(const struct scene *scene, struct scene_marker marker)
{
    int64_t now_ms = kafka_cluster_now_ms(scene->fixture->cluster), end_offset;
    struct wire_batch batch = {.producer_id = marker.id,
                               .producer_epoch = marker.epoch,
                               .base_sequence = -1,
                               .base_timestamp_ms = now_ms,
                               .record_count = 1,
                               .is_transactional = true,
                               .is_control = true};
    struct wire_marker written = {
        .is_commit = !marker.is_abort, .coordinator_epoch = marker.coordinator_epoch, .timestamp_ms = now_ms};
    struct wire_output output = {0};
    wire_marker_append(&batch, &written, &output);
    struct wire_bytes records = {.data = output.data, .bytes = (int32_t)output.bytes};
    int16_t error = kafka_partition_write(scene->partition, &batch, records, &end_offset);
    free(output.data);
    kafka_waiters_settle(&scene->fixture->cluster->touched);
    return error;
}

int scene_send_fetch(const struct scene *scene, struct scene_fetch wanted)
{
    struct wire_fetch_request_partition partition = {
        .partition = 0,
        .current_leader_epoch = -1,
        .fetch_offset = wanted.offset,
        .last_fetched_epoch = wanted.fetched_epoch - 1,
        .log_start_offset = -1,
        .partition_max_bytes = wanted.partition_bytes ? wanted.partition_bytes : 1 << 20,
    };
    struct wire_fetch_request_topic topic = {.topic = kafka_fixture_string("t")};
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    struct wire_fetch_request body;
    KAFKA_FIXTURE_BODY(fetch, body);
    body.max_wait_ms = wanted.wait_ms;
    body.min_bytes = wanted.min_bytes ? wanted.min_bytes : 1;
    body.max_bytes = 1 << 20;
    body.isolation_level = !wanted.is_uncommitted;
    KAFKA_FIXTURE_ONE(body.topics, topic);
    return kafka_fixture_send(scene->fixture, wanted.broker ? wanted.broker : scene->partition->leader,
                              SCENE_FETCH, wanted.version ? wanted.version : FETCH_VERSION, &body);
}

const struct wire_fetch_response_partition *scene_fetched(const struct scene *scene, int token)
{
    const struct wire_fetch_response *response = kafka_fixture_answer(scene->fixture, token);
    return response ? &response->responses.items[0].partitions.items[0] : NULL;
}

const struct wire_fetch_response_partition *scene_fetch(const struct scene *scene, struct scene_fetch fetch)
{
    const struct wire_fetch_response_partition *answer = scene_fetched(scene, scene_send_fetch(scene, fetch));
    assert(answer);
    return answer;
}

const char *scene_batches(struct wire_bytes records)
{
    static char text[TEXT_MAX];
    int used = 0;
    size_t position = 0;
    struct wire_batch batch;
    struct wire_error error;
    text[0] = 0;
    while (wire_batch_next(records, &position, &batch, &error) == WIRE_NEXT)
        used +=
            snprintf(text + used, sizeof text - (size_t)used, "%s%lld..%lld", used ? " " : "",
                     (long long)batch.base_offset, (long long)(batch.base_offset + batch.last_offset_delta));
    return text;
}

const char *scene_aborted(const struct wire_fetch_response_partition *answer)
{
    static char text[TEXT_MAX];
    int used = 0;
    if (answer->aborted_transactions.count < 0)
        return "null";
    text[0] = 0;
    for (int32_t i = 0; i < answer->aborted_transactions.count; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%lld@%lld", used ? " " : "",
                         (long long)answer->aborted_transactions.items[i].producer_id,
                         (long long)answer->aborted_transactions.items[i].first_offset);
    return text;
}
