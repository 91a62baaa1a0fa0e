/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lag: how far another group is behind the end of a topic that it reads.
 *
 * A thread asks the brokers now and then, with a client of its own that never joins the group: the questions block, and the
 * event loop must not. Committed offsets that are missing count from the beginning.
 */
#ifndef PIPELINE_LAG_H
#define PIPELINE_LAG_H

#include "pipeline/client.h"
#include "pipeline/config.h"
#include "pipeline/log.h"
#include "pipeline/topics.h"
#include "pipeline/wake.h"

#include <stdint.h>

struct lag;

/* Begins to ask. Borrows config, log and wake, which is told of each answer. NULL: error says why. */
struct lag *lag_new(const struct config *config, const struct log *log, struct wake *wake,
                    enum topics_id topic, char error[CLIENT_ERROR_BYTES]);

/* Records, as of some seconds ago; -1: not known yet. */
int64_t lag_records(const struct lag *lag);

/* Ends the thread, after the question under way. Accepts NULL. */
void lag_free(struct lag *lag);

#endif
