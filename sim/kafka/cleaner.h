/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleaner: what the brokers do to logs by themselves: retention, compaction, forgetting idle producers.
 *
 * Kafka looks at every log at fixed intervals. So does this, on the same grid of times, but it only wakes for a time at
 * which something can be due: an idle cluster sleeps for days, or for ever.
 *
 *   retention    log.retention.check.interval.ms, from 30 s on; of compacted topics, with the compaction
 *   compaction   log.cleaner.backoff.ms
 *   producers    producer.id.expiration.check.interval.ms
 *
 * Source: LogManager.scala, LogCleaner.java, UnifiedLog.deleteOldSegments. Simplified: a leader decides for its
 * followers; a segment without timestamps never grows old.
 */
#ifndef SIM_KAFKA_CLEANER_H
#define SIM_KAFKA_CLEANER_H

#include <stdint.h>
#include "sim/kafka/deadline.h"
#include "sim/kafka/wire/records.h"

struct kafka_cluster;
struct kafka_partition;

struct kafka_cleaner {
    struct kafka_cluster *cluster;
    int64_t began_ms;
    /* Of the brokers' configuration. */
    int64_t producer_idle_ms; /* producer.id.expiration.ms */
    struct kafka_grid retention_grid, compaction_grid, producers_grid;
    struct kafka_deadline retention, compaction, producers;
};

/* Once the brokers' configuration is there. */
void kafka_cleaner_init(struct kafka_cleaner *cleaner, struct kafka_cluster *cluster);
void kafka_cleaner_deinit(struct kafka_cleaner *cleaner);

/* The leader has appended this batch. Costs a few comparisons. */
void kafka_cleaner_touch(struct kafka_cleaner *cleaner, const struct kafka_partition *partition,
                         const struct wire_batch *appended);
/* The brokers' configuration is another; of topics: kafka_cleaner_plan. */
void kafka_cleaner_reconfigured(struct kafka_cleaner *cleaner);
/* Its configuration or its leader is another: looks at all of it. */
void kafka_cleaner_plan(struct kafka_cleaner *cleaner, struct kafka_partition *partition);

/* All that is due now, without waiting for the next point of the grid. */
void kafka_cleaner_run(struct kafka_cluster *cluster);

#endif
