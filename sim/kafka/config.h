/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: configurations of topics and brokers, by Apache Kafka's names, with its defaults.
 *
 * A table knows every name: type, default, whether it is read-only or sensitive, and which broker configuration a topic's
 * default comes from. A struct kafka_config is what was set on one topic (or broker), and, parsed, what the cluster asks
 * for often. Source: TopicConfig.java, LogConfig.java, KafkaConfig.scala and the *Configs.java of each release.
 */
#ifndef SIM_KAFKA_CONFIG_H
#define SIM_KAFKA_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/kafka/wire/wire.h"

struct kafka_cluster;

/* One "name = value" that somebody set. */
struct kafka_config_item {
    char *name, *value;
};

/* What a topic's settings amount to: its own, else the brokers', else Kafka's defaults. */
struct kafka_config {
    struct kafka_config_item *items; /* sorted by name */
    int32_t count;

    int64_t retention_ms, retention_bytes; /* -1: unlimited */
    int64_t segment_ms;
    int32_t segment_bytes;
    int32_t max_message_bytes;
    int32_t min_insync_replicas;
    bool is_compacted, is_deleted; /* cleanup.policy */
    bool is_log_append_time;       /* message.timestamp.type */
    bool allows_unclean_election;
    int64_t timestamp_before_max_ms, timestamp_after_max_ms;
    int64_t delete_retention_ms, min_compaction_lag_ms, max_compaction_lag_ms;
    double min_cleanable_dirty_ratio;
};

/* A topic without settings of its own. */
void kafka_config_init(struct kafka_config *config, const struct kafka_cluster *cluster);
void kafka_config_deinit(struct kafka_config *config);
/* value.text NULL: back to the default. Fills in what follows. error_out (Kafka's words) if name or value is wrong;
 * then false, and nothing has changed. */
bool kafka_config_set(struct kafka_config *config, const struct kafka_cluster *cluster,
                      struct wire_string name, struct wire_string value, char *error_out, size_t error_bytes);

/* ---- of brokers ---- */

/* settings: "name=value", NULL ends. NULL: error_out. */
struct kafka_configs *kafka_configs_new(const struct kafka_cluster *cluster, const char *const *settings,
                                        char *error_out, size_t error_bytes);
void kafka_configs_free(struct kafka_configs *configs);
/* What holds for the brokers; asserts that name is in the table and of that type. */
int64_t kafka_configs_number(const struct kafka_cluster *cluster, const char *name);
bool kafka_configs_flag(const struct kafka_cluster *cluster, const char *name);

#endif
