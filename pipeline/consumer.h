/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer: one stage's membership in its group: which partitions it owns, which of their records are in hand.
 *
 * A record belongs to the assignment under which it came: its position is worth nothing once the partition was taken away,
 * even if it comes back. What is finished waits in a frontier per partition until it is committed; the consumer says what
 * is ready (consumer_fill), others commit (committer.h), and the client's own commit and store are off. A partition is given
 * up only when nothing of it is being committed.
 */
#ifndef PIPELINE_CONSUMER_H
#define PIPELINE_CONSUMER_H

#include "pipeline/batch.h"
#include "pipeline/client.h"
#include "pipeline/config.h"
#include "pipeline/shutdown.h"
#include "pipeline/wake.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONSUMER_TOPICS_MAX = 8 };

struct consumer_position {
    uint64_t assignment; /* unique among all assignments of all partitions of this consumer */
    int topic;           /* index into those subscribed */
    int32_t partition;
    int64_t offset;
};

/* What the owner does when assignments change. All run inside consumer_poll or consumer_free. */
struct consumer_hooks {
    /* A partition has come; the committed offset is position->offset. */
    void (*on_assigned)(void *context, const struct consumer_position *position);
    /* The membership changes: nothing may be being committed when this returns. */
    void (*on_settle)(void *context);
    /* Partitions will go, and are not lost: the last chance to commit what is finished. */
    void (*on_revoking)(void *context);
    /* One has gone: cancel its work, whose positions are void from now on. */
    void (*on_gone)(void *context, uint64_t assignment);
};

struct consumer_options {
    const struct config *config;
    const struct log *log;
    const struct shutdown *shutdown; /* looked at while a call blocks */
    struct wake *wake;
    const char *group;
    const char *topics[CONSUMER_TOPICS_MAX];
    int topic_count;
    const struct consumer_hooks *hooks;
    void *context; /* for the hooks */
};

struct consumer;

enum consumer_event {
    CONSUMER_NOTHING, /* the queue is empty: wait */
    CONSUMER_RECORD,  /* *message_out and *position_out are set; destroy the message */
    CONSUMER_OTHER,   /* something was served: poll again */
    CONSUMER_STOPPED, /* see consumer_problem */
};

/* Not yet a member. NULL: error says why. Copies names, borrows the rest. */
struct consumer *consumer_new(const struct consumer_options *options, char error[CLIENT_ERROR_BYTES]);

/* Joins. False: error says why. */
bool consumer_join(struct consumer *consumer, char error[CLIENT_ERROR_BYTES]);

enum consumer_event consumer_poll(struct consumer *consumer, rd_kafka_message_t **message_out,
                                  struct consumer_position *position_out);

/* The record is done with, and this was made of it: taken, outputs is empty then. Void positions are ignored. */
void consumer_finish(struct consumer *consumer, const struct consumer_position *position,
                     struct outputs *outputs);

/* Records that are finished, and so are all before them in their partition. */
size_t consumer_ready(const struct consumer *consumer);

/* Makes a batch of at most records_max of them, and their outputs. False: nothing is ready. */
bool consumer_fill(struct consumer *consumer, size_t records_max, struct batch *batch_out);

/* The batch is committed: forgets its records. */
void consumer_committed(struct consumer *consumer, const struct batch *batch);

/* What was made of the finished record at a place is this instead: taken. */
void consumer_replace(struct consumer *consumer, const rd_kafka_topic_partition_t *place,
                      struct outputs *outputs);

/* Records in hand: begun and not yet committed. */
size_t consumer_held(const struct consumer *consumer);

/* As whom the group knows us; NULL: it may think otherwise by now. Borrowed until the next rebalance. */
const rd_kafka_consumer_group_metadata_t *consumer_membership(const struct consumer *consumer);

/* Borrowed. */
rd_kafka_t *consumer_client(const struct consumer *consumer);

/* Pauses all partitions when there is no room, and those whose window is full; resumes the others. */
void consumer_set_room(struct consumer *consumer, bool has_room);

/* To be called now and then: who has been no member of its group for consumer.absence_max_ms has a problem. librdkafka 2.0.2 may stay out
 * for ever: a heartbeat of the member that it was is answered UNKNOWN_MEMBER_ID while it joins as another, and it forgets the new id. */
void consumer_look_after(struct consumer *consumer, int64_t now_ns);

/* Was that its problem? The client would never end, either. */
bool consumer_is_adrift(const struct consumer *consumer);

/* From now on no records come; assignments are served on. */
void consumer_stop_fetching(struct consumer *consumer);

/* Why CONSUMER_STOPPED. Borrowed; NULL while all is well. */
const char *consumer_problem(const struct consumer *consumer);

/* Leaves the group and frees. Nothing may be being committed. Accepts NULL. */
void consumer_free(struct consumer *consumer);

#endif
