/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aborted: the transactions of one log that were aborted, so that readers of committed data can leave them out.
 *
 *   first_offset .. last_offset (the marker) of one producer, and where everything before was decided at that time
 *
 * Kept in the order of markers; so both last_offset and last_stable_offset ascend.
 * Source: TransactionIndex.java, AbortedTxn.java. Simplified: one index a log, where Kafka has one a segment.
 */
#ifndef SIM_KAFKA_ABORTED_H
#define SIM_KAFKA_ABORTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/kafka/producers.h"

/* Zero-initialised storage has none. */
struct kafka_aborted {
    struct kafka_transaction_end *items;
    size_t count, capacity;
};

void kafka_aborted_deinit(struct kafka_aborted *aborted);
/* Its marker is behind all others'. */
void kafka_aborted_append(struct kafka_aborted *aborted, const struct kafka_transaction_end *end);
/* Those whose marker is at offset or behind it go. */
void kafka_aborted_truncate(struct kafka_aborted *aborted, int64_t offset);
/* Those whose marker is below offset go. */
void kafka_aborted_start(struct kafka_aborted *aborted, int64_t offset);

/* Index of the first whose marker is at offset or behind it; count: there is none. */
size_t kafka_aborted_find(const struct kafka_aborted *aborted, int64_t offset);
/* How many, from index on, have to be looked at for one that begins before upper_offset. */
size_t kafka_aborted_reach(const struct kafka_aborted *aborted, size_t index, int64_t upper_offset);
/* Is the batch of that producer at offset of an aborted transaction? */
bool kafka_aborted_holds(const struct kafka_aborted *aborted, int64_t producer_id, int64_t offset);
/* Takes of other what is below offset in place of its own. */
void kafka_aborted_copy(struct kafka_aborted *aborted, const struct kafka_aborted *other, int64_t offset);

#endif
