/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: an HTTP/1.1 server in one thread, over non-blocking IPv4 sockets and one poll loop.
 *
 * It knows nothing of simulation: it is an ordinary program, and in a world its calls are the world's. A connection
 * answers one request at a time, in order; pipelined requests wait in its input buffer, and beyond that in the
 * socket. While a response is owed, input is read only as far as that buffer reaches.
 * It calls socket, setsockopt (SO_REUSEADDR, TCP_NODELAY, SO_LINGER 0 for a reset), bind, listen, getsockname,
 * accept, fcntl, poll, recv, send (MSG_NOSIGNAL), shutdown, write, close, clock_gettime and the malloc family.
 */
#ifndef SIM_HTTP_SERVER_H
#define SIM_HTTP_SERVER_H

#include "sim/http/request.h"
#include "sim/http/response.h"

enum {
    HTTP_INPUT_BYTES = 8192,   /* of a connection's input buffer */
    HTTP_OUTPUT_BYTES = 16384, /* of its output buffer */
    HTTP_CONNECTIONS_MAX = 4096,
};

struct http_server_config {
    const char *bind_address; /* numeric IPv4, borrowed */
    uint16_t port;            /* 0: any free one */
    int stop_fd;              /* readable or closed: the loop ends; < 0: it never does. Borrowed */
    int ready_fd; /* < 0: none; else the port is written to it ("8080\n") once clients may connect */
    uint32_t connections_max; /* 1..HTTP_CONNECTIONS_MAX; further clients wait in the listen queue */
    int64_t idle_ns;          /* a connection that moves no byte for so long is closed; stalls are exempt */
    size_t body_bytes_max;    /* of a request; larger ones get 413 */
};

/* Whose requests they are. */
struct http_server_owner {
    void *context;
    /* Fills in response, which is initialised; may take the request's body. Both are borrowed. */
    void (*on_request)(void *context, struct http_request *request, struct http_response *response);
};

/* Serves until stop_fd says so. 0: stopped; else the errno of what kept it from starting or going on. All its
 * memory and descriptors are its own and gone when it returns. */
int http_server_run(const struct http_server_config *config, const struct http_server_owner *owner);

#endif
