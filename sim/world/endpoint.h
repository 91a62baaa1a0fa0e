/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint: one TCP socket, as its owner sees it: addresses, states, errors, readiness.
 *
 * Modelled on Linux 6, and compared with 6.18 by tests/unit/network_native.c: net/ipv4/af_inet.c (inet_stream_connect, inet_shutdown), tcp.c (tcp_poll, tcp_recvmsg,
 * tcp_sendmsg, tcp_close), tcp_input.c (tcp_fin, tcp_reset). Operations never block; errors are -errno.
 */
#ifndef SIM_WORLD_ENDPOINT_H
#define SIM_WORLD_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/world/connection.h"
#include "sim/world/descriptor.h"

struct process;

enum endpoint_state {
    ENDPOINT_CLOSED, /* new, failed, reset, or both FINs exchanged */
    ENDPOINT_LISTENING,
    ENDPOINT_CONNECTING,  /* SYN sent */
    ENDPOINT_EMBRYO,      /* SYN received: in no queue yet, not visible */
    ENDPOINT_ESTABLISHED, /* and half closed, either way */
};

/* What connect() has to say, apart from what TCP does (Linux: SS_UNCONNECTED ..). BROKEN: it failed, and was shut down
 * before anybody asked; such a socket never connects again. */
enum endpoint_phase { ENDPOINT_UNCONNECTED, ENDPOINT_IN_CONNECT, ENDPOINT_CONNECTED, ENDPOINT_BROKEN };

enum { ENDPOINT_SHUT_READ = 1, ENDPOINT_SHUT_WRITE = 2, ENDPOINT_SHUT_BOTH = 3, ENDPOINT_OPTIONS_MAX = 40 };

struct endpoint {
    struct open_file file;
    enum endpoint_state state;
    enum endpoint_phase phase;
    struct host *host; /* of its process, or an alias whose address it is bound to */
    uint32_t process;  /* number of who made or accepted it */
    uint32_t address;  /* own, host byte order; 0: any */
    uint16_t port;     /* own; 0: none yet */
    bool is_bound;     /* is in the table of bound endpoints */
    bool has_fin;      /* the peer will send no more */
    bool is_tapped;    /* was accepted under a tap */
    unsigned shut;     /* ENDPOINT_SHUT_.. */
    int error;         /* SO_ERROR */
    struct connection *connection;
    enum side side;
    /* Options that the network obeys; the others are remembered in options[] by the posix layer. */
    bool reuse_address, reuse_port, resets_on_close, lingers;
    int linger_s;
    int64_t receive_timeout_ns, send_timeout_ns; /* 0: none */
    int options[ENDPOINT_OPTIONS_MAX];
    uint64_t options_set; /* bit i: options[i] was set */
    /* A listener's. */
    unsigned backlog, waiting; /* waiting: embryos and ready ones */
    struct endpoint *embryos, *ready, *ready_last;
    /* An embryo's or a ready one's. */
    struct endpoint *listener, *next, *previous;
    struct endpoint *bound_next, *bound_previous; /* of one bucket of ports */
};

void endpoint_begin(void);
void endpoint_end(void);

/* flags: O_NONBLOCK or 0. The caller holds the one reference (see descriptor.h). */
struct endpoint *endpoint_new(struct process *process, int flags);
/* NULL: not a TCP socket. */
struct endpoint *endpoint_of(struct open_file *file);

/* Addresses and ports are in host byte order. -EADDRNOTAVAIL, -EADDRINUSE, -EINVAL (bound already). */
int endpoint_bind(struct endpoint *endpoint, uint32_t address, uint16_t port);
/* -EADDRINUSE, -EINVAL (connected). */
int endpoint_listen(struct endpoint *endpoint, int backlog);
/* -EINPROGRESS, -EALREADY: not decided yet, see endpoint_connected; 0, -EISCONN, -ECONNREFUSED, -ETIMEDOUT, .. */
int endpoint_connect(struct endpoint *endpoint, uint32_t address, uint16_t port);
/* What came of a connect whose state is no longer ENDPOINT_CONNECTING: 0 or its error, which is taken. */
int endpoint_connected(struct endpoint *endpoint);
/* -EAGAIN: none is waiting; -EINVAL: not listening. The new endpoint inherits options. */
int endpoint_accept(struct endpoint *endpoint, struct process *process, int flags, struct endpoint **out);

/* flags: MSG_PEEK, MSG_OOB. 0: end of file; -EAGAIN, -ENOTCONN, -ECONNRESET, .. */
ssize_t endpoint_recv(struct endpoint *endpoint, const struct iovec *iov, int count, int flags);
/* flags: MSG_DONTWAIT, MSG_OOB. Fewer bytes than given when the window ends. -EAGAIN, -EPIPE, -ECONNRESET, .. */
ssize_t endpoint_send(struct endpoint *endpoint, const struct iovec *iov, int count, int flags);
/* how: SHUT_RD, SHUT_WR, SHUT_RDWR. -ENOTCONN. */
int endpoint_shutdown(struct endpoint *endpoint, int how);
/* SO_ERROR: reads and clears. */
int endpoint_take_error(struct endpoint *endpoint);
size_t endpoint_unread_bytes(const struct endpoint *endpoint);
/* False: not connected. */
bool endpoint_peer(const struct endpoint *endpoint, uint32_t *address_out, uint16_t *port_out);

/* --- what the connection tells its ends --- */

/* False: the listener's queue is full, the SYN is lost. */
bool endpoint_on_syn(struct connection *connection);
void endpoint_on_syn_ack(struct endpoint *endpoint);
void endpoint_on_ack(struct endpoint *endpoint);
bool endpoint_takes_data(const struct endpoint *endpoint);
void endpoint_on_data(struct endpoint *endpoint);
void endpoint_on_fin(struct endpoint *endpoint, bool is_over);
void endpoint_on_over(struct endpoint *endpoint); /* both FINs have arrived */
void endpoint_on_reset(struct endpoint *endpoint);
void endpoint_on_timeout(struct endpoint *endpoint);
void endpoint_on_room(struct endpoint *endpoint);

#endif
