/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition: one partition: who leads, whose replicas are in sync, and each replica's log.
 *
 *   leader's log    |b0 b1 b2 b3|      end offset 4
 *   follower's log  |b0 b1 b2|         end offset 3, in sync
 *   high watermark = the least end offset of the in-sync replicas = 3
 *
 * Batches are immutable and shared between the logs of one partition: a replica costs an entry per batch.
 * Simplified for now: a follower that is up copies what its leader appends within the same call, so the high
 * watermark only lags while an in-sync replica is silent. Source: Partition.scala, ReplicaManager.scala.
 */
#ifndef SIM_KAFKA_PARTITION_H
#define SIM_KAFKA_PARTITION_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/log.h"
#include "sim/kafka/request.h"
#include "sim/kafka/wire/data.h"

struct kafka_broker;
struct kafka_topic;

enum { KAFKA_PARTITION_REPLICAS_MAX = 16, KAFKA_NOBODY = -1 };

struct kafka_replica {
    int32_t broker;
    bool is_in_sync;
    int64_t high_watermark; /* as far as this replica knows */
    struct kafka_log log;
};

struct kafka_partition {
    struct kafka_topic *topic;
    int32_t index;
    int32_t leader; /* KAFKA_NOBODY */
    int32_t leader_epoch;
    int64_t started_ns;           /* from when on the leader has its log ready, and answers */
    struct kafka_watched watched; /* the log grew, the watermark moved, the leader changed, it is deleted */
    int32_t replica_count;
    struct kafka_replica replicas[]; /* the first is preferred as leader */
};

struct kafka_partition *kafka_partition_new(struct kafka_topic *topic, int32_t index, const int32_t *brokers,
                                            int32_t broker_count);
void kafka_partition_free(struct kafka_partition *partition);

struct kafka_replica *kafka_partition_leader(struct kafka_partition *partition); /* NULL: nobody leads */
struct kafka_replica *kafka_partition_replica(struct kafka_partition *partition, int32_t broker);
int32_t kafka_partition_in_sync_count(const struct kafka_partition *partition);
/* min.insync.replicas, but not more than there are. */
int32_t kafka_partition_in_sync_minimum(const struct kafka_partition *partition);
/* Up to where readers of committed data may read: all transactions below are decided (stable.c). */
int64_t kafka_partition_last_stable(const struct kafka_replica *replica);

/* The replica through which broker answers for topic's partition, or NULL and an error: UNKNOWN_TOPIC_OR_PARTITION,
 * NOT_LEADER_OR_FOLLOWER; FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH if leader_epoch, unless -1, is not the present one. */
struct kafka_replica *kafka_partition_at(struct kafka_broker *broker, struct kafka_partition *partition,
                                         int32_t leader_epoch, int16_t *error_out);

/* What a producer sent for one partition. */
struct kafka_partition_offer {
    struct wire_bytes records; /* borrowed */
    int16_t version;           /* of Produce: says which formats records may have */
    bool is_acks_all;
    int64_t guard; /* of a transactional batch: kafka_producers_check */
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
 * are given here. records: made by wire_record_append of that header. 0, or NOT_ENOUGH_REPLICAS, INVALID_PRODUCER_EPOCH,
 * INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED: nothing is appended. Whether a transaction may begin here is the
 * caller's to ask (kafka_transaction_verify). */
int16_t kafka_partition_write(struct kafka_partition *partition, const struct wire_batch *header,
                              struct wire_bytes records, int64_t *end_offset_out);

/* Is it settled whether what was appended up to end_offset in leader_epoch is on all replicas that are in sync (acks=all)?
 * error_out: 0, NOT_LEADER_OR_FOLLOWER (although appended: KAFKA-13574), NOT_ENOUGH_REPLICAS_AFTER_APPEND. False: wait for
 * partition->watched. */
bool kafka_partition_is_settled(struct kafka_partition *partition, int32_t leader_epoch, int64_t end_offset,
                                int16_t *error_out);

/* If the leader is up: copies to the followers that are up, which are in sync then, and moves the high watermark. Wakes
 * who watches in any case. */
void kafka_partition_replicate(struct kafka_partition *partition);

/* Does broker lead it, and has it taken it on? Between the two it refuses, although Metadata names it. */
bool kafka_partition_is_led_by(const struct kafka_partition *partition, const struct kafka_broker *broker);

/* Sets the leader (or KAFKA_NOBODY) and starts a new leader epoch. One that is not in sync is alone in sync then: an
 * unclean election. Groups whose coordinator this was are told. */
void kafka_partition_lead(struct kafka_partition *partition, int32_t broker);

#endif
