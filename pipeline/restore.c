/* SPDX-License-Identifier: Apache-2.0 */
/* restore: see restore.h. */
#include "pipeline/restore.h"

#include "pipeline/clock.h"
#include "pipeline/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 1000, AGAIN_MS = 200, RECORDS_PER_STEP = 2000, PARTITIONS_MAX = 1024, MISSES_MAX = 10 };

struct restoring {
    int32_t partition;
    int64_t end; /* -1: not asked for yet; else it is being read */
};

struct destroying {
    struct destroying *next;
    pthread_t thread;
};

struct restore {
    struct client_opaque opaque; /* first: see client.h */
    struct restore_options options;
    char *topic;
    rd_kafka_t *asker;      /* of everything; NULL: not made yet */
    rd_kafka_t *reader;     /* of what is committed; the same */
    rd_kafka_topic_t *read; /* the reader's */
    rd_kafka_queue_t *queue;
    int misses;                    /* questions in a row that were not answered for all */
    struct destroying *destroying; /* clients that end on their own threads */
    struct restoring under_way[PARTITIONS_MAX];
    size_t count;
    char problem[CLIENT_ERROR_BYTES];
};

struct restore *restore_new(const struct restore_options *options)
{
    struct restore *restore = memory_new(sizeof *restore);
    restore->opaque.log = options->log;
    restore->options = *options;
    restore->topic = memory_string(options->topic);
    return restore;
}

static void *destroy(void *client)
{
    rd_kafka_destroy(client);
    return NULL;
}

/* Elsewhere: librdkafka 2.0.2 may take minutes for it while a broker is away. */
static void destroy_client(struct restore *restore, rd_kafka_t *client)
{
    struct destroying *one = memory_new(sizeof *one);
    one->next = restore->destroying;
    restore->destroying = one;
    if (pthread_create(&one->thread, NULL, destroy, client))
        memory_exhausted();
}

/* Idle clients cost their threads. */
static void close_clients(struct restore *restore)
{
    if (restore->reader) {
        rd_kafka_queue_io_event_enable(restore->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(restore->queue);
        rd_kafka_topic_destroy(restore->read);
        destroy_client(restore, restore->reader);
    }
    if (restore->asker)
        destroy_client(restore, restore->asker);
    restore->reader = restore->asker = NULL;
}

static void join_all(struct restore *restore)
{
    while (restore->destroying) {
        struct destroying *one = restore->destroying;
        restore->destroying = one->next;
        pthread_join(one->thread, NULL);
        free(one);
    }
}

void restore_free(struct restore *restore)
{
    if (!restore)
        return;
    while (restore->count > 0)
        restore_cancel(restore, restore->under_way[0].partition);
    close_clients(restore);
    join_all(restore);
    free(restore->topic);
    free(restore);
}

/* In no group. */
static rd_kafka_t *new_client(struct restore *restore, const char *isolation)
{
    const struct client_property required[] = {
        {"isolation.level", isolation},
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "earliest"},
        {NULL, NULL},
    };
    char error[CLIENT_ERROR_BYTES];
    rd_kafka_conf_t *conf = client_conf(restore->options.config, CLIENT_CONSUMER, required, error);
    if (conf)
        client_set_opaque(conf, &restore->opaque);
    rd_kafka_t *client = conf ? client_new(CLIENT_CONSUMER, conf, error) : NULL;
    if (!client)
        memcpy(restore->problem, error, sizeof error);
    return client;
}

static bool make_asker(struct restore *restore)
{
    if (!restore->asker)
        restore->asker = new_client(restore, "read_uncommitted");
    return restore->asker;
}

/* Of a log that is empty nothing has to be read. */
static bool make_reader(struct restore *restore)
{
    if (restore->reader)
        return true;
    restore->reader = new_client(restore, "read_committed");
    if (!restore->reader)
        return false;
    restore->read = memory_check(rd_kafka_topic_new(restore->reader, restore->topic, NULL));
    restore->queue = memory_check(rd_kafka_queue_new(restore->reader));
    wake_watch(restore->options.wake, restore->queue);
    return true;
}

/* Those that were not asked about yet. */
static rd_kafka_topic_partition_list_t *unasked(const struct restore *restore)
{
    rd_kafka_topic_partition_list_t *list =
        memory_check(rd_kafka_topic_partition_list_new((int)restore->count + 1));
    for (size_t i = 0; i < restore->count; i++) {
        if (restore->under_way[i].end < 0)
            rd_kafka_topic_partition_list_add(list, restore->topic, restore->under_way[i].partition)->offset =
                RD_KAFKA_OFFSET_END;
    }
    return list;
}

static struct restoring *find(struct restore *restore, int32_t partition)
{
    for (size_t i = 0; i < restore->count; i++) {
        if (restore->under_way[i].partition == partition)
            return &restore->under_way[i];
    }
    return NULL;
}

/* Is not under way any more. */
static void forget(struct restore *restore, struct restoring *one)
{
    if (one->end > 0 && restore->reader)
        rd_kafka_consume_stop(restore->read, one->partition);
    *one = restore->under_way[--restore->count];
}

static void end(struct restore *restore, struct restoring *one)
{
    int32_t partition = one->partition;
    forget(restore, one);
    restore->options.on_done(restore->options.context, partition);
}

static void start(struct restore *restore, struct restoring *one)
{
    if (!make_reader(restore))
        return;
    if (!rd_kafka_consume_start_queue(restore->read, one->partition, RD_KAFKA_OFFSET_BEGINNING,
                                      restore->queue))
        return;
    snprintf(restore->problem, sizeof restore->problem, "%s: %s", restore->topic,
             rd_kafka_err2str(rd_kafka_last_error()));
}

/* Where do those end that were not asked about yet? False: ask again. */
static bool ask_ends(struct restore *restore)
{
    rd_kafka_topic_partition_list_t *list = unasked(restore);
    bool is_known = list->cnt == 0;
    if (!is_known && !rd_kafka_offsets_for_times(restore->asker, list, ASK_MS)) {
        is_known = true;
        for (int i = 0; i < list->cnt; i++) {
            struct restoring *one = find(restore, list->elems[i].partition);
            if (list->elems[i].err || list->elems[i].offset < 0) {
                is_known = false;
                continue;
            }
            one->end = list->elems[i].offset;
            if (one->end == 0)
                end(restore, one);
            else
                start(restore, one);
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
    return is_known;
}

static void take(struct restore *restore, const rd_kafka_message_t *message)
{
    struct restoring *one = find(restore, message->partition);
    bool is_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (!one || one->end < 0 || (message->err && !is_end))
        return;
    if (!is_end)
        restore->options.on_record(restore->options.context, message->partition, message);
    if (message->offset + !is_end >= one->end)
        end(restore, one);
}

/* librdkafka 2.0.2 goes on asking whom it believes to be the leader for as long as its metadata last, minutes. A new client asks
 * anew. */
static void note_answer(struct restore *restore, bool is_known)
{
    restore->misses = is_known ? 0 : restore->misses + 1;
    if (restore->misses < MISSES_MAX)
        return;
    restore->misses = 0;
    destroy_client(restore, restore->asker);
    restore->asker = NULL;
}

int64_t restore_step(struct restore *restore)
{
    if (restore->count == 0)
        close_clients(restore);
    if (restore->count == 0 || !make_asker(restore))
        return CLOCK_NEVER;
    rd_kafka_poll(restore->asker, 0);
    bool is_known = ask_ends(restore);
    note_answer(restore, is_known);
    if (!restore->reader)
        return is_known ? CLOCK_NEVER : clock_now_ns() + AGAIN_MS * CLOCK_NS_PER_MS;
    rd_kafka_poll(restore->reader, 0);
    int records = 0;
    for (; records < RECORDS_PER_STEP && restore->count > 0; records++) {
        rd_kafka_message_t *message = rd_kafka_consume_queue(restore->queue, 0);
        if (!message)
            break;
        take(restore, message);
        rd_kafka_message_destroy(message);
    }
    if (records == RECORDS_PER_STEP)
        return clock_now_ns(); /* there may be more, of which nothing tells */
    return is_known ? CLOCK_NEVER : clock_now_ns() + AGAIN_MS * CLOCK_NS_PER_MS;
}

void restore_begin(struct restore *restore, int32_t partition)
{
    if (restore->count == PARTITIONS_MAX) {
        strcpy(restore->problem, "too many partitions");
        return;
    }
    restore->under_way[restore->count++] = (struct restoring){.partition = partition, .end = -1};
    wake_now(restore->options.wake);
}

void restore_cancel(struct restore *restore, int32_t partition)
{
    struct restoring *one = find(restore, partition);
    if (one)
        forget(restore, one);
}

const char *restore_problem(const struct restore *restore)
{
    return *restore->problem ? restore->problem : NULL;
}
