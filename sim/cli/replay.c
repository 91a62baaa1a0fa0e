/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: one world again. From a trace by its recorded choices, held against its recorded history; from a
 * scenario by its seed. The last line is always "history <hex>".
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/bug_flag.h"
#include "sim/cli/command.h"
#include "sim/cli/determinism.h"
#include "sim/cli/playable.h"
#include "sim/cli/options.h"
#include "sim/cli/play.h"
#include "sim/cli/recorded.h"
#include "sim/cli/score.h"
#include "sim/cli/version.h"

/* Findings of one signature that are told in full. */
enum { TOLD_MAX = 3 };

struct request {
    bool has_seed, is_lenient;
    uint64_t seed;
    int fill_byte; /* -1: none */
    FILE *log;
    struct bug_flag bugs; /* of a scenario: a trace has its own */
};

static bool set_seed(void *into, const char *value, char *error_out)
{
    struct request *request = into;
    request->has_seed = options_read_number(value, 0, INT64_MAX, &request->seed);
    if (!request->has_seed)
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a number");
    return request->has_seed;
}

static bool set_lenient(void *into, const char *value, char *error_out)
{
    (void)value;
    (void)error_out;
    ((struct request *)into)->is_lenient = true;
    return true;
}

static bool set_bug(void *into, const char *value, char *error_out)
{
    return bug_flag_add(&((struct request *)into)->bugs, value, error_out);
}

static const struct options_flag flags[] = {
    {"--seed", "S", OPTIONS_VALUE, NULL, "the seed of the world; then the argument is a scenario", set_seed},
    {"--lenient", NULL, OPTIONS_NO_VALUE, NULL,
     "of a TRACE whose code has changed: its choices by key, 0 for\nwhat is absent, and no history to hold "
     "it against",
     set_lenient},
    {BUG_FLAG, "NAME", OPTIONS_VALUE, NULL, "as of run, with --seed", set_bug},
    {0},
};

static const struct options_command command = {
    .name = "replay",
    .usage = "TRACE [--lenient] | SCENARIO --seed S [" BUG_FLAG " NAME]..",
    .about =
        "Plays one world and tells what was found in it. A TRACE holds everything: its scenario, its "
        "choices, and the\n"
        "history that they led to, against which the replay is held. A SCENARIO is a shipped name or a "
        "file.\n\n"
        "With --lenient the trace may be of another commit: it is told how many of its choices were met, and "
        "whether\n"
        "the same failure came, another one, or none.\n",
    .more =
        "The last line is the world's history: history <hex>.\n\n"
        "Exit codes: 0 it passed; 1 a property failed (of a TRACE: again; with --lenient: perhaps another "
        "one); 2 usage or\n"
        "configuration; 4 the history is not the recorded one.\n\n"
        "Internal, set by run --check-determinism: MILLRACE_FILL (a byte, 1..255, for fresh memory, which "
        "is laid out the\n"
        "other way round), MILLRACE_LOG (a file that gets one line for every event), MILLRACE_PADDING "
        "(ignored).\n",
    .flags = flags,
    .positional_max = 1,
};

static bool read_internal(struct request *request)
{
    const char *fill = getenv(DETERMINISM_FILL), *log = getenv(DETERMINISM_LOG);
    uint64_t byte;
    request->fill_byte = -1;
    if (fill && *fill) {
        if (!options_read_number(fill, 1, 255, &byte)) {
            options_complain("replay", "%s %s: expected 1..255", DETERMINISM_FILL, fill);
            return false;
        }
        request->fill_byte = (int)byte;
    }
    if (log && *log && !(request->log = fopen(log, "w"))) {
        options_complain("replay", "%s %s: %s", DETERMINISM_LOG, log, strerror(errno));
        return false;
    }
    return true;
}

static void tell_finding(const struct scenario *scenario, const struct play_finding *finding)
{
    printf("%s %s: %s  at %.9f s\n  ", score_verdict(scenario), finding->property, finding->signature,
           (double)finding->time_ns / 1e9);
    for (const char *at = finding->message; *at; at++)
        printf(*at == '\n' && at[1] ? "\n  " : "%c", *at);
    printf("\n");
}

/* How many of the first end findings have the signature of that one? */
static size_t count_like(const struct play_result *result, size_t index, size_t end)
{
    size_t count = 0;
    for (size_t i = 0; i < end; i++)
        count += strcmp(result->findings[i].signature, result->findings[index].signature) == 0;
    return count;
}

static void tell(const struct scenario *scenario, uint64_t seed, const struct play_result *result)
{
    printf("%s, seed %" PRIu64 ": %" PRIu64 " events in %.3f virtual seconds, %" PRIu64 " faults, %" PRIu64
           " rebalances\n",
           scenario->name, seed, result->events, (double)result->virtual_ns / 1e9, result->faults,
           result->rebalances);
    for (size_t i = 0; i < result->finding_count; i++) {
        size_t before = count_like(result, i, i), all = count_like(result, i, result->finding_count);
        if (before < TOLD_MAX)
            tell_finding(scenario, &result->findings[i]);
        else if (before == TOLD_MAX)
            printf("  and %zu more of %s\n", all - TOLD_MAX, result->findings[i].signature);
    }
    for (size_t i = 0; i < result->known_count; i++)
        printf("met a known bug of a library: %s, %" PRIu64 " times\n", result->known[i].name,
               result->known[i].count);
    if (result->finding_count == 0)
        printf("pass\n");
}

static void tell_history(const struct play_result *result)
{
    printf("history %016" PRIx64 "\n", result->history);
    fflush(stdout);
}

/* --- by seed -------------------------------------------------------------------------------------------- */

static int replay_seed(const char *name, const struct request *request)
{
    char error[SCENARIO_ERROR_BYTES];
    struct play_result result;
    struct scenario *scenario = playable_load(name, error);
    if (!scenario)
        return options_complain("replay", "%s", error);
    scenario_plant(scenario, request->bugs.names, request->bugs.count);
    play_open();
    play(&(struct play_options){.scenario = scenario,
                                .seed = request->seed,
                                .log = request->log,
                                .fill_byte = request->fill_byte},
         &result);
    tell(scenario, request->seed, &result);
    tell_history(&result);
    int code = result.finding_count ? COMMAND_FAILED : COMMAND_PASS;
    play_result_deinit(&result);
    scenario_free(scenario);
    return code;
}

/* --- by trace ------------------------------------------------------------------------------------------- */

/* Says where the replay left the recorded history. */
static int complain_of_divergence(const struct recorded *recorded, const struct trace_checkpoint *first,
                                  const struct play_result *result)
{
    char place[256] = "";
    if (first) {
        uint64_t before = first > recorded->checkpoints ? first[-1].events : 0;
        snprintf(place, sizeof place,
                 ", first at the checkpoint of event %" PRIu64 " (that of event %" PRIu64 " is the same)",
                 first->events, before);
        if (before == 0)
            snprintf(place, sizeof place, ", already at the first checkpoint, event %" PRIu64, first->events);
    } else if (recorded->capsule.checkpoint_count) {
        snprintf(place, sizeof place, ", after the last checkpoint, event %" PRIu64,
                 recorded->checkpoints[recorded->capsule.checkpoint_count - 1].events);
    }
    printf("DIVERGED from the recorded history %016" PRIx64 " (%" PRIu64 " events)%s\n", recorded->history,
           recorded->capsule.verdict.events, place);
    if (strcmp(recorded->capsule.header.commit, version_commit()) != 0)
        printf("  recorded by commit %s, replayed by %s\n", recorded->capsule.header.commit,
               version_commit());
    tell_history(result);
    return COMMAND_DIVERGED;
}

static int judge(const struct recorded *recorded, const struct trace_checkpoint *first,
                 const struct play_result *result)
{
    const struct capsule_verdict *verdict = &recorded->capsule.verdict;
    if (first || result->misfits || result->history != recorded->history)
        return complain_of_divergence(recorded, first, result);
    bool failed_again = false;
    for (size_t i = 0; i < result->finding_count; i++)
        failed_again |= strcmp(result->findings[i].property, verdict->property) == 0;
    if (verdict->is_failure)
        printf("%s failed %s\n", verdict->property, failed_again ? "again" : "no more, in the same history");
    else if (result->finding_count)
        printf("recorded as passed, and the same history fails now\n");
    tell_history(result);
    return result->finding_count ? COMMAND_FAILED : COMMAND_PASS;
}

/* What the world that was recorded has become. */
static int judge_leniently(const struct recorded *recorded, const struct play_result *result)
{
    const char *wanted = recorded->capsule.verdict.signature;
    bool has_failed = result->finding_count > 0;
    printf("matched %" PRIu64 "/%zu", result->matched, recorded->capsule.choice_count);
    if (result->misfits)
        printf(", %" PRIu64 " of them an option that is no more", result->misfits);
    if (!has_failed)
        printf(": no failure%s%s\n", *wanted ? ", where there was " : ", as recorded", wanted);
    else if (recorded_has_failed_again(recorded, result))
        printf(": the same failure, %s\n", wanted);
    else
        printf(": another failure, %s%s%s\n", result->findings[0].signature,
               *wanted ? ", where there was " : "", wanted);
    tell_history(result);
    return has_failed ? COMMAND_FAILED : COMMAND_PASS;
}

static int replay_trace(const char *path, const struct request *request)
{
    char error[CAPSULE_ERROR_MAX];
    struct recorded recorded = {0};
    struct play_result result;
    if (access(path, R_OK) != 0)
        return options_complain("replay", "%s: %s (a scenario needs --seed S)", path, strerror(errno));
    play_open(); /* before jansson is used: its first use belongs to the image */
    if (!recorded_read(path, &recorded, error))
        return options_complain("replay", "%s", error);
    if (!request->is_lenient && recorded_is_foreign(&recorded, path, error)) {
        recorded_deinit(&recorded);
        return options_complain("replay", "%s", error);
    }
    struct trace_comparison comparison = {.recorded = recorded.checkpoints,
                                          .count = recorded.capsule.checkpoint_count};
    play(&(struct play_options){.scenario = recorded.scenario,
                                .seed = (uint64_t)recorded.capsule.header.seed,
                                .picks = recorded.picks,
                                .pick_count = recorded.capsule.choice_count,
                                .log = request->log,
                                .on_event = request->is_lenient ? NULL : trace_compare,
                                .opaque = &comparison,
                                .fill_byte = request->fill_byte},
         &result);
    const struct trace_checkpoint *first =
        comparison.next < comparison.count ? &recorded.checkpoints[comparison.next] : NULL;
    tell(recorded.scenario, (uint64_t)recorded.capsule.header.seed, &result);
    int code = request->is_lenient ? judge_leniently(&recorded, &result) : judge(&recorded, first, &result);
    play_result_deinit(&result);
    recorded_deinit(&recorded);
    return code;
}

int replay_command(int argc, char **argv)
{
    struct request request = {0};
    struct options_positional positional;
    int code = options_parse(&command, argc, argv, &request, &positional);
    if (code != OPTIONS_GO)
        return code;
    if (positional.count == 0)
        return options_complain("replay", "expected a TRACE, or a SCENARIO with --seed S");
    if (request.is_lenient && request.has_seed)
        return options_complain("replay", "--lenient: only of a TRACE, not with --seed");
    if (!read_internal(&request))
        return COMMAND_USAGE;
    code =
        request.has_seed ? replay_seed(positional.at[0], &request) : replay_trace(positional.at[0], &request);
    if (request.log && fclose(request.log) != 0)
        return options_complain("replay", "%s: %s", DETERMINISM_LOG, strerror(errno));
    return code;
}
