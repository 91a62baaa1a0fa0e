/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: a cluster behind TCP listeners, one for each of its brokers, in one thread and one poll loop.
 *
 * It knows nothing of simulation: it is an ordinary program over non-blocking IPv4 sockets, and in a world its calls
 * are the world's. It sleeps until a client, the clock of the cluster or the control interface has something for it.
 * It calls getaddrinfo, socket, setsockopt, bind, listen, getsockname, accept4, poll, recv, send (MSG_NOSIGNAL), close,
 * clock_gettime, getrandom and the malloc family. Left out: TLS, IPv6, files: what the brokers hold ends with them.
 */
#ifndef SIM_KAFKA_HOST_SERVER_H
#define SIM_KAFKA_HOST_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/kafka/model.h"
#include "sim/kafka/note.h"

enum { KAFKA_SERVER_CONNECTIONS_MAX = 4096, KAFKA_SERVER_ADDRESS_BYTES = 272 };

/* A topic that is there from the start. */
struct kafka_server_topic {
    const char *name;
    int32_t partition_count, replica_count;
};

/* All texts are borrowed until kafka_server_run returns. */
struct kafka_server_config {
    struct kafka_model model;
    int32_t broker_count; /* 1..KAFKA_BROKERS_MAX */
    const char
        *host; /* where broker 1.. listens: a number or a name; with a %d in it, that is the broker's id */
    const char *advertised_host; /* what Metadata says instead; NULL: the same */
    uint16_t port; /* of broker 1; the others' follow, or with a %d in host are the same. 0: any free ones */
    const char *const *settings;      /* "name=value" of broker configuration; NULL ends */
    const struct wire_codecs *codecs; /* NULL: compressed batches stay closed */
    const struct kafka_server_topic *topics;
    size_t topic_count;
    bool has_control;      /* serve the control interface on the loopback address .. */
    uint16_t control_port; /* .. 0: any */
    int stop_fd;           /* readable or closed: the server ends; < 0: it never does */
    /* Clients may connect. bootstrap: "host:port,..", as advertised; control_port: 0 if there is none. May be NULL. */
    void (*on_ready)(void *context, const char *bootstrap, uint16_t control_port);
    /* What happens within the brokers (sim/kafka/note.h). NULL: nobody asks. */
    void (*on_note)(void *context, const struct kafka_note *note);
    void *context;
};

/* Serves until stop_fd says so. False: it could not start or go on, and error_out says why in one line. All its memory
 * and descriptors are its own and gone when it returns. */
bool kafka_server_run(const struct kafka_server_config *config, char *error_out, size_t error_bytes)
    __attribute__((warn_unused_result));

#endif
