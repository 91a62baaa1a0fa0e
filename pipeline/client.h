/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client: librdkafka configuration from ours, and its log lines into ours.
 *
 * Ours first (what correctness rests on or what we think a good default), then the user's kafka.* keys, then
 * those that may not be changed: a user who sets one of these gets an error, not a surprise.
 */
#ifndef PIPELINE_CLIENT_H
#define PIPELINE_CLIENT_H

#include "pipeline/config.h"
#include "pipeline/log.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

enum { CLIENT_ERROR_BYTES = 512 };

enum client_kind { CLIENT_CONSUMER, CLIENT_PRODUCER, CLIENT_ADMIN };

/* One property. */
struct client_property {
    const char *name;
    const char *value;
};

/* A configuration to pass to rd_kafka_new, or to destroy. required: NULL-named row ends it; NULL for none.
 * NULL on error, which names the source of the property at fault. */
rd_kafka_conf_t *client_conf(const struct config *config, enum client_kind kind,
                             const struct client_property *required, char error[CLIENT_ERROR_BYTES]);

/* What every client's opaque begins with. */
struct client_opaque {
    const struct log *log;
};

/* Sends the client's log lines and errors to opaque->log, and makes opaque the client's. Borrows opaque. */
void client_set_opaque(rd_kafka_conf_t *conf, struct client_opaque *opaque);

/* What the client does with an error of its own; for those who want to hear of it first. */
void client_log_error(rd_kafka_t *client, int error, const char *reason, void *opaque);

/* rd_kafka_new, which takes conf in any case. NULL with error filled in. */
rd_kafka_t *client_new(enum client_kind kind, rd_kafka_conf_t *conf, char error[CLIENT_ERROR_BYTES]);

#endif
