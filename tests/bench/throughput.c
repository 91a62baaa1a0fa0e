/* SPDX-License-Identifier: Apache-2.0 */
/*
 * throughput: what a message costs that librdkafka produces to our brokers and fetches from them again, all in a world.
 *
 * One process produces MESSAGES messages of BYTES bytes with acks=all, and the same process then consumes them; clients,
 * brokers, network and engine share the CPU time that is told. A message counts once, when it was produced and fetched.
 * The share of producing comes from worlds in which nobody fetches. Everything has librdkafka's defaults, but the settings
 * given (linger.ms=0, enable.idempotence=true), and Kafka's. 0 rounds: one world, and nothing timed, for callgrind.
 * usage: bench-throughput MESSAGES BYTES PARTITIONS ROUNDS [NAME=VALUE]..
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sim/cli/brokers.h"
#include "sim/world/guard.h"
#include "sim/world/host.h"
#include "sim/world/process.h"
#include "sim/world/schedule.h"
#include "sim/world/world.h"

enum {
    ERROR_BYTES = 512,
    BATCH = 1000,
    POLL_MS = 1000,
    FLUSH_MS = 60000,
    ROUNDS_MAX = 15,
    SETTINGS_MAX = 16
};

#define TOPIC     "topic"
#define START_NS  INT64_C(1000000000)
#define SECOND_NS INT64_C(1000000000)

struct bench {
    uint32_t messages, bytes, partitions, rounds;
    const char *settings[SETTINGS_MAX + 1]; /* NULL ends */
    bool fetches;
    struct brokers brokers;
    struct timer start;
    uint64_t delivered, fetched, history;
    int64_t virtual_ns;
};

/* A process of the world has no more than its arguments, and one world is played at a time. */
static struct bench bench;

/* --- in the world ---------------------------------------------------------------------------------------------- */

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client;
    (void)opaque;
    bench.delivered += !message->err;
}

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *bootstrap)
{
    char error[ERROR_BYTES];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap, error, sizeof error);
    if (type == RD_KAFKA_PRODUCER) {
        rd_kafka_conf_set_dr_msg_cb(configuration, on_delivery);
        rd_kafka_conf_set(configuration, "queue.buffering.max.messages", "10000000", error, sizeof error);
        for (const char *const *setting = bench.settings; *setting; setting++) {
            char name[ERROR_BYTES];
            const char *value = strchr(*setting, '=');
            snprintf(name, sizeof name, "%.*s", (int)(value - *setting), *setting);
            if (rd_kafka_conf_set(configuration, name, value + 1, error, sizeof error) != RD_KAFKA_CONF_OK)
                fprintf(stderr, "%s\n", error);
        }
    } else {
        rd_kafka_conf_set(configuration, "group.id", "bench", error, sizeof error);
    }
    return rd_kafka_new(type, configuration, error, sizeof error);
}

static void produce_all(const char *bootstrap)
{
    rd_kafka_t *producer = new_client(RD_KAFKA_PRODUCER, bootstrap);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, TOPIC, NULL);
    char *value = malloc(bench.bytes);
    memset(value, 'x', bench.bytes);
    for (uint32_t n = 0; n < bench.messages; n++) {
        int32_t partition = (int32_t)(n % bench.partitions);
        while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, value, bench.bytes, NULL, 0, NULL))
            rd_kafka_poll(producer, POLL_MS);
        if (n % BATCH == 0)
            rd_kafka_poll(producer, 0);
    }
    rd_kafka_flush(producer, FLUSH_MS);
    free(value);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
}

static void fetch_all(const char *bootstrap)
{
    rd_kafka_message_t *messages[BATCH];
    rd_kafka_t *consumer = new_client(RD_KAFKA_CONSUMER, bootstrap);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)bench.partitions);
    rd_kafka_poll_set_consumer(consumer);
    for (uint32_t i = 0; i < bench.partitions; i++)
        rd_kafka_topic_partition_list_add(list, TOPIC, (int32_t)i)->offset = 0;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
    while (bench.fetched < bench.messages) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, POLL_MS, messages, BATCH);
        for (ssize_t i = 0; i < count; i++) {
            bench.fetched += !messages[i]->err && messages[i]->len == bench.bytes;
            rd_kafka_message_destroy(messages[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(consumer);
}

static int client_main(int argc, char **argv)
{
    produce_all(argv[argc - 1]);
    if (bench.fetches)
        fetch_all(argv[argc - 1]);
    return 0;
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)opaque;
    (void)process;
    (void)end;
    world_stop();
}

static void on_start(struct timer *timer)
{
    (void)timer;
    const char *arguments[] = {"client", bench.brokers.bootstrap, NULL};
    process_start(&(struct process_spec){.name = "client",
                                         .host = host_new("client"),
                                         .main = client_main,
                                         .arguments = arguments,
                                         .on_end = on_end});
}

/* --- around it ------------------------------------------------------------------------------------------------- */

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* CPU seconds of one world. */
static double play(bool fetches)
{
    char topic[32];
    snprintf(topic, sizeof topic, TOPIC ":%" PRIu32, bench.partitions);
    const char *arguments[] = {"--topic", topic, NULL};
    bench.fetches = fetches;
    bench.delivered = bench.fetched = 0;
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED, .seed = 1});
    brokers_start(&bench.brokers, 1, arguments);
    timer_start(&bench.start, START_NS, on_start);
    double began = cpu_seconds();
    world_run();
    double took = cpu_seconds() - began;
    struct world_report result;
    world_end(&result);
    bench.virtual_ns = result.virtual_ns;
    bench.history = result.history;
    if (result.finding_count)
        fprintf(stderr, "%s\n", world_finding(0)->text);
    if (bench.delivered != bench.messages || (fetches && bench.fetched != bench.messages))
        fprintf(stderr, "%" PRIu64 " delivered, %" PRIu64 " fetched\n", bench.delivered, bench.fetched);
    return took;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static int warm_up(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return brokers_exercise();
}

static bool parse(int argc, char **argv)
{
    if (argc < 5 || argc > 5 + SETTINGS_MAX)
        return false;
    bench.messages = (uint32_t)strtoul(argv[1], NULL, 10);
    bench.bytes = (uint32_t)strtoul(argv[2], NULL, 10);
    bench.partitions = (uint32_t)strtoul(argv[3], NULL, 10);
    bench.rounds = (uint32_t)strtoul(argv[4], NULL, 10);
    for (int i = 5; i < argc; i++) {
        if (!strchr(argv[i], '='))
            return false;
        bench.settings[i - 5] = argv[i];
    }
    return bench.messages && bench.bytes && bench.partitions && bench.rounds <= ROUNDS_MAX;
}

int main(int argc, char **argv)
{
    double produce[ROUNDS_MAX], both[ROUNDS_MAX];
    if (!parse(argc, argv))
        return fprintf(stderr, "usage: bench-throughput MESSAGES BYTES PARTITIONS ROUNDS [NAME=VALUE]..\n"),
               2;
    world_warm_up(warm_up);
    if (bench.rounds == 0)
        return play(true), 0;
    for (uint32_t i = 0; i < bench.rounds; i++) {
        produce[i] = play(false);
        both[i] = play(true);
    }
    qsort(produce, bench.rounds, sizeof *produce, compare);
    qsort(both, bench.rounds, sizeof *both, compare);
    double least = both[0], median = both[bench.rounds / 2], n = bench.messages;
    printf("{\"bench\":\"throughput\",\"messages\":%" PRIu32 ",\"bytes\":%" PRIu32 ",\"partitions\":%" PRIu32
           ",\"settings\":\"",
           bench.messages, bench.bytes, bench.partitions);
    for (const char *const *setting = bench.settings; *setting; setting++)
        printf("%s%s", setting > bench.settings ? " " : "", *setting);
    printf("\",\"messages_per_cpu_second\":%.0f,\"median\":%.0f,\"produced_only\":%.0f,\"virtual_s\":%.3f,"
           "\"guard\":\"%s\",\"history\":\"%016" PRIx64 "\"}\n",
           n / least, n / median, n / produce[0], (double)bench.virtual_ns / 1e9,
           guard_was_on() ? "on" : "off", bench.history);
    return 0;
}
