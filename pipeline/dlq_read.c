/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_read: see dlq_read.h. */
#include "pipeline/dlq_read.h"

#include "pipeline/clock.h"
#include "pipeline/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_MS = 15000, SILENCE_MS = 90000, POLL_MS = 500 };

struct reading {
    struct client_opaque opaque; /* first: see client.h */
    const struct dlq_read *read;
    rd_kafka_t *client;
    rd_kafka_topic_partition_list_t *ends; /* of the partitions that are not read yet */
    char *error;
};

static bool fail(struct reading *reading, const char *what, const char *detail)
{
    snprintf(reading->error, CLIENT_ERROR_BYTES, "%.200s: %s: %.200s", reading->read->topic, what, detail);
    return false;
}

static rd_kafka_t *open_client(struct reading *reading, const char *isolation)
{
    const struct client_property required[] = {
        {"group.id", "millrace-dlq"}, /* librdkafka assigns to no consumer without; nothing joins it */
        {"enable.auto.commit", "false"},  {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"}, {"auto.offset.reset", "earliest"},
        {"isolation.level", isolation},   {NULL, NULL},
    };
    rd_kafka_conf_t *conf = client_conf(reading->read->config, CLIENT_CONSUMER, required, reading->error);
    if (!conf)
        return NULL;
    client_set_opaque(conf, &reading->opaque);
    rd_kafka_t *client = client_new(CLIENT_CONSUMER, conf, reading->error);
    if (client)
        rd_kafka_poll_set_consumer(client);
    return client;
}

/* ---- ends ---- */

static int count_partitions(struct reading *reading, rd_kafka_t *client)
{
    rd_kafka_topic_t *topic = memory_check(rd_kafka_topic_new(client, reading->read->topic, NULL));
    const struct rd_kafka_metadata *metadata;
    int count = -1;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, topic, &metadata, CALL_MS);
    if (!code) {
        if (metadata->topic_cnt == 1)
            code = metadata->topics[0].err;
        if (metadata->topic_cnt == 1 && !code)
            count = metadata->topics[0].partition_cnt;
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(topic);
    if (count < 0)
        fail(reading, "no metadata", rd_kafka_err2str(code));
    return count;
}

/* Adds the partition, from where it is to be read and to where; nothing, if there is nothing to read. */
static bool add_partition(struct reading *reading, rd_kafka_t *client,
                          rd_kafka_topic_partition_list_t *starts, int partition)
{
    const struct dlq_read *read = reading->read;
    int64_t low, end;
    rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(client, read->topic, partition, &low, &end, CALL_MS);
    if (code)
        return fail(reading, "no end offset", rd_kafka_err2str(code));
    if (read->only) {
        if (read->only->offset < low || read->only->offset >= end)
            return true;
        low = read->only->offset;
        end = low + 1;
    }
    if (low < end) {
        rd_kafka_topic_partition_list_add(starts, read->topic, partition)->offset = low;
        rd_kafka_topic_partition_list_add(reading->ends, read->topic, partition)->offset = end;
    }
    return true;
}

static bool find_ends(struct reading *reading, rd_kafka_topic_partition_list_t *starts)
{
    rd_kafka_t *client =
        reading->read->end == DLQ_END_LOG ? open_client(reading, "read_uncommitted") : reading->client;
    if (!client)
        return false;
    int count = count_partitions(reading, client);
    bool done = count >= 0;
    for (int partition = 0; done && partition < count; partition++) {
        if (!reading->read->only || reading->read->only->partition == partition)
            done = add_partition(reading, client, starts, partition);
    }
    if (client != reading->client) {
        rd_kafka_consumer_close(client);
        rd_kafka_destroy(client);
    }
    return done;
}

/* ---- records ---- */

static void copy_headers(struct dlq_record *record, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    size_t bytes;
    if (rd_kafka_message_headers(message, &headers))
        return;
    for (size_t i = 0; record->header_count < DLQ_HEADERS_MAX &&
                       !rd_kafka_header_get_all(headers, i, &name, &value, &bytes);
         i++)
        record->headers[record->header_count++] =
            (struct dlq_header){.name = memory_string(name),
                                .value = value ? memory_copy(value, bytes) : NULL,
                                .value_bytes = bytes};
}

static void give(struct reading *reading, const rd_kafka_message_t *message)
{
    struct dlq_record record = {.id = {.partition = message->partition, .offset = message->offset},
                                .timestamp_ms = rd_kafka_message_timestamp(message, NULL)};
    snprintf(record.id.topic, sizeof record.id.topic, "%s", reading->read->topic);
    if (message->key) {
        record.key = memory_copy(message->key, message->key_len);
        record.key_bytes = message->key_len;
    }
    if (message->payload) {
        record.value = memory_copy(message->payload, message->len);
        record.value_bytes = message->len;
    }
    copy_headers(&record, message);
    reading->read->on_record(reading->read->context, &record);
}

/* next: all of the partition before it has been read. */
static void reach(struct reading *reading, const rd_kafka_message_t *message, int64_t next)
{
    const char *topic = reading->read->topic;
    const rd_kafka_topic_partition_t *end =
        rd_kafka_topic_partition_list_find(reading->ends, topic, message->partition);
    if (end && next >= end->offset)
        rd_kafka_topic_partition_list_del(reading->ends, topic, message->partition);
}

static bool take(struct reading *reading, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        reach(reading, message, message->offset);
        return true;
    }
    /* What is not the partition's librdkafka tries again by itself, and silence ends it. */
    if (message->err && message->err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
        message->err != RD_KAFKA_RESP_ERR__TRANSPORT)
        return fail(reading, "cannot be read", rd_kafka_message_errstr(message));
    if (message->err)
        return true;
    const rd_kafka_topic_partition_t *end =
        rd_kafka_topic_partition_list_find(reading->ends, reading->read->topic, message->partition);
    if (end && message->offset < end->offset)
        give(reading, message);
    reach(reading, message, message->offset + 1);
    return true;
}

static bool read_partitions(struct reading *reading, const rd_kafka_topic_partition_list_t *starts)
{
    rd_kafka_resp_err_t code = rd_kafka_assign(reading->client, starts);
    if (code)
        return fail(reading, "cannot be read", rd_kafka_err2str(code));
    int64_t deadline_ns = clock_now_ns() + SILENCE_MS * CLOCK_NS_PER_MS;
    while (reading->ends->cnt > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reading->client, POLL_MS);
        bool done = !message || take(reading, message);
        if (message && !message->err)
            deadline_ns = clock_now_ns() + SILENCE_MS * CLOCK_NS_PER_MS;
        if (message)
            rd_kafka_message_destroy(message);
        if (!done)
            return false;
        if (clock_now_ns() > deadline_ns)
            return fail(reading, "cannot be read",
                        "no answer from the brokers, or a transaction that does not end");
    }
    return true;
}

bool dlq_read(const struct dlq_read *read, char error[CLIENT_ERROR_BYTES])
{
    struct reading reading = {.opaque = {.log = read->log}, .read = read, .error = error};
    reading.client = open_client(&reading, "read_committed");
    if (!reading.client)
        return false;
    reading.ends = memory_check(rd_kafka_topic_partition_list_new(4));
    rd_kafka_topic_partition_list_t *starts = memory_check(rd_kafka_topic_partition_list_new(4));
    bool done = find_ends(&reading, starts) && read_partitions(&reading, starts);
    rd_kafka_topic_partition_list_destroy(starts);
    rd_kafka_topic_partition_list_destroy(reading.ends);
    rd_kafka_consumer_close(reading.client);
    rd_kafka_destroy(reading.client);
    return done;
}
