/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gather: all records of one partition's worth of batches, as the history shows them.
 *
 * Nothing of an uncompressed batch is copied: the records point into the frame. A steady stream of like
 * frames allocates nothing.
 */
#ifndef SIM_KAFKA_OBSERVE_GATHER_H
#define SIM_KAFKA_OBSERVE_GATHER_H

#include "sim/kafka/wire/records.h"
#include "traces/event.h"

/* Zero-initialised storage is an empty one. */
struct gather {
    struct history_record *records; /* owned, reused */
    uint32_t count, capacity;
    struct wire_output decompressed; /* scratch */
    struct wire_batch first;         /* the first batch: who produced it; valid if batch_count > 0 */
    uint32_t batch_count;
};

/* Replaces what gather holds with the records of data whose offset is at least offset_min. Headers and
 * decompressed bytes go to memory; the rest points into data. An incomplete batch at the end is left out.
 * False: malformed. */
bool gather_records(struct gather *gather, struct wire_bytes data, int64_t offset_min,
                    struct wire_memory *memory, struct wire_error *error_out);
/* The same for one batch whose header is read already. */
bool gather_one(struct gather *gather, const struct wire_batch *batch, struct wire_memory *memory,
                struct wire_error *error_out);
void gather_deinit(struct gather *gather);

#endif
