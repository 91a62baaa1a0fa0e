/* SPDX-License-Identifier: Apache-2.0 */
/* For people: at a terminal progress stands in two lines that are drawn again and again; in a log it is a
 * line now and then. Failures, and the end, read the same in both. */
#include "sim/cli/report.h"
#include "sim/cli/options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_BYTES = 1024, COLUMNS_DEFAULT = 100 };
static const int64_t tty_every_ns = 200000000, plain_every_ns = 5000000000, ci_every_ns = 60000000000;

static const char *red(const struct report *report)
{
    return report->is_coloured ? "\033[31m" : "";
}

static const char *green(const struct report *report)
{
    return report->is_coloured ? "\033[32m" : "";
}

static const char *normal(const struct report *report)
{
    return report->is_coloured ? "\033[0m" : "";
}

/* Takes the progress off the terminal. */
static void wipe(struct report *report)
{
    for (; report->drawn_lines; report->drawn_lines--)
        fputs("\033[A\r\033[K", report->out);
}

/* Appends, as far as it fits. */
__attribute__((format(printf, 3, 4))) static void add(char *line, size_t *used, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line + *used, LINE_BYTES - *used, format, arguments);
    va_end(arguments);
    *used += more > 0 ? (size_t)more : 0;
    if (*used >= LINE_BYTES)
        *used = LINE_BYTES - 1;
}

static void format_duration(double seconds, char *text, size_t bytes)
{
    uint64_t whole = (uint64_t)(seconds + 0.5);
    if (whole >= 3600)
        snprintf(text, bytes, "%" PRIu64 " h %02" PRIu64 " min", whole / 3600, whole / 60 % 60);
    else if (whole >= 60)
        snprintf(text, bytes, "%" PRIu64 " min %02" PRIu64 " s", whole / 60, whole % 60);
    else
        snprintf(text, bytes, "%" PRIu64 " s", whole);
}

static void format_state(const struct report_run *run, uint64_t played, int64_t elapsed_ns, char *line)
{
    size_t used = 0;
    double elapsed = (double)elapsed_ns / 1e9, rate = elapsed > 0 ? (double)played / elapsed : 0;
    double left = run->total ? (rate > 0 ? (double)(run->total - played) / rate : 0)
                             : (double)(run->stop_after_ns - elapsed_ns) / 1e9;
    char eta[64];
    format_duration(left > 0 ? left : 0, eta, sizeof eta);
    add(line, &used, "%s  %" PRIu64, run->scenario->name, played);
    if (run->total)
        add(line, &used, "/%" PRIu64, run->total);
    add(line, &used, "  %.1f seeds/s  ETA %s  failures %" PRIu64, rate, played ? eta : "?",
        run->score->failures);
    for (size_t i = 0; i < run->score->signature_count; i++)
        add(line, &used, "%s%s %" PRIu64, i ? ", " : " (", run->score->signatures[i].signature,
            run->score->signatures[i].count);
    if (run->score->signature_count)
        add(line, &used, ")");
}

/* How much of what the scenario wants to happen sometimes has happened; what has not comes first. False: it wants nothing. */
static bool format_sometimes(const struct report_run *run, char *line)
{
    const struct score_counters *counted = &run->score->sometimes;
    const struct scenario *scenario = run->scenario;
    size_t used = 0, met = 0;
    char list[LINE_BYTES] = "";
    for (int is_met = 0; is_met < 2; is_met++)
        for (size_t i = 0; i < counted->count; i++) {
            const struct play_counter *one = &counted->at[i];
            if ((one->count > 0) != is_met ||
                !scenario_names(scenario->sometimes, scenario->sometimes_count, one->name))
                continue;
            add(list, &used, "  %s %" PRIu64, one->name, one->count);
            met += is_met;
        }
    snprintf(line, LINE_BYTES, "  sometimes %zu/%zu%.900s", met, scenario->sometimes_count, list);
    return scenario->sometimes_count > 0;
}

static void draw(struct report *report, const char *line)
{
    struct winsize size;
    int columns = COLUMNS_DEFAULT;
    if (ioctl(fileno(report->out), TIOCGWINSZ, &size) == 0 && size.ws_col > 10)
        columns = size.ws_col;
    fprintf(report->out, "%.*s\033[K\n", columns - 1, line);
    report->drawn_lines++;
}

static void tell_progress(struct report *report, const struct report_run *run, uint64_t played,
                          int64_t elapsed_ns)
{
    char state[LINE_BYTES], sometimes[LINE_BYTES];
    int64_t every_ns = report->kind == REPORT_TTY ? tty_every_ns
                       : options_is_set("CI")     ? ci_every_ns
                                                  : plain_every_ns;
    if (elapsed_ns - report->told_ns < every_ns)
        return;
    report->told_ns = elapsed_ns;
    format_state(run, played, elapsed_ns, state);
    bool wants_some = format_sometimes(run, sometimes);
    if (report->kind == REPORT_TTY) {
        wipe(report);
        draw(report, state);
        if (wants_some)
            draw(report, sometimes);
    } else {
        fprintf(report->out, "%s%s\n", state, wants_some ? sometimes : "");
    }
    fflush(report->out);
}

static void tell_begin(struct report *report, const struct report_run *run)
{
    fprintf(report->out, "%s (%016" PRIx64 ")%s", run->scenario->name, run->scenario->hash,
            score_is_hazard(run->scenario) ? ", with the protocol's hazards" : "");
    if (run->total)
        fprintf(report->out, ": %" PRIu64 " seeds", run->total);
    fprintf(report->out, " on %u worker%s\n", run->workers, run->workers == 1 ? "" : "s");
    fflush(report->out);
}

static void indent(FILE *out, const char *text)
{
    fputs("  ", out);
    for (const char *at = text; *at; at++) {
        fputc(*at, out);
        if (*at == '\n' && at[1])
            fputs("  ", out);
    }
    if (*text && text[strlen(text) - 1] != '\n')
        fputc('\n', out);
}

static void tell_failure(struct report *report, const struct report_run *run,
                         const struct score_failure *failure, const struct score_signature *signature)
{
    FILE *out = report->out;
    if (signature->count > 1)
        return; /* counted */
    wipe(report);
    fprintf(out, "%s%s%s %s: %s  ", red(report), score_verdict(run->scenario), normal(report),
            failure->property, failure->signature);
    if (failure->regression)
        fprintf(out, "regression %s\n", failure->regression);
    else
        fprintf(out, "seed %" PRIu64 "\n", failure->seed);
    indent(out, failure->message);
    if (!failure->regression)
        fprintf(out, "  by seed (this build): millrace-sim replay %s --seed %" PRIu64 "\n", run->argument,
                failure->seed);
    if (signature->has_trace)
        fprintf(out, "  by trace (any build): millrace-sim replay %s/trace.jsonl\n", signature->folder);
    fflush(out);
}

static void tell_divergence(struct report *report, const struct report_run *run, uint64_t seed,
                            const char *text)
{
    FILE *out = report->out;
    wipe(report);
    fprintf(out, "%sDIVERGED%s seed %" PRIu64 "\n", red(report), normal(report), seed);
    indent(out, text);
    fprintf(out, "  by seed (this build): millrace-sim replay %s --seed %" PRIu64 "\n", run->argument, seed);
    fflush(out);
}

static void tell_regressions(struct report *report, const struct report_run *run)
{
    const struct score *score = run->score;
    wipe(report);
    fprintf(report->out, "regressions %" PRIu64 "/%" PRIu64 " passed\n",
            score->regressions - score->regressions_failed, score->regressions);
    fflush(report->out);
}

static void tell_shrunk(struct report *report, const struct report_run *run,
                        const struct score_signature *signature)
{
    (void)run;
    wipe(report);
    fprintf(report->out, "shrunk %s: %zu -> %zu deviations%s: millrace-sim replay %s/trace.min.jsonl\n",
            signature->signature, signature->recorded, signature->deviations,
            signature->is_shrink_cut_short ? " (the budget is spent)" : "", signature->folder);
    fflush(report->out);
}

static void print_counters(FILE *out, const char *title, const struct score_counters *counters)
{
    if (counters->count == 0)
        return;
    fprintf(out, "  %-10s", title);
    for (size_t i = 0; i < counters->count; i++)
        fprintf(out, "%s%s %" PRIu64, i ? ", " : " ", counters->at[i].name, counters->at[i].count);
    fputc('\n', out);
}

static void print_signature(FILE *out, const struct score_signature *signature)
{
    if (signature->regression) {
        fprintf(out, "  %" PRIu64 " x %s, first in regression %s\n", signature->count, signature->signature,
                signature->regression);
        return;
    }
    fprintf(out, "  %" PRIu64 " x %s, first at seed", signature->count, signature->signature);
    for (size_t i = 0; i < signature->seed_count; i++)
        fprintf(out, "%s %" PRIu64, i ? "," : "", signature->seeds[i]);
    fputc('\n', out);
}

static void tell_end(struct report *report, const struct report_run *run)
{
    const struct score *score = run->score;
    FILE *out = report->out;
    wipe(report);
    double worlds = score->worlds ? (double)score->worlds : 1;
    fprintf(out, "%s: %" PRIu64 " seeds, %s%" PRIu64 " failures%s%s, %.1f seeds/s (%.1f s, CPU %.1f s)\n",
            run->scenario->name, score->seeds, score->failures ? red(report) : green(report), score->failures,
            score_is_hazard(run->scenario) ? " under the protocol's hazards" : "", normal(report),
            score->wall_seconds > 0 ? (double)score->seeds / score->wall_seconds : 0, score->wall_seconds,
            score->cpu_seconds);
    for (size_t i = 0; i < score->signature_count; i++)
        print_signature(out, &score->signatures[i]);
    fprintf(out,
            "  a world    %.0f events, %.1f faults (%.1f kills, %.1f pauses, %.1f resets), %.1f rebalances, "
            "%.1f duplicates, %.1f virtual seconds\n",
            (double)score->events / worlds, (double)score->faults / worlds, (double)score->kills / worlds,
            (double)score->pauses / worlds, (double)score->resets / worlds,
            (double)score->rebalances / worlds, (double)score->duplicates / worlds,
            score->virtual_seconds / worlds);
    print_counters(out, "judged", &score->observed);
    print_counters(out, "sometimes", &score->sometimes);
    print_counters(out, "allowed", &score->allowed);
    print_counters(out, "known bugs", &score->known);
    if (score->checked)
        fprintf(out, "  played twice %" PRIu64 ", diverged %" PRIu64 "\n", score->checked, score->diverged);
    if (score->worlds && score->guard_was_off)
        fprintf(out, "  the guard against unforeseen system calls was off\n");
    fprintf(out, "  report     %s\n", run->artefacts->directory);
    fflush(out);
}

const struct report_class report_tty = {.name = "tty",
                                        .begin = tell_begin,
                                        .progress = tell_progress,
                                        .failure = tell_failure,
                                        .divergence = tell_divergence,
                                        .regressions = tell_regressions,
                                        .shrunk = tell_shrunk,
                                        .end = tell_end};

const struct report_class report_plain = {.name = "plain",
                                          .begin = tell_begin,
                                          .progress = tell_progress,
                                          .failure = tell_failure,
                                          .divergence = tell_divergence,
                                          .regressions = tell_regressions,
                                          .shrunk = tell_shrunk,
                                          .end = tell_end};
