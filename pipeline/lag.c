/* SPDX-License-Identifier: Apache-2.0 */
/* lag: see lag.h. */
#include "pipeline/lag.h"

#include "pipeline/clock.h"
#include "pipeline/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { INTERVAL_MS = 5000, CALL_MS = 5000 };

struct lag {
    struct client_opaque opaque; /* first: see client.h */
    const struct config *config;
    struct wake *wake;
    rd_kafka_t *client; /* the thread's, once it runs */
    char topic[TOPICS_NAME_BYTES], group[TOPICS_NAME_BYTES];
    pthread_t thread;
    pthread_mutex_t mutex; /* of is_closing */
    pthread_cond_t changed;
    bool is_closing;
    atomic_int_least64_t records;
};

static rd_kafka_t *new_client(struct lag *lag, char error[CLIENT_ERROR_BYTES])
{
    const struct client_property required[] = {
        {"group.id", lag->group}, {"enable.auto.commit", "false"}, {NULL, NULL}};
    rd_kafka_conf_t *conf = client_conf(lag->config, CLIENT_CONSUMER, required, error);
    if (!conf)
        return NULL;
    client_set_opaque(conf, &lag->opaque);
    return client_new(CLIENT_CONSUMER, conf, error);
}

/* Every partition of the topic, its offset the end of its log; NULL: the brokers do not say. */
static rd_kafka_topic_partition_list_t *ask_ends(struct lag *lag)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(lag->client, lag->topic, NULL);
    const struct rd_kafka_metadata *metadata;
    if (!topic)
        return NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(lag->client, 0, topic, &metadata, CALL_MS);
    rd_kafka_topic_destroy(topic);
    if (code)
        return NULL;
    int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_partition_list_t *list =
        memory_check(rd_kafka_topic_partition_list_new(count > 0 ? count : 1));
    for (int partition = 0; partition < count; partition++)
        rd_kafka_topic_partition_list_add(list, lag->topic, partition)->offset = RD_KAFKA_OFFSET_END;
    if (count > 0 && !rd_kafka_offsets_for_times(lag->client, list, CALL_MS))
        return list;
    rd_kafka_topic_partition_list_destroy(list);
    return NULL;
}

/* -1: the brokers do not say. */
static int64_t ask(struct lag *lag)
{
    rd_kafka_topic_partition_list_t *ends = ask_ends(lag);
    if (!ends)
        return -1;
    rd_kafka_topic_partition_list_t *committed = memory_check(rd_kafka_topic_partition_list_copy(ends));
    int64_t records = rd_kafka_committed(lag->client, committed, CALL_MS) ? -1 : 0;
    for (int i = 0; records >= 0 && i < ends->cnt; i++) {
        if (ends->elems[i].err || committed->elems[i].err) {
            records = -1;
            break;
        }
        int64_t done = committed->elems[i].offset > 0 ? committed->elems[i].offset : 0;
        if (ends->elems[i].offset > done)
            records += ends->elems[i].offset - done;
    }
    rd_kafka_topic_partition_list_destroy(committed);
    rd_kafka_topic_partition_list_destroy(ends);
    return records;
}

static struct timespec after_ms(int64_t delay_ms)
{
    int64_t due_ns = clock_now_ns() + delay_ms * CLOCK_NS_PER_MS;
    return (struct timespec){.tv_sec = due_ns / CLOCK_NS_PER_S, .tv_nsec = due_ns % CLOCK_NS_PER_S};
}

/* librdkafka 2.0.2 goes on asking a leader of before for as long as its metadata last: a new client asks anew. */
static void renew(struct lag *lag)
{
    char error[CLIENT_ERROR_BYTES];
    rd_kafka_t *client = new_client(lag, error);
    if (!client)
        return;
    rd_kafka_destroy(lag->client);
    lag->client = client;
}

static void *work(void *opaque)
{
    struct lag *lag = opaque;
    pthread_mutex_lock(&lag->mutex);
    while (!lag->is_closing) {
        pthread_mutex_unlock(&lag->mutex);
        int64_t records = ask(lag);
        if (records >= 0) {
            atomic_store(&lag->records, records);
            wake_now(lag->wake);
        } else {
            renew(lag);
        }
        struct timespec due = after_ms(INTERVAL_MS);
        pthread_mutex_lock(&lag->mutex);
        while (!lag->is_closing && pthread_cond_timedwait(&lag->changed, &lag->mutex, &due) == 0) {
        }
    }
    pthread_mutex_unlock(&lag->mutex);
    return NULL;
}

struct lag *lag_new(const struct config *config, const struct log *log, struct wake *wake,
                    enum topics_id topic, char error[CLIENT_ERROR_BYTES])
{
    struct lag *lag = memory_new(sizeof *lag);
    lag->opaque.log = log;
    lag->config = config;
    lag->wake = wake;
    lag->records = -1;
    topics_name(config, topic, lag->topic);
    topics_group_name(config, topics_row(topic)->group, lag->group);
    lag->client = new_client(lag, error);
    if (!lag->client) {
        free(lag);
        return NULL;
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lag->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&lag->mutex, NULL);
    if (pthread_create(&lag->thread, NULL, work, lag))
        memory_exhausted();
    return lag;
}

int64_t lag_records(const struct lag *lag)
{
    return atomic_load(&lag->records);
}

void lag_free(struct lag *lag)
{
    if (!lag)
        return;
    pthread_mutex_lock(&lag->mutex);
    lag->is_closing = true;
    pthread_cond_broadcast(&lag->changed);
    pthread_mutex_unlock(&lag->mutex);
    pthread_join(lag->thread, NULL);
    rd_kafka_destroy(lag->client);
    pthread_cond_destroy(&lag->changed);
    pthread_mutex_destroy(&lag->mutex);
    free(lag);
}
