/* SPDX-License-Identifier: Apache-2.0 */
/* config_read: the sources of the configuration, and what can be wrong with them. See config.h. */
#include "pipeline/config.h"

#include "pipeline/duration.h"

#include "pipeline/memory.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLE_BYTES = 128 };

/* Properties that deployments inject as variables. All others are set by file or flag, since a name with
 * underscores for dots cannot be read back for sure. */
static const char *const injected[] = {"bootstrap.servers",
                                       "security.protocol",
                                       "sasl.mechanism",
                                       "sasl.username",
                                       "sasl.password",
                                       "sasl.oauthbearer.config",
                                       "ssl.ca.location",
                                       "ssl.key.location",
                                       "ssl.key.password",
                                       "ssl.certificate.location",
                                       "client.id",
                                       "client.rack",
                                       "consumer.group.instance.id"};

enum { INJECTED_COUNT = sizeof injected / sizeof injected[0] };

static bool fail(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, CONFIG_ERROR_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

/* Where a value stands: for the origin and for errors. */
struct place {
    enum config_source source;
    const char *origin; /* borrowed */
};

static bool parse_choice(const char *choices, const char *text, int64_t *number_out)
{
    size_t wanted = strlen(text);
    for (int64_t index = 0;; index++) {
        size_t length = strcspn(choices, "|");
        if (wanted > 0 && length == wanted && strncmp(choices, text, length) == 0) {
            *number_out = index;
            return true;
        }
        if (!choices[length])
            return false;
        choices += length + 1;
    }
}

static bool parse_integer(const char *text, int64_t *number_out)
{
    const char *digits = *text == '-' ? text + 1 : text;
    if (!*digits || digits[strspn(digits, "0123456789")])
        return false;
    errno = 0;
    *number_out = strtoll(text, NULL, 10);
    return true; /* out of int64_t's range is out of the option's: strtoll returns the limit */
}

static bool are_durations(const char *text)
{
    int64_t found[OPTION_DURATIONS_MAX];
    int count = 0;
    const char *rest = text, *item;
    size_t length;
    while ((item = config_list_next(&rest, &length))) {
        if (count == OPTION_DURATIONS_MAX || !duration_parse(item, length, &found[count]))
            return false;
        for (int i = 0; i < count; i++) {
            if (found[i] == found[count])
                return false;
        }
        count++;
    }
    return count > 0;
}

static bool parse_value(const struct option_row *row, const char *text, int64_t *number_out, char *error)
{
    switch (row->kind) {
    case OPTION_STRING:
    case OPTION_LIST:
        return true;
    case OPTION_DURATIONS:
        if (!are_durations(text))
            return fail(error,
                        "%s: \"%s\" is not a list of 1 to %d different durations, as 500ms, 2s, 5m, 1h",
                        row->name, text, (int)OPTION_DURATIONS_MAX);
        return true;
    case OPTION_INTEGER:
        if (!parse_integer(text, number_out))
            return fail(error, "%s: \"%s\" is not a whole number", row->name, text);
        if (*number_out < row->minimum || *number_out > row->maximum)
            return fail(error, "%s: %s is not in %lld..%lld", row->name, text, (long long)row->minimum,
                        (long long)row->maximum);
        return true;
    case OPTION_BOOLEAN:
        *number_out = strcmp(text, "true") == 0;
        if (!*number_out && strcmp(text, "false") != 0)
            return fail(error, "%s: \"%s\" is neither true nor false", row->name, text);
        return true;
    case OPTION_CHOICE:
        if (!parse_choice(row->choices, text, number_out))
            return fail(error, "%s: \"%s\" is not one of %s", row->name, text, row->choices);
        return true;
    }
    return false;
}

static bool set_kafka(struct config *config, const char *name, const char *text, struct place place,
                      char *error)
{
    if (!*name)
        return fail(error, "\"kafka.\" lacks a property name");
    struct config_kafka *property = NULL;
    for (size_t i = 0; i < config->kafka_count; i++) {
        if (strcmp(config->kafka[i].name, name) == 0)
            property = &config->kafka[i];
    }
    if (property && property->source == CONFIG_FILE && place.source == CONFIG_FILE)
        return fail(error, "kafka.%s: given before, at %s", name, property->origin);
    if (property && property->source > place.source)
        return true;
    if (!property) {
        size_t bytes = (config->kafka_count + 1) * sizeof *config->kafka;
        config->kafka = memory_resize(config->kafka, bytes);
        property = &config->kafka[config->kafka_count++];
        *property = (struct config_kafka){.name = memory_string(name)};
    }
    free(property->text);
    free(property->origin);
    property->text = memory_string(text);
    property->origin = memory_string(place.origin);
    property->source = place.source;
    return true;
}

/* Sets one key, unless a stronger source has set it. The error lacks its place. */
static bool set(struct config *config, const char *name, const char *text, struct place place, char *error)
{
    if (strncmp(name, "kafka.", 6) == 0)
        return set_kafka(config, name + 6, text, place, error);
    enum option_id id = option_find(name);
    if (id == OPTION_COUNT)
        return fail(error, "unknown key \"%s\"", name);
    int64_t number = 0;
    if (!parse_value(option_row(id), text, &number, error))
        return false;
    struct config_value *value = &config->values[id];
    if (value->source == CONFIG_FILE && place.source == CONFIG_FILE)
        return fail(error, "%s: given before, at %s", name, value->origin);
    if (value->source > place.source)
        return true;
    free(value->text);
    free(value->origin);
    value->text = memory_string(text);
    value->origin = memory_string(place.origin);
    value->number = number;
    value->source = place.source;
    return true;
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* Splits "key = value" in place. */
static bool split(char *line, char **name_out, char **text_out)
{
    char *equals = strchr(line, '=');
    if (!equals)
        return false;
    *equals = '\0';
    *name_out = trim(line);
    *text_out = trim(equals + 1);
    return **name_out != '\0';
}

static bool read_line(struct config *config, char *line, const char *origin, char *error)
{
    char inner[CONFIG_ERROR_BYTES] = "";
    line = trim(line);
    if (*line == '\0' || *line == '#')
        return true;
    char *name, *text;
    if (!split(line, &name, &text))
        return fail(error, "%s: expected \"key = value\"", origin);
    struct place place = {.source = CONFIG_FILE, .origin = origin};
    return set(config, name, text, place, inner) || fail(error, "%s: %s", origin, inner);
}

bool config_read_text(struct config *config, const char *path, const char *contents,
                      char error[CONFIG_ERROR_BYTES])
{
    bool done = true;
    for (int number = 1; done && *contents; number++) {
        size_t length = strcspn(contents, "\n");
        char *line = memory_copy(contents, length);
        struct text origin = {0};
        text_format(&origin, "%s:%d", path, number);
        done = read_line(config, line, origin.data, error);
        text_deinit(&origin);
        free(line);
        contents += length + (contents[length] == '\n');
    }
    return done;
}

bool config_read_file(struct config *config, const char *path, char error[CONFIG_ERROR_BYTES])
{
    struct text contents = {0};
    bool done = text_read_file(&contents, path, CONFIG_FILE_BYTES_MAX);
    if (!done)
        fail(error, "%s: %s", path, strerrordesc_np(errno));
    else if (contents.data && strlen(contents.data) != contents.length)
        done = fail(error, "%s: holds a NUL byte", path);
    else
        done = config_read_text(config, path, contents.data ? contents.data : "", error);
    text_deinit(&contents);
    return done;
}

bool config_read_flag(struct config *config, const char *assignment, char error[CONFIG_ERROR_BYTES])
{
    char inner[CONFIG_ERROR_BYTES] = "";
    char *copy = memory_string(assignment);
    char *name, *text;
    struct place place = {.source = CONFIG_FLAG, .origin = "-o"};
    bool done;
    if (!split(copy, &name, &text))
        done = fail(error, "-o: expected key=value, not \"%s\"", assignment);
    else
        done = set(config, name, text, place, inner) || fail(error, "-o: %s", inner);
    free(copy);
    return done;
}

static bool read_variable(struct config *config, const char *name, const char *(*lookup)(const char *),
                          char *error)
{
    char variable[VARIABLE_BYTES];
    option_variable(name, variable, sizeof variable);
    const char *text = lookup(variable);
    if (!text)
        return true;
    char inner[CONFIG_ERROR_BYTES] = "";
    struct place place = {.source = CONFIG_VARIABLE, .origin = variable};
    return set(config, name, text, place, inner) || fail(error, "%s: %s", variable, inner);
}

static void injected_name(size_t index, char *name, size_t bytes)
{
    snprintf(name, bytes, "kafka.%s", injected[index]);
}

bool config_read_environment(struct config *config, const char *(*lookup)(const char *),
                             char error[CONFIG_ERROR_BYTES])
{
    for (enum option_id id = 0; id < OPTION_COUNT; id++) {
        if (!read_variable(config, option_row(id)->name, lookup, error))
            return false;
    }
    for (size_t i = 0; i < INJECTED_COUNT; i++) {
        char name[VARIABLE_BYTES];
        injected_name(i, name, sizeof name);
        if (!read_variable(config, name, lookup, error))
            return false;
    }
    return true;
}

static bool variable_is_read(const char *entry, size_t length)
{
    char variable[VARIABLE_BYTES];
    for (enum option_id id = 0; id < OPTION_COUNT; id++) {
        option_variable(option_row(id)->name, variable, sizeof variable);
        if (strlen(variable) == length && strncmp(variable, entry, length) == 0)
            return true;
    }
    for (size_t i = 0; i < INJECTED_COUNT; i++) {
        char name[VARIABLE_BYTES];
        injected_name(i, name, sizeof name);
        option_variable(name, variable, sizeof variable);
        if (strlen(variable) == length && strncmp(variable, entry, length) == 0)
            return true;
    }
    return false;
}

bool config_check_environment(char *const *entries, char error[CONFIG_ERROR_BYTES])
{
    for (; *entries; entries++) {
        size_t length = strcspn(*entries, "=");
        if (strncmp(*entries, "MILLRACE_", 9) == 0 && !variable_is_read(*entries, length))
            return fail(error, "%.*s: no option has this variable", (int)length, *entries);
    }
    return true;
}
