/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_junit: JUnit's XML, as CI systems read it. A scenario is a test suite. Its test cases are the signatures that came up (failures),
 * the properties that held, what had to happen sometimes (an error where it never did), and the worlds played twice.
 * The file is whole after each scenario. Bytes beyond ASCII and control characters are written as '?'.
 */
#include "sim/cli/report.h"

#include <inttypes.h>
#include <string.h>
#include "sim/cli/version.h"

static const char ending[] = "</testsuites>\n";

static void put_text(FILE *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        switch (*at) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\n':
            fputs("&#10;", out);
            break;
        default:
            fputc(*at >= ' ' && *at < 0x7f ? *at : '?', out);
        }
    }
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    put_text(out, value);
    fputc('"', out);
}

static void put_property(FILE *out, const char *name, const char *value)
{
    fputs("      <property", out);
    put_attribute(out, "name", name);
    put_attribute(out, "value", value);
    fputs("/>\n", out);
}

static void begin_case(FILE *out, const struct report_run *run, const char *name)
{
    fputs("    <testcase", out);
    put_attribute(out, "classname", run->scenario->name);
    put_attribute(out, "name", name);
}

static void put_bad_case(FILE *out, const struct report_run *run, const char *name, const char *how,
                         const char *message)
{
    begin_case(out, run, name);
    fprintf(out, ">\n      <%s", how);
    put_attribute(out, "message", message);
    fprintf(out, "/>\n    </testcase>\n");
}

static void put_signature(FILE *out, const struct report_run *run, const struct score_signature *signature)
{
    begin_case(out, run, signature->signature);
    fputs(">\n      <failure", out);
    put_attribute(out, "type", signature->property);
    put_attribute(out, "message", signature->message);
    char line[SCORE_LINE_BYTES];
    score_how_often(run->score, signature, line);
    fprintf(out, ">%s: ", score_verdict(run->scenario));
    put_text(out, line);
    fputs(signature->seed_count ? "\nby seed (this build): " : "\nregression, by trace: ", out);
    score_replay_line(signature, run->argument, line);
    put_text(out, line);
    fputc('\n', out);
    if (signature->has_trace) {
        fputs("by trace (any build): millrace-sim replay ", out);
        put_text(out, signature->folder);
        fputs("/trace.jsonl\n", out);
    }
    fputs("</failure>\n    </testcase>\n", out);
}

static bool has_failed(const struct score *score, const char *property)
{
    for (size_t i = 0; i < score->signature_count; i++)
        if (strcmp(score->signatures[i].property, property) == 0)
            return true;
    return false;
}

static uint64_t judged(const struct score *score, const char *property)
{
    for (size_t i = 0; i < score->observed.count; i++)
        if (strcmp(score->observed.at[i].name, property) == 0)
            return score->observed.at[i].count;
    return 0;
}

/* What is written, or, with out NULL, only counted. */
struct suite {
    FILE *out;
    const struct report_run *run;
    uint64_t tests, failures, errors;
};

static void add_property(struct suite *suite, const char *name)
{
    if (has_failed(suite->run->score, name))
        return; /* its signatures stand for it */
    suite->tests++;
    bool is_good = judged(suite->run->score, name) > 0;
    suite->errors += !is_good;
    if (suite->out && is_good) {
        begin_case(suite->out, suite->run, name);
        fputs("/>\n", suite->out);
    } else if (suite->out) {
        put_bad_case(suite->out, suite->run, name, "error", "judged no event");
    }
}

static void add_properties(struct suite *suite)
{
    const struct scenario *scenario = suite->run->scenario;
    const struct score_counters *all = &suite->run->score->observed;
    for (size_t i = 0; i < scenario->never_count; i++)
        add_property(suite, scenario->never[i]);
    for (size_t i = 0; i < scenario->eventually_count; i++)
        add_property(suite, scenario->eventually[i]);
    if (scenario->never_count + scenario->eventually_count)
        return;
    for (size_t i = 0; i < all->count; i++)
        if (!scenario_names(scenario->allow, scenario->allow_count, all->at[i].name))
            add_property(suite, all->at[i].name);
}

static void add_sometimes(struct suite *suite)
{
    const struct scenario *scenario = suite->run->scenario;
    const struct score_counters *met = &suite->run->score->sometimes;
    for (size_t i = 0; i < met->count; i++) {
        if (!scenario_names(scenario->sometimes, scenario->sometimes_count, met->at[i].name))
            continue;
        char name[PLAY_NAME_BYTES + 16];
        snprintf(name, sizeof name, "sometimes %s", met->at[i].name);
        suite->tests++;
        suite->errors += met->at[i].count == 0;
        if (suite->out && met->at[i].count) {
            begin_case(suite->out, suite->run, name);
            fputs("/>\n", suite->out);
        } else if (suite->out) {
            put_bad_case(suite->out, suite->run, name, "error", "never happened");
        }
    }
}

static void add_cases(struct suite *suite)
{
    const struct score *score = suite->run->score;
    suite->tests = suite->failures = score->signature_count;
    for (size_t i = 0; suite->out && i < score->signature_count; i++)
        put_signature(suite->out, suite->run, &score->signatures[i]);
    add_properties(suite);
    add_sometimes(suite);
    if (score->diverged) {
        suite->tests++;
        suite->failures++;
        if (suite->out)
            put_bad_case(suite->out, suite->run, "determinism", "failure",
                         "a world played twice was not the same");
    }
}

static void tell_end(struct report *report, const struct report_run *run)
{
    FILE *out = report->out;
    const struct score *score = run->score;
    struct suite counted = {.run = run}, written = {.out = out, .run = run};
    char text[64];
    if (ftell(out) == 0)
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"millrace-sim\">\n", out);
    else
        fseek(out, -(long)strlen(ending), SEEK_END);
    add_cases(&counted);
    fputs("  <testsuite", out);
    put_attribute(out, "name", run->scenario->name);
    fprintf(out,
            " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"%" PRIu64 "\" time=\"%.3f\">\n"
            "    <properties>\n",
            counted.tests, counted.failures, counted.errors, score->wall_seconds);
    put_property(out, "commit", version_commit());
    snprintf(text, sizeof text, "%016" PRIx64, run->scenario->hash);
    put_property(out, "scenario_hash", text);
    snprintf(text, sizeof text, "%" PRIu64, score->seeds);
    put_property(out, "seeds", text);
    fputs("    </properties>\n", out);
    add_cases(&written);
    fputs("  </testsuite>\n", out);
    fputs(ending, out);
    fflush(out);
}

const struct report_class report_junit = {.name = "junit", .end = tell_end};
