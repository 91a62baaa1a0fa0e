/* SPDX-License-Identifier: Apache-2.0 */
/* dlq: the command `millrace dlq`. */
#ifndef PIPELINE_DLQ_H
#define PIPELINE_DLQ_H

#include "pipeline/config.h"
#include "pipeline/log.h"

/* words are what stands behind "dlq". Returns an enum millrace_exit: MILLRACE_DIFFERENT if a named record does not exist, or one that
 * was to be replayed cannot be. */
int dlq_command(char **words, int count, const struct config *config, const struct log *log);

#endif
