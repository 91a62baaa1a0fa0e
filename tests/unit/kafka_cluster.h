/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_cluster: a cluster for unit tests, asked by structs instead of frames. */
#ifndef TESTS_UNIT_KAFKA_CLUSTER_H
#define TESTS_UNIT_KAFKA_CLUSTER_H

#include "tests/unit/kafka_batches.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"

enum { TEST_START_MS = 1000000 }; /* when it begins */

struct test_cluster {
    struct kafka_cluster *cluster;
    struct kafka_client client;
    struct kafka_request request; /* one at a time */
    int answers;                  /* so far */
};

/* Of the newest release. settings as in cluster.h, or NULL. */
void test_cluster_init(struct test_cluster *test, int32_t brokers, const char *const *settings);
void test_cluster_deinit(struct test_cluster *test);

/* One partition on the brokers 1..replicas, led by 1. settings: "name=value" of the topic, NULL ends; or NULL. */
struct kafka_partition *test_topic(struct test_cluster *test, const char *name, int32_t replicas,
                                   const char *const *settings);
/* As a leader appends: at the end of its log, and replicated. Tells the cleaner. */
void test_append(struct kafka_partition *partition, struct batch_plan plan);

/* Asks broker; body as the wire decodes it. The answer is in the function's last call of on_answer: see below. */
void test_ask(struct test_cluster *test, int32_t broker, int16_t api, int16_t version, const void *body);
/* Called with each answer, while it is valid. Set before asking. */
extern void (*test_on_answer)(const void *response);

void test_advance_ms(struct test_cluster *test, int64_t by_ms);
struct wire_string test_string(const char *text);

#endif
