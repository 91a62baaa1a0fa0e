/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event: history events as lines of JSON. See event.h.
 *
 * Written by hand and not with jansson, so that a long history costs no allocation a line.
 */
#include "traces/event.h"

#include <string.h>
#include "traces/json_text.h"

static const char *const kind_names[HISTORY_KIND_COUNT] = {
    [HISTORY_WORLD] = "world",
    [HISTORY_PROCESS] = "process",
    [HISTORY_CONNECTION] = "connection",
    [HISTORY_PRODUCE] = "produce",
    [HISTORY_FETCH] = "fetch",
    [HISTORY_COMMIT] = "commit",
    [HISTORY_JOIN] = "join",
    [HISTORY_SYNC] = "sync",
    [HISTORY_HEARTBEAT] = "heartbeat",
    [HISTORY_LEAVE] = "leave",
    [HISTORY_FILE] = "file",
    [HISTORY_HTTP] = "http",
    [HISTORY_LOAD] = "load",
    [HISTORY_FAULT] = "fault",
    [HISTORY_LEAK] = "leak",
    [HISTORY_MALFORMED] = "malformed",
    [HISTORY_LOG] = "log",
    [HISTORY_TRANSACTION] = "transaction",
    [HISTORY_COORDINATOR] = "coordinator",
};
static const char *const step_names[] = {"requested", "answered"};
static const char *const world_names[] = {"begin", "faults_stopped", "healed", "end"};
static const char *const reason_names[] = {"converged", "budget", "deadlock", "livelock", "stopped"};
static const char *const life_names[] = {"start", "kill", "pause", "resume", "sigterm", "exit"};
static const char *const connection_names[] = {"open", "close", "reset"};
static const char *const log_names[] = {"append", "copy", "truncate", "lead", "watermark"};
static const char *const transaction_names[] = {
    "Empty",          "Ongoing",       "PrepareCommit", "PrepareAbort",
    "CompleteCommit", "CompleteAbort", "Dead",          "PrepareEpochFence",
};
static const char *const file_names[] = {"create", "write", "link", "rename", "unlink", "fsync"};

const char *event_kind_name(enum history_kind kind)
{
    return kind_names[kind];
}

bool event_transaction_state(const char *name, enum history_transaction_state *out)
{
    for (size_t i = 0; i < sizeof transaction_names / sizeof transaction_names[0]; i++)
        if (strcmp(transaction_names[i], name) == 0) {
            *out = (enum history_transaction_state)i;
            return true;
        }
    return false;
}

static void put_integer(FILE *out, const char *key, int64_t value)
{
    fprintf(out, ",\"%s\":%lld", key, (long long)value);
}

static void put_name(FILE *out, const char *key, const char *value)
{
    fprintf(out, ",\"%s\":\"%s\"", key, value);
}

static void put_true(FILE *out, const char *key, bool value)
{
    if (value)
        fprintf(out, ",\"%s\":true", key);
}

static void put_bytes(FILE *out, const char *key, struct history_bytes value)
{
    fprintf(out, ",\"%s\":", key);
    if (value.data)
        json_text_write(out, value.data,
                        value.bytes < EVENT_VALUE_BYTES_MAX ? value.bytes : EVENT_VALUE_BYTES_MAX);
    else
        fputs("null", out);
}

static void put_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, ",\"%s\":", key);
    json_text_write(out, text, __builtin_strlen(text));
}

static void put_records(FILE *out, const struct history_record *records, uint32_t count)
{
    fputs(",\"records\":[", out);
    for (uint32_t i = 0; i < count; i++) {
        fprintf(out, "%s{\"offset\":%lld", i ? "," : "", (long long)records[i].offset);
        put_true(out, "control", records[i].is_control);
        put_true(out, "commit", records[i].is_control && records[i].is_commit);
        if (records[i].is_transactional)
            fprintf(out, ",\"producer_id\":%lld,\"producer_epoch\":%d", (long long)records[i].producer_id,
                    records[i].producer_epoch);
        put_bytes(out, "key", records[i].key);
        put_bytes(out, "value", records[i].value);
        for (uint32_t h = 0; h < records[i].header_count; h++) {
            fputs(h ? "," : ",\"headers\":[", out);
            fputc('[', out);
            const struct history_header *header = &records[i].headers[h];
            json_text_write(out, header->key.data, header->key.bytes);
            fputc(',', out);
            json_text_write(out, header->value.data, header->value.bytes);
            fputs(h + 1 == records[i].header_count ? "]]" : "]", out);
        }
        fputc('}', out);
    }
    fputc(']', out);
}

static void put_partitions(FILE *out, const char *key, const struct history_partition *partitions,
                           uint32_t count)
{
    fprintf(out, ",\"%s\":[", key);
    for (uint32_t i = 0; i < count; i++) {
        fputs(i ? ",[" : "[", out);
        json_text_write(out, partitions[i].topic.data, partitions[i].topic.bytes);
        fprintf(out, ",%d]", partitions[i].partition);
    }
    fputc(']', out);
}

static void put_produce(FILE *out, const struct history_produce *produce)
{
    put_name(out, "step", step_names[produce->step]);
    put_integer(out, "broker", produce->broker);
    put_bytes(out, "topic", produce->topic);
    put_integer(out, "partition", produce->partition);
    put_integer(out, "acks", produce->acks);
    if (produce->step == HISTORY_ANSWERED) {
        put_integer(out, "error", produce->error);
        put_integer(out, "base_offset", produce->base_offset);
    }
    if (produce->producer_id >= 0) {
        put_integer(out, "producer_id", produce->producer_id);
        put_integer(out, "producer_epoch", produce->producer_epoch);
        put_integer(out, "base_sequence", produce->base_sequence);
        put_true(out, "transactional", produce->is_transactional);
    }
    put_records(out, produce->records, produce->record_count);
}

static void put_fetch(FILE *out, const struct history_fetch *fetch)
{
    put_integer(out, "broker", fetch->broker);
    put_bytes(out, "topic", fetch->topic);
    put_integer(out, "partition", fetch->partition);
    put_integer(out, "error", fetch->error);
    put_integer(out, "fetch_offset", fetch->fetch_offset);
    put_integer(out, "high_watermark", fetch->high_watermark);
    if (fetch->is_read_committed) {
        put_integer(out, "last_stable_offset", fetch->last_stable_offset);
        fputs(",\"aborted\":[", out);
        for (uint32_t i = 0; i < fetch->aborted_count; i++)
            fprintf(out, "%s[%lld,%lld]", i ? "," : "", (long long)fetch->aborted[i].producer_id,
                    (long long)fetch->aborted[i].first_offset);
        fputc(']', out);
    }
    put_records(out, fetch->records, fetch->record_count);
}

static void put_commit(FILE *out, const struct history_commit *commit)
{
    put_name(out, "step", step_names[commit->step]);
    put_integer(out, "sequence", (int64_t)commit->sequence);
    put_bytes(out, "group", commit->group);
    put_bytes(out, "member", commit->member);
    put_integer(out, "generation", commit->generation);
    put_bytes(out, "topic", commit->topic);
    put_integer(out, "partition", commit->partition);
    put_integer(out, "offset", commit->offset);
    if (commit->is_transactional) {
        put_integer(out, "producer_id", commit->producer_id);
        put_integer(out, "producer_epoch", commit->producer_epoch);
    }
    if (commit->step == HISTORY_ANSWERED)
        put_integer(out, "error", commit->error);
}

static void put_join(FILE *out, const struct history_join *join)
{
    put_name(out, "step", step_names[join->step]);
    put_bytes(out, "group", join->group);
    put_bytes(out, "member", join->member);
    if (join->step == HISTORY_ANSWERED) {
        put_integer(out, "generation", join->generation);
        put_integer(out, "error", join->error);
        put_true(out, "leader", join->is_leader);
    } else if (join->says_owned) {
        put_partitions(out, "owned", join->owned, join->owned_count);
    }
}

static void put_sync(FILE *out, const struct history_sync *sync)
{
    put_name(out, "step", step_names[sync->step]);
    put_bytes(out, "group", sync->group);
    put_bytes(out, "member", sync->member);
    put_integer(out, "generation", sync->generation);
    if (sync->step == HISTORY_ANSWERED) {
        put_integer(out, "error", sync->error);
        put_partitions(out, "assigned", sync->assigned, sync->assigned_count);
    }
}

static void put_membership(FILE *out, const struct history_membership *membership)
{
    put_name(out, "step", step_names[membership->step]);
    put_bytes(out, "group", membership->group);
    put_bytes(out, "member", membership->member);
    put_integer(out, "generation", membership->generation);
    put_integer(out, "error", membership->error);
}

static void put_file(FILE *out, const struct history_file *file)
{
    put_name(out, "step", file_names[file->step]);
    put_bytes(out, "path", file->path);
    if (file->target.data)
        put_bytes(out, "target", file->target);
    if (file->content.data)
        put_bytes(out, "content", file->content);
    put_integer(out, "bytes", (int64_t)file->bytes);
    put_integer(out, "errno", file->error);
}

static void put_http(FILE *out, const struct history_http *http)
{
    put_name(out, "step", step_names[http->step]);
    put_bytes(out, "server", http->server);
    put_bytes(out, "method", http->method);
    put_bytes(out, "path", http->path);
    if (http->step == HISTORY_ANSWERED)
        put_integer(out, "status", http->status);
    if (http->body.data)
        put_bytes(out, "body", http->body);
    put_integer(out, "bytes", (int64_t)http->bytes);
}

static void put_load(FILE *out, const struct history_load *load)
{
    put_bytes(out, "trace_id", load->trace_id);
    put_true(out, "poison", load->is_poison);
    fputs(",\"attachments\":[", out);
    for (uint32_t i = 0; i < load->attachment_count; i++) {
        if (i)
            fputc(',', out);
        json_text_write(out, load->attachments[i].data, load->attachments[i].bytes);
    }
    fputc(']', out);
}

static void put_leak(FILE *out, const struct history_leak *leak)
{
    put_true(out, "clean", leak->is_clean);
    put_integer(out, "live_allocations", (int64_t)leak->live_allocations);
    put_integer(out, "live_bytes", (int64_t)leak->live_bytes);
    put_integer(out, "open_files", leak->open_files);
    put_integer(out, "open_descriptors", leak->open_descriptors);
}

static void put_batch(FILE *out, const struct history_batch *batch)
{
    put_integer(out, "base_offset", batch->base_offset);
    put_integer(out, "last_offset", batch->last_offset);
    put_integer(out, "batch_epoch", batch->leader_epoch);
    if (batch->producer_id >= 0) {
        put_integer(out, "producer_id", batch->producer_id);
        put_integer(out, "producer_epoch", batch->producer_epoch);
        put_integer(out, "base_sequence", batch->base_sequence);
        put_integer(out, "last_sequence", batch->last_sequence);
    }
    put_true(out, "transactional", batch->is_transactional);
    if (batch->is_control) {
        put_name(out, "control", batch->is_commit ? "commit" : "abort");
        put_integer(out, "coordinator_epoch", batch->coordinator_epoch);
    }
    if (batch->records)
        put_records(out, batch->records, batch->record_count);
}

static void put_log(FILE *out, const struct history_log *log)
{
    put_name(out, "step", log_names[log->step]);
    put_integer(out, "broker", log->broker);
    put_bytes(out, "topic", log->topic);
    put_integer(out, "partition", log->partition);
    put_integer(out, "leader_epoch", log->leader_epoch);
    switch (log->step) {
    case HISTORY_LOG_APPEND:
    case HISTORY_LOG_COPY:
        put_batch(out, &log->batch);
        break;
    case HISTORY_LOG_TRUNCATE:
    case HISTORY_LOG_WATERMARK:
        put_integer(out, "offset", log->offset);
        break;
    case HISTORY_LOG_LEAD:
        put_true(out, "unclean", log->is_unclean);
        break;
    }
}

static void put_transaction(FILE *out, const struct history_transaction *transaction)
{
    put_integer(out, "broker", transaction->broker);
    put_bytes(out, "transactional_id", transaction->transactional_id);
    put_integer(out, "producer_id", transaction->producer_id);
    put_integer(out, "producer_epoch", transaction->producer_epoch);
    put_name(out, "state", transaction_names[transaction->state]);
    put_true(out, "timed_out", transaction->is_timed_out);
}

static void put_coordinator(FILE *out, const struct history_coordinator *coordinator)
{
    put_integer(out, "api_key", coordinator->api_key);
    put_bytes(out, "transactional_id", coordinator->transactional_id);
    put_integer(out, "producer_id", coordinator->producer_id);
    put_integer(out, "producer_epoch", coordinator->producer_epoch);
    put_true(out, "commit", coordinator->is_commit);
    put_integer(out, "error", coordinator->error);
}

static void put_kind(FILE *out, const struct history_event *event)
{
    switch (event->kind) {
    case HISTORY_WORLD:
        put_name(out, "step", world_names[event->world.step]);
        if (event->world.step == HISTORY_WORLD_END)
            put_name(out, "reason", reason_names[event->world.reason]);
        break;
    case HISTORY_PROCESS:
        put_name(out, "step", life_names[event->life.life]);
        if (event->life.life == HISTORY_LIFE_EXIT)
            put_integer(out, "status", event->life.status);
        break;
    case HISTORY_CONNECTION:
        put_name(out, "step", connection_names[event->connection.step]);
        put_integer(out, "connection", (int64_t)event->connection.connection_id);
        put_integer(out, "broker", event->connection.broker);
        break;
    case HISTORY_PRODUCE:
        put_produce(out, &event->produce);
        break;
    case HISTORY_FETCH:
        put_fetch(out, &event->fetch);
        break;
    case HISTORY_COMMIT:
        put_commit(out, &event->commit);
        break;
    case HISTORY_JOIN:
        put_join(out, &event->join);
        break;
    case HISTORY_SYNC:
        put_sync(out, &event->sync);
        break;
    case HISTORY_HEARTBEAT:
    case HISTORY_LEAVE:
        put_membership(out, &event->membership);
        break;
    case HISTORY_FILE:
        put_file(out, &event->file);
        break;
    case HISTORY_HTTP:
        put_http(out, &event->http);
        break;
    case HISTORY_LOAD:
        put_load(out, &event->load);
        break;
    case HISTORY_FAULT:
        put_bytes(out, "name", event->fault.name);
        put_bytes(out, "target", event->fault.target);
        break;
    case HISTORY_LEAK:
        put_leak(out, &event->leak);
        break;
    case HISTORY_MALFORMED:
        put_name(out, "direction", event->malformed.is_request ? "request" : "response");
        put_integer(out, "broker", event->malformed.broker);
        put_integer(out, "position", (int64_t)event->malformed.position);
        put_text(out, "message", event->malformed.message);
        break;
    case HISTORY_LOG:
        put_log(out, &event->log);
        break;
    case HISTORY_TRANSACTION:
        put_transaction(out, &event->transaction);
        break;
    case HISTORY_COORDINATOR:
        put_coordinator(out, &event->coordinator);
        break;
    }
}

bool event_write_json(FILE *out, const struct history_event *event)
{
    fprintf(out, "{\"event\":\"%s\",\"time_ns\":%lld", event_kind_name(event->kind),
            (long long)event->time_ns);
    if (event->process || event->process_name) {
        put_integer(out, "process", event->process);
        put_integer(out, "incarnation", event->incarnation);
        if (event->process_name)
            put_text(out, "process_name", event->process_name);
    }
    put_kind(out, event);
    fputs("}\n", out);
    return !ferror(out);
}
