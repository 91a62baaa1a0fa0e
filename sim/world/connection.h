/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection: two streams between two ends, until both ends are gone.
 *
 * An end is an endpoint (endpoint.h) while somebody holds a socket, an orphan while only its TCP goes on (its last bytes
 * and its FIN are on their way), and dead when that has forgotten the connection: a dead end answers with RST. Internal to the network.
 */
#ifndef SIM_WORLD_CONNECTION_H
#define SIM_WORLD_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/world/schedule.h"
#include "sim/world/stream.h"

struct endpoint;
struct host;

enum side { SIDE_CLIENT, SIDE_SERVER };

struct connection {
    uint64_t id;
    struct connection *next, *previous; /* all, in order of id */
    struct stream streams[2];           /* [side]: what that side sends */
    struct endpoint *ends[2];           /* NULL: not there yet, or an orphan */
    bool is_dead[2];
    bool has_finished[2]; /* that side's FIN has arrived at the other */
    struct timer give_up[2];
    struct host *hosts[2];
    uint32_t processes[2];
    uint32_t addresses[2]; /* host byte order */
    uint16_t ports[2];
    int64_t begun_ns;
    bool is_established; /* the client has its SYN+ACK */
    bool was_reset;
    uint32_t pins; /* callers on the stack that still look at it */
};

void connection_begin(void);
void connection_end(void);

/* In order of id; NULL: none. */
struct connection *connection_first(void);

/* A new connection with this client end; hosts, addresses and ports are the caller's to fill in before
 * connection_open. */
struct connection *connection_new(struct endpoint *client);
/* Sends the SYN. server: NULL for an address that nobody has. */
void connection_open(struct connection *connection, struct host *client, struct host *server);

/* Sends a segment (takes it), by a picked latency. */
void connection_send(struct connection *connection, enum side from, struct segment *segment);
/* Sends a FIN, .., by the usual latency. */
void connection_send_control(struct connection *connection, enum side from, enum segment_kind kind);
/* This side forgets the connection and tells the other by RST. */
void connection_abort(struct connection *connection, enum side side);
/* This side forgets the connection, silently: its bytes in flight are lost. */
void connection_forget(struct connection *connection, enum side side);
/* The reader has taken bytes: tells the sender, in time, of the room. */
void connection_consumed(struct connection *connection, enum side reader);
/* The end's socket is gone. May free connection. */
void connection_release_end(struct connection *connection, enum side side);

void connection_pin(struct connection *connection);
void connection_unpin(struct connection *connection); /* may free it */

/* Links were blocked or healed: all connections hold, go on, or begin to lose patience. */
void connection_links_changed(void);

static inline enum side side_other(enum side side)
{
    return side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

#endif
