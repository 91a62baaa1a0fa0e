/* SPDX-License-Identifier: Apache-2.0 */
/* Outside programs read these objects: keys are only ever added. */
#include "sim/cli/report.h"

#include <inttypes.h>
#include <string.h>
#include "traces/json_text.h"

static void put_text(FILE *out, const char *key, const char *value)
{
    fprintf(out, ",\"%s\":", key);
    json_text_write(out, value, strlen(value));
}

static void put_number(FILE *out, const char *key, uint64_t value)
{
    fprintf(out, ",\"%s\":%" PRIu64, key, value);
}

static void put_counters(FILE *out, const char *key, const struct score_counters *counters)
{
    fprintf(out, ",\"%s\":{", key);
    for (size_t i = 0; i < counters->count; i++) {
        if (i)
            fputc(',', out);
        json_text_write(out, counters->at[i].name, strlen(counters->at[i].name));
        fprintf(out, ":%" PRIu64, counters->at[i].count);
    }
    fputc('}', out);
}

/* Says so where failures may be the protocol's. */
static void put_profile(FILE *out, const struct scenario *scenario)
{
    if (score_is_hazard(scenario))
        put_text(out, "profile", "protocol-hazard");
}

static void tell_failure(struct report *report, const struct report_run *run,
                         const struct score_failure *failure, const struct score_signature *signature)
{
    FILE *out = report->out;
    char line[SCORE_PATH_BYTES + 64];
    fputs("{\"type\":\"failure\"", out);
    put_text(out, "scenario", run->scenario->name);
    if (failure->regression)
        put_text(out, "regression", failure->regression);
    else
        put_number(out, "seed", failure->seed);
    put_text(out, "property", failure->property);
    put_text(out, "signature", failure->signature);
    put_text(out, "message", failure->message);
    put_profile(out, run->scenario);
    if (failure->has_history) {
        fprintf(out, ",\"virtual_seconds\":%.9f,\"history\":\"%016" PRIx64 "\"",
                (double)failure->time_ns / 1e9, failure->history);
        put_number(out, "findings", failure->finding_count);
    }
    snprintf(line, sizeof line, "millrace-sim replay %.2000s --seed %" PRIu64, run->argument, failure->seed);
    if (failure->regression)
        snprintf(line, sizeof line, "millrace-sim replay %.4000s/trace.jsonl", signature->folder);
    put_text(out, "replay", line);
    if (signature->has_trace && signature->count == 1) {
        snprintf(line, sizeof line, "%.4000s/trace.jsonl", signature->folder);
        put_text(out, "trace", line);
    }
    fputs("}\n", out);
    fflush(out);
}

static void tell_divergence(struct report *report, const struct report_run *run, uint64_t seed,
                            const char *text)
{
    FILE *out = report->out;
    fputs("{\"type\":\"divergence\"", out);
    put_text(out, "scenario", run->scenario->name);
    put_number(out, "seed", seed);
    put_text(out, "message", text);
    fputs("}\n", out);
    fflush(out);
}

static void tell_regressions(struct report *report, const struct report_run *run)
{
    FILE *out = report->out;
    fputs("{\"type\":\"regressions\"", out);
    put_text(out, "scenario", run->scenario->name);
    put_number(out, "passed", run->score->regressions - run->score->regressions_failed);
    put_number(out, "total", run->score->regressions);
    fputs("}\n", out);
    fflush(out);
}

/* What is known of the shrunk trace of a signature. */
static void put_shrunk(FILE *out, const struct score_signature *signature)
{
    put_number(out, "recorded", signature->recorded);
    put_number(out, "deviations", signature->deviations);
    put_number(out, "plays", signature->shrink_plays);
    fprintf(out, ",\"minimal\":%s", signature->is_shrink_cut_short ? "false" : "true");
}

static void tell_shrunk(struct report *report, const struct report_run *run,
                        const struct score_signature *signature)
{
    FILE *out = report->out;
    char path[SCORE_PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/trace.min.jsonl", signature->folder);
    fputs("{\"type\":\"shrunk\"", out);
    put_text(out, "scenario", run->scenario->name);
    put_text(out, "signature", signature->signature);
    put_shrunk(out, signature);
    put_text(out, "trace", path);
    fputs("}\n", out);
    fflush(out);
}

static void put_signatures(FILE *out, const struct score *score)
{
    fputs(",\"signatures\":[", out);
    for (size_t i = 0; i < score->signature_count; i++) {
        if (i)
            fputc(',', out);
        json_text_write(out, score->signatures[i].signature, strlen(score->signatures[i].signature));
    }
    fputc(']', out);
}

/* The same, with what is known of each. */
static void put_kinds(FILE *out, const struct score *score)
{
    fputs(",\"kinds\":[", out);
    for (size_t i = 0; i < score->signature_count; i++) {
        const struct score_signature *signature = &score->signatures[i];
        fputs(i ? ",{\"signature\":" : "{\"signature\":", out);
        json_text_write(out, signature->signature, strlen(signature->signature));
        put_text(out, "property", signature->property);
        put_number(out, "count", signature->count);
        if (signature->regression)
            put_text(out, "regression", signature->regression);
        else
            put_number(out, "seed", signature->seed_first);
        fputs(",\"seeds\":[", out);
        for (size_t j = 0; j < signature->seed_count; j++)
            fprintf(out, "%s%" PRIu64, j ? "," : "", signature->seeds[j]);
        fputc(']', out);
        if (signature->is_shrunk)
            put_shrunk(out, signature);
        fputc('}', out);
    }
    fputc(']', out);
}

struct complaints {
    FILE *out;
    bool has_one;
};

static void put_complaint(void *opaque, const char *line)
{
    struct complaints *complaints = opaque;
    if (complaints->has_one)
        fputc(',', complaints->out);
    json_text_write(complaints->out, line, strlen(line));
    complaints->has_one = true;
}

static void put_means(FILE *out, const struct score *score)
{
    double worlds = score->worlds ? (double)score->worlds : 1;
    fprintf(out,
            ",\"means\":{\"events\":%.3f,\"faults\":%.3f,\"rebalances\":%.3f,\"virtual_seconds\":%.6f,"
            "\"kills\":%.3f,\"pauses\":%.3f,\"resets\":%.3f,\"duplicates\":%.3f}",
            (double)score->events / worlds, (double)score->faults / worlds,
            (double)score->rebalances / worlds, score->virtual_seconds / worlds,
            (double)score->kills / worlds, (double)score->pauses / worlds, (double)score->resets / worlds,
            (double)score->duplicates / worlds);
}

void report_jsonl_summary(FILE *out, const struct report_run *run)
{
    const struct score *score = run->score;
    fputs("{\"type\":\"summary\"", out);
    put_text(out, "scenario", run->scenario->name);
    put_number(out, "seeds", score->seeds);
    put_number(out, "failures", score->failures);
    put_signatures(out, score);
    fprintf(out,
            ",\"virtual_seconds\":%.6f,\"wall_seconds\":%.6f,\"cpu_seconds\":%.6f,\"seeds_per_second\":%.3f",
            score->virtual_seconds, score->wall_seconds, score->cpu_seconds,
            score->wall_seconds > 0 ? (double)score->seeds / score->wall_seconds : 0);
    fprintf(out, ",\"determinism\":{\"checked\":%" PRIu64 ",\"diverged\":%" PRIu64 "}", score->checked,
            score->diverged);
    fprintf(out, ",\"regressions\":{\"passed\":%" PRIu64 ",\"total\":%" PRIu64 "}",
            score->regressions - score->regressions_failed, score->regressions);
    put_counters(out, "observed", &score->observed);
    put_counters(out, "sometimes", &score->sometimes);
    put_counters(out, "known", &score->known);
    put_counters(out, "allowed", &score->allowed);
    fprintf(out, ",\"scenario_hash\":\"%016" PRIx64 "\"", run->scenario->hash);
    put_means(out, score);
    put_kinds(out, score);
    put_profile(out, run->scenario);
    put_text(out, "guard", score->worlds && !score->guard_was_off ? "on" : "off");
    struct complaints complaints = {.out = out};
    fputs(",\"inconclusive\":[", out);
    score_complaints(score, run->scenario, put_complaint, &complaints);
    fprintf(out, "],\"exit\":%d", score_exit_code(score, run->scenario));
    put_text(out, "artefacts", run->artefacts->directory);
    fputs("}\n", out);
    fflush(out);
}

static void tell_end(struct report *report, const struct report_run *run)
{
    report_jsonl_summary(report->out, run);
}

const struct report_class report_jsonl = {.name = "jsonl",
                                          .failure = tell_failure,
                                          .divergence = tell_divergence,
                                          .regressions = tell_regressions,
                                          .shrunk = tell_shrunk,
                                          .end = tell_end};
