/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ghost: what brokers tell of their logs, for tests of the properties that judge them: three brokers, topics of one
 * partition, and a transactional id "t" whose producer is 7.
 */
#ifndef TESTS_UNIT_GHOST_H
#define TESTS_UNIT_GHOST_H

#include "properties/registry.h"

enum { GHOST_PRODUCER = 7, GHOST_COPIER = 2, GHOST_READER = 3 };
enum ghost_marker { GHOST_NO_MARKER, GHOST_COMMIT, GHOST_ABORT };

struct ghost {
    struct property_set *set;
    int64_t now_ns;
    int32_t in_sync_minimum;
    const char *topic; /* of what names none: "x", with which the copying world has nothing to do */
    uint64_t sequence;
    int32_t generation; /* as which offsets are committed: that of the last sync */
};

/* A batch of one record, unless last says more. What is zero is usual. */
struct ghost_batch {
    const char *topic; /* NULL: the ghost's */
    const char *key, *value;
    int64_t base, last; /* offsets; last 0: the same */
    int32_t epoch;      /* in which it was appended */
    int64_t producer;   /* 0: none */
    int32_t sequence;
    int16_t producer_epoch;
    bool is_transactional;
    enum ghost_marker marker;
    int32_t coordinator_epoch;
};

void ghost_begin(struct ghost *ghost); /* an exactly-once world */
void ghost_free(struct ghost *ghost);
void ghost_event(struct ghost *ghost, uint32_t process, struct history_event event);

void ghost_append(struct ghost *ghost, int32_t broker, struct ghost_batch batch);
/* Appended in another epoch than the one the broker leads in. */
void ghost_append_in(struct ghost *ghost, int32_t broker, int32_t epoch, struct ghost_batch batch);
void ghost_copy(struct ghost *ghost, int32_t broker, struct ghost_batch batch);
void ghost_truncate(struct ghost *ghost, int32_t broker, int64_t offset);
void ghost_lead(struct ghost *ghost, int32_t broker, int32_t epoch);
void ghost_lead_uncleanly(struct ghost *ghost, int32_t broker, int32_t epoch);
void ghost_watermark(struct ghost *ghost, int32_t broker, int32_t epoch, int64_t offset);
void ghost_state(struct ghost *ghost, enum history_transaction_state state);

void ghost_ask(struct ghost *ghost, int32_t broker, struct ghost_batch batch);
void ghost_acknowledge(struct ghost *ghost, int32_t broker, struct ghost_batch batch);
/* Broker 1 gives these to a reader of committed data. aborted_from: where a transaction of GHOST_PRODUCER begins that it
 * lists as aborted; -1: none. */
void ghost_fetch(struct ghost *ghost, const struct ghost_batch *batches, uint32_t count,
                 int64_t aborted_from);
/* TxnOffsetCommit of input offset, answered; of GHOST_PRODUCER. */
void ghost_offset(struct ghost *ghost, int64_t offset);
void ghost_join(struct ghost *ghost, uint32_t process, int32_t generation); /* asked and answered */
void ghost_sync(struct ghost *ghost, uint32_t process, int32_t generation);
void ghost_fault(struct ghost *ghost);
void ghost_heal(struct ghost *ghost);
void ghost_end(struct ghost *ghost);

/* An input is read, copied in a transaction and committed; broker 2 follows, and leads then. The world is not ended. */
void ghost_good(struct ghost *ghost);

size_t ghost_findings(const struct ghost *ghost, const char *property); /* NULL: of all */
const char *ghost_signature(const struct ghost *ghost, const char *property);
uint64_t ghost_judged(const struct ghost *ghost, const char *property);
/* Expects one finding of the property, with that signature; frees. */
void ghost_expect(struct ghost *ghost, const char *property, const char *signature);
/* Expects none at all; frees. */
void ghost_expect_nothing(struct ghost *ghost);

#endif
