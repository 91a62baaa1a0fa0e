/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worlds: plays seeds FIRST..LAST of a scenario one after another in this process, and says what they cost. Under
 * callgrind the difference of two such runs is the instructions of the worlds between them, start and warm-up left out.
 * usage: bench-worlds SCENARIO FIRST LAST
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "sim/cli/play.h"
#include "sim/cli/playable.h"

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static struct play_result result;
    char error[SCENARIO_ERROR_BYTES];
    if (argc != 4)
        return fprintf(stderr, "usage: bench-worlds SCENARIO FIRST LAST\n"), 2;
    struct scenario *scenario = playable_load(argv[1], error);
    if (!scenario)
        return fprintf(stderr, "%s\n", error), 2;
    play_open();
    uint64_t first = strtoull(argv[2], NULL, 10), last = strtoull(argv[3], NULL, 10), events = 0,
             histories = 0;
    size_t failures = 0;
    double began = cpu_seconds();
    for (uint64_t seed = first; seed <= last; seed++) {
        play(&(struct play_options){.scenario = scenario, .seed = seed}, &result);
        events += result.events;
        histories = histories * 31 + result.history;
        failures += result.finding_count > 0;
        play_result_deinit(&result);
    }
    double took = cpu_seconds() - began, worlds = (double)(last - first + 1);
    printf("{\"bench\":\"worlds\",\"scenario\":\"%s\",\"worlds\":%.0f,\"cpu_seconds\":%.3f,\"worlds_per_cpu_"
           "second\":%.2f,"
           "\"events_per_world\":%.0f,\"failures\":%zu,\"histories\":\"%016" PRIx64 "\"}\n",
           scenario->name, worlds, took, worlds / took, (double)events / worlds, failures, histories);
    scenario_free(scenario);
    return 0;
}
