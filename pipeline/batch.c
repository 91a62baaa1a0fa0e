/* SPDX-License-Identifier: Apache-2.0 */
/* batch: see batch.h. */
#include "pipeline/batch.h"

#include "pipeline/memory.h"

#include <stdlib.h>

void batch_init(struct batch *batch, size_t partitions)
{
    *batch = (struct batch){.offsets = memory_check(rd_kafka_topic_partition_list_new((int)partitions))};
}

void batch_deinit(struct batch *batch)
{
    if (batch->offsets)
        rd_kafka_topic_partition_list_destroy(batch->offsets);
    free(batch->outputs);
    *batch = (struct batch){0};
}

void batch_add(struct batch *batch, const struct outputs *outputs)
{
    batch->records++;
    while (batch->output_capacity < batch->output_count + outputs->count) {
        batch->output_capacity = batch->output_capacity ? batch->output_capacity * 2 : 64;
        batch->outputs = memory_resize(batch->outputs, batch->output_capacity * sizeof(struct output *));
    }
    for (struct output *output = outputs->first; output; output = output->next)
        batch->outputs[batch->output_count++] = output;
}
