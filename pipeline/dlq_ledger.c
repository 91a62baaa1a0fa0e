/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_ledger: see dlq_ledger.h. */
#include "pipeline/dlq_ledger.h"

#include "pipeline/clock.h"
#include "pipeline/dlq_read.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"
#include "pipeline/point.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_MS = 10000, TOTAL_MS = 60000 };

/* ---- entries ---- */

char *dlq_ledger_encode(const struct dlq_ledger_entry *entry, const char *now)
{
    const struct dlq_record *record = entry->record;
    json_t *json =
        memory_check(json_pack("{s:s, s:s, s:I, s:s, s:s, s:s*}", "action", entry->action, "at", now,
                               "timestamp_ms", (json_int_t)record->timestamp_ms, "trace_id", record->trace_id,
                               "attachment_url", record->attachment_url, "reason", entry->reason));
    char *text = field_dump(json);
    json_decref(json);
    return text;
}

/* The last of an id counts, as in the compacted log. */
static void on_entry(void *context, struct dlq_record *record)
{
    struct dlq_ledger *ledger = context;
    char reason[FIELD_REASON_BYTES];
    json_t *entry = field_object(record->value, record->value_bytes, reason);
    struct dlq_id id; /* what has none is not ours */
    if (record->key && entry && dlq_id_parse(record->key, &id) &&
        json_object_set(ledger->entries, record->key, entry))
        memory_exhausted();
    json_decref(entry);
    dlq_record_deinit(record);
}

const json_t *dlq_ledger_find(const struct dlq_ledger *ledger, const struct dlq_record *record)
{
    char id[DLQ_ID_BYTES];
    const json_t *entry = json_object_get(ledger->entries, dlq_id_format(&record->id, id));
    const json_t *timestamp = json_object_get(entry, "timestamp_ms");
    return json_is_integer(timestamp) && json_integer_value(timestamp) == record->timestamp_ms ? entry : NULL;
}

const char *dlq_ledger_state(const struct dlq_ledger *ledger, const struct dlq_record *record)
{
    const json_t *entry = dlq_ledger_find(ledger, record);
    const char *action = json_string_value(json_object_get(entry, "action"));
    return !entry ? "unresolved" : action && strcmp(action, "replayed") == 0 ? "replayed" : "resolved";
}

/* ---- the producer ---- */

/* An inferred success is none: see producer.c. */
static void on_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client;
    struct dlq_ledger *ledger = opaque;
    ledger->written += !message->err && message->offset != RD_KAFKA_OFFSET_INVALID;
}

static bool open_producer(struct dlq_ledger *ledger, char *error)
{
    char id[TOPICS_NAME_BYTES];
    snprintf(id, sizeof id, "%s-dlq-tool", config_string(ledger->config, OPTION_TOPICS_PREFIX));
    const struct client_property required[] = {
        {ledger->is_transactional ? "transactional.id" : NULL, id},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = client_conf(ledger->config, CLIENT_PRODUCER, required, error);
    if (!conf)
        return false;
    client_set_opaque(conf, &ledger->opaque);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    ledger->producer = client_new(CLIENT_PRODUCER, conf, error);
    return ledger->producer != NULL;
}

/* Is the call to be made again? */
static bool is_retriable(rd_kafka_error_t *what, int64_t deadline_ns)
{
    return what && rd_kafka_error_is_retriable(what) && clock_now_ns() < deadline_ns;
}

/* Takes failure; NULL is none. */
static bool check(const char *call, rd_kafka_error_t *failure, char *error)
{
    if (!failure)
        return true;
    bool is_fenced = rd_kafka_error_code(failure) == RD_KAFKA_RESP_ERR__FENCED ||
                     rd_kafka_error_code(failure) == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
                     rd_kafka_error_code(failure) == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
    snprintf(error, CLIENT_ERROR_BYTES, "%s: %.300s%s", call, rd_kafka_error_string(failure),
             is_fenced ? " (another operator has begun since: look at the list again)" : "");
    rd_kafka_error_destroy(failure);
    return false;
}

static bool init_transactions(struct dlq_ledger *ledger, char *error)
{
    int64_t deadline_ns = clock_now_ns() + TOTAL_MS * CLOCK_NS_PER_MS;
    rd_kafka_error_t *failure;
    while (is_retriable(failure = rd_kafka_init_transactions(ledger->producer, CALL_MS), deadline_ns))
        rd_kafka_error_destroy(failure);
    return check("init transactions", failure, error);
}

bool dlq_ledger_open(struct dlq_ledger *ledger, const struct config *config, const struct log *log,
                     bool to_write, char error[CLIENT_ERROR_BYTES])
{
    *ledger = (struct dlq_ledger){.opaque = {.log = log}, .config = config};
    ledger->entries = memory_check(json_object());
    ledger->is_transactional = strcmp(config_string(config, OPTION_DELIVERY), "exactly_once") == 0;
    topics_name(config, TOPICS_DLQ_RESOLVED, ledger->topic);
    /* First fence, then read: what is read cannot change any more. */
    if (to_write &&
        (!open_producer(ledger, error) || (ledger->is_transactional && !init_transactions(ledger, error))))
        return false;
    POINT("pipeline/dlq/fenced");
    const struct dlq_read read = {.config = config,
                                  .log = log,
                                  .topic = ledger->topic,
                                  .end = DLQ_END_LOG,
                                  .on_record = on_entry,
                                  .context = ledger};
    return dlq_read(&read, error);
}

void dlq_ledger_close(struct dlq_ledger *ledger)
{
    if (ledger->producer) {
        rd_kafka_purge(ledger->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_destroy(ledger->producer);
    }
    json_decref(ledger->entries);
    *ledger = (struct dlq_ledger){0};
}

/* ---- writing ---- */

static bool produce(struct dlq_ledger *ledger, const struct output_record *record, char *error)
{
    rd_kafka_headers_t *headers = memory_check(rd_kafka_headers_new(record->header_count));
    for (size_t i = 0; i < record->header_count; i++)
        rd_kafka_header_add(headers, record->headers[i].name, -1, record->headers[i].value, -1);
    rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = record->topic},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = (void *)record->key, .size = record->key_bytes}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {.ptr = (void *)record->value, .size = record->value_bytes}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *failure =
        rd_kafka_produceva(ledger->producer, fields, sizeof fields / sizeof fields[0]);
    if (failure)
        rd_kafka_headers_destroy(headers);
    ledger->sent += !failure;
    return check(record->topic, failure, error);
}

/* Until all that was sent has an offset. */
static bool flush(struct dlq_ledger *ledger, char *error)
{
    rd_kafka_resp_err_t code = rd_kafka_flush(ledger->producer, TOTAL_MS);
    if (!code && ledger->written == ledger->sent)
        return true;
    char fatal[CLIENT_ERROR_BYTES];
    if (rd_kafka_fatal_error(ledger->producer, fatal, sizeof fatal))
        snprintf(error, CLIENT_ERROR_BYTES, "not written: %.400s", fatal);
    else
        snprintf(error, CLIENT_ERROR_BYTES, "not written: %zu of %zu records acknowledged", ledger->written,
                 ledger->sent);
    return false;
}

bool dlq_ledger_begin(struct dlq_ledger *ledger, char error[CLIENT_ERROR_BYTES])
{
    ledger->sent = ledger->written = 0;
    return !ledger->is_transactional || check("begin", rd_kafka_begin_transaction(ledger->producer), error);
}

bool dlq_ledger_add(struct dlq_ledger *ledger, const struct dlq_ledger_entry *entry,
                    char error[CLIENT_ERROR_BYTES])
{
    char id[DLQ_ID_BYTES], now[CLOCK_TEXT_BYTES];
    if (entry->also &&
        (!produce(ledger, entry->also, error) || (!ledger->is_transactional && !flush(ledger, error))))
        return false;
    dlq_id_format(&entry->record->id, id);
    char *value = dlq_ledger_encode(entry, clock_format(clock_wall_ns(), now));
    const struct output_record record = {.topic = ledger->topic,
                                         .key = id,
                                         .key_bytes = strlen(id),
                                         .value = value,
                                         .value_bytes = strlen(value)};
    bool done = produce(ledger, &record, error);
    char reason[FIELD_REASON_BYTES];
    if (done && json_object_set_new(ledger->entries, id, field_object(value, strlen(value), reason)))
        memory_exhausted();
    free(value);
    return done;
}

bool dlq_ledger_commit(struct dlq_ledger *ledger, char error[CLIENT_ERROR_BYTES])
{
    bool is_written = flush(ledger, error);
    if (!ledger->is_transactional)
        return is_written;
    if (!is_written) {
        /* The error to tell is the first. What is not ended here, the next to open the ledger ends. */
        rd_kafka_error_t *failure = rd_kafka_abort_transaction(ledger->producer, CALL_MS);
        if (failure)
            rd_kafka_error_destroy(failure);
        return false;
    }
    POINT("pipeline/dlq/before_commit");
    int64_t deadline_ns = clock_now_ns() + TOTAL_MS * CLOCK_NS_PER_MS;
    rd_kafka_error_t *failure;
    while (is_retriable(failure = rd_kafka_commit_transaction(ledger->producer, CALL_MS), deadline_ns))
        rd_kafka_error_destroy(failure);
    if (failure && rd_kafka_error_is_retriable(failure)) {
        rd_kafka_error_destroy(failure);
        snprintf(error, CLIENT_ERROR_BYTES,
                 "commit: no answer, it may have happened: look at the list again");
        return false;
    }
    POINT("pipeline/dlq/after_commit");
    return check("commit", failure, error);
}
