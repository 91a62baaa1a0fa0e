/* SPDX-License-Identifier: Apache-2.0 */
/* producer: see producer.h. */
#include "pipeline/producer.h"

#include "pipeline/clock.h"
#include "pipeline/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { RESEND_DELAY_MS = 100, PURGE_TIMEOUT_MS = 5000 };

struct delivery {
    struct delivery *next; /* in the list of those to send again */
    void (*on_delivered)(void *context, enum producer_outcome outcome, const char *reason);
    void *context;
    char *topic;
    char *key;
    size_t key_bytes;
    char *value;
    size_t value_bytes;
    struct output_header headers[OUTPUT_HEADERS_MAX]; /* strings owned */
    size_t header_count;
};

struct producer {
    struct client_opaque opaque; /* first: see client.h */
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    struct delivery *unsent;
    struct delivery **unsent_end;
    int64_t resend_ns; /* when unsent is tried */
    size_t pending;
    bool is_closing;
    char *fatal;
};

static char *copy_optional(const void *data, size_t bytes)
{
    return data ? memory_copy(data, bytes) : NULL;
}

static struct delivery *delivery_new(const struct output_record *record)
{
    assert(record->header_count <= OUTPUT_HEADERS_MAX);
    struct delivery *delivery = memory_new(sizeof *delivery);
    delivery->topic = memory_string(record->topic);
    delivery->key = copy_optional(record->key, record->key_bytes);
    delivery->key_bytes = record->key ? record->key_bytes : 0;
    delivery->value = copy_optional(record->value, record->value_bytes);
    delivery->value_bytes = record->value ? record->value_bytes : 0;
    delivery->header_count = record->header_count;
    for (size_t i = 0; i < record->header_count; i++) {
        delivery->headers[i].name = memory_string(record->headers[i].name);
        delivery->headers[i].value = memory_string(record->headers[i].value);
    }
    return delivery;
}

/* Tells the sender, and frees. */
static void delivery_end(struct producer *producer, struct delivery *delivery, enum producer_outcome outcome,
                         const char *reason)
{
    producer->pending--;
    delivery->on_delivered(delivery->context, outcome, reason);
    for (size_t i = 0; i < delivery->header_count; i++) {
        free((char *)delivery->headers[i].name);
        free((char *)delivery->headers[i].value);
    }
    free(delivery->topic);
    free(delivery->key);
    free(delivery->value);
    free(delivery);
}

static void append(struct producer *producer, struct delivery *delivery)
{
    delivery->next = NULL;
    *producer->unsent_end = delivery;
    producer->unsent_end = &delivery->next;
}

static void send_later(struct producer *producer, struct delivery *delivery)
{
    append(producer, delivery);
    producer->resend_ns = clock_now_ns() + RESEND_DELAY_MS * CLOCK_NS_PER_MS;
}

/* Another attempt with the same bytes cannot end otherwise. */
static bool is_permanent(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return true;
    }
    return false;
}

static void note_fatal(struct producer *producer)
{
    char text[CLIENT_ERROR_BYTES];
    if (!producer->fatal && rd_kafka_fatal_error(producer->client, text, sizeof text))
        producer->fatal = memory_string(text);
}

static void log_undelivered(struct producer *producer, const struct delivery *delivery, const char *error)
{
    struct log_line line;
    log_begin(&line, producer->opaque.log, LOG_WARN, "record not delivered");
    log_string(&line, "topic", delivery->topic);
    log_bytes(&line, "key", delivery->key, delivery->key_bytes);
    log_string(&line, "error", error);
    log_end(&line);
}

static void settle(struct producer *producer, struct delivery *delivery, rd_kafka_resp_err_t code)
{
    if (!code) {
        delivery_end(producer, delivery, PRODUCER_DELIVERED, NULL);
        return;
    }
    note_fatal(producer);
    if (producer->is_closing) {
        delivery_end(producer, delivery, PRODUCER_DROPPED, rd_kafka_err2str(code));
        return;
    }
    log_undelivered(producer, delivery, rd_kafka_err2name(code));
    if (producer->fatal || is_permanent(code))
        delivery_end(producer, delivery, PRODUCER_REFUSED, rd_kafka_err2str(code));
    else
        send_later(producer, delivery);
}

/* No broker has said that it has this record: the client concludes it ("implicit ack") when a later batch of
 * the partition succeeds. Where a leader has nothing of this producer yet, that is wrong: brokers before
 * KAFKA-15591 take any sequence there, so a first batch refused (not leader, just after a topic was created or
 * a leader elected) with the second in flight behind it is never written. Only a broker gives an offset. */
static bool is_merely_inferred(const rd_kafka_message_t *message)
{
    return !message->err && message->offset == RD_KAFKA_OFFSET_INVALID &&
           rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_PERSISTED;
}

static void on_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client;
    struct producer *producer = opaque;
    if (!is_merely_inferred(message)) {
        settle(producer, message->_private, message->err);
    } else if (producer->is_closing) {
        delivery_end(producer, message->_private, PRODUCER_DROPPED, "closed");
    } else {
        log_undelivered(producer, message->_private, "no offset");
        send_later(producer, message->_private);
    }
}

static void produce(struct producer *producer, struct delivery *delivery)
{
    rd_kafka_headers_t *headers = memory_check(rd_kafka_headers_new(delivery->header_count));
    for (size_t i = 0; i < delivery->header_count; i++)
        rd_kafka_header_add(headers, delivery->headers[i].name, -1, delivery->headers[i].value, -1);
    rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = delivery->topic},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = delivery->key, .size = delivery->key_bytes}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {.ptr = delivery->value, .size = delivery->value_bytes}},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = delivery},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error = rd_kafka_produceva(producer->client, fields, sizeof fields / sizeof fields[0]);
    if (!error)
        return;
    rd_kafka_headers_destroy(headers);
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    settle(producer, delivery, code);
}

struct producer *producer_new(const struct config *config, const struct log *log, struct wake *wake,
                              char error[CLIENT_ERROR_BYTES])
{
    rd_kafka_conf_t *conf = client_conf(config, CLIENT_PRODUCER, NULL, error);
    if (!conf)
        return NULL;
    struct producer *producer = memory_new(sizeof *producer);
    producer->opaque.log = log;
    producer->unsent_end = &producer->unsent;
    client_set_opaque(conf, &producer->opaque);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    producer->client = client_new(CLIENT_PRODUCER, conf, error);
    if (!producer->client) {
        free(producer);
        return NULL;
    }
    producer->queue = rd_kafka_queue_get_main(producer->client);
    if (wake)
        wake_watch(wake, producer->queue);
    return producer;
}

void producer_send(struct producer *producer, const struct output_record *record,
                   void (*on_delivered)(void *context, enum producer_outcome outcome, const char *reason),
                   void *context)
{
    struct delivery *delivery = delivery_new(record);
    delivery->on_delivered = on_delivered;
    delivery->context = context;
    producer->pending++;
    /* Only producer_step hands records over: so a failure is never reported from within this call, and
     * what waits to be sent again keeps its place before newer records. */
    if (!producer->unsent)
        producer->resend_ns = 0;
    append(producer, delivery);
}

static void send_unsent(struct producer *producer)
{
    if (!producer->unsent || producer->resend_ns > clock_now_ns())
        return;
    struct delivery *delivery = producer->unsent;
    producer->unsent = NULL;
    producer->unsent_end = &producer->unsent;
    while (delivery) {
        struct delivery *next = delivery->next;
        produce(producer, delivery);
        delivery = next;
    }
}

void producer_step(struct producer *producer, int timeout_ms)
{
    send_unsent(producer);
    int served = rd_kafka_poll(producer->client, timeout_ms);
    while (served > 0)
        served = rd_kafka_poll(producer->client, 0);
    note_fatal(producer);
}

size_t producer_pending(const struct producer *producer)
{
    return producer->pending;
}

int64_t producer_deadline_ns(const struct producer *producer)
{
    return producer->unsent ? producer->resend_ns : CLOCK_NEVER;
}

const char *producer_fatal(const struct producer *producer)
{
    return producer->fatal;
}

void producer_free(struct producer *producer)
{
    if (!producer)
        return;
    producer->is_closing = true;
    rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer->client, PURGE_TIMEOUT_MS);
    while (producer->unsent) {
        struct delivery *delivery = producer->unsent;
        producer->unsent = delivery->next;
        delivery_end(producer, delivery, PRODUCER_DROPPED, "closed");
    }
    rd_kafka_queue_io_event_enable(producer->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(producer->queue);
    rd_kafka_destroy(producer->client);
    free(producer->fatal);
    free(producer);
}
