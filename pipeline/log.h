/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one JSON object a line on standard error, each by one write.
 *
 *     struct log_line line;
 *     log_begin(&line, log, LOG_INFO, "task finished");
 *     log_string(&line, "trace_id", trace_id);
 *     log_end(&line);
 *
 * A line that grows past LOG_LINE_MAX loses its last fields, never its shape. May be used from any thread.
 * URLs go through log_url, which leaves out query, fragment and user: that is where secrets stand.
 */
#ifndef PIPELINE_LOG_H
#define PIPELINE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_LINE_MAX = 2048, LOG_NAME_MAX = 64 };

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log {
    enum log_level level; /* lines above it are dropped */
    int descriptor;
    char component[LOG_NAME_MAX]; /* stage or command */
    char instance[LOG_NAME_MAX];
};

struct log_line {
    const struct log *log; /* NULL: dropped */
    size_t length;
    char bytes[LOG_LINE_MAX];
};

/* Copies the names (cut to LOG_NAME_MAX - 1). */
void log_init(struct log *log, enum log_level level, const char *component, const char *instance);

void log_begin(struct log_line *line, const struct log *log, enum log_level level, const char *message);
void log_string(struct log_line *line, const char *name, const char *value);
void log_bytes(struct log_line *line, const char *name, const char *value, size_t bytes);
void log_url(struct log_line *line, const char *name, const char *url);
void log_integer(struct log_line *line, const char *name, int64_t value);
void log_end(struct log_line *line);

/* For usage and configuration errors: "millrace: reason" as one plain line on standard error. */
void log_usage(const char *reason);

/* A line with one optional detail (NULL for none). */
void log_simple(const struct log *log, enum log_level level, const char *message, const char *detail);

#endif
