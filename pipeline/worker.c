/* SPDX-License-Identifier: Apache-2.0 */
/* worker: see worker.h. */
#include "pipeline/worker.h"

#include "pipeline/clock.h"
#include "pipeline/millrace.h"
#include "pipeline/point.h"
#include "pipeline/text.h"
#include "pipeline/worker_commit.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

enum {
    RECORDS_PER_TURN = 500,   /* before deliveries and transfers get their turn */
    WAIT_MS_MAX = 1000,       /* librdkafka wants to be polled now and then, come what may */
    REVOKE_COMMIT_MS = 10000, /* for what is finished when partitions are taken away */
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

void worker_finish(struct worker *worker, const struct consumer_position *position, struct outputs *outputs)
{
    consumer_finish(worker->consumer, position, outputs);
    if (worker->batch_ns == CLOCK_NEVER)
        worker->batch_ns =
            clock_now_ns() + config_number(worker->config, OPTION_COMMIT_INTERVAL_MS) * CLOCK_NS_PER_MS;
}

/* ---- what the consumer asks ---- */

static void on_assigned(void *context, const struct consumer_position *position)
{
    struct worker *worker = context;
    if (worker->stage->on_assigned)
        worker->stage->on_assigned(worker->state, position);
}

static void on_settle(void *context)
{
    worker_commit_settle(context);
}

static void on_revoking(void *context)
{
    struct worker *worker = context;
    POINT(worker->stage->point_on_revoke);
    worker_commit_all(worker, REVOKE_COMMIT_MS);
}

static void on_gone(void *context, uint64_t assignment)
{
    struct worker *worker = context;
    worker->stage->on_gone(worker->state, assignment);
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
            if (!worker->stage->on_record(worker->state, message, &position))
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
    if (worker->stage->uses_storage) {
        http_step(&worker->http);
        storage_step(worker->storage);
    }
    int64_t next_ns = worker->stage->on_turn(worker->state, clock_now_ns());
    consumer_set_room(worker->consumer, !worker->is_draining && worker->stage->has_room(worker->state));
    next_ns = earlier(next_ns, worker_commit_step(worker));
    consumer_look_after(worker->consumer, clock_now_ns());
    if (worker->has_failed)
        return;
    wait(worker, earlier(next_ns, deadline_ns));
}

static void drain(struct worker *worker)
{
    log_simple(worker->log, LOG_INFO, "draining", NULL);
    worker->is_draining = true;
    consumer_stop_fetching(worker->consumer);
    worker->stage->on_drain(worker->state);
    int64_t timeout_ms = config_number(worker->config, OPTION_DRAIN_TIMEOUT_MS);
    int64_t deadline_ns = clock_now_ns() + timeout_ms * CLOCK_NS_PER_MS;
    while ((worker->stage->in_flight(worker->state) > 0 || worker_commit_is_busy(worker)) &&
           !worker->has_failed && clock_now_ns() < deadline_ns)
        turn(worker, deadline_ns);
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

static bool new_consumer(struct worker *worker, char *error)
{
    static const struct consumer_hooks hooks = {
        .on_assigned = on_assigned, .on_settle = on_settle, .on_revoking = on_revoking, .on_gone = on_gone};
    char names[CONSUMER_TOPICS_MAX][TOPICS_NAME_BYTES], group[TOPICS_NAME_BYTES];
    struct consumer_options options = {
        .config = worker->config,
        .log = worker->log,
        .shutdown = &worker->shutdown,
        .wake = &worker->wake,
        .group = topics_group_name(worker->config, worker->stage->group, group),
        .hooks = &hooks,
        .context = worker,
    };
    for (int i = 0; i < worker->stage->topic_count; i++) {
        enum topics_id id = worker->stage->topics[i];
        if (topics_exists(worker->config, id))
            options.topics[options.topic_count++] = topics_name(worker->config, id, names[i]);
    }
    worker->consumer = consumer_new(&options, error);
    return worker->consumer != NULL;
}

static bool new_committer(struct worker *worker, char *error)
{
    char group[TOPICS_NAME_BYTES];
    struct text id = {0};
    text_format(&id, "%s-%s", topics_group_name(worker->config, worker->stage->group, group),
                config_string(worker->config, OPTION_INSTANCE));
    bool is_exactly_once = config_number(worker->config, OPTION_DELIVERY) == 0;
    struct committer_options options = {.config = worker->config,
                                        .log = worker->log,
                                        .wake = &worker->wake,
                                        .consumer = consumer_client(worker->consumer),
                                        .transactional_id = is_exactly_once ? id.data : NULL,
                                        .points = worker->stage->points};
    worker->committer = committer_new(&options, error);
    text_deinit(&id);
    return worker->committer != NULL;
}

static int loop(struct worker *worker)
{
    log_simple(worker->log, LOG_INFO, "started", MILLRACE_VERSION);
    while (!worker->has_failed && !shutdown_is_asked(&worker->shutdown))
        turn(worker, CLOCK_NEVER);
    if (!worker->has_failed)
        drain(worker);
    worker->stage->on_cancel(worker->state);
    if (!worker->has_failed)
        worker_commit_all(worker, LAST_COMMIT_MS);
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
    if (new_consumer(worker, error) && new_committer(worker, error)) {
        worker->state = worker->stage->open(worker);
        if (consumer_join(worker->consumer, error))
            code = loop(worker);
    }
    if (code == MILLRACE_USAGE)
        log_usage(error);
    if (worker->committer)
        worker_commit_settle(worker);
    if (worker->is_adrift || (worker->consumer && consumer_is_adrift(worker->consumer))) {
        log_simple(worker->log, LOG_INFO, "stopped", "without leaving the group");
        shutdown_leave(MILLRACE_STOPPED);
    }
    consumer_free(worker->consumer);
    committer_free(worker->committer);
    if (worker->state)
        worker->stage->close(worker->state);
    close_world(worker);
    return code;
}

int worker_run(const struct worker_stage *stage, const struct config *config, const struct log *log)
{
    _Static_assert((int)CONFIG_ERROR_BYTES == (int)CLIENT_ERROR_BYTES, "one buffer serves both");
    struct worker worker = {.stage = stage,
                            .config = config,
                            .log = log,
                            .batch_max = (size_t)config_number(config, OPTION_COMMIT_BATCH),
                            .batch_ns = CLOCK_NEVER,
                            .again_ns = INT64_MIN};
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
