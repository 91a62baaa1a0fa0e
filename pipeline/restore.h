/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restore: reads a changelog back, a partition at a time, up to where it ended when the partition was taken on.
 *
 * Whoever asks has fetched the stable committed offsets of its input before (rd_kafka_committed, read_committed). So all that
 * was committed with them lies below the end that is asked for then, as a reader of everything sees it: the end for readers of
 * committed data may lie before a transaction whose marker is still on its way. Committed records are read until the position
 * has reached that end; while a transaction is open there, that waits for its end. Nothing blocks for longer than a second.
 */
#ifndef PIPELINE_RESTORE_H
#define PIPELINE_RESTORE_H

#include "pipeline/client.h"
#include "pipeline/config.h"
#include "pipeline/log.h"
#include "pipeline/wake.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

struct restore_options {
    const struct config *config;
    const struct log *log;
    struct wake *wake; /* told when there is something to step for */
    const char *topic;
    void (*on_record)(void *context, int32_t partition, const rd_kafka_message_t *message);
    void (*on_done)(void *context, int32_t partition);
    void *context;
};

struct restore;

/* Copies the name, borrows the rest; clients are made when they are needed. */
struct restore *restore_new(const struct restore_options *options);
void restore_free(struct restore *restore); /* accepts NULL */

/* A partition that is not being restored. */
void restore_begin(struct restore *restore, int32_t partition);
/* Forgets it, if it is. */
void restore_cancel(struct restore *restore, int32_t partition);

/* Asks and reads; calls on_record and on_done. Returns when it wants to be called though nothing wakes (CLOCK_NEVER). */
int64_t restore_step(struct restore *restore);

/* Why it can never be done; NULL: all is well. Borrowed. */
const char *restore_problem(const struct restore *restore);

#endif
