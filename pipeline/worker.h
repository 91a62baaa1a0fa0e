/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: what the stages have in common: one consumer, one committer, one event loop, one way to stop.
 *
 * One thread turns the loop: records in, HTTP, storage, what the stage has to do, and every so often a batch of what is
 * finished to the committer, whose thread makes it permanent; then it waits for whichever comes first: librdkafka's queues
 * and the committer (through a pipe), a socket, a signal or a deadline. What cannot be committed is committed again, later;
 * what no broker will ever take goes to the dead letters, found by halving batches. A stop (SIGTERM) ends fetching, lets
 * work in flight finish within drain.timeout_ms, cancels the rest, commits and leaves the group.
 */
#ifndef PIPELINE_WORKER_H
#define PIPELINE_WORKER_H

#include "pipeline/body.h"
#include "pipeline/committer.h"
#include "pipeline/config.h"
#include "pipeline/consumer.h"
#include "pipeline/http.h"
#include "pipeline/jitter.h"
#include "pipeline/log.h"
#include "pipeline/shutdown.h"
#include "pipeline/storage.h"
#include "pipeline/topics.h"
#include "pipeline/wake.h"

struct worker;

/* What a stage adds. state is what open returned. */
struct worker_stage {
    const char *name;
    const enum topics_id *topics;
    int topic_count;
    enum topics_group group;
    enum topics_id dlq; /* for what cannot be read or written */
    bool uses_storage;  /* and HTTP */
    struct committer_points points;
    const char *point_on_revoke;
    void *(*open)(struct worker *worker);
    /* Ends in worker_finish, now or later. True: keeps the message, and destroys it before on_cancel or on_gone are over. */
    bool (*on_record)(void *state, rd_kafka_message_t *message, const struct consumer_position *position);
    /* Starts what can be started; returns when it wants to be called though nothing happened
     * (CLOCK_NEVER). */
    int64_t (*on_turn)(void *state, int64_t now_ns);
    /* NULL: nothing to do. position->offset is the committed one. */
    void (*on_assigned)(void *state, const struct consumer_position *position);
    void (*on_gone)(void *state, uint64_t assignment);
    /* Fetching has ended: finish soon. Work that has not begun may be forgotten. */
    void (*on_drain)(void *state);
    /* Time is over: end all. */
    void (*on_cancel)(void *state);
    bool (*has_room)(void *state);
    /* Work in hand that will be finished. */
    size_t (*in_flight)(void *state);
    void (*close)(void *state);
};

struct worker {
    const struct worker_stage *stage;
    const struct config *config;
    const struct log *log;
    struct shutdown shutdown;
    struct wake wake;
    struct http http;
    struct storage *storage; /* NULL unless used */
    struct body_spool spool;
    struct jitter jitter;
    struct consumer *consumer;
    struct committer *committer;
    void *state;
    bool is_draining;
    bool has_failed;
    /* Committing. */
    size_t batch_max; /* records in the next batch: halved while some are refused */
    int64_t
        batch_ns; /* when the next one is due: commit.interval_ms after the first of its records was ready */
    int64_t again_ns;     /* none before */
    unsigned again_count; /* attempts in a row that came to nothing */
    int64_t stuck_ns;     /* the first of these */
    bool is_adrift;       /* nothing is committed any more; the clients might not even end */
    bool is_burying;      /* the batch under way is a dead letter in the place of a record that was refused */
};

/* Runs a stage until a signal or a failure. Returns an enum millrace_exit. */
int worker_run(const struct worker_stage *stage, const struct config *config, const struct log *log);

/* Something that only an operator or a supervisor can mend: stop with MILLRACE_STOPPED, committing nothing
 * that is unfinished. */
void worker_fail(struct worker *worker, const char *what, const char *detail);

/* The record is done with, and this was made of it (NULL: nothing): taken. It is committed in its turn, unless the partition
 * goes before. */
void worker_finish(struct worker *worker, const struct consumer_position *position, struct outputs *outputs);

#endif
