/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenario_text: a scenario that can be read has a canonical form, which reads as the same one, and so does what
 * `scenario show` prints; one that cannot has one line that says why.
 */
#include "sim/cli/scenario.h"
#include "sim/world/history.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Of the world, which is not needed: only scenario_lint asks for a call's name. */
const char *history_name(uint32_t call)
{
    (void)call;
    return "";
}

static void check_again(const struct scenario *scenario, char *text)
{
    char error[SCENARIO_ERROR_BYTES] = "";
    assert(text);
    struct scenario *again = scenario_parse(text, strlen(text), "again", error);
    assert(again && again->hash == scenario->hash);
    char *canonical = scenario_canonical(scenario), *other = scenario_canonical(again);
    assert(canonical && other && strcmp(canonical, other) == 0);
    free(canonical);
    free(other);
    scenario_free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char error[SCENARIO_ERROR_BYTES] = "";
    struct scenario *scenario = scenario_parse((const char *)data, bytes, "fuzz", error);
    if (!scenario) {
        assert(*error && !strchr(error, '\n'));
        return 0;
    }
    check_again(scenario, scenario_canonical(scenario));
    check_again(scenario, scenario_show(scenario));
    scenario_free(scenario);
    return 0;
}
