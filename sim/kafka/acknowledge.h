/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acknowledge: a request whose work is done, and whose answer waits until the replicas have it, too (acks=all).
 *
 *   kafka_acknowledge --> is each part settled? --all are----------------------------------------> answer
 *                         ^ a partition changes |                                                  ^
 *                         '------- waits <------' --> time is up: REQUEST_TIMED_OUT of the others -'
 *
 * A part that is settled keeps the error that it had then. Source: DelayedProduce.scala, DelayedDeleteRecords.java.
 */
#ifndef SIM_KAFKA_ACKNOWLEDGE_H
#define SIM_KAFKA_ACKNOWLEDGE_H

#include "sim/kafka/partition.h"

/* What was done in one partition. */
struct kafka_acknowledge_part {
    struct kafka_partition *partition; /* NULL: it was deleted meanwhile */
    int64_t offset;                    /* up to which the replicas are to have it */
    int32_t leader_epoch;              /* in which it was appended */
    int16_t *error_out;                /* in the response */
    bool is_settled;
};

/* Part of what the request remembers; fill in all. */
struct kafka_acknowledge {
    struct kafka_acknowledge_part *parts; /* in the request's memory */
    int32_t count;
    /* False: not yet. True: *part->error_out says how. */
    bool (*is_settled)(struct kafka_request *request, const struct kafka_acknowledge_part *part);
    void (*answer)(struct kafka_request *request, struct kafka_acknowledge *acknowledge);
};

/* Calls answer, which ends the request: at once if all is settled, else when it is or timeout_ms have passed. Takes
 * request->wait; ends with the client. */
void kafka_acknowledge(struct kafka_request *request, struct kafka_acknowledge *acknowledge,
                       int64_t timeout_ms);

/* is_settled of what was appended: as kafka_partition_is_settled, or UNKNOWN_TOPIC_OR_PARTITION. */
bool kafka_acknowledge_appended(struct kafka_request *request, const struct kafka_acknowledge_part *part);

#endif
