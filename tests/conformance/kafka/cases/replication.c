/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of logs after elections, on three brokers. */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/cases/three.h"
#include "tests/conformance/kafka/client.h"

#include <stdio.h>
#include <stdlib.h>

#define METADATA "Metadata 9 {topics: [{name: ~t}]}"
#define LEADER   METADATA, "leader_id"
#define END(ISOLATION)                                                                                       \
    "ListOffsets 5 {replica_id: -1, isolation_level: " #ISOLATION                                            \
    ", topics: [{name: ~t, partitions: [{partition_index: 0, timestamp: -1}]}]}"
#define ELECT_PREFERRED                                                                                      \
    "ElectLeaders 2 {election_type: 0, timeout_ms: 10000, topic_partitions: [{topic: ~t, partitions: [0]}]}"

static const char *const loose[] = {"min.insync.replicas", "1", NULL};
static const char *const unclean[] = {"min.insync.replicas", "1", "unclean.leader.election.enable", "true",
                                      NULL};

static void send_and_tell(struct conformance *c, const char *label, rd_kafka_t *producer, const char *topic)
{
    struct client_sent sent = client_send(producer, topic, 0, NULL, label);
    client_outcome_sent(c, label, &sent);
}

/* KIP-101: a follower that comes back cuts nothing that was acknowledged, however far its high watermark lags. */
CASE(acknowledged_records_survive_a_follower_that_comes_back_and_leads)
{
    const char *topic = three_topic(c, "t", 2, loose);
    if (!topic)
        return;
    rd_kafka_t *producer = client_producer(c, "enable.idempotence", "true", NULL);
    send_and_tell(c, "one", producer, topic);
    send_and_tell(c, "two", producer, topic);
    if (case_control(c, "crash 2") && case_control(c, "start 2") && ask_await_in_sync(c, 3, "t", 2) &&
        case_control(c, "crash 1")) {
        ask_await(c, 3, LEADER, "2");
        client_outcome_log(c, "log", topic, 0, 0);
        send_and_tell(c, "three", producer, topic);
        case_control(c, "start 1");
        ask_await_in_sync(c, 3, "t", 2);
        client_outcome_log(c, "log", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

/* The broker leads at last, and knows what is committed: that takes the others' fetches. */
static void lead_again(struct conformance *c, int broker, const char *end)
{
    char text[16];
    ask_value(c, broker % THREE_BROKERS + 1, ELECT_PREFERRED, "error_code", (char[ASK_VALUE_BYTES]){0});
    snprintf(text, sizeof(text), "%d", broker);
    ask_await(c, broker, LEADER, text);
    ask_await(c, broker, END(0), "offset", end);
}

/*
 * KIP-279, fast leader fail-over: two brokers each write what the other never had, in terms of their own, and meet again.
 * Broker 1: both, one's own (term 0). Broker 2, elected uncleanly, does not have the latter: both, two's own (term 2).
 */
CASE(a_follower_is_cut_to_where_it_parted_after_two_elections)
{
    const char *topic = three_topic(c, "t", 2, unclean);
    if (!topic)
        return;
    rd_kafka_t *producer = client_producer(c, "message.timeout.ms", "40000", NULL);
    send_and_tell(c, "both", producer, topic);
    if (case_control(c, "stop 2") && ask_await_in_sync(c, 1, "t", 1)) {
        send_and_tell(c, "one's own", producer, topic);
        send_and_tell(c, "one's second", producer, topic);
        case_control(c, "crash 1");
        case_control(c, "start 2");
        ask_await(c, 3, LEADER, "2");
        send_and_tell(c, "two's own", producer, topic);
        case_control(c, "stop 2");
        case_control(c, "start 2");
        ask_await(c, 3, LEADER, "2");
        send_and_tell(c, "two's second", producer, topic);
        case_control(c, "start 1");
        ask_await_in_sync(c, 3, "t", 2);
        send_and_tell(c, "both again", producer, topic);
        client_outcome_log(c, "log of 2", topic, 0, 0);
        lead_again(c, 1, "4");
        client_outcome_log(c, "log of 1", topic, 0, 0);
        send_and_tell(c, "last", producer, topic);
        client_outcome_log(c, "log", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

/* Leadership goes round, a record in each term; each broker has all of them. */
CASE(every_term_leaves_its_records_as_leadership_goes_round)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, loose);
    char leader[ASK_VALUE_BYTES], label[16];
    if (!topic)
        return;
    rd_kafka_t *producer = client_producer(c, "enable.idempotence", "true", NULL);
    for (int term = 0; term < 4; term++) {
        int now = 0;
        snprintf(label, sizeof(label), "term %d", term);
        send_and_tell(c, label, producer, topic);
        for (int asked = 1; asked <= THREE_BROKERS && now < 1; asked++)
            if (ask_value(c, asked, LEADER, leader))
                now = atoi(leader);
        if (!case_control(c, "stop %d", now))
            break;
        three_bring_back(c, now);
    }
    client_outcome_log(c, "log", topic, 0, 0);
    ask_outcome(c, "term", 1,
                "OffsetForLeaderEpoch 3 {replica_id: -1, topics: [{topic: ~t, partitions: [{"
                "partition: 0, leader_epoch: 9}]}]}",
                "partitions[0].error_code");
    rd_kafka_destroy(producer);
}

/* All brokers die at once, and come back. */
CASE(acknowledged_records_survive_a_crash_of_all_brokers)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, loose);
    if (!topic)
        return;
    rd_kafka_t *producer = client_producer(c, "enable.idempotence", "true", NULL);
    send_and_tell(c, "one", producer, topic);
    send_and_tell(c, "two", producer, topic);
    for (int id = 1; id <= THREE_BROKERS; id++)
        case_control(c, "crash %d", id);
    for (int id = 1; id <= THREE_BROKERS; id++)
        case_control(c, "start %d", id);
    for (int id = 1; id <= THREE_BROKERS; id++)
        ask_await_in_sync(c, id, "t", THREE_BROKERS);
    client_outcome_log(c, "log", topic, 0, 0);
    send_and_tell(c, "three", producer, topic);
    client_outcome_log(c, "log", topic, 0, 0);
    rd_kafka_destroy(producer);
}

#define BATCH(SEQUENCE)                                                                                      \
    "Produce 7 {acks: -1, timeout_ms: 5000, topic_data: [{name: ~t, partition_data: [{index: 0, records: "   \
    "{values: [x], timestamp: $now, producer_id: $pid, producer_epoch: 0, base_sequence: " #SEQUENCE         \
    "}}]}]}"

/* Also $now. The first id takes a broker a while. */
static bool keep_producer_id(struct conformance *c)
{
    ask_set_now(c);
    static const char text[] = "InitProducerId 0 {transactional_id: null, transaction_timeout_ms: 1000}";
    return ask_await(c, 1, text, "error_code", "0") && ask_keep(c, 1, text, "producer_id", "pid");
}

/* What a producer sends again is known to the next leader, too: its state is rebuilt of the log. */
CASE(a_duplicate_is_known_to_the_next_leader)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic || !keep_producer_id(c))
        return;
    ask_outcome(c, "first", 1, BATCH(0), "error_code");
    ask_outcome(c, "second", 1, BATCH(1), "error_code");
    if (!case_control(c, "stop 1"))
        return;
    ask_await(c, 2, LEADER, "2");
    ask_await_in_sync(c, 2, "t", 2);
    ask_outcome(c, "the first again", 2, BATCH(0), "error_code");
    ask_outcome(c, "at", 2, BATCH(0), "base_offset");
    ask_outcome(c, "the second again", 2, BATCH(1), "base_offset");
    ask_outcome(c, "a gap", 2, BATCH(5), "error_code");
    ask_outcome(c, "the third", 2, BATCH(2), "base_offset");
    three_bring_back(c, 1);
    client_outcome_log(c, "log", topic, 0, 0);
}

/* A producer's state is cut with the log: a record that an unclean election loses may come again. */
CASE(a_record_that_was_cut_is_no_duplicate)
{
    const char *topic = three_topic(c, "t", 2, unclean);
    if (!topic || !keep_producer_id(c))
        return;
    ask_outcome(c, "both", 1, BATCH(0), "error_code");
    if (!case_control(c, "stop 2") || !ask_await_in_sync(c, 1, "t", 1))
        return;
    ask_outcome(c, "one's own", 1, BATCH(1), "base_offset");
    case_control(c, "crash 1");
    case_control(c, "start 2");
    ask_await(c, 3, LEADER, "2");
    ask_outcome(c, "again", 2, BATCH(1), "base_offset");
    ask_outcome(c, "and again", 2, BATCH(1), "base_offset");
    case_control(c, "start 1");
    ask_await_in_sync(c, 3, "t", 2);
    lead_again(c, 1, "2");
    client_outcome_log(c, "log", topic, 0, 0);
}

const struct conformance_case replication_cases[] = {
    CASE_ENTRY(acknowledged_records_survive_a_follower_that_comes_back_and_leads),
    CASE_ENTRY(a_follower_is_cut_to_where_it_parted_after_two_elections),
    CASE_ENTRY(every_term_leaves_its_records_as_leadership_goes_round),
    CASE_ENTRY(acknowledged_records_survive_a_crash_of_all_brokers),
    CASE_ENTRY(a_duplicate_is_known_to_the_next_leader),
    CASE_ENTRY(a_record_that_was_cut_is_no_duplicate),
    CASE_END,
};
