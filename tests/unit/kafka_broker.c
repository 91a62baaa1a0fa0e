/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers that stop, crash and come back, and what Produce and Fetch say meanwhile: sim/kafka/broker.c, partition.c,
 * append.c, produce.c, fetch.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include "tests/unit/kafka_batches.h"
#include "tests/unit/kafka_fixture.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/data.h"

enum { PRODUCE = 0, FETCH = 1, METADATA = 3 };
enum { PRODUCE_VERSION = 8, FETCH_VERSION = 12, METADATA_VERSION = 12, SESSION_MS = 9000 };

struct scene {
    struct kafka_fixture *fixture;
    struct kafka_partition *partition; /* led by 1, on 1 2 3 */
};

static struct scene scene_new(const char *const *settings)
{
    struct scene scene = {.fixture = kafka_fixture_new("4.3", 3, settings)};
    scene.partition = kafka_fixture_topic(scene.fixture, "t", 1)->partitions[0];
    return scene;
}

static struct kafka_broker *broker_of(const struct scene *scene, int32_t id)
{
    return kafka_broker_of(scene->fixture->cluster, id);
}

static int send_produce(const struct scene *scene, int32_t broker, int16_t acks, struct batch_plan plan)
{
    plan.count = plan.count ? plan.count : 1;
    plan.timestamp_ms = kafka_cluster_now_ms(scene->fixture->cluster);
    struct kafka_batch *batch = batch_new(&plan);
    struct wire_produce_request_partition partition = {
        .index = 0, .records = {.data = batch->data, .bytes = (int32_t)batch->bytes}};
    struct wire_produce_request_topic topic = {.name = kafka_fixture_string("t")};
    KAFKA_FIXTURE_ONE(topic.partition_data, partition);
    struct wire_produce_request body;
    KAFKA_FIXTURE_BODY(produce, body);
    body.transactional_id = kafka_fixture_string(NULL);
    body.acks = acks;
    body.timeout_ms = 30000;
    KAFKA_FIXTURE_ONE(body.topic_data, topic);
    int token = kafka_fixture_send(scene->fixture, broker, PRODUCE, PRODUCE_VERSION, &body);
    kafka_batch_release(batch);
    return token;
}

static const struct wire_produce_response_partition *produced(const struct scene *scene, int token)
{
    const struct wire_produce_response *response = kafka_fixture_answer(scene->fixture, token);
    return response ? &response->responses.items[0].partition_responses.items[0] : NULL;
}

/* Produces with acks=all, and gives the error. */
static int16_t produce(const struct scene *scene, int32_t broker)
{
    const struct wire_produce_response_partition *answer =
        produced(scene, send_produce(scene, broker, -1, (struct batch_plan){0}));
    cr_assert(ne(ptr, (void *)(uintptr_t)answer, NULL), "it waits");
    return answer->error_code;
}

struct fetch_plan {
    int64_t offset;
    int32_t wait_ms, min_bytes;
    int32_t leader_epoch; /* 0: none given */
    int32_t partition_bytes, bytes;
    int32_t fetched_epoch; /* of the last record that was read, plus 1; 0: none given */
};

static int send_fetch(const struct scene *scene, int32_t broker, struct fetch_plan plan)
{
    struct wire_fetch_request_partition partition = {
        .partition = 0,
        .current_leader_epoch = plan.leader_epoch ? plan.leader_epoch : -1,
        .fetch_offset = plan.offset,
        .last_fetched_epoch = plan.fetched_epoch - 1,
        .log_start_offset = -1,
        .partition_max_bytes = plan.partition_bytes ? plan.partition_bytes : 1 << 20,
    };
    struct wire_fetch_request_topic topic = {.topic = kafka_fixture_string("t")};
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    struct wire_fetch_request body;
    KAFKA_FIXTURE_BODY(fetch, body);
    body.max_wait_ms = plan.wait_ms;
    body.min_bytes = plan.min_bytes ? plan.min_bytes : 1;
    body.max_bytes = plan.bytes ? plan.bytes : 1 << 20;
    KAFKA_FIXTURE_ONE(body.topics, topic);
    return kafka_fixture_send(scene->fixture, broker, FETCH, FETCH_VERSION, &body);
}

static const struct wire_fetch_response_partition *fetched(const struct scene *scene, int token)
{
    const struct wire_fetch_response *response = kafka_fixture_answer(scene->fixture, token);
    return response ? &response->responses.items[0].partitions.items[0] : NULL;
}

static const struct wire_fetch_response_partition *fetch(const struct scene *scene, struct fetch_plan plan)
{
    const struct wire_fetch_response_partition *answer =
        fetched(scene, send_fetch(scene, scene->partition->leader, plan));
    cr_assert(ne(ptr, (void *)(uintptr_t)answer, NULL), "it waits");
    return answer;
}

static int32_t batch_count(struct wire_bytes records)
{
    int32_t count = 0;
    size_t position = 0;
    struct wire_batch batch;
    struct wire_error error;
    while (wire_batch_next(records, &position, &batch, &error) == WIRE_NEXT)
        count++;
    return count;
}

/* ---- brokers ---------------------------------------------------------------------------------------------- */

Test(broker, that_stops_hands_over_its_leaderships_at_once)
{
    struct scene scene = scene_new(NULL);
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    cr_assert(kafka_broker_stop(broker_of(&scene, 1)));
    cr_assert(eq(i32, scene.partition->leader, 2));
    cr_assert(eq(i32, scene.partition->leader_epoch, 1));
    cr_assert(eq(i32, kafka_partition_in_sync_count(scene.partition), 2));
    cr_assert(eq(i64, kafka_partition_leader(scene.partition)->log.end_offset, 1));
    cr_assert(eq(i16, produce(&scene, 2), KAFKA_NONE));
    kafka_fixture_free(scene.fixture);
}

Test(broker, that_crashes_is_the_leader_until_its_session_is_over)
{
    struct scene scene = scene_new(NULL);
    cr_assert(kafka_broker_crash(broker_of(&scene, 1)));
    kafka_fixture_advance_ms(scene.fixture, SESSION_MS - 1);
    cr_assert(eq(i32, scene.partition->leader, 1));
    cr_assert(eq(i16, produce(&scene, 2), KAFKA_NOT_LEADER_OR_FOLLOWER));
    kafka_fixture_advance_ms(scene.fixture, 1);
    cr_assert(eq(i32, scene.partition->leader, 2));
    cr_assert(eq(i16, produce(&scene, 2), KAFKA_NONE));
    kafka_fixture_free(scene.fixture);
}

Test(broker, that_comes_back_has_what_it_missed_and_is_in_sync_again)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_stop(broker_of(&scene, 3));
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    struct kafka_replica *third = kafka_partition_replica(scene.partition, 3);
    cr_assert(eq(i64, third->log.end_offset, 0));
    cr_assert(kafka_broker_start(broker_of(&scene, 3)));
    cr_assert(eq(i64, third->log.end_offset, 1));
    cr_assert(third->is_in_sync);
    cr_assert(eq(ptr, (void *)third->log.entries[0].batch,
                 (void *)kafka_partition_leader(scene.partition)->log.entries[0].batch));
    kafka_fixture_free(scene.fixture);
}

Test(broker, the_last_in_sync_replica_is_the_only_one_that_may_lead_again)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_stop(broker_of(&scene, 2));
    kafka_broker_stop(broker_of(&scene, 3));
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    kafka_broker_stop(broker_of(&scene, 1));
    cr_assert(eq(i32, scene.partition->leader, KAFKA_NOBODY));
    kafka_broker_start(broker_of(&scene, 2));
    cr_assert(eq(i32, scene.partition->leader, KAFKA_NOBODY));
    kafka_broker_start(broker_of(&scene, 1));
    cr_assert(eq(i32, scene.partition->leader, 1));
    cr_assert(eq(i64, kafka_partition_replica(scene.partition, 2)->log.end_offset, 1));
    kafka_fixture_free(scene.fixture);
}

Test(broker, who_is_elected_must_be_up_and_in_sync)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_stop(broker_of(&scene, 2));
    cr_assert(not(kafka_broker_elect(broker_of(&scene, 2), scene.partition)));
    cr_assert(kafka_broker_elect(broker_of(&scene, 3), scene.partition));
    cr_assert(eq(i32, scene.partition->leader, 3));
    kafka_fixture_free(scene.fixture);
}

Test(broker, a_new_leader_refuses_until_it_has_taken_the_partition_on)
{
    const char *const settings[] = {"millrace.partition.start.max.ms=1000", NULL};
    struct scene scene = scene_new(settings);
    kafka_fixture_advance_ms(scene.fixture, 1000);
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    int refusals = 0;
    for (int i = 0; i < 10; i++) {
        kafka_broker_elect(broker_of(&scene, scene.partition->leader % 3 + 1), scene.partition);
        refusals += produce(&scene, scene.partition->leader) == KAFKA_NOT_LEADER_OR_FOLLOWER;
        kafka_fixture_advance_ms(scene.fixture, 1000);
        cr_assert(eq(i16, produce(&scene, scene.partition->leader), KAFKA_NONE));
    }
    cr_assert(ge(int, refusals, 5));
    kafka_fixture_free(scene.fixture);
}

Test(broker, that_comes_back_before_its_session_is_over_is_another_incarnation)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_crash(broker_of(&scene, 1));
    cr_assert(kafka_broker_start(broker_of(&scene, 1)));
    cr_assert(eq(i32, scene.partition->leader, 2));
    cr_assert(eq(i32, kafka_partition_in_sync_count(scene.partition), 3));
    kafka_fixture_advance_ms(scene.fixture, 2 * SESSION_MS);
    cr_assert(eq(int, (int)broker_of(&scene, 1)->state, KAFKA_BROKER_UP));
    kafka_fixture_free(scene.fixture);
}

Test(broker, that_comes_back_forgets_what_was_deleted_meanwhile)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_stop(broker_of(&scene, 3));
    for (int i = 0; i < 4; i++)
        cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    kafka_log_start(&kafka_partition_leader(scene.partition)->log, 2);
    kafka_broker_start(broker_of(&scene, 3));
    const struct kafka_log *third = &kafka_partition_replica(scene.partition, 3)->log;
    cr_assert(eq(i64, third->start_offset, 2));
    cr_assert(eq(i64, third->end_offset, 4));
    kafka_log_start(&kafka_partition_leader(scene.partition)->log, 3);
    kafka_partition_replicate(scene.partition);
    cr_assert(eq(i64, third->start_offset, 3));
    cr_assert(
        eq(i16, fetch(&scene, (struct fetch_plan){.offset = 2})->error_code, KAFKA_OFFSET_OUT_OF_RANGE));
    kafka_fixture_free(scene.fixture);
}

Test(broker, after_an_unclean_election_the_old_leader_cuts_what_the_new_one_never_had)
{
    const char *const settings[] = {"unclean.leader.election.enable=true", NULL};
    struct scene scene = scene_new(settings);
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    kafka_broker_stop(broker_of(&scene, 2));
    kafka_broker_stop(broker_of(&scene, 3));
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    kafka_broker_stop(broker_of(&scene, 1));
    kafka_broker_start(broker_of(&scene, 2));
    cr_assert(eq(i32, scene.partition->leader, 2));
    cr_assert(eq(i32, kafka_partition_in_sync_count(scene.partition), 1));
    cr_assert(kafka_partition_replica(scene.partition, 2)->is_in_sync);
    kafka_broker_start(broker_of(&scene, 1));
    cr_assert(eq(i64, kafka_partition_replica(scene.partition, 1)->log.end_offset, 1));
    kafka_fixture_free(scene.fixture);
}

Test(broker, an_old_leader_that_is_as_long_as_the_new_one_still_cuts_what_is_not_the_new_ones)
{
    const char *const settings[] = {"unclean.leader.election.enable=true", NULL};
    struct scene scene = scene_new(settings);
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    kafka_broker_stop(broker_of(&scene, 2));
    kafka_broker_stop(broker_of(&scene, 3));
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE)); /* at 1, in epoch 0 */
    kafka_broker_stop(broker_of(&scene, 1));
    kafka_broker_start(broker_of(&scene, 2));
    cr_assert(eq(i32, kafka_partition_in_sync_count(scene.partition), 1), "nobody else was in sync with it");
    int32_t epoch = scene.partition->leader_epoch;
    cr_assert(eq(i16, produce(&scene, 2), KAFKA_NONE)); /* at 1, too */
    kafka_broker_start(broker_of(&scene, 1));
    const struct kafka_log *log = &kafka_partition_replica(scene.partition, 1)->log;
    cr_assert(eq(i64, log->end_offset, 2));
    cr_assert(eq(i32, kafka_log_epoch_at(log, 1), epoch));
    kafka_fixture_free(scene.fixture);
}

Test(broker, after_an_unclean_election_and_a_deletion_within_a_batch_the_old_leader_begins_there)
{
    const char *const settings[] = {"unclean.leader.election.enable=true", NULL};
    struct scene scene = scene_new(settings);
    send_produce(&scene, 1, -1, (struct batch_plan){.count = 5});
    kafka_broker_stop(broker_of(&scene, 2));
    kafka_broker_stop(broker_of(&scene, 3));
    send_produce(&scene, 1, -1, (struct batch_plan){.count = 5});
    kafka_broker_stop(broker_of(&scene, 1));
    kafka_broker_start(broker_of(&scene, 2));
    send_produce(&scene, 2, -1, (struct batch_plan){.count = 5});
    kafka_log_start(&kafka_partition_leader(scene.partition)->log, 7);
    kafka_broker_start(broker_of(&scene, 1));
    const struct kafka_log *log = &kafka_partition_replica(scene.partition, 1)->log;
    cr_assert(eq(i64, log->start_offset, 7));
    cr_assert(eq(i64, log->end_offset, 10));
    kafka_fixture_free(scene.fixture);
}

Test(broker, that_comes_back_gets_nothing_from_a_leader_that_is_silent)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_stop(broker_of(&scene, 2));
    kafka_broker_stop(broker_of(&scene, 3));
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    kafka_broker_crash(broker_of(&scene, 1));
    kafka_broker_start(broker_of(&scene, 2));
    cr_assert(eq(i64, kafka_partition_replica(scene.partition, 2)->log.end_offset, 0));
    kafka_fixture_advance_ms(scene.fixture, 2 * SESSION_MS);
    cr_assert(eq(i32, scene.partition->leader, KAFKA_NOBODY), "only broker 1 has it all");
    kafka_broker_start(broker_of(&scene, 1));
    cr_assert(eq(i64, kafka_partition_replica(scene.partition, 2)->log.end_offset, 1));
    kafka_fixture_free(scene.fixture);
}

Test(broker, that_goes_changes_no_term_of_a_partition_that_nobody_leads)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_stop(broker_of(&scene, 2));
    kafka_broker_stop(broker_of(&scene, 1));
    kafka_broker_stop(broker_of(&scene, 3));
    cr_assert(eq(i32, scene.partition->leader, KAFKA_NOBODY));
    int32_t epoch = scene.partition->leader_epoch;
    kafka_broker_start(broker_of(&scene, 2));
    kafka_broker_stop(broker_of(&scene, 2));
    cr_assert(eq(i32, scene.partition->leader_epoch, epoch));
    kafka_fixture_free(scene.fixture);
}

/* ---- produce ---------------------------------------------------------------------------------------------- */

Test(produce, with_acks_all_waits_for_an_in_sync_replica_that_is_silent)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_crash(broker_of(&scene, 2));
    int token = send_produce(&scene, 1, -1, (struct batch_plan){0});
    kafka_fixture_advance_ms(scene.fixture, SESSION_MS - 1);
    cr_assert(eq(ptr, (void *)(uintptr_t)produced(&scene, token), NULL));
    cr_assert(eq(i64, kafka_partition_leader(scene.partition)->high_watermark, 0));
    kafka_fixture_advance_ms(scene.fixture, 1);
    cr_assert(eq(i16, produced(&scene, token)->error_code, KAFKA_NONE));
    cr_assert(eq(i64, kafka_partition_leader(scene.partition)->high_watermark, 1));
    kafka_fixture_free(scene.fixture);
}

Test(produce, that_waits_when_another_broker_is_elected_is_refused_although_appended)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_crash(broker_of(&scene, 2));
    int token = send_produce(&scene, 1, -1, (struct batch_plan){0});
    kafka_broker_elect(broker_of(&scene, 3), scene.partition);
    cr_assert(eq(i16, produced(&scene, token)->error_code, KAFKA_NOT_LEADER_OR_FOLLOWER));
    cr_assert(eq(i64, kafka_partition_leader(scene.partition)->log.end_offset, 1));
    kafka_fixture_free(scene.fixture);
}

Test(produce, whose_time_is_up_is_told_so_although_appended)
{
    const char *const settings[] = {"broker.session.timeout.ms=60000", NULL};
    struct scene scene = scene_new(settings);
    kafka_broker_crash(broker_of(&scene, 2));
    int token = send_produce(&scene, 1, -1, (struct batch_plan){0});
    kafka_fixture_advance_ms(scene.fixture, 30000);
    cr_assert(eq(i16, produced(&scene, token)->error_code, KAFKA_REQUEST_TIMED_OUT));
    cr_assert(eq(i64, kafka_partition_leader(scene.partition)->log.end_offset, 1));
    kafka_fixture_free(scene.fixture);
}

Test(produce, below_min_insync_replicas_is_refused_before_the_append_with_acks_all_only)
{
    const char *const settings[] = {"min.insync.replicas=2", NULL};
    struct scene scene = scene_new(settings);
    kafka_broker_stop(broker_of(&scene, 2));
    kafka_broker_stop(broker_of(&scene, 3));
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NOT_ENOUGH_REPLICAS));
    cr_assert(eq(i64, kafka_partition_leader(scene.partition)->log.end_offset, 0));
    int token = send_produce(&scene, 1, 1, (struct batch_plan){0});
    cr_assert(eq(i16, produced(&scene, token)->error_code, KAFKA_NONE));
    cr_assert(eq(i64, kafka_partition_leader(scene.partition)->high_watermark, 0));
    kafka_fixture_free(scene.fixture);
}

Test(produce, without_acks_is_not_answered_and_a_refusal_closes_the_connection)
{
    struct scene scene = scene_new(NULL);
    int good = send_produce(&scene, 1, 0, (struct batch_plan){0});
    int bad = send_produce(&scene, 2, 0, (struct batch_plan){0});
    cr_assert(eq(int, (int)kafka_fixture_end_of(scene.fixture, good), KAFKA_FIXTURE_SILENT));
    cr_assert(eq(int, (int)kafka_fixture_end_of(scene.fixture, bad), KAFKA_FIXTURE_CLOSED));
    cr_assert(eq(i64, kafka_partition_leader(scene.partition)->log.end_offset, 1));
    kafka_fixture_free(scene.fixture);
}

Test(produce, a_batch_that_is_sent_twice_is_appended_once_and_has_its_old_offset)
{
    struct scene scene = scene_new(NULL);
    struct batch_plan plan = {.count = 3, .has_producer = true, .producer_id = 7};
    cr_assert(eq(i64, produced(&scene, send_produce(&scene, 1, -1, plan))->base_offset, 0));
    kafka_broker_stop(broker_of(&scene, 1)); /* the next leader knows, too */
    const struct wire_produce_response_partition *again = produced(&scene, send_produce(&scene, 2, -1, plan));
    cr_assert(eq(i16, again->error_code, KAFKA_NONE));
    cr_assert(eq(i64, again->base_offset, 0));
    cr_assert(eq(i64, kafka_partition_leader(scene.partition)->log.end_offset, 3));
    kafka_fixture_free(scene.fixture);
}

Test(produce, a_topic_that_is_deleted_meanwhile_answers_those_who_wait)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_crash(broker_of(&scene, 2));
    int token = send_produce(&scene, 1, -1, (struct batch_plan){0});
    int reader = send_fetch(&scene, 1, (struct fetch_plan){.wait_ms = 1000});
    kafka_topic_free(scene.partition->topic);
    kafka_fixture_advance_ms(scene.fixture, 0);
    kafka_waiters_settle(&scene.fixture->cluster->touched);
    cr_assert(eq(i16, produced(&scene, token)->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    cr_assert(eq(i16, fetched(&scene, reader)->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    kafka_fixture_free(scene.fixture);
}

/* ---- fetch ------------------------------------------------------------------------------------------------ */

Test(fetch, at_the_end_waits_and_is_woken_by_data)
{
    struct scene scene = scene_new(NULL);
    int token = send_fetch(&scene, 1, (struct fetch_plan){.wait_ms = 500});
    kafka_fixture_advance_ms(scene.fixture, 499);
    cr_assert(eq(ptr, (void *)(uintptr_t)fetched(&scene, token), NULL));
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    cr_assert(eq(i32, batch_count(fetched(&scene, token)->records), 1));
    kafka_fixture_free(scene.fixture);
}

Test(fetch, that_finds_less_than_it_wants_is_answered_with_it_when_its_time_is_up)
{
    struct scene scene = scene_new(NULL);
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    int token = send_fetch(&scene, 1, (struct fetch_plan){.wait_ms = 500, .min_bytes = 1000});
    kafka_fixture_advance_ms(scene.fixture, 499);
    cr_assert(eq(ptr, (void *)(uintptr_t)fetched(&scene, token), NULL));
    kafka_fixture_advance_ms(scene.fixture, 1);
    cr_assert(eq(i32, batch_count(fetched(&scene, token)->records), 1));
    kafka_fixture_free(scene.fixture);
}

Test(fetch, ends_at_the_high_watermark_and_says_nothing_of_what_lies_behind)
{
    struct scene scene = scene_new(NULL);
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    kafka_broker_crash(broker_of(&scene, 2));
    send_produce(&scene, 1, 1, (struct batch_plan){0});
    const struct wire_fetch_response_partition *answer = fetch(&scene, (struct fetch_plan){0});
    cr_assert(eq(i32, batch_count(answer->records), 1));
    cr_assert(eq(i64, answer->high_watermark, 1));
    cr_assert(eq(i16, fetch(&scene, (struct fetch_plan){.offset = 2})->error_code, KAFKA_NONE));
    cr_assert(
        eq(i16, fetch(&scene, (struct fetch_plan){.offset = 3})->error_code, KAFKA_OFFSET_OUT_OF_RANGE));
    kafka_fixture_free(scene.fixture);
}

Test(fetch, sends_the_first_batch_however_large_it_is_and_no_more_than_asked_for_of_the_others)
{
    struct scene scene = scene_new(NULL);
    for (int i = 0; i < 3; i++)
        cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    int32_t bytes = fetch(&scene, (struct fetch_plan){.offset = 2})->records.bytes;
    cr_assert(eq(i32, batch_count(fetch(&scene, (struct fetch_plan){.partition_bytes = 1})->records), 1));
    cr_assert(eq(i32, batch_count(fetch(&scene, (struct fetch_plan){.bytes = 1})->records), 1));
    cr_assert(eq(i32, batch_count(fetch(&scene, (struct fetch_plan){.bytes = 2 * bytes})->records), 2));
    cr_assert(eq(i32, batch_count(fetch(&scene, (struct fetch_plan){.bytes = 3 * bytes - 1})->records), 2));
    kafka_fixture_free(scene.fixture);
}

Test(fetch, begins_with_the_batch_that_the_offset_lies_in)
{
    struct scene scene = scene_new(NULL);
    send_produce(&scene, 1, -1, (struct batch_plan){.count = 5});
    send_produce(&scene, 1, -1, (struct batch_plan){.count = 5});
    cr_assert(eq(i32, batch_count(fetch(&scene, (struct fetch_plan){.offset = 4})->records), 2));
    cr_assert(eq(i32, batch_count(fetch(&scene, (struct fetch_plan){.offset = 5})->records), 1));
    kafka_fixture_free(scene.fixture);
}

Test(fetch, of_another_term_is_told_which_of_the_two_is_behind)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_elect(broker_of(&scene, 2), scene.partition);
    kafka_broker_elect(broker_of(&scene, 1), scene.partition);
    cr_assert(eq(i32, scene.partition->leader_epoch, 2));
    cr_assert(eq(i16, fetch(&scene, (struct fetch_plan){.leader_epoch = 1})->error_code,
                 KAFKA_FENCED_LEADER_EPOCH));
    cr_assert(eq(i16, fetch(&scene, (struct fetch_plan){.leader_epoch = 2})->error_code, KAFKA_NONE));
    cr_assert(eq(i16, fetch(&scene, (struct fetch_plan){.leader_epoch = 3})->error_code,
                 KAFKA_UNKNOWN_LEADER_EPOCH));
    kafka_fixture_free(scene.fixture);
}

Test(fetch, who_has_read_in_a_term_that_the_log_does_not_have_is_told_where_it_ended)
{
    struct scene scene = scene_new(NULL);
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    kafka_broker_elect(broker_of(&scene, 2), scene.partition);
    cr_assert(eq(i16, produce(&scene, 2), KAFKA_NONE));
    const struct wire_fetch_response_partition *answer =
        fetch(&scene, (struct fetch_plan){.offset = 2, .fetched_epoch = 1});
    cr_assert(eq(i32, answer->diverging_epoch.epoch, 0));
    cr_assert(eq(i64, answer->diverging_epoch.end_offset, 1));
    answer = fetch(&scene, (struct fetch_plan){.offset = 1, .fetched_epoch = 1});
    cr_assert(eq(i32, answer->diverging_epoch.epoch, -1));
    cr_assert(eq(i32, batch_count(answer->records), 1));
    kafka_fixture_free(scene.fixture);
}

Test(fetch, a_consumer_may_read_from_a_follower_up_to_the_high_watermark_that_it_knows)
{
    struct scene scene = scene_new(NULL);
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    kafka_broker_crash(broker_of(&scene, 3));
    send_produce(&scene, 1, -1, (struct batch_plan){0}); /* waits for broker 3 */
    int token = send_fetch(&scene, 2, (struct fetch_plan){0});
    cr_assert(eq(i16, fetched(&scene, token)->error_code, KAFKA_NONE));
    cr_assert(eq(i32, batch_count(fetched(&scene, token)->records), 1));
    cr_assert(eq(i64, fetched(&scene, token)->high_watermark, 1));
    token = send_fetch(&scene, 2, (struct fetch_plan){.leader_epoch = 7});
    cr_assert(eq(i16, fetched(&scene, token)->error_code, KAFKA_UNKNOWN_LEADER_EPOCH));
    kafka_fixture_free(scene.fixture);
}

/* The bytes of the one batch that is there. */
static int32_t batch_bytes(const struct scene *scene)
{
    cr_assert(eq(i16, produce(scene, 1), KAFKA_NONE));
    return fetch(scene, (struct fetch_plan){0})->records.bytes;
}

Test(fetch, does_not_wait_for_what_its_limits_would_not_let_it_take)
{
    struct scene scene = scene_new(NULL);
    int32_t bytes = batch_bytes(&scene);
    struct fetch_plan plan = {.wait_ms = 100, .min_bytes = bytes * 3 / 2, .partition_bytes = bytes * 3 / 2};
    cr_assert(eq(ptr, (void *)(uintptr_t)fetched(&scene, send_fetch(&scene, 1, plan)), NULL), "one batch");
    cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    cr_assert(eq(i32, batch_count(fetch(&scene, plan)->records), 1), "a second does not fit, but is there");
    plan = (struct fetch_plan){.wait_ms = 100, .min_bytes = 1 << 20, .bytes = bytes};
    cr_assert(eq(i32, batch_count(fetch(&scene, plan)->records), 1), "it would take no more");
    kafka_fixture_free(scene.fixture);
}

Test(fetch, gets_no_more_than_the_broker_allows)
{
    const char *const settings[] = {"fetch.max.bytes=1024", NULL};
    struct scene scene = scene_new(settings);
    int32_t bytes = batch_bytes(&scene);
    for (int32_t total = 0; total < 2048; total += bytes)
        cr_assert(eq(i16, produce(&scene, 1), KAFKA_NONE));
    cr_assert(le(i32, fetch(&scene, (struct fetch_plan){0})->records.bytes, 1024));
    kafka_fixture_free(scene.fixture);
}

Test(fetch, that_goes_on_with_a_session_is_asked_to_begin_anew)
{
    struct scene scene = scene_new(NULL);
    struct wire_fetch_request body;
    KAFKA_FIXTURE_BODY(fetch, body);
    body.session_id = 7;
    body.session_epoch = 1;
    const struct wire_fetch_response *response =
        kafka_fixture_ask(scene.fixture, 1, FETCH, FETCH_VERSION, &body);
    cr_assert(eq(i16, response->error_code, KAFKA_FETCH_SESSION_ID_NOT_FOUND));
    kafka_fixture_free(scene.fixture);
}

/* ---- metadata --------------------------------------------------------------------------------------------- */

static const struct wire_metadata_response_topic *describe(const struct scene *scene, const char *name,
                                                           bool may_create)
{
    struct wire_metadata_request_topic topic = {.name = kafka_fixture_string(name)};
    struct wire_metadata_request body;
    KAFKA_FIXTURE_BODY(metadata, body);
    body.allow_auto_topic_creation = may_create;
    KAFKA_FIXTURE_ONE(body.topics, topic);
    const struct wire_metadata_response *response =
        kafka_fixture_ask(scene->fixture, 2, METADATA, METADATA_VERSION, &body);
    return &response->topics.items[0];
}

Test(metadata, names_leader_replicas_and_who_is_in_sync_or_gone)
{
    struct scene scene = scene_new(NULL);
    kafka_broker_stop(broker_of(&scene, 1));
    const struct wire_metadata_response_partition *answer =
        &describe(&scene, "t", false)->partitions.items[0];
    cr_assert(eq(i32, answer->leader_id, 2));
    cr_assert(eq(i32, answer->replica_nodes.count, 3));
    cr_assert(eq(i32, answer->isr_nodes.count, 2));
    cr_assert(eq(i32, answer->offline_replicas.count, 1));
    cr_assert(eq(i32, answer->offline_replicas.items[0], 1));
    kafka_fixture_free(scene.fixture);
}

Test(metadata, creates_a_topic_that_is_asked_for_and_has_it_the_next_time)
{
    struct scene scene = scene_new(NULL);
    cr_assert(eq(i16, describe(&scene, "new", false)->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    cr_assert(eq(i16, describe(&scene, "new", true)->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    cr_assert(eq(i16, describe(&scene, "new", false)->error_code, KAFKA_NONE));
    cr_assert(eq(i16, describe(&scene, "not/legal", true)->error_code, KAFKA_INVALID_TOPIC_EXCEPTION));
    kafka_fixture_free(scene.fixture);
}

Test(metadata, creates_the_internal_topics_as_their_coordinators_have_them)
{
    const char *const settings[] = {"offsets.topic.num.partitions=7", "auto.create.topics.enable=true", NULL};
    struct scene scene = scene_new(settings);
    const struct wire_metadata_response_topic *answer = describe(&scene, "__consumer_offsets", true);
    cr_expect(eq(i16, answer->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    cr_expect(answer->is_internal);
    const struct kafka_topic *topic = kafka_topic_named(scene.fixture->cluster, "__consumer_offsets");
    cr_assert(topic != NULL);
    cr_expect(eq(i32, topic->partition_count, 7));
    cr_expect(topic->config.is_compacted);
    kafka_fixture_free(scene.fixture);
}

Test(metadata, does_not_say_why_a_topic_cannot_be_created)
{
    const char *const settings[] = {"default.replication.factor=4", NULL};
    struct scene scene = scene_new(settings);
    cr_expect(eq(i16, describe(&scene, "u", true)->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    cr_expect(eq(i16, describe(&scene, "u", true)->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    kafka_fixture_free(scene.fixture);
}

/* The error of the one topic that is answered. */
static int16_t ask_oddly(const struct scene *scene, int16_t version,
                         struct wire_metadata_request_topic *topics, int32_t count)
{
    struct wire_metadata_request body;
    KAFKA_FIXTURE_BODY(metadata, body);
    body.topics.items = topics;
    body.topics.count = count;
    const struct wire_metadata_response *response =
        kafka_fixture_ask(scene->fixture, 2, METADATA, version, &body);
    cr_assert(eq(i32, response->topics.count, 1));
    return response->topics.items[0].error_code;
}

Test(metadata, a_topic_needs_a_name_before_version_12_and_then_a_name_or_an_id)
{
    struct scene scene = scene_new(NULL);
    const struct wire_uuid id = scene.partition->topic->id, other = {{1}};
    struct wire_metadata_request_topic nameless = {.name = kafka_fixture_string(NULL)};
    cr_expect(eq(i16, ask_oddly(&scene, 11, &nameless, 1), KAFKA_INVALID_REQUEST));
    cr_expect(eq(i16, ask_oddly(&scene, 12, &nameless, 1), KAFKA_UNKNOWN_SERVER_ERROR));
    nameless.topic_id = id;
    cr_expect(eq(i16, ask_oddly(&scene, 11, &nameless, 1), KAFKA_INVALID_REQUEST));
    cr_expect(eq(i16, ask_oddly(&scene, 12, &nameless, 1), KAFKA_NONE));
    nameless.topic_id = other;
    cr_expect(eq(i16, ask_oddly(&scene, 12, &nameless, 1), KAFKA_UNKNOWN_TOPIC_ID));
    kafka_fixture_free(scene.fixture);
}

Test(metadata, names_count_for_nothing_beside_an_id)
{
    struct scene scene = scene_new(NULL);
    struct wire_metadata_request_topic both[] = {
        {.name = kafka_fixture_string("none")},
        {.name = kafka_fixture_string(NULL), .topic_id = scene.partition->topic->id},
    };
    cr_expect(eq(i16, ask_oddly(&scene, 12, both, 2), KAFKA_NONE));
    kafka_fixture_free(scene.fixture);
}
