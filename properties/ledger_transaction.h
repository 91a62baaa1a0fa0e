/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_transaction: transactional ids as their coordinators tell of them, and offsets that wait for a marker.
 *
 * Offsets committed within a transaction come into force with its marker in __consumer_offsets. The ledger keeps those that a
 * broker has accepted until then, and says with which event they were settled. simplified: a producer commits the
 * offsets of one group within one transaction, so any marker of its in __consumer_offsets settles them.
 */
#ifndef PROPERTIES_LEDGER_TRANSACTION_H
#define PROPERTIES_LEDGER_TRANSACTION_H

#include "traces/event.h"

struct ledger;
struct ledger_partition;

/* A transactional id. */
struct ledger_transaction {
    struct ledger_transaction *next;
    struct history_bytes id;
    int64_t producer_id; /* -1: not known yet */
    int16_t producer_epoch;
    bool is_known; /* a coordinator has told its state */
    enum history_transaction_state state;
    int64_t timeout_ns; /* 0: not known */
};

/* An offset within a transaction. */
struct ledger_offset {
    struct ledger_offset *next;
    struct ledger_partition *partition; /* of which it is */
    struct history_bytes group;
    uint64_t sequence;
    int64_t offset, producer_id;
    bool is_accepted; /* a broker has said so */
};

void ledger_transaction_event(struct ledger *ledger, const struct history_transaction *transaction);
void ledger_transaction_answered(struct ledger *ledger, const struct history_coordinator *coordinator);
/* is_transactional. */
void ledger_transaction_offset(struct ledger *ledger, const struct history_commit *commit);
/* A marker of the producer was written where groups' offsets lie. ledger->settled is what that brought into force. */
void ledger_transaction_marker(struct ledger *ledger, int64_t producer_id, bool is_commit);
/* Before the next event. */
void ledger_transaction_forget_settled(struct ledger *ledger);

/* NULL: no id is known to have it. */
const struct ledger_transaction *ledger_transaction_of(const struct ledger *ledger, int64_t producer_id);

#endif
