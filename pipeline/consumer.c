/* SPDX-License-Identifier: Apache-2.0 */
/* consumer: see consumer.h. Revocation and assignment are in consumer_rebalance.c. */
#include "pipeline/consumer_private.h"

#include "pipeline/clock.h"
#include "pipeline/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than socket.timeout.ms (60 s), after which librdkafka gives an unanswered commit up: destroyed
 * before, it waits for that all the same, but spins. */
enum { CLOSE_TIMEOUT_MS = 90000 };

enum { CLOSE_SLICE_MS = 100, LOOKS = 4 };

void consumer_fail(struct consumer *consumer, const char *what, const char *detail)
{
    if (consumer->problem)
        return;
    struct text text = {0};
    text_format(&text, "%s: %s", what, detail);
    consumer->problem = text.data;
}

struct consumer_partition *consumer_partition_of(struct consumer *consumer, const char *topic,
                                                 int32_t partition)
{
    for (size_t i = 0; i < consumer->partition_count; i++) {
        struct consumer_partition *known = &consumer->partitions[i];
        if (known->partition == partition && strcmp(consumer->topics[known->topic], topic) == 0)
            return known;
    }
    return NULL;
}

/* ---- what is finished ---- */

void consumer_finish(struct consumer *consumer, const struct consumer_position *position,
                     struct outputs *outputs)
{
    for (size_t i = 0; i < consumer->partition_count; i++) {
        if (consumer->partitions[i].assignment != position->assignment)
            continue;
        frontier_finish(&consumer->partitions[i].frontier, position->offset, outputs);
        return;
    }
    if (outputs)
        outputs_clear(outputs);
}

size_t consumer_ready(const struct consumer *consumer)
{
    size_t ready = 0;
    for (size_t i = 0; i < consumer->partition_count; i++)
        ready += consumer->partitions[i].frontier.ready;
    return ready;
}

size_t consumer_held(const struct consumer *consumer)
{
    size_t held = 0;
    for (size_t i = 0; i < consumer->partition_count; i++)
        held += consumer->partitions[i].frontier.count;
    return held;
}

/* Its first records, at most so many. */
static void fill_from(const struct consumer *consumer, const struct consumer_partition *partition,
                      size_t records_max, struct batch *batch)
{
    const struct frontier *frontier = &partition->frontier;
    size_t count = frontier->ready < records_max ? frontier->ready : records_max;
    for (size_t place = 0; place < count; place++)
        batch_add(batch, &frontier_at(frontier, place)->outputs);
    if (count > 0)
        rd_kafka_topic_partition_list_add(batch->offsets, consumer->topics[partition->topic],
                                          partition->partition)
            ->offset = frontier_at(frontier, count - 1)->offset + 1;
}

bool consumer_fill(struct consumer *consumer, size_t records_max, struct batch *batch_out)
{
    if (consumer_ready(consumer) == 0)
        return false;
    batch_init(batch_out, consumer->partition_count);
    consumer->turn++; /* none waits for ever behind those before it */
    for (size_t i = 0; i < consumer->partition_count; i++) {
        size_t place = (consumer->turn + i) % consumer->partition_count;
        fill_from(consumer, &consumer->partitions[place], records_max - batch_out->records, batch_out);
    }
    return true;
}

void consumer_committed(struct consumer *consumer, const struct batch *batch)
{
    for (int i = 0; i < batch->offsets->cnt; i++) {
        const rd_kafka_topic_partition_t *item = &batch->offsets->elems[i];
        struct consumer_partition *partition = consumer_partition_of(consumer, item->topic, item->partition);
        if (partition)
            frontier_commit(&partition->frontier, item->offset);
    }
}

void consumer_replace(struct consumer *consumer, const rd_kafka_topic_partition_t *place,
                      struct outputs *outputs)
{
    struct consumer_partition *partition = consumer_partition_of(consumer, place->topic, place->partition);
    if (partition)
        frontier_replace(&partition->frontier, place->offset, outputs);
    outputs_clear(outputs);
}

const rd_kafka_consumer_group_metadata_t *consumer_membership(const struct consumer *consumer)
{
    return consumer->membership;
}

rd_kafka_t *consumer_client(const struct consumer *consumer)
{
    return consumer->client;
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
    log_string(&line, "error", rd_kafka_err2name(message->err));
    log_string(&line, "detail", rd_kafka_message_errstr(message));
    log_end(&line);
    return CONSUMER_OTHER;
}

/* Is the record of a partition that is ours, and not in hand already? */
static bool begin(struct consumer *consumer, const rd_kafka_message_t *message,
                  struct consumer_position *position_out)
{
    struct consumer_partition *partition =
        consumer_partition_of(consumer, rd_kafka_topic_name(message->rkt), message->partition);
    if (!partition || consumer->is_stopping)
        return false;
    enum frontier_begin begun = frontier_begin(&partition->frontier, message->offset);
    /* A partition is paused the moment its window is full, and the client then delivers nothing it has
     * fetched. */
    assert(begun != FRONTIER_FULL);
    if (begun == FRONTIER_SEEN)
        return false;
    *position_out = (struct consumer_position){.assignment = partition->assignment,
                                               .topic = partition->topic,
                                               .partition = message->partition,
                                               .offset = message->offset};
    if (partition->frontier.count >= consumer->window)
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
    size_t count = partition->frontier.count;
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
        rd_kafka_topic_partition_list_add(wanted ? pause : resume, consumer->topics[partition->topic],
                                          partition->partition);
        partition->is_paused = wanted;
    }
    apply(consumer, pause, true);
    apply(consumer, resume, false);
}

/* The one place where librdkafka tells whether it is a member. Runs in consumer_poll. */
static int on_statistics(rd_kafka_t *client, char *json, size_t bytes, void *opaque)
{
    static const char key[] = "\"join_state\":", steady[] = "\"steady\"";
    struct consumer *consumer = opaque;
    (void)client;
    const char *end = json + bytes, *at = memmem(json, bytes, key, sizeof key - 1);
    if (!at)
        return 0; /* json stays librdkafka's */
    for (at += sizeof key - 1; at < end && *at == ' '; at++) {
    }
    if ((size_t)(end - at) >= sizeof steady - 1 && memcmp(at, steady, sizeof steady - 1) == 0)
        consumer->present_ns = clock_now_ns();
    return 0;
}

void consumer_look_after(struct consumer *consumer, int64_t now_ns)
{
    int64_t most_ms = config_number(consumer->options.config, OPTION_CONSUMER_ABSENCE_MAX_MS);
    if (consumer->is_stopping || consumer->is_adrift ||
        now_ns - consumer->present_ns < most_ms * CLOCK_NS_PER_MS)
        return;
    consumer->is_adrift = true;
    consumer_fail(consumer, "not a member of the group", "for longer than consumer.absence_max_ms");
}

bool consumer_is_adrift(const struct consumer *consumer)
{
    return consumer->is_adrift;
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

bool consumer_join(struct consumer *consumer, char error[CLIENT_ERROR_BYTES])
{
    rd_kafka_topic_partition_list_t *list =
        memory_check(rd_kafka_topic_partition_list_new(consumer->options.topic_count));
    for (int i = 0; i < consumer->options.topic_count; i++)
        rd_kafka_topic_partition_list_add(list, consumer->topics[i], RD_KAFKA_PARTITION_UA);
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
    if (consumer->membership)
        rd_kafka_consumer_group_metadata_destroy(consumer->membership);
    free(consumer->member);
    free(consumer->partitions);
    for (int i = 0; i < consumer->options.topic_count; i++)
        free(consumer->topics[i]);
    free(consumer->problem);
    free(consumer);
}

struct consumer *consumer_new(const struct consumer_options *options, char error[CLIENT_ERROR_BYTES])
{
    bool is_earliest = config_number(options->config, OPTION_CONSUMER_START) != 0;
    char interval_ms[32];
    snprintf(interval_ms, sizeof interval_ms, "%lld",
             (long long)config_number(options->config, OPTION_CONSUMER_ABSENCE_MAX_MS) / LOOKS);
    bool is_static = config_flag(options->config, OPTION_CONSUMER_STATIC);
    const struct client_property required[] = {
        {"group.id", options->group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", is_earliest ? "earliest" : "error"},
        {"statistics.interval.ms", interval_ms},
        /* Not in two steps: a static member that is replaced between them is given its old assignment, does not know that
         * it has to join again, and what the first step took away stays nobody's. */
        {is_static ? "partition.assignment.strategy" : NULL, "range"},
        {"group.instance.id", config_string(options->config, OPTION_INSTANCE)},
        {NULL, NULL},
    };
    assert(options->topic_count <= CONSUMER_TOPICS_MAX);
    rd_kafka_conf_t *conf = client_conf(options->config, CLIENT_CONSUMER, required, error);
    if (!conf)
        return NULL;
    struct consumer *consumer = memory_new(sizeof *consumer);
    consumer->options = *options;
    consumer->opaque.log = options->log;
    for (int i = 0; i < options->topic_count; i++)
        consumer->topics[i] = memory_string(options->topics[i]);
    consumer->starts_earliest = is_earliest;
    consumer->window = (size_t)config_number(options->config, OPTION_CONSUMER_WINDOW);
    consumer->has_room = true;
    consumer->present_ns = clock_now_ns();
    client_set_opaque(conf, &consumer->opaque);
    rd_kafka_conf_set_rebalance_cb(conf, consumer_on_rebalance);
    rd_kafka_conf_set_stats_cb(conf, on_statistics);
    consumer->client = client_new(CLIENT_CONSUMER, conf, error);
    if (!consumer->client) {
        release(consumer);
        return NULL;
    }
    rd_kafka_poll_set_consumer(consumer->client);
    consumer->queue = rd_kafka_queue_get_consumer(consumer->client);
    wake_watch(options->wake, consumer->queue);
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
    rd_kafka_queue_destroy(queue);
    rd_kafka_queue_destroy(consumer->queue);
    rd_kafka_destroy_flags(consumer->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    release(consumer);
}
