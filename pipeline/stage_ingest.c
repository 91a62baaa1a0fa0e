/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage_ingest: events in, one task per attachment out.
 *
 * An event's offset is finished when all its tasks are acknowledged. A malformed event goes to {p}.events.dlq
 * as it is. What is dropped within an event (null, blank, not a string) is counted in the log line of the
 * event. No window against repeated events yet: the sink removes duplicates by key.
 */
#include "pipeline/stage.h"

#include "pipeline/clock.h"
#include "pipeline/dead_letter.h"
#include "pipeline/event.h"
#include "pipeline/memory.h"
#include "pipeline/point.h"

#include <stdlib.h>
#include <string.h>

/* Records whose outputs are in flight at once; beyond that the partitions are paused. */
enum { INGEST_EVENTS_MAX = 10000, INGEST_OUTPUTS_MAX = 50000 };

struct ingest {
    struct worker *worker;
    size_t events; /* with outputs in flight */
    bool is_full;
    char pending[TOPICS_NAME_BYTES];
    char dlq[TOPICS_NAME_BYTES];
};

/* One event between record and acknowledgements. */
struct ingest_event {
    struct ingest *ingest;
    struct consumer_position position;
    size_t outputs; /* not yet acknowledged */
    bool is_dropped;
};

static void *open_ingest(struct worker *worker)
{
    struct ingest *ingest = memory_new(sizeof *ingest);
    ingest->worker = worker;
    topics_name(worker->config, TOPICS_PENDING, ingest->pending);
    topics_name(worker->config, TOPICS_EVENTS_DLQ, ingest->dlq);
    return ingest;
}

static void end_event(struct ingest_event *event)
{
    if (!event->is_dropped) {
        POINT("pipeline/ingest/after_ack");
        worker_finish(event->ingest->worker, &event->position);
    }
    event->ingest->events--;
    free(event);
}

static void on_delivered(void *context, enum producer_outcome outcome, const char *reason)
{
    struct ingest_event *event = context;
    if (outcome != PRODUCER_DELIVERED)
        event->is_dropped = true;
    if (outcome == PRODUCER_REFUSED)
        worker_fail(event->ingest->worker, "an output was refused", reason);
    if (--event->outputs == 0)
        end_event(event);
}

static void send_output(struct ingest_event *event, const struct producer_record *record)
{
    event->outputs++;
    POINT("pipeline/ingest/before_produce");
    producer_send(event->ingest->worker->producer, record, on_delivered, event);
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

static void send_tasks(struct ingest_event *own, const struct event *event)
{
    for (size_t i = 0; i < event->url_count; i++) {
        char *task = event_task(event, i);
        struct producer_record record = {
            .topic = own->ingest->pending,
            .key = event->trace_id,
            .key_bytes = strlen(event->trace_id),
            .value = task,
            .value_bytes = strlen(task),
            .headers = {{"trace_id", event->trace_id}},
            .header_count = 1,
        };
        send_output(own, &record);
        free(task);
    }
}

static void send_dead_letter(struct ingest_event *own, const rd_kafka_message_t *message, const char *reason)
{
    dead_letter_log(own->ingest->worker->log, "malformed event", message, reason);
    struct dead_letter storage;
    struct producer_record record;
    dead_letter_fill(&record, &storage, own->ingest->dlq, message, reason);
    send_output(own, &record);
}

static void on_record(void *state, const rd_kafka_message_t *message,
                      const struct consumer_position *position)
{
    struct ingest *ingest = state;
    struct ingest_event *own = memory_new(sizeof *own);
    /* Its own output keeps the event alive until all are sent. */
    *own = (struct ingest_event){.ingest = ingest, .position = *position, .outputs = 1};
    ingest->events++;
    char reason[EVENT_REASON_BYTES];
    struct event event;
    if (event_parse(&event, message->payload, message->len, reason)) {
        log_event(ingest, message, &event);
        send_tasks(own, &event);
        event_deinit(&event);
    } else {
        send_dead_letter(own, message, reason);
    }
    if (--own->outputs == 0)
        end_event(own);
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
    /* Outputs in flight arrive or not; their positions are void. */
    (void)state, (void)assignment;
}

static bool has_room(void *state)
{
    struct ingest *ingest = state;
    size_t outputs = producer_pending(ingest->worker->producer);
    if (ingest->events >= INGEST_EVENTS_MAX || outputs >= INGEST_OUTPUTS_MAX)
        ingest->is_full = true;
    else if (ingest->events <= INGEST_EVENTS_MAX / 2 && outputs <= INGEST_OUTPUTS_MAX / 2)
        ingest->is_full = false;
    return !ingest->is_full;
}

static size_t in_flight(void *state)
{
    (void)state;
    return 0;
}

const struct worker_stage stage_ingest = {
    .name = "ingest",
    .topic = TOPICS_EVENTS_RAW,
    .group = TOPICS_GROUP_INGEST,
    .point_before_commit = "pipeline/ingest/before_commit",
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
