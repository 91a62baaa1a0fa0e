/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_server: a listener, a few clients, a line buffer for each. See control_server.h.
 */
#include "sim/kafka/host/control_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    int fd; /* -1 = free */
    size_t bytes;
    char line[CONTROL_LINE_BYTES_MAX];
};

struct control_server {
    const struct control *control;
    int listener;
    struct client client[CONTROL_SERVER_CLIENTS_MAX];
};

static int listen_on(uint16_t port, uint16_t *port_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t bytes = sizeof(address);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(fd, CONTROL_SERVER_CLIENTS_MAX) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &bytes) == 0) {
        *port_out = ntohs(address.sin_port);
        return fd;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

struct control_server *control_server_new(const struct control *control, uint16_t port, uint16_t *port_out)
{
    struct control_server *server = calloc(1, sizeof(*server));
    if (!server)
        return NULL;
    server->control = control;
    server->listener = listen_on(port, port_out);
    if (server->listener < 0) {
        free(server);
        return NULL;
    }
    for (size_t i = 0; i < CONTROL_SERVER_CLIENTS_MAX; i++)
        server->client[i].fd = -1;
    return server;
}

void control_server_free(struct control_server *server)
{
    if (!server)
        return;
    for (size_t i = 0; i < CONTROL_SERVER_CLIENTS_MAX; i++)
        if (server->client[i].fd >= 0)
            close(server->client[i].fd);
    close(server->listener);
    free(server);
}

size_t control_server_fill(const struct control_server *server, struct pollfd *fds_out)
{
    fds_out[0] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    for (size_t i = 0; i < CONTROL_SERVER_CLIENTS_MAX; i++)
        fds_out[1 + i] = (struct pollfd){.fd = server->client[i].fd, .events = POLLIN};
    return CONTROL_SERVER_FDS_MAX;
}

static void hang_up(struct client *client)
{
    close(client->fd);
    client->fd = -1;
    client->bytes = 0;
}

/* Obeys all whole lines; false if the client is to be hung up on. */
static bool obey_lines(const struct control *control, struct client *client)
{
    char answer[CONTROL_LINE_BYTES_MAX], *end;
    while ((end = memchr(client->line, '\n', client->bytes))) {
        size_t bytes = (size_t)(end - client->line) + 1;
        *end = '\0';
        control_run(control, client->line, answer, sizeof(answer));
        if (send(client->fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
            return false;
        client->bytes -= bytes;
        memmove(client->line, client->line + bytes, client->bytes);
    }
    return client->bytes < sizeof(client->line);
}

static void accept_one(struct control_server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    for (size_t i = 0; i < CONTROL_SERVER_CLIENTS_MAX; i++) {
        if (server->client[i].fd < 0) {
            server->client[i].fd = fd;
            return;
        }
    }
    close(fd);
}

void control_server_step(struct control_server *server, const struct pollfd *fds, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct client *client = &server->client[i - 1];
        if (!fds[i].revents || client->fd < 0)
            continue;
        ssize_t got = recv(client->fd, client->line + client->bytes, sizeof(client->line) - client->bytes, 0);
        if (got > 0)
            client->bytes += (size_t)got;
        if (got <= 0 || !obey_lines(server->control, client))
            hang_up(client);
    }
    if (count > 0 && fds[0].revents & POLLIN)
        accept_one(server);
}
