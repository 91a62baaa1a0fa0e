/* SPDX-License-Identifier: Apache-2.0 */
/* consumer_private: what consumer.c and consumer_rebalance.c share. */
#ifndef PIPELINE_CONSUMER_PRIVATE_H
#define PIPELINE_CONSUMER_PRIVATE_H

#include "pipeline/consumer.h"
#include "pipeline/frontier.h"

struct consumer_partition {
    int32_t partition;
    uint64_t assignment;
    struct frontier frontier;
    int64_t sent;      /* highest offset a commit was sent for and not refused; FRONTIER_NONE */
    int64_t committed; /* highest offset known to be committed under this assignment; FRONTIER_NONE */
    bool is_paused;
};

struct consumer {
    struct client_opaque opaque; /* first: see client.h */
    struct consumer_options options;
    char *topic;
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    rd_kafka_queue_t *answers;             /* to commits */
    struct consumer_partition *partitions; /* those assigned now */
    size_t partition_count;
    uint64_t assignment_last;
    size_t window;
    int64_t commit_batch;
    int64_t commit_interval_ns;
    int64_t commit_ns;      /* when what is finished is committed */
    int64_t hold_ns;        /* no commit before, unless it is the last chance */
    int64_t finished_count; /* since the last commit was sent */
    bool has_room;          /* as last told */
    bool is_committing;     /* a commit's answer has not been taken */
    bool is_stopping;
    bool is_closing;
    bool is_cooperative; /* once known */
    bool starts_earliest;
    char *problem;
};

/* Notes the first problem. */
void consumer_fail(struct consumer *consumer, const char *what, const char *detail);

/* The assigned partition of this number, or NULL. */
struct consumer_partition *consumer_partition_of(struct consumer *consumer, int32_t partition);

void consumer_on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t *list, void *opaque);

#endif
