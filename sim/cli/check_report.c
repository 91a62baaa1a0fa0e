/* SPDX-License-Identifier: Apache-2.0 */
/* What a walk has shown is one line, which says exactly what was walked; see check_report_end. Outside programs read the
 * objects: keys are only ever added. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "sim/cli/check.h"
#include "traces/json_text.h"

enum { NUMBER_BYTES = 32 };
static const int64_t plain_every_ns = 5000000000, tty_every_ns = 200000000;

struct line {
    char text[CHECK_SUMMARY_BYTES];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line->text + line->used, sizeof line->text - line->used, format, arguments);
    va_end(arguments);
    line->used += more > 0 ? (size_t)more : 0;
    if (line->used >= sizeof line->text)
        line->used = sizeof line->text - 1;
}

/* 1,234,567 */
static const char *grouped(uint64_t number, char out[NUMBER_BYTES])
{
    char digits[NUMBER_BYTES];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, number);
    char *to = out;
    for (int i = 0; i < count; i++) {
        if (i && (count - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

/* --- what was walked ----------------------------------------------------------------------------------------------- */

/* NAME and how often the uneventful run comes to it. */
static void add_points(struct line *line, const struct check_survey *survey, enum check_kind kind)
{
    char number[NUMBER_BYTES];
    bool is_first = true;
    for (size_t i = 0; i < survey->count; i++) {
        if (survey->at[i].kind != kind)
            continue;
        add(line, "%s%s %s", is_first ? "" : ", ", survey->at[i].point, grouped(survey->at[i].count, number));
        is_first = false;
    }
    if (is_first)
        add(line, "none");
}

static void add_budget(struct line *line, const struct check_view *view)
{
    uint32_t deviations = view->options->budget[BOUNDED_DEVIATION],
             faults = view->options->budget[BOUNDED_FAULT];
    if (deviations || !faults) {
        add(line, "%" PRIu32 " deviation%s over ", deviations, deviations == 1 ? "" : "s");
        add_points(line, view->survey, CHECK_WALKED);
    }
    if (faults) {
        add(line, "%s%" PRIu32 " kill%s at every point of ", deviations ? "; with " : "", faults,
            faults == 1 ? "" : "s");
        add_points(line, view->survey, CHECK_FAULT);
    }
}

static void add_excluded(struct line *line, const struct check_view *view)
{
    add(line, "excluded: lock preemptions (schedule/preempt)");
    for (size_t i = 0; i < view->survey->count; i++) {
        const struct check_surveyed *point = &view->survey->at[i];
        if (point->kind == CHECK_EXCLUDED && strncmp(point->point, "schedule/", 9) != 0)
            add(line, ", %s", point->point);
    }
    if (!view->options->budget[BOUNDED_FAULT])
        add(line, ", all faults");
    add(line, "; latency in %d buckets", BOUNDED_OPTIONS_MAX);
}

/* exhausted NAME: what: how many runs, how many violations, what was left out */
static void make_verdict(struct line *line, const struct check_view *view)
{
    const struct bounded_report *report = view->report;
    char number[NUMBER_BYTES];
    add(line, "%s %s: ", report->is_exhausted ? "exhausted" : "not exhausted", view->scenario->name);
    add_budget(line, view);
    add(line, ": %s run%s, %s, ", grouped(report->runs, number), report->runs == 1 ? "" : "s",
        view->failure ? "1 violation" : "0 violations");
    if (view->failure)
        add(line, "found with %" PRIu32 " step%s, ", view->failure_steps,
            view->failure_steps == 1 ? "" : "s");
    else if (view->has_diverged)
        add(line, "a run played twice was not the same, ");
    else if (!report->is_exhausted)
        add(line, "%s in the midst of runs of %" PRIu32 " step%s, ",
            view->is_interrupted ? "interrupted" : "no time left", report->whole_steps,
            report->whole_steps == 1 ? "" : "s");
    add_excluded(line, view);
}

/* --- for people ---------------------------------------------------------------------------------------------------- */

static void wipe(struct report *report)
{
    for (; report->drawn_lines; report->drawn_lines--)
        fputs("\033[A\r\033[K", report->out);
}

void check_report_begin(struct report *report, const struct check_view *view)
{
    const struct check_survey *survey = view->survey;
    char number[NUMBER_BYTES];
    if (report->kind == REPORT_JSONL)
        return;
    fprintf(report->out, "%s (%016" PRIx64 "): the uneventful run has %s events in %.1f virtual seconds\n",
            view->scenario->name, view->scenario->hash, grouped(survey->events, number),
            (double)survey->virtual_ns / 1e9);
    struct line line = {.used = 0};
    add(&line, "  walked    ");
    add_points(&line, survey, CHECK_WALKED);
    add(&line, "\n  faults    ");
    add_points(&line, survey, CHECK_FAULT);
    add(&line, "\n  excluded  ");
    add_points(&line, survey, CHECK_EXCLUDED);
    fprintf(report->out, "%s\n", line.text);
    fflush(report->out);
}

void check_report_progress(struct report *report, const struct check_view *view, uint32_t steps,
                           uint64_t played, uint64_t total, int64_t elapsed_ns)
{
    char done[NUMBER_BYTES], all[NUMBER_BYTES];
    if (report->kind == REPORT_JSONL ||
        elapsed_ns - report->told_ns < (report->kind == REPORT_TTY ? tty_every_ns : plain_every_ns))
        return;
    report->told_ns = elapsed_ns;
    wipe(report);
    fprintf(report->out, "%s  runs of %" PRIu32 " step%s: %s/%s  %.0f s\n", view->scenario->name, steps,
            steps == 1 ? "" : "s", grouped(played, done), grouped(total, all), (double)elapsed_ns / 1e9);
    report->drawn_lines = report->kind == REPORT_TTY;
    fflush(report->out);
}

static void indent(FILE *out, const char *text)
{
    fputs("  ", out);
    for (; *text; text++) {
        fputc(*text, out);
        if (*text == '\n' && text[1])
            fputs("  ", out);
    }
    fputc('\n', out);
}

static void put_text(FILE *out, const char *key, const char *value)
{
    fprintf(out, ",\"%s\":", key);
    json_text_write(out, value, strlen(value));
}

static void put_failure(FILE *out, const struct check_view *view)
{
    const struct score_failure *failure = view->failure;
    char path[SCORE_PATH_BYTES + 64];
    fputs("{\"type\":\"failure\"", out);
    put_text(out, "scenario", view->scenario->name);
    put_text(out, "property", failure->property);
    put_text(out, "signature", failure->signature);
    put_text(out, "message", failure->message);
    fprintf(out, ",\"steps\":%" PRIu32, view->failure_steps);
    if (failure->has_history)
        fprintf(out, ",\"virtual_seconds\":%.9f,\"history\":\"%016" PRIx64 "\"",
                (double)failure->time_ns / 1e9, failure->history);
    if (view->signature->has_trace) {
        snprintf(path, sizeof path, "%.4000s/trace.jsonl", view->signature->folder);
        put_text(out, "trace", path);
    }
    fputs("}\n", out);
    fflush(out);
}

void check_report_failure(struct report *report, const struct check_view *view)
{
    if (report->kind == REPORT_JSONL) {
        put_failure(report->out, view);
        return;
    }
    wipe(report);
    fprintf(report->out, "%s %s: %s\n", score_verdict(view->scenario), view->failure->property,
            view->failure->signature);
    indent(report->out, view->failure->message);
    if (view->signature->has_trace)
        fprintf(report->out, "  by trace (any build): millrace-sim replay %s/trace.jsonl\n",
                view->signature->folder);
    fflush(report->out);
}

void check_report_end(struct report *report, const struct check_view *view)
{
    const struct bounded_report *told = view->report;
    double runs = told->runs ? (double)told->runs : 1;
    if (report->kind == REPORT_JSONL) {
        check_report_summary(report->out, view);
        return;
    }
    wipe(report);
    fprintf(
        report->out,
        "  a run      %.0f events, %.0f decisions after its last step, %.1f virtual seconds, %.2f faults; "
        "%.1f runs/s (%.1f s, CPU %.1f s)\n",
        (double)told->sums[CHECK_EVENTS] / runs, (double)told->sums[CHECK_OFFERS] / runs,
        (double)told->sums[CHECK_VIRTUAL_NS] / 1e9 / runs, (double)told->sums[CHECK_STRIKES] / runs,
        view->wall_seconds > 0 ? (double)told->runs / view->wall_seconds : 0, view->wall_seconds,
        view->cpu_seconds);
    if (told->sums[CHECK_GUARD_OFF])
        fprintf(report->out, "  the guard against unforeseen system calls was off\n");
    if (told->is_exhausted)
        fprintf(report->out, "  histories  %016" PRIx64 " in sum: the same in every build\n",
                told->sums[CHECK_HISTORIES]);
    fprintf(report->out, "  report     %s\n", view->artefacts->directory);
    struct line line = {.used = 0};
    make_verdict(&line, view);
    fprintf(report->out, "%s\n", line.text);
    fflush(report->out);
}

/* --- for programs -------------------------------------------------------------------------------------------------- */

static void put_points(FILE *out, const char *key, const struct check_survey *survey, enum check_kind kind)
{
    bool is_first = true;
    fprintf(out, ",\"%s\":{", key);
    for (size_t i = 0; i < survey->count; i++) {
        if (survey->at[i].kind != kind)
            continue;
        fprintf(out, "%s\"%s\":%" PRIu64, is_first ? "" : ",", survey->at[i].point, survey->at[i].count);
        is_first = false;
    }
    fputc('}', out);
}

static void put_sums(FILE *out, const struct check_view *view)
{
    const struct bounded_report *report = view->report;
    double runs = report->runs ? (double)report->runs : 1;
    fprintf(out,
            ",\"means\":{\"events\":%.3f,\"decisions\":%.3f,\"virtual_seconds\":%.6f,\"faults\":%.3f,"
            "\"rebalances\":%.3f}",
            (double)report->sums[CHECK_EVENTS] / runs, (double)report->sums[CHECK_OFFERS] / runs,
            (double)report->sums[CHECK_VIRTUAL_NS] / 1e9 / runs, (double)report->sums[CHECK_STRIKES] / runs,
            (double)report->sums[CHECK_REBALANCES] / runs);
}

void check_report_summary(FILE *out, const struct check_view *view)
{
    const struct bounded_report *report = view->report;
    struct line line = {.used = 0};
    make_verdict(&line, view);
    fputs("{\"type\":\"summary\"", out);
    put_text(out, "scenario", view->scenario->name);
    fprintf(out, ",\"exhausted\":%s,\"max_deviations\":%" PRIu32 ",\"max_faults\":%" PRIu32,
            report->is_exhausted ? "true" : "false", view->options->budget[BOUNDED_DEVIATION],
            view->options->budget[BOUNDED_FAULT]);
    fprintf(out, ",\"runs\":%" PRIu64 ",\"runs_by_steps\":[", report->runs);
    for (uint32_t i = 0; i <= BOUNDED_STEPS_MAX && (i == 0 || report->runs_by_steps[i]); i++)
        fprintf(out, "%s%" PRIu64, i ? "," : "", report->runs_by_steps[i]);
    fprintf(out, "],\"replays\":%" PRIu64 ",\"failures\":%d,\"signatures\":[", report->replays,
            view->failure != NULL);
    if (view->failure)
        json_text_write(out, view->failure->signature, strlen(view->failure->signature));
    fputc(']', out);
    if (view->failure)
        fprintf(out, ",\"steps\":%" PRIu32, view->failure_steps);
    put_points(out, "walked", view->survey, CHECK_WALKED);
    put_points(out, "faults", view->survey, CHECK_FAULT);
    put_points(out, "excluded", view->survey, CHECK_EXCLUDED);
    put_sums(out, view);
    fprintf(out,
            ",\"wall_seconds\":%.6f,\"cpu_seconds\":%.6f,\"runs_per_second\":%.3f,\"diverged\":%s,"
            "\"scenario_hash\":\"%016" PRIx64 "\",\"guard\":\"%s\"",
            view->wall_seconds, view->cpu_seconds,
            view->wall_seconds > 0 ? (double)report->runs / view->wall_seconds : 0,
            view->has_diverged ? "true" : "false", view->scenario->hash,
            report->runs && !report->sums[CHECK_GUARD_OFF] ? "on" : "off");
    fprintf(out, ",\"histories\":\"%016" PRIx64 "\"", report->sums[CHECK_HISTORIES]);
    put_text(out, "verdict", line.text);
    put_text(out, "artefacts", view->artefacts->directory);
    fprintf(out, ",\"exit\":%d}\n", view->exit_code);
    fflush(out);
}
