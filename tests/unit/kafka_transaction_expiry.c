/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions that take too long, ids that nobody uses: sim/kafka/transaction_expiry.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_transaction_scene.h"
#include "sim/kafka/bug.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static struct kafka_party begin(struct kafka_fixture *fixture, const char *places)
{
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    cr_assert(eq(i16, kafka_transaction_scene_adds(fixture, &producer, places), 0));
    return producer;
}

static bool is_known(struct kafka_fixture *fixture, int32_t broker)
{
    int16_t error = kafka_transaction_scene_describe(fixture, broker, "x")->error_code;
    cr_assert(error == 0 || error == KAFKA_TRANSACTIONAL_ID_NOT_FOUND);
    return error == 0;
}

Test(kafka_transaction_expiry, a_transaction_beyond_its_timeout_is_aborted_by_the_next_sweep)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    begin(fixture, "t:0");
    kafka_fixture_advance_ms(fixture, 69999); /* at 60,000 it is not beyond; sweeps are 10 s apart */
    cr_expect(kafka_transaction_scene_is(fixture, "Ongoing"));
    kafka_fixture_advance_ms(fixture, 1);
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteAbort"));
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 0).last, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, a_timeout_fences_the_producer)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_fixture_advance_ms(fixture, 70000);
    cr_expect(eq(i16, kafka_transaction_scene_marks(fixture, "t", 0).epoch, producer.epoch + 1));
    cr_expect(eq(i16, kafka_transaction_scene_adds(fixture, &producer, "t:0"), KAFKA_PRODUCER_FENCED));
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), KAFKA_PRODUCER_FENCED));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, the_fenced_producer_can_not_come_back_by_its_own_epoch)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_fixture_advance_ms(fixture, 70000);
    int token = kafka_transaction_scene_init(fixture, &(struct kafka_init){.as = &producer});
    cr_expect(eq(i16, kafka_transaction_scene_inited(fixture, token).error, KAFKA_PRODUCER_FENCED));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, with_the_bug_a_timeout_fences_nobody)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    fixture->cluster->model.bugs = 1U << KAFKA_BUG_TIMEOUT_KEEPS_EPOCH;
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_fixture_advance_ms(fixture, 70000);
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 0).last, 0));
    cr_expect(eq(i16, kafka_transaction_scene_adds(fixture, &producer, "t:1"), 0));
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, adding_partitions_does_not_prolong_a_transaction)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_fixture_advance_ms(fixture, 50000);
    kafka_transaction_scene_adds(fixture, &producer, "t:1");
    kafka_fixture_advance_ms(fixture, 20000);
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteAbort"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, only_open_transactions_time_out)
{
    static const char *const settings[] = {"millrace.marker.max.ms=3600000", NULL};
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_transaction_scene_ends(fixture, &producer, true);
    kafka_fixture_advance_ms(fixture, 200000);
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteCommit"));
    kafka_fixture_free(fixture);
    fixture = kafka_transaction_scene_new("4.3", 1, settings);
    producer = begin(fixture, "t:0,t:1,t:2,u:0");
    kafka_transaction_scene_ends(fixture, &producer, true);
    kafka_fixture_advance_ms(fixture, 200000);
    cr_expect(kafka_transaction_scene_is(fixture, "PrepareCommit"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, a_transition_under_way_is_left_alone)
{
    static const char *const settings[] = {"broker.session.timeout.ms=100000", NULL};
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, settings);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_fixture_advance_ms(fixture, 59000);
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    int token = kafka_transaction_scene_end(fixture, &producer, true);
    kafka_fixture_advance_ms(fixture, 11000);
    cr_expect(eq(i16, kafka_transaction_scene_ended(fixture, token), NO_ANSWER));
    cr_expect(eq(i16, kafka_transaction_scene_describe(fixture, 1, "x")->producer_epoch, producer.epoch));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, a_timeout_that_cannot_be_written_bumps_the_epoch_once)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    struct kafka_party producer = begin(fixture, "t:0");
    kafka_transaction_scene_require(fixture, "__transaction_state", "2");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 200000);
    cr_expect(kafka_transaction_scene_is(fixture, "Ongoing"));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 11000);
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteAbort"));
    cr_expect(eq(i16, kafka_transaction_scene_marks(fixture, "t", 0).epoch, producer.epoch + 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, a_transactions_time_goes_on_at_its_next_coordinator)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    begin(fixture, "t:0");
    kafka_fixture_advance_ms(fixture, 50000);
    kafka_transaction_scene_move(fixture, 2);
    kafka_fixture_advance_ms(fixture, 21000);
    cr_expect(eq(int, kafka_transaction_scene_marks(fixture, "t", 0).last, 0));
    kafka_fixture_free(fixture);
}

/* ---- ids ---- */

Test(kafka_transaction_expiry, an_id_that_nobody_uses_is_forgotten_after_a_week)
{
    static const char *const names[] = {"Empty", "CompleteCommit", "CompleteAbort"};
    for (int i = 0; i < 3; i++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
        struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
        if (i) {
            kafka_transaction_scene_adds(fixture, &producer, "t:0");
            kafka_transaction_scene_ends(fixture, &producer, i == 1);
        }
        cr_assert(kafka_transaction_scene_is(fixture, names[i]));
        kafka_fixture_advance_ms(fixture, INT64_C(7) * DAY_MS - 1);
        cr_expect(is_known(fixture, 1));
        kafka_fixture_advance_ms(fixture, 1);
        cr_expect(not(is_known(fixture, 1)), "%s", names[i]);
        int token = kafka_transaction_scene_init(fixture, &(struct kafka_init){0});
        cr_expect(ne(i64, kafka_transaction_scene_inited(fixture, token).producer_id, producer.producer_id));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_expiry, an_id_that_is_used_is_kept)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    kafka_transaction_scene_producer(fixture, "x");
    kafka_fixture_advance_ms(fixture, INT64_C(5) * DAY_MS);
    kafka_transaction_scene_producer(fixture, "x");
    kafka_fixture_advance_ms(fixture, INT64_C(5) * DAY_MS);
    cr_expect(is_known(fixture, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, a_forgotten_id_is_forgotten_by_the_next_coordinator_too)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    kafka_transaction_scene_producer(fixture, "x");
    kafka_fixture_advance_ms(fixture, INT64_C(7) * DAY_MS + 3600 * 1000);
    kafka_transaction_scene_move(fixture, 2);
    cr_expect(not(is_known(fixture, 2)));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_expiry, an_id_is_kept_while_its_end_cannot_be_written)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    kafka_transaction_scene_producer(fixture, "x");
    kafka_transaction_scene_require(fixture, "__transaction_state", "2");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, INT64_C(8) * DAY_MS);
    cr_expect(is_known(fixture, 1));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 2 * 3600 * 1000);
    cr_expect(not(is_known(fixture, 1)));
    kafka_fixture_free(fixture);
}
