/* SPDX-License-Identifier: Apache-2.0 */
/* config: of topics. See config.h. */
#include "sim/kafka/config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/cluster.h"
#include "sim/kafka/topic.h"

/* ServerTopicConfigSynonyms.java. */
static const struct {
    const char *topic, *broker[KAFKA_CONFIG_SYNONYMS_MAX];
} synonyms[] = {
    {"cleanup.policy", {"log.cleanup.policy"}},
    {"compression.gzip.level", {"compression.gzip.level"}},
    {"compression.lz4.level", {"compression.lz4.level"}},
    {"compression.type", {"compression.type"}},
    {"compression.zstd.level", {"compression.zstd.level"}},
    {"delete.retention.ms", {"log.cleaner.delete.retention.ms"}},
    {"file.delete.delay.ms", {"log.segment.delete.delay.ms"}},
    {"flush.messages", {"log.flush.interval.messages"}},
    {"flush.ms", {"log.flush.interval.ms", "log.flush.scheduler.interval.ms"}},
    {"index.interval.bytes", {"log.index.interval.bytes"}},
    {"local.retention.bytes", {"log.local.retention.bytes"}},
    {"local.retention.ms", {"log.local.retention.ms"}},
    {"max.compaction.lag.ms", {"log.cleaner.max.compaction.lag.ms"}},
    {"max.message.bytes", {"message.max.bytes"}},
    {"message.downconversion.enable", {"log.message.downconversion.enable"}},
    {"message.format.version", {"log.message.format.version"}},
    {"message.timestamp.after.max.ms", {"log.message.timestamp.after.max.ms"}},
    {"message.timestamp.before.max.ms", {"log.message.timestamp.before.max.ms"}},
    {"message.timestamp.difference.max.ms", {"log.message.timestamp.difference.max.ms"}},
    {"message.timestamp.type", {"log.message.timestamp.type"}},
    {"min.cleanable.dirty.ratio", {"log.cleaner.min.cleanable.ratio"}},
    {"min.compaction.lag.ms", {"log.cleaner.min.compaction.lag.ms"}},
    {"min.insync.replicas", {"min.insync.replicas"}},
    {"preallocate", {"log.preallocate"}},
    {"retention.bytes", {"log.retention.bytes"}},
    {"retention.ms", {"log.retention.ms", "log.retention.minutes", "log.retention.hours"}},
    {"segment.bytes", {"log.segment.bytes"}},
    {"segment.index.bytes", {"log.index.size.max.bytes"}},
    {"segment.jitter.ms", {"log.roll.jitter.ms", "log.roll.jitter.hours"}},
    {"segment.ms", {"log.roll.ms", "log.roll.hours"}},
    {"unclean.leader.election.enable", {"unclean.leader.election.enable"}},
};

int32_t kafka_config_synonyms(const char *topic_name, const char *out[KAFKA_CONFIG_SYNONYMS_MAX])
{
    int32_t count = 0;

    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++) {
        if (strcmp(synonyms[i].topic, topic_name) != 0)
            continue;
        while (count < KAFKA_CONFIG_SYNONYMS_MAX && synonyms[i].broker[count]) {
            out[count] = synonyms[i].broker[count];
            count++;
        }
    }
    return count;
}

struct kafka_config_found kafka_config_find(const struct kafka_cluster *cluster, int32_t broker,
                                            const struct kafka_config_list *own,
                                            const struct kafka_config_key *key)
{
    const char *names[KAFKA_CONFIG_SYNONYMS_MAX];
    const char *text = own ? kafka_config_list_find(own, key->name) : NULL;
    int32_t count = kafka_config_synonyms(key->name, names);

    if (text)
        return (struct kafka_config_found){text, 1};
    for (int32_t i = 0; i < count; i++) {
        text = kafka_configs_text(cluster, broker, names[i]);
        if (text)
            return (struct kafka_config_found){text, kafka_configs_unit(names[i])};
    }
    return (struct kafka_config_found){key->value, 1};
}

/* ---- what it amounts to --------------------------------------------------------------------------------- */

struct reader {
    const struct kafka_cluster *cluster;
    const struct kafka_config_list *own;
};

static struct kafka_config_found read(const struct reader *reader, const char *name)
{
    const struct kafka_config_key *key =
        kafka_config_key_of(&reader->cluster->model, KAFKA_CONFIG_OF_TOPICS, wire_string_of(name));

    assert(key);
    return kafka_config_find(reader->cluster, 0, reader->own, key);
}

static int64_t number(const struct reader *reader, const char *name)
{
    struct kafka_config_found found = read(reader, name);
    int64_t value = kafka_config_value_number(found.text);

    /* log.retention.hours=-1 is as unlimited as log.retention.ms=-1. */
    return value < 0 ? value : value * found.unit;
}

static void follow(struct kafka_config *config, const struct kafka_cluster *cluster)
{
    const struct reader reader = {cluster, &config->own};
    const char *policy = read(&reader, "cleanup.policy").text;
    const char *segment_bytes = kafka_config_list_find(&config->own, "internal.segment.bytes");

    config->retention_ms = number(&reader, "retention.ms");
    if (config->retention_ms < 0)
        config->retention_ms = -1;
    config->retention_bytes = number(&reader, "retention.bytes");
    config->segment_ms = number(&reader, "segment.ms");
    config->flush_messages = number(&reader, "flush.messages");
    config->segment_bytes = (int32_t)(segment_bytes ? kafka_config_value_number(segment_bytes)
                                                    : number(&reader, "segment.bytes"));
    config->max_message_bytes = (int32_t)number(&reader, "max.message.bytes");
    config->min_insync_replicas = (int32_t)number(&reader, "min.insync.replicas");
    config->is_compacted = kafka_config_value_has(policy, "compact");
    config->is_deleted = kafka_config_value_has(policy, "delete");
    config->is_log_append_time =
        kafka_config_value_has(read(&reader, "message.timestamp.type").text, "LogAppendTime");
    config->allows_unclean_election =
        kafka_config_value_flag(read(&reader, "unclean.leader.election.enable").text);
    config->timestamp_before_max_ms = number(&reader, "message.timestamp.before.max.ms");
    config->timestamp_after_max_ms = number(&reader, "message.timestamp.after.max.ms");
    config->delete_retention_ms = number(&reader, "delete.retention.ms");
    config->min_compaction_lag_ms = number(&reader, "min.compaction.lag.ms");
    config->max_compaction_lag_ms = number(&reader, "max.compaction.lag.ms");
    config->min_cleanable_dirty_ratio =
        kafka_config_value_real(read(&reader, "min.cleanable.dirty.ratio").text);
}

void kafka_config_init(struct kafka_config *config, const struct kafka_cluster *cluster)
{
    /* Topics without settings of their own all amount to the same, which is long to look up. */
    for (int32_t i = 0; i < cluster->topic_count; i++) {
        const struct kafka_config *other = &cluster->topics[i]->config;
        if (other != config && !other->own.count) {
            *config = *other;
            config->own = (struct kafka_config_list){0};
            return;
        }
    }
    *config = (struct kafka_config){0};
    follow(config, cluster);
}

void kafka_config_deinit(struct kafka_config *config)
{
    kafka_config_list_deinit(&config->own);
}

/* ---- setting -------------------------------------------------------------------------------------------- */

/* What one value says about another; LogConfig.validateValues. */
static bool check_together(const struct reader *reader, char *error_out, size_t error_bytes)
{
    int64_t least = number(reader, "min.compaction.lag.ms"), most = number(reader, "max.compaction.lag.ms");

    if (kafka_config_value_flag(read(reader, "remote.storage.enable").text)) {
        snprintf(error_out, error_bytes,
                 "Tiered Storage functionality is disabled in the broker. "
                 "Topic cannot be configured with remote log storage.");
        return false;
    }
    if (least > most)
        snprintf(error_out, error_bytes,
                 "conflict topic config setting min.compaction.lag.ms (%lld) > max.compaction.lag.ms (%lld)",
                 (long long)least, (long long)most);
    return least <= most;
}

bool kafka_config_check(const struct kafka_config_list *own, const struct kafka_cluster *cluster,
                        char *error_out, size_t error_bytes)
{
    const struct reader reader = {cluster, own};

    for (int32_t i = 0; i < own->count; i++) {
        struct wire_string name = wire_string_of(own->items[i].name);
        if (!kafka_config_key_of(&cluster->model, KAFKA_CONFIG_OF_TOPICS, name)) {
            snprintf(error_out, error_bytes, "Unknown topic config name: %s", own->items[i].name);
            return false;
        }
    }
    for (int32_t i = 0; i < own->count; i++) {
        struct wire_string name = wire_string_of(own->items[i].name);
        const struct kafka_config_key *key =
            kafka_config_key_of(&cluster->model, KAFKA_CONFIG_OF_TOPICS, name);
        if (!kafka_config_value_check(&cluster->model, key, own->items[i].value, error_out, error_bytes))
            return false;
    }
    return check_together(&reader, error_out, error_bytes);
}

void kafka_config_replace(struct kafka_config *config, const struct kafka_cluster *cluster,
                          struct kafka_config_list *own)
{
    if (own != &config->own) {
        kafka_config_list_deinit(&config->own);
        config->own = *own;
        *own = (struct kafka_config_list){0};
    }
    follow(config, cluster);
}

bool kafka_config_set(struct kafka_config *config, const struct kafka_cluster *cluster,
                      struct wire_string name, struct wire_string value, char *error_out, size_t error_bytes)
{
    struct kafka_config_list changed;
    bool is_right;

    kafka_config_list_copy(&config->own, &changed);
    kafka_config_list_set(&changed, name, value);
    is_right = kafka_config_check(&changed, cluster, error_out, error_bytes);
    if (is_right)
        kafka_config_replace(config, cluster, &changed);
    kafka_config_list_deinit(&changed);
    return is_right;
}
