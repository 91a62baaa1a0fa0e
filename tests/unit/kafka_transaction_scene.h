/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_transaction_scene: a cluster whose transactions broker 1 coordinates, and short ways to speak as a producer.
 *
 * Topics: __transaction_state and __consumer_offsets (1 partition each), "t" (3), "u" (1), each on all brokers. The
 * transactional id is "x" where nobody says another.
 */
#ifndef TESTS_UNIT_KAFKA_TRANSACTION_SCENE_H
#define TESTS_UNIT_KAFKA_TRANSACTION_SCENE_H

#include "tests/unit/kafka_fixture.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/transaction.h"

enum { NO_ANSWER = -2 };

/* Who speaks. What is 0 or NULL has the value in the comment. */
struct kafka_party {
    const char *id; /* "x" */
    int64_t producer_id;
    int16_t epoch;
    int16_t version; /* 3 */
    int32_t broker;  /* 1: the coordinator */
};

struct kafka_init {
    const char *id;               /* "x" */
    int32_t timeout_ms;           /* 60000 */
    const struct kafka_party *as; /* NULL: does not say who he is */
    int16_t version;              /* 4 */
    int32_t broker;               /* 1 */
};

/* As an answer says it. error: NO_ANSWER while there is none. */
struct kafka_inited {
    int64_t producer_id;
    int16_t epoch, error;
};

/* settings: NULL: none. */
struct kafka_fixture *kafka_transaction_scene_new(const char *release, int32_t brokers,
                                                  const char *const *settings);

/* The same, but __transaction_state is on broker 1 alone: no other broker holds up its records. */
struct kafka_fixture *kafka_transaction_scene_new_alone(const char *release, int32_t brokers,
                                                        const char *const *settings);
void kafka_transaction_scene_delete(struct kafka_fixture *fixture, const char *topic);

int kafka_transaction_scene_init(struct kafka_fixture *fixture, const struct kafka_init *init);
struct kafka_inited kafka_transaction_scene_inited(const struct kafka_fixture *fixture, int token);
/* A new producer, whom nothing may hold up. */
struct kafka_party kafka_transaction_scene_producer(struct kafka_fixture *fixture, const char *id);

/* places: "t:0,u:0". */
int kafka_transaction_scene_add(struct kafka_fixture *fixture, const struct kafka_party *party,
                                const char *places);
/* The error of the index-th partition; NO_ANSWER. */
int16_t kafka_transaction_scene_added(const struct kafka_fixture *fixture, int token, int index);
int kafka_transaction_scene_add_offsets(struct kafka_fixture *fixture, const struct kafka_party *party,
                                        const char *group);
int16_t kafka_transaction_scene_added_offsets(const struct kafka_fixture *fixture, int token);
int kafka_transaction_scene_end(struct kafka_fixture *fixture, const struct kafka_party *party,
                                bool is_commit);
int16_t kafka_transaction_scene_ended(const struct kafka_fixture *fixture, int token);

/* The three at once: the error of the answer, which must be there. */
int16_t kafka_transaction_scene_adds(struct kafka_fixture *fixture, const struct kafka_party *party,
                                     const char *places);
int16_t kafka_transaction_scene_ends(struct kafka_fixture *fixture, const struct kafka_party *party,
                                     bool is_commit);

/* What broker says of it. */
const struct wire_describe_transactions_response_transaction_state *
kafka_transaction_scene_describe(struct kafka_fixture *fixture, int32_t broker, const char *id);
/* Is it in that state, as broker 1 says? */
bool kafka_transaction_scene_is(struct kafka_fixture *fixture, const char *state);

/* A topic's min.insync.replicas. */
void kafka_transaction_scene_require(struct kafka_fixture *fixture, const char *topic, const char *replicas);
/* broker leads __transaction_state from now on. */
void kafka_transaction_scene_move(struct kafka_fixture *fixture, int32_t broker);
struct kafka_partition *kafka_transaction_scene_partition(const struct kafka_fixture *fixture,
                                                          const char *topic, int32_t index);
/* The markers of a partition: how many, and of the last one: 0 abort, 1 commit (-1: none), who wrote it for whom. */
struct kafka_marks {
    int count, last;
    int32_t coordinator_epoch;
    int64_t producer_id;
    int16_t epoch;
};
struct kafka_marks kafka_transaction_scene_marks(const struct kafka_fixture *fixture, const char *topic,
                                                 int32_t index);

#endif
