/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret: from one request, or one response with its request, to history events.
 */
#ifndef SIM_KAFKA_OBSERVE_INTERPRET_H
#define SIM_KAFKA_OBSERVE_INTERPRET_H

#include "sim/kafka/observe/gather.h"
#include "sim/kafka/observe/observer.h"

enum { INTERPRET_TOPIC_BYTES_MAX = 249 }; /* Kafka's own limit */

/* A topic's id, learned from Metadata; Fetch 13 and up speak only of ids. */
struct interpret_topic {
    struct wire_uuid id;
    uint16_t name_bytes;
    char name[INTERPRET_TOPIC_BYTES_MAX];
};

/* What one partition of a Produce request held, until its answer comes. */
struct interpret_produced {
    struct history_produce event;   /* topic points into the request's frame */
    struct history_record *records; /* event.records, to be given offsets; in the request's memory */
};

/* A request on its way. Kept and reused by the observer. */
struct interpret_request {
    struct interpret_request *next;
    struct wire_output frame; /* the whole frame without its length; header and body point into it */
    struct wire_memory memory;
    struct wire_request_header header;
    const void *body; /* NULL: not decoded */
    uint64_t sequence;
    struct interpret_produced *produced;
    uint32_t produced_count;
    bool expects_response;
};

struct interpret {
    void (*on_event)(void *context, const struct history_event *event);
    void *context;
    struct gather gather;
    struct wire_memory response_memory;
    struct interpret_topic *topics; /* owned */
    size_t topic_count, topic_capacity;
};

/* Who and when, for every event that comes of it. */
struct interpret_scene {
    const struct observer_client *client;
    int32_t broker;
    int64_t time_ns;
};

/* request->frame holds the frame; fills in the rest and emits. */
void interpret_request_read(struct interpret *interpret, const struct interpret_scene *scene,
                            struct interpret_request *request);

/* frame: a response without its length. */
void interpret_response_written(struct interpret *interpret, const struct interpret_scene *scene,
                                const struct interpret_request *request, struct wire_bytes frame);

void interpret_malformed(struct interpret *interpret, const struct interpret_scene *scene, bool is_request,
                         const struct wire_error *error);

void interpret_deinit(struct interpret *interpret);

#endif
