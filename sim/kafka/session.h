/* SPDX-License-Identifier: Apache-2.0 */
/* session: what a connection may do before it has logged in (SaslServerAuthenticator.java). */
#ifndef SIM_KAFKA_SESSION_H
#define SIM_KAFKA_SESSION_H

#include <stdbool.h>
#include <stdint.h>

struct kafka_broker;
struct kafka_request;

/* False: its connection must be closed. */
bool kafka_session_allows(const struct kafka_request *request);

/* An ApiVersions request of a version that is not offered, and so without a body: answers with UNSUPPORTED_VERSION in
 * version 0, to which the header is set. False: it is none, and has no answer. */
bool kafka_session_refuses_version(struct kafka_request *request);

/* A producer id that nobody has: broker gives out a block after the other. False: it has none, and asks the controller for a
 * block (millrace.producer.ids.ms); that is COORDINATOR_LOAD_IN_PROGRESS. */
bool kafka_session_next_producer_id(struct kafka_broker *broker, int64_t *id_out);

#endif
