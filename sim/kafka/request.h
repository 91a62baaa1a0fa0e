/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: one request at a broker, from its arrival to its answer.
 *
 *   host: frame -> wire_request_decode -> kafka_cluster_request --> api's function --> kafka_request_answer at once
 *                                                                        `--> kafka_request_wait .. on_change, on_due
 *
 * A request that has to wait (a fetch for data, a produce for its replicas, a join for the others) watches what it
 * waits for and has a deadline. Like Kafka's DelayedOperationPurgatory, but nothing is asked before it changed.
 * A broker answers a connection's requests one at a time, in order (SocketServer.scala mutes the channel); the
 * host holds back what comes next.
 */
#ifndef SIM_KAFKA_REQUEST_H
#define SIM_KAFKA_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/deadline.h"
#include "sim/kafka/watch.h"
#include "sim/kafka/wire/wire.h"

struct kafka_broker;
struct kafka_cluster;
struct kafka_request;

enum { KAFKA_HOST_TEXT_MAX = 64, KAFKA_PRINCIPAL_MAX = 64 };

/* FAILED: the host closes the connection behind the answer. */
enum kafka_sasl_state { KAFKA_SASL_NONE, KAFKA_SASL_HANDSHAKEN, KAFKA_SASL_DONE, KAFKA_SASL_FAILED };

/* Who is at the other end of a connection. The host's storage; zero-initialise it and fill in the address. */
struct kafka_client {
    char address[KAFKA_HOST_TEXT_MAX];   /* "10.0.0.3" */
    char principal[KAFKA_PRINCIPAL_MAX]; /* of SASL; empty: nobody has logged in */
    enum kafka_sasl_state sasl;
};

enum kafka_answer {
    KAFKA_ANSWER_SEND,  /* the response */
    KAFKA_ANSWER_NONE,  /* nothing is sent: Produce with acks=0 */
    KAFKA_ANSWER_CLOSE, /* nothing is sent, and the connection is closed */
};

struct kafka_request {
    struct kafka_cluster *cluster;
    struct kafka_broker *broker;       /* that received it */
    struct kafka_client *client;       /* NULL once the connection is gone; then the answer goes nowhere */
    struct wire_request_header header; /* api is set; points into the frame */
    const void *body;                  /* struct wire_.._request, as header.api says; points into the frame */
    struct wire_memory memory;         /* lasts until the answer: body, and what the api's function takes */
    void *owner;                       /* the host's own */

    /* Its function's, while it waits. */
    void *wait;                                       /* what it has to remember, in memory */
    void (*on_change)(struct kafka_request *request); /* something that it watches has changed */
    void (*on_due)(struct kafka_request *request);    /* its time is up */
    struct kafka_deadline deadline;
    struct kafka_waiter waiter;
    struct kafka_watch *watches; /* in memory */
    int32_t watch_count;
    bool is_waiting;
    bool ends_with_client; /* nothing comes of it any more but an answer: ends once the connection is gone */
    struct kafka_request *next_waiting, *previous_waiting;
};

/* From the request's memory, cleared; asserts that there is some. */
void *kafka_request_take(struct kafka_request *request, size_t bytes);

/* Each request is ended by exactly one of these; afterwards it belongs to the host again, and is not touched.
 * response: struct wire_.._response; it need only live until the call returns. */
void kafka_request_answer(struct kafka_request *request, const void *response);
void kafka_request_finish(struct kafka_request *request); /* KAFKA_ANSWER_NONE */
void kafka_request_close(struct kafka_request *request);  /* KAFKA_ANSWER_CLOSE */

/* Lets it wait (from on_due, perhaps: anew) until due_ns (INT64_MAX: for ever), for at most watches_max things. on_change may be NULL. Both are
 * called from the cluster's loop, never from within kafka_watched_touch, and may end the request. */
void kafka_request_wait(struct kafka_request *request, int64_t due_ns, int32_t watches_max);
void kafka_request_watch(struct kafka_request *request, struct kafka_watched *watched);
/* It will never be answered, and ends when its connection does, which may be now: not to be touched any more. */
void kafka_request_forget(struct kafka_request *request);

#endif
