/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted fault strikes when its condition comes true, so often as it is to, and draws nothing of when. */
#include "faults/condition.h"
#include "faults/plan.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>
#include "faults/point.h"
#include "tests/unit/world.h"

enum { WORKERS = 3, STRIKES_MAX = 64, SECONDS = 30, HEALS_S = 20 };
#define S INT64_C(1000000000)

static struct {
    struct fault_plan *plan;
    struct fault_counts counts;
    struct world_report report;
    int64_t strikes_ns[STRIKES_MAX];
    uint32_t whom[STRIKES_MAX];
    size_t strike_count;
    struct timer step;
    int64_t processed;
} trial;

static int worker(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int i = 0; i < SECONDS * 10; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        fiu_fail("test/here");
    }
    return 0;
}

static void on_strike(void *opaque, enum fault_kind kind, struct process *target, int64_t time_ns)
{
    (void)opaque;
    (void)kind;
    cr_assert_lt(trial.strike_count, STRIKES_MAX);
    trial.whom[trial.strike_count] = target ? target->number : 0;
    trial.strikes_ns[trial.strike_count++] = time_ns;
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)opaque;
    fault_plan_on_process_end(trial.plan, process, end);
}

static int64_t measure(void *opaque, const struct condition_term *term, int64_t *whole_out)
{
    (void)opaque;
    *whole_out = 100;
    return strcmp(term->stage, "worker") == 0 ? trial.processed : 0;
}

/* One more every 100 ms. */
static void on_step(struct timer *timer)
{
    trial.processed++;
    fault_plan_on_progress(trial.plan);
    timer_start(timer, schedule_now() + S / 10, on_step);
}

static void run(const struct fault_spec *specs, size_t count, enum choice_mode choices)
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(world_nothing);
    is_warm = true;
    memset(&trial, 0, sizeof trial);
    world_begin(&(struct world_options){.choices = choices, .seed = 1});
    static const char *const names[WORKERS] = {"worker.0", "worker.1", "worker.2"}, *const arguments[] = {
                                                                                        "worker", NULL};
    for (int i = 0; i < WORKERS; i++)
        process_start(&(struct process_spec){.name = names[i],
                                             .host = host_new(names[i]),
                                             .main = worker,
                                             .arguments = arguments,
                                             .on_end = on_end});
    trial.plan = fault_plan_start(specs, count, HEALS_S * S,
                                  (struct fault_callbacks){.on_strike = on_strike, .measure = measure});
    trial.step.background = true;
    timer_start(&trial.step, S / 10, on_step);
    world_run();
    trial.counts = fault_plan_counts(trial.plan);
    timer_stop(&trial.step);
    fault_plan_end(trial.plan);
    world_end(&trial.report);
    cr_assert_eq(trial.report.finding_count, 0, "%s",
                 trial.report.finding_count ? world_finding(0)->text : "");
    cr_expect_eq(trial.report.engine_live_bytes, 0);
}

static struct fault_spec scripted(enum fault_kind kind, const char *target, const char *when)
{
    return (struct fault_spec){.kind = kind,
                               .target = (char *)(uintptr_t)target,
                               .when = (char *)(uintptr_t)when,
                               .presence_per_million = 1000000,
                               .duration_ns_min = S,
                               .duration_ns_max = S,
                               .restart_after_ns_min = S,
                               .restart_after_ns_max = S};
}

Test(script, a_fault_strikes_once_when_its_condition_comes_true)
{
    struct fault_spec specs[] = {scripted(FAULT_PAUSE, "worker.1", "processed(worker) >= 50%")};
    run(specs, 1, CHOICE_SEEDED);
    cr_assert_eq(trial.strike_count, 1);
    cr_expect_eq(trial.whom[0], 2);
    cr_expect_eq(trial.strikes_ns[0], 5 * S);
}

Test(script, a_kill_comes_at_the_very_next_call_and_at_its_point_the_very_next_time)
{
    struct fault_spec specs[] = {scripted(FAULT_KILL, "worker.0", "processed(worker) >= 50"),
                                 scripted(FAULT_KILL, "worker.2", "processed(worker) >= 50")};
    specs[1].point = (char *)(uintptr_t) "test/here";
    run(specs, 2, CHOICE_SEEDED);
    cr_assert_eq(trial.strike_count, 2);
    for (size_t i = 0; i < 2; i++)
        cr_expect(trial.strikes_ns[i] >= 5 * S && trial.strikes_ns[i] < 5 * S + S / 4, "%lld",
                  (long long)trial.strikes_ns[i]);
    cr_expect_eq(trial.counts.restarts, 2);
}

Test(script, strikes_follow_each_other_while_there_is_somebody_to_strike)
{
    struct fault_spec specs[] = {
        scripted(FAULT_TERMINATE, "worker.*", "processed(worker) >= 7 and time < 10s")};
    specs[0].strikes_max = WORKERS + 1;
    run(specs, 1, CHOICE_SEEDED);
    cr_assert_eq(trial.strike_count, WORKERS + 1);
    cr_expect(trial.strikes_ns[WORKERS - 1] == 7 * S / 10 && trial.strikes_ns[WORKERS] >= 17 * S / 10,
              "who is dead is waited for: %lld", (long long)trial.strikes_ns[WORKERS]);
}

Test(script, time_alone_is_met_to_the_nanosecond_without_any_event)
{
    struct fault_spec specs[] = {scripted(FAULT_PAUSE, "worker.*", "time > 1234ms"),
                                 scripted(FAULT_PAUSE, "worker.*", "time >= 30s")};
    run(specs, 2, CHOICE_SEEDED);
    cr_assert_eq(trial.strike_count, 1, "what comes after the healing does not strike");
    cr_expect_eq(trial.strikes_ns[0], INT64_C(1234000001));
}

Test(script, a_condition_that_does_not_come_true_strikes_nobody)
{
    struct fault_spec specs[] = {
        scripted(FAULT_KILL, "worker.*", "processed(other) > 0"),
        scripted(FAULT_KILL, "worker.*", "processed(worker) > 5 and processed(worker) < 6")};
    run(specs, 2, CHOICE_SEEDED);
    cr_expect_eq(trial.strike_count, 0);
}

Test(script, a_replay_without_the_pick_is_one_without_the_strike)
{
    struct fault_spec specs[] = {scripted(FAULT_PAUSE, "worker.*", "processed(worker) >= 50%")};
    specs[0].strikes_max = 2;
    run(specs, 1, CHOICE_ZERO);
    cr_expect_eq(trial.strike_count, 0);
}
