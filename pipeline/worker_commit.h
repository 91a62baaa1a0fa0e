/* SPDX-License-Identifier: Apache-2.0 */
/* worker_commit: when a worker commits what, and what becomes of a batch that is not taken. See worker.h. */
#ifndef PIPELINE_WORKER_COMMIT_H
#define PIPELINE_WORKER_COMMIT_H

#include "pipeline/worker.h"

/* Takes what has ended, begins what is due. Returns when it wants to be called though nothing wakes (CLOCK_NEVER). */
int64_t worker_commit_step(struct worker *worker);

/* Waits for the batch under way, however long that takes. */
void worker_commit_settle(struct worker *worker);

/* Commits all that is ready; ends early when a batch comes to nothing, or time is over. */
void worker_commit_all(struct worker *worker, int timeout_ms);

/* Is something ready, or being committed? */
bool worker_commit_is_busy(const struct worker *worker);

#endif
