/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection: one client of a server: reads requests, sends responses with all their misbehaviour.
 *
 *      READING --request complete--> WAITING --delay over--> SENDING --all sent--> READING
 *                                       ^---- gap -----------'  |  '--close--> DRAINING --client gone--> CLOSED
 *                                                               '--stall--> STALLED --client gone--> CLOSED
 *
 * DRAINING has sent its FIN and reads on for a while, so that the kernel does not answer unread input with a reset
 * that would overtake the response. Every failing call leads to CLOSED.
 */
#ifndef SIM_HTTP_CONNECTION_H
#define SIM_HTTP_CONNECTION_H

#include "sim/http/server.h"

enum http_connection_state {
    HTTP_CONNECTION_READING,
    HTTP_CONNECTION_WAITING,
    HTTP_CONNECTION_SENDING,
    HTTP_CONNECTION_STALLED,
    HTTP_CONNECTION_DRAINING,
    HTTP_CONNECTION_CLOSED, /* the socket is closed; free it */
};

struct http_connection {
    const struct http_server_config *config; /* borrowed */
    const struct http_server_owner *owner;   /* borrowed */
    int socket;
    enum http_connection_state state;
    bool peer_is_done;   /* its FIN was read */
    bool body_is_hidden; /* the answer to a HEAD, or a status that has no body */
    int64_t wake_ns;     /* when the present state ends by itself; INT64_MAX: never */
    struct http_request request;
    struct http_response response;

    bool head_is_made; /* .. and the response's parts, as far as they lie in output already */
    bool end_is_made;
    uint64_t body_made_bytes;
    uint64_t piece_left_bytes;

    size_t input_start; /* of what is read and not yet parsed */
    size_t input_end;
    size_t output_start; /* of what is made and not yet sent */
    size_t output_end;
    char input[HTTP_INPUT_BYTES];
    char output[HTTP_OUTPUT_BYTES];
};

/* Takes socket, which is non-blocking. NULL: no memory, and the socket is closed. */
struct http_connection *http_connection_new(int socket, const struct http_server_config *config,
                                            const struct http_server_owner *owner, int64_t now_ns);
/* Closes the socket if need be. */
void http_connection_free(struct http_connection *connection);

/* What to poll for. */
short http_connection_events(const struct http_connection *connection);

/* Does all that can be done now: after poll reported revents (0: none), and when wake_ns has come. */
void http_connection_step(struct http_connection *connection, short revents, int64_t now_ns);

#endif
