/* SPDX-License-Identifier: Apache-2.0 */
/* Consumers that read from a replica of their own rack (KIP-392), on three brokers: 1, 2 and 3 stand in rack-1, rack-2 and rack-3. */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/cases/three.h"
#include "tests/conformance/kafka/client.h"

#define FETCH_AS(VERSION, OFFSET, RACK)                                                                      \
    "Fetch " #VERSION " {replica_id: -1, max_wait_ms: 10, min_bytes: 1, max_bytes: 1000000, session_epoch: " \
    "-1, topics: [{topic: ~t, partitions: [{partition: 0, fetch_offset: " #OFFSET                            \
    ", partition_max_bytes: 1000000}]}]" RACK "}"
#define FETCH(OFFSET, RACK) FETCH_AS(12, OFFSET, ", rack_id: " RACK)
#define PREFERRED           "preferred_read_replica"

/* What a leader says about where to read, and whether it sends records itself. */
static void tell_fetch(struct conformance *c, const char *label, int broker, const char *text)
{
    char error[ASK_VALUE_BYTES], preferred[ASK_VALUE_BYTES], records[ASK_VALUE_BYTES];
    ask_value(c, broker, text, "partitions[0].error_code", error);
    ask_value(c, broker, text, PREFERRED, preferred);
    ask_value(c, broker, text, "records", records);
    outcome(c, "%s: %s, preferred %s, records %s", label, error, preferred, *records ? records : "none");
}

CASE(a_leader_sends_consumers_of_another_rack_to_the_replica_there)
{
    const char *topic = three_topic(c, "t", 2, NULL);
    if (!topic)
        return;
    client_fill(c, topic, 0, 2);
    /* Broker 2 learns of the high watermark with a fetch of its own. */
    ask_await(c, 2, FETCH(0, "rack-2"), "high_watermark", "2");
    tell_fetch(c, "leader, from another rack", 1, FETCH(0, "rack-2"));
    tell_fetch(c, "the follower there", 2, FETCH(0, "rack-2"));
    tell_fetch(c, "leader, from its own rack", 1, FETCH(0, "rack-1"));
    tell_fetch(c, "leader, from a rack without a replica", 1, FETCH(0, "rack-3"));
    tell_fetch(c, "leader, from a rack that is none", 1, FETCH(0, "rack-9"));
    tell_fetch(c, "leader, from no rack", 1, FETCH(0, "''"));
    tell_fetch(c, "leader, version 10", 1, FETCH_AS(10, 0, ""));
    tell_fetch(c, "follower, version 10", 2, FETCH_AS(10, 0, ""));
    tell_fetch(c, "follower, from no rack", 2, FETCH(0, "''"));
    tell_fetch(c, "follower, behind the end", 2, FETCH(9, "rack-2"));
    tell_fetch(c, "who has no replica", 3, FETCH(0, "rack-3"));
    tell_fetch(c, "leader, at the end", 1, FETCH(2, "rack-2"));
}

CASE(a_replica_that_is_not_in_sync_is_not_preferred)
{
    static const char *const loose[] = {"min.insync.replicas", "1", NULL};
    const char *topic = three_topic(c, "t", 2, loose);
    if (!topic)
        return;
    client_fill(c, topic, 0, 2);
    if (!case_control(c, "stop 2") || !ask_await_in_sync(c, 1, "t", 1))
        return;
    tell_fetch(c, "its rack's broker is down", 1, FETCH(0, "rack-2"));
    case_control(c, "start 2");
    ask_await_in_sync(c, 1, "t", 2);
    ask_await(c, 1, FETCH(0, "rack-2"), PREFERRED, "2");
    tell_fetch(c, "its rack's broker is back", 1, FETCH(0, "rack-2"));
}

/* Tells the next records. */
static void read_on(struct conformance *c, rd_kafka_t *consumer, int count)
{
    while (count > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 4 * CLIENT_PATIENCE_MS);
        if (!message) {
            outcome(c, "nothing more");
            return;
        }
        if (!message->err) {
            outcome(c, "%d:%.*s", (int)message->offset, (int)message->len, (const char *)message->payload);
            count--;
        }
        rd_kafka_message_destroy(message);
    }
}

/* While its replica is down librdkafka 2.0.2 waits for it, for five minutes: the leader does not take it back. */
CASE(a_consumer_with_a_rack_reads_on_when_its_replica_is_back)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic)
        return;
    client_fill(c, topic, 0, 3);
    ask_await(c, 2, FETCH(0, "rack-2"), "high_watermark", "3");
    rd_kafka_t *consumer = client_consumer(c, case_name_of(c, "g"), "client.rack", "rack-2", NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 0);
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    read_on(c, consumer, 3);
    if (case_control(c, "stop 2") && ask_await_in_sync(c, 1, "t", 2)) {
        client_fill(c, topic, 0, 2);
        three_bring_back(c, 2);
        read_on(c, consumer, 2);
    }
    client_close(consumer);
}

const struct conformance_case racks_cases[] = {
    CASE_ENTRY(a_leader_sends_consumers_of_another_rack_to_the_replica_there),
    CASE_ENTRY(a_replica_that_is_not_in_sync_is_not_preferred),
    CASE_ENTRY(a_consumer_with_a_rack_reads_on_when_its_replica_is_back),
    CASE_END,
};
