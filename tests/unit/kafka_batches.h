/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_batches: batches for tests of the broker's logs. */
#ifndef TESTS_UNIT_KAFKA_BATCHES_H
#define TESTS_UNIT_KAFKA_BATCHES_H

#include "sim/kafka/config.h"
#include "sim/kafka/log.h"

/* What a batch shall be; all zero but count is a fine one. */
struct batch_plan {
    int64_t base_offset;
    int32_t count;   /* of records, of offsets base, base + 1 .. */
    int32_t offsets; /* how many offsets it covers; 0: count */
    int32_t leader_epoch;
    int64_t timestamp_ms; /* of the first */
    int64_t step_ms;      /* of each next one */
    bool has_producer;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t base_sequence;
    bool is_transactional, is_control;
    bool is_marker; /* that ends its producer's transaction: a transactional control batch of one record */
    bool is_abort;
    uint8_t coordinator_epoch;
    enum wire_codec codec;     /* the payload is said to be compressed by this, and is reversed */
    const char *const *keys;   /* count of them; NULL: none has a key */
    const char *const *values; /* count of them, NULL: a tombstone; NULL: all are "v" */
};

struct kafka_batch *batch_new(const struct batch_plan *plan);
/* Appends it as a leader would, at plan->base_offset. */
void batch_append(struct kafka_log *log, const struct batch_plan *plan, const struct kafka_config *config);

/* The least that a log needs: nothing rolls, nothing is due. */
struct kafka_config config_plain(void);

/* "Compression": the bytes in reverse. */
extern const struct wire_codecs batch_codecs;

/* "10:a=v 12:b= " of all records in the log: offset, key, value; "~" for a tombstone. Static storage. */
const char *log_text(const struct kafka_log *log);

/* Reproducible, seeded. */
struct dice {
    uint64_t state;
};
uint32_t dice_below(struct dice *dice, uint32_t limit);

#endif
