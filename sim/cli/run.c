/* SPDX-License-Identifier: Apache-2.0 */
/* run: explore seeds of scenarios. Here: one scenario after another, and what a worker does with a seed. The
 * flags: see run_options.c. */
#include "sim/cli/run.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/artefacts.h"
#include "sim/cli/command.h"
#include "sim/cli/determinism.h"
#include "sim/cli/elapsed.h"
#include "sim/cli/playable.h"
#include "sim/cli/options.h"
#include "sim/cli/regress.h"
#include "sim/cli/report.h"
#include "sim/cli/run_shrink.h"
#include "sim/cli/score.h"
#include "sim/cli/trace.h"
#include "sim/explore/explore.h"

enum { SEEN_MAX = 64, ARGUMENT_BYTES = PATH_MAX };

/* --- in a worker ---------------------------------------------------------------------------------------- */

struct job {
    const struct scenario *scenario;
    const struct artefacts *artefacts;
    struct determinism determinism;
    bool checks;
    double check_fraction;
    uint64_t seed_first;
    char seen[SEEN_MAX]
             [PLAY_NAME_BYTES * 2]; /* signatures whose traces are written: seeds come in ascending order */
    size_t seen_count;
};

static void open_job(void *opaque)
{
    (void)opaque;
    play_open();
}

static bool is_new(struct job *job, const char *signature)
{
    for (size_t i = 0; i < job->seen_count; i++)
        if (strcmp(job->seen[i], signature) == 0)
            return false;
    if (job->seen_count < SEEN_MAX)
        snprintf(job->seen[job->seen_count++], sizeof job->seen[0], "%s", signature);
    return true;
}

/* Plays it once more for the checkpoints: nobody pays for them in the worlds that pass. */
static void keep_trace(const struct job *job, uint64_t seed, const struct play_result *result)
{
    char path[ARTEFACTS_PATH_BYTES];
    struct play_result again;
    trace_record_begin();
    play(
        &(struct play_options){
            .scenario = job->scenario, .seed = seed, .on_event = trace_record, .fill_byte = -1},
        &again);
    if (again.history != result->history)
        trace_record_forget();
    play_result_deinit(&again);
    artefacts_seed_path(job->artefacts, seed, path);
    if (!trace_write(path, job->scenario, seed, "random", result))
        unlink(path);
}

static size_t play_seed(void *opaque, uint64_t seed, void *out)
{
    struct job *job = opaque;
    struct outcome outcome;
    struct play_result result;
    play(&(struct play_options){.scenario = job->scenario, .seed = seed, .fill_byte = -1}, &result);
    outcome_set(&outcome, &result);
    if (result.finding_count && is_new(job, result.findings[0].signature))
        keep_trace(job, seed, &result);
    play_result_deinit(&result);
    if (job->checks &&
        (outcome.finding_count || determinism_is_due(seed - job->seed_first, job->check_fraction))) {
        outcome.is_checked = true;
        outcome.is_diverged =
            !determinism_check(&job->determinism, seed, outcome.history, outcome.divergence);
    }
    memcpy(out, &outcome, sizeof outcome);
    return sizeof outcome;
}

/* --- in the parent -------------------------------------------------------------------------------------- */

struct session {
    const struct run_options *options;
    struct report reports[RUN_OUTPUTS_MAX + 1]; /* with the artefacts' own */
    size_t report_count;
    struct artefacts artefacts;
    struct score score;
    struct report_run run;
    uint64_t begin_ns;
};

static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

static void tell_failure(struct session *session, struct score_signature *signature, bool is_first,
                         const struct score_failure *failure)
{
    if (is_first && !artefacts_keep(&session->artefacts, signature, session->run.scenario->name,
                                    session->run.argument, failure))
        options_complain("run", "%s: the artefacts could not be written: %s", signature->folder,
                         strerror(errno));
    for (size_t i = 0; i < session->report_count; i++)
        report_failure(&session->reports[i], &session->run, failure, signature);
}

static bool has_enough(const struct session *session)
{
    return session->options->failures_max && session->score.failures >= session->options->failures_max;
}

static bool on_result(void *opaque, const struct explore_result *result)
{
    struct session *session = opaque;
    struct score_failure failure;
    bool is_first = false;
    struct score_signature *signature = score_add(&session->score, result, &failure, &is_first);
    if (signature)
        tell_failure(session, signature, is_first, &failure);
    const struct outcome *outcome = result->end == EXPLORE_PLAYED ? result->bytes : NULL;
    for (size_t i = 0; outcome && outcome->is_diverged && i < session->report_count; i++)
        report_divergence(&session->reports[i], &session->run, result->seed, outcome->divergence);
    return !has_enough(session);
}

static void on_regression(void *opaque, const struct regress *regress, const struct explore_result *result)
{
    struct session *session = opaque;
    struct score_failure failure;
    bool is_first = false;
    struct score_signature *signature =
        score_add_regression(&session->score, regress->name, result, &failure, &is_first);
    if (signature)
        tell_failure(session, signature, is_first, &failure);
}

static bool on_tick(void *opaque, uint64_t played)
{
    struct session *session = opaque;
    int64_t elapsed_ns = elapsed_clock_ns() - (int64_t)session->begin_ns;
    for (size_t i = 0; i < session->report_count; i++)
        report_progress(&session->reports[i], &session->run, played, elapsed_ns);
    return !is_interrupted;
}

static void complain(void *opaque, const char *line)
{
    fprintf(stderr, "millrace-sim run: %s: inconclusive: %s\n", (const char *)opaque, line);
}

/* The text travels to fresh processes as a file. False: errno. */
static bool write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return false;
    bool is_good = fputs(text, out) >= 0;
    return fclose(out) == 0 && is_good;
}

static bool explore(struct session *session, struct job *job, char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    const struct run_options *options = session->options;
    double cpu_before = elapsed_cpu_seconds();
    session->begin_ns = (uint64_t)elapsed_clock_ns();
    bool is_good = explore_run(&(struct explore_job){open_job, play_seed, job},
                               &(struct explore_options){.seed_first = options->seed_first,
                                                         .seed_last = options->seed_last,
                                                         .workers = session->run.workers,
                                                         .stop_after_ns = options->stop_after_ns,
                                                         .on_result = on_result,
                                                         .on_tick = on_tick,
                                                         .opaque = session},
                               error_out);
    session->score.wall_seconds = (double)(elapsed_clock_ns() - (int64_t)session->begin_ns) / 1e9;
    session->score.cpu_seconds = elapsed_cpu_seconds() - cpu_before;
    session->score.is_interrupted = is_interrupted;
    return is_good || is_interrupted;
}

static bool replay_regressions(struct session *session, char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    if (session->options->no_regressions)
        return true;
    bool is_good = regress_play(session->run.scenario->name, &session->artefacts, session->options->workers,
                                on_regression, session, error_out);
    for (size_t i = 0; is_good && session->score.regressions && i < session->report_count; i++)
        report_regressions(&session->reports[i], &session->run);
    return is_good;
}

static void shrink_traces(struct session *session)
{
    size_t done = 0;
    char error[RUN_SHRINK_ERROR_BYTES];
    for (size_t i = 0; i < session->score.signature_count && done < RUN_SHRINK_SIGNATURES_MAX; i++) {
        struct score_signature *signature = &session->score.signatures[i];
        if (!signature->has_trace || session->options->shrink_ns == 0 || is_interrupted)
            continue;
        done++;
        if (!run_shrink(signature, session->options->workers, session->options->shrink_ns, error))
            fprintf(stderr, "millrace-sim run: %s/trace.jsonl could not be shrunk: %s\n", signature->folder,
                    error);
        if (signature->is_shrunk && !artefacts_keep_shrunk(signature))
            options_complain("run", "%s/REPRODUCE: %s", signature->folder, strerror(errno));
        for (size_t output = 0; signature->is_shrunk && output < session->report_count; output++)
            report_shrunk(&session->reports[output], &session->run, signature);
    }
}

/* One scenario, from its name to its summary. */
static int play_scenario(struct session *session, const struct scenario *scenario, const char *argument,
                         FILE *summary)
{
    const struct run_options *options = session->options;
    char text_path[ARTEFACTS_PATH_BYTES], log_path[ARTEFACTS_PATH_BYTES], error[EXPLORE_LAST_WORDS_BYTES];
    artefacts_work_path(&session->artefacts, "scenario.yaml", text_path);
    artefacts_work_path(&session->artefacts, "events", log_path);
    if (!write_text(text_path, scenario->text))
        return options_complain("run", "%s: %s", text_path, strerror(errno));
    struct job *job = calloc(1, sizeof *job);
    assert(job);
    *job = (struct job){.scenario = scenario,
                        .artefacts = &session->artefacts,
                        .determinism = {scenario, text_path, log_path},
                        .checks = options->checks,
                        .check_fraction = options->check_fraction,
                        .seed_first = options->seed_first};
    score_begin(&session->score, scenario);
    uint64_t seeds = options->seed_last - options->seed_first + 1;
    session->run =
        (struct report_run){.scenario = scenario,
                            .argument = argument,
                            .artefacts = &session->artefacts,
                            .score = &session->score,
                            .total = options->stop_after_ns ? 0 : seeds,
                            .stop_after_ns = options->stop_after_ns,
                            .workers = seeds < options->workers ? (unsigned)seeds : options->workers};
    for (size_t i = 0; i < session->report_count; i++)
        report_begin(&session->reports[i], &session->run);
    bool is_good =
        replay_regressions(session, error) && (has_enough(session) || explore(session, job, error));
    free(job);
    if (!is_good) {
        artefacts_clean(&session->artefacts);
        return options_complain("run", "%s: %s", scenario->name, error);
    }
    shrink_traces(session);
    for (size_t i = 0; i < session->report_count; i++)
        report_end(&session->reports[i], &session->run);
    score_complaints(&session->score, scenario, complain, scenario->name);
    report_jsonl_summary(summary, &session->run);
    artefacts_clean(&session->artefacts);
    return score_exit_code(&session->score, scenario);
}

/* What is worst comes first. */
static int worse(int one, int other)
{
    static const int order[] = {COMMAND_USAGE, COMMAND_FAILED, COMMAND_DIVERGED, COMMAND_INCONCLUSIVE};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (one == order[i] || other == order[i])
            return order[i];
    return COMMAND_PASS;
}

static bool open_reports(struct session *session)
{
    const struct run_options *options = session->options;
    bool has_jsonl = false;
    char path[ARTEFACTS_PATH_BYTES + 32];
    for (size_t i = 0; i < options->output_count; i++)
        has_jsonl |= options->outputs[i].kind == REPORT_JSONL;
    for (size_t i = 0; i < options->output_count; i++) { /* a program's reader gets stdout for itself */
        const struct run_output *output = &options->outputs[i];
        if (!report_init(&session->reports[session->report_count++], output->kind,
                         has_jsonl && output->kind != REPORT_JSONL ? stderr : stdout, output->path)) {
            options_complain("run", "%s: %s", output->path, strerror(errno));
            session->report_count--;
            return false;
        }
    }
    snprintf(path, sizeof path, "%s/junit.xml", session->artefacts.directory);
    bool is_good = report_init(&session->reports[session->report_count++], REPORT_JUNIT, stdout, path);
    if (!is_good)
        options_complain("run", "%s: %s", path, strerror(errno));
    session->report_count -= !is_good;
    return is_good;
}

static bool close_reports(struct session *session)
{
    bool is_good = true;
    for (size_t i = 0; i < session->report_count; i++)
        is_good &= report_close(&session->reports[i]);
    if (!is_good)
        options_complain("run", "a report could not be written: %s", strerror(errno));
    return is_good;
}

/* A path that replay finds from any directory; a shipped name as it is; and the bugs that it has beyond its own. */
static void describe_argument(const char *name, const struct bug_flag *bugs,
                              char argument_out[ARGUMENT_BYTES])
{
    char resolved[PATH_MAX];
    bool is_path = strchr(name, '/') || strchr(name, '.');
    snprintf(argument_out, ARGUMENT_BYTES, "%s", is_path && realpath(name, resolved) ? resolved : name);
    for (size_t i = 0; i < bugs->count; i++) {
        size_t used = strlen(argument_out);
        snprintf(argument_out + used, ARGUMENT_BYTES - used, " " BUG_FLAG " %s", bugs->names[i]);
    }
}

static int play_all(struct session *session, struct scenario *const *scenarios, const char *const *names,
                    int count)
{
    char path[ARTEFACTS_PATH_BYTES + 32], argument[ARGUMENT_BYTES];
    int code = COMMAND_PASS;
    snprintf(path, sizeof path, "%s/summary.json", session->artefacts.directory);
    FILE *summary = fopen(path, "w");
    if (!summary)
        return options_complain("run", "%s: %s", path, strerror(errno));
    if (!open_reports(session)) {
        fclose(summary);
        close_reports(session);
        return COMMAND_USAGE;
    }
    for (int i = 0; i < count && !is_interrupted; i++) {
        if (count > 1)
            fputs(i ? "," : "[", summary);
        describe_argument(names[i], &session->options->bugs, argument);
        code = worse(code, play_scenario(session, scenarios[i], argument, summary));
    }
    if (count > 1)
        fputs("]\n", summary);
    if (!close_reports(session))
        code = COMMAND_USAGE;
    if (fclose(summary) != 0)
        code = options_complain("run", "%s: %s", path, strerror(errno));
    return code;
}

int run_command(int argc, char **argv)
{
    struct run_options options;
    struct scenario *scenarios[OPTIONS_POSITIONAL_MAX] = {0};
    char error[ARTEFACTS_PATH_BYTES];
    int code;
    if (!run_options_read(&options, argc, argv, &code))
        return code;
    struct session *session = calloc(1, sizeof *session);
    assert(session);
    session->options = &options;
    for (int i = 0; i < options.scenarios.count; i++) {
        scenarios[i] = playable_load(options.scenarios.at[i], error);
        if (!scenarios[i]) {
            code = options_complain("run", "%s", error);
            goto out;
        }
        scenario_plant(scenarios[i], options.bugs.names, options.bugs.count);
    }
    if (!artefacts_open(&session->artefacts, options.directory, error)) {
        code = options_complain("run", "%s", error);
        goto out;
    }
    struct sigaction interrupt = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &interrupt, NULL);
    code = play_all(session, scenarios, options.scenarios.at, options.scenarios.count);
    artefacts_close(&session->artefacts);
out:
    for (int i = 0; i < options.scenarios.count; i++)
        scenario_free(scenarios[i]);
    free(session);
    return code;
}
