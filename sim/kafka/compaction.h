/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compaction: keeps the last record of each key (cleanup.policy=compact).
 *
 *   | clean: each key once | dirty: cleaned next | not yet: active segment, lag, beyond the last stable offset |
 *   start            first_dirty               end
 *
 * Offsets never change: a batch keeps its base and last offset, its producer and sequences; one that loses all its
 * records goes, unless it is a producer's last, or the last before end. A tombstone (a null value) stays for
 * delete.retention.ms from the first time it was cleaned: the batch then says so (its delete horizon). A record without a
 * key goes; so does an aborted transaction (cleaned.h). Source: Cleaner.java, LogCleanerManager.java,
 * MemoryRecords.filterTo, LogToClean.java of 4.3. Simplified: the map of keys is never full.
 */
#ifndef SIM_KAFKA_COMPACTION_H
#define SIM_KAFKA_COMPACTION_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/log.h"

struct kafka_compaction {
    int64_t first_dirty, end; /* offsets */
    uint64_t clean_bytes, dirty_bytes;
    /* From when on it has to be compacted, whatever the ratio (max.compaction.lag.ms); INT64_MAX: never. */
    int64_t due_ms;
    /* When the segment at end has left min.compaction.lag.ms behind; INT64_MAX: that is not what it waits for. */
    int64_t young_until_ms;
};

/* What could be compacted now. last_stable: nothing from there on. False: nothing. */
bool kafka_compaction_find(const struct kafka_log *log, const struct kafka_config *config,
                           int64_t last_stable, int64_t now_ms, struct kafka_compaction *out);
/* min.cleanable.dirty.ratio is passed, or max.compaction.lag.ms. */
bool kafka_compaction_is_due(const struct kafka_compaction *compaction, const struct kafka_config *config,
                             int64_t now_ms);
/* Compacts. codecs NULL: a compressed batch is kept as it is, and its records hide none before it. */
void kafka_compaction_run(struct kafka_log *log, const struct kafka_compaction *compaction,
                          const struct kafka_config *config, const struct wire_codecs *codecs,
                          int64_t now_ms);
/* Brings a follower, whose batches are its leader's, to what the leader has compacted. */
void kafka_compaction_follow(const struct kafka_log *leader, struct kafka_log *follower);

#endif
