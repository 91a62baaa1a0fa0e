/* SPDX-License-Identifier: Apache-2.0 */
/* notes: see notes.h. */
#include "sim/cli/notes.h"

#include <string.h>
#include "sim/kafka/partition.h"
#include "sim/kafka/producers.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/marker.h"

static uint64_t fold(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    return hash ^ (hash >> 32);
}

/* The same in every run; told apart must be what differs by a mistake, not by malice. */
static uint64_t content_of(struct wire_bytes payload)
{
    uint64_t hash = (uint64_t)payload.bytes * 0x9e3779b97f4a7c15u, word = 0;
    int32_t at = 0;
    for (; at + (int32_t)sizeof word <= payload.bytes; at += (int32_t)sizeof word) {
        memcpy(&word, payload.data + at, sizeof word);
        hash = fold(hash, word);
    }
    word = 0;
    if (at < payload.bytes)
        memcpy(&word, payload.data + at, (size_t)(payload.bytes - at));
    return fold(hash, word);
}

static void fill_batch(struct notes *notes, const struct kafka_note *note, struct history_batch *out)
{
    const struct wire_batch *header = note->batch;
    struct wire_marker marker;
    struct wire_error error;
    *out = (struct history_batch){
        .base_offset = header->base_offset,
        .last_offset = header->base_offset + header->last_offset_delta,
        .producer_id = header->producer_id,
        .base_sequence = header->base_sequence,
        .last_sequence = kafka_producers_last_sequence(header),
        .leader_epoch = header->leader_epoch,
        .coordinator_epoch = -1,
        .producer_epoch = header->producer_epoch,
        .is_transactional = header->is_transactional,
        .is_control = header->is_control,
        .content = content_of(header->payload),
    };
    if (header->is_control && wire_marker_find(header, &marker)) {
        out->is_commit = marker.is_commit;
        out->coordinator_epoch = marker.coordinator_epoch;
    }
    if (!notes->wants_records || note->kind != KAFKA_NOTE_APPEND)
        return;
    wire_memory_reset(&notes->memory);
    if (!gather_one(&notes->gather, header, &notes->memory, &error))
        return;
    out->records = notes->gather.records;
    out->record_count = notes->gather.count;
}

static void fill_log(struct notes *notes, const struct kafka_note *note, enum history_log_step step,
                     struct history_log *out)
{
    const struct kafka_topic *topic = note->partition->topic;
    *out = (struct history_log){
        .step = step,
        .broker = note->broker,
        .topic = {topic->name, strlen(topic->name)},
        .partition = note->partition->index,
        .leader_epoch = note->leader_epoch,
        .in_sync_minimum = kafka_partition_in_sync_minimum(note->partition),
        .offset = note->offset,
        .is_internal = topic->is_internal,
        .is_compacted = topic->config.is_compacted,
        .is_unclean = note->is_unclean,
        .has_lost = note->partition->has_lost,
    };
    if (note->batch)
        fill_batch(notes, note, &out->batch);
}

static bool fill_transaction(const struct kafka_note *note, struct history_transaction *out)
{
    int32_t bytes = note->transactional_id.bytes;
    *out = (struct history_transaction){
        .broker = note->broker,
        .transactional_id = {note->transactional_id.text, bytes > 0 ? (size_t)bytes : 0},
        .producer_id = note->producer_id,
        .producer_epoch = note->producer_epoch,
        .is_timed_out = note->is_timed_out,
    };
    return event_transaction_state(note->state, &out->state);
}

bool notes_event(struct notes *notes, const struct kafka_note *note, struct history_event *out)
{
    *out = (struct history_event){.kind = HISTORY_LOG};
    switch (note->kind) {
    case KAFKA_NOTE_APPEND:
        fill_log(notes, note, HISTORY_LOG_APPEND, &out->log);
        return true;
    case KAFKA_NOTE_COPY:
        fill_log(notes, note, HISTORY_LOG_COPY, &out->log);
        return true;
    case KAFKA_NOTE_TRUNCATE:
        fill_log(notes, note, HISTORY_LOG_TRUNCATE, &out->log);
        return true;
    case KAFKA_NOTE_LEAD:
        fill_log(notes, note, HISTORY_LOG_LEAD, &out->log);
        return true;
    case KAFKA_NOTE_WATERMARK:
        fill_log(notes, note, HISTORY_LOG_WATERMARK, &out->log);
        return true;
    case KAFKA_NOTE_TRANSACTION:
        out->kind = HISTORY_TRANSACTION;
        return fill_transaction(note, &out->transaction);
    }
    return false;
}

void notes_deinit(struct notes *notes)
{
    gather_deinit(&notes->gather);
    wire_memory_deinit(&notes->memory);
}
