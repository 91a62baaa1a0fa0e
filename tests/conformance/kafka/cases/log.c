/* SPDX-License-Identifier: Apache-2.0 */
/* What a partition's log keeps, gives back and refuses. */
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 50, DAY_MS = 24 * 3600 * 1000 };

CASE(records_come_back_with_null_keys_tombstones_and_empty_values)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    client_send(producer, topic, 0, "key", "value");
    client_send(producer, topic, 0, NULL, "value");
    client_send(producer, topic, 0, "key", NULL);
    client_send(producer, topic, 0, "", "");
    client_send(producer, topic, 0, NULL, NULL);
    client_outcome_log(c, "log", topic, 0, 0);
    rd_kafka_destroy(producer);
}

static void outcome_headers(struct conformance *c, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    size_t bytes;
    if (rd_kafka_message_headers(message, &headers)) {
        outcome(c, "no headers");
        return;
    }
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &bytes) == 0; i++)
        outcome(c, "%s=%.*s%s", name, (int)bytes, value ? (const char *)value : "", value ? "" : "null");
}

/* The first record at or behind the offset; NULL if there is none in time. */
static rd_kafka_message_t *read_one(rd_kafka_t *consumer)
{
    int64_t deadline_ms = client_now_ms() + CLIENT_PATIENCE_MS;
    while (client_now_ms() < deadline_ms) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, STEP_MS);
        if (message && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
            return message;
        if (message)
            rd_kafka_message_destroy(message);
    }
    return NULL;
}

static void assign_at(rd_kafka_t *consumer, const char *topic, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, offset);
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void outcome_first(struct conformance *c, const char *label, rd_kafka_t *consumer)
{
    rd_kafka_message_t *message = read_one(consumer);
    if (!message)
        outcome(c, "%s nothing", label);
    else if (message->err)
        outcome(c, "%s %s", label, rd_kafka_err2name(message->err));
    else
        outcome(c, "%s %" PRId64, label, message->offset);
    if (message)
        rd_kafka_message_destroy(message);
}

CASE(headers_keep_order_repetition_and_null)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    rd_kafka_t *consumer = client_consumer(c, "reader", NULL);
    rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("v", 1),
                      RD_KAFKA_V_HEADER("b", "1", 1), RD_KAFKA_V_HEADER("a", "2", 1),
                      RD_KAFKA_V_HEADER("b", "3", 1), RD_KAFKA_V_HEADER("none", NULL, 0),
                      RD_KAFKA_V_HEADER("empty", "", 0), RD_KAFKA_V_END);
    rd_kafka_flush(producer, CLIENT_PATIENCE_MS);
    assign_at(consumer, topic, 0);
    rd_kafka_message_t *message = read_one(consumer);
    if (message) {
        outcome_headers(c, message);
        rd_kafka_message_destroy(message);
    }
    client_close(consumer);
    rd_kafka_destroy(producer);
}

static void codec_round_trip(struct conformance *c, const char *codec, const char *stored_as)
{
    const char *topic = client_topic(c, stored_as ? "stored" : codec, 1, "compression.type",
                                     stored_as ? stored_as : "producer", NULL);
    rd_kafka_t *producer = client_producer(c, "compression.codec", codec, "linger.ms", "20", NULL);
    struct client_sent sent[3];
    for (int i = 0; i < 3; i++)
        client_queue(producer, topic, 0, "key", "the same value again and again and again and again", 0,
                     &sent[i]);
    for (int i = 0; i < 3; i++)
        client_await(producer, &sent[i]);
    client_outcome_log(c, codec, topic, 0, 0);
    rd_kafka_destroy(producer);
}

CASE(all_four_codecs_are_given_back)
{
    codec_round_trip(c, "gzip", NULL);
    codec_round_trip(c, "snappy", NULL);
    codec_round_trip(c, "lz4", NULL);
    codec_round_trip(c, "zstd", NULL);
}

CASE(a_topic_with_its_own_codec_gives_back_what_was_sent)
{
    codec_round_trip(c, "gzip", "uncompressed");
}

CASE(offsets_count_up_in_each_partition)
{
    const char *topic = client_topic(c, "t", 2, NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    for (int i = 0; i < 4; i++) {
        struct client_sent sent = client_send(producer, topic, i % 2, NULL, "v");
        client_outcome_sent(c, i % 2 ? "partition 1" : "partition 0", &sent);
    }
    client_outcome_watermarks(c, "partition 1", topic, 1);
    rd_kafka_destroy(producer);
}

/* What is sent with acks of 0 arrives some time after its delivery report. */
static void await_end(struct conformance *c, const char *topic, int64_t end)
{
    int64_t deadline_ms = client_now_ms() + CLIENT_PATIENCE_MS, low, high = -1;
    while (high < end && client_now_ms() < deadline_ms) {
        rd_kafka_poll(client_admin(c), STEP_MS);
        rd_kafka_query_watermark_offsets(client_admin(c), topic, 0, &low, &high, CLIENT_PATIENCE_MS);
    }
}

CASE(acks_of_all_one_and_none_deliver)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    static const char *const acks[] = {"all", "1", "0"};
    for (int i = 0; i < 3; i++) {
        rd_kafka_t *producer = client_producer(c, "acks", acks[i], NULL);
        struct client_sent sent = client_send(producer, topic, 0, NULL, acks[i]);
        client_outcome_sent(c, acks[i], &sent);
        rd_kafka_flush(producer, CLIENT_PATIENCE_MS);
        rd_kafka_destroy(producer);
    }
    await_end(c, topic, 3);
    client_outcome_log(c, "log", topic, 0, 0);
}

CASE(a_fetch_beyond_the_end_follows_the_reset_policy)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    static const char *const policies[] = {"error", "earliest"};
    client_fill(c, topic, 0, 3);
    for (int i = 0; i < 2; i++) {
        rd_kafka_t *consumer = client_consumer(c, "reader", "auto.offset.reset", policies[i], NULL);
        assign_at(consumer, topic, 4);
        outcome_first(c, policies[i], consumer);
        client_close(consumer);
    }
}

static int64_t delete_records(struct conformance *c, const char *label, const char *topic, int32_t partition,
                              int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = client_at(topic, partition, offset);
    rd_kafka_DeleteRecords_t *request = rd_kafka_DeleteRecords_new(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    int64_t low = -1;
    rd_kafka_DeleteRecords(client_admin(c), &request, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_event(c, queue);
    if (event && rd_kafka_event_error(event)) {
        outcome(c, "%s %s", label, rd_kafka_err2name(rd_kafka_event_error(event)));
    } else if (event) {
        const rd_kafka_topic_partition_t *result =
            &rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))->elems[0];
        low = result->offset;
        outcome(c, "%s %s low %" PRId64, label, rd_kafka_err2name(result->err), result->err ? -1 : low);
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
    return low;
}

CASE(deleted_records_move_the_start_of_the_log)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    client_fill(c, topic, 0, 6);
    delete_records(c, "to 2", topic, 0, 2);
    delete_records(c, "to 1, below the start", topic, 0, 1);
    client_outcome_watermarks(c, "then", topic, 0);
    delete_records(c, "to 7, above the end", topic, 0, 7);
    delete_records(c, "to the end", topic, 0, -1);
    client_outcome_watermarks(c, "then", topic, 0);
    delete_records(c, "partition 5", topic, 5, 1);
    delete_records(c, "unknown topic", case_name_of(c, "unknown"), 0, 1);
}

CASE(a_fetch_below_the_start_follows_the_reset_policy)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    static const char *const policies[] = {"error", "earliest"};
    client_fill(c, topic, 0, 6);
    delete_records(c, "delete", topic, 0, 4);
    for (int i = 0; i < 2; i++) {
        rd_kafka_t *consumer = client_consumer(c, "reader", "auto.offset.reset", policies[i], NULL);
        assign_at(consumer, topic, 1);
        outcome_first(c, policies[i], consumer);
        client_close(consumer);
    }
    client_outcome_log(c, "log", topic, 0, 4);
}

CASE(a_fetch_at_the_end_is_woken_by_data)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    rd_kafka_t *consumer =
        client_consumer(c, "reader", "fetch.wait.max.ms", "40000", "socket.timeout.ms", "90000", NULL);
    client_send(producer, topic, 0, NULL, "before");
    assign_at(consumer, topic, 0);
    outcome_first(c, "first", consumer);
    int64_t start_ms = client_now_ms();
    while (client_now_ms() < start_ms + 300) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, STEP_MS);
        if (message)
            rd_kafka_message_destroy(message);
    }
    client_send(producer, topic, 0, NULL, "wakes");
    outcome_first(c, "then", consumer);
    client_close(consumer);
    rd_kafka_destroy(producer);
}

CASE(a_record_larger_than_the_fetch_limit_is_fetched_alone)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    char value[20001];
    rd_kafka_t *producer = client_producer(c, NULL);
    rd_kafka_t *consumer = client_consumer(c, "reader", "max.partition.fetch.bytes", "1000",
                                           "fetch.max.bytes", "1000", "message.max.bytes", "1000", NULL);
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    client_send(producer, topic, 0, NULL, value);
    client_send(producer, topic, 0, NULL, value);
    assign_at(consumer, topic, 0);
    outcome_first(c, "first", consumer);
    outcome_first(c, "second", consumer);
    client_close(consumer);
    rd_kafka_destroy(producer);
}

CASE(create_time_is_the_producers_log_append_time_the_brokers)
{
    static const char *const types[] = {"CreateTime", "LogAppendTime"};
    for (int i = 0; i < 2; i++) {
        const char *topic = client_topic(c, types[i], 1, "message.timestamp.type", types[i], NULL);
        rd_kafka_t *producer = client_producer(c, NULL);
        rd_kafka_t *consumer = client_consumer(c, "reader", NULL);
        rd_kafka_timestamp_type_t type;
        struct client_sent sent;
        client_queue(producer, topic, 0, NULL, "v", 1234567, &sent);
        client_await(producer, &sent);
        outcome(c, "%s reported %s", types[i], sent.timestamp_ms == 1234567 ? "as sent" : "anew");
        assign_at(consumer, topic, 0);
        rd_kafka_message_t *message = read_one(consumer);
        if (message) {
            bool is_sent = rd_kafka_message_timestamp(message, &type) == 1234567;
            outcome(c, "read %s, type %d", is_sent ? "as sent" : "anew", (int)type);
            rd_kafka_message_destroy(message);
        }
        client_close(consumer);
        rd_kafka_destroy(producer);
    }
}

CASE(a_timestamp_too_far_from_now_is_refused)
{
    const char *topic = client_topic(c, "t", 1, "message.timestamp.before.max.ms", "1000",
                                     "message.timestamp.after.max.ms", "1000", NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    struct client_sent old, now;
    client_queue(producer, topic, 0, NULL, "old", 1234567, &old);
    client_await(producer, &old);
    client_outcome_sent(c, "old", &old);
    now = client_send(producer, topic, 0, NULL, "now");
    client_outcome_sent(c, "now", &now);
    rd_kafka_destroy(producer);
}

static void offset_for_time(struct conformance *c, const char *label, const char *topic, int64_t time_ms)
{
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, time_ms);
    rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client_admin(c), list, CLIENT_PATIENCE_MS);
    if (!error)
        error = list->elems[0].err;
    outcome(c, "%s %s %" PRId64, label, rd_kafka_err2name(error), list->elems[0].offset);
    rd_kafka_topic_partition_list_destroy(list);
}

CASE(offsets_are_found_by_time)
{
    const char *topic = client_topic(c, "t", 1, "retention.ms", "-1", NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    static const int64_t times[] = {1000, 3000, 2000, 5000};
    struct client_sent sent;
    for (int i = 0; i < 4; i++) {
        client_queue(producer, topic, 0, NULL, "v", times[i], &sent);
        client_await(producer, &sent);
    }
    offset_for_time(c, "before all", topic, 1);
    offset_for_time(c, "the first", topic, 1000);
    offset_for_time(c, "between", topic, 1500);
    offset_for_time(c, "out of order", topic, 2500);
    offset_for_time(c, "the last", topic, 5000);
    offset_for_time(c, "after all", topic, 5001);
    offset_for_time(c, "earliest", topic, RD_KAFKA_OFFSET_BEGINNING);
    offset_for_time(c, "latest", topic, RD_KAFKA_OFFSET_END);
    rd_kafka_destroy(producer);
}

CASE(the_position_follows_what_was_read_and_seeks)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *consumer = client_consumer(c, "reader", NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 0);
    client_fill(c, topic, 0, 5);
    assign_at(consumer, topic, 1);
    outcome_first(c, "first", consumer);
    rd_kafka_position(consumer, list);
    outcome(c, "position %" PRId64, list->elems[0].offset);
    list->elems[0].offset = 4;
    rd_kafka_error_t *error = rd_kafka_seek_partitions(consumer, list, CLIENT_PATIENCE_MS);
    if (error) {
        outcome(c, "seek %s", rd_kafka_error_name(error));
        rd_kafka_error_destroy(error);
    }
    outcome_first(c, "after the seek", consumer);
    rd_kafka_position(consumer, list);
    outcome(c, "position %" PRId64, list->elems[0].offset);
    rd_kafka_topic_partition_list_destroy(list);
    client_close(consumer);
}

CASE(a_logical_offset_counts_from_the_end)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *consumer = client_consumer(c, "reader", NULL);
    client_fill(c, topic, 0, 5);
    assign_at(consumer, topic, RD_KAFKA_OFFSET_TAIL(2));
    outcome_first(c, "tail 2", consumer);
    assign_at(consumer, topic, RD_KAFKA_OFFSET_BEGINNING);
    outcome_first(c, "beginning", consumer);
    client_close(consumer);
}

const struct conformance_case log_cases[] = {
    CASE_ENTRY(records_come_back_with_null_keys_tombstones_and_empty_values),
    CASE_ENTRY(headers_keep_order_repetition_and_null),
    CASE_ENTRY(all_four_codecs_are_given_back),
    CASE_ENTRY(a_topic_with_its_own_codec_gives_back_what_was_sent),
    CASE_ENTRY(offsets_count_up_in_each_partition),
    CASE_ENTRY(acks_of_all_one_and_none_deliver),
    CASE_ENTRY(a_fetch_beyond_the_end_follows_the_reset_policy),
    CASE_ENTRY(deleted_records_move_the_start_of_the_log),
    CASE_ENTRY(a_fetch_below_the_start_follows_the_reset_policy),
    CASE_ENTRY(a_fetch_at_the_end_is_woken_by_data),
    CASE_ENTRY(a_record_larger_than_the_fetch_limit_is_fetched_alone),
    CASE_ENTRY(create_time_is_the_producers_log_append_time_the_brokers),
    CASE_ENTRY(a_timestamp_too_far_from_now_is_refused),
    CASE_ENTRY(offsets_are_found_by_time),
    CASE_ENTRY(the_position_follows_what_was_read_and_seeks),
    CASE_ENTRY(a_logical_offset_counts_from_the_end),
    CASE_END,
};
