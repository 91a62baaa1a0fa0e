/* SPDX-License-Identifier: Apache-2.0 */
/* InitProducerId with a transactional id: sim/kafka/transaction_init.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_transaction_scene.h"
#include "sim/kafka/transaction_private.h"

static struct kafka_inited init(struct kafka_fixture *fixture, const struct kafka_party *as)
{
    return kafka_transaction_scene_inited(
        fixture, kafka_transaction_scene_init(fixture, &(struct kafka_init){.as = as}));
}

static struct kafka_transaction_facts *facts_of(const struct kafka_fixture *fixture)
{
    const struct kafka_transactions *transactions = fixture->cluster->transactions;
    return &kafka_transaction_at(transactions->shards[0], kafka_fixture_string("x"))->facts;
}

Test(kafka_transaction_init, a_new_id_gets_a_new_producer_of_epoch_0)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_inited one = init(fixture, NULL);
    struct kafka_party other = kafka_transaction_scene_producer(fixture, "y");
    cr_expect(eq(i16, one.error, 0));
    cr_expect(eq(i16, one.epoch, 0));
    cr_expect(ne(i64, one.producer_id, other.producer_id));
    cr_expect(kafka_transaction_scene_is(fixture, "Empty"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, an_unknown_id_gets_a_new_producer_whoever_asks)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_inited inited = init(fixture, &(struct kafka_party){.producer_id = 4711, .epoch = 5});
    cr_expect(eq(i16, inited.error, 0));
    cr_expect(eq(i16, inited.epoch, 0));
    cr_expect(ne(i64, inited.producer_id, 4711));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, again_bumps_the_epoch_of_the_same_producer)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_inited first = init(fixture, NULL), second = init(fixture, NULL);
    cr_expect(eq(i64, second.producer_id, first.producer_id));
    cr_expect(eq(i16, second.epoch, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, behind_a_complete_transaction_bumps_the_epoch)
{
    for (int commits = 0; commits < 2; commits++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
        struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
        kafka_transaction_scene_adds(fixture, &producer, "t:0");
        kafka_transaction_scene_ends(fixture, &producer, commits);
        struct kafka_inited inited = init(fixture, NULL);
        cr_expect(eq(i16, inited.error, 0));
        cr_expect(eq(i16, inited.epoch, 1));
        cr_expect(kafka_transaction_scene_is(fixture, "Empty"));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_init, during_a_transaction_aborts_it_and_asks_to_come_again)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    kafka_transaction_scene_adds(fixture, &producer, "t:0");
    struct kafka_inited first = init(fixture, NULL);
    cr_expect(eq(i16, first.error, KAFKA_CONCURRENT_TRANSACTIONS));
    cr_expect(eq(i64, first.producer_id, -1));
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteAbort"));
    struct kafka_marks marks = kafka_transaction_scene_marks(fixture, "t", 0);
    cr_expect(eq(int, marks.last, 0));
    cr_expect(eq(i16, marks.epoch, 1), "the marker fences the old producer");
    struct kafka_inited second = init(fixture, NULL);
    cr_expect(eq(i16, second.error, 0));
    cr_expect(eq(i16, second.epoch, 2));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, while_a_transaction_ends_has_to_wait)
{
    static const char *const settings[] = {"millrace.marker.max.ms=1000", NULL};
    for (int commits = 0; commits < 2; commits++) {
        struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, settings);
        struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
        kafka_transaction_scene_adds(fixture, &producer, "t:0,t:1");
        kafka_transaction_scene_ends(fixture, &producer, commits);
        cr_expect(kafka_transaction_scene_is(fixture, commits ? "PrepareCommit" : "PrepareAbort"));
        cr_expect(eq(i16, init(fixture, NULL).error, KAFKA_CONCURRENT_TRANSACTIONS));
        kafka_fixture_advance_ms(fixture, 1000);
        cr_expect(eq(i16, init(fixture, NULL).epoch, 1));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_transaction_init, while_its_record_is_not_replicated_others_have_to_wait)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 3));
    int first = kafka_transaction_scene_init(fixture, &(struct kafka_init){0});
    cr_expect(eq(i16, kafka_transaction_scene_inited(fixture, first).error, NO_ANSWER));
    cr_expect(eq(i16, init(fixture, NULL).error, KAFKA_CONCURRENT_TRANSACTIONS));
    kafka_fixture_advance_ms(fixture, 9000); /* broker 3 is fenced, and leaves the in-sync replicas */
    cr_expect(eq(i16, kafka_transaction_scene_inited(fixture, first).error, 0));
    cr_expect(eq(i16, kafka_transaction_scene_inited(fixture, first).epoch, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, whoever_names_the_present_epoch_gets_the_next_one)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    struct kafka_inited bumped = init(fixture, &producer);
    cr_expect(eq(i64, bumped.producer_id, producer.producer_id));
    cr_expect(eq(i16, bumped.epoch, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, whoever_names_the_last_epoch_tries_again_and_gets_the_same)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    init(fixture, &producer);
    struct kafka_inited again = init(fixture, &producer);
    cr_expect(eq(i16, again.error, 0));
    cr_expect(eq(i16, again.epoch, 1));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, an_epoch_older_than_the_last_one_is_fenced)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    struct kafka_party next = producer;
    next.epoch = init(fixture, &producer).epoch;
    init(fixture, &next);
    cr_expect(eq(i16, init(fixture, &producer).error, KAFKA_PRODUCER_FENCED));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, a_newcomer_leaves_no_last_epoch_to_try_again_with)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    init(fixture, NULL);
    cr_expect(eq(i16, init(fixture, &producer).error, KAFKA_PRODUCER_FENCED));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, another_producer_id_is_fenced)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    producer.producer_id += 7;
    cr_expect(eq(i16, init(fixture, &producer).error, KAFKA_PRODUCER_FENCED));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, before_version_4_fenced_is_an_invalid_epoch)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    producer.producer_id += 7;
    int token = kafka_transaction_scene_init(fixture, &(struct kafka_init){.as = &producer, .version = 3});
    cr_expect(eq(i16, kafka_transaction_scene_inited(fixture, token).error, KAFKA_INVALID_PRODUCER_EPOCH));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, a_fenced_producer_during_a_transaction_does_not_abort_it)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x"), stranger = producer;
    stranger.producer_id += 7;
    kafka_transaction_scene_adds(fixture, &producer, "t:0");
    cr_expect(eq(i16, init(fixture, &stranger).error, KAFKA_PRODUCER_FENCED));
    cr_expect(kafka_transaction_scene_is(fixture, "Ongoing"));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, behind_the_last_epoch_a_new_producer_begins_at_0)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    facts_of(fixture)->producer_epoch = INT16_MAX - 2;
    struct kafka_inited last = init(fixture, NULL), rotated = init(fixture, NULL);
    cr_expect(eq(i16, last.epoch, INT16_MAX - 1));
    cr_expect(eq(i64, last.producer_id, producer.producer_id));
    cr_expect(eq(i16, rotated.epoch, 0));
    cr_expect(ne(i64, rotated.producer_id, producer.producer_id));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, a_lost_answer_to_a_new_producer_id_can_be_asked_for_again)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    producer.epoch = facts_of(fixture)->producer_epoch = INT16_MAX - 1;
    struct kafka_inited rotated = init(fixture, &producer), again = init(fixture, &producer);
    cr_expect(eq(i16, again.error, 0));
    cr_expect(eq(i64, again.producer_id, rotated.producer_id));
    cr_expect(eq(i16, again.epoch, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, the_old_producer_id_with_another_epoch_than_the_last_is_fenced)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    facts_of(fixture)->producer_epoch = INT16_MAX - 1;
    init(fixture, NULL);
    producer.epoch = INT16_MAX - 2;
    cr_expect(eq(i16, init(fixture, &producer).error, KAFKA_PRODUCER_FENCED));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, the_highest_epoch_only_fences)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    producer.epoch = facts_of(fixture)->producer_epoch = INT16_MAX - 1;
    kafka_transaction_scene_adds(fixture, &producer, "t:0");
    cr_expect(eq(i16, init(fixture, NULL).error, KAFKA_CONCURRENT_TRANSACTIONS));
    cr_expect(eq(i16, kafka_transaction_scene_marks(fixture, "t", 0).epoch, INT16_MAX));
    struct kafka_inited rotated = init(fixture, NULL);
    cr_expect(eq(i16, rotated.epoch, 0));
    cr_expect(ne(i64, rotated.producer_id, producer.producer_id));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, a_fence_that_was_not_written_is_not_bumped_twice)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    kafka_transaction_scene_adds(fixture, &producer, "t:0");
    kafka_transaction_scene_require(fixture, "__transaction_state", "2");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    for (int i = 0; i < 3; i++)
        cr_expect(eq(i16, init(fixture, NULL).error, KAFKA_COORDINATOR_NOT_AVAILABLE));
    cr_expect(kafka_transaction_scene_is(fixture, "Ongoing"));
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), KAFKA_PRODUCER_FENCED));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(i16, init(fixture, NULL).error, KAFKA_CONCURRENT_TRANSACTIONS));
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(i16, init(fixture, NULL).epoch, 2));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, a_fence_leaves_no_last_epoch_to_try_again_with)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party first = kafka_transaction_scene_producer(fixture, "x"), second = first;
    second.epoch = init(fixture, &first).epoch;
    kafka_transaction_scene_adds(fixture, &second, "t:0");
    init(fixture, NULL); /* fences and aborts */
    cr_expect(eq(i16, init(fixture, &first).error, KAFKA_PRODUCER_FENCED));
    cr_expect(eq(i16, init(fixture, &second).error, KAFKA_PRODUCER_FENCED));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, another_broker_is_not_the_coordinator)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 3, NULL);
    int token = kafka_transaction_scene_init(fixture, &(struct kafka_init){.broker = 2});
    cr_expect(eq(i16, kafka_transaction_scene_inited(fixture, token).error, KAFKA_NOT_COORDINATOR));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, an_empty_id_is_an_invalid_request)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    int token = kafka_transaction_scene_init(fixture, &(struct kafka_init){.id = ""});
    cr_expect(eq(i16, kafka_transaction_scene_inited(fixture, token).error, KAFKA_INVALID_REQUEST));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, a_timeout_beyond_the_brokers_is_refused)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    int token = kafka_transaction_scene_init(fixture, &(struct kafka_init){.timeout_ms = 900001});
    cr_expect(
        eq(i16, kafka_transaction_scene_inited(fixture, token).error, KAFKA_INVALID_TRANSACTION_TIMEOUT));
    kafka_fixture_free(fixture);
}

Test(kafka_transaction_init, too_few_replicas_make_the_coordinator_unavailable_and_leave_the_id_usable)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 2, NULL);
    kafka_transaction_scene_require(fixture, "__transaction_state", "2");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    cr_expect(eq(i16, init(fixture, NULL).error, KAFKA_COORDINATOR_NOT_AVAILABLE));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 1000);
    cr_expect(eq(i16, init(fixture, NULL).epoch, 0));
    kafka_fixture_free(fixture);
}
