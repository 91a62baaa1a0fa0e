/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlq_ledger: what was done about which dead letter: {p}.downloads.dlq.resolved, compacted, keyed by the dead letter's id.
 *
 * Two operators cannot do the same twice: the tool has one transactional.id, so to open the ledger for writing ends whatever
 * another has begun and fences him; only then is it read, to the very end of its log. What the reader sees is therefore all that was
 * ever done, and nobody but he who read it last can add to it. An entry and the task that it tells of are one transaction.
 *
 * With delivery = at_least_once there are no transactions: the task first, acknowledged, then the entry. Two operators at once, or a crash
 * between the two, can replay twice.
 */
#ifndef PIPELINE_DLQ_LEDGER_H
#define PIPELINE_DLQ_LEDGER_H

#include "pipeline/client.h"
#include "pipeline/dlq_record.h"

#include <stdbool.h>

struct dlq_ledger {
    struct client_opaque opaque; /* first: see client.h */
    const struct config *config;
    char topic[TOPICS_NAME_BYTES];
    json_t *entries;      /* by id */
    rd_kafka_t *producer; /* NULL: opened for reading */
    bool is_transactional;
    size_t sent;
    size_t written; /* acknowledged by a broker, with an offset */
};

/* Borrows config and log. False: error says why; the ledger is to be closed all the same. */
bool dlq_ledger_open(struct dlq_ledger *ledger, const struct config *config, const struct log *log,
                     bool to_write, char error[CLIENT_ERROR_BYTES]);
void dlq_ledger_close(struct dlq_ledger *ledger);

/* The entry of this record: {"action": "replayed" or "resolved", "at": time, ..}, or NULL. An entry of another record that stood at
 * the same place, before the topic was made anew, is none. Borrowed from the ledger. */
const json_t *dlq_ledger_find(const struct dlq_ledger *ledger, const struct dlq_record *record);

/* "unresolved", "replayed" or "resolved". */
const char *dlq_ledger_state(const struct dlq_ledger *ledger, const struct dlq_record *record);

/* Between begin and commit: an entry, and with it the record also (NULL: none). reason is NULL for none. It counts as done
 * at once; after a failure of either call the ledger has to be closed, and nothing since begin was done, unless error says otherwise. */
struct dlq_ledger_entry {
    const struct dlq_record *record;
    const char *action;
    const char *reason;
    const struct output_record *also;
};
bool dlq_ledger_begin(struct dlq_ledger *ledger, char error[CLIENT_ERROR_BYTES]);
bool dlq_ledger_add(struct dlq_ledger *ledger, const struct dlq_ledger_entry *entry,
                    char error[CLIENT_ERROR_BYTES]);
bool dlq_ledger_commit(struct dlq_ledger *ledger, char error[CLIENT_ERROR_BYTES]);

/* Pure: the value of an entry, as JSON to free(). */
char *dlq_ledger_encode(const struct dlq_ledger_entry *entry, const char *now);

#endif
