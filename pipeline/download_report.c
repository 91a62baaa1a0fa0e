/* SPDX-License-Identifier: Apache-2.0 */
/*
 * download_report: how a task ends on Kafka.
 *
 * Success: a result. A failure worth a retry: the next retry topic, no result. Retries exhausted, or not worth one: a DLQ
 * record and a result. They are committed with the task's offset, so a crash before repeats the task; its blob path is the
 * same, so the repetition finds its own bytes.
 */
#include "pipeline/download.h"

#include "pipeline/clock.h"
#include "pipeline/dead_letter.h"
#include "pipeline/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The task is done with; nothing of the job is needed any more. */
static void end_job(struct download_job *job, struct outputs *outputs)
{
    worker_finish(job->download->worker, &job->position, outputs);
    download_job_free(job);
}

/* A record keyed by the job's trace_id. */
static struct output_record keyed_record(const struct download_job *job, const char *topic, const char *value)
{
    return (struct output_record){
        .topic = topic,
        .key = job->task.trace_id,
        .key_bytes = strlen(job->task.trace_id),
        .value = value,
        .value_bytes = strlen(value),
    };
}

static void log_job(const struct download_job *job, enum log_level level, const char *message,
                    const char *detail)
{
    struct log_line line;
    char topic[TOPICS_NAME_BYTES];
    log_begin(&line, job->download->worker->log, level, message);
    log_string(&line, "trace_id", job->task.trace_id);
    log_url(&line, "url", job->task.attachment_url);
    log_string(&line, "topic", topics_name(job->download->worker->config, TOPICS_PENDING, topic));
    log_integer(&line, "partition", job->position.partition);
    log_integer(&line, "offset", job->position.offset);
    log_integer(&line, "attempts", job->attempts);
    if (detail)
        log_string(&line, "detail", detail);
    log_end(&line);
}

static void add_result(struct download_job *job, struct result *result, struct outputs *outputs)
{
    char now[CLOCK_TEXT_BYTES];
    result->trace_id = job->task.trace_id;
    result->attachment_url = job->task.attachment_url;
    result->processing_time_ms = (clock_now_ns() - job->started_ns) / CLOCK_NS_PER_MS;
    result->completed_at = clock_format(clock_wall_ns(), now);
    char *value = result_encode(result);
    struct output_record record = keyed_record(job, job->download->results, value);
    outputs_add(outputs, &record);
    free(value);
}

void download_report_success(struct download_job *job, const struct storage_answer *answer)
{
    log_job(job, LOG_DEBUG, "downloaded", answer->outcome == STORAGE_EXISTS ? "was there" : NULL);
    struct result result = {.status = RESULT_SUCCESS,
                            .destination_path = job->task.destination_path,
                            .bytes_downloaded = answer->bytes,
                            .sha256 = answer->sha256};
    struct outputs outputs = {0};
    add_result(job, &result, &outputs);
    end_job(job, &outputs);
}

/* The retry topic's record: due after its delay, spread by 10 %, and not before the server's own
 * Retry-After. */
static void add_retry(struct download_job *job, const struct failure *failure, enum topics_id topic,
                      int64_t delay_ns, struct outputs *outputs)
{
    struct worker *worker = job->download->worker;
    delay_ns = jitter_spread(&worker->jitter, delay_ns);
    int64_t asked_ns = failure->retry_after_s * CLOCK_NS_PER_S;
    if (delay_ns < asked_ns)
        delay_ns = asked_ns;
    char retry_at[CLOCK_TEXT_BYTES], retry_count[16], name[TOPICS_NAME_BYTES];
    clock_format(clock_wall_ns() + delay_ns, retry_at);
    snprintf(retry_count, sizeof retry_count, "%d", job->task.retry_count + 1);
    char *value = task_retry(&job->task, failure, retry_at);
    struct output_record record = keyed_record(job, topics_name(worker->config, topic, name), value);
    record.headers[0] = (struct output_header){"retry_count", retry_count};
    record.headers[1] = (struct output_header){"error_category", failure_category_name(failure->category)};
    record.headers[2] = (struct output_header){"retry_at", retry_at};
    record.header_count = 3;
    outputs_add(outputs, &record);
    free(value);
}

static void add_dead_letter(struct download_job *job, const struct failure *failure, struct outputs *outputs)
{
    char now[CLOCK_TEXT_BYTES], retry_count[16];
    clock_format(clock_wall_ns(), now);
    snprintf(retry_count, sizeof retry_count, "%d", job->task.retry_count);
    char *value = task_dead_letter(&job->task, failure, now);
    struct output_record record = keyed_record(job, job->download->dlq, value);
    record.headers[0] = (struct output_header){"retry_count", retry_count};
    record.headers[1] = (struct output_header){"error_category", failure_category_name(failure->category)};
    record.headers[2] = (struct output_header){"failed", now};
    record.header_count = 3;
    outputs_add(outputs, &record);
    free(value);
}

void download_report_failure(struct download_job *job, const struct failure *failure)
{
    int64_t delay_ns;
    struct outputs outputs = {0};
    const struct config *config = job->download->worker->config;
    enum topics_id topic = TOPICS_COUNT;
    if (failure->is_retriable)
        topic =
            topics_retry(config, job->task.retry_count, failure->retry_after_s * CLOCK_NS_PER_S, &delay_ns);
    if (topic != TOPICS_COUNT) {
        log_job(job, LOG_INFO, "retry later", failure->text);
        add_retry(job, failure, topic, delay_ns, &outputs);
    } else {
        log_job(job, LOG_WARN, "failed", failure->text);
        add_dead_letter(job, failure, &outputs);
        struct result result = {.status =
                                    failure->is_retriable ? RESULT_FAILED_TRANSIENT : RESULT_FAILED_PERMANENT,
                                .failure = failure};
        add_result(job, &result, &outputs);
    }
    end_job(job, &outputs);
}

void download_report_malformed(struct download_job *job, const rd_kafka_message_t *message,
                               const char *reason)
{
    dead_letter_log(job->download->worker->log, "malformed task", message, reason);
    struct outputs outputs = {0};
    dead_letter_add(&outputs, job->download->dlq, message, reason);
    end_job(job, &outputs);
}
