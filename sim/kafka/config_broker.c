/* SPDX-License-Identifier: Apache-2.0 */
/* config_broker: configurations of brokers. See config.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/topic.h"

/* Ours: config.h says what they mean. */
static const char *const own_names[] = {
    "sasl.plain.users",       "millrace.partition.start.max.ms", "millrace.group.write.ms",
    "millrace.marker.max.ms", "millrace.transaction.load.ms",    "millrace.transaction.verify.max.ms",
    "millrace.broker.racks",  "millrace.replica.fetch.max.ms",   "millrace.producer.ids.ms",
};
enum { OWN_MS_MAX = 3600000 };

struct kafka_configs {
    struct kafka_config_list settings;
    struct kafka_config_list dynamic[KAFKA_BROKERS_MAX + 1]; /* by id; 0: of all */
    uint8_t log_levels[KAFKA_BROKERS_MAX + 1];               /* by id */
    struct kafka_configs_pace pace;
    int32_t fetch_bytes_max;
};

/* DynamicBrokerConfig.brokerConfigSynonyms. */
static const char *const groups[][KAFKA_CONFIG_SYNONYMS_MAX] = {
    {"log.flush.interval.ms", "log.flush.scheduler.interval.ms"},
    {"log.retention.ms", "log.retention.minutes", "log.retention.hours"},
    {"log.roll.jitter.ms", "log.roll.jitter.hours"},
    {"log.roll.ms", "log.roll.hours"},
};

int32_t kafka_configs_synonyms(const char *name, const char *out[KAFKA_CONFIG_SYNONYMS_MAX])
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        int32_t count = 0;
        bool is_here = false;
        for (; count < KAFKA_CONFIG_SYNONYMS_MAX && groups[i][count]; count++) {
            is_here |= strcmp(groups[i][count], name) == 0;
            out[count] = groups[i][count];
        }
        /* The scheduler's interval is a synonym, but has none. */
        if (is_here && strcmp(name, "log.flush.scheduler.interval.ms") != 0)
            return count;
    }
    out[0] = name;
    return 1;
}

static bool ends_with(const char *text, const char *end)
{
    size_t bytes = strlen(text), end_bytes = strlen(end);

    return bytes >= end_bytes && strcmp(text + bytes - end_bytes, end) == 0;
}

int64_t kafka_configs_unit(const char *name)
{
    return ends_with(name, ".hours") ? 3600000 : ends_with(name, ".minutes") ? 60000 : 1;
}

static const struct kafka_config_key *key_of(const struct kafka_cluster *cluster, const char *name)
{
    return kafka_config_key_of(&cluster->model, KAFKA_CONFIG_OF_BROKERS, wire_string_of(name));
}

static bool is_own(struct wire_string name)
{
    for (size_t i = 0; i < sizeof own_names / sizeof own_names[0]; i++)
        if (wire_string_is_same(name, wire_string_of(own_names[i])))
            return true;
    return false;
}

/* A number of ms, where the name ends so. */
static bool is_own_value(struct wire_string name, const char *value)
{
    char *end;
    if (name.bytes < 3 || memcmp(name.text + name.bytes - 3, ".ms", 3) != 0)
        return true;
    long long ms = strtoll(value, &end, 10);
    return end != value && !*end && ms >= 0 && ms <= OWN_MS_MAX;
}

static bool take_setting(struct kafka_configs *configs, const struct kafka_cluster *cluster,
                         const char *setting, char *error_out, size_t error_bytes)
{
    const char *equals = strchr(setting, '=');
    struct wire_string name = {setting, equals ? (int32_t)(equals - setting) : 0};
    const struct kafka_config_key *key;

    if (!equals) {
        snprintf(error_out, error_bytes, "%s: a setting is NAME=VALUE", setting);
        return false;
    }
    key = kafka_config_key_of(&cluster->model, KAFKA_CONFIG_OF_BROKERS, name);
    if (!key && !is_own(name)) {
        snprintf(error_out, error_bytes, "%.*s: Apache Kafka has no such broker configuration",
                 (int)name.bytes, name.text);
        return false;
    }
    if (!key && !is_own_value(name, equals + 1)) {
        snprintf(error_out, error_bytes, "%s: not a number of milliseconds from 0 to %d", setting,
                 OWN_MS_MAX);
        return false;
    }
    if (key && !kafka_config_value_check(&cluster->model, key, equals + 1, error_out, error_bytes))
        return false;
    kafka_config_list_set(&configs->settings, name, wire_string_of(equals + 1));
    return true;
}

/* FeatureControlManager.maybeGenerateElrSafetyRecords. */
static void set_min_insync(struct kafka_configs *configs, const struct kafka_cluster *cluster)
{
    static const char name[] = "min.insync.replicas";
    const char *value = kafka_config_list_find(&configs->settings, name);

    kafka_config_list_set(&configs->dynamic[0], wire_string_of(name),
                          wire_string_of(value ? value : key_of(cluster, name)->value));
}

/* What was set at the start, or Kafka's default. */
static int64_t setting(const struct kafka_configs *configs, const struct kafka_cluster *cluster,
                       const char *name)
{
    const char *value = kafka_config_list_find(&configs->settings, name);
    const struct kafka_config_key *key = value ? NULL : key_of(cluster, name);

    return value ? strtoll(value, NULL, 10) : key ? strtoll(key->value, NULL, 10) : 0;
}

/* Nobody may change them while brokers run, and every append or fetch asks. */
static void set_often_asked(struct kafka_configs *configs, const struct kafka_cluster *cluster)
{
    configs->pace = (struct kafka_configs_pace){
        .learn_max_ms = setting(configs, cluster, "millrace.partition.start.max.ms"),
        .fetch_max_ms = setting(configs, cluster, "millrace.replica.fetch.max.ms"),
        .fetch_bytes_max = setting(configs, cluster, "replica.fetch.max.bytes"),
        .lag_max_ms = setting(configs, cluster, "replica.lag.time.max.ms"),
        .checkpoint_ms = setting(configs, cluster, "replica.high.watermark.checkpoint.interval.ms"),
    };
    configs->fetch_bytes_max = (int32_t)setting(configs, cluster, "fetch.max.bytes");
}

struct kafka_configs *kafka_configs_new(const struct kafka_cluster *cluster, const char *const *settings,
                                        char *error_out, size_t error_bytes)
{
    struct kafka_configs *configs = calloc(1, sizeof *configs);

    assert(configs);
    for (; settings && *settings; settings++) {
        if (!take_setting(configs, cluster, *settings, error_out, error_bytes)) {
            kafka_configs_free(configs);
            return NULL;
        }
    }
    if (cluster->model.has_eligible_leader_replicas)
        set_min_insync(configs, cluster);
    set_often_asked(configs, cluster);
    return configs;
}

void kafka_configs_free(struct kafka_configs *configs)
{
    if (!configs)
        return;
    kafka_config_list_deinit(&configs->settings);
    for (int32_t i = 0; i <= KAFKA_BROKERS_MAX; i++)
        kafka_config_list_deinit(&configs->dynamic[i]);
    free(configs);
}

const struct kafka_config_list *kafka_configs_dynamic(const struct kafka_cluster *cluster, int32_t broker)
{
    assert(broker >= 0 && broker <= KAFKA_BROKERS_MAX);
    return &cluster->configs->dynamic[broker];
}

static int64_t own_number(const struct kafka_cluster *cluster, const char *name)
{
    const char *value = kafka_config_list_find(&cluster->configs->settings, name);

    return value ? strtoll(value, NULL, 10) : 0;
}

const struct kafka_configs_pace *kafka_configs_pace(const struct kafka_cluster *cluster)
{
    return &cluster->configs->pace;
}

int32_t kafka_configs_fetch_bytes_max(const struct kafka_cluster *cluster)
{
    return cluster->configs->fetch_bytes_max;
}

struct wire_string kafka_configs_rack(const struct kafka_cluster *cluster, int32_t broker)
{
    const char *racks = kafka_config_list_find(&cluster->configs->settings, "millrace.broker.racks");
    struct wire_string rack = {.bytes = -1};

    for (int32_t id = 1; racks && id <= broker; id++) {
        size_t bytes = strcspn(racks, ",");
        if (id == broker && bytes > 0)
            rack = (struct wire_string){.text = racks, .bytes = (int32_t)bytes};
        racks = racks[bytes] ? racks + bytes + 1 : NULL;
    }
    return rack;
}

int64_t kafka_configs_transaction_verify_max_ms(const struct kafka_cluster *cluster)
{
    return own_number(cluster, "millrace.transaction.verify.max.ms");
}

int64_t kafka_configs_group_write_ms(const struct kafka_cluster *cluster)
{
    return own_number(cluster, "millrace.group.write.ms");
}

int64_t kafka_configs_marker_max_ms(const struct kafka_cluster *cluster)
{
    return own_number(cluster, "millrace.marker.max.ms");
}

int64_t kafka_configs_transaction_load_ms(const struct kafka_cluster *cluster)
{
    return own_number(cluster, "millrace.transaction.load.ms");
}

int64_t kafka_configs_producer_ids_ms(const struct kafka_cluster *cluster)
{
    return own_number(cluster, "millrace.producer.ids.ms");
}

const struct kafka_config_list *kafka_configs_settings(const struct kafka_cluster *cluster)
{
    return &cluster->configs->settings;
}

void kafka_configs_replace(struct kafka_cluster *cluster, int32_t broker, struct kafka_config_list *list)
{
    struct kafka_config_list *at = &cluster->configs->dynamic[broker];

    assert(broker >= 0 && broker <= KAFKA_BROKERS_MAX && list != at);
    kafka_config_list_deinit(at);
    *at = *list;
    *list = (struct kafka_config_list){0};
    kafka_cleaner_reconfigured(&cluster->cleaner);
    for (int32_t i = 0; i < cluster->topic_count; i++) {
        kafka_config_replace(&cluster->topics[i]->config, cluster, &cluster->topics[i]->config.own);
        kafka_topic_reconfigured(cluster->topics[i]);
    }
}

const char *kafka_configs_text(const struct kafka_cluster *cluster, int32_t broker, const char *name)
{
    const struct kafka_configs *configs = cluster->configs;
    const struct kafka_config_key *key;
    const char *text = broker ? kafka_config_list_find(&configs->dynamic[broker], name) : NULL;

    if (!text)
        text = kafka_config_list_find(&configs->dynamic[0], name);
    if (!text)
        text = kafka_config_list_find(&configs->settings, name);
    if (text)
        return text;
    key = key_of(cluster, name);
    return key ? key->value : NULL;
}

int64_t kafka_configs_number(const struct kafka_cluster *cluster, const char *name)
{
    const char *text = kafka_configs_text(cluster, 0, name);

    assert(text);
    return kafka_config_value_number(text);
}

bool kafka_configs_flag(const struct kafka_cluster *cluster, const char *name)
{
    const struct kafka_config_key *key = key_of(cluster, name);

    assert(key && key->type == KAFKA_CONFIG_BOOLEAN);
    return kafka_config_value_flag(kafka_configs_text(cluster, 0, name));
}

static const char *const levels[] = {"INFO", "DEBUG", "ERROR", "FATAL", "TRACE", "WARN"};

const char *kafka_configs_log_level(const struct kafka_cluster *cluster, int32_t broker)
{
    return levels[cluster->configs->log_levels[broker]];
}

bool kafka_configs_set_log_level(struct kafka_cluster *cluster, int32_t broker, struct wire_string level,
                                 bool is_tried)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if ((size_t)level.bytes != strlen(levels[i]) ||
            strncmp(level.text, levels[i], (size_t)level.bytes) != 0)
            continue;
        if (!is_tried)
            cluster->configs->log_levels[broker] = (uint8_t)i;
        return true;
    }
    return false;
}
