/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client: producers, consumers, topics and logs in few lines. See client.h; group members are in member.c.
 */
#include "tests/conformance/kafka/client.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEP_MS = 50, LEADER_TRIES_MAX = 200 };

int64_t client_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set(struct conformance *c, rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char error[256];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) != RD_KAFKA_CONF_OK)
        outcome(c, "configuration: %s", error);
}

static void set_pairs(struct conformance *c, rd_kafka_conf_t *conf, va_list pairs)
{
    const char *name;
    while ((name = va_arg(pairs, const char *)))
        set(c, conf, name, va_arg(pairs, const char *));
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    (void)client, (void)level, (void)facility, (void)text;
}

static void on_error(rd_kafka_t *client, int error, const char *reason, void *opaque)
{
    (void)client, (void)error, (void)reason, (void)opaque;
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    struct client_sent *sent = message->_private;
    (void)client, (void)opaque;
    if (!sent)
        return;
    sent->error = message->err;
    sent->status = rd_kafka_message_status(message);
    sent->offset = message->err ? -1 : message->offset;
    sent->timestamp_ms = rd_kafka_message_timestamp(message, NULL);
    sent->is_done = true;
}

static rd_kafka_conf_t *new_conf(struct conformance *c)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(c, conf, "bootstrap.servers", c->bootstrap);
    set(c, conf, "reconnect.backoff.ms", "20");
    set(c, conf, "reconnect.backoff.max.ms", "200");
    set(c, conf, "topic.metadata.refresh.fast.interval.ms", "50");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_opaque(conf, c);
    return conf;
}

static rd_kafka_t *new_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char error[256];
    rd_kafka_t *client = rd_kafka_new(type, conf, error, sizeof(error));
    if (!client) {
        fprintf(stderr, "librdkafka: %s\n", error);
        abort();
    }
    return client;
}

rd_kafka_t *client_producer(struct conformance *c, ...)
{
    rd_kafka_conf_t *conf = new_conf(c);
    va_list pairs;
    set(c, conf, "linger.ms", "0");
    set(c, conf, "retry.backoff.ms", "20");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    va_start(pairs, c);
    set_pairs(c, conf, pairs);
    va_end(pairs);
    return new_client(RD_KAFKA_PRODUCER, conf);
}

rd_kafka_t *client_consumer(struct conformance *c, const char *group, ...)
{
    rd_kafka_conf_t *conf = new_conf(c);
    va_list pairs;
    set(c, conf, "group.id", group);
    set(c, conf, "auto.offset.reset", "earliest");
    set(c, conf, "enable.auto.commit", "false");
    set(c, conf, "enable.partition.eof", "true");
    set(c, conf, "fetch.wait.max.ms", "50");
    set(c, conf, "topic.metadata.propagation.max.ms", "500");
    set(c, conf, "fetch.error.backoff.ms", "20");
    va_start(pairs, group);
    set_pairs(c, conf, pairs);
    va_end(pairs);
    rd_kafka_t *client = new_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(client);
    return client;
}

rd_kafka_t *client_admin(struct conformance *c)
{
    /* A consumer: a producer's metadata requests create what they ask for. */
    if (!c->admin)
        c->admin = client_consumer(c, "admin", NULL);
    return c->admin;
}

void client_close(rd_kafka_t *consumer)
{
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

rd_kafka_event_t *client_admin_event(struct conformance *c, rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, CLIENT_PATIENCE_MS);
    if (!event)
        outcome(c, "admin request: no answer");
    return event;
}

rd_kafka_event_t *client_admin_answer(struct conformance *c, rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = client_admin_event(c, queue);
    if (!event || !rd_kafka_event_error(event))
        return event;
    outcome(c, "admin request: %s", rd_kafka_err2name(rd_kafka_event_error(event)));
    rd_kafka_event_destroy(event);
    return NULL;
}

rd_kafka_resp_err_t client_topic_make(struct conformance *c, rd_kafka_NewTopic_t *topic)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
    size_t count;
    rd_kafka_CreateTopics(client_admin(c), &topic, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_event(c, queue);
    if (event) {
        const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
        error = rd_kafka_event_error(event);
        if (!error)
            error = rd_kafka_topic_result_error(rd_kafka_CreateTopics_result_topics(result, &count)[0]);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);
    return error;
}

rd_kafka_resp_err_t client_topic_create(struct conformance *c, const char *name, int partitions, int replicas)
{
    char error[256];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, replicas, error, sizeof(error));
    if (!topic) {
        outcome(c, "refused by the client: %s", error);
        return RD_KAFKA_RESP_ERR__INVALID_ARG;
    }
    return client_topic_make(c, topic);
}

static bool has_leaders(const rd_kafka_metadata_t *metadata, int partitions)
{
    if (metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt != partitions)
        return false;
    for (int i = 0; i < partitions; i++)
        if (metadata->topics[0].partitions[i].err || metadata->topics[0].partitions[i].leader < 0)
            return false;
    return true;
}

static bool is_unknown(const rd_kafka_metadata_t *metadata)
{
    return metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

void client_topic_await(struct conformance *c, const char *name, int partitions)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client_admin(c), name, NULL);
    bool is_ready = false;
    for (int i = 0; i < LEADER_TRIES_MAX && !is_ready; i++) {
        const rd_kafka_metadata_t *metadata;
        if (rd_kafka_metadata(client_admin(c), 0, topic, &metadata, CLIENT_PATIENCE_MS) == 0) {
            is_ready = partitions ? has_leaders(metadata, partitions) : is_unknown(metadata);
            rd_kafka_metadata_destroy(metadata);
        }
        if (!is_ready)
            rd_kafka_poll(client_admin(c), STEP_MS);
    }
    rd_kafka_topic_destroy(topic);
    if (!is_ready)
        outcome(c, "not %d partitions with leaders", partitions);
}

const char *client_topic(struct conformance *c, const char *suffix, int partitions, ...)
{
    const char *name = case_name_of(c, suffix), *key;
    char error[256];
    va_list pairs;
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, -1, error, sizeof(error));
    if (!topic)
        abort();
    va_start(pairs, partitions);
    while ((key = va_arg(pairs, const char *)))
        rd_kafka_NewTopic_set_config(topic, key, va_arg(pairs, const char *));
    va_end(pairs);
    rd_kafka_resp_err_t refused = client_topic_make(c, topic);
    if (refused)
        outcome(c, "create topic: %s", rd_kafka_err2name(refused));
    else
        client_topic_await(c, name, partitions);
    return name;
}

void client_queue(rd_kafka_t *producer, const char *topic, int32_t partition, const char *key,
                  const char *value, int64_t timestamp_ms, struct client_sent *sent)
{
    *sent = (struct client_sent){.offset = -1};
    rd_kafka_resp_err_t error =
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_KEY((void *)(uintptr_t)key, key ? strlen(key) : 0),
                          RD_KAFKA_V_VALUE((void *)(uintptr_t)value, value ? strlen(value) : 0),
                          RD_KAFKA_V_TIMESTAMP(timestamp_ms), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_OPAQUE(sent), RD_KAFKA_V_END);
    if (error) {
        sent->error = error;
        sent->is_done = true;
    }
}

void client_await(rd_kafka_t *producer, struct client_sent *sent)
{
    int64_t deadline_ms = client_now_ms() + 4 * CLIENT_PATIENCE_MS;
    while (!sent->is_done && client_now_ms() < deadline_ms)
        rd_kafka_poll(producer, STEP_MS);
    if (!sent->is_done)
        sent->error = RD_KAFKA_RESP_ERR__TIMED_OUT;
}

struct client_sent client_send(rd_kafka_t *producer, const char *topic, int32_t partition, const char *key,
                               const char *value)
{
    struct client_sent sent;
    client_queue(producer, topic, partition, key, value, 0, &sent);
    client_await(producer, &sent);
    return sent;
}

void client_fill(struct conformance *c, const char *topic, int32_t partition, int count)
{
    rd_kafka_t *producer = client_producer(c, NULL);
    struct client_sent *sent = calloc((size_t)count, sizeof(*sent));
    char value[32];
    for (int i = 0; i < count; i++) {
        snprintf(value, sizeof(value), "v%d", i);
        client_queue(producer, topic, partition, NULL, value, 0, &sent[i]);
    }
    for (int i = 0; i < count; i++) {
        client_await(producer, &sent[i]);
        if (sent[i].error)
            outcome(c, "fill: %s", rd_kafka_err2name(sent[i].error));
    }
    free(sent);
    rd_kafka_destroy(producer);
}

static void outcome_text(struct conformance *c, const void *data, size_t bytes)
{
    if (data)
        outcome_more(c, "%.*s", (int)(bytes < 64 ? bytes : 64), (const char *)data);
    else
        outcome_more(c, "null");
}

void client_outcome_log(struct conformance *c, const char *label, const char *topic, int32_t partition,
                        int64_t from_offset)
{
    client_outcome_log_as(c, label, topic, partition, from_offset, "read_committed");
}

void client_outcome_log_as(struct conformance *c, const char *label, const char *topic, int32_t partition,
                           int64_t from_offset, const char *isolation_level)
{
    rd_kafka_t *reader = client_consumer(c, "reader", "auto.offset.reset", "error", "check.crcs", "true",
                                         "isolation.level", isolation_level, NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, partition, from_offset);
    int64_t deadline_ms = client_now_ms() + CLIENT_PATIENCE_MS;
    rd_kafka_resp_err_t end = 0;
    rd_kafka_assign(reader, list);
    outcome(c, "%s", label);
    while (!end && client_now_ms() < deadline_ms) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, STEP_MS);
        if (!message)
            continue;
        end = message->err;
        if (!end) {
            outcome_more(c, " %" PRId64 ":", message->offset);
            outcome_text(c, message->key, message->key_len);
            outcome_more(c, "=");
            outcome_text(c, message->payload, message->len);
        }
        rd_kafka_message_destroy(message);
    }
    if (end != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        outcome_more(c, " %s", end ? rd_kafka_err2name(end) : "no end");
    rd_kafka_topic_partition_list_destroy(list);
    client_close(reader);
}

void client_outcome_sent(struct conformance *c, const char *label, const struct client_sent *sent)
{
    static const char *const statuses[] = {"not persisted", "possibly persisted", "persisted"};
    outcome(c, "%s %s %s", label, rd_kafka_err2name(sent->error), statuses[sent->status]);
    if (!sent->error)
        outcome_more(c, " at %" PRId64, sent->offset);
}

void client_outcome_watermarks(struct conformance *c, const char *label, const char *topic, int32_t partition)
{
    int64_t low = -1, high = -1;
    rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(client_admin(c), topic, partition, &low, &high, CLIENT_PATIENCE_MS);
    if (error)
        outcome(c, "%s %s", label, rd_kafka_err2name(error));
    else
        outcome(c, "%s [%" PRId64 ", %" PRId64 ")", label, low, high);
}

rd_kafka_topic_partition_list_t *client_at(const char *topic, int32_t partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    return list;
}

rd_kafka_resp_err_t client_commit(rd_kafka_t *consumer, const char *topic, int32_t partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = client_at(topic, partition, offset);
    rd_kafka_resp_err_t error = rd_kafka_commit(consumer, list, 0);
    if (!error)
        error = list->elems[0].err;
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

void client_outcome_committed(struct conformance *c, const char *label, const char *group, const char *topic,
                              int32_t partition)
{
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, partition, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
    /* While brokers come and go, one may name a coordinator that is none any more: of the moment, no fact. */
    for (int i = 0; i < LEADER_TRIES_MAX && error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR; i++) {
        if (i > 0)
            rd_kafka_poll(consumer, STEP_MS);
        error = rd_kafka_committed(consumer, list, CLIENT_PATIENCE_MS);
        if (!error)
            error = list->elems[0].err;
    }
    if (error)
        outcome(c, "%s %s", label, rd_kafka_err2name(error));
    else if (list->elems[0].offset == RD_KAFKA_OFFSET_INVALID)
        outcome(c, "%s none", label);
    else
        outcome(c, "%s %" PRId64 " \"%.*s\"", label, list->elems[0].offset, (int)list->elems[0].metadata_size,
                list->elems[0].metadata ? (const char *)list->elems[0].metadata : "");
    rd_kafka_topic_partition_list_destroy(list);
    client_close(consumer);
}
