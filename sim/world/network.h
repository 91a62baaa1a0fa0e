/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network: when bytes arrive, and how a connection dies.
 *
 * TCP streams over IPv4 between the world's hosts. A connection is two streams of segments; each arrives one latency of
 * its link later, in order. What is lost in a partition is sent again, as TCP does, once the link is healed.
 *
 *   client   connect ---SYN--->                      ---ACK, data--->        ---FIN--->
 *   server                     listen queue <--SYN+ACK---      accept, data      <---RST--- (closed with unread data)
 *
 * Simplified: no TIME_WAIT, no keep-alive probes, no urgent data, no congestion control; acknowledgements are not
 * segments but credit that returns to a sender who ran out of window; close never lingers; unknown addresses are
 * black holes; a bind conflicts with bound and listening sockets only. Port 0 and ports of connects count up from 32768.
 */
#ifndef SIM_WORLD_NETWORK_H
#define SIM_WORLD_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct host;

/* One direction between two hosts. A segment takes the middle of minimum and maximum, unless the point "network/jitter"
 * says otherwise; then "network/latency" picks one of 16: 0 the middle, 1..14 evenly from minimum to maximum, 15 the tail. */
struct network_link {
    uint32_t minimum_us, maximum_us;
    uint32_t tail_us;            /* 0: no tail, the maximum instead */
    uint32_t jitter_per_million; /* segments that do not take the usual latency */
    uint64_t bytes_per_s;        /* 0: unlimited */
};

struct network_settings {
    struct network_link link; /* every link that network_set_link did not name */
    uint32_t loopback_us;     /* within a host; 0: at once, inside the call that sends, as Linux does it */
    uint32_t short_read_per_million, short_write_per_million;
    uint32_t resolve_failure_per_million; /* getaddrinfo says EAI_AGAIN */
    uint32_t window_bytes;                /* in flight and unread, per direction */
};

enum { NETWORK_WINDOW_BYTES_MIN = 4096 };

/* The world calls these two. network_begin sets: links of 200 to 500 us with 10 % jitter and no tail, unlimited
 * bandwidth, loopback at once, nothing short, no failure, a window of 64 KiB. */
void network_begin(void);
void network_end(void);

/* Valid for what is sent from now on. Links that were set by network_set_link stay. */
void network_set(const struct network_settings *settings);
const struct network_settings *network_settings(void);
void network_set_link(struct host *from, struct host *to, const struct network_link *link);

/* Loses (or no longer loses) every segment from one host to another; the other direction is not touched. What was in
 * flight or is sent meanwhile is sent again after healing, when its sender's next retry is due (0.2 s, doubling,
 * 120 s at most; a SYN 1 s, doubling). Who gets no acknowledgement for 924.6 s (a connect: 127 s) has ETIMEDOUT. A
 * host's loopback cannot be blocked. */
void network_block(struct host *from, struct host *to, bool is_blocked);

/* Refuses (or no longer refuses) whoever wants to connect to a host from another, as if nobody listened there. Counted: as often
 * on as off. Connections that are there live on. */
void network_refuse(struct host *host, bool refuses);

/* Who talks to whom. */
struct network_peers {
    uint64_t id;                             /* 1.. in order of connect */
    uint32_t client_process, server_process; /* process numbers; who called connect, who called listen */
    uint16_t client_port, server_port;
    struct host *client_host,
        *server_host; /* where their addresses are: an alias's, perhaps (host_serve_for) */
};

/* The established connections, oldest first. NULL ends. Nothing may be reset, opened or closed between two steps
 * but the connection that the previous step returned. */
struct connection *network_first(void);
struct connection *network_next(const struct connection *connection);
struct network_peers network_peers(const struct connection *connection);
struct connection *network_connection(uint64_t id); /* NULL: not established, or gone */
uint32_t network_connection_count(void);            /* established now */

/* Both ends see a RST now; what is in flight is lost. What has arrived can still be read, as on Linux. */
void network_reset(struct connection *connection);

/* Sees a server's side of every connection: reads and writes in the order in which the server made them. Peeking is
 * not reading. Every on_connect (at accept) has one on_close: when the server's last descriptor is gone. Must not enter the world. */
struct network_tap {
    void (*on_connect)(void *opaque, const struct network_peers *peers);
    void (*on_server_read)(void *opaque, uint64_t id, const void *data, size_t bytes);
    void (*on_server_write)(void *opaque, uint64_t id, const void *data, size_t bytes);
    void (*on_close)(void *opaque, uint64_t id, bool is_reset);
};
/* Borrows both until network_end, or until set to NULL. */
void network_set_tap(const struct network_tap *tap, void *opaque);
/* NULL: nobody looks. For the network's own files. */
const struct network_tap *network_tap(void **opaque_out);

#endif
