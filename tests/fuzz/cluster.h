/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster: what the parts of the broker core's fuzzer say to each other.
 *
 *   input = setup 2 | op ..        op = kind 1 | who 1 | value 2 [| frame]
 *
 *   FRAME     value bytes from connection who (with CLUSTER_KEEP_CRC: their checksums stay)
 *   ADVANCE   (value & 0xfff) << (value >> 12) ms: up to 1.5 days
 *   ABANDON   connection who        STOP, CRASH, CRASH_HOST, START, ISOLATE, HEAL   broker who
 *   ELECT     broker who, for topic value >> 8 and partition value & 0xff
 *
 * Numbers are taken modulo what there is. What a client learns from answers cannot stand in an input: references to
 * it do, see cluster_resolve.
 */
#ifndef TESTS_FUZZ_CLUSTER_H
#define TESTS_FUZZ_CLUSTER_H

#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/wire.h"

enum cluster_kind {
    CLUSTER_FRAME,
    CLUSTER_ADVANCE,
    CLUSTER_ABANDON,
    CLUSTER_STOP,
    CLUSTER_CRASH,
    CLUSTER_START,
    CLUSTER_ELECT,
    CLUSTER_CRASH_HOST,
    CLUSTER_ISOLATE,
    CLUSTER_HEAL,
    CLUSTER_KINDS,
};

enum { CLUSTER_SETUP_BYTES = 2, CLUSTER_CONNECTIONS = 16, CLUSTER_KEEP_CRC = 128, CLUSTER_OPS_MAX = 64 };

/* Of setup[0]; setup[1] has a bit for each setting. */
enum {
    CLUSTER_IS_NEW = 1,
    CLUSTER_BROKERS = 6,
    CLUSTER_LONG_WAIT = 8,
    CLUSTER_SLOW_FOLLOWERS = 16,
    CLUSTER_UNVERIFIED = 32,
};

struct cluster_op {
    enum cluster_kind kind;
    uint8_t who;
    uint16_t value;
    const uint8_t *frame; /* value bytes, borrowed; of FRAME only */
};

/* False: there is none, or it is cut short. */
bool cluster_op_next(const uint8_t *data, size_t bytes, size_t *position_inout, struct cluster_op *out);
void cluster_op_append(const struct cluster_op *op, struct wire_output *output);

/* ---- cluster_values.c: requests as a client might send them ---- */

struct cluster_dice {
    uint64_t state;
};
uint32_t cluster_draw(struct cluster_dice *dice, uint32_t below);

/* A request under construction. */
struct cluster_maker {
    struct cluster_dice *dice;
    struct wire_memory *memory; /* what is made lies there */
    int16_t version;
};

/* Fills in every field that the version has. */
void cluster_fill(const struct cluster_maker *maker, const struct wire_schema *schema, void *out);
/* Changes one field of body, somewhere. */
void cluster_change(const struct cluster_maker *maker, const struct wire_schema *schema, void *body);
/* The API offered at this place, in a version that is: one beyond them now and then, if may_be_wrong. */
struct wire_request_header cluster_header(struct cluster_dice *dice, size_t api_index, bool may_be_wrong);
/* A request frame (no length), appended. */
void cluster_make_frame(struct cluster_dice *dice, const struct wire_request_header *header,
                        struct wire_output *output);

/* ---- cluster_refer.c: references ---- */

/* What a connection's client knows. */
struct cluster_known {
    char member_id[512]; /* of its last join; empty: none */
    int32_t generation;
    int64_t producer_id;
    int16_t producer_epoch;
};

enum { CLUSTER_REFERENCE = -100, CLUSTER_TOPIC_REFERENCE = 0xee };

/* Replaces within a decoded request, whose records lie in writable memory,
 *   member ids "@0", "@1" ..      by what connection 0, 1 .. was given
 *   generations -100, -101 ..     likewise
 *   uuids ee N ..                 by the id of the cluster's topic N
 *   producer ids -100, -101 ..    in batches too: with the epoch of then, and the sequence that comes next
 *   producer epochs -100          by that of the producer beside it
 * and, unless keeps_crc, puts checksums right. */
void cluster_resolve(const struct kafka_request *request, const struct kafka_cluster *cluster,
                     const struct cluster_known known[CLUSTER_CONNECTIONS], bool keeps_crc);

/* ---- cluster_check.c: what must hold ---- */

enum { CLUSTER_SEEN_MAX = 128 };

/* One partition, as it was after the last op. */
struct cluster_seen {
    struct wire_uuid topic;
    int32_t index, leader, leader_epoch;
    int64_t high_watermark, start_offset, end_offset;
    bool is_led; /* the leader has learned that it is, and runs */
};

struct cluster_past {
    struct cluster_seen seen[CLUSTER_SEEN_MAX];
    size_t count;
    int64_t now_ns;
};

/* Asserts what holds between two calls, and against what was; takes the present as past. */
void cluster_check(const struct kafka_cluster *cluster, struct cluster_past *past);
/* Asserts that nobody waits, but for those whose place in their group another has taken: like Kafka's they are never
 * answered (group_join.c). */
void cluster_check_idle(const struct kafka_cluster *cluster);

#endif
