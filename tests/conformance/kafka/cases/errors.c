/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused, what is created by asking, and what comes back after a broken connection. */
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/client.h"

#include <inttypes.h>
#include <string.h>

enum { STEP_MS = 50 };

CASE(a_record_larger_than_the_topic_allows_is_refused)
{
    const char *topic = client_topic(c, "t", 1, "max.message.bytes", "1000", NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    char value[2001];
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    struct client_sent sent = client_send(producer, topic, 0, NULL, value);
    client_outcome_sent(c, "large", &sent);
    sent = client_send(producer, topic, 0, NULL, "small");
    client_outcome_sent(c, "small", &sent);
    rd_kafka_destroy(producer);
}

CASE(a_compacted_topic_refuses_records_without_a_key)
{
    const char *topic = client_topic(c, "t", 1, "cleanup.policy", "compact", NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    struct client_sent sent = client_send(producer, topic, 0, NULL, "no key");
    client_outcome_sent(c, "no key", &sent);
    sent = client_send(producer, topic, 0, "key", "value");
    client_outcome_sent(c, "key", &sent);
    sent = client_send(producer, topic, 0, "", "value");
    client_outcome_sent(c, "empty key", &sent);
    client_outcome_log(c, "log", topic, 0, 0);
    rd_kafka_destroy(producer);
}

CASE(producing_to_a_topic_that_is_not_there_creates_it)
{
    const char *topic = case_name_of(c, "t");
    rd_kafka_t *producer = client_producer(c, NULL);
    struct client_sent sent = client_send(producer, topic, 0, NULL, "v");
    client_outcome_sent(c, "sent", &sent);
    client_outcome_log(c, "log", topic, 0, 0);
    rd_kafka_destroy(producer);
}

CASE(producing_to_an_invalid_topic_is_refused)
{
    rd_kafka_t *producer = client_producer(c, "message.timeout.ms", "5000", NULL);
    struct client_sent sent = client_send(producer, "a b", 0, NULL, "v");
    client_outcome_sent(c, "sent", &sent);
    rd_kafka_destroy(producer);
}

CASE(a_partition_that_is_not_there_is_refused)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = client_producer(c, "message.timeout.ms", "5000", NULL);
    struct client_sent sent = client_send(producer, topic, 7, NULL, "v");
    client_outcome_sent(c, "sent", &sent);
    client_outcome_watermarks(c, "watermarks", topic, 7);
    rd_kafka_destroy(producer);
}

/* The first error of a consumer that is assigned the topic's partition 0. */
static void outcome_consumer_error(struct conformance *c, const char *label, const char *topic,
                                   const char *is_created)
{
    rd_kafka_t *consumer = client_consumer(c, "reader", "allow.auto.create.topics", is_created,
                                           "topic.metadata.refresh.interval.ms", "300", NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 0);
    int64_t deadline_ms = client_now_ms() + CLIENT_PATIENCE_MS;
    rd_kafka_message_t *message = NULL;
    rd_kafka_assign(consumer, list);
    /* With creation, the first answers may still say that there is nothing. */
    while (client_now_ms() < deadline_ms) {
        message = rd_kafka_consumer_poll(consumer, STEP_MS);
        if (message && (*is_created == 'f' || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF))
            break;
        if (message)
            rd_kafka_message_destroy(message);
        message = NULL;
    }
    outcome(c, "%s %s", label, message ? rd_kafka_err2name(message->err) : "nothing");
    if (message)
        rd_kafka_message_destroy(message);
    rd_kafka_topic_partition_list_destroy(list);
    client_close(consumer);
}

CASE(consuming_creates_a_topic_only_if_the_consumer_says_so)
{
    outcome_consumer_error(c, "not allowed", case_name_of(c, "no"), "false");
    outcome_consumer_error(c, "allowed", case_name_of(c, "yes"), "true");
    client_outcome_watermarks(c, "created", case_name_of(c, "yes"), 0);
}

CASE(a_lost_metadata_answer_is_asked_for_again)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    if (!case_control(c, "drop Metadata") || !case_control(c, "drop Metadata response"))
        return;
    rd_kafka_t *producer = client_producer(c, NULL);
    struct client_sent sent = client_send(producer, topic, 0, NULL, "v");
    client_outcome_sent(c, "sent", &sent);
    rd_kafka_destroy(producer);
}

CASE(a_lost_fetch_answer_loses_and_repeats_no_record)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    client_fill(c, topic, 0, 5);
    if (case_control(c, "drop Fetch response") && case_control(c, "drop Fetch"))
        client_outcome_log(c, "log", topic, 0, 0);
}

CASE(a_lost_offset_lookup_is_repeated)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *consumer = client_consumer(c, "reader", NULL);
    client_fill(c, topic, 0, 3);
    if (case_control(c, "drop ListOffsets response")) {
        rd_kafka_topic_partition_list_t *list = client_at(topic, 0, RD_KAFKA_OFFSET_TAIL(1));
        rd_kafka_assign(consumer, list);
        rd_kafka_message_t *message = NULL;
        int64_t deadline_ms = client_now_ms() + CLIENT_PATIENCE_MS;
        while (!message && client_now_ms() < deadline_ms)
            message = rd_kafka_consumer_poll(consumer, STEP_MS);
        outcome(c, "first %" PRId64, message ? message->offset : -1);
        if (message)
            rd_kafka_message_destroy(message);
        rd_kafka_topic_partition_list_destroy(list);
    }
    client_close(consumer);
}

CASE(a_lost_coordinator_answer_is_asked_for_again)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    if (case_control(c, "drop FindCoordinator") && case_control(c, "drop FindCoordinator response")) {
        outcome(c, "commit %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 3)));
        client_outcome_committed(c, "committed", group, topic, 0);
    }
    client_close(consumer);
}

CASE(a_topic_created_by_a_lost_request_exists)
{
    const char *name = case_name_of(c, "t");
    if (!case_control(c, "drop CreateTopics response"))
        return;
    outcome(c, "create %s", rd_kafka_err2name(client_topic_create(c, name, 1, 1)));
    outcome(c, "again %s", rd_kafka_err2name(client_topic_create(c, name, 1, 1)));
}

const struct conformance_case errors_cases[] = {
    CASE_ENTRY(a_record_larger_than_the_topic_allows_is_refused),
    CASE_ENTRY(a_compacted_topic_refuses_records_without_a_key),
    CASE_ENTRY(producing_to_a_topic_that_is_not_there_creates_it),
    CASE_ENTRY(producing_to_an_invalid_topic_is_refused),
    CASE_ENTRY(a_partition_that_is_not_there_is_refused),
    CASE_ENTRY(consuming_creates_a_topic_only_if_the_consumer_says_so),
    CASE_ENTRY(a_lost_metadata_answer_is_asked_for_again),
    CASE_ENTRY(a_lost_fetch_answer_loses_and_repeats_no_record),
    CASE_ENTRY(a_lost_offset_lookup_is_repeated),
    CASE_ENTRY(a_lost_coordinator_answer_is_asked_for_again),
    CASE_ENTRY(a_topic_created_by_a_lost_request_exists),
    CASE_END,
};
