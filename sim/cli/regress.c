/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/regress.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/outcome.h"
#include "sim/cli/recorded.h"

struct job {
    const char *scenario;
    const struct artefacts *artefacts;
    void (*on_result)(void *opaque, const struct regress *regress, const struct explore_result *result);
    void *opaque;
};

size_t regress_count(const char *scenario)
{
    size_t count = 0;
    for (size_t i = 0; i < regress_shipped_count; i++)
        count += strcmp(regress_shipped[i].scenario, scenario) == 0;
    return count;
}

static const struct regress *regress_at(const char *scenario, uint64_t index)
{
    for (size_t i = 0; i < regress_shipped_count; i++)
        if (strcmp(regress_shipped[i].scenario, scenario) == 0 && index-- == 0)
            return &regress_shipped[i];
    return NULL;
}

void regress_trace_path(const struct artefacts *artefacts, const char *name,
                        char path_out[ARTEFACTS_PATH_BYTES])
{
    char file[256];
    snprintf(file, sizeof file, "regress-%.200s.jsonl", name);
    artefacts_work_path(artefacts, file, path_out);
}

static void open_job(void *opaque)
{
    (void)opaque;
    play_open();
}

/* A scenario that has lost a key of an old trace must not hide what the trace stands for. */
static void be_unreadable(struct outcome *outcome, const char *error)
{
    memset(outcome, 0, sizeof *outcome);
    outcome->finding_count = 1;
    snprintf(outcome->finding.property, sizeof outcome->finding.property, "testbed");
    snprintf(outcome->finding.signature, sizeof outcome->finding.signature, "regress-unreadable");
    snprintf(outcome->finding.message, sizeof outcome->finding.message, "%s", error);
}

static size_t play_one(void *opaque, uint64_t index, void *out)
{
    const struct job *job = opaque;
    const struct regress *regress = regress_at(job->scenario, index);
    assert(regress);
    struct outcome outcome;
    struct recorded recorded;
    char error[CAPSULE_ERROR_MAX], path[ARTEFACTS_PATH_BYTES];
    if (!recorded_parse(regress->text, regress->bytes, regress->name, &recorded, error)) {
        be_unreadable(&outcome, error);
    } else {
        struct play_result result;
        uint64_t seed = (uint64_t)recorded.capsule.header.seed;
        play(&(struct play_options){.scenario = recorded.scenario,
                                    .seed = seed,
                                    .picks = recorded.picks,
                                    .pick_count = recorded.capsule.choice_count,
                                    .fill_byte = -1},
             &result);
        outcome_set(&outcome, &result);
        regress_trace_path(job->artefacts, regress->name, path);
        if (result.finding_count && !trace_write(path, recorded.scenario, seed, "regression", &result))
            unlink(path);
        play_result_deinit(&result);
        recorded_deinit(&recorded);
    }
    memcpy(out, &outcome, sizeof outcome);
    return sizeof outcome;
}

static bool on_result(void *opaque, const struct explore_result *result)
{
    const struct job *job = opaque;
    job->on_result(job->opaque, regress_at(job->scenario, result->seed), result);
    return true;
}

bool regress_play(const char *scenario, const struct artefacts *artefacts, unsigned workers,
                  void (*tell)(void *opaque, const struct regress *regress,
                               const struct explore_result *result),
                  void *opaque, char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    struct job job = {scenario, artefacts, tell, opaque};
    size_t count = regress_count(scenario);
    if (count == 0)
        return true;
    return explore_run(&(struct explore_job){open_job, play_one, &job},
                       &(struct explore_options){.seed_first = 0,
                                                 .seed_last = count - 1,
                                                 .workers = count < workers ? (unsigned)count : workers,
                                                 .on_result = on_result,
                                                 .opaque = &job},
                       error_out);
}
