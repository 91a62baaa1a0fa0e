/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlq_read: reads a topic from its beginning to its end, once, without a group.
 *
 * Partitions are assigned, not subscribed to, and nothing is ever stored or committed: reading leaves no trace. What it reads is
 * committed. It ends where the topic ended when it began; that end is asked
 *   as read_committed sees it (DLQ_END_STABLE), or
 *   as the log has it (DLQ_END_LOG): a ledger has to be read over whatever a transaction has left, else what has just been
 *   committed could be missed.
 */
#ifndef PIPELINE_DLQ_READ_H
#define PIPELINE_DLQ_READ_H

#include "pipeline/client.h"
#include "pipeline/dlq_record.h"

enum dlq_end { DLQ_END_STABLE, DLQ_END_LOG };

struct dlq_read {
    const struct config *config;
    const struct log *log;
    const char *topic;
    const struct dlq_id *only; /* of this topic; NULL: all of them */
    enum dlq_end end;
    /* Takes record, which is not parsed yet. In the order of each partition. */
    void (*on_record)(void *context, struct dlq_record *record);
    void *context;
};

/* False: error says what could not be read; some records may have been given already. */
bool dlq_read(const struct dlq_read *read, char error[CLIENT_ERROR_BYTES]);

#endif
