/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_shrink: after a run, the trace of a new signature beside a shrunk one.
 *
 * It is shrunk by this program executed anew: a run's own process reads no trace, so that its workers begin alike.
 */
#ifndef SIM_CLI_RUN_SHRINK_H
#define SIM_CLI_RUN_SHRINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/cli/score.h"

enum { RUN_SHRINK_ERROR_BYTES = 512, RUN_SHRINK_SIGNATURES_MAX = 8 };

/* Makes FOLDER/trace.min.jsonl of FOLDER/trace.jsonl, and fills in what the signature knows of it. False: error_out. */
bool run_shrink(struct score_signature *signature, unsigned workers, int64_t budget_ns,
                char error_out[RUN_SHRINK_ERROR_BYTES]);

#endif
