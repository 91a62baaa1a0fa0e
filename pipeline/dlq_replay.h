/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_replay: doing something about dead letters: the task once more, or a note that it is settled. */
#ifndef PIPELINE_DLQ_REPLAY_H
#define PIPELINE_DLQ_REPLAY_H

#include "pipeline/dlq_ledger.h"

enum dlq_verdict {
    DLQ_DUE,        /* to be done */
    DLQ_DONE,       /* the ledger has it: nothing is done */
    DLQ_IMPOSSIBLE, /* it cannot be replayed: why_not */
};

/* Pure: what is to be done about a record. reason NULL: it is to be replayed, else resolved. */
enum dlq_verdict dlq_replay_judge(const struct dlq_ledger *ledger, const struct dlq_record *record,
                                  const char *reason);

/* The record for downloads.pending, its strings in text. Of a record whose why_not is "". */
struct dlq_replay_text {
    char *value; /* to free() */
    char partition[16];
    char offset[24];
};
struct output_record dlq_replay_record(const struct dlq_record *record, const char *topic,
                                       struct dlq_replay_text *text);

/* Settles all that are due, some hundred in each transaction, and prints a line for each on standard output when it is committed;
 * dry_run: prints what would be done. The ledger is open for writing, unless dry_run. Returns an enum millrace_exit: MILLRACE_DIFFERENT
 * if there was one that cannot be replayed. */
struct dlq_replay {
    struct dlq_ledger *ledger;
    const struct dlq_record *records;
    size_t count;
    const char *reason; /* NULL: replay */
    bool dry_run;
};
int dlq_replay_run(const struct dlq_replay *replay, char error[CLIENT_ERROR_BYTES]);

#endif
