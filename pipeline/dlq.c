/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlq: see dlq.h.
 *
 * The parts: dlq_record takes a dead letter apart, dlq_filter picks, dlq_read reads the topics, dlq_ledger knows what was done,
 * dlq_replay does it, dlq_print shows. Dead letters are held in memory: those that were asked for.
 */
#include "pipeline/dlq.h"

#include "pipeline/clock.h"
#include "pipeline/dlq_filter.h"
#include "pipeline/dlq_print.h"
#include "pipeline/dlq_read.h"
#include "pipeline/dlq_replay.h"
#include "pipeline/memory.h"
#include "pipeline/millrace.h"
#include "pipeline/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum verb { VERB_LIST, VERB_SHOW, VERB_REPLAY, VERB_RESOLVE, VERB_EXPORT, VERB_COUNT };

struct dlq {
    const struct config *config;
    const struct log *log;
    enum verb verb;
    struct dlq_filter filter;
    struct dlq_id *ids;
    size_t id_count;
    const char *reason;
    bool is_json;
    bool dry_run;
    struct dlq_ledger ledger;
    struct dlq_record *records;
    size_t record_count;
    size_t record_capacity;
};

/* ---- the command line ---- */

static int fail_usage(const char *what, const char *detail)
{
    char line[DLQ_ID_BYTES + DLQ_REASON_BYTES];
    snprintf(line, sizeof line, "dlq: %s%.200s", what, detail);
    log_usage(line);
    return MILLRACE_USAGE;
}

static bool topic_is_known(const struct config *config, const char *topic)
{
    char dlq[TOPICS_NAME_BYTES], events[TOPICS_NAME_BYTES];
    return strcmp(topic, topics_name(config, TOPICS_DLQ, dlq)) == 0 ||
           strcmp(topic, topics_name(config, TOPICS_EVENTS_DLQ, events)) == 0;
}

static int take_id(struct dlq *dlq, const char *word)
{
    struct dlq_id id;
    if (!dlq_id_parse(word, &id))
        return fail_usage("not an id (topic/partition/offset): ", word);
    if (!topic_is_known(dlq->config, id.topic))
        return fail_usage("not of a topic of dead letters: ", word);
    for (size_t i = 0; i < dlq->id_count; i++) {
        if (dlq_id_equals(&id, &dlq->ids[i]))
            return MILLRACE_OK;
    }
    dlq->ids = memory_resize(dlq->ids, (dlq->id_count + 1) * sizeof *dlq->ids);
    dlq->ids[dlq->id_count++] = id;
    return MILLRACE_OK;
}

/* One word, or two; *index is the first. */
static int take_word(struct dlq *dlq, char **words, int count, int *index)
{
    const char *word = words[*index], *value = *index + 1 < count ? words[*index + 1] : NULL;
    char reason[DLQ_REASON_BYTES];
    if (strcmp(word, "--json") == 0 && dlq->verb == VERB_LIST) {
        dlq->is_json = true;
    } else if (strcmp(word, "--dry-run") == 0 && (dlq->verb == VERB_REPLAY || dlq->verb == VERB_RESOLVE)) {
        dlq->dry_run = true;
    } else if (strcmp(word, "--reason") == 0 && dlq->verb == VERB_RESOLVE && value && *value) {
        dlq->reason = value;
        ++*index;
    } else if (word[0] != '-') {
        return take_id(dlq, word);
    } else {
        int taken = dlq_filter_take(&dlq->filter, word, value, clock_wall_ns(), reason);
        if (taken < 0)
            return fail_usage(reason, "");
        if (taken == 0)
            return fail_usage("unknown flag or no value: ", word);
        *index += taken - 1;
    }
    return MILLRACE_OK;
}

static int check_words(const struct dlq *dlq)
{
    bool has_filter = dlq->filter.given > 0, has_ids = dlq->id_count > 0;
    if (has_filter && has_ids)
        return fail_usage("ids or filters, not both", "");
    if (dlq->verb == VERB_LIST && has_ids)
        return fail_usage("list takes filters; see: show ID", "");
    if (dlq->verb == VERB_SHOW && (has_filter || dlq->id_count != 1))
        return fail_usage("show takes one id", "");
    if ((dlq->verb == VERB_REPLAY || dlq->verb == VERB_RESOLVE) && !has_filter && !has_ids)
        return fail_usage("which? Ids, filters, or --unresolved for all that are", "");
    if (dlq->verb == VERB_RESOLVE && !dlq->reason)
        return fail_usage("resolve needs --reason TEXT", "");
    return MILLRACE_OK;
}

static int read_words(struct dlq *dlq, char **words, int count)
{
    static const char *const verbs[VERB_COUNT] = {"list", "show", "replay", "resolve", "export"};
    while (count > 0 && dlq->verb < VERB_COUNT && strcmp(verbs[dlq->verb], words[0]) != 0)
        dlq->verb++;
    if (count == 0 || dlq->verb == VERB_COUNT)
        return fail_usage("expected list, show, replay, resolve or export", "");
    int code = MILLRACE_OK;
    for (int i = 1; i < count && code == MILLRACE_OK; i++)
        code = take_word(dlq, words, count, &i);
    return code == MILLRACE_OK ? check_words(dlq) : code;
}

/* ---- reading ---- */

static bool is_wanted(const struct dlq *dlq, const struct dlq_record *record)
{
    for (size_t i = 0; i < dlq->id_count; i++) {
        if (dlq_id_equals(&record->id, &dlq->ids[i]))
            return true;
    }
    return dlq->id_count == 0 &&
           dlq_filter_has(&dlq->filter, record, dlq_ledger_find(&dlq->ledger, record) != NULL);
}

static void on_record(void *context, struct dlq_record *record)
{
    struct dlq *dlq = context;
    dlq_record_parse(record);
    if (!is_wanted(dlq, record)) {
        dlq_record_deinit(record);
        return;
    }
    if (dlq->record_count == dlq->record_capacity) {
        dlq->record_capacity = dlq->record_capacity ? 2 * dlq->record_capacity : 16;
        dlq->records = memory_resize(dlq->records, dlq->record_capacity * sizeof *dlq->records);
    }
    dlq->records[dlq->record_count++] = *record;
}

static bool read_all(struct dlq *dlq, char *error)
{
    char topic[TOPICS_NAME_BYTES];
    struct dlq_read read = {.config = dlq->config,
                            .log = dlq->log,
                            .on_record = on_record,
                            .context = dlq,
                            .end = DLQ_END_STABLE};
    if (dlq->id_count == 1) {
        read.only = &dlq->ids[0];
        read.topic = dlq->ids[0].topic;
        return dlq_read(&read, error);
    }
    read.topic = topics_name(dlq->config, TOPICS_DLQ, topic);
    if (!dlq_read(&read, error))
        return false;
    read.topic = topics_name(dlq->config, TOPICS_EVENTS_DLQ, topic);
    return dlq_read(&read, error);
}

static int tell_unknown(const struct dlq *dlq)
{
    int code = MILLRACE_OK;
    for (size_t i = 0; i < dlq->id_count; i++) {
        size_t k = 0;
        while (k < dlq->record_count && !dlq_id_equals(&dlq->ids[i], &dlq->records[k].id))
            k++;
        if (k < dlq->record_count)
            continue;
        char id[DLQ_ID_BYTES];
        log_simple(dlq->log, LOG_ERROR, "no such dead letter", dlq_id_format(&dlq->ids[i], id));
        code = MILLRACE_DIFFERENT;
    }
    return code;
}

/* ---- doing ---- */

static bool print_all(const struct dlq *dlq)
{
    struct text out = {0};
    if (dlq->verb == VERB_LIST && !dlq->is_json)
        dlq_print_table(dlq->records, dlq->record_count, &dlq->ledger, &out);
    for (size_t i = 0; i < dlq->record_count && (dlq->verb != VERB_LIST || dlq->is_json); i++) {
        const char *state = dlq_ledger_state(&dlq->ledger, &dlq->records[i]);
        if (dlq->verb == VERB_SHOW) {
            dlq_print_record(&dlq->records[i], dlq_ledger_find(&dlq->ledger, &dlq->records[i]), state, &out);
            continue;
        }
        char *line = dlq_record_json(&dlq->records[i], state, dlq->verb == VERB_EXPORT);
        text_add(&out, line);
        text_add(&out, "\n");
        free(line);
    }
    bool done = text_write(1, out.data, out.length);
    text_deinit(&out);
    return done;
}

static int run(struct dlq *dlq, char *error)
{
    bool is_writing = (dlq->verb == VERB_REPLAY || dlq->verb == VERB_RESOLVE) && !dlq->dry_run;
    if (!dlq_ledger_open(&dlq->ledger, dlq->config, dlq->log, is_writing, error) || !read_all(dlq, error))
        return MILLRACE_STOPPED;
    int unknown = tell_unknown(dlq), code;
    if (dlq->verb == VERB_REPLAY || dlq->verb == VERB_RESOLVE) {
        const struct dlq_replay replay = {.ledger = &dlq->ledger,
                                          .records = dlq->records,
                                          .count = dlq->record_count,
                                          .reason = dlq->reason,
                                          .dry_run = dlq->dry_run};
        code = dlq_replay_run(&replay, error);
    } else {
        code = print_all(dlq) ? MILLRACE_OK : MILLRACE_STOPPED;
        if (code == MILLRACE_STOPPED)
            snprintf(error, CLIENT_ERROR_BYTES, "standard output cannot be written");
    }
    return code == MILLRACE_OK ? unknown : code;
}

int dlq_command(char **words, int count, const struct config *config, const struct log *log)
{
    struct dlq dlq = {.config = config, .log = log};
    char error[CLIENT_ERROR_BYTES] = "";
    dlq_filter_init(&dlq.filter);
    /* An export is of everything, unless filters say less. */
    int code = read_words(&dlq, words, count);
    if (code == MILLRACE_OK) {
        dlq.filter.with_resolved |= dlq.verb == VERB_EXPORT && dlq.filter.given == 0;
        code = run(&dlq, error);
        if (code == MILLRACE_STOPPED)
            log_simple(log, LOG_ERROR, "dlq", error);
        dlq_ledger_close(&dlq.ledger);
    }
    for (size_t i = 0; i < dlq.record_count; i++)
        dlq_record_deinit(&dlq.records[i]);
    free(dlq.records);
    free(dlq.ids);
    return code;
}
