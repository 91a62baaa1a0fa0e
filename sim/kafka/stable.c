/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stable: up to where all transactions of a replica's log are decided.
 *
 *   last stable offset = the least of  high watermark
 *                                      first offset of an open transaction
 *                                      first offset of one whose marker is not below the high watermark
 *
 * Any replica knows it by its own log and its own high watermark. Source: UnifiedLog.lastStableOffset,
 * maybeIncrementFirstUnstableOffset, ProducerStateManager.firstUnstableOffset.
 */
#include "sim/kafka/partition.h"

int64_t kafka_partition_last_stable(const struct kafka_replica *replica)
{
    const struct kafka_log *log = &replica->log;
    int64_t unstable = kafka_producers_first_unstable(&log->producers, replica->high_watermark);
    if (unstable < log->start_offset)
        unstable = log->start_offset;
    return unstable < replica->high_watermark ? unstable : replica->high_watermark;
}
