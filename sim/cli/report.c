/* SPDX-License-Identifier: Apache-2.0 */
/* Which class tells what is in that class's own file. */
#include "sim/cli/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct report_class *const classes[REPORT_KINDS] = {
    [REPORT_TTY] = &report_tty,       [REPORT_PLAIN] = &report_plain, [REPORT_JSONL] = &report_jsonl,
    [REPORT_GITHUB] = &report_github, [REPORT_JUNIT] = &report_junit,
};

const char *report_name(enum report_kind kind)
{
    return classes[kind]->name;
}

bool report_add_output(enum report_kind kinds[REPORT_STREAMS], size_t *count, const char *value,
                       char error_out[OPTIONS_ERROR_BYTES])
{
    for (int kind = 0; kind < REPORT_STREAMS; kind++) {
        if (strcmp(value, classes[kind]->name) != 0)
            continue;
        for (size_t i = 0; i < *count; i++)
            if (kinds[i] == (enum report_kind)kind)
                return true;
        kinds[(*count)++] = (enum report_kind)kind;
        return true;
    }
    snprintf(error_out, OPTIONS_ERROR_BYTES, "expected tty, plain or jsonl");
    return false;
}

bool report_init(struct report *report, enum report_kind kind, FILE *out, const char *path)
{
    const char *no_color = getenv("NO_COLOR"), *ci = getenv("CI"), *term = getenv("TERM");
    *report = (struct report){.kind = kind, .out = path ? fopen(path, "w") : out};
    report->is_coloured = (kind == REPORT_TTY || kind == REPORT_PLAIN) && isatty(fileno(out)) &&
                          !(no_color && *no_color) && !(ci && *ci) && !(term && strcmp(term, "dumb") == 0);
    return report->out;
}

bool report_close(struct report *report)
{
    return report->kind != REPORT_JUNIT || fclose(report->out) == 0;
}

void report_begin(struct report *report, const struct report_run *run)
{
    report->told_ns = 0;
    report->drawn_lines = 0;
    if (classes[report->kind]->begin)
        classes[report->kind]->begin(report, run);
}

void report_progress(struct report *report, const struct report_run *run, uint64_t played, int64_t elapsed_ns)
{
    if (classes[report->kind]->progress)
        classes[report->kind]->progress(report, run, played, elapsed_ns);
}

void report_failure(struct report *report, const struct report_run *run, const struct score_failure *failure,
                    const struct score_signature *signature)
{
    if (classes[report->kind]->failure)
        classes[report->kind]->failure(report, run, failure, signature);
}

void report_divergence(struct report *report, const struct report_run *run, uint64_t seed, const char *text)
{
    if (classes[report->kind]->divergence)
        classes[report->kind]->divergence(report, run, seed, text);
}

void report_regressions(struct report *report, const struct report_run *run)
{
    if (classes[report->kind]->regressions)
        classes[report->kind]->regressions(report, run);
}

void report_shrunk(struct report *report, const struct report_run *run,
                   const struct score_signature *signature)
{
    if (classes[report->kind]->shrunk)
        classes[report->kind]->shrunk(report, run, signature);
}

void report_end(struct report *report, const struct report_run *run)
{
    if (classes[report->kind]->end)
        classes[report->kind]->end(report, run);
}
