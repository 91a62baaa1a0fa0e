/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_connection: one client of one broker: frames in, one request at a time, frames out.
 *
 *     READING --frame--> (gate) --> WITH_CLUSTER --answer--> SENDING --all sent--> READING
 *                          `--hold, delay--> HELD --^              CLOSED <-- from everywhere
 *                          `--late--> DYING --^ (its socket is closed, and nobody gets the answer)
 *
 * A frame stays in the input buffer until its answer is sent, since the decoded request points into it; what
 * follows waits behind it and in the socket, as Kafka's SocketServer mutes a channel. A client that only ends its own
 * stream still gets its answers. A connection that is closed while the cluster has its request is kept until the
 * cluster gives that back.
 */
#ifndef SIM_KAFKA_HOST_SERVER_CONNECTION_H
#define SIM_KAFKA_HOST_SERVER_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/kafka/cluster.h"
#include "sim/kafka/host/gate.h"
#include "sim/kafka/request.h"

struct kafka_broker;
struct kafka_cluster;
struct server_connection;

enum server_connection_state {
    SERVER_CONNECTION_READING,
    SERVER_CONNECTION_HELD,
    SERVER_CONNECTION_DYING, /* the socket is closed, the frame in hand is still to be applied */
    SERVER_CONNECTION_WITH_CLUSTER,
    SERVER_CONNECTION_SENDING,
    SERVER_CONNECTION_CLOSED, /* the socket is closed; free it once !has_request */
};

/* What the connections of a server share. */
struct server_shared {
    struct kafka_cluster *cluster;
    struct gate gate;
    uint32_t slow_ms[KAFKA_BROKERS_MAX + 1]; /* by broker: how long each request waits */
    int64_t now_ns;                          /* of the cluster's clock */
    int32_t frame_bytes_max;                 /* socket.request.max.bytes */
    struct server_connection
        *ready; /* whose answer was sent on somebody else's turn: they may have a next frame */
    struct server_connection **ready_end;
};

struct server_connection {
    struct server_shared *shared; /* borrowed */
    struct kafka_broker *broker;  /* borrowed */
    int socket;
    enum server_connection_state state;
    bool has_request;              /* the cluster has it */
    bool is_on_turn;               /* server_connection_step is on the stack */
    bool is_ready;                 /* in shared->ready */
    bool peer_is_done;             /* its FIN was read */
    bool drops_answer;             /* the gate said so */
    int64_t wake_ns;               /* when HELD or DYING ends by itself; INT64_MAX: never */
    struct gate_decision decision; /* of the frame in hand */

    uint8_t *input;
    size_t input_start, input_end, input_capacity; /* what was read and is not used up */
    size_t frame_bytes;                            /* of the frame in hand, its length included */
    struct wire_output output;
    size_t output_sent;

    struct kafka_client client;
    struct kafka_request request;
    struct server_connection *ready_next;
};

/* Takes socket, which is non-blocking. address: the client's, as text. NULL: no memory, and the socket is closed. */
struct server_connection *server_connection_new(int socket, struct server_shared *shared,
                                                struct kafka_broker *broker, const char *address);
/* Closes the socket if need be; the cluster must not have its request. */
void server_connection_free(struct server_connection *connection);

/* What to poll for; hang-ups and errors always are. */
short server_connection_events(const struct server_connection *connection);
/* Does all that can be done now: after poll reported revents (0: none), or when wake_ns has come. */
void server_connection_step(struct server_connection *connection, short revents);
/* The gate was changed, or time has passed: is it still held? */
void server_connection_look(struct server_connection *connection);
/* Closes it at once, as when its broker's process ends. */
void server_connection_close(struct server_connection *connection);
/* The cluster's answer, as of struct kafka_seam. Does not call the cluster. */
void server_connection_on_answer(struct kafka_request *request, enum kafka_answer answer,
                                 const void *response);

#endif
