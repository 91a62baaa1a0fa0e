/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage_results: results in, inventory segments in storage out.
 *
 * Rows of a partition wait until there are enough or the oldest is old enough; then they are written as one
 * immutable segment named by its start (segment.h), one write in flight per partition; then their offsets are
 * finished. If the name is taken: by our own bytes, good; else the end of what is there is adopted. The
 * committed offset is always a segment boundary. A record that is no result gets a row of status "rejected";
 * as it is, it goes to {p}.downloads.dlq with the commit of its offset, whoever wrote the row. Not here yet:
 * the topic's incarnation in the name.
 */
#include "pipeline/stage.h"

#include "pipeline/clock.h"
#include "pipeline/dead_letter.h"
#include "pipeline/memory.h"
#include "pipeline/point.h"
#include "pipeline/result.h"
#include "pipeline/segment.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE_RETRY_MS = 1000, ROWS_WAITING_MAX = 100000 };

struct results;

/* One assigned partition. */
struct results_partition {
    struct results_partition *next;
    struct results *results;
    int32_t partition;
    uint64_t assignment;
    int64_t start; /* where the next segment starts */
    struct segment_batch batch;
    int64_t oldest_ns;                                 /* when the first row of the batch came */
    int64_t retry_ns;                                  /* no write before */
    struct results_rejected *rejected, **rejected_end; /* of the batch, offsets ascending */
    /* The segment that is being written: the first sealed_count rows. */
    struct storage_op *op; /* NULL: none */
    struct body body;
    char *name;
    size_t sealed_count;
    int64_t sealed_end;
};

struct results {
    struct worker *worker;
    struct results_partition *partitions;
    struct body_spool spool; /* segments stay in memory */
    int64_t batch_rows;
    int64_t batch_ns;
    size_t rows; /* in all batches */
    bool is_full;
    bool is_draining;
    char topic[TOPICS_NAME_BYTES];
    char dlq[TOPICS_NAME_BYTES];
};

/* A record that is no result: what is to be told of it. */
struct results_rejected {
    struct results_rejected *next;
    int64_t offset;
    struct outputs outputs;
};

static void *open_results(struct worker *worker)
{
    struct results *results = memory_new(sizeof *results);
    results->worker = worker;
    results->batch_rows = config_number(worker->config, OPTION_RESULTS_BATCH_ROWS);
    results->batch_ns = config_number(worker->config, OPTION_RESULTS_BATCH_MS) * CLOCK_NS_PER_MS;
    topics_name(worker->config, TOPICS_RESULTS, results->topic);
    topics_name(worker->config, TOPICS_DLQ, results->dlq);
    struct text name = {0};
    text_format(&name, "results-%s", config_string(worker->config, OPTION_INSTANCE));
    body_spool_init(&results->spool, storage_spool_directory(worker->storage), name.data, INT64_MAX);
    text_deinit(&name);
    return results;
}

/* Ends the write; the rows stay. */
static void end_write(struct results_partition *partition)
{
    if (partition->op)
        storage_cancel(partition->op);
    partition->op = NULL;
    body_deinit(&partition->body);
    free(partition->name);
    partition->name = NULL;
    partition->sealed_count = 0;
}

static void log_segment(const struct results_partition *partition, enum log_level level, const char *message,
                        const char *detail)
{
    struct log_line line;
    log_begin(&line, partition->results->worker->log, level, message);
    log_string(&line, "topic", partition->results->topic);
    log_integer(&line, "partition", partition->partition);
    log_integer(&line, "offset", partition->start);
    log_integer(&line, "rows", (int64_t)partition->sealed_count);
    if (detail)
        log_string(&line, "detail", detail);
    log_end(&line);
}

static void finish(struct results_partition *partition, int64_t offset, struct outputs *outputs)
{
    struct consumer_position position = {
        .assignment = partition->assignment, .partition = partition->partition, .offset = offset};
    worker_finish(partition->results->worker, &position, outputs);
}

static void free_rejected(struct results_partition *partition)
{
    struct results_rejected *rejected = partition->rejected;
    partition->rejected = rejected->next;
    if (!partition->rejected)
        partition->rejected_end = &partition->rejected;
    outputs_clear(&rejected->outputs);
    free(rejected);
}

static void finish_row(struct results_partition *partition, int64_t offset)
{
    struct results_rejected *rejected = partition->rejected;
    if (!rejected || rejected->offset != offset) {
        finish(partition, offset, NULL);
        return;
    }
    finish(partition, offset, &rejected->outputs);
    free_rejected(partition);
}

/* All rows below end are in a segment. */
static void advance(struct results_partition *partition, int64_t end)
{
    struct results *results = partition->results;
    size_t before = partition->batch.count;
    for (size_t i = 0; i < before && partition->batch.rows[i].offset < end; i++)
        finish_row(partition, partition->batch.rows[i].offset);
    segment_batch_drop_below(&partition->batch, end);
    results->rows -= before - partition->batch.count;
    partition->start = end;
    partition->oldest_ns = clock_now_ns();
    end_write(partition);
}

static void retry(struct results_partition *partition, const char *reason)
{
    log_segment(partition, LOG_WARN, "segment not written, will be tried again", reason);
    partition->retry_ns = clock_now_ns() + WRITE_RETRY_MS * CLOCK_NS_PER_MS;
    end_write(partition);
}

static void on_winner_read(void *context, const struct storage_answer *answer)
{
    struct results_partition *partition = context;
    partition->op = NULL;
    if (answer->outcome != STORAGE_FOUND && answer->outcome != STORAGE_REFUSED) {
        retry(partition, answer->reason);
        return;
    }
    char reason[SEGMENT_REASON_BYTES];
    int64_t end;
    snprintf(reason, sizeof reason, "%.150s", answer->reason);
    if (answer->outcome == STORAGE_REFUSED ||
        !segment_parse(answer->data, (size_t)answer->bytes, partition->partition, partition->start, &end,
                       reason)) {
        log_segment(partition, LOG_ERROR, "another segment of this name is in the way", reason);
        worker_fail(partition->results->worker, "cannot go on behind a foreign segment", partition->name);
        return;
    }
    log_segment(partition, LOG_INFO, "adopting another worker's segment", NULL);
    advance(partition, end);
}

static void read_winner(struct results_partition *partition)
{
    struct storage_get get = {.path = partition->name,
                              .bytes_max = SEGMENT_BYTES_MAX,
                              .on_done = on_winner_read,
                              .context = partition};
    partition->op = storage_get_start(partition->results->worker->storage, &get);
}

static void on_written(void *context, const struct storage_answer *answer)
{
    struct results_partition *partition = context;
    partition->op = NULL;
    switch (answer->outcome) {
    case STORAGE_STORED:
        break;
    case STORAGE_EXISTS:
        if (strcmp(answer->sha256, partition->body.sha256) == 0)
            break; /* our own, from an attempt whose end we did not see */
        read_winner(partition);
        return;
    case STORAGE_RETRY:
        retry(partition, answer->reason);
        return;
    case STORAGE_REFUSED:
        log_segment(partition, LOG_ERROR, "segment refused", answer->reason);
        worker_fail(partition->results->worker, "the storage refuses a segment", answer->reason);
        return;
    case STORAGE_FOUND:
    case STORAGE_ABSENT:
        assert(!"a put was answered like a get");
        return;
    }
    POINT("pipeline/results/after_append");
    log_segment(partition, LOG_DEBUG, "segment written", NULL);
    advance(partition, partition->sealed_end);
}

static void write_segment(struct results_partition *partition)
{
    struct results *results = partition->results;
    size_t most = (size_t)results->batch_rows;
    partition->sealed_count = partition->batch.count < most ? partition->batch.count : most;
    partition->sealed_end = partition->batch.rows[partition->sealed_count - 1].offset + 1;
    partition->name = segment_name(results->topic, partition->partition, partition->start);
    struct text lines = {0};
    segment_batch_encode(&partition->batch, partition->sealed_count, &lines);
    body_init(&partition->body, &results->spool);
    bool done = body_append(&partition->body, lines.data, lines.length);
    assert(done); /* it stays in memory */
    (void)done;
    body_finish(&partition->body);
    text_deinit(&lines);
    struct storage_put put = {
        .path = partition->name, .body = &partition->body, .on_done = on_written, .context = partition};
    partition->op = storage_put_start(results->worker->storage, &put);
}

static struct results_partition *find(struct results *results, uint64_t assignment)
{
    struct results_partition *partition = results->partitions;
    while (partition && partition->assignment != assignment)
        partition = partition->next;
    return partition;
}

static bool on_record(void *state, rd_kafka_message_t *message, const struct consumer_position *position)
{
    struct results *results = state;
    struct results_partition *partition = find(results, position->assignment);
    assert(partition);
    char reason[RESULT_REASON_BYTES] = "";
    struct outputs outputs = {0};
    char *row = result_row(message->payload, message->len, message->partition, message->offset, reason);
    if (*reason) {
        dead_letter_log(results->worker->log, "malformed result", message, reason);
        dead_letter_add(&outputs, results->dlq, message, reason);
    }
    if (message->offset < partition->start) { /* in a segment that was adopted */
        free(row);
        finish(partition, message->offset, &outputs);
        return false;
    }
    if (outputs.first) {
        struct results_rejected *rejected = memory_new(sizeof *rejected);
        *rejected = (struct results_rejected){.offset = message->offset, .outputs = outputs};
        *partition->rejected_end = rejected;
        partition->rejected_end = &rejected->next;
    }
    if (partition->batch.count == partition->sealed_count)
        partition->oldest_ns = clock_now_ns();
    segment_batch_add(&partition->batch, message->offset, row);
    results->rows++;
    return false;
}

/* When the partition wants to write: now or earlier, later, or never. */
static int64_t due_ns(const struct results_partition *partition)
{
    const struct results *results = partition->results;
    if (partition->op || partition->batch.count == 0)
        return CLOCK_NEVER;
    bool is_enough = (int64_t)partition->batch.count >= results->batch_rows || results->is_draining;
    int64_t due = is_enough ? INT64_MIN : partition->oldest_ns + results->batch_ns;
    return due > partition->retry_ns ? due : partition->retry_ns;
}

static int64_t on_turn(void *state, int64_t now_ns)
{
    struct results *results = state;
    int64_t next_ns = CLOCK_NEVER;
    for (struct results_partition *partition = results->partitions; partition; partition = partition->next) {
        int64_t due = due_ns(partition);
        if (due <= now_ns)
            write_segment(partition);
        else if (due < next_ns)
            next_ns = due;
    }
    return next_ns;
}

static void on_assigned(void *state, const struct consumer_position *position)
{
    struct results *results = state;
    struct results_partition *partition = memory_new(sizeof *partition);
    *partition = (struct results_partition){.next = results->partitions,
                                            .results = results,
                                            .partition = position->partition,
                                            .assignment = position->assignment,
                                            .start = position->offset,
                                            .retry_ns = INT64_MIN};
    partition->rejected_end = &partition->rejected;
    results->partitions = partition;
}

static void free_partition(struct results_partition *partition)
{
    partition->results->rows -= partition->batch.count;
    end_write(partition);
    while (partition->rejected)
        free_rejected(partition);
    segment_batch_deinit(&partition->batch);
    free(partition);
}

static void on_gone(void *state, uint64_t assignment)
{
    struct results *results = state;
    for (struct results_partition **link = &results->partitions; *link; link = &(*link)->next) {
        struct results_partition *partition = *link;
        if (partition->assignment != assignment)
            continue;
        *link = partition->next;
        free_partition(partition);
        return;
    }
}

static void on_drain(void *state)
{
    struct results *results = state;
    results->is_draining = true;
}

static void on_cancel(void *state)
{
    struct results *results = state;
    for (struct results_partition *partition = results->partitions; partition; partition = partition->next)
        end_write(partition);
}

static bool has_room(void *state)
{
    struct results *results = state;
    if (results->rows >= ROWS_WAITING_MAX)
        results->is_full = true;
    else if (results->rows <= ROWS_WAITING_MAX / 2)
        results->is_full = false;
    return !results->is_full;
}

static size_t in_flight(void *state)
{
    struct results *results = state;
    return results->rows;
}

static void close_results(void *state)
{
    struct results *results = state;
    while (results->partitions) {
        struct results_partition *partition = results->partitions;
        results->partitions = partition->next;
        free_partition(partition);
    }
    body_spool_deinit(&results->spool);
    free(results);
}

static const enum topics_id topics[] = {TOPICS_RESULTS};

const struct worker_stage stage_results = {
    .name = "results",
    .topics = topics,
    .topic_count = 1,
    .group = TOPICS_GROUP_RESULTS,
    .dlq = TOPICS_DLQ,
    .uses_storage = true,
    .points = {.before_commit = "pipeline/results/before_commit",
               .after_commit = "pipeline/results/after_commit"},
    .point_on_revoke = "pipeline/results/on_revoke",
    .open = open_results,
    .on_record = on_record,
    .on_turn = on_turn,
    .on_assigned = on_assigned,
    .on_gone = on_gone,
    .on_drain = on_drain,
    .on_cancel = on_cancel,
    .has_room = has_room,
    .in_flight = in_flight,
    .close = close_results,
};
