/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world's life, as the director sees it:
 *
 *   STARTING --brokers answer--> WORKING --faults over, load sent, no lag--> DRAINING (SIGTERM to all) --all ended--> over
 *        \                         ^________________ once: all are started again ________________|             /
 *         \______________________ budget spent, or a property failed: over at once _________________________/
 *
 * A worker that ends without having been told to is started again, as a supervisor would: the fault plan does it.
 */
#include "sim/cli/play.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "faults/plan.h"
#include "properties/registry.h"
#include "properties/sometimes.h"
#include "sim/cli/broker_faults.h"
#include "sim/cli/brokers.h"
#include "sim/cli/judging.h"
#include "sim/cli/known.h"
#include "sim/cli/measure.h"
#include "sim/cli/program.h"
#include "sim/cli/witness.h"
#include "sim/http/window.h"
#include "sim/world/arena.h"
#include "sim/world/disk.h"
#include "sim/world/guard.h"
#include "sim/world/history.h"
#include "sim/world/host.h"
#include "sim/world/network.h"
#include "sim/world/process.h"
#include "sim/world/schedule.h"
#include "sim/world/world.h"

#define MS INT64_C(1000000)

enum {
    TICK_MS = 200, /* how often the director looks */
    UNSURE_MS =
        75000, /* a commit that was not answered by then never will be: longer than socket.timeout.ms */
    WORKERS_MAX = SCENARIO_STAGES_MAX * SCENARIO_MEMBERS_MAX,
};

enum phase { STARTING, WORKING, DRAINING, OVER };

struct worker {
    struct play *play;
    struct process *process;
    bool ends_by_itself, is_done;
};

struct play {
    const struct play_options *options;
    const struct scenario *scenario;
    struct play_result *result;
    struct witness *witness;
    struct measure measure;
    struct fault_plan *plan;
    enum phase phase;
    enum history_end_reason reason;
    bool has_healed;
    bool is_second_life;
    int64_t drain_after_ns; /* of the second life */
    int64_t idle_ns;        /* since when there may be no lag; -1: there is */
    bool is_broken_off;     /* by options->on_event or give_up_ns */
    struct brokers brokers;
    struct worker workers[WORKERS_MAX];
    size_t worker_count;
    struct host *storage;
    struct timer tick;
};

static struct play *play_of(struct timer *timer)
{
    return SCHEDULE_OWNER(timer, struct play, tick);
}

/* --- findings -------------------------------------------------------------------------------------------------- */

static struct play_finding *add_finding(struct play_result *result, const char *property, int64_t time_ns)
{
    if (result->finding_count == PLAY_FINDINGS_MAX)
        return NULL;
    struct play_finding *finding = &result->findings[result->finding_count++];
    snprintf(finding->property, sizeof finding->property, "%s", property);
    snprintf(finding->signature, sizeof finding->signature, "%s", property);
    finding->message[0] = 0;
    finding->time_ns = time_ns;
    return finding;
}

static bool is_allowed(const struct scenario *scenario, const char *property)
{
    return scenario_names(scenario->allow, scenario->allow_count, property);
}

static bool is_checked(const struct scenario *scenario, const char *property)
{
    if (scenario->never_count + scenario->eventually_count == 0)
        return !is_allowed(scenario, property);
    return scenario_names(scenario->never, scenario->never_count, property) ||
           scenario_names(scenario->eventually, scenario->eventually_count, property);
}

/* Counts one more of this name. False: there is no room. */
static bool count_one(struct play_counter *counters, size_t *count, const char *name)
{
    size_t i = 0;
    while (i < *count && strcmp(counters[i].name, name) != 0)
        i++;
    if (i == PLAY_COUNTERS_MAX)
        return false;
    if (i == *count)
        snprintf(counters[(*count)++].name, PLAY_NAME_BYTES, "%s", name);
    counters[i].count++;
    return true;
}

static bool has_failed(const struct play *play)
{
    size_t count;
    const struct property_finding *findings =
        property_set_findings(witness_properties(play->witness), &count);
    for (size_t i = 0; i < count; i++)
        if (is_checked(play->scenario, findings[i].property))
            return true;
    return false;
}

/* --- processes ------------------------------------------------------------------------------------------------- */

static void note_life(const struct play *play, const struct process *process, enum history_life life,
                      int status)
{
    witness_life(play->witness, process, life, status);
}

static void on_worker_output(void *opaque, struct process *process, int fd, const void *data, size_t bytes)
{
    const struct worker *worker = opaque;
    if (!worker->play->options->log)
        return;
    fprintf(worker->play->options->log, "output %s.%u %d: %.*s", process->name, process->incarnation, fd,
            (int)bytes, (const char *)data);
}

static void on_worker_end(void *opaque, struct process *process, const struct process_end *end)
{
    struct worker *worker = opaque;
    struct play *play = worker->play;
    if (play->phase == OVER)
        return;
    note_life(play, process, end->killed ? HISTORY_LIFE_KILL : HISTORY_LIFE_EXIT, end->status);
    play->result->kills += end->killed;
    witness_leaks(play->witness, process, end);
    if (play->phase == DRAINING || (worker->ends_by_itself && !end->killed && end->status == 0)) {
        worker->is_done = true;
        return;
    }
    fault_plan_on_process_end(play->plan, process, end);
}

/* A library's own bug, known by its assertion: the process dies of it, as in production, and the world goes on. */
static bool count_known_bug(struct play_result *result, const char *what)
{
    const char *bug = known_bug(what);
    if (!bug)
        return false;
    return count_one(result->known, &result->known_count, bug);
}

static bool on_worker_crash(void *opaque, struct process *process, const char *what)
{
    (void)process;
    return count_known_bug(((const struct worker *)opaque)->play->result, what);
}

static struct process *start(const char *name, struct host *host, const struct program_call *call,
                             struct worker *worker)
{
    struct process_spec spec = {
        .name = name,
        .host = host,
        .main = call->main,
        .arguments = call->arguments,
        .directory = "/",
        .on_output = on_worker_output,
        .on_end = on_worker_end,
        .on_crash = on_worker_crash,
        .opaque = worker,
    };
    return process_start(&spec);
}

/* Every host of a worker sees the same storage, as over a network file system. */
static struct host *new_worker_host(struct play *play, const char *name)
{
    struct host *host = host_new(name);
    if (play->storage)
        host_share_disk(host, play->storage);
    else
        play->storage = host;
    return host;
}

static struct worker *add_worker(struct play *play, bool ends_by_itself)
{
    assert(play->worker_count < WORKERS_MAX);
    struct worker *worker = &play->workers[play->worker_count++];
    *worker = (struct worker){.play = play, .ends_by_itself = ends_by_itself};
    return worker;
}

static void start_stages(struct play *play)
{
    const struct scenario *scenario = play->scenario;
    static struct program_call call; /* large, and copied by process_start */
    for (size_t i = 0; i < scenario->stage_count; i++) {
        const struct scenario_stage *stage = &scenario->stages[i];
        for (uint32_t member = 0; member < stage->members; member++) {
            char name[PROCESS_NAME_MAX_BYTES + 1];
            snprintf(name, sizeof name, "%.48s.%" PRIu32, stage->name, member);
            struct worker *worker = add_worker(play, program_ends_by_itself(stage->name));
            program_for_stage(&call, scenario, stage, name, play->brokers.bootstrap);
            worker->process = start(name, new_worker_host(play, name), &call, worker);
            note_life(play, worker->process, HISTORY_LIFE_START, 0);
        }
    }
}

static bool has_pipeline(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->stage_count; i++)
        if (strcmp(scenario->stages[i].name, "ingest") == 0)
            return true;
    return false;
}

static void start_pipeline_helpers(struct play *play)
{
    static struct program_call call;
    program_for_origin(&call, play->scenario);
    struct process_spec origin = {
        .name = "origin", .host = host_new("origin"), .main = call.main, .arguments = call.arguments};
    process_start(&origin);
    program_for_load(&call, play->scenario, play->brokers.bootstrap);
    struct worker *worker = add_worker(play, true);
    worker->process = start("load", host_new("load"), &call, worker);
    note_life(play, worker->process, HISTORY_LIFE_START, 0);
}

/* --- faults ---------------------------------------------------------------------------------------------------- */

static void on_strike(void *opaque, enum fault_kind kind, struct process *target, int64_t time_ns)
{
    (void)time_ns;
    struct play *play = opaque;
    play->result->faults++;
    play->result->pauses += kind == FAULT_PAUSE;
    play->result->resets += kind == FAULT_RESET;
    witness_fault(play->witness, fault_name(kind), target, fault_plan_struck_broker(play->plan));
    if (kind == FAULT_PAUSE)
        note_life(play, target, HISTORY_LIFE_PAUSE, 0);
    if (kind == FAULT_TERMINATE || kind == FAULT_ROLLING_RESTART || kind == FAULT_SCALING)
        note_life(play, target, HISTORY_LIFE_SIGTERM, 0);
}

static void on_restart(void *opaque, struct process *process, int64_t time_ns)
{
    (void)time_ns;
    note_life(opaque, process, HISTORY_LIFE_START, 0);
}

static void on_heal(void *opaque, int64_t time_ns)
{
    (void)time_ns;
    struct play *play = opaque;
    play->has_healed = true;
    witness_world(play->witness, HISTORY_WORLD_FAULTS_STOPPED);
    witness_world(play->witness, HISTORY_WORLD_HEALED);
}

static bool is_infrastructure(void *opaque, const struct process *process)
{
    (void)opaque;
    return strcmp(process->name, "brokers") == 0 || strcmp(process->name, "origin") == 0 ||
           strcmp(process->name, "load") == 0 || strncmp(process->name, "control.", 8) == 0;
}

static bool should_restart(void *opaque, const struct process *process, const struct process_end *end)
{
    (void)process;
    (void)end;
    return ((const struct play *)opaque)->phase == WORKING;
}

static void on_broker(void *opaque, uint32_t broker, enum fault_broker_command command)
{
    broker_faults_command(&((struct play *)opaque)->brokers, broker, command);
}

static void on_request(void *opaque, const struct process *client, const struct fault_request *request)
{
    broker_faults_request(&((struct play *)opaque)->brokers, client, request);
}

static void on_forget(void *opaque)
{
    brokers_command(&((struct play *)opaque)->brokers, "reset");
}

static void on_lead(void *opaque, uint32_t broker, uint32_t number, enum fault_lead how)
{
    broker_faults_lead(&((struct play *)opaque)->brokers, broker, number, how);
}

static void on_slow(void *opaque, uint32_t broker, uint32_t delay_ms)
{
    broker_faults_slow(&((struct play *)opaque)->brokers, broker, delay_ms);
}

static bool is_http_server(void *opaque, const struct process *process)
{
    (void)opaque;
    return strcmp(process->name, "origin") == 0;
}

static void on_http(void *opaque, const struct process *server, enum fault_http_window window, int status,
                    bool is_open)
{
    static const enum http_fault faults[] = {
        [FAULT_HTTP_ERROR] = HTTP_FAULT_ERROR, [FAULT_HTTP_STALL] = HTTP_FAULT_STALL,
        [FAULT_HTTP_RESET] = HTTP_FAULT_RESET, [FAULT_HTTP_TRUNCATE] = HTTP_FAULT_TRUNCATE,
        [FAULT_HTTP_SLOW] = HTTP_FAULT_SLOW,
    };
    (void)opaque;
    if (is_open)
        http_window_open(server->name, faults[window], status);
    else
        http_window_close(server->name, faults[window]);
}

static int64_t measure(void *opaque, const struct condition_term *term, int64_t *whole_out)
{
    return measure_of(&((const struct play *)opaque)->measure, term, whole_out);
}

/* What scripted faults wait for may have come. */
static void on_history_event(void *opaque, const struct history_event *event)
{
    struct play *play = opaque;
    const struct witness_guest *guest = play->options->guest;
    if (guest && guest->on_event)
        guest->on_event(guest->opaque, event);
    if (measure_event(&play->measure, event))
        fault_plan_on_progress(play->plan);
}

static void on_kafka_request(void *opaque, const struct observer_request *request)
{
    const struct witness_guest *guest = ((const struct play *)opaque)->options->guest;
    guest->on_request(guest->opaque, request);
}

static struct witness *new_witness(struct play *play)
{
    const struct property_config config = judging_of(play->scenario);
    const struct witness_guest *guest = play->options->guest;
    const struct witness_guest own = {
        .on_event = on_history_event,
        .on_request = guest && guest->on_request ? on_kafka_request : NULL,
        .opaque = play,
    };
    struct witness *witness = witness_new(&config, play->options->log, &own);
    play->measure = (struct measure){.scenario = play->scenario, .properties = witness_properties(witness)};
    return witness;
}

static void plan_faults(struct play *play)
{
    play->plan =
        fault_plan_start(play->scenario->faults, play->scenario->fault_count, play->scenario->faults_until_ns,
                         (struct fault_callbacks){.opaque = play,
                                                  .on_strike = on_strike,
                                                  .on_restart = on_restart,
                                                  .on_heal = on_heal,
                                                  .is_infrastructure = is_infrastructure,
                                                  .broker_count = play->scenario->brokers,
                                                  .on_broker = on_broker,
                                                  .is_http_server = is_http_server,
                                                  .on_http = on_http,
                                                  .on_request = on_request,
                                                  .on_forget = on_forget,
                                                  .on_lead = on_lead,
                                                  .on_slow = on_slow,
                                                  .measure = measure,
                                                  .should_restart = should_restart});
}

static void start_work(struct play *play)
{
    const struct scenario *scenario = play->scenario;
    witness_brokers_are(play->witness, play->brokers.process);
    if (has_pipeline(scenario))
        start_pipeline_helpers(play);
    start_stages(play);
    play->phase = WORKING;
}

/* --- the director ---------------------------------------------------------------------------------------------- */

static void end(struct play *play, enum history_end_reason reason)
{
    play->phase = OVER;
    play->reason = reason;
    world_stop();
}

/* Has every worker that ends by itself done so? */
static bool have_finished(const struct play *play)
{
    for (size_t i = 0; i < play->worker_count; i++)
        if (play->workers[i].ends_by_itself && !play->workers[i].is_done)
            return false;
    return true;
}

/* Nobody is still to be started again, or paused. */
static bool are_all_alive(const struct play *play)
{
    for (size_t i = 0; i < play->worker_count; i++)
        if (!play->workers[i].is_done && play->workers[i].process->state != PROCESS_RUNNING)
            return false;
    return true;
}

static void drain(struct play *play)
{
    play->phase = DRAINING;
    for (size_t i = 0; i < play->worker_count; i++) {
        struct worker *worker = &play->workers[i];
        if (worker->process->state == PROCESS_DEAD) {
            worker->is_done = true;
            continue;
        }
        note_life(play, worker->process, HISTORY_LIFE_SIGTERM, 0);
        process_signal(worker->process, SIGTERM);
    }
}

static bool is_drained(const struct play *play)
{
    for (size_t i = 0; i < play->worker_count; i++)
        if (!play->workers[i].is_done)
            return false;
    return true;
}

/* What they have persisted is all that they know now: wrong state shows only here. */
static void start_again(struct play *play)
{
    play->is_second_life = true;
    play->phase = WORKING;
    play->drain_after_ns = schedule_now() + play->scenario->again_ns;
    for (size_t i = 0; i < play->worker_count; i++) {
        struct worker *worker = &play->workers[i];
        if (worker->ends_by_itself)
            continue;
        worker->is_done = false;
        process_restart(worker->process);
        note_life(play, worker->process, HISTORY_LIFE_START, 0);
    }
}

/* Is everything committed? A commit that was not answered may have been applied, and nobody may ever say so. */
static bool is_idle(struct play *play, int64_t now)
{
    const struct property_set *properties = witness_properties(play->witness);
    if (property_set_lag(properties) > 0) {
        play->idle_ns = -1;
        return false;
    }
    if (play->idle_ns < 0)
        play->idle_ns = now;
    return property_set_lag_at_most(properties) == 0 || now - play->idle_ns >= UNSURE_MS * MS;
}

static void on_tick(struct timer *timer)
{
    struct play *play = play_of(timer);
    int64_t now = schedule_now();
    if (now >= play->scenario->sim_time_ns) {
        end(play, HISTORY_END_BUDGET);
        return;
    }
    if (has_failed(play)) {
        end(play, HISTORY_END_STOPPED);
        return;
    }
    if (play->options->give_up_ns && now >= play->options->give_up_ns) {
        play->is_broken_off = true;
        end(play, HISTORY_END_STOPPED);
        return;
    }
    if (play->phase == STARTING && play->brokers.is_ready)
        start_work(play);
    bool may_end = play->has_healed || play->scenario->fault_count == 0;
    bool is_complete = is_idle(play, now) && may_end && are_all_alive(play) && have_finished(play) &&
                       now >= play->drain_after_ns;
    if (play->phase == WORKING && is_complete)
        drain(play);
    if (play->phase == DRAINING && is_drained(play)) {
        if (play->is_second_life || play->scenario->again_ns == 0) {
            end(play, HISTORY_END_CONVERGED);
            return;
        }
        start_again(play);
    }
    timer_start(timer, now + TICK_MS * MS, on_tick);
}

/* --- one world ------------------------------------------------------------------------------------------------- */

static void start_brokers(struct play *play)
{
    static struct program_call call;
    program_for_brokers(&call, play->scenario);
    brokers_start(&play->brokers, play->scenario->brokers, call.arguments);
}

static void set_network(const struct scenario *scenario)
{
    struct network_settings settings = *network_settings();
    settings.link = (struct network_link){.minimum_us = scenario->latency_us_min,
                                          .maximum_us = scenario->latency_us_max,
                                          .jitter_per_million = 1000000 / 5};
    settings.short_read_per_million = scenario->short_read_per_million;
    settings.short_write_per_million = scenario->short_write_per_million;
    network_set(&settings);
}

static void load_picks(const struct play_options *options)
{
    for (size_t i = 0; i < options->pick_count; i++)
        choice_replay_add(options->picks[i].actor, options->picks[i].point, options->picks[i].occurrence,
                          options->picks[i].picked);
}

static void keep_picks(struct play_result *result)
{
    size_t count;
    const struct choice_record *records = choice_records(&count);
    result->picks = calloc(count ? count : 1, sizeof *result->picks);
    if (!result->picks)
        return;
    for (size_t i = 0; i < count; i++) {
        struct play_pick *pick = &result->picks[i];
        *pick = (struct play_pick){
            .actor = records[i].actor, .occurrence = records[i].occurrence, .picked = records[i].picked};
        snprintf(pick->point, sizeof pick->point, "%s", choice_point_name(records[i].point));
    }
    result->pick_count = count;
}

/* What the engine found, and what the properties found, in that order. */
static void collect(struct play *play)
{
    struct play_result *result = play->result;
    for (size_t i = 0; i < world_finding_count(); i++) {
        const struct world_finding *found = world_finding(i);
        struct play_finding *finding = add_finding(result, world_finding_name(found->kind), found->time_ns);
        if (finding)
            snprintf(finding->message, sizeof finding->message, "%s", found->text);
    }
    struct property_set *properties = witness_properties(play->witness);
    size_t count;
    const struct property_finding *findings = property_set_findings(properties, &count);
    if (world_finding_count() || play->is_broken_off)
        count = 0; /* what the properties miss in a world that was broken off proves nothing */
    for (size_t i = 0; i < count; i++) {
        if (is_allowed(play->scenario, findings[i].property))
            count_one(result->allowed, &result->allowed_count, findings[i].property);
        if (!is_checked(play->scenario, findings[i].property))
            continue;
        struct play_finding *finding = add_finding(result, findings[i].property, findings[i].time_ns);
        if (!finding)
            break;
        snprintf(finding->signature, sizeof finding->signature, "%s", findings[i].signature);
        snprintf(finding->message, sizeof finding->message, "%s", findings[i].message);
    }
    for (size_t i = 0; i < property_count() && i < PLAY_COUNTERS_MAX; i++) {
        struct property_report report = property_set_report(properties, i);
        struct play_counter *counter = &result->observed[result->observed_count++];
        snprintf(counter->name, sizeof counter->name, "%s", report.name);
        counter->count = report.judged;
    }
    for (size_t i = 0; i < sometimes_count() && i < PLAY_COUNTERS_MAX; i++) {
        struct play_counter *counter = &result->sometimes[result->sometimes_count++];
        snprintf(counter->name, sizeof counter->name, "%s", sometimes_name(i));
        counter->count = property_set_hits(properties, i);
    }
    const struct property_number *numbers = property_set_numbers(properties, &count);
    for (size_t i = 0; i < count; i++)
        result->duplicates += numbers[i].value;
    result->rebalances = property_set_hits(properties, SOMETIMES_REBALANCE);
}

static void on_entry(void *opaque, const struct history_entry *entry)
{
    struct play *play = opaque;
    const struct play_options *options = play->options;
    if (options->log)
        fprintf(options->log,
                "%" PRIu64 " %" PRId64 " task %" PRIu32 " %s %" PRIu64 " %" PRIu64 " %" PRId64 " %016" PRIx64
                "\n",
                entry->index, entry->time_ns, entry->task, history_name(entry->call), entry->a, entry->b,
                (int64_t)entry->result, entry->hash);
    if (options->on_event && !play->is_broken_off &&
        !options->on_event(options->opaque, entry->index, entry->hash)) {
        play->is_broken_off = true;
        end(play, HISTORY_END_STOPPED);
    }
}

void play_open(void)
{
    static bool is_open;
    if (!is_open)
        world_warm_up(program_warm_up);
    is_open = true;
}

void play(const struct play_options *options, struct play_result *result)
{
    const struct scenario *scenario = options->scenario;
    memset(result, 0, sizeof *result);
    static struct play play; /* one world at a time; too large for a stack */
    play = (struct play){.options = options, .scenario = scenario, .result = result};
    bool is_second = options->fill_byte > 0; /* nothing may depend on what a second run has different */
    arena_set_fill(is_second ? options->fill_byte : -1);
    http_window_reset();
    history_set_log(options->log || options->on_event ? on_entry : NULL, &play);
    world_begin(&(struct world_options){
        .choices = options->picks ? CHOICE_REPLAY : CHOICE_SEEDED,
        .seed = options->seed,
        .preempt_per_million = scenario->preempt_per_million,
        .reorder_per_million = scenario->reorder_per_million,
        .without_guard = options->without_guard,
        .layout = is_second,
    });
    load_picks(options);
    set_network(scenario);
    play.witness = new_witness(&play);
    witness_world(play.witness, HISTORY_WORLD_BEGIN);
    if (has_pipeline(scenario))
        witness_expect_load(play.witness, scenario->events, scenario->attachments);
    start_brokers(&play);
    plan_faults(&play);
    timer_start(&play.tick, TICK_MS * MS, on_tick);
    world_run();
    result->guard_on = guard_was_on();

    for (size_t i = 0; i < world_finding_count(); i++)
        play.reason = world_finding(i)->kind == FINDING_DEADLOCK   ? HISTORY_END_DEADLOCK
                      : world_finding(i)->kind == FINDING_LIVELOCK ? HISTORY_END_LIVELOCK
                                                                   : HISTORY_END_STOPPED;
    play.phase = OVER;
    fault_plan_end(play.plan);
    witness_end(play.witness, play.reason);
    struct world_report report;
    world_end(&report);
    collect(&play);
    if (report.engine_live_bytes) { /* a defect of ours: nothing else may hide it */
        struct play_finding *finding = add_finding(result, "engine-leak", report.virtual_ns);
        if (finding)
            snprintf(finding->message, sizeof finding->message,
                     "%" PRIu64 " bytes of the engine's objects are left", report.engine_live_bytes);
    }
    result->history = report.history;
    result->events = report.events;
    result->virtual_ns = report.virtual_ns;
    result->picks_made = report.picks;
    uint64_t added;
    choice_replay_matched(&result->matched, &added);
    result->misfits = choice_replay_misfits();
    if (result->finding_count || options->keep_picks)
        keep_picks(result);
    witness_free(play.witness);
}

void play_result_deinit(struct play_result *result)
{
    free(result->picks);
    result->picks = NULL;
    result->pick_count = 0;
}
