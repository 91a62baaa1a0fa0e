/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: what the world's own machinery costs: switches, picks, worlds, and a client that has nothing to do.
 *
 * Prints a JSON object per measurement: CPU nanoseconds an operation, the least and the median of several rounds. Time
 * is taken outside the world, around world_run. Left out: scenarios (tests/bench/run times them by millrace-sim).
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sim/cli/brokers.h"
#include "sim/world/choice.h"
#include "sim/world/guard.h"
#include "sim/world/host.h"
#include "sim/world/network.h"
#include "sim/world/process.h"
#include "sim/world/schedule.h"
#include "sim/world/task.h"
#include "sim/world/world.h"

enum {
    ROUNDS = 7,
    SWITCHES = 2000000,
    CALLS = 1000000,
    PICKS = 5000000,
    WORLDS = 500,
    IDLE_SHORT_S = 600,
    IDLE_LONG_S = 4200,
    ERROR_BYTES = 512,
    BOOTSTRAP_BYTES = 256,
};

#define SECOND_NS INT64_C(1000000000)

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void report(const char *name, double rounds[ROUNDS], uint64_t operations)
{
    qsort(rounds, ROUNDS, sizeof *rounds, compare);
    printf("{\"bench\":\"%s\",\"ns\":%.2f,\"median_ns\":%.2f,\"per_second\":%.0f,\"operations\":%" PRIu64
           ",\"rounds\":%d,\"tasks\":\"%s\",\"guard\":\"%s\"}\n",
           name, rounds[0], rounds[ROUNDS / 2], 1e9 / rounds[0], operations, ROUNDS, task_backend_name(),
           guard_was_on() ? "on" : "off");
    fflush(stdout);
}

/* --- switches -------------------------------------------------------------------------------------------------- */

/* Every task stands in this loop when it is left: tasks that wait in different places also
 * cost the processor a mispredicted return. */
__attribute__((noinline)) static void *yield_in_engine(void *unused)
{
    for (int i = 0; i < SWITCHES / 2; i++)
        schedule_yield();
    return unused;
}

static int two_threads(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pthread_t other;
    if (pthread_create(&other, NULL, yield_in_engine, NULL) != 0)
        return 1;
    yield_in_engine(NULL);
    return pthread_join(other, NULL);
}

static int one_thread(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    yield_in_engine(NULL);
    return 0;
}

static int yield_by_call(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int i = 0; i < CALLS / 2; i++)
        sched_yield();
    return 0;
}

/* Runs main in so many processes; CPU ns an operation. */
static double time_processes(int (*main)(int, char **), int processes, uint64_t operations)
{
    static const char *const arguments[] = {"bench", NULL};
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED, .seed = 1, .livelock_points = UINT64_MAX});
    for (int i = 0; i < processes; i++) {
        char name[16];
        snprintf(name, sizeof name, "bench.%d", i);
        process_start(&(struct process_spec){
            .name = name, .host = host_new(name), .main = main, .arguments = arguments});
    }
    int64_t began_ns = cpu_ns();
    world_run();
    int64_t took_ns = cpu_ns() - began_ns;
    struct world_report result;
    world_end(&result);
    if (result.finding_count)
        fprintf(stderr, "%s\n", world_finding(0)->text);
    return (double)took_ns / (double)operations;
}

static void bench_processes(const char *name, int (*main)(int, char **), int processes, uint64_t operations)
{
    double rounds[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        rounds[i] = time_processes(main, processes, operations);
    report(name, rounds, operations);
}

/* --- picks ----------------------------------------------------------------------------------------------------- */

static struct choice_point point_pick = CHOICE_POINT("bench/pick");

/* 0 of one option is not recorded; of two thousand million, nearly every pick is. */
static void bench_picks(const char *name, uint32_t options)
{
    double rounds[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        choice_begin(CHOICE_SEEDED, 1);
        int64_t began_ns = cpu_ns();
        for (int n = 0; n < PICKS; n++)
            choice_pick(&point_pick, options);
        rounds[i] = (double)(cpu_ns() - began_ns) / PICKS;
        choice_end();
    }
    report(name, rounds, PICKS);
}

/* --- worlds ---------------------------------------------------------------------------------------------------- */

static int nothing(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static void bench_worlds(const char *name, int processes)
{
    double rounds[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        int64_t began_ns = cpu_ns();
        for (int n = 0; n < WORLDS; n++)
            time_processes(nothing, processes, 1);
        rounds[i] = (double)(cpu_ns() - began_ns) / WORLDS;
    }
    report(name, rounds, WORLDS);
}

/* --- an idle client -------------------------------------------------------------------------------------------- */

struct idle {
    struct brokers brokers;
    int (*main)(int, char **);
    struct timer start, end;
};

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *bootstrap)
{
    char error[ERROR_BYTES];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap, error, sizeof error);
    if (type == RD_KAFKA_CONSUMER)
        rd_kafka_conf_set(configuration, "group.id", "group", error, sizeof error);
    return rd_kafka_new(type, configuration, error, sizeof error);
}

static int idle_producer(int argc, char **argv)
{
    rd_kafka_t *client = new_client(RD_KAFKA_PRODUCER, argv[argc - 1]);
    while (client)
        rd_kafka_poll(client, 1000);
    return 2;
}

static int idle_consumer(int argc, char **argv)
{
    rd_kafka_t *client = new_client(RD_KAFKA_CONSUMER, argv[argc - 1]);
    if (!client)
        return 2;
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, "topic", RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(client, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    while (client) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(client, 1000);
        if (message)
            rd_kafka_message_destroy(message);
    }
    return 2;
}

static void on_start(struct timer *timer)
{
    struct idle *idle = SCHEDULE_OWNER(timer, struct idle, start);
    const char *arguments[] = {"idle", idle->brokers.bootstrap, NULL};
    if (idle->main)
        process_start(&(struct process_spec){
            .name = "idle", .host = host_new("idle"), .main = idle->main, .arguments = arguments});
}

static void on_end(struct timer *timer)
{
    (void)timer;
    world_stop();
}

/* CPU ns of a world of so many virtual seconds with a broker and that client (NULL: none). */
static double time_idle(int (*main)(int, char **), int64_t seconds)
{
    static const char *const arguments[] = {"--topic", "topic:1", NULL};
    struct idle idle = {.main = main};
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED, .seed = 1});
    brokers_start(&idle.brokers, 1, arguments);
    timer_start(&idle.start, SECOND_NS, on_start);
    timer_start(&idle.end, seconds * SECOND_NS, on_end);
    int64_t began_ns = cpu_ns();
    world_run();
    int64_t took_ns = cpu_ns() - began_ns;
    struct world_report result;
    world_end(&result);
    if (result.finding_count)
        fprintf(stderr, "%s\n", world_finding(0)->text);
    return (double)took_ns;
}

/* What an hour adds to ten minutes, a second of it: beginning and end cancel out. */
static void bench_idle(const char *name, int (*main)(int, char **))
{
    double rounds[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        rounds[i] =
            (time_idle(main, IDLE_LONG_S) - time_idle(main, IDLE_SHORT_S)) / (IDLE_LONG_S - IDLE_SHORT_S);
    report(name, rounds, IDLE_LONG_S - IDLE_SHORT_S);
}

static int warm_up(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return brokers_exercise();
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "";
    world_warm_up(warm_up);
    if (!*only || strcmp(only, "switch") == 0) {
        bench_processes("switch", two_threads, 1, SWITCHES);
        bench_processes("process_change", one_thread, 2, SWITCHES);
        bench_processes("sched_yield_call", yield_by_call, 2, CALLS);
    }
    if (!*only || strcmp(only, "pick") == 0) {
        bench_picks("pick", 1);
        bench_picks("recorded_pick", 2000000000);
    }
    if (!*only || strcmp(only, "world") == 0) {
        bench_worlds("world_without_process", 0);
        bench_worlds("world_of_one_process", 1);
    }
    if (!*only || strcmp(only, "idle") == 0) {
        bench_idle("idle_second_of_broker", NULL);
        bench_idle("idle_second_of_producer_and_broker", idle_producer);
        bench_idle("idle_second_of_group_member_and_broker", idle_consumer);
    }
    return 0;
}
