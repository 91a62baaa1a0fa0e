/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producers: what a log remembers of producers: epoch, last five batches, and the transaction that each has open.
 *
 *   (first, last sequence) among the five  -> duplicate: the offsets of then
 *   begins a transaction, not verified     -> INVALID_TXN_STATE (KIP-890)
 *   epoch < known                          -> INVALID_PRODUCER_EPOCH
 *   epoch > known                          -> first must be 0, else OUT_OF_ORDER_SEQUENCE_NUMBER
 *   first = last known + 1, or pid unknown -> taken (behind INT32_MAX comes 0), else OUT_OF_ORDER_SEQUENCE_NUMBER
 *   not in the transaction that is open    -> INVALID_TXN_STATE
 *
 * Source: ProducerAppendInfo.java, ProducerStateEntry.java, ProducerStateManager.java, VerificationStateEntry.java of 4.3.
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

/* A transaction that no marker has ended yet. */
struct kafka_transaction_open {
    int64_t first_offset, producer_id;
};

/* One that a marker at last_offset has ended. Below the high watermark it is stable. */
struct kafka_transaction_ended {
    int64_t first_offset, last_offset;
};

/* A producer's transaction that is to begin here, and its coordinator is asked whether it may (KIP-890). */
struct kafka_verification {
    int64_t producer_id;
    int64_t guard; /* of this one alone: who comes with an older one is too late */
    int64_t since_ms;
    int32_t lowest_sequence; /* of those who asked: none behind it may go first */
    int16_t epoch;
};

/* Zero-initialised storage knows nobody. */
struct kafka_producers {
    struct kafka_producer *items; /* sorted by id */
    size_t count, capacity;
    struct kafka_transaction_open *open; /* sorted by first offset */
    size_t open_count, open_capacity;
    /* Both offsets ascend: one that another begins before and ends behind says nothing. */
    struct kafka_transaction_ended *ended;
    size_t ended_count, ended_capacity;
    struct kafka_verification *verifications;
    size_t verification_count, verification_capacity;
    int64_t guard_last;
    int64_t expired_ms; /* what kafka_producers_expire was told last; 0: nothing yet */
};

/* As good as zero-initialised afterwards. */
void kafka_producers_deinit(struct kafka_producers *producers);
/* Makes them what they were before, but keeps the verifications, and until when they have expired. */
void kafka_producers_restore(struct kafka_producers *producers, const struct kafka_producers *before);
/* NULL: not known. Valid until the next note or expire. */
struct kafka_producer *kafka_producers_find(const struct kafka_producers *producers, int64_t id);

/* ---- may the leader append it? 0, or an error of errors.h ---- */

/* NONE: not verified. OFF: nobody has to be. Else of kafka_producers_verify. */
enum { KAFKA_GUARD_NONE = 0, KAFKA_GUARD_OFF = -1 };

/* Before a batch that may begin a transaction is checked, its coordinator is to be asked. The guard to check it with then;
 * KAFKA_GUARD_NONE: the transaction is open here, no need to ask. A marker, or the first batch, makes guards void. */
int64_t kafka_producers_verify(struct kafka_producers *producers, const struct wire_batch *batch,
                               int64_t now_ms);
/* Of a client. duplicate_out: the batch of old, if it was appended before (then it must not be again), else NULL. A
 * batch without a producer id is always 0. */
int16_t kafka_producers_check(const struct kafka_producers *producers, const struct wire_batch *batch,
                              int64_t guard, const struct kafka_producer_batch **duplicate_out);
/* Of a broker itself: offsets within a transaction, which have no sequence. Who verifies is the caller. */
int16_t kafka_producers_check_own(const struct kafka_producers *producers, const struct wire_batch *batch);
/* A transaction's marker: INVALID_PRODUCER_EPOCH, or TRANSACTION_COORDINATOR_FENCED unless takes_stale. Its epoch may be
 * newer: so it fences. */
int16_t kafka_producers_check_marker(const struct kafka_producers *producers, const struct wire_batch *batch,
                                     bool takes_stale);

/* ---- what was appended ---- */

/* What ended with a marker. */
struct kafka_transaction_end {
    int64_t producer_id, first_offset, last_offset;
    int64_t last_stable_offset; /* just behind the marker, if it had been replicated */
    bool is_aborted;
};

/* Notes an appended batch, whoever leads. True: it is the marker of a transaction that was open here; end_out (NULL: do
 * not say) is filled in. */
bool kafka_producers_note(struct kafka_producers *producers, const struct wire_batch *batch,
                          struct kafka_transaction_end *end_out);

/* The first offset of a transaction that is open, or whose marker is not below high_watermark; INT64_MAX: none. */
int64_t kafka_producers_first_unstable(const struct kafka_producers *producers, int64_t high_watermark);
/* Markers below offset are below the high watermark for ever. */
void kafka_producers_settle(struct kafka_producers *producers, int64_t offset);

/* Forgets whose last batch is of before_ms or older and who has no transaction open: before_ms is now minus
 * producer.id.expiration.ms. By the timestamps that the producer gave, as in Kafka. */
void kafka_producers_expire(struct kafka_producers *producers, int64_t before_ms);

/* The sequence that it has come to; -1: no batch of its present epoch is known. */
int32_t kafka_producer_last_sequence(const struct kafka_producer *producer);
/* The sequence of a batch's last record; -1 of one without sequences. */
int32_t kafka_producers_last_sequence(const struct wire_batch *batch);

#endif
