/* SPDX-License-Identifier: Apache-2.0 */
/* compaction: the last record of each key. See compaction.h. */
#include "sim/kafka/compaction.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/cleaned.h"
#include "sim/kafka/config.h"

/* DefaultRecordBatch.java: where the attributes are, and the bit that says that the base timestamp is a delete horizon. */
enum { CRC_AT = 17, ATTRIBUTES_AT = 21, DELETE_HORIZON_BIT = 64 };

/* Timestamps and lags may be as large as they like. */
static int64_t later(int64_t time_ms, int64_t by_ms)
{
    int64_t sum;
    return __builtin_add_overflow(time_ms, by_ms, &sum) ? INT64_MAX : sum;
}

/* ---- what to compact ------------------------------------------------------------------------------------- */

struct segment {
    int64_t base_offset, max_timestamp_ms, first_timestamp_ms;
    uint64_t bytes;
    size_t end; /* index behind its last entry */
};

/* The inactive segment that begins with entry index. False: the active one begins there, or the log ends. */
static bool take_segment(const struct kafka_log *log, size_t index, struct segment *out)
{
    if (index == log->count || kafka_log_entry(log, index)->base_offset >= log->segment_offset)
        return false;
    const struct kafka_log_entry *entry = kafka_log_entry(log, index);
    *out = (struct segment){.base_offset = entry->base_offset,
                            .max_timestamp_ms = entry->max_timestamp_ms,
                            .first_timestamp_ms = entry->max_timestamp_ms,
                            .end = index};
    do {
        out->bytes += entry->batch->bytes;
        if (entry->max_timestamp_ms > out->max_timestamp_ms)
            out->max_timestamp_ms = entry->max_timestamp_ms;
        if (++out->end == log->count)
            break;
        entry = kafka_log_entry(log, out->end);
    } while (!entry->starts_segment);
    return true;
}

bool kafka_compaction_find(const struct kafka_log *log, const struct kafka_config *config,
                           int64_t last_stable, int64_t now_ms, struct kafka_compaction *out)
{
    *out = (struct kafka_compaction){
        .first_dirty = log->clean_offset > log->start_offset ? log->clean_offset : log->start_offset,
        .young_until_ms = INT64_MAX,
        .due_ms = INT64_MAX,
    };
    out->end = out->first_dirty;
    struct segment segment;
    for (size_t i = 0; take_segment(log, i, &segment); i = segment.end) {
        int64_t next_offset =
            segment.end < log->count ? kafka_log_entry(log, segment.end)->base_offset : log->segment_offset;
        if (next_offset <= out->first_dirty) {
            out->clean_bytes += segment.bytes;
            continue;
        }
        if (next_offset > last_stable)
            break;
        if (config->min_compaction_lag_ms > 0 &&
            segment.max_timestamp_ms > now_ms - config->min_compaction_lag_ms) {
            out->young_until_ms = later(segment.max_timestamp_ms, config->min_compaction_lag_ms);
            break;
        }
        out->dirty_bytes += segment.bytes;
        out->end = next_offset;
        int64_t due_ms = segment.first_timestamp_ms > 0
                             ? later(later(segment.first_timestamp_ms, config->max_compaction_lag_ms), 1)
                             : INT64_MAX;
        if (due_ms < out->due_ms)
            out->due_ms = due_ms;
    }
    return out->dirty_bytes > 0;
}

bool kafka_compaction_is_due(const struct kafka_compaction *compaction, const struct kafka_config *config,
                             int64_t now_ms)
{
    if (compaction->dirty_bytes == 0)
        return false;
    double ratio =
        (double)compaction->dirty_bytes / (double)(compaction->clean_bytes + compaction->dirty_bytes);
    return ratio > config->min_cleanable_dirty_ratio || compaction->due_ms <= now_ms;
}

/* ---- the last offset of each key ------------------------------------------------------------------------- */

struct slot {
    const uint8_t *key; /* NULL: free */
    int32_t bytes;
    int64_t offset;
};

struct key_map {
    struct slot *slots; /* a power of two of them */
    size_t count, capacity;
    struct wire_memory memory; /* of the keys */
};

static size_t hash_of(struct wire_bytes key)
{
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
    for (int32_t i = 0; i < key.bytes; i++)
        hash = (hash ^ key.data[i]) * 0x100000001b3;
    return (size_t)(hash ^ (hash >> 32));
}

static struct slot *slot_of(const struct key_map *map, struct wire_bytes key)
{
    for (size_t i = hash_of(key);; i++) {
        struct slot *slot = &map->slots[i & (map->capacity - 1)];
        if (!slot->key || (slot->bytes == key.bytes && memcmp(slot->key, key.data, (size_t)key.bytes) == 0))
            return slot;
    }
}

static void grow(struct key_map *map)
{
    struct key_map old = *map;
    map->capacity = old.capacity ? old.capacity * 2 : 64;
    map->slots = calloc(map->capacity, sizeof *map->slots);
    assert(map->slots);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].key)
            *slot_of(map, (struct wire_bytes){.data = old.slots[i].key, .bytes = old.slots[i].bytes}) =
                old.slots[i];
    free(old.slots);
}

static void note_key(struct key_map *map, const struct wire_record *record)
{
    if (map->count * 2 >= map->capacity)
        grow(map);
    struct slot *slot = slot_of(map, record->key);
    if (!slot->key) {
        uint8_t *key = wire_memory_take(&map->memory, (size_t)record->key.bytes + 1);
        assert(key);
        memcpy(key, record->key.data, (size_t)record->key.bytes);
        *slot = (struct slot){.key = key, .bytes = record->key.bytes};
        map->count++;
    }
    slot->offset = record->offset;
}

static int64_t last_offset_of(const struct key_map *map, struct wire_bytes key)
{
    const struct slot *slot = map->capacity ? slot_of(map, key) : NULL;
    return slot && slot->key ? slot->offset : -1;
}

static void free_map(struct key_map *map)
{
    free(map->slots);
    wire_memory_deinit(&map->memory);
}

/* ---- one batch ------------------------------------------------------------------------------------------- */

struct cleaning {
    struct kafka_log *log;
    const struct kafka_compaction *compaction;
    const struct kafka_config *config;
    const struct wire_codecs *codecs;
    int64_t now_ms;
    struct key_map map;
    struct kafka_cleaned cleaned;
    bool drops_batch;           /* the one at hand: none of its records stays */
    struct wire_output plain;   /* of the batch at hand, if it is compressed */
    struct wire_output kept;    /* its records that stay */
    struct wire_output rebuilt; /* what becomes of it */
};

/* Its header and its records, decompressed. False: there is no telling what is in it. */
static bool open_batch(struct cleaning *cleaning, const struct kafka_batch *stored, struct wire_batch *batch,
                       struct wire_bytes *records)
{
    bool is_read = kafka_batch_read(stored, batch);
    assert(is_read);
    (void)is_read;
    *records = batch->payload;
    if (batch->codec == WIRE_CODEC_NONE)
        return true;
    cleaning->plain.bytes = 0;
    if (!cleaning->codecs || !cleaning->codecs->decompress ||
        !cleaning->codecs->decompress(batch->codec, batch->payload, &cleaning->plain))
        return false;
    *records = (struct wire_bytes){.data = cleaning->plain.data, .bytes = (int32_t)cleaning->plain.bytes};
    return true;
}

static void note_keys(struct cleaning *cleaning, const struct kafka_batch *stored)
{
    struct wire_batch batch;
    struct wire_bytes records;
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    if (!open_batch(cleaning, stored, &batch, &records) || batch.is_control ||
        (batch.is_transactional &&
         kafka_aborted_holds(&cleaning->log->aborted, batch.producer_id, batch.base_offset)) ||
        !wire_record_reader_init(&reader, &batch, records, &error))
        return;
    while (wire_record_next(&reader, &record, &error) == WIRE_NEXT)
        if (record.key.bytes >= 0 && record.offset >= cleaning->compaction->first_dirty)
            note_key(&cleaning->map, &record);
}

/* Cleaner.checkBatchRetention: the batch stays even when no record does. */
static bool is_needed(const struct cleaning *cleaning, const struct wire_batch *batch)
{
    int64_t last_offset = batch->base_offset + batch->last_offset_delta;
    if (last_offset + 1 == cleaning->compaction->end)
        return true;
    const struct kafka_producer *producer =
        batch->producer_id < 0 ? NULL : kafka_producers_find(&cleaning->log->producers, batch->producer_id);
    if (!producer)
        return false;
    return producer->batch_count > 0 ? producer->batches[producer->batch_count - 1].last_offset == last_offset
                                     : batch->is_control && batch->producer_epoch == producer->epoch;
}

struct horizon {
    bool is_set;
    int64_t ms;
};

static struct horizon horizon_of(const struct kafka_batch *stored, const struct wire_batch *batch)
{
    bool is_set = wire_int16(stored->data + ATTRIBUTES_AT) & DELETE_HORIZON_BIT;
    return (struct horizon){.is_set = is_set, .ms = batch->base_timestamp_ms};
}

static bool is_kept(const struct cleaning *cleaning, const struct wire_batch *batch,
                    const struct wire_record *record, struct horizon horizon)
{
    if (batch->is_control || cleaning->drops_batch)
        return !cleaning->drops_batch;
    if (record->key.bytes < 0)
        return false;
    bool is_tombstone = record->value.bytes < 0;
    return record->offset >= last_offset_of(&cleaning->map, record->key) &&
           (!is_tombstone || !horizon.is_set || cleaning->now_ms < horizon.ms);
}

struct tally {
    int32_t count_all, count_kept;
    bool has_tombstone;                           /* or it is a marker of which nothing else is left */
    int64_t first_timestamp_ms, max_timestamp_ms; /* of those kept */
};

/* Which records stay. */
static bool count_records(const struct cleaning *cleaning, const struct wire_batch *batch,
                          struct wire_bytes records, struct horizon horizon, struct tally *out)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    enum wire_next next;
    *out = (struct tally){.first_timestamp_ms = -1, .max_timestamp_ms = -1};
    if (!wire_record_reader_init(&reader, batch, records, &error))
        return false;
    while ((next = wire_record_next(&reader, &record, &error)) == WIRE_NEXT) {
        out->count_all++;
        if (!is_kept(cleaning, batch, &record, horizon))
            continue;
        out->has_tombstone |= record.value.bytes < 0;
        if (out->count_kept++ == 0)
            out->first_timestamp_ms = record.timestamp_ms;
        if (record.timestamp_ms > out->max_timestamp_ms)
            out->max_timestamp_ms = record.timestamp_ms;
    }
    return next == WIRE_NEXT_END;
}

static void copy_records(struct cleaning *cleaning, const struct wire_batch *batch, struct wire_bytes records,
                         struct horizon horizon, const struct wire_batch *rebuilt)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    wire_record_reader_init(&reader, batch, records, &error);
    while (wire_record_next(&reader, &record, &error) == WIRE_NEXT)
        if (is_kept(cleaning, batch, &record, horizon))
            wire_record_append(rebuilt, &record, &cleaning->kept);
}

/* The encoded batch; is_horizon: its base timestamp is its delete horizon. */
static struct kafka_batch *encode(struct cleaning *cleaning, const struct wire_batch *batch, bool is_horizon)
{
    struct wire_output *rebuilt = &cleaning->rebuilt;
    rebuilt->bytes = 0;
    wire_batch_append(batch, rebuilt);
    assert(!rebuilt->is_failed);
    if (is_horizon) {
        rebuilt->data[ATTRIBUTES_AT + 1] |= DELETE_HORIZON_BIT;
        uint32_t crc =
            __builtin_bswap32(wire_crc32c(rebuilt->data + ATTRIBUTES_AT, rebuilt->bytes - ATTRIBUTES_AT));
        memcpy(rebuilt->data + CRC_AT, &crc, sizeof crc);
    }
    struct kafka_batch *stored = kafka_batch_new(rebuilt->data, (uint32_t)rebuilt->bytes);
    assert(stored);
    return stored;
}

/* NULL: it cannot be compressed again. */
static struct kafka_batch *rebuild(struct cleaning *cleaning, const struct wire_batch *batch,
                                   struct wire_bytes records, struct horizon old, const struct tally *tally)
{
    struct horizon horizon = old;
    if (tally->has_tombstone && !old.is_set)
        horizon = (struct horizon){true, later(cleaning->now_ms, cleaning->config->delete_retention_ms)};
    struct wire_batch rebuilt = *batch;
    rebuilt.record_count = tally->count_kept;
    rebuilt.base_timestamp_ms = horizon.is_set ? horizon.ms : tally->first_timestamp_ms;
    if (!batch->is_log_append_time)
        rebuilt.max_timestamp_ms = tally->max_timestamp_ms;
    cleaning->kept.bytes = 0;
    copy_records(cleaning, batch, records, old, &rebuilt);
    assert(!cleaning->kept.is_failed);
    struct wire_bytes kept = {.data = cleaning->kept.data, .bytes = (int32_t)cleaning->kept.bytes};
    rebuilt.payload = kept;
    struct wire_output packed = {0};
    if (batch->codec != WIRE_CODEC_NONE) {
        if (!cleaning->codecs->compress || !cleaning->codecs->compress(batch->codec, kept, &packed)) {
            free(packed.data);
            return NULL;
        }
        rebuilt.payload = (struct wire_bytes){.data = packed.data, .bytes = (int32_t)packed.bytes};
    }
    struct kafka_batch *stored = encode(cleaning, &rebuilt, horizon.is_set);
    free(packed.data);
    return stored;
}

/* DefaultRecordBatch.writeEmptyHeader */
static struct kafka_batch *empty(struct cleaning *cleaning, const struct wire_batch *batch)
{
    struct wire_batch header = *batch;
    header.codec = WIRE_CODEC_NONE;
    header.base_timestamp_ms = -1;
    header.record_count = 0;
    header.payload = (struct wire_bytes){.data = (const uint8_t *)"", .bytes = 0};
    return encode(cleaning, &header, false);
}

static void clean_entry(struct cleaning *cleaning, size_t index)
{
    const struct kafka_batch *stored = kafka_log_entry(cleaning->log, index)->batch;
    struct wire_batch batch;
    struct wire_bytes records;
    struct tally tally;
    bool is_open = open_batch(cleaning, stored, &batch, &records);
    struct horizon horizon = horizon_of(stored, &batch);
    bool is_nothing_left = batch.is_control && kafka_cleaned_on_marker(&cleaning->cleaned, &batch);
    cleaning->drops_batch = batch.is_control
                                ? is_nothing_left && horizon.is_set && horizon.ms <= cleaning->now_ms
                                : kafka_cleaned_on_data(&cleaning->cleaned, &batch);
    if (!is_open || !count_records(cleaning, &batch, records, horizon, &tally))
        return;
    tally.has_tombstone |= is_nothing_left;
    if (tally.count_kept == 0) {
        if (!is_needed(cleaning, &batch))
            kafka_log_replace(cleaning->log, index, NULL);
        else if (tally.count_all > 0)
            kafka_log_replace(cleaning->log, index, empty(cleaning, &batch));
        return;
    }
    if (tally.count_kept == tally.count_all && (!tally.has_tombstone || horizon.is_set))
        return;
    struct kafka_batch *rebuilt = rebuild(cleaning, &batch, records, horizon, &tally);
    if (rebuilt)
        kafka_log_replace(cleaning->log, index, rebuilt);
}

/* ---- a log ----------------------------------------------------------------------------------------------- */

/* Cleaner.groupSegmentsBySize: neighbours that fit into one segment become one. */
static void join_segments(struct kafka_log *log, int64_t end, const struct kafka_config *config)
{
    uint64_t joined_bytes = 0;
    struct segment segment;
    for (size_t i = 0; take_segment(log, i, &segment) && segment.base_offset < end; i = segment.end) {
        if (i > 0 && joined_bytes + segment.bytes <= (uint64_t)config->segment_bytes) {
            log->entries[log->first + i].starts_segment = false;
            joined_bytes += segment.bytes;
        } else {
            joined_bytes = segment.bytes;
        }
    }
}

void kafka_compaction_run(struct kafka_log *log, const struct kafka_compaction *compaction,
                          const struct kafka_config *config, const struct wire_codecs *codecs, int64_t now_ms)
{
    struct cleaning cleaning = {.log = log,
                                .compaction = compaction,
                                .config = config,
                                .codecs = codecs,
                                .now_ms = now_ms,
                                .cleaned = {.aborted = &log->aborted}};
    size_t end = kafka_log_find(log, compaction->end);
    for (size_t i = kafka_log_find(log, compaction->first_dirty); i < end; i++)
        note_keys(&cleaning, kafka_log_entry(log, i)->batch);
    join_segments(log, compaction->end, config);
    for (size_t i = 0; i < end; i++)
        clean_entry(&cleaning, i);
    kafka_log_close_gaps(log);
    log->clean_offset = compaction->end;
    kafka_cleaned_end(&cleaning.cleaned, compaction->end, &log->aborted);
    kafka_producers_settle(&log->producers, compaction->end);
    kafka_cleaned_deinit(&cleaning.cleaned);
    free_map(&cleaning.map);
    free(cleaning.plain.data);
    free(cleaning.kept.data);
    free(cleaning.rebuilt.data);
}

void kafka_compaction_follow(const struct kafka_log *leader, struct kafka_log *follower)
{
    if (leader->clean_offset > follower->end_offset)
        return; /* it is behind: what it has will be compacted when it leads */
    size_t at = 0;
    for (size_t i = 0; i < follower->count; i++) {
        const struct kafka_log_entry *own = kafka_log_entry(follower, i);
        if (own->base_offset >= leader->clean_offset)
            break;
        while (at < leader->count && kafka_log_entry(leader, at)->base_offset < own->base_offset)
            at++;
        const struct kafka_log_entry *led = at < leader->count ? kafka_log_entry(leader, at) : NULL;
        if (!led || led->base_offset != own->base_offset) {
            kafka_log_replace(follower, i, NULL);
        } else if (led->batch != own->batch) {
            led->batch->references++;
            kafka_log_replace(follower, i, led->batch);
        }
    }
    kafka_log_close_gaps(follower);
    follower->clean_offset = leader->clean_offset;
    kafka_aborted_copy(&follower->aborted, &leader->aborted, leader->clean_offset);
}
