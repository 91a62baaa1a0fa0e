/* SPDX-License-Identifier: Apache-2.0 */
/* committer_private: what committer.c, committer_transaction.c and committer_plain.c share. All of it runs on its thread. */
#ifndef PIPELINE_COMMITTER_PRIVATE_H
#define PIPELINE_COMMITTER_PRIVATE_H

#include "pipeline/committer.h"

#include <pthread.h>
#include <stdatomic.h>

enum { COMMITTER_CALL_MS = 5000, COMMITTER_FLUSH_MS = 500, COMMITTER_POLL_MS = 100 };

enum committer_state { COMMITTER_STARTING, COMMITTER_IDLE, COMMITTER_WORKING, COMMITTER_ENDED };

struct committer {
    struct client_opaque opaque; /* first: see client.h */
    struct committer_options options;
    char *transactional_id;
    rd_kafka_t *producer;

    pthread_t thread;
    pthread_mutex_t mutex; /* state, and with it whose the rest is: the thread's while STARTING or WORKING */
    pthread_cond_t changed;
    enum committer_state state;
    atomic_bool is_closing;

    struct batch batch;
    const rd_kafka_consumer_group_metadata_t *membership;
    enum committer_end end;
    char reason[CLIENT_ERROR_BYTES];

    int64_t deadline_ns;          /* of what is under way */
    size_t sent, written, failed; /* outputs of this attempt */
    bool was_disconnected;        /* a connection was lost since it was last cleared */
};

/* May a call that came to nothing be made again? Not when it is closing, nor when it has taken too long: librdkafka 2.0.2 can
 * lose its way to a transaction's coordinator for ever. */
bool committer_may_go_on(const struct committer *committer);

/* A new client; NULL: error says why. */
rd_kafka_t *committer_new_producer(struct committer *committer, char error[CLIENT_ERROR_BYTES]);

/* Produces what is not delivered yet; reports are counted as they come. */
void committer_produce(struct committer *committer);

/* Notes why, and returns end. */
enum committer_end committer_because(struct committer *committer, enum committer_end end, const char *what,
                                     const char *why);

/* AGAIN or REFUSED, by the errors of the outputs. */
enum committer_end committer_undelivered(struct committer *committer);

/* At start-up: DONE, STOPPED, or AGAIN when it is closing. */
enum committer_end committer_init_transactions(struct committer *committer);

enum committer_end committer_in_transaction(struct committer *committer);
enum committer_end committer_plainly(struct committer *committer);

#endif
