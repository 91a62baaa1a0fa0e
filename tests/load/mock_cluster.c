/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_cluster: librdkafka's mock brokers as a process of their own, on loopback.
 *
 *     mock-cluster BROKERS TOPIC:PARTITIONS..
 *
 * Prints the bootstrap servers on one line, then runs until standard input ends or SIGTERM comes. A stand-in
 * for Kafka where there is no Java: no admin API, no transactions worth the name, nothing is kept.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

int main(int argc, char **argv)
{
    int brokers = argc > 1 ? atoi(argv[1]) : 0;
    if (brokers < 1 || brokers > 9)
        return fail("usage: mock-cluster BROKERS TOPIC:PARTITIONS..");
    char error[512];
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
    while (read(STDIN_FILENO, bytes, sizeof bytes) > 0) {
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
    return 0;
}
