/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/options.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/command.h"

enum { HELP_COLUMN = 30 };

int options_complain(const char *command, const char *format, ...)
{
    char what[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    for (char *at = what; *at; at++) /* one line, whatever was typed */
        if (*at == '\n' || *at == '\r')
            *at = ' ';
    fprintf(stderr, "millrace-sim%s%s: %s\n", *command ? " " : "", command, what);
    return COMMAND_USAGE;
}

static void print_flag(const struct options_flag *flag)
{
    char head[128];
    int used = snprintf(head, sizeof head, "  %s", flag->name);
    if (flag->value == OPTIONS_OPTIONAL_VALUE)
        used += snprintf(head + used, sizeof head - (size_t)used, "[=%s]", flag->value_name);
    else if (flag->value == OPTIONS_VALUE)
        used += snprintf(head + used, sizeof head - (size_t)used, " %s", flag->value_name);
    printf("%-*s", HELP_COLUMN, head);
    for (const char *at = flag->help; *at; at++) {
        putchar(*at);
        if (*at == '\n')
            printf("%*s", HELP_COLUMN, "");
    }
    if (flag->environment)
        printf(" [%s]", flag->environment);
    putchar('\n');
}

static void print_help(const struct options_command *command)
{
    printf("usage: millrace-sim %s%s%s\n\n%s", command->name, *command->usage ? " " : "", command->usage,
           command->about);
    if (command->flags->name)
        printf("\n");
    for (const struct options_flag *flag = command->flags; flag->name; flag++)
        print_flag(flag);
    if (command->more)
        printf("\n%s", command->more);
}

static const struct options_flag *find(const struct options_command *command, const char *text, size_t bytes)
{
    for (const struct options_flag *flag = command->flags; flag->name; flag++)
        if (strlen(flag->name) == bytes && strncmp(flag->name, text, bytes) == 0)
            return flag;
    return NULL;
}

static bool set(const struct options_command *command, const struct options_flag *flag, const char *origin,
                const char *value, void *into)
{
    char error[OPTIONS_ERROR_BYTES] = "not understood";
    if (flag->set(into, value, error))
        return true;
    options_complain(command->name, "%s %s: %s", origin, value ? value : "", error);
    return false;
}

static bool read_environment(const struct options_command *command, void *into)
{
    for (const struct options_flag *flag = command->flags; flag->name; flag++) {
        const char *value = flag->environment ? getenv(flag->environment) : NULL;
        if (value && *value && !set(command, flag, flag->environment, value, into))
            return false;
    }
    return true;
}

/* argv[*at] begins with '-'. */
static bool read_flag(const struct options_command *command, char **argv, int *at, void *into)
{
    const char *text = argv[*at];
    bool is_long = text[1] == '-';
    const char *equals = is_long ? strchr(text, '=') : NULL;
    size_t bytes = is_long ? (equals ? (size_t)(equals - text) : strlen(text)) : 2;
    const struct options_flag *flag = find(command, text, bytes);
    if (!flag) {
        options_complain(command->name, "unknown flag %s (see millrace-sim %s --help)", text, command->name);
        return false;
    }
    const char *value = equals ? equals + 1 : !is_long && text[2] ? text + 2 : NULL;
    if (flag->value == OPTIONS_NO_VALUE && value) {
        options_complain(command->name, "%s takes no value", flag->name);
        return false;
    }
    if (flag->value == OPTIONS_VALUE && !value)
        value = argv[++*at];
    if (flag->value == OPTIONS_VALUE && !value) {
        options_complain(command->name, "%s needs a value: %s", flag->name, flag->value_name);
        return false;
    }
    return set(command, flag, flag->name, value, into);
}

int options_parse(const struct options_command *command, int argc, char **argv, void *into,
                  struct options_positional *positional_out)
{
    assert(command->positional_max <= OPTIONS_POSITIONAL_MAX);
    struct options_positional positional = {0};
    bool is_flag_possible = true;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(command);
            return COMMAND_PASS;
        }
    }
    if (!read_environment(command, into))
        return COMMAND_USAGE;
    for (int i = 1; i < argc; i++) {
        if (is_flag_possible && strcmp(argv[i], "--") == 0) {
            is_flag_possible = false;
        } else if (is_flag_possible && argv[i][0] == '-' && argv[i][1]) {
            if (!read_flag(command, argv, &i, into))
                return COMMAND_USAGE;
        } else if (positional.count == command->positional_max) {
            return options_complain(command->name, "one argument too many: %s", argv[i]);
        } else {
            positional.at[positional.count++] = argv[i];
        }
    }
    *positional_out = positional;
    return OPTIONS_GO;
}

/* --- values --------------------------------------------------------------------------------------------- */

static bool read_digits(const char *text, const char **end_out, uint64_t *out)
{
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno)
        return false;
    *end_out = end;
    *out = value;
    return true;
}

bool options_read_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    const char *end;
    uint64_t value;
    if (!read_digits(text, &end, &value) || *end || value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool options_read_fraction(const char *text, double *out)
{
    char *end;
    if ((*text < '0' || *text > '9') && *text != '.')
        return false;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= 1))
        return false;
    *out = value;
    return true;
}

bool options_read_duration(const char *text, int64_t *ns_out)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"m", 60e9}, {"h", 3600e9}};
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    double value = strtod(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        double ns = value * units[i].ns;
        if (strcmp(end, units[i].name) == 0 && ns >= 1 && ns < 9e18) {
            *ns_out = (int64_t)ns;
            return true;
        }
    }
    return false;
}

bool options_read_seeds(const char *text, uint64_t *first_out, uint64_t *last_out)
{
    const char *end;
    uint64_t first, last;
    if (!read_digits(text, &end, &first))
        return false;
    if (*end == '\0' && first >= 1) {
        *last_out = first;
        *first_out = 1;
        return true;
    }
    if (strncmp(end, "..", 2) != 0 || !read_digits(end + 2, &end, &last) || *end || last < first ||
        last > INT64_MAX)
        return false;
    *first_out = first;
    *last_out = last;
    return true;
}

bool options_set_jobs(const char *value, unsigned max, unsigned *out, char error_out[OPTIONS_ERROR_BYTES])
{
    uint64_t workers;
    if (!options_read_number(value, 1, max, &workers)) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a number from 1 to %u", max);
        return false;
    }
    *out = (unsigned)workers;
    return true;
}

bool options_set_directory(const char *value, const char **out, char error_out[OPTIONS_ERROR_BYTES])
{
    if (!*value || strlen(value) > OPTIONS_DIRECTORY_MAX) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a directory");
        return false;
    }
    *out = value;
    return true;
}

bool options_set_duration(const char *value, int64_t *ns_out, char error_out[OPTIONS_ERROR_BYTES])
{
    if (options_read_duration(value, ns_out))
        return true;
    snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a duration such as 500ms, 30s, 10min or 2h");
    return false;
}

unsigned options_cores(unsigned max)
{
    cpu_set_t cores;
    int count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
    return (unsigned)count < max ? (unsigned)count : max;
}

bool options_is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}
