/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_github: one annotation for each signature, divergence and reason of an inconclusive run, as GitHub Actions' workflow
 * commands ("::error title=..::message"); and a table in the job's summary, where GITHUB_STEP_SUMMARY names a file.
 */
#include "sim/cli/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* In a message %, CR and LF are written as URLs have them; in a property : and , too. */
static void put_escaped(FILE *out, const char *text, const char *special)
{
    for (const char *at = text; *at; at++)
        if (strchr(special, *at))
            fprintf(out, "%%%02X", (unsigned char)*at);
        else
            fputc(*at, out);
}

static void put_message(FILE *out, const char *text)
{
    put_escaped(out, text, "%\r\n");
}

static void begin_command(FILE *out, const char *level, const struct report_run *run, const char *what)
{
    fprintf(out, "::%s title=", level);
    put_escaped(out, run->scenario->name, "%\r\n:,");
    put_escaped(out, ": ", "%\r\n:,");
    put_escaped(out, what, "%\r\n:,");
    fputs("::", out);
}

static void tell_signature(FILE *out, const struct report_run *run, const struct score_signature *signature)
{
    char line[SCORE_LINE_BYTES + 64];
    begin_command(out, "error", run, signature->signature);
    put_message(out, score_verdict(run->scenario));
    put_message(out, ": ");
    score_how_often(run->score, signature, line);
    put_message(out, line);
    put_message(out, "\n");
    put_message(out, signature->message);
    put_message(out, signature->seed_count ? "\nby seed (this build): " : "\nregression, by trace: ");
    score_replay_line(signature, run->argument, line);
    put_message(out, line);
    if (signature->has_trace) {
        snprintf(line, sizeof line, "\nby trace (any build): millrace-sim replay %.4000s/trace.jsonl",
                 signature->folder);
        put_message(out, line);
    }
    fputc('\n', out);
}

struct complaining {
    FILE *out;
    const struct report_run *run;
};

static void tell_complaint(void *opaque, const char *line)
{
    const struct complaining *complaining = opaque;
    begin_command(complaining->out, "warning", complaining->run, "inconclusive");
    put_message(complaining->out, line);
    fputc('\n', complaining->out);
}

static void tell_divergence(struct report *report, const struct report_run *run, uint64_t seed,
                            const char *text)
{
    char what[64];
    snprintf(what, sizeof what, "seed %" PRIu64 " did not repeat", seed);
    begin_command(report->out, "error", run, what);
    put_message(report->out, text);
    fputc('\n', report->out);
    fflush(report->out);
}

/* A file of the runner's: where it cannot be written the annotations are still there. */
static void write_summary(const struct report_run *run)
{
    const struct score *score = run->score;
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    FILE *out = path && *path ? fopen(path, "a") : NULL;
    if (!out)
        return;
    fprintf(out,
            "### %s\n\n%" PRIu64 " seeds, %" PRIu64 " failures, %.0f virtual seconds in %.0f CPU seconds\n\n",
            run->scenario->name, score->seeds, score->failures, score->virtual_seconds, score->cpu_seconds);
    if (score->signature_count)
        fputs("| signature | how often | to see it again |\n|---|---|---|\n", out);
    for (size_t i = 0; i < score->signature_count; i++) {
        const struct score_signature *signature = &score->signatures[i];
        char often[SCORE_LINE_BYTES], line[SCORE_LINE_BYTES];
        score_how_often(score, signature, often);
        score_replay_line(signature, run->argument, line);
        fprintf(out, "| %s | %s | `%s` |\n", signature->signature, often, line);
    }
    fputc('\n', out);
    fclose(out);
}

static void tell_end(struct report *report, const struct report_run *run)
{
    for (size_t i = 0; i < run->score->signature_count; i++)
        tell_signature(report->out, run, &run->score->signatures[i]);
    score_complaints(run->score, run->scenario, tell_complaint, &(struct complaining){report->out, run});
    fflush(report->out);
    write_summary(run);
}

const struct report_class report_github = {.name = "github", .divergence = tell_divergence, .end = tell_end};
