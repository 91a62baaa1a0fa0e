/* SPDX-License-Identifier: Apache-2.0 */
/* Topics, partitions and configurations as the Admin API makes, changes and shows them. */
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/cases/group_admin.h"
#include "tests/conformance/kafka/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 200 };

static void outcome_topic_results(struct conformance *c, const char *label, rd_kafka_event_t *event)
{
    size_t count = 0;
    const rd_kafka_topic_result_t **results = NULL;
    if (!event)
        return;
    if (rd_kafka_event_error(event)) {
        outcome(c, "%s %s", label, rd_kafka_err2name(rd_kafka_event_error(event)));
    } else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT) {
        results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    } else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DELETETOPICS_RESULT) {
        results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    } else {
        results =
            rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &count);
    }
    for (size_t i = 0; i < count; i++)
        outcome(c, "%s %s", label, rd_kafka_err2name(rd_kafka_topic_result_error(results[i])));
    rd_kafka_event_destroy(event);
}

/* Takes the topics. */
static void create(struct conformance *c, const char *label, rd_kafka_NewTopic_t **topics, size_t count,
                   bool is_validate_only)
{
    char text[256];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(client_admin(c), RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_validate_only(options, is_validate_only, text, sizeof(text));
    rd_kafka_CreateTopics(client_admin(c), topics, count, options, queue);
    outcome_topic_results(c, label, client_admin_event(c, queue));
    for (size_t i = 0; i < count; i++)
        rd_kafka_NewTopic_destroy(topics[i]);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
}

static void create_one(struct conformance *c, const char *label, const char *name, int partitions,
                       int replicas)
{
    char text[256];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, replicas, text, sizeof(text));
    if (topic)
        create(c, label, &topic, 1, false);
    else
        outcome(c, "%s refused by the client", label);
}

/* "LABEL N partitions" or the error. */
static void outcome_partitions(struct conformance *c, const char *label, const char *name)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client_admin(c), name, NULL);
    const rd_kafka_metadata_t *metadata;
    rd_kafka_resp_err_t error = rd_kafka_metadata(client_admin(c), 0, topic, &metadata, CLIENT_PATIENCE_MS);
    if (error) {
        outcome(c, "%s %s", label, rd_kafka_err2name(error));
    } else {
        outcome(c, "%s %s %d partitions", label, rd_kafka_err2name(metadata->topics[0].err),
                metadata->topics[0].partition_cnt);
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(topic);
}

CASE(topic_names_are_checked)
{
    char longest[250];
    memset(longest, 'n', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    memcpy(longest, c->prefix, strlen(c->prefix));
    create_one(c, "249 characters", longest, 1, 1);
    create_one(c, "a space", case_name_of(c, "a b"), 1, 1);
    create_one(c, "a slash", case_name_of(c, "a/b"), 1, 1);
    create_one(c, "a letter beyond ASCII", case_name_of(c, "\xc3\xa4"), 1, 1);
    create_one(c, "one dot", ".", 1, 1);
    create_one(c, "two dots", "..", 1, 1);
    create_one(c, "all that is allowed", case_name_of(c, "aZ09._-"), 1, 1);
}

CASE(a_topic_name_of_250_characters_is_refused)
{
    char name[251];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    create_one(c, "250 characters", name, 1, 1);
    create_one(c, "no characters", "", 1, 1);
}

CASE(names_that_differ_by_dot_and_underscore_collide)
{
    create_one(c, "dot", case_name_of(c, "a.b"), 1, 1);
    create_one(c, "underscore", case_name_of(c, "a_b"), 1, 1);
}

CASE(partition_counts_and_replication_factors_are_checked)
{
    const char *name = case_name_of(c, "t");
    create_one(c, "-1 partitions", case_name_of(c, "default"), -1, 1);
    client_topic_await(c, case_name_of(c, "default"), 1);
    outcome_partitions(c, "default", case_name_of(c, "default"));
    create_one(c, "0 partitions", name, 0, 1);
    create_one(c, "-2 partitions", name, -2, 1);
    create_one(c, "0 replicas", name, 1, 0);
    create_one(c, "40 replicas", name, 1, 40);
    create_one(c, "-1 replicas", name, 1, -1);
}

CASE(a_topic_is_created_once)
{
    const char *name = case_name_of(c, "t");
    create_one(c, "first", name, 2, 1);
    create_one(c, "again", name, 3, 1);
    client_topic_await(c, name, 2);
    outcome_partitions(c, "then", name);
}

CASE(a_topic_named_twice_in_one_request_is_refused)
{
    char text[256];
    const char *name = case_name_of(c, "t");
    rd_kafka_NewTopic_t *topics[] = {
        rd_kafka_NewTopic_new(name, 1, 1, text, sizeof(text)),
        rd_kafka_NewTopic_new(case_name_of(c, "u"), 1, 1, text, sizeof(text)),
        rd_kafka_NewTopic_new(name, 1, 1, text, sizeof(text)),
    };
    create(c, "topic", topics, 3, false);
    outcome_partitions(c, "then", name);
}

CASE(what_is_validated_only_is_not_created)
{
    char text[256];
    const char *name = case_name_of(c, "t");
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, 1, 1, text, sizeof(text));
    create(c, "validate", &topic, 1, true);
    outcome_partitions(c, "then", name);
    create_one(c, "create", name, 1, 1);
    client_topic_await(c, name, 1);
    topic = rd_kafka_NewTopic_new(name, 1, 1, text, sizeof(text));
    create(c, "validate what exists", &topic, 1, true);
}

static void create_with(struct conformance *c, const char *name, const char *key, const char *value)
{
    char text[256], label[128];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, 1, 1, text, sizeof(text));
    rd_kafka_NewTopic_set_config(topic, key, value);
    snprintf(label, sizeof(label), "%s=%s", key, value);
    create(c, label, &topic, 1, false);
}

CASE(topic_configurations_are_checked)
{
    create_with(c, case_name_of(c, "1"), "no.such.config", "1");
    create_with(c, case_name_of(c, "2"), "cleanup.policy", "shred");
    create_with(c, case_name_of(c, "3"), "retention.ms", "soon");
    create_with(c, case_name_of(c, "4"), "retention.ms", "-2");
    create_with(c, case_name_of(c, "5"), "min.insync.replicas", "0");
    create_with(c, case_name_of(c, "6"), "compression.type", "brotli");
    create_with(c, case_name_of(c, "7"), "cleanup.policy", "compact,delete");
    create_with(c, case_name_of(c, "8"), "retention.ms", "-1");
    create_with(c, case_name_of(c, "9"), "max.message.bytes", "-1");
    create_with(c, case_name_of(c, "10"), "message.timestamp.type", "Tomorrow");
    create_with(c, case_name_of(c, "11"), "segment.bytes", "13");
    create_with(c, case_name_of(c, "12"), "unclean.leader.election.enable", "perhaps");
}

CASE(replica_assignments_are_checked)
{
    char text[256];
    struct {
        const char *label;
        int32_t brokers[2];
        size_t count;
    } rows[] = {{"unknown broker", {99}, 1}, {"a broker twice", {1, 1}, 2}, {"broker 1", {1}, 1}};
    for (size_t i = 0; i < 3; i++) {
        rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(case_name_of(c, "t"), 1, -1, text, sizeof(text));
        rd_kafka_NewTopic_set_replica_assignment(topic, 0, rows[i].brokers, rows[i].count, text,
                                                 sizeof(text));
        create(c, rows[i].label, &topic, 1, false);
    }
}

static void delete_topic(struct conformance *c, const char *label, const char *name)
{
    rd_kafka_DeleteTopic_t *request = rd_kafka_DeleteTopic_new(name);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    rd_kafka_DeleteTopics(client_admin(c), &request, 1, NULL, queue);
    outcome_topic_results(c, label, client_admin_event(c, queue));
    rd_kafka_DeleteTopic_destroy(request);
    rd_kafka_queue_destroy(queue);
}

CASE(a_deleted_topic_is_gone_and_can_be_made_anew)
{
    const char *topic = client_topic(c, "t", 2, NULL);
    client_fill(c, topic, 0, 3);
    delete_topic(c, "delete", topic);
    client_topic_await(c, topic, 0);
    outcome_partitions(c, "then", topic);
    delete_topic(c, "again", topic);
    delete_topic(c, "never was", case_name_of(c, "never"));
    client_topic(c, "t", 1, NULL);
    client_outcome_watermarks(c, "anew", topic, 0);
}

CASE(partitions_are_only_added)
{
    const char *topic = client_topic(c, "t", 2, NULL);
    group_admin_create_partitions(c, topic, 1);
    group_admin_create_partitions(c, topic, 2);
    group_admin_create_partitions(c, topic, 4);
    client_topic_await(c, topic, 4);
    outcome_partitions(c, "then", topic);
    group_admin_create_partitions(c, case_name_of(c, "never"), 4);
}

static void add_assigned(struct conformance *c, const char *label, const char *name, size_t total,
                         int32_t broker)
{
    char text[256];
    rd_kafka_NewPartitions_t *request = rd_kafka_NewPartitions_new(name, total, text, sizeof(text));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    rd_kafka_NewPartitions_set_replica_assignment(request, 0, &broker, 1, text, sizeof(text));
    rd_kafka_CreatePartitions(client_admin(c), &request, 1, NULL, queue);
    outcome_topic_results(c, label, client_admin_event(c, queue));
    rd_kafka_NewPartitions_destroy(request);
    rd_kafka_queue_destroy(queue);
}

CASE(assignments_of_new_partitions_are_checked)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    add_assigned(c, "unknown broker", topic, 2, 99);
    add_assigned(c, "fewer than partitions", topic, 3, 1);
    add_assigned(c, "broker 1", topic, 2, 1);
    client_topic_await(c, topic, 2);
    outcome_partitions(c, "then", topic);
}

static void outcome_entries(struct conformance *c, const rd_kafka_ConfigResource_t *resource,
                            const char *const *names)
{
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; names[i]; i++) {
        for (size_t k = 0; k < count; k++) {
            const char *value = rd_kafka_ConfigEntry_value(entries[k]);
            if (strcmp(rd_kafka_ConfigEntry_name(entries[k]), names[i]) != 0)
                continue;
            outcome(c, "%s=%s (%s%s%s)", names[i], value ? value : "null",
                    rd_kafka_ConfigSource_name(rd_kafka_ConfigEntry_source(entries[k])),
                    rd_kafka_ConfigEntry_is_read_only(entries[k]) ? ", read only" : "",
                    rd_kafka_ConfigEntry_is_sensitive(entries[k]) ? ", sensitive" : "");
        }
    }
}

/* names NULL: how many there are. */
static void describe(struct conformance *c, const char *label, rd_kafka_ResourceType_t type, const char *name,
                     const char *const *names)
{
    rd_kafka_ConfigResource_t *request = rd_kafka_ConfigResource_new(type, name);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    size_t count;
    rd_kafka_DescribeConfigs(client_admin(c), &request, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_event(c, queue);
    if (event && rd_kafka_event_error(event)) {
        outcome(c, "%s %s", label, rd_kafka_err2name(rd_kafka_event_error(event)));
    } else if (event) {
        const rd_kafka_ConfigResource_t *resource = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(event), &count)[0];
        outcome(c, "%s %s", label, rd_kafka_err2name(rd_kafka_ConfigResource_error(resource)));
        outcome_entries(c, resource, names);
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy(request);
    rd_kafka_queue_destroy(queue);
}

CASE(topic_configurations_are_described_with_their_sources)
{
    static const char *const names[] = {"cleanup.policy",
                                        "compression.type",
                                        "delete.retention.ms",
                                        "file.delete.delay.ms",
                                        "flush.messages",
                                        "flush.ms",
                                        "index.interval.bytes",
                                        "max.compaction.lag.ms",
                                        "max.message.bytes",
                                        "message.timestamp.type",
                                        "message.timestamp.after.max.ms",
                                        "message.timestamp.before.max.ms",
                                        "min.cleanable.dirty.ratio",
                                        "min.compaction.lag.ms",
                                        "min.insync.replicas",
                                        "preallocate",
                                        "retention.bytes",
                                        "retention.ms",
                                        "segment.bytes",
                                        "segment.index.bytes",
                                        "segment.jitter.ms",
                                        "segment.ms",
                                        "unclean.leader.election.enable",
                                        NULL};
    const char *topic = client_topic(c, "t", 1, "retention.ms", "12345", "cleanup.policy", "compact", NULL);
    describe(c, "topic", RD_KAFKA_RESOURCE_TOPIC, topic, names);
}

CASE(broker_configurations_are_described)
{
    static const char *const names[] = {"broker.id",
                                        "num.partitions",
                                        "default.replication.factor",
                                        "auto.create.topics.enable",
                                        "message.max.bytes",
                                        "log.retention.ms",
                                        "log.retention.hours",
                                        "log.segment.bytes",
                                        "offsets.retention.minutes",
                                        "group.min.session.timeout.ms",
                                        "group.max.session.timeout.ms",
                                        "min.insync.replicas",
                                        "compression.type",
                                        NULL};
    describe(c, "broker", RD_KAFKA_RESOURCE_BROKER, "1", names);
}

CASE(what_cannot_be_described_is_an_error)
{
    static const char *const none[] = {NULL};
    describe(c, "unknown topic", RD_KAFKA_RESOURCE_TOPIC, case_name_of(c, "never"), none);
    describe(c, "invalid topic", RD_KAFKA_RESOURCE_TOPIC, "a b", none);
}

static void alter(struct conformance *c, const char *label, const char *topic, const char *key,
                  const char *value)
{
    rd_kafka_ConfigResource_t *request = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    size_t count;
    rd_kafka_ConfigResource_set_config(request, key, value);
    rd_kafka_AlterConfigs(client_admin(c), &request, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_event(c, queue);
    if (event) {
        rd_kafka_resp_err_t error = rd_kafka_event_error(event);
        if (!error)
            error = rd_kafka_ConfigResource_error(
                rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &count)[0]);
        outcome(c, "%s %s", label, rd_kafka_err2name(error));
        rd_kafka_event_destroy(event);
    }
    rd_kafka_ConfigResource_destroy(request);
    rd_kafka_queue_destroy(queue);
}

CASE(altering_configurations_replaces_all_of_them)
{
    static const char *const names[] = {"retention.ms", "max.message.bytes", "cleanup.policy", NULL};
    const char *topic = client_topic(c, "t", 1, "retention.ms", "12345", "max.message.bytes", "2000", NULL);
    alter(c, "alter", topic, "cleanup.policy", "compact");
    rd_kafka_poll(client_admin(c), WAIT_MS);
    describe(c, "then", RD_KAFKA_RESOURCE_TOPIC, topic, names);
    alter(c, "unknown name", topic, "no.such.config", "1");
    alter(c, "invalid value", topic, "retention.ms", "soon");
    alter(c, "unknown topic", case_name_of(c, "never"), "retention.ms", "1");
    describe(c, "then", RD_KAFKA_RESOURCE_TOPIC, topic, names);
}

CASE(an_altered_limit_applies_to_the_next_record)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    rd_kafka_t *producer = client_producer(c, NULL);
    char value[3001];
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    struct client_sent sent = client_send(producer, topic, 0, NULL, value);
    client_outcome_sent(c, "before", &sent);
    alter(c, "alter", topic, "max.message.bytes", "1000");
    rd_kafka_poll(client_admin(c), WAIT_MS);
    sent = client_send(producer, topic, 0, NULL, value);
    client_outcome_sent(c, "then", &sent);
    rd_kafka_destroy(producer);
}

CASE(the_cluster_has_an_id_and_a_controller)
{
    char *id = rd_kafka_clusterid(client_admin(c), CLIENT_PATIENCE_MS);
    const rd_kafka_metadata_t *metadata;
    outcome(c, "cluster id %s", id && *id ? "given" : "missing");
    outcome(c, "controller %s",
            rd_kafka_controllerid(client_admin(c), CLIENT_PATIENCE_MS) > 0 ? "given" : "missing");
    if (rd_kafka_metadata(client_admin(c), 0, NULL, &metadata, CLIENT_PATIENCE_MS) == 0) {
        outcome(c, "%d brokers", metadata->broker_cnt);
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_mem_free(client_admin(c), id);
}

const struct conformance_case admin_cases[] = {
    CASE_ENTRY(topic_names_are_checked),
    CASE_ENTRY(a_topic_name_of_250_characters_is_refused),
    CASE_ENTRY(names_that_differ_by_dot_and_underscore_collide),
    CASE_ENTRY(partition_counts_and_replication_factors_are_checked),
    CASE_ENTRY(a_topic_is_created_once),
    CASE_ENTRY(a_topic_named_twice_in_one_request_is_refused),
    CASE_ENTRY(what_is_validated_only_is_not_created),
    CASE_ENTRY(topic_configurations_are_checked),
    CASE_ENTRY(replica_assignments_are_checked),
    CASE_ENTRY(a_deleted_topic_is_gone_and_can_be_made_anew),
    CASE_ENTRY(partitions_are_only_added),
    CASE_ENTRY(assignments_of_new_partitions_are_checked),
    CASE_ENTRY(topic_configurations_are_described_with_their_sources),
    CASE_ENTRY(broker_configurations_are_described),
    CASE_ENTRY(what_cannot_be_described_is_an_error),
    CASE_ENTRY(altering_configurations_replaces_all_of_them),
    CASE_ENTRY(an_altered_limit_applies_to_the_next_record),
    CASE_ENTRY(the_cluster_has_an_id_and_a_controller),
    CASE_END,
};
