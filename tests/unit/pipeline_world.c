/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline_world: producer and consumer of the pipeline over librdkafka's mock brokers, all in one process of a world,
 * where a slow broker costs no time and its answers come in one order. The mock takes any sequence number, as a real
 * leader does that holds nothing of the producer yet (before KAFKA-15591).
 */
#include "pipeline/clock.h"
#include "pipeline/consumer.h"
#include "pipeline/producer.h"

#include <criterion/criterion.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "sim/world/host.h"
#include "sim/world/process.h"
#include "sim/world/world.h"

#define TOPIC "topic"

enum {
    API_PRODUCE = 0,
    ROUND_TRIP_MS = 200,
    STEP_MS = 20,
    LIMIT_MS = 600000,
    ERROR_BYTES = 512,
    PARTITIONS = 2,
    RECORDS = 5, /* in each partition */
};

/* What a scene saw, for the expectations after its world. */
struct seen {
    int delivered, otherwise;
    int64_t in_log;
    bool is_taken[PARTITIONS][RECORDS];
    bool has_come_back;
};

static struct seen seen;

/* ---- brokers ---- */

struct brokers {
    rd_kafka_t *client; /* the mock's own; it asks the brokers, too */
    rd_kafka_mock_cluster_t *cluster;
    struct config config;
    struct log log;
};

static void brokers_open(struct brokers *brokers, int partitions)
{
    char error[ERROR_BYTES], line[ERROR_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", error, sizeof error);
    brokers->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    brokers->cluster = rd_kafka_handle_mock_cluster(brokers->client);
    rd_kafka_mock_topic_create(brokers->cluster, TOPIC, partitions, 1);
    config_init(&brokers->config);
    snprintf(line, sizeof line, "kafka.bootstrap.servers=%s",
             rd_kafka_mock_cluster_bootstraps(brokers->cluster));
    config_read_flag(&brokers->config, line, error);
    config_read_flag(&brokers->config, "kafka.producer.linger.ms=0", error);
    log_init(&brokers->log, LOG_ERROR, "test", "0");
}

static void brokers_close(struct brokers *brokers)
{
    config_deinit(&brokers->config);
    rd_kafka_destroy(brokers->client);
}

static int64_t records_in_log(struct brokers *brokers, int32_t partition)
{
    int64_t low = 0, high = 0;
    if (rd_kafka_query_watermark_offsets(brokers->client, TOPIC, partition, &low, &high, LIMIT_MS))
        return -1;
    return high - low;
}

/* ---- producer ---- */

static void on_delivered(void *context, enum producer_outcome outcome, const char *reason)
{
    (void)context, (void)reason;
    if (outcome == PRODUCER_DELIVERED)
        seen.delivered++;
    else
        seen.otherwise++;
}

static void send_one(struct producer *producer)
{
    struct output_record record = {.topic = TOPIC, .key = "key", .key_bytes = 3};
    producer_send(producer, &record, on_delivered, NULL);
    producer_step(producer, STEP_MS);
}

static void step_until_all_are_reported(struct producer *producer)
{
    int64_t deadline_ns = clock_now_ns() + LIMIT_MS * CLOCK_NS_PER_MS;
    while (producer_pending(producer) > 0 && clock_now_ns() < deadline_ns)
        producer_step(producer, STEP_MS);
}

/* Two batches in flight; the leader refuses the first and takes the second. */
static int refused_first_batch(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct brokers brokers;
    char error[CLIENT_ERROR_BYTES];
    brokers_open(&brokers, 1);
    struct producer *producer = producer_new(&brokers.config, &brokers.log, NULL, error);
    send_one(producer);
    step_until_all_are_reported(producer);
    rd_kafka_mock_broker_set_rtt(brokers.cluster, 1, ROUND_TRIP_MS);
    rd_kafka_mock_push_request_errors(brokers.cluster, API_PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    send_one(producer);
    send_one(producer);
    step_until_all_are_reported(producer);
    producer_free(producer);
    seen.in_log = records_in_log(&brokers, 0);
    brokers_close(&brokers);
    return 0;
}

/* ---- consumer ---- */

struct member {
    struct consumer *consumer;
    struct shutdown shutdown;
    struct wake wake;
    int partitions;                                  /* assigned now */
    struct consumer_position unfinished[PARTITIONS]; /* the last record of each; assignment 0: none */
};

static void on_assigned(void *context, const struct consumer_position *position)
{
    (void)position;
    ((struct member *)context)->partitions++;
}

static void on_gone(void *context, uint64_t assignment)
{
    struct member *member = context;
    member->partitions--;
    for (int partition = 0; partition < PARTITIONS; partition++)
        if (member->unfinished[partition].assignment == assignment)
            member->unfinished[partition] = (struct consumer_position){0};
}

static void nothing(void *context)
{
    (void)context;
}

static void member_open(struct member *member, struct brokers *brokers)
{
    static const struct consumer_hooks hooks = {
        .on_assigned = on_assigned, .on_settle = nothing, .on_revoking = nothing, .on_gone = on_gone};
    char error[CLIENT_ERROR_BYTES];
    *member = (struct member){0};
    wake_open(&member->wake);
    shutdown_open(&member->shutdown, &member->wake, 60000);
    member->consumer = consumer_new(&(struct consumer_options){.config = &brokers->config,
                                                               .log = &brokers->log,
                                                               .shutdown = &member->shutdown,
                                                               .wake = &member->wake,
                                                               .group = "group",
                                                               .topics = {TOPIC},
                                                               .topic_count = 1,
                                                               .hooks = &hooks,
                                                               .context = member},
                                    error);
    consumer_join(member->consumer, error);
}

static void member_close(struct member *member)
{
    consumer_free(member->consumer);
    shutdown_close(&member->shutdown);
    wake_close(&member->wake);
}

static int taken_count(void)
{
    int count = 0;
    for (int partition = 0; partition < PARTITIONS; partition++)
        for (int offset = 0; offset < RECORDS; offset++)
            count += seen.is_taken[partition][offset];
    return count;
}

/* Takes what there is, and then lets some time pass. */
static void member_step(struct member *member)
{
    rd_kafka_message_t *message;
    struct consumer_position position;
    enum consumer_event event;
    while ((event = consumer_poll(member->consumer, &message, &position)) != CONSUMER_NOTHING &&
           event != CONSUMER_STOPPED) {
        if (event != CONSUMER_RECORD)
            continue;
        rd_kafka_message_destroy(message);
        member->unfinished[position.partition] = position;
    }
    consumer_set_room(member->consumer, true);
    usleep(STEP_MS * 1000);
}

static void commit(struct member *member)
{
    struct batch batch;
    if (!consumer_fill(member->consumer, RECORDS, &batch))
        return;
    if (!rd_kafka_commit(consumer_client(member->consumer), batch.offsets, 0))
        consumer_committed(member->consumer, &batch);
    batch_deinit(&batch);
}

/* The same, and finishes and commits all. */
static void member_finish_step(struct member *member)
{
    for (int partition = 0; partition < PARTITIONS; partition++) {
        struct consumer_position *position = &member->unfinished[partition];
        if (position->assignment)
            seen.is_taken[partition][position->offset] = true;
        consumer_finish(member->consumer, position, NULL);
        *position = (struct consumer_position){0};
    }
    commit(member);
    member_step(member);
}

/* With a window of one record both partitions are paused; another member takes one of them, and leaves. */
static int paused_partition_comes_back(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct brokers brokers;
    struct member member, other;
    char error[CONFIG_ERROR_BYTES];
    brokers_open(&brokers, PARTITIONS);
    config_read_flag(&brokers.config, "consumer.window=1", error);
    config_read_flag(&brokers.config, "consumer.start=earliest", error);
    config_read_flag(&brokers.config, "kafka.consumer.session.timeout.ms=6000", error);
    for (int i = 0; i < PARTITIONS * RECORDS; i++)
        rd_kafka_producev(brokers.client, RD_KAFKA_V_TOPIC(TOPIC), RD_KAFKA_V_PARTITION(i % PARTITIONS),
                          RD_KAFKA_V_END);
    rd_kafka_flush(brokers.client, LIMIT_MS);
    int64_t deadline_ns = clock_now_ns() + LIMIT_MS * CLOCK_NS_PER_MS;
    member_open(&member, &brokers);
    while (!(member.unfinished[0].assignment && member.unfinished[1].assignment) &&
           clock_now_ns() < deadline_ns)
        member_step(&member);
    member_open(&other, &brokers);
    while (!(member.partitions == 1 && other.partitions == 1) && clock_now_ns() < deadline_ns) {
        member_step(&member);
        member_step(&other);
    }
    bool was_gone = member.partitions == 1 && other.partitions == 1;
    member_close(&other);
    while (taken_count() < PARTITIONS * RECORDS && clock_now_ns() < deadline_ns)
        member_finish_step(&member);
    seen.has_come_back = was_gone && member.partitions == PARTITIONS;
    member_close(&member);
    brokers_close(&brokers);
    return 0;
}

/* ---- worlds ---- */

static void note_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)process;
    *(struct process_end *)opaque = *end;
}

static void play(int (*scene)(int, char **))
{
    static const char *const arguments[] = {"scene", NULL};
    struct process_end end = {0};
    struct world_report report;
    world_warm_up(scene);
    seen = (struct seen){0};
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED, .seed = 1});
    process_start(&(struct process_spec){.name = "scene",
                                         .host = host_new("host"),
                                         .main = scene,
                                         .arguments = arguments,
                                         .on_end = note_end,
                                         .opaque = &end});
    world_run();
    size_t findings = world_finding_count();
    cr_expect(findings == 0, "%s", findings ? world_finding(0)->text : "");
    world_end(&report);
}

Test(producer, a_record_is_delivered_only_when_a_broker_has_given_it_an_offset)
{
    play(refused_first_batch);
    cr_expect(seen.delivered == 3 && seen.otherwise == 0, "%d delivered, %d not", seen.delivered,
              seen.otherwise);
    cr_expect(seen.in_log == 3, "%lld of 3 in the log", (long long)seen.in_log);
}

Test(consumer, a_partition_that_left_while_it_was_paused_is_read_on_when_it_comes_back)
{
    play(paused_partition_comes_back);
    cr_assert(seen.has_come_back);
    cr_expect(taken_count() == PARTITIONS * RECORDS, "%d of %d records taken", taken_count(),
              PARTITIONS * RECORDS);
}
