/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch: what is committed at once: the outputs of some records, and the offsets behind these.
 *
 * The consumer fills it from its partitions, the committer works on it, the consumer is told how it ended. In between the
 * outputs stay in the frontiers of their partitions, which are not touched.
 */
#ifndef PIPELINE_BATCH_H
#define PIPELINE_BATCH_H

#include "pipeline/output.h"

#include <librdkafka/rdkafka.h>
#include <stddef.h>

struct batch {
    rd_kafka_topic_partition_list_t *offsets; /* owned: the next offset of each partition */
    struct output **outputs; /* array owned, outputs borrowed; in the order of their records */
    size_t output_count, output_capacity;
    size_t records;
};

/* Empty, with room for the offsets of so many partitions. */
void batch_init(struct batch *batch, size_t partitions);
void batch_deinit(struct batch *batch);

void batch_add(struct batch *batch, const struct outputs *outputs);

#endif
