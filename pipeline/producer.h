/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer: sends records and tells the sender of each when it is safe.
 *
 * What could not be delivered for a reason that passes (time limit, full queue) is sent again, in order of
 * failure, until it is delivered or the producer is closed. So is what the client takes for delivered without
 * a broker's word for it. What can never be delivered is reported as refused. So a sender hears exactly once
 * of each record; its topic may have it twice. Idempotent by default. Stages commit otherwise (committer.h).
 */
#ifndef PIPELINE_PRODUCER_H
#define PIPELINE_PRODUCER_H

#include "pipeline/client.h"
#include "pipeline/config.h"
#include "pipeline/output.h"
#include "pipeline/wake.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum producer_outcome {
    PRODUCER_DELIVERED, /* acknowledged by the broker, which has told its offset */
    PRODUCER_REFUSED,   /* will never be: too large, not authorised, fatal error */
    PRODUCER_DROPPED,   /* the producer was closed before */
};

struct producer;

/* NULL: error says why. Borrows log and wake (NULL: none), which must outlive it. */
struct producer *producer_new(const struct config *config, const struct log *log, struct wake *wake,
                              char error[CLIENT_ERROR_BYTES]);

/* Copies the record. on_delivered is called once, from producer_step or producer_free. */
void producer_send(struct producer *producer, const struct output_record *record,
                   void (*on_delivered)(void *context, enum producer_outcome outcome, const char *reason),
                   void *context);

/* Serves delivery reports and sends again what must be; waits at most timeout_ms for the first report. */
void producer_step(struct producer *producer, int timeout_ms);

/* Records whose sender has not heard yet. */
size_t producer_pending(const struct producer *producer);

/* When producer_step must be called though nothing wakes: CLOCK_NEVER, or the time of the next attempt. */
int64_t producer_deadline_ns(const struct producer *producer);

/* The fatal error of the client, or NULL. Borrowed. */
const char *producer_fatal(const struct producer *producer);

/* Drops what is pending (tell the senders), and frees. Accepts NULL. */
void producer_free(struct producer *producer);

#endif
