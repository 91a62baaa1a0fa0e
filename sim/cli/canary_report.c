/* SPDX-License-Identifier: Apache-2.0 */
/* canary_report: what came of the hunts, as a table for people or JSON lines for programs. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/canary.h"
#include "traces/json_text.h"

/* --- medians -------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, compare);
    return count ? (values[(count - 1) / 2] + values[count / 2]) / 2 : 0;
}

struct canary_verdict canary_judge(const struct canary_hunt *hunts, unsigned count)
{
    double seeds[CANARY_REPETITIONS_MAX], cpu[CANARY_REPETITIONS_MAX], virtual[CANARY_REPETITIONS_MAX],
        deviations[CANARY_REPETITIONS_MAX];
    struct canary_verdict verdict = {.canary = hunts->canary, .hunts = hunts, .hunt_count = count};
    bool is_control = hunts->canary->kind == CANARY_CONTROL;
    unsigned taken = 0, shrunk = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct canary_hunt *hunt = &hunts[i];
        bool counts = is_control ? hunt->has_failed : hunt->has_failed && hunt->is_expected;
        verdict.has_problem |= hunt->problem[0] != 0;
        verdict.failed_count += counts;
        /* A failure by another property says more than none. */
        if (hunt->has_failed && (!verdict.example || (counts && verdict.failed_count == 1)))
            verdict.example = hunt;
        if (!counts && !is_control)
            continue;
        seeds[taken] = (double)hunt->seeds;
        cpu[taken] = hunt->cpu_seconds;
        virtual[taken++] = hunt->virtual_seconds;
        if (hunt->deviations >= 0)
            deviations[shrunk++] = (double)hunt->deviations;
    }
    verdict.seeds = median(seeds, taken);
    verdict.cpu_seconds = median(cpu, taken);
    verdict.virtual_seconds = median(virtual, taken);
    verdict.deviations = shrunk ? median(deviations, shrunk) : -1;
    verdict.is_good = !verdict.has_problem && verdict.failed_count == (is_control ? 0 : count);
    return verdict;
}

/* --- for people ----------------------------------------------------------------------------------------- */

static void tell_verdict(FILE *out, const struct canary_verdict *verdict)
{
    bool is_control = verdict->canary->kind == CANARY_CONTROL;
    const struct canary_hunt *example = verdict->example;
    const char *word = verdict->is_good                          ? (is_control ? "clean" : "found")
                       : is_control && verdict->failed_count > 0 ? "ACCUSED"
                       : verdict->has_problem                    ? "UNKNOWN"
                                                                 : "MISSED";
    char deviations[24] = "-";
    if (verdict->deviations >= 0)
        snprintf(deviations, sizeof deviations, "%.0f", verdict->deviations);
    fprintf(out, "%-32s %-8s %-7s %2u/%-2u %7.0f %8.2f %10.0f %10s  %s%s\n", verdict->canary->name,
            canary_kind_name(verdict->canary->kind), word, verdict->failed_count, verdict->hunt_count,
            verdict->seeds, verdict->cpu_seconds, verdict->virtual_seconds, deviations,
            example ? example->signature : "",
            example && !is_control && !example->is_expected ? " (not what was planted)" : "");
    for (unsigned i = 0; i < verdict->hunt_count; i++)
        if (verdict->hunts[i].problem[0])
            fprintf(out, "  repetition %u: %s\n", i + 1, verdict->hunts[i].problem);
    fflush(out);
}

static void tell_total(FILE *out, const struct canary_total *total)
{
    fprintf(out, "%u of %u canaries found, %u of %u controls accused (%.1f s, CPU %.1f s); artefacts: %s\n",
            total->found, total->canaries, total->accused, total->controls, total->wall_seconds,
            total->cpu_seconds, total->directory);
    fflush(out);
}

/* --- for programs: keys are only ever added --------------------------------------------------------------- */

static void put_text(FILE *out, const char *key, const char *value)
{
    fprintf(out, ",\"%s\":", key);
    json_text_write(out, value, strlen(value));
}

static void put_failure(FILE *out, const struct canary_hunt *hunt)
{
    fprintf(out, ",\"seed\":%" PRIu64, hunt->seed);
    put_text(out, "property", hunt->property);
    put_text(out, "signature", hunt->signature);
    if (hunt->deviations >= 0)
        fprintf(out, ",\"deviations\":%" PRId64, hunt->deviations);
    if (*hunt->trace)
        put_text(out, "trace", hunt->trace);
}

static void put_hunt(FILE *out, const struct canary_hunt *hunt)
{
    fprintf(out, "{\"found\":%s,\"seeds\":%" PRIu64 ",\"cpu_seconds\":%.6f,\"virtual_seconds\":%.6f",
            hunt->has_failed && hunt->is_expected ? "true" : "false", hunt->seeds, hunt->cpu_seconds,
            hunt->virtual_seconds);
    if (hunt->has_failed)
        put_failure(out, hunt);
    if (*hunt->problem)
        put_text(out, "problem", hunt->problem);
    fputc('}', out);
}

static void put_verdict(FILE *out, const struct canary_verdict *verdict)
{
    const struct canary *canary = verdict->canary;
    fputs("{\"type\":\"canary\"", out);
    put_text(out, "name", canary->name);
    put_text(out, "kind", canary_kind_name(canary->kind));
    put_text(out, "what", canary->what);
    put_text(out, "rows", canary->rows);
    put_text(out, "scenario", canary->scenario);
    if (canary->kind == CANARY_CONTROL)
        fprintf(out, ",\"accused\":%s", verdict->failed_count ? "true" : "false");
    else
        fprintf(out, ",\"found\":%s,\"times_found\":%u", verdict->is_good ? "true" : "false",
                verdict->failed_count);
    fprintf(out, ",\"repetitions\":%u,\"seeds\":%.1f,\"cpu_seconds\":%.6f,\"virtual_seconds\":%.6f",
            verdict->hunt_count, verdict->seeds, verdict->cpu_seconds, verdict->virtual_seconds);
    if (verdict->example)
        put_failure(out, verdict->example);
    fputs(",\"hunts\":[", out);
    for (unsigned i = 0; i < verdict->hunt_count; i++) {
        fputs(i ? "," : "", out);
        put_hunt(out, &verdict->hunts[i]);
    }
    fputs("]}\n", out);
    fflush(out);
}

static void put_names(FILE *out, const char *key, const struct canary_verdict *verdicts, size_t count,
                      bool is_control)
{
    bool has_one = false;
    fprintf(out, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        const struct canary *canary = verdicts[i].canary;
        if (verdicts[i].is_good || (canary->kind == CANARY_CONTROL) != is_control ||
            (is_control && verdicts[i].failed_count == 0)) /* it could not be played: nobody is accused */
            continue;
        fputs(has_one ? "," : "", out);
        json_text_write(out, canary->name, strlen(canary->name));
        has_one = true;
    }
    fputc(']', out);
}

static void put_total(FILE *out, const struct canary_verdict *verdicts, size_t count,
                      const struct canary_total *total)
{
    fprintf(out,
            "{\"type\":\"summary\",\"canaries\":%u,\"found\":%u,\"controls\":%u,\"accused\":%u,"
            "\"repetitions\":%u",
            total->canaries, total->found, total->controls, total->accused, total->repetitions);
    put_names(out, "missed", verdicts, count, false);
    put_names(out, "accused_controls", verdicts, count, true);
    fprintf(out, ",\"wall_seconds\":%.6f,\"cpu_seconds\":%.6f", total->wall_seconds, total->cpu_seconds);
    put_text(out, "artefacts", total->directory);
    fprintf(out, ",\"exit\":%d}\n", total->exit_code);
    fflush(out);
}

/* -------------------------------------------------------------------------------------------------------- */

void canary_report_begin(enum report_kind kind, FILE *out, unsigned repetitions)
{
    if (kind == REPORT_JSONL)
        return;
    fprintf(out, "%-32s %-8s %-7s %5s %7s %8s %10s %10s  %s\n", "", "", "", "times", "seeds", "CPU s",
            "virtual s", "deviations", "by");
    if (repetitions > 1)
        fprintf(out, "%-49s %5s (medians of %u repetitions, each with other seeds)\n", "", "", repetitions);
    fflush(out);
}

void canary_report_verdict(enum report_kind kind, FILE *out, const struct canary_verdict *verdict)
{
    if (kind == REPORT_JSONL)
        put_verdict(out, verdict);
    else
        tell_verdict(out, verdict);
}

void canary_report_end(enum report_kind kind, FILE *out, const struct canary_verdict *verdicts, size_t count,
                       const struct canary_total *total)
{
    if (kind == REPORT_JSONL)
        put_total(out, verdicts, count, total);
    else
        tell_total(out, total);
}
