/* SPDX-License-Identifier: Apache-2.0 */
/* producers: idempotent producers of one log. See producers.h. */
#include "sim/kafka/producers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/marker.h"

enum { NO_PRODUCER = -1, NO_SEQUENCE = -1, NO_TRANSACTION = -1 };

enum { ARRAY_MIN = 1 };

void kafka_producers_deinit(struct kafka_producers *producers)
{
    free(producers->items);
    free(producers->open);
    free(producers->ended);
    free(producers->verifications);
    *producers = (struct kafka_producers){0};
}

static void *copy_of(const void *items, size_t count, size_t item_bytes)
{
    if (count == 0)
        return NULL;
    void *copy = malloc(count * item_bytes);
    assert(copy);
    return memcpy(copy, items, count * item_bytes);
}

void kafka_producers_restore(struct kafka_producers *producers, const struct kafka_producers *before)
{
    free(producers->items);
    free(producers->open);
    free(producers->ended);
    producers->items = copy_of(before->items, before->count, sizeof *before->items);
    producers->open = copy_of(before->open, before->open_count, sizeof *before->open);
    producers->ended = copy_of(before->ended, before->ended_count, sizeof *before->ended);
    producers->count = producers->capacity = before->count;
    producers->open_count = producers->open_capacity = before->open_count;
    producers->ended_count = producers->ended_capacity = before->ended_count;
}

/* The array, with room for one more item. */
static void *with_room(void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : ARRAY_MIN;
    items = realloc(items, *capacity * item_bytes);
    assert(items);
    return items;
}

/* Index of the first whose id is at least id. */
static size_t place_of(const struct kafka_producers *producers, int64_t id)
{
    size_t low = 0, high = producers->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (producers->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct kafka_producer *kafka_producers_find(const struct kafka_producers *producers, int64_t id)
{
    size_t place = place_of(producers, id);
    return place < producers->count && producers->items[place].id == id ? &producers->items[place] : NULL;
}

int32_t kafka_producers_last_sequence(const struct wire_batch *batch)
{
    if (batch->base_sequence == NO_SEQUENCE)
        return NO_SEQUENCE;
    /* Behind INT32_MAX comes 0 (DefaultRecordBatch.incrementSequence). */
    return (int32_t)(((uint32_t)batch->base_sequence + (uint32_t)batch->last_offset_delta) & INT32_MAX);
}

/* ---- checks ---------------------------------------------------------------------------------------------- */

static struct kafka_verification *find_verification(const struct kafka_producers *producers, int64_t id)
{
    for (size_t i = 0; i < producers->verification_count; i++)
        if (producers->verifications[i].producer_id == id)
            return &producers->verifications[i];
    return NULL;
}

static bool is_in_transaction(const struct kafka_producer *producer)
{
    return producer && producer->transaction_first_offset != NO_TRANSACTION;
}

int64_t kafka_producers_verify(struct kafka_producers *producers, const struct wire_batch *batch,
                               int64_t now_ms)
{
    if (is_in_transaction(kafka_producers_find(producers, batch->producer_id)))
        return KAFKA_GUARD_NONE;
    struct kafka_verification *verification = find_verification(producers, batch->producer_id);
    if (!verification) {
        producers->verifications = with_room(producers->verifications, producers->verification_count,
                                             &producers->verification_capacity, sizeof *verification);
        verification = &producers->verifications[producers->verification_count++];
        *verification = (struct kafka_verification){.producer_id = batch->producer_id,
                                                    .guard = ++producers->guard_last,
                                                    .since_ms = now_ms,
                                                    .lowest_sequence = batch->base_sequence,
                                                    .epoch = batch->producer_epoch};
    }
    if (batch->producer_epoch > verification->epoch ||
        (batch->producer_epoch == verification->epoch &&
         batch->base_sequence < verification->lowest_sequence)) {
        verification->epoch = batch->producer_epoch;
        verification->lowest_sequence = batch->base_sequence;
    }
    return verification->guard;
}

static void end_verification(struct kafka_producers *producers, int64_t id)
{
    struct kafka_verification *verification = find_verification(producers, id);
    if (verification)
        *verification = producers->verifications[--producers->verification_count];
}

static const struct kafka_producer_batch *find_duplicate(const struct kafka_producer *producer,
                                                         const struct wire_batch *batch)
{
    if (!producer || producer->epoch != batch->producer_epoch)
        return NULL;
    for (int32_t i = 0; i < producer->batch_count; i++) {
        const struct kafka_producer_batch *old = &producer->batches[i];
        if (old->first_sequence == batch->base_sequence &&
            old->last_sequence == kafka_producers_last_sequence(batch))
            return old;
    }
    return NULL;
}

int32_t kafka_producer_last_sequence(const struct kafka_producer *producer)
{
    return producer->batch_count > 0 ? producer->batches[producer->batch_count - 1].last_sequence
                                     : NO_SEQUENCE;
}

static bool is_in_sequence(const struct kafka_producer *producer, const struct wire_batch *batch)
{
    if (batch->producer_epoch != producer->epoch)
        return batch->base_sequence == 0;
    int32_t last = kafka_producer_last_sequence(producer);
    return batch->base_sequence == (last == INT32_MAX ? 0 : last + 1);
}

int16_t kafka_producers_check(const struct kafka_producers *producers, const struct wire_batch *batch,
                              int64_t guard, const struct kafka_producer_batch **duplicate_out)
{
    *duplicate_out = NULL;
    if (batch->producer_id == NO_PRODUCER)
        return KAFKA_NONE;
    const struct kafka_producer *producer = kafka_producers_find(producers, batch->producer_id);
    const struct kafka_verification *verification = find_verification(producers, batch->producer_id);
    *duplicate_out = find_duplicate(producer, batch);
    if (*duplicate_out)
        return KAFKA_NONE;
    bool is_verified = guard == KAFKA_GUARD_OFF || is_in_transaction(producer) ||
                       (verification && verification->guard == guard);
    if (batch->is_transactional && !is_verified)
        return KAFKA_INVALID_TXN_STATE;
    if (producer && batch->producer_epoch < producer->epoch)
        return KAFKA_INVALID_PRODUCER_EPOCH;
    if (verification && batch->base_sequence > verification->lowest_sequence)
        return KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER;
    if (producer && !is_in_sequence(producer, batch))
        return KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER;
    if (is_in_transaction(producer) && !batch->is_transactional)
        return KAFKA_INVALID_TXN_STATE;
    return KAFKA_NONE;
}

int16_t kafka_producers_check_own(const struct kafka_producers *producers, const struct wire_batch *batch)
{
    if (batch->producer_id == NO_PRODUCER)
        return KAFKA_NONE;
    const struct kafka_producer *producer = kafka_producers_find(producers, batch->producer_id);
    if (producer && batch->producer_epoch < producer->epoch)
        return KAFKA_INVALID_PRODUCER_EPOCH;
    return is_in_transaction(producer) && !batch->is_transactional ? KAFKA_INVALID_TXN_STATE : KAFKA_NONE;
}

int16_t kafka_producers_check_marker(const struct kafka_producers *producers, const struct wire_batch *batch,
                                     bool takes_stale)
{
    const struct kafka_producer *producer = kafka_producers_find(producers, batch->producer_id);
    struct wire_marker marker;
    if (!producer || !wire_marker_find(batch, &marker))
        return KAFKA_NONE;
    if (batch->producer_epoch < producer->epoch)
        return KAFKA_INVALID_PRODUCER_EPOCH;
    if (marker.coordinator_epoch < producer->coordinator_epoch && !takes_stale)
        return KAFKA_TRANSACTION_COORDINATOR_FENCED;
    return KAFKA_NONE;
}

/* ---- transactions ---------------------------------------------------------------------------------------- */

/* Index of the first that begins at offset or behind it. */
static size_t open_place(const struct kafka_producers *producers, int64_t offset)
{
    size_t low = 0, high = producers->open_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (producers->open[middle].first_offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void begin_transaction(struct kafka_producers *producers, struct kafka_producer *producer,
                              int64_t offset)
{
    producer->transaction_first_offset = offset;
    producers->open =
        with_room(producers->open, producers->open_count, &producers->open_capacity, sizeof *producers->open);
    size_t place = open_place(producers, offset); /* the end: logs grow there */
    memmove(&producers->open[place + 1], &producers->open[place],
            (producers->open_count - place) * sizeof *producers->open);
    producers->open[place] =
        (struct kafka_transaction_open){.first_offset = offset, .producer_id = producer->id};
    producers->open_count++;
}

/* Ends producer's with the marker at offset. */
static struct kafka_transaction_end end_transaction(struct kafka_producers *producers,
                                                    struct kafka_producer *producer, int64_t offset)
{
    struct kafka_transaction_end end = {.producer_id = producer->id,
                                        .first_offset = producer->transaction_first_offset,
                                        .last_offset = offset};
    producer->transaction_first_offset = NO_TRANSACTION;
    size_t place = open_place(producers, end.first_offset);
    assert(place < producers->open_count && producers->open[place].producer_id == producer->id);
    producers->open_count--;
    memmove(&producers->open[place], &producers->open[place + 1],
            (producers->open_count - place) * sizeof *producers->open);
    end.last_stable_offset = producers->open_count ? producers->open[0].first_offset : offset + 1;
    while (producers->ended_count &&
           producers->ended[producers->ended_count - 1].first_offset >= end.first_offset)
        producers->ended_count--;
    producers->ended = with_room(producers->ended, producers->ended_count, &producers->ended_capacity,
                                 sizeof *producers->ended);
    producers->ended[producers->ended_count++] =
        (struct kafka_transaction_ended){.first_offset = end.first_offset, .last_offset = offset};
    return end;
}

/* Index of the first whose marker is at offset or behind it. */
static size_t ended_place(const struct kafka_producers *producers, int64_t offset)
{
    size_t low = 0, high = producers->ended_count;
    if (high && producers->ended[high - 1].last_offset < offset) /* mostly */
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (producers->ended[middle].last_offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t kafka_producers_first_unstable(const struct kafka_producers *producers, int64_t high_watermark)
{
    int64_t first = producers->open_count ? producers->open[0].first_offset : INT64_MAX;
    size_t place = ended_place(producers, high_watermark);
    if (place < producers->ended_count && producers->ended[place].first_offset < first)
        first = producers->ended[place].first_offset;
    return first;
}

void kafka_producers_settle(struct kafka_producers *producers, int64_t offset)
{
    size_t place = ended_place(producers, offset);
    producers->ended_count -= place;
    if (place)
        memmove(producers->ended, &producers->ended[place],
                producers->ended_count * sizeof *producers->ended);
}

/* ---- notes ----------------------------------------------------------------------------------------------- */

static struct kafka_producer *find_or_add(struct kafka_producers *producers, int64_t id)
{
    size_t place = place_of(producers, id);
    if (place < producers->count && producers->items[place].id == id)
        return &producers->items[place];
    producers->items =
        with_room(producers->items, producers->count, &producers->capacity, sizeof *producers->items);
    struct kafka_producer *producer = &producers->items[place];
    memmove(producer + 1, producer, (producers->count - place) * sizeof *producer);
    producers->count++;
    *producer = (struct kafka_producer){.id = id,
                                        .epoch = -1,
                                        .coordinator_epoch = -1,
                                        .transaction_first_offset = NO_TRANSACTION,
                                        .last_ms = -1};
    return producer;
}

static void begin_epoch(struct kafka_producer *producer, int16_t epoch)
{
    if (producer->epoch == epoch)
        return;
    producer->epoch = epoch;
    producer->batch_count = 0;
}

static void note_data(struct kafka_producers *producers, const struct wire_batch *batch)
{
    struct kafka_producer *producer = find_or_add(producers, batch->producer_id);
    begin_epoch(producer, batch->producer_epoch);
    if (producer->batch_count == KAFKA_PRODUCER_BATCHES) {
        producer->batch_count--;
        memmove(producer->batches, producer->batches + 1,
                (KAFKA_PRODUCER_BATCHES - 1) * sizeof producer->batches[0]);
    }
    producer->batches[producer->batch_count++] = (struct kafka_producer_batch){
        .first_sequence = batch->base_sequence,
        .last_sequence = kafka_producers_last_sequence(batch),
        .last_offset = batch->base_offset + batch->last_offset_delta,
        .offset_delta = batch->last_offset_delta,
        .timestamp_ms = batch->max_timestamp_ms,
    };
    producer->last_ms = batch->max_timestamp_ms;
    if (batch->is_transactional && !is_in_transaction(producer))
        begin_transaction(producers, producer, batch->base_offset);
}

static bool note_marker(struct kafka_producers *producers, const struct wire_batch *batch,
                        struct kafka_transaction_end *end_out)
{
    struct wire_marker marker;
    if (!wire_marker_find(batch, &marker))
        return false; /* without a record: the whole transaction has been compacted away */
    struct kafka_producer *producer = find_or_add(producers, batch->producer_id);
    begin_epoch(producer, batch->producer_epoch);
    producer->coordinator_epoch = marker.coordinator_epoch;
    producer->last_ms = marker.timestamp_ms;
    if (!is_in_transaction(producer))
        return false;
    struct kafka_transaction_end end = end_transaction(producers, producer, batch->base_offset);
    end.is_aborted = !marker.is_commit;
    if (end_out)
        *end_out = end;
    return true;
}

bool kafka_producers_note(struct kafka_producers *producers, const struct wire_batch *batch,
                          struct kafka_transaction_end *end_out)
{
    if (batch->producer_id == NO_PRODUCER)
        return false;
    if (batch->is_transactional)
        end_verification(producers, batch->producer_id);
    if (batch->is_control)
        return note_marker(producers, batch, end_out);
    note_data(producers, batch);
    return false;
}

void kafka_producers_expire(struct kafka_producers *producers, int64_t before_ms)
{
    size_t kept = 0;
    if (before_ms <= 0) /* no clock of a broker is there */
        return;
    producers->expired_ms = before_ms;
    for (size_t i = 0; i < producers->count; i++) {
        const struct kafka_producer *producer = &producers->items[i];
        if (producer->last_ms > before_ms || is_in_transaction(producer))
            producers->items[kept++] = *producer;
    }
    producers->count = kept;
    if (kept == 0) {
        free(producers->items);
        producers->items = NULL;
        producers->capacity = 0;
    }
    kept = 0;
    for (size_t i = 0; i < producers->verification_count; i++)
        if (producers->verifications[i].since_ms > before_ms)
            producers->verifications[kept++] = producers->verifications[i];
    producers->verification_count = kept;
}
