/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shrink: which few of a failing world's choices does the failure need?
 *
 * A candidate is one value for each recorded pick, 0 where it is dropped. What a candidate does, the caller plays. The
 * same picks give the same result on any machine and for any width: of the candidates that are played at once the first
 * that fails counts, and what those behind it did is forgotten; the budget is counted in what plays cost by their own
 * account, not in time.
 */
#ifndef SIM_EXPLORE_SHRINK_H
#define SIM_EXPLORE_SHRINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHRINK_WIDTH_MAX = 16, SHRINK_FAULT_SERIES_SHIFT = 32 };

/* What belongs to a fault: its points are "fault/KIND/DRAW", and their occurrences series << 32 | attempt. */
#define SHRINK_FAULTS "fault/"

/* One recorded pick, in the order in which they were made. No key (actor, point, occurrence) twice. */
struct shrink_pick {
    uint32_t actor;
    const char *point; /* borrowed */
    uint64_t occurrence;
    uint32_t picked; /* 1.. */
};

/* What came of one candidate. */
struct shrink_played {
    bool is_same;     /* it failed, with the wanted signature */
    uint64_t cost;    /* 1.. */
    uint64_t history; /* the same for the same world */
    uint32_t
        *used; /* filled if is_same: the value that each pick had, 0 if it was not met; storage is shrink's */
};

enum shrink_phase { SHRINK_CONFIRM, SHRINK_CUT, SHRINK_FAULT, SHRINK_SINGLE, SHRINK_WEAKEN };

struct shrink_progress {
    enum shrink_phase phase;
    size_t before, deviations; /* picks that are not 0: at first, now */
    uint64_t plays, cost;      /* that counted */
};

struct shrink_seam {
    /* Plays so many candidates, 1..width. False: gives up. */
    bool (*play)(void *opaque, const uint32_t *const values[], size_t count, struct shrink_played played[]);
    /* At the end of each phase; may be NULL. */
    void (*on_phase)(void *opaque, const struct shrink_progress *progress);
    void *opaque;
    unsigned width;    /* 1..SHRINK_WIDTH_MAX */
    uint64_t cost_max; /* no play begins beyond it, but those that confirm; 0: no bound */
};

enum shrink_end {
    SHRINK_DONE,        /* nothing can be dropped or lowered any more */
    SHRINK_OUT_OF_COST, /* less than it might be, but it fails */
    SHRINK_NO_FAILURE,  /* as recorded it does not fail like that */
    SHRINK_UNSTEADY,    /* played twice, it was not the same */
    SHRINK_GIVEN_UP,    /* by seam->play */
};

/* values_out: count values, a candidate that failed and was met in full. It is touched only when the end is one of the
 * first two. */
enum shrink_end shrink_run(const struct shrink_pick *picks, size_t count, const struct shrink_seam *seam,
                           uint32_t *values_out, struct shrink_progress *progress_out);

#endif
