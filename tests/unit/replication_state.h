/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replication_state: one state of three replicas in 16 bytes, and the least of those that only numbers tell apart.
 */
#ifndef TESTS_UNIT_REPLICATION_STATE_H
#define TESTS_UNIT_REPLICATION_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum { REPLICAS = 3, OFFSETS = 2, RECORDS = 2, EPOCHS_MAX = 4, NOBODY = REPLICAS, ORDERS = 6 };

/* One replica; everything that its later steps depend on. */
struct part {
    uint8_t end, records[OFFSETS]; /* records: id * EPOCHS_MAX + epoch */
    uint8_t begun;                 /* an epoch without a record at the end of the log, plus 1; 0: none */
    uint8_t leader, epoch;         /* what it has learned; epoch plus 1 */
    uint8_t in_sync;               /* of one that leads */
    uint8_t watermark;
    uint8_t known;   /* of its end, by its leader, plus 1 */
    bool is_cutting; /* has to cut its log before it fetches (rules of old) */
};

struct decision {
    uint8_t leader, in_sync;
};

struct state {
    struct part parts[REPLICAS];
    struct decision past[EPOCHS_MAX]; /* by leader epoch, as far as somebody may learn it still */
    uint8_t leader, epoch, in_sync;   /* on record; epoch plus 1 */
    uint8_t used;                     /* records */
};

struct key {
    uint64_t words[2];
};

/* All orders of the replicas. */
extern const uint8_t replication_state_orders[ORDERS][REPLICAS];

/* The replica that order[i] names is put down as i. */
struct key replication_state_pack(const struct state *state, const uint8_t order[REPLICAS]);
struct state replication_state_unpack(const struct key *key);
bool replication_state_is_same(const struct key *one, const struct key *other);
/* The least of all orders. orbit_out: how many of them differ. */
struct key replication_state_canonical(const struct state *state, unsigned *orbit_out);

#endif
