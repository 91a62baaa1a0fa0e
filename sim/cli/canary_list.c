/* SPDX-License-Identifier: Apache-2.0 */
/* canary_list: which canaries did the build make? */
#include <stdlib.h>
#include <string.h>
#include "sim/cli/canary.h"

static const char *const kinds[] = {
    [CANARY_PROGRAM] = "program", [CANARY_BROKER] = "broker", [CANARY_CONTROL] = "control"};

const char *canary_kind_name(enum canary_kind kind)
{
    return kinds[kind];
}

static bool read_kind(const char *text, enum canary_kind *out)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i], text) != 0)
            continue;
        *out = (enum canary_kind)i;
        return true;
    }
    return false;
}

/* Paths begin at the list's own directory. */
static void join(char out[CANARY_PATH_BYTES], const char *directory, const char *path)
{
    if (*path == '/')
        snprintf(out, CANARY_PATH_BYTES, "%s", path);
    else
        snprintf(out, CANARY_PATH_BYTES, "%s/tests/canaries/%s", directory, path);
}

static bool read_properties(struct canary *canary, json_t *properties)
{
    size_t index;
    json_t *property;
    json_array_foreach(properties, index, property)
    {
        if (!json_is_string(property) || index == CANARY_PROPERTIES_MAX)
            return false;
        canary->properties[canary->property_count++] = json_string_value(property);
    }
    return canary->property_count > 0 || canary->kind == CANARY_CONTROL;
}

static bool read_canary(struct canary *canary, json_t *object, const char *directory)
{
    const char *kind, *program, *scenario;
    json_t *properties;
    if (json_unpack(object, "{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "kind", &kind, "name", &canary->name,
                    "what", &canary->what, "rows", &canary->rows, "program", &program, "scenario", &scenario,
                    "properties", &properties) != 0 ||
        !read_kind(kind, &canary->kind) || !read_properties(canary, properties))
        return false;
    join(canary->program, directory, program);
    if (strchr(scenario, '.'))
        join(canary->scenario, directory, scenario);
    else
        snprintf(canary->scenario, sizeof canary->scenario, "%s", scenario);
    return true;
}

bool canary_list_read(struct canary_list *list, const char *directory, char error_out[CANARY_ERROR_BYTES])
{
    char path[CANARY_PATH_BYTES];
    json_error_t error;
    size_t index;
    json_t *object;
    memset(list, 0, sizeof *list);
    join(path, directory, "canaries.json");
    list->root = json_load_file(path, 0, &error);
    if (!list->root) {
        snprintf(error_out, CANARY_ERROR_BYTES, "%.300s: %.150s", path, error.text);
        return false;
    }
    json_array_foreach(list->root, index, object)
    {
        if (list->count < CANARIES_MAX && read_canary(&list->at[list->count], object, directory)) {
            list->count++;
            continue;
        }
        snprintf(error_out, CANARY_ERROR_BYTES, "%.300s: entry %zu is not what belongs there", path,
                 index + 1);
        canary_list_deinit(list);
        return false;
    }
    return true;
}

void canary_list_deinit(struct canary_list *list)
{
    json_decref(list->root);
    memset(list, 0, sizeof *list);
}

const struct canary *canary_list_find(const struct canary_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i].name, name) == 0)
            return &list->at[i];
    return NULL;
}
