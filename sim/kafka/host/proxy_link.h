/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy_link: one client's connection and the one to the broker that belongs to it. Only proxy.c uses it.
 */
#ifndef SIM_KAFKA_HOST_PROXY_LINK_H
#define SIM_KAFKA_HOST_PROXY_LINK_H

#include "sim/kafka/host/gate.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct proxy_link;

/* Takes both descriptors, unless it returns NULL (no memory). */
struct proxy_link *proxy_link_new(int client_fd, int broker_fd);
/* Closes them. */
void proxy_link_free(struct proxy_link *link);
bool proxy_link_is_dead(const struct proxy_link *link);

/* Fills two entries, client and broker. Returns when a delayed frame is due, in monotonic ms, or INT64_MAX. */
int64_t proxy_link_fill(struct proxy_link *link, struct pollfd *two_out);
/* Reads, asks the gate, writes. */
void proxy_link_step(struct proxy_link *link, const struct pollfd *two, struct gate *gate, int64_t now_ms);

#endif
