/* SPDX-License-Identifier: Apache-2.0 */
/*
 * committer: makes batches permanent, one at a time, on a thread of its own: a commit that blocks stops no transfer.
 *
 * Exactly once: outputs and offsets are one transaction, so that a reader of committed records sees both or neither. Offsets
 * are sent as the member that the batch was made by (KIP-447): whoever has lost its partitions meanwhile is refused by the
 * group coordinator. At least once: the offsets are committed when all outputs are acknowledged.
 */
#ifndef PIPELINE_COMMITTER_H
#define PIPELINE_COMMITTER_H

#include "pipeline/batch.h"
#include "pipeline/client.h"
#include "pipeline/config.h"
#include "pipeline/wake.h"

#include <stdbool.h>
#include <stddef.h>

enum committer_end {
    COMMITTER_DONE,
    COMMITTER_AGAIN, /* not this time. Exactly once: nothing happened; at least once: some outputs may be in the log */
    COMMITTER_REFUSED, /* as AGAIN, and some output (its error says which) will not be taken next time either */
    COMMITTER_STOPPED, /* never more: fenced, not authorised, ..: a supervisor has to start the process again */
};

/* Named points of the stage that it works for; NULL: none. */
struct committer_points {
    const char *before_produce; /* of each output */
    const char *after_ack;      /* all outputs are acknowledged */
    const char *before_commit;  /* and all is durable that they tell of */
    const char *after_commit;
};

struct committer_options {
    const struct config *config;
    const struct log *log;
    struct wake *wake; /* told when a batch has ended */
    rd_kafka_t *consumer;
    const char *transactional_id; /* NULL: at least once */
    struct committer_points points;
    /* What the outputs tell of must be durable before the commit; runs on the committer's thread. False: it is not, try
     * again later. NULL: nothing to do. */
    bool (*make_durable)(void *context);
    void *context;
};

struct committer;

/* Starts the thread, which first ends what an earlier process of this transactional id has left open. Copies names, borrows
 * the rest. NULL: error says why. */
struct committer *committer_new(const struct committer_options *options, char error[CLIENT_ERROR_BYTES]);

/* Is there nothing to wait for or to take? */
bool committer_is_idle(const struct committer *committer);

/* Begins with a batch; committer_is_idle. Takes it until it has ended, and borrows membership, NULL if it is no member. */
void committer_start(struct committer *committer, struct batch *batch,
                     const rd_kafka_consumer_group_metadata_t *membership);

/* Waits until a batch has ended, or the start-up; at most timeout_ms. False: not yet. */
bool committer_wait(struct committer *committer, int timeout_ms);

/* Has a batch ended? Gives it back (zeroed if it ended at start-up). reason: one line, borrowed until the next call. */
bool committer_take(struct committer *committer, struct batch *batch_out, enum committer_end *end_out,
                    const char **reason_out);

/* Ends what is under way (a transaction is aborted if it can be), and frees. Accepts NULL. */
void committer_free(struct committer *committer);

#endif
