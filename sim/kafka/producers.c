/* SPDX-License-Identifier: Apache-2.0 */
/* producers: idempotent producers of one log. See producers.h. */
#include "sim/kafka/producers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/wire/errors.h"

enum { NO_PRODUCER = -1, NO_SEQUENCE = -1, NO_TRANSACTION = -1 };

void kafka_producers_deinit(struct kafka_producers *producers)
{
    free(producers->items);
    *producers = (struct kafka_producers){0};
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

static const struct kafka_producer_batch *find_duplicate(const struct kafka_producer *producer,
                                                         const struct wire_batch *batch)
{
    if (producer->epoch != batch->producer_epoch)
        return NULL;
    for (int32_t i = 0; i < producer->batch_count; i++) {
        const struct kafka_producer_batch *old = &producer->batches[i];
        if (old->first_sequence == batch->base_sequence &&
            old->last_sequence == kafka_producers_last_sequence(batch))
            return old;
    }
    return NULL;
}

static bool is_in_sequence(const struct kafka_producer *producer, const struct wire_batch *batch)
{
    if (batch->producer_epoch != producer->epoch)
        return batch->base_sequence == 0;
    int32_t last =
        producer->batch_count > 0 ? producer->batches[producer->batch_count - 1].last_sequence : NO_SEQUENCE;
    return batch->base_sequence == (last == INT32_MAX ? 0 : last + 1);
}

int16_t kafka_producers_check(const struct kafka_producers *producers, const struct wire_batch *batch,
                              const struct kafka_producer_batch **duplicate_out)
{
    *duplicate_out = NULL;
    if (batch->producer_id == NO_PRODUCER)
        return KAFKA_NONE;
    const struct kafka_producer *producer = kafka_producers_find(producers, batch->producer_id);
    if (!producer)
        return KAFKA_NONE;
    *duplicate_out = find_duplicate(producer, batch);
    if (*duplicate_out)
        return KAFKA_NONE;
    if (batch->producer_epoch < producer->epoch)
        return KAFKA_INVALID_PRODUCER_EPOCH;
    if (!is_in_sequence(producer, batch))
        return KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER;
    if (producer->transaction_first_offset != NO_TRANSACTION && !batch->is_transactional)
        return KAFKA_INVALID_TXN_STATE;
    return KAFKA_NONE;
}

static struct kafka_producer *find_or_add(struct kafka_producers *producers, int64_t id)
{
    size_t place = place_of(producers, id);
    if (place < producers->count && producers->items[place].id == id)
        return &producers->items[place];
    if (producers->count == producers->capacity) {
        size_t capacity = producers->capacity ? producers->capacity * 2 : 1;
        struct kafka_producer *items = realloc(producers->items, capacity * sizeof *items);
        assert(items);
        producers->items = items;
        producers->capacity = capacity;
    }
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
    if (batch->is_transactional && producer->transaction_first_offset == NO_TRANSACTION)
        producer->transaction_first_offset = batch->base_offset;
}

/* A marker's value is version (int16) and coordinator epoch (int32): EndTxnMarker.json. */
static void note_marker(struct kafka_producers *producers, const struct wire_batch *batch)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    if (!wire_record_reader_init(&reader, batch, batch->payload, &error) ||
        wire_record_next(&reader, &record, &error) != WIRE_NEXT)
        return; /* without a record: the whole transaction has been compacted away */
    struct kafka_producer *producer = find_or_add(producers, batch->producer_id);
    begin_epoch(producer, batch->producer_epoch);
    if (record.value.bytes >= 6)
        producer->coordinator_epoch = wire_int32(record.value.data + 2);
    producer->transaction_first_offset = NO_TRANSACTION;
    producer->last_ms = record.timestamp_ms;
}

void kafka_producers_note(struct kafka_producers *producers, const struct wire_batch *batch)
{
    if (batch->producer_id == NO_PRODUCER)
        return;
    if (batch->is_control)
        note_marker(producers, batch);
    else
        note_data(producers, batch);
}

void kafka_producers_expire(struct kafka_producers *producers, int64_t before_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < producers->count; i++) {
        const struct kafka_producer *producer = &producers->items[i];
        if (producer->last_ms > before_ms || producer->transaction_first_offset != NO_TRANSACTION)
            producers->items[kept++] = *producer;
    }
    producers->count = kept;
    if (kept == 0)
        kafka_producers_deinit(producers);
}
