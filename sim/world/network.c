/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network: settings, faults, the tap, and who talks to whom.
 *
 * The work is done in link (latency), stream (segments), connection (arrival) and endpoint (sockets).
 */
#include "sim/world/network.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "sim/world/connection.h"
#include "sim/world/endpoint.h"
#include "sim/world/history.h"
#include "sim/world/host.h"
#include "sim/world/link.h"

static struct network_settings settings;
static const struct network_tap *tap;
static void *tap_opaque;

void network_begin(void)
{
    settings = (struct network_settings){
        .link = {.minimum_us = 200, .maximum_us = 500, .jitter_per_million = 100000},
        .window_bytes = 65536,
    };
    tap = NULL;
    link_begin();
    stream_begin();
    connection_begin();
    endpoint_begin();
}

void network_end(void)
{
    connection_end();
    endpoint_end();
    stream_end();
    link_end();
    tap = NULL;
}

void network_set(const struct network_settings *wanted)
{
    assert(wanted->link.minimum_us <= wanted->link.maximum_us);
    assert(wanted->window_bytes >= NETWORK_WINDOW_BYTES_MIN);
    settings = *wanted;
    link_set_defaults(&settings);
}

const struct network_settings *network_settings(void)
{
    return &settings;
}

void network_set_link(struct host *from, struct host *to, const struct network_link *wanted)
{
    assert(from != to && wanted->minimum_us <= wanted->maximum_us);
    struct link *link = link_between(from, to);
    link->settings = *wanted;
    link->is_own = true;
}

void network_block(struct host *from, struct host *to, bool is_blocked)
{
    assert(from != to);
    struct link *link = link_between(from, to);
    if (link->is_blocked == is_blocked)
        return;
    link->is_blocked = is_blocked;
    connection_links_changed();
}

void network_refuse(struct host *host, bool refuses)
{
    assert(refuses || host->refusals);
    host->refusals += refuses ? 1 : UINT32_MAX;
}

static bool is_live(const struct connection *connection)
{
    return connection->is_established && connection->ends[SIDE_CLIENT] && connection->ends[SIDE_SERVER] &&
           !connection->is_dead[SIDE_CLIENT] && !connection->is_dead[SIDE_SERVER];
}

static struct connection *skip_to_live(struct connection *connection)
{
    while (connection && !is_live(connection))
        connection = connection->next;
    return connection;
}

struct connection *network_first(void)
{
    return skip_to_live(connection_first());
}

struct connection *network_next(const struct connection *connection)
{
    return skip_to_live(connection->next);
}

struct connection *network_connection(uint64_t id)
{
    for (struct connection *connection = network_first(); connection; connection = network_next(connection))
        if (connection->id == id)
            return connection;
    return NULL;
}

uint32_t network_connection_count(void)
{
    uint32_t count = 0;
    for (struct connection *connection = network_first(); connection; connection = network_next(connection))
        count++;
    return count;
}

struct network_peers network_peers(const struct connection *connection)
{
    return (struct network_peers){
        .id = connection->id,
        .client_process = connection->processes[SIDE_CLIENT],
        .server_process = connection->processes[SIDE_SERVER],
        .client_port = connection->ports[SIDE_CLIENT],
        .server_port = connection->ports[SIDE_SERVER],
        .client_host = connection->hosts[SIDE_CLIENT],
        .server_host = connection->hosts[SIDE_SERVER],
    };
}

void network_reset(struct connection *connection)
{
    connection_pin(connection);
    history_call(HISTORY_RESET, connection->id, ECONNRESET, 0);
    connection->was_reset = true;
    connection_forget(connection, SIDE_CLIENT);
    connection_forget(connection, SIDE_SERVER);
    for (unsigned side = 0; side < 2; side++)
        if (connection->ends[side])
            endpoint_on_reset(connection->ends[side]);
    connection_unpin(connection);
}

void network_set_tap(const struct network_tap *wanted, void *opaque)
{
    tap = wanted;
    tap_opaque = opaque;
}

const struct network_tap *network_tap(void **opaque_out)
{
    *opaque_out = tap_opaque;
    return tap;
}
