/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker_commit: see worker_commit.h.
 *
 * A batch that failed for a reason that passes is tried again, for ever, ever more slowly. One that holds what no broker will
 * take is halved until the record is alone: that one is replaced by a pointer to it among the dead letters.
 */
#include "pipeline/worker_commit.h"

#include "pipeline/clock.h"
#include "pipeline/dead_letter.h"

enum { AGAIN_MS = 100, AGAIN_DOUBLINGS_MAX = 5, REFUSED_BEFORE_HALVING = 2, SETTLE_SLICE_MS = 60000 };

static void log_again(struct worker *worker, const struct batch *batch, const char *reason)
{
    struct log_line line;
    log_begin(&line, worker->log, LOG_WARN, "batch not committed, will be tried again");
    log_integer(&line, "records", (int64_t)batch->records);
    log_integer(&line, "outputs", (int64_t)batch->output_count);
    log_integer(&line, "attempts", worker->again_count);
    log_string(&line, "error", reason);
    log_end(&line);
}

/* Its only record cannot be written: says so where dead letters are read. */
static void bury(struct worker *worker, const struct batch *batch, const char *reason)
{
    rd_kafka_topic_partition_t place = batch->offsets->elems[0];
    place.offset--;
    char dlq[TOPICS_NAME_BYTES];
    struct outputs outputs = {0};
    dead_letter_add_pointer(&outputs, topics_name(worker->config, worker->stage->dlq, dlq), &place, reason);
    consumer_replace(worker->consumer, &place, &outputs);
}

static void on_refused(struct worker *worker, const struct batch *batch, const char *reason)
{
    if (batch->records > 1) {
        if (worker->again_count >= REFUSED_BEFORE_HALVING)
            worker->batch_max = batch->records / 2;
        return;
    }
    if (worker->is_burying) {
        worker_fail(worker, "the dead letter was refused, too", reason);
        return;
    }
    worker->is_burying = true;
    bury(worker, batch, reason);
}

static void on_committed(struct worker *worker, const struct batch *batch)
{
    size_t most = (size_t)config_number(worker->config, OPTION_COMMIT_BATCH);
    consumer_committed(worker->consumer, batch);
    worker->again_count = 0;
    worker->again_ns = INT64_MIN;
    worker->is_burying = false;
    worker->batch_max = worker->batch_max < most / 2 ? worker->batch_max * 2 : most;
}

/* Who was thrown out of the group, and was not told, cannot commit, nor ever find out: librdkafka 2.0.2 loses a revocation that
 * falls into a rebalance which the application has not answered. */
static void look_after(struct worker *worker)
{
    int64_t most_ns = config_number(worker->config, OPTION_CONSUMER_ABSENCE_MAX_MS) * CLOCK_NS_PER_MS;
    if (clock_now_ns() - worker->stuck_ns < most_ns)
        return;
    worker->is_adrift = true;
    worker_fail(worker, "nothing could be committed", "for longer than consumer.absence_max_ms");
}

/* False: nothing has ended, or it came to nothing. */
static bool take(struct worker *worker)
{
    struct batch batch;
    enum committer_end end;
    const char *reason;
    if (!committer_take(worker->committer, &batch, &end, &reason))
        return false;
    if (end == COMMITTER_DONE) {
        on_committed(worker, &batch);
    } else if (end == COMMITTER_STOPPED) {
        worker_fail(worker, "cannot commit any more", reason);
    } else {
        unsigned doublings =
            worker->again_count < AGAIN_DOUBLINGS_MAX ? worker->again_count : AGAIN_DOUBLINGS_MAX;
        if (worker->again_count == 0)
            worker->stuck_ns = clock_now_ns();
        worker->again_ns = clock_now_ns() + (AGAIN_MS * CLOCK_NS_PER_MS << doublings);
        worker->again_count++;
        worker->batch_ns = INT64_MIN; /* what was in it is due as it was */
        log_again(worker, &batch, reason);
        look_after(worker);
        if (end == COMMITTER_REFUSED)
            on_refused(worker, &batch, reason);
    }
    batch_deinit(&batch);
    return end == COMMITTER_DONE;
}

/* The committer is idle. False: nothing is ready. */
static bool begin(struct worker *worker)
{
    struct batch batch;
    if (!consumer_fill(worker->consumer, worker->batch_max, &batch))
        return false;
    worker->batch_ns = batch.records < consumer_ready(worker->consumer) ? INT64_MIN : CLOCK_NEVER;
    committer_start(worker->committer, &batch, consumer_membership(worker->consumer));
    return true;
}

int64_t worker_commit_step(struct worker *worker)
{
    take(worker);
    size_t ready = consumer_ready(worker->consumer);
    if (worker->has_failed || ready == 0 || !committer_is_idle(worker->committer))
        return CLOCK_NEVER; /* the committer wakes */
    int64_t due_ns = ready >= worker->batch_max ? INT64_MIN : worker->batch_ns;
    if (due_ns < worker->again_ns)
        due_ns = worker->again_ns;
    if (due_ns > clock_now_ns())
        return due_ns;
    begin(worker);
    return CLOCK_NEVER;
}

void worker_commit_settle(struct worker *worker)
{
    while (!committer_wait(worker->committer, SETTLE_SLICE_MS)) {
    }
    take(worker);
}

void worker_commit_all(struct worker *worker, int timeout_ms)
{
    int64_t deadline_ns = clock_now_ns() + timeout_ms * CLOCK_NS_PER_MS;
    worker_commit_settle(worker);
    while (!worker->has_failed && clock_now_ns() < deadline_ns && begin(worker)) {
        while (!committer_wait(worker->committer, SETTLE_SLICE_MS)) {
        }
        if (!take(worker))
            return;
    }
}

bool worker_commit_is_busy(const struct worker *worker)
{
    return consumer_ready(worker->consumer) > 0 || !committer_is_idle(worker->committer);
}
