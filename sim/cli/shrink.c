/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shrink: a trace with the few choices that its failure needs.
 *
 *   sim/explore/shrink --candidates--> shared memory --slot number--> workers, which play --> shared memory, verdict
 *
 * The parent reads no trace and plays no world itself, so that it can fork again a worker that a candidate has killed.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "sim/cli/command.h"
#include "sim/cli/elapsed.h"
#include "sim/cli/options.h"
#include "sim/cli/recorded.h"
#include "sim/cli/version.h"
#include "sim/explore/pool.h"
#include "sim/explore/shrink.h"

enum { PATH_BYTES = 4096, SLOT_BITS = 8, EVENTS_PER_SECOND = 10000000 };
#define CANDIDATE_CPU_NS INT64_C(60000000000)
#define MARGIN_NS        INT64_C(2000000000)

/* What a worker is asked for: a number of WISH << SLOT_BITS | slot. */
enum wish { WISH_LOAD, WISH_PLAY, WISH_WRITE };

/* Of the parent and its workers. Untouched pages cost nothing. */
struct shared {
    size_t count;
    int64_t give_up_ns; /* play_options.give_up_ns of candidates */
    char signature[PLAY_NAME_BYTES * 2], commit[64];
    struct play_pick picks[CAPSULE_CHOICES_MAX];
    struct {
        uint32_t values[CAPSULE_CHOICES_MAX], used[CAPSULE_CHOICES_MAX];
    } slots[SHRINK_WIDTH_MAX];
};

/* What it answers. */
struct answer {
    char error[CAPSULE_ERROR_MAX]; /* of loading and writing; empty: none */
    bool is_same;
    uint64_t events, history;
    int64_t found_ns, virtual_ns; /* when the failure was found, and when the world ended */
};

struct request {
    unsigned workers;
    int64_t budget_ns; /* 0: none */
    const char *out;
};

struct job {
    const char *path, *out;
    struct shared *shared;
    /* of a worker */
    struct recorded recorded;
    char error[CAPSULE_ERROR_MAX];
    uint32_t *sorted;         /* places of the picks, by key */
    struct play_pick *chosen; /* room for a candidate */
};

/* --- in a worker ------------------------------------------------------------------------------------------ */

static int compare_keys(const struct play_pick *one, const struct play_pick *other)
{
    if (one->actor != other->actor)
        return one->actor < other->actor ? -1 : 1;
    if (one->occurrence != other->occurrence)
        return one->occurrence < other->occurrence ? -1 : 1;
    return strcmp(one->point, other->point);
}

static int compare_places(const void *one, const void *other, void *picks)
{
    const struct play_pick *at = picks;
    return compare_keys(&at[*(const uint32_t *)one], &at[*(const uint32_t *)other]);
}

static void open_job(void *opaque)
{
    struct job *job = opaque;
    play_open();
    if (!recorded_read(job->path, &job->recorded, job->error))
        return;
    if (recorded_is_foreign(&job->recorded, job->path, job->error))
        return;
    if (!job->recorded.capsule.verdict.is_failure) {
        snprintf(job->error, sizeof job->error, "%.400s: recorded as passed: there is nothing to shrink",
                 job->path);
        return;
    }
    size_t count = job->recorded.capsule.choice_count;
    job->sorted = calloc(count + 1, sizeof *job->sorted);
    job->chosen = calloc(count + 1, sizeof *job->chosen);
    assert(job->sorted && job->chosen);
    for (uint32_t i = 0; i < count; i++)
        job->sorted[i] = i;
    qsort_r(job->sorted, count, sizeof *job->sorted, compare_places, job->recorded.picks);
}

static void load(struct job *job)
{
    struct shared *shared = job->shared;
    if (*job->error)
        return;
    const struct capsule *capsule = &job->recorded.capsule;
    snprintf(shared->signature, sizeof shared->signature, "%s", capsule->verdict.signature);
    snprintf(shared->commit, sizeof shared->commit, "%s", capsule->header.commit);
    memcpy(shared->picks, job->recorded.picks, capsule->choice_count * sizeof *shared->picks);
    shared->count = capsule->choice_count;
}

static size_t choose(const struct job *job, const uint32_t *values)
{
    size_t chosen = 0;
    for (size_t i = 0; i < job->shared->count; i++) {
        if (!values[i])
            continue;
        job->chosen[chosen] = job->recorded.picks[i];
        job->chosen[chosen++].picked = values[i];
    }
    return chosen;
}

static void note_used(const struct job *job, const struct play_result *result, uint32_t *used)
{
    size_t count = job->shared->count;
    memset(used, 0, count * sizeof *used);
    for (size_t i = 0; i < result->pick_count; i++) {
        size_t low = 0, high = count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (compare_keys(&job->recorded.picks[job->sorted[middle]], &result->picks[i]) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        assert(low < count && compare_keys(&job->recorded.picks[job->sorted[low]], &result->picks[i]) == 0);
        used[job->sorted[low]] = result->picks[i].picked;
    }
}

/* Plays a slot's values; the last time it is the world that is kept. */
static void play_values(struct job *job, unsigned slot, bool is_last, struct answer *answer)
{
    const struct capsule_header *header = &job->recorded.capsule.header;
    size_t chosen = choose(job, job->shared->slots[slot].values);
    struct play_result result;
    if (is_last)
        trace_record_begin();
    play(&(struct play_options){.scenario = job->recorded.scenario,
                                .seed = (uint64_t)header->seed,
                                .picks = job->chosen,
                                .pick_count = chosen,
                                .on_event = is_last ? trace_record : NULL,
                                .give_up_ns = is_last ? 0 : job->shared->give_up_ns,
                                .fill_byte = -1},
         &result);
    answer->is_same = recorded_has_failed_again(&job->recorded, &result);
    answer->events = result.events;
    answer->history = result.history;
    answer->virtual_ns = result.virtual_ns;
    answer->found_ns = result.finding_count ? result.findings[0].time_ns : 0;
    if (answer->is_same)
        note_used(job, &result, job->shared->slots[slot].used);
    const struct trace_origin origin = {(uint64_t)header->seed, header->strategy,
                                        header->shrunk_from ? (size_t)header->shrunk_from
                                                            : job->shared->count};
    if (is_last && !answer->is_same)
        snprintf(answer->error, sizeof answer->error, "the last play did not fail");
    else if (is_last && !trace_write_of(job->out, job->recorded.scenario, &origin, &result))
        snprintf(answer->error, sizeof answer->error, "%.400s: %s", job->out, strerror(errno));
    play_result_deinit(&result);
}

static size_t grant(void *opaque, uint64_t number, void *out)
{
    struct job *job = opaque;
    struct answer answer = {.is_same = false};
    snprintf(answer.error, sizeof answer.error, "%s", job->error);
    enum wish wish = (enum wish)(number >> SLOT_BITS);
    if (wish == WISH_LOAD)
        load(job);
    else
        play_values(job, number & ((1u << SLOT_BITS) - 1), wish == WISH_WRITE, &answer);
    memcpy(out, &answer, sizeof answer);
    return sizeof answer;
}

/* --- in the parent ---------------------------------------------------------------------------------------- */

struct parent {
    struct job job;
    struct pool *pool;
    uint64_t plays;
    char error[EXPLORE_LAST_WORDS_BYTES];
};

/* One wish, of slot 0. False: parent->error. */
static bool ask(struct parent *parent, enum wish wish, struct answer *answer_out)
{
    struct pool_result result;
    uint64_t number = (uint64_t)wish << SLOT_BITS;
    if (!pool_play(parent->pool, &number, 1, &result, parent->error))
        return false;
    if (result.end != EXPLORE_PLAYED) {
        snprintf(parent->error, sizeof parent->error, "the worker died: %.400s", result.last_words);
        return false;
    }
    memcpy(answer_out, result.bytes, sizeof *answer_out);
    snprintf(parent->error, sizeof parent->error, "%.*s", EXPLORE_LAST_WORDS_BYTES - 1, answer_out->error);
    return !*parent->error;
}

/* A failure that was found before its world's end is found in time again, or never; one that is found at the end needs
 * the world's whole budget. */
static int64_t give_up_after(const struct answer *answer)
{
    return answer->found_ns < answer->virtual_ns ? answer->found_ns + answer->found_ns / 4 + MARGIN_NS : 0;
}

static bool play_candidates(void *opaque, const uint32_t *const values[], size_t count,
                            struct shrink_played played[])
{
    struct parent *parent = opaque;
    struct shared *shared = parent->job.shared;
    uint64_t numbers[SHRINK_WIDTH_MAX] = {0};
    struct pool_result results[SHRINK_WIDTH_MAX];
    for (size_t i = 0; i < count; i++) {
        memcpy(shared->slots[i].values, values[i], shared->count * sizeof *values[i]);
        numbers[i] = (uint64_t)WISH_PLAY << SLOT_BITS | i;
    }
    if (!pool_play(parent->pool, numbers, count, results, parent->error))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct answer answer = {.is_same = false}; /* of a worker that died of it */
        if (results[i].end == EXPLORE_PLAYED)
            memcpy(&answer, results[i].bytes, sizeof answer);
        played[i].is_same = answer.is_same;
        played[i].cost = answer.events + 1;
        played[i].history = answer.history;
        if (answer.is_same)
            memcpy(played[i].used, shared->slots[i].used, shared->count * sizeof *played[i].used);
        if (++parent->plays == 2) /* both confirm */
            shared->give_up_ns = give_up_after(&answer);
    }
    return true;
}

static void tell_phase(void *opaque, const struct shrink_progress *progress)
{
    (void)opaque;
    static const char *const names[] = {
        [SHRINK_CONFIRM] = "confirmed",      [SHRINK_CUT] = "families cut", [SHRINK_FAULT] = "faults dropped",
        [SHRINK_SINGLE] = "choices dropped", [SHRINK_WEAKEN] = "lowered",
    };
    printf("  %-16s %7zu deviations  %5" PRIu64 " plays\n", names[progress->phase], progress->deviations,
           progress->plays);
    fflush(stdout);
}

static enum shrink_end search(struct parent *parent, const struct request *request, uint32_t *values_out,
                              struct shrink_progress *progress_out)
{
    const struct shared *shared = parent->job.shared;
    struct shrink_pick *picks = calloc(shared->count + 1, sizeof *picks);
    assert(picks);
    for (size_t i = 0; i < shared->count; i++)
        picks[i] = (struct shrink_pick){.actor = shared->picks[i].actor,
                                        .point = shared->picks[i].point,
                                        .occurrence = shared->picks[i].occurrence,
                                        .picked = shared->picks[i].picked};
    uint64_t cost_max = (uint64_t)(request->budget_ns / 1000000) * (EVENTS_PER_SECOND / 1000);
    enum shrink_end end = shrink_run(picks, shared->count,
                                     &(struct shrink_seam){.play = play_candidates,
                                                           .on_phase = tell_phase,
                                                           .opaque = parent,
                                                           .width = request->workers,
                                                           .cost_max = cost_max},
                                     values_out, progress_out);
    free(picks);
    return end;
}

/* An exit code of its own for what is no failure any more; COMMAND_PASS: there is something to write. */
static int judge(const struct parent *parent, enum shrink_end end)
{
    switch (end) {
    case SHRINK_DONE:
    case SHRINK_OUT_OF_COST:
        return COMMAND_PASS;
    case SHRINK_NO_FAILURE:
        options_complain(
            "shrink", "%s: does not fail with %s in this build (recorded by commit %s, this is %s)",
            parent->job.path, parent->job.shared->signature, parent->job.shared->commit, version_commit());
        return COMMAND_DIVERGED;
    case SHRINK_UNSTEADY:
        options_complain("shrink", "%s: played twice, it was not the same", parent->job.path);
        return COMMAND_DIVERGED;
    case SHRINK_GIVEN_UP:
        return options_complain("shrink", "%s: %s", parent->job.path, parent->error);
    }
    return COMMAND_USAGE;
}

static int shrink_with(struct parent *parent, const struct request *request,
                       struct shrink_progress *progress_out, enum shrink_end *end_out)
{
    struct answer answer;
    if (!ask(parent, WISH_LOAD, &answer))
        return options_complain("shrink", "%s", parent->error);
    printf("%s: %s, %zu deviations\n", parent->job.path, parent->job.shared->signature,
           parent->job.shared->count);
    fflush(stdout);
    uint32_t *values = calloc(parent->job.shared->count + 1, sizeof *values);
    assert(values);
    *end_out = search(parent, request, values, progress_out);
    int code = judge(parent, *end_out);
    if (code == COMMAND_PASS) {
        memcpy(parent->job.shared->slots[0].values, values, parent->job.shared->count * sizeof *values);
        if (!ask(parent, WISH_WRITE, &answer))
            code = options_complain("shrink", "%s", parent->error);
    }
    free(values);
    return code;
}

static int shrink_trace(const char *path, const char *out, const struct request *request)
{
    struct parent parent = {.job = {.path = path, .out = out}};
    struct shrink_progress progress = {0};
    enum shrink_end end = SHRINK_GIVEN_UP;
    void *memory = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return options_complain("shrink", "%s", strerror(errno));
    parent.job.shared = memory;
    parent.pool = pool_new(&(struct explore_job){open_job, grant, &parent.job}, request->workers,
                           CANDIDATE_CPU_NS, parent.error);
    int code = parent.pool ? shrink_with(&parent, request, &progress, &end)
                           : options_complain("shrink", "%s", parent.error);
    pool_free(parent.pool); /* its workers' time counts from here on */
    munmap(memory, sizeof(struct shared));
    if (code == COMMAND_PASS)
        printf("shrunk %zu -> %zu deviations%s: %" PRIu64 " plays, %.2f CPU seconds: %s\n", progress.before,
               progress.deviations, end == SHRINK_OUT_OF_COST ? " (the budget is spent)" : "", progress.plays,
               elapsed_cpu_seconds(), out);
    return code;
}

/* --- the command ------------------------------------------------------------------------------------------ */

static bool set_out(void *into, const char *value, char *error_out)
{
    if (!*value || strlen(value) >= PATH_BYTES) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a file");
        return false;
    }
    ((struct request *)into)->out = value;
    return true;
}

static bool set_jobs(void *into, const char *value, char *error_out)
{
    return options_set_jobs(value, SHRINK_WIDTH_MAX, &((struct request *)into)->workers, error_out);
}

static bool set_budget(void *into, const char *value, char *error_out)
{
    return options_set_duration(value, &((struct request *)into)->budget_ns, error_out);
}

static const struct options_flag flags[] = {
    {"-o", "FILE", OPTIONS_VALUE, NULL, "where to write; default: trace.min.jsonl beside TRACE", set_out},
    {"-j", "N", OPTIONS_VALUE, NULL, "worker processes; default: one for each core. The result is the same",
     set_jobs},
    {"--budget", "DUR", OPTIONS_VALUE, NULL,
     "CPU time (500ms, 30s, 10min), counted as 10 million events a second, so that\nthe result is the same "
     "on any "
     "machine; default: none",
     set_budget},
    {0},
};

static const struct options_command command = {
    .name = "shrink",
    .usage = "TRACE [-o FILE] [-j N] [--budget DUR]",
    .about = "Finds the few choices of a failing TRACE that its failure needs: confirms it twice, drops "
             "whole families "
             "of choices,\n"
             "then faults, then single choices, and lowers what is left. What remains fails with the same "
             "signature.\n",
    .more =
        "The last line says: shrunk BEFORE -> AFTER deviations: PLAYS plays, SECONDS CPU seconds: FILE.\n\n"
        "Exit codes: 0 written; 2 usage or configuration; 4 in this build the trace does not fail as it was "
        "recorded.\n",
    .flags = flags,
    .positional_max = 1,
};

int shrink_command(int argc, char **argv)
{
    struct request request = {.workers = options_cores(SHRINK_WIDTH_MAX)};
    struct options_positional positional;
    char beside[PATH_BYTES];
    int code = options_parse(&command, argc, argv, &request, &positional);
    if (code != OPTIONS_GO)
        return code;
    if (positional.count == 0)
        return options_complain("shrink", "expected a TRACE");
    const char *path = positional.at[0], *slash = strrchr(path, '/');
    if (access(path, R_OK) != 0)
        return options_complain("shrink", "%s: %s", path, strerror(errno));
    snprintf(beside, sizeof beside, "%.*strace.min.jsonl", slash ? (int)(slash + 1 - path) : 0, path);
    return shrink_trace(path, request.out ? request.out : beside, &request);
}
