/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_server: the control interface's lines over TCP, for a poll() loop of one's own.
 *
 *   count = control_server_fill(server, fds);  poll(fds, count, ..);  control_server_step(server, fds, count);
 *
 * Commands are obeyed one after the other, in the thread of the loop. An answer that a client does not read is
 * lost with its connection.
 */
#ifndef SIM_KAFKA_HOST_CONTROL_SERVER_H
#define SIM_KAFKA_HOST_CONTROL_SERVER_H

#include "sim/kafka/host/control.h"

#include <poll.h>

enum { CONTROL_SERVER_CLIENTS_MAX = 16, CONTROL_SERVER_FDS_MAX = 1 + CONTROL_SERVER_CLIENTS_MAX };

struct control_server;

/* Listens on 127.0.0.1:port (0: any; port_out says which). Borrows control. NULL, errno set, on failure. */
struct control_server *control_server_new(const struct control *control, uint16_t port, uint16_t *port_out);
void control_server_free(struct control_server *server);

/* Fills fds (CONTROL_SERVER_FDS_MAX) and returns how many. */
size_t control_server_fill(const struct control_server *server, struct pollfd *fds_out);
void control_server_step(struct control_server *server, const struct pollfd *fds, size_t count);

#endif
