/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sometimes: situations that a run must reach now and then, or its silence says little. Derived from history
 * events alone: nothing in the pipeline knows of them.
 *
 *   kill-between-ack-and-commit  an output is acknowledged, its input not yet committed, and the worker is killed
 *   kill-between-link-and-output a blob has its name (or is PUT), its result is not acknowledged, and it is killed
 *   revoke-with-inflight         a member loses a partition of which it was given records that are not done
 *   commit-refused-generation    an OffsetCommit is answered ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID or
 *                                REBALANCE_IN_PROGRESS
 *   rebalance                    a group gets a new generation
 *   kill, pause, sigterm, reset  as they say
 *   the rest                     see enum sometimes_probe
 */
#ifndef PROPERTIES_SOMETIMES_H
#define PROPERTIES_SOMETIMES_H

#include "properties/ledger.h"

enum sometimes_probe {
    SOMETIMES_KILL_BETWEEN_ACK_AND_COMMIT,
    SOMETIMES_KILL_BETWEEN_LINK_AND_OUTPUT,
    SOMETIMES_REVOKE_WITH_INFLIGHT,
    SOMETIMES_COMMIT_REFUSED_GENERATION,
    SOMETIMES_REBALANCE,
    SOMETIMES_KILL,
    SOMETIMES_PAUSE,
    SOMETIMES_SIGTERM,
    SOMETIMES_RESET,
    SOMETIMES_TRANSACTION_ABORTED,   /* a coordinator writes that one is aborted */
    SOMETIMES_TRANSACTION_FENCED,    /* somebody is answered INVALID_PRODUCER_EPOCH or PRODUCER_FENCED */
    SOMETIMES_TRANSACTION_TIMED_OUT, /* a coordinator aborts one by itself, since it took too long */
    SOMETIMES_DUPLICATE_REFUSED, /* an idempotent producer's batch was in the log already, and gets its old offset */
    SOMETIMES_LEADER_CHANGED,         /* a partition has another leader than before */
    SOMETIMES_TRUNCATED,              /* a replica cuts off records that it had */
    SOMETIMES_RETRIED_AT_EVERY_LEVEL, /* a task is retried for the SOMETIMES_LEVELS-th time */
    SOMETIMES_RETRIES_EXHAUSTED,      /* it fails even so, and has a dead letter */
};
enum {
    SOMETIMES_COUNT = SOMETIMES_RETRIES_EXHAUSTED + 1,
    SOMETIMES_LEVELS = 4 /* retry topics, as a rule */
};

size_t sometimes_count(void);
const char *sometimes_name(size_t index);
/* Index of the probe, or -1. */
int sometimes_find(const char *name);

struct sometimes;                                       /* the state of one world */
struct sometimes *sometimes_new(struct ledger *ledger); /* borrows; NULL if memory is out */
void sometimes_free(struct sometimes *sometimes);
/* After the ledger has seen the event. */
void sometimes_event(struct sometimes *sometimes, const struct history_event *event);
uint64_t sometimes_hits(const struct sometimes *sometimes, enum sometimes_probe probe);

#endif
