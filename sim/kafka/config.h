/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: configurations of topics and brokers, by Apache Kafka's names, with its defaults.
 *
 *   a topic's value      = set on the topic, else what the brokers have under the broker's name, else Kafka's default
 *   the brokers' value   = set on one broker, else on all of them, else at their start (settings), else Kafka's default
 *
 * config_table.h knows every name. A struct kafka_config is what was set on one topic and, parsed, what the cluster asks
 * for often. Simplified: what is set dynamically on one broker alone is described, but has no effect. Source:
 * TopicConfig.java, LogConfig.java, ServerTopicConfigSynonyms.java, DynamicBrokerConfig.java, KafkaConfig.scala.
 */
#ifndef SIM_KAFKA_CONFIG_H
#define SIM_KAFKA_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/kafka/config_value.h"
#include "sim/kafka/wire/wire.h"

struct kafka_cluster;

enum { KAFKA_CONFIG_ERROR_MAX = 1024, KAFKA_CONFIG_SYNONYMS_MAX = 3 };

/* What a topic's settings amount to: its own, else the brokers', else Kafka's defaults. */
struct kafka_config {
    struct kafka_config_list own;

    int64_t retention_ms, retention_bytes; /* -1: unlimited */
    int64_t segment_ms;
    int32_t segment_bytes;
    int32_t max_message_bytes;
    int32_t min_insync_replicas;
    int64_t flush_messages;
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

/* Would a topic take all of these as its own? As kafka_config_set says no. */
bool kafka_config_check(const struct kafka_config_list *own, const struct kafka_cluster *cluster,
                        char *error_out, size_t error_bytes);
/* Takes own, which was checked, in place of what was set. */
void kafka_config_replace(struct kafka_config *config, const struct kafka_cluster *cluster,
                          struct kafka_config_list *own);

/* Where a value comes from, as DescribeConfigs says it (DescribeConfigsResponse.java, ConfigSource). */
enum kafka_config_source {
    KAFKA_CONFIG_FROM_TOPIC = 1,
    KAFKA_CONFIG_FROM_BROKER = 2,  /* dynamic, of one broker */
    KAFKA_CONFIG_FROM_BROKERS = 3, /* dynamic, of all */
    KAFKA_CONFIG_FROM_SETTINGS = 4,
    KAFKA_CONFIG_FROM_DEFAULTS = 5,
    KAFKA_CONFIG_FROM_LOGGER = 6,
};

/* A topic's value: a valid text, times unit if it is a number of hours or so. text NULL: it has none. */
struct kafka_config_found {
    const char *text;
    int64_t unit;
};

/* broker: whose dynamic configurations count, or 0. own may be NULL. */
struct kafka_config_found kafka_config_find(const struct kafka_cluster *cluster, int32_t broker,
                                            const struct kafka_config_list *own,
                                            const struct kafka_config_key *key);

/* ---- of brokers ---- */

/* settings: "name=value", NULL ends. NULL: error_out names the one that is wrong. Besides Kafka's names there is
 * sasl.plain.users=NAME:PASSWORD,.. : who may log in; unless it is set, nobody has to.
 * millrace.partition.start.max.ms=N: each replica learns of an election 0..N ms after it, drawn for each: until then a new leader
 * refuses with NOT_LEADER_OR_FOLLOWER, as a real one does until it has made its log, and an old one goes on. Default: 0.
 * millrace.replica.fetch.max.ms=N: each fetch of a follower comes 0..N ms after there is something for it, drawn for each.
 * 0, the default: followers have what is appended within the same call. millrace.broker.racks=A,B,..: broker.rack of broker
 * 1, 2, ..; an empty one, or none: it has none.
 * millrace.transaction.verify.max.ms=N: between the coordinator's word that a transaction may begin in a partition and the
 * append pass 0..N ms, drawn for each request: a marker may come between (KIP-890). Default: 0.
 * millrace.group.write.ms=N: so long a coordinator takes to write a group's assignment before it tells the members
 * (GroupMetadataManager.java, appendFuture). Default: 0.
 * millrace.marker.max.ms=N: the marker of an ended transaction is sent to each of its partitions 0..N ms later, drawn for
 * each (TransactionMarkerChannelManager.scala). Default: 0.
 * millrace.transaction.load.ms=N: so long a new coordinator reads its partition of __transaction_state, and says
 * COORDINATOR_LOAD_IN_PROGRESS. Default: 0.
 * millrace.producer.ids.ms=N: so long the controller takes to give a broker a block of producer ids: until then InitProducerId is
 * answered COORDINATOR_LOAD_IN_PROGRESS. Default: 0. */
struct kafka_configs *kafka_configs_new(const struct kafka_cluster *cluster, const char *const *settings,
                                        char *error_out, size_t error_bytes);
void kafka_configs_free(struct kafka_configs *configs);
/* What holds for the brokers; asserts that name is in the table and of that type. */
int64_t kafka_configs_number(const struct kafka_cluster *cluster, const char *name);
bool kafka_configs_flag(const struct kafka_cluster *cluster, const char *name);
/* The same, as a text; NULL: it has no value. broker: whose own count, or 0. */
const char *kafka_configs_text(const struct kafka_cluster *cluster, int32_t broker, const char *name);

/* What was set dynamically: on one broker, or (0) on all of them. */
const struct kafka_config_list *kafka_configs_dynamic(const struct kafka_cluster *cluster, int32_t broker);
/* Takes list. What topics amount to follows. */
void kafka_configs_replace(struct kafka_cluster *cluster, int32_t broker, struct kafka_config_list *list);
/* Of a broker's root logger: "INFO" unless set. */
const char *kafka_configs_log_level(const struct kafka_cluster *cluster, int32_t broker);
/* False: there is no such level. is_tried: nothing changes. */
bool kafka_configs_set_log_level(struct kafka_cluster *cluster, int32_t broker, struct wire_string level,
                                 bool is_tried);
/* What was set at their start. */
int64_t kafka_configs_transaction_verify_max_ms(const struct kafka_cluster *cluster);
struct kafka_configs_pace {
    int64_t learn_max_ms, fetch_max_ms; /* millrace.partition.start.max.ms, millrace.replica.fetch.max.ms */
    int64_t fetch_bytes_max;            /* replica.fetch.max.bytes */
    int64_t lag_max_ms;                 /* replica.lag.time.max.ms */
    int64_t checkpoint_ms;              /* replica.high.watermark.checkpoint.interval.ms */
};
const struct kafka_configs_pace *kafka_configs_pace(const struct kafka_cluster *cluster);
int32_t kafka_configs_fetch_bytes_max(const struct kafka_cluster *cluster); /* fetch.max.bytes */
struct wire_string kafka_configs_rack(const struct kafka_cluster *cluster,
                                      int32_t broker); /* borrows; null: none */
int64_t kafka_configs_group_write_ms(const struct kafka_cluster *cluster);
int64_t kafka_configs_producer_ids_ms(const struct kafka_cluster *cluster);
int64_t kafka_configs_marker_max_ms(const struct kafka_cluster *cluster);
int64_t kafka_configs_transaction_load_ms(const struct kafka_cluster *cluster);
const struct kafka_config_list *kafka_configs_settings(const struct kafka_cluster *cluster);

/* Under which names brokers have a topic's configuration; the first that has a value counts. Returns how many. */
int32_t kafka_config_synonyms(const char *topic_name, const char *out[KAFKA_CONFIG_SYNONYMS_MAX]);
/* The names, the nearest first, of which one broker's configuration is one; itself, if it has no others. */
int32_t kafka_configs_synonyms(const char *name, const char *out[KAFKA_CONFIG_SYNONYMS_MAX]);
/* How many milliseconds are in one of name's: more than one for .hours, .minutes. */
int64_t kafka_configs_unit(const char *name);

#endif
