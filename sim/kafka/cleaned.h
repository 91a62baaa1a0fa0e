/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleaned: what a compaction that goes through a log does to its transactions.
 *
 *   data of an aborted transaction   goes
 *   a marker                         goes delete.retention.ms after nothing was left of its transaction
 *   the aborted transaction          is told to readers as long as anything is left of it
 *
 * Source: Cleaner.java, CleanedTransactionMetadata.java.
 */
#ifndef SIM_KAFKA_CLEANED_H
#define SIM_KAFKA_CLEANED_H

#include <stdbool.h>
#include "sim/kafka/aborted.h"

/* Fill in aborted, the rest is zero. */
struct kafka_cleaned {
    const struct kafka_aborted *aborted; /* of the log, until the end; borrowed */
    int64_t *seen;                       /* the producers of whose transaction something is left */
    size_t seen_count, seen_capacity;
    struct kafka_aborted kept;
};

void kafka_cleaned_deinit(struct kafka_cleaned *cleaned);
/* The next batch of the log. True: it is of an aborted transaction. */
bool kafka_cleaned_on_data(struct kafka_cleaned *cleaned, const struct wire_batch *batch);
/* The next batch is a control batch. True: nothing is left of its transaction. */
bool kafka_cleaned_on_marker(struct kafka_cleaned *cleaned, const struct wire_batch *batch);
/* It has been through all below end. aborted: the log's, which is brought up to date. */
void kafka_cleaned_end(struct kafka_cleaned *cleaned, int64_t end, struct kafka_aborted *aborted);

#endif
