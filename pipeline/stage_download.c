/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage_download: tasks in, blobs in storage and results out.
 *
 * Up to download.concurrency transfers over all partitions, on the worker's one loop; they finish out of
 * order, the offsets do not (frontier.h). A transient failure is first retried in place, keeping its slot.
 * Not here yet: the breaker per host (a dead host is tried by each of its tasks), and the scheduler that
 * reads the retry topics.
 */
#include "pipeline/stage.h"

#include "pipeline/clock.h"
#include "pipeline/download.h"
#include "pipeline/memory.h"
#include "pipeline/point.h"
#include "pipeline/url.h"

#include <assert.h>
#include <stdlib.h>

enum { BACKOFF_DOUBLINGS_MAX = 10, INLINE_RETRY_AFTER_S_MAX = 10 };

/* ---- lists ---- */

void download_list_append(struct download_list *list, struct download_job *job)
{
    job->next = NULL;
    job->previous = list->last;
    if (list->last)
        list->last->next = job;
    else
        list->first = job;
    list->last = job;
    list->count++;
}

void download_list_remove(struct download_list *list, struct download_job *job)
{
    if (job->previous)
        job->previous->next = job->next;
    else
        list->first = job->next;
    if (job->next)
        job->next->previous = job->previous;
    else
        list->last = job->previous;
    job->next = job->previous = NULL;
    list->count--;
}

/* Ends the attempt that is under way, if one is. */
static void end_attempt(struct download_job *job)
{
    if (job->storing)
        storage_cancel(job->storing);
    job->storing = NULL;
    transfer_free(job->transfer);
    job->transfer = NULL;
}

void download_job_free(struct download_job *job)
{
    end_attempt(job);
    if (job->task.json)
        task_deinit(&job->task);
    free(job);
}

/* ---- attempts ---- */

static void on_failed(struct download_job *job, const struct failure *failure);

static void on_stored(void *context, const struct storage_answer *answer)
{
    struct download_job *job = context;
    job->storing = NULL;
    struct failure failure;
    switch (answer->outcome) {
    case STORAGE_STORED:
    case STORAGE_EXISTS:
        POINT("pipeline/download/after_upload");
        end_attempt(job);
        download_list_remove(&job->download->active, job);
        download_report_success(job, answer);
        return;
    case STORAGE_RETRY:
        failure_set(&failure, FAILURE_STORAGE, true, "storage: %s", answer->reason);
        break;
    case STORAGE_REFUSED:
        failure_set(&failure, FAILURE_STORAGE, false, "storage: %s", answer->reason);
        break;
    case STORAGE_FOUND:
    case STORAGE_ABSENT:
        assert(!"a put was answered like a get");
        return;
    }
    on_failed(job, &failure);
}

static void on_transferred(void *context, const struct failure *failure)
{
    struct download_job *job = context;
    if (failure) {
        on_failed(job, failure);
        return;
    }
    job->state = DOWNLOAD_STORING;
    struct storage_put put = {.path = job->task.destination_path,
                              .body = transfer_body(job->transfer),
                              .point = "pipeline/download/after_link",
                              .on_done = on_stored,
                              .context = job};
    job->storing = storage_put_start(job->download->worker->storage, &put);
}

static void start_attempt(struct download_job *job)
{
    struct worker *worker = job->download->worker;
    char reason[URL_REASON_BYTES];
    job->attempts++;
    if (!url_check(job->task.attachment_url, worker->config, reason)) {
        struct failure failure;
        failure_set(&failure, FAILURE_PERMANENT, false, "%s", reason);
        on_failed(job, &failure);
        return;
    }
    job->state = DOWNLOAD_TRANSFERRING;
    struct transfer_request request = {.url = job->task.attachment_url,
                                       .config = worker->config,
                                       .http = &worker->http,
                                       .spool = &worker->spool,
                                       .on_done = on_transferred,
                                       .context = job};
    job->transfer = transfer_start(&request);
}

/* Is another attempt in place worth its slot? What needs a new token or a long wait is not. */
static bool retries_in_place(const struct download_job *job, const struct failure *failure)
{
    const struct config *config = job->download->worker->config;
    return failure->is_retriable && failure->category != FAILURE_AUTH &&
           failure->retry_after_s <= INLINE_RETRY_AFTER_S_MAX && !job->download->is_draining &&
           job->attempts < config_number(config, OPTION_RETRY_INLINE_ATTEMPTS);
}

static void on_failed(struct download_job *job, const struct failure *failure)
{
    struct download *download = job->download;
    struct failure kept = *failure; /* it may stand in the transfer that ends here */
    end_attempt(job);
    if (!retries_in_place(job, &kept)) {
        download_list_remove(&download->active, job);
        download_report_failure(job, &kept);
        return;
    }
    int doublings = job->attempts - 1 < BACKOFF_DOUBLINGS_MAX ? job->attempts - 1 : BACKOFF_DOUBLINGS_MAX;
    int64_t delay_ns =
        config_number(download->worker->config, OPTION_RETRY_INLINE_DELAY_MS) * CLOCK_NS_PER_MS;
    delay_ns = jitter_spread(&download->worker->jitter, delay_ns << doublings);
    if (delay_ns < kept.retry_after_s * CLOCK_NS_PER_S)
        delay_ns = kept.retry_after_s * CLOCK_NS_PER_S;
    job->state = DOWNLOAD_WAITING;
    job->ready_ns = clock_now_ns() + delay_ns;
}

/* ---- the stage ---- */

static void *open_download(struct worker *worker)
{
    struct download *download = memory_new(sizeof *download);
    download->worker = worker;
    topics_name(worker->config, TOPICS_RESULTS, download->results);
    topics_name(worker->config, TOPICS_DLQ, download->dlq);
    return download;
}

static bool on_record(void *state, rd_kafka_message_t *message, const struct consumer_position *position)
{
    struct download *download = state;
    struct download_job *job = memory_new(sizeof *job);
    job->download = download;
    job->position = *position;
    char reason[TASK_REASON_BYTES];
    if (task_parse(&job->task, message->payload, message->len, reason))
        download_list_append(&download->queued, job);
    else
        download_report_malformed(job, message, reason);
    return false;
}

/* Starts attempts that have waited long enough; returns when the next one has. */
static int64_t start_waiting(struct download *download, int64_t now_ns)
{
    int64_t next_ns = CLOCK_NEVER;
    struct download_job *following;
    for (struct download_job *job = download->active.first; job; job = following) {
        following = job->next; /* the job may end at once */
        if (job->state != DOWNLOAD_WAITING)
            continue;
        if (job->ready_ns <= now_ns)
            start_attempt(job);
        else if (job->ready_ns < next_ns)
            next_ns = job->ready_ns;
    }
    return next_ns;
}

static int64_t on_turn(void *state, int64_t now_ns)
{
    struct download *download = state;
    size_t slots = (size_t)config_number(download->worker->config, OPTION_DOWNLOAD_CONCURRENCY);
    int64_t next_ns = start_waiting(download, now_ns);
    while (!download->is_cancelled && download->queued.count > 0 && download->active.count < slots) {
        struct download_job *job = download->queued.first;
        download_list_remove(&download->queued, job);
        download_list_append(&download->active, job);
        job->started_ns = now_ns;
        start_attempt(job);
    }
    return next_ns;
}

static void forget(struct download_list *list, uint64_t assignment, bool all)
{
    struct download_job *following;
    for (struct download_job *job = list->first; job; job = following) {
        following = job->next;
        if (!all && job->position.assignment != assignment)
            continue;
        download_list_remove(list, job);
        download_job_free(job);
    }
}

static void on_gone(void *state, uint64_t assignment)
{
    struct download *download = state;
    forget(&download->queued, assignment, false);
    forget(&download->active, assignment, false);
}

static void on_drain(void *state)
{
    struct download *download = state;
    download->is_draining = true;
    forget(&download->queued, 0, true);
}

static void on_cancel(void *state)
{
    struct download *download = state;
    download->is_cancelled = true;
    forget(&download->queued, 0, true);
    forget(&download->active, 0, true);
}

static bool has_room(void *state)
{
    struct download *download = state;
    size_t most = (size_t)config_number(download->worker->config, OPTION_DOWNLOAD_QUEUE);
    if (download->queued.count >= most)
        download->is_full = true;
    else if (download->queued.count <= most / 2)
        download->is_full = false;
    return !download->is_full;
}

static size_t in_flight(void *state)
{
    struct download *download = state;
    return download->queued.count + download->active.count;
}

static const enum topics_id topics[] = {TOPICS_PENDING};

const struct worker_stage stage_download = {
    .name = "download",
    .topics = topics,
    .topic_count = 1,
    .group = TOPICS_GROUP_DOWNLOAD,
    .dlq = TOPICS_DLQ,
    .uses_storage = true,
    .points = {.after_ack = "pipeline/download/after_ack",
               .before_commit = "pipeline/download/before_commit",
               .after_commit = "pipeline/download/after_commit"},
    .point_on_revoke = "pipeline/download/on_revoke",
    .open = open_download,
    .on_record = on_record,
    .on_turn = on_turn,
    .on_gone = on_gone,
    .on_drain = on_drain,
    .on_cancel = on_cancel,
    .has_room = has_room,
    .in_flight = in_flight,
    .close = free,
};
