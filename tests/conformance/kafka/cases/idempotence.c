/* SPDX-License-Identifier: Apache-2.0 */
/* What a retried batch leaves in the log, with idempotence and without; needs the control interface. */
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rd_kafka_t *idempotent(struct conformance *c)
{
    return client_producer(c, "enable.idempotence", "true", NULL);
}

/* Warm: the producer knows its leader, so that the next Produce is the struck one. */
static void strike(struct conformance *c, rd_kafka_t *producer, const char *command)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    struct client_sent first = client_send(producer, topic, 0, NULL, "first"), struck, last;
    client_outcome_sent(c, "first", &first);
    if (case_control(c, "%s", command)) {
        struck = client_send(producer, topic, 0, NULL, "struck");
        client_outcome_sent(c, "struck", &struck);
        last = client_send(producer, topic, 0, NULL, "last");
        client_outcome_sent(c, "last", &last);
        client_outcome_log(c, "log", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

CASE(an_idempotent_producer_whose_response_is_lost_stores_once)
{
    strike(c, idempotent(c), "drop Produce response");
}

CASE(an_idempotent_producer_whose_request_is_lost_stores_once)
{
    strike(c, idempotent(c), "drop Produce request");
}

CASE(a_plain_producer_whose_response_is_lost_stores_twice)
{
    strike(c, client_producer(c, NULL), "drop Produce response");
}

CASE(a_plain_producer_whose_request_is_lost_stores_once)
{
    strike(c, client_producer(c, NULL), "drop Produce request");
}

CASE(a_delayed_produce_request_is_stored_once)
{
    strike(c, idempotent(c), "delay Produce 300");
}

CASE(a_producer_that_does_not_retry_cannot_know_what_a_lost_response_stored)
{
    strike(c, client_producer(c, "retries", "0", NULL), "drop Produce response");
}

/* Five batches on their way, the first of which meets the command. */
static void strike_pipeline(struct conformance *c, rd_kafka_t *producer, const char *command)
{
    enum { COUNT = 8 };
    const char *topic = client_topic(c, "t", 1, NULL);
    struct client_sent sent[COUNT], first = client_send(producer, topic, 0, NULL, "first");
    char value[16];
    client_outcome_sent(c, "first", &first);
    if (case_control(c, "reset") && case_control(c, "%s", command)) {
        for (int i = 0; i < COUNT; i++) {
            snprintf(value, sizeof(value), "v%d", i);
            client_queue(producer, topic, 0, NULL, value, 0, &sent[i]);
        }
        for (int i = 0; i < COUNT; i++)
            client_await(producer, &sent[i]);
        client_outcome_sent(c, "last", &sent[COUNT - 1]);
        client_outcome_log(c, "log", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

CASE(batches_behind_a_lost_request_stay_in_order_with_idempotence)
{
    strike_pipeline(c, client_producer(c, "enable.idempotence", "true", "batch.num.messages", "1", NULL),
                    "drop Produce request");
}

CASE(batches_behind_a_lost_response_stay_in_order_and_single_with_idempotence)
{
    strike_pipeline(c, client_producer(c, "enable.idempotence", "true", "batch.num.messages", "1", NULL),
                    "drop Produce response");
}

CASE(a_held_produce_request_is_applied_when_it_is_released)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = idempotent(c);
    struct client_sent first = client_send(producer, topic, 0, NULL, "first"), held;
    client_outcome_sent(c, "first", &first);
    if (case_control(c, "reset") && case_control(c, "hold Produce")) {
        client_queue(producer, topic, 0, NULL, "held", 0, &held);
        if (case_control_await_seen(c, "Produce", 1)) {
            client_outcome_log(c, "while held", topic, 0, 0);
            outcome(c, "%s", held.is_done ? "reported" : "not reported");
            case_control(c, "release Produce");
            client_await(producer, &held);
            client_outcome_sent(c, "released", &held);
            client_outcome_log(c, "then", topic, 0, 0);
        }
    }
    rd_kafka_destroy(producer);
}

/* The first attempt hangs in the network, its connection times out, the retry is stored, then the first arrives. */
static void late_duplicate(struct conformance *c, rd_kafka_t *producer)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    struct client_sent first = client_send(producer, topic, 0, NULL, "first"), late, last;
    client_outcome_sent(c, "first", &first);
    if (case_control(c, "reset") && case_control(c, "hold Produce")) {
        late = client_send(producer, topic, 0, NULL, "late");
        client_outcome_sent(c, "late", &late);
        case_control(c, "release Produce");
        last = client_send(producer, topic, 0, NULL, "last");
        outcome(c, "last %s", rd_kafka_err2name(last.error));
        client_outcome_log(c, "log", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

CASE(a_duplicate_that_arrives_late_is_dropped_with_idempotence)
{
    late_duplicate(c, client_producer(c, "enable.idempotence", "true", "socket.timeout.ms", "1000", NULL));
}

CASE(a_restarted_producer_begins_anew_and_loses_nothing)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    for (int i = 0; i < 2; i++) {
        rd_kafka_t *producer = idempotent(c);
        struct client_sent sent = client_send(producer, topic, 0, NULL, i ? "second life" : "first life");
        client_outcome_sent(c, i ? "second" : "first", &sent);
        rd_kafka_destroy(producer);
    }
    client_outcome_log(c, "log", topic, 0, 0);
}

CASE(an_idempotent_producer_goes_on_after_its_records_are_deleted)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = idempotent(c);
    struct client_sent sent = client_send(producer, topic, 0, NULL, "deleted");
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, -1);
    rd_kafka_DeleteRecords_t *request = rd_kafka_DeleteRecords_new(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    rd_kafka_event_t *event;
    client_outcome_sent(c, "first", &sent);
    rd_kafka_DeleteRecords(client_admin(c), &request, 1, NULL, queue);
    if ((event = client_admin_event(c, queue)))
        rd_kafka_event_destroy(event);
    sent = client_send(producer, topic, 0, NULL, "kept");
    client_outcome_sent(c, "second", &sent);
    client_outcome_log(c, "log", topic, 0, 1);
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(producer);
}

/* How many records the partition has whose values are those of their offsets. */
static int count_rightly_placed(struct conformance *c, const char *topic)
{
    rd_kafka_t *reader = client_consumer(c, "reader", NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 0);
    int64_t deadline_ms = client_now_ms() + CLIENT_PATIENCE_MS;
    char value[24];
    int count = 0;
    bool is_end = false;
    rd_kafka_assign(reader, list);
    while (!is_end && client_now_ms() < deadline_ms) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, 50);
        if (!message)
            continue;
        is_end = message->err != 0;
        size_t bytes = (size_t)snprintf(value, sizeof(value), "v%" PRId64, message->offset);
        count += !is_end && message->len == bytes && memcmp(message->payload, value, bytes) == 0;
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(list);
    client_close(reader);
    return count;
}

/* One by one, so that each is an append of its own. */
CASE(many_acknowledged_records_are_all_there_at_their_offsets)
{
    enum { COUNT = 400 };
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = client_producer(c, "enable.idempotence", "true", "batch.num.messages", "1", NULL);
    struct client_sent *sent = calloc(COUNT, sizeof(*sent));
    char value[16];
    int refused = 0, misplaced = 0;
    for (int i = 0; i < COUNT; i++) {
        snprintf(value, sizeof(value), "v%d", i);
        client_queue(producer, topic, 0, NULL, value, 0, &sent[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        client_await(producer, &sent[i]);
        refused += sent[i].error != 0;
        misplaced += sent[i].offset != i;
    }
    outcome(c, "%d refused, %d at another's offset", refused, misplaced);
    client_outcome_watermarks(c, "from", topic, 0);
    outcome(c, "%d are there", count_rightly_placed(c, topic));
    free(sent);
    rd_kafka_destroy(producer);
}

const struct conformance_case idempotence_cases[] = {
    CASE_ENTRY(an_idempotent_producer_whose_response_is_lost_stores_once),
    CASE_ENTRY(an_idempotent_producer_whose_request_is_lost_stores_once),
    CASE_ENTRY(a_plain_producer_whose_response_is_lost_stores_twice),
    CASE_ENTRY(a_plain_producer_whose_request_is_lost_stores_once),
    CASE_ENTRY(a_delayed_produce_request_is_stored_once),
    CASE_ENTRY(a_producer_that_does_not_retry_cannot_know_what_a_lost_response_stored),
    CASE_ENTRY(batches_behind_a_lost_request_stay_in_order_with_idempotence),
    CASE_ENTRY(batches_behind_a_lost_response_stay_in_order_and_single_with_idempotence),
    CASE_ENTRY(a_held_produce_request_is_applied_when_it_is_released),
    CASE_ENTRY(a_duplicate_that_arrives_late_is_dropped_with_idempotence),
    CASE_ENTRY(a_restarted_producer_begins_anew_and_loses_nothing),
    CASE_ENTRY(an_idempotent_producer_goes_on_after_its_records_are_deleted),
    CASE_ENTRY(many_acknowledged_records_are_all_there_at_their_offsets),
    CASE_END,
};
