/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for worlds: what happens at which seed is in the scenario's text, as words like "fail=3 die=5".
 * It lets the command line be tested in every outcome without waiting for worlds.
 *
 *   fail=S, fail2=S   a finding at seed S (of another kind: fail2)
 *   all-fail          at every seed
 *   needs-pick        only if its one pick is not 0
 *   hazard            of the protocol-hazard profile
 *   die=S             the process aborts
 *   fill=S            the history depends on fresh memory
 *   vacuous           no property judges anything
 *   sometimes=N       the probe is hit at seed N
 *
 * In the environment: FAKE_CHANGED: another commit, whose worlds are others from event 701 on. FAKE_FIXED, FAKE_OTHER:
 * nothing fails any more, or with another signature.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/play.h"
#include "sim/world/history.h"

static bool has_word(const char *text, const char *word)
{
    size_t bytes = strlen(word);
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        if ((at == text || at[-1] == ' ') && strchr(" \n", at[bytes]))
            return true;
    return false;
}

/* Is there a word NAME=seed? */
static bool is_at(const char *text, const char *name, uint64_t seed)
{
    char word[64];
    snprintf(word, sizeof word, "%s=%llu", name, (unsigned long long)seed);
    return has_word(text, word);
}

static char *copy(const char *text)
{
    return strdup(text);
}

struct scenario *scenario_parse(const char *text, size_t bytes, const char *origin,
                                char error_out[SCENARIO_ERROR_BYTES])
{
    if (bytes < 6 || strncmp(text, "fake: ", 6) != 0) {
        snprintf(error_out, SCENARIO_ERROR_BYTES, "%s:1: no fake", origin);
        return NULL;
    }
    struct scenario *scenario = calloc(1, sizeof *scenario);
    scenario->name = copy("fake");
    scenario->text = strndup(text, bytes);
    scenario->hash = 0xfa4e;
    scenario->profile = has_word(scenario->text, "hazard") ? FAULT_PROTOCOL_HAZARD : FAULT_RECOVERABLE;
    scenario->sometimes[scenario->sometimes_count++] = copy("rebalance");
    return scenario;
}

struct scenario *scenario_load(const char *name, char error_out[SCENARIO_ERROR_BYTES])
{
    char text[1024];
    if (strcmp(name, "pipeline-churn") == 0)
        return scenario_parse("fake: sometimes=1", 17, name, error_out);
    FILE *in = fopen(name, "r");
    if (!in) {
        snprintf(error_out, SCENARIO_ERROR_BYTES, "%s: no such scenario", name);
        return NULL;
    }
    size_t bytes = fread(text, 1, sizeof text, in);
    fclose(in);
    return scenario_parse(text, bytes, name, error_out);
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    free(scenario->name);
    free(scenario->text);
    free(scenario->sometimes[0]);
    free(scenario);
}

/* Words of the text: "broker-bug=NAME". */
void scenario_plant(struct scenario *scenario, const char *const *bugs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text;
        if (asprintf(&text, "%.*s broker-bug=%s\n", (int)strcspn(scenario->text, "\n"), scenario->text,
                     bugs[i]) < 0)
            abort();
        free(scenario->text);
        scenario->text = text;
    }
}

char *scenario_show(const struct scenario *scenario)
{
    return copy(scenario->text);
}

void scenario_list(void (*each)(void *opaque, const char *name, const char *comment), void *opaque)
{
    each(opaque, "pipeline-churn", "the fake one");
}

bool scenario_lint(const struct scenario *scenario, bool (*is_property)(const char *name),
                   bool (*is_probe)(const char *name), bool (*is_bug)(const char *name),
                   char error_out[SCENARIO_ERROR_BYTES])
{
    (void)scenario;
    (void)is_bug;
    (void)error_out;
    return is_property("lost-write") && is_probe("rebalance");
}

void play_open(void) {}

static void find(struct play_result *result, const char *signature)
{
    struct play_finding *finding = &result->findings[result->finding_count++];
    strcpy(finding->property, "lost-write");
    strcpy(finding->signature, signature);
    snprintf(finding->message, sizeof finding->message, "record 17 is gone\nand \"nobody\" knows why");
    finding->time_ns = 1500000000;
}

void play(const struct play_options *options, struct play_result *result_out)
{
    const char *text = options->scenario->text;
    uint64_t seed = options->seed;
    memset(result_out, 0, sizeof *result_out);
    if (is_at(text, "die", seed)) {
        fprintf(stderr, "the fake world fell over\n");
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    uint32_t picked = (uint32_t)seed;
    if (options->picks)
        picked = options->pick_count ? options->picks[0].picked : 0;
    history_begin();
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t value = seed * i + picked;
        if (i >= 500 && is_at(text, "fill", seed))
            value += (uint64_t)options->fill_byte;
        if (i >= 700 && getenv("FAKE_CHANGED"))
            value++;
        history_call(HISTORY_NOTE, value, 0, 0);
        if (options->log)
            fprintf(options->log, "%llu 0 task 1 note %llu 0 0 %016llx\noutput of the program\n",
                    (unsigned long long)history_events(), (unsigned long long)value,
                    (unsigned long long)history_hash());
        if (options->on_event && !options->on_event(options->opaque, history_events(), history_hash()))
            break;
    }
    result_out->history = history_hash();
    result_out->events = history_events();
    result_out->virtual_ns = 2000000000;
    result_out->faults = seed % 3;
    result_out->guard_on = true;
    result_out->observed_count = result_out->sometimes_count = 1;
    strcpy(result_out->observed[0].name, "lost-write");
    result_out->observed[0].count = !has_word(text, "vacuous");
    strcpy(result_out->sometimes[0].name, "rebalance");
    result_out->sometimes[0].count = is_at(text, "sometimes", seed);
    bool may_fail = !getenv("FAKE_FIXED") && (picked || !has_word(text, "needs-pick"));
    if (may_fail && (is_at(text, "fail", seed) || has_word(text, "all-fail")))
        find(result_out, getenv("FAKE_OTHER") ? "lost-write:elsewhere" : "lost-write:gone/1");
    if (may_fail && is_at(text, "fail2", seed))
        find(result_out, "lost-write:other");
    result_out->picks = malloc(sizeof *result_out->picks);
    result_out->pick_count = picked != 0;
    result_out->matched = options->pick_count;
    *result_out->picks =
        (struct play_pick){.actor = 1, .point = "network/latency", .occurrence = 4, .picked = picked};
}

void play_result_deinit(struct play_result *result)
{
    free(result->picks);
    result->picks = NULL;
}
