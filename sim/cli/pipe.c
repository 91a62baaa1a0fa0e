/* SPDX-License-Identifier: Apache-2.0 */
/* See pipe.h. Plain librdkafka, as a bench of the engine wants it: no pipeline code. */
#include "sim/cli/pipe.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { ERROR_BYTES = 512, COMMIT_EVERY = 10, MESSAGE_BYTES_MAX = 1 << 16, FLUSH_MS = 60000, POLL_MS = 100 };

struct call {
    uint32_t events, bytes;
    int argc;
    char **argv;
};

static struct call parse(int argc, char **argv)
{
    struct call call = {.argc = argc, .argv = argv};
    if (argc > 2) {
        call.events = (uint32_t)strtoul(argv[1], NULL, 10);
        call.bytes = (uint32_t)strtoul(argv[2], NULL, 10);
    }
    if (call.bytes < 16 || call.bytes > MESSAGE_BYTES_MAX)
        call.bytes = 100;
    return call;
}

static rd_kafka_t *new_client(const struct call *call, rd_kafka_type_t type, const char *group)
{
    char error[ERROR_BYTES];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    if (group) {
        rd_kafka_conf_set(configuration, "group.id", group, error, sizeof error);
        rd_kafka_conf_set(configuration, "enable.auto.commit", "false", error, sizeof error);
        rd_kafka_conf_set(configuration, "auto.offset.reset", "earliest", error, sizeof error);
    }
    for (int i = 3; i + 1 < call->argc; i += 2) {
        char *setting = call->argv[i + 1];
        char *equals = strchr(setting, '=');
        if (strncmp(setting, "kafka.", 6) != 0 || !equals)
            continue;
        char key[ERROR_BYTES];
        snprintf(key, sizeof key, "%.*s", (int)(equals - setting - 6), setting + 6);
        if (rd_kafka_conf_set(configuration, key, equals + 1, error, sizeof error) != RD_KAFKA_CONF_OK)
            fprintf(stderr, "pipe: %s\n", error);
    }
    rd_kafka_t *client = rd_kafka_new(type, configuration, error, sizeof error);
    if (!client)
        fprintf(stderr, "pipe: %s\n", error);
    return client;
}

static bool send_record(rd_kafka_t *producer, const char *topic, const void *key, size_t key_bytes,
                        const void *value, size_t value_bytes)
{
    const rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t)key, key_bytes}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)value, value_bytes}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
    };
    for (;;) {
        rd_kafka_error_t *refused = rd_kafka_produceva(producer, fields, sizeof fields / sizeof fields[0]);
        rd_kafka_resp_err_t error = refused ? rd_kafka_error_code(refused) : RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_error_destroy(refused);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return error == RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_poll(producer, POLL_MS);
    }
}

int pipe_feeder_main(int argc, char **argv)
{
    struct call call = parse(argc, argv);
    rd_kafka_t *producer = new_client(&call, RD_KAFKA_PRODUCER, NULL);
    if (!producer)
        return 2;
    char *value = malloc(call.bytes);
    memset(value, 'x', call.bytes);
    bool sent = true;
    for (uint32_t n = 0; n < call.events && sent; n++) {
        char key[16];
        int key_bytes = snprintf(key, sizeof key, "%" PRIu32, n);
        memcpy(value, key, (size_t)key_bytes + 1);
        sent = send_record(producer, PIPE_INPUT, key, (size_t)key_bytes, value, call.bytes);
    }
    free(value);
    bool flushed = rd_kafka_flush(producer, FLUSH_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_destroy(producer);
    return sent && flushed ? 0 : 1;
}

static int subscribe(rd_kafka_t *consumer, const char *topic)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return error;
}

static bool is_asked_to_stop(int signals)
{
    struct signalfd_siginfo info;
    return read(signals, &info, sizeof info) == sizeof info;
}

/* Outputs first, then the offsets they were made of. */
static bool commit(rd_kafka_t *consumer, rd_kafka_t *producer)
{
    if (rd_kafka_flush(producer, FLUSH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    rd_kafka_resp_err_t error = rd_kafka_commit(consumer, NULL, 0);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET;
}

int pipe_copy_main(int argc, char **argv)
{
    struct call call = parse(argc, argv);
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    int signals = signalfd(-1, &stop, SFD_NONBLOCK);
    rd_kafka_t *consumer = new_client(&call, RD_KAFKA_CONSUMER, PIPE_GROUP);
    rd_kafka_t *producer = new_client(&call, RD_KAFKA_PRODUCER, NULL);
    if (!consumer || !producer || subscribe(consumer, PIPE_INPUT))
        return 2;
    rd_kafka_poll_set_consumer(consumer);
    uint32_t uncommitted = 0;
    while (!is_asked_to_stop(signals)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, POLL_MS);
        if (message && !message->err) {
            send_record(producer, PIPE_OUTPUT, message->key, message->key_len, message->payload,
                        message->len);
            uncommitted++;
        }
        if (uncommitted == COMMIT_EVERY || (!message && uncommitted)) {
            commit(consumer, producer);
            uncommitted = 0;
        }
        if (message)
            rd_kafka_message_destroy(message);
        rd_kafka_poll(producer, 0);
    }
    commit(consumer, producer);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
    close(signals);
    return 0;
}

static void assign_all(rd_kafka_t *consumer, const char *topic, int32_t partitions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int32_t partition = 0; partition < partitions; partition++)
        rd_kafka_topic_partition_list_add(list, topic, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static int32_t count_partitions(rd_kafka_t *client, const char *topic)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    int32_t count = 0;
    if (rd_kafka_metadata(client, 0, handle, &metadata, FLUSH_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(handle);
    return count;
}

int pipe_checker_main(int argc, char **argv)
{
    struct call call = parse(argc, argv);
    rd_kafka_t *consumer = new_client(&call, RD_KAFKA_CONSUMER, "checker");
    if (!consumer)
        return 2;
    rd_kafka_poll_set_consumer(consumer);
    assign_all(consumer, PIPE_OUTPUT, count_partitions(consumer, PIPE_OUTPUT));
    bool *seen = calloc(call.events + 1, sizeof *seen);
    uint32_t distinct = 0;
    while (distinct < call.events) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, POLL_MS);
        uint32_t n = message && !message->err ? (uint32_t)strtoul(message->payload, NULL, 10) : call.events;
        if (n < call.events && !seen[n]) {
            seen[n] = true;
            distinct++;
        }
        if (message)
            rd_kafka_message_destroy(message);
    }
    free(seen);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return 0;
}
