/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_table: what Apache Kafka's releases know of each configuration.
 *
 * A row that differs between releases is there once for each. Left out: what quota and listener prefixes add.
 */
#ifndef SIM_KAFKA_CONFIG_TABLE_H
#define SIM_KAFKA_CONFIG_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/model.h"

/* As DescribeConfigs says it (DescribeConfigsResponse.java, ConfigType). */
enum kafka_config_type {
    KAFKA_CONFIG_UNKNOWN,
    KAFKA_CONFIG_BOOLEAN,
    KAFKA_CONFIG_STRING,
    KAFKA_CONFIG_INT,
    KAFKA_CONFIG_SHORT,
    KAFKA_CONFIG_LONG,
    KAFKA_CONFIG_DOUBLE,
    KAFKA_CONFIG_LIST,
    KAFKA_CONFIG_CLASS,
    KAFKA_CONFIG_PASSWORD, /* sensitive: nobody is told the value */
};

/* Who may change it while brokers run (DynamicBrokerConfig). */
enum kafka_config_update {
    KAFKA_CONFIG_READ_ONLY,
    KAFKA_CONFIG_PER_BROKER,   /* of one broker, not of all */
    KAFKA_CONFIG_CLUSTER_WIDE, /* of one or of all */
};

enum kafka_config_scope { KAFKA_CONFIG_OF_TOPICS, KAFKA_CONFIG_OF_BROKERS };

struct kafka_config_key {
    const char *name;
    const char *value; /* the default; NULL: there is none */
    const char
        *valid;   /* "[0,...]", "[1,...,9] or -1", "[gzip, lz4]", as Kafka's validators write it; NULL: any */
    uint8_t type; /* enum kafka_config_type */
    uint8_t update;   /* enum kafka_config_update */
    uint8_t releases; /* bit 1 << enum kafka_release */
    bool is_internal; /* may be set, is not described */
};

/* All rows of a scope, of all releases, sorted by name. */
const struct kafka_config_key *kafka_config_keys(enum kafka_config_scope scope, int32_t *count_out);

#endif
