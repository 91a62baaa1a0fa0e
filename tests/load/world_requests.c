/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One world of a scenario: which records lie where afterwards, and what was asked of the brokers for it. The world's
 * half of the comparison with Apache Kafka (see parity). usage: world-requests SCENARIO SEED RECORDS-FILE
 *
 * stdout: one line "requests CLIENT-ID API-KEY VERSION COUNT" for each, as count-requests prints it.
 * RECORDS-FILE: one line "TOPIC PARTITION KEY" for each record that was acknowledged.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "sim/cli/play.h"
#include "sim/cli/playable.h"
#include "sim/kafka/observe/observer.h"
#include "sim/world/disk.h"
#include "sim/world/host.h"
#include "sim/world/process.h"
#include "tests/load/request_counts.h"

struct counting {
    struct request_counts counts;
    FILE *records;
};

/* The world's disks stall now and then, which no scenario can forbid; here nothing goes wrong. */
static void forbid_stalls(const char *process_name)
{
    disk_settings(process_by_name(process_name)->host->disk)->fsync_slow_per_million = 0;
}

static void on_event(void *opaque, const struct history_event *event)
{
    const struct counting *counting = opaque;
    const struct history_produce *produce = &event->produce;
    if (event->kind == HISTORY_PROCESS && event->life.life == HISTORY_LIFE_START)
        forbid_stalls(event->process_name);
    if (event->kind != HISTORY_PRODUCE || produce->step != HISTORY_ANSWERED || produce->error)
        return;
    for (uint32_t i = 0; i < produce->record_count; i++)
        fprintf(counting->records, "%.*s %" PRId32 " %.*s\n", (int)produce->topic.bytes,
                (const char *)produce->topic.data, produce->partition, (int)produce->records[i].key.bytes,
                (const char *)produce->records[i].key.data);
}

static void on_request(void *opaque, const struct observer_request *request)
{
    struct counting *counting = opaque;
    request_counts_add(&counting->counts, request->client_id.data, request->client_id.bytes, request->api_key,
                       request->api_version);
}

int main(int argc, char **argv)
{
    static struct counting counting;
    static struct play_result result;
    char error[SCENARIO_ERROR_BYTES];
    if (argc != 4)
        return fprintf(stderr, "usage: world-requests SCENARIO SEED RECORDS-FILE\n"), 2;
    struct scenario *scenario = playable_load(argv[1], error);
    if (!scenario)
        return fprintf(stderr, "%s\n", error), 2;
    counting.records = fopen(argv[3], "w");
    if (!counting.records)
        return perror(argv[3]), 2;
    struct witness_guest guest = {.on_event = on_event, .on_request = on_request, .opaque = &counting};
    play_open();
    play(&(struct play_options){.scenario = scenario, .seed = strtoull(argv[2], NULL, 10), .guest = &guest},
         &result);
    for (size_t i = 0; i < result.finding_count; i++)
        fprintf(stderr, "%s: %s\n", result.findings[i].property, result.findings[i].message);
    int status = result.finding_count ? 1 : 0;
    request_counts_print(&counting.counts, stdout);
    printf("seconds %.3f\nhistory %016" PRIx64 "\n", (double)result.virtual_ns / 1e9, result.history);
    play_result_deinit(&result);
    scenario_free(scenario);
    return fclose(counting.records) ? 2 : status;
}
