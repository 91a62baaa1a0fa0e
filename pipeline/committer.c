/* SPDX-License-Identifier: Apache-2.0 */
/* committer: see committer.h. How a batch is committed: committer_transaction.c, committer_plain.c. */
#include "pipeline/committer_private.h"

#include "pipeline/clock.h"
#include "pipeline/memory.h"
#include "pipeline/point.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CLOSE_MS = 5000 };

enum committer_end committer_because(struct committer *committer, enum committer_end end, const char *what,
                                     const char *why)
{
    snprintf(committer->reason, sizeof committer->reason, "%s: %s", what, why);
    return end;
}

bool committer_may_go_on(const struct committer *committer)
{
    return !committer->is_closing && clock_now_ns() < committer->deadline_ns;
}

static void set_deadline(struct committer *committer)
{
    committer->deadline_ns =
        clock_now_ns() + config_number(committer->options.config, OPTION_COMMIT_TIMEOUT_MS) * CLOCK_NS_PER_MS;
}

/* ---- outputs ---- */

/* No broker has said that it has a record without an offset: the client concludes it when a later batch of the partition
 * succeeds. Brokers before KAFKA-15591 take any sequence of a producer that they hold nothing of, so the first of two
 * batches in flight may be refused and never be written. */
static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer;
    struct committer *committer = opaque;
    struct output *output = message->_private;
    output->is_delivered = !message->err && message->offset >= 0;
    output->error = (int)message->err;
    committer->written += output->is_delivered;
    committer->failed += !output->is_delivered;
}

/* Another attempt with the same bytes cannot end otherwise. */
static bool is_permanent(int error)
{
    switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return true;
    }
    return false;
}

enum committer_end committer_undelivered(struct committer *committer)
{
    const struct output *first = NULL;
    for (size_t i = 0; i < committer->batch.output_count; i++) {
        const struct output *output = committer->batch.outputs[i];
        if (is_permanent(output->error))
            return committer_because(committer, COMMITTER_REFUSED, output->record.topic,
                                     rd_kafka_err2str((rd_kafka_resp_err_t)output->error));
        if (!first && !output->is_delivered)
            first = output;
    }
    return committer_because(committer, COMMITTER_AGAIN, first ? first->record.topic : "produce",
                             first && first->error ? rd_kafka_err2str((rd_kafka_resp_err_t)first->error)
                                                   : "not delivered");
}

static rd_kafka_resp_err_t produce(struct committer *committer, struct output *output)
{
    const struct output_record *record = &output->record;
    rd_kafka_headers_t *headers = memory_check(rd_kafka_headers_new(record->header_count));
    for (size_t i = 0; i < record->header_count; i++)
        rd_kafka_header_add(headers, record->headers[i].name, -1, record->headers[i].value, -1);
    rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = record->topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION,
         .u.i32 = record->has_partition ? record->partition : RD_KAFKA_PARTITION_UA},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = (void *)record->key, .size = record->key_bytes}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {.ptr = (void *)record->value, .size = record->value_bytes}},
        /* A copy: what is purged may still be on its way to a broker. */
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = output},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(committer->producer, fields, sizeof fields / sizeof fields[0]);
    rd_kafka_resp_err_t code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error)
        rd_kafka_headers_destroy(headers);
    rd_kafka_error_destroy(error);
    return code;
}

void committer_produce(struct committer *committer)
{
    committer->sent = committer->written = committer->failed = 0;
    for (size_t i = 0; i < committer->batch.output_count && committer_may_go_on(committer); i++) {
        struct output *output = committer->batch.outputs[i];
        if (output->is_delivered)
            continue;
        if (committer->options.points.before_produce)
            POINT(committer->options.points.before_produce);
        committer->sent++;
        rd_kafka_resp_err_t code;
        while ((code = produce(committer, output)) == RD_KAFKA_RESP_ERR__QUEUE_FULL &&
               committer_may_go_on(committer))
            rd_kafka_poll(committer->producer, COMMITTER_POLL_MS);
        if (!code)
            continue;
        output->error = (int)code;
        committer->failed++;
    }
}

/* ---- the thread ---- */

static void on_error(rd_kafka_t *client, int error, const char *reason, void *opaque)
{
    struct committer *committer = opaque;
    committer->was_disconnected = true;
    client_log_error(client, error, reason, opaque);
}

rd_kafka_t *committer_new_producer(struct committer *committer, char error[CLIENT_ERROR_BYTES])
{
    const struct client_property required[] = {
        {"enable.idempotence", "true"},
        {committer->transactional_id ? "transactional.id" : NULL, committer->transactional_id},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = client_conf(committer->options.config, CLIENT_PRODUCER, required, error);
    if (!conf)
        return NULL;
    client_set_opaque(conf, &committer->opaque);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    return client_new(CLIENT_PRODUCER, conf, error);
}

static enum committer_end commit(struct committer *committer)
{
    committer->reason[0] = '\0';
    set_deadline(committer);
    return committer->transactional_id ? committer_in_transaction(committer) : committer_plainly(committer);
}

static void set_state(struct committer *committer, enum committer_state state)
{
    committer->state = state;
    pthread_cond_broadcast(&committer->changed);
    if (state == COMMITTER_ENDED)
        wake_now(committer->options.wake);
}

static void *work(void *opaque)
{
    struct committer *committer = opaque;
    set_deadline(committer);
    enum committer_end begun =
        committer->transactional_id ? committer_init_transactions(committer) : COMMITTER_DONE;
    pthread_mutex_lock(&committer->mutex);
    committer->end = begun;
    set_state(committer, begun == COMMITTER_STOPPED ? COMMITTER_ENDED : COMMITTER_IDLE);
    wake_now(committer->options.wake);
    while (!committer->is_closing) {
        if (committer->state != COMMITTER_WORKING) {
            pthread_cond_wait(&committer->changed, &committer->mutex);
            continue;
        }
        pthread_mutex_unlock(&committer->mutex);
        enum committer_end end = commit(committer);
        pthread_mutex_lock(&committer->mutex);
        committer->end = end;
        set_state(committer, COMMITTER_ENDED);
    }
    pthread_mutex_unlock(&committer->mutex);
    return NULL;
}

/* ---- what the worker calls ---- */

struct committer *committer_new(const struct committer_options *options, char error[CLIENT_ERROR_BYTES])
{
    struct committer *committer = memory_new(sizeof *committer);
    committer->opaque.log = options->log;
    committer->options = *options;
    committer->transactional_id = options->transactional_id ? memory_string(options->transactional_id) : NULL;
    committer->producer = committer_new_producer(committer, error);
    if (!committer->producer) {
        free(committer->transactional_id);
        free(committer);
        return NULL;
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&committer->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&committer->mutex, NULL);
    if (pthread_create(&committer->thread, NULL, work, committer))
        memory_exhausted();
    return committer;
}

bool committer_is_idle(const struct committer *committer)
{
    struct committer *own = (struct committer *)committer;
    pthread_mutex_lock(&own->mutex);
    bool is_idle = own->state == COMMITTER_IDLE;
    pthread_mutex_unlock(&own->mutex);
    return is_idle;
}

void committer_start(struct committer *committer, struct batch *batch,
                     const rd_kafka_consumer_group_metadata_t *membership)
{
    pthread_mutex_lock(&committer->mutex);
    assert(committer->state == COMMITTER_IDLE);
    committer->batch = *batch;
    *batch = (struct batch){0};
    committer->membership = membership;
    set_state(committer, COMMITTER_WORKING);
    pthread_mutex_unlock(&committer->mutex);
}

static bool is_busy(const struct committer *committer)
{
    return committer->state == COMMITTER_WORKING || committer->state == COMMITTER_STARTING;
}

bool committer_wait(struct committer *committer, int timeout_ms)
{
    int64_t deadline_ns = clock_now_ns() + timeout_ms * CLOCK_NS_PER_MS;
    struct timespec deadline = {.tv_sec = deadline_ns / CLOCK_NS_PER_S,
                                .tv_nsec = deadline_ns % CLOCK_NS_PER_S};
    pthread_mutex_lock(&committer->mutex);
    while (is_busy(committer) &&
           pthread_cond_timedwait(&committer->changed, &committer->mutex, &deadline) == 0) {
    }
    bool is_over = !is_busy(committer);
    pthread_mutex_unlock(&committer->mutex);
    return is_over;
}

bool committer_take(struct committer *committer, struct batch *batch_out, enum committer_end *end_out,
                    const char **reason_out)
{
    pthread_mutex_lock(&committer->mutex);
    bool has_ended = committer->state == COMMITTER_ENDED;
    if (has_ended) {
        *batch_out = committer->batch;
        *end_out = committer->end;
        *reason_out = committer->reason;
        committer->batch = (struct batch){0};
        set_state(committer, COMMITTER_IDLE);
    }
    pthread_mutex_unlock(&committer->mutex);
    return has_ended;
}

void committer_free(struct committer *committer)
{
    if (!committer)
        return;
    pthread_mutex_lock(&committer->mutex);
    committer->is_closing = true;
    pthread_cond_broadcast(&committer->changed);
    pthread_mutex_unlock(&committer->mutex);
    pthread_join(committer->thread, NULL);
    rd_kafka_purge(committer->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(committer->producer, CLOSE_MS);
    rd_kafka_destroy(committer->producer);
    batch_deinit(&committer->batch);
    pthread_cond_destroy(&committer->changed);
    pthread_mutex_destroy(&committer->mutex);
    free(committer->transactional_id);
    free(committer);
}
