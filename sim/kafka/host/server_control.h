/* SPDX-License-Identifier: Apache-2.0 */
/* server_control: what the control interface's lines do to a cluster that is ours: control.h's backend. */
#ifndef SIM_KAFKA_HOST_SERVER_CONTROL_H
#define SIM_KAFKA_HOST_SERVER_CONTROL_H

#include "sim/kafka/host/control.h"

struct server_shared;

struct server_control {
    struct control control; /* for control_run */
    struct server_shared *shared;
    int64_t *clock_ns; /* moved on by advance */
    /* A broker has gone or come: its listener and connections have to follow. May be NULL. */
    void (*on_brokers)(void *context);
    void *context;
};

/* Borrows both. on_brokers and context are for the caller to fill in. */
void server_control_init(struct server_control *control, struct server_shared *shared, int64_t *clock_ns);

#endif
