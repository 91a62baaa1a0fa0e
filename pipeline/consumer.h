/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer: one stage's membership in its group, and whose offsets may be committed.
 *
 * A record belongs to the assignment under which it came: its position is worth nothing once the partition
 * was taken away, even if it comes back. Offsets are committed by explicit list only, over the contiguous
 * finished prefix (frontier.h), one commit at a time; the client's own commit and store are off. On a
 * revocation what is finished is committed before the partition is given up; when it was lost, nothing is.
 */
#ifndef PIPELINE_CONSUMER_H
#define PIPELINE_CONSUMER_H

#include "pipeline/client.h"
#include "pipeline/config.h"
#include "pipeline/shutdown.h"
#include "pipeline/wake.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct consumer_position {
    uint64_t assignment; /* unique among all assignments of all partitions of this consumer */
    int32_t partition;
    int64_t offset;
};

/* What the owner does about its work when assignments change. All run inside consumer_poll or
 * consumer_free. */
struct consumer_hooks {
    /* A partition has come; start is the committed offset, -1 unless wants_start. */
    void (*on_assigned)(void *context, int32_t partition, uint64_t assignment, int64_t start);
    /* Partitions will go, and what is finished is about to be committed: last chance to finish. */
    void (*on_revoking)(void *context);
    /* One has gone: cancel its work, whose positions are void from now on. */
    void (*on_gone)(void *context, uint64_t assignment);
    /* An offset commit is about to be sent. */
    void (*on_commit)(void *context);
};

struct consumer_options {
    const struct config *config;
    const struct log *log;
    const struct shutdown *shutdown; /* looked at while a call blocks */
    struct wake *wake;
    const char *group;
    const char *topic;
    const struct consumer_hooks *hooks;
    void *context;    /* for the hooks */
    bool wants_start; /* look up the committed offset of each partition that comes */
};

struct consumer;

enum consumer_event {
    CONSUMER_NOTHING, /* the queue is empty: wait */
    CONSUMER_RECORD,  /* *message_out and *position_out are set; destroy the message */
    CONSUMER_OTHER,   /* something was served: poll again */
    CONSUMER_STOPPED, /* see consumer_problem */
};

/* Joins. NULL: error says why. Copies names, borrows the rest. */
struct consumer *consumer_new(const struct consumer_options *options, char error[CLIENT_ERROR_BYTES]);

enum consumer_event consumer_poll(struct consumer *consumer, rd_kafka_message_t **message_out,
                                  struct consumer_position *position_out);

/* The record's outputs are safe. Void positions are ignored. */
void consumer_finish(struct consumer *consumer, const struct consumer_position *position);

/* The same for all records of this assignment with offsets below end, those not yet read included: they
 * will not be delivered. */
void consumer_finish_below(struct consumer *consumer, uint64_t assignment, int64_t end);

/* Commits (asynchronously) if enough is finished or time has come. */
void consumer_commit_due(struct consumer *consumer);

/* Commits all that is finished and waits for the answer, at most timeout_ms in all. While an earlier commit's
 * answer does not come, nothing is sent: what is finished is then done again by whoever reads it next. */
void consumer_commit_now(struct consumer *consumer, int timeout_ms);

/* When consumer_commit_due has something to do; CLOCK_NEVER if nothing is finished. */
int64_t consumer_deadline_ns(const struct consumer *consumer);

/* Pauses all partitions when there is no room, and those whose window is full; resumes the others. */
void consumer_set_room(struct consumer *consumer, bool has_room);

/* From now on no records come; assignments are served on. */
void consumer_stop_fetching(struct consumer *consumer);

/* Why CONSUMER_STOPPED. Borrowed; NULL while all is well. */
const char *consumer_problem(const struct consumer *consumer);

/* Leaves the group and frees. Commits nothing. Accepts NULL. */
void consumer_free(struct consumer *consumer);

#endif
