/* SPDX-License-Identifier: Apache-2.0 */
/* A machine that dies: who dies with it, what its disk keeps, and that a seed says which. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "sim/world/disk.h"
#include "sim/world/schedule.h"
#include "tests/unit/world.h"

/* Writes "synced" durably under its own name; then a second file, which it leaves open and does not sync; and waits. */
static int writer(int argc, char **argv)
{
    (void)argc;
    char path[64];
    snprintf(path, sizeof path, "/%s.synced", argv[0]);
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    if (write(fd, "synced", 6) != 6 || fsync(fd) < 0 || close(fd) < 0)
        return 1;
    snprintf(path, sizeof path, "/%s.closed", argv[0]);
    fd = open(path, O_WRONLY | O_CREAT, 0644);
    if (write(fd, "closed", 6) != 6 || close(fd) < 0)
        return 1;
    snprintf(path, sizeof path, "/%s.open", argv[0]);
    fd = open(path, O_WRONLY | O_CREAT, 0644);
    if (write(fd, "open", 4) != 4)
        return 1;
    return (int)sleep(10);
}

static uint32_t ends;

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)opaque;
    ends |= end->killed ? 1u << process->number : 0;
}

static void (*crash)(void);

static void on_time(struct timer *timer)
{
    (void)timer;
    crash();
}

static void start(const char *name, const char *owner)
{
    struct host *host = host_new(name);
    if (owner)
        host_share_disk(host, host_by_name(owner));
    const char *arguments[] = {name, NULL};
    process_start(&(struct process_spec){
        .name = name, .host = host, .main = writer, .arguments = arguments, .on_end = on_end});
}

/* Two machines, one of which crashes after a second. */
static void play(uint64_t seed, bool is_shared, void (*how)(void))
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(world_nothing);
    is_warm = true;
    world_begin(&(struct world_options){.choices = seed ? CHOICE_SEEDED : CHOICE_ZERO, .seed = seed});
    ends = 0;
    crash = how;
    start("one", NULL);
    start("two", is_shared ? "one" : NULL);
    static struct timer timer;
    timer = (struct timer){.background = true};
    timer_start(&timer, INT64_C(1000000000), on_time);
    world_run();
}

static uint64_t finish(void)
{
    struct world_report report;
    world_end(&report);
    cr_assert(report.finding_count == 0, "%s", world_finding(0)->text);
    cr_assert(eq(u64, report.engine_live_bytes, 0));
    return report.history;
}

static int64_t bytes(const char *host, const char *path)
{
    return disk_file_bytes(host_by_name(host)->disk, path);
}

static void crash_one(void)
{
    host_crash(host_by_name("one"));
}

static void crash_storage(void)
{
    host_crash_disk(host_by_name("two"));
}

Test(world_crash, a_host_dies_with_its_processes_and_no_other)
{
    play(0, false, crash_one);
    cr_expect(eq(u32, ends, 1u << 1));
    cr_expect(eq(i64, bytes("one", "/one.synced"), 6));
    cr_expect(eq(i64, bytes("one", "/one.open"), 4), "option 0 keeps everything");
    finish();
}

/* How many of the seeds lost something of a file. */
static int losses(bool is_shared, void (*how)(void), const char *path, int64_t whole)
{
    int count = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        play(seed, is_shared, how);
        count += bytes("one", path) != whole;
        finish();
    }
    return count;
}

Test(world_crash, a_disk_loses_what_was_not_synced_and_nothing_else)
{
    cr_expect(eq(int, losses(false, crash_one, "/one.synced", 6), 0));
    cr_expect(ge(int, losses(false, crash_one, "/one.closed", 6), 6));
    cr_expect(ge(int, losses(false, crash_one, "/one.open", 4), 6));
}

Test(world_crash, a_client_of_shared_storage_loses_only_what_it_had_not_closed)
{
    cr_expect(eq(int, losses(true, crash_one, "/one.closed", 6), 0));
    cr_expect(ge(int, losses(true, crash_one, "/one.open", 4), 6));
    cr_expect(eq(int, losses(true, crash_one, "/two.open", 4), 0));
    cr_expect(eq(u32, ends, 1u << 1));
}

Test(world_crash, shared_storage_takes_all_its_clients_with_it)
{
    cr_expect(ge(int, losses(true, crash_storage, "/two.open", 4), 6));
    cr_expect(eq(int, losses(true, crash_storage, "/two.synced", 6), 0));
    cr_expect(eq(u32, ends, 1u << 1 | 1u << 2));
}

Test(world_crash, a_seed_says_what_is_lost)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        play(seed, false, crash_one);
        uint64_t first = finish();
        play(seed, false, crash_one);
        cr_expect(eq(u64, first, finish()));
    }
}
