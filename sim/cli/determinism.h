/* SPDX-License-Identifier: Apache-2.0 */
/*
 * determinism: is the world that a seed gives the same in another process?
 *
 * The other process is this program, executed anew, with another address space layout, an environment of
 * another size, another working directory and another byte in fresh memory. It may differ in nothing.
 */
#ifndef SIM_CLI_DETERMINISM_H
#define SIM_CLI_DETERMINISM_H

#include "sim/cli/outcome.h"

/* How the other process is told, and nobody else: a byte for fresh memory, a file for the log of events. */
#define DETERMINISM_FILL    "MILLRACE_FILL"
#define DETERMINISM_LOG     "MILLRACE_LOG"
#define DETERMINISM_PADDING "MILLRACE_PADDING"

struct determinism {
    const struct scenario *scenario;
    const char *scenario_path; /* the same scenario as a file, absolute */
    const char *log_path;      /* of files to come, absolute; ".here" and ".there" are added */
};

/* Plays a seed in a fresh process. True: the same history. False: divergence_out says where the two part,
 * with both sides. Uses this process's world. */
bool determinism_check(const struct determinism *determinism, uint64_t seed, uint64_t history,
                       char divergence_out[OUTCOME_DIVERGENCE_BYTES]);

/* Where two logs part. False: they do not. */
bool determinism_compare(const char *here_path, const char *there_path,
                         char text_out[OUTCOME_DIVERGENCE_BYTES]);

/* Is the seed with this index (from 0) one of the fraction that is checked? The first one is. */
bool determinism_is_due(uint64_t index, double fraction);

#endif
