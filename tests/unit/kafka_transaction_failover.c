/* SPDX-License-Identifier: Apache-2.0 */
/* The coordinator of a transaction is replaced, at each point of its life: sim/kafka/transaction.c, transaction_log.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_transaction_scene.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/transaction.h"

static const char *const slow_markers[] = {"millrace.marker.max.ms=1000", NULL};

static struct kafka_party begin(struct kafka_fixture *fixture, const char *places)
{
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    cr_assert(eq(i16, kafka_transaction_scene_adds(fixture, &producer, places), 0));
    return producer;
}

static bool is_at(struct kafka_fixture *fixture, int32_t broker, const char *state)
{
    return kafka_fixture_says(kafka_transaction_scene_describe(fixture, broker, "x")->transaction_state,
                              state);
}

static struct kafka_inited init_at(struct kafka_fixture *fixture, int32_t broker,
                                   const struct kafka_party *as)
{
    return kafka_transaction_scene_inited(
        fixture, kafka_transaction_scene_init(fixture, &(struct kafka_init){.broker = broker, .as = as}));
}

static struct kafka_partition *log_of(const struct kafka_fixture *fixture)
{
    return kafka_transaction_scene_partition(fixture, "__transaction_state", 0);
}

Test(kafka_transaction_failover, an_open_transaction_goes_on_at_the_new_coordinator)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    kafka_fixture_advance_ms(fixture, 1234);
    struct kafka_party producer = begin(fixture, "t:0,u:0");
    kafka_transaction_scene_move(fixture, 2);
    cr_expect(eq(i16, kafka_transaction_scene_adds(fixture, &producer, "t:1"), KAFKA_NOT_COORDINATOR));
    const struct wire_describe_transactions_response_transaction_state *state =
        kafka_transaction_scene_describe(fixture, 2, "x");
    cr_expect(kafka_fixture_says(state->transaction_state, "Ongoing"));
    cr_expect(eq(i64, state->producer_id, producer.producer_id));
    cr_expect(eq(i32, state->transaction_timeout_ms, 60000));
    cr_expect(eq(i64, state->transaction_start_time_ms, 1000001234));
    cr_expect(eq(i32, state->topics.count, 2));
    producer.broker = 2;
    cr_expect(eq(i16, kafka_transaction_scene_adds(fixture, &producer, "t:1"), 0));
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), 0));
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "u", 0).last, 1));
    cr_expect(eq(i32, kafka_transaction_scene_marks(fixture, "u", 0).coordinator_epoch, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, a_producer_keeps_its_epoch_and_the_next_one_its_turn)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    init_at(fixture, 1, NULL);
    struct kafka_inited before = init_at(fixture, 1, NULL);
    kafka_transaction_scene_move(fixture, 2);
    struct kafka_inited after = init_at(fixture, 2, NULL);
    cr_expect(eq(i64, after.producer_id, before.producer_id));
    cr_expect(eq(i16, after.epoch, before.epoch + 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, the_last_epoch_is_not_in_the_log_so_trying_again_is_fenced)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    init_at(fixture, 1, &producer);
    kafka_transaction_scene_move(fixture, 2);
    cr_expect(eq(i16, init_at(fixture, 2, &producer).error, KAFKA_PRODUCER_FENCED));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, between_the_decision_and_the_markers_the_new_coordinator_sends_them)
{
    for (int commits = 0; commits < 2; commits++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, slow_markers);
        struct kafka_party producer = begin(fixture, "t:0,t:1,u:0");
        kafka_transaction_scene_ends(fixture, &producer, commits);
        kafka_transaction_scene_move(fixture, 2);
        cr_expect(is_at(fixture, 2, commits ? "PrepareCommit" : "PrepareAbort"));
        producer.broker = 2;
        cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, commits),
                     KAFKA_CONCURRENT_TRANSACTIONS));
        kafka_fixture_advance_ms(fixture, 1000);
        cr_expect(is_at(fixture, 2, commits ? "CompleteCommit" : "CompleteAbort"));
        for (int i = 0; i < 2; i++) {
            struct kafka_marks marks = kafka_transaction_scene_marks(fixture, "t", i);
            cr_expect(eq(int, marks.last, commits));
            cr_expect(eq(i32, marks.coordinator_epoch, 1), "of the new coordinator");
        }
        cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, commits), 0));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_failover,
     a_marker_under_way_arrives_from_a_coordinator_of_before_but_not_behind_its_successors)
{
    int of_before = 0;
    for (int turn = 0; turn < 8; turn++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, slow_markers);
        struct kafka_party producer = begin(fixture, "t:0,t:1,t:2");
        for (int i = 0; i < turn; i++) { /* so that other delays are drawn */
            kafka_transaction_scene_ends(fixture, &producer, true);
            kafka_fixture_advance_ms(fixture, 1000);
            kafka_transaction_scene_adds(fixture, &producer, "t:0,t:1,t:2");
        }
        kafka_transaction_scene_ends(fixture, &producer, true);
        kafka_transaction_scene_move(fixture, 2);
        struct kafka_marks before[3];
        for (int i = 0; i < 3; i++)
            before[i] = kafka_transaction_scene_marks(fixture, "t", i);
        for (int ms = 0; ms < 1000; ms += 10) {
            kafka_fixture_advance_ms(fixture, 10);
            for (int i = 0; i < 3; i++) {
                struct kafka_marks marks = kafka_transaction_scene_marks(fixture, "t", i);
                bool is_new = marks.count > before[i].count;
                bool is_later = marks.coordinator_epoch >= before[i].coordinator_epoch;
                cr_expect(is_later || !is_new);
                of_before += is_new && marks.coordinator_epoch == 0;
                before[i] = marks;
            }
        }
        cr_expect(is_at(fixture, 2, "CompleteCommit"));
        kafka_fixture_free(fixture);
    }
    cr_expect(of_before > 0);
}

Test(kafka_transaction_failover, at_any_moment_of_the_markers_all_get_theirs_and_alike)
{
    int with_some = 0;
    for (int ms = 0; ms < 1000; ms += 50) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, slow_markers);
        struct kafka_party producer = begin(fixture, "t:0,t:1,t:2,u:0");
        kafka_transaction_scene_ends(fixture, &producer, true);
        kafka_fixture_advance_ms(fixture, ms);
        int count = 0;
        for (int i = 0; i < 3; i++)
            count += kafka_transaction_scene_marks(fixture, "t", i).count;
        with_some += count > 0 && is_at(fixture, 1, "PrepareCommit");
        kafka_transaction_scene_move(fixture, 2);
        kafka_fixture_advance_ms(fixture, 1000);
        cr_expect(is_at(fixture, 2, "CompleteCommit"), "moved after %d ms", ms);
        for (int i = 0; i < 3; i++)
            cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", i).last, 1));
        cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "u", 0).last, 1));
        kafka_fixture_free(fixture);
    }
    cr_expect(ge(int, with_some, 1));
}

Test(kafka_transaction_failover, a_crash_between_the_markers_and_the_completion_repeats_the_markers)
{
    static const char *const settings[] = {"millrace.marker.max.ms=1000", "broker.session.timeout.ms=200000",
                                           NULL};
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, settings);
    struct kafka_party producer = begin(fixture, "u:0");
    kafka_transaction_scene_ends(fixture, &producer, true);
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3)); /* so nothing is replicated any more */
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "u", 0).count, 1));
    cr_expect(is_at(fixture, 1, "PrepareCommit"), "the marker is not replicated, and so not completed");
    kafka_transaction_scene_move(fixture, 2);
    kafka_fixture_advance_ms(fixture, 100000); /* those in sync are fewer now */
    cr_expect(is_at(fixture, 2, "CompleteCommit"));
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "u", 0).count, 2));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, a_completion_that_cannot_be_written_is_tried_again)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, slow_markers);
    struct kafka_party producer = begin(fixture, "u:0");
    kafka_transaction_scene_ends(fixture, &producer, false);
    kafka_transaction_scene_require(fixture, "__transaction_state", "2");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 5000);
    cr_expect(is_at(fixture, 1, "PrepareAbort"));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(is_at(fixture, 1, "CompleteAbort"));
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "u", 0).count, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, a_complete_transaction_stays_complete)
{
    for (int commits = 0; commits < 2; commits++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
        struct kafka_party producer = begin(fixture, "t:0");
        kafka_transaction_scene_ends(fixture, &producer, commits);
        kafka_transaction_scene_move(fixture, 2);
        kafka_fixture_advance_ms(fixture, 1000);
        producer.broker = 2;
        cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, commits), 0));
        cr_expect(
            eq(i16, kafka_transaction_scene_ends(fixture, &producer, !commits), KAFKA_INVALID_TXN_STATE));
        cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 0).count, 1));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_failover, whoever_waits_for_replicas_is_told_and_the_log_decides)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    int end = kafka_transaction_scene_end(fixture, &producer, true);
    kafka_transaction_scene_move(fixture, 2);
    cr_expect(eq(i16, kafka_transaction_scene_ended(fixture, end), KAFKA_NOT_COORDINATOR));
    kafka_fixture_advance_ms(fixture, 20000);
    cr_expect(is_at(fixture, 2, "CompleteCommit"), "broker 2 had the record");
    kafka_fixture_free(fixture);
}

/* As a coordinator whose last record reached nobody. */
static void forget_last_record(struct kafka_replica *replica)
{
    const struct kafka_log *log = &replica->log;
    kafka_log_truncate(&replica->log, kafka_log_entry(log, log->count - 1)->base_offset);
}

Test(kafka_transaction_failover, a_decision_that_reached_no_replica_was_none)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    int end = kafka_transaction_scene_end(fixture, &producer, true);
    forget_last_record(kafka_partition_replica(log_of(fixture), 2));
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 1));
    kafka_fixture_advance_ms(fixture, 20000);
    cr_assert(eq(i32, log_of(fixture)->leader, 2));
    cr_expect(eq(i16, kafka_transaction_scene_ended(fixture, end), KAFKA_NOT_COORDINATOR));
    cr_expect(is_at(fixture, 2, "Ongoing"));
    producer.broker = 2;
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, false), 0), "so it can be aborted");
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 0).last, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, a_dead_coordinator_does_nothing_until_it_is_replaced)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, slow_markers);
    struct kafka_party producer = begin(fixture, "t:1"); /* which broker 2 leads */
    kafka_transaction_scene_ends(fixture, &producer, true);
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 1));
    kafka_fixture_advance_ms(fixture, 5000);
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 1).count, 0));
    kafka_fixture_advance_ms(fixture, 10000);
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 1).last, 1));
    cr_expect(is_at(fixture, 2, "CompleteCommit"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, a_coordinator_that_starts_again_reads_its_own_log)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, slow_markers);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_transaction_scene_ends(fixture, &producer, true);
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 1));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 1));
    kafka_fixture_advance_ms(fixture, 2000);
    cr_expect(is_at(fixture, 1, "CompleteCommit"));
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 0).last, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, nobody_coordinates_while_nobody_leads)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new_alone("4.3", 2, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 1));
    producer.broker = 2;
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), KAFKA_NOT_COORDINATOR));
    kafka_fixture_advance_ms(fixture, 120000);
    kafka_broker_start(kafka_broker_of(fixture->cluster, 1));
    kafka_fixture_advance_ms(fixture, 1000);
    producer.broker = 1;
    cr_expect(is_at(fixture, 1, "Ongoing"), "no sweep has found it yet");
    kafka_fixture_advance_ms(fixture, 11000);
    cr_expect(is_at(fixture, 1, "CompleteAbort"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, loading_takes_its_time_if_it_is_set)
{
    static const char *const settings[] = {"millrace.transaction.load.ms=500", NULL};
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, settings);
    kafka_fixture_advance_ms(fixture, 500);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_transaction_scene_move(fixture, 2);
    producer.broker = 2;
    const int16_t loading = KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
    cr_expect(eq(i16, init_at(fixture, 2, NULL).error, loading));
    cr_expect(eq(i16, kafka_transaction_scene_adds(fixture, &producer, "t:1"), loading));
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), loading));
    int token = kafka_transaction_scene_add_offsets(fixture, &producer, "g");
    cr_expect(eq(i16, kafka_transaction_scene_added_offsets(fixture, token), loading));
    cr_expect(eq(i16, kafka_transaction_scene_describe(fixture, 2, "x")->error_code, loading));
    kafka_fixture_advance_ms(fixture, 500);
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, a_leader_that_has_not_taken_on_its_partition_coordinates_nothing_yet)
{
    static const char *const settings[] = {"millrace.partition.start.max.ms=500",
                                           "millrace.marker.max.ms=100", NULL};
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, settings);
    int refused = 0;
    kafka_fixture_advance_ms(fixture, 1000);
    struct kafka_party producer = begin(fixture, "t:0,t:1");
    kafka_transaction_scene_ends(fixture, &producer, true);
    kafka_transaction_scene_move(fixture, 2);
    for (int ms = 0; ms < 700; ms += 10) {
        refused += kafka_transaction_scene_describe(fixture, 2, "x")->error_code == KAFKA_NOT_COORDINATOR;
        kafka_fixture_advance_ms(fixture, 10);
    }
    cr_expect(ge(int, refused, 1));
    cr_expect(is_at(fixture, 2, "CompleteCommit"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, to_and_fro_while_it_loads_ends_well)
{
    static const char *const settings[] = {"millrace.transaction.load.ms=500", "millrace.marker.max.ms=300",
                                           NULL};
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, settings);
    kafka_fixture_advance_ms(fixture, 500);
    struct kafka_party producer = begin(fixture, "t:0,t:1");
    kafka_transaction_scene_ends(fixture, &producer, true);
    for (int i = 0; i < 7; i++) {
        kafka_transaction_scene_move(fixture, i % 2 ? 1 : 2);
        kafka_fixture_advance_ms(fixture, 100 * i);
    }
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(is_at(fixture, 2, "CompleteCommit"));
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 0).last, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover, a_compacted_log_says_the_same)
{
    static const char *const settings[] = {
        "transaction.state.log.num.partitions=1", "transaction.state.log.replication.factor=2",
        "transaction.state.log.min.isr=1", "transaction.state.log.segment.bytes=100000", NULL};
    struct kafka_fixture *fixture = kafka_fixture_new("3.9", 2, settings);
    kafka_fixture_topic(fixture, "t", 3);
    kafka_coordinator_create(fixture->cluster, kafka_fixture_string("__transaction_state"));
    kafka_transaction_scene_move(fixture, 1);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    struct kafka_party other = kafka_transaction_scene_producer(fixture, "y");
    kafka_transaction_scene_adds(fixture, &other, "t:1,t:2");
    const struct kafka_log *log = &kafka_partition_replica(log_of(fixture), 2)->log;
    size_t most = 0;
    for (int i = 0; i < 1500; i++) {
        kafka_transaction_scene_adds(fixture, &producer, "t:0");
        kafka_transaction_scene_ends(fixture, &producer, true);
        kafka_fixture_advance_ms(fixture, 1);
        most = log->count > most ? log->count : most;
    }
    kafka_fixture_advance_ms(fixture, 50000);
    cr_expect(lt(sz, log->count, most), "%zu of %zu batches are left", log->count, most);
    kafka_transaction_scene_move(fixture, 2);
    cr_expect(is_at(fixture, 2, "CompleteCommit"));
    const struct wire_describe_transactions_response_transaction_state *state =
        kafka_transaction_scene_describe(fixture, 2, "y");
    cr_expect(kafka_fixture_says(state->transaction_state, "Ongoing"));
    cr_expect(eq(i64, state->producer_id, other.producer_id));
    cr_expect(eq(i32, state->topics.items[0].partitions.count, 2));
    kafka_fixture_free(fixture);
}

/* ---- atomic, whatever happens when ---- */

struct fates {
    int answered, aborted, reopened, repeated;
};

/* Ends a transaction, and crashes its coordinator (which leads t 0 and u 0, too) after_ms later. */
static void strike(uint64_t seed, int after_ms, bool is_commit, struct fates *fates)
{
    static const char *const settings[] = {"millrace.marker.max.ms=20", "millrace.replica.fetch.max.ms=20",
                                           "millrace.partition.start.max.ms=20",
                                           "millrace.transaction.load.ms=5", NULL};
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, settings);
    fixture->random = seed;
    kafka_fixture_advance_ms(fixture, 1000);
    int init = kafka_transaction_scene_init(fixture, &(struct kafka_init){.timeout_ms = 30000});
    kafka_fixture_advance_ms(fixture, 1000);
    struct kafka_party producer = {.producer_id = kafka_transaction_scene_inited(fixture, init).producer_id};
    int add = kafka_transaction_scene_add(fixture, &producer, "t:0,t:1,t:2,u:0");
    kafka_fixture_advance_ms(fixture, 1000);
    cr_assert(eq(i16, kafka_transaction_scene_added(fixture, add, 0), 0));
    int end = kafka_transaction_scene_end(fixture, &producer, is_commit);
    kafka_fixture_advance_ms(fixture, after_ms);
    bool is_answered = kafka_transaction_scene_ended(fixture, end) == 0;
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 1));
    kafka_fixture_advance_ms(fixture, 60000); /* fenced, loaded, and beyond the transaction's timeout */
    int decided = kafka_transaction_scene_marks(fixture, "u", 0).last;
    cr_expect(is_at(fixture, log_of(fixture)->leader, decided == 1 ? "CompleteCommit" : "CompleteAbort"));
    if (is_answered)
        cr_expect(eq(int, decided, is_commit));
    int count = kafka_transaction_scene_marks(fixture, "u", 0).count;
    for (int i = 0; i < 3; i++) {
        struct kafka_marks marks = kafka_transaction_scene_marks(fixture, "t", i);
        cr_expect(eq(int, marks.last, decided), "seed %d, after %d ms: t %d", (int)seed, after_ms, i);
        count += marks.count;
    }
    fates->answered += is_answered;
    fates->aborted += decided == 0;
    fates->reopened += decided == 0 && is_commit;
    fates->repeated += count > 4;
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_failover,
     whenever_the_coordinator_crashes_all_partitions_end_alike_and_as_was_answered)
{
    struct fates fates = {0};
    int worlds = 0;
    for (uint64_t seed = 1; seed <= 25; seed++)
        for (int after_ms = 0; after_ms <= 80; after_ms += 4) {
            strike(seed, after_ms, true, &fates);
            worlds++;
        }
    cr_expect(ge(int, fates.answered, 1));
    cr_expect(lt(int, fates.answered, worlds));
    cr_expect(ge(int, fates.reopened, 1), "some decisions reached nobody: the timeout aborted");
    cr_expect(ge(int, fates.repeated, 1), "some markers were written twice");
}

Test(kafka_transaction_failover, an_isolated_coordinator_sends_no_markers_and_answers_no_brokers)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    struct kafka_party producer = begin(fixture, "t:1"); /* which broker 2 leads */
    const struct kafka_partition *partition = kafka_transaction_scene_partition(fixture, "t", 1);
    const struct wire_string id = kafka_fixture_string("x");
    cr_expect(eq(i16, kafka_transaction_verify(fixture->cluster, id, producer.producer_id, 0, partition), 0));
    kafka_broker_isolate(kafka_broker_of(fixture->cluster, 1), true);
    cr_expect(eq(i16, kafka_transaction_verify(fixture->cluster, id, producer.producer_id, 0, partition),
                 KAFKA_COORDINATOR_NOT_AVAILABLE));
    int end = kafka_transaction_scene_end(fixture, &producer, true);
    kafka_fixture_advance_ms(fixture, 8000);
    cr_expect(eq(i16, kafka_transaction_scene_ended(fixture, end), NO_ANSWER));
    kafka_fixture_advance_ms(fixture, 10000);
    cr_expect(eq(i16, kafka_transaction_scene_ended(fixture, end), KAFKA_NOT_COORDINATOR));
    cr_expect(is_at(fixture, 2, "Ongoing"), "what it wrote is its own");
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 1).count, 0));
    kafka_broker_isolate(kafka_broker_of(fixture->cluster, 1), false);
    kafka_fixture_advance_ms(fixture, 60000);
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 1).last, 0), "its time was over");
    kafka_fixture_free(fixture);
}
