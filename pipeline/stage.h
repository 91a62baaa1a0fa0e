/* SPDX-License-Identifier: Apache-2.0 */
/* stage: the stages, as worker.h runs them. */
#ifndef PIPELINE_STAGE_H
#define PIPELINE_STAGE_H

#include "pipeline/worker.h"

extern const struct worker_stage stage_ingest;
extern const struct worker_stage stage_download;
extern const struct worker_stage stage_results;
extern const struct worker_stage stage_retry;

#endif
