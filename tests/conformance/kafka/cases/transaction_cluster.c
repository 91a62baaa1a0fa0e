/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions on three brokers, of which the coordinator, or a leader, goes at a bad moment. */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/cases/three.h"
#include "tests/conformance/kafka/client.h"
#include "tests/conformance/kafka/transact.h"

#include <poll.h>
#include <stdio.h>

enum { COORDINATOR_TRIES_MAX = 300, PAUSE_MS = 100, MARKER_MS = 5000, OFFSET_CHECKS_MS = 3000 };

static int coordinator_at_last(struct conformance *c, int asked)
{
    int coordinator = -1;
    for (int i = 0; i < COORDINATOR_TRIES_MAX && coordinator < 1; i++) {
        coordinator = transact_coordinator(c, asked, "x");
        if (coordinator < 1)
            poll(NULL, 0, PAUSE_MS);
    }
    if (coordinator < 1)
        outcome(c, "no coordinator");
    return coordinator;
}

/* All brokers are up, and every one knows. */
static void heal(struct conformance *c, int broker, const char *suffix, int replica_count)
{
    if (!case_control(c, "start %d", broker))
        return;
    for (int id = 1; id <= THREE_BROKERS; id++)
        ask_await_in_sync(c, id, suffix, replica_count);
}

/* The coordinator goes while a transaction is open. */
static void lose_coordinator(struct conformance *c, const char *verb, bool is_commit)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic)
        return;
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    int coordinator = coordinator_at_last(c, 1);
    transact_once(c, producer, topic, "before", true);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "open");
    if (coordinator > 0 && case_control(c, "%s %d", verb, coordinator)) {
        transact_send(c, producer, topic, 0, "without it");
        if (is_commit)
            transact_commit(c, "commit", producer);
        else
            transact_abort(c, "abort", producer);
        transact_once(c, producer, topic, "next", true);
        transact_await_state(c, "x", "CompleteCommit");
        heal(c, coordinator, "t", THREE_BROKERS);
        client_outcome_log(c, "committed", topic, 0, 0);
        client_outcome_watermarks(c, "from", topic, 0);
    }
    rd_kafka_destroy(producer);
}

CASE(a_transaction_is_committed_although_its_coordinator_stops)
{
    lose_coordinator(c, "stop", true);
}

CASE(a_transaction_is_committed_although_its_coordinator_crashes)
{
    lose_coordinator(c, "crash", true);
}

CASE(a_transaction_is_aborted_although_its_coordinator_crashes)
{
    lose_coordinator(c, "crash", false);
}

/* The next coordinator knows who was fenced. */
CASE(a_new_coordinator_knows_who_is_fenced)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic)
        return;
    rd_kafka_t *old = transact_producer(c, "x", NULL), *new;
    int coordinator = coordinator_at_last(c, 1);
    transact_begin(c, old);
    transact_send(c, old, topic, 0, "old");
    new = transact_producer(c, "x", NULL);
    if (coordinator > 0 && case_control(c, "crash %d", coordinator)) {
        transact_commit(c, "the old one commits", old);
        transact_once(c, new, topic, "new", true);
        transact_await_state(c, "x", "CompleteCommit");
        heal(c, coordinator, "t", THREE_BROKERS);
        client_outcome_log(c, "committed", topic, 0, 0);
    }
    rd_kafka_destroy(new);
    rd_kafka_destroy(old);
}

/* The next coordinator aborts what is too old, though it was begun under another. */
CASE(a_new_coordinator_times_out_what_was_begun_before)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic)
        return;
    rd_kafka_t *producer = transact_producer(c, "x", "transaction.timeout.ms", "8000", NULL);
    int coordinator = coordinator_at_last(c, 1);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "open");
    if (coordinator > 0 && case_control(c, "crash %d", coordinator)) {
        transact_await_state(c, "x", "CompleteAbort");
        transact_commit(c, "commit", producer);
        heal(c, coordinator, "t", THREE_BROKERS);
        client_outcome_log(c, "committed", topic, 0, 0);
        transact_outcome_all(c, "all", topic, 0);
    }
    rd_kafka_destroy(producer);
}

/* A partition that wants both its replicas, neither of which is the coordinator's: while one is down, no marker gets in. (Of a
 * partition without any leader 4.3 forgets the markers, if its session is over by then: that leaves it hanging.) */
static const char *strict_topic(struct conformance *c, int coordinator, int32_t replicas_out[2])
{
    static const char *const pairs[] = {"min.insync.replicas", "2", NULL};
    replicas_out[0] = coordinator % THREE_BROKERS + 1;
    replicas_out[1] = replicas_out[0] % THREE_BROKERS + 1;
    return three_topic_on(c, "t", replicas_out, 2, pairs);
}

#define ADD                                                                                                  \
    "AddPartitionsToTxn 0 {v3_and_below_transactional_id: ~x, v3_and_below_producer_id: $pid, "              \
    "v3_and_below_producer_epoch: 0, v3_and_below_topics: [{name: ~t, partitions: [0]}]}"
#define PRODUCE                                                                                              \
    "Produce 7 {transactional_id: ~x, acks: -1, timeout_ms: 5000, topic_data: [{name: ~t, partition_data: "  \
    "[{index: 0, records: {values: [record], timestamp: -1, producer_id: $pid, producer_epoch: 0, "          \
    "base_sequence: 0, is_transactional: true}}]}]}"
#define END_TXN(IS_COMMIT)                                                                                   \
    "EndTxn 1 {transactional_id: ~x, producer_id: $pid, producer_epoch: 0, committed: " IS_COMMIT "}"
#define INIT     "InitProducerId 1 {transactional_id: ~x, transaction_timeout_ms: 60000}"
#define DESCRIBE "DescribeTransactions 0 {transactional_ids: [~x]}"
#define OFFSETS  "AddOffsetsToTxn 0 {transactional_id: ~x, producer_id: $pid, producer_epoch: 0, group_id: ~g}"

/* One record in a transaction of ~x; a replica of the partition goes; the transaction is ended like this. */
static bool end_without_replica(struct conformance *c, int coordinator, const int32_t replicas[2],
                                const char *end)
{
    char leader[ASK_VALUE_BYTES];
    ask_await(c, coordinator, INIT, "error_code", "0");
    if (!ask_keep(c, coordinator, DESCRIBE, "producer_id", "pid"))
        return false;
    ask_outcome(c, "add", coordinator, ADD, "partition_error_code");
    ask_outcome(c, "produce", replicas[0], PRODUCE, "error_code");
    if (!case_control(c, "stop %d", replicas[1]) || !ask_await_in_sync(c, replicas[0], "t", 1))
        return false;
    /* That may have been a coordinator of other things, but not of ~x. */
    snprintf(leader, sizeof(leader), "%d", coordinator);
    ask_await(c, coordinator, "FindCoordinator 2 {key: ~x, key_type: 1}", "node_id", leader);
    ask_outcome(c, "end", coordinator, end, "error_code");
    return true;
}

/* The coordinator goes, before the markers are written; the leader of the partition is the only one left. */
static void lose_marking_coordinator(struct conformance *c, const char *verb, int coordinator, int left)
{
    int next = coordinator;
    if (!case_control(c, "%s %d", verb, coordinator))
        return;
    for (int i = 0; i < COORDINATOR_TRIES_MAX && (next == coordinator || next < 1); i++) {
        next = transact_coordinator(c, left, "x");
        poll(NULL, 0, PAUSE_MS);
    }
    outcome(c, "%s coordinator", next == left ? "another" : "no other");
    if (ask_await(c, left, DESCRIBE, "transaction_states[0].error_code", "0"))
        ask_outcome(c, "state", left, DESCRIBE, "transaction_state");
    case_control(c, "start %d", coordinator);
}

/* Between EndTxn and the markers, everything else has to wait. */
static void wait_for_markers(struct conformance *c, const char *verb, const char *end, const char *opposite,
                             const char *state)
{
    char text[ASK_VALUE_BYTES];
    int32_t replicas[2];
    if (!three_begin(c))
        return;
    int coordinator = coordinator_at_last(c, 1);
    if (coordinator < 1 || !strict_topic(c, coordinator, replicas) ||
        !end_without_replica(c, coordinator, replicas, end))
        return;
    ask_outcome(c, "add", coordinator, ADD, "partition_error_code");
    ask_outcome(c, "offsets", coordinator, OFFSETS, "error_code");
    ask_outcome(c, "init", coordinator, INIT, "error_code");
    ask_outcome(c, "end again", coordinator, end, "error_code");
    ask_outcome(c, "the opposite", coordinator, opposite, "error_code");
    ask_outcome(c, "state", coordinator, DESCRIBE, "transaction_state");
    if (verb)
        lose_marking_coordinator(c, verb, coordinator, replicas[0]);
    case_control(c, "start %d", replicas[1]);
    for (int id = 1; id <= THREE_BROKERS; id++)
        ask_await_in_sync(c, id, "t", 2);
    transact_await_state(c, "x", state);
    client_outcome_log(c, "committed", case_name_of(c, "t"), 0, 0);
    transact_outcome_all(c, "all", case_name_of(c, "t"), 0);
    client_outcome_watermarks(c, "from", case_name_of(c, "t"), 0);
    coordinator = coordinator_at_last(c, 1);
    ask_await(c, coordinator, INIT, "error_code", "0");
    ask_value(c, coordinator, DESCRIBE, "producer_epoch", text);
    outcome(c, "epoch %s", text);
}

CASE(everything_waits_for_the_markers_of_a_commit)
{
    wait_for_markers(c, NULL, END_TXN("true"), END_TXN("false"), "CompleteCommit");
}

CASE(everything_waits_for_the_markers_of_an_abort)
{
    wait_for_markers(c, NULL, END_TXN("false"), END_TXN("true"), "CompleteAbort");
}

CASE(a_new_coordinator_writes_the_markers_that_the_old_one_could_not)
{
    wait_for_markers(c, "crash", END_TXN("true"), END_TXN("false"), "CompleteCommit");
}

CASE(a_new_coordinator_writes_the_markers_of_an_abort_that_the_old_one_could_not)
{
    wait_for_markers(c, "stop", END_TXN("false"), END_TXN("true"), "CompleteAbort");
}

/* The leader of the partition goes in the middle. */
static void lose_leader(struct conformance *c, const char *command)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic)
        return;
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "one");
    if (case_control(c, "%s", command)) {
        transact_send(c, producer, topic, 0, "two");
        client_outcome_log(c, "committed", topic, 0, 0);
        transact_commit(c, "commit", producer);
        transact_once(c, producer, topic, "aborted", false);
        transact_await_state(c, "x", "CompleteAbort");
        heal(c, 1, "t", THREE_BROKERS);
        client_outcome_log(c, "committed", topic, 0, 0);
        transact_outcome_all(c, "all", topic, 0);
    }
    rd_kafka_destroy(producer);
}

CASE(a_transaction_goes_on_with_the_next_leader_after_a_crash)
{
    lose_leader(c, "crash 1");
}

CASE(a_transaction_goes_on_with_the_next_leader_after_a_stop)
{
    lose_leader(c, "stop 1");
}

/* The next leader has the list of what was aborted before its time. */
CASE(a_new_leader_knows_what_was_aborted)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL);
    if (!topic)
        return;
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    transact_once(c, producer, topic, "aborted", false);
    transact_once(c, producer, topic, "committed", true);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "open");
    transact_await_state(c, "x", "Ongoing");
    if (case_control(c, "stop 1")) {
        ask_await_in_sync(c, 2, "t", 2);
        client_outcome_log(c, "committed", topic, 0, 0);
        transact_abort(c, "abort", producer);
        transact_await_state(c, "x", "CompleteAbort");
        client_outcome_log(c, "committed", topic, 0, 0);
        heal(c, 1, "t", THREE_BROKERS);
    }
    rd_kafka_destroy(producer);
}

/* Too few replicas in sync: neither a record nor a marker gets in. */
CASE(too_few_replicas_in_sync_hold_up_a_transaction)
{
    static const char *const pairs[] = {"min.insync.replicas", "3", NULL};
    const char *topic = three_topic(c, "t", THREE_BROKERS, pairs);
    if (!topic)
        return;
    rd_kafka_t *producer = transact_producer(c, "x", "message.timeout.ms", "3000", NULL);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "one");
    if (case_control(c, "stop 3") && ask_await_in_sync(c, 1, "t", 2)) {
        transact_send(c, producer, topic, 0, "too few");
        transact_commit(c, "commit", producer);
        rd_kafka_error_t *error = rd_kafka_abort_transaction(producer, MARKER_MS);
        transact_tell(c, "abort", error);
        client_outcome_watermarks(c, "from", topic, 0);
        client_outcome_log(c, "committed", topic, 0, 0);
        heal(c, 3, "t", THREE_BROKERS);
        transact_abort(c, "abort again", producer);
        transact_once(c, producer, topic, "enough", true);
        transact_await_state(c, "x", "CompleteCommit");
        client_outcome_log(c, "committed", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

/* Pending offsets are replayed by the group's next coordinator. */
CASE(pending_offsets_survive_their_coordinator)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL), *group = case_name_of(c, "g");
    char value[ASK_VALUE_BYTES];
    if (!topic)
        return;
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    transact_begin(c, producer);
    transact_offset(c, "offset", producer, NULL, group, topic, 5);
    ask_value(c, 1, "FindCoordinator 2 {key: ~g}", "node_id", value);
    if (case_control(c, "crash %s", value)) {
        transact_commit(c, "commit", producer);
        case_control(c, "start %s", value);
        for (int id = 1; id <= THREE_BROKERS; id++)
            ask_await_in_sync(c, id, "t", THREE_BROKERS);
        transact_await_state(c, "x", "CompleteCommit");
        client_outcome_committed(c, "committed", group, topic, 0);
    }
    rd_kafka_destroy(producer);
}

/* Of a group without members, whose offsets may expire: but not before their time. */
CASE(committed_offsets_survive_their_coordinator_and_some_time)
{
    const char *topic = three_topic(c, "t", THREE_BROKERS, NULL), *group = case_name_of(c, "g");
    char value[ASK_VALUE_BYTES];
    if (!topic)
        return;
    client_outcome_committed(c, "before", group, topic, 0); /* there is a coordinator now */
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    outcome(c, "commit %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 5)));
    client_close(consumer);
    ask_value(c, 1, "FindCoordinator 2 {key: ~g}", "node_id", value);
    if (case_control(c, "crash %s", value) && case_control(c, "start %s", value)) {
        for (int id = 1; id <= THREE_BROKERS; id++)
            ask_await_in_sync(c, id, "t", THREE_BROKERS);
        poll(NULL, 0, OFFSET_CHECKS_MS);
        client_outcome_committed(c, "then", group, topic, 0);
    }
}

/* Who is not the coordinator says so. */
CASE(only_the_coordinator_of_a_transaction_serves)
{
    if (!three_topic(c, "t", THREE_BROKERS, NULL))
        return;
    int coordinator = coordinator_at_last(c, 1), other = coordinator % THREE_BROKERS + 1;
    if (coordinator < 1)
        return;
    ask_await(c, coordinator, INIT, "error_code", "0");
    ask_keep(c, coordinator, DESCRIBE, "producer_id", "pid");
    ask_outcome(c, "InitProducerId", other, INIT, "error_code");
    ask_outcome(c, "AddPartitionsToTxn", other, ADD, "partition_error_code");
    ask_outcome(c, "AddOffsetsToTxn", other, OFFSETS, "error_code");
    ask_outcome(c, "EndTxn", other, END_TXN("true"), "error_code");
    ask_outcome(c, "DescribeTransactions", other, DESCRIBE, "transaction_states[0].error_code");
}

const struct conformance_case transaction_cluster_cases[] = {
    CASE_ENTRY(a_transaction_is_committed_although_its_coordinator_stops),
    CASE_ENTRY(a_transaction_is_committed_although_its_coordinator_crashes),
    CASE_ENTRY(a_transaction_is_aborted_although_its_coordinator_crashes),
    CASE_ENTRY(a_new_coordinator_knows_who_is_fenced),
    CASE_ENTRY(a_new_coordinator_times_out_what_was_begun_before),
    CASE_ENTRY(everything_waits_for_the_markers_of_a_commit),
    CASE_ENTRY(everything_waits_for_the_markers_of_an_abort),
    CASE_ENTRY(a_new_coordinator_writes_the_markers_that_the_old_one_could_not),
    CASE_ENTRY(a_new_coordinator_writes_the_markers_of_an_abort_that_the_old_one_could_not),
    CASE_ENTRY(a_transaction_goes_on_with_the_next_leader_after_a_crash),
    CASE_ENTRY(a_transaction_goes_on_with_the_next_leader_after_a_stop),
    CASE_ENTRY(a_new_leader_knows_what_was_aborted),
    CASE_ENTRY(too_few_replicas_in_sync_hold_up_a_transaction),
    CASE_ENTRY(pending_offsets_survive_their_coordinator),
    CASE_ENTRY(committed_offsets_survive_their_coordinator_and_some_time),
    CASE_ENTRY(only_the_coordinator_of_a_transaction_serves),
    CASE_END,
};
