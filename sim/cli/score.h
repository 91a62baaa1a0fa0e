/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score: what all the seeds of a scenario come to. Filled in seed order, so that it is the same for any
 * number of workers (but for the time it took).
 */
#ifndef SIM_CLI_SCORE_H
#define SIM_CLI_SCORE_H

#include "sim/cli/outcome.h"
#include "sim/explore/explore.h"

enum {
    SCORE_SIGNATURES_MAX = 256,
    SCORE_EXAMPLES_MAX = 3,
    SCORE_COMPLAINTS_MAX = 2 * PLAY_COUNTERS_MAX,
    SCORE_PATH_BYTES = 4096,
    SCORE_LINE_BYTES = SCORE_PATH_BYTES + 64
};

/* One kind of failure. */
struct score_signature {
    char signature[PLAY_NAME_BYTES * 2], property[PLAY_NAME_BYTES];
    char message[PLAY_MESSAGE_BYTES]; /* of the first one */
    uint64_t count, seed_first;
    const char *regression;             /* the trace that failed like this before any seed did; NULL: none */
    uint64_t seeds[SCORE_EXAMPLES_MAX]; /* of the first few */
    size_t seed_count;
    char folder[SCORE_PATH_BYTES]; /* where the first one's artefacts are; empty: nowhere */
    bool has_trace;
    bool is_shrunk, is_shrink_cut_short; /* there is a trace.min.jsonl; the budget for it was spent */
    size_t recorded, deviations;         /* choices in trace.jsonl and in trace.min.jsonl */
    uint64_t shrink_plays;
};

struct score_counters {
    struct play_counter at[PLAY_COUNTERS_MAX];
    size_t count;
};

struct score {
    uint64_t seeds, failures;
    uint64_t worlds; /* seeds that were played to an end and judged: what means are taken over */
    uint64_t checked, diverged;
    uint64_t regressions, regressions_failed; /* traces of earlier failures that were replayed; no seeds */
    uint64_t events, faults, rebalances, kills, pauses, resets, duplicates;
    double virtual_seconds, wall_seconds, cpu_seconds;
    bool guard_was_off;
    bool is_interrupted;
    struct score_counters observed, sometimes, allowed;
    struct score_counters known;                             /* bugs of libraries that were met (known.h) */
    struct score_signature signatures[SCORE_SIGNATURES_MAX]; /* in the order of their first seeds */
    size_t signature_count;
};

/* A failure as it is told of. Borrows from the result it was made of. */
struct score_failure {
    uint64_t seed, history;
    int64_t time_ns;
    bool has_history; /* the world came to its end */
    bool is_walked;   /* by check: its trace leads there, no seed does */
    uint32_t finding_count;
    const char *regression; /* the trace that failed again; NULL: a seed failed */
    char property[PLAY_NAME_BYTES], signature[PLAY_NAME_BYTES * 2], message[PLAY_MESSAGE_BYTES];
};

/* Names what the scenario asks to see sometimes, so that what never happens is counted, as 0. */
void score_begin(struct score *score, const struct scenario *scenario);

/* Adds one seed. Returns its signature when it failed (failure_out is filled), else NULL. *is_first_out:
 * nobody failed like this before. */
struct score_signature *score_add(struct score *score, const struct explore_result *result,
                                  struct score_failure *failure_out, bool *is_first_out);

/* The same of a trace that was replayed as a regression: counted among failures, not among seeds and worlds. */
struct score_signature *score_add_regression(struct score *score, const char *name,
                                             const struct explore_result *result,
                                             struct score_failure *failure_out, bool *is_first_out);

/* How often this signature came up, and where first: "3 of 500 seeds, first 17", or, where a regression was the first, by its
 * name. */
void score_how_often(const struct score *score, const struct score_signature *signature,
                     char line_out[SCORE_LINE_BYTES]);
/* What to call to see the first one of this signature again: by its seed, or, where only a regression failed, by its trace. */
void score_replay_line(const struct score_signature *signature, const char *argument,
                       char line_out[SCORE_LINE_BYTES]);

/* What makes the run inconclusive: a property of the scenario's checks (of all, if it names none) that judged
 * nothing, a `sometimes` that never happened. Calls back with one line each. Returns how many. */
size_t score_complaints(const struct score *score, const struct scenario *scenario,
                        void (*on_line)(void *opaque, const char *line), void *opaque);

/* Has it faults under which Kafka's protocol itself lets a correct pipeline fail? */
bool score_is_hazard(const struct scenario *scenario);
/* What a failure is called: "FAIL"; "HAZARD" where the protocol may be to blame. */
const char *score_verdict(const struct scenario *scenario);

/* Of COMMAND_PASS, _FAILED, _DIVERGED, _INCONCLUSIVE. */
int score_exit_code(const struct score *score, const struct scenario *scenario);

#endif
