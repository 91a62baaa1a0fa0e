/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy: request and response frames between clients and real brokers, through the gate. Real sockets, poll().
 *
 *   client --frame--> [in] --gate--> [out] --> broker        one upstream connection for each of the client's
 *   client <-- [out] <--frame-- [in] <-------- broker
 *
 * Nothing is rewritten: a broker behind the proxy has to advertise the proxy's port (advertised.listeners). What
 * is no frame (a length out of range) goes through as it is, and ungated, from there to the connection's end.
 * Left out: IPv6, TLS, brokers on other machines; a listener stays open while its broker is down, so that a
 * client sees its connection accepted and closed, where the broker alone would refuse it.
 */
#ifndef SIM_KAFKA_HOST_PROXY_H
#define SIM_KAFKA_HOST_PROXY_H

#include "sim/kafka/host/gate.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct proxy;

/* Borrows both. The lock is held while the gate is asked; NULL if no other thread changes the gate. NULL if there
 * is no memory or no descriptor. */
struct proxy *proxy_new(struct gate *gate, pthread_mutex_t *gate_lock);
void proxy_free(struct proxy *proxy);

/* Listens on 127.0.0.1:listen_port (0: any; returns which) for what goes to 127.0.0.1:target_port. -1, errno set. */
int proxy_add_route(struct proxy *proxy, uint16_t listen_port, uint16_t target_port)
    __attribute__((warn_unused_result));

/* Waits for something to happen and does what is to be done. False if poll() fails. */
bool proxy_step(struct proxy *proxy);

/* The gate was changed, or the loop around proxy_step has to look: ends the wait. From any thread. */
void proxy_wake(struct proxy *proxy);

#endif
