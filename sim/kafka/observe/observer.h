/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observer: the tap on Kafka's wire. It is shown the bytes of every connection between a client and a broker
 * as the broker sees them, and says what they meant, as history events.
 *
 *   request bytes, when the broker reads them  ->  Produce, OffsetCommit, JoinGroup .. REQUESTED
 *   response bytes, when the broker writes them -> .. ANSWERED, Fetch
 *
 * It hooks neither the client nor the broker. APIs it has no table for, or no event, pass silently. A Produce
 * with acks=0 has no answer. Left out: SASL tokens outside of frames; TLS.
 */
#ifndef SIM_KAFKA_OBSERVE_OBSERVER_H
#define SIM_KAFKA_OBSERVE_OBSERVER_H

#include "traces/event.h"

struct observer;

/* NULL if memory is out. on_event is called from within the functions below; it must not call them. */
struct observer *observer_new(void (*on_event)(void *context, const struct history_event *event),
                              void *context);
void observer_free(struct observer *observer);

/* Who is at the client's end. process_name is borrowed until the connection closes; may be NULL. */
struct observer_client {
    uint32_t process, incarnation;
    const char *process_name;
};

/* connection_id: any number that no open connection has. False if memory is out. */
bool observer_connection_open(struct observer *observer, uint64_t connection_id,
                              const struct observer_client *client, int32_t broker);

/* Any split of the stream. Bytes of unknown connections are ignored, as are all after a malformed frame
 * length. */
void observer_request_bytes(struct observer *observer, uint64_t connection_id, const void *data, size_t bytes,
                            int64_t time_ns);
void observer_response_bytes(struct observer *observer, uint64_t connection_id, const void *data,
                             size_t bytes, int64_t time_ns);

/* One request as a broker reads it, whether or not it has an event. client_id is borrowed, not NUL-terminated. */
struct observer_request {
    const struct observer_client *client;
    struct history_bytes client_id;
    int16_t api_key, api_version;
};

/* To count them; NULL: to nobody. context is that of observer_new. */
void observer_on_request(struct observer *observer,
                         void (*on_request)(void *context, const struct observer_request *request));

/* Requests that were not answered never will be. */
void observer_connection_close(struct observer *observer, uint64_t connection_id);

/* Forgets all connections, topics and numbering but keeps the memory: for the next world. */
void observer_reset(struct observer *observer);

#endif
