/* SPDX-License-Identifier: Apache-2.0 */
/* log: one replica's batches, and what goes by their offsets. See log.h. By time: log_time.c. */
#include "sim/kafka/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/config.h"

enum { ENTRIES_MIN = 4, EPOCHS_MIN = 2 };

struct kafka_batch *kafka_batch_new(const uint8_t *data, uint32_t bytes)
{
    struct kafka_batch *batch = malloc(sizeof *batch + bytes);
    if (!batch)
        return NULL;
    batch->references = 1;
    batch->bytes = bytes;
    if (data)
        memcpy(batch->data, data, bytes);
    return batch;
}

void kafka_batch_release(struct kafka_batch *batch)
{
    if (batch && --batch->references == 0)
        free(batch);
}

bool kafka_batch_read(const struct kafka_batch *batch, struct wire_batch *out)
{
    struct wire_bytes data = {.data = batch->data, .bytes = (int32_t)batch->bytes};
    struct wire_error error;
    size_t position = 0;
    return wire_batch_next(data, &position, out, &error) == WIRE_NEXT;
}

/* ---- entries --------------------------------------------------------------------------------------------- */

static struct kafka_log_entry *entry_at(const struct kafka_log *log, size_t index)
{
    assert(index < log->count);
    return &log->entries[log->first + index];
}

const struct kafka_log_entry *kafka_log_entry(const struct kafka_log *log, size_t index)
{
    return entry_at(log, index);
}

size_t kafka_log_find(const struct kafka_log *log, int64_t offset)
{
    if (offset >= log->end_offset) /* who reads the end asks most often */
        return log->count;
    size_t low = 0, high = log->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log->entries[log->first + middle].last_offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t kafka_log_upper_bound(const struct kafka_log *log, size_t first, size_t next)
{
    for (size_t i = next; i < log->count; i++) {
        const struct kafka_log_entry *entry = entry_at(log, i);
        if (i > first && entry->starts_segment)
            return entry->base_offset;
        if (entry->is_indexed)
            return entry->last_offset;
    }
    return log->end_offset;
}

static void free_entries(struct kafka_log *log)
{
    free(log->entries);
    log->entries = NULL;
    log->first = log->count = log->capacity = 0;
    log->bytes = 0;
}

/* Room for one more: moves to the front if half is free there, else grows. */
static void make_room(struct kafka_log *log)
{
    if (log->first + log->count < log->capacity)
        return;
    if (log->first > log->count) {
        memmove(log->entries, log->entries + log->first, log->count * sizeof *log->entries);
    } else {
        size_t capacity = log->count < ENTRIES_MIN ? ENTRIES_MIN : log->count + log->count / 2;
        struct kafka_log_entry *entries = malloc(capacity * sizeof *entries);
        assert(entries);
        if (log->count > 0)
            memcpy(entries, log->entries + log->first, log->count * sizeof *entries);
        free(log->entries);
        log->entries = entries;
        log->capacity = capacity;
    }
    log->first = 0;
}

static void drop_entry(struct kafka_log *log, const struct kafka_log_entry *entry)
{
    log->bytes -= entry->batch->bytes;
    kafka_batch_release(entry->batch);
}

void kafka_log_deinit(struct kafka_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        drop_entry(log, entry_at(log, i));
    free_entries(log);
    free(log->epochs);
    kafka_producers_deinit(&log->producers);
    kafka_producers_deinit(&log->producers_before);
    kafka_aborted_deinit(&log->aborted);
    *log = (struct kafka_log){0};
}

/* LogConfig.maxSegmentMs */
static int64_t segment_ms_max(const struct kafka_config *config)
{
    if (config->is_compacted && config->max_compaction_lag_ms > 0 &&
        config->max_compaction_lag_ms < config->segment_ms)
        return config->max_compaction_lag_ms;
    return config->segment_ms;
}

/* LogSegment.shouldRoll */
static bool is_segment_over(const struct kafka_log *log, const struct kafka_config *config, uint32_t bytes,
                            int64_t timestamp_ms, int64_t now_ms)
{
    if (log->segment_bytes == 0)
        return false;
    if ((int64_t)log->segment_bytes > (int64_t)config->segment_bytes - (int64_t)bytes)
        return true;
    /* A producer may say any time: what lies that far back is not late. */
    int64_t waited_ms = now_ms - log->segment_created_ms;
    if (log->segment_start_ms >= 0 && __builtin_sub_overflow(timestamp_ms, log->segment_start_ms, &waited_ms))
        return false;
    return waited_ms > segment_ms_max(config);
}

static void note_epoch(struct kafka_log *log, int32_t epoch, int64_t start_offset);

void kafka_log_append(struct kafka_log *log, struct kafka_batch *batch, const struct wire_batch *header,
                      const struct kafka_config *config, int64_t now_ms)
{
    assert(header->last_offset_delta >= 0);
    assert(header->base_offset >= log->end_offset ||
           (log->count == 0 && header->base_offset + header->last_offset_delta >= log->end_offset));
    if (is_segment_over(log, config, batch->bytes, header->max_timestamp_ms, now_ms))
        kafka_log_roll(log);
    make_room(log);
    batch->references++;
    log->entries[log->first + log->count] = (struct kafka_log_entry){
        .base_offset = header->base_offset,
        .last_offset = header->base_offset + header->last_offset_delta,
        .max_timestamp_ms = header->max_timestamp_ms,
        .batch = batch,
        .leader_epoch = header->leader_epoch,
        .starts_segment = log->count == 0 || log->segment_bytes == 0,
        .is_indexed = log->unindexed_bytes > KAFKA_LOG_INDEX_BYTES,
    };
    if (log->unindexed_bytes > KAFKA_LOG_INDEX_BYTES)
        log->unindexed_bytes = 0;
    log->unindexed_bytes += batch->bytes;
    log->count++;
    if (log->segment_bytes == 0) {
        log->segment_offset = header->base_offset;
        log->segment_start_ms = header->max_timestamp_ms;
        log->segment_created_ms = now_ms;
    }
    log->segment_bytes += batch->bytes;
    log->bytes += batch->bytes;
    log->end_offset = header->base_offset + header->last_offset_delta + 1;
    if (header->leader_epoch >= 0)
        note_epoch(log, header->leader_epoch,
                   header->base_offset > log->start_offset ? header->base_offset : log->start_offset);
    struct kafka_transaction_end end;
    if (kafka_producers_note(&log->producers, header, &end) && end.is_aborted)
        kafka_aborted_append(&log->aborted, &end);
}

void kafka_log_roll(struct kafka_log *log)
{
    log->segment_bytes = 0;
    log->unindexed_bytes = 0;
    log->segment_offset = log->end_offset;
}

/* The active segment is now what stands behind the last mark. */
static void find_active_segment(struct kafka_log *log)
{
    kafka_log_roll(log);
    for (size_t i = log->count; i-- > 0;) {
        const struct kafka_log_entry *entry = entry_at(log, i);
        log->segment_bytes += entry->batch->bytes;
        if (!entry->starts_segment)
            continue;
        log->segment_offset = entry->base_offset;
        log->segment_start_ms = entry->max_timestamp_ms;
        break;
    }
}

/* ---- cutting --------------------------------------------------------------------------------------------- */

static void drop_epochs_from(struct kafka_log *log, int64_t end_offset);
static void drop_epochs_below(struct kafka_log *log, int64_t start_offset);

static void note_entries(const struct kafka_log *log, size_t count, struct kafka_producers *producers)
{
    for (size_t i = 0; i < count; i++) {
        const struct kafka_batch *batch = entry_at(log, i)->batch;
        struct wire_bytes frame = {.data = batch->data, .bytes = (int32_t)batch->bytes};
        struct wire_batch header; /* its CRC was good when it was appended */
        wire_batch_header_read(frame, &header);
        kafka_producers_note(producers, &header, NULL);
    }
}

static bool had_producers(const struct kafka_log *log)
{
    return log->producers.count > 0 || log->producers.expired_ms > 0;
}

/* Who has expired does not come back, unless what was cut is the marker of his transaction. */
static void replay_producers(struct kafka_log *log)
{
    if (!had_producers(log))
        return;
    kafka_producers_restore(&log->producers, &log->producers_before);
    note_entries(log, log->count, &log->producers);
    kafka_producers_expire(&log->producers, log->producers.expired_ms);
}

/* The first count entries are about to go. */
static void keep_producers(struct kafka_log *log, size_t count)
{
    if (!had_producers(log))
        return;
    note_entries(log, count, &log->producers_before);
    kafka_producers_settle(&log->producers_before, log->start_offset);
    kafka_producers_expire(&log->producers_before, log->producers.expired_ms);
}

void kafka_log_reset(struct kafka_log *log, int64_t offset)
{
    kafka_log_deinit(log);
    log->start_offset = log->end_offset = log->clean_offset = log->segment_offset = offset;
}

void kafka_log_truncate(struct kafka_log *log, int64_t offset)
{
    if (offset < log->start_offset) {
        kafka_log_reset(log, offset);
        return;
    }
    /* Epochs in any case: a leader may have begun one and not written a word. */
    drop_epochs_from(log, offset < log->end_offset ? offset : log->end_offset);
    if (offset >= log->end_offset)
        return;
    size_t kept = kafka_log_find(log, offset);
    bool is_segment_kept = kept == log->count || !entry_at(log, kept)->starts_segment ||
                           entry_at(log, kept)->base_offset < offset;
    for (size_t i = kept; i < log->count; i++)
        drop_entry(log, entry_at(log, i));
    log->count = kept;
    log->end_offset = offset;
    if (log->clean_offset > offset)
        log->clean_offset = offset;
    if (is_segment_kept)
        find_active_segment(log);
    else
        kafka_log_roll(log);
    if (kept == 0)
        free_entries(log);
    kafka_aborted_truncate(&log->aborted, offset);
    replay_producers(log);
}

void kafka_log_start(struct kafka_log *log, int64_t offset)
{
    assert(offset <= log->end_offset);
    if (offset <= log->start_offset)
        return;
    log->start_offset = offset;
    if (log->clean_offset < offset)
        log->clean_offset = offset;
    drop_epochs_below(log, offset);
    kafka_producers_settle(&log->producers, offset);
    kafka_aborted_start(&log->aborted, offset);
    size_t dropped = kafka_log_find(log, offset);
    keep_producers(log, dropped);
    for (size_t i = 0; i < dropped; i++)
        drop_entry(log, entry_at(log, i));
    log->first += dropped;
    log->count -= dropped;
    if (log->count == 0)
        free_entries(log);
    else
        entry_at(log, 0)->starts_segment = true;
}

void kafka_log_replace(struct kafka_log *log, size_t index, struct kafka_batch *batch)
{
    struct kafka_log_entry *entry = entry_at(log, index);
    drop_entry(log, entry);
    entry->batch = batch;
    if (!batch)
        return;
    struct wire_batch header;
    bool is_read = kafka_batch_read(batch, &header);
    assert(is_read && header.base_offset == entry->base_offset);
    (void)is_read;
    entry->max_timestamp_ms = header.max_timestamp_ms;
    log->bytes += batch->bytes;
}

void kafka_log_close_gaps(struct kafka_log *log)
{
    size_t kept = 0;
    bool starts_segment = false;
    for (size_t i = 0; i < log->count; i++) {
        struct kafka_log_entry entry = *entry_at(log, i);
        starts_segment |= entry.starts_segment;
        if (!entry.batch)
            continue;
        entry.starts_segment = starts_segment;
        starts_segment = false;
        *entry_at(log, kept++) = entry;
    }
    log->count = kept;
    if (kept == 0)
        free_entries(log);
}

/* ---- leader epochs: LeaderEpochFileCache.java ------------------------------------------------------------ */

/* assign: of two that contradict each other the newer is right. */
static void note_epoch(struct kafka_log *log, int32_t epoch, int64_t start_offset)
{
    if (log->epoch_count > 0) {
        const struct kafka_log_epoch *latest = &log->epochs[log->epoch_count - 1];
        if (latest->epoch == epoch && latest->start_offset <= start_offset)
            return;
    }
    while (log->epoch_count > 0 && (log->epochs[log->epoch_count - 1].epoch >= epoch ||
                                    log->epochs[log->epoch_count - 1].start_offset >= start_offset))
        log->epoch_count--;
    if (log->epoch_count == log->epoch_capacity) {
        int32_t capacity = log->epoch_capacity ? log->epoch_capacity * 2 : EPOCHS_MIN;
        struct kafka_log_epoch *epochs = realloc(log->epochs, (size_t)capacity * sizeof *epochs);
        assert(epochs);
        log->epochs = epochs;
        log->epoch_capacity = capacity;
    }
    log->epochs[log->epoch_count++] = (struct kafka_log_epoch){epoch, start_offset};
}

void kafka_log_begin_epoch(struct kafka_log *log, int32_t epoch)
{
    note_epoch(log, epoch, log->end_offset);
}

static void drop_epochs_from(struct kafka_log *log, int64_t end_offset)
{
    while (log->epoch_count > 0 && log->epochs[log->epoch_count - 1].start_offset >= end_offset)
        log->epoch_count--;
}

/* The epoch of start_offset stays, and begins there now. */
static void drop_epochs_below(struct kafka_log *log, int64_t start_offset)
{
    int32_t below = 0;
    while (below < log->epoch_count && log->epochs[below].start_offset <= start_offset)
        below++;
    if (below == 0)
        return;
    log->epochs[below - 1].start_offset = start_offset;
    log->epoch_count -= below - 1;
    memmove(log->epochs, log->epochs + below - 1, (size_t)log->epoch_count * sizeof *log->epochs);
}

int32_t kafka_log_epoch_at(const struct kafka_log *log, int64_t offset)
{
    int32_t epoch = -1;
    for (int32_t i = 0; i < log->epoch_count && log->epochs[i].start_offset <= offset; i++)
        epoch = log->epochs[i].epoch;
    return epoch;
}

void kafka_log_epoch_end(const struct kafka_log *log, int32_t epoch, int32_t *epoch_out,
                         int64_t *end_offset_out)
{
    *epoch_out = -1;
    *end_offset_out = -1;
    if (epoch == -1 || log->epoch_count == 0 || epoch > log->epochs[log->epoch_count - 1].epoch)
        return;
    if (epoch == log->epochs[log->epoch_count - 1].epoch) {
        *epoch_out = epoch;
        *end_offset_out = log->end_offset;
        return;
    }
    int32_t higher = 0;
    while (log->epochs[higher].epoch <= epoch)
        higher++;
    /* Before the first known one: its start, under the name that was asked for. */
    *epoch_out = higher > 0 ? log->epochs[higher - 1].epoch : epoch;
    *end_offset_out = log->epochs[higher].start_offset;
}
