/* SPDX-License-Identifier: Apache-2.0 */
/* worker: see worker.h. */
#include "pipeline/worker.h"

#include "pipeline/clock.h"
#include "pipeline/millrace.h"
#include "pipeline/point.h"
#include "pipeline/text.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

enum {
    RECORDS_PER_TURN = 500, /* before deliveries and transfers get their turn */
    WAIT_MS_MAX = 1000,     /* librdkafka wants to be polled now and then, come what may */
    SETTLE_MS = 1000,       /* for outputs in flight when partitions are taken away */
    SETTLE_SLICE_MS = 50,
    LAST_COMMIT_MS = 10000,
    STOP_REST_MS = 120000, /* after the drain: the last commit, leaving the group, closing the clients */
    IDLE_CONNECTIONS_MAX = 500
};

void worker_fail(struct worker *worker, const char *what, const char *detail)
{
    if (worker->has_failed)
        return;
    worker->has_failed = true;
    log_simple(worker->log, LOG_ERROR, what, detail);
}

void worker_finish(struct worker *worker, const struct consumer_position *position)
{
    /* Once the group is left, a late acknowledgement is worth nothing. */
    if (worker->consumer)
        consumer_finish(worker->consumer, position);
}

/* ---- what the consumer asks ---- */

static void on_assigned(void *context, int32_t partition, uint64_t assignment, int64_t start)
{
    struct worker *worker = context;
    if (worker->stage->on_assigned)
        worker->stage->on_assigned(worker->state, partition, assignment, start);
}

static void on_revoking(void *context)
{
    struct worker *worker = context;
    POINT(worker->stage->point_on_revoke);
    /* What the broker has but we do not know of yet would be done twice. */
    int64_t deadline_ns = clock_now_ns() + SETTLE_MS * CLOCK_NS_PER_MS;
    while (producer_pending(worker->producer) > 0 && !worker->has_failed && clock_now_ns() < deadline_ns)
        producer_step(worker->producer, SETTLE_SLICE_MS);
}

static void on_gone(void *context, uint64_t assignment)
{
    struct worker *worker = context;
    worker->stage->on_gone(worker->state, assignment);
}

static void on_commit(void *context)
{
    struct worker *worker = context;
    POINT(worker->stage->point_before_commit);
}

/* ---- the loop ---- */

static void take_records(struct worker *worker)
{
    for (int count = 0; count < RECORDS_PER_TURN; count++) {
        rd_kafka_message_t *message;
        struct consumer_position position;
        switch (consumer_poll(worker->consumer, &message, &position)) {
        case CONSUMER_NOTHING:
            return;
        case CONSUMER_OTHER:
            break;
        case CONSUMER_STOPPED:
            worker_fail(worker, "consumer stopped", consumer_problem(worker->consumer));
            return;
        case CONSUMER_RECORD:
            worker->stage->on_record(worker->state, message, &position);
            rd_kafka_message_destroy(message);
            consumer_set_room(worker->consumer, worker->stage->has_room(worker->state));
            break;
        }
    }
}

static int milliseconds_until(int64_t deadline_ns, int64_t now_ns)
{
    if (deadline_ns <= now_ns)
        return 0;
    int64_t left_ns = deadline_ns - now_ns;
    if (left_ns >= WAIT_MS_MAX * CLOCK_NS_PER_MS)
        return WAIT_MS_MAX;
    return (int)((left_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS);
}

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

static void wait(struct worker *worker, int64_t deadline_ns)
{
    int timeout_ms = milliseconds_until(deadline_ns, clock_now_ns());
    if (worker->storage && storage_is_ready(worker->storage))
        timeout_ms = 0;
    if (worker->stage->uses_storage) {
        http_wait(&worker->http, &worker->wake.read_descriptor, 1, timeout_ms);
    } else {
        struct pollfd wake = {.fd = worker->wake.read_descriptor, .events = POLLIN};
        poll(&wake, 1, timeout_ms);
    }
}

/* Everything once, then wait for more. */
static void turn(struct worker *worker, int64_t deadline_ns)
{
    wake_clear(&worker->wake);
    take_records(worker);
    producer_step(worker->producer, 0);
    if (producer_fatal(worker->producer))
        worker_fail(worker, "producer stopped", producer_fatal(worker->producer));
    if (worker->stage->uses_storage) {
        http_step(&worker->http);
        storage_step(worker->storage);
    }
    int64_t next_ns = worker->stage->on_turn(worker->state, clock_now_ns());
    consumer_set_room(worker->consumer, !worker->is_draining && worker->stage->has_room(worker->state));
    consumer_commit_due(worker->consumer);
    if (worker->has_failed)
        return;
    next_ns = earlier(next_ns, consumer_deadline_ns(worker->consumer));
    next_ns = earlier(next_ns, producer_deadline_ns(worker->producer));
    wait(worker, earlier(next_ns, deadline_ns));
}

static size_t outstanding(struct worker *worker)
{
    return worker->stage->in_flight(worker->state) + producer_pending(worker->producer);
}

static void drain(struct worker *worker)
{
    log_simple(worker->log, LOG_INFO, "draining", NULL);
    worker->is_draining = true;
    consumer_stop_fetching(worker->consumer);
    worker->stage->on_drain(worker->state);
    int64_t timeout_ms = config_number(worker->config, OPTION_DRAIN_TIMEOUT_MS);
    int64_t deadline_ns = clock_now_ns() + timeout_ms * CLOCK_NS_PER_MS;
    while (outstanding(worker) > 0 && !worker->has_failed && clock_now_ns() < deadline_ns) {
        turn(worker, deadline_ns);
    }
}

/* ---- life ---- */

static bool open_world(struct worker *worker, char *error)
{
    if (!worker->stage->uses_storage)
        return true;
    if (!http_init(&worker->http, IDLE_CONNECTIONS_MAX)) {
        return false;
    }
    worker->storage = storage_open(worker->config, &worker->http, error);
    if (!worker->storage) {
        http_deinit(&worker->http);
        return false;
    }
    struct text name = {0};
    text_format(&name, "%s-%s", worker->stage->name, config_string(worker->config, OPTION_INSTANCE));
    body_spool_init(&worker->spool, storage_spool_directory(worker->storage), name.data,
                    config_number(worker->config, OPTION_SPOOL_THRESHOLD));
    text_deinit(&name);
    int removed = body_sweep(&worker->spool);
    if (removed > 0) {
        struct log_line line;
        log_begin(&line, worker->log, LOG_INFO, "removed temporary files of a run that was killed");
        log_integer(&line, "count", removed);
        log_end(&line);
    }
    return true;
}

static void close_world(struct worker *worker)
{
    if (!worker->stage->uses_storage)
        return;
    storage_close(worker->storage);
    body_spool_deinit(&worker->spool);
    http_deinit(&worker->http);
}

static bool join(struct worker *worker, char *error)
{
    static const struct consumer_hooks hooks = {
        .on_assigned = on_assigned, .on_revoking = on_revoking, .on_gone = on_gone, .on_commit = on_commit};
    char topic[TOPICS_NAME_BYTES], group[TOPICS_NAME_BYTES];
    struct consumer_options options = {
        .config = worker->config,
        .log = worker->log,
        .shutdown = &worker->shutdown,
        .wake = &worker->wake,
        .group = topics_group_name(worker->config, worker->stage->group, group),
        .topic = topics_name(worker->config, worker->stage->topic, topic),
        .hooks = &hooks,
        .context = worker,
        .wants_start = worker->stage->wants_start,
    };
    worker->consumer = consumer_new(&options, error);
    return worker->consumer != NULL;
}

static int loop(struct worker *worker)
{
    log_simple(worker->log, LOG_INFO, "started", MILLRACE_VERSION);
    while (!worker->has_failed && !shutdown_is_asked(&worker->shutdown))
        turn(worker, CLOCK_NEVER);
    if (!worker->has_failed)
        drain(worker);
    worker->stage->on_cancel(worker->state);
    consumer_commit_now(worker->consumer, LAST_COMMIT_MS);
    return worker->has_failed ? MILLRACE_STOPPED : MILLRACE_OK;
}

static int run(struct worker *worker)
{
    char error[CONFIG_ERROR_BYTES] = "out of memory";
    if (!open_world(worker, error)) {
        log_usage(error);
        return MILLRACE_USAGE;
    }
    int code = MILLRACE_USAGE;
    worker->producer = producer_new(worker->config, worker->log, &worker->wake, error);
    if (worker->producer) {
        worker->state = worker->stage->open(worker);
        if (join(worker, error))
            code = loop(worker);
    }
    if (code == MILLRACE_USAGE)
        log_usage(error);
    consumer_free(worker->consumer);
    worker->consumer = NULL;
    producer_free(worker->producer);
    if (worker->state)
        worker->stage->close(worker->state);
    close_world(worker);
    return code;
}

int worker_run(const struct worker_stage *stage, const struct config *config, const struct log *log)
{
    _Static_assert((int)CONFIG_ERROR_BYTES == (int)CLIENT_ERROR_BYTES, "one buffer serves both");
    struct worker worker = {.stage = stage, .config = config, .log = log};
    int64_t limit_ms = config_number(config, OPTION_DRAIN_TIMEOUT_MS) + STOP_REST_MS;
    if (!wake_open(&worker.wake) || !shutdown_open(&worker.shutdown, &worker.wake, limit_ms)) {
        log_simple(log, LOG_ERROR, "no descriptors", strerrordesc_np(errno));
        return MILLRACE_STOPPED;
    }
    jitter_init(&worker.jitter, config_string(config, OPTION_INSTANCE));
    int code = run(&worker);
    if (code != MILLRACE_USAGE)
        log_simple(log, LOG_INFO, "stopped", code == MILLRACE_OK ? "drained" : "failed");
    shutdown_close(&worker.shutdown);
    wake_close(&worker.wake);
    return code;
}
