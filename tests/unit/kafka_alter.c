/* SPDX-License-Identifier: Apache-2.0 */
/* DescribeConfigs, AlterConfigs and IncrementalAlterConfigs, as Apache Kafka answers them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "tests/unit/kafka_fixture.h"
#include "sim/kafka/config.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/configuration.h"

enum { DESCRIBE = 32, ALTER = 33, ALTER_SOME = 44 };
enum { TOPIC = 2, BROKER = 4, LOGGER = 8 };
enum { SET = 0, UNSET = 1, APPEND = 2, SUBTRACT = 3 };

static struct kafka_fixture *fixture;

static void begin(void)
{
    fixture = kafka_fixture_new("4.3", 2, NULL);
    kafka_fixture_topic(fixture, "t", 1);
}

static void end(void)
{
    kafka_fixture_free(fixture);
}

TestSuite(alter, .init = begin, .fini = end);

/* key NULL: all. */
static const struct wire_describe_configs_response_result *describe(int8_t type, const char *name,
                                                                    const char *key)
{
    struct wire_describe_configs_request body;
    struct wire_describe_configs_request_resource resource = {.resource_type = type,
                                                              .resource_name = kafka_fixture_string(name)};
    struct wire_string wanted = kafka_fixture_string(key);
    const struct wire_describe_configs_response *response;

    KAFKA_FIXTURE_BODY(describe_configs, body);
    KAFKA_FIXTURE_ONE(body.resources, resource);
    body.resources.items[0].configuration_keys.items = &wanted;
    body.resources.items[0].configuration_keys.count = key ? 1 : -1;
    body.include_synonyms = true;
    response = kafka_fixture_ask(fixture, 1, DESCRIBE, 4, &body);
    cr_assert_eq(response->results.count, 1);
    return &response->results.items[0];
}

/* "VALUE SOURCE: NAME=VALUE@SOURCE .." of one configuration; "" if it is not told. */
static const char *told(int8_t type, const char *name, const char *key)
{
    static char text[512];
    const struct wire_describe_configs_response_result *result = describe(type, name, key);
    const struct wire_describe_configs_response_resource_result *entry = result->configs.items;
    int used;

    if (result->configs.count != 1)
        return "";
    used = snprintf(text, sizeof text, "%.*s %d:", entry->value.text ? (int)entry->value.bytes : 4,
                    entry->value.text ? entry->value.text : "null", entry->config_source);
    for (int32_t i = 0; i < entry->synonyms.count; i++) {
        const struct wire_describe_configs_response_synonym *synonym = &entry->synonyms.items[i];
        used += snprintf(text + used, sizeof text - (size_t)used, " %.*s=%.*s@%d", (int)synonym->name.bytes,
                         synonym->name.text, synonym->value.text ? (int)synonym->value.bytes : 4,
                         synonym->value.text ? synonym->value.text : "null", synonym->source);
    }
    return text;
}

struct change {
    const char *name;
    int8_t operation;
    const char *value;
};

enum { CHANGES = 3 };

static const struct wire_incremental_alter_configs_response_alter_configs_resource *
try_some(int8_t type, const char *name, const struct change changes[CHANGES], bool is_tried)
{
    struct wire_incremental_alter_configs_request body;
    struct wire_incremental_alter_configs_request_alter_configs_resource resource = {
        .resource_type = type, .resource_name = kafka_fixture_string(name)};
    struct wire_incremental_alter_configs_request_alterable_config configs[CHANGES];
    const struct wire_incremental_alter_configs_response *response;

    KAFKA_FIXTURE_BODY(incremental_alter_configs, body);
    KAFKA_FIXTURE_ONE(body.resources, resource);
    body.validate_only = is_tried;
    body.resources.items[0].configs.items = configs;
    body.resources.items[0].configs.count = 0;
    for (int i = 0; i < CHANGES && changes[i].name; i++)
        configs[body.resources.items[0].configs.count++] =
            (struct wire_incremental_alter_configs_request_alterable_config){
                kafka_fixture_string(changes[i].name), changes[i].operation,
                kafka_fixture_string(changes[i].value)};
    response = kafka_fixture_ask(fixture, 1, ALTER_SOME, 1, &body);
    cr_assert_eq(response->responses.count, 1);
    return &response->responses.items[0];
}

/* One change, and how it is answered; message NULL: null. */
static void change(int8_t type, const char *name, struct change one, int16_t error, const char *message)
{
    struct change changes[CHANGES] = {one};
    const struct wire_incremental_alter_configs_response_alter_configs_resource *result =
        try_some(type, name, changes, false);

    cr_expect_eq(result->error_code, error, "%s: %d", one.name, result->error_code);
    if (!message) {
        cr_expect_null(result->error_message.text);
        return;
    }
    cr_expect(kafka_fixture_says(result->error_message, message), "%s: %.*s", one.name,
              (int)result->error_message.bytes, result->error_message.text);
}

static int16_t alter(int8_t type, const char *name, const char *key, const char *value)
{
    struct wire_alter_configs_request body;
    struct wire_alter_configs_request_resource resource = {.resource_type = type,
                                                           .resource_name = kafka_fixture_string(name)};
    struct wire_alter_configs_request_alterable_config config = {kafka_fixture_string(key),
                                                                 kafka_fixture_string(value)};
    const struct wire_alter_configs_response *response;

    KAFKA_FIXTURE_BODY(alter_configs, body);
    KAFKA_FIXTURE_ONE(resource.configs, config);
    resource.configs.count = key ? 1 : 0;
    KAFKA_FIXTURE_ONE(body.resources, resource);
    response = kafka_fixture_ask(fixture, 1, ALTER, 2, &body);
    return response->responses.items[0].error_code;
}

/* ---- describing ----------------------------------------------------------------------------------------- */

Test(alter, a_default_is_told_with_the_brokers_synonym)
{
    cr_expect_str_eq(told(TOPIC, "t", "segment.bytes"), "1073741824 5: log.segment.bytes=1073741824@5");
    cr_expect_str_eq(told(TOPIC, "t", "retention.ms"),
                     "604800000 5:", "the hours that it comes from are dropped");
    cr_expect_str_eq(told(TOPIC, "t", "min.insync.replicas"),
                     "1 3: min.insync.replicas=1@3 min.insync.replicas=1@5");
    cr_expect_str_eq(told(TOPIC, "t", "remote.storage.enable"), "false 5:");
    cr_expect_str_eq(told(TOPIC, "t", "nope"), "");
    cr_expect_eq(describe(TOPIC, "t", NULL)->configs.count, 33);
}

Test(alter, a_broker_tells_its_own_configurations_only)
{
    const struct wire_describe_configs_response_result *result = describe(BROKER, "1", "ssl.key.password");

    cr_expect_str_eq(told(BROKER, "1", "node.id"), "1 4: node.id=1@4");
    cr_expect_str_eq(told(BROKER, "1", "broker.id"), "1 4: broker.id=1@4 broker.id=-1@5");
    cr_expect_str_eq(told(BROKER, "1", "log.retention.ms"), "null 5:");
    cr_expect_str_eq(told(BROKER, "1", "log.retention.hours"), "168 5: log.retention.hours=168@5");
    cr_assert_eq(result->configs.count, 1);
    cr_expect(result->configs.items[0].is_sensitive);
    cr_expect_null(result->configs.items[0].value.text);
    cr_expect(describe(BROKER, "1", "num.partitions")->configs.items[0].read_only);
    cr_expect(!describe(BROKER, "1", "log.retention.ms")->configs.items[0].read_only);
    cr_expect_eq(describe(BROKER, "1", NULL)->configs.count, 340);
    cr_expect_eq(describe(BROKER, "2", NULL)->error_code, KAFKA_INVALID_REQUEST);
    cr_expect(kafka_fixture_says(describe(BROKER, "2", NULL)->error_message,
                                 "Unexpected broker id, expected 1 or empty string, but received 2"));
    cr_expect(kafka_fixture_says(describe(BROKER, "x", NULL)->error_message,
                                 "Broker id must be an integer, but it is: x"));
}

Test(alter, a_password_in_the_settings_is_told_nobody)
{
    const char *settings[] = {"ssl.key.password=secret", NULL};
    struct kafka_fixture *kept = fixture;

    fixture = kafka_fixture_new("4.3", 1, settings);
    cr_expect_str_eq(told(BROKER, "1", "ssl.key.password"), "null 4: ssl.key.password=null@4");
    kafka_fixture_free(fixture);
    fixture = kept;
}

Test(alter, what_is_not_there_cannot_be_described)
{
    cr_expect_eq(describe(TOPIC, "nope", NULL)->error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    cr_expect(kafka_fixture_says(describe(TOPIC, "nope", NULL)->error_message, ""));
    cr_expect_eq(describe(TOPIC, "a b", NULL)->error_code, KAFKA_INVALID_TOPIC_EXCEPTION);
    cr_expect_eq(describe(LOGGER, "", NULL)->error_code, KAFKA_INVALID_REQUEST);
    cr_expect_eq(describe(99, "x", NULL)->error_code, KAFKA_INVALID_REQUEST);
}

/* ---- of a topic ----------------------------------------------------------------------------------------- */

Test(alter, a_topics_value_is_set_and_taken_back)
{
    change(TOPIC, "t", (struct change){"retention.ms", SET, " 1000"}, 0, NULL);
    cr_expect_str_eq(told(TOPIC, "t", "retention.ms"), "1000 1: retention.ms=1000@1");
    cr_expect_eq(kafka_topic_named(fixture->cluster, "t")->config.retention_ms, 1000);
    change(TOPIC, "t", (struct change){"retention.ms", UNSET, NULL}, 0, NULL);
    cr_expect_str_eq(told(TOPIC, "t", "retention.ms"), "604800000 5:");
    change(TOPIC, "t", (struct change){"no.such.name", UNSET, NULL}, 0, NULL);
}

Test(alter, lists_are_appended_to_and_subtracted_from)
{
    change(TOPIC, "t", (struct change){"cleanup.policy", APPEND, "compact"}, 0, NULL);
    cr_expect_str_eq(told(TOPIC, "t", "cleanup.policy"),
                     "delete,compact 1: cleanup.policy=delete,compact@1 log.cleanup.policy=delete@5");
    change(TOPIC, "t", (struct change){"cleanup.policy", APPEND, "compact"}, 0, NULL);
    change(TOPIC, "t", (struct change){"cleanup.policy", SUBTRACT, "delete"}, 0, NULL);
    cr_expect_str_eq(told(TOPIC, "t", "cleanup.policy"),
                     "compact 1: cleanup.policy=compact@1 log.cleanup.policy=delete@5");
    change(TOPIC, "t", (struct change){"cleanup.policy", SUBTRACT, "compact"}, 0, NULL);
    cr_expect_str_eq(told(TOPIC, "t", "cleanup.policy"), " 1: cleanup.policy=@1 log.cleanup.policy=delete@5");
    change(TOPIC, "t", (struct change){"cleanup.policy", APPEND, "nope"}, KAFKA_INVALID_CONFIG,
           "Invalid value nope for configuration cleanup.policy: String must be one of: compact, delete");
    change(TOPIC, "t", (struct change){"retention.ms", APPEND, "1"}, KAFKA_INVALID_CONFIG,
           "Can't APPEND to key retention.ms because its type is not LIST.");
}

Test(alter, each_wrong_change_of_a_topic_is_refused)
{
    struct change twice[CHANGES] = {{"retention.ms", SET, "1"}, {"retention.ms", UNSET, NULL}};

    change(TOPIC, "t", (struct change){"retention.ms", SET, NULL}, KAFKA_INVALID_REQUEST,
           "Null value not supported for : retention.ms");
    change(TOPIC, "t", (struct change){"foo", SET, "1"}, KAFKA_INVALID_CONFIG,
           "Unknown topic config name: foo");
    change(TOPIC, "t", (struct change){"retention.ms", 9, "1"}, KAFKA_UNKNOWN_SERVER_ERROR, NULL);
    change(TOPIC, "nope", (struct change){"retention.ms", SET, "1"}, KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
           "The topic 'nope' does not exist.");
    change(TOPIC, "nope", (struct change){"retention.ms", SET, "x"}, KAFKA_INVALID_CONFIG,
           "Invalid value x for configuration retention.ms: Not a number of type LONG");
    change(TOPIC, "", (struct change){"retention.ms", SET, "1"}, KAFKA_INVALID_REQUEST,
           "Default topic resources are not allowed.");
    change(99, "x", (struct change){"retention.ms", SET, "1"}, KAFKA_INVALID_REQUEST,
           "Unknown resource type 99");
    cr_expect(kafka_fixture_says(try_some(TOPIC, "t", twice, false)->error_message,
                                 "Error due to duplicate config keys"));
}

Test(alter, a_resource_changes_as_a_whole_or_not_at_all)
{
    struct change one_wrong[CHANGES] = {{"retention.ms", SET, "5"}, {"segment.bytes", SET, "x"}};
    struct change right[CHANGES] = {{"retention.ms", SET, "5"}, {"segment.ms", SET, "6"}};

    cr_expect_eq(try_some(TOPIC, "t", one_wrong, false)->error_code, KAFKA_INVALID_CONFIG);
    cr_expect_eq(try_some(TOPIC, "t", right, true)->error_code, 0);
    cr_expect_str_eq(told(TOPIC, "t", "retention.ms"), "604800000 5:");
    cr_expect_eq(try_some(TOPIC, "t", right, false)->error_code, 0);
    cr_expect_eq(kafka_topic_named(fixture->cluster, "t")->config.segment_ms, 6);
}

Test(alter, the_old_request_replaces_all_that_was_set)
{
    const struct kafka_config *config = &kafka_topic_named(fixture->cluster, "t")->config;

    cr_expect_eq(alter(TOPIC, "t", "retention.ms", "5"), 0);
    cr_expect_eq(alter(TOPIC, "t", "segment.ms", "6"), 0);
    cr_expect_eq(config->own.count, 1);
    cr_expect_eq(config->segment_ms, 6);
    cr_expect_eq(config->retention_ms, INT64_C(604800000));
    cr_expect_eq(alter(TOPIC, "t", "segment.ms", NULL), KAFKA_INVALID_REQUEST);
    cr_expect_eq(alter(TOPIC, "t", "foo", "1"), KAFKA_INVALID_CONFIG);
    cr_expect_eq(config->segment_ms, 6);
    cr_expect_eq(alter(TOPIC, "t", NULL, NULL), 0);
    cr_expect_eq(config->own.count, 0);
    cr_expect_eq(alter(LOGGER, "1", "root", "INFO"), KAFKA_INVALID_REQUEST);
}

/* ---- of brokers ----------------------------------------------------------------------------------------- */

Test(alter, what_all_brokers_are_set_to_reaches_the_topics_that_set_nothing)
{
    const struct kafka_config *config = &kafka_topic_named(fixture->cluster, "t")->config;

    change(BROKER, "", (struct change){"log.retention.ms", SET, "6000"}, 0, NULL);
    cr_expect_eq(config->retention_ms, 6000);
    cr_expect_str_eq(told(TOPIC, "t", "retention.ms"),
                     "6000 3: log.retention.ms=6000@3 log.retention.hours=168@5");
    cr_expect_str_eq(told(BROKER, "", "log.retention.ms"), "6000 3: log.retention.ms=6000@3");
    change(TOPIC, "t", (struct change){"retention.ms", SET, "5"}, 0, NULL);
    cr_expect_eq(config->retention_ms, 5);
    cr_expect_str_eq(told(TOPIC, "t", "retention.ms"),
                     "5 1: retention.ms=5@1 log.retention.ms=6000@3 log.retention.hours=168@5");
    change(TOPIC, "t", (struct change){"retention.ms", UNSET, NULL}, 0, NULL);
    change(BROKER, "", (struct change){"log.retention.ms", UNSET, NULL}, 0, NULL);
    cr_expect_eq(config->retention_ms, INT64_C(604800000));
}

Test(alter, one_brokers_own_value_is_nearest)
{
    change(BROKER, "", (struct change){"log.retention.ms", SET, "6000"}, 0, NULL);
    change(BROKER, "1", (struct change){"log.retention.ms", SET, "5000"}, 0, NULL);
    cr_expect_str_eq(told(BROKER, "1", "log.retention.ms"),
                     "5000 2: log.retention.ms=5000@2 log.retention.ms=6000@3 log.retention.hours=168@5");
    cr_expect_str_eq(told(TOPIC, "t", "retention.ms"),
                     "5000 2: log.retention.ms=5000@2 log.retention.ms=6000@3 log.retention.hours=168@5");
    change(BROKER, "1", (struct change){"log.retention.ms", UNSET, NULL}, 0, NULL);
    cr_expect_str_eq(told(BROKER, "1", "log.retention.ms"),
                     "6000 3: log.retention.ms=6000@3 log.retention.hours=168@5");
}

Test(alter, each_wrong_change_of_a_broker_is_refused)
{
    int16_t error = KAFKA_INVALID_REQUEST;

    change(BROKER, "1", (struct change){"num.partitions", SET, "3"}, error,
           "Cannot update these configs dynamically: [num.partitions]");
    change(BROKER, "", (struct change){"listeners", SET, "PLAINTEXT://:1"}, error,
           "Cannot update these configs at default cluster level, broker id must be specified: [listeners]");
    change(BROKER, "1", (struct change){"ssl.keystore.type", SET, "x"}, error,
           "These security configs can be dynamically updated only per-listener using the listener prefix: "
           "[ssl.keystore.type]");
    change(BROKER, "1", (struct change){"log.retention.ms", SET, "x"}, error,
           "Invalid value x for configuration log.retention.ms: Not a number of type LONG");
    change(BROKER, "2", (struct change){"log.retention.ms", SET, "1"}, error,
           "Unexpected broker id, expected 1, but received 2");
    change(BROKER, "x", (struct change){"log.retention.ms", SET, "1"}, error,
           "Node id must be an integer, but it is: x");
    change(BROKER, "1", (struct change){"log.retention.ms", APPEND, "1"}, KAFKA_INVALID_CONFIG,
           "Config value append is not allowed for config key: log.retention.ms");
}

Test(alter, a_name_that_kafka_does_not_know_is_kept_as_a_secret)
{
    change(BROKER, "1", (struct change){"foo.bar", SET, "x"}, 0, NULL);
    cr_expect_str_eq(told(BROKER, "1", "foo.bar"), "null 2: foo.bar=null@2");
    change(BROKER, "1", (struct change){"foo.bar", UNSET, NULL}, 0, NULL);
    cr_expect_str_eq(told(BROKER, "1", "foo.bar"), "");
}

Test(alter, with_eligible_leader_replicas_min_insync_replicas_is_for_all_brokers_and_stays)
{
    change(BROKER, "1", (struct change){"min.insync.replicas", SET, "1"}, KAFKA_INVALID_CONFIG,
           "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
    change(BROKER, "", (struct change){"min.insync.replicas", UNSET, NULL}, KAFKA_INVALID_CONFIG,
           "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
    cr_expect_eq(alter(BROKER, "", NULL, NULL), KAFKA_INVALID_CONFIG);
    change(BROKER, "", (struct change){"min.insync.replicas", SET, "2"}, 0, NULL);
    cr_expect_eq(kafka_topic_named(fixture->cluster, "t")->config.min_insync_replicas, 2);
}

Test(alter, the_release_before_knows_no_such_rule_and_writes_its_sets_otherwise)
{
    struct kafka_fixture *kept = fixture;

    fixture = kafka_fixture_new("3.9", 1, NULL);
    change(BROKER, "1", (struct change){"min.insync.replicas", SET, "1"}, 0, NULL);
    change(BROKER, "1", (struct change){"num.partitions", SET, "3"}, KAFKA_INVALID_REQUEST,
           "Cannot update these configs dynamically: Set(num.partitions)");
    cr_expect_eq(alter(BROKER, "", NULL, NULL), 0);
    kafka_fixture_free(fixture);
    fixture = kept;
}

/* ---- of loggers ----------------------------------------------------------------------------------------- */

Test(alter, the_root_loggers_level_can_be_changed)
{
    struct change tried[CHANGES] = {{"root", SET, "WARN"}};

    cr_expect_str_eq(told(LOGGER, "1", "root"), "INFO 6:");
    cr_expect_eq(try_some(LOGGER, "1", tried, true)->error_code, 0);
    cr_expect_str_eq(told(LOGGER, "1", "root"), "INFO 6:");
    change(LOGGER, "1", (struct change){"root", SET, "WARN"}, 0, NULL);
    cr_expect_str_eq(told(LOGGER, "1", "root"), "WARN 6:");
    change(
        LOGGER, "1", (struct change){"root", SET, "NOPE"}, KAFKA_INVALID_CONFIG,
        "Cannot set the log level of root to NOPE as it is not a supported log level. Valid log levels are "
        "DEBUG, ERROR, FATAL, INFO, TRACE, WARN");
    change(LOGGER, "1", (struct change){"nope", SET, "INFO"}, KAFKA_INVALID_CONFIG,
           "Logger nope does not exist!");
    change(LOGGER, "1", (struct change){"root", UNSET, NULL}, KAFKA_INVALID_REQUEST,
           "Removing the log level of the root logger is not allowed");
    change(LOGGER, "1", (struct change){"root", APPEND, "INFO"}, KAFKA_INVALID_REQUEST,
           "APPEND operation is not allowed for the BROKER_LOGGER resource");
    change(LOGGER, "2", (struct change){"root", SET, "INFO"}, KAFKA_INVALID_REQUEST,
           "Unexpected node id. Expected 1, but received 2");
}
