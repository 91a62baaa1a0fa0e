/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint: the life of a TCP socket: bind, listen, connect, accept, shutdown, close.
 *
 * Simplified against Linux: close never lingers (only SO_LINGER 0 is obeyed, by RST); embryos count against the
 * backlog; there is no TIME_WAIT; ports that connect takes are not kept from being bound.
 */
#include "sim/world/endpoint.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "sim/world/engine.h"
#include "sim/world/host.h"
#include "sim/world/link.h"
#include "sim/world/network.h"
#include "sim/world/process.h"
#include "sim/world/world.h"

enum { BUCKETS = 256, PORT_FIRST = 32768, PORT_LAST = 60999 };

extern const struct file_operations endpoint_operations;

static struct endpoint *bound[BUCKETS];
static uint16_t ports_next[HOSTS_MAX];

void endpoint_begin(void)
{
    memset(bound, 0, sizeof bound);
    for (unsigned i = 0; i < HOSTS_MAX; i++)
        ports_next[i] = PORT_FIRST;
}

void endpoint_end(void)
{
    memset(bound, 0, sizeof bound);
}

struct endpoint *endpoint_new(struct process *process, int flags)
{
    struct endpoint *endpoint = world_alloc(sizeof *endpoint);
    open_file_init(&endpoint->file, &endpoint_operations, flags);
    endpoint->host = process->host;
    endpoint->process = process->number;
    return endpoint;
}

struct endpoint *endpoint_of(struct open_file *file)
{
    return file->operations == &endpoint_operations ? SCHEDULE_OWNER(file, struct endpoint, file) : NULL;
}

/* --- ports ---------------------------------------------------------------------------------------------------- */

static struct endpoint **bucket(const struct host *host, uint16_t port)
{
    return &bound[(host->number * 31 + port) % BUCKETS];
}

static bool is_loopback(uint32_t address)
{
    return address >> 24 == 127;
}

static void take_port(struct endpoint *endpoint, uint32_t address, uint16_t port)
{
    struct endpoint **place = bucket(endpoint->host, port);
    endpoint->address = address;
    endpoint->port = port;
    endpoint->is_bound = true;
    endpoint->bound_next = *place;
    endpoint->bound_previous = NULL;
    if (*place)
        (*place)->bound_previous = endpoint;
    *place = endpoint;
}

/* An accepted socket keeps its listener's port from being bound without SO_REUSEADDR. */
static void share_port(struct endpoint *endpoint, struct endpoint *listener)
{
    endpoint->is_bound = true;
    endpoint->bound_previous = listener;
    endpoint->bound_next = listener->bound_next;
    if (endpoint->bound_next)
        endpoint->bound_next->bound_previous = endpoint;
    listener->bound_next = endpoint;
}

static void give_port(struct endpoint *endpoint)
{
    if (!endpoint->is_bound)
        return;
    if (endpoint->bound_previous)
        endpoint->bound_previous->bound_next = endpoint->bound_next;
    else
        *bucket(endpoint->host, endpoint->port) = endpoint->bound_next;
    if (endpoint->bound_next)
        endpoint->bound_next->bound_previous = endpoint->bound_previous;
    endpoint->is_bound = false;
}

/* Two endpoints may have one port if both allow it. */
static bool is_compatible(const struct endpoint *a, const struct endpoint *b)
{
    if (a->reuse_port && b->reuse_port)
        return true;
    return a->reuse_address && b->reuse_address && a->state != ENDPOINT_LISTENING &&
           b->state != ENDPOINT_LISTENING;
}

static bool is_free(const struct endpoint *endpoint, uint32_t address, uint16_t port)
{
    for (const struct endpoint *other = *bucket(endpoint->host, port); other; other = other->bound_next) {
        bool overlaps = other->address == address || !other->address || !address;
        if (other != endpoint && other->host == endpoint->host && other->port == port && overlaps &&
            !is_compatible(endpoint, other))
            return false;
    }
    return true;
}

/* 0: all are taken. */
static uint16_t port_pick(const struct endpoint *endpoint, uint32_t address)
{
    uint16_t *next = &ports_next[endpoint->host->number];
    for (unsigned i = PORT_FIRST; i <= PORT_LAST; i++) {
        uint16_t port = *next;
        *next = port == PORT_LAST ? PORT_FIRST : (uint16_t)(port + 1);
        if (is_free(endpoint, address, port))
            return port;
    }
    return 0;
}

/* Whose address this is, of those that the endpoint's host may bind. NULL: not one of them. */
static struct host *binder_of(const struct endpoint *endpoint, uint32_t address)
{
    struct host *here = endpoint->host;
    if (!address || is_loopback(address) || address == here->address)
        return here;
    struct host *alias = host_by_address(address);
    return alias && alias->server == here ? alias : NULL;
}

int endpoint_bind(struct endpoint *endpoint, uint32_t address, uint16_t port)
{
    if (endpoint->port || endpoint->state != ENDPOINT_CLOSED)
        return -EINVAL;
    struct host *own = endpoint->host, *host = binder_of(endpoint, address);
    if (!host)
        return -EADDRNOTAVAIL;
    endpoint->host = host;
    if (!port)
        port = port_pick(endpoint, address);
    if (!port || !is_free(endpoint, address, port)) {
        endpoint->host = own;
        return -EADDRINUSE;
    }
    take_port(endpoint, address, port);
    return 0;
}

static struct endpoint *listener_of(const struct host *host, uint32_t address, uint16_t port)
{
    for (struct endpoint *other = *bucket(host, port); other; other = other->bound_next)
        if (other->host == host && other->port == port && other->state == ENDPOINT_LISTENING &&
            (!other->address || other->address == address))
            return other;
    return NULL;
}

int endpoint_listen(struct endpoint *endpoint, int backlog)
{
    if (endpoint->state != ENDPOINT_LISTENING &&
        (endpoint->state != ENDPOINT_CLOSED || endpoint->phase != ENDPOINT_UNCONNECTED))
        return -EINVAL;
    if (!endpoint->port) {
        int result = endpoint_bind(endpoint, 0, 0);
        if (result < 0)
            return result;
    } else if (endpoint->state == ENDPOINT_CLOSED) {
        for (const struct endpoint *other = *bucket(endpoint->host, endpoint->port); other;
             other = other->bound_next)
            if (other != endpoint && other->host == endpoint->host && other->port == endpoint->port &&
                other->state == ENDPOINT_LISTENING && !is_compatible(endpoint, other) &&
                (other->address == endpoint->address || !other->address || !endpoint->address))
                return -EADDRINUSE;
    }
    endpoint->state = ENDPOINT_LISTENING;
    endpoint->backlog = backlog < 0                     ? SOMAXCONN
                        : (unsigned)backlog < SOMAXCONN ? (unsigned)backlog
                                                        : SOMAXCONN;
    endpoint->shut = 0;
    return 0;
}

/* --- connect -------------------------------------------------------------------------------------------------- */

/* Whom an address names, seen from here. NULL: nobody. */
static struct host *server_of(struct host *here, uint32_t address)
{
    return is_loopback(address) || address == here->address ? here : host_by_address(address);
}

static int begin_connect(struct endpoint *endpoint, uint32_t address, uint16_t port)
{
    struct host *here = endpoint->host;
    if (!address)
        address = INADDR_LOOPBACK;
    if (!endpoint->port) {
        endpoint->port = port_pick(endpoint, 0);
        if (!endpoint->port)
            return -EADDRNOTAVAIL;
    }
    if (!endpoint->address)
        endpoint->address = is_loopback(address) ? INADDR_LOOPBACK : here->address;

    struct connection *connection = connection_new(endpoint);
    connection->processes[SIDE_CLIENT] = endpoint->process;
    connection->addresses[SIDE_CLIENT] = endpoint->address;
    connection->addresses[SIDE_SERVER] = address;
    connection->ports[SIDE_CLIENT] = endpoint->port;
    connection->ports[SIDE_SERVER] = port;
    endpoint->connection = connection;
    endpoint->side = SIDE_CLIENT;
    endpoint->state = ENDPOINT_CONNECTING;
    endpoint->phase = ENDPOINT_IN_CONNECT;
    endpoint->shut = 0;
    connection_open(connection, here, server_of(here, address));
    return -EINPROGRESS;
}

static void leave_connection(struct endpoint *endpoint)
{
    struct connection *connection = endpoint->connection;
    endpoint->connection = NULL;
    if (connection)
        connection_release_end(connection, endpoint->side);
}

int endpoint_connected(struct endpoint *endpoint)
{
    assert(endpoint->state != ENDPOINT_CONNECTING);
    if (endpoint->state != ENDPOINT_CLOSED) {
        endpoint->phase = ENDPOINT_CONNECTED;
        return 0;
    }
    int error = endpoint_take_error(endpoint);
    endpoint->phase = ENDPOINT_UNCONNECTED;
    endpoint->shut = 0;
    endpoint->has_fin = false;
    leave_connection(endpoint);
    if (!endpoint->is_bound)
        endpoint->address = endpoint->port = 0;
    return error ? -error : -ECONNABORTED;
}

int endpoint_connect(struct endpoint *endpoint, uint32_t address, uint16_t port)
{
    switch (endpoint->phase) {
    case ENDPOINT_CONNECTED:
        return -EISCONN;
    case ENDPOINT_IN_CONNECT:
        return endpoint->state == ENDPOINT_CONNECTING ? -EALREADY : endpoint_connected(endpoint);
    case ENDPOINT_BROKEN:
        return -EINVAL;
    case ENDPOINT_UNCONNECTED:
        break;
    }
    if (endpoint->state != ENDPOINT_CLOSED)
        return -EISCONN;
    return begin_connect(endpoint, address, port);
}

bool endpoint_peer(const struct endpoint *endpoint, uint32_t *address_out, uint16_t *port_out)
{
    if (endpoint->state != ENDPOINT_ESTABLISHED)
        return false;
    enum side peer = side_other(endpoint->side);
    *address_out = endpoint->connection->addresses[peer];
    *port_out = endpoint->connection->ports[peer];
    return true;
}

/* --- listeners' queues ---------------------------------------------------------------------------------------- */

static void link_embryo(struct endpoint *embryo)
{
    struct endpoint *listener = embryo->listener;
    embryo->previous = NULL;
    embryo->next = listener->embryos;
    if (embryo->next)
        embryo->next->previous = embryo;
    listener->embryos = embryo;
}

static void unlink_embryo(struct endpoint *embryo)
{
    if (embryo->previous)
        embryo->previous->next = embryo->next;
    else
        embryo->listener->embryos = embryo->next;
    if (embryo->next)
        embryo->next->previous = embryo->previous;
    embryo->next = embryo->previous = NULL;
}

static void lose_embryo(struct endpoint *embryo)
{
    unlink_embryo(embryo);
    embryo->listener->waiting--;
    give_port(embryo);
    leave_connection(embryo);
    world_free(embryo);
}

bool endpoint_on_syn(struct connection *connection)
{
    const struct host *host = connection->hosts[SIDE_SERVER];
    struct endpoint *listener =
        listener_of(host, connection->addresses[SIDE_SERVER], connection->ports[SIDE_SERVER]);
    bool is_refused = host->refusals && connection->hosts[SIDE_CLIENT] != host;
    if (!listener || is_refused) {
        connection->is_dead[SIDE_SERVER] = true;
        connection_send_control(connection, SIDE_SERVER, SEGMENT_RST);
        return true;
    }
    if (listener->waiting > listener->backlog)
        return false;

    struct endpoint *embryo = world_alloc(sizeof *embryo);
    *embryo = *listener; /* options are inherited */
    open_file_init(&embryo->file, &endpoint_operations, 0);
    embryo->state = ENDPOINT_EMBRYO;
    embryo->address = connection->addresses[SIDE_SERVER];
    embryo->embryos = embryo->ready = embryo->ready_last = NULL;
    share_port(embryo, listener);
    embryo->connection = connection;
    embryo->side = SIDE_SERVER;
    embryo->listener = listener;
    link_embryo(embryo);
    listener->waiting++;
    connection->ends[SIDE_SERVER] = embryo;
    connection->processes[SIDE_SERVER] = listener->process;
    connection_send_control(connection, SIDE_SERVER, SEGMENT_SYN_ACK);
    return true;
}

void endpoint_on_ack(struct endpoint *embryo)
{
    struct endpoint *listener = embryo->listener;
    unlink_embryo(embryo);
    embryo->state = ENDPOINT_ESTABLISHED;
    embryo->phase = ENDPOINT_CONNECTED;
    if (listener->ready)
        listener->ready_last->next = embryo;
    else
        listener->ready = embryo;
    listener->ready_last = embryo;
    schedule_wake_all(&listener->file.waiters);
}

static struct endpoint *take_ready(struct endpoint *listener)
{
    struct endpoint *endpoint = listener->ready;
    if (endpoint) {
        listener->ready = endpoint->next;
        listener->waiting--;
        endpoint->next = endpoint->listener = NULL;
    }
    return endpoint;
}

static void stop_listening(struct endpoint *listener)
{
    while (listener->embryos) {
        connection_abort(listener->embryos->connection, SIDE_SERVER);
        lose_embryo(listener->embryos);
    }
    for (struct endpoint *endpoint = take_ready(listener); endpoint; endpoint = take_ready(listener)) {
        if (!endpoint->connection->is_dead[SIDE_SERVER])
            connection_abort(endpoint->connection, SIDE_SERVER);
        give_port(endpoint);
        leave_connection(endpoint);
        world_free(endpoint);
    }
    listener->state = ENDPOINT_CLOSED;
}

int endpoint_accept(struct endpoint *listener, struct process *process, int flags, struct endpoint **out)
{
    if (listener->state != ENDPOINT_LISTENING)
        return -EINVAL;
    struct endpoint *endpoint = take_ready(listener);
    if (!endpoint)
        return -EAGAIN;
    endpoint->file.flags = flags;
    endpoint->process = process->number;
    struct connection *connection = endpoint->connection;
    connection->processes[SIDE_SERVER] = process->number;

    void *opaque;
    const struct network_tap *tap = network_tap(&opaque);
    endpoint->is_tapped = tap != NULL;
    if (tap && tap->on_connect) {
        struct task *self = engine_outside();
        struct network_peers peers = network_peers(connection);
        tap->on_connect(opaque, &peers);
        engine_inside(self);
    }
    *out = endpoint;
    return 0;
}

/* --- the end -------------------------------------------------------------------------------------------------- */

void endpoint_on_syn_ack(struct endpoint *endpoint)
{
    endpoint->state = ENDPOINT_ESTABLISHED;
    schedule_wake_all(&endpoint->file.waiters);
    connection_send_control(endpoint->connection, SIDE_CLIENT, SEGMENT_ACK);
}

static void fail(struct endpoint *endpoint, int error)
{
    endpoint->error = error;
    endpoint->state = ENDPOINT_CLOSED;
    endpoint->shut = ENDPOINT_SHUT_BOTH;
    schedule_wake_all(&endpoint->file.waiters);
}

/* Linux: tcp_reset. */
void endpoint_on_reset(struct endpoint *endpoint)
{
    if (endpoint->state == ENDPOINT_EMBRYO)
        lose_embryo(endpoint);
    else if (endpoint->state == ENDPOINT_CONNECTING)
        fail(endpoint, ECONNREFUSED);
    else if (endpoint->has_fin && !(endpoint->shut & ENDPOINT_SHUT_WRITE))
        fail(endpoint, EPIPE);
    else if (endpoint->state != ENDPOINT_CLOSED)
        fail(endpoint, ECONNRESET);
}

void endpoint_on_timeout(struct endpoint *endpoint)
{
    if (endpoint->state == ENDPOINT_EMBRYO)
        lose_embryo(endpoint);
    else if (endpoint->state != ENDPOINT_CLOSED)
        fail(endpoint, ETIMEDOUT);
}

int endpoint_take_error(struct endpoint *endpoint)
{
    int error = endpoint->error;
    endpoint->error = 0;
    return error;
}

/* Linux: inet_shutdown, tcp_shutdown. */
int endpoint_shutdown(struct endpoint *endpoint, int how)
{
    unsigned shut = (unsigned)how + 1;
    int result = 0;
    if (how < 0 || how > SHUT_RDWR)
        return -EINVAL;
    if (endpoint->phase == ENDPOINT_IN_CONNECT && endpoint->state != ENDPOINT_CONNECTING)
        endpoint->phase = endpoint->state == ENDPOINT_CLOSED ? ENDPOINT_BROKEN : ENDPOINT_CONNECTED;

    if (endpoint->state == ENDPOINT_LISTENING) {
        if (shut & ENDPOINT_SHUT_READ)
            stop_listening(endpoint);
    } else if (endpoint->state == ENDPOINT_CONNECTING) {
        leave_connection(endpoint);
        endpoint->state = ENDPOINT_CLOSED;
        endpoint->phase = ENDPOINT_UNCONNECTED;
    } else {
        bool sends_fin = endpoint->state == ENDPOINT_ESTABLISHED && (shut & ENDPOINT_SHUT_WRITE) &&
                         !(endpoint->shut & ENDPOINT_SHUT_WRITE);
        if (endpoint->state == ENDPOINT_CLOSED)
            result = -ENOTCONN;
        endpoint->shut |= shut;
        if (sends_fin)
            connection_send_control(endpoint->connection, endpoint->side, SEGMENT_FIN);
    }
    schedule_wake_all(&endpoint->file.waiters);
    return result;
}

static void show_close(const struct network_tap *tap, void *opaque, const struct connection *connection)
{
    struct task *self = engine_outside();
    tap->on_close(opaque, connection->id, connection->was_reset);
    engine_inside(self);
}

/* Linux: tcp_close. */
void endpoint_close(struct open_file *file)
{
    struct endpoint *endpoint = endpoint_of(file);
    struct connection *connection = endpoint->connection;
    give_port(endpoint);
    if (endpoint->state == ENDPOINT_LISTENING)
        stop_listening(endpoint);
    if (connection) {
        connection_pin(connection);
        if (endpoint->state == ENDPOINT_ESTABLISHED) {
            if (endpoint_unread_bytes(endpoint) > 0 || endpoint->resets_on_close)
                connection_abort(connection, endpoint->side);
            else if (!(endpoint->shut & ENDPOINT_SHUT_WRITE))
                connection_send_control(connection, endpoint->side, SEGMENT_FIN);
        }
        void *opaque;
        const struct network_tap *tap = network_tap(&opaque);
        if (tap && tap->on_close && endpoint->is_tapped)
            show_close(tap, opaque, connection);
        leave_connection(endpoint);
        connection_unpin(connection);
    }
    schedule_wake_all(&file->waiters);
    world_free(endpoint);
}
