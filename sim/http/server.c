/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: see server.h. One poll over [stop, listener, connections..] per turn.
 */
#include "sim/http/connection.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* How long no client is accepted after the system ran out of descriptors or memory. */
#define ACCEPT_PAUSE_NS (INT64_C(100) * 1000 * 1000)

enum { SLOT_STOP, SLOT_LISTENER, SLOT_FIRST_CONNECTION, LISTEN_BACKLOG = 128 };

struct server {
    const struct http_server_config *config;
    const struct http_server_owner *owner;
    int listener;
    int64_t accept_ns; /* not before */
    uint32_t count;
    struct http_connection **connections;
    struct pollfd *slots;
};

static int64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

static int announce(const struct server *server)
{
    struct sockaddr_in address;
    socklen_t address_bytes = sizeof address;
    char line[16];
    int bytes;

    if (server->config->ready_fd < 0)
        return 0;
    if (getsockname(server->listener, (struct sockaddr *)&address, &address_bytes) < 0)
        return errno;
    bytes = snprintf(line, sizeof line, "%u\n", ntohs(address.sin_port));
    return write(server->config->ready_fd, line, (size_t)bytes) == bytes ? 0 : errno;
}

static int open_listener(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server->config->port)};
    int yes = 1;

    if (inet_pton(AF_INET, server->config->bind_address, &address.sin_addr) != 1)
        return EADDRNOTAVAIL;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener < 0)
        return errno;
    if (setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        !set_nonblocking(server->listener) ||
        bind(server->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(server->listener, LISTEN_BACKLOG) < 0)
        return errno;
    return announce(server);
}

/* 0 or the errno that ends the server. */
static int accept_clients(struct server *server, int64_t now_ns)
{
    while (server->count < server->config->connections_max) {
        int yes = 1;
        int client = accept(server->listener, NULL, NULL);
        struct http_connection *connection;

        if (client < 0) {
            switch (errno) {
            case EAGAIN:
                return 0;
            case EINTR:
            case ECONNABORTED:
                continue;
            case EBADF:
            case EINVAL:
            case ENOTSOCK:
            case EOPNOTSUPP:
                return errno;
            default: /* no descriptor, no memory, or the network's errors of that client: all pass */
                server->accept_ns = now_ns + ACCEPT_PAUSE_NS;
                return 0;
            }
        }
        if (!set_nonblocking(client)) {
            close(client);
            continue;
        }
        /* Replies are written whole; waiting for more would only delay the last piece. */
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        connection = http_connection_new(client, server->config, server->owner, now_ns);
        if (!connection) {
            server->accept_ns = now_ns + ACCEPT_PAUSE_NS;
            return 0;
        }
        server->connections[server->count++] = connection;
    }
    return 0;
}

/* Drops closed connections; the others keep their order. */
static void sweep(struct server *server)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < server->count; i++) {
        struct http_connection *connection = server->connections[i];

        if (connection->state == HTTP_CONNECTION_CLOSED)
            http_connection_free(connection);
        else
            server->connections[kept++] = connection;
    }
    server->count = kept;
}

/* Fills in what to poll for, and until when (INT64_MAX: without end). */
static int64_t prepare(struct server *server, int64_t now_ns)
{
    bool may_accept = server->count < server->config->connections_max;
    int64_t wake_ns = INT64_MAX;

    server->slots[SLOT_STOP] = (struct pollfd){.fd = server->config->stop_fd, .events = POLLIN};
    server->slots[SLOT_LISTENER] = (struct pollfd){.fd = -1, .events = POLLIN};
    if (may_accept && now_ns >= server->accept_ns)
        server->slots[SLOT_LISTENER].fd = server->listener;
    else if (may_accept)
        wake_ns = server->accept_ns;
    for (uint32_t i = 0; i < server->count; i++) {
        const struct http_connection *connection = server->connections[i];

        server->slots[SLOT_FIRST_CONNECTION + i] = (struct pollfd){
            .fd = connection->socket,
            .events = http_connection_events(connection),
        };
        if (connection->wake_ns < wake_ns)
            wake_ns = connection->wake_ns;
    }
    return wake_ns;
}

/* Rounded up, so that a wake-up is never a little too early. */
static int timeout_ms(int64_t wake_ns, int64_t now_ns)
{
    int64_t left_ms;

    if (wake_ns == INT64_MAX)
        return -1;
    if (wake_ns <= now_ns)
        return 0;
    left_ms = (wake_ns - now_ns - 1) / 1000000 + 1;
    return left_ms < INT32_MAX ? (int)left_ms : INT32_MAX;
}

static int serve(struct server *server)
{
    for (;;) {
        int64_t now_ns = clock_ns();
        int64_t wake_ns = prepare(server, now_ns);
        int ready = poll(server->slots, SLOT_FIRST_CONNECTION + server->count, timeout_ms(wake_ns, now_ns));
        int error = 0;

        if (ready < 0) {
            if (errno != EINTR)
                return errno;
            continue;
        }
        if (server->slots[SLOT_STOP].revents)
            return 0;
        now_ns = clock_ns();
        for (uint32_t i = 0; i < server->count; i++) {
            struct http_connection *connection = server->connections[i];
            short revents = server->slots[SLOT_FIRST_CONNECTION + i].revents;

            if (revents || now_ns >= connection->wake_ns)
                http_connection_step(connection, revents, now_ns);
        }
        sweep(server);
        if (server->slots[SLOT_LISTENER].revents)
            error = accept_clients(server, now_ns);
        if (error)
            return error;
    }
}

int http_server_run(const struct http_server_config *config, const struct http_server_owner *owner)
{
    struct server server = {.config = config, .owner = owner, .listener = -1};
    int error = ENOMEM;

    assert(config->connections_max >= 1 && config->connections_max <= HTTP_CONNECTIONS_MAX);
    server.connections = calloc(config->connections_max, sizeof(struct http_connection *));
    server.slots = calloc(config->connections_max + SLOT_FIRST_CONNECTION, sizeof *server.slots);
    if (server.connections && server.slots)
        error = open_listener(&server);
    if (!error)
        error = serve(&server);
    for (uint32_t i = 0; i < server.count; i++)
        http_connection_free(server.connections[i]);
    if (server.listener >= 0)
        close(server.listener);
    free(server.connections);
    free(server.slots);
    return error;
}
