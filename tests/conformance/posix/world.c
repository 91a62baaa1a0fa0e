/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a case in the simulated world. No faults: only the schedule differs from seed to seed. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world/disk.h"
#include "sim/world/host.h"
#include "sim/world/schedule.h"
#include "tests/conformance/posix/world.h"

enum { OFTEN_PER_MILLION = 200000 };
#define DEADLINE_NS (60 * INT64_C(1000000000))
#define DIRECTORY   "/scratch"

struct listener {
    FILE *text;
    struct process_end end;
    bool has_ended;
};

static int run_case(int argc, char **argv)
{
    assert(argc == 2);
    likeness_at(strtoul(argv[1], NULL, 10))->run();
    fflush(stdout);
    return 0;
}

static void on_output(void *opaque, struct process *process, int fd, const void *data, size_t bytes)
{
    (void)process;
    struct listener *listener = opaque;
    if (fd == 1)
        fwrite(data, 1, bytes, listener->text);
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)process;
    struct listener *listener = opaque;
    listener->end = *end;
    listener->has_ended = true;
}

static int run_nothing(int argc, char **argv)
{
    (void)argv;
    return argc > 1;
}

static void stop(struct timer *timer)
{
    (void)timer;
    world_stop();
}

static void say_end(const struct listener *listener)
{
    if (!listener->has_ended)
        fprintf(listener->text, "ended by a finding, or after a minute\n");
    else if (listener->end.killed)
        fprintf(listener->text, "ended by SIG%s\n", sigabbrev_np(listener->end.signal));
    else if (listener->end.status)
        fprintf(listener->text, "ended with exit status %d\n", listener->end.status);
}

static void say_item(void *opaque, const struct disk_item *item)
{
    fprintf(opaque, "%s\n", item->path);
}

static char *left_over(struct host *host)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    disk_each(host->disk, DIRECTORY, say_item, stream);
    struct disk_usage usage = disk_usage(host->disk);
    if (usage.open_count || usage.orphan_count)
        fprintf(stream, "%llu open files, %llu without a name\n", (unsigned long long)usage.open_count,
                (unsigned long long)usage.orphan_count);
    fclose(stream);
    return text;
}

struct likeness_world likeness_world_run(size_t index, uint64_t seed)
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(run_nothing);
    is_warm = true;

    struct likeness_world world = {0};
    size_t bytes = 0;
    struct listener listener = {.text = open_memstream(&world.output, &bytes)};
    uint32_t chance = seed ? OFTEN_PER_MILLION : 0;
    world_begin(&(struct world_options){.choices = seed ? CHOICE_SEEDED : CHOICE_ZERO,
                                        .seed = seed,
                                        .preempt_per_million = chance,
                                        .reorder_per_million = chance});
    struct host *host = host_new("machine");
    disk_put_directory(host->disk, DIRECTORY);
    char number[24];
    snprintf(number, sizeof number, "%zu", index);
    process_start(&(struct process_spec){.name = "case",
                                         .host = host,
                                         .main = run_case,
                                         .arguments = (const char *const[]){"case", number, NULL},
                                         .environment = (const char *const[]){"PATH=/usr/bin:/bin", NULL},
                                         .directory = DIRECTORY,
                                         .on_output = on_output,
                                         .on_end = on_end,
                                         .opaque = &listener});
    struct timer deadline = {.background = true};
    timer_start(&deadline, DEADLINE_NS, stop);
    world_run();
    timer_stop(&deadline);
    say_end(&listener);
    fclose(listener.text);
    world.left_over = left_over(host);
    world.end = listener.end;
    world_end(&world.report);
    if (world.report.finding_count)
        snprintf(world.finding, sizeof world.finding, "%s: %s", world_finding_name(world_finding(0)->kind),
                 world_finding(0)->text);
    return world;
}

void likeness_world_free(struct likeness_world *world)
{
    free(world->output);
    free(world->left_over);
}
