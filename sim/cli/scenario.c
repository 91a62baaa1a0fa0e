/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/scenario.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "sim/cli/scenario_read.h"
#include "sim/cli/scenario_shipped.h"
#include "sim/cli/scenario_yaml.h"

static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static void free_settings(struct scenario_setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(settings[i].key);
        free(settings[i].value);
    }
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    free(scenario->name);
    free(scenario->text);
    for (size_t i = 0; i < scenario->topic_count; i++)
        free(scenario->topics[i].name);
    for (size_t i = 0; i < scenario->stage_count; i++) {
        free(scenario->stages[i].name);
        free_settings(scenario->stages[i].settings, scenario->stages[i].setting_count);
    }
    free_settings(scenario->broker_settings, scenario->broker_setting_count);
    for (size_t i = 0; i < scenario->fault_count; i++) {
        free(scenario->faults[i].target);
        free(scenario->faults[i].point);
        free(scenario->faults[i].when);
    }
    free_names(scenario->broker_bugs, scenario->broker_bug_count);
    free_names(scenario->never, scenario->never_count);
    free_names(scenario->eventually, scenario->eventually_count);
    free_names(scenario->sometimes, scenario->sometimes_count);
    free_names(scenario->allow, scenario->allow_count);
    free(scenario);
}

struct scenario *scenario_parse(const char *text, size_t bytes, const char *origin,
                                char error_out[SCENARIO_ERROR_BYTES])
{
    *error_out = 0;
    if (bytes > SCENARIO_FILE_BYTES_MAX) {
        scenario_fail(error_out, origin, 0, NULL, "too long (expected at most %d bytes)",
                      SCENARIO_FILE_BYTES_MAX);
        return NULL;
    }
    struct scenario_node *root = scenario_yaml_parse(text, bytes, origin, error_out);
    if (!root)
        return NULL;
    struct scenario *scenario = calloc(1, sizeof *scenario);
    bool is_good = scenario_read(scenario, root, origin, error_out);
    scenario_yaml_free(root);
    if (!is_good) {
        scenario_free(scenario);
        return NULL;
    }
    scenario->text = strndup(text, bytes);
    char *canonical = scenario_canonical(scenario);
    scenario->hash = hash_text(canonical);
    free(canonical);
    return scenario;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void scenario_plant(struct scenario *scenario, const char *const *bugs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < scenario->broker_bug_count && strcmp(scenario->broker_bugs[at], bugs[i]) != 0)
            at++;
        assert(at < SCENARIO_BUGS_MAX);
        if (at == scenario->broker_bug_count)
            scenario->broker_bugs[scenario->broker_bug_count++] = strdup(bugs[i]);
    }
    if (count == 0)
        return;
    qsort(scenario->broker_bugs, scenario->broker_bug_count, sizeof(char *), compare);
    free(scenario->text);
    scenario->text = scenario_canonical(scenario);
    scenario->hash = hash_text(scenario->text);
}

/* --- files and shipped scenarios ------------------------------------------------------------------------------- */

static const struct scenario_shipped *find_shipped(const char *name)
{
    for (size_t i = 0; i < scenario_shipped_count; i++)
        if (strcmp(scenario_shipped[i].name, name) == 0)
            return &scenario_shipped[i];
    return NULL;
}

/* At most one byte more than is allowed, so that too long a file is seen as such. */
static struct scenario *load_file(FILE *file, const char *path, char *error_out)
{
    char *text = malloc(SCENARIO_FILE_BYTES_MAX + 1);
    size_t bytes = fread(text, 1, SCENARIO_FILE_BYTES_MAX + 1, file);
    struct scenario *scenario = NULL;
    if (ferror(file))
        scenario_fail(error_out, path, 0, NULL, "cannot be read: %s", strerror(errno));
    else
        scenario = scenario_parse(text, bytes, path, error_out);
    free(text);
    return scenario;
}

struct scenario *scenario_load(const char *name_or_path, char error_out[SCENARIO_ERROR_BYTES])
{
    *error_out = 0;
    const struct scenario_shipped *shipped = find_shipped(name_or_path);
    if (shipped) {
        char origin[128];
        snprintf(origin, sizeof origin, "%s.yaml", shipped->name);
        return scenario_parse(shipped->text, shipped->bytes, origin, error_out);
    }
    struct stat status;
    if (stat(name_or_path, &status) != 0) {
        bool is_name = errno == ENOENT && !strchr(name_or_path, '/');
        scenario_fail(error_out, name_or_path, 0, NULL, "%s",
                      is_name
                          ? "no such file, and no shipped scenario of this name (`scenario list` names them)"
                          : strerror(errno));
        return NULL;
    }
    FILE *file = S_ISDIR(status.st_mode) ? NULL : fopen(name_or_path, "re");
    if (!file) {
        scenario_fail(error_out, name_or_path, 0, NULL, "cannot be opened: %s",
                      S_ISDIR(status.st_mode) ? "it is a directory" : strerror(errno));
        return NULL;
    }
    struct scenario *scenario = load_file(file, name_or_path, error_out);
    fclose(file);
    return scenario;
}

/* The first line of comment that says something. */
static void first_comment(const char *text, char *out, size_t bytes)
{
    *out = 0;
    for (const char *line = text; *line == '#'; line++) {
        size_t length = strcspn(line, "\n");
        const char *words = line + strspn(line, "# ");
        if (words < line + length && strncmp(words, "SPDX", 4) != 0) {
            snprintf(out, bytes, "%.*s", (int)(line + length - words), words);
            return;
        }
        line += length;
        if (!*line)
            return;
    }
}

void scenario_list(void (*each)(void *opaque, const char *name, const char *comment), void *opaque)
{
    for (size_t i = 0; i < scenario_shipped_count; i++) {
        char comment[256];
        first_comment(scenario_shipped[i].text, comment, sizeof comment);
        each(opaque, scenario_shipped[i].name, comment);
    }
}

/* --- lint ------------------------------------------------------------------------------------------------------ */

static bool all_known(char *const *names, size_t count, bool (*is_known)(const char *),
                      const char **unknown_out)
{
    for (size_t i = 0; i < count; i++)
        if (!is_known(names[i])) {
            *unknown_out = names[i];
            return false;
        }
    return true;
}

bool scenario_lint(const struct scenario *scenario, bool (*is_property)(const char *),
                   bool (*is_probe)(const char *), bool (*is_bug)(const char *),
                   char error_out[SCENARIO_ERROR_BYTES])
{
    *error_out = 0;
    const char *unknown = NULL;
    if (!all_known(scenario->never, scenario->never_count, is_property, &unknown))
        return scenario_fail(error_out, scenario->name, 0, "check.never", "'%s' is no property", unknown);
    if (!all_known(scenario->eventually, scenario->eventually_count, is_property, &unknown))
        return scenario_fail(error_out, scenario->name, 0, "check.eventually", "'%s' is no property",
                             unknown);
    if (!all_known(scenario->allow, scenario->allow_count, is_property, &unknown))
        return scenario_fail(error_out, scenario->name, 0, "check.allow", "'%s' is no property", unknown);
    for (size_t i = 0; i < scenario->allow_count; i++)
        if (scenario_names(scenario->never, scenario->never_count, scenario->allow[i]) ||
            scenario_names(scenario->eventually, scenario->eventually_count, scenario->allow[i]))
            return scenario_fail(error_out, scenario->name, 0, "check.allow",
                                 "'%s' is both to hold and allowed to fail", scenario->allow[i]);
    if (!all_known(scenario->sometimes, scenario->sometimes_count, is_probe, &unknown))
        return scenario_fail(error_out, scenario->name, 0, "check.sometimes",
                             "'%s' is no situation that is looked for", unknown);
    if (!all_known(scenario->broker_bugs, scenario->broker_bug_count, is_bug, &unknown))
        return scenario_fail(error_out, scenario->name, 0, "cluster.broker_bugs",
                             "'%s' is no bug of brokers (run --help names them)", unknown);
    for (size_t i = 0; i < scenario->topic_count; i++)
        if (scenario->topics[i].replication > scenario->brokers)
            return scenario_fail(error_out, scenario->name, 0, "cluster.topics",
                                 "'%s' has more replicas than there are brokers", scenario->topics[i].name);
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault_spec *fault = &scenario->faults[i];
        char path[32];
        snprintf(path, sizeof path, "faults[%zu]", i);
        if (fault->point && !fault_is_point(fault->point))
            return scenario_fail(error_out, scenario->name, 0, path,
                                 "'%s' is no call (expected one such as send, or a named point with a '/')",
                                 fault->point);
    }
    return true;
}
