/* SPDX-License-Identifier: Apache-2.0 */
/* download: what the parts of the download stage share (stage_download.c runs, download_report.c tells). */
#ifndef PIPELINE_DOWNLOAD_H
#define PIPELINE_DOWNLOAD_H

#include "pipeline/task.h"
#include "pipeline/transfer.h"
#include "pipeline/worker.h"

/* The life of a job:
 *
 *     QUEUED -> TRANSFERRING -> STORING -> gone, its outputs finished
 *                    ^   |         |           ^
 *                    |   v         v           |
 *                    WAITING <- (failed) ------+   attempts used up, or not worth another
 *
 * TRANSFERRING, WAITING and STORING hold one of the download.concurrency slots. */
enum download_state {
    DOWNLOAD_QUEUED,
    DOWNLOAD_TRANSFERRING,
    DOWNLOAD_WAITING,
    DOWNLOAD_STORING,
};

struct download_job {
    struct download *download;
    struct download_job *next, *previous; /* in its list, if it is in one */
    enum download_state state;
    struct consumer_position position;
    struct task task; /* zeroed if the record did not parse */
    struct transfer *transfer;
    struct storage_op *storing;
    int64_t started_ns; /* of the first attempt */
    int64_t ready_ns;   /* WAITING: when the next attempt starts */
    int attempts;
};

struct download_list {
    struct download_job *first, *last;
    size_t count;
};

struct download {
    struct worker *worker;
    struct download_list queued;
    struct download_list active; /* TRANSFERRING, WAITING, STORING */
    bool is_full;
    bool is_draining;
    bool is_cancelled;
    char results[TOPICS_NAME_BYTES];
    char dlq[TOPICS_NAME_BYTES];
};

void download_list_append(struct download_list *list, struct download_job *job);
void download_list_remove(struct download_list *list, struct download_job *job);

/* Frees a job that is in no list. */
void download_job_free(struct download_job *job);

/* Each finishes the job's record with what is to be told of it, and frees the job, which is in no list any more. */
void download_report_success(struct download_job *job, const struct storage_answer *answer);
void download_report_failure(struct download_job *job, const struct failure *failure);
void download_report_malformed(struct download_job *job, const rd_kafka_message_t *message,
                               const char *reason);

#endif
