/* SPDX-License-Identifier: Apache-2.0 */
/*
 * artefacts: what a run leaves behind.
 *
 *   DIR/summary.json
 *   DIR/junit.xml
 *   DIR/failures/<signature>/trace.jsonl     the first seed that failed like this, for any build
 *   DIR/failures/<signature>/trace.min.jsonl the same with the few choices that it needs
 *   DIR/failures/<signature>/REPRODUCE       the lines to copy
 *   DIR/work/                                while the run lasts: what workers write
 */
#ifndef SIM_CLI_ARTEFACTS_H
#define SIM_CLI_ARTEFACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/cli/score.h"

enum { ARTEFACTS_PATH_BYTES = 2048 };

struct artefacts {
    char directory[ARTEFACTS_PATH_BYTES]; /* absolute */
    char (*taken)[PLAY_NAME_BYTES * 2];   /* names under failures/, owned */
    size_t taken_count;
};

/* Makes the directory; NULL: millrace-out/<UTC>-<commit>, and the link millrace-out/latest to it. False:
 * error_out. */
bool artefacts_open(struct artefacts *artefacts, const char *directory, char error_out[ARTEFACTS_PATH_BYTES]);
/* Removes DIR/work. */
void artefacts_close(struct artefacts *artefacts);

/* A file in DIR/work. */
void artefacts_work_path(const struct artefacts *artefacts, const char *name,
                         char path_out[ARTEFACTS_PATH_BYTES]);
/* Where a worker puts the trace of a seed. */
void artefacts_seed_path(const struct artefacts *artefacts, uint64_t seed,
                         char path_out[ARTEFACTS_PATH_BYTES]);

/* Makes failures/<signature>, with the seed's trace if its worker wrote one, and fills signature->folder and
 * has_trace. argument: the scenario as replay takes it. */
bool artefacts_keep(struct artefacts *artefacts, struct score_signature *signature, const char *scenario_name,
                    const char *argument, const struct score_failure *failure);
/* Adds the shrunk trace to the failure's REPRODUCE. False: errno. */
bool artefacts_keep_shrunk(const struct score_signature *signature);
/* Drops the traces that workers wrote and nobody kept. */
void artefacts_clean(const struct artefacts *artefacts);

#endif
