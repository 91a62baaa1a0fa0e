/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_replay: see dlq_replay.h. */
#include "pipeline/dlq_replay.h"

#include "pipeline/millrace.h"
#include "pipeline/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one transaction; well below what a broker's transaction timeout allows. */
enum { BATCH_RECORDS = 500 };

enum dlq_verdict dlq_replay_judge(const struct dlq_ledger *ledger, const struct dlq_record *record,
                                  const char *reason)
{
    if (dlq_ledger_find(ledger, record))
        return DLQ_DONE;
    return !reason && *record->why_not ? DLQ_IMPOSSIBLE : DLQ_DUE;
}

struct output_record dlq_replay_record(const struct dlq_record *record, const char *topic,
                                       struct dlq_replay_text *text)
{
    text->value = dlq_record_task(record);
    snprintf(text->partition, sizeof text->partition, "%d", record->id.partition);
    snprintf(text->offset, sizeof text->offset, "%lld", (long long)record->id.offset);
    /* The task's own id, which the record's key and trace_id are copies of. */
    const char *trace_id = json_string_value(json_object_get(record->task, "trace_id"));
    return (struct output_record){
        .topic = topic,
        .key = trace_id,
        .key_bytes = strlen(trace_id),
        .value = text->value,
        .value_bytes = strlen(text->value),
        .headers = {{"trace_id", trace_id},
                    {"replayed_from_dlq", "true"},
                    {"dlq_partition", text->partition},
                    {"dlq_offset", text->offset}},
        .header_count = 4,
    };
}

static void tell(struct text *out, const struct dlq_replay *replay, const struct dlq_record *record,
                 enum dlq_verdict verdict)
{
    char id[DLQ_ID_BYTES];
    const json_t *entry = dlq_ledger_find(replay->ledger, record);
    const char *action = replay->reason ? "resolved" : "replayed";
    text_add(out, dlq_id_format(&record->id, id));
    switch (verdict) {
    case DLQ_DUE:
        text_format(out, replay->dry_run ? " would be %s\n" : " %s\n", action);
        return;
    case DLQ_DONE:
        text_format(out, " already %s at %s: nothing done\n", dlq_ledger_state(replay->ledger, record),
                    json_string_value(json_object_get(entry, "at")));
        return;
    case DLQ_IMPOSSIBLE:
        text_format(out, " cannot be replayed: %s (see: millrace dlq export, dlq resolve)\n",
                    record->why_not);
        return;
    }
}

static bool settle(const struct dlq_replay *replay, const struct dlq_record *record, char *error)
{
    struct dlq_ledger_entry entry = {
        .record = record, .action = replay->reason ? "resolved" : "replayed", .reason = replay->reason};
    if (replay->reason)
        return dlq_ledger_add(replay->ledger, &entry, error);
    char topic[TOPICS_NAME_BYTES];
    struct dlq_replay_text text;
    struct output_record task =
        dlq_replay_record(record, topics_name(replay->ledger->config, TOPICS_PENDING, topic), &text);
    entry.also = &task;
    bool done = dlq_ledger_add(replay->ledger, &entry, error);
    free(text.value);
    return done;
}

/* The records of one transaction. */
static bool run_batch(const struct dlq_replay *replay, const struct dlq_record *records, size_t count,
                      bool *impossible_out, char *error)
{
    struct text out = {0};
    size_t due = 0;
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        enum dlq_verdict verdict = dlq_replay_judge(replay->ledger, &records[i], replay->reason);
        *impossible_out |= verdict == DLQ_IMPOSSIBLE;
        tell(&out, replay, &records[i], verdict);
        if (verdict != DLQ_DUE || replay->dry_run)
            continue;
        if (due++ == 0)
            done = dlq_ledger_begin(replay->ledger, error);
        done = done && settle(replay, &records[i], error);
    }
    if (done && due > 0)
        done = dlq_ledger_commit(replay->ledger, error);
    if (done && out.length > 0 && !text_write(1, out.data, out.length)) {
        snprintf(error, CLIENT_ERROR_BYTES, "standard output cannot be written; what is said to be done is");
        done = false;
    }
    text_deinit(&out);
    return done;
}

int dlq_replay_run(const struct dlq_replay *replay, char error[CLIENT_ERROR_BYTES])
{
    bool impossible = false;
    for (size_t first = 0; first < replay->count; first += BATCH_RECORDS) {
        size_t count = replay->count - first < BATCH_RECORDS ? replay->count - first : BATCH_RECORDS;
        if (!run_batch(replay, replay->records + first, count, &impossible, error))
            return MILLRACE_STOPPED;
    }
    return impossible ? MILLRACE_DIFFERENT : MILLRACE_OK;
}
