/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/scenario_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "faults/condition.h"
#include "sim/cli/scenario_key.h"

enum {
    PATH_BYTES = 192,
    EXPECTED_BYTES = 256,
    NAMES_BYTES = 640,
    SETTING_KEY_BYTES_MAX = 255,
    SETTING_VALUE_BYTES_MAX = 1024
};

#define PROGRAMS                                                                                             \
    "ingest, download, retry, results, feeder, copy, checker, source, copier, auditor, transactor"
static const char *const programs[] = {"ingest",  "download", "retry",  "results", "feeder",    "copy",
                                       "checker", "source",   "copier", "auditor", "transactor"};

struct reader {
    struct scenario *scenario;
    const char *origin;
    char *error_out;
    const struct fault_type *type; /* of the fault being read, else NULL */
    unsigned fault_lines[FAULTS_MAX];
};

/* Where a value stands: its section of the table, and the struct that holds it. */
struct place {
    const char *section;
    void *base;
    const char *path; /* for errors: "stages.download.members" */
};

static bool read_map(struct reader *reader, const struct scenario_node *map, const struct place *place);

static void join(char out[PATH_BYTES], const char *path, const char *name)
{
    snprintf(out, PATH_BYTES, "%.90s%s%.90s", path, *path ? "." : "", name);
}

static bool fail_expecting(struct reader *reader, unsigned line, const char *path, const char *problem,
                           const struct scenario_key *key)
{
    char expected[EXPECTED_BYTES];
    scenario_value_expected(key, expected, sizeof expected);
    return scenario_fail(reader->error_out, reader->origin, line, path, "%s (expected %s)", problem,
                         expected);
}

/* Appends a name to a list of them, as far as there is room. */
static void add_name(char names[NAMES_BYTES], const char *name)
{
    size_t used = strlen(names);
    snprintf(names + used, NAMES_BYTES - used, "%s%s", used ? ", " : "", name);
}

static void add_kinds(char names[NAMES_BYTES])
{
    for (enum fault_kind kind = 0; kind < FAULT_KINDS; kind++)
        add_name(names, fault_name(kind));
}

static bool fail_unknown(struct reader *reader, const struct scenario_node *node, const struct place *place)
{
    char path[PATH_BYTES], names[NAMES_BYTES] = "";
    join(path, place->path, node->key);
    for (size_t i = 0; i < scenario_key_count; i++)
        if (strcmp(scenario_keys[i].section, place->section) == 0)
            add_name(names, scenario_key_name(&scenario_keys[i], reader->type));
    return scenario_fail(reader->error_out, reader->origin, node->key_line, path,
                         "unknown key (expected one of %s)", names);
}

static size_t *count_of(const struct scenario_key *key, const struct place *place)
{
    return (size_t *)(void *)((char *)place->base + key->second);
}

static void *array_of(const struct scenario_key *key, const struct place *place)
{
    return (char *)place->base + key->offset;
}

/* --- lists and named things ------------------------------------------------------------------------------------ */

static bool read_names(struct reader *reader, const struct scenario_node *list,
                       const struct scenario_key *key, const struct place *place)
{
    char **names = array_of(key, place);
    size_t *count = count_of(key, place);
    for (const struct scenario_node *node = list->first; node; node = node->next) {
        if (node->kind != NODE_SCALAR || !scenario_is_name(node->text) || *count == key->maximum)
            return fail_expecting(reader, node->line, place->path,
                                  *count == key->maximum ? "too many" : "this is not a name", key);
        for (size_t i = 0; i < *count; i++)
            if (strcmp(names[i], node->text) == 0)
                return scenario_fail(reader->error_out, reader->origin, node->line, place->path,
                                     "'%.60s' stands here twice", node->text);
        names[(*count)++] = strdup(node->text);
    }
    return true;
}

static bool read_settings(struct reader *reader, const struct scenario_node *map,
                          const struct scenario_key *key, const struct place *place)
{
    struct scenario_setting *settings = array_of(key, place);
    size_t *count = count_of(key, place);
    for (const struct scenario_node *node = map->first; node; node = node->next) {
        char path[PATH_BYTES];
        join(path, place->path, node->key);
        if (*count == key->maximum)
            return fail_expecting(reader, node->line, path, "one too many", key);
        if (!scenario_is_name(node->key) || strlen(node->key) > SETTING_KEY_BYTES_MAX)
            return scenario_fail(
                reader->error_out, reader->origin, node->key_line, path,
                "is no setting's name (expected at most %d letters, digits, '.', '_' and '-')",
                SETTING_KEY_BYTES_MAX);
        if (node->kind != NODE_SCALAR || (*node->text && !scenario_is_text(node->text)) ||
            strlen(node->text) > SETTING_VALUE_BYTES_MAX)
            return scenario_fail(reader->error_out, reader->origin, node->line, path,
                                 "is no setting's value (expected at most %d printable ASCII characters)",
                                 SETTING_VALUE_BYTES_MAX);
        settings[(*count)++] = (struct scenario_setting){strdup(node->key), strdup(node->text)};
    }
    return true;
}

static bool read_topic(struct reader *reader, const struct scenario_node *node, struct place place)
{
    struct scenario_topic *topic = &reader->scenario->topics[reader->scenario->topic_count++];
    topic->name = strdup(node->key);
    place.base = topic;
    if (!scenario_is_name(node->key) || strlen(node->key) > 249)
        return scenario_fail(reader->error_out, reader->origin, node->key_line, place.path,
                             "is no topic's name (expected at most 249 letters, digits, '.', '_' and '-')");
    return read_map(reader, node, &place);
}

static bool read_stage(struct reader *reader, const struct scenario_node *node, struct place place)
{
    struct scenario_stage *stage = &reader->scenario->stages[reader->scenario->stage_count++];
    stage->name = strdup(node->key);
    place.base = stage;
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (strcmp(programs[i], node->key) == 0)
            return read_map(reader, node, &place);
    return scenario_fail(reader->error_out, reader->origin, node->key_line, place.path,
                         "unknown stage (expected one of " PROGRAMS ")");
}

static bool read_named(struct reader *reader, const struct scenario_node *map, const struct scenario_key *key,
                       const struct place *place)
{
    bool is_topics = strcmp(key->name, "topics") == 0;
    for (const struct scenario_node *node = map->first; node; node = node->next) {
        char path[PATH_BYTES];
        join(path, place->path, node->key);
        struct place below = {is_topics ? "cluster.topics.*" : "stages.*", NULL, path};
        if (*count_of(key, place) == key->maximum)
            return fail_expecting(reader, node->key_line, path, "one too many", key);
        if (node->kind != NODE_MAP)
            return scenario_fail(
                reader->error_out, reader->origin, node->line, path, "is no mapping (expected %s)",
                is_topics ? "{partitions: .., replication: ..}" : "{members: .., config: {..}}");
        if (!(is_topics ? read_topic : read_stage)(reader, node, below))
            return false;
    }
    return *count_of(key, place) >= key->minimum ||
           fail_expecting(reader, map->line, place->path, "is empty", key);
}

/* Exactly one key says which kind of fault this is. */
static bool find_kind(struct reader *reader, const struct scenario_node *map, const char *path,
                      enum fault_kind *kind_out)
{
    *kind_out = FAULT_KINDS;
    for (const struct scenario_node *node = map->first; node; node = node->next) {
        enum fault_kind kind = fault_kind_named(node->key);
        if (kind == FAULT_KINDS)
            continue;
        if (*kind_out < FAULT_KINDS)
            return scenario_fail(reader->error_out, reader->origin, node->key_line, path,
                                 "%s is a second kind (expected one kind a fault)", node->key);
        *kind_out = kind;
    }
    char names[NAMES_BYTES] = "";
    add_kinds(names);
    return *kind_out < FAULT_KINDS || scenario_fail(reader->error_out, reader->origin, map->line, path,
                                                    "has no kind (expected one of %s)", names);
}

static bool read_faults(struct reader *reader, const struct scenario_node *list,
                        const struct scenario_key *key, const struct place *place)
{
    for (const struct scenario_node *node = list->first; node; node = node->next) {
        size_t *count = count_of(key, place);
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "faults[%zu]", *count);
        if (node->kind != NODE_MAP || *count == key->maximum)
            return fail_expecting(reader, node->line, path,
                                  node->kind != NODE_MAP ? "is no mapping" : "one too many", key);
        enum fault_kind kind;
        if (!find_kind(reader, node, path, &kind))
            return false;
        reader->fault_lines[*count] = node->line;
        struct fault_spec *fault = &reader->scenario->faults[(*count)++];
        fault->kind = kind;
        reader->type = fault_type(kind);
        struct place below = {"faults.*", fault, path};
        if (!read_map(reader, node, &below))
            return false;
        reader->type = NULL;
    }
    return true;
}

/* --- any value ------------------------------------------------------------------------------------------------- */

static bool read_scalar(struct reader *reader, const struct scenario_node *node,
                        const struct scenario_key *key, const struct place *place)
{
    char problem[CONDITION_ERROR_BYTES + 64];
    struct condition condition;
    if (key->type == KEY_CONDITION && !condition_parse(node->text, &condition, problem))
        return scenario_fail(reader->error_out, reader->origin, node->line, place->path, "%s", problem);
    switch (scenario_value_read(key, node->text, place->base)) {
    case VALUE_GOOD:
        return true;
    case VALUE_MALFORMED:
        snprintf(problem, sizeof problem, "'%.60s' is not what belongs here", node->text);
        return fail_expecting(reader, node->line, place->path, problem, key);
    case VALUE_OUT_OF_RANGE:
        snprintf(problem, sizeof problem, "'%.60s' is out of range", node->text);
        return fail_expecting(reader, node->line, place->path, problem, key);
    }
    return false;
}

static enum scenario_node_kind kind_of(enum scenario_type type)
{
    switch (type) {
    case KEY_SECTION:
    case KEY_NAMED:
    case KEY_SETTINGS:
        return NODE_MAP;
    case KEY_LIST:
    case KEY_NAMES:
        return NODE_LIST;
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
        return NODE_SCALAR;
    }
    return NODE_SCALAR;
}

static bool read_value(struct reader *reader, const struct scenario_node *node,
                       const struct scenario_key *key, const struct place *place)
{
    static const char *const kinds[] = {"a single value", "a list", "a mapping"};
    char problem[64], path[PATH_BYTES];
    join(path, place->path, scenario_key_name(key, reader->type));
    struct place here = {key->name, place->base, path}; /* sections are one level deep */
    if (node->kind != kind_of(key->type)) {
        snprintf(problem, sizeof problem, "is %s", kinds[node->kind]);
        return fail_expecting(reader, node->line, path, problem, key);
    }
    if (key->type == KEY_SECTION)
        return read_map(reader, node, &here);
    if (key->type == KEY_NAMED)
        return read_named(reader, node, key, &here);
    if (key->type == KEY_LIST)
        return read_faults(reader, node, key, &here);
    if (key->type == KEY_SETTINGS)
        return read_settings(reader, node, key, &here);
    if (key->type == KEY_NAMES)
        return read_names(reader, node, key, &here);
    return read_scalar(reader, node, key, &here);
}

static bool read_absent(struct reader *reader, const struct scenario_node *map,
                        const struct scenario_key *key, const struct place *place)
{
    char path[PATH_BYTES];
    join(path, place->path, scenario_key_name(key, reader->type));
    if (key->is_required)
        return fail_expecting(reader, map->line, path, "is missing", key);
    if (key->type == KEY_SECTION) {
        struct scenario_node nothing = {.kind = NODE_MAP, .line = map->line};
        return read_map(reader, &nothing, &(struct place){key->name, place->base, path});
    }
    if (key->standard && scenario_value_read(key, key->standard, place->base) != VALUE_GOOD)
        return fail_expecting(reader, map->line, path, "has a bad default", key);
    return true;
}

static const struct scenario_node *find_node(const struct scenario_node *map, const char *name)
{
    const struct scenario_node *node = map->first;
    while (node && strcmp(node->key, name) != 0)
        node = node->next;
    return node;
}

static bool read_map(struct reader *reader, const struct scenario_node *map, const struct place *place)
{
    for (const struct scenario_node *node = map->first; node; node = node->next) {
        const struct scenario_key *key = scenario_key_find(place->section, node->key);
        if (!key)
            return fail_unknown(reader, node, place);
        if (!scenario_key_applies(key, reader->type))
            return scenario_fail(reader->error_out, reader->origin, node->key_line, place->path,
                                 "%s does not apply to this kind of fault (%s)", key->name,
                                 reader->type->name);
        if (key->unless && find_node(map, key->unless))
            return scenario_fail(reader->error_out, reader->origin, node->key_line, place->path,
                                 "%s does not go with %s (expected one of them)", key->name, key->unless);
        if (!read_value(reader, node, key, place))
            return false;
    }
    for (size_t i = 0; i < scenario_key_count; i++) {
        const struct scenario_key *key = &scenario_keys[i];
        if (strcmp(key->section, place->section) != 0 || !scenario_key_applies(key, reader->type))
            continue;
        const struct scenario_node *node = find_node(map, scenario_key_name(key, reader->type));
        if (!node && key->unless && find_node(map, key->unless))
            continue;
        if (!node && !read_absent(reader, map, key, place))
            return false;
    }
    return true;
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

/* The first member of each is its name. */
static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct scenario *scenario)
{
    qsort(scenario->topics, scenario->topic_count, sizeof scenario->topics[0], compare_names);
    qsort(scenario->stages, scenario->stage_count, sizeof scenario->stages[0], compare_names);
    for (size_t i = 0; i < scenario->stage_count; i++)
        qsort(scenario->stages[i].settings, scenario->stages[i].setting_count,
              sizeof scenario->stages[i].settings[0], compare_names);
    qsort(scenario->broker_settings, scenario->broker_setting_count, sizeof scenario->broker_settings[0],
          compare_names);
    qsort(scenario->broker_bugs, scenario->broker_bug_count, sizeof(char *), compare_names);
    qsort(scenario->never, scenario->never_count, sizeof(char *), compare_names);
    qsort(scenario->eventually, scenario->eventually_count, sizeof(char *), compare_names);
    qsort(scenario->sometimes, scenario->sometimes_count, sizeof(char *), compare_names);
    qsort(scenario->allow, scenario->allow_count, sizeof(char *), compare_names);
}

static bool is_measurable(const struct scenario *scenario, const struct condition_term *term)
{
    for (size_t i = 0; i < scenario->stage_count; i++)
        if (strcmp(scenario->stages[i].name, term->stage) == 0)
            return true;
    return term->measure == CONDITION_TIME ||
           (term->measure == CONDITION_PRODUCED && strcmp(term->stage, "load") == 0);
}

/* With the profile, and with the stages. */
static bool fault_agrees(struct reader *reader, size_t index)
{
    const struct scenario *scenario = reader->scenario;
    const struct fault_spec *fault = &scenario->faults[index];
    struct condition condition = {.count = 0};
    char path[32], error[CONDITION_ERROR_BYTES];
    snprintf(path, sizeof path, "faults[%zu]", index);
    if (scenario->profile == FAULT_RECOVERABLE && fault_is_hazard(fault))
        return scenario_fail(
            reader->error_out, reader->origin, reader->fault_lines[index], path,
            "%s, as it stands here, is a hazard that no pipeline can be blamed for (expected "
            "profile: protocol-hazard)",
            fault_name(fault->kind));
    const struct fault_type *type = fault_type(fault->kind);
    if (type->lasts_ns_max && fault->duration_ns_max > type->lasts_ns_max)
        return scenario_fail(reader->error_out, reader->origin, reader->fault_lines[index], path,
                             "%s lasts too long (expected at most %" PRId64 " s)", type->name,
                             type->lasts_ns_max / 1000000000);
    if (fault->when)
        condition_parse(fault->when, &condition, error);
    for (size_t i = 0; i < condition.count; i++)
        if (!is_measurable(scenario, &condition.terms[i]))
            return scenario_fail(reader->error_out, reader->origin, reader->fault_lines[index], path,
                                 "when: %s is no stage of this scenario", condition.terms[i].stage);
    return true;
}

static bool agrees(struct reader *reader, const struct scenario_node *root)
{
    const struct scenario *scenario = reader->scenario;
    for (size_t i = 0; i < scenario->topic_count; i++)
        if (scenario->topics[i].replication > scenario->brokers)
            return scenario_fail(reader->error_out, reader->origin, root->line, "cluster.topics",
                                 "%.60s wants %u replicas (expected at most one on each of %u brokers)",
                                 scenario->topics[i].name, scenario->topics[i].replication,
                                 scenario->brokers);
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (!fault_agrees(reader, i))
            return false;
    if (scenario->faults_until_ns > scenario->sim_time_ns)
        return scenario_fail(reader->error_out, reader->origin, root->line, "budget",
                             "faults_until lies after sim_time (expected a budget that lets the world heal)");
    return true;
}

bool scenario_read(struct scenario *scenario, const struct scenario_node *root, const char *origin,
                   char *error_out)
{
    struct reader reader = {.scenario = scenario, .origin = origin, .error_out = error_out};
    if (root->kind != NODE_MAP)
        return scenario_fail(error_out, origin, root->line, NULL,
                             "this is no scenario (expected a mapping: name: ..)");
    struct place top = {"", scenario, ""};
    if (!read_map(&reader, root, &top) || !agrees(&reader, root))
        return false;
    sort(scenario);
    return true;
}
