/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions on one node: what readers see, who is fenced, what a lost request costs. */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/client.h"
#include "tests/conformance/kafka/transact.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Beyond transaction.timeout.ms, and the coordinator's next look. */
enum { TIMEOUT_MS = 1500, TIMED_OUT_MS = 4000, PARK_MS = 300, WATCH_MS = 1500, TIGHT_BYTES = 2000 };
#define TIMEOUT "1500"

static void tell_logs(struct conformance *c, const char *topic)
{
    client_outcome_log(c, "committed", topic, 0, 0);
    transact_outcome_all(c, "all", topic, 0);
}

CASE(records_are_read_once_their_transaction_is_committed)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "one");
    transact_send(c, producer, topic, 0, "two");
    tell_logs(c, topic);
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    tell_logs(c, topic);
    client_outcome_watermarks(c, "from", topic, 0);
    rd_kafka_destroy(producer);
}

CASE(aborted_records_are_never_read_as_committed)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    transact_once(c, producer, topic, "kept", true);
    transact_once(c, producer, topic, "dropped", false);
    transact_once(c, producer, topic, "kept as well", true);
    transact_await_state(c, "x", "CompleteCommit");
    tell_logs(c, topic);
    rd_kafka_destroy(producer);
}

CASE(compressed_aborted_records_are_never_read_as_committed)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", "compression.codec", "lz4", NULL);
    struct client_sent sent[4];
    transact_begin(c, producer);
    for (int i = 0; i < 4; i++)
        client_queue(producer, topic, 0, "key", "a value that is the same, the same, the same", 0, &sent[i]);
    transact_abort(c, "abort", producer);
    transact_once(c, producer, topic, "kept", true);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_log(c, "committed", topic, 0, 0);
    rd_kafka_destroy(producer);
}

CASE(records_behind_an_open_transaction_wait_for_it)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL), *plain = client_producer(c, NULL);
    transact_send(c, plain, topic, 0, "before");
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "open");
    transact_send(c, plain, topic, 0, "behind");
    tell_logs(c, topic);
    client_outcome_watermarks(c, "from", topic, 0);
    transact_abort(c, "abort", producer);
    transact_await_state(c, "x", "CompleteAbort");
    tell_logs(c, topic);
    rd_kafka_destroy(plain);
    rd_kafka_destroy(producer);
}

CASE(two_transactions_in_one_partition_end_apart)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *first = transact_producer(c, "x", NULL), *second = transact_producer(c, "y", NULL);
    transact_begin(c, first);
    transact_begin(c, second);
    transact_send(c, first, topic, 0, "first");
    transact_send(c, second, topic, 0, "second");
    transact_send(c, first, topic, 0, "first again");
    transact_commit(c, "the second", second);
    transact_await_state(c, "y", "CompleteCommit");
    client_outcome_log(c, "committed", topic, 0, 0);
    transact_abort(c, "the first", first);
    transact_await_state(c, "x", "CompleteAbort");
    tell_logs(c, topic);
    rd_kafka_destroy(second);
    rd_kafka_destroy(first);
}

CASE(a_transaction_over_two_topics_is_all_or_nothing)
{
    const char *one = client_topic(c, "t", 2, NULL), *other = client_topic(c, "u", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    for (int i = 0; i < 2; i++) {
        const char *value = i ? "committed" : "aborted";
        transact_begin(c, producer);
        transact_send(c, producer, one, 0, value);
        transact_send(c, producer, one, 1, value);
        transact_send(c, producer, other, 0, value);
        if (i)
            transact_commit(c, "commit", producer);
        else
            transact_abort(c, "abort", producer);
    }
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_log(c, "t 0", one, 0, 0);
    client_outcome_log(c, "t 1", one, 1, 0);
    client_outcome_log(c, "u 0", other, 0, 0);
    rd_kafka_destroy(producer);
}

CASE(a_transaction_of_nothing_is_committed_without_a_trace)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    transact_begin(c, producer);
    transact_commit(c, "commit", producer);
    transact_begin(c, producer);
    transact_abort(c, "abort", producer);
    transact_once(c, producer, topic, "something", true);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_watermarks(c, "from", topic, 0);
    rd_kafka_destroy(producer);
}

/* The second life of a transactional id ends what the first began. */
CASE(a_new_producer_fences_the_old_one_and_aborts_its_transaction)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *old = transact_producer(c, "x", NULL), *new;
    transact_begin(c, old);
    transact_send(c, old, topic, 0, "old");
    new = transact_producer(c, "x", NULL);
    transact_once(c, new, topic, "new", true);
    transact_commit(c, "the old one commits", old);
    transact_await_state(c, "x", "CompleteCommit");
    tell_logs(c, topic);
    rd_kafka_destroy(new);
    rd_kafka_destroy(old);
}

CASE(an_append_of_a_fenced_producer_is_refused)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *old = transact_producer(c, "x", NULL), *new;
    transact_once(c, old, topic, "before", true);
    new = transact_producer(c, "x", NULL);
    transact_once(c, new, topic, "new", true);
    transact_begin(c, old);
    transact_send(c, old, topic, 0, "old");
    transact_commit(c, "the old one commits", old);
    transact_await_state(c, "x", "CompleteCommit");
    tell_logs(c, topic);
    rd_kafka_destroy(new);
    rd_kafka_destroy(old);
}

/* The zombie has the partition in its transaction already. */
CASE(an_append_of_a_fenced_producer_in_the_middle_is_refused)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *old = transact_producer(c, "x", NULL), *new;
    transact_begin(c, old);
    transact_send(c, old, topic, 0, "old");
    new = transact_producer(c, "x", NULL);
    transact_send(c, old, topic, 0, "zombie");
    transact_once(c, new, topic, "new", true);
    transact_await_state(c, "x", "CompleteCommit");
    tell_logs(c, topic);
    rd_kafka_destroy(new);
    rd_kafka_destroy(old);
}

CASE(a_transaction_that_times_out_is_aborted_and_its_producer_fenced)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", "transaction.timeout.ms", TIMEOUT, NULL);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "late");
    case_let_pass(c, TIMED_OUT_MS);
    transact_await_state(c, "x", "CompleteAbort");
    tell_logs(c, topic);
    transact_commit(c, "commit", producer);
    client_outcome_log(c, "committed", topic, 0, 0);
    rd_kafka_destroy(producer);
}

CASE(a_producer_that_goes_on_after_its_transaction_timed_out_is_fenced)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", "transaction.timeout.ms", TIMEOUT, NULL), *next;
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "before");
    case_let_pass(c, TIMED_OUT_MS);
    transact_await_state(c, "x", "CompleteAbort");
    transact_send(c, producer, topic, 0, "after");
    transact_commit(c, "commit", producer);
    client_outcome_log(c, "committed", topic, 0, 0);
    next = transact_producer(c, "x", NULL);
    transact_once(c, next, topic, "next life", true);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_log(c, "committed", topic, 0, 0);
    rd_kafka_destroy(next);
    rd_kafka_destroy(producer);
}

CASE(a_transaction_in_its_time_is_not_aborted)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", "transaction.timeout.ms", "20000", NULL);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "in time");
    case_let_pass(c, TIMED_OUT_MS);
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_log(c, "committed", topic, 0, 0);
    rd_kafka_destroy(producer);
}

/* KIP-360: the producer bumps its epoch and lives. */
CASE(a_producer_goes_on_after_an_abortable_error)
{
    char large[TIGHT_BYTES];
    const char *topic = client_topic(c, "t", 1, "max.message.bytes", "1000", NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "small");
    struct client_sent sent = client_send(producer, topic, 0, NULL, large);
    client_outcome_sent(c, "large", &sent);
    transact_commit(c, "commit", producer);
    transact_abort(c, "abort", producer);
    /* librdkafka counts the refused record's sequence as used, the broker does not. */
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "next");
    transact_commit(c, "commit", producer);
    transact_abort(c, "abort", producer);
    transact_once(c, producer, topic, "last", true);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_log(c, "committed", topic, 0, 0);
    rd_kafka_destroy(producer);
}

/* Warm; then the transaction that meets the command. */
static void strike(struct conformance *c, const char *command, bool is_commit)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", "socket.timeout.ms", "2000", NULL);
    transact_once(c, producer, topic, "before", true);
    transact_await_state(c, "x", "CompleteCommit");
    if (case_control(c, "%s", command)) {
        transact_once(c, producer, topic, "struck", is_commit);
        transact_once(c, producer, topic, "after", true);
        transact_await_state(c, "x", "CompleteCommit");
        client_outcome_log(c, "committed", topic, 0, 0);
    }
    rd_kafka_destroy(producer);
}

CASE(a_commit_whose_response_is_lost_is_one_commit)
{
    strike(c, "drop EndTxn response", true);
}

CASE(a_commit_whose_request_is_lost_is_one_commit)
{
    strike(c, "drop EndTxn request", true);
}

CASE(an_abort_whose_response_is_lost_is_one_abort)
{
    strike(c, "drop EndTxn response", false);
}

CASE(a_lost_answer_to_AddPartitionsToTxn_is_asked_for_again)
{
    strike(c, "drop AddPartitionsToTxn response", true);
}

CASE(a_lost_answer_to_a_transactional_Produce_is_no_second_record)
{
    strike(c, "drop Produce response", true);
}

CASE(a_lost_transactional_Produce_is_sent_again)
{
    strike(c, "drop Produce request", true);
}

CASE(a_lost_answer_to_InitProducerId_costs_an_epoch_at_most)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *old = transact_producer(c, "x", NULL), *new;
    transact_begin(c, old);
    transact_send(c, old, topic, 0, "old");
    if (case_control(c, "drop InitProducerId response")) {
        new = transact_producer(c, "x", NULL);
        transact_once(c, new, topic, "new", true);
        transact_await_state(c, "x", "CompleteCommit");
        client_outcome_log(c, "committed", topic, 0, 0);
        rd_kafka_destroy(new);
    }
    rd_kafka_destroy(old);
}

/* A record hangs in the network; its transaction times out, and is aborted; then the record comes. */
CASE(a_record_that_arrives_behind_the_abort_of_its_transaction_is_refused)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", "transaction.timeout.ms", TIMEOUT, NULL), *next;
    struct client_sent late;
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "in time");
    if (case_control(c, "reset") && case_control(c, "hold Produce")) {
        client_queue(producer, topic, 0, NULL, "late", 0, &late);
        case_control_await_seen(c, "Produce", 1);
        case_let_pass(c, TIMED_OUT_MS);
        transact_await_state(c, "x", "CompleteAbort");
        case_control(c, "release Produce");
        client_await(producer, &late); /* refused, or given up before that: of the moment */
        next = transact_producer(c, "x", NULL);
        transact_once(c, next, topic, "next", true);
        transact_await_state(c, "x", "CompleteCommit");
        tell_logs(c, topic);
        rd_kafka_destroy(next);
    }
    rd_kafka_destroy(producer);
}

/* Polls for so long; tells what comes. */
static void watch(struct conformance *c, rd_kafka_t *consumer, int time_ms)
{
    int64_t deadline_ms = client_now_ms() + time_ms;
    while (client_now_ms() < deadline_ms) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 50);
        if (!message)
            continue;
        if (!message->err)
            outcome_more(c, " %" PRId64 ":%.*s", message->offset, (int)message->len,
                         (const char *)message->payload);
        rd_kafka_message_destroy(message);
    }
}

/* The reader's Fetch waits at the broker, at the last stable offset, while a transaction ends. */
static void end_while_a_fetch_waits(struct conformance *c, bool is_commit)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    rd_kafka_t *consumer = client_consumer(c, "reader", "fetch.wait.max.ms", "10000", NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 0);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "one");
    transact_send(c, producer, topic, 0, "two");
    rd_kafka_assign(consumer, list);
    outcome(c, "open:");
    watch(c, consumer, WATCH_MS);
    if (is_commit)
        transact_commit(c, "commit", producer);
    else
        transact_abort(c, "abort", producer);
    outcome(c, "then:");
    watch(c, consumer, WATCH_MS);
    transact_once(c, producer, topic, "three", true);
    outcome(c, "at last:");
    watch(c, consumer, WATCH_MS);
    rd_kafka_topic_partition_list_destroy(list);
    client_close(consumer);
    rd_kafka_destroy(producer);
}

CASE(a_waiting_fetch_is_woken_by_a_commit)
{
    end_while_a_fetch_waits(c, true);
}

CASE(a_waiting_fetch_does_not_give_aborted_records)
{
    end_while_a_fetch_waits(c, false);
}

static void delete_records(struct conformance *c, const char *label, int offset)
{
    char text[256];
    snprintf(
        text, sizeof(text),
        "DeleteRecords 1 {timeout_ms: 5000, topics: [{name: ~t, partitions: [{partition_index: 0, offset: "
        "%d}]}]}",
        offset);
    ask_outcome(c, label, 1, text, "partitions[0].error_code");
}

CASE(records_of_an_open_transaction_may_be_deleted)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL), *plain = client_producer(c, NULL);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "one");
    transact_send(c, producer, topic, 0, "two");
    transact_send(c, plain, topic, 0, "behind");
    delete_records(c, "delete", 1);
    client_outcome_log(c, "committed", topic, 0, 1);
    delete_records(c, "delete all", -1);
    client_outcome_watermarks(c, "from", topic, 0);
    client_outcome_log(c, "committed", topic, 0, 3);
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    transact_once(c, producer, topic, "next", true);
    client_outcome_log(c, "committed", topic, 0, 3);
    rd_kafka_destroy(plain);
    rd_kafka_destroy(producer);
}

CASE(a_transaction_survives_that_its_topic_is_deleted)
{
    const char *topic = client_topic(c, "t", 1, NULL), *other = client_topic(c, "u", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "gone");
    transact_send(c, producer, other, 0, "here");
    ask_outcome(c, "delete", 1, "DeleteTopics 1 {topic_names: [~t], timeout_ms: 5000}", "error_code");
    client_topic_await(c, topic, 0);
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_log(c, "committed", other, 0, 0);
    rd_kafka_destroy(producer);
}

/* Idempotent, and in no transaction: beside one by another. */
CASE(an_idempotent_producer_is_not_read_before_the_transaction_in_front_of_it)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    rd_kafka_t *plain = client_producer(c, "enable.idempotence", "true", NULL);
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "open");
    transact_send(c, plain, topic, 0, "plain");
    client_outcome_log(c, "committed", topic, 0, 0);
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_log(c, "committed", topic, 0, 0);
    rd_kafka_destroy(plain);
    rd_kafka_destroy(producer);
}

/* More transactions than any window, in turn: every one that is acknowledged is there, in order. */
CASE(many_transactions_in_turn_are_all_there)
{
    enum { COUNT = 30 };
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    char value[16];
    int lost = 0;
    for (int i = 0; i < COUNT; i++) {
        snprintf(value, sizeof(value), "v%d", i);
        transact_begin(c, producer);
        lost += client_send(producer, topic, 0, NULL, value).error != 0;
        rd_kafka_error_t *error = i % 3 ? rd_kafka_commit_transaction(producer, 30000)
                                        : rd_kafka_abort_transaction(producer, 30000);
        if (error)
            transact_tell(c, value, error);
    }
    outcome(c, "%d lost", lost);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_log(c, "committed", topic, 0, 0);
    rd_kafka_destroy(producer);
}

const struct conformance_case transactions_cases[] = {
    CASE_ENTRY(records_are_read_once_their_transaction_is_committed),
    CASE_ENTRY(aborted_records_are_never_read_as_committed),
    CASE_ENTRY(compressed_aborted_records_are_never_read_as_committed),
    CASE_ENTRY(records_behind_an_open_transaction_wait_for_it),
    CASE_ENTRY(two_transactions_in_one_partition_end_apart),
    CASE_ENTRY(a_transaction_over_two_topics_is_all_or_nothing),
    CASE_ENTRY(a_transaction_of_nothing_is_committed_without_a_trace),
    CASE_ENTRY(a_new_producer_fences_the_old_one_and_aborts_its_transaction),
    CASE_ENTRY(an_append_of_a_fenced_producer_is_refused),
    CASE_ENTRY(an_append_of_a_fenced_producer_in_the_middle_is_refused),
    CASE_ENTRY(a_transaction_that_times_out_is_aborted_and_its_producer_fenced),
    CASE_ENTRY(a_producer_that_goes_on_after_its_transaction_timed_out_is_fenced),
    CASE_ENTRY(a_transaction_in_its_time_is_not_aborted),
    CASE_ENTRY(a_producer_goes_on_after_an_abortable_error),
    CASE_ENTRY(a_commit_whose_response_is_lost_is_one_commit),
    CASE_ENTRY(a_commit_whose_request_is_lost_is_one_commit),
    CASE_ENTRY(an_abort_whose_response_is_lost_is_one_abort),
    CASE_ENTRY(a_lost_answer_to_AddPartitionsToTxn_is_asked_for_again),
    CASE_ENTRY(a_lost_answer_to_a_transactional_Produce_is_no_second_record),
    CASE_ENTRY(a_lost_transactional_Produce_is_sent_again),
    CASE_ENTRY(a_lost_answer_to_InitProducerId_costs_an_epoch_at_most),
    CASE_ENTRY(a_record_that_arrives_behind_the_abort_of_its_transaction_is_refused),
    CASE_ENTRY(a_waiting_fetch_is_woken_by_a_commit),
    CASE_ENTRY(a_waiting_fetch_does_not_give_aborted_records),
    CASE_ENTRY(records_of_an_open_transaction_may_be_deleted),
    CASE_ENTRY(a_transaction_survives_that_its_topic_is_deleted),
    CASE_ENTRY(an_idempotent_producer_is_not_read_before_the_transaction_in_front_of_it),
    CASE_ENTRY(many_transactions_in_turn_are_all_there),
    CASE_END,
};
