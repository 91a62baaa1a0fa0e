/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client: librdkafka calls that most conformance cases make, each in a line.
 *
 * Configurations are pairs of strings, ended by NULL. What fails unexpectedly is an outcome, too: so it differs.
 */
#ifndef TESTS_CONFORMANCE_KAFKA_CLIENT_H
#define TESTS_CONFORMANCE_KAFKA_CLIENT_H

#include "tests/conformance/kafka/case.h"

#include <stdint.h>

enum { CLIENT_PATIENCE_MS = 15000 };

/* Instances; the caller destroys them. Producers have acks=all and no linger; consumers read from the earliest
 * offset, do not commit by themselves, and say PARTITION_EOF. */
rd_kafka_t *client_producer(struct conformance *c, ...) __attribute__((sentinel));
rd_kafka_t *client_consumer(struct conformance *c, const char *group, ...) __attribute__((sentinel));
/* For admin requests; belongs to c. */
rd_kafka_t *client_admin(struct conformance *c);
/* Closes and destroys. */
void client_close(rd_kafka_t *consumer);

/* Creates PREFIX.suffix and waits until it has leaders. Configuration of the topic in pairs. */
const char *client_topic(struct conformance *c, const char *suffix, int partitions, ...)
    __attribute__((sentinel));
/* The same; returns the broker's answer. The number of replicas and the name are the caller's. */
rd_kafka_resp_err_t client_topic_create(struct conformance *c, const char *name, int partitions,
                                        int replicas);

/* The same of a topic described in full, which it takes. */
rd_kafka_resp_err_t client_topic_make(struct conformance *c, rd_kafka_NewTopic_t *topic);

/* Waits until a broker knows that the topic has so many partitions, with leaders; 0: that it is not there. The answer
 * to an admin request comes before every broker knows. */
void client_topic_await(struct conformance *c, const char *name, int partitions);

struct client_sent {
    rd_kafka_resp_err_t error;
    rd_kafka_msg_status_t status;
    int64_t offset, timestamp_ms;
    bool is_done;
};

/* Queues a record; sent is filled by the delivery report, when the producer is polled. NULL key or value: null.
 * timestamp_ms 0: now. */
void client_queue(rd_kafka_t *producer, const char *topic, int32_t partition, const char *key,
                  const char *value, int64_t timestamp_ms, struct client_sent *sent);
/* Polls until sent is done; its error is _TIMED_OUT if it never is. */
void client_await(rd_kafka_t *producer, struct client_sent *sent);
/* Both. */
struct client_sent client_send(rd_kafka_t *producer, const char *topic, int32_t partition, const char *key,
                               const char *value);
/* Sends "v0", "v1", .. */
void client_fill(struct conformance *c, const char *topic, int32_t partition, int count);

/* Outcome "LABEL offset:key=value .." of all records from the offset to the end. */
void client_outcome_log(struct conformance *c, const char *label, const char *topic, int32_t partition,
                        int64_t from_offset);
/* The same with isolation.level, which is read_committed there. */
void client_outcome_log_as(struct conformance *c, const char *label, const char *topic, int32_t partition,
                           int64_t from_offset, const char *isolation_level);
/* Outcome "LABEL ERROR first+1 offset". */
void client_outcome_sent(struct conformance *c, const char *label, const struct client_sent *sent);
/* Outcome "LABEL [low, high)". */
void client_outcome_watermarks(struct conformance *c, const char *label, const char *topic,
                               int32_t partition);
/* Outcome "LABEL offset metadata ERROR": what the group has committed there. */
void client_outcome_committed(struct conformance *c, const char *label, const char *group, const char *topic,
                              int32_t partition);

/* One partition with an offset. */
rd_kafka_topic_partition_list_t *client_at(const char *topic, int32_t partition, int64_t offset);
/* rd_kafka_commit, synchronously: returns the error. */
rd_kafka_resp_err_t client_commit(rd_kafka_t *consumer, const char *topic, int32_t partition, int64_t offset);

/* A member of a group. Its rebalance callback obeys; what it was told is an outcome when it leaves:
 * "LABEL: +2 -2(lost) ERROR". */
struct client_member {
    struct conformance *c;
    const char *label;
    rd_kafka_t *consumer;
    int assigned_count, rebalance_count;
    rd_kafka_resp_err_t error; /* the last that polling gave; each is told once in a row */
    bool is_lost;
    bool is_error_untold; /* set after joining, where errors race with the rebalance that they cause */
    char story[512];
};
/* In the group, subscribed, not yet polled. member has to live until client_member_leave. */
void client_member_join(struct conformance *c, struct client_member *member, const char *label,
                        const char *group, const char *topic, ...) __attribute__((sentinel));
/* Polls all members until the first has this many partitions. */
bool client_members_await(struct client_member *const *members, size_t count, int assigned_count);
/* Polls until polling gives an error. */
bool client_member_await_error(struct client_member *member);
/* Polls them for so long. */
void client_members_poll(struct client_member *const *members, size_t count, int time_ms);
/* Closes, and tells its story. */
void client_member_leave(struct client_member *member);

/* The one event of an admin request, by time or NULL; destroyed by the caller. */
rd_kafka_event_t *client_admin_event(struct conformance *c, rd_kafka_queue_t *queue);
/* The same; an error of the whole request is an outcome, and NULL. */
rd_kafka_event_t *client_admin_answer(struct conformance *c, rd_kafka_queue_t *queue);
int64_t client_now_ms(void);

#endif
