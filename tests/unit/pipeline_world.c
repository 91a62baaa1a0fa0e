/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline_world: producer, consumer and committer of the pipeline over librdkafka's mock brokers, all in one process of a world,
 * where a slow broker costs no time and its answers come in one order. The mock takes any sequence number, as a real
 * leader does that holds nothing of the producer yet (before KAFKA-15591).
 */
#include "pipeline/clock.h"
#include "pipeline/committer.h"
#include "pipeline/consumer.h"
#include "pipeline/memory.h"
#include "pipeline/producer.h"

#include <criterion/criterion.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
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
    enum committer_end first, second; /* of a batch that is committed, and once more if need be */
    int64_t committed_first, committed_second;
    size_t delivered_first;
    int64_t took_ms;
    char reason[ERROR_BYTES];
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

/* ---- committer ---- */

enum { OUTPUTS = 3, LARGE_BYTES = 2000000 };

/* A batch of one record with OUTPUTS outputs, offset 1 of partition 0. */
struct work {
    struct outputs outputs;
    struct batch batch;
};

static void work_open(struct work *work, size_t value_bytes)
{
    char *value = memory_new(value_bytes + 1);
    memset(value, 'v', value_bytes);
    *work = (struct work){0};
    for (int i = 0; i < OUTPUTS; i++) {
        struct output_record record = {.topic = TOPIC,
                                       .has_partition = true,
                                       .partition = 1,
                                       .value = value,
                                       .value_bytes = i == 1 ? value_bytes : 1};
        outputs_add(&work->outputs, &record);
    }
    free(value);
    batch_init(&work->batch, 1);
    batch_add(&work->batch, &work->outputs);
    rd_kafka_topic_partition_list_add(work->batch.offsets, TOPIC, 0)->offset = 1;
}

static void work_close(struct work *work)
{
    batch_deinit(&work->batch);
    outputs_clear(&work->outputs);
}

static bool make_durable(void *context)
{
    int *failures = context;
    return (*failures)-- <= 0;
}

static enum committer_end commit_work(struct committer *committer, struct work *work,
                                      const rd_kafka_consumer_group_metadata_t *membership)
{
    const char *reason = "";
    committer_wait(committer, LIMIT_MS);
    committer_start(committer, &work->batch, membership);
    committer_wait(committer, LIMIT_MS);
    enum committer_end end = COMMITTER_STOPPED;
    committer_take(committer, &work->batch, &end, &reason);
    snprintf(seen.reason, sizeof seen.reason, "%s", reason);
    return end;
}

static int64_t committed(struct brokers *brokers)
{
    char error[ERROR_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(brokers->cluster), error,
                      sizeof error);
    rd_kafka_conf_set(conf, "group.id", "group", error, sizeof error);
    rd_kafka_t *reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, TOPIC, 0);
    rd_kafka_committed(reader, list, LIMIT_MS);
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(reader);
    return offset;
}

/* The scenes differ in this. */
static struct {
    bool is_plain, is_nobody, is_down;
    int durable_failures;
    size_t value_bytes;
    rd_kafka_resp_err_t commit_error;
} setting;

enum { API_OFFSET_COMMIT = 8 };

/* Commits one batch, and again if it came to nothing for a reason that passes. */
static int commits(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct brokers brokers;
    struct member member;
    struct work work;
    char error[CLIENT_ERROR_BYTES];
    brokers_open(&brokers, PARTITIONS);
    config_read_flag(&brokers.config, "consumer.start=earliest", error);
    config_read_flag(&brokers.config, "commit.timeout_ms=20000", error);
    member_open(&member, &brokers);
    while (member.partitions < PARTITIONS)
        member_step(&member);
    int durable_failures = setting.durable_failures;
    struct committer_options options = {.config = &brokers.config,
                                        .log = &brokers.log,
                                        .wake = &member.wake,
                                        .consumer = consumer_client(member.consumer),
                                        .transactional_id = setting.is_plain ? NULL : "id",
                                        .make_durable = make_durable,
                                        .context = &durable_failures};
    struct committer *committer = committer_new(&options, error);
    work_open(&work, setting.value_bytes);
    if (setting.commit_error)
        rd_kafka_mock_push_request_errors(brokers.cluster, API_OFFSET_COMMIT, 1, setting.commit_error);
    committer_wait(committer, LIMIT_MS);
    if (setting.is_down)
        rd_kafka_mock_broker_set_down(brokers.cluster, 1);
    int64_t begun_ns = clock_now_ns();
    seen.first =
        commit_work(committer, &work, setting.is_nobody ? NULL : consumer_membership(member.consumer));
    seen.took_ms = (clock_now_ns() - begun_ns) / CLOCK_NS_PER_MS;
    rd_kafka_mock_broker_set_up(brokers.cluster, 1);
    seen.committed_first = committed(&brokers);
    for (size_t i = 0; i < work.batch.output_count; i++)
        seen.delivered_first += work.batch.outputs[i]->is_delivered;
    if (seen.first == COMMITTER_AGAIN)
        seen.second = commit_work(committer, &work, consumer_membership(member.consumer));
    seen.committed_second = committed(&brokers);
    seen.in_log = records_in_log(&brokers, 1);
    work_close(&work);
    committer_free(committer);
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

Test(committer, commits_outputs_and_offsets)
{
    setting.value_bytes = 10;
    for (int plain = 0; plain < 2; plain++) {
        setting.is_plain = plain;
        play(commits);
        cr_expect(seen.first == COMMITTER_DONE, "%s", seen.reason);
        /* The mock takes offsets within a transaction, and keeps none. */
        cr_expect(seen.committed_first == (plain ? 1 : RD_KAFKA_OFFSET_INVALID));
        cr_expect(seen.in_log == OUTPUTS, "%lld", (long long)seen.in_log);
    }
}

Test(committer, commits_nothing_for_who_is_no_member)
{
    setting.value_bytes = 10;
    setting.is_nobody = true;
    play(commits);
    cr_expect(seen.first == COMMITTER_AGAIN);
    cr_expect(seen.committed_first == RD_KAFKA_OFFSET_INVALID);
    cr_expect(seen.delivered_first == 0);
    cr_expect(seen.second == COMMITTER_DONE);
    cr_expect(seen.in_log == OUTPUTS);
}

Test(committer, commits_nothing_that_tells_of_what_is_not_durable)
{
    setting.value_bytes = 10;
    setting.durable_failures = 1;
    for (int plain = 0; plain < 2; plain++) {
        setting.is_plain = plain;
        play(commits);
        cr_expect(seen.first == COMMITTER_AGAIN);
        cr_expect(seen.committed_first == RD_KAFKA_OFFSET_INVALID);
        cr_expect(seen.second == COMMITTER_DONE, "%s", seen.reason);
        cr_expect(seen.committed_second == (plain ? 1 : RD_KAFKA_OFFSET_INVALID));
    }
}

Test(committer, says_which_output_no_broker_will_take)
{
    setting.value_bytes = LARGE_BYTES;
    for (int plain = 0; plain < 2; plain++) {
        setting.is_plain = plain;
        play(commits);
        cr_expect(seen.first == COMMITTER_REFUSED, "%s", seen.reason);
        cr_expect(seen.committed_first == RD_KAFKA_OFFSET_INVALID);
        cr_expect(strncmp(seen.reason, TOPIC ":", strlen(TOPIC ":")) == 0, "%s", seen.reason);
    }
}

Test(committer, at_least_once_sends_nothing_twice_that_was_acknowledged)
{
    setting.value_bytes = 10;
    setting.is_plain = true;
    setting.commit_error = RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE;
    play(commits);
    cr_expect(seen.first == COMMITTER_AGAIN);
    cr_expect(seen.delivered_first == OUTPUTS);
    cr_expect(seen.second == COMMITTER_DONE, "%s", seen.reason);
    cr_expect(seen.in_log == OUTPUTS, "%lld", (long long)seen.in_log);
}

Test(committer, that_comes_to_no_end_stops)
{
    setting.value_bytes = 10;
    setting.is_down = true;
    play(commits);
    cr_expect(seen.first == COMMITTER_STOPPED, "%s", seen.reason);
    cr_expect(seen.took_ms >= 20000 && seen.took_ms < 40000, "%lld ms", (long long)seen.took_ms);
    cr_expect(seen.committed_first == RD_KAFKA_OFFSET_INVALID);
}
