/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topics: creates, widens and deletes a topic through librdkafka's admin client. The suite runs Kafka's kafka-topics.sh,
 * which takes a JVM each time, and cannot be run in a world at all. Left out: lists, descriptions, several topics at once.
 */
#include "tests/conformance/librdkafka/topics.h"
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONFIGS_MAX = 32,
    WORDS_MAX = 64,
    ERROR_BYTES = 512,
    TIMEOUT_MS = 30000,
    NOT_FOUND = 127,
    JVM_START_S = 1
};

enum action { NO_ACTION, CREATE, ALTER, DELETE };

struct asked {
    enum action action;
    const char *bootstrap, *topic;
    int partitions, replication; /* -1: the broker's default */
    char *configs[CONFIGS_MAX];  /* name=value */
    size_t config_count;
};

static bool set_value(struct asked *asked, const char *option, char *value)
{
    if (strcmp(option, "--bootstrap-server") == 0)
        asked->bootstrap = value;
    else if (strcmp(option, "--topic") == 0)
        asked->topic = value;
    else if (strcmp(option, "--partitions") == 0)
        asked->partitions = atoi(value);
    else if (strcmp(option, "--replication-factor") == 0)
        asked->replication = atoi(value);
    else if (strcmp(option, "--config") == 0 && strchr(value, '=') && asked->config_count < CONFIGS_MAX)
        asked->configs[asked->config_count++] = value;
    else
        return false;
    return true;
}

static bool parse(int argc, char **argv, struct asked *asked)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--create") == 0)
            asked->action = CREATE;
        else if (strcmp(argv[i], "--alter") == 0)
            asked->action = ALTER;
        else if (strcmp(argv[i], "--delete") == 0)
            asked->action = DELETE;
        else if (i + 1 == argc || !set_value(asked, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return asked->action != NO_ACTION && asked->bootstrap && asked->topic &&
           (asked->action != ALTER || asked->partitions > 0);
}

/* Sends what is asked; the result comes to queue. False: it could not even be said, and error_out tells why. */
static bool send_request(rd_kafka_t *client, const struct asked *asked, rd_kafka_queue_t *queue,
                         char *error_out)
{
    switch (asked->action) {
    case NO_ACTION:
        return false;
    case CREATE: {
        rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(asked->topic, asked->partitions,
                                                           asked->replication, error_out, ERROR_BYTES);
        if (!topic)
            return false;
        for (size_t i = 0; i < asked->config_count; i++) {
            char *equals = strchr(asked->configs[i], '=');
            *equals = '\0';
            rd_kafka_NewTopic_set_config(topic, asked->configs[i], equals + 1);
            *equals = '=';
        }
        rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
        rd_kafka_NewTopic_destroy(topic);
        return true;
    }
    case ALTER: {
        rd_kafka_NewPartitions_t *partitions =
            rd_kafka_NewPartitions_new(asked->topic, (size_t)asked->partitions, error_out, ERROR_BYTES);
        if (!partitions)
            return false;
        rd_kafka_CreatePartitions(client, &partitions, 1, NULL, queue);
        rd_kafka_NewPartitions_destroy(partitions);
        return true;
    }
    case DELETE: {
        rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(asked->topic);
        rd_kafka_DeleteTopics(client, &topic, 1, NULL, queue);
        rd_kafka_DeleteTopic_destroy(topic);
        return true;
    }
    }
    return false;
}

/* What the brokers said of the one topic. */
static bool read_result(rd_kafka_event_t *event, char *error_out)
{
    const rd_kafka_topic_result_t **results = NULL;
    size_t count = 0;
    rd_kafka_resp_err_t error = event ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    const char *text = event ? rd_kafka_event_error_string(event) : "no answer";
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        switch (rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
            results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
            break;
        case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT:
            results = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event),
                                                              &count);
            break;
        case RD_KAFKA_EVENT_DELETETOPICS_RESULT:
            results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
            break;
        }
        error = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__BAD_MSG;
        text = count == 1 ? rd_kafka_topic_result_error_string(results[0]) : "not one result";
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    snprintf(error_out, ERROR_BYTES, "%s: %s", rd_kafka_err2name(error), text ? text : "");
    return false;
}

int topics_command(int argc, char **argv)
{
    struct asked asked = {.partitions = -1, .replication = -1};
    if (!parse(argc, argv, &asked)) {
        fputs("kafka-topics: unknown or incomplete command line\n", stderr);
        return 2;
    }
    char error[ERROR_BYTES] = "";
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    rd_kafka_conf_set(configuration, "bootstrap.servers", asked.bootstrap, error, sizeof error);
    rd_kafka_conf_set(configuration, "client.id", "kafka-topics", error, sizeof error);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, error, sizeof error);
    if (!client) {
        rd_kafka_conf_destroy(configuration);
        fprintf(stderr, "kafka-topics: %s\n", error);
        return 1;
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    bool is_done = false;
    if (send_request(client, &asked, queue, error)) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
        is_done = read_result(event, error);
        if (event)
            rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
    if (!is_done)
        fprintf(stderr, "kafka-topics: %s: %s\n", asked.topic, error);
    return is_done ? 0 : 1;
}

int topics_command_line(const char *line)
{
    static const char program[] = "kafka-topics.sh";
    char *text = strdup(line), *words[WORDS_MAX], *rest = text;
    int count = 0;
    while (*(rest += strspn(rest, " \t")) && count < WORDS_MAX) {
        const char *end = *rest == '"' ? "\"" : " \t";
        rest += *rest == '"';
        words[count++] = rest;
        rest += strcspn(rest, end);
        if (*rest)
            *rest++ = '\0';
    }
    size_t bytes = count > 0 ? strlen(words[0]) : 0;
    bool is_ours =
        bytes >= sizeof program - 1 && strcmp(words[0] + bytes - (sizeof program - 1), program) == 0;
    int status = is_ours ? topics_command(count, words) : NOT_FOUND;
    free(text);
    return status;
}
