/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watermark: a replica's high watermark, and what of it and of the log a crash leaves.
 *
 * A broker writes down its high watermarks every replica.high.watermark.checkpoint.interval.ms, and flushes a segment when
 * the next one begins, after flush.messages, and when it stops. Here nobody wakes for that: what stood at the last
 * point of the grid is told from when the watermark moved last, what was flushed from the log. Source: ReplicaManager.
 * checkpointHighWatermarks, UnifiedLog.java (flush, recoveryPoint). Left out: flush.ms, log.flush.interval.ms, and that
 * the operating system writes on its own account: what is not flushed may be lost, batch by batch from the end.
 */
#ifndef SIM_KAFKA_WATERMARK_H
#define SIM_KAFKA_WATERMARK_H

#include "sim/kafka/partition.h"

/* Sets the high watermark, and notes when. */
void kafka_watermark_set(struct kafka_replica *replica, int64_t offset);

/* The broker stops: all is flushed and written down. */
void kafka_watermark_on_stop(struct kafka_replica *replica);
/* The process is gone: the log stays, the high watermark is what was written down last. */
void kafka_watermark_on_crash(struct kafka_replica *replica);
/* The host is gone, too: a random number of the batches that were not flushed. True: some are. */
bool kafka_watermark_on_host_crash(struct kafka_replica *replica);

#endif
