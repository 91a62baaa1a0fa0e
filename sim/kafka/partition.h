/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition: one partition: who leads, whose replicas are in sync, and each replica's log.
 *
 *   leader's log    |b0 b1 b2 b3|      end offset 4
 *   follower's log  |b0 b1 b2|         end offset 3, in sync
 *   high watermark = the least end offset of the in-sync replicas = 3
 *
 * Batches are immutable and shared between the logs of one partition: a replica costs an entry per batch. The partition
 * has the controller's record; each replica has what it has learned of that, and may be behind: an old leader goes on
 * until it learns. How they follow: replication.h; when: follower.h. Source: Partition.scala, ReplicaManager.scala.
 */
#ifndef SIM_KAFKA_PARTITION_H
#define SIM_KAFKA_PARTITION_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/deadline.h"
#include "sim/kafka/log.h"
#include "sim/kafka/request.h"
#include "sim/kafka/wire/data.h"

struct kafka_broker;
struct kafka_topic;

enum { KAFKA_PARTITION_REPLICAS_MAX = 16, KAFKA_NOBODY = -1 };

/* What the controller decided at one time. */
struct kafka_decision {
    int32_t leader; /* KAFKA_NOBODY */
    int32_t leader_epoch;
    int32_t partition_epoch; /* which of them it is: grows with each */
    uint32_t in_sync;        /* bit i: replicas[i] is */
};

struct kafka_replica {
    struct kafka_partition *partition;
    int32_t broker;
    bool is_in_sync;               /* on the controller's record */
    struct kafka_decision learned; /* leader epoch -1: nothing yet */
    int64_t high_watermark;        /* as far as this replica knows */
    struct kafka_log log;
    /* What the leader that it follows knows of it; of another's leader epoch it does not count. */
    int64_t fetched_offset; /* where its last fetch began: it has all before; -1: none yet */
    int32_t fetched_epoch;  /* the leader's, then */
    int64_t fetched_end;    /* where the leader's log ended, then */
    int64_t fetched_ns;     /* when */
    int64_t behind_ns;      /* since when it has lacked something; INT64_MAX: it lacks nothing */
    bool is_truncating;     /* only with rules of old: it has not cut its log to its leader's yet */
    /* What a crash leaves. */
    int64_t checkpoint;     /* the high watermark at the last point of the grid before moved_ns */
    int64_t moved_ns;       /* when the high watermark moved last */
    int64_t flushed_offset; /* all before is on the disk, at least */
    struct kafka_deadline learning, fetching; /* follower.h */
};

struct kafka_partition {
    struct kafka_topic *topic;
    int32_t index;
    /* The controller's record, with each replica's is_in_sync. */
    int32_t leader; /* KAFKA_NOBODY */
    int32_t leader_epoch;
    int32_t partition_epoch;
    bool has_lost; /* an unclean election or a host's crash may have cost what was committed */
    struct kafka_deadline lagging; /* follower.h */
    struct kafka_watched watched;  /* the log grew, the watermark moved, the leader changed, it is deleted */
    int32_t replica_count;
    struct kafka_replica replicas[]; /* the first is preferred as leader */
};

struct kafka_partition *kafka_partition_new(struct kafka_topic *topic, int32_t index, const int32_t *brokers,
                                            int32_t broker_count);
void kafka_partition_free(struct kafka_partition *partition);

/* Like strchr: who may only read the partition may only read what is found. NULL: nobody leads; it has no replica there. */
struct kafka_replica *kafka_partition_leader(const struct kafka_partition *partition);
struct kafka_replica *kafka_partition_replica(const struct kafka_partition *partition, int32_t broker);
int32_t kafka_partition_in_sync_count(const struct kafka_partition *partition);
/* min.insync.replicas, but not more than there are. */
int32_t kafka_partition_in_sync_minimum(const struct kafka_partition *partition);
/* What a watch watches; NULL: it was deleted meanwhile. */
static inline struct kafka_partition *kafka_partition_watched(const struct kafka_watch *watch)
{
    return watch->watched ? KAFKA_OWNER(watch->watched, struct kafka_partition, watched) : NULL;
}
/* Up to where readers of committed data may read: all transactions below are decided (stable.c). */
int64_t kafka_partition_last_stable(const struct kafka_replica *replica);

/* The replica through which broker answers for topic's partition, as far as broker knows, or NULL and an error:
 * UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER; FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH if leader_epoch, unless -1,
 * is not the one it knows. */
struct kafka_replica *kafka_partition_at(struct kafka_broker *broker, struct kafka_partition *partition,
                                         int32_t leader_epoch, int16_t *error_out);

/* What a producer sent for one partition. */
struct kafka_partition_offer {
    struct wire_bytes records; /* borrowed */
    int16_t version;           /* of Produce: says which formats records may have */
    bool is_acks_all;
    int64_t guard;  /* of a transactional batch: kafka_producers_check */
    int32_t broker; /* who takes it: it must lead, as far as it knows; 0: whom the controller names */
};

/* What became of it. */
struct kafka_partition_append {
    int16_t error; /* of errors.h */
    WIRE_ARRAY(struct wire_produce_response_batch_index_and_error_message)
    record_errors;              /* in the memory given */
    struct wire_string message; /* in Kafka's words, in the memory given; often null */
    int64_t base_offset; /* of the first record; of a duplicate: what it was then; -1: nothing is appended */
    int64_t end_offset;  /* behind the last one */
    int64_t append_time_ms; /* LogAppendTime; -1: the producer's timestamps stand */
    int64_t start_offset;   /* of the log */
};

/* As the leader: checks (admit.h, producers.h), gives offsets, appends, replicates. As a whole or not at all. */
void kafka_partition_append(struct kafka_partition *partition, const struct kafka_partition_offer *offer,
                            struct wire_memory *memory, struct kafka_partition_append *out);

/* As the leader: appends what a broker writes itself: a coordinator's records, a transaction's marker. header: producer id and
 * epoch, is_transactional, is_control, record_count, base_timestamp_ms; offsets (from 0), leader epoch and maximum time
 * are given here. records: made by wire_record_append of that header. 0, or NOT_LEADER_OR_FOLLOWER (whom the controller names
 * has not learned it), NOT_ENOUGH_REPLICAS, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED:
 * nothing is appended. Whether a transaction may begin here is the caller's to ask (kafka_transaction_verify). */
int16_t kafka_partition_write(struct kafka_partition *partition, const struct wire_batch *header,
                              struct wire_bytes records, int64_t *end_offset_out);

/* Is it settled whether what was appended up to end_offset in leader_epoch is on all replicas that are in sync (acks=all)?
 * error_out: 0, NOT_LEADER_OR_FOLLOWER (although appended: KAFKA-13574), NOT_ENOUGH_REPLICAS_AFTER_APPEND. False: wait for
 * partition->watched. */
bool kafka_partition_is_settled(const struct kafka_partition *partition, int32_t leader_epoch,
                                int64_t end_offset, int16_t *error_out);

/* Something has changed that followers want: they fetch, at once or in a while (millrace.replica.fetch.max.ms), high
 * watermarks move, and who has caught up joins those in sync. Wakes who watches in any case. */
void kafka_partition_replicate(struct kafka_partition *partition);

/* Does broker lead it, and has it learned that? Before, it refuses, although Metadata names it. One that is not the leader any
 * more and has not learned that does not lead here: so coordinators do not go on, as replicas do. */
bool kafka_partition_is_led_by(const struct kafka_partition *partition, const struct kafka_broker *broker);

/* As the controller: sets the leader (or KAFKA_NOBODY) and starts a new leader epoch. One that is not in sync is alone in
 * sync then: an unclean election. Replicas learn of it, at once or in a while (millrace.partition.start.max.ms).
 * Groups whose coordinator this was are told, once more when the new one has learned it. */
void kafka_partition_lead(struct kafka_partition *partition, int32_t broker);
/* Its leader is another, or has learned it: tells whoever coordinates by it. */
void kafka_partition_on_leader(struct kafka_partition *partition);

#endif
