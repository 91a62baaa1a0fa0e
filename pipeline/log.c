/* SPDX-License-Identifier: Apache-2.0 */
/* log: see log.h. */
#include "pipeline/log.h"

#include "pipeline/clock.h"
#include "pipeline/text.h"

#include <stdio.h>
#include <string.h>

/* Room kept for the closing brace and line feed. */
enum { LOG_TAIL_BYTES = 3 };

static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_init(struct log *log, enum log_level level, const char *component, const char *instance)
{
    *log = (struct log){.level = level, .descriptor = 2};
    snprintf(log->component, sizeof log->component, "%s", component);
    snprintf(log->instance, sizeof log->instance, "%s", instance);
}

static size_t escape(char out[8], unsigned char c)
{
    if (c == '"' || c == '\\')
        return (size_t)snprintf(out, 8, "\\%c", c);
    if (c < 0x20 || c >= 0x7f)
        return (size_t)snprintf(out, 8, "\\u%04x",
                                c); /* bytes beyond ASCII as Latin-1: a log line is always valid JSON */
    out[0] = (char)c;
    return 1;
}

/* Appends ,"name":"value" or, when it does not fit, nothing. */
void log_bytes(struct log_line *line, const char *name, const char *value, size_t bytes)
{
    if (!line->log)
        return;
    size_t at = line->length;
    size_t name_length = strlen(name);
    if (at + name_length + 8 + LOG_TAIL_BYTES > LOG_LINE_MAX)
        return;
    at += (size_t)snprintf(line->bytes + at, LOG_LINE_MAX - at, "%s\"%s\":\"", at > 1 ? "," : "", name);
    for (size_t i = 0; i < bytes; i++) {
        char escaped[8];
        size_t length = escape(escaped, (unsigned char)value[i]);
        if (at + length + 1 + LOG_TAIL_BYTES > LOG_LINE_MAX)
            break;
        memcpy(line->bytes + at, escaped, length);
        at += length;
    }
    line->bytes[at++] = '"';
    line->length = at;
}

void log_string(struct log_line *line, const char *name, const char *value)
{
    log_bytes(line, name, value ? value : "", value ? strlen(value) : 0);
}

void log_url(struct log_line *line, const char *name, const char *url)
{
    size_t length = strcspn(url, "?#");
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t before = (size_t)(host - url);
    if (before < length) {
        size_t authority = strcspn(host, "/?#");
        const char *at = memrchr(host, '@', authority);
        if (at) {
            length -= (size_t)(at + 1 - url);
            url = at + 1;
        }
    }
    log_bytes(line, name, url, length);
}

void log_integer(struct log_line *line, const char *name, int64_t value)
{
    if (!line->log || line->length + strlen(name) + 28 + LOG_TAIL_BYTES > LOG_LINE_MAX)
        return;
    line->length += (size_t)snprintf(line->bytes + line->length, LOG_LINE_MAX - line->length, ",\"%s\":%lld",
                                     name, (long long)value);
}

void log_begin(struct log_line *line, const struct log *log, enum log_level level, const char *message)
{
    line->log = log && level <= log->level ? log : NULL;
    line->length = 0;
    if (!line->log)
        return;
    char time[CLOCK_TEXT_BYTES];
    line->bytes[line->length++] = '{';
    log_string(line, "time", clock_format(clock_wall_ns(), time));
    log_string(line, "level", level_names[level]);
    log_string(line, "component", log->component);
    log_string(line, "instance", log->instance);
    log_string(line, "message", message);
}

void log_end(struct log_line *line)
{
    if (!line->log)
        return;
    line->bytes[line->length++] = '}';
    line->bytes[line->length++] = '\n';
    /* Where would a failure to log be logged? */
    (void)text_write(line->log->descriptor, line->bytes, line->length);
}

void log_simple(const struct log *log, enum log_level level, const char *message, const char *detail)
{
    struct log_line line;
    log_begin(&line, log, level, message);
    if (detail)
        log_string(&line, "detail", detail);
    log_end(&line);
}

void log_usage(const char *reason)
{
    struct text line = {0};
    text_format(&line, "millrace: %s\n", reason);
    (void)text_write(2, line.data, line.length);
    text_deinit(&line);
}
