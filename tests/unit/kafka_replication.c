/* SPDX-License-Identifier: Apache-2.0 */
/* Replicas that learn and fetch late, brokers that are cut off or crash: sim/kafka/replication.c, follower.c, watermark.c,
 * rack.c, broker.c. All states of the steps: kafka_replication_explore.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_cluster.h"
#include "sim/kafka/follower.h"
#include "sim/kafka/rack.h"
#include "sim/kafka/replication.h"
#include "sim/kafka/watermark.h"
#include "sim/kafka/wire/errors.h"

enum { SESSION_MS = 9000 };

struct scene {
    struct test_cluster test;
    struct kafka_partition *partition; /* on 1 2 3, led by 1 */
};

static void scene_init(struct scene *scene, const char *const *settings)
{
    test_cluster_init(&scene->test, 3, settings);
    scene->partition = test_topic(&scene->test, "t", 3, NULL);
}

static void scene_deinit(struct scene *scene)
{
    cr_expect(eq(u32, kafka_replication_check(scene->partition), 0));
    test_cluster_deinit(&scene->test);
}

static struct kafka_replica *replica_of(const struct scene *scene, int32_t broker)
{
    return kafka_partition_replica(scene->partition, broker);
}

static struct kafka_broker *broker_of(const struct scene *scene, int32_t broker)
{
    return kafka_broker_of(scene->test.cluster, broker);
}

static void pass_ms(struct scene *scene, int64_t ms)
{
    test_advance_ms(&scene->test, ms);
    cr_assert(eq(u32, kafka_replication_check(scene->partition), 0));
}

/* As that broker, which leads as far as it knows. */
static void append_at(struct scene *scene, int32_t broker)
{
    struct kafka_replica *leader = replica_of(scene, broker);
    cr_assert(kafka_replication_leads(leader));
    struct batch_plan plan = {
        .count = 1, .base_offset = leader->log.end_offset, .leader_epoch = leader->learned.leader_epoch};
    batch_append(&leader->log, &plan, &scene->partition->topic->config);
    kafka_partition_replicate(scene->partition);
    cr_assert(eq(u32, kafka_replication_check(scene->partition), 0));
}

/* ---- fetching late --------------------------------------------------------------------------------------- */

static const char *const late[] = {"millrace.replica.fetch.max.ms=100", NULL};

Test(replication, followers_that_fetch_late_hold_up_the_high_watermark_and_then_nobody_wakes)
{
    struct scene scene;
    scene_init(&scene, late);
    pass_ms(&scene, 1000);
    cr_assert(eq(i64, kafka_cluster_next_ns(scene.test.cluster), INT64_MAX), "all have all");
    append_at(&scene, 1);
    cr_assert(eq(i64, replica_of(&scene, 1)->high_watermark, 0));
    cr_assert(eq(i64, replica_of(&scene, 2)->log.end_offset, 0));
    pass_ms(&scene, 100);
    cr_assert(eq(i64, replica_of(&scene, 2)->log.end_offset, 1));
    pass_ms(&scene, 300);
    for (int32_t broker = 1; broker <= 3; broker++)
        cr_assert(eq(i64, replica_of(&scene, broker)->high_watermark, 1));
    cr_assert(eq(i64, kafka_cluster_next_ns(scene.test.cluster), INT64_MAX));
    scene_deinit(&scene);
}

Test(replication, a_fetch_takes_no_more_than_replica_fetch_max_bytes_but_one_batch)
{
    static const char *const settings[] = {"millrace.replica.fetch.max.ms=100", "replica.fetch.max.bytes=1",
                                           NULL};
    struct scene scene;
    scene_init(&scene, settings);
    pass_ms(&scene, 1000);
    for (int i = 0; i < 3; i++)
        append_at(&scene, 1);
    const struct kafka_log *log = &replica_of(&scene, 2)->log;
    for (int64_t before = 0; before < 3; before = log->end_offset) {
        pass_ms(&scene, 1);
        cr_assert(log->end_offset <= before + 1);
    }
    bool has_moved;
    append_at(&scene, 1);
    append_at(&scene, 1);
    cr_assert(eq(i16, kafka_replication_fetch(replica_of(&scene, 3), INT64_MAX, &has_moved), 0));
    cr_assert(eq(i64, replica_of(&scene, 3)->log.end_offset, 5), "as many as there are, where they may");
    scene_deinit(&scene);
}

Test(replication, a_follower_that_lacks_something_for_too_long_is_dropped_and_joins_again)
{
    const char *const settings[] = {"broker.session.timeout.ms=600000", "replica.lag.time.max.ms=30000",
                                    NULL};
    struct scene scene;
    scene_init(&scene, settings);
    pass_ms(&scene, 1000);
    kafka_broker_isolate(broker_of(&scene, 3), true);
    append_at(&scene, 1);
    pass_ms(&scene, 30000);
    cr_assert(replica_of(&scene, 3)->is_in_sync);
    cr_assert(eq(i64, replica_of(&scene, 1)->high_watermark, 0));
    pass_ms(&scene, 15000); /* the grid of half the time */
    cr_assert(not(replica_of(&scene, 3)->is_in_sync));
    cr_assert(eq(i64, replica_of(&scene, 1)->high_watermark, 1));
    kafka_broker_isolate(broker_of(&scene, 3), false);
    cr_assert(replica_of(&scene, 3)->is_in_sync);
    cr_assert(eq(i64, replica_of(&scene, 3)->log.end_offset, 1));
    scene_deinit(&scene);
}

/* ---- zombies --------------------------------------------------------------------------------------------- */

Test(replication, an_old_leader_that_is_cut_off_goes_on_and_cuts_what_it_wrote_when_it_is_back)
{
    struct scene scene;
    int16_t error;
    scene_init(&scene, NULL);
    append_at(&scene, 1);
    kafka_broker_isolate(broker_of(&scene, 1), true);
    append_at(&scene, 1);
    pass_ms(&scene, SESSION_MS);
    cr_assert(eq(i32, scene.partition->leader, 2));
    append_at(&scene, 1);
    cr_assert(eq(i64, replica_of(&scene, 1)->high_watermark, 1), "it cannot shrink its in-sync replicas");
    cr_assert(ne(ptr, kafka_partition_at(broker_of(&scene, 1), scene.partition, -1, &error), NULL));
    cr_assert(not(kafka_partition_is_led_by(scene.partition, broker_of(&scene, 1))));
    cr_assert(not(kafka_partition_is_settled(scene.partition, 0, 3, &error)));
    append_at(&scene, 2);
    cr_assert(eq(i64, replica_of(&scene, 2)->high_watermark, 2));
    kafka_broker_isolate(broker_of(&scene, 1), false);
    cr_assert(eq(i64, replica_of(&scene, 1)->log.end_offset, 2));
    cr_assert(eq(i32, kafka_log_epoch_at(&replica_of(&scene, 1)->log, 1), 1));
    cr_assert(replica_of(&scene, 1)->is_in_sync);
    cr_assert(kafka_partition_is_settled(scene.partition, 0, 3, &error));
    cr_assert(eq(i16, error, KAFKA_NOT_LEADER_OR_FOLLOWER));
    scene_deinit(&scene);
}

Test(replication, who_was_cut_off_for_less_than_a_session_was_never_gone)
{
    struct scene scene;
    scene_init(&scene, NULL);
    kafka_broker_isolate(broker_of(&scene, 1), true);
    append_at(&scene, 1);
    pass_ms(&scene, SESSION_MS - 1);
    kafka_broker_isolate(broker_of(&scene, 1), false);
    cr_assert(eq(i32, scene.partition->leader_epoch, 0));
    cr_assert(eq(i64, replica_of(&scene, 1)->high_watermark, 1));
    pass_ms(&scene, 2 * SESSION_MS);
    cr_assert(eq(i32, scene.partition->leader_epoch, 0));
    cr_assert(kafka_broker_is_listed(broker_of(&scene, 1)));
    scene_deinit(&scene);
}

Test(replication, an_old_leader_leads_until_it_has_learned_that_it_does_not)
{
    static const char *const settings[] = {"millrace.partition.start.max.ms=1000", NULL};
    struct scene scene;
    scene_init(&scene, settings);
    pass_ms(&scene, 1000);
    int zombies = 0;
    for (int i = 0; i < 20; i++) {
        int32_t old = scene.partition->leader;
        cr_assert(kafka_broker_elect(broker_of(&scene, old % 3 + 1), scene.partition));
        zombies += kafka_replication_leads(replica_of(&scene, old));
        append_at(&scene, old);
        pass_ms(&scene, 1000);
        cr_assert(not(kafka_replication_leads(replica_of(&scene, old))));
        cr_assert(eq(i32, kafka_partition_in_sync_count(scene.partition), 3));
    }
    cr_assert(eq(int, zombies, 20));
    scene_deinit(&scene);
}

struct told {
    int counts[KAFKA_NOTE_TRANSACTION + 1];
    struct kafka_note last[KAFKA_NOTE_TRANSACTION + 1];
};

static struct told told;

static void on_note(void *context, const struct kafka_note *note)
{
    (void)context;
    told.counts[note->kind]++;
    told.last[note->kind] = *note;
}

Test(replication, copies_cuts_elections_and_watermarks_are_told)
{
    struct scene scene;
    scene_init(&scene, NULL);
    scene.test.cluster->seam.on_note = on_note;
    append_at(&scene, 1);
    cr_assert(eq(int, told.counts[KAFKA_NOTE_COPY], 2));
    cr_assert(eq(int, told.counts[KAFKA_NOTE_WATERMARK], 1));
    cr_assert(eq(i64, told.last[KAFKA_NOTE_WATERMARK].offset, 1));
    cr_assert(eq(i32, told.last[KAFKA_NOTE_WATERMARK].broker, 1));
    kafka_broker_isolate(broker_of(&scene, 1), true);
    append_at(&scene, 1);
    pass_ms(&scene, SESSION_MS);
    cr_assert(eq(int, told.counts[KAFKA_NOTE_LEAD], 1));
    cr_assert(eq(i32, told.last[KAFKA_NOTE_LEAD].broker, 2));
    cr_assert(eq(i32, told.last[KAFKA_NOTE_LEAD].leader_epoch, 1));
    append_at(&scene, 2);
    kafka_broker_isolate(broker_of(&scene, 1), false);
    cr_assert(eq(int, told.counts[KAFKA_NOTE_TRUNCATE], 1));
    cr_assert(eq(i32, told.last[KAFKA_NOTE_TRUNCATE].broker, 1));
    cr_assert(eq(i64, told.last[KAFKA_NOTE_TRUNCATE].offset, 1));
    cr_assert(eq(int, told.counts[KAFKA_NOTE_COPY], 4));
    scene_deinit(&scene);
}

Test(replication, what_is_cut_is_forgotten_of_producers_too)
{
    struct scene scene;
    scene_init(&scene, NULL);
    kafka_broker_isolate(broker_of(&scene, 1), true);
    struct kafka_replica *first = replica_of(&scene, 1);
    struct batch_plan plan = {.count = 1, .has_producer = true, .producer_id = 7};
    batch_append(&first->log, &plan, &scene.partition->topic->config);
    cr_assert(ne(ptr, kafka_producers_find(&first->log.producers, 7), NULL));
    pass_ms(&scene, SESSION_MS);
    kafka_broker_isolate(broker_of(&scene, 1), false);
    cr_assert(eq(i64, first->log.end_offset, 0));
    cr_assert(eq(ptr, kafka_producers_find(&first->log.producers, 7), NULL));
    scene_deinit(&scene);
}

/* ---- crashes --------------------------------------------------------------------------------------------- */

Test(replication, a_process_that_crashes_keeps_its_log_and_the_high_watermark_of_the_last_checkpoint)
{
    struct scene scene;
    scene_init(&scene, NULL);
    append_at(&scene, 1);
    pass_ms(&scene, 5000);
    append_at(&scene, 1);
    kafka_broker_crash(broker_of(&scene, 3));
    cr_assert(eq(i64, replica_of(&scene, 3)->log.end_offset, 2));
    cr_assert(eq(i64, replica_of(&scene, 3)->high_watermark, 1));
    pass_ms(&scene, 5000);
    kafka_broker_crash(broker_of(&scene, 2));
    cr_assert(eq(i64, replica_of(&scene, 2)->high_watermark, 2), "a point of the grid has passed");
    kafka_broker_start(broker_of(&scene, 3));
    cr_assert(eq(i64, replica_of(&scene, 3)->high_watermark, 2));
    scene_deinit(&scene);
}

Test(replication, a_host_that_crashes_loses_some_of_what_was_not_flushed)
{
    bool has_kept_all = false, has_lost_all = false, has_lost_some = false;
    for (int i = 0; i < 60; i++) {
        struct scene scene;
        scene_init(&scene, NULL);
        append_at(&scene, 1);
        kafka_broker_stop(broker_of(&scene, 3)); /* flushes */
        kafka_broker_start(broker_of(&scene, 3));
        append_at(&scene, 1);
        append_at(&scene, 1);
        kafka_broker_crash_host(broker_of(&scene, 3));
        int64_t kept = replica_of(&scene, 3)->log.end_offset;
        cr_assert(ge(i64, kept, 1));
        has_lost_all |= kept == 1;
        has_lost_some |= kept == 2;
        has_kept_all |= kept == 3;
        kafka_broker_start(broker_of(&scene, 3));
        cr_assert(eq(i64, replica_of(&scene, 3)->log.end_offset, 3));
        scene_deinit(&scene);
    }
    cr_assert(has_kept_all && has_lost_all && has_lost_some);
}

Test(replication, flush_messages_and_a_segment_that_begins_save_what_is_before)
{
    struct scene scene;
    scene_init(&scene, NULL);
    scene.partition->topic->config.flush_messages = 2;
    for (int i = 0; i < 4; i++)
        append_at(&scene, 1);
    kafka_broker_crash_host(broker_of(&scene, 3));
    cr_assert(eq(i64, replica_of(&scene, 3)->log.end_offset, 4));
    scene.partition->topic->config.flush_messages = INT64_MAX;
    kafka_log_roll(&replica_of(&scene, 2)->log);
    kafka_broker_crash_host(broker_of(&scene, 2));
    cr_assert(eq(i64, replica_of(&scene, 2)->log.end_offset, 4));
    scene_deinit(&scene);
}

/* ---- too few in sync --------------------------------------------------------------------------------------- */

Test(replication, a_new_leader_commits_what_it_has_once_enough_others_are_in_sync_again)
{
    static const char *const settings[] = {"min.insync.replicas=2", NULL};
    struct scene scene;
    scene_init(&scene, settings);
    kafka_broker_crash(broker_of(&scene, 3));
    append_at(&scene, 1);
    kafka_broker_crash(broker_of(&scene, 1));
    pass_ms(&scene, SESSION_MS);
    cr_assert(eq(i32, scene.partition->leader, 2));
    cr_assert(eq(i64, replica_of(&scene, 2)->log.end_offset, 1));
    cr_assert(eq(i64, replica_of(&scene, 2)->high_watermark, 0), "it is the only one in sync");
    kafka_broker_start(broker_of(&scene, 1));
    cr_assert(replica_of(&scene, 1)->is_in_sync);
    cr_assert(eq(i64, replica_of(&scene, 2)->high_watermark, 1));
    scene_deinit(&scene);
}

/* Real brokers say it only if the in-sync replicas shrink between two readings (KAFKA-15583): no case can bring it about. */
Test(replication, an_append_that_is_committed_by_fewer_than_the_minimum_is_told_so)
{
    struct scene scene;
    int16_t error;
    scene_init(&scene, NULL);
    append_at(&scene, 1);
    cr_assert(kafka_partition_is_settled(scene.partition, 0, 1, &error));
    cr_assert(eq(i16, error, KAFKA_NONE));
    kafka_broker_stop(broker_of(&scene, 3));
    scene.partition->topic->config.min_insync_replicas = 3;
    cr_assert(kafka_partition_is_settled(scene.partition, 0, 1, &error));
    cr_assert(eq(i16, error, KAFKA_NOT_ENOUGH_REPLICAS_AFTER_APPEND));
    cr_assert(not(kafka_partition_is_settled(scene.partition, 0, 2, &error)), "not committed: it waits");
    scene_deinit(&scene);
}

/* ---- racks ----------------------------------------------------------------------------------------------- */

Test(replication, a_consumer_of_another_rack_is_sent_to_the_in_sync_replica_there)
{
    static const char *const settings[] = {
        "millrace.broker.racks=a,b,",
        "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector", NULL};
    struct scene scene;
    scene_init(&scene, settings);
    append_at(&scene, 1);
    const struct kafka_replica *leader = replica_of(&scene, 1);
    cr_expect(eq(i32, kafka_rack_preferred(leader, test_string("b"), 0), 2));
    cr_expect(eq(i32, kafka_rack_preferred(leader, test_string("a"), 0), KAFKA_NOBODY));
    cr_expect(eq(i32, kafka_rack_preferred(leader, test_string("c"), 0), KAFKA_NOBODY));
    cr_expect(eq(i32, kafka_rack_preferred(leader, test_string(""), 0), KAFKA_NOBODY));
    cr_expect(eq(i32, kafka_rack_preferred(leader, test_string(NULL), 0), KAFKA_NOBODY));
    cr_expect(eq(i32, kafka_rack_preferred(leader, test_string("b"), 2), KAFKA_NOBODY), "it has not as much");
    kafka_broker_stop(broker_of(&scene, 2));
    cr_expect(eq(i32, kafka_rack_preferred(leader, test_string("b"), 0), KAFKA_NOBODY));
    scene_deinit(&scene);
}

Test(replication, without_a_selector_nobody_is_sent_away)
{
    static const char *const settings[] = {"millrace.broker.racks=a,b,c", NULL};
    struct scene scene;
    scene_init(&scene, settings);
    cr_expect(eq(i32, kafka_rack_preferred(replica_of(&scene, 1), test_string("b"), 0), KAFKA_NOBODY));
    scene_deinit(&scene);
}
