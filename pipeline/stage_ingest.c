/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage_ingest: events in, one task per attachment out.
 *
 * The tasks of an event and its offset are committed together. A malformed event goes to {p}.events.dlq as it is. What is
 * dropped within an event (null, blank, not a string) is counted in the log line of the event. No window against repeated
 * events yet: the sink removes duplicates by key.
 */
#include "pipeline/stage.h"

#include "pipeline/clock.h"
#include "pipeline/dead_letter.h"
#include "pipeline/event.h"
#include "pipeline/memory.h"

#include <stdlib.h>
#include <string.h>

/* Events whose tasks are not committed; beyond that the partitions are paused. */
enum { INGEST_EVENTS_MAX = 10000 };

struct ingest {
    struct worker *worker;
    bool is_full;
    char pending[TOPICS_NAME_BYTES];
    char dlq[TOPICS_NAME_BYTES];
};

static void *open_ingest(struct worker *worker)
{
    struct ingest *ingest = memory_new(sizeof *ingest);
    ingest->worker = worker;
    topics_name(worker->config, TOPICS_PENDING, ingest->pending);
    topics_name(worker->config, TOPICS_EVENTS_DLQ, ingest->dlq);
    return ingest;
}

static void log_event(struct ingest *ingest, const rd_kafka_message_t *message, const struct event *event)
{
    struct log_line line;
    bool is_odd = event->dropped_count || event->repeated_count;
    log_begin(&line, ingest->worker->log, is_odd ? LOG_INFO : LOG_DEBUG, "event");
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

static void on_record(void *state, const rd_kafka_message_t *message,
                      const struct consumer_position *position)
{
    struct ingest *ingest = state;
    struct outputs outputs = {0};
    char reason[EVENT_REASON_BYTES];
    struct event event;
    if (event_parse(&event, message->payload, message->len, reason)) {
        log_event(ingest, message, &event);
        add_tasks(ingest, &event, &outputs);
        event_deinit(&event);
    } else {
        dead_letter_log(ingest->worker->log, "malformed event", message, reason);
        dead_letter_add(&outputs, ingest->dlq, message, reason);
    }
    worker_finish(ingest->worker, position, &outputs);
}

static int64_t on_turn(void *state, int64_t now_ns)
{
    (void)state, (void)now_ns;
    return CLOCK_NEVER;
}

static void nothing(void *state)
{
    (void)state;
}

static void on_gone(void *state, uint64_t assignment)
{
    (void)state, (void)assignment;
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
    .on_gone = on_gone,
    .on_drain = nothing,
    .on_cancel = nothing,
    .has_room = has_room,
    .in_flight = in_flight,
    .close = free,
};
