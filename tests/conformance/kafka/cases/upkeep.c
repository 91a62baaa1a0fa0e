/* SPDX-License-Identifier: Apache-2.0 */
/* What brokers clear away as time passes. Their clocks are set fast in cluster.properties. */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/client.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

enum { TRIES_MAX = 300, PAUSE_MS = 200, ROLL_MS = 400, PRODUCER_LIFE_MS = 10000, OFFSET_LIFE_MS = 61000 };

static bool begin(struct conformance *c)
{
    char states[CASE_ANSWER_BYTES];
    if (case_control_answer(c, states, "brokers") && states[0] && states[1] && states[2])
        return true;
    skip(c, "needs the cluster's settings");
    return false;
}

static void send_keyed(struct conformance *c, rd_kafka_t *producer, const char *topic, const char *key,
                       const char *value)
{
    struct client_sent sent = client_send(producer, topic, 0, key, value);
    if (sent.error)
        outcome(c, "send: %s", rd_kafka_err2name(sent.error));
}

static int64_t count_records(struct conformance *c, const char *topic)
{
    rd_kafka_t *reader = client_consumer(c, "counter", NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 0);
    int64_t count = 0;
    bool is_end = false;
    rd_kafka_assign(reader, list);
    for (int i = 0; i < TRIES_MAX && !is_end; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, PAUSE_MS);
        if (!message)
            continue;
        is_end = message->err != 0;
        count += !is_end;
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(list);
    client_close(reader);
    return count;
}

/* A record of its own segment each: one rolls when the last is old, and comes with the next. */
static void send_in_segments(struct conformance *c, rd_kafka_t *producer, const char *topic, int count)
{
    char value[16];
    for (int i = 0; i < count; i++) {
        snprintf(value, sizeof(value), "v%d", i);
        send_keyed(c, producer, topic, "key", value);
        poll(NULL, 0, ROLL_MS);
    }
}

CASE(compaction_keeps_the_last_value_of_each_key)
{
    enum { LEFT = 4 };
    if (!begin(c))
        return;
    const char *topic = client_topic(c, "t", 1, "cleanup.policy", "compact", "segment.ms", "200",
                                     "min.cleanable.dirty.ratio", "0.01", NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    send_keyed(c, producer, topic, "a", "1");
    send_keyed(c, producer, topic, "b", "1");
    send_keyed(c, producer, topic, "a", "2");
    send_keyed(c, producer, topic, "b", NULL);
    send_keyed(c, producer, topic, "c", "1");
    poll(NULL, 0, ROLL_MS);
    send_keyed(c, producer, topic, "a", "3"); /* in the active segment, which is never compacted */
    for (int i = 0; i < TRIES_MAX && count_records(c, topic) != LEFT; i++)
        poll(NULL, 0, PAUSE_MS);
    client_outcome_log(c, "log", topic, 0, 0);
    client_outcome_watermarks(c, "from", topic, 0);
    rd_kafka_destroy(producer);
}

static void await_low(struct conformance *c, const char *topic, int64_t wanted)
{
    int64_t low = -1, high;
    for (int i = 0; i < TRIES_MAX && low != wanted; i++) {
        if (i > 0)
            poll(NULL, 0, PAUSE_MS);
        rd_kafka_query_watermark_offsets(client_admin(c), topic, 0, &low, &high, CLIENT_PATIENCE_MS);
    }
    client_outcome_watermarks(c, "then", topic, 0);
}

CASE(retention_by_size_spares_the_active_segment)
{
    enum { COUNT = 3 };
    if (!begin(c))
        return;
    const char *topic = client_topic(c, "t", 1, "retention.bytes", "1", "segment.ms", "200", NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    send_in_segments(c, producer, topic, COUNT);
    await_low(c, topic, COUNT - 1);
    client_outcome_log(c, "log", topic, 0, COUNT - 1);
    rd_kafka_destroy(producer);
}

CASE(retention_by_time_takes_all_that_is_old)
{
    enum { COUNT = 3 };
    if (!begin(c))
        return;
    const char *topic = client_topic(c, "t", 1, "retention.ms", "1000", "segment.ms", "200", NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    send_in_segments(c, producer, topic, COUNT);
    await_low(c, topic, COUNT);
    send_keyed(c, producer, topic, "key", "new");
    client_outcome_log(c, "log", topic, 0, COUNT);
    rd_kafka_destroy(producer);
}

/* Sequence 0 of the producer $pid, sent now: how long it is idle is reckoned from its records' timestamps. */
static void tell_produce(struct conformance *c, const char *label, int broker)
{
    char text[256];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(
        text, sizeof(text),
        "Produce 7 {acks: -1, timeout_ms: 5000, topic_data: [{name: ~t, partition_data: [{index: 0, records: "
        "{values: [x], producer_id: $pid, producer_epoch: 0, base_sequence: 0, timestamp: %" PRId64 "}}]}]}",
        (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    ask_outcome(c, label, broker, text, "base_offset");
}

/* Its duplicates are recognised until then. */
CASE(an_idle_producer_is_forgotten)
{
    if (!begin(c))
        return;
    client_topic(c, "t", 1, NULL);
    ask_await(c, 1, "InitProducerId 0 {transactional_id: null, transaction_timeout_ms: 1000}", "error_code",
              "0");
    ask_keep(c, 1, "InitProducerId 0 {transactional_id: null, transaction_timeout_ms: 1000}", "producer_id",
             "pid");
    char leader[ASK_VALUE_BYTES];
    ask_value(c, 1, "Metadata 9 {topics: [{name: ~t}]}", "leader_id", leader);
    int broker = leader[0] - '0';
    tell_produce(c, "first", broker);
    tell_produce(c, "again", broker);
    case_let_pass(c, PRODUCER_LIFE_MS);
    poll(NULL, 0, 2 * ROLL_MS);
    tell_produce(c, "once it is forgotten", broker);
}

CASE(offsets_of_an_empty_group_expire)
{
    if (!begin(c))
        return;
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    outcome(c, "commit %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 1)));
    client_close(consumer);
    client_outcome_committed(c, "at once", group, topic, 0);
    case_let_pass(c, OFFSET_LIFE_MS);
    for (int i = 0; i < TRIES_MAX; i++) {
        poll(NULL, 0, PAUSE_MS);
        char value[ASK_VALUE_BYTES];
        ask_value(c, 1, "FindCoordinator 2 {key: ~g}", "node_id", value);
        ask_value(c, value[0] - '0',
                  "OffsetFetch 5 {group_id: ~g, topics: [{name: ~t, partition_indexes: [0]}]}",
                  "committed_offset", value);
        if (value[0] == '-')
            break;
    }
    client_outcome_committed(c, "a minute later", group, topic, 0);
}

#define JOIN                                                                                                 \
    "JoinGroup 4 {group_id: ~g, session_timeout_ms: 30000, rebalance_timeout_ms: 2000, member_id: $m, "      \
    "protocol_type: consumer, protocols: [{name: p, metadata: m}]}"

/* It heartbeats, but never fetches its assignment. */
CASE(a_member_that_does_not_sync_in_time_is_dropped)
{
    char node[ASK_VALUE_BYTES];
    if (!begin(c))
        return;
    ask_await(c, 1, "FindCoordinator 2 {key: ~g}", "error_code", "0");
    ask_value(c, 1, "FindCoordinator 2 {key: ~g}", "node_id", node);
    int broker = node[0] - '0';
    ask_keep(
        c, broker,
        "JoinGroup 4 {group_id: ~g, session_timeout_ms: 30000, rebalance_timeout_ms: 2000, member_id: '', "
        "protocol_type: consumer, protocols: [{name: p, metadata: m}]}",
        "member_id", "m");
    ask_outcome(c, "join", broker, JOIN, "generation_id");
    ask_outcome(c, "heartbeat", broker, "Heartbeat 3 {group_id: ~g, generation_id: 1, member_id: $m}",
                "error_code");
    ask_await(c, broker, "Heartbeat 3 {group_id: ~g, generation_id: 1, member_id: $m}", "error_code", "25");
    ask_outcome(c, "later", broker, "Heartbeat 3 {group_id: ~g, generation_id: 1, member_id: $m}",
                "error_code");
}

CASE(the_initial_delay_gathers_members_into_one_generation)
{
    if (!begin(c))
        return;
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const both[] = {&a, &b};
    client_member_join(c, &a, "a", group, topic, NULL);
    client_member_join(c, &b, "b", group, topic, NULL);
    client_members_await(both, 2, 1);
    client_members_await((struct client_member *const[]){&b, &a}, 2, 1);
    /* Who leaves last gets the other's share, or not: no part of this. */
    outcome(c, "a:%s; b:%s", a.story, b.story);
    rd_kafka_consumer_close(a.consumer);
    rd_kafka_consumer_close(b.consumer);
    rd_kafka_destroy(a.consumer);
    rd_kafka_destroy(b.consumer);
}

const struct conformance_case upkeep_cases[] = {
    CASE_ENTRY(compaction_keeps_the_last_value_of_each_key),
    CASE_ENTRY(retention_by_size_spares_the_active_segment),
    CASE_ENTRY(retention_by_time_takes_all_that_is_old),
    CASE_ENTRY(an_idle_producer_is_forgotten),
    CASE_ENTRY(offsets_of_an_empty_group_expire),
    CASE_ENTRY(a_member_that_does_not_sync_in_time_is_dropped),
    CASE_ENTRY(the_initial_delay_gathers_members_into_one_generation),
    CASE_END,
};
