/* SPDX-License-Identifier: Apache-2.0 */
/* scenario_show: a scenario as YAML again, every key in the table's order and every value in its one form: what the
 * hash is taken over, and, with the table's documentation beside each key, what `scenario show` prints. */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "faults/budget.h"
#include "sim/cli/scenario.h"
#include "sim/cli/scenario_key.h"

enum { KEYS_MAX = 128 };

struct writer {
    FILE *out;
    bool is_documented;
    bool is_told[KEYS_MAX];         /* each key is documented where it first stands */
    bool is_kind_told[FAULT_KINDS]; /* and each kind of fault */
    const struct fault_type *type;  /* of the fault being written, else NULL */
};

static void write_section(struct writer *writer, const char *section, const void *base, int indent);

static void write_catalogue(const struct writer *writer, int indent)
{
    for (enum fault_kind kind = 0; kind < FAULT_KINDS; kind++) {
        const struct fault_type *type = fault_type(kind);
        const char *hazard = type->is_hazard        ? " (protocol-hazard)"
                             : type->is_hazard_with ? " (it depends: protocol-hazard)"
                                                    : "";
        fprintf(writer->out, "%*s#   %s: %s%s\n", indent, "", type->name, type->documentation, hazard);
    }
}

static void write_budget(const struct writer *writer, int indent)
{
    for (size_t i = 0; budget_rule(i); i++)
        fprintf(writer->out, "%*s#   %s\n", indent, "", budget_rule(i));
}

/* False: it was told before, or nothing is. */
static bool write_documentation(struct writer *writer, const struct scenario_key *key, int indent)
{
    bool *is_told = key->type == KEY_TARGET ? &writer->is_kind_told[fault_kind_named(writer->type->name)]
                                            : &writer->is_told[key - scenario_keys];
    if (!writer->is_documented || *is_told)
        return false;
    *is_told = true;
    char expected[256];
    fprintf(writer->out, "%*s# %s", indent, "",
            key->type == KEY_TARGET ? writer->type->target : key->documentation);
    if (key->type != KEY_SECTION) {
        scenario_value_expected(key, expected, sizeof expected);
        fprintf(writer->out, "; %s%s%s", expected, key->standard ? "; default " : "",
                key->standard ? key->standard : "");
    }
    fputc('\n', writer->out);
    if (key->type == KEY_LIST)
        write_catalogue(writer, indent);
    else if (strcmp(key->name, "profile") == 0)
        write_budget(writer, indent);
    return true;
}

static size_t count_of(const struct scenario_key *key, const void *base)
{
    return *(const size_t *)(const void *)((const char *)base + key->second);
}

static void write_names(struct writer *writer, char *const *names, size_t count)
{
    fputs(" [", writer->out);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", writer->out);
        scenario_write_text(writer->out, names[i]);
    }
    fputs("]\n", writer->out);
}

static void write_settings(struct writer *writer, const struct scenario_setting *settings, size_t count,
                           int indent)
{
    fputs(count ? "\n" : " {}\n", writer->out);
    for (size_t i = 0; i < count; i++) {
        fprintf(writer->out, "%*s", indent, "");
        scenario_write_text(writer->out, settings[i].key);
        fputs(": ", writer->out);
        scenario_write_text(writer->out, settings[i].value);
        fputc('\n', writer->out);
    }
}

static void write_named(struct writer *writer, const struct scenario_key *key, const void *base, int indent)
{
    bool is_topics = strcmp(key->name, "topics") == 0;
    size_t element_bytes = is_topics ? sizeof(struct scenario_topic) : sizeof(struct scenario_stage);
    const char *element = (const char *)base + key->offset;
    size_t count = count_of(key, base);
    fputs(count ? "\n" : " {}\n", writer->out);
    for (size_t i = 0; i < count; i++, element += element_bytes) {
        fprintf(writer->out, "%*s", indent, "");
        scenario_write_text(writer->out, *(char *const *)(const void *)element);
        fputs(":\n", writer->out);
        write_section(writer, is_topics ? "cluster.topics.*" : "stages.*", element, indent + 2);
    }
}

static void write_faults(struct writer *writer, const struct fault_spec *faults, size_t count, int indent)
{
    fputs(count ? "\n" : " []\n", writer->out);
    for (size_t i = 0; i < count; i++) {
        writer->type = fault_type(faults[i].kind);
        fprintf(writer->out, "%*s-\n", indent, "");
        write_section(writer, "faults.*", &faults[i], indent + 2);
    }
    writer->type = NULL;
}

static void write_value(struct writer *writer, const struct scenario_key *key, const void *base, int indent)
{
    const void *value = (const char *)base + key->offset;
    switch (key->type) {
    case KEY_SECTION:
        fputc('\n', writer->out);
        write_section(writer, key->name, base, indent);
        return;
    case KEY_NAMED:
        write_named(writer, key, base, indent);
        return;
    case KEY_LIST:
        write_faults(writer, value, count_of(key, base), indent);
        return;
    case KEY_SETTINGS:
        write_settings(writer, value, count_of(key, base), indent);
        return;
    case KEY_NAMES:
        write_names(writer, value, count_of(key, base));
        return;
    case KEY_NAME:
    case KEY_POINT:
    case KEY_TARGET:
    case KEY_CONDITION:
    case KEY_WORD:
    case KEY_COUNT:
    case KEY_PROBABILITY:
    case KEY_RATE:
    case KEY_DURATION:
    case KEY_DURATIONS:
    case KEY_DURATIONS_OR_NEVER:
    case KEY_MICROSECONDS:
        fputc(' ', writer->out);
        scenario_value_write(writer->out, key, base);
        fputc('\n', writer->out);
        return;
    }
}

static bool is_absent(const struct scenario_key *key, const void *base)
{
    bool may_be = key->type == KEY_POINT || key->type == KEY_CONDITION;
    return may_be && !*(char *const *)(const void *)((const char *)base + key->offset);
}

static void write_section(struct writer *writer, const char *section, const void *base, int indent)
{
    for (size_t i = 0; i < scenario_key_count; i++) {
        const struct scenario_key *key = &scenario_keys[i];
        if (strcmp(key->section, section) != 0 || !scenario_key_applies(key, writer->type))
            continue;
        if (scenario_key_is_ousted(key, base))
            continue;
        bool is_new = write_documentation(writer, key, indent);
        if (is_absent(key, base)) { /* and no text says so */
            if (is_new)
                fprintf(writer->out, "%*s# (no %s here)\n", indent, "", key->name);
            continue;
        }
        fprintf(writer->out, "%*s%s:", indent, "", scenario_key_name(key, writer->type));
        write_value(writer, key, base, indent + 2);
    }
}

static char *write_all(const struct scenario *scenario, bool is_documented)
{
    char *text = NULL;
    size_t bytes = 0;
    assert(scenario_key_count <= KEYS_MAX);
    struct writer writer = {.out = open_memstream(&text, &bytes), .is_documented = is_documented};
    if (!writer.out)
        return NULL;
    write_section(&writer, "", scenario, 0);
    fclose(writer.out);
    return text;
}

char *scenario_canonical(const struct scenario *scenario)
{
    return write_all(scenario, false);
}

char *scenario_show(const struct scenario *scenario)
{
    return write_all(scenario, true);
}
