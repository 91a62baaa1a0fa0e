/* SPDX-License-Identifier: Apache-2.0 */
/* EndTxn and its markers: sim/kafka/transaction_end.c, transaction_marker.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include "tests/unit/kafka_transaction_scene.h"

static const char *const slow_markers[] = {"millrace.marker.max.ms=1000", NULL};

static int16_t ends(struct kafka_fixture *fixture, const struct kafka_party *party, bool is_commit)
{
    return kafka_transaction_scene_ends(fixture, party, is_commit);
}

static int last_mark(const struct kafka_fixture *fixture, const char *topic, int32_t index)
{
    return kafka_transaction_scene_marks(fixture, topic, index).last;
}

/* "x" with an open transaction. */
static struct kafka_party begin(struct kafka_fixture *fixture, const char *places)
{
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    cr_assert(eq(i16, kafka_transaction_scene_adds(fixture, &producer, places), 0));
    return producer;
}

Test(kafka_transaction_end, a_marker_is_written_into_each_partition_and_nowhere_else)
{
    for (int commits = 0; commits < 2; commits++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
        struct kafka_party producer = begin(fixture, "t:0,t:2,u:0");
        cr_expect(eq(i16, ends(fixture, &producer, commits), 0));
        cr_expect(kafka_transaction_scene_is(fixture, commits ? "CompleteCommit" : "CompleteAbort"));
        cr_expect(eq(int, last_mark(fixture, "t", 0), commits));
        cr_expect(eq(int, last_mark(fixture, "t", 1), -1));
        cr_expect(eq(int, last_mark(fixture, "t", 2), commits));
        cr_expect(eq(int, last_mark(fixture, "u", 0), commits));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_end, a_marker_says_whose_it_is_and_who_coordinates)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    kafka_transaction_scene_move(fixture, 2);
    kafka_transaction_scene_move(fixture, 1);
    struct kafka_party producer = begin(fixture, "t:0");
    ends(fixture, &producer, true);
    struct kafka_marks marks = kafka_transaction_scene_marks(fixture, "t", 0);
    cr_expect(eq(int, marks.count, 1));
    cr_expect(eq(i64, marks.producer_id, producer.producer_id));
    cr_expect(eq(i16, marks.epoch, producer.epoch));
    cr_expect(eq(i32, marks.coordinator_epoch, 2));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, is_answered_before_the_markers_are_there)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, slow_markers);
    struct kafka_party producer = begin(fixture, "t:0,t:1,t:2,u:0");
    cr_expect(eq(i16, ends(fixture, &producer, true), 0));
    cr_expect(kafka_transaction_scene_is(fixture, "PrepareCommit"));
    cr_expect(eq(int, last_mark(fixture, "t", 0), -1));
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(int, last_mark(fixture, "t", 0), 1));
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteCommit"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, some_partitions_have_their_marker_when_others_do_not)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, slow_markers);
    struct kafka_party producer = begin(fixture, "t:0,t:1,t:2,u:0");
    int between = 0;
    ends(fixture, &producer, true);
    for (int ms = 0; ms < 1000; ms++) {
        int count = 0;
        for (int i = 0; i < 3; i++)
            count += last_mark(fixture, "t", i) == 1;
        count += last_mark(fixture, "u", 0) == 1;
        const struct wire_describe_transactions_response_transaction_state *state =
            kafka_transaction_scene_describe(fixture, 1, "x");
        int missing = 0;
        for (int32_t i = 0; i < state->topics.count; i++)
            missing += state->topics.items[i].partitions.count;
        cr_assert(eq(int, count + missing, 4));
        between += count > 0 && missing > 0;
        kafka_fixture_advance_ms(fixture, 1);
    }
    cr_expect(ge(int, between, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, the_answer_waits_until_the_record_is_replicated)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    int token = kafka_transaction_scene_end(fixture, &producer, true);
    cr_expect(eq(i16, kafka_transaction_scene_ended(fixture, token), NO_ANSWER));
    cr_expect(eq(int, last_mark(fixture, "t", 0), -1), "no marker before it is decided");
    kafka_fixture_advance_ms(fixture, 9000);
    cr_expect(eq(i16, kafka_transaction_scene_ended(fixture, token), 0));
    cr_expect(eq(int, last_mark(fixture, "t", 0), 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, again_is_fine_and_the_opposite_is_not)
{
    for (int commits = 0; commits < 2; commits++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
        struct kafka_party producer = begin(fixture, "t:0");
        ends(fixture, &producer, commits);
        cr_expect(eq(i16, ends(fixture, &producer, commits), 0));
        cr_expect(eq(i16, ends(fixture, &producer, !commits), KAFKA_INVALID_TXN_STATE));
        cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 0).count, 1));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_end, of_nothing_is_an_invalid_state)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    cr_expect(eq(i16, ends(fixture, &producer, true), KAFKA_INVALID_TXN_STATE));
    cr_expect(eq(i16, ends(fixture, &producer, false), KAFKA_INVALID_TXN_STATE));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, while_it_ends_has_to_wait)
{
    for (int commits = 0; commits < 2; commits++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, slow_markers);
        struct kafka_party producer = begin(fixture, "t:0");
        ends(fixture, &producer, commits);
        cr_expect(eq(i16, ends(fixture, &producer, commits), KAFKA_CONCURRENT_TRANSACTIONS));
        cr_expect(eq(i16, ends(fixture, &producer, !commits), KAFKA_CONCURRENT_TRANSACTIONS));
        kafka_fixture_advance_ms(fixture, 1000);
        cr_expect(eq(i16, ends(fixture, &producer, commits), 0));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_end, whoever_is_not_the_producer_is_told_why)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = begin(fixture, "t:0"), other = producer;
    other.epoch--;
    cr_expect(eq(i16, ends(fixture, &other, true), KAFKA_PRODUCER_FENCED));
    other.epoch += 2;
    cr_expect(eq(i16, ends(fixture, &other, true), KAFKA_PRODUCER_FENCED));
    other.version = 1;
    cr_expect(eq(i16, ends(fixture, &other, true), KAFKA_INVALID_PRODUCER_EPOCH));
    other = producer;
    other.producer_id++;
    cr_expect(eq(i16, ends(fixture, &other, true), KAFKA_INVALID_PRODUCER_ID_MAPPING));
    other.id = "y";
    cr_expect(eq(i16, ends(fixture, &other, true), KAFKA_INVALID_PRODUCER_ID_MAPPING));
    other.id = "";
    cr_expect(eq(i16, ends(fixture, &other, true), KAFKA_INVALID_REQUEST));
    cr_expect(kafka_transaction_scene_is(fixture, "Ongoing"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, a_request_of_version_5_bumps_no_epoch)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    producer.version = 5;
    int token = kafka_transaction_scene_end(fixture, &producer, true);
    const struct wire_end_txn_response *response = kafka_fixture_answer(fixture, token);
    cr_expect(eq(i16, response->error_code, 0));
    cr_expect(eq(i64, response->producer_id, producer.producer_id));
    cr_expect(eq(i16, response->producer_epoch, producer.epoch));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, too_few_replicas_of_the_log_leave_it_ongoing)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_transaction_scene_require(fixture, "__transaction_state", "2");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    cr_expect(eq(i16, ends(fixture, &producer, true), KAFKA_COORDINATOR_NOT_AVAILABLE));
    cr_expect(kafka_transaction_scene_is(fixture, "Ongoing"));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(i16, ends(fixture, &producer, true), 0));
    kafka_fixture_free(fixture);
}

/* ---- markers that cannot be written ---- */

Test(kafka_transaction_end, a_marker_is_sent_again_until_enough_replicas_are_in_sync)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    struct kafka_party producer = begin(fixture, "t:0,u:0");
    kafka_transaction_scene_require(fixture, "t", "2");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    cr_expect(eq(i16, ends(fixture, &producer, true), 0));
    kafka_fixture_advance_ms(fixture, 5000);
    cr_expect(eq(int, last_mark(fixture, "u", 0), 1));
    cr_expect(eq(int, last_mark(fixture, "t", 0), -1));
    cr_expect(kafka_transaction_scene_is(fixture, "PrepareCommit"));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(int, last_mark(fixture, "t", 0), 1));
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteCommit"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, a_marker_waits_for_a_leader)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    struct kafka_assignment alone = {.brokers = {2}, .count = 1};
    kafka_topic_new(fixture->cluster, kafka_fixture_string("w"), &alone, 1);
    struct kafka_party producer = begin(fixture, "w:0");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    cr_expect(eq(i16, ends(fixture, &producer, false), 0));
    kafka_fixture_advance_ms(fixture, 20000);
    cr_expect(kafka_transaction_scene_is(fixture, "PrepareAbort"));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(int, last_mark(fixture, "w", 0), 0));
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteAbort"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, a_marker_counts_when_it_is_replicated)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new_alone("4.3", 3, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    cr_expect(eq(i16, ends(fixture, &producer, true), 0));
    cr_expect(eq(int, last_mark(fixture, "t", 0), 1));
    cr_expect(kafka_transaction_scene_is(fixture, "PrepareCommit"));
    kafka_fixture_advance_ms(fixture, 9000);
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteCommit"));
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 0).count, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, a_marker_that_is_lost_with_its_leader_is_written_again_by_the_next)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new_alone("4.3", 3, NULL);
    struct kafka_partition *partition = kafka_transaction_scene_partition(fixture, "t", 1);
    struct kafka_party producer = begin(fixture, "t:1"); /* which broker 2 leads */
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    ends(fixture, &producer, true);
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 1).count, 1));
    kafka_log_truncate(&kafka_partition_replica(partition, 1)->log, 0);
    kafka_broker_elect(kafka_broker_of(fixture->cluster, 1), partition);
    cr_expect(eq(int, last_mark(fixture, "t", 1), -1));
    kafka_fixture_advance_ms(fixture, 10000);
    cr_expect(eq(int, last_mark(fixture, "t", 1), 1));
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteCommit"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, a_partition_that_is_gone_needs_no_marker)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, slow_markers);
    struct kafka_party producer = begin(fixture, "t:0,u:0");
    ends(fixture, &producer, true);
    kafka_transaction_scene_delete(fixture, "u");
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteCommit"));
    cr_expect(eq(int, last_mark(fixture, "t", 0), 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, a_topic_may_go_while_its_marker_is_on_its_way_to_the_replicas)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new_alone("4.3", 3, NULL);
    struct kafka_party producer = begin(fixture, "u:0");
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    ends(fixture, &producer, true);
    cr_expect(kafka_transaction_scene_is(fixture, "PrepareCommit"));
    kafka_transaction_scene_delete(fixture, "u");
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteCommit"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, with_the_log_go_all_transactions_and_who_waits_is_told)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    int token = kafka_transaction_scene_end(fixture, &producer, true);
    kafka_transaction_scene_delete(fixture, "__transaction_state");
    cr_expect(eq(i16, kafka_transaction_scene_ended(fixture, token), KAFKA_NOT_COORDINATOR));
    cr_expect(eq(i16, ends(fixture, &producer, true), KAFKA_NOT_COORDINATOR));
    kafka_fixture_advance_ms(fixture, 60000);
    kafka_fixture_free(fixture);
}

/* ---- WriteTxnMarkers ---- */

/* The errors of "t" 0, 1 and 3, asked of broker 1. */
static int mark_outside(struct kafka_fixture *fixture, const struct kafka_party *producer)
{
    int32_t partitions[] = {0, 1, 3};
    struct wire_write_txn_markers_request_writable_txn_marker_topic topic = {
        .name = kafka_fixture_string("t"), .partition_indexes = {partitions, 3}};
    struct wire_write_txn_markers_request_writable_txn_marker marker = {
        .producer_id = producer->producer_id, .producer_epoch = producer->epoch, .coordinator_epoch = 7};
    struct wire_write_txn_markers_request body;
    KAFKA_FIXTURE_BODY(write_txn_markers, body);
    KAFKA_FIXTURE_ONE(marker.topics, topic);
    KAFKA_FIXTURE_ONE(body.markers, marker);
    return kafka_fixture_send(fixture, 1, 27, 1, &body);
}

Test(kafka_transaction_end, an_administrator_writes_markers_to_leaders_only)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    int token = mark_outside(fixture, &producer);
    const struct wire_write_txn_markers_response *response = kafka_fixture_answer(fixture, token);
    cr_assert(response != NULL);
    cr_assert(eq(i32, response->markers.items[0].topics.items[0].partitions.count, 3));
    static const int16_t expected[] = {0, KAFKA_NOT_LEADER_OR_FOLLOWER, KAFKA_UNKNOWN_TOPIC_OR_PARTITION};
    for (int i = 0; i < 3; i++)
        cr_expect(
            eq(i16, response->markers.items[0].topics.items[0].partitions.items[i].error_code, expected[i]));
    struct kafka_marks marks = kafka_transaction_scene_marks(fixture, "t", 0);
    cr_expect(eq(int, marks.last, 0));
    cr_expect(eq(i32, marks.coordinator_epoch, 7));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, a_coordinator_that_a_partition_takes_for_old_gives_up)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = begin(fixture, "t:0,u:0");
    mark_outside(fixture, &producer); /* of coordinator epoch 7 */
    cr_expect(eq(i16, ends(fixture, &producer, true), 0));
    kafka_fixture_advance_ms(fixture, 10000);
    cr_expect(eq(int, last_mark(fixture, "t", 0), 0), "t 0 was aborted from outside");
    cr_expect(kafka_transaction_scene_is(fixture, "PrepareCommit"));
    cr_expect(eq(i16, ends(fixture, &producer, true), KAFKA_CONCURRENT_TRANSACTIONS));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_end, an_administrator_waits_for_the_replicas)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new_alone("4.3", 3, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    int token = mark_outside(fixture, &producer);
    cr_expect(kafka_fixture_answer(fixture, token) == NULL);
    kafka_fixture_advance_ms(fixture, 9000);
    cr_expect(kafka_fixture_answer(fixture, token) != NULL);
    kafka_fixture_free(fixture);
}

/* ---- what is told ---- */

static char told[256];

static void on_note(void *context, const struct kafka_note *note)
{
    (void)context;
    if (note->kind == KAFKA_NOTE_TRANSACTION)
        snprintf(told + strlen(told), sizeof told - strlen(told), "%s/%d ", note->state,
                 note->producer_epoch);
}

Test(kafka_transaction_end, each_state_that_is_written_is_told)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    told[0] = '\0';
    fixture->cluster->seam.on_note = on_note;
    struct kafka_party producer = begin(fixture, "t:0");
    ends(fixture, &producer, true);
    kafka_transaction_scene_adds(fixture, &producer, "t:1");
    kafka_transaction_scene_init(fixture, &(struct kafka_init){0});
    cr_expect(
        eq(str, told,
           "Empty/0 Ongoing/0 PrepareCommit/0 CompleteCommit/0 Ongoing/0 PrepareAbort/1 CompleteAbort/1 "));
    kafka_fixture_free(fixture);
}
