/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of machines, disks, clocks, memory and HTTP servers have the effects that their names promise, and end. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "faults/plan.h"
#include "sim/world/disk.h"
#include "tests/unit/world.h"

enum { WORKERS = 3, PORT = 8080, SECONDS = 55, SEEDS = 6 };
#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

/* What the workers met; all of it lies outside the world, so that it outlives them. */
struct symptoms {
    uint32_t full, broken, slow, shorter, steps, skews, no_memory, refused;
};

static struct trial {
    struct fault_plan *plan;
    struct fault_counts counts;
    struct world_report report;
    bool is_healed;
    struct symptoms during, after;
    uint32_t ends, restarts, unsynced_lost, down, down_most;
    bool synced_lost;
    uint32_t synced[WORKERS], unsynced[WORKERS];
    uint32_t windows_opened[FAULT_HTTP_SLOW + 1], windows_open;
} trial;

static struct symptoms *now_seen(void)
{
    return trial.is_healed ? &trial.after : &trial.during;
}

/* --- the program ------------------------------------------------------------------------------------------------- */

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * S + now.tv_nsec;
}

static uint32_t read_number(const char *path)
{
    char text[16] = "";
    int fd = open(path, O_RDONLY);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
        text[0] = '\0';
    close(fd);
    return (uint32_t)atoi(text);
}

static void note_error(void)
{
    struct symptoms *seen = now_seen();
    seen->full += errno == ENOSPC;
    seen->broken += errno == EIO;
}

/* True when all of it is written, and synced if it is to be. */
static bool write_number(const char *path, uint32_t number, bool syncs)
{
    char text[16];
    int bytes = snprintf(text, sizeof text, "%08u", number), fd = open(path, O_WRONLY | O_CREAT, 0644);
    ssize_t written = fd < 0 ? -1 : write(fd, text, (size_t)bytes);
    if (written < 0)
        note_error();
    now_seen()->shorter += written >= 0 && written < bytes;
    struct symptoms *seen = now_seen();
    int64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
    bool is_synced = written == bytes && (!syncs || fsync(fd) == 0);
    if (written == bytes && !is_synced)
        note_error();
    seen->slow += clock_ns(CLOCK_MONOTONIC) - begin_ns > 5 * MS;
    close(fd);
    return is_synced;
}

static void try_to_connect(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    inet_pton(AF_INET, "10.0.0.1", &address.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        now_seen()->refused += errno == ECONNREFUSED;
    close(fd);
}

/* A file of its own that grows: it needs a page more now and then. */
static void grow(const char *name, uint32_t round)
{
    char path[32], block[512] = "";
    snprintf(path, sizeof path, "/%s.log", name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0 || write(fd, block, sizeof block) < 0)
        note_error();
    if (round % 64 == 63)
        (void)!ftruncate(fd, 0);
    close(fd);
}

static void *volatile keep;

static void look_at_clocks(int64_t *offset_ns, int64_t *lag_ns)
{
    int64_t offset_now_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
    int64_t lag_now_ns = clock_ns(CLOCK_MONOTONIC) - schedule_now();
    now_seen()->steps += llabs(offset_now_ns - *offset_ns) > S / 2;
    now_seen()->skews += llabs(lag_now_ns - *lag_ns) > 2000;
    *offset_ns = offset_now_ns;
    *lag_ns = lag_now_ns;
}

static int worker(int argc, char **argv)
{
    (void)argc;
    int number = argv[1][0] - '0';
    char synced[32], unsynced[32];
    snprintf(synced, sizeof synced, "/synced.%d", number);
    snprintf(unsynced, sizeof unsynced, "/unsynced.%d", number);
    uint32_t kept = read_number(synced); /* what was written last may have come through without a sync */
    trial.synced_lost |= kept != trial.synced[number] && kept != trial.synced[number] + 1;
    trial.synced[number] = kept;
    trial.unsynced_lost += read_number(unsynced) != trial.unsynced[number];
    int64_t offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
    int64_t lag_ns = clock_ns(CLOCK_MONOTONIC) - schedule_now();
    for (uint32_t round = 1; schedule_now() < SECONDS * S; round++) {
        if (write_number(synced, trial.synced[number] + 1, true))
            trial.synced[number]++;
        else /* as it is, whatever came of it */
            trial.synced[number] = read_number(synced);
        if (write_number(unsynced, trial.unsynced[number] + 1, false))
            trial.unsynced[number]++;
        grow(argv[0], round);
        try_to_connect();
        for (int i = 0; i < 100; i++) {
            keep = malloc(10);
            now_seen()->no_memory += !keep;
            free(keep);
        }
        look_at_clocks(&offset_ns, &lag_ns);
        nanosleep(&(struct timespec){.tv_nsec = 50 * MS}, NULL);
    }
    return 0;
}

static int server(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&address, sizeof address);
    listen(listener, 128);
    while (schedule_now() < SECONDS * S) {
        struct pollfd ready = {.fd = listener, .events = POLLIN};
        if (poll(&ready, 1, 1000) == 1)
            close(accept(listener, NULL, NULL));
    }
    return 0;
}

/* --- a world ------------------------------------------------------------------------------------------------------- */

static void on_heal(void *opaque, int64_t time_ns)
{
    (void)opaque;
    (void)time_ns;
    trial.is_healed = true;
}

static void on_restart(void *opaque, struct process *process, int64_t time_ns)
{
    (void)opaque;
    (void)process;
    (void)time_ns;
    trial.restarts++;
    trial.down--;
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)opaque;
    trial.ends += end->killed;
    trial.down += end->killed;
    trial.down_most = trial.down > trial.down_most ? trial.down : trial.down_most;
    fault_plan_on_process_end(trial.plan, process, end);
}

static bool is_http_server(void *opaque, const struct process *process)
{
    (void)opaque;
    return strcmp(process->name, "server") == 0;
}

static void on_http(void *opaque, const struct process *process, enum fault_http_window window, int status,
                    bool is_open)
{
    (void)opaque;
    (void)process;
    cr_expect(!is_open || (window == FAULT_HTTP_ERROR ? status >= 400 && status < 600 : status == 0));
    trial.windows_opened[window] += is_open;
    trial.windows_open += is_open ? 1 : UINT32_MAX;
}

static const struct fault_callbacks callbacks = {
    .on_heal = on_heal, .on_restart = on_restart, .is_http_server = is_http_server, .on_http = on_http};

static void start(const char *name, struct host *host, int (*main)(int, char **), const char *argument)
{
    const char *arguments[] = {name, argument, NULL};
    process_start(&(struct process_spec){
        .name = name, .host = host, .main = main, .arguments = arguments, .on_end = on_end});
}

static struct fault_spec spec_of(enum fault_kind kind)
{
    bool is_of_servers = fault_type(kind)->class == FAULT_OF_HTTP;
    return (struct fault_spec){.kind = kind,
                               .target = is_of_servers ? "*" : "worker.*",
                               .presence_per_million = 1000000,
                               .every_ns = 3 * S,
                               .duration_ns_min = 1 * S,
                               .duration_ns_max = 5 * S,
                               .restart_after_ns_min = S / 5,
                               .restart_after_ns_max = 3 * S};
}

static void play(enum fault_kind kind, uint64_t seed, bool shares)
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(world_nothing);
    is_warm = true;
    memset(&trial, 0, sizeof trial);
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED, .seed = seed});
    start("server", host_new("server"), server, NULL);
    static const char *const names[WORKERS] = {"worker.0", "worker.1", "worker.2"};
    for (int i = 0; i < WORKERS; i++) {
        struct host *host = host_new(names[i]);
        disk_settings(host->disk)->fsync_slow_per_million = 0;
        if (shares && i)
            host_share_disk(host, host_by_name(names[0]));
        start(names[i], host, worker, names[i] + 7);
    }
    struct fault_spec spec = spec_of(kind);
    trial.plan = fault_plan_start(&spec, 1, 40 * S, callbacks);
    world_run();
    trial.counts = fault_plan_counts(trial.plan);
    fault_plan_end(trial.plan);
    world_end(&trial.report);
    cr_assert(trial.report.finding_count == 0, "%s: %s", fault_name(kind), world_finding(0)->text);
    cr_expect_eq(trial.report.engine_live_bytes, 0);
    cr_expect(trial.counts.strikes[kind] > 0, "%s, seed %d", fault_name(kind), (int)seed);
    cr_expect_eq(trial.ends, trial.restarts);
    cr_expect_eq(trial.windows_open, 0);
}

static struct symptoms sum_during, sum_after;
static uint32_t sum_ends, sum_unsynced_lost, sum_down_most;

static void add(struct symptoms *sum, const struct symptoms *one)
{
    sum->full += one->full;
    sum->broken += one->broken;
    sum->slow += one->slow;
    sum->shorter += one->shorter;
    sum->steps += one->steps;
    sum->skews += one->skews;
    sum->no_memory += one->no_memory;
    sum->refused += one->refused;
}

/* Plays some seeds, sums up what was met, and expects that each repeats. */
static void play_seeds(enum fault_kind kind, bool shares)
{
    memset(&sum_during, 0, sizeof sum_during);
    memset(&sum_after, 0, sizeof sum_after);
    sum_ends = sum_unsynced_lost = sum_down_most = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        play(kind, seed, shares);
        cr_expect(!trial.synced_lost, "%s: what was synced is lost, seed %d", fault_name(kind), (int)seed);
        add(&sum_during, &trial.during);
        add(&sum_after, &trial.after);
        sum_ends += trial.ends;
        sum_unsynced_lost += trial.unsynced_lost;
        sum_down_most = trial.down_most > sum_down_most ? trial.down_most : sum_down_most;
        if (seed > 1)
            continue;
        uint64_t history = trial.report.history;
        play(kind, seed, shares);
        cr_expect_eq(trial.report.history, history, "%s does not repeat", fault_name(kind));
    }
}

/* Only these symptoms, only while faults strike. */
static void expect_only(enum fault_kind kind, const struct symptoms *wanted)
{
    const uint32_t *want = (const uint32_t *)wanted, *during = (const uint32_t *)&sum_during,
                   *after = (const uint32_t *)&sum_after;
    for (size_t i = 0; i < sizeof(struct symptoms) / sizeof(uint32_t); i++) {
        cr_expect((during[i] > 0) == (want[i] > 0), "%s: symptom %zu was met %u times", fault_name(kind), i,
                  during[i]);
        cr_expect_eq(after[i], 0, "%s: symptom %zu after the healing", fault_name(kind), i);
    }
}

/* --- each kind ----------------------------------------------------------------------------------------------------- */

Test(faults_machine, a_crashed_host_restarts_without_what_it_had_not_synced)
{
    play_seeds(FAULT_HOST_CRASH, false);
    expect_only(FAULT_HOST_CRASH, &(struct symptoms){0});
    cr_expect_gt(sum_ends, 10);
    cr_expect_gt(sum_unsynced_lost, 2);
    cr_expect_eq(sum_down_most, 1, "one machine at a time");
}

Test(faults_machine, crashed_storage_takes_its_hosts_with_it)
{
    play_seeds(FAULT_STORAGE_CRASH, true);
    cr_expect_gt(sum_ends, 10);
    cr_expect_gt(sum_unsynced_lost, 2);
    cr_expect_eq(sum_down_most, WORKERS);
}

Test(faults_machine, a_client_of_storage_crashes_alone)
{
    play_seeds(FAULT_HOST_CRASH, true);
    cr_expect_gt(sum_ends, 10);
    cr_expect_eq(sum_down_most, 1);
}

Test(faults_machine, disks_fill_up_break_lie_slow_and_write_short)
{
    play_seeds(FAULT_DISK_FULL, false);
    expect_only(FAULT_DISK_FULL, &(struct symptoms){.full = 1});
    play_seeds(FAULT_DISK_FAILURE, false);
    expect_only(FAULT_DISK_FAILURE, &(struct symptoms){.broken = 1});
    play_seeds(FAULT_DISK_SLOW, false);
    expect_only(FAULT_DISK_SLOW, &(struct symptoms){.slow = 1});
    play_seeds(FAULT_DISK_SHORT, false);
    expect_only(FAULT_DISK_SHORT, &(struct symptoms){.shorter = 1});
    cr_expect_eq(sum_ends, 0);
}

/* The healing itself sets clocks right: the first look after it sees that. */
Test(faults_machine, clocks_are_set_and_run_wrong)
{
    play_seeds(FAULT_CLOCK_STEP, false);
    cr_expect(sum_during.steps > 10 && sum_after.steps <= WORKERS * SEEDS && sum_during.skews == 0);
    play_seeds(FAULT_CLOCK_SKEW, false);
    cr_expect(sum_during.skews > 10 && sum_after.skews <= WORKERS * SEEDS && sum_during.steps == 0);
}

Test(faults_machine, allocations_fail)
{
    play_seeds(FAULT_ALLOCATION, false);
    expect_only(FAULT_ALLOCATION, &(struct symptoms){.no_memory = 1});
}

Test(faults_machine, servers_misbehave)
{
    static const struct {
        enum fault_kind kind;
        enum fault_http_window window;
    } rows[] = {{FAULT_ORIGIN_ERROR, FAULT_HTTP_ERROR},
                {FAULT_ORIGIN_STALL, FAULT_HTTP_STALL},
                {FAULT_ORIGIN_RESET, FAULT_HTTP_RESET},
                {FAULT_ORIGIN_TRUNCATION, FAULT_HTTP_TRUNCATE},
                {FAULT_ORIGIN_SLOW, FAULT_HTTP_SLOW}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        play(rows[i].kind, 1, false);
        for (uint32_t window = 0; window <= FAULT_HTTP_SLOW; window++)
            cr_expect_eq(trial.windows_opened[window] > 0, window == rows[i].window, "%s: window %u",
                         fault_name(rows[i].kind), window);
        cr_expect_eq(trial.windows_opened[rows[i].window], trial.counts.strikes[rows[i].kind]);
    }
    play_seeds(FAULT_ORIGIN_REFUSAL, false);
    expect_only(FAULT_ORIGIN_REFUSAL, &(struct symptoms){.refused = 1});
}

Test(faults_machine, every_kind_is_in_some_worlds_of_a_swarm_and_in_others_not)
{
    for (enum fault_kind kind = 0; kind < FAULT_KINDS; kind++) {
        uint32_t present = 0;
        for (uint64_t seed = 1; seed <= 40; seed++) {
            world_begin(&(struct world_options){.choices = CHOICE_SEEDED, .seed = seed});
            struct fault_spec spec = spec_of(kind);
            spec.presence_per_million = 500000;
            struct fault_plan *plan = fault_plan_start(&spec, 1, 40 * S, callbacks);
            present += (uint32_t)fault_plan_counts(plan).present;
            fault_plan_end(plan);
            struct world_report report;
            world_end(&report);
        }
        cr_expect(present > 8 && present < 32, "%s: %u of 40", fault_name(kind), present);
    }
}
