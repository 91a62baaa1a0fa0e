/* SPDX-License-Identifier: Apache-2.0 */
/* Topics as administrators make, grow and delete them, who leads them, and the cluster: in Apache Kafka's words. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "tests/unit/kafka_fixture.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/configuration.h"

enum { CREATE = 19, DELETE = 20, GROW = 37, ELECT = 43, CLUSTER = 60 };
enum { REPLICAS = 2, PARTITIONS = 2 };

static struct kafka_fixture *fixture;

static void begin(void)
{
    fixture = kafka_fixture_new("4.3", 3, NULL);
}

static void end(void)
{
    kafka_fixture_free(fixture);
}

TestSuite(admin, .init = begin, .fini = end);

/* ---- CreateTopics --------------------------------------------------------------------------------------- */

/* Partition i is on brokers[i]; a partition without brokers ends the list. */
struct layout {
    int32_t partition;
    int32_t brokers[REPLICAS + 1];
    int32_t count;
};

struct plan {
    const char *name;
    int32_t partitions;
    int16_t factor;
    struct layout layouts[PARTITIONS + 1];
    int32_t layout_count;
    const char *config, *value;
    bool is_tried;
};

static const struct wire_create_topics_response *create_all(const struct plan *plans, int32_t count,
                                                            int16_t version)
{
    struct wire_create_topics_request body;
    struct wire_create_topics_request_creatable_topic topics[4];
    struct wire_create_topics_request_creatable_topic_config configs[4];
    struct wire_create_topics_request_creatable_replica_assignment assignments[4][PARTITIONS + 1];

    KAFKA_FIXTURE_BODY(create_topics, body);
    for (int32_t i = 0; i < count; i++) {
        topics[i] =
            (struct wire_create_topics_request_creatable_topic){.name = kafka_fixture_string(plans[i].name),
                                                                .num_partitions = plans[i].partitions,
                                                                .replication_factor = plans[i].factor};
        for (int32_t j = 0; j < plans[i].layout_count; j++) {
            assignments[i][j].partition_index = plans[i].layouts[j].partition;
            assignments[i][j].broker_ids.items = (int32_t *)plans[i].layouts[j].brokers;
            assignments[i][j].broker_ids.count = plans[i].layouts[j].count;
        }
        topics[i].assignments.items = assignments[i];
        topics[i].assignments.count = plans[i].layout_count;
        configs[i].name = kafka_fixture_string(plans[i].config);
        configs[i].value = kafka_fixture_string(plans[i].value);
        topics[i].configs.items = &configs[i];
        topics[i].configs.count = plans[i].config ? 1 : 0;
        body.validate_only |= plans[i].is_tried;
    }
    body.topics.items = topics;
    body.topics.count = count;
    return kafka_fixture_ask(fixture, 1, CREATE, version, &body);
}

static const struct wire_create_topics_response_creatable_topic_result *create(struct plan plan)
{
    return &create_all(&plan, 1, 7)->topics.items[0];
}

static void expect_refusal(struct plan plan, int16_t error, const char *message)
{
    const struct wire_create_topics_response_creatable_topic_result *result = create(plan);

    cr_expect_eq(result->error_code, error, "%s: %d", message, result->error_code);
    cr_expect(kafka_fixture_says(result->error_message, message), "%s: %.*s", message,
              (int)result->error_message.bytes, result->error_message.text);
    cr_expect_eq(result->num_partitions, -1);
    cr_expect_eq(fixture->cluster->topic_count, 0);
}

Test(admin, a_topic_is_there_when_it_is_said_to_be)
{
    const struct wire_create_topics_response_creatable_topic_result *result = create(
        (struct plan){.name = "a", .partitions = 4, .factor = 2, .config = "retention.ms", .value = "5"});
    const struct kafka_topic *topic = kafka_topic_named(fixture->cluster, "a");

    cr_expect_eq(result->error_code, 0);
    cr_expect_null(result->error_message.text);
    cr_expect_eq(result->num_partitions, 4);
    cr_expect_eq(result->replication_factor, 2);
    cr_assert_not_null(topic);
    cr_expect_eq(topic->partition_count, 4);
    cr_expect_eq(topic->partitions[3]->replica_count, 2);
    cr_expect_eq(topic->config.retention_ms, 5);
    cr_expect(memcmp(&topic->id, &result->topic_id, sizeof topic->id) == 0);
}

Test(admin, minus_one_means_the_brokers_defaults)
{
    const char *settings[] = {"num.partitions=3", "default.replication.factor=2", NULL};
    struct kafka_fixture *kept = fixture;
    const struct wire_create_topics_response_creatable_topic_result *result;

    fixture = kafka_fixture_new("4.3", 3, settings);
    result = create((struct plan){.name = "a", .partitions = -1, .factor = -1});
    cr_expect_eq(result->num_partitions, 3);
    cr_expect_eq(result->replication_factor, 2);
    kafka_fixture_free(fixture);
    fixture = kept;
}

Test(admin, a_bad_name_is_told_what_is_bad_about_it)
{
    char name[252], message[400];
    int16_t error = KAFKA_INVALID_TOPIC_EXCEPTION;

    expect_refusal((struct plan){.name = "a/b", .partitions = 1, .factor = 1}, error,
                   "Topic name is invalid: 'a/b' contains one or more characters other than ASCII "
                   "alphanumerics, '.', '_' and '-'");
    expect_refusal((struct plan){.name = "", .partitions = 1, .factor = 1}, error,
                   "Topic name is invalid: the empty string is not allowed");
    expect_refusal((struct plan){.name = ".", .partitions = 1, .factor = 1}, error,
                   "Topic name is invalid: '.' is not allowed");
    expect_refusal((struct plan){.name = "..", .partitions = 1, .factor = 1}, error,
                   "Topic name is invalid: '..' is not allowed");
    memset(name, 'x', sizeof name);
    name[250] = '\0';
    snprintf(message, sizeof message,
             "Topic name is invalid: the length of '%s' is longer than the max allowed length 249", name);
    expect_refusal((struct plan){.name = name, .partitions = 1, .factor = 1}, error, message);
    name[249] = '\0';
    cr_expect_eq(create((struct plan){.name = name, .partitions = 1, .factor = 1})->error_code, 0);
}

Test(admin, bad_counts_are_refused)
{
    expect_refusal((struct plan){.name = "a", .partitions = 0, .factor = 1}, KAFKA_INVALID_PARTITIONS,
                   "Number of partitions was set to an invalid non-positive value.");
    expect_refusal((struct plan){.name = "a", .partitions = -2, .factor = 1}, KAFKA_INVALID_PARTITIONS,
                   "Number of partitions was set to an invalid non-positive value.");
    expect_refusal((struct plan){.name = "a", .partitions = 0, .factor = 0}, KAFKA_INVALID_REPLICATION_FACTOR,
                   "Replication factor must be larger than 0, or -1 to use the default value.");
    expect_refusal((struct plan){.name = "a", .partitions = 1, .factor = -2},
                   KAFKA_INVALID_REPLICATION_FACTOR,
                   "Replication factor must be larger than 0, or -1 to use the default value.");
    expect_refusal(
        (struct plan){.name = "a", .partitions = 1, .factor = 4}, KAFKA_INVALID_REPLICATION_FACTOR,
        "Unable to replicate the partition 4 time(s): The target replication factor of 4 cannot be "
        "reached because only 3 broker(s) are registered or some brokers have all their log "
        "directories cordoned.");
    expect_refusal((struct plan){.name = "a", .partitions = 10001, .factor = 1}, KAFKA_POLICY_VIOLATION,
                   "Excessively large number of partitions per request.");
}

Test(admin, a_broker_that_is_fenced_takes_a_replica_when_the_others_do_not_suffice)
{
    const struct kafka_topic *topic;

    kafka_broker_stop(kafka_broker_of(fixture->cluster, 3));
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 2)); /* which nobody has noticed yet */
    cr_expect_eq(create((struct plan){.name = "a", .partitions = 4, .factor = 3})->error_code, 0);
    topic = kafka_topic_named(fixture->cluster, "a");
    cr_assert_not_null(topic);
    for (int32_t i = 0; i < topic->partition_count; i++) {
        struct kafka_partition *partition = topic->partitions[i];
        cr_expect_eq(partition->replicas[2].broker, 3);
        cr_expect_not(partition->replicas[2].is_in_sync);
        cr_expect_eq(partition->leader, partition->replicas[0].broker);
        cr_expect_eq(kafka_partition_in_sync_count(partition), 2);
    }
}

Test(admin, each_wrong_assignment_is_refused)
{
    int16_t wrong = KAFKA_INVALID_REPLICA_ASSIGNMENT;

    expect_refusal(
        (struct plan){
            .name = "a", .partitions = 3, .factor = -1, .layouts = {{0, {1}, 1}}, .layout_count = 1},
        KAFKA_INVALID_REQUEST,
        "A manual partition assignment was specified, but numPartitions was not set to -1.");
    expect_refusal(
        (struct plan){.name = "a", .partitions = 3, .factor = 1, .layouts = {{0, {1}, 1}}, .layout_count = 1},
        KAFKA_INVALID_REQUEST,
        "A manual partition assignment was specified, but replication factor was not set to -1.");
    expect_refusal((struct plan){.name = "a",
                                 .partitions = -1,
                                 .factor = -1,
                                 .layouts = {{0, {1}, 1}, {0, {1}, 1}},
                                 .layout_count = 2},
                   wrong, "Found multiple manual partition assignments for partition 0");
    expect_refusal(
        (struct plan){
            .name = "a", .partitions = -1, .factor = -1, .layouts = {{1, {1}, 1}}, .layout_count = 1},
        wrong, "partitions should be a consecutive 0-based integer sequence");
    expect_refusal(
        (struct plan){
            .name = "a", .partitions = -1, .factor = -1, .layouts = {{0, {9}, 1}}, .layout_count = 1},
        wrong, "The manual partition assignment includes broker 9, but no such broker is registered.");
    expect_refusal(
        (struct plan){
            .name = "a", .partitions = -1, .factor = -1, .layouts = {{0, {1, 1}, 2}}, .layout_count = 1},
        wrong, "The manual partition assignment includes the broker 1 more than once.");
    expect_refusal(
        (struct plan){
            .name = "a", .partitions = -1, .factor = -1, .layouts = {{0, {0}, 0}}, .layout_count = 1},
        wrong, "The manual partition assignment includes an empty replica list.");
    expect_refusal((struct plan){.name = "a",
                                 .partitions = -1,
                                 .factor = -1,
                                 .layouts = {{0, {1}, 1}, {1, {1, 2}, 2}},
                                 .layout_count = 2},
                   wrong,
                   "The manual partition assignment includes a partition with 2 replica(s), but this is not "
                   "consistent with previous partitions, which have 1 replica(s).");
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 3));
    expect_refusal(
        (struct plan){
            .name = "a", .partitions = -1, .factor = -1, .layouts = {{0, {3}, 1}}, .layout_count = 1},
        wrong,
        "All brokers specified in the manual partition assignment for partition 0 are fenced or in "
        "controlled shutdown.");
}

Test(admin, an_assignment_is_taken_in_whatever_order_it_comes)
{
    const struct kafka_topic *topic;

    cr_expect_eq(create((struct plan){.name = "a",
                                      .partitions = -1,
                                      .factor = -1,
                                      .layouts = {{1, {3, 1}, 2}, {0, {2, 3}, 2}},
                                      .layout_count = 2})
                     ->error_code,
                 0);
    topic = kafka_topic_named(fixture->cluster, "a");
    cr_assert_not_null(topic);
    cr_expect_eq(topic->partitions[0]->leader, 2);
    cr_expect_eq(topic->partitions[1]->leader, 3);
    cr_expect_eq(topic->partitions[1]->replicas[1].broker, 1);
}

Test(admin, wrong_configurations_are_refused)
{
    expect_refusal((struct plan){.name = "a", .partitions = 1, .factor = 1, .config = "foo", .value = "1"},
                   KAFKA_INVALID_CONFIG, "Unknown topic config name: foo");
    expect_refusal(
        (struct plan){.name = "a", .partitions = 1, .factor = 1, .config = "retention.ms", .value = "x"},
        KAFKA_INVALID_CONFIG, "Invalid value x for configuration retention.ms: Not a number of type LONG");
    expect_refusal((struct plan){.name = "a", .partitions = 1, .factor = 1, .config = "retention.ms"},
                   KAFKA_INVALID_CONFIG, "Null value not supported for topic configs: retention.ms");
}

Test(admin, a_topic_that_is_there_or_collides_is_refused)
{
    const struct wire_create_topics_response_creatable_topic_result *result;

    create((struct plan){.name = "a.b", .partitions = 1, .factor = 1});
    result = create((struct plan){.name = "a.b", .partitions = 1, .factor = 1});
    cr_expect_eq(result->error_code, KAFKA_TOPIC_ALREADY_EXISTS);
    cr_expect(kafka_fixture_says(result->error_message, "Topic 'a.b' already exists."));
    result = create((struct plan){.name = "a_b", .partitions = 1, .factor = 1});
    cr_expect_eq(result->error_code, KAFKA_INVALID_TOPIC_EXCEPTION);
    cr_expect(kafka_fixture_says(result->error_message, "Topic 'a_b' collides with existing topic: a.b"));
    cr_expect_eq(create((struct plan){.name = "a-b", .partitions = 1, .factor = 1})->error_code, 0);
}

Test(admin, one_topic_twice_in_a_request_is_refused_once_behind_the_others)
{
    const struct plan plans[] = {{.name = "a", .partitions = 1, .factor = 1},
                                 {.name = "b", .partitions = 1, .factor = 1},
                                 {.name = "a", .partitions = 1, .factor = 1}};
    const struct wire_create_topics_response *response = create_all(plans, 3, 7);

    cr_assert_eq(response->topics.count, 2);
    cr_expect(kafka_fixture_says(response->topics.items[0].name, "b"));
    cr_expect_eq(response->topics.items[0].error_code, 0);
    cr_expect_eq(response->topics.items[1].error_code, KAFKA_INVALID_REQUEST);
    cr_expect(kafka_fixture_says(response->topics.items[1].error_message, "Duplicate topic name."));
    cr_expect_null(kafka_topic_named(fixture->cluster, "a"));
}

Test(admin, what_is_only_tried_is_answered_and_not_made)
{
    cr_expect_eq(
        create((struct plan){.name = "a", .partitions = 2, .factor = 1, .is_tried = true})->num_partitions,
        2);
    cr_expect_eq(
        create((struct plan){.name = "a", .partitions = 0, .factor = 1, .is_tried = true})->error_code,
        KAFKA_INVALID_PARTITIONS);
    cr_expect_eq(fixture->cluster->topic_count, 0);
}

Test(admin, a_new_topics_configurations_are_told_with_where_they_come_from)
{
    const struct wire_create_topics_response_creatable_topic_result *result = create(
        (struct plan){.name = "a", .partitions = 1, .factor = 1, .config = "retention.ms", .value = " 5 "});
    int found = 0;

    cr_expect_eq(result->configs.count, 33);
    for (int32_t i = 0; i < result->configs.count; i++) {
        const struct wire_create_topics_response_creatable_topic_configs *config = &result->configs.items[i];
        if (kafka_fixture_says(config->name, "retention.ms")) {
            cr_expect(kafka_fixture_says(config->value, " 5 "), "as it was written");
            cr_expect_eq(config->config_source, KAFKA_CONFIG_FROM_TOPIC);
            found++;
        } else if (kafka_fixture_says(config->name, "min.insync.replicas")) {
            cr_expect_eq(config->config_source, KAFKA_CONFIG_FROM_BROKERS);
            found++;
        } else {
            cr_expect_eq(config->config_source, KAFKA_CONFIG_FROM_DEFAULTS);
        }
    }
    cr_expect_eq(found, 2);
}

/* ---- DeleteTopics --------------------------------------------------------------------------------------- */

static const struct wire_delete_topics_response *delete_named(const char *one, const char *other,
                                                              int16_t version)
{
    struct wire_delete_topics_request body;
    struct wire_string names[] = {kafka_fixture_string(one), kafka_fixture_string(other)};
    struct wire_delete_topics_request_delete_topic_state states[2] = {{.name = names[0]}, {.name = names[1]}};
    int32_t count = other ? 2 : 1;

    KAFKA_FIXTURE_BODY(delete_topics, body);
    body.topic_names.items = names;
    body.topic_names.count = version < 6 ? count : 0;
    body.topics.items = states;
    body.topics.count = version < 6 ? 0 : count;
    return kafka_fixture_ask(fixture, 1, DELETE, version, &body);
}

static const struct wire_delete_topics_response_deletable_topic_result *
delete_state(const char *name, const struct wire_uuid *id)
{
    struct wire_delete_topics_request body;
    struct wire_delete_topics_request_delete_topic_state state = {.name = kafka_fixture_string(name),
                                                                  .topic_id = *id};
    const struct wire_delete_topics_response *response;

    KAFKA_FIXTURE_BODY(delete_topics, body);
    KAFKA_FIXTURE_ONE(body.topics, state);
    response = kafka_fixture_ask(fixture, 1, DELETE, 6, &body);
    cr_assert_eq(response->responses.count, 1);
    return &response->responses.items[0];
}

Test(admin, a_topic_is_deleted_by_its_name_or_its_id)
{
    struct wire_uuid id = kafka_fixture_topic(fixture, "a", 1)->id;
    const struct wire_delete_topics_response_deletable_topic_result *result = delete_state(NULL, &id);

    cr_expect_eq(result->error_code, 0);
    cr_expect(kafka_fixture_says(result->name, "a"));
    result = delete_state(NULL, &id);
    cr_expect_eq(result->error_code, KAFKA_UNKNOWN_TOPIC_ID);
    cr_expect(kafka_fixture_says(result->error_message, "This server does not host this topic ID."));
    cr_expect_null(result->name.text);
    id = kafka_fixture_topic(fixture, "a", 1)->id;
    result = &delete_named("a", NULL, 6)->responses.items[0];
    cr_expect_eq(result->error_code, 0);
    cr_expect(memcmp(&result->topic_id, &id, sizeof id) == 0);
    result = &delete_named("a", NULL, 5)->responses.items[0];
    cr_expect_eq(result->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    cr_expect(kafka_fixture_says(result->error_message, "This server does not host this topic-partition."));
}

Test(admin, who_says_too_little_or_too_much_deletes_nothing)
{
    struct wire_uuid none = {{0}}, id = kafka_fixture_topic(fixture, "a", 1)->id;
    const struct wire_delete_topics_response *response = delete_named("a", "a", 6);

    cr_assert_eq(response->responses.count, 1);
    cr_expect(kafka_fixture_says(response->responses.items[0].error_message, "Duplicate topic name."));
    cr_expect_eq(response->responses.items[0].error_code, KAFKA_INVALID_REQUEST);
    cr_expect(kafka_fixture_says(delete_state(NULL, &none)->error_message,
                                 "Neither topic name nor id were specified."));
    cr_expect(kafka_fixture_says(delete_state("a", &id)->error_message,
                                 "You may not specify both topic name and topic id."));
    cr_expect_eq(fixture->cluster->topic_count, 1);
}

Test(admin, where_deletion_is_disabled_each_version_says_so_in_its_way)
{
    const char *settings[] = {"delete.topic.enable=false", NULL};
    struct kafka_fixture *kept = fixture;

    fixture = kafka_fixture_new("4.3", 1, settings);
    kafka_fixture_topic(fixture, "a", 1);
    cr_expect_eq(delete_named("a", NULL, 2)->responses.items[0].error_code, KAFKA_INVALID_REQUEST);
    cr_expect_eq(delete_named("a", NULL, 6)->responses.items[0].error_code, KAFKA_TOPIC_DELETION_DISABLED);
    cr_expect_eq(fixture->cluster->topic_count, 1);
    kafka_fixture_free(fixture);
    fixture = kept;
}

/* ---- CreatePartitions ----------------------------------------------------------------------------------- */

struct growth {
    const char *name;
    int32_t count;
    int32_t brokers[PARTITIONS][REPLICAS];
    int32_t assigned; /* how many of them; -1: none said */
    bool is_tried;
};

static const struct wire_create_partitions_response_topic_result *grow(struct growth growth)
{
    struct wire_create_partitions_request body;
    struct wire_create_partitions_request_topic topic = {.name = kafka_fixture_string(growth.name),
                                                         .count = growth.count};
    struct wire_create_partitions_request_assignment assignments[PARTITIONS];
    const struct wire_create_partitions_response *response;

    for (int i = 0; i < PARTITIONS; i++) {
        assignments[i].broker_ids.items = growth.brokers[i];
        assignments[i].broker_ids.count = growth.brokers[i][1] ? 2 : 1;
    }
    topic.assignments.items = assignments;
    topic.assignments.count = growth.assigned;
    KAFKA_FIXTURE_BODY(create_partitions, body);
    KAFKA_FIXTURE_ONE(body.topics, topic);
    body.validate_only = growth.is_tried;
    response = kafka_fixture_ask(fixture, 1, GROW, 3, &body);
    return &response->results.items[0];
}

static void expect_no_growth(struct growth growth, int16_t error, const char *message)
{
    const struct wire_create_partitions_response_topic_result *result = grow(growth);

    cr_expect_eq(result->error_code, error, "%d", result->error_code);
    cr_expect(kafka_fixture_says(result->error_message, message), "%.*s", (int)result->error_message.bytes,
              result->error_message.text);
}

Test(admin, a_topic_grows_but_neither_shrinks_nor_stays)
{
    struct kafka_topic *topic = kafka_fixture_topic(fixture, "a", 2);
    int16_t error = KAFKA_INVALID_PARTITIONS;

    expect_no_growth((struct growth){"a", 2, .assigned = -1}, error, "Topic already has 2 partition(s).");
    expect_no_growth((struct growth){"a", 1, .assigned = -1}, error,
                     "The topic a currently has 2 partition(s); 1 would not be an increase.");
    cr_expect_eq(grow((struct growth){"b", 3, .assigned = -1})->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    cr_expect_null(grow((struct growth){"b", 3, .assigned = -1})->error_message.text);
    cr_expect_eq(grow((struct growth){"a", 4, .assigned = -1, .is_tried = true})->error_code, 0);
    cr_expect_eq(topic->partition_count, 2);
    cr_expect_eq(grow((struct growth){"a", 4, .assigned = -1})->error_code, 0);
    cr_expect_eq(topic->partition_count, 4);
    cr_expect_eq(topic->partitions[3]->replica_count, 3);
}

Test(admin, new_partitions_lie_where_they_were_told_to)
{
    struct kafka_topic *topic;
    int16_t error = KAFKA_INVALID_REPLICA_ASSIGNMENT;

    create((struct plan){.name = "a", .partitions = 1, .factor = 1});
    topic = kafka_topic_named(fixture->cluster, "a");
    expect_no_growth((struct growth){"a", 3, .brokers = {{1}}, .assigned = 1}, error,
                     "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.");
    expect_no_growth((struct growth){"a", 2, .brokers = {{9}}, .assigned = 1}, error,
                     "The manual partition assignment includes broker 9, but no such broker is registered.");
    expect_no_growth(
        (struct growth){"a", 2, .brokers = {{1, 2}}, .assigned = 1}, error,
        "The manual partition assignment includes a partition with 2 replica(s), but this is not "
        "consistent with previous partitions, which have 1 replica(s).");
    cr_expect_eq(topic->partition_count, 1);
    cr_expect_eq(grow((struct growth){"a", 3, .brokers = {{3}, {2}}, .assigned = 2})->error_code, 0);
    cr_expect_eq(topic->partitions[1]->leader, 3);
    cr_expect_eq(topic->partitions[2]->leader, 2);
}

/* ---- ElectLeaders --------------------------------------------------------------------------------------- */

static const struct wire_elect_leaders_response *elect(int8_t type, int32_t partition)
{
    struct wire_elect_leaders_request body;
    struct wire_elect_leaders_request_topic_partitions topic = {.topic = kafka_fixture_string("a")};

    KAFKA_FIXTURE_BODY(elect_leaders, body);
    body.election_type = type;
    KAFKA_FIXTURE_ONE(topic.partitions, partition);
    KAFKA_FIXTURE_ONE(body.topic_partitions, topic);
    if (partition < 0)
        body.topic_partitions.count = -1;
    return kafka_fixture_ask(fixture, 2, ELECT, 2, &body);
}

static int16_t elected(int8_t type, int32_t partition)
{
    return elect(type, partition)->replica_election_results.items[0].partition_result.items[0].error_code;
}

Test(admin, the_preferred_leader_leads_again_once_it_is_back)
{
    struct kafka_topic *topic = kafka_fixture_topic(fixture, "a", 1);

    cr_expect_eq(elected(0, 0), KAFKA_ELECTION_NOT_NEEDED);
    cr_expect_eq(elected(0, 7), KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    cr_expect_eq(elect(7, 0)->error_code, KAFKA_INVALID_REQUEST);
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 1));
    cr_expect_neq(topic->partitions[0]->leader, 1);
    cr_expect_eq(elected(0, 0), KAFKA_PREFERRED_LEADER_NOT_AVAILABLE);
    kafka_broker_start(kafka_broker_of(fixture->cluster, 1));
    cr_expect_eq(elected(0, 0), 0);
    cr_expect_eq(topic->partitions[0]->leader, 1);
}

Test(admin, of_all_partitions_those_are_told_that_needed_a_leader)
{
    const struct wire_elect_leaders_response *response;

    kafka_fixture_topic(fixture, "a", 3);
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 1));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 1));
    response = elect(0, -1);
    cr_assert_eq(response->replica_election_results.count, 1);
    cr_assert_eq(response->replica_election_results.items[0].partition_result.count, 1);
    cr_expect_eq(response->replica_election_results.items[0].partition_result.items[0].partition_id, 0);
}

Test(admin, an_unclean_election_is_for_partitions_that_nobody_leads)
{
    struct kafka_topic *topic = kafka_fixture_topic(fixture, "a", 1);

    cr_expect_eq(elected(1, 0), KAFKA_ELECTION_NOT_NEEDED);
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 2));
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 3));
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 1));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    cr_expect_eq(topic->partitions[0]->leader, KAFKA_NOBODY);
    cr_expect_eq(elected(1, 0), 0);
    cr_expect_eq(topic->partitions[0]->leader, 2);
}

/* ---- DescribeCluster ------------------------------------------------------------------------------------ */

static const struct wire_describe_cluster_response *describe(int8_t type, bool is_fenced_told)
{
    struct wire_describe_cluster_request body;

    KAFKA_FIXTURE_BODY(describe_cluster, body);
    body.endpoint_type = type;
    body.include_fenced_brokers = is_fenced_told;
    body.include_cluster_authorized_operations = true;
    return kafka_fixture_ask(fixture, 2, CLUSTER, 2, &body);
}

Test(admin, the_cluster_lists_its_brokers_and_fenced_ones_when_asked)
{
    const struct wire_describe_cluster_response *response;

    kafka_broker_stop(kafka_broker_of(fixture->cluster, 1));
    response = describe(1, false);
    cr_expect_eq(response->error_code, 0);
    cr_assert_eq(response->brokers.count, 2);
    cr_expect_eq(response->controller_id, 2);
    cr_expect(kafka_fixture_says(response->brokers.items[0].host, "broker-2"));
    cr_expect_eq(response->cluster_authorized_operations, 8096);
    response = describe(1, true);
    cr_assert_eq(response->brokers.count, 3);
    cr_expect(response->brokers.items[0].is_fenced && !response->brokers.items[1].is_fenced);
}

Test(admin, a_broker_does_not_answer_for_controllers)
{
    cr_expect_eq(describe(2, false)->error_code, KAFKA_MISMATCHED_ENDPOINT_TYPE);
    cr_expect_eq(describe(7, false)->error_code, KAFKA_UNSUPPORTED_ENDPOINT_TYPE);
    cr_expect_eq(describe(7, false)->brokers.count, 0);
}
