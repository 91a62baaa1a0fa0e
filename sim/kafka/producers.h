/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producers: what a log remembers of idempotent producers: epoch, and the last five batches of each.
 *
 *   batch (pid, epoch, first..last sequence)
 *     pid unknown                  -> any sequence is taken
 *     (first, last) among the five -> duplicate: the offsets of then
 *     epoch < known                -> INVALID_PRODUCER_EPOCH
 *     epoch > known                -> first must be 0, else OUT_OF_ORDER_SEQUENCE_NUMBER
 *     first = last known + 1       -> taken (behind INT32_MAX comes 0), else OUT_OF_ORDER_SEQUENCE_NUMBER
 *
 * Source: ProducerAppendInfo.java, ProducerStateEntry.java, ProducerStateManager.java of 4.3.
 */
#ifndef SIM_KAFKA_PRODUCERS_H
#define SIM_KAFKA_PRODUCERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/kafka/wire/records.h"

enum { KAFKA_PRODUCER_BATCHES = 5 };

struct kafka_producer_batch {
    int32_t first_sequence, last_sequence;
    int64_t last_offset;
    int32_t offset_delta; /* last offset - base offset */
    int64_t timestamp_ms; /* the batch's maximum */
};

struct kafka_producer {
    int64_t id;
    int16_t epoch;
    int32_t coordinator_epoch;        /* of the last transaction marker; -1: none yet */
    int64_t transaction_first_offset; /* -1: it has no transaction open here */
    int64_t last_ms;                  /* the largest timestamp of its last batch: for expiry */
    int32_t batch_count;              /* 0 after a marker that brought a new epoch */
    struct kafka_producer_batch batches[KAFKA_PRODUCER_BATCHES]; /* oldest first */
};

/* Zero-initialised storage knows nobody. Sorted by id. */
struct kafka_producers {
    struct kafka_producer *items;
    size_t count, capacity;
};

/* As good as zero-initialised afterwards. */
void kafka_producers_deinit(struct kafka_producers *producers);
/* NULL: not known. Valid until the next note or expire. */
struct kafka_producer *kafka_producers_find(const struct kafka_producers *producers, int64_t id);

/* May the leader append this batch of a client? 0, or an error of errors.h. duplicate_out: the batch of old, if it was
 * appended before (then it must not be again), else NULL. A batch without a producer id is always 0. */
int16_t kafka_producers_check(const struct kafka_producers *producers, const struct wire_batch *batch,
                              const struct kafka_producer_batch **duplicate_out);
/* Notes an appended batch, whoever leads. */
void kafka_producers_note(struct kafka_producers *producers, const struct wire_batch *batch);
/* Forgets whose last batch is of before_ms or older and who has no transaction open: before_ms is now minus
 * producer.id.expiration.ms. By the timestamps that the producer gave, as in Kafka. */
void kafka_producers_expire(struct kafka_producers *producers, int64_t before_ms);

/* The sequence of a batch's last record; -1 of one without sequences. */
int32_t kafka_producers_last_sequence(const struct wire_batch *batch);

#endif
