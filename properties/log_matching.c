/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log-matching: two logs that agree on a batch agree on all before it; leader epochs never fall along a log; in one epoch
 * one broker appends (E16 in kafka.md, Raft's log matching).
 *
 * By induction: each batch that a replica takes over is one that a leader appended, and what is in front of it here is
 * what was in front of it there. Of compacted topics only the order of offsets and epochs is judged. A self-check of
 * the simulated brokers: it costs a comparison a batch and replica.
 */
#include "properties/property.h"

static void complain(struct property *property, const struct history_event *event, const char *kind,
                     const char *what)
{
    const struct history_log *log = &event->log;
    const struct ledger_told *told = &property->ledger->told;
    property_find(property, event, kind,
                  "broker %d, %.*s[%d], epoch %d: %s (offsets %lld..%lld of epoch %d; its log ended at %lld)",
                  log->broker, PROPERTY_TEXT(log->topic), log->partition, log->leader_epoch, what,
                  (long long)log->batch.base_offset, (long long)log->batch.last_offset,
                  log->batch.leader_epoch, (long long)told->end_before);
}

/* What holds of every log. */
static void judge_order(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    const struct history_batch *batch = &event->log.batch;
    const struct ledger_log *log = told->partition->log;
    if (batch->base_offset < told->end_before)
        complain(property, event, "overlap", "it has that offset already");
    if (told->before != LEDGER_NO_BATCH && log->batches[told->before].is.leader_epoch > batch->leader_epoch)
        complain(property, event, "epoch-falls", "the batch in front of it is of a later epoch");
}

static void judge_append(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    judge_order(property, event);
    if (event->log.batch.base_offset > told->end_before)
        complain(property, event, "gap", "a leader left offsets out");
    if (event->log.batch.leader_epoch != event->log.leader_epoch)
        complain(property, event, "wrong-epoch", "a leader appended to another epoch than its own");
    if (told->writer >= 0 && told->writer != event->log.broker)
        complain(property, event, "two-writers", "another broker leads in this epoch");
}

static void judge_copy(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    const struct ledger_log *log = told->partition->log;
    judge_order(property, event);
    if (event->log.is_compacted)
        return;
    if (told->batch == LEDGER_NO_BATCH) {
        complain(property, event, "unknown", "no leader ever appended this batch");
        return;
    }
    const struct ledger_batch *original = &log->batches[told->batch];
    if (original->is.content != event->log.batch.content ||
        original->is.last_offset != event->log.batch.last_offset)
        complain(property, event, "content", "it is another batch than the leader appended");
    /* A log that was begun anew has nothing in front of its first batch. */
    if (told->before != LEDGER_NO_BATCH && told->before != original->before)
        complain(property, event, "mismatch",
                 "what is in front of it is another batch than where it was appended");
}

static void on_event(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    if (event->kind != HISTORY_LOG || !told->partition)
        return;
    switch (event->log.step) {
    case HISTORY_LOG_APPEND:
        property->judged++;
        judge_append(property, event);
        break;
    case HISTORY_LOG_COPY:
        property->judged++;
        judge_copy(property, event);
        break;
    case HISTORY_LOG_LEAD:
        property->judged++;
        if (event->log.leader_epoch <= told->epoch_before)
            complain(property, event, "epoch-repeats", "the controller elects in an epoch that is not new");
        break;
    case HISTORY_LOG_TRUNCATE:
    case HISTORY_LOG_WATERMARK:
        break;
    }
}

const struct property_class log_matching_property = {
    .name = "log-matching", .bytes = sizeof(struct property), .on_event = on_event};
