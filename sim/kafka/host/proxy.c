/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy: listeners, pairs of connections, and the poll() around them. What a connection does with its bytes
 * stands in proxy_link.c. See proxy.h.
 */
#include "sim/kafka/host/proxy.h"
#include "sim/kafka/host/proxy_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROUTES_MAX = 32, LINKS_MAX = 1024, BACKLOG = 128 };

struct route {
    int listener;
    uint16_t target_port;
};

struct proxy {
    struct gate *gate;
    pthread_mutex_t *gate_lock;
    int wake_fd;
    size_t route_count, link_count;
    struct route route[ROUTES_MAX];
    struct proxy_link *link[LINKS_MAX];
    struct pollfd poll[1 + ROUTES_MAX + 2 * LINKS_MAX];
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

struct proxy *proxy_new(struct gate *gate, pthread_mutex_t *gate_lock)
{
    struct proxy *proxy = calloc(1, sizeof(*proxy));
    if (!proxy)
        return NULL;
    proxy->gate = gate;
    proxy->gate_lock = gate_lock;
    proxy->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (proxy->wake_fd < 0) {
        free(proxy);
        return NULL;
    }
    return proxy;
}

void proxy_free(struct proxy *proxy)
{
    if (!proxy)
        return;
    for (size_t i = 0; i < proxy->link_count; i++)
        proxy_link_free(proxy->link[i]);
    for (size_t i = 0; i < proxy->route_count; i++)
        close(proxy->route[i].listener);
    close(proxy->wake_fd);
    free(proxy);
}

int proxy_add_route(struct proxy *proxy, uint16_t listen_port, uint16_t target_port)
{
    struct sockaddr_in address = loopback(listen_port);
    socklen_t address_bytes = sizeof(address);
    int on = 1;
    if (proxy->route_count == ROUTES_MAX) {
        errno = ENOSPC;
        return -1;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &address_bytes) < 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    proxy->route[proxy->route_count++] = (struct route){.listener = fd, .target_port = target_port};
    return ntohs(address.sin_port);
}

void proxy_wake(struct proxy *proxy)
{
    uint64_t one = 1;
    ssize_t written = write(proxy->wake_fd, &one, sizeof(one));
    (void)written; /* full: it wakes already */
}

/* The broker is on this machine: connect() succeeds or fails at once. */
static int connect_to(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static void accept_one(struct proxy *proxy, const struct route *route)
{
    int on = 1, client = accept4(route->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    int broker = proxy->link_count < LINKS_MAX ? connect_to(route->target_port) : -1;
    struct proxy_link *link = broker >= 0 ? proxy_link_new(client, broker) : NULL;
    if (link) {
        proxy->link[proxy->link_count++] = link;
        return;
    }
    close(client);
    if (broker >= 0)
        close(broker);
}

/* Entries: the wake-up, the listeners, two for each link. Returns the time to wait, -1 = for ever. */
static int fill(struct proxy *proxy)
{
    struct pollfd *next = proxy->poll;
    int64_t now = now_ms(), deadline_ms = INT64_MAX;
    *next++ = (struct pollfd){.fd = proxy->wake_fd, .events = POLLIN};
    for (size_t i = 0; i < proxy->route_count; i++)
        *next++ = (struct pollfd){.fd = proxy->route[i].listener, .events = POLLIN};
    for (size_t i = 0; i < proxy->link_count; i++, next += 2) {
        int64_t link_deadline_ms = proxy_link_fill(proxy->link[i], next);
        if (link_deadline_ms < deadline_ms)
            deadline_ms = link_deadline_ms;
    }
    if (deadline_ms == INT64_MAX)
        return -1;
    return deadline_ms > now ? (int)(deadline_ms - now) : 0;
}

bool proxy_step(struct proxy *proxy)
{
    int timeout_ms = fill(proxy);
    size_t polled = proxy->link_count;
    const struct pollfd *next = proxy->poll;
    uint64_t count;
    if (poll(proxy->poll, (nfds_t)(1 + proxy->route_count + 2 * polled), timeout_ms) < 0 && errno != EINTR)
        return false;
    if (next->revents & POLLIN && read(proxy->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
        return false;
    next += 1 + proxy->route_count;
    if (proxy->gate_lock)
        pthread_mutex_lock(proxy->gate_lock);
    for (size_t i = 0; i < polled; i++, next += 2)
        proxy_link_step(proxy->link[i], next, proxy->gate, now_ms());
    if (proxy->gate_lock)
        pthread_mutex_unlock(proxy->gate_lock);
    for (size_t i = polled; i-- > 0;) {
        if (!proxy_link_is_dead(proxy->link[i]))
            continue;
        proxy_link_free(proxy->link[i]);
        proxy->link[i] = proxy->link[--proxy->link_count];
    }
    for (size_t i = 0; i < proxy->route_count; i++)
        if (proxy->poll[1 + i].revents & POLLIN)
            accept_one(proxy, &proxy->route[i]);
    return true;
}
