/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one replica's copy of a partition: an array of batches between two offsets.
 *
 *   entries   first                                   first + count
 *             | base 10..14 | base 15..15 | base 20..29 |            (16..19 were compacted away)
 *   start_offset 12 (records below are deleted)            end_offset 30
 *
 * A batch is an immutable, counted stretch of bytes, the wire format of DefaultRecordBatch, base offset and leader
 * epoch stamped; the replicas of a partition share it. Segments, which retention and compaction go by, are marks
 * on entries. Producer state and leader epochs belong to the log, as in Kafka, and are rebuilt when it is cut.
 * Source: UnifiedLog.java, LocalLog.java, LeaderEpochFileCache.java. Left out: files, indexes, time of fsync.
 */
#ifndef SIM_KAFKA_LOG_H
#define SIM_KAFKA_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/kafka/aborted.h"
#include "sim/kafka/producers.h"
#include "sim/kafka/wire/records.h"

struct kafka_config;

/* Immutable once it is in a log. */
struct kafka_batch {
    uint32_t references;
    uint32_t bytes;
    uint8_t data[];
};

/* One reference; NULL: no memory. data is copied, unless NULL. */
struct kafka_batch *kafka_batch_new(const uint8_t *data, uint32_t bytes);
void kafka_batch_release(struct kafka_batch *batch); /* NULL is allowed */
/* Its header, whose payload points into batch. False: it is malformed, or its CRC is wrong. */
bool kafka_batch_read(const struct kafka_batch *batch, struct wire_batch *out);

enum { KAFKA_LOG_INDEX_BYTES = 4096 }; /* index.interval.bytes */

struct kafka_log_entry {
    int64_t base_offset, last_offset;
    int64_t max_timestamp_ms;
    struct kafka_batch *batch;
    int32_t leader_epoch;
    bool starts_segment;
    bool is_indexed; /* its segment's offset index has it: one about every KAFKA_LOG_INDEX_BYTES */
};

struct kafka_log_epoch {
    int32_t epoch;
    int64_t start_offset;
};

/* Zero-initialised storage is an empty log from offset 0. */
struct kafka_log {
    struct kafka_log_entry *entries; /* in order; those before first are free */
    size_t first, count, capacity;
    int64_t start_offset, end_offset;
    uint64_t bytes;         /* of all entries' batches */
    uint64_t segment_bytes; /* appended to the active segment; 0: the next batch begins it */
    int64_t segment_offset; /* where it begins */
    int64_t
        segment_start_ms; /* its first batch's largest timestamp; negative: none, segment_created_ms counts */
    int64_t segment_created_ms; /* when it was appended */
    uint64_t unindexed_bytes;   /* of it, since its last indexed batch */
    struct kafka_log_epoch *epochs;
    int32_t epoch_count, epoch_capacity;
    struct kafka_producers producers;
    struct kafka_producers producers_before; /* as they were at start_offset, if that has moved */
    struct kafka_aborted aborted;
    int64_t clean_offset; /* the cleaner has been this far */
};

void kafka_log_deinit(struct kafka_log *log);

/* Appends a batch whose base offset, leader epoch and times are stamped already and whose base offset is at least
 * end_offset (in an empty log, it may also lie in the batch: records below it were deleted); takes a reference of its
 * own. Rolls a segment as segment.bytes and segment.ms of config say. Updates epochs and producers. header: of the batch
 * (wire_batch_next). now_ms: of the cluster. */
void kafka_log_append(struct kafka_log *log, struct kafka_batch *batch, const struct wire_batch *header,
                      const struct kafka_config *config, int64_t now_ms);

/* The index of the first entry that ends at offset or behind it, log->count if none does: 0 is the first one. */
size_t kafka_log_find(const struct kafka_log *log, int64_t offset);
const struct kafka_log_entry *kafka_log_entry(const struct kafka_log *log, size_t index);

/* Behind the batches from index first to before index next, as closely as the offset index of the segment tells: what a
 * reader of them is told the aborted transactions of (LocalLog.addAbortedTransactions, LogSegment.fetchUpperBoundOffset). */
int64_t kafka_log_upper_bound(const struct kafka_log *log, size_t first, size_t next);

/* Drops everything from offset on (a batch that offset lies in goes as a whole), epochs and producers included: what is
 * left is replayed for them, from what was known at its start. simplified: Kafka's snapshots have but the last batch of
 * each. */
void kafka_log_truncate(struct kafka_log *log, int64_t offset);
/* Drops everything and begins anew at offset. */
void kafka_log_reset(struct kafka_log *log, int64_t offset);
/* Records below offset are deleted; whole batches below it are freed. offset <= end_offset; no effect if it is not above
 * start_offset. Producers stay known.
 * simplified: Kafka frees whole segments only, so what is deleted still counts there in a search by time. */
void kafka_log_start(struct kafka_log *log, int64_t offset);
/* The next batch begins a segment: none is active now. */
void kafka_log_roll(struct kafka_log *log);
/* Puts batch (takes the reference) in the place of the one of entries[first + index], which it is a compacted form of:
 * the offsets stay. NULL: the entry goes. For the cleaner, which ends with kafka_log_close_gaps. */
void kafka_log_replace(struct kafka_log *log, size_t index, struct kafka_batch *batch);
void kafka_log_close_gaps(struct kafka_log *log);

/* ---- leader epochs (KIP-101, KIP-320) ---- */

/* Notes that epoch begins at the end of the log. */
void kafka_log_begin_epoch(struct kafka_log *log, int32_t epoch);
int32_t kafka_log_epoch_at(const struct kafka_log *log, int64_t offset); /* -1: not known */
/* LeaderEpochFileCache.endOffsetFor: the largest known epoch <= epoch, and where it ends. -1, -1: not known. */
void kafka_log_epoch_end(const struct kafka_log *log, int32_t epoch, int32_t *epoch_out,
                         int64_t *end_offset_out);

/* ---- by time ---- */

struct kafka_log_moment {
    int64_t offset, timestamp_ms;
    int32_t leader_epoch;
};

/* The first record at or behind start_offset whose timestamp is at least timestamp_ms. False: none.
 * simplified: without a codec (NULL), a compressed batch counts as one record at its base offset, in latest_time at its
 * last, with its maximum. */
bool kafka_log_by_time(const struct kafka_log *log, const struct wire_codecs *codecs, int64_t timestamp_ms,
                       struct kafka_log_moment *out);
/* The record with the largest timestamp, the first of several. False: the log is empty. */
bool kafka_log_latest_time(const struct kafka_log *log, const struct wire_codecs *codecs,
                           struct kafka_log_moment *out);

#endif
