/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage_retry: tasks that failed in, the same tasks out again once they are due.
 *
 * A task waits in memory, its offset uncommitted, until the wall clock passes its retry_at; then it goes back to
 * {p}.downloads.pending, in one transaction with its offset. It is never sent early, and never committed over before it is
 * sent. A topic's tasks wait equally long but for 10 % of jitter, so a window of them (consumer.window) is nearly in order.
 * Wall time decides because retry_at is wall time; should the clock be set, what waits is looked at again within a second.
 * While the download stage is far behind (retry.pending_lag_max), what is due waits, too.
 */
#include "pipeline/stage.h"

#include "pipeline/clock.h"
#include "pipeline/dead_letter.h"
#include "pipeline/lag.h"
#include "pipeline/memory.h"
#include "pipeline/point.h"
#include "pipeline/task.h"
#include "pipeline/waiting.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_AGAIN_MS = 1000 };

struct retry {
    struct worker *worker;
    struct waiting waiting;
    struct lag *lag; /* NULL: nobody asked for a limit, or nothing was ever due */
    int64_t lag_max; /* 0: none */
    bool is_held;    /* by the limit */
    char pending[TOPICS_NAME_BYTES];
    char dlq[TOPICS_NAME_BYTES];
};

static void *open_retry(struct worker *worker)
{
    struct retry *retry = memory_new(sizeof *retry);
    retry->worker = worker;
    retry->lag_max = config_number(worker->config, OPTION_RETRY_PENDING_LAG_MAX);
    topics_name(worker->config, TOPICS_PENDING, retry->pending);
    topics_name(worker->config, TOPICS_DLQ, retry->dlq);
    return retry;
}

static void reject(struct retry *retry, const rd_kafka_message_t *message,
                   const struct consumer_position *position, const char *reason)
{
    struct outputs outputs = {0};
    dead_letter_log(retry->worker->log, "malformed retry", message, reason);
    dead_letter_add(&outputs, retry->dlq, message, reason);
    worker_finish(retry->worker, position, &outputs);
}

static bool on_record(void *state, rd_kafka_message_t *message, const struct consumer_position *position)
{
    struct retry *retry = state;
    struct task task;
    char reason[TASK_REASON_BYTES];
    if (!task_parse(&task, message->payload, message->len, reason)) {
        reject(retry, message, position, reason);
        return false;
    }
    struct waiting_item item = {.position = *position};
    bool has_time = task.retry_at && clock_parse(task.retry_at, &item.due_ns);
    if (has_time) {
        struct output_record record = {.topic = retry->pending,
                                       .key = task.trace_id,
                                       .key_bytes = strlen(task.trace_id),
                                       .value = message->payload,
                                       .value_bytes = message->len,
                                       .headers = {{"trace_id", task.trace_id}},
                                       .header_count = 1};
        outputs_add(&item.outputs, &record);
        waiting_add(&retry->waiting, &item);
    }
    task_deinit(&task);
    if (!has_time)
        reject(retry, message, position, "metadata.retry_at is missing");
    return false;
}

/* Is the download stage too far behind? Asked only once something is due. */
static bool is_held(struct retry *retry)
{
    char error[CLIENT_ERROR_BYTES];
    if (retry->lag_max == 0)
        return false;
    if (!retry->lag)
        retry->lag =
            lag_new(retry->worker->config, retry->worker->log, &retry->worker->wake, TOPICS_PENDING, error);
    if (!retry->lag) {
        worker_fail(retry->worker, "cannot ask for the lag", error);
        return true;
    }
    int64_t records = lag_records(retry->lag);
    bool is_far = records < 0 || records > retry->lag_max;
    if (is_far != retry->is_held && records >= 0) {
        struct log_line line;
        log_begin(&line, retry->worker->log, LOG_INFO, is_far ? "retries are held back" : "retries go on");
        log_integer(&line, "pending_lag", records);
        log_end(&line);
        retry->is_held = is_far;
    }
    return is_far;
}

static int64_t on_turn(void *state, int64_t now_ns)
{
    struct retry *retry = state;
    int64_t wall_ns = clock_wall_ns();
    const struct waiting_item *first;
    while ((first = waiting_first(&retry->waiting)) && first->due_ns <= wall_ns && !is_held(retry)) {
        struct waiting_item item = waiting_take(&retry->waiting);
        POINT("pipeline/retry/due");
        worker_finish(retry->worker, &item.position, &item.outputs);
    }
    if (!first)
        return CLOCK_NEVER;
    int64_t wait_ns = first->due_ns - wall_ns;
    int64_t longest_ns = LOOK_AGAIN_MS * CLOCK_NS_PER_MS;
    return now_ns + (wait_ns > 0 && wait_ns < longest_ns ? wait_ns : longest_ns);
}

static void on_gone(void *state, uint64_t assignment)
{
    struct retry *retry = state;
    waiting_forget(&retry->waiting, assignment);
}

/* What is not due stays in its topic. */
static void forget_all(void *state)
{
    struct retry *retry = state;
    waiting_deinit(&retry->waiting);
}

static bool has_room(void *state)
{
    (void)state;
    return true; /* the consumer's window is the bound */
}

static size_t in_flight(void *state)
{
    (void)state;
    return 0;
}

static void close_retry(void *state)
{
    struct retry *retry = state;
    waiting_deinit(&retry->waiting);
    lag_free(retry->lag);
    free(retry);
}

static const enum topics_id topics[] = {TOPICS_RETRY_1, TOPICS_RETRY_2, TOPICS_RETRY_3, TOPICS_RETRY_4};

const struct worker_stage stage_retry = {
    .name = "retry",
    .topics = topics,
    .topic_count = sizeof topics / sizeof topics[0],
    .group = TOPICS_GROUP_RETRY,
    .dlq = TOPICS_DLQ,
    .points = {.before_produce = "pipeline/retry/before_produce",
               .after_ack = "pipeline/retry/after_ack",
               .before_commit = "pipeline/retry/before_commit",
               .after_commit = "pipeline/retry/after_commit"},
    .point_on_revoke = "pipeline/retry/on_revoke",
    .open = open_retry,
    .on_record = on_record,
    .on_turn = on_turn,
    .on_gone = on_gone,
    .on_drain = forget_all,
    .on_cancel = forget_all,
    .has_room = has_room,
    .in_flight = in_flight,
    .close = close_retry,
};
