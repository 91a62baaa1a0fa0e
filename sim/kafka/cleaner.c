/* SPDX-License-Identifier: Apache-2.0 */
/* cleaner: retention, and when to compact. See cleaner.h. */
#include "sim/kafka/cleaner.h"

#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/compaction.h"
#include "sim/kafka/config.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"

enum { RETENTION_DELAY_MS = 30000 };

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* Not beyond INT64_MAX: timestamps and retention.ms may be as large as that. */
static int64_t later(int64_t time_ms, int64_t by_ms)
{
    int64_t sum;
    return __builtin_add_overflow(time_ms, by_ms, &sum) ? INT64_MAX : sum;
}

/* ---- when ------------------------------------------------------------------------------------------------ */

static void wake(struct kafka_cleaner *cleaner, struct kafka_deadline *deadline, struct kafka_grid grid,
                 int64_t due_ms)
{
    kafka_deadline_set_on_grid(&cleaner->cluster->deadlines, deadline, grid, due_ms,
                               kafka_cluster_now_ms(cleaner->cluster));
}

static void wake_compaction(struct kafka_cleaner *cleaner, int64_t due_ms)
{
    wake(cleaner, &cleaner->compaction, cleaner->compaction_grid, due_ms);
}

static void wake_retention(struct kafka_cleaner *cleaner, const struct kafka_config *config, int64_t due_ms)
{
    if (config->is_compacted)
        wake_compaction(cleaner, due_ms);
    else
        wake(cleaner, &cleaner->retention, cleaner->retention_grid, due_ms);
}

static void wake_producers(struct kafka_cleaner *cleaner, int64_t last_ms)
{
    wake(cleaner, &cleaner->producers, cleaner->producers_grid, later(last_ms, cleaner->producer_idle_ms));
}

void kafka_cleaner_touch(struct kafka_cleaner *cleaner, const struct kafka_partition *partition,
                         const struct wire_batch *appended)
{
    const struct kafka_config *config = &partition->topic->config;
    const struct kafka_log *log = &kafka_partition_leader(partition)->log;
    if (config->is_deleted) {
        /* No segment grows old before what was appended last, but those for which it is awake already. */
        if (config->retention_ms >= 0 && appended->max_timestamp_ms >= 0)
            wake_retention(cleaner, config,
                           later(appended->max_timestamp_ms, later(config->retention_ms, 1)));
        if (config->retention_bytes >= 0 && log->bytes > (uint64_t)config->retention_bytes)
            wake_retention(cleaner, config, kafka_cluster_now_ms(cleaner->cluster));
    }
    if (config->is_compacted && log->clean_offset < log->segment_offset)
        wake_compaction(cleaner, kafka_cluster_now_ms(cleaner->cluster));
    if (appended->producer_id >= 0)
        wake_producers(cleaner, appended->max_timestamp_ms);
}

/* ---- retention ------------------------------------------------------------------------------------------- */

struct span {
    size_t end; /* index behind its last entry */
    int64_t next_offset, max_timestamp_ms;
    uint64_t bytes;
};

/* The segment that begins with entry index. False: the log ends there. */
static bool take_span(const struct kafka_log *log, size_t index, struct span *out)
{
    if (index == log->count)
        return false;
    *out = (struct span){.end = index, .max_timestamp_ms = -1};
    do {
        const struct kafka_log_entry *entry = kafka_log_entry(log, out->end++);
        out->bytes += entry->batch->bytes;
        if (entry->max_timestamp_ms > out->max_timestamp_ms)
            out->max_timestamp_ms = entry->max_timestamp_ms;
    } while (out->end < log->count && !kafka_log_entry(log, out->end)->starts_segment);
    out->next_offset = out->end < log->count ? kafka_log_entry(log, out->end)->base_offset : log->end_offset;
    return true;
}

/* From when on the first segment is too old. */
static int64_t too_old_ms(const struct kafka_config *config, const struct span *first)
{
    if (config->retention_ms < 0 || first->max_timestamp_ms < 0)
        return INT64_MAX;
    return later(first->max_timestamp_ms, later(config->retention_ms, 1));
}

/* Where the log starts once its oldest segments are gone: those that are too many (retention.bytes) or too old. */
static int64_t retained_from(const struct kafka_log *log, const struct kafka_config *config,
                             int64_t high_watermark, int64_t now_ms)
{
    int64_t start_offset = log->start_offset;
    uint64_t bytes = log->bytes;
    struct span span;
    for (size_t i = 0; take_span(log, i, &span) && span.next_offset <= high_watermark; i = span.end) {
        bool is_too_much =
            config->retention_bytes >= 0 && bytes >= (uint64_t)config->retention_bytes + span.bytes;
        if (!is_too_much && too_old_ms(config, &span) > now_ms)
            break;
        bytes -= span.bytes;
        start_offset = span.next_offset;
    }
    return start_offset;
}

/* Deletes what is due. True: the log starts elsewhere now. */
static bool retain(struct kafka_replica *leader, const struct kafka_config *config, int64_t now_ms)
{
    struct kafka_log *log = &leader->log;
    if (!config->is_deleted || log->count == 0)
        return false;
    int64_t start_offset = retained_from(log, config, leader->high_watermark, now_ms);
    if (start_offset == log->start_offset)
        return false;
    if (start_offset == log->end_offset)
        kafka_log_roll(log); /* the active segment goes, too */
    kafka_log_start(log, start_offset);
    return true;
}

/* ---- all logs -------------------------------------------------------------------------------------------- */

static struct kafka_replica *working_leader(struct kafka_partition *partition)
{
    struct kafka_replica *leader = kafka_partition_leader(partition);
    const struct kafka_broker *broker =
        leader ? kafka_broker_of(partition->topic->cluster, leader->broker) : NULL;
    return broker && broker->state == KAFKA_BROKER_UP ? leader : NULL;
}

static void compact(struct kafka_cleaner *cleaner, struct kafka_partition *partition,
                    struct kafka_replica *leader)
{
    const struct kafka_config *config = &partition->topic->config;
    int64_t now_ms = kafka_cluster_now_ms(cleaner->cluster);
    int64_t last_stable = kafka_partition_last_stable(leader);
    struct kafka_compaction compaction;
    if (!kafka_compaction_find(&leader->log, config, last_stable, now_ms, &compaction) ||
        !kafka_compaction_is_due(&compaction, config, now_ms))
        return;
    kafka_compaction_run(&leader->log, &compaction, config, cleaner->cluster->seam.codecs, now_ms);
    for (int32_t i = 0; i < partition->replica_count; i++) {
        struct kafka_replica *replica = &partition->replicas[i];
        if (replica != leader && kafka_broker_of(cleaner->cluster, replica->broker)->state == KAFKA_BROKER_UP)
            kafka_compaction_follow(&leader->log, &replica->log);
    }
}

static void plan_compaction(struct kafka_cleaner *cleaner, const struct kafka_config *config,
                            const struct kafka_replica *leader)
{
    const struct kafka_log *log = &leader->log;
    int64_t now_ms = kafka_cluster_now_ms(cleaner->cluster);
    if (log->clean_offset >= log->segment_offset)
        return;
    int64_t last_stable = kafka_partition_last_stable(leader);
    if (last_stable < log->segment_offset) {
        wake_compaction(cleaner, now_ms); /* nothing tells when that moves */
        return;
    }
    struct kafka_compaction compaction;
    kafka_compaction_find(log, config, last_stable, now_ms, &compaction);
    bool is_due = kafka_compaction_is_due(&compaction, config, now_ms);
    wake_compaction(cleaner, least(is_due ? now_ms : compaction.due_ms, compaction.young_until_ms));
}

static void plan_retention(struct kafka_cleaner *cleaner, const struct kafka_config *config,
                           const struct kafka_log *log)
{
    struct span first;
    if (!config->is_deleted || !take_span(log, 0, &first))
        return;
    bool is_too_much =
        config->retention_bytes >= 0 && log->bytes >= (uint64_t)config->retention_bytes + first.bytes;
    wake_retention(cleaner, config, is_too_much ? 0 : too_old_ms(config, &first));
}

static void plan_producers(struct kafka_cleaner *cleaner, const struct kafka_log *log)
{
    int64_t oldest_ms = INT64_MAX;
    for (size_t i = 0; i < log->producers.count; i++)
        if (log->producers.items[i].transaction_first_offset < 0)
            oldest_ms = least(oldest_ms, log->producers.items[i].last_ms);
    if (oldest_ms < INT64_MAX)
        wake_producers(cleaner, oldest_ms);
}

void kafka_cleaner_plan(struct kafka_cleaner *cleaner, struct kafka_partition *partition)
{
    const struct kafka_config *config = &partition->topic->config;
    const struct kafka_replica *leader = working_leader(partition);
    if (!leader || (leader->log.count == 0 && leader->log.producers.count == 0))
        return;
    plan_retention(cleaner, config, &leader->log);
    if (config->is_compacted)
        plan_compaction(cleaner, config, leader);
    plan_producers(cleaner, &leader->log);
}

enum work { RETAIN = 1, COMPACT = 2, FORGET = 4 };

static void forget_producers(struct kafka_cleaner *cleaner, struct kafka_partition *partition)
{
    struct kafka_cluster *cluster = cleaner->cluster;
    int64_t before_ms = kafka_cluster_now_ms(cluster) - cleaner->producer_idle_ms;
    for (int32_t i = 0; i < partition->replica_count; i++)
        if (kafka_broker_of(cluster, partition->replicas[i].broker)->state == KAFKA_BROKER_UP)
            kafka_producers_expire(&partition->replicas[i].log.producers, before_ms);
}

static void clean(struct kafka_cleaner *cleaner, struct kafka_partition *partition, unsigned works)
{
    struct kafka_replica *leader = working_leader(partition);
    const struct kafka_config *config = &partition->topic->config;
    if (!leader)
        return;
    if ((works & COMPACT) && config->is_compacted)
        compact(cleaner, partition, leader);
    if ((works & (config->is_compacted ? COMPACT : RETAIN)) &&
        retain(leader, config, kafka_cluster_now_ms(cleaner->cluster)))
        kafka_partition_replicate(partition);
    if (works & FORGET)
        forget_producers(cleaner, partition);
    kafka_cleaner_plan(cleaner, partition);
}

static void clean_all(struct kafka_cleaner *cleaner, unsigned works)
{
    struct kafka_cluster *cluster = cleaner->cluster;
    for (int32_t i = 0; i < cluster->topic_count; i++)
        for (int32_t j = 0; j < cluster->topics[i]->partition_count; j++)
            clean(cleaner, cluster->topics[i]->partitions[j], works);
}

void kafka_cleaner_run(struct kafka_cluster *cluster)
{
    clean_all(&cluster->cleaner, RETAIN | COMPACT | FORGET);
}

static void on_retention(struct kafka_deadline *deadline)
{
    clean_all(KAFKA_OWNER(deadline, struct kafka_cleaner, retention), RETAIN);
}

static void on_compaction(struct kafka_deadline *deadline)
{
    clean_all(KAFKA_OWNER(deadline, struct kafka_cleaner, compaction), COMPACT);
}

static void on_producers(struct kafka_deadline *deadline)
{
    clean_all(KAFKA_OWNER(deadline, struct kafka_cleaner, producers), FORGET);
}

void kafka_cleaner_reconfigured(struct kafka_cleaner *cleaner)
{
    const struct kafka_cluster *cluster = cleaner->cluster;
    cleaner->producer_idle_ms = kafka_configs_number(cluster, "producer.id.expiration.ms");
    cleaner->retention_grid =
        (struct kafka_grid){.first_ms = cleaner->began_ms + RETENTION_DELAY_MS,
                            .interval_ms = kafka_configs_number(cluster, "log.retention.check.interval.ms")};
    cleaner->compaction_grid =
        (struct kafka_grid){.first_ms = cleaner->began_ms,
                            .interval_ms = kafka_configs_number(cluster, "log.cleaner.backoff.ms")};
    cleaner->producers_grid = (struct kafka_grid){
        .first_ms = cleaner->began_ms,
        .interval_ms = kafka_configs_number(cluster, "producer.id.expiration.check.interval.ms")};
}

void kafka_cleaner_init(struct kafka_cleaner *cleaner, struct kafka_cluster *cluster)
{
    *cleaner = (struct kafka_cleaner){.cluster = cluster, .began_ms = kafka_cluster_now_ms(cluster)};
    kafka_cleaner_reconfigured(cleaner);
    cleaner->retention.on_due = on_retention;
    cleaner->compaction.on_due = on_compaction;
    cleaner->producers.on_due = on_producers;
}

void kafka_cleaner_deinit(struct kafka_cleaner *cleaner)
{
    if (!cleaner->cluster)
        return;
    kafka_deadline_clear(&cleaner->cluster->deadlines, &cleaner->retention);
    kafka_deadline_clear(&cleaner->cluster->deadlines, &cleaner->compaction);
    kafka_deadline_clear(&cleaner->cluster->deadlines, &cleaner->producers);
}
