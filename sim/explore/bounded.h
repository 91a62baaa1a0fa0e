/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bounded: every run within a budget of steps away from the uneventful one.
 *
 * A run is a set of steps: decisions that are forced to another option than 0; all others take 0. When it has been played it
 * tells which decisions it came to, and each of those after its last step, in the order of happening, taken otherwise, is a
 * successor. So each set is played once, and a set of n steps is met before any of n + 1 (iterated deepening): what is
 * found first needs as few steps as anything.
 *
 *                                 (none)                        0 steps
 *                  a=1     a=2     b=1     c=1                  1
 *               a=1 b=1  a=1 c=1  ..     b=1 c=1  ..            2
 *
 * Runs are told in one order for any number of workers, and say how many successors they have: so the walk never has to
 * keep more than a number a run. What a decision means, and what a run is, bounded does not know.
 */
#ifndef SIM_EXPLORE_BOUNDED_H
#define SIM_EXPLORE_BOUNDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/explore/explore.h"
#include "sim/world/choice.h"

enum {
    BOUNDED_STEPS_MAX = 16,
    BOUNDED_OPTIONS_MAX =
        8, /* of a decision with more, so many are walked: 0, the last, and evenly between */
    BOUNDED_SUMS = 8,
    BOUNDED_TOLD_BYTES_MAX = EXPLORE_RESULT_BYTES_MAX - 1024,
};

/* Each has a budget of its own. */
enum bounded_class { BOUNDED_DEVIATION, BOUNDED_FAULT };
enum { BOUNDED_CLASSES = BOUNDED_FAULT + 1 };

/* A decision that a run came to, after its last step. */
struct bounded_offer {
    struct choice_offer choice; /* options >= 2 */
    enum bounded_class class;
};

struct bounded_step {
    struct bounded_offer offer;
    uint32_t option; /* 1..options-1 */
};

enum bounded_verdict {
    BOUNDED_PASSED,
    BOUNDED_FAILED,
    BOUNDED_DIVERGED, /* it did not meet its steps again: the world is not deterministic */
};

/* What a worker does; see explore.h. */
struct bounded_job {
    void (*open)(void *opaque); /* once in each worker; may be NULL */
    /* Plays a run. Gives its offers after the last step, borrowed until the next call, and adds to sums, which are of what
     * the caller likes. */
    enum bounded_verdict (*play)(void *opaque, const struct bounded_step *steps, size_t step_count,
                                 const struct bounded_offer **offers_out, size_t *offer_count_out,
                                 uint64_t sums[BOUNDED_SUMS]);
    /* What there is to be told of the run just played, which failed or diverged: at most BOUNDED_TOLD_BYTES_MAX bytes; returns
     * how many. unit: a number that no other such run has. */
    size_t (*tell)(void *opaque, const struct bounded_step *steps, size_t step_count, uint64_t unit,
                   void *told_out);
    void *opaque;
};

/* The first run that did not pass. Borrowed for the length of the callback. */
struct bounded_failure {
    enum explore_end end; /* DIED, STUCK: in one of the runs of a unit */
    enum bounded_verdict verdict;
    uint64_t unit;
    const void *told;
    size_t told_bytes;
    int wait_status;
    const char *last_words;
};

struct bounded_options {
    uint32_t budget[BOUNDED_CLASSES]; /* steps, by class; BOUNDED_STEPS_MAX in all */
    unsigned workers;
    int64_t stop_after_ns; /* no run is begun after so much time; 0: no bound */
    void (*on_failure)(void *opaque, const struct bounded_failure *failure); /* once at most */
    /* Some ten times a second: runs of this many steps; false: give up. May be NULL. */
    bool (*on_tick)(void *opaque, uint32_t steps, uint64_t played, uint64_t total);
    void *opaque;
};

struct bounded_report {
    uint64_t runs; /* told, in order, up to a failure */
    uint64_t runs_by_steps[BOUNDED_STEPS_MAX + 1];
    uint32_t whole_steps; /* all runs of fewer steps than this were played */
    uint64_t replays;     /* played once more, for their offers */
    uint64_t sums[BOUNDED_SUMS];
    bool is_exhausted; /* every run within the budget was played, and passed */
    bool has_failed;
};

/* False when workers cannot be started or on_tick gave up; then error_out says why. The report is right up to there. */
bool bounded_run(const struct bounded_job *job, const struct bounded_options *options,
                 struct bounded_report *report_out, char error_out[EXPLORE_LAST_WORDS_BYTES]);

/* The option that the walk takes as the rank-th of those that are not 0: rank 0..bounded_ranks(options)-1. */
uint32_t bounded_ranks(uint32_t options);
uint32_t bounded_option(uint32_t options, uint32_t rank);

#endif
