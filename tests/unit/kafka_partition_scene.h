/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_partition_scene: one partition of topic "t", what producers and coordinators write to it, and what readers get. */
#ifndef TESTS_UNIT_KAFKA_PARTITION_SCENE_H
#define TESTS_UNIT_KAFKA_PARTITION_SCENE_H

#include "tests/unit/kafka_batches.h"
#include "tests/unit/kafka_fixture.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/marker.h"

enum { SCENE_PRODUCE = 0, SCENE_FETCH = 1, SCENE_LIST_OFFSETS = 2 };

struct scene {
    struct kafka_fixture *fixture;
    struct kafka_partition *partition; /* led by 1, on all brokers */
    int32_t broker;                    /* that producers ask; 0: the leader */
};

/* settings of the brokers, or NULL. */
struct scene scene_new(const char *release, int32_t brokers, const char *const *settings);
void scene_free(struct scene *scene);
struct kafka_replica *scene_leader(const struct scene *scene);

/* A transactional batch of count records, or, is_plain, one outside of transactions. */
struct scene_batch {
    int64_t id;
    int16_t epoch;
    int32_t sequence;
    int32_t count; /* 0: 1 */
    bool is_plain;
    bool has_no_transactional_id; /* else it is "x", unless is_plain */
    int16_t version;              /* of Produce; 0: 9 */
    int16_t acks;                 /* 0: -1 */
};

/* A token. */
int scene_send_produce(const struct scene *scene, struct scene_batch batch);
/* NULL: it waits. */
const struct wire_produce_response_partition *scene_produced(const struct scene *scene, int token);
/* Both; waits for the answer. */
const struct wire_produce_response_partition *scene_produce(const struct scene *scene,
                                                            struct scene_batch batch);

struct scene_marker {
    int64_t id;
    int16_t epoch;
    bool is_abort;
    int32_t coordinator_epoch;
};

/* As the coordinator has it written; the error. */
int16_t scene_mark(const struct scene *scene, struct scene_marker marker);

struct scene_fetch {
    int64_t offset;
    bool is_uncommitted;
    int16_t version; /* 0: 12 */
    int32_t broker;  /* 0: the leader */
    int32_t wait_ms, min_bytes;
    int32_t partition_bytes;
    int32_t fetched_epoch; /* of the last batch that was read, plus 1; 0: none given */
};

int scene_send_fetch(const struct scene *scene, struct scene_fetch fetch);
const struct wire_fetch_response_partition *scene_fetched(const struct scene *scene, int token);
const struct wire_fetch_response_partition *scene_fetch(const struct scene *scene, struct scene_fetch fetch);
/* "0..2 3..3" of the batches that were read, as offsets. Static storage. */
const char *scene_batches(struct wire_bytes records);
/* "7@0 8@3" of the aborted transactions that are told, "null" if there is no list. Static storage. */
const char *scene_aborted(const struct wire_fetch_response_partition *answer);

#endif
