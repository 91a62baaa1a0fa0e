/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conformance-world: the conformance cases, or the raw frames, as a process of a simulated world beside our brokers.
 *
 *   conformance-world [--seed N] [--release R] [--set NAME=VALUE].. [--broker-bug NAME].. [--case NAME]..
 *                    [--frames | --cluster]
 *
 * Each case gets a world of its own; what it prints is what conformance-kafka prints. The same objects as there: this
 * file only makes the world around them. They run on the brokers' host, where the control interface listens; the
 * brokers are reached over the simulated network. A world that finds something says so as the case's outcome.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/brokers.h"
#include "sim/world/process.h"
#include "sim/world/schedule.h"
#include "sim/world/world.h"
#include "tests/conformance/kafka/case.h"
#include "tests/conformance/kafka/frames.h"

#define CONTROL_PORT   "9990"
#define READY_CHECK_NS INT64_C(10000000)
#define VIRTUAL_NS_MAX (INT64_C(3600) * 1000000000)

enum { CLUSTER_BROKERS = 3, SETTINGS_MAX = 32, ONLY_MAX = 256, DISORDER_PER_MILLION = 10000 };

static const char usage[] = "usage: conformance-world [--seed N] [--release R] [--set NAME=VALUE].. "
                            "[--broker-bug NAME].. [--case NAME].. [--frames | --cluster]\n";

static struct {
    uint64_t seed;
    bool is_frames, is_cluster;                     /* three brokers, and the cases that need them */
    const char *settings[4 + 2 * SETTINGS_MAX + 1]; /* what `serve` gets */
    size_t setting_count, only_count;
    const char *only[ONLY_MAX];
} call = {.seed = 1, .settings = {"--control", CONTROL_PORT}, .setting_count = 2};

/* One world. */
struct play {
    struct brokers brokers;
    struct timer budget, ready_check;
    const char *case_name; /* NULL: the frames */
    bool is_printed, is_out_of_time;
    struct process_end end;
};

static void on_output(void *opaque, struct process *process, int fd, const void *data, size_t bytes)
{
    (void)process;
    ((struct play *)opaque)->is_printed |= fd == STDOUT_FILENO;
    fwrite(data, 1, bytes, fd == STDOUT_FILENO ? stdout : stderr);
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)process;
    ((struct play *)opaque)->end = *end;
    world_stop();
}

static void on_budget_spent(struct timer *timer)
{
    SCHEDULE_OWNER(timer, struct play, budget)->is_out_of_time = true;
    world_stop();
}

static void start_program(struct play *play)
{
    const char *cases[] = {"cases",
                           "--bootstrap",
                           play->brokers.bootstrap,
                           "--control",
                           "127.0.0.1:" CONTROL_PORT,
                           "--case",
                           play->case_name,
                           NULL};
    const char *frames[] = {"frames", "--bootstrap", play->brokers.bootstrap, NULL};
    process_start(&(struct process_spec){.name = "program",
                                         .host = play->brokers.process->host,
                                         .main = play->case_name ? conformance_main : frames_main,
                                         .arguments = play->case_name ? cases : frames,
                                         .on_output = on_output,
                                         .on_end = on_end,
                                         .opaque = play});
}

static void on_ready_check(struct timer *timer)
{
    struct play *play = SCHEDULE_OWNER(timer, struct play, ready_check);
    if (play->brokers.is_ready)
        start_program(play);
    else
        timer_start(timer, READY_CHECK_NS, on_ready_check);
}

/* What became of it, if it did not end well. */
static bool tell(const struct play *play, const struct world_report *report)
{
    const char *name = play->case_name ? play->case_name : "frames", *ill = NULL;
    if (world_finding_count() > 0)
        ill = world_finding_name(world_finding(0)->kind);
    else if (play->is_out_of_time)
        ill = "no end";
    else if (play->end.status || play->end.killed || !play->is_printed)
        ill = "a wrong end";
    else if (report->engine_live_bytes)
        ill = "memory of the engine that is not given back";
    if (!ill)
        return true;
    if (play->case_name)
        printf("%s\tthe world found %s\n", name, ill);
    fprintf(stderr, "conformance-world: %s: seed %" PRIu64 ": %s, status %d\n", name, call.seed, ill,
            play->end.status);
    for (size_t i = 0; i < world_finding_count(); i++)
        fprintf(stderr, "    at %.9f s: %s\n", (double)world_finding(i)->time_ns / 1e9,
                world_finding(i)->text);
    return false;
}

static bool run_world(const char *case_name)
{
    struct play play = {.case_name = case_name};
    struct world_report report;
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED,
                                        .seed = call.seed,
                                        .preempt_per_million = DISORDER_PER_MILLION,
                                        .reorder_per_million = DISORDER_PER_MILLION});
    play.budget.background = true;
    timer_start(&play.budget, VIRTUAL_NS_MAX, on_budget_spent);
    brokers_start(&play.brokers, call.is_cluster ? CLUSTER_BROKERS : 1, call.settings);
    timer_start(&play.ready_check, READY_CHECK_NS, on_ready_check);
    world_run();
    timer_stop(&play.budget);
    timer_stop(&play.ready_check);
    world_end(&report);
    fflush(stdout);
    return tell(&play, &report);
}

static bool is_wanted(const char *name)
{
    for (size_t i = 0; i < call.only_count; i++)
        if (strcmp(call.only[i], name) == 0)
            return true;
    return call.only_count == 0;
}

static bool set_value(const char *option, const char *value)
{
    static const char *const passed_on[] = {"--set", "--release", "--broker-bug"};
    if (strcmp(option, "--seed") == 0) {
        call.seed = strtoull(value, NULL, 10);
        return true;
    }
    if (strcmp(option, "--case") == 0 && call.only_count < ONLY_MAX) {
        call.only[call.only_count++] = value;
        return true;
    }
    for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++) {
        if (strcmp(option, passed_on[i]) != 0 || call.setting_count + 2 > 4 + 2 * SETTINGS_MAX)
            continue;
        call.settings[call.setting_count++] = passed_on[i];
        call.settings[call.setting_count++] = value;
        return true;
    }
    return false;
}

static bool parse(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--frames") == 0)
            call.is_frames = true;
        else if (strcmp(argv[i], "--cluster") == 0)
            call.is_cluster = true;
        else if (i + 1 == argc || !set_value(argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return true;
}

static int warm_up(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return brokers_exercise();
}

int main(int argc, char **argv)
{
    bool is_well = true;
    if (!parse(argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    world_warm_up(warm_up);
    if (call.is_frames)
        return run_world(NULL) ? 0 : 1;
    const struct conformance_case *const *files =
        call.is_cluster ? conformance_cluster_files : conformance_files;
    for (; *files; files++)
        for (const struct conformance_case *one = *files; one->name; one++)
            if (is_wanted(one->name))
                is_well &= run_world(one->name);
    return is_well ? 0 : 1;
}
