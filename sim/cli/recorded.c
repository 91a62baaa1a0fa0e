/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/recorded.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/playable.h"
#include "sim/cli/version.h"

static bool take_picks(const char *name, struct recorded *recorded, char error_out[CAPSULE_ERROR_MAX])
{
    const struct capsule *capsule = &recorded->capsule;
    recorded->picks = calloc(capsule->choice_count + 1, sizeof *recorded->picks);
    recorded->checkpoints = calloc(capsule->checkpoint_count + 1, sizeof *recorded->checkpoints);
    assert(recorded->picks && recorded->checkpoints);
    for (size_t i = 0; i < capsule->choice_count; i++) {
        const struct capsule_choice *choice = &capsule->choices[i];
        recorded->picks[i] = (struct play_pick){
            .actor = choice->actor, .occurrence = choice->occurrence, .picked = choice->pick};
        snprintf(recorded->picks[i].point, sizeof recorded->picks[i].point, "%s", choice->point);
    }
    bool is_good = trace_hash_read(capsule->verdict.hash, &recorded->history);
    for (size_t i = 0; i < capsule->checkpoint_count; i++) {
        recorded->checkpoints[i].events = capsule->checkpoints[i].events;
        is_good &= trace_hash_read(capsule->checkpoints[i].hash, &recorded->checkpoints[i].hash);
    }
    if (!is_good)
        snprintf(error_out, CAPSULE_ERROR_MAX, "%.200s: a hash that is not of 16 digits", name);
    return is_good;
}

static bool take_values(const char *name, struct recorded *recorded, char error_out[CAPSULE_ERROR_MAX])
{
    char what[SCENARIO_ERROR_BYTES];
    recorded->scenario = playable_parse(recorded->capsule.header.config, "the scenario in the trace", what);
    if (!recorded->scenario)
        snprintf(error_out, CAPSULE_ERROR_MAX, "%.150s: %.300s", name, what);
    if (recorded->scenario && take_picks(name, recorded, error_out))
        return true;
    recorded_deinit(recorded);
    return false;
}

bool recorded_read(const char *path, struct recorded *recorded, char error_out[CAPSULE_ERROR_MAX])
{
    memset(recorded, 0, sizeof *recorded);
    return capsule_read(path, &recorded->capsule, error_out) && take_values(path, recorded, error_out);
}

bool recorded_parse(const char *text, size_t bytes, const char *name, struct recorded *recorded,
                    char error_out[CAPSULE_ERROR_MAX])
{
    memset(recorded, 0, sizeof *recorded);
    FILE *in = fmemopen((char *)(uintptr_t)text, bytes, "r");
    if (!in) {
        snprintf(error_out, CAPSULE_ERROR_MAX, "%.200s: %s", name, strerror(errno));
        return false;
    }
    bool is_read = capsule_read_stream(in, name, &recorded->capsule, error_out);
    fclose(in);
    return is_read && take_values(name, recorded, error_out);
}

void recorded_deinit(struct recorded *recorded)
{
    capsule_deinit(&recorded->capsule);
    scenario_free(recorded->scenario);
    free(recorded->picks);
    free(recorded->checkpoints);
    memset(recorded, 0, sizeof *recorded);
}

bool recorded_is_foreign(const struct recorded *recorded, const char *path, char error_out[CAPSULE_ERROR_MAX])
{
    int64_t model = recorded->capsule.header.model;
    if (model == VERSION_MODEL)
        return false;
    snprintf(error_out, CAPSULE_ERROR_MAX, "%.200s: of model %" PRId64 ", and this program is of model %d",
             path, model, VERSION_MODEL);
    return true;
}

bool recorded_has_failed_again(const struct recorded *recorded, const struct play_result *result)
{
    return result->finding_count &&
           strcmp(result->findings[0].signature, recorded->capsule.verdict.signature) == 0;
}
