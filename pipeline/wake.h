/* SPDX-License-Identifier: Apache-2.0 */
/* wake: a pipe into which whoever has news writes, librdkafka for its queues among them: for use with poll. */
#ifndef PIPELINE_WAKE_H
#define PIPELINE_WAKE_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

struct wake {
    int read_descriptor; /* poll this one */
    int write_descriptor;
};

/* False with errno set. */
bool wake_open(struct wake *wake);

/* All queues that write into it must be gone by then. */
void wake_close(struct wake *wake);

/* From now on, a queue that was empty and gets something wakes. Drain the queue before waiting. */
void wake_watch(struct wake *wake, rd_kafka_queue_t *queue);

/* Wakes; any thread may. */
void wake_now(struct wake *wake);

/* Empties the pipe. Do so before the queues are served, or a wake-up is lost. */
void wake_clear(struct wake *wake);

#endif
