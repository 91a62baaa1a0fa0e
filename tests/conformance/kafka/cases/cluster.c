/* SPDX-License-Identifier: Apache-2.0 */
/* Three brokers: replicas in sync, elections, what they cost producers and groups. Needs the control interface. */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/cases/group_admin.h"
#include "tests/conformance/kafka/cases/three.h"
#include "tests/conformance/kafka/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEADER "Metadata 9 {topics: [{name: ~t}]}", "leader_id"
#define ELECT_PREFERRED(TOPIC, PARTITION)                                                                    \
    "ElectLeaders 2 {election_type: 0, timeout_ms: 10000, topic_partitions: [{topic: " TOPIC                 \
    ", partitions: [" #PARTITION "]}]}"

#define FETCH(VERSION)                                                                                       \
    "Fetch " #VERSION " {max_wait_ms: 0, min_bytes: 0, topics: [{topic: ~t, partitions: [{partition: 0, "    \
    "partition_max_bytes: 1000}]}]}"
/* Neither it nor FETCH asks for committed records only, as librdkafka does. */
#define END                                                                                                  \
    "ListOffsets 5 {replica_id: -1, topics: [{name: ~t, partitions: [{partition_index: 0, timestamp: "       \
    "-1}]}]}"

enum { COMMIT_TRIES_MAX = 300, APPEND_MS = 300 };

static rd_kafka_t *idempotent(struct conformance *c)
{
    return client_producer(c, "enable.idempotence", "true", NULL);
}

static void send_and_tell(struct conformance *c, const char *label, rd_kafka_t *producer, const char *topic)
{
    struct client_sent sent = client_send(producer, topic, 0, NULL, label);
    client_outcome_sent(c, label, &sent);
}

CASE(a_replication_factor_larger_than_the_cluster_is_refused)
{
    if (!three_begin(c))
        return;
    outcome(c, "4 %s",
            rd_kafka_err2name(client_topic_create(c, case_name_of(c, "four"), 1, THREE_BROKERS + 1)));
    outcome(c, "3 %s", rd_kafka_err2name(client_topic_create(c, case_name_of(c, "three"), 1, THREE_BROKERS)));
}

CASE(too_few_replicas_in_sync_refuse_acks_of_all)
{
    static const char *const pairs[] = {"min.insync.replicas", "3", NULL};
    const char *topic = three_topic(c, "t", THREE_BROKERS, pairs);
    if (!topic)
        return;
    rd_kafka_t *all = client_producer(c, "retries", "0", NULL), *one = client_producer(c, "acks", "1", NULL);
    send_and_tell(c, "before", all, topic);
    if (case_control(c, "stop 3") && ask_await_in_sync(c, 1, "t", 2)) {
        send_and_tell(c, "all", all, topic);
        send_and_tell(c, "one", one, topic);
        three_bring_back(c, 3);
        send_and_tell(c, "then", all, topic);
        client_outcome_log(c, "log", topic, 0, 0);
    }
    rd_kafka_destroy(one);
    rd_kafka_destroy(all);
}

CASE(enough_replicas_in_sync_acknowledge_without_the_rest)
{
    static const char *const pairs[] = {"min.insync.replicas", "2", NULL};
    const char *topic = three_topic(c, "t", THREE_BROKERS, pairs);
    if (!topic)
        return;
    rd_kafka_t *producer = client_producer(c, "retries", "0", NULL);
    if (case_control(c, "stop 3") && ask_await_in_sync(c, 1, "t", 2)) {
        send_and_tell(c, "without", producer, topic);
        client_outcome_log(c, "log", topic, 0, 0);
        three_bring_back(c, 3);
        send_and_tell(c, "with", producer, topic);
    }
    rd_kafka_destroy(producer);
}

/* A replica is gone, but not yet out of the in-sync replicas. */
CASE(acks_of_all_time_out_after_the_record_is_appended)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic)
        return;
    rd_kafka_t *producer = client_producer(c, "retries", "0", "request.timeout.ms", "500", NULL);
    send_and_tell(c, "before", producer, topic);
    if (case_control(c, "crash 3")) {
        send_and_tell(c, "late", producer, topic);
        three_bring_back(c, 3);
        client_outcome_log(c, "log", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

/* The same, until there are fewer than min.insync.replicas: now nobody may read it, and it is not acknowledged. */
CASE(a_record_is_not_acknowledged_once_its_replicas_are_too_few)
{
    static const char *const pairs[] = {"min.insync.replicas", "3", NULL};
    const char *topic = three_topic(c, "t", THREE_BROKERS, pairs);
    if (!topic)
        return;
    rd_kafka_t *producer = client_producer(c, "retries", "0", "request.timeout.ms", "10000", NULL);
    struct client_sent sent = client_send(producer, topic, 0, NULL, "before");
    client_outcome_sent(c, "before", &sent);
    if (case_control(c, "crash 3")) {
        client_queue(producer, topic, 0, NULL, "waits", 0, &sent);
        ask_await_in_sync(c, 1, "t", 2);
        client_outcome_log(c, "log", topic, 0, 0);
        client_outcome_watermarks(c, "from", topic, 0);
        ask_outcome(c, "not committed:", 1, FETCH(10), "records");
        ask_outcome(c, "end", 1, END, "offset");
        client_await(producer, &sent);
        client_outcome_sent(c, "waits", &sent);
        three_bring_back(c, 3);
        client_outcome_log(c, "log then", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

/* Broker 2 has appended it, broker 3 will never have it, then broker 1 is elected: KAFKA-13574. */
CASE(a_record_that_waits_for_replicas_is_refused_when_another_leads)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic || !case_control(c, "stop 1"))
        return;
    rd_kafka_t *producer = client_producer(c, "retries", "0", "request.timeout.ms", "10000", NULL);
    struct client_sent sent;
    three_bring_back(c, 1);
    send_and_tell(c, "before", producer, topic);
    if (case_control(c, "reset") && case_control(c, "crash 3")) {
        client_queue(producer, topic, 0, NULL, "waits", 0, &sent);
        case_control_await_seen(c, "Produce", 1);
        rd_kafka_poll(producer, APPEND_MS);
        ask_outcome(c, "elect", 1, ELECT_PREFERRED("~t", 0), "partition_result[0].error_code");
        client_await(producer, &sent);
        client_outcome_sent(c, "waits", &sent);
        three_bring_back(c, 3);
        client_outcome_log(c, "log", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

/* The leader, broker 1, goes; another leads; it comes back and does not lead. */
static void lose_leader(struct conformance *c, const char *command)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic)
        return;
    rd_kafka_t *producer = idempotent(c);
    send_and_tell(c, "before", producer, topic);
    if (case_control(c, "%s", command)) {
        send_and_tell(c, "after", producer, topic);
        ask_await_in_sync(c, 2, "t", 2);
        ask_outcome(c, "leader", 2, LEADER);
        three_bring_back(c, 1);
        ask_outcome(c, "with the old one back", 2, LEADER);
        client_outcome_log(c, "log", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

CASE(a_controlled_stop_moves_leadership)
{
    lose_leader(c, "stop 1");
}

CASE(a_crashed_leader_is_replaced_when_its_session_is_over)
{
    lose_leader(c, "crash 1");
}

/* Records on their way in batches of one when the leader goes. */
static void strike_leader(struct conformance *c, const char *command, bool is_idempotent)
{
    enum { FIRST = 10, COUNT = 40 };
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    struct client_sent *sent = calloc(COUNT, sizeof(*sent));
    char value[16];
    int lost = 0;
    if (!topic) {
        free(sent);
        return;
    }
    rd_kafka_t *producer =
        client_producer(c, "enable.idempotence", is_idempotent ? "true" : "false", "max.in.flight",
                        is_idempotent ? "5" : "1", "batch.num.messages", "1", NULL);
    for (int i = 0; i < COUNT; i++) {
        snprintf(value, sizeof(value), "v%d", i);
        client_queue(producer, topic, 0, NULL, value, 0, &sent[i]);
        if (i == FIRST)
            client_await(producer, &sent[i]);
    }
    case_control(c, "%s", command);
    for (int i = 0; i < COUNT; i++) {
        client_await(producer, &sent[i]);
        lost += sent[i].error != RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    outcome(c, "%d not acknowledged", lost);
    three_bring_back(c, 1);
    client_outcome_log(c, "log", topic, 0, 0);
    rd_kafka_destroy(producer);
    free(sent);
}

CASE(a_crash_of_the_leader_costs_an_idempotent_producer_nothing)
{
    strike_leader(c, "crash 1", true);
}

CASE(a_clean_election_costs_an_idempotent_producer_nothing)
{
    strike_leader(c, "stop 1", true);
}

CASE(only_the_leader_serves)
{
    if (!three_topic(c, "t", THREE_BROKERS, NULL))
        return;
    client_fill(c, case_name_of(c, "t"), 0, 2);
#define TELL(LABEL, BROKER, TEXT) ask_outcome(c, LABEL, BROKER, TEXT, "partitions[0].error_code")
#define PRODUCE                                                                                              \
    "Produce 7 {acks: -1, timeout_ms: 5000, topic_data: [{name: ~t, partition_data: [{index: 0, records: "   \
    "{values: [x]}}]}]}"
    for (int id = 1; id <= 2; id++) {
        outcome(c, "broker %d", id);
        ask_outcome(c, "Produce", id, PRODUCE, "error_code");
        TELL("Fetch 10", id, FETCH(10));
        TELL("Fetch 11", id, FETCH(11));
        TELL("ListOffsets", id,
             "ListOffsets 5 {replica_id: -1, topics: [{name: ~t, partitions: [{partition_index: 0, "
             "timestamp: -1}]}]}");
        TELL("OffsetForLeaderEpoch", id,
             "OffsetForLeaderEpoch 3 {replica_id: -1, topics: [{topic: ~t, partitions: [{partition: 0, "
             "leader_epoch: 0}]}]}");
        ask_outcome(
            c, "DeleteRecords", id,
            "DeleteRecords 1 {timeout_ms: 5000, topics: [{name: ~t, partitions: [{partition_index: 0, "
            "offset: 1}]}]}",
            "partitions[0].error_code");
    }
    if (!case_control(c, "stop 1"))
        return;
    three_bring_back(c, 1);
    ask_outcome(c, "the old leader: Produce", 1, PRODUCE, "error_code");
    TELL("Fetch", 1, FETCH(10));
#undef TELL
}

CASE(the_preferred_leader_is_elected_when_it_is_asked_for)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic || !case_control(c, "stop 1") || !ask_await(c, 2, LEADER, "2"))
        return;
    ask_await_in_sync(c, 2, "t", 2);
    ask_outcome(c, "while it is down", 2, ELECT_PREFERRED("~t", 0), "partition_result[0].error_code");
    three_bring_back(c, 1);
    ask_outcome(c, "leader", 2, LEADER);
    ask_outcome(c, "elect", 2, ELECT_PREFERRED("~t", 0), "partition_result[0].error_code");
    ask_await(c, 2, LEADER, "1");
    ask_outcome(c, "leader", 2, LEADER);
    ask_outcome(c, "again", 2, ELECT_PREFERRED("~t", 0), "partition_result[0].error_code");
    ask_outcome(c, "unknown partition", 2, ELECT_PREFERRED("~t", 7), "partition_result[0].error_code");
    ask_outcome(c, "unknown topic", 2, ELECT_PREFERRED("~nobody", 0), "partition_result[0].error_code");
}

static void tell_epoch(struct conformance *c, int broker, int epoch)
{
    char text[256], label[16];
    snprintf(text, sizeof(text),
             "OffsetForLeaderEpoch 3 {replica_id: -1, topics: [{topic: ~t, partitions: [{partition: 0, "
             "leader_epoch: %d}]}]}",
             epoch);
    snprintf(label, sizeof(label), "%d:", epoch);
    ask_outcome(c, label, broker, text, "leader_epoch");
    ask_outcome(c, "ends at", broker, text, "end_offset");
}

/* Of a consumer that takes epoch for the present one. */
static void tell_fetch(struct conformance *c, int broker, int epoch)
{
    char text[256];
    snprintf(text, sizeof(text),
             "Fetch 10 {max_wait_ms: 0, min_bytes: 0, topics: [{topic: ~t, partitions: [{partition: 0, "
             "current_leader_epoch: %d, partition_max_bytes: 1000}]}]}",
             epoch);
    ask_outcome(c, "Fetch", broker, text, "partitions[0].error_code");
}

CASE(each_leader_epoch_tells_where_it_ended)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic)
        return;
    rd_kafka_t *producer = idempotent(c);
    send_and_tell(c, "first", producer, topic);
    if (case_control(c, "stop 1")) {
        send_and_tell(c, "second", producer, topic);
        send_and_tell(c, "third", producer, topic);
        three_bring_back(c, 1);
        ask_outcome(c, "elect", 2, ELECT_PREFERRED("~t", 0), "partition_result[0].error_code");
        send_and_tell(c, "fourth", producer, topic);
        ask_await(c, 1, LEADER, "1");
        for (int epoch = 0; epoch <= 3; epoch++) {
            tell_epoch(c, 1, epoch);
            tell_fetch(c, 1, epoch);
        }
    }
    rd_kafka_destroy(producer);
}

/* Broker 2 misses a record; broker 1 goes; 2 is all there is. */
static void outlast(struct conformance *c, const char *is_unclean)
{
    const char *const pairs[] = {"unclean.leader.election.enable", is_unclean, "min.insync.replicas", "1",
                                 NULL};
    const char *topic = three_topic(c, "t", 2, pairs);
    if (!topic)
        return;
    rd_kafka_t *producer = client_producer(c, "message.timeout.ms", "30000", NULL);
    send_and_tell(c, "both have it", producer, topic);
    if (case_control(c, "stop 2") && ask_await_in_sync(c, 1, "t", 1)) {
        send_and_tell(c, "one has it", producer, topic);
        case_control(c, "crash 1");
        ask_await(c, 3, LEADER, "-1");
        case_control(c, "start 2");
        if (*is_unclean == 't') {
            ask_await(c, 3, LEADER, "2");
            ask_outcome(c, "in sync", 3, "Metadata 9 {topics: [{name: ~t}]}", "isr_nodes[0]");
            ask_outcome(c, "and", 3, "Metadata 9 {topics: [{name: ~t}]}", "isr_nodes[1]");
            send_and_tell(c, "unclean", producer, topic);
        } else {
            ask_outcome(c, "leader", 3, LEADER);
        }
        case_control(c, "start 1");
        ask_await_in_sync(c, 3, "t", 2);
        send_and_tell(c, "both again", producer, topic);
        client_outcome_log(c, "log", topic, 0, 0);
        ask_value(c, 3, ELECT_PREFERRED("~t", 0), "error_code", (char[ASK_VALUE_BYTES]){0});
        ask_await(c, 3, LEADER, "1");
        ask_await(c, 1, END, "offset", "3"); /* a new leader has to learn anew what is committed */
        client_outcome_log(c, "log of the old leader", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

CASE(without_unclean_elections_a_partition_waits_for_its_last_replica_in_sync)
{
    outlast(c, "false");
}

CASE(an_unclean_election_loses_what_the_new_leader_never_had)
{
    outlast(c, "true");
}

static int coordinator_of(struct conformance *c, int asked)
{
    char value[ASK_VALUE_BYTES];
    ask_value(c, asked, "FindCoordinator 2 {key: ~g}", "error_code", value);
    if (strcmp(value, "0") != 0)
        return -1;
    ask_value(c, asked, "FindCoordinator 2 {key: ~g}", "node_id", value);
    return atoi(value);
}

/* Commits until it is taken: what is answered meanwhile depends on the moment. */
static void commit_at_last(struct conformance *c, struct client_member *member, const char *topic,
                           int64_t offset)
{
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; i < COMMIT_TRIES_MAX; i++) {
        error = client_commit(member->consumer, topic, 0, offset);
        if (!error)
            break;
        client_members_poll(&member, 1, 100);
    }
    outcome(c, "commits %s", rd_kafka_err2name(error));
}

static void lose_coordinator(struct conformance *c, const char *verb)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL), *group = case_name_of(c, "g");
    struct client_member a, *const members[] = {&a};
    if (!topic)
        return;
    client_member_join(c, &a, "a", group, topic, "session.timeout.ms", "30000", NULL);
    client_members_await(members, 1, 1);
    commit_at_last(c, &a, topic, 5);
    int coordinator = coordinator_of(c, 1), other = coordinator % THREE_BROKERS + 1, next = coordinator;
    if (coordinator > 0 && case_control(c, "%s %d", verb, coordinator)) {
        for (int i = 0; i < COMMIT_TRIES_MAX && (next == coordinator || next < 1); i++) {
            client_members_poll(members, 1, 100);
            next = coordinator_of(c, other);
        }
        outcome(c, "%s coordinator", next == coordinator || next < 1 ? "no other" : "another");
        client_outcome_committed(c, "committed", group, topic, 0);
        commit_at_last(c, &a, topic, 6);
        client_outcome_committed(c, "committed", group, topic, 0);
        group_admin_describe(c, "then", group);
        case_control(c, "start %d", coordinator);
        ask_await_in_sync(c, other, "t", THREE_BROKERS);
    }
    client_member_leave(&a);
}

CASE(a_group_goes_on_when_its_coordinator_stops)
{
    lose_coordinator(c, "stop");
}

CASE(a_group_goes_on_when_its_coordinator_crashes)
{
    lose_coordinator(c, "crash");
}

const struct conformance_case cluster_cases[] = {
    CASE_ENTRY(a_replication_factor_larger_than_the_cluster_is_refused),
    CASE_ENTRY(too_few_replicas_in_sync_refuse_acks_of_all),
    CASE_ENTRY(enough_replicas_in_sync_acknowledge_without_the_rest),
    CASE_ENTRY(acks_of_all_time_out_after_the_record_is_appended),
    CASE_ENTRY(a_record_is_not_acknowledged_once_its_replicas_are_too_few),
    CASE_ENTRY(a_record_that_waits_for_replicas_is_refused_when_another_leads),
    CASE_ENTRY(a_controlled_stop_moves_leadership),
    CASE_ENTRY(a_crashed_leader_is_replaced_when_its_session_is_over),
    CASE_ENTRY(a_crash_of_the_leader_costs_an_idempotent_producer_nothing),
    CASE_ENTRY(a_clean_election_costs_an_idempotent_producer_nothing),
    CASE_ENTRY(only_the_leader_serves),
    CASE_ENTRY(the_preferred_leader_is_elected_when_it_is_asked_for),
    CASE_ENTRY(each_leader_epoch_tells_where_it_ended),
    CASE_ENTRY(without_unclean_elections_a_partition_waits_for_its_last_replica_in_sync),
    CASE_ENTRY(an_unclean_election_loses_what_the_new_leader_never_had),
    CASE_ENTRY(a_group_goes_on_when_its_coordinator_stops),
    CASE_ENTRY(a_group_goes_on_when_its_coordinator_crashes),
    CASE_END,
};
