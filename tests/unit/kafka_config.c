/* SPDX-License-Identifier: Apache-2.0 */
/* What configurations there are, which values they take, and what follows from them for a topic. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/kafka_fixture.h"
#include "sim/kafka/config.h"
#include "sim/kafka/topic.h"

static bool set(struct kafka_config *config, const struct kafka_fixture *fixture, const char *name,
                const char *value)
{
    char error[KAFKA_CONFIG_ERROR_MAX] = "";

    return kafka_config_set(config, fixture->cluster, kafka_fixture_string(name), kafka_fixture_string(value),
                            error, sizeof error);
}

static uint64_t no_random(void *context)
{
    (void)context;
    return 4;
}

/* Whether a cluster begins with that setting; says why not. */
static bool begins(const char *setting, char *error_out, size_t error_bytes)
{
    const char *settings[] = {setting, NULL};
    const struct kafka_seam seam = {.random = no_random};
    struct kafka_cluster_options options = {.broker_count = 1, .host = "host", .settings = settings};
    struct kafka_cluster *cluster;

    kafka_model_of("4.3", &options.model);
    cluster = kafka_cluster_new(&options, &seam, error_out, error_bytes);
    kafka_cluster_free(cluster);
    return cluster != NULL;
}

Test(config, a_setting_that_kafka_does_not_know_is_named)
{
    char error[256] = "";

    cr_expect(!begins("num.partitons=3", error, sizeof error));
    cr_expect_str_eq(error, "num.partitons: Apache Kafka has no such broker configuration");
    cr_expect(!begins("num.partitions", error, sizeof error));
    cr_expect_str_eq(error, "num.partitions: a setting is NAME=VALUE");
    cr_expect(!begins("num.partitions=0", error, sizeof error));
    cr_expect_str_eq(error, "Invalid value 0 for configuration num.partitions: Value must be at least 1");
    cr_expect(begins("num.partitions=3", error, sizeof error));
    cr_expect(begins("sasl.plain.users=a:b", error, sizeof error));
}

Test(config, a_setting_overrides_the_default)
{
    const char *settings[] = {"num.partitions=3", "auto.create.topics.enable=FALSE", NULL};
    struct kafka_fixture *fixture = kafka_fixture_new("4.3", 1, settings);

    cr_expect_eq(kafka_configs_number(fixture->cluster, "num.partitions"), 3);
    cr_expect(!kafka_configs_flag(fixture->cluster, "auto.create.topics.enable"));
    cr_expect_eq(kafka_configs_number(fixture->cluster, "broker.session.timeout.ms"), 9000);
    cr_expect(kafka_configs_flag(fixture->cluster, "delete.topic.enable"));
    kafka_fixture_free(fixture);
}

Test(config, a_topic_without_settings_has_kafkas_defaults)
{
    struct kafka_fixture *fixture = kafka_fixture_new("4.3", 1, NULL);
    struct kafka_config config;

    kafka_config_init(&config, fixture->cluster);
    cr_expect_eq(config.retention_ms, INT64_C(604800000));
    cr_expect_eq(config.retention_bytes, -1);
    cr_expect_eq(config.segment_bytes, 1 << 30);
    cr_expect_eq(config.segment_ms, INT64_C(604800000));
    cr_expect_eq(config.max_message_bytes, 1048588);
    cr_expect_eq(config.min_insync_replicas, 1);
    cr_expect(config.is_deleted && !config.is_compacted);
    cr_expect(!config.is_log_append_time && !config.allows_unclean_election);
    cr_expect_eq(config.timestamp_before_max_ms, INT64_MAX);
    cr_expect_eq(config.timestamp_after_max_ms, 3600000);
    cr_expect_eq(config.max_compaction_lag_ms, INT64_MAX);
    cr_expect_float_eq(config.min_cleanable_dirty_ratio, 0.5, 0);
    kafka_config_deinit(&config);
    kafka_fixture_free(fixture);
}

static int64_t retention_under(const char *one, const char *other)
{
    const char *settings[] = {one, other, NULL};
    struct kafka_fixture *fixture = kafka_fixture_new("4.3", 1, settings);
    int64_t retention_ms = kafka_fixture_topic(fixture, "t", 1)->config.retention_ms;

    kafka_fixture_free(fixture);
    return retention_ms;
}

Test(config, a_topic_follows_the_brokers_finest_unit)
{
    cr_expect_eq(retention_under("log.retention.hours=2", NULL), 7200000);
    cr_expect_eq(retention_under("log.retention.hours=2", "log.retention.minutes=3"), 180000);
    cr_expect_eq(retention_under("log.retention.minutes=3", "log.retention.ms=7"), 7);
    cr_expect_eq(retention_under("log.retention.ms=7", "log.retention.hours=1"), 7);
}

Test(config, unlimited_is_unlimited_in_every_unit)
{
    cr_expect_eq(retention_under("log.retention.hours=-1", NULL), -1);
    cr_expect_eq(retention_under("log.retention.minutes=-1", NULL), -1);
    cr_expect_eq(retention_under("log.retention.ms=-5", NULL), -1);
}

Test(config, what_a_topic_sets_wins_until_it_is_taken_back)
{
    const char *settings[] = {"log.retention.ms=7", "log.cleanup.policy=delete", NULL};
    struct kafka_fixture *fixture = kafka_fixture_new("4.3", 1, settings);
    struct kafka_config *config = &kafka_fixture_topic(fixture, "t", 1)->config;

    cr_expect(set(config, fixture, "retention.ms", " 5 ") &&
              set(config, fixture, "cleanup.policy", "compact"));
    cr_expect_eq(config->retention_ms, 5);
    cr_expect(config->is_compacted && !config->is_deleted);
    cr_expect(set(config, fixture, "cleanup.policy", "delete, compact"));
    cr_expect(config->is_compacted && config->is_deleted);
    cr_expect(set(config, fixture, "cleanup.policy", ""));
    cr_expect(!config->is_compacted && !config->is_deleted);
    cr_expect(set(config, fixture, "retention.ms", NULL));
    cr_expect_eq(config->retention_ms, 7);
    kafka_fixture_free(fixture);
}

Test(config, a_name_with_a_zero_byte_in_it_is_no_other)
{
    struct kafka_model model;
    kafka_model_of("4.3", &model);
    static const char name[] = "retention.ms\0 and more than the table has of it";
    cr_expect_null(
        kafka_config_key_of(&model, KAFKA_CONFIG_OF_TOPICS, (struct wire_string){name, sizeof name - 1}));
}

Test(config, a_wrong_value_changes_nothing)
{
    struct kafka_fixture *fixture = kafka_fixture_new("4.3", 1, NULL);
    struct kafka_config *config = &kafka_fixture_topic(fixture, "t", 1)->config;

    cr_expect(set(config, fixture, "retention.ms", "5"));
    cr_expect(!set(config, fixture, "retention.ms", "x"));
    cr_expect_eq(config->retention_ms, 5);
    cr_expect_eq(config->own.count, 1);
    cr_expect_str_eq(kafka_config_list_find(&config->own, "retention.ms"), "5");
    kafka_fixture_free(fixture);
}

/* As both releases of Apache Kafka refused them, where not said otherwise. */
static const struct {
    const char *name, *value, *error, *old_error;
} refusals[] = {
    {"foo", "1", "Unknown topic config name: foo", NULL},
    {"retention.ms", "x", "Invalid value x for configuration retention.ms: Not a number of type LONG", NULL},
    {"retention.ms", "-2", "Invalid value -2 for configuration retention.ms: Value must be at least -1",
     NULL},
    {"retention.ms", "", "Invalid value  for configuration retention.ms: Not a number of type LONG", NULL},
    {"cleanup.policy", "nope",
     "Invalid value nope for configuration cleanup.policy: String must be one of: compact, delete", NULL},
    {"cleanup.policy", "delete,,compact", "Configuration 'cleanup.policy' values must not be empty.",
     "Invalid value  for configuration cleanup.policy: String must be one of: compact, delete"},
    {"compression.type", "foo",
     "Invalid value foo for configuration compression.type: String must be one of: uncompressed, zstd, lz4, "
     "snappy, gzip, producer",
     NULL},
    {"preallocate", "maybe",
     "Invalid value maybe for configuration preallocate: Expected value to be either true or false", NULL},
    {"segment.bytes", "5", "Invalid value 5 for configuration segment.bytes: Value must be at least 1048576",
     "Invalid value 5 for configuration segment.bytes: Value must be at least 14"},
    {"min.cleanable.dirty.ratio", "1.5",
     "Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no more than 1", NULL},
    {"min.cleanable.dirty.ratio", "abc",
     "Invalid value abc for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE", NULL},
    {"compression.gzip.level", "12",
     "Invalid value 12 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to "
     "-1",
     NULL},
    {"compression.lz4.level", "18",
     "Invalid value 18 for configuration compression.lz4.level: Value must be no more than 17", NULL},
    {"max.message.bytes", "99999999999",
     "Invalid value 99999999999 for configuration max.message.bytes: Not a number of type INT", NULL},
    {"min.compaction.lag.ms", "9223372036854775807", NULL, NULL},
    {"remote.storage.enable", "true",
     "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log "
     "storage.",
     NULL},
    {"leader.replication.throttled.replicas", "a:b",
     "Invalid value [a:b] for configuration leader.replication.throttled.replicas: "
     "leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following "
     "format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
     NULL},
    {"leader.replication.throttled.replicas", "*", NULL, NULL},
    {"leader.replication.throttled.replicas", "0:1, 12:3", NULL, NULL},
    {"compression.gzip.level", "-1", NULL, NULL},
    {"cleanup.policy", "delete,delete", NULL, NULL},
    {"retention.ms", "+5", NULL, NULL},
    {"preallocate", " TRUE ", NULL, NULL},
};

static void refuse(const char *release, bool is_old)
{
    struct kafka_fixture *fixture = kafka_fixture_new(release, 1, NULL);
    struct kafka_config *config = &kafka_fixture_topic(fixture, "t", 1)->config;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const char *expected = is_old && refusals[i].old_error ? refusals[i].old_error : refusals[i].error;
        char error[KAFKA_CONFIG_ERROR_MAX] = "";
        bool is_taken = kafka_config_set(config, fixture->cluster, kafka_fixture_string(refusals[i].name),
                                         kafka_fixture_string(refusals[i].value), error, sizeof error);
        cr_expect_eq(is_taken, !expected, "%s: %s=%s: %s", release, refusals[i].name, refusals[i].value,
                     error);
        cr_expect_str_eq(error, expected ? expected : "", "%s: %s=%s", release, refusals[i].name,
                         refusals[i].value);
    }
    kafka_fixture_free(fixture);
}

Test(config, each_wrong_value_is_refused_in_kafkas_words)
{
    refuse("4.3", false);
    refuse("3.9", true);
}

Test(config, values_that_contradict_each_other_are_refused)
{
    struct kafka_fixture *fixture = kafka_fixture_new("4.3", 1, NULL);
    struct kafka_config *config = &kafka_fixture_topic(fixture, "t", 1)->config;
    char error[KAFKA_CONFIG_ERROR_MAX] = "";

    cr_expect(set(config, fixture, "max.compaction.lag.ms", "5"));
    cr_expect(!kafka_config_set(config, fixture->cluster, kafka_fixture_string("min.compaction.lag.ms"),
                                kafka_fixture_string("10"), error, sizeof error));
    cr_expect_str_eq(error,
                     "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)");
    kafka_fixture_free(fixture);
}

static void expect_table(const char *release, enum kafka_config_scope scope)
{
    struct kafka_model model;
    int32_t count, own = 0;
    const struct kafka_config_key *keys = kafka_config_keys(scope, &count);
    char error[KAFKA_CONFIG_ERROR_MAX];

    kafka_model_of(release, &model);
    for (int32_t i = 0; i < count; i++) {
        const struct kafka_config_key *key = &keys[i];
        cr_expect(i == 0 || strcmp(keys[i - 1].name, key->name) <= 0, "%s", key->name);
        if (!(key->releases & 1 << model.release))
            continue;
        own++;
        cr_expect_eq(kafka_config_key_of(&model, scope, kafka_fixture_string(key->name)), key, "%s",
                     key->name);
        if (key->value)
            cr_expect(kafka_config_value_check(&model, key, key->value, error, sizeof error), "%s: %s",
                      key->name, error);
    }
    cr_expect_gt(own, 30);
    cr_expect_null(kafka_config_key_of(&model, scope, kafka_fixture_string("zz")));
    cr_expect_null(kafka_config_key_of(&model, scope, kafka_fixture_string("")));
}

Test(config, each_default_is_valid_and_found_by_its_name)
{
    const char *releases[] = {"3.9", "4.3"};

    for (int i = 0; i < 2; i++) {
        expect_table(releases[i], KAFKA_CONFIG_OF_TOPICS);
        expect_table(releases[i], KAFKA_CONFIG_OF_BROKERS);
    }
}

Test(config, values_are_written_as_kafka_writes_what_it_has_read)
{
    static const struct {
        const char *name, *value, *text;
    } rows[] = {{"retention.ms", " +05 ", "5"},
                {"cleanup.policy", "compact , delete", "compact,delete"},
                {"cleanup.policy", "delete,delete", "delete"},
                {"cleanup.policy", " ", ""},
                {"preallocate", "TRUE", "true"},
                {"min.cleanable.dirty.ratio", "1", "1.0"},
                {"min.cleanable.dirty.ratio", "0.50", "0.5"},
                {"compression.type", " gzip ", "gzip"}};
    struct kafka_model model;
    char text[64];

    kafka_model_of("4.3", &model);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct kafka_config_key *key =
            kafka_config_key_of(&model, KAFKA_CONFIG_OF_TOPICS, kafka_fixture_string(rows[i].name));
        kafka_config_value_text(&model, key, rows[i].value, text);
        cr_expect_str_eq(text, rows[i].text, "%s=%s", rows[i].name, rows[i].value);
    }
}

Test(config, with_eligible_leader_replicas_min_insync_replicas_is_dynamic_from_the_start)
{
    const char *settings[] = {"min.insync.replicas=2", NULL};
    struct kafka_fixture *new = kafka_fixture_new("4.3", 3, settings),
                         *old = kafka_fixture_new("3.9", 3, settings);

    cr_expect_str_eq(kafka_config_list_find(kafka_configs_dynamic(new->cluster, 0), "min.insync.replicas"),
                     "2");
    cr_expect_eq(kafka_configs_dynamic(old->cluster, 0)->count, 0);
    cr_expect_eq(kafka_fixture_topic(new, "t", 1)->config.min_insync_replicas, 2);
    cr_expect_eq(kafka_fixture_topic(old, "t", 1)->config.min_insync_replicas, 2);
    kafka_fixture_free(new);
    kafka_fixture_free(old);
}
