/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage_ingest: events in, one task per attachment out.
 *
 * The tasks of an event and its offset are committed together. A malformed event goes to {p}.events.dlq as it is. What is
 * dropped within an event (null, blank, not a string) is counted in the log line of the event. An event whose trace_id was
 * taken within dedup.window_ms is dropped, or, with other content, goes to the DLQ. What was taken is known from memory and,
 * to who comes after, from {p}.ingest.seen: a mark is written there in the transaction of the tasks, to the partition of the
 * same number. Before the records of a new partition are looked at, its marks are read back (restore.h); they wait.
 */
#include "pipeline/stage.h"

#include "pipeline/clock.h"
#include "pipeline/dead_letter.h"
#include "pipeline/event.h"
#include "pipeline/memory.h"
#include "pipeline/restore.h"
#include "pipeline/seen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Events whose tasks are not committed; beyond that the partitions are paused. */
enum { INGEST_EVENTS_MAX = 10000, MARK_BYTES = 48 };

/* A record that waits for the marks of its partition. */
struct ingest_early {
    struct ingest_early *next;
    struct consumer_position position;
    rd_kafka_message_t *message; /* owned */
};

struct ingest_partition {
    struct ingest_partition *next;
    int32_t partition;
    uint64_t assignment;
    bool is_restored;
    struct seen seen;
    struct ingest_early *early, **early_end;
};

struct ingest {
    struct worker *worker;
    struct restore *restore; /* NULL: repeated events are let through */
    struct ingest_partition *partitions;
    bool is_full;
    char pending[TOPICS_NAME_BYTES];
    char dlq[TOPICS_NAME_BYTES];
    char seen[TOPICS_NAME_BYTES];
};

static void log_event(const struct ingest *ingest, const rd_kafka_message_t *message,
                      const struct event *event, const char *what)
{
    struct log_line line;
    bool is_odd = event->dropped_count || event->repeated_count;
    log_begin(&line, ingest->worker->log, is_odd ? LOG_INFO : LOG_DEBUG, what);
    log_string(&line, "trace_id", event->trace_id);
    log_string(&line, "topic", rd_kafka_topic_name(message->rkt));
    log_integer(&line, "partition", message->partition);
    log_integer(&line, "offset", message->offset);
    log_integer(&line, "tasks", (int64_t)event->url_count);
    log_integer(&line, "attachments_dropped", (int64_t)event->dropped_count);
    log_integer(&line, "attachments_repeated", (int64_t)event->repeated_count);
    log_end(&line);
}

static void add_tasks(const struct ingest *ingest, const struct event *event, struct outputs *outputs)
{
    for (size_t i = 0; i < event->url_count; i++) {
        char *task = event_task(event, i);
        struct output_record record = {
            .topic = ingest->pending,
            .key = event->trace_id,
            .key_bytes = strlen(event->trace_id),
            .value = task,
            .value_bytes = strlen(task),
            .headers = {{"trace_id", event->trace_id}},
            .header_count = 1,
        };
        outputs_add(outputs, &record);
        free(task);
    }
}

/* So that who owns the partition next knows it, too. */
static void add_mark(const struct ingest *ingest, const struct consumer_position *position,
                     const struct seen_id *id, uint64_t content, struct outputs *outputs)
{
    char value[MARK_BYTES];
    snprintf(value, sizeof value, "%016" PRIx64 " %" PRId64, content, position->offset);
    struct output_record record = {
        .topic = ingest->seen,
        .has_partition = true,
        .partition = position->partition,
        .key = id->bytes,
        .key_bytes = sizeof id->bytes,
        .value = value,
        .value_bytes = strlen(value),
    };
    outputs_add(outputs, &record);
}

static void reject(const struct ingest *ingest, const rd_kafka_message_t *message, const char *reason,
                   struct outputs *outputs)
{
    dead_letter_log(ingest->worker->log, "malformed event", message, reason);
    dead_letter_add(outputs, ingest->dlq, message, reason);
}

static void take_event(const struct ingest *ingest, struct seen *seen, const rd_kafka_message_t *message,
                       const struct consumer_position *position, const struct event *event,
                       struct outputs *outputs)
{
    struct seen_id id = seen_id_of(event->trace_id, strlen(event->trace_id));
    uint64_t content = seen_content_of(message->payload, message->len);
    int64_t wall_ns = clock_wall_ns();
    switch (ingest->restore ? seen_look(seen, &id, content, position->offset, wall_ns) : SEEN_NEW) {
    case SEEN_NEW:
        break;
    case SEEN_REPEATED:
        log_event(ingest, message, event, "repeated event");
        return;
    case SEEN_OTHER:
        reject(ingest, message, "another event had this trace_id", outputs);
        return;
    }
    log_event(ingest, message, event, "event");
    add_tasks(ingest, event, outputs);
    if (ingest->restore) {
        add_mark(ingest, position, &id, content, outputs);
        seen_add(seen, &id, content, position->offset, wall_ns);
    }
}

static void take(const struct ingest *ingest, struct ingest_partition *partition,
                 const rd_kafka_message_t *message, const struct consumer_position *position)
{
    struct outputs outputs = {0};
    char reason[EVENT_REASON_BYTES];
    struct event event;
    if (event_parse(&event, message->payload, message->len, reason)) {
        take_event(ingest, &partition->seen, message, position, &event, &outputs);
        event_deinit(&event);
    } else {
        reject(ingest, message, reason, &outputs);
    }
    worker_finish(ingest->worker, position, &outputs);
}

/* ---- partitions ---- */

static struct ingest_partition **link_of(struct ingest *ingest, uint64_t assignment)
{
    struct ingest_partition **link = &ingest->partitions;
    while (*link && (*link)->assignment != assignment)
        link = &(*link)->next;
    return link;
}

static struct ingest_partition *restoring(struct ingest *ingest, int32_t number)
{
    struct ingest_partition *partition = ingest->partitions;
    while (partition && (partition->partition != number || partition->is_restored))
        partition = partition->next;
    return partition;
}

static void on_mark(void *context, int32_t number, const rd_kafka_message_t *message)
{
    struct ingest_partition *partition = restoring(context, number);
    struct seen_id id;
    char value[MARK_BYTES] = "";
    if (!partition || message->key_len != sizeof id.bytes || message->len >= sizeof value ||
        !message->payload)
        return;
    memcpy(id.bytes, message->key, sizeof id.bytes);
    memcpy(value, message->payload, message->len);
    rd_kafka_timestamp_type_t kind;
    int64_t wall_ms = rd_kafka_message_timestamp(message, &kind);
    char *rest;
    uint64_t content = strtoull(value, &rest, 16);
    seen_add(&partition->seen, &id, content, strtoll(rest, NULL, 10), wall_ms * CLOCK_NS_PER_MS);
}

static void drop_early(struct ingest_partition *partition)
{
    struct ingest_early *early = partition->early;
    partition->early = early->next;
    rd_kafka_message_destroy(early->message);
    free(early);
}

static void on_restored(void *context, int32_t number)
{
    struct ingest *ingest = context;
    struct ingest_partition *partition = restoring(ingest, number);
    if (!partition)
        return;
    partition->is_restored = true;
    while (partition->early) {
        take(ingest, partition, partition->early->message, &partition->early->position);
        drop_early(partition);
    }
    partition->early_end = &partition->early;
}

static void on_assigned(void *state, const struct consumer_position *position)
{
    struct ingest *ingest = state;
    const struct config *config = ingest->worker->config;
    struct ingest_partition *partition = memory_new(sizeof *partition);
    *partition = (struct ingest_partition){.next = ingest->partitions,
                                           .partition = position->partition,
                                           .assignment = position->assignment,
                                           .is_restored = !ingest->restore};
    partition->early_end = &partition->early;
    seen_init(&partition->seen, (size_t)config_number(config, OPTION_DEDUP_MAX),
              config_number(config, OPTION_DEDUP_WINDOW_MS) * CLOCK_NS_PER_MS);
    ingest->partitions = partition;
    if (ingest->restore)
        restore_begin(ingest->restore, position->partition);
}

static void on_gone(void *state, uint64_t assignment)
{
    struct ingest *ingest = state;
    struct ingest_partition **link = link_of(ingest, assignment);
    struct ingest_partition *partition = *link;
    if (!partition)
        return;
    *link = partition->next;
    if (!partition->is_restored)
        restore_cancel(ingest->restore, partition->partition);
    while (partition->early)
        drop_early(partition);
    seen_deinit(&partition->seen);
    free(partition);
}

/* ---- the stage ---- */

static void *open_ingest(struct worker *worker)
{
    struct ingest *ingest = memory_new(sizeof *ingest);
    ingest->worker = worker;
    topics_name(worker->config, TOPICS_PENDING, ingest->pending);
    topics_name(worker->config, TOPICS_EVENTS_DLQ, ingest->dlq);
    topics_name(worker->config, TOPICS_INGEST_SEEN, ingest->seen);
    struct restore_options options = {.config = worker->config,
                                      .log = worker->log,
                                      .wake = &worker->wake,
                                      .topic = ingest->seen,
                                      .on_record = on_mark,
                                      .on_done = on_restored,
                                      .context = ingest};
    if (config_number(worker->config, OPTION_DEDUP_WINDOW_MS) > 0)
        ingest->restore = restore_new(&options);
    return ingest;
}

static bool on_record(void *state, rd_kafka_message_t *message, const struct consumer_position *position)
{
    struct ingest *ingest = state;
    struct ingest_partition *partition = *link_of(ingest, position->assignment);
    if (!partition)
        return false;
    if (partition->is_restored) {
        take(ingest, partition, message, position);
        return false;
    }
    struct ingest_early *early = memory_new(sizeof *early);
    *early = (struct ingest_early){.position = *position, .message = message};
    *partition->early_end = early;
    partition->early_end = &early->next;
    return true;
}

static int64_t on_turn(void *state, int64_t now_ns)
{
    struct ingest *ingest = state;
    (void)now_ns;
    if (!ingest->restore)
        return CLOCK_NEVER;
    int64_t next_ns = restore_step(ingest->restore);
    if (restore_problem(ingest->restore))
        worker_fail(ingest->worker, "cannot read marks back", restore_problem(ingest->restore));
    return next_ns;
}

/* What still waits for its marks is read again by whoever comes next. */
static void drop_all_early(void *state)
{
    struct ingest *ingest = state;
    for (struct ingest_partition *partition = ingest->partitions; partition; partition = partition->next) {
        while (partition->early)
            drop_early(partition);
        partition->early_end = &partition->early;
    }
}

static bool has_room(void *state)
{
    struct ingest *ingest = state;
    size_t held = consumer_held(ingest->worker->consumer);
    if (held >= INGEST_EVENTS_MAX)
        ingest->is_full = true;
    else if (held <= INGEST_EVENTS_MAX / 2)
        ingest->is_full = false;
    return !ingest->is_full;
}

static size_t in_flight(void *state)
{
    (void)state;
    return 0;
}

static void close_ingest(void *state)
{
    struct ingest *ingest = state;
    while (ingest->partitions)
        on_gone(ingest, ingest->partitions->assignment);
    restore_free(ingest->restore);
    free(ingest);
}

static const enum topics_id topics[] = {TOPICS_EVENTS_RAW};

const struct worker_stage stage_ingest = {
    .name = "ingest",
    .topics = topics,
    .topic_count = 1,
    .group = TOPICS_GROUP_INGEST,
    .dlq = TOPICS_EVENTS_DLQ,
    .points = {.before_produce = "pipeline/ingest/before_produce",
               .after_ack = "pipeline/ingest/after_ack",
               .before_commit = "pipeline/ingest/before_commit",
               .after_commit = "pipeline/ingest/after_commit"},
    .point_on_revoke = "pipeline/ingest/on_revoke",
    .open = open_ingest,
    .on_record = on_record,
    .on_turn = on_turn,
    .on_assigned = on_assigned,
    .on_gone = on_gone,
    .on_drain = drop_all_early,
    .on_cancel = drop_all_early,
    .has_room = has_room,
    .in_flight = in_flight,
    .close = close_ingest,
};
