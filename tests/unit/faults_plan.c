/* SPDX-License-Identifier: Apache-2.0 */
/* A plan strikes as its seed says, heals when its time has come, and strikes no more. */
#include "faults/plan.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "faults/point.h"
#include "sim/world/network.h"
#include "tests/unit/world.h"

enum { WORKERS = 3, BROKERS = 3, STRIKES_MAX = 1024, SECONDS = 60, PORT = 7000, FAILURES = 3 };
#define S INT64_C(1000000000)

struct strike {
    enum fault_kind kind;
    uint32_t process;
    int64_t time_ns;
};

/* One world under a plan. */
static struct trial {
    struct fault_plan *plan;
    struct fault_counts counts;
    struct world_report report;
    struct strike strikes[STRIKES_MAX];
    size_t strike_count, ends, ends_by_call;
    int64_t healed_ns;
    uint32_t dead_late, paused_late, slow_late;
    int broker_commands[BROKERS + 1][FAULT_HEAL_BROKER + 1], brokers_down, brokers_down_most;
    int64_t until_ns;
    bool supervises, grows;
} trial;

/* Not by seed, but a replay of this one pick. NULL: by seed. */
static const struct choice_record *forced;
static const char *forced_point;

/* --- programs -------------------------------------------------------------------------------------------------- */

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * S + now.tv_nsec;
}

static int sleeper(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int64_t end_ns = clock_ns() + SECONDS * S; clock_ns() < end_ns;)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    return 0;
}

static int busy(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int64_t end_ns = clock_ns() + SECONDS * S; clock_ns() < end_ns; fiu_fail("test/here")) {
        for (int i = 0; i < 20; i++)
            (void)!write(-1, "", 0);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    return 0;
}

/* Always runs, never waits. */
static int spinner(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int64_t end_ns = clock_ns() + S / 50; clock_ns() < end_ns;)
        (void)!write(-1, "", 0);
    return 0;
}

static int idle(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    nanosleep(&(struct timespec){.tv_sec = SECONDS}, NULL);
    return 0;
}

static int failing(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    nanosleep(&(struct timespec){.tv_sec = 10}, NULL);
    return 3;
}

static int server(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&address, sizeof address);
    listen(listener, 16);
    for (int64_t end_ns = clock_ns() + (SECONDS + 20) * S; clock_ns() < end_ns;) {
        struct pollfd ready = {.fd = listener, .events = POLLIN};
        if (poll(&ready, 1, 1000) == 1)
            (void)!accept(listener, NULL, NULL);
    }
    return 0;
}

/* Holds a connection, and makes another when it breaks. */
static int client(int argc, char **argv)
{
    (void)argc;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    inet_pton(AF_INET, argv[1], &address.sin_addr);
    for (int64_t end_ns = clock_ns() + SECONDS * S; clock_ns() < end_ns;) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        char byte;
        while (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && clock_ns() < end_ns)
            nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, (int)((end_ns - clock_ns()) / 1000000) + 1) == 1)
            (void)!read(fd, &byte, 1);
        close(fd);
    }
    return 0;
}

enum { NEAR_NS = 3000000, LATE_STATUS = 7 };

/* On the first worker's host, long after the healing: is the way to the server and back open, and as short as ever? */
static int prober(int argc, char **argv)
{
    (void)argc;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    inet_pton(AF_INET, argv[1], &address.sin_addr);
    nanosleep(&(struct timespec){.tv_sec = 43}, NULL);
    int64_t begin_ns = clock_ns();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int status = connect(fd, (struct sockaddr *)&address, sizeof address);
    close(fd);
    return status || clock_ns() - begin_ns > NEAR_NS ? LATE_STATUS : 0;
}

/* In the middle of the strikes: is the way to the server cut, one way at least? */
static int prober_of_cut(int argc, char **argv)
{
    (void)argc;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    inet_pton(AF_INET, argv[1], &address.sin_addr);
    nanosleep(&(struct timespec){.tv_sec = 20}, NULL);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)!connect(fd, (struct sockaddr *)&address, sizeof address);
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    int count = poll(&ready, 1, 50);
    close(fd);
    return count ? LATE_STATUS : 0;
}

/* Comes to a point in its second life only. */
static int late_starter(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    char directory[16];
    for (int64_t end_ns = clock_ns() + SECONDS * S; clock_ns() < end_ns;) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        if (process_current()->incarnation > 1)
            (void)!getcwd(directory, sizeof directory);
    }
    return 0;
}

/* --- a world under a plan -------------------------------------------------------------------------------------- */

static void on_strike(void *opaque, enum fault_kind kind, struct process *target, int64_t time_ns)
{
    (void)opaque;
    if (trial.strike_count < STRIKES_MAX)
        trial.strikes[trial.strike_count++] = (struct strike){kind, target ? target->number : 0, time_ns};
    if (trial.grows && trial.strike_count == 1)
        host_new("newcomer");
}

static void on_broker(void *opaque, uint32_t broker, enum fault_broker_command command)
{
    (void)opaque;
    trial.broker_commands[broker][command]++;
    trial.brokers_down += command == FAULT_START_BROKER || command == FAULT_HEAL_BROKER ? -1 : 1;
    trial.brokers_down_most =
        trial.brokers_down > trial.brokers_down_most ? trial.brokers_down : trial.brokers_down_most;
}

static void on_heal(void *opaque, int64_t time_ns)
{
    (void)opaque;
    trial.healed_ns = time_ns;
}

static bool is_infrastructure(void *opaque, const struct process *process)
{
    (void)opaque;
    return strncmp(process->name, "broker", 6) == 0 || strcmp(process->name, "prober") == 0;
}

static bool should_restart(void *opaque, const struct process *process, const struct process_end *end)
{
    (void)opaque;
    return trial.supervises && end->status == 3 && process->incarnation <= FAILURES;
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)opaque;
    trial.ends++;
    trial.ends_by_call += end->killed && end->call;
    trial.slow_late += end->status == LATE_STATUS;
    fault_plan_on_process_end(trial.plan, process, end);
}

/* Looks a second after the healing. */
static void on_late(struct timer *timer)
{
    (void)timer;
    for (uint32_t number = 1; number <= process_count(); number++) {
        trial.dead_late += process_by_number(number)->state == PROCESS_DEAD;
        trial.paused_late += process_by_number(number)->state == PROCESS_PAUSED;
    }
}

static void start(const char *name, struct host *host, int (*main)(int, char **), const char *argument)
{
    const char *arguments[] = {"program", argument, NULL};
    process_start(&(struct process_spec){
        .name = name, .host = host, .main = main, .arguments = arguments, .on_end = on_end});
}

static void run(int (*main)(int, char **), const struct fault_spec *specs, size_t count, uint64_t seed)
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(world_nothing);
    is_warm = true;
    bool supervises = trial.supervises, grows = trial.grows;
    int64_t until_ns = trial.until_ns ? trial.until_ns : 40 * S;
    memset(&trial, 0, sizeof trial);
    trial.supervises = supervises;
    trial.grows = grows;
    world_begin(&(struct world_options){.choices = forced ? CHOICE_REPLAY : CHOICE_SEEDED,
                                        .seed = seed,
                                        .preempt_per_million = 20000,
                                        .reorder_per_million = 20000,
                                        .livelock_points = UINT64_C(1) << 40});
    if (forced)
        choice_replay_add(forced->actor, forced_point, forced->occurrence, forced->picked);
    start("broker.0", host_new("broker"), server, NULL);
    static const char *const names[WORKERS] = {"worker.0", "worker.1", "worker.2"};
    for (int i = 0; i < WORKERS; i++)
        start(names[i], host_new(names[i]), main, "10.0.0.1");
    start("prober", host_by_name("worker.0"), prober, "10.0.0.1");
    trial.plan = fault_plan_start(specs, count, until_ns,
                                  (struct fault_callbacks){.on_strike = on_strike,
                                                           .on_heal = on_heal,
                                                           .is_infrastructure = is_infrastructure,
                                                           .broker_count = BROKERS,
                                                           .on_broker = on_broker,
                                                           .should_restart = should_restart});
    struct timer late = {.background = true};
    timer_start(&late, 42 * S, on_late);
    world_run();
    trial.counts = fault_plan_counts(trial.plan);
    timer_stop(&late);
    fault_plan_end(trial.plan);
    world_end(&trial.report);
}

static struct fault_spec spec(enum fault_kind kind, const char *target)
{
    return (struct fault_spec){.kind = kind,
                               .target = (char *)(uintptr_t)target,
                               .presence_per_million = 1000000,
                               .every_ns = 3 * S,
                               .duration_ns_min = 1 * S,
                               .duration_ns_max = 5 * S,
                               .restart_after_ns_min = S / 5,
                               .restart_after_ns_max = 3 * S};
}

static void expect_healed(const char *what)
{
    cr_assert_eq(trial.report.finding_count, 0, "%s: %s", what,
                 trial.report.finding_count ? world_finding(0)->text : "");
    cr_expect_eq(trial.report.engine_live_bytes, 0, "%s: %llu bytes stay", what,
                 (unsigned long long)trial.report.engine_live_bytes);
    cr_expect(trial.counts.is_healed && trial.healed_ns >= 40 * S && trial.healed_ns < 41 * S);
    cr_expect_eq(trial.dead_late, 0, "%s: %u are dead after the healing", what, trial.dead_late);
    cr_expect_eq(trial.paused_late, 0, "%s: %u are paused after the healing", what, trial.paused_late);
    cr_expect_eq(trial.slow_late, 0, "%s: the network has not healed", what);
    for (size_t i = 0; i < trial.strike_count; i++)
        cr_expect(trial.strikes[i].time_ns <= 40 * S, "%s: a strike at %lld ns", what,
                  (long long)trial.strikes[i].time_ns);
}

static void expect_strikes(int (*main)(int, char **), enum fault_kind kind, const char *what)
{
    struct fault_spec specs[] = {spec(kind, "worker.*")};
    size_t strikes = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        run(main, specs, 1, seed);
        expect_healed(what);
        strikes += trial.counts.strikes[kind];
        cr_expect_eq(trial.counts.strikes[kind], trial.strike_count, "%s: told of %zu", what,
                     trial.strike_count);
        for (size_t i = 0; i < trial.strike_count; i++)
            cr_expect(trial.strikes[i].kind == kind && trial.strikes[i].process > 1);
    }
    cr_expect(strikes > 60 && strikes < 220, "%s: %zu strikes where about 130 were asked for", what, strikes);
}

/* --- what each kind does --------------------------------------------------------------------------------------- */

Test(faults_plan, kills_strike_at_calls_and_each_is_followed_by_a_restart)
{
    expect_strikes(sleeper, FAULT_KILL, "kill");
    cr_expect(trial.ends_by_call == trial.strike_count && trial.counts.restarts == trial.strike_count,
              "%zu ends by a call, %llu restarts of %zu", trial.ends_by_call,
              (unsigned long long)trial.counts.restarts, trial.strike_count);
}

Test(faults_plan, pauses_last_and_end)
{
    expect_strikes(sleeper, FAULT_PAUSE, "pause");
    cr_expect_eq(trial.counts.restarts, 0);
}

Test(faults_plan, terminated_processes_start_again)
{
    expect_strikes(sleeper, FAULT_TERMINATE, "terminate");
    cr_expect_eq(trial.counts.restarts, trial.strike_count);
}

Test(faults_plan, a_terminated_process_may_be_the_one_that_runs)
{
    struct fault_spec specs[] = {spec(FAULT_TERMINATE, "worker.*")};
    specs[0].every_ns = S / 500;
    specs[0].restart_after_ns_min = specs[0].restart_after_ns_max = 0;
    trial.until_ns = S / 20;
    run(spinner, specs, 1, 1);
    cr_expect_eq(trial.report.finding_count, 0);
    cr_expect_gt(trial.strike_count, 5);
    cr_expect_eq(trial.counts.restarts, trial.strike_count);
}

Test(faults_plan, connections_are_reset)
{
    expect_strikes(client, FAULT_RESET, "reset");
}

Test(faults_plan, hosts_are_cut_off_and_healed)
{
    expect_strikes(client, FAULT_PARTITION, "partition");
}

Test(faults_plan, a_host_stays_cut_off_until_the_last_of_several_partitions_is_over)
{
    struct fault_spec specs[] = {spec(FAULT_PARTITION, "worker.*"), spec(FAULT_PARTITION, "worker.*")};
    specs[0].every_ns = S;
    specs[0].strikes_max = 1;
    specs[0].duration_ns_min = specs[0].duration_ns_max = 35 * S;
    specs[1].every_ns = specs[1].duration_ns_min = specs[1].duration_ns_max = S / 2;
    specs[0].target = specs[1].target = (char *)(uintptr_t) "worker.1";
    for (uint64_t seed = 1; seed <= 20; seed++) {
        run(prober_of_cut, specs, 2, seed);
        cr_expect_eq(trial.slow_late, 2, "seed %llu: %u of the other two got through",
                     (unsigned long long)seed, trial.slow_late);
    }
}

Test(faults_plan, links_are_slow_for_a_while)
{
    expect_strikes(client, FAULT_LATENCY, "latency");
}

Test(faults_plan, a_host_that_comes_while_another_is_cut_off_or_slow_minds_neither)
{
    trial.grows = true;
    expect_strikes(client, FAULT_PARTITION, "partition");
    expect_strikes(client, FAULT_LATENCY, "latency");
    trial.grows = false;
}

Test(faults_plan, brokers_crash_and_stop_one_at_a_time_and_all_come_back)
{
    struct fault_spec specs[] = {spec(FAULT_BROKER_CRASH, "kafka-*"), spec(FAULT_BROKER_STOP, "kafka-[23]"),
                                 spec(FAULT_BROKER_STOP, "kafka-3")};
    int crashes[BROKERS + 1] = {0}, stops[BROKERS + 1] = {0};
    for (uint64_t seed = 1; seed <= 10; seed++) {
        run(client, specs, 3, seed);
        expect_healed("brokers");
        cr_expect_eq(trial.brokers_down, 0);
        cr_expect_eq(trial.brokers_down_most, 1);
        for (int broker = 1; broker <= BROKERS; broker++) {
            const int *commands = trial.broker_commands[broker];
            cr_expect_eq(commands[FAULT_START_BROKER],
                         commands[FAULT_CRASH_BROKER] + commands[FAULT_STOP_BROKER]);
            crashes[broker] += commands[FAULT_CRASH_BROKER];
            stops[broker] += commands[FAULT_STOP_BROKER];
        }
    }
    cr_expect(crashes[1] && crashes[2] && crashes[3] && stops[3]);
    cr_expect(!stops[1] && !stops[2], "a glob knows * and ?, nothing else");
}

Test(faults_plan, brokers_are_isolated_and_healed_and_hosts_crash_and_start_one_at_a_time)
{
    struct fault_spec specs[] = {spec(FAULT_BROKER_ISOLATION, "kafka-*"),
                                 spec(FAULT_BROKER_HOST_CRASH, "kafka-*")};
    int isolations = 0, crashes = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        run(client, specs, 2, seed);
        expect_healed("brokers");
        cr_expect_eq(trial.brokers_down, 0);
        cr_expect_eq(trial.brokers_down_most, 1);
        for (int broker = 1; broker <= BROKERS; broker++) {
            const int *commands = trial.broker_commands[broker];
            cr_expect_eq(commands[FAULT_HEAL_BROKER], commands[FAULT_ISOLATE_BROKER]);
            cr_expect_eq(commands[FAULT_START_BROKER], commands[FAULT_CRASH_BROKER_HOST]);
            isolations += commands[FAULT_ISOLATE_BROKER];
            crashes += commands[FAULT_CRASH_BROKER_HOST];
        }
    }
    cr_expect(isolations && crashes);
}

Test(faults_plan, all_at_once_heals_too)
{
    struct fault_spec specs[] = {spec(FAULT_KILL, "*"),      spec(FAULT_PAUSE, "*"),
                                 spec(FAULT_TERMINATE, "*"), spec(FAULT_RESET, "*"),
                                 spec(FAULT_PARTITION, "*"), spec(FAULT_LATENCY, "*")};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        run(client, specs, 6, seed);
        expect_healed("all at once");
        cr_expect_gt(trial.strike_count, 20);
    }
}

/* --- whom, and whether ----------------------------------------------------------------------------------------- */

Test(faults_plan, a_star_spares_the_servers_and_their_name_does_not)
{
    struct fault_spec all[] = {spec(FAULT_PAUSE, "*")}, named[] = {spec(FAULT_PAUSE, "broker.?")};
    run(sleeper, all, 1, 1);
    cr_assert_gt(trial.strike_count, 0);
    for (size_t i = 0; i < trial.strike_count; i++)
        cr_expect_neq(trial.strikes[i].process, 1);
    run(sleeper, named, 1, 1);
    cr_assert_gt(trial.strike_count, 0);
    for (size_t i = 0; i < trial.strike_count; i++)
        cr_expect_eq(trial.strikes[i].process, 1);
}

Test(faults_plan, presence_is_drawn_for_each_world)
{
    struct fault_spec specs[] = {spec(FAULT_PAUSE, "worker.*")};
    specs[0].presence_per_million = 500000;
    size_t present = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        run(idle, specs, 1, seed);
        present += trial.counts.present;
        cr_expect(trial.counts.present || !trial.strike_count);
    }
    cr_expect(present > 10 && present < 30, "%zu of 40", present);
}

Test(faults_plan, strikes_are_bounded_when_asked)
{
    struct fault_spec specs[] = {spec(FAULT_PAUSE, "worker.*")};
    specs[0].strikes_max = 2;
    run(idle, specs, 1, 1);
    cr_expect_eq(trial.strike_count, 2);
}

Test(faults_plan, a_killed_process_stays_dead_when_it_is_never_to_restart)
{
    struct fault_spec specs[] = {spec(FAULT_KILL, "worker.1")};
    specs[0].restart_after_ns_min = specs[0].restart_after_ns_max = FAULT_NEVER;
    run(sleeper, specs, 1, 1);
    cr_expect_eq(trial.counts.strikes[FAULT_KILL], 1);
    cr_expect_eq(trial.counts.restarts, 0);
    cr_expect_eq(trial.dead_late, 1);
}

Test(faults_plan, a_process_that_fails_is_restarted_when_its_supervisor_says_so)
{
    trial.supervises = false;
    run(failing, NULL, 0, 1);
    cr_expect_eq(trial.counts.restarts, 0);
    trial.supervises = true;
    run(failing, NULL, 0, 1);
    cr_expect_eq(trial.counts.restarts, WORKERS * FAILURES);
    run(idle, NULL, 0, 1);
    cr_expect_eq(trial.counts.restarts, 0, "who ends well stays");
}

/* --- points ---------------------------------------------------------------------------------------------------- */

static void expect_kills_at(const char *point, bool by_call)
{
    struct fault_spec specs[] = {spec(FAULT_KILL, "worker.*")};
    specs[0].point = (char *)(uintptr_t)point;
    run(busy, specs, 1, 1);
    expect_healed(point);
    cr_expect_gt(trial.strike_count, 4, "%s: %zu kills", point, trial.strike_count);
    cr_expect_eq(trial.ends_by_call, by_call ? trial.strike_count : 0);
}

Test(faults_plan, a_kill_waits_for_its_named_point)
{
    expect_kills_at("test/here", false);
    expect_kills_at("fiu_fail", true);
    expect_kills_at("write", true);
    struct fault_spec specs[] = {spec(FAULT_KILL, "worker.*")};
    specs[0].point = (char *)(uintptr_t) "test/elsewhere";
    run(busy, specs, 1, 1);
    cr_expect_eq(trial.strike_count, 0);
    expect_healed("a point that nobody comes to");
}

/* A fault that is present in no world strikes here, once, and where it was asked for. */
static void expect_kill_here(const char *bound, const char *point, uint64_t occurrence, bool by_call)
{
    struct fault_spec specs[] = {spec(FAULT_KILL, "worker.*")};
    struct choice_record pick = {.actor = 3, .occurrence = occurrence, .picked = 1};
    specs[0].point = (char *)(uintptr_t)bound;
    specs[0].presence_per_million = 0;
    forced = &pick;
    forced_point = point;
    run(busy, specs, 1, 1);
    forced = NULL;
    expect_healed(bound);
    cr_assert_eq(trial.strike_count, 1, "%s: %zu kills", bound, trial.strike_count);
    cr_expect_eq(trial.strikes[0].process, 3);
    /* busy comes to it ten times a second, write is called forty times as often (on entry and on return) */
    int64_t due_ns = (int64_t)(by_call ? occurrence / 40 : occurrence + 1) * S / 10;
    cr_expect(trial.strikes[0].time_ns >= due_ns && trial.strikes[0].time_ns < due_ns + S / 10,
              "%s: at %lld ns", bound, (long long)trial.strikes[0].time_ns);
    cr_expect_eq(trial.ends_by_call, by_call);
    cr_expect_eq(trial.counts.restarts, 1);
}

Test(faults_plan, a_replay_can_ask_for_a_kill_at_the_very_point)
{
    expect_kill_here("test/here", "fault/here/test/here", 0, false);
    expect_kill_here("test/here", "fault/here/test/here", 30, false);
    expect_kill_here("fiu_fail", "fault/here/test/here", 7, false);
    expect_kill_here("write", "fault/here/write", 81, true);
}

Test(faults_plan, after_the_healing_nobody_is_asked_for_a_kill)
{
    struct fault_spec specs[] = {spec(FAULT_KILL, "worker.*")};
    struct choice_record pick = {.actor = 3, .occurrence = 10, .picked = 1};
    specs[0].point = (char *)(uintptr_t) "test/here";
    trial.until_ns = S;
    forced = &pick;
    forced_point = "fault/here/test/here";
    run(busy, specs, 1, 1);
    forced = NULL;
    cr_expect_eq(trial.strike_count, 0);
}

Test(faults_plan, a_planned_kill_survives_a_restart)
{
    struct fault_spec specs[] = {spec(FAULT_KILL, "worker.1"), spec(FAULT_TERMINATE, "worker.1")};
    specs[0].point = (char *)(uintptr_t) "getcwd";
    specs[0].every_ns = S / 10;
    specs[0].strikes_max = specs[1].strikes_max = 1;
    run(late_starter, specs, 2, 1);
    expect_healed("getcwd");
    cr_expect_eq(trial.counts.strikes[FAULT_TERMINATE], 1);
    cr_expect_eq(trial.counts.strikes[FAULT_KILL], 1);
}

Test(faults_plan, a_point_outside_the_world_is_nothing)
{
    cr_expect_eq(fiu_fail("test/here"), 0);
}

/* --- the same again -------------------------------------------------------------------------------------------- */

Test(faults_plan, a_seed_strikes_the_same_again)
{
    struct fault_spec specs[] = {spec(FAULT_KILL, "*"), spec(FAULT_PAUSE, "*"), spec(FAULT_PARTITION, "*")};
    run(client, specs, 3, 7);
    struct trial first = trial;
    run(client, specs, 3, 8);
    cr_expect_neq(trial.report.history, first.report.history);
    run(client, specs, 3, 7);
    cr_expect_eq(trial.report.history, first.report.history);
    cr_assert_eq(trial.strike_count, first.strike_count);
    cr_expect_arr_eq(trial.strikes, first.strikes, first.strike_count * sizeof first.strikes[0]);
}

Test(faults_plan, a_fault_that_is_taken_out_does_not_shift_the_others)
{
    struct fault_spec both[] = {spec(FAULT_PAUSE, "worker.1"), spec(FAULT_PAUSE, "worker.2")};
    run(idle, both, 2, 5);
    struct trial first = trial;
    cr_assert_gt(first.strike_count, 2);
    cr_expect_neq(first.strikes[0].time_ns, first.strikes[1].time_ns, "each draws for itself");
    both[1].presence_per_million = 0;
    run(idle, both, 2, 5);
    size_t kept = 0;
    const uint32_t worker_1 = 3; /* after broker.0 and worker.0 */
    for (size_t i = 0; i < first.strike_count; i++)
        if (first.strikes[i].process == worker_1) {
            cr_assert_lt(kept, trial.strike_count);
            cr_expect_eq(first.strikes[i].time_ns, trial.strikes[kept].time_ns);
            kept++;
        }
    cr_expect(kept && kept == trial.strike_count && kept < first.strike_count);
}

Test(faults_plan, globs_match_as_a_shell_does)
{
    cr_expect(fault_matches("*", "a") && fault_matches("download.*", "download.0") &&
              fault_matches("*.1", "a.b.1"));
    cr_expect(fault_matches("d?wn*d.0", "download.0") && fault_matches("**", "") && fault_matches("", ""));
    cr_expect(!fault_matches("download.*", "ingest.0") && !fault_matches("a", "ab") &&
              !fault_matches("*.1", "a.10"));
    cr_expect(!fault_matches("?", "") && !fault_matches("", "a"));
}
