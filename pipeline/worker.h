/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: what the stages have in common: one consumer, one producer, one event loop, one way to stop.
 *
 * One thread turns the loop: records in, delivery reports, HTTP, storage, due commits; then it waits for
 * whichever comes first: librdkafka's queues (through a pipe), a socket, a signal or a deadline. A stop
 * (SIGTERM) ends fetching, lets work in flight finish within drain.timeout_ms, cancels the rest, commits and
 * leaves the group.
 */
#ifndef PIPELINE_WORKER_H
#define PIPELINE_WORKER_H

#include "pipeline/body.h"
#include "pipeline/config.h"
#include "pipeline/consumer.h"
#include "pipeline/http.h"
#include "pipeline/jitter.h"
#include "pipeline/log.h"
#include "pipeline/producer.h"
#include "pipeline/shutdown.h"
#include "pipeline/storage.h"
#include "pipeline/topics.h"
#include "pipeline/wake.h"

struct worker;

/* What a stage adds. state is what open returned. */
struct worker_stage {
    const char *name;
    enum topics_id topic;
    enum topics_group group;
    bool uses_storage; /* and HTTP */
    bool wants_start;  /* see consumer.h */
    const char *point_before_commit;
    const char *point_on_revoke;
    void *(*open)(struct worker *worker);
    /* Borrows the message. */
    void (*on_record)(void *state, const rd_kafka_message_t *message,
                      const struct consumer_position *position);
    /* Starts what can be started; returns when it wants to be called though nothing happened
     * (CLOCK_NEVER). */
    int64_t (*on_turn)(void *state, int64_t now_ns);
    void (*on_assigned)(void *state, int32_t partition, uint64_t assignment, int64_t start);
    void (*on_gone)(void *state, uint64_t assignment);
    /* Fetching has ended: finish soon. Work that has not begun may be forgotten. */
    void (*on_drain)(void *state);
    /* Time is over: end what is not waiting for the producer. */
    void (*on_cancel)(void *state);
    bool (*has_room)(void *state);
    /* Work in hand, outputs not counted. */
    size_t (*in_flight)(void *state);
    /* The producer has told every sender by then. */
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
    struct producer *producer;
    void *state;
    bool is_draining;
    bool has_failed;
};

/* Runs a stage until a signal or a failure. Returns an enum millrace_exit. */
int worker_run(const struct worker_stage *stage, const struct config *config, const struct log *log);

/* Something that only an operator or a supervisor can mend: stop with MILLRACE_STOPPED, committing nothing
 * that is unfinished. */
void worker_fail(struct worker *worker, const char *what, const char *detail);

/* The record's outputs are safe (consumer_finish, as long as there is a consumer). */
void worker_finish(struct worker *worker, const struct consumer_position *position);

#endif
