/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_world: one run of a walk: which decisions of a world are walked, and what a worker does with a set of steps.
 */
#ifndef SIM_CLI_CHECK_WORLD_H
#define SIM_CLI_CHECK_WORLD_H

#include "sim/cli/artefacts.h"
#include "sim/cli/outcome.h"
#include "sim/explore/bounded.h"

/* Random bytes are as of this seed in every run: they are no decisions. */
enum { CHECK_SEED = 1, CHECK_STEPS_BYTES = 2048 };

/* What sums are of. */
enum check_sum {
    CHECK_EVENTS,
    CHECK_OFFERS,
    CHECK_VIRTUAL_NS,
    CHECK_STRIKES,
    CHECK_REBALANCES,
    CHECK_GUARD_OFF,
    CHECK_HISTORIES, /* tells whether two walks were of the same runs */
};

struct check_job {
    const struct scenario *scenario;   /* borrowed */
    const struct artefacts *artefacts; /* borrowed */
    struct bounded_offer *offers;      /* in a worker, of the run played last */
    size_t offer_capacity;
};

enum check_kind {
    CHECK_WALKED,   /* wake order, network, timers: a deviation */
    CHECK_FAULT,    /* strikes exactly here */
    CHECK_EXCLUDED, /* lock preemptions, and whatever else is no part of this */
};

/* Of a point, by its name. */
enum check_kind check_kind_of(const char *point);

/* What a worker tells of the first run that did not pass. */
struct check_told {
    struct outcome outcome;
    bool is_same;                  /* played again it had the same history */
    bool has_trace;                /* at check_trace_path */
    char steps[CHECK_STEPS_BYTES]; /* a line each */
};

/* job's opaque is a struct check_job. */
void check_open(void *opaque);
enum bounded_verdict check_play(void *opaque, const struct bounded_step *steps, size_t step_count,
                                const struct bounded_offer **offers_out, size_t *offer_count_out,
                                uint64_t sums[BOUNDED_SUMS]);
size_t check_tell(void *opaque, const struct bounded_step *steps, size_t step_count, uint64_t unit,
                  void *told_out);
/* Where a worker puts the trace of a unit's run. */
void check_trace_path(const struct artefacts *artefacts, uint64_t unit, char path_out[ARTEFACTS_PATH_BYTES]);

/* The decisions of the uneventful run, by point, in the order in which they are met first. */
enum { CHECK_POINTS_MAX = CHOICE_POINTS_MAX };
struct check_survey {
    struct check_surveyed {
        char point[CHOICE_NAME_MAX + 1];
        enum check_kind kind;
        uint32_t options_max;
        uint64_t count;
    } at[CHECK_POINTS_MAX];
    size_t count;
    uint64_t events;
    int64_t virtual_ns;
};
/* In a worker. */
void check_survey(struct check_job *job, struct check_survey *survey_out);

#endif
