/* SPDX-License-Identifier: Apache-2.0 */
/* What brokers say they cannot tell or do yet, on three brokers: brought about by who is gone, never by haste. */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/cases/three.h"
#include "tests/conformance/kafka/client.h"

#include <stdio.h>
#include <stdlib.h>

#define ANY_PRODUCER_ID "InitProducerId 0 {transactional_id: null, transaction_timeout_ms: 60000}"
#define INIT            "InitProducerId 1 {transactional_id: ~x, transaction_timeout_ms: 60000}"
#define FIND_GROUP      "FindCoordinator 2 {key: ~g}"
#define FIND_X          "FindCoordinator 2 {key: ~x, key_type: 1}"
#define METADATA        "Metadata 9 {topics: [{name: ~t}]}"
#define LATEST(VERSION, ISOLATION)                                                                           \
    "ListOffsets " #VERSION " {replica_id: -1, isolation_level: " #ISOLATION                                 \
    ", topics: [{name: ~t, partitions: [{partition_index: 0, timestamp: -1}]}]}"
#define OFFSET_AT(TIMESTAMP)                                                                                 \
    "ListOffsets 5 {replica_id: -1, isolation_level: 0, topics: [{name: ~t, partitions: [{partition_index: " \
    "0, timestamp: " TIMESTAMP "}]}]}"
#define PRODUCE(TIMEOUT_MS)                                                                                  \
    "Produce 7 {acks: -1, timeout_ms: " #TIMEOUT_MS ", topic_data: [{name: ~t, partition_data: [{index: 0, " \
    "records: {values: [x], timestamp: $now}}]}]}"
#define COMMIT                                                                                               \
    "OffsetCommit 2 {group_id: ~g, generation_id_or_member_epoch: -1, member_id: '', topics: [{name: ~t, "   \
    "partitions: [{partition_index: 0, committed_offset: 5}]}]}"

/* The producer ids of a broker come from the controller, in blocks, and it asks for the first when it needs it. */
CASE(a_broker_that_has_just_started_has_no_producer_ids_yet)
{
    if (!three_begin(c) || !case_control(c, "crash 3") || !case_control(c, "start 3"))
        return;
    ask_outcome(c, "the first answer", 3, ANY_PRODUCER_ID, "error_code");
    if (ask_await(c, 3, ANY_PRODUCER_ID, "error_code", "0"))
        ask_outcome(c, "the next", 3, ANY_PRODUCER_ID, "error_code");
}

/* All replicas of the coordinators' logs that were in sync are down; the third is not, and must not lead. */
CASE(nobody_coordinates_while_only_a_replica_that_fell_behind_is_up)
{
    if (!three_topic(c, "t", THREE_BROKERS, NULL))
        return;
    if (!ask_await(c, 1, FIND_GROUP, "error_code", "0") || !ask_await(c, 1, FIND_X, "error_code", "0"))
        return;
    if (!case_control(c, "stop 3") || !ask_await_in_sync(c, 1, "t", 2) || !case_control(c, "crash 2") ||
        !ask_await_in_sync(c, 1, "t", 1) || !case_control(c, "crash 1") || !case_control(c, "start 3"))
        return;
    ask_await(c, 3, FIND_GROUP, "error_code", "15");
    ask_outcome(c, "coordinator of a group", 3, FIND_GROUP, "error_code");
    ask_outcome(c, "it is", 3, FIND_GROUP, "node_id");
    ask_await(c, 3, FIND_X, "error_code", "15");
    ask_outcome(c, "of a transactional id", 3, FIND_X, "error_code");
    ask_outcome(c, "highest version", 3, "FindCoordinator 4 {key_type: 0, coordinator_keys: [~g]}",
                "coordinators[0].error_code");
    ask_outcome(c, "heartbeat", 3, "Heartbeat 3 {group_id: ~g, generation_id: 1, member_id: m}",
                "error_code");
    ask_outcome(c, "commit", 3, COMMIT, "partitions[0].error_code");
    ask_outcome(c, "init", 3, INIT, "error_code");
    ask_outcome(c, "partition", 3, METADATA, "partitions[0].error_code");
    case_control(c, "start 1");
    case_control(c, "start 2");
    for (int id = 1; id <= THREE_BROKERS; id++)
        ask_await_in_sync(c, id, "t", THREE_BROKERS);
    ask_await(c, 1, FIND_GROUP, "error_code", "0");
    ask_await(c, 1, FIND_X, "error_code", "0");
}

/* The coordinators are there, but their logs take nothing: too few replicas are in sync. */
CASE(coordinators_whose_logs_have_too_few_replicas_are_not_available)
{
    char coordinator[ASK_VALUE_BYTES];
    if (!three_topic(c, "t", THREE_BROKERS, NULL))
        return;
    if (!ask_await(c, 1, FIND_GROUP, "error_code", "0") || !ask_await(c, 1, FIND_X, "error_code", "0") ||
        !ask_value(c, 1, FIND_X, "node_id", coordinator))
        return;
    int left = atoi(coordinator);
    ask_await(c, left, INIT, "error_code", "0");
    for (int id = 1; id <= THREE_BROKERS; id++)
        if (id != left && !case_control(c, "stop %d", id))
            return;
    ask_await_in_sync(c, left, "t", 1);
    ask_await(c, left, FIND_GROUP, "node_id", coordinator);
    ask_await(c, left, FIND_X, "node_id", coordinator);
    ask_outcome(c, "coordinator", left, FIND_X, "error_code");
    ask_outcome(c, "init", left, INIT, "error_code");
    ask_await(c, left, COMMIT, "partitions[0].error_code", "15");
    ask_outcome(c, "commit", left, COMMIT, "partitions[0].error_code");
    for (int id = 1; id <= THREE_BROKERS; id++)
        if (id != left)
            case_control(c, "start %d", id);
    for (int id = 1; id <= THREE_BROKERS; id++)
        ask_await_in_sync(c, id, "t", THREE_BROKERS);
    ask_await(c, left, INIT, "error_code", "0");
    ask_await(c, left, COMMIT, "partitions[0].error_code", "0");
}

/*
 * A new leader knows of no committed record that its own term does not begin with, and can commit none: too few replicas are in
 * sync. Broker 3 dies first, so that broker 2 has the record and cannot know that anybody else does.
 */
CASE(a_new_leader_that_cannot_commit_tells_no_latest_offset)
{
    if (!three_topic(c, "t", THREE_BROKERS, NULL))
        return;
    ask_set_now(c);
    ask_outcome(c, "one", 1, PRODUCE(5000), "error_code");
    if (!case_control(c, "crash 3"))
        return;
    ask_outcome(c, "two", 1, PRODUCE(500), "error_code");
    if (!case_control(c, "crash 1"))
        return;
    ask_await(c, 2, METADATA, "leader_id", "2");
    ask_await_in_sync(c, 2, "t", 1);
    ask_await(c, 2, LATEST(5, 0), "error_code", "78");
    ask_outcome(c, "latest", 2, LATEST(5, 0), "error_code");
    ask_outcome(c, "committed", 2, LATEST(5, 1), "error_code");
    ask_outcome(c, "before version 5", 2, LATEST(4, 0), "error_code");
    ask_outcome(c, "earliest", 2, OFFSET_AT("-2"), "partitions[0].offset");
    ask_outcome(c, "by time", 2, OFFSET_AT("1"), "partitions[0].offset");
    ask_outcome(c, "by a time behind all", 2, OFFSET_AT("4000000000000"), "partitions[0].error_code");
    ask_outcome(c, "three", 2, PRODUCE(500), "error_code");
    case_control(c, "start 1");
    ask_await_in_sync(c, 2, "t", 2);
    ask_await(c, 2, LATEST(5, 0), "error_code", "0");
    ask_outcome(c, "latest then", 2, LATEST(5, 0), "partitions[0].offset");
    three_bring_back(c, 3);
    client_outcome_log(c, "log", case_name_of(c, "t"), 0, 0);
}

const struct conformance_case unavailable_cases[] = {
    CASE_ENTRY(a_broker_that_has_just_started_has_no_producer_ids_yet),
    CASE_ENTRY(nobody_coordinates_while_only_a_replica_that_fell_behind_is_up),
    CASE_ENTRY(coordinators_whose_logs_have_too_few_replicas_are_not_available),
    CASE_ENTRY(a_new_leader_that_cannot_commit_tells_no_latest_offset),
    CASE_END,
};
