/* SPDX-License-Identifier: Apache-2.0 */
/* replication: the steps. See replication.h. What must hold: replication_check.c. */
#include "sim/kafka/replication.h"

#include <assert.h>
#include "sim/kafka/bug.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/watermark.h"
#include "sim/kafka/wire/errors.h"

static int64_t lesser(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static const struct kafka_cluster *cluster_of(const struct kafka_replica *replica)
{
    return replica->partition->topic->cluster;
}

static bool has_bug(const struct kafka_replica *replica, enum kafka_bug bug)
{
    return kafka_bug_is_in(cluster_of(replica)->model.bugs, bug);
}

static uint32_t bit_of(const struct kafka_replica *replica)
{
    return UINT32_C(1) << (replica - replica->partition->replicas);
}

static void tell(const struct kafka_replica *replica, enum kafka_note_kind kind, int64_t offset)
{
    kafka_note_tell(cluster_of(replica), &(struct kafka_note){.kind = kind,
                                                              .broker = replica->broker,
                                                              .partition = replica->partition,
                                                              .leader_epoch = replica->learned.leader_epoch,
                                                              .offset = offset});
}

/* ---- the controller -------------------------------------------------------------------------------------- */

void kafka_replication_elect(struct kafka_partition *partition, int32_t broker)
{
    partition->leader = broker;
    partition->leader_epoch++;
    partition->partition_epoch++;
    const struct kafka_replica *leader = kafka_partition_leader(partition);
    bool is_unclean = leader && !leader->is_in_sync;
    if (is_unclean) {
        partition->has_lost = true;
        for (int32_t i = 0; i < partition->replica_count; i++)
            partition->replicas[i].is_in_sync = &partition->replicas[i] == leader;
    }
    kafka_note_tell(partition->topic->cluster, &(struct kafka_note){.kind = KAFKA_NOTE_LEAD,
                                                                    .broker = broker,
                                                                    .partition = partition,
                                                                    .leader_epoch = partition->leader_epoch,
                                                                    .is_unclean = is_unclean});
}

void kafka_replication_drop(struct kafka_partition *partition, struct kafka_replica *replica)
{
    if (!replica->is_in_sync || kafka_partition_in_sync_count(partition) == 1)
        return;
    replica->is_in_sync = false;
    partition->partition_epoch++;
}

struct kafka_decision kafka_replication_newest(const struct kafka_partition *partition)
{
    struct kafka_decision decision = {.leader = partition->leader,
                                      .leader_epoch = partition->leader_epoch,
                                      .partition_epoch = partition->partition_epoch};
    for (int32_t i = 0; i < partition->replica_count; i++)
        decision.in_sync |= (uint32_t)partition->replicas[i].is_in_sync << i;
    return decision;
}

/* ---- learning -------------------------------------------------------------------------------------------- */

/* Cuts the follower's log, if there is anything to cut. */
static void cut(struct kafka_replica *follower, int64_t end_offset)
{
    int64_t before = follower->log.end_offset;
    kafka_log_truncate(&follower->log, lesser(end_offset, before));
    follower->high_watermark = lesser(follower->high_watermark, follower->log.end_offset);
    follower->flushed_offset = lesser(follower->flushed_offset, follower->log.end_offset);
    if (follower->log.end_offset < before)
        tell(follower, KAFKA_NOTE_TRUNCATE, follower->log.end_offset);
}

/* Partition.makeLeader */
static void begin_to_lead(struct kafka_replica *leader)
{
    struct kafka_partition *partition = leader->partition;
    kafka_log_begin_epoch(&leader->log, leader->learned.leader_epoch);
    for (int32_t i = 0; i < partition->replica_count; i++)
        partition->replicas[i].behind_ns = cluster_of(leader)->now_ns;
    if (leader->learned.leader_epoch > 0 || leader->high_watermark > 0)
        tell(leader, KAFKA_NOTE_WATERMARK, leader->high_watermark);
}

/* By today's rules a follower learns with its first fetch what to cut. Before KIP-320 it asked once, before it fetched, and
 * before KIP-101 it did not ask. */
static void begin_to_follow(struct kafka_replica *follower)
{
    if (has_bug(follower, KAFKA_BUG_TRUNCATES_TO_HIGH_WATERMARK))
        cut(follower, follower->high_watermark);
    else
        follower->is_truncating = has_bug(follower, KAFKA_BUG_TRUNCATES_BY_LEADERS_EPOCH) ||
                                  has_bug(follower, KAFKA_BUG_FOLLOWERS_ARE_NOT_FENCED);
}

void kafka_replication_forget(struct kafka_replica *replica)
{
    replica->learned =
        (struct kafka_decision){.leader = KAFKA_NOBODY, .leader_epoch = -1, .partition_epoch = -1};
    replica->fetched_offset = replica->fetched_epoch = -1;
    replica->behind_ns = INT64_MAX;
    replica->is_truncating = false;
}

bool kafka_replication_learn(struct kafka_replica *replica, const struct kafka_decision *decision)
{
    if (decision->partition_epoch <= replica->learned.partition_epoch)
        return false;
    bool is_new_epoch = decision->leader_epoch > replica->learned.leader_epoch;
    replica->learned = *decision;
    if (!is_new_epoch)
        return true;
    replica->fetched_offset = replica->fetched_epoch = -1;
    replica->is_truncating = false;
    if (kafka_replication_leads(replica))
        begin_to_lead(replica);
    else if (decision->leader != KAFKA_NOBODY)
        begin_to_follow(replica);
    return true;
}

int32_t kafka_replication_in_sync_count(const struct kafka_replica *replica)
{
    return __builtin_popcount(replica->learned.in_sync);
}

/* ---- fetching -------------------------------------------------------------------------------------------- */

static int32_t last_epoch(const struct kafka_log *log)
{
    return log->epoch_count ? log->epochs[log->epoch_count - 1].epoch : -1;
}

/* The leader's log has epoch, or the largest below it, until end_offset. The follower cuts as far as it can tell; there may be
 * more to cut, which the next answer says. False: that is all. AbstractFetcherThread.getOffsetTruncationState (KIP-279). */
static bool cut_by_epoch(struct kafka_replica *follower, int32_t epoch, int64_t end_offset)
{
    int32_t known;
    int64_t known_end;
    kafka_log_epoch_end(&follower->log, epoch, &known, &known_end);
    if (known < 0)
        cut(follower, end_offset);
    else
        cut(follower, known == epoch ? lesser(known_end, end_offset) : known_end);
    return known >= 0 && known != epoch;
}

/* Of old: OffsetsForLeaderEpoch before the first fetch. What the leader does not know is cut at the high watermark. */
static void cut_before_fetching(const struct kafka_replica *leader, struct kafka_replica *follower)
{
    int32_t asked = last_epoch(&follower->log), epoch;
    int64_t end_offset;
    follower->is_truncating = false;
    if (asked < 0)
        return;
    kafka_log_epoch_end(&leader->log, asked, &epoch, &end_offset);
    if (end_offset < 0)
        cut(follower, follower->high_watermark);
    else if (has_bug(follower, KAFKA_BUG_TRUNCATES_BY_LEADERS_EPOCH))
        cut(follower, end_offset);
    else
        follower->is_truncating = cut_by_epoch(follower, epoch, end_offset);
}

/* Does a fetch say in which epoch the follower's log ends, so that the leader can tell where it diverges (KAFKA-10554)? */
static bool says_last_epoch(const struct kafka_replica *follower)
{
    return !has_bug(follower, KAFKA_BUG_TRUNCATES_TO_HIGH_WATERMARK) &&
           !has_bug(follower, KAFKA_BUG_TRUNCATES_BY_LEADERS_EPOCH) &&
           !has_bug(follower, KAFKA_BUG_FOLLOWERS_ARE_NOT_FENCED);
}

/* Brings the follower to where it can fetch from: Partition.readRecords, and what the follower makes of its answer. True: the
 * answer has no batches. */
static bool is_cut(const struct kafka_replica *leader, struct kafka_replica *follower)
{
    const struct kafka_log *from = &leader->log;
    struct kafka_log *to = &follower->log;
    int32_t last = last_epoch(to), epoch;
    int64_t end_offset;
    if (follower->is_truncating) {
        cut_before_fetching(leader, follower);
        return true;
    }
    if (to->end_offset >= from->start_offset && last >= 0 && says_last_epoch(follower)) {
        kafka_log_epoch_end(from, last, &epoch, &end_offset);
        if (end_offset >= 0 && (epoch < last || end_offset < to->end_offset)) {
            cut_by_epoch(follower, epoch, end_offset);
            return true;
        }
    }
    if (to->end_offset > from->end_offset) { /* OFFSET_OUT_OF_RANGE */
        cut(follower, from->end_offset);
        return true;
    }
    if (to->end_offset < from->start_offset) { /* OFFSET_OUT_OF_RANGE */
        kafka_log_reset(to, from->start_offset);
        follower->high_watermark = follower->flushed_offset = from->start_offset;
        tell(follower, KAFKA_NOTE_TRUNCATE, from->start_offset);
        return true;
    }
    return false;
}

static void copy(const struct kafka_replica *leader, struct kafka_replica *follower, int64_t bytes_max)
{
    const struct kafka_cluster *cluster = cluster_of(leader);
    const struct kafka_log *from = &leader->log;
    struct kafka_log *to = &follower->log;
    size_t first = kafka_log_find(from, to->end_offset);
    int64_t left = bytes_max;
    for (size_t i = first; i < from->count; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(from, i);
        left -= entry->batch->bytes;
        if (i > first && left < 0)
            return;
        struct wire_batch header; /* its CRC was good when the leader took it */
        wire_batch_header_read(
            (struct wire_bytes){.data = entry->batch->data, .bytes = (int32_t)entry->batch->bytes}, &header);
        kafka_log_append(to, entry->batch, &header, &leader->partition->topic->config,
                         kafka_cluster_now_ms(cluster));
        kafka_note_tell(cluster, &(struct kafka_note){.kind = KAFKA_NOTE_COPY,
                                                      .broker = follower->broker,
                                                      .partition = leader->partition,
                                                      .leader_epoch = follower->learned.leader_epoch,
                                                      .batch = &header});
    }
}

static int16_t check_epochs(const struct kafka_replica *leader, const struct kafka_replica *follower)
{
    int32_t epoch = follower->learned.leader_epoch, present = leader->learned.leader_epoch;
    if (epoch != present && !has_bug(leader, KAFKA_BUG_FOLLOWERS_ARE_NOT_FENCED))
        return epoch < present ? KAFKA_FENCED_LEADER_EPOCH : KAFKA_UNKNOWN_LEADER_EPOCH;
    return kafka_replication_leads(leader) ? KAFKA_NONE : KAFKA_NOT_LEADER_OR_FOLLOWER;
}

/* Replica.updateFetchStateOrThrow. True: the leader knows more now. */
static bool note_fetch(const struct kafka_replica *leader, struct kafka_replica *follower)
{
    int64_t offset = follower->log.end_offset, now_ns = cluster_of(leader)->now_ns;
    int32_t epoch = leader->learned.leader_epoch;
    bool is_news = follower->fetched_epoch != epoch || follower->fetched_offset != offset;
    if (offset >= leader->log.end_offset)
        follower->behind_ns = INT64_MAX;
    else if (follower->fetched_epoch == epoch && offset >= follower->fetched_end)
        follower->behind_ns = follower->fetched_ns;
    follower->fetched_offset = offset;
    follower->fetched_epoch = epoch;
    follower->fetched_end = leader->log.end_offset;
    follower->fetched_ns = now_ns;
    return is_news;
}

int16_t kafka_replication_fetch(struct kafka_replica *follower, int64_t bytes_max, bool *has_moved_out)
{
    struct kafka_partition *partition = follower->partition;
    const struct kafka_replica *leader = kafka_partition_replica(partition, follower->learned.leader);
    *has_moved_out = false;
    if (!leader || leader == follower)
        return KAFKA_NOT_LEADER_OR_FOLLOWER;
    int16_t error = check_epochs(leader, follower);
    if (error)
        return error;
    *has_moved_out = true;
    if (is_cut(leader, follower))
        return KAFKA_NONE;
    struct kafka_log *log = &follower->log;
    int64_t end_offset = log->end_offset, start_offset = log->start_offset,
            watermark = follower->high_watermark;
    bool is_news = note_fetch(leader, follower);
    /* first: the leader's log may begin within a batch, which goes behind no other then */
    kafka_log_start(log, leader->log.start_offset);
    copy(leader, follower, bytes_max);
    kafka_watermark_set(follower, lesser(leader->high_watermark, log->end_offset));
    *has_moved_out = is_news || log->end_offset != end_offset || log->start_offset != start_offset ||
                     follower->high_watermark != watermark;
    return KAFKA_NONE;
}

/* ---- leading --------------------------------------------------------------------------------------------- */

int64_t kafka_replication_known_end(const struct kafka_replica *leader, const struct kafka_replica *replica)
{
    if (replica == leader)
        return leader->log.end_offset;
    bool is_known =
        replica->learned.leader == leader->broker && replica->fetched_epoch == leader->learned.leader_epoch;
    return is_known ? replica->fetched_offset : -1;
}

/* Partition.maybeIncrementLeaderHW */
bool kafka_replication_raise(struct kafka_replica *leader)
{
    const struct kafka_partition *partition = leader->partition;
    int64_t least = leader->log.end_offset, before = leader->high_watermark, to = before;
    if (!kafka_replication_leads(leader) || before == least) /* it cannot be higher */
        return false;
    for (int32_t i = 0; i < partition->replica_count; i++)
        if (leader->learned.in_sync >> i & 1)
            least = lesser(least, kafka_replication_known_end(leader, &partition->replicas[i]));
    if (to < leader->log.start_offset)
        to = leader->log.start_offset;
    if (least > to && kafka_replication_in_sync_count(leader) >= kafka_partition_in_sync_minimum(partition))
        to = least;
    if (to == before)
        return false;
    kafka_watermark_set(leader, to);
    tell(leader, KAFKA_NOTE_WATERMARK, to);
    return true;
}

/* Does the controller take AlterPartition from it? Only from the leader on record that knows the newest decision. */
static bool is_taken(const struct kafka_replica *leader)
{
    const struct kafka_partition *partition = leader->partition;
    return kafka_replication_leads(leader) && partition->leader == leader->broker &&
           partition->partition_epoch == leader->learned.partition_epoch;
}

static void alter(struct kafka_replica *leader, struct kafka_replica *follower, bool is_in_sync)
{
    follower->is_in_sync = is_in_sync;
    leader->learned.in_sync ^= bit_of(follower);
    leader->learned.partition_epoch = ++leader->partition->partition_epoch;
}

/* Partition.isFollowerInSync: up to the high watermark is not enough, as a new leader's lags behind the true one
 * (KAFKA-7128). */
bool kafka_replication_expand(struct kafka_replica *leader, struct kafka_replica *follower)
{
    const struct kafka_log *log = &leader->log;
    int64_t end_offset = kafka_replication_known_end(leader, follower);
    if (!is_taken(leader) || (leader->learned.in_sync & bit_of(follower)) || end_offset < 0 ||
        end_offset < leader->high_watermark)
        return false;
    int64_t epoch_start =
        last_epoch(log) == leader->learned.leader_epoch ? log->epochs[log->epoch_count - 1].start_offset : 0;
    if (end_offset < epoch_start && !has_bug(leader, KAFKA_BUG_JOINS_BELOW_EPOCH_START))
        return false;
    alter(leader, follower, true);
    return true;
}

bool kafka_replication_shrink(struct kafka_replica *leader, struct kafka_replica *follower)
{
    if (!is_taken(leader) || follower == leader || !(leader->learned.in_sync & bit_of(follower)) ||
        kafka_replication_known_end(leader, follower) >= leader->log.end_offset)
        return false;
    alter(leader, follower, false);
    return true;
}
