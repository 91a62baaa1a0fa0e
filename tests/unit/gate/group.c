/* SPDX-License-Identifier: Apache-2.0 */
/* The director of the gate's world: starts what is to run, kills, starts again, and knows when all is done. */
#include "tests/unit/gate/group.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/brokers.h"
#include "sim/world/guard.h"
#include "sim/world/host.h"
#include "sim/world/network.h"
#include "sim/world/process.h"
#include "sim/world/schedule.h"

#define MS INT64_C(1000000)

enum {
    TICK_MS = 100,
    RESTART_MS = 300,
    BUDGET_MS = 20 * 60 * 1000,
    PER_MILLION = 20000,     /* preemptions, other ready tasks, short reads and writes */
    KILL_AFTER_BITS = 14,    /* a kill comes at most 2^14 call points after a start .. */
    KILL_OF_CALL_AFTER = 12, /* .. or at the 12th of its call */
    LINE_BYTES = 32,
};

struct member {
    struct group *group;
    struct process *process;
    int64_t restart_ns; /* 0: none is due */
    bool has_ended;
    char line[LINE_BYTES]; /* output that is no whole line yet */
    size_t line_bytes;
};

struct group {
    const struct group_options *options;
    struct group_result *result;
    uint32_t messages, kills_planned;
    bool is_started, is_produced, is_draining;
    struct member members[GROUP_MEMBERS];
    bool is_told[GROUP_MESSAGES_MAX];
    struct brokers brokers;
    struct timer tick;
};

static struct choice_point point_of_one_call = CHOICE_POINT("gate/kill_of_one_call");
static struct choice_point point_call = CHOICE_POINT("gate/kill_call");
static struct choice_point point_after_bits = CHOICE_POINT("gate/kill_after_bits");
static struct choice_point point_after = CHOICE_POINT("gate/kill_after");

/* --- members --------------------------------------------------------------------------------------------------- */

/* Every other kill strikes in a call that is drawn first, so that rare calls are struck as often as frequent ones; the
 * rest anywhere in an incarnation's calls: of those the exponent is drawn first, as half is to come soon. */
static void plan_kill(struct group *group, struct process *process)
{
    if (group->kills_planned == group->options->kills || group->is_draining)
        return;
    group->kills_planned++;
    uint32_t call = group->options->kill_call;
    if (!call && choice_pick(&point_of_one_call, 2))
        call = CALL_BEFORE_FIRST + 1 + choice_pick(&point_call, CALL_END - CALL_BEFORE_FIRST - 1);
    uint32_t range = call ? KILL_OF_CALL_AFTER : 1u << (1 + choice_pick(&point_after_bits, KILL_AFTER_BITS));
    process_kill_at(process, 1 + choice_pick(&point_after, range), call);
}

static void note_line(struct group *group, const char *line)
{
    unsigned long n = strtoul(line, NULL, 10);
    if (n >= group->messages)
        return;
    group->result->told += !group->is_told[n];
    group->result->told_again += group->is_told[n];
    group->is_told[n] = true;
}

static void on_member_output(void *opaque, struct process *process, int fd, const void *data, size_t bytes)
{
    (void)process;
    struct member *member = opaque;
    for (size_t i = 0; fd == 1 && i < bytes; i++) {
        char byte = ((const char *)data)[i];
        if (byte == '\n') {
            member->line[member->line_bytes] = 0;
            note_line(member->group, member->line);
            member->line_bytes = 0;
        } else if (member->line_bytes + 1 < LINE_BYTES) {
            member->line[member->line_bytes++] = byte;
        }
    }
}

static void note_exit(struct group_result *result, const struct process_end *end)
{
    result->left_blocks += end->live_count;
    result->left_descriptors += end->open_descriptors;
}

static void on_member_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)process;
    struct member *member = opaque;
    struct group_result *result = member->group->result;
    member->line_bytes = 0;
    if (!end->killed)
        note_exit(result, end);
    /* As told: by itself, or by the signal, where it came before the program blocked it. */
    bool is_as_told = end->killed ? end->signal == SIGTERM : end->status == 0;
    if (member->group->is_draining && is_as_told) {
        member->has_ended = true;
        return;
    }
    if (end->killed) {
        result->kills++;
        result->kills_in[end->call < CALL_END ? end->call : 0]++;
        result->kills_with_locks += end->locks_held > 0;
    }
    member->restart_ns = schedule_now() + RESTART_MS * MS;
}

static void start_member(struct group *group, uint32_t i)
{
    struct member *member = &group->members[i];
    char name[16];
    snprintf(name, sizeof name, "member.%u", i);
    const char *arguments[] = {"member", group->brokers.bootstrap, NULL};
    *member = (struct member){.group = group};
    member->process = process_start(&(struct process_spec){.name = name,
                                                           .host = host_new(name),
                                                           .main = group_member_main,
                                                           .arguments = arguments,
                                                           .on_output = on_member_output,
                                                           .on_end = on_member_end,
                                                           .opaque = member});
    plan_kill(group, member->process);
}

static void restart_members(struct group *group)
{
    for (uint32_t i = 0; i < GROUP_MEMBERS; i++) {
        struct member *member = &group->members[i];
        if (!member->restart_ns || member->restart_ns > schedule_now())
            continue;
        member->restart_ns = 0;
        process_restart(member->process);
        plan_kill(group, member->process);
    }
}

/* --- the rest -------------------------------------------------------------------------------------------------- */

static void on_producer_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)process;
    struct group *group = opaque;
    group->is_produced = !end->killed && end->status == 0;
    note_exit(group->result, end);
}

static void start_producer(struct group *group)
{
    char messages[16], plant[16];
    snprintf(messages, sizeof messages, "%u", group->messages);
    snprintf(plant, sizeof plant, "%u", (unsigned)group->options->plant);
    const char *arguments[] = {"producer", group->brokers.bootstrap, messages, plant, NULL};
    process_start(&(struct process_spec){.name = "producer",
                                         .host = host_new("producer"),
                                         .main = group_producer_main,
                                         .arguments = arguments,
                                         .on_end = on_producer_end,
                                         .opaque = group});
}

static void start_brokers(struct group *group)
{
    static const char *const arguments[] = {"--topic", "topic:4:3", NULL};
    brokers_start(&group->brokers, 3, arguments);
}

static bool have_all_ended(const struct group *group)
{
    for (uint32_t i = 0; i < GROUP_MEMBERS; i++)
        if (!group->members[i].has_ended)
            return false;
    return true;
}

static void drain(struct group *group)
{
    group->is_draining = true;
    for (uint32_t i = 0; i < GROUP_MEMBERS; i++) {
        struct process *process = group->members[i].process;
        process_kill_at(process, 0, 0);
        if (process->state == PROCESS_DEAD)
            group->members[i].has_ended = true;
        else
            process_signal(process, SIGTERM);
        group->members[i].restart_ns = 0;
    }
}

static void on_tick(struct timer *timer)
{
    struct group *group = SCHEDULE_OWNER(timer, struct group, tick);
    if (!group->is_started && group->brokers.is_ready) {
        group->is_started = true;
        start_producer(group);
        for (uint32_t i = 0; i < GROUP_MEMBERS; i++)
            start_member(group, i);
    }
    restart_members(group);
    bool is_done = group->is_produced && group->result->told == group->messages;
    if (is_done && !group->is_draining)
        drain(group);
    if (group->is_draining && have_all_ended(group)) {
        group->result->converged = true;
        world_stop();
    }
    if (schedule_now() > BUDGET_MS * MS)
        world_stop();
    timer_start(timer, schedule_now() + TICK_MS * MS, on_tick);
}

/* --- one world ------------------------------------------------------------------------------------------------- */

static int warm_up(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return brokers_exercise();
}

void group_open(void)
{
    static bool is_open;
    if (!is_open)
        world_warm_up(warm_up);
    is_open = true;
}

static void set_network(void)
{
    struct network_settings settings = *network_settings();
    settings.short_read_per_million = PER_MILLION;
    settings.short_write_per_million = PER_MILLION;
    network_set(&settings);
}

void group_play(const struct group_options *options, struct group_result *result)
{
    group_open();
    memset(result, 0, sizeof *result);
    static struct group group; /* one world at a time */
    group = (struct group){.options = options, .result = result};
    group.messages = options->messages ? options->messages : GROUP_MESSAGES;
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED,
                                        .seed = options->seed,
                                        .preempt_per_million = PER_MILLION,
                                        .reorder_per_million = PER_MILLION,
                                        .without_guard = options->without_guard,
                                        .layout = options->layout});
    set_network();
    start_brokers(&group);
    timer_start(&group.tick, TICK_MS * MS, on_tick);
    world_run();
    result->guard_was_on = guard_was_on();
    for (uint32_t i = 0; i < GROUP_MEMBERS;
         i++) /* what is still there ends with the world, and does not count */
        group.members[i].has_ended = true;
    world_end(&result->report);
    if (result->report.finding_count)
        result->finding = *world_finding(0);
}
