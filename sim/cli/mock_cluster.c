/* SPDX-License-Identifier: Apache-2.0 */
/* No admin API, no transactions worth the name, nothing is kept: see mock_cluster.h. */
#include "sim/cli/mock_cluster.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BROKERS_MAX = 9, ERROR_BYTES = 512 };

static int fail(const char *what)
{
    fprintf(stderr, "mock-cluster: %s\n", what);
    return 2;
}

static int add_topic(rd_kafka_mock_cluster_t *cluster, const char *argument, int replication)
{
    const char *colon = strrchr(argument, ':');
    int partitions = colon ? atoi(colon + 1) : 0;
    if (partitions < 1)
        return fail("expected TOPIC:PARTITIONS");
    char *name = strndup(argument, (size_t)(colon - argument));
    rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(cluster, name, partitions, replication);
    free(name);
    return code ? fail(rd_kafka_err2str(code)) : 0;
}

int mock_cluster_main(int argc, char **argv)
{
    bool for_ever = argc > 1 && strcmp(argv[1], "--for-ever") == 0;
    argc -= for_ever;
    argv += for_ever;
    int brokers = argc > 1 ? atoi(argv[1]) : 0;
    if (brokers < 1 || brokers > BROKERS_MAX)
        return fail("usage: mock-cluster [--for-ever] BROKERS TOPIC:PARTITIONS..");
    char error[ERROR_BYTES];
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), error, sizeof error);
    if (!client)
        return fail(error);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(client, brokers);
    if (!cluster)
        return fail("no cluster");
    for (int i = 2; i < argc; i++) {
        int code = add_topic(cluster, argv[i], brokers < 3 ? brokers : 3);
        if (code)
            return code;
    }
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    char bytes[64];
    if (for_ever)
        poll(NULL, 0, -1);
    while (read(STDIN_FILENO, bytes, sizeof bytes) > 0) {
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
    return 0;
}

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *bootstrap)
{
    char error[ERROR_BYTES];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap, error, sizeof error);
    if (type == RD_KAFKA_CONSUMER) {
        rd_kafka_conf_set(configuration, "group.id", "group", error, sizeof error);
        rd_kafka_conf_set(configuration, "auto.offset.reset", "earliest", error, sizeof error);
        rd_kafka_conf_set(configuration, "partition.assignment.strategy", "cooperative-sticky", error,
                          sizeof error);
    }
    return rd_kafka_new(type, configuration, error, sizeof error);
}

static int produce_and_consume(rd_kafka_t *producer, rd_kafka_t *consumer)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, "topic", RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    const rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "topic"},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t) "value", 5}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t) "key", 3}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
    };
    rd_kafka_error_destroy(rd_kafka_produceva(producer, fields, sizeof fields / sizeof fields[0]));
    int result = rd_kafka_flush(producer, 10000) == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 2;
    for (int polls = 0; polls < 100 && result == 1; polls++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 200);
        if (message && !message->err)
            result = 0;
        if (message)
            rd_kafka_message_destroy(message);
    }
    rd_kafka_commit(consumer, NULL, 0);
    rd_kafka_consumer_close(consumer);
    return result;
}

int mock_cluster_exercise(void)
{
    char error[ERROR_BYTES];
    rd_kafka_t *host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), error, sizeof error);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(host, 1);
    rd_kafka_mock_topic_create(cluster, "topic", 2, 1);
    rd_kafka_t *producer = new_client(RD_KAFKA_PRODUCER, rd_kafka_mock_cluster_bootstraps(cluster));
    rd_kafka_t *consumer = new_client(RD_KAFKA_CONSUMER, rd_kafka_mock_cluster_bootstraps(cluster));
    int result = produce_and_consume(producer, consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
    return result;
}
