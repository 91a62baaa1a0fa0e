/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_transaction: see ledger_transaction.h.
 */
#include "properties/ledger_transaction.h"
#include "properties/ledger_update.h"

#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)

static struct ledger_transaction *named(struct ledger *ledger, struct history_bytes id)
{
    for (struct ledger_transaction *known = ledger->transactions; known; known = known->next)
        if (history_bytes_equal(known->id, id))
            return known;
    struct ledger_transaction *made = ledger_take(ledger, sizeof *made);
    if (!made)
        return NULL;
    made->id = ledger_copy(ledger, id);
    made->producer_id = -1;
    made->next = ledger->transactions;
    ledger->transactions = made;
    return made;
}

const struct ledger_transaction *ledger_transaction_of(const struct ledger *ledger, int64_t producer_id)
{
    for (const struct ledger_transaction *known = ledger->transactions; known; known = known->next)
        if (known->is_known && known->producer_id == producer_id)
            return known;
    return NULL;
}

void ledger_transaction_event(struct ledger *ledger, const struct history_transaction *transaction)
{
    struct ledger_transaction *known = named(ledger, transaction->transactional_id);
    if (!known)
        return;
    known->is_known = true;
    known->producer_id = transaction->producer_id;
    known->producer_epoch = transaction->producer_epoch;
    known->state = transaction->state;
}

void ledger_transaction_answered(struct ledger *ledger, const struct history_coordinator *coordinator)
{
    if (coordinator->timeout_ms <= 0 || coordinator->error != HISTORY_ERROR_NONE)
        return;
    struct ledger_transaction *known = named(ledger, coordinator->transactional_id);
    if (known)
        known->timeout_ns = coordinator->timeout_ms * MS;
}

/* ---- offsets ------------------------------------------------------------------------------------------------ */

static void drop(struct ledger *ledger, struct ledger_offset **at)
{
    struct ledger_offset *dropped = *at;
    *at = dropped->next;
    dropped->next = ledger->free_offsets;
    ledger->free_offsets = dropped;
}

/* In the order in which brokers read them. */
static void add_offset(struct ledger *ledger, struct ledger_partition *partition,
                       const struct history_commit *commit)
{
    struct ledger_offset *made = ledger->free_offsets, **last = &ledger->offsets;
    if (made)
        ledger->free_offsets = made->next;
    else if (!(made = ledger_take(ledger, sizeof *made)))
        return;
    /* Groups are few, and each keeps its name. */
    *made = (struct ledger_offset){.partition = partition,
                                   .sequence = commit->sequence,
                                   .offset = commit->offset,
                                   .producer_id = commit->producer_id};
    made->group = ledger_intern(ledger, commit->group);
    while (*last)
        last = &(*last)->next;
    *last = made;
}

void ledger_transaction_offset(struct ledger *ledger, const struct history_commit *commit)
{
    struct ledger_partition *partition = ledger_partition_of(ledger, commit->topic, commit->partition);
    if (!partition)
        return;
    if (commit->step == HISTORY_REQUESTED) {
        add_offset(ledger, partition, commit);
        return;
    }
    for (struct ledger_offset **at = &ledger->offsets; *at; at = &(*at)->next)
        if ((*at)->sequence == commit->sequence && (*at)->partition == partition) {
            (*at)->is_accepted = true;
            if (commit->error != HISTORY_ERROR_NONE)
                drop(ledger, at);
            return;
        }
}

void ledger_transaction_marker(struct ledger *ledger, int64_t producer_id, bool is_commit)
{
    struct ledger_offset **at = &ledger->offsets, **last = &ledger->settled;
    while (*at) {
        struct ledger_offset *offset = *at;
        if (offset->producer_id != producer_id) {
            at = &offset->next;
            continue;
        }
        if (!is_commit || !offset->is_accepted) {
            drop(ledger, at);
            continue;
        }
        *at = offset->next;
        offset->next = NULL;
        *last = offset;
        last = &offset->next;
        if (ledger_is_pipeline_group(offset->partition->topic, offset->group) &&
            offset->offset > offset->partition->committed)
            offset->partition->committed = offset->offset;
    }
}

void ledger_transaction_forget_settled(struct ledger *ledger)
{
    while (ledger->settled)
        drop(ledger, &ledger->settled);
}
