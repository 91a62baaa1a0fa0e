/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets within transactions: sim/kafka/txn_offset_commit.c, offset_pending.c, offset_record.c, offset_fetch.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/kafka_group_scene.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/group.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/transaction.h"

enum {
    OFFSET_COMMIT = 8,
    OFFSET_FETCH = 9,
    LIST_GROUPS = 16,
    TXN_OFFSET_COMMIT = 28,
    DELETE_GROUPS = 42,
    OFFSET_DELETE = 47
};
enum { CHECK_MS = 600000, RETENTION_MS = 7 * 24 * 3600 * 1000, MARKER_BYTES = 6 };

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
    static const uint8_t value[MARKER_BYTES];
    uint8_t key[4] = {0, 0, 0, is_commit};
    struct wire_batch header = {.magic = 2,
                                .producer_id = producer_id,
                                .base_sequence = -1,
                                .record_count = 1,
                                .base_timestamp_ms = kafka_cluster_now_ms(fixture->cluster),
                                .is_transactional = true,
                                .is_control = true};
    struct wire_record record = {.timestamp_ms = header.base_timestamp_ms,
                                 .key = {.data = key, .bytes = sizeof key},
                                 .value = {.data = value, .bytes = sizeof value}};
    struct wire_output records = {0};
    int64_t end_offset;
    wire_record_append(&header, &record, &records);
    cr_assert(
        eq(i16,
           kafka_partition_write(home(fixture), &header,
                                 (struct wire_bytes){records.data, (int32_t)records.bytes}, &end_offset),
           0));
    free(records.data);
    kafka_offsets_on_marker(fixture->cluster->groups, home(fixture), producer_id, is_commit);
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
