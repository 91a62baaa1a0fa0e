/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets within transactions: sim/kafka/txn_offset_commit.c, offset_pending.c, offset_record.c, offset_fetch.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/kafka_group_scene.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/group.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/marker.h"
#include "sim/kafka/wire/transaction.h"

enum {
    OFFSET_COMMIT = 8,
    OFFSET_FETCH = 9,
    LIST_GROUPS = 16,
    TXN_OFFSET_COMMIT = 28,
    DELETE_GROUPS = 42,
    OFFSET_DELETE = 47
};
enum { CHECK_MS = 600000, RETENTION_MS = 7 * 24 * 3600 * 1000 };

static const char *const unverified[] = {"transaction.partition.verification.enable=false", NULL};

struct txn_commit {
    const char *group, *member_id, *instance_id, *topic, *metadata; /* "g", "", null, "t", null */
    int64_t producer_id;                                            /* 0 means 7 */
    int16_t producer_epoch;
    int32_t generation; /* 0 means -1 */
    int32_t partition;
    int64_t offset;
    int16_t version; /* 3 */
    int32_t broker;  /* 1 */
};

static int send(struct kafka_fixture *fixture, struct txn_commit say)
{
    struct wire_txn_offset_commit_request_partition partition = {
        .partition_index = say.partition,
        .committed_offset = say.offset,
        .committed_leader_epoch = 3,
        .committed_metadata = kafka_fixture_string(say.metadata),
    };
    struct wire_txn_offset_commit_request_topic topic = {
        .name = kafka_fixture_string(say.topic ? say.topic : "t"),
    };
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    struct wire_txn_offset_commit_request body;
    KAFKA_FIXTURE_BODY(txn_offset_commit, body);
    body.transactional_id = kafka_fixture_string("x");
    body.group_id = kafka_fixture_string(say.group ? say.group : "g");
    body.producer_id = say.producer_id ? say.producer_id : 7;
    body.producer_epoch = say.producer_epoch;
    body.generation_id = say.generation ? say.generation : -1;
    body.member_id = kafka_fixture_string(say.member_id ? say.member_id : "");
    body.group_instance_id = kafka_fixture_string(say.instance_id);
    KAFKA_FIXTURE_ONE(body.topics, topic);
    return kafka_fixture_send(fixture, say.broker ? say.broker : 1, TXN_OFFSET_COMMIT,
                              say.version ? say.version : 3, &body);
}

/* -2: there is no answer yet. */
static int16_t error_of(const struct kafka_fixture *fixture, int token)
{
    const struct wire_txn_offset_commit_response *response = kafka_fixture_answer(fixture, token);
    return response ? response->topics.items[0].partitions.items[0].error_code : -2;
}

static int16_t commit(struct kafka_fixture *fixture, struct txn_commit say)
{
    return error_of(fixture, send(fixture, say));
}

static int16_t commit_plainly(struct kafka_fixture *fixture, int32_t broker, int64_t offset)
{
    struct wire_offset_commit_request_partition partition = {
        .committed_offset = offset,
        .committed_leader_epoch = -1,
        .commit_timestamp = -1,
        .committed_metadata = kafka_fixture_string(NULL),
    };
    struct wire_offset_commit_request_topic topic = {.name = kafka_fixture_string("t")};
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    struct wire_offset_commit_request body;
    KAFKA_FIXTURE_BODY(offset_commit, body);
    body.group_id = kafka_fixture_string("g");
    body.group_instance_id = kafka_fixture_string(NULL);
    KAFKA_FIXTURE_ONE(body.topics, topic);
    const struct wire_offset_commit_response *response =
        kafka_fixture_ask(fixture, broker, OFFSET_COMMIT, 7, &body);
    return response->topics.items[0].partitions.items[0].error_code;
}

static const struct wire_offset_fetch_response_partition *
fetch_at(struct kafka_fixture *fixture, int32_t broker, int32_t partition, bool requires_stable)
{
    struct wire_offset_fetch_request_topic topic = {.name = kafka_fixture_string("t")};
    KAFKA_FIXTURE_ONE(topic.partition_indexes, partition);
    struct wire_offset_fetch_request body;
    KAFKA_FIXTURE_BODY(offset_fetch, body);
    body.group_id = kafka_fixture_string("g");
    body.require_stable = requires_stable;
    KAFKA_FIXTURE_ONE(body.topics, topic);
    const struct wire_offset_fetch_response *response =
        kafka_fixture_ask(fixture, broker, OFFSET_FETCH, 7, &body);
    cr_assert(eq(i16, response->error_code, 0));
    return &response->topics.items[0].partitions.items[0];
}

static int64_t offset_at(struct kafka_fixture *fixture, int32_t broker)
{
    return fetch_at(fixture, broker, 0, false)->committed_offset;
}

static bool is_unstable_at(struct kafka_fixture *fixture, int32_t broker)
{
    return fetch_at(fixture, broker, 0, true)->error_code == KAFKA_UNSTABLE_OFFSET_COMMIT;
}

static struct kafka_partition *home(const struct kafka_fixture *fixture)
{
    return kafka_topic_named(fixture->cluster, KAFKA_GROUP_TOPIC)->partitions[0];
}

/* As the transaction's coordinator has its marker written. */
static void end(struct kafka_fixture *fixture, int64_t producer_id, bool is_commit)
{
    struct wire_batch header = {.magic = 2,
                                .producer_id = producer_id,
                                .base_sequence = -1,
                                .record_count = 1,
                                .base_timestamp_ms = kafka_cluster_now_ms(fixture->cluster),
                                .is_transactional = true,
                                .is_control = true};
    struct wire_marker marker = {.is_commit = is_commit, .timestamp_ms = header.base_timestamp_ms};
    struct wire_output records = {0};
    int64_t end_offset;
    wire_marker_append(&header, &marker, &records);
    cr_assert(
        eq(i16,
           kafka_partition_write(home(fixture), &header,
                                 (struct wire_bytes){records.data, (int32_t)records.bytes}, &end_offset),
           0));
    free(records.data);
}

static void move_to(struct kafka_fixture *fixture, int32_t broker)
{
    cr_assert(kafka_broker_elect(kafka_broker_of(fixture->cluster, broker), home(fixture)));
}

static int32_t group_count(struct kafka_fixture *fixture, int32_t broker)
{
    struct wire_list_groups_request body;
    KAFKA_FIXTURE_BODY(list_groups, body);
    const struct wire_list_groups_response *response =
        kafka_fixture_ask(fixture, broker, LIST_GROUPS, 3, &body);
    return response->groups.count;
}

Test(kafka_txn_offsets, a_commit_counts_once_its_marker_is_there)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    cr_expect(eq(i16, commit_plainly(fixture, 1, 5), 0));
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42, .metadata = "m"}), 0));
    cr_expect(eq(i64, offset_at(fixture, 1), 5), "whoever does not ask for stable offsets");
    const struct wire_offset_fetch_response_partition *stable = fetch_at(fixture, 1, 0, true);
    cr_expect(eq(i16, stable->error_code, KAFKA_UNSTABLE_OFFSET_COMMIT));
    cr_expect(eq(i64, stable->committed_offset, -1));
    cr_expect(eq(i16, fetch_at(fixture, 1, 1, true)->error_code, 0), "another partition is stable");
    end(fixture, 8, true);
    cr_expect(is_unstable_at(fixture, 1), "that was another producer's");
    end(fixture, 7, true);
    cr_expect(eq(i64, fetch_at(fixture, 1, 0, true)->committed_offset, 42));
    cr_expect(kafka_fixture_says(fetch_at(fixture, 1, 0, true)->metadata, "m"));
    cr_expect(eq(i32, fetch_at(fixture, 1, 0, true)->committed_leader_epoch, 3));
    kafka_fixture_free(fixture);
}

Test(kafka_txn_offsets, an_aborted_commit_never_counts)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42}), 0));
    end(fixture, 7, false);
    cr_expect(not(is_unstable_at(fixture, 1)));
    cr_expect(eq(i64, offset_at(fixture, 1), -1));
    end(fixture, 7, true);
    cr_expect(eq(i64, offset_at(fixture, 1), -1), "it is gone");
    kafka_fixture_free(fixture);
}

Test(kafka_txn_offsets, what_was_committed_later_stays)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42}), 0));
    cr_expect(eq(i16, commit_plainly(fixture, 1, 5), 0));
    end(fixture, 7, true);
    cr_expect(eq(i64, offset_at(fixture, 1), 5),
              "of two commits the later counts, whenever the marker comes");
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 43}), 0));
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 44, .producer_id = 8}), 0));
    end(fixture, 8, true);
    cr_expect(is_unstable_at(fixture, 1));
    end(fixture, 7, true);
    cr_expect(eq(i64, offset_at(fixture, 1), 44));
    kafka_fixture_free(fixture);
}

Test(kafka_txn_offsets, a_new_coordinator_knows_what_its_log_says)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    cr_expect(eq(i16, commit_plainly(fixture, 1, 5), 0));
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42}), 0));
    move_to(fixture, 2);
    cr_expect(is_unstable_at(fixture, 2));
    cr_expect(eq(i64, offset_at(fixture, 2), 5));
    end(fixture, 7, true);
    cr_expect(eq(i64, offset_at(fixture, 2), 42));
    move_to(fixture, 1);
    cr_expect(not(is_unstable_at(fixture, 1)));
    cr_expect(eq(i64, offset_at(fixture, 1), 42), "the marker stands in the log, too");
    cr_expect(eq(i16, commit_plainly(fixture, 1, 6), 0));
    move_to(fixture, 2);
    cr_expect(eq(i64, offset_at(fixture, 2), 6), "and what came later");
    kafka_fixture_free(fixture);
}

Test(kafka_txn_offsets, what_the_new_coordinators_log_has_lost_is_not_pending_and_not_committed)
{
    for (int has_marker = 0; has_marker < 2; has_marker++) {
        struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
        cr_expect(eq(i16, commit_plainly(fixture, 1, 5), 0));
        cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42}), 0));
        if (has_marker)
            end(fixture, 7, true);
        kafka_log_truncate(&kafka_partition_leader(home(fixture))->log, 0);
        kafka_groups_on_leader(fixture->cluster->groups, home(fixture));
        cr_expect(not(is_unstable_at(fixture, 1)), "marker: %d", has_marker);
        cr_expect(eq(i64, offset_at(fixture, 1), 5), "marker: %d: the ordinary commit is back", has_marker);
        cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 43}), 0));
        end(fixture, 7, true);
        cr_expect(eq(i64, offset_at(fixture, 1), 43), "marker: %d: later, though at an offset of then",
                  has_marker);
        kafka_fixture_free(fixture);
    }
}

Test(kafka_txn_offsets, a_group_that_only_transactions_know_is_there_again_after_a_fail_over)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42}), 0));
    cr_assert(kafka_broker_stop(kafka_broker_of(fixture->cluster, 1)));
    cr_assert(kafka_broker_stop(kafka_broker_of(fixture->cluster, 2)));
    cr_assert(kafka_broker_start(kafka_broker_of(fixture->cluster, 2)));
    cr_expect(eq(i32, group_count(fixture, 2), 1));
    cr_expect(is_unstable_at(fixture, 2));
    kafka_fixture_free(fixture);
}

Test(kafka_txn_offsets, who_may_commit_for_a_group)
{
    for (int i = 0; i < 2; i++) {
        struct kafka_fixture *fixture = kafka_group_scene_new(i ? "3.9" : "4.3", unverified);
        const char *ids[2];
        kafka_group_scene_settle(fixture, 2, true, ids);
        const struct {
            const char *claim;
            struct txn_commit commit;
            int16_t error;
        } cases[] = {
            {"nobody is named, as before KIP-447", {.version = 2}, 0},
            {"the member in its generation", {.member_id = ids[0], .generation = 1, .instance_id = "i0"}, 0},
            {"without its instance", {.member_id = ids[0], .generation = 1}, 0},
            {"another generation", {.member_id = ids[0], .generation = 2}, KAFKA_ILLEGAL_GENERATION},
            {"no generation", {.member_id = ids[0]}, KAFKA_ILLEGAL_GENERATION},
            {"an unknown member", {.member_id = "m", .generation = 1}, KAFKA_UNKNOWN_MEMBER_ID},
            {"a generation without a member", {.generation = 1}, KAFKA_UNKNOWN_MEMBER_ID},
            {"an unknown instance",
             {.member_id = ids[0], .generation = 1, .instance_id = "i9"},
             KAFKA_UNKNOWN_MEMBER_ID},
            {"another's instance",
             {.member_id = ids[0], .generation = 1, .instance_id = "i1"},
             KAFKA_FENCED_INSTANCE_ID},
            {"a group that is not there",
             {.group = "h", .member_id = "m", .generation = 1},
             i ? KAFKA_UNKNOWN_MEMBER_ID : KAFKA_ILLEGAL_GENERATION},
            {"no group", {.group = ""}, KAFKA_INVALID_GROUP_ID},
            {"not the coordinator", {.broker = 2}, KAFKA_NOT_COORDINATOR},
            {"no such topic", {.topic = "u"}, KAFKA_UNKNOWN_TOPIC_OR_PARTITION},
            {"no such partition", {.partition = 4}, KAFKA_UNKNOWN_TOPIC_OR_PARTITION},
        };
        for (size_t j = 0; j < sizeof cases / sizeof cases[0]; j++)
            cr_expect(eq(i16, commit(fixture, cases[j].commit), cases[j].error), "%s", cases[j].claim);
        kafka_fixture_free(fixture);
    }
}

Test(kafka_txn_offsets, a_rebalance_does_not_keep_a_member_from_committing)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    int join = kafka_group_scene_join(fixture, &(struct kafka_join){0});
    kafka_fixture_advance_ms(fixture, 3000);
    const char *id = kafka_group_scene_text(fixture, kafka_group_scene_joined(fixture, join)->member_id);
    cr_assert(kafka_fixture_says(kafka_group_scene_describe(fixture)->group_state, "CompletingRebalance"));
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.member_id = id, .generation = 1}), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_txn_offsets, what_is_too_large)
{
    char long_metadata[4098], longer[20001];
    memset(long_metadata, 'x', sizeof long_metadata - 1);
    long_metadata[sizeof long_metadata - 1] = '\0';
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const char *const settings[] = {unverified[0], "offset.metadata.max.bytes=30000", NULL};
    for (int i = 0; i < 2; i++) {
        const char *release = i ? "3.9" : "4.3";
        struct kafka_fixture *fixture = kafka_group_scene_new(release, unverified);
        cr_expect(eq(i16, commit(fixture, (struct txn_commit){.metadata = long_metadata}),
                     KAFKA_OFFSET_METADATA_TOO_LARGE));
        cr_expect(eq(i64, home(fixture)->replicas[0].log.end_offset, 0), "nothing is written");
        kafka_fixture_free(fixture);
        fixture = kafka_group_scene_new(release, settings);
        home(fixture)->topic->config.max_message_bytes = 20000;
        cr_expect(eq(i16, commit(fixture, (struct txn_commit){.metadata = longer}),
                     i ? KAFKA_INVALID_COMMIT_OFFSET_SIZE : KAFKA_UNKNOWN_SERVER_ERROR));
        kafka_fixture_free(fixture);
    }
}

Test(kafka_txn_offsets, a_group_whose_first_commit_fails_is_not_there_in_4_3)
{
    for (int i = 0; i < 2; i++) {
        struct kafka_fixture *fixture = kafka_group_scene_new(i ? "3.9" : "4.3", unverified);
        home(fixture)->topic->config.max_message_bytes = 61;
        cr_expect(ne(i16, commit(fixture, (struct txn_commit){0}), 0));
        cr_expect(eq(i32, group_count(fixture, 1), i));
        kafka_fixture_advance_ms(fixture, CHECK_MS);
        cr_expect(eq(i32, group_count(fixture, 1), 0), "an empty one goes at the next look");
        kafka_fixture_free(fixture);
    }
}

Test(kafka_txn_offsets, it_is_answered_once_it_is_replicated)
{
    for (int i = 0; i < 2; i++) {
        struct kafka_fixture *fixture = kafka_group_scene_new(i ? "3.9" : "4.3", unverified);
        cr_assert(kafka_broker_crash(kafka_broker_of(fixture->cluster, 2)));
        int token = send(fixture, (struct txn_commit){.offset = 42});
        cr_expect(eq(i16, error_of(fixture, token), -2), "broker 2 is in sync still");
        kafka_fixture_advance_ms(fixture, 4999);
        cr_expect(eq(i16, error_of(fixture, token), -2));
        kafka_fixture_advance_ms(fixture, 1);
        cr_expect(
            eq(i16, error_of(fixture, token), i ? KAFKA_REQUEST_TIMED_OUT : KAFKA_COORDINATOR_NOT_AVAILABLE));
        token = send(fixture, (struct txn_commit){.offset = 42});
        kafka_fixture_advance_ms(fixture, 4000);
        cr_expect(eq(i16, error_of(fixture, token), 0), "its end is noticed after 9 s");
        kafka_fixture_free(fixture);
    }
}

Test(kafka_txn_offsets, whose_coordinator_is_gone_is_told)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    cr_assert(kafka_broker_crash(kafka_broker_of(fixture->cluster, 2)));
    int token = send(fixture, (struct txn_commit){.offset = 42});
    kafka_partition_lead(home(fixture), KAFKA_NOBODY);
    kafka_waiters_settle(&fixture->cluster->touched);
    cr_expect(eq(i16, error_of(fixture, token), KAFKA_NOT_COORDINATOR));
    kafka_fixture_free(fixture);
}

Test(kafka_txn_offsets, the_batch_is_as_kafka_writes_it)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    cr_expect(
        eq(i16, commit(fixture, (struct txn_commit){.producer_epoch = 4, .offset = 42, .metadata = "m"}), 0));
    const struct kafka_log *log = &kafka_partition_leader(home(fixture))->log;
    cr_assert(eq(sz, log->count, 1));
    struct wire_batch batch;
    cr_assert(kafka_batch_read(kafka_log_entry(log, 0)->batch, &batch));
    cr_expect(batch.is_transactional && !batch.is_control);
    cr_expect(eq(i64, batch.producer_id, 7));
    cr_expect(eq(i16, batch.producer_epoch, 4));
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    cr_assert(wire_record_reader_init(&reader, &batch, batch.payload, &error));
    cr_assert(eq(int, wire_record_next(&reader, &record, &error), WIRE_NEXT));
    static const char key[] = "\0\1\0\1g\0\1t\0\0\0\0", value[] = "\0\3\0\0\0\0\0\0\0\52\0\0\0\3\0\1m";
    cr_assert(eq(i32, record.key.bytes, sizeof key - 1));
    cr_expect(eq(int, memcmp(record.key.data, key, sizeof key - 1), 0));
    cr_assert(eq(i32, record.value.bytes, sizeof value - 1 + 8));
    cr_expect(eq(int, memcmp(record.value.data, value, sizeof value - 1), 0));
    cr_expect(
        eq(i64, wire_int64(record.value.data + sizeof value - 1), kafka_cluster_now_ms(fixture->cluster)));
    kafka_fixture_free(fixture);
}

/* A request for partitions 0, 9 of "t" and 0 of "t" again: the answer, as "t:0=0,9=3 t:..". */
static const char *answer_to_doubles(const char *release, char text[128])
{
    struct kafka_fixture *fixture = kafka_group_scene_new(release, unverified);
    struct wire_txn_offset_commit_request_partition partitions[] = {
        {.committed_metadata.bytes = -1}, {.partition_index = 9, .committed_metadata.bytes = -1}};
    struct wire_txn_offset_commit_request_topic topics[2] = {{.name = kafka_fixture_string("t")},
                                                             {.name = kafka_fixture_string("t")}};
    topics[0].partitions.items = topics[1].partitions.items = partitions;
    topics[0].partitions.count = 2;
    topics[1].partitions.count = 1;
    struct wire_txn_offset_commit_request body;
    KAFKA_FIXTURE_BODY(txn_offset_commit, body);
    body.transactional_id = kafka_fixture_string("x");
    body.group_id = kafka_fixture_string("g");
    body.group_instance_id.bytes = -1;
    body.topics.items = topics;
    body.topics.count = 2;
    const struct wire_txn_offset_commit_response *response =
        kafka_fixture_ask(fixture, 1, TXN_OFFSET_COMMIT, 4, &body);
    int length = 0;
    for (int32_t i = 0; i < response->topics.count; i++)
        for (int32_t j = 0; j < response->topics.items[i].partitions.count; j++)
            length += snprintf(text + length, 128 - (size_t)length, "%s%d=%d",
                               j   ? ","
                               : i ? " t:"
                                   : "t:",
                               response->topics.items[i].partitions.items[j].partition_index,
                               response->topics.items[i].partitions.items[j].error_code);
    kafka_fixture_free(fixture);
    return text;
}

Test(kafka_txn_offsets, what_is_refused_at_the_door_comes_first_in_the_answer)
{
    char text[128];
    cr_expect(eq(str, (char *)answer_to_doubles("4.3", text), "t:9=3,0=0,0=0"));
    cr_expect(eq(str, (char *)answer_to_doubles("3.9", text), "t:9=3,0=0"));
}

static int16_t delete_offset(struct kafka_fixture *fixture)
{
    struct wire_offset_delete_request_partition partition = {.partition_index = 0};
    struct wire_offset_delete_request_topic topic = {.name = kafka_fixture_string("t")};
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    struct wire_offset_delete_request body;
    KAFKA_FIXTURE_BODY(offset_delete, body);
    body.group_id = kafka_fixture_string("g");
    KAFKA_FIXTURE_ONE(body.topics, topic);
    const struct wire_offset_delete_response *response =
        kafka_fixture_ask(fixture, 1, OFFSET_DELETE, 0, &body);
    return response->error_code;
}

static int16_t delete_group(struct kafka_fixture *fixture)
{
    struct wire_string group = kafka_fixture_string("g");
    struct wire_delete_groups_request body;
    KAFKA_FIXTURE_BODY(delete_groups, body);
    KAFKA_FIXTURE_ONE(body.groups_names, group);
    const struct wire_delete_groups_response *response =
        kafka_fixture_ask(fixture, 1, DELETE_GROUPS, 1, &body);
    return response->results.items[0].error_code;
}

static int16_t delete_topic(struct kafka_fixture *fixture)
{
    struct kafka_topic *topic = kafka_topic_named(fixture->cluster, "t");
    kafka_groups_on_topic_deleted(fixture->cluster->groups, topic);
    kafka_topic_free(topic);
    kafka_fixture_topic(fixture, "t", 4);
    return KAFKA_NONE;
}

Test(kafka_txn_offsets, what_is_deleted_does_not_come_back)
{
    static int16_t (*const deletions[])(struct kafka_fixture *) = {delete_offset, delete_group, delete_topic};
    for (int i = 0; i < 12; i++) {
        bool is_ended_first = i % 2, moves = i / 2 % 2;
        struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
        cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42}), 0));
        if (is_ended_first)
            end(fixture, 7, true);
        cr_expect(eq(i16, deletions[i / 4](fixture), 0), "deletion %d", i / 4);
        if (moves)
            move_to(fixture, 2);
        cr_expect(not(is_unstable_at(fixture, moves ? 2 : 1)), "case %d", i);
        end(fixture, 7, true);
        cr_expect(eq(i64, offset_at(fixture, moves ? 2 : 1), -1), "case %d", i);
        kafka_fixture_free(fixture);
    }
}

Test(kafka_txn_offsets, while_one_is_pending_neither_offset_nor_group_expires)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    cr_expect(eq(i16, commit_plainly(fixture, 1, 5), 0));
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42}), 0));
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.group = "h", .offset = 42}), 0));
    kafka_fixture_advance_ms(fixture, RETENTION_MS + CHECK_MS);
    cr_expect(eq(i64, offset_at(fixture, 1), 5));
    cr_expect(eq(i32, group_count(fixture, 1), 2));
    end(fixture, 7, false);
    kafka_fixture_advance_ms(fixture, CHECK_MS);
    cr_expect(eq(i32, group_count(fixture, 1), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_txn_offsets, all_offsets_of_a_group_are_told_or_are_unstable)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", unverified);
    cr_expect(eq(i16, commit_plainly(fixture, 1, 5), 0));
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42}), 0));
    cr_expect(eq(i16, commit(fixture, (struct txn_commit){.offset = 42, .partition = 1}), 0));
    struct wire_offset_fetch_request_group group = {.group_id = kafka_fixture_string("g"),
                                                    .member_id = kafka_fixture_string(NULL),
                                                    .member_epoch = -1,
                                                    .topics.count = -1};
    struct wire_offset_fetch_request body;
    KAFKA_FIXTURE_BODY(offset_fetch, body);
    KAFKA_FIXTURE_ONE(body.groups, group);
    for (int i = 0; i < 2; i++) {
        body.require_stable = i;
        const struct wire_offset_fetch_response *response =
            kafka_fixture_ask(fixture, 1, OFFSET_FETCH, 9, &body);
        cr_assert(eq(i32, response->groups.items[0].topics.count, 1));
        cr_assert(eq(i32, response->groups.items[0].topics.items[0].partitions.count, 1),
                  "where nothing is committed, nothing is told");
        const struct wire_offset_fetch_response_partitions *partition =
            &response->groups.items[0].topics.items[0].partitions.items[0];
        cr_expect(eq(i16, partition->error_code, i ? KAFKA_UNSTABLE_OFFSET_COMMIT : 0));
        cr_expect(eq(i64, partition->committed_offset, i ? -1 : 5));
    }
    kafka_fixture_free(fixture);
}
