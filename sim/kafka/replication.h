/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replication: how the replicas of a partition stay the same, one step at a time.
 *
 *   controller   elect, drop       a decision -----> learn (each replica, when it hears of it)
 *   follower     fetch             leader: epoch check, range check, batches, its high watermark; notes the offset
 *                                  follower: cuts what diverges, or appends; takes the high watermark over
 *   leader       raise             the high watermark, to the least that those in sync are known to have
 *                expand, shrink    who is in sync, by AlterPartition: the controller takes it from the present leader only
 *
 * No step waits, draws or sends: any order of them is possible, and tests explore all. Source: Partition.scala,
 * AbstractFetcherThread.scala, ReplicationControlManager.java; KIP-101, KIP-279, KIP-320, KAFKA-7128.
 * Simplified: a leader forgets what a follower fetched once that learns of another; AlterPartition is one step.
 */
#ifndef SIM_KAFKA_REPLICATION_H
#define SIM_KAFKA_REPLICATION_H

#include "sim/kafka/partition.h"

/* ---- the controller ---- */

/* A new leader epoch. One that is not in sync is alone in sync then (PartitionChangeBuilder.java). */
void kafka_replication_elect(struct kafka_partition *partition, int32_t broker);
/* Its broker is fenced: it is not in sync any more, unless it is the last one. The leader epoch stays. */
void kafka_replication_drop(struct kafka_partition *partition, struct kafka_replica *replica);
/* What is on record now. */
struct kafka_decision kafka_replication_newest(const struct kafka_partition *partition);

/* ---- a replica ---- */

/* It knows nothing, as a broker that has just started. Its log stays. */
void kafka_replication_forget(struct kafka_replica *replica);
/* Learns a decision. In a new leader epoch it begins to lead, or to follow. False: it knows that, or a newer one. */
bool kafka_replication_learn(struct kafka_replica *replica, const struct kafka_decision *decision);
/* Does it lead, as far as it knows? */
static inline bool kafka_replication_leads(const struct kafka_replica *replica)
{
    return replica->learned.leader == replica->broker;
}
/* How many are in sync, as far as it knows. */
int32_t kafka_replication_in_sync_count(const struct kafka_replica *replica);

/* ---- a follower ---- */

/* Fetches once from whom it takes for the leader: at most bytes_max, but one batch, whatever its size. has_moved_out:
 * either of them is in another state. 0, or an error: NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH:
 * nothing has changed. */
int16_t kafka_replication_fetch(struct kafka_replica *follower, int64_t bytes_max, bool *has_moved_out);

/* ---- a leader ---- */

/* To where its followers have come, as far as it knows; -1: not known. Of itself: its end. */
int64_t kafka_replication_known_end(const struct kafka_replica *leader, const struct kafka_replica *replica);
/* False: the high watermark stays. */
bool kafka_replication_raise(struct kafka_replica *leader);
/* Takes one in that has caught up. False: it has not, or the controller refuses. */
bool kafka_replication_expand(struct kafka_replica *leader, struct kafka_replica *follower);
/* Drops one that is not at the end of the log. False: it is, or the controller refuses. For how long: the caller. */
bool kafka_replication_shrink(struct kafka_replica *leader, struct kafka_replica *follower);

/* ---- what must hold ---- */

enum kafka_replication_fault {
    KAFKA_REPLICATION_UNORDERED = 1,  /* a log whose offsets or leader epochs fall */
    KAFKA_REPLICATION_BEYOND_END = 2, /* a high watermark above the end of its log */
    KAFKA_REPLICATION_MISMATCH = 4, /* two logs agree on a batch (offset, epoch), and not on what is before */
    KAFKA_REPLICATION_WEAK_ISR =
        8, /* whom a leader takes for in sync has not what lies below its high watermark */
    KAFKA_REPLICATION_STRONG_ISR = 16, /* the same of those that the controller may elect */
    KAFKA_REPLICATION_OUTSIDE = 32,    /* the leader on record is not in sync */
};

/* The faults of the partition, as a set; 0: none. What the last four say need not hold once has_lost: they are left out.
 * What was compacted is not compared. Source: kafka-specification (J. Gustafson), WeakIsr, StrongIsr, LeaderInIsr. */
unsigned kafka_replication_check(const struct kafka_partition *partition);

#endif
