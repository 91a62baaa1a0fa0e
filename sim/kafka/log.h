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
void kafka_batch_release(struct kafka_batch *batch);

struct kafka_log_entry {
    int64_t base_offset, last_offset;
    int64_t max_timestamp_ms;
    struct kafka_batch *batch;
    int32_t leader_epoch;
    bool starts_segment;
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
    uint64_t bytes;           /* of all entries' batches */
    uint64_t segment_bytes;   /* of the entries of the active segment */
    int64_t segment_start_ms; /* largest timestamp of its first batch: for segment.ms */
    struct kafka_log_epoch *epochs;
    int32_t epoch_count, epoch_capacity;
    struct kafka_producers producers;
    int64_t clean_offset; /* the cleaner has been this far */
};

void kafka_log_deinit(struct kafka_log *log);

/* Appends a batch whose base offset, leader epoch and times are stamped already and whose base offset is at least
 * end_offset; takes a reference of its own. Rolls a segment as segment.bytes and segment.ms of config say. Updates
 * epochs and producers. header: of the batch (wire_batch_next). now_ms: of the cluster. */
void kafka_log_append(struct kafka_log *log, struct kafka_batch *batch, const struct wire_batch *header,
                      const struct kafka_config *config, int64_t now_ms);

/* The index of the first entry that ends at offset or behind it, log->count if none does: 0 is the first one. */
size_t kafka_log_find(const struct kafka_log *log, int64_t offset);
const struct kafka_log_entry *kafka_log_entry(const struct kafka_log *log, size_t index);

/* Drops everything from offset on (a batch that offset lies in goes as a whole), epochs and producers included. */
void kafka_log_truncate(struct kafka_log *log, int64_t offset);
/* Drops everything and begins anew at offset. */
void kafka_log_reset(struct kafka_log *log, int64_t offset);
/* Records below offset are deleted; whole batches below it are freed. offset <= end_offset. */
void kafka_log_start(struct kafka_log *log, int64_t offset);

/* ---- leader epochs (KIP-101, KIP-320) ---- */

/* Notes that epoch begins at the end of the log. */
void kafka_log_begin_epoch(struct kafka_log *log, int32_t epoch);
int32_t kafka_log_epoch_at(const struct kafka_log *log, int64_t offset); /* -1: not known */
/* LeaderEpochFileCache.endOffsetFor: the largest known epoch <= epoch, and where it ends. -1, -1: not known. */
void kafka_log_epoch_end(const struct kafka_log *log, int32_t epoch, int32_t *epoch_out,
                         int64_t *end_offset_out);

/* ---- by time ---- */

/* The first record whose timestamp is at least timestamp_ms, at or behind start_offset and below limit. False: none.
 * simplified: within a compressed batch the batch's base offset and maximum are taken, since the broker has no codec. */
bool kafka_log_by_time(const struct kafka_log *log, int64_t timestamp_ms, int64_t limit, int64_t *offset_out,
                       int64_t *timestamp_out);
/* The record with the largest timestamp, the first of several. False: the log is empty. */
bool kafka_log_latest_time(const struct kafka_log *log, int64_t limit, int64_t *offset_out,
                           int64_t *timestamp_out);

#endif
