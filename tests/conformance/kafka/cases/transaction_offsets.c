/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets that a transaction commits for a group: when they count, and whose are taken (KIP-447). */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/cases/group_admin.h"
#include "tests/conformance/kafka/client.h"
#include "tests/conformance/kafka/transact.h"

#include <stdio.h>

enum { TIMED_OUT_MS = 4000 };

#define STABLE(IS_STABLE)                                                                                    \
    "OffsetFetch 7 {group_id: ~g, topics: [{name: ~t, partition_indexes: [0]}], require_stable: " IS_STABLE  \
    "}"

static void tell_offsets(struct conformance *c, const char *label)
{
    outcome(c, "%s:", label);
    ask_outcome(c, "stable", 1, STABLE("true"), "partitions[0].error_code");
    ask_outcome(c, "at", 1, STABLE("true"), "committed_offset");
    ask_outcome(c, "any", 1, STABLE("false"), "committed_offset");
}

/* A committed offset of 1, then one of 5 in a transaction that ends like this. */
static void end_with_offsets(struct conformance *c, bool is_commit)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL), *consumer = client_consumer(c, group, NULL);
    outcome(c, "plain %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 1)));
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, "record");
    transact_offset(c, "offset", producer, NULL, group, topic, 5);
    tell_offsets(c, "pending");
    if (is_commit)
        transact_commit(c, "commit", producer);
    else
        transact_abort(c, "abort", producer);
    transact_await_state(c, "x", is_commit ? "CompleteCommit" : "CompleteAbort");
    tell_offsets(c, "then");
    client_outcome_committed(c, "committed", group, topic, 0);
    client_outcome_log(c, "log", topic, 0, 0);
    client_close(consumer);
    rd_kafka_destroy(producer);
}

CASE(offsets_count_once_their_transaction_is_committed)
{
    end_with_offsets(c, true);
}

CASE(offsets_of_an_aborted_transaction_never_count)
{
    end_with_offsets(c, false);
}

CASE(offsets_of_a_transaction_that_times_out_never_count)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", "transaction.timeout.ms", "1500", NULL);
    transact_begin(c, producer);
    transact_offset(c, "offset", producer, NULL, group, topic, 5);
    tell_offsets(c, "pending");
    case_let_pass(c, TIMED_OUT_MS);
    transact_await_state(c, "x", "CompleteAbort");
    tell_offsets(c, "then");
    transact_commit(c, "commit", producer);
    rd_kafka_destroy(producer);
}

CASE(offsets_of_a_fenced_producer_never_count)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *old = transact_producer(c, "x", NULL), *new;
    transact_begin(c, old);
    transact_offset(c, "old", old, NULL, group, topic, 5);
    new = transact_producer(c, "x", NULL);
    tell_offsets(c, "fenced");
    transact_begin(c, new);
    transact_offset(c, "new", new, NULL, group, topic, 3);
    transact_offset(c, "old again", old, NULL, group, topic, 7);
    transact_commit(c, "commit", new);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_committed(c, "committed", group, topic, 0);
    rd_kafka_destroy(new);
    rd_kafka_destroy(old);
}

/* A plain commit does not wait for a pending one, and the pending one wins when it comes. */
CASE(a_plain_commit_beside_a_pending_one_counts_at_once)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL), *consumer = client_consumer(c, group, NULL);
    transact_begin(c, producer);
    transact_offset(c, "offset", producer, NULL, group, topic, 5);
    outcome(c, "plain %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 9)));
    tell_offsets(c, "pending");
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    tell_offsets(c, "then");
    client_close(consumer);
    rd_kafka_destroy(producer);
}

CASE(a_member_commits_its_offsets_in_a_transaction)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    struct client_member a, *const members[] = {&a};
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(members, 1, 1);
    transact_begin(c, producer);
    transact_offset(c, "offset", producer, a.consumer, group, topic, 5);
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_committed(c, "committed", group, topic, 0);
    client_member_leave(&a);
    rd_kafka_destroy(producer);
}

/* What is taken of one that the group has not, while it has members: a commit without a member's name. */
CASE(a_transaction_commits_offsets_without_a_member_of_a_group_that_has_some)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    struct client_member a, *const members[] = {&a};
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(members, 1, 1);
    transact_begin(c, producer);
    transact_offset(c, "nobody's", producer, NULL, group, topic, 5);
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_committed(c, "committed", group, topic, 0);
    client_member_leave(&a);
    rd_kafka_destroy(producer);
}

/* Offsets in the name of a generation that is over: by a member that does not know yet. */
CASE(offsets_of_the_generation_before_are_refused_in_a_transaction)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    struct client_member a, b, *const first[] = {&a}, *const both[] = {&a, &b};
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(first, 1, 2);
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(a.consumer);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 5);
    client_member_join(c, &b, "b", group, topic, NULL);
    client_members_await(both, 2, 1);
    transact_begin(c, producer);
    transact_tell(c, "of before", rd_kafka_send_offsets_to_transaction(producer, list, metadata, 30000));
    transact_commit(c, "commit", producer);
    transact_abort(c, "abort", producer);
    client_members_poll(both, 2, 200);
    transact_begin(c, producer);
    transact_offset(c, "of now", producer, a.consumer, group, topic, 6);
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_committed(c, "committed", group, topic, 0);
    rd_kafka_consumer_group_metadata_destroy(metadata);
    rd_kafka_topic_partition_list_destroy(list);
    client_member_leave(&b);
    client_member_leave(&a);
    rd_kafka_destroy(producer);
}

CASE(offsets_of_a_member_that_left_are_refused_in_a_transaction)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    struct client_member a, b, *const first[] = {&a}, *const second[] = {&b};
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(first, 1, 2);
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(a.consumer);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 5);
    client_member_leave(&a);
    client_member_join(c, &b, "b", group, topic, NULL);
    client_members_await(second, 1, 2);
    transact_begin(c, producer);
    transact_tell(c, "left", rd_kafka_send_offsets_to_transaction(producer, list, metadata, 30000));
    transact_abort(c, "abort", producer);
    client_outcome_committed(c, "committed", group, topic, 0);
    rd_kafka_consumer_group_metadata_destroy(metadata);
    rd_kafka_topic_partition_list_destroy(list);
    client_member_leave(&b);
    rd_kafka_destroy(producer);
}

CASE(offsets_of_a_static_member_with_a_successor_are_refused_in_a_transaction)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    struct client_member a, b, *const first[] = {&a}, *const second[] = {&b};
    client_member_join(c, &a, "a", group, topic, "group.instance.id", "i", NULL);
    client_members_await(first, 1, 1);
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(a.consumer);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 5);
    client_member_leave(&a);
    client_member_join(c, &b, "b", group, topic, "group.instance.id", "i", NULL);
    client_members_await(second, 1, 1);
    transact_begin(c, producer);
    transact_tell(c, "replaced", rd_kafka_send_offsets_to_transaction(producer, list, metadata, 30000));
    transact_abort(c, "abort", producer);
    transact_begin(c, producer);
    transact_offset(c, "successor", producer, b.consumer, group, topic, 6);
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    client_outcome_committed(c, "committed", group, topic, 0);
    rd_kafka_consumer_group_metadata_destroy(metadata);
    rd_kafka_topic_partition_list_destroy(list);
    client_member_leave(&b);
    rd_kafka_destroy(producer);
}

/* librdkafka asks for stable offsets where it reads committed records: it waits. */
CASE(a_reader_of_committed_records_waits_for_pending_offsets)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL), *consumer = client_consumer(c, group, NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, RD_KAFKA_OFFSET_INVALID);
    transact_begin(c, producer);
    transact_offset(c, "offset", producer, NULL, group, topic, 5);
    outcome(c, "while pending %s", rd_kafka_err2name(rd_kafka_committed(consumer, list, 1000)));
    transact_commit(c, "commit", producer);
    client_outcome_committed(c, "then", group, topic, 0);
    rd_kafka_topic_partition_list_destroy(list);
    client_close(consumer);
    rd_kafka_destroy(producer);
}

/* A marker for offsets of a group that is gone brings neither back. */
CASE(pending_offsets_of_a_deleted_group_are_gone)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL), *consumer = client_consumer(c, group, NULL);
    outcome(c, "plain %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 1)));
    client_close(consumer);
    transact_begin(c, producer);
    transact_offset(c, "offset", producer, NULL, group, topic, 5);
    ask_outcome(c, "delete", 1, "DeleteGroups 1 {groups_names: [~g]}", "error_code");
    tell_offsets(c, "deleted");
    transact_commit(c, "commit", producer);
    transact_await_state(c, "x", "CompleteCommit");
    tell_offsets(c, "then");
    rd_kafka_destroy(producer);
}

static void strike(struct conformance *c, const char *command)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *producer = transact_producer(c, "x", NULL);
    transact_once(c, producer, topic, "before", true);
    transact_await_state(c, "x", "CompleteCommit");
    if (case_control(c, "%s", command)) {
        transact_begin(c, producer);
        transact_offset(c, "offset", producer, NULL, group, topic, 5);
        transact_commit(c, "commit", producer);
        transact_await_state(c, "x", "CompleteCommit");
        client_outcome_committed(c, "committed", group, topic, 0);
    }
    rd_kafka_destroy(producer);
}

CASE(a_lost_answer_to_AddOffsetsToTxn_is_asked_for_again)
{
    strike(c, "drop AddOffsetsToTxn response");
}

CASE(a_lost_answer_to_TxnOffsetCommit_is_asked_for_again)
{
    strike(c, "drop TxnOffsetCommit response");
}

CASE(a_lost_TxnOffsetCommit_is_sent_again)
{
    strike(c, "drop TxnOffsetCommit request");
}

const struct conformance_case transaction_offsets_cases[] = {
    CASE_ENTRY(offsets_count_once_their_transaction_is_committed),
    CASE_ENTRY(offsets_of_an_aborted_transaction_never_count),
    CASE_ENTRY(offsets_of_a_transaction_that_times_out_never_count),
    CASE_ENTRY(offsets_of_a_fenced_producer_never_count),
    CASE_ENTRY(a_plain_commit_beside_a_pending_one_counts_at_once),
    CASE_ENTRY(a_member_commits_its_offsets_in_a_transaction),
    CASE_ENTRY(a_transaction_commits_offsets_without_a_member_of_a_group_that_has_some),
    CASE_ENTRY(offsets_of_the_generation_before_are_refused_in_a_transaction),
    CASE_ENTRY(offsets_of_a_member_that_left_are_refused_in_a_transaction),
    CASE_ENTRY(offsets_of_a_static_member_with_a_successor_are_refused_in_a_transaction),
    CASE_ENTRY(a_reader_of_committed_records_waits_for_pending_offsets),
    CASE_ENTRY(pending_offsets_of_a_deleted_group_are_gone),
    CASE_ENTRY(a_lost_answer_to_AddOffsetsToTxn_is_asked_for_again),
    CASE_ENTRY(a_lost_answer_to_TxnOffsetCommit_is_asked_for_again),
    CASE_ENTRY(a_lost_TxnOffsetCommit_is_sent_again),
    CASE_END,
};
