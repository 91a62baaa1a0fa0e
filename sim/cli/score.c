/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/score.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include "sim/cli/command.h"

static void count(struct score_counters *counters, const char *name, uint64_t more)
{
    size_t i = 0;
    while (i < counters->count && strcmp(counters->at[i].name, name) != 0)
        i++;
    if (i == counters->count) {
        if (counters->count == PLAY_COUNTERS_MAX)
            return;
        counters->count++;
        snprintf(counters->at[i].name, PLAY_NAME_BYTES, "%s", name);
        counters->at[i].count = 0;
    }
    counters->at[i].count += more;
}

void score_begin(struct score *score, const struct scenario *scenario)
{
    memset(score, 0, sizeof *score);
    for (size_t i = 0; i < scenario->sometimes_count; i++)
        count(&score->sometimes, scenario->sometimes[i], 0);
}

static void add_outcome(struct score *score, const struct outcome *outcome)
{
    score->checked += outcome->is_checked;
    score->diverged += outcome->is_diverged;
    score->guard_was_off |= !outcome->guard_on;
    for (size_t i = 0; i < outcome->known_count; i++)
        count(&score->known, outcome->known[i].name, outcome->known[i].count);
    for (size_t i = 0; i < outcome->allowed_count; i++)
        count(&score->allowed, outcome->allowed[i].name, outcome->allowed[i].count);
    score->worlds++;
    score->events += outcome->events;
    score->faults += outcome->faults;
    score->rebalances += outcome->rebalances;
    score->kills += outcome->kills;
    score->pauses += outcome->pauses;
    score->resets += outcome->resets;
    score->duplicates += outcome->duplicates;
    score->virtual_seconds += (double)outcome->virtual_ns / 1e9;
    for (size_t i = 0; i < outcome->observed_count; i++)
        count(&score->observed, outcome->observed[i].name, outcome->observed[i].count);
    for (size_t i = 0; i < outcome->sometimes_count; i++)
        count(&score->sometimes, outcome->sometimes[i].name, outcome->sometimes[i].count);
}

static void describe_lost(const struct explore_result *result, struct score_failure *failure)
{
    const char *colon = *result->last_words ? ": " : "";
    snprintf(failure->property, sizeof failure->property, "%s", "testbed");
    if (result->end == EXPLORE_STUCK) {
        snprintf(failure->signature, sizeof failure->signature, "worker-stuck");
        snprintf(failure->message, sizeof failure->message, "the worker was stuck and was killed%s%s", colon,
                 result->last_words);
    } else if (WIFSIGNALED(result->wait_status)) {
        int number = WTERMSIG(result->wait_status);
        snprintf(failure->signature, sizeof failure->signature, "worker-died-SIG%s", sigabbrev_np(number));
        snprintf(failure->message, sizeof failure->message, "the worker died of signal %d (%s)%s%s", number,
                 strsignal(number), colon, result->last_words);
    } else {
        int status = WEXITSTATUS(result->wait_status);
        snprintf(failure->signature, sizeof failure->signature, "worker-exited-%d", status);
        snprintf(failure->message, sizeof failure->message, "the worker exited with status %d%s%s", status,
                 colon, result->last_words);
    }
}

static struct score_signature *signature_of(struct score *score, const struct score_failure *failure)
{
    for (size_t i = 0; i < score->signature_count; i++)
        if (strcmp(score->signatures[i].signature, failure->signature) == 0)
            return &score->signatures[i];
    if (score->signature_count == SCORE_SIGNATURES_MAX) /* the last one stands for all that follow */
        return &score->signatures[SCORE_SIGNATURES_MAX - 1];
    struct score_signature *signature = &score->signatures[score->signature_count++];
    snprintf(signature->signature, sizeof signature->signature, "%s", failure->signature);
    snprintf(signature->property, sizeof signature->property, "%s", failure->property);
    snprintf(signature->message, sizeof signature->message, "%s", failure->message);
    signature->seed_first = failure->seed;
    signature->regression = failure->regression;
    return signature;
}

static struct score_signature *add_failure(struct score *score, const struct explore_result *result,
                                           struct score_failure *failure_out, bool *is_first_out)
{
    if (result->end == EXPLORE_PLAYED) {
        const struct outcome *outcome = result->bytes;
        if (outcome->finding_count == 0)
            return NULL;
        failure_out->history = outcome->history;
        failure_out->has_history = true;
        failure_out->time_ns = outcome->finding.time_ns;
        failure_out->finding_count = outcome->finding_count;
        snprintf(failure_out->property, sizeof failure_out->property, "%s", outcome->finding.property);
        snprintf(failure_out->signature, sizeof failure_out->signature, "%s", outcome->finding.signature);
        snprintf(failure_out->message, sizeof failure_out->message, "%s", outcome->finding.message);
    } else {
        describe_lost(result, failure_out);
    }
    score->failures++;
    struct score_signature *signature = signature_of(score, failure_out);
    *is_first_out = signature->count++ == 0;
    if (signature->seed_count == 0)
        signature->seed_first = failure_out->seed;
    if (signature->seed_count < SCORE_EXAMPLES_MAX && !failure_out->regression)
        signature->seeds[signature->seed_count++] = failure_out->seed;
    return signature;
}

struct score_signature *score_add(struct score *score, const struct explore_result *result,
                                  struct score_failure *failure_out, bool *is_first_out)
{
    score->seeds++;
    *failure_out = (struct score_failure){.seed = result->seed};
    if (result->end == EXPLORE_PLAYED) {
        assert(result->byte_count == sizeof(struct outcome));
        add_outcome(score, result->bytes);
    }
    return add_failure(score, result, failure_out, is_first_out);
}

struct score_signature *score_add_regression(struct score *score, const char *name,
                                             const struct explore_result *result,
                                             struct score_failure *failure_out, bool *is_first_out)
{
    score->regressions++;
    *failure_out = (struct score_failure){.regression = name};
    struct score_signature *signature = add_failure(score, result, failure_out, is_first_out);
    score->regressions_failed += signature != NULL;
    return signature;
}

void score_how_often(const struct score *score, const struct score_signature *signature,
                     char line_out[SCORE_LINE_BYTES])
{
    if (signature->regression)
        snprintf(line_out, SCORE_LINE_BYTES, "%" PRIu64 " times, first in regression %s", signature->count,
                 signature->regression);
    else
        snprintf(line_out, SCORE_LINE_BYTES, "%" PRIu64 " of %" PRIu64 " seeds, first %" PRIu64,
                 signature->count, score->seeds, signature->seed_first);
}

void score_replay_line(const struct score_signature *signature, const char *argument,
                       char line_out[SCORE_LINE_BYTES])
{
    if (signature->seed_count)
        snprintf(line_out, SCORE_LINE_BYTES, "millrace-sim replay %.2000s --seed %" PRIu64, argument,
                 signature->seed_first);
    else
        snprintf(line_out, SCORE_LINE_BYTES, "millrace-sim replay %s/trace.jsonl", signature->folder);
}

static uint64_t counted(const struct score_counters *counters, const char *name)
{
    for (size_t i = 0; i < counters->count; i++)
        if (strcmp(counters->at[i].name, name) == 0)
            return counters->at[i].count;
    return 0;
}

struct complaining {
    const struct score *score;
    void (*complain)(void *opaque, const char *line);
    void *opaque;
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void complain(struct complaining *complaining,
                                                           const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    complaining->complain(complaining->opaque, line);
    complaining->count++;
}

static void complain_of_property(struct complaining *complaining, const char *name)
{
    if (counted(&complaining->score->observed, name) == 0)
        complain(complaining, "property %s judged no event in %" PRIu64 " seeds", name,
                 complaining->score->seeds);
}

size_t score_complaints(const struct score *score, const struct scenario *scenario,
                        void (*on_line)(void *opaque, const char *line), void *opaque)
{
    struct complaining complaining = {score, on_line, opaque, 0};
    if (score->seeds == 0 && score->regressions_failed)
        return 0; /* no seed was to be played any more */
    for (size_t i = 0; i < scenario->never_count; i++)
        complain_of_property(&complaining, scenario->never[i]);
    for (size_t i = 0; i < scenario->eventually_count; i++)
        complain_of_property(&complaining, scenario->eventually[i]);
    bool names_some = scenario->never_count || scenario->eventually_count;
    for (size_t i = 0; !names_some && i < score->observed.count; i++)
        complain_of_property(&complaining, score->observed.at[i].name);
    if (!names_some && score->observed.count == 0)
        complain(&complaining, "no property judged anything");
    for (size_t i = 0; i < scenario->sometimes_count; i++)
        if (counted(&score->sometimes, scenario->sometimes[i]) == 0)
            complain(&complaining, "%s, which has to happen sometimes, never did in %" PRIu64 " seeds",
                     scenario->sometimes[i], score->seeds);
    if (score->is_interrupted)
        complain(&complaining, "interrupted after %" PRIu64 " seeds", score->seeds);
    return complaining.count;
}

static void ignore(void *opaque, const char *line)
{
    (void)opaque;
    (void)line;
}

bool score_is_hazard(const struct scenario *scenario)
{
    return scenario->profile == FAULT_PROTOCOL_HAZARD;
}

const char *score_verdict(const struct scenario *scenario)
{
    return score_is_hazard(scenario) ? "HAZARD" : "FAIL";
}

int score_exit_code(const struct score *score, const struct scenario *scenario)
{
    if (score->failures)
        return COMMAND_FAILED;
    if (score->diverged)
        return COMMAND_DIVERGED;
    return score_complaints(score, scenario, ignore, NULL) ? COMMAND_INCONCLUSIVE : COMMAND_PASS;
}
