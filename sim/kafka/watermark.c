/* SPDX-License-Identifier: Apache-2.0 */
/* watermark: checkpoints, flushes. See watermark.h. */
#include "sim/kafka/watermark.h"

#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/topic.h"

/* At which point of the grid of checkpoints time lies, or behind which. */
static int64_t grid_of(const struct kafka_cluster *cluster, int64_t time_ns)
{
    int64_t interval_ns = kafka_configs_pace(cluster)->checkpoint_ms * NS_PER_MS;
    return interval_ns > 0 ? (time_ns - cluster->cleaner.began_ms * NS_PER_MS) / interval_ns : time_ns;
}

void kafka_watermark_set(struct kafka_replica *replica, int64_t offset)
{
    const struct kafka_cluster *cluster = replica->partition->topic->cluster;
    if (replica->high_watermark == offset)
        return;
    if (replica->moved_ns != cluster->now_ns) {
        if (grid_of(cluster, cluster->now_ns) > grid_of(cluster, replica->moved_ns))
            replica->checkpoint = replica->high_watermark;
        replica->moved_ns = cluster->now_ns;
    }
    replica->high_watermark = offset;
}

void kafka_watermark_on_stop(struct kafka_replica *replica)
{
    replica->checkpoint = replica->high_watermark;
    replica->flushed_offset = replica->log.end_offset;
}

void kafka_watermark_on_crash(struct kafka_replica *replica)
{
    const struct kafka_cluster *cluster = replica->partition->topic->cluster;
    const struct kafka_log *log = &replica->log;
    if (grid_of(cluster, cluster->now_ns) > grid_of(cluster, replica->moved_ns))
        replica->checkpoint = replica->high_watermark;
    if (replica->checkpoint > log->end_offset)
        replica->checkpoint = log->end_offset;
    if (replica->checkpoint < log->start_offset)
        replica->checkpoint = log->start_offset;
    replica->high_watermark = replica->checkpoint;
}

/* All before is on the disk: what the segment before has, and what flush.messages has flushed since. */
static int64_t flushed_until(const struct kafka_replica *replica)
{
    const struct kafka_log *log = &replica->log;
    int64_t interval = replica->partition->topic->config.flush_messages;
    int64_t flushed = replica->flushed_offset;
    if (flushed < log->segment_offset)
        flushed = log->segment_offset;
    for (size_t i = kafka_log_find(log, flushed); i < log->count; i++) {
        int64_t end_offset = kafka_log_entry(log, i)->last_offset + 1;
        if (end_offset - flushed >= interval)
            flushed = end_offset;
    }
    return flushed < log->end_offset ? flushed : log->end_offset;
}

bool kafka_watermark_on_host_crash(struct kafka_replica *replica)
{
    struct kafka_cluster *cluster = replica->partition->topic->cluster;
    struct kafka_log *log = &replica->log;
    int64_t before = log->end_offset;
    replica->flushed_offset = flushed_until(replica);
    size_t first = kafka_log_find(log, replica->flushed_offset), unflushed = log->count - first;
    if (unflushed > 0) {
        size_t kept = first + (size_t)(kafka_cluster_random(cluster) % (unflushed + 1));
        if (kept < log->count)
            kafka_log_truncate(log, kafka_log_entry(log, kept)->base_offset);
    }
    kafka_watermark_on_crash(replica);
    return log->end_offset < before;
}
