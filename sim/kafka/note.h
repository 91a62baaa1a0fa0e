/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note: what happens within the brokers and no frame shows, told through the seam: for properties.
 *
 *   append        a leader appended a batch (a marker, or a broker's own batch, too)
 *   copy          a follower appended one
 *   truncate      a replica cut its log: end offset is the new one
 *   lead          the controller made a broker the leader (or KAFKA_NOBODY); leader epoch is the new one
 *   watermark     a leader moved the high watermark, or begins with the one that it has as a follower; not told: that
 *                 a partition's first leader begins with 0
 *   transaction   the state of a transactional id, as its coordinator has just written it
 */
#ifndef SIM_KAFKA_NOTE_H
#define SIM_KAFKA_NOTE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/wire/records.h"

struct kafka_cluster;
struct kafka_partition;

enum kafka_note_kind {
    KAFKA_NOTE_APPEND,
    KAFKA_NOTE_COPY,
    KAFKA_NOTE_TRUNCATE,
    KAFKA_NOTE_LEAD,
    KAFKA_NOTE_WATERMARK,
    KAFKA_NOTE_TRANSACTION,
};

/* Everything is borrowed, for the call. */
struct kafka_note {
    enum kafka_note_kind kind;
    int32_t broker;                          /* whose doing; of LEAD: the new leader */
    const struct kafka_partition *partition; /* NULL of TRANSACTION */
    int32_t leader_epoch;
    const struct wire_batch *batch; /* of APPEND and COPY: its header, whose payload is the records as sent */
    int64_t offset;                 /* of TRUNCATE and WATERMARK */
    bool is_unclean;                /* of LEAD: the new leader was not in sync */
    /* Of TRANSACTION. */
    struct wire_string transactional_id;
    const char *state; /* Kafka's name: "PrepareCommit" */
    int64_t producer_id;
    int16_t producer_epoch;
    bool
        is_timed_out; /* of PrepareAbort: the coordinator aborts it by itself, since it took longer than that */
};

/* Tells it, if the seam has on_note. */
void kafka_note_tell(const struct kafka_cluster *cluster, const struct kafka_note *note);

#endif
