/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a case in the simulated world: alone, as the main of one process, in an empty directory of a fresh disk. */
#ifndef TESTS_CONFORMANCE_POSIX_WORLD_H
#define TESTS_CONFORMANCE_POSIX_WORLD_H

#include "sim/world/process.h"
#include "sim/world/world.h"
#include "tests/conformance/posix/likeness.h"

/* A world and how it ended. */
struct likeness_world {
    char *
        output; /* what the case printed, with a last line as in native.h if it did not return; for the caller to free */
    char *left_over; /* names in its directory and files still open, one a line; for the caller to free */
    struct world_report report;
    struct process_end end;
    char finding[WORLD_FINDING_BYTES]; /* the first; empty: none */
};

/* Seed 0 is the world in which nothing unusual is chosen; the others reorder and preempt. */
struct likeness_world likeness_world_run(size_t index, uint64_t seed);

void likeness_world_free(struct likeness_world *world);

#endif
