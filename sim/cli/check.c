/* SPDX-License-Identifier: Apache-2.0 */
/* check: every run of a scenario within a budget. Here: the walk as the parent sees it. The flags: check_options.c; what a
 * worker does with a run: check_world.c. */
#include "sim/cli/check.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/command.h"
#include "sim/cli/elapsed.h"
#include "sim/cli/options.h"
#include "sim/cli/playable.h"

struct session {
    struct check_options options;
    struct report reports[REPORT_STREAMS];
    struct artefacts artefacts;
    struct check_job job;
    struct check_survey survey;
    struct bounded_report report;
    struct score score; /* of the one run that did not pass */
    struct score_failure failure;
    struct check_view view;
    int64_t begin_ns;
};

static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

/* --- the uneventful run, in a worker of its own -------------------------------------------------------------------- */

static size_t play_survey(void *opaque, uint64_t seed, void *out)
{
    (void)seed;
    struct check_survey *survey = calloc(1, sizeof *survey);
    assert(survey);
    check_survey(opaque, survey);
    memcpy(out, survey, sizeof *survey);
    free(survey);
    return sizeof *survey;
}

static bool on_survey(void *opaque, const struct explore_result *result)
{
    struct session *session = opaque;
    if (result->end == EXPLORE_PLAYED) /* else the walk finds out */
        memcpy(&session->survey, result->bytes, sizeof session->survey);
    return true;
}

static bool survey(struct session *session, char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    _Static_assert(sizeof(struct check_survey) <= EXPLORE_RESULT_BYTES_MAX, "a result of a worker");
    return explore_run(&(struct explore_job){check_open, play_survey, &session->job},
                       &(struct explore_options){.workers = 1, .on_result = on_survey, .opaque = session},
                       error_out);
}

/* --- the walk ------------------------------------------------------------------------------------------------------ */

static void keep_trace(struct session *session, uint64_t unit, const struct score_failure *failure)
{
    char from[ARTEFACTS_PATH_BYTES], to[ARTEFACTS_PATH_BYTES];
    check_trace_path(&session->artefacts, unit, from);
    artefacts_seed_path(&session->artefacts, failure->seed, to);
    rename(from, to); /* without one, there is no trace to keep */
}

static void add_steps(struct score_failure *failure, const char *steps)
{
    size_t used = strlen(failure->message);
    if (*steps)
        snprintf(failure->message + used, sizeof failure->message - used, "\nafter these steps:\n%s", steps);
}

static uint32_t count_lines(const char *text)
{
    uint32_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void on_failure(void *opaque, const struct bounded_failure *failure)
{
    struct session *session = opaque;
    const struct check_told *told = failure->told;
    bool is_first = false;
    session->view.has_diverged =
        failure->verdict == BOUNDED_DIVERGED || (failure->end == EXPLORE_PLAYED && !told->is_same);
    if (session->view.has_diverged)
        return;
    struct score_signature *signature =
        score_add(&session->score,
                  &(struct explore_result){.seed = CHECK_SEED,
                                           .end = failure->end,
                                           .bytes = told ? &told->outcome : NULL,
                                           .byte_count = told ? sizeof told->outcome : 0,
                                           .wait_status = failure->wait_status,
                                           .last_words = failure->last_words},
                  &session->failure, &is_first);
    session->failure.is_walked = true;
    if (told) {
        add_steps(&session->failure, told->steps);
        session->view.failure_steps = count_lines(told->steps);
        keep_trace(session, failure->unit, &session->failure);
    }
    if (!artefacts_keep(&session->artefacts, signature, session->view.scenario->name,
                        session->options.scenario, &session->failure))
        options_complain("check", "%s: the artefacts could not be written: %s", signature->folder,
                         strerror(errno));
    session->view.signature = signature;
    session->view.failure = &session->failure;
    for (size_t i = 0; i < session->options.output_count; i++)
        check_report_failure(&session->reports[i], &session->view);
}

static bool on_tick(void *opaque, uint32_t steps, uint64_t played, uint64_t total)
{
    struct session *session = opaque;
    for (size_t i = 0; i < session->options.output_count; i++)
        check_report_progress(&session->reports[i], &session->view, steps, played, total,
                              elapsed_clock_ns() - session->begin_ns);
    return !is_interrupted;
}

static bool walk(struct session *session, char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    const struct check_options *options = &session->options;
    bool is_good =
        bounded_run(&(struct bounded_job){check_open, check_play, check_tell, &session->job},
                    &(struct bounded_options){
                        .budget = {options->budget[BOUNDED_DEVIATION], options->budget[BOUNDED_FAULT]},
                        .workers = options->workers,
                        .stop_after_ns = options->stop_after_ns,
                        .on_failure = on_failure,
                        .on_tick = on_tick,
                        .opaque = session,
                    },
                    &session->report, error_out);
    session->view.is_interrupted = is_interrupted;
    return is_good || is_interrupted;
}

/* --- the command --------------------------------------------------------------------------------------------------- */

static int exit_code(const struct session *session)
{
    if (session->view.has_diverged)
        return COMMAND_DIVERGED;
    if (session->report.has_failed)
        return COMMAND_FAILED;
    return session->report.is_exhausted ? COMMAND_PASS : COMMAND_INCONCLUSIVE;
}

static void open_reports(struct session *session)
{
    const struct check_options *options = &session->options;
    bool has_jsonl = false;
    for (size_t i = 0; i < options->output_count; i++)
        has_jsonl |= options->outputs[i] == REPORT_JSONL;
    for (size_t i = 0; i < options->output_count; i++)
        report_init(&session->reports[i], options->outputs[i],
                    has_jsonl && options->outputs[i] != REPORT_JSONL ? stderr : stdout, NULL);
}

static int write_summary(const struct session *session)
{
    char path[ARTEFACTS_PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/summary.json", session->artefacts.directory);
    FILE *out = fopen(path, "w");
    if (out)
        check_report_summary(out, &session->view);
    if (out && fclose(out) == 0)
        return session->view.exit_code;
    return options_complain("check", "%s: %s", path, strerror(errno));
}

static int check(struct session *session)
{
    char error[EXPLORE_LAST_WORDS_BYTES];
    double cpu_before = elapsed_cpu_seconds();
    session->begin_ns = elapsed_clock_ns();
    open_reports(session);
    if (!survey(session, error))
        return options_complain("check", "%s: %s", session->view.scenario->name, error);
    for (size_t i = 0; i < session->options.output_count; i++)
        check_report_begin(&session->reports[i], &session->view);
    if (!walk(session, error))
        return options_complain("check", "%s: %s", session->view.scenario->name, error);
    session->view.wall_seconds = (double)(elapsed_clock_ns() - session->begin_ns) / 1e9;
    session->view.cpu_seconds = elapsed_cpu_seconds() - cpu_before;
    session->view.exit_code = exit_code(session);
    for (size_t i = 0; i < session->options.output_count; i++)
        check_report_end(&session->reports[i], &session->view);
    return write_summary(session);
}

int check_command(int argc, char **argv)
{
    char error[ARTEFACTS_PATH_BYTES];
    int code;
    struct session *session = calloc(1, sizeof *session);
    assert(session);
    struct check_options *options = &session->options;
    struct scenario *scenario = NULL;
    if (!check_options_read(options, argc, argv, &code))
        goto out;
    scenario = playable_load(options->scenario, error);
    if (!scenario) {
        code = options_complain("check", "%s", error);
        goto out;
    }
    scenario_plant(scenario, options->bugs.names, options->bugs.count);
    if (!artefacts_open(&session->artefacts, options->directory, error)) {
        code = options_complain("check", "%s", error);
        goto out;
    }
    session->job = (struct check_job){.scenario = scenario, .artefacts = &session->artefacts};
    session->view = (struct check_view){.options = options,
                                        .scenario = scenario,
                                        .artefacts = &session->artefacts,
                                        .survey = &session->survey,
                                        .report = &session->report};
    score_begin(&session->score, scenario);
    struct sigaction interrupt = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &interrupt, NULL);
    code = check(session);
    artefacts_close(&session->artefacts);
out:
    scenario_free(scenario);
    free(session);
    return code;
}
