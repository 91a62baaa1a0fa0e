/* SPDX-License-Identifier: Apache-2.0 */
/* consumer_private: what consumer.c and consumer_rebalance.c share. */
#ifndef PIPELINE_CONSUMER_PRIVATE_H
#define PIPELINE_CONSUMER_PRIVATE_H

#include "pipeline/consumer.h"
#include "pipeline/frontier.h"

struct consumer_partition {
    int topic;
    int32_t partition;
    uint64_t assignment;
    struct frontier frontier;
    bool is_paused;
};

struct consumer {
    struct client_opaque opaque; /* first: see client.h */
    struct consumer_options options;
    char *topics[CONSUMER_TOPICS_MAX];
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    struct consumer_partition *partitions; /* those assigned now */
    size_t partition_count;
    uint64_t assignment_last;
    rd_kafka_consumer_group_metadata_t *membership;
    char *member;       /* as which the partitions were taken on; NULL: none yet */
    int64_t present_ns; /* when it was last known to be a member; at first, when it began */
    bool is_adrift;     /* it is known to be lost for good */
    size_t window;
    size_t turn;   /* which partition a batch begins with */
    bool has_room; /* as last told */
    bool is_stopping;
    bool is_closing;
    bool is_cooperative; /* once known */
    bool starts_earliest;
    char *problem;
};

/* Notes the first problem. */
void consumer_fail(struct consumer *consumer, const char *what, const char *detail);

/* The assigned partition, or NULL. */
struct consumer_partition *consumer_partition_of(struct consumer *consumer, const char *topic,
                                                 int32_t partition);

void consumer_on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t *list, void *opaque);

#endif
