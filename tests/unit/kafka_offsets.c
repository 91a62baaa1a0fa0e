/* SPDX-License-Identifier: Apache-2.0 */
/* Committed offsets: sim/kafka/offsets.c, offset_fetch.c, offset_delete.c, offset_expiry.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include "tests/unit/kafka_group_scene.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/group.h"
#include "sim/kafka/topic.h"

enum { OFFSET_COMMIT = 8, OFFSET_FETCH = 9, OFFSET_DELETE = 47, LIST_GROUPS = 16 };
enum { CHECK_MS = 600000, RETENTION_MS = 7 * 24 * 3600 * 1000 };

struct commit {
    const char *group, *member_id, *topic, *metadata; /* "g", "", "t", null */
    int32_t generation;                               /* 0 means -1; the first generation is 1 */
    int32_t partition;
    int64_t offset;
    int64_t retention_ms; /* 0 means -1 */
    int64_t commit_ms;    /* 0 means -1; of version 1 */
    int16_t version;      /* 7 */
};

static int16_t commit(struct kafka_fixture *fixture, struct commit say)
{
    struct wire_offset_commit_request_partition partition = {
        .partition_index = say.partition,
        .committed_offset = say.offset,
        .committed_leader_epoch = 3,
        .commit_timestamp = say.commit_ms ? say.commit_ms : -1,
        .committed_metadata = kafka_fixture_string(say.metadata),
    };
    struct wire_offset_commit_request_topic topic = {.name =
                                                         kafka_fixture_string(say.topic ? say.topic : "t")};
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    struct wire_offset_commit_request body;
    KAFKA_FIXTURE_BODY(offset_commit, body);
    body.group_id = kafka_fixture_string(say.group ? say.group : "g");
    body.member_id = kafka_fixture_string(say.member_id ? say.member_id : "");
    body.group_instance_id = kafka_fixture_string(NULL);
    body.generation_id_or_member_epoch = say.generation ? say.generation : -1;
    body.retention_time_ms = say.retention_ms ? say.retention_ms : -1;
    KAFKA_FIXTURE_ONE(body.topics, topic);
    const struct wire_offset_commit_response *response =
        kafka_fixture_ask(fixture, 1, OFFSET_COMMIT, say.version ? say.version : 7, &body);
    return response->topics.items[0].partitions.items[0].error_code;
}

static const struct wire_offset_fetch_response_partition *fetch(struct kafka_fixture *fixture,
                                                                const char *topic_name, int32_t partition)
{
    struct wire_offset_fetch_request_topic topic = {.name = kafka_fixture_string(topic_name)};
    KAFKA_FIXTURE_ONE(topic.partition_indexes, partition);
    struct wire_offset_fetch_request body;
    KAFKA_FIXTURE_BODY(offset_fetch, body);
    body.group_id = kafka_fixture_string("g");
    KAFKA_FIXTURE_ONE(body.topics, topic);
    const struct wire_offset_fetch_response *response = kafka_fixture_ask(fixture, 1, OFFSET_FETCH, 5, &body);
    cr_assert(eq(i16, response->error_code, 0));
    return &response->topics.items[0].partitions.items[0];
}

static int32_t group_count(struct kafka_fixture *fixture)
{
    struct wire_list_groups_request body;
    KAFKA_FIXTURE_BODY(list_groups, body);
    const struct wire_list_groups_response *response = kafka_fixture_ask(fixture, 1, LIST_GROUPS, 3, &body);
    return response->groups.count;
}

Test(kafka_offsets, a_simple_commit_makes_the_group_and_is_read_back)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    cr_expect(eq(i64, fetch(fixture, "t", 2)->committed_offset, -1), "no group, and no error");
    cr_expect(eq(i16, commit(fixture, (struct commit){.partition = 2, .offset = 42, .metadata = "m"}), 0));
    const struct wire_offset_fetch_response_partition *partition = fetch(fixture, "t", 2);
    cr_expect(eq(i64, partition->committed_offset, 42));
    cr_expect(eq(i32, partition->committed_leader_epoch, 3));
    cr_expect(kafka_fixture_says(partition->metadata, "m"));
    cr_expect(eq(i64, fetch(fixture, "t", 1)->committed_offset, -1));
    cr_expect(eq(i64, fetch(fixture, "unheard of", 1)->committed_offset, -1));
    cr_expect(eq(i16, commit(fixture, (struct commit){.partition = 2, .offset = 5}), 0));
    cr_expect(eq(i64, fetch(fixture, "t", 2)->committed_offset, 5), "offsets may go back");
    cr_expect(eq(i32, fetch(fixture, "t", 2)->metadata.bytes, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, a_log_with_too_few_replicas_in_sync_takes_none_and_no_group_is_made_for_it)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    fetch(fixture, "t", 2);
    struct kafka_partition *log =
        kafka_coordinator_partition(fixture->cluster, KAFKA_GROUP_TOPIC, kafka_fixture_string("g"));
    int32_t minimum = log->topic->config.min_insync_replicas;
    cr_assert(eq(i32, log->replica_count, 2));
    log->topic->config.min_insync_replicas = 2;
    log->replicas[1].is_in_sync = false;
    cr_expect(eq(i16, commit(fixture, (struct commit){.partition = 2, .offset = 42}),
                 KAFKA_COORDINATOR_NOT_AVAILABLE));
    cr_expect(eq(i32, group_count(fixture), 0));
    log->topic->config.min_insync_replicas = minimum;
    cr_expect(eq(i16, commit(fixture, (struct commit){.partition = 2, .offset = 42}), 0));
    cr_expect(eq(i32, group_count(fixture), 1));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, what_a_commit_must_not_say)
{
    char long_metadata[4098];
    memset(long_metadata, 'x', sizeof(long_metadata) - 1);
    long_metadata[4097] = '\0';
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    const struct {
        const char *claim;
        struct commit commit;
        int16_t error;
    } cases[] = {
        {"no member of a group with members", {.offset = 1}, KAFKA_UNKNOWN_MEMBER_ID},
        {"an unknown member", {.member_id = "m", .generation = 1}, KAFKA_UNKNOWN_MEMBER_ID},
        {"another generation", {.member_id = ids[0], .generation = 2}, KAFKA_ILLEGAL_GENERATION},
        {"no generation", {.member_id = ids[0]}, KAFKA_ILLEGAL_GENERATION},
        {"no such topic",
         {.topic = "u", .member_id = ids[0], .generation = 1},
         KAFKA_UNKNOWN_TOPIC_OR_PARTITION},
        {"no such partition",
         {.partition = 4, .member_id = ids[0], .generation = 1},
         KAFKA_UNKNOWN_TOPIC_OR_PARTITION},
        {"much metadata",
         {.metadata = long_metadata, .member_id = ids[0], .generation = 1},
         KAFKA_OFFSET_METADATA_TOO_LARGE},
        {"less metadata", {.metadata = long_metadata + 1, .member_id = ids[0], .generation = 1}, 0},
        {"a member of no group", {.group = "h", .member_id = "m", .generation = 1}, KAFKA_ILLEGAL_GENERATION},
        {"likewise, newer",
         {.group = "h", .member_id = "m", .generation = 1, .version = 9},
         KAFKA_GROUP_ID_NOT_FOUND},
        {"no group id is a group", {.group = ""}, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect(eq(i16, commit(fixture, cases[i].commit), cases[i].error), "%s", cases[i].claim);
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, members_may_commit_while_others_join_but_not_until_they_sync)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[2];
    kafka_group_scene_settle(fixture, 2, false, ids);
    struct commit say = {.member_id = ids[1], .generation = 1, .offset = 7};
    cr_expect(eq(i16, commit(fixture, say), 0), "stable");
    kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[0]});
    cr_expect(eq(i16, commit(fixture, say), 0), "preparing");
    kafka_group_scene_join(fixture, &(struct kafka_join){.member_id = ids[1]});
    cr_expect(eq(i16, commit(fixture, say), KAFKA_ILLEGAL_GENERATION), "completing, of before");
    say.generation = 2;
    cr_expect(eq(i16, commit(fixture, say), KAFKA_REBALANCE_IN_PROGRESS), "completing");
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, a_commit_shows_that_its_member_lives)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    kafka_fixture_advance_ms(fixture, 9000);
    cr_expect(eq(i16, commit(fixture, (struct commit){.member_id = ids[0], .generation = 1}), 0));
    kafka_fixture_advance_ms(fixture, 9999);
    cr_expect(eq(i16, kafka_group_scene_beat(fixture, ids[0], 1), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, the_old_coordinator_of_3_9_knows_no_missing_group)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("3.9", NULL);
    cr_expect(eq(i16, commit(fixture, (struct commit){.member_id = "m", .generation = 1, .version = 9}),
                 KAFKA_ILLEGAL_GENERATION));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, topics_by_id_from_version_10_on)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const struct kafka_topic *known = kafka_topic_named(fixture->cluster, "t");
    struct wire_offset_commit_request_partition partition = {.committed_offset = 9,
                                                             .committed_leader_epoch = -1};
    struct wire_offset_commit_request_topic topics[2] = {{.topic_id = {{1}}}, {.topic_id = known->id}};
    KAFKA_FIXTURE_ONE(topics[0].partitions, partition);
    KAFKA_FIXTURE_ONE(topics[1].partitions, partition);
    struct wire_offset_commit_request body;
    KAFKA_FIXTURE_BODY(offset_commit, body);
    body.group_id = kafka_fixture_string("g");
    body.topics.items = topics;
    body.topics.count = 2;
    const struct wire_offset_commit_response *response =
        kafka_fixture_ask(fixture, 1, OFFSET_COMMIT, 10, &body);
    cr_expect(eq(i16, response->topics.items[0].partitions.items[0].error_code, KAFKA_UNKNOWN_TOPIC_ID));
    cr_expect(eq(i16, response->topics.items[1].partitions.items[0].error_code, 0));
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, 9));

    int32_t index = 0;
    struct wire_offset_fetch_request_topics asked[2] = {{.topic_id = {{1}}}, {.topic_id = known->id}};
    KAFKA_FIXTURE_ONE(asked[0].partition_indexes, index);
    KAFKA_FIXTURE_ONE(asked[1].partition_indexes, index);
    struct wire_offset_fetch_request_group group = {
        .group_id = kafka_fixture_string("g"), .member_id = kafka_fixture_string(NULL), .member_epoch = -1};
    group.topics.items = asked;
    group.topics.count = 2;
    struct wire_offset_fetch_request fetch_body;
    KAFKA_FIXTURE_BODY(offset_fetch, fetch_body);
    KAFKA_FIXTURE_ONE(fetch_body.groups, group);
    const struct wire_offset_fetch_response *fetched =
        kafka_fixture_ask(fixture, 1, OFFSET_FETCH, 10, &fetch_body);
    const struct wire_offset_fetch_response_group *out = &fetched->groups.items[0];
    cr_assert(eq(i32, out->topics.count, 2));
    cr_expect(eq(i64, out->topics.items[0].partitions.items[0].committed_offset, 9));
    cr_expect(eq(i16, out->topics.items[1].partitions.items[0].error_code, KAFKA_UNKNOWN_TOPIC_ID));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, all_of_a_group_are_asked_for_with_a_null_list)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    kafka_fixture_topic(fixture, "s", 1);
    commit(fixture, (struct commit){.partition = 3, .offset = 30});
    commit(fixture, (struct commit){.partition = 1, .offset = 10});
    commit(fixture, (struct commit){.topic = "s", .offset = 1});
    struct wire_offset_fetch_request_group groups[2] = {
        {.group_id = kafka_fixture_string("g"), .member_id = {NULL, -1}, .topics.count = -1},
        {.group_id = kafka_fixture_string("none"), .member_id = {NULL, -1}, .topics.count = -1},
    };
    struct wire_offset_fetch_request body;
    KAFKA_FIXTURE_BODY(offset_fetch, body);
    body.groups.items = groups;
    body.groups.count = 2;
    const struct wire_offset_fetch_response *response = kafka_fixture_ask(fixture, 1, OFFSET_FETCH, 8, &body);
    cr_assert(eq(i32, response->groups.items[0].topics.count, 2));
    cr_expect(kafka_fixture_says(response->groups.items[0].topics.items[0].name, "s"));
    cr_assert(eq(i32, response->groups.items[0].topics.items[1].partitions.count, 2));
    cr_expect(eq(i64, response->groups.items[0].topics.items[1].partitions.items[0].committed_offset, 10));
    cr_expect(eq(i16, response->groups.items[1].error_code, 0));
    cr_expect(eq(i32, response->groups.items[1].topics.count, 0));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, an_error_stands_where_the_version_has_a_place_for_it)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("3.9", NULL);
    int32_t partition = 0;
    struct wire_offset_fetch_request_topic topic = {.name = kafka_fixture_string("t")};
    KAFKA_FIXTURE_ONE(topic.partition_indexes, partition);
    struct wire_offset_fetch_request body;
    KAFKA_FIXTURE_BODY(offset_fetch, body);
    body.group_id = kafka_fixture_string("g");
    KAFKA_FIXTURE_ONE(body.topics, topic);
    const struct wire_offset_fetch_response *old = kafka_fixture_ask(fixture, 2, OFFSET_FETCH, 1, &body);
    cr_expect(eq(i16, old->topics.items[0].partitions.items[0].error_code, KAFKA_NOT_COORDINATOR));
    const struct wire_offset_fetch_response *newer = kafka_fixture_ask(fixture, 2, OFFSET_FETCH, 2, &body);
    cr_expect(eq(i16, newer->error_code, KAFKA_NOT_COORDINATOR));
    cr_expect(eq(i32, newer->topics.count, 0));
    old = kafka_fixture_ask(fixture, 1, OFFSET_FETCH, 0, &body);
    cr_expect(eq(i16, old->topics.items[0].partitions.items[0].error_code, KAFKA_UNSUPPORTED_VERSION));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, those_of_a_simple_group_go_with_the_first_check_after_the_retention)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    kafka_fixture_advance_ms(fixture, 1000);
    commit(fixture, (struct commit){.offset = 1});
    kafka_fixture_advance_ms(fixture, RETENTION_MS + CHECK_MS - 1001);
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, 1));
    kafka_fixture_advance_ms(fixture, 1);
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, -1));
    cr_expect(eq(i32, group_count(fixture), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, those_of_a_group_with_members_stay_for_what_they_read_and_for_a_while_after_they_left)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    kafka_fixture_topic(fixture, "s", 1);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, true, ids);
    /* The longest session that a broker allows lets a member be silent for half an hour. */
    int join = kafka_group_scene_join(
        fixture, &(struct kafka_join){.member_id = ids[0], .instance_id = "i0", .session_ms = 1800000});
    cr_assert(kafka_group_scene_joined(fixture, join) != NULL);
    kafka_group_scene_sync(fixture, ids[0], 2, NULL);
    commit(fixture, (struct commit){.member_id = ids[0], .generation = 2, .offset = 1});
    commit(fixture, (struct commit){.member_id = ids[0], .generation = 2, .offset = 2, .topic = "s"});
    for (int64_t passed = 0; passed < RETENTION_MS + CHECK_MS; passed += 1700000) {
        kafka_fixture_advance_ms(fixture, 1700000);
        cr_assert(eq(i16, kafka_group_scene_beat(fixture, ids[0], 2), 0));
    }
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, 1), "subscribed to");
    cr_expect(eq(i64, fetch(fixture, "s", 0)->committed_offset, -1), "not subscribed to");
    kafka_group_scene_leave(fixture, ids[0], NULL);
    kafka_fixture_advance_ms(fixture, RETENTION_MS - 1);
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, 1));
    kafka_fixture_advance_ms(fixture, CHECK_MS + 1);
    cr_expect(eq(i32, group_count(fixture), 0));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, an_empty_group_without_any_goes_with_the_next_check)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    kafka_group_scene_leave(fixture, ids[0], NULL);
    kafka_fixture_advance_ms(fixture, CHECK_MS - 6001);
    cr_expect(eq(i32, group_count(fixture), 1));
    kafka_fixture_advance_ms(fixture, 1);
    cr_expect(eq(i32, group_count(fixture), 0));
    cr_expect(eq(i64, kafka_cluster_next_ns(fixture->cluster), INT64_MAX), "nobody looks again");
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, a_commit_may_bring_its_own_retention_in_versions_2_to_4)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    commit(fixture, (struct commit){.offset = 1, .retention_ms = 1000, .version = 4});
    kafka_fixture_advance_ms(fixture, CHECK_MS - 1);
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, 1));
    kafka_fixture_advance_ms(fixture, 1);
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, -1));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, a_retention_beyond_the_clock_is_over_at_once_as_the_sum_in_java_is_negative)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    commit(fixture, (struct commit){.offset = 1, .retention_ms = INT64_MAX, .version = 4});
    kafka_fixture_advance_ms(fixture, CHECK_MS);
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, -1));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, those_whose_time_is_far_from_any_clock_stay)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("3.9", NULL);
    commit(fixture, (struct commit){.offset = 1, .commit_ms = INT64_MAX, .version = 1});
    commit(fixture, (struct commit){.offset = 1, .commit_ms = INT64_MIN, .version = 1, .partition = 1});
    kafka_fixture_advance_ms(fixture, RETENTION_MS + CHECK_MS);
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, 1));
    cr_expect(eq(i64, fetch(fixture, "t", 1)->committed_offset, 1));
    kafka_fixture_free(fixture);
}

static const struct wire_offset_delete_response *delete (struct kafka_fixture *fixture,
                                                         const char *topic_name, int32_t index)
{
    struct wire_offset_delete_request_partition partition = {.partition_index = index};
    struct wire_offset_delete_request_topic topic = {.name = kafka_fixture_string(topic_name)};
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    struct wire_offset_delete_request body;
    KAFKA_FIXTURE_BODY(offset_delete, body);
    body.group_id = kafka_fixture_string("g");
    KAFKA_FIXTURE_ONE(body.topics, topic);
    return kafka_fixture_ask(fixture, 1, OFFSET_DELETE, 0, &body);
}

Test(kafka_offsets, only_those_of_topics_that_nobody_reads_can_be_deleted)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    cr_expect(eq(i16, delete (fixture, "t", 0)->error_code, KAFKA_GROUP_ID_NOT_FOUND));
    const char *ids[1];
    kafka_group_scene_settle(fixture, 1, false, ids);
    commit(fixture, (struct commit){.member_id = ids[0], .generation = 1, .offset = 1});
    int16_t error = delete (fixture, "t", 0)->topics.items[0].partitions.items[0].error_code;
    cr_expect(eq(i16, error, KAFKA_GROUP_SUBSCRIBED_TO_TOPIC));
    error = delete (fixture, "t", 9)->topics.items[0].partitions.items[0].error_code;
    cr_expect(eq(i16, error, KAFKA_UNKNOWN_TOPIC_OR_PARTITION));
    kafka_group_scene_leave(fixture, ids[0], NULL);
    error = delete (fixture, "t", 0)->topics.items[0].partitions.items[0].error_code;
    cr_expect(eq(i16, error, 0));
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, -1));
    kafka_group_scene_join(fixture, &(struct kafka_join){.protocol_type = "connect"});
    cr_expect(eq(i16, delete (fixture, "t", 0)->error_code, KAFKA_NON_EMPTY_GROUP));
    kafka_fixture_free(fixture);
}

Test(kafka_offsets, the_old_coordinator_deletes_an_empty_group_with_its_last_offset)
{
    const char *releases[] = {"3.9", "4.3"};
    for (int i = 0; i < 2; i++) {
        struct kafka_fixture *fixture = kafka_group_scene_new(releases[i], NULL);
        commit(fixture, (struct commit){.offset = 1});
        commit(fixture, (struct commit){.partition = 1, .offset = 1});
        delete (fixture, "t", 0);
        delete (fixture, "t", 9);
        cr_expect(eq(i32, group_count(fixture), 1), "%s", releases[i]);
        delete (fixture, "t", 1);
        cr_expect(eq(i32, group_count(fixture), i), "%s", releases[i]);
        kafka_fixture_free(fixture);
    }
}

Test(kafka_offsets, they_go_with_their_topic)
{
    struct kafka_fixture *fixture = kafka_group_scene_new("4.3", NULL);
    commit(fixture, (struct commit){.offset = 1});
    kafka_groups_on_topic_deleted(fixture->cluster->groups, kafka_topic_named(fixture->cluster, "t"));
    cr_expect(eq(i64, fetch(fixture, "t", 0)->committed_offset, -1));
    kafka_fixture_free(fixture);
}
