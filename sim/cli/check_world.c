/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/check_world.h"

#include <assert.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/play.h"
#include "sim/cli/trace.h"

/* The first that matches. */
static const struct {
    const char *pattern;
    enum check_kind kind;
} kinds[] = {
    {"schedule/preempt*", CHECK_EXCLUDED}, {"schedule/*", CHECK_WALKED},
    {"network/*", CHECK_WALKED},           {"timer/*", CHECK_WALKED},
    {"http/*/latency", CHECK_WALKED},      {"fault/here/*", CHECK_FAULT},
};

enum check_kind check_kind_of(const char *point)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (fnmatch(kinds[i].pattern, point, 0) == 0)
            return kinds[i].kind;
    return CHECK_EXCLUDED;
}

void check_open(void *opaque)
{
    (void)opaque;
    play_open();
    choice_keep_offers(true);
}

/* --- steps as picks ------------------------------------------------------------------------------------------------ */

enum { PICKS_MAX = 2 * BOUNDED_STEPS_MAX };

static struct play_pick pick_of(uint32_t actor, uint32_t point, uint64_t occurrence, uint32_t picked)
{
    struct play_pick pick = {.actor = actor, .occurrence = occurrence, .picked = picked};
    snprintf(pick.point, sizeof pick.point, "%s", choice_point_name(point));
    return pick;
}

static size_t picks_of(const struct bounded_step *steps, size_t step_count, struct play_pick picks[PICKS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < step_count; i++) {
        const struct choice_offer *offer = &steps[i].offer.choice;
        picks[count++] =
            pick_of(offer->actor, offer->point, offer->occurrence, offer->detail ? 1 : steps[i].option);
        if (offer->detail)
            picks[count++] = pick_of(offer->actor, offer->detail, offer->detail_occurrence, steps[i].option);
    }
    return count;
}

/* --- a run --------------------------------------------------------------------------------------------------------- */

/* Large, and of one run at a time. */
static struct play_result result;

static void play_steps(const struct check_job *job, const struct bounded_step *steps, size_t step_count,
                       bool (*on_event)(void *, uint64_t, uint64_t))
{
    struct play_pick picks[PICKS_MAX];
    size_t count = picks_of(steps, step_count, picks);
    play_result_deinit(&result);
    play(&(struct play_options){.scenario = job->scenario,
                                .seed = CHECK_SEED,
                                .picks = picks,
                                .pick_count = count,
                                .on_event = on_event,
                                .fill_byte = -1},
         &result);
}

/* Offers after the last step that are walked. False: the steps were not all met. */
static bool keep_offers(struct check_job *job, size_t step_count, size_t *count_out)
{
    size_t count, first = 0, met = 0, kept = 0;
    const struct choice_offer *offers = choice_offers(&count);
    for (size_t i = 0; i < count; i++)
        if (offers[i].picked) {
            met++;
            first = i + 1;
        }
    if (count > job->offer_capacity) {
        job->offer_capacity = 2 * count;
        job->offers = realloc(job->offers, job->offer_capacity * sizeof *job->offers);
        assert(job->offers && "out of memory");
    }
    enum check_kind by_point[CHOICE_POINTS_MAX];
    bool is_known[CHOICE_POINTS_MAX] = {false};
    for (size_t i = first; i < count; i++) {
        uint32_t point = offers[i].point;
        if (!is_known[point])
            by_point[point] = check_kind_of(choice_point_name(point));
        is_known[point] = true;
        if (by_point[point] != CHECK_EXCLUDED)
            job->offers[kept++] = (struct bounded_offer){
                offers[i], by_point[point] == CHECK_FAULT ? BOUNDED_FAULT : BOUNDED_DEVIATION};
    }
    *count_out = kept;
    return met == step_count && result.misfits == 0;
}

enum bounded_verdict check_play(void *opaque, const struct bounded_step *steps, size_t step_count,
                                const struct bounded_offer **offers_out, size_t *offer_count_out,
                                uint64_t sums[BOUNDED_SUMS])
{
    struct check_job *job = opaque;
    play_steps(job, steps, step_count, NULL);
    bool is_met = keep_offers(job, step_count, offer_count_out);
    *offers_out = job->offers;
    sums[CHECK_EVENTS] += result.events;
    sums[CHECK_OFFERS] += *offer_count_out;
    sums[CHECK_VIRTUAL_NS] += (uint64_t)result.virtual_ns;
    sums[CHECK_STRIKES] += result.faults;
    sums[CHECK_REBALANCES] += result.rebalances;
    sums[CHECK_GUARD_OFF] += !result.guard_on;
    sums[CHECK_HISTORIES] += result.history;
    if (!is_met)
        return BOUNDED_DIVERGED;
    return result.finding_count ? BOUNDED_FAILED : BOUNDED_PASSED;
}

/* --- what did not pass --------------------------------------------------------------------------------------------- */

void check_trace_path(const struct artefacts *artefacts, uint64_t unit, char path_out[ARTEFACTS_PATH_BYTES])
{
    char name[64];
    snprintf(name, sizeof name, "unit-%" PRIu64 ".jsonl", unit);
    artefacts_work_path(artefacts, name, path_out);
}

static void describe_steps(const struct bounded_step *steps, size_t step_count, char *out)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < step_count && used < CHECK_STEPS_BYTES - 1; i++) {
        const struct choice_offer *offer = &steps[i].offer.choice;
        const char *point = choice_point_name(offer->detail ? offer->detail : offer->point);
        int more = snprintf(out + used, CHECK_STEPS_BYTES - used,
                            "%s %" PRIu64 " of actor %" PRIu32 ": %" PRIu32 " of 0..%" PRIu32 "\n", point,
                            offer->detail ? offer->detail_occurrence : offer->occurrence, offer->actor,
                            steps[i].option, offer->options - 1);
        used += more > 0 ? (size_t)more : 0;
    }
}

/* Played once more for the checkpoints, and to see whether it is the same again. */
size_t check_tell(void *opaque, const struct bounded_step *steps, size_t step_count, uint64_t unit,
                  void *told_out)
{
    struct check_job *job = opaque;
    static struct check_told told;
    char path[ARTEFACTS_PATH_BYTES];
    memset(&told, 0, sizeof told);
    outcome_set(&told.outcome, &result);
    describe_steps(steps, step_count, told.steps);
    uint64_t history = result.history;
    trace_record_begin();
    play_steps(job, steps, step_count, trace_record);
    told.is_same = result.history == history;
    check_trace_path(job->artefacts, unit, path);
    told.has_trace = told.is_same && trace_write(path, job->scenario, CHECK_SEED, "bounded", &result);
    if (!told.has_trace)
        unlink(path);
    memcpy(told_out, &told, sizeof told);
    return sizeof told;
}

/* --- the uneventful run -------------------------------------------------------------------------------------------- */

void check_survey(struct check_job *job, struct check_survey *survey)
{
    size_t count, by_point[CHOICE_POINTS_MAX] = {0}; /* place + 1 */
    memset(survey, 0, sizeof *survey);
    play_steps(job, NULL, 0, NULL);
    survey->events = result.events;
    survey->virtual_ns = result.virtual_ns;
    const struct choice_offer *offers = choice_offers(&count);
    for (size_t i = 0; i < count; i++) {
        uint32_t point = offers[i].point;
        if (!by_point[point]) {
            by_point[point] = ++survey->count;
            struct check_surveyed *fresh = &survey->at[survey->count - 1];
            snprintf(fresh->point, sizeof fresh->point, "%s", choice_point_name(point));
            fresh->kind = check_kind_of(fresh->point);
        }
        struct check_surveyed *at = &survey->at[by_point[point] - 1];
        at->count++;
        if (at->options_max < offers[i].options)
            at->options_max = offers[i].options;
    }
}
