/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inventory_topics: is the inventory what the topics say?
 *
 *   the results group has committed nothing beyond the end of a partition's segments, and these end within the log
 *   each record of downloads.results before that end has its row, which says what it says, and each row its record, as far back as the log goes
 *   each failure's row has a dead letter beside it
 *   an attachment has no more rows than one and one for each replay of its dead letters
 *
 * Stages may run meanwhile: what is newer than the inventory that was read is not judged. Left out: events.raw, and what of it is in flight.
 */
#ifndef PIPELINE_INVENTORY_TOPICS_H
#define PIPELINE_INVENTORY_TOPICS_H

#include "pipeline/client.h"
#include "pipeline/inventory_chain.h"
#include "pipeline/tally.h"

#include <jansson.h>
#include <stdbool.h>

/* What of the rows it needs. A zeroed struct is empty. */
struct inventory_rows {
    struct tally places;   /* "partition/offset" */
    struct tally lines;    /* as they stand */
    struct tally attempts; /* "trace_id LF url" of rows that are not rejected */
    struct tally failures; /* the same of failures */
};
void inventory_rows_add(struct inventory_rows *rows, const json_t *row);
void inventory_rows_deinit(struct inventory_rows *rows);

/* What the results group has committed of each partition; to be asked before the segments are read, for stages may go on. To destroy; NULL:
 * error says why. */
rd_kafka_topic_partition_list_t *inventory_topics_committed(const struct config *config,
                                                            const struct log *log,
                                                            char error[CLIENT_ERROR_BYTES]);

/* on_finding hears of each: kind, place and detail, borrowed. False: error says what could not be read. */
struct inventory_topics {
    const struct config *config;
    const struct log *log;
    const struct inventory_chain *chain;
    const struct inventory_rows *rows;
    const rd_kafka_topic_partition_list_t *committed;
    void (*on_finding)(void *context, const char *kind, const char *place, const char *detail);
    void *context;
};
bool inventory_topics_check(const struct inventory_topics *check, char error[CLIENT_ERROR_BYTES]);

#endif
