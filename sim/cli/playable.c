/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/playable.h"

#include <string.h>
#include "properties/registry.h"
#include "properties/sometimes.h"
#include "sim/cli/bug_flag.h"

static bool is_probe(const char *name)
{
    return sometimes_find(name) >= 0;
}

static struct scenario *judge(struct scenario *scenario, char error_out[SCENARIO_ERROR_BYTES])
{
    if (!scenario || scenario_lint(scenario, property_exists, is_probe, bug_flag_exists, error_out))
        return scenario;
    scenario_free(scenario);
    return NULL;
}

struct scenario *playable_load(const char *name_or_path, char error_out[SCENARIO_ERROR_BYTES])
{
    return judge(scenario_load(name_or_path, error_out), error_out);
}

struct scenario *playable_parse(const char *text, const char *origin, char error_out[SCENARIO_ERROR_BYTES])
{
    return judge(scenario_parse(text, strlen(text), origin, error_out), error_out);
}
