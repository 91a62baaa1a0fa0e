/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster: a Kafka cluster as a state machine: brokers, topics, groups, and one clock.
 *
 * It neither reads a clock nor a socket nor random bytes: time, requests and randomness come in, answers go out.
 * So the same cluster runs in a world, behind a real socket and in a unit test.
 *
 *   kafka_cluster_request ---> answers through the seam, now or in a later call
 *   kafka_cluster_advance ---> what is due: sessions, long polls, elections, retention
 *
 * Within one call everything that follows from it is done before the call returns (kafka_waiters_settle).
 */
#ifndef SIM_KAFKA_CLUSTER_H
#define SIM_KAFKA_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/cleaner.h"
#include "sim/kafka/deadline.h"
#include "sim/kafka/model.h"
#include "sim/kafka/note.h"
#include "sim/kafka/request.h"

struct kafka_broker;
struct kafka_configs;
struct kafka_groups;
struct kafka_topic;
struct kafka_transactions;

enum { KAFKA_BROKERS_MAX = 64, KAFKA_CLUSTER_ID_BYTES = 22 };

/* What the host gives. No call may enter the cluster again. */
struct kafka_seam {
    void *context;
    /* The request has its answer, and is the host's again. */
    void (*on_answer)(void *context, struct kafka_request *request, enum kafka_answer answer,
                      const void *response);
    /* A broker's process ended (its connections die) or began. */
    void (*on_broker)(void *context, int32_t broker_id, bool is_up);
    /* What no frame shows: note.h. NULL: nobody asks. */
    void (*on_note)(void *context, const struct kafka_note *note);
    /* To look into compressed batches, where Kafka does. NULL: they stay closed. Borrowed. */
    const struct wire_codecs *codecs;
    /* 64 random bits: member ids, topic ids. */
    uint64_t (*random)(void *context);
};

struct kafka_cluster_options {
    struct kafka_model model;
    int32_t broker_count; /* 1..KAFKA_BROKERS_MAX; their ids are 1.. */
    const char *host;     /* what Metadata says of broker 1..; with a %d in it, that is the id. Copied */
    uint16_t port_first;  /* of broker 1; the others' follow, step port_step */
    uint16_t port_step;   /* 0: all the same */
    const char *const *settings; /* "name=value" of broker configuration, NULL ends; see config.h. Copied */
    int64_t now_ns;              /* the clock to begin with: since 1970 */
};

struct kafka_cluster {
    struct kafka_model model;
    struct kafka_seam seam;
    int64_t now_ns; /* since 1970; never goes back */
    char id[KAFKA_CLUSTER_ID_BYTES + 1];
    struct kafka_broker *brokers;
    int32_t broker_count;
    struct kafka_topic **topics; /* sorted by name */
    int32_t topic_count, topic_capacity;
    struct kafka_configs *configs;           /* of brokers: config.h */
    struct kafka_groups *groups;             /* group.h */
    struct kafka_transactions *transactions; /* transaction.h */
    int64_t producer_id_next;
    struct kafka_cleaner cleaner;
    struct kafka_deadlines deadlines;
    struct kafka_waiters touched;
    struct kafka_request *waiting_first; /* request.c's */
};

/* NULL: error_out says which option is wrong. */
struct kafka_cluster *kafka_cluster_new(const struct kafka_cluster_options *options,
                                        const struct kafka_seam *seam, char *error_out, size_t error_bytes);
/* Requests that wait are closed first. NULL is allowed. */
void kafka_cluster_free(struct kafka_cluster *cluster);

/* Takes a decoded request: broker, client, header, body, memory and owner are filled in, the rest is zero. An api that
 * the broker does not offer, in this version, is KAFKA_ANSWER_CLOSE, as in Kafka; but see ApiVersions. */
void kafka_cluster_request(struct kafka_cluster *cluster, struct kafka_request *request);

/* The connection of a request that is not answered yet is gone. It may end now (KAFKA_ANSWER_NONE), or later. */
void kafka_cluster_abandon(struct kafka_request *request);

/* Does all that is due until now_ns, at its own time; then it is now_ns. */
void kafka_cluster_advance(struct kafka_cluster *cluster, int64_t now_ns);
/* When kafka_cluster_advance has something to do next; INT64_MAX: never. */
int64_t kafka_cluster_next_ns(const struct kafka_cluster *cluster);

int64_t kafka_cluster_now_ms(const struct kafka_cluster *cluster);
uint64_t kafka_cluster_random(struct kafka_cluster *cluster);
/* 0..max, all as likely; of 0 nothing is drawn. */
int64_t kafka_cluster_draw(struct kafka_cluster *cluster, int64_t max);
struct wire_uuid kafka_cluster_uuid(struct kafka_cluster *cluster); /* random, version 4 */

#endif
