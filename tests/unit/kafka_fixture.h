/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_fixture: a cluster to ask, without sockets: requests and answers go through the wire's codec both ways.
 *
 *      body --encode, decode--> kafka_cluster_request --> answer --encode, decode--> kafka_fixture_answer
 *
 * Whatever is not as it should be in the fixture itself (a frame that cannot be read) aborts the test.
 */
#ifndef TESTS_UNIT_KAFKA_FIXTURE_H
#define TESTS_UNIT_KAFKA_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/wire.h"

enum { KAFKA_FIXTURE_ASKS_MAX = 4096 };

enum kafka_fixture_end {
    KAFKA_FIXTURE_WAITS,
    KAFKA_FIXTURE_ANSWERED,
    KAFKA_FIXTURE_SILENT, /* ended without an answer */
    KAFKA_FIXTURE_CLOSED, /* the connection would be closed */
};

struct kafka_fixture_ask {
    struct kafka_request request;
    struct kafka_client client;
    struct wire_request_header header;
    struct wire_output frame;
    enum kafka_fixture_end end;
    void *response;
};

struct kafka_fixture {
    struct kafka_cluster *cluster;
    const char *client_id;     /* of the requests that follow; borrowed */
    struct wire_memory memory; /* of responses, and for tests that build bodies; lasts until the end */
    struct wire_output responses[KAFKA_FIXTURE_ASKS_MAX];
    struct kafka_fixture_ask *asks[KAFKA_FIXTURE_ASKS_MAX];
    int ask_count;
    int32_t down_count; /* brokers whose end on_broker has told */
    uint64_t random;
};

/* release: of kafka_model_of. settings: see cluster.h; NULL: none. One broker has offsets.topic.replication.factor=1
 * and the like, which settings may change. The clock begins at 1,000,000 s. */
struct kafka_fixture *kafka_fixture_new(const char *release, int32_t broker_count,
                                        const char *const *settings);
void kafka_fixture_free(struct kafka_fixture *fixture);

/* A request to broker, over a connection of its own. A token. body: struct wire_.._request, all of it filled in (see
 * KAFKA_FIXTURE_BODY); borrowed for the call. */
int kafka_fixture_send(struct kafka_fixture *fixture, int32_t broker, int16_t api, int16_t version,
                       const void *body);
enum kafka_fixture_end kafka_fixture_end_of(const struct kafka_fixture *fixture, int token);
/* The response; NULL while there is none. Lasts as long as the fixture. */
const void *kafka_fixture_answer(const struct kafka_fixture *fixture, int token);
/* Sends, and asserts that the answer is there at once. */
const void *kafka_fixture_ask(struct kafka_fixture *fixture, int32_t broker, int16_t api, int16_t version,
                              const void *body);
/* Its connection is gone. */
void kafka_fixture_abandon(struct kafka_fixture *fixture, int token);
void kafka_fixture_advance_ms(struct kafka_fixture *fixture, int64_t ms);
/* A topic with so many partitions, each on all brokers; broker 1 leads partition 0, 2 the next, .. */
struct kafka_topic *kafka_fixture_topic(struct kafka_fixture *fixture, const char *name,
                                        int32_t partition_count);

struct wire_string kafka_fixture_string(const char *text); /* borrows; NULL: null */
/* Does a string of an answer say that? */
bool kafka_fixture_says(struct wire_string string, const char *text);

/* A body with Kafka's default values: struct wire_join_group_request body; KAFKA_FIXTURE_BODY(join_group, body); */
#define KAFKA_FIXTURE_BODY(NAME, BODY) wire_init(&wire_##NAME##_request_schema, &(BODY))
/* The one-element array of a body. */
#define KAFKA_FIXTURE_ONE(ARRAY, ELEMENT) ((ARRAY).items = &(ELEMENT), (ARRAY).count = 1)

#endif
