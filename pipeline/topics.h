/* SPDX-License-Identifier: Apache-2.0 */
/* topics: the names, sizes and retention of all topics, and who reads which. Creating them is in
 * topics_create.c. */
#ifndef PIPELINE_TOPICS_H
#define PIPELINE_TOPICS_H

#include "pipeline/config.h"
#include "pipeline/log.h"

#include <stdbool.h>
#include <stdint.h>

enum topics_id {
    TOPICS_EVENTS_RAW,
    TOPICS_EVENTS_DLQ,
    TOPICS_INGEST_SEEN,
    TOPICS_PENDING,
    TOPICS_RETRY_1, /* of retry.delays, as many as these are */
    TOPICS_RETRY_2,
    TOPICS_RETRY_3,
    TOPICS_RETRY_4,
    TOPICS_RESULTS,
    TOPICS_DLQ,
    TOPICS_DLQ_RESOLVED, /* what was done about which dead letter: see dlq_ledger.h */
    TOPICS_COUNT
};

enum { TOPICS_RETRIES_MAX = OPTION_DURATIONS_MAX, TOPICS_NAME_BYTES = 250 };

enum topics_group {
    TOPICS_GROUP_INGEST,
    TOPICS_GROUP_DOWNLOAD,
    TOPICS_GROUP_RETRY,
    TOPICS_GROUP_RESULTS,
    TOPICS_GROUP_NONE
};

struct topics_row {
    const char *suffix; /* without "{prefix}." */
    int partitions;
    int retention_days;
    enum topics_group group; /* that reads it */
    bool is_compacted;       /* the last record of each key stays, for as long as retention_days */
};

const struct topics_row *topics_row(enum topics_id id);

/* Has the configuration this topic? Only of retries there may be fewer. */
bool topics_exists(const struct config *config, enum topics_id id);

/* "{prefix}.{suffix}"; returns name. */
const char *topics_name(const struct config *config, enum topics_id id, char name[TOPICS_NAME_BYTES]);

/* "{prefix}-download-worker" and the like; returns name. */
const char *topics_group_name(const struct config *config, enum topics_group group,
                              char name[TOPICS_NAME_BYTES]);

/* The retry topic of a task that has been retried retry_count times and must not be tried again before at_least_ns, and how long it
 * is to wait there; TOPICS_COUNT: retries are exhausted. */
enum topics_id topics_retry(const struct config *config, int retry_count, int64_t at_least_ns,
                            int64_t *delay_ns_out);

/* Creates what is missing, and commits offset 0 for each (group, partition) that has none. dry_run: prints
 * what would be created on standard output. Returns an enum millrace_exit. */
int topics_create(const struct config *config, const struct log *log, bool dry_run);

#endif
