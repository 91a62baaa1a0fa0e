/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_value: one configuration's value: is it valid, and how is it written. Source: ConfigDef.java.
 *
 * Left out: that the class a CLASS names exists, and the listeners that brokers' names may have as a prefix.
 */
#ifndef SIM_KAFKA_CONFIG_VALUE_H
#define SIM_KAFKA_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include "sim/kafka/config_table.h"
#include "sim/kafka/model.h"
#include "sim/kafka/wire/wire.h"

/* One "name = value" that somebody set. */
struct kafka_config_item {
    char *name, *value;
};

/* Sorted by name, each name once. Zero-initialised storage is an empty one. */
struct kafka_config_list {
    struct kafka_config_item *items;
    int32_t count, capacity;
};

void kafka_config_list_deinit(struct kafka_config_list *list);
void kafka_config_list_copy(const struct kafka_config_list *from, struct kafka_config_list *out);
/* NULL: it is not in the list. */
const char *kafka_config_list_find(const struct kafka_config_list *list, const char *name);
/* value.text NULL: removes it. Copies. */
void kafka_config_list_set(struct kafka_config_list *list, struct wire_string name, struct wire_string value);

/* NULL: the model's release has no such configuration. */
const struct kafka_config_key *kafka_config_key_of(const struct kafka_model *model,
                                                   enum kafka_config_scope scope, struct wire_string name);

/* False: error_out, in Kafka's words. */
bool kafka_config_value_check(const struct kafka_model *model, const struct kafka_config_key *key,
                              const char *value, char *error_out, size_t error_bytes);
enum { KAFKA_CONFIG_VALUE_ROOM = 32 };
/* The valid value as Kafka writes it after reading it: " 5" is "5", "a, b" is "a,b". out: strlen(value) +
 * KAFKA_CONFIG_VALUE_ROOM. */
void kafka_config_value_text(const struct kafka_model *model, const struct kafka_config_key *key,
                             const char *value, char *out);

/* As Java's Integer.parseInt, without spaces around it. */
bool kafka_config_value_integer(struct wire_string text, int64_t *out);
/* Of valid values. */
int64_t kafka_config_value_number(const char *value);
double kafka_config_value_real(const char *value);
bool kafka_config_value_flag(const char *value);
/* Is word in the list? */
bool kafka_config_value_has(const char *value, const char *word);

#endif
