/* SPDX-License-Identifier: Apache-2.0 */
/* consumer: see consumer.h. Revocation and assignment are in consumer_rebalance.c. */
#include "pipeline/consumer_private.h"

#include "pipeline/clock.h"
#include "pipeline/membership.h"
#include "pipeline/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* While members rejoin, a commit waits behind the client's JoinGroup and then carries a generation that is
 * over; librdkafka takes that refusal for a lost assignment (its issues 4059, 4908; seen in 2.0.2). So once a
 * rebalance is known to run, nothing is committed until it has ended, or for HOLD_MS. */
enum { HOLD_MS = 10000 };

/* Longer than socket.timeout.ms (60 s), after which librdkafka gives an unanswered commit up: destroyed
 * before, it waits for that all the same, but spins. */
enum { CLOSE_TIMEOUT_MS = 90000 };

enum { CLOSE_SLICE_MS = 100 };

void consumer_fail(struct consumer *consumer, const char *what, const char *detail)
{
    if (consumer->problem)
        return;
    struct text text = {0};
    text_format(&text, "%s: %s", what, detail);
    consumer->problem = text.data;
}

struct consumer_partition *consumer_partition_of(struct consumer *consumer, int32_t partition)
{
    for (size_t i = 0; i < consumer->partition_count; i++) {
        if (consumer->partitions[i].partition == partition)
            return &consumer->partitions[i];
    }
    return NULL;
}

static struct consumer_partition *find_assignment(struct consumer *consumer, uint64_t assignment)
{
    for (size_t i = 0; i < consumer->partition_count; i++) {
        if (consumer->partitions[i].assignment == assignment)
            return &consumer->partitions[i];
    }
    return NULL;
}

/* ---- commit ---- */

/* What stands finished beyond what was sent. NULL if nothing. */
static rd_kafka_topic_partition_list_t *collect(struct consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    for (size_t i = 0; i < consumer->partition_count; i++) {
        struct consumer_partition *partition = &consumer->partitions[i];
        int64_t next = frontier_next(&partition->frontier);
        if (next == FRONTIER_NONE || next <= partition->sent)
            continue;
        if (!list)
            list = memory_check(rd_kafka_topic_partition_list_new((int)consumer->partition_count));
        rd_kafka_topic_partition_list_add(list, consumer->topic, partition->partition)->offset = next;
        partition->sent = next;
    }
    return list;
}

static void log_refused(struct consumer *consumer, const rd_kafka_topic_partition_t *item,
                        rd_kafka_resp_err_t code)
{
    struct log_line line;
    log_begin(&line, consumer->opaque.log, LOG_WARN, "commit refused");
    log_string(&line, "topic", item->topic);
    log_integer(&line, "partition", item->partition);
    log_integer(&line, "offset", item->offset);
    log_string(&line, "error", rd_kafka_err2name(code));
    log_end(&line);
}

static void count_finished(struct consumer *consumer)
{
    if (consumer->finished_count++ == 0)
        consumer->commit_ns = clock_now_ns() + consumer->commit_interval_ns;
}

/* Takes the answer into the table. A refused offset is sent again with the next commit, if it is still
 * ours. */
static void note_answer(struct consumer *consumer, rd_kafka_resp_err_t code,
                        const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; list && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *item = &list->elems[i];
        rd_kafka_resp_err_t own = item->err ? item->err : code;
        if (own)
            log_refused(consumer, item, own);
        struct consumer_partition *partition = consumer_partition_of(consumer, item->partition);
        if (!partition || partition->sent != item->offset)
            continue; /* gone, or overtaken by a later commit */
        if (!own) {
            partition->committed = item->offset;
            continue;
        }
        partition->sent = partition->committed;
        count_finished(consumer);
        if (own == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS)
            consumer->hold_ns = clock_now_ns() + HOLD_MS * CLOCK_NS_PER_MS;
    }
}

static void on_committed(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                         void *opaque)
{
    (void)client;
    struct consumer *consumer = opaque;
    consumer->is_committing = false;
    note_answer(consumer, code, list);
}

static bool is_member(struct consumer *consumer)
{
    rd_kafka_consumer_group_metadata_t *metadata = membership_take(consumer->client);
    if (!metadata)
        return false;
    rd_kafka_consumer_group_metadata_destroy(metadata);
    return true;
}

/* One at a time: librdkafka sends a commit again whose answer was lost, and would undo a later one. */
static void commit(struct consumer *consumer)
{
    assert(!consumer->is_committing);
    rd_kafka_topic_partition_list_t *list = collect(consumer);
    if (!list)
        return;
    consumer->options.hooks->on_commit(consumer->options.context);
    /* Answered into a queue of its own, which can be waited for within a rebalance. */
    rd_kafka_resp_err_t code =
        RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID; /* as a broker would say, if it could tell */
    if (is_member(consumer))
        code = rd_kafka_commit_queue(consumer->client, list, consumer->answers, on_committed, consumer);
    if (code)
        note_answer(consumer, code, list);
    else
        consumer->is_committing = true;
    rd_kafka_topic_partition_list_destroy(list);
}

void consumer_commit_due(struct consumer *consumer)
{
    if (consumer->is_committing)
        rd_kafka_queue_poll_callback(consumer->answers, 0);
    int64_t now = clock_now_ns();
    bool is_due = consumer->finished_count >= consumer->commit_batch || now >= consumer->commit_ns;
    if (consumer->is_committing || consumer->finished_count == 0 || !is_due || now < consumer->hold_ns)
        return;
    consumer->finished_count = 0;
    consumer->commit_ns = CLOCK_NEVER;
    commit(consumer);
}

static void wait_for_answer(struct consumer *consumer, int64_t deadline_ns)
{
    int64_t left_ns;
    while (consumer->is_committing && (left_ns = deadline_ns - clock_now_ns()) > 0)
        rd_kafka_queue_poll_callback(consumer->answers,
                                     (int)((left_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS));
}

void consumer_commit_now(struct consumer *consumer, int timeout_ms)
{
    int64_t deadline_ns = clock_now_ns() + timeout_ms * CLOCK_NS_PER_MS;
    wait_for_answer(consumer, deadline_ns);
    if (consumer->is_committing)
        return;
    commit(consumer);
    wait_for_answer(consumer, deadline_ns);
}

void consumer_finish(struct consumer *consumer, const struct consumer_position *position)
{
    struct consumer_partition *partition = find_assignment(consumer, position->assignment);
    if (!partition)
        return;
    frontier_finish(&partition->frontier, position->offset);
    count_finished(consumer);
}

void consumer_finish_below(struct consumer *consumer, uint64_t assignment, int64_t end)
{
    struct consumer_partition *partition = find_assignment(consumer, assignment);
    if (!partition)
        return;
    frontier_finish_below(&partition->frontier, end);
    count_finished(consumer);
}

int64_t consumer_deadline_ns(const struct consumer *consumer)
{
    if (consumer->is_committing || consumer->finished_count == 0)
        return CLOCK_NEVER;
    return consumer->commit_ns > consumer->hold_ns ? consumer->commit_ns : consumer->hold_ns;
}

/* ---- records ---- */

/* Errors that come in place of a record. */
static enum consumer_event take_error(struct consumer *consumer, const rd_kafka_message_t *message)
{
    char fatal[CLIENT_ERROR_BYTES];
    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return CONSUMER_OTHER;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        consumer_fail(consumer, "the position is not in the log any more, or was never committed",
                      rd_kafka_message_errstr(message));
        return CONSUMER_STOPPED;
    case RD_KAFKA_RESP_ERR__FATAL:
        rd_kafka_fatal_error(consumer->client, fatal, sizeof fatal);
        consumer_fail(consumer, "fatal error", fatal);
        return CONSUMER_STOPPED;
    }
    struct log_line line;
    log_begin(&line, consumer->opaque.log, LOG_WARN, "consumer error");
    log_string(&line, "topic", consumer->topic);
    log_string(&line, "error", rd_kafka_err2name(message->err));
    log_string(&line, "detail", rd_kafka_message_errstr(message));
    log_end(&line);
    return CONSUMER_OTHER;
}

/* Is the record of a partition that is ours, and not in hand already? */
static bool begin(struct consumer *consumer, const rd_kafka_message_t *message,
                  struct consumer_position *position_out)
{
    struct consumer_partition *partition = consumer_partition_of(consumer, message->partition);
    if (!partition || consumer->is_stopping)
        return false;
    enum frontier_begin begun = frontier_begin(&partition->frontier, message->offset);
    /* A partition is paused the moment its window is full, and the client then delivers nothing it has
     * fetched. */
    assert(begun != FRONTIER_FULL);
    if (begun == FRONTIER_SEEN)
        return false;
    *position_out = (struct consumer_position){
        .assignment = partition->assignment, .partition = message->partition, .offset = message->offset};
    if (frontier_count(&partition->frontier) >= consumer->window)
        consumer_set_room(consumer, consumer->has_room);
    return true;
}

enum consumer_event consumer_poll(struct consumer *consumer, rd_kafka_message_t **message_out,
                                  struct consumer_position *position_out)
{
    if (consumer->problem)
        return CONSUMER_STOPPED;
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->client, 0);
    if (consumer->problem) { /* a rebalance callback's */
        if (message)
            rd_kafka_message_destroy(message);
        return CONSUMER_STOPPED;
    }
    if (!message)
        return CONSUMER_NOTHING;
    enum consumer_event event = CONSUMER_OTHER;
    if (message->err)
        event = take_error(consumer, message);
    else if (begin(consumer, message, position_out))
        event = CONSUMER_RECORD;
    if (event == CONSUMER_RECORD)
        *message_out = message;
    else
        rd_kafka_message_destroy(message);
    return event;
}

/* ---- flow ---- */

static void apply(struct consumer *consumer, rd_kafka_topic_partition_list_t *list, bool pause)
{
    if (list->cnt > 0 && pause)
        rd_kafka_pause_partitions(consumer->client, list);
    if (list->cnt > 0 && !pause)
        rd_kafka_resume_partitions(consumer->client, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static bool wants_pause(const struct consumer *consumer, const struct consumer_partition *partition,
                        bool has_room)
{
    size_t count = frontier_count(&partition->frontier);
    /* Twice as much to pause as to resume: each pause costs a fetch. */
    bool is_full = count >= (partition->is_paused ? consumer->window / 2 + 1 : consumer->window);
    return !has_room || is_full || consumer->is_stopping;
}

void consumer_set_room(struct consumer *consumer, bool has_room)
{
    size_t changes = 0;
    consumer->has_room = has_room;
    for (size_t i = 0; i < consumer->partition_count; i++)
        changes +=
            wants_pause(consumer, &consumer->partitions[i], has_room) != consumer->partitions[i].is_paused;
    if (changes == 0)
        return;
    rd_kafka_topic_partition_list_t *pause = memory_check(rd_kafka_topic_partition_list_new((int)changes));
    rd_kafka_topic_partition_list_t *resume = memory_check(rd_kafka_topic_partition_list_new((int)changes));
    for (size_t i = 0; i < consumer->partition_count; i++) {
        struct consumer_partition *partition = &consumer->partitions[i];
        bool wanted = wants_pause(consumer, partition, has_room);
        if (wanted == partition->is_paused)
            continue;
        rd_kafka_topic_partition_list_add(wanted ? pause : resume, consumer->topic, partition->partition);
        partition->is_paused = wanted;
    }
    apply(consumer, pause, true);
    apply(consumer, resume, false);
}

void consumer_stop_fetching(struct consumer *consumer)
{
    consumer->is_stopping = true;
    consumer_set_room(consumer, false);
}

const char *consumer_problem(const struct consumer *consumer)
{
    return consumer->problem;
}

/* ---- life ---- */

static bool subscribe(struct consumer *consumer, char *error)
{
    rd_kafka_topic_partition_list_t *list = memory_check(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list, consumer->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        snprintf(error, CLIENT_ERROR_BYTES, "subscribe: %s", rd_kafka_err2str(code));
    return !code;
}

static void release(struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->partition_count; i++)
        frontier_deinit(&consumer->partitions[i].frontier);
    free(consumer->partitions);
    free(consumer->topic);
    free(consumer->problem);
    free(consumer);
}

struct consumer *consumer_new(const struct consumer_options *options, char error[CLIENT_ERROR_BYTES])
{
    bool is_earliest = config_number(options->config, OPTION_CONSUMER_START) != 0;
    const struct client_property required[] = {
        {"group.id", options->group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", is_earliest ? "earliest" : "error"},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = client_conf(options->config, CLIENT_CONSUMER, required, error);
    if (!conf)
        return NULL;
    struct consumer *consumer = memory_new(sizeof *consumer);
    consumer->options = *options;
    consumer->opaque.log = options->log;
    consumer->topic = memory_string(options->topic);
    consumer->starts_earliest = is_earliest;
    consumer->window = (size_t)config_number(options->config, OPTION_CONSUMER_WINDOW);
    consumer->commit_batch = config_number(options->config, OPTION_COMMIT_BATCH);
    consumer->commit_interval_ns =
        config_number(options->config, OPTION_COMMIT_INTERVAL_MS) * CLOCK_NS_PER_MS;
    consumer->commit_ns = CLOCK_NEVER;
    consumer->has_room = true;
    client_set_opaque(conf, &consumer->opaque);
    rd_kafka_conf_set_rebalance_cb(conf, consumer_on_rebalance);
    consumer->client = client_new(CLIENT_CONSUMER, conf, error);
    if (!consumer->client) {
        release(consumer);
        return NULL;
    }
    rd_kafka_poll_set_consumer(consumer->client);
    consumer->queue = rd_kafka_queue_get_consumer(consumer->client);
    wake_watch(options->wake, consumer->queue);
    consumer->answers = memory_check(rd_kafka_queue_new(consumer->client));
    wake_watch(options->wake, consumer->answers);
    if (!subscribe(consumer, error)) {
        consumer_free(consumer);
        return NULL;
    }
    return consumer;
}

void consumer_free(struct consumer *consumer)
{
    if (!consumer)
        return;
    consumer->is_stopping = consumer->is_closing = true;
    rd_kafka_queue_t *queue = memory_check(rd_kafka_queue_new(consumer->client));
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(consumer->client, queue);
    int64_t deadline_ns = clock_now_ns() + CLOSE_TIMEOUT_MS * CLOCK_NS_PER_MS;
    while (!error && !rd_kafka_consumer_closed(consumer->client) && clock_now_ns() < deadline_ns) {
        /* Not by rd_kafka_queue_poll_callback: a record that was fetched before the pause may lie here, and
         * that one asserts that nothing is left to return. */
        rd_kafka_message_t *message = rd_kafka_consume_queue(queue, CLOSE_SLICE_MS);
        if (message)
            rd_kafka_message_destroy(message);
    }
    if (error)
        rd_kafka_error_destroy(error);
    rd_kafka_queue_io_event_enable(consumer->queue, -1, NULL, 0);
    rd_kafka_queue_io_event_enable(consumer->answers, -1, NULL, 0);
    rd_kafka_queue_destroy(queue);
    rd_kafka_queue_destroy(consumer->answers);
    rd_kafka_queue_destroy(consumer->queue);
    rd_kafka_destroy_flags(consumer->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    release(consumer);
}
