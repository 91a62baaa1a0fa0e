/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: what this process was told, by whom.
 *
 * Sources, the stronger first: -o flags, MILLRACE_* variables, the file of -c (flat "key = value" lines, #
 * comments), defaults. Keys that begin with "kafka." are librdkafka's own: kept in order, checked by
 * librdkafka alone. Every error is one line that names its source: "millrace.conf:3: ...", "-o ...: ...",
 * "MILLRACE_X: ...".
 */
#ifndef PIPELINE_CONFIG_H
#define PIPELINE_CONFIG_H

#include "pipeline/option.h"
#include "pipeline/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_ERROR_BYTES = 512, CONFIG_FILE_BYTES_MAX = 1 << 20 };

enum config_source { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_VARIABLE, CONFIG_FLAG };

struct config_value {
    char *text;
    char *origin;   /* "default", "millrace.conf:3", "MILLRACE_STORAGE_URL", "-o" */
    int64_t number; /* integers; booleans as 0 and 1; choices as index */
    enum config_source source;
};

struct config_kafka {
    char *name; /* without "kafka." */
    char *text;
    char *origin;
    enum config_source source;
};

struct config {
    struct config_value values[OPTION_COUNT];
    struct config_kafka *kafka; /* no name twice */
    size_t kafka_count;
};

/* Fills in the defaults. */
void config_init(struct config *config);
void config_deinit(struct config *config);

/* Reads a file; path also names it in errors. False: error holds one line, config may hold part of the
 * file. */
bool config_read_file(struct config *config, const char *path, char error[CONFIG_ERROR_BYTES]);

/* The same for text that is in memory. Borrows contents. */
bool config_read_text(struct config *config, const char *path, const char *contents,
                      char error[CONFIG_ERROR_BYTES]);

/* One "key=value" of a -o flag. */
bool config_read_flag(struct config *config, const char *assignment, char error[CONFIG_ERROR_BYTES]);

/* Asks lookup (environment_lookup, or a test's own) for the variable of each option, and of the librdkafka
 * properties that are commonly injected. */
bool config_read_environment(struct config *config, const char *(*lookup)(const char *name),
                             char error[CONFIG_ERROR_BYTES]);

/* Is there a variable "MILLRACE_..." among entries ("NAME=value", NULL-terminated) that nothing reads? */
bool config_check_environment(char *const *entries, char error[CONFIG_ERROR_BYTES]);

const char *config_string(const struct config *config, enum option_id id);
int64_t config_number(const struct config *config, enum option_id id);
bool config_flag(const struct config *config, enum option_id id);

/* Is item one of the comma-separated list's (exactly, ASCII case ignored)? */
bool config_list_has(const struct config *config, enum option_id id, const char *item);
/* The item at an index; not terminated. NULL: there are not so many. */
const char *config_list_item(const struct config *config, enum option_id id, int index, size_t *length_out);
/* Takes the next item off a list's text; its length may be 0. NULL at the end. */
const char *config_list_next(const char **rest_inout, size_t *length_out);
bool config_list_is_empty(const struct config *config, enum option_id id);

/* "key = value" lines; with_origin adds "  # origin". Secrets are shown as "***". */
void config_show(const struct config *config, bool with_origin, struct text *out);

#endif
