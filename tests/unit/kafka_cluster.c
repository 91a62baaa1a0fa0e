/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_cluster: a cluster for unit tests. See kafka_cluster.h. */
#include "tests/unit/kafka_cluster.h"

#include <assert.h>
#include <string.h>

void (*test_on_answer)(const void *response);

static void on_answer(void *context, struct kafka_request *request, enum kafka_answer answer,
                      const void *response)
{
    struct test_cluster *test = context;
    assert(answer == KAFKA_ANSWER_SEND);
    test->answers++;
    if (test_on_answer)
        test_on_answer(response);
    wire_memory_deinit(&request->memory);
}

static void on_broker(void *context, int32_t broker_id, bool is_up)
{
    (void)context;
    (void)broker_id;
    (void)is_up;
}

static uint64_t random_bits(void *context)
{
    static uint64_t last = 88172645463325252u;
    (void)context;
    last ^= last << 13;
    last ^= last >> 7;
    last ^= last << 17;
    return last;
}

void test_cluster_init(struct test_cluster *test, int32_t brokers, const char *const *settings)
{
    static const char *const none[] = {NULL};
    struct kafka_cluster_options options = {.broker_count = brokers,
                                            .host = "broker%d",
                                            .port_first = 9092,
                                            .settings = settings ? settings : none,
                                            .now_ns = (int64_t)TEST_START_MS * 1000000};
    struct kafka_seam seam = {.context = test,
                              .on_answer = on_answer,
                              .on_broker = on_broker,
                              .random = random_bits,
                              .codecs = &batch_codecs};
    char error[256];
    *test = (struct test_cluster){0};
    bool is_known = kafka_model_of("4.3", &options.model);
    test->cluster = kafka_cluster_new(&options, &seam, error, sizeof error);
    assert(is_known && test->cluster);
    (void)is_known;
}

void test_cluster_deinit(struct test_cluster *test)
{
    test_on_answer = NULL;
    kafka_cluster_free(test->cluster);
}

struct wire_string test_string(const char *text)
{
    return (struct wire_string){.text = text, .bytes = text ? (int32_t)strlen(text) : -1};
}

struct kafka_partition *test_topic(struct test_cluster *test, const char *name, int32_t replicas,
                                   const char *const *settings)
{
    struct kafka_assignment assignment = {.count = replicas};
    for (int32_t i = 0; i < replicas; i++)
        assignment.brokers[i] = i + 1;
    struct kafka_topic *topic = kafka_topic_new(test->cluster, test_string(name), &assignment, 1);
    for (; settings && *settings; settings++) {
        const char *equals = strchr(*settings, '=');
        struct wire_string key = {.text = *settings, .bytes = (int32_t)(equals - *settings)};
        char error[1024];
        bool is_set = kafka_config_set(&topic->config, test->cluster, key, test_string(equals + 1), error,
                                       sizeof error);
        assert(is_set);
        (void)is_set;
    }
    return topic->partitions[0];
}

void test_append(struct kafka_partition *partition, struct batch_plan plan)
{
    struct kafka_cluster *cluster = partition->topic->cluster;
    struct kafka_log *log = &kafka_partition_leader(partition)->log;
    plan.base_offset = log->end_offset;
    plan.leader_epoch = partition->leader_epoch;
    struct kafka_batch *batch = batch_new(&plan);
    struct wire_batch header;
    bool is_read = kafka_batch_read(batch, &header);
    assert(is_read);
    (void)is_read;
    kafka_log_append(log, batch, &header, &partition->topic->config, kafka_cluster_now_ms(cluster));
    kafka_batch_release(batch);
    kafka_partition_replicate(partition);
    kafka_cleaner_touch(&cluster->cleaner, partition, &header);
}

void test_ask(struct test_cluster *test, int32_t broker, int16_t api, int16_t version, const void *body)
{
    test->request = (struct kafka_request){
        .broker = kafka_broker_of(test->cluster, broker),
        .client = &test->client,
        .header = {.api_key = api, .api_version = version, .api = wire_api_of(api)},
        .body = body,
    };
    kafka_cluster_request(test->cluster, &test->request);
}

void test_advance_ms(struct test_cluster *test, int64_t by_ms)
{
    kafka_cluster_advance(test->cluster, test->cluster->now_ns + by_ms * 1000000);
}
