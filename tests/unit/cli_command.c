/* SPDX-License-Identifier: Apache-2.0 */
/* The command line over fake worlds: exit codes, one-line errors, the shape of the reports, traces and their
 * replay. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/cli_fixture.h"
#include "sim/kafka/bug.h"

TestSuite(cli, .init = cli_enter, .fini = cli_leave);

static bool says(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* --- usage ---------------------------------------------------------------------------------------------- */

Test(cli, whatever_is_wrong_with_the_arguments_is_one_line_on_stderr_and_exit_2)
{
    static const char *const wrong[] = {
        "",
        "serve x",
        "serve --frob",
        "serve --brokers 0",
        "serve --broker-bug eats-offsets",
        "run --broker-bug eats-offsets",
        "replay good.yaml --seed 1 --broker-bug x",
        "shrink",
        "shrink x",
        "shrink bad.yaml",
        "shrink bad.yaml -j 0",
        "shrink bad.yaml --budget 3",
        "shrink bad.yaml -o",
        "run --shrink 3",
        "check x",
        "canary --repeat 0",
        "canary --output html",
        "canary nosuch",
        "--version",
        "run --strategy random",
        "run -x",
        "run -n",
        "run -n 0",
        "run -n 5x",
        "run -n -1",
        "run --seeds 5",
        "run --seeds 5..3",
        "run --seeds 1..x",
        "run --for 3",
        "run --for 0s",
        "run -n 3 --for 3s",
        "run --seeds 1..2 -n 3",
        "run -j 0",
        "run -j 1000",
        "run --check-determinism=2",
        "run --check-determinism=x",
        "run --max-failures 0",
        "run --output html",
        "run --output",
        "run -o",
        "run -o /proc/nowhere",
        "run nosuch.yaml",
        "run bad.yaml",
        "run good.yaml bad.yaml",
        "replay",
        "replay nosuch.jsonl",
        "replay good.yaml",
        "replay good.yaml --seed",
        "replay good.yaml --seed x",
        "replay nosuch --seed 1",
        "replay a b",
        "replay x --lenient",
        "replay good.yaml --seed 1 --lenient",
        "scenario",
        "scenario frob",
        "scenario --x",
        "scenario show",
        "scenario show nosuch",
        "scenario lint",
        "scenario lint bad.yaml",
        "scenario list x",
        "doctor x",
        "doctor --x",
        "version x",
    };
    cli_scenario("good.yaml", "sometimes=1");
    FILE *bad = fopen("bad.yaml", "w");
    fputs("no scenario\n", bad);
    fclose(bad);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct cli *cli = cli_run(wrong[i]);
        cr_expect_eq(cli->code, 2, "millrace-sim %s: exit %d", wrong[i], cli->code);
        cr_expect_eq(cli_count(cli->err, '\n'), 1, "millrace-sim %s: %s", wrong[i], cli->err);
        cr_expect_eq(strncmp(cli->err, "millrace-sim", 12), 0, "millrace-sim %s: %s", wrong[i], cli->err);
        cr_expect_str_empty(cli->out, "millrace-sim %s: %s", wrong[i], cli->out);
    }
    cr_expect_neq(access("millrace-out", F_OK), 0, "nothing is left behind");
}

Test(cli, every_command_has_help_on_stdout)
{
    static const char *const helps[] = {"--help",
                                        "help",
                                        "run --help",
                                        "run nosuch -h",
                                        "replay --help",
                                        "shrink --help",
                                        "scenario --help",
                                        "scenario list --help",
                                        "scenario show --help",
                                        "scenario lint --help",
                                        "doctor --help",
                                        "version --help"};
    for (size_t i = 0; i < sizeof helps / sizeof helps[0]; i++) {
        const struct cli *cli = cli_run(helps[i]);
        cr_expect_eq(cli->code, 0, "%s", helps[i]);
        cr_expect(strncmp(cli->out, "usage: millrace-sim", 19) == 0, "%s", helps[i]);
        cr_expect_str_empty(cli->err, "%s", helps[i]);
    }
}

Test(cli, version_names_the_commit_the_backend_and_the_libraries)
{
    const struct cli *cli = cli_run("version");
    cr_expect_eq(cli->code, 0);
    static const char *const said[] = {"millrace-sim ", "\ncommit ",  "\ntasks ",
                                       "\nlibrdkafka ", "\nlibcurl ", "\njansson "};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        cr_expect(says(cli->out, said[i]), "%s", said[i]);
}

Test(cli, doctor_finds_that_calls_of_a_tiny_world_end_up_in_it)
{
    const struct cli *cli = cli_run("doctor");
    cr_expect_eq(cli->code, 0, "%s", cli->err);
    cr_expect(says(cli->out, "malloc is the world's  ok"), "%s", cli->out);
    cr_expect(says(cli->out, "an hour's sleep took 3600.0 virtual s"), "%s", cli->out);
}

Test(cli, scenarios_are_listed_shown_and_checked)
{
    cli_scenario("good.yaml", "sometimes=1");
    cr_expect_str_eq(cli_run("scenario list")->out, "pipeline-churn       the fake one\n");
    cr_expect_str_eq(cli_run("scenario show good.yaml")->out, "# hash 000000000000fa4e\nfake: sometimes=1\n");
    cr_expect_str_eq(cli_run("scenario lint good.yaml pipeline-churn")->out,
                     "good.yaml: ok\npipeline-churn: ok\n");
}

/* --- run ------------------------------------------------------------------------------------------------ */

/* The object in the n-th line. */
static json_t *object_at(const char *text, size_t line)
{
    for (; line && text; line--)
        text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
    cr_assert_not_null(text);
    json_t *object = json_loadb(text, strcspn(text, "\n"), 0, NULL);
    cr_assert_not_null(object, "%s", text);
    return object;
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "(none)";
}

static long long number_of(json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

Test(cli, a_run_without_a_failure_passes_and_its_summary_is_the_only_object)
{
    const struct cli *cli = cli_run("run --seeds 1..10 --output jsonl -o out");
    cr_expect_eq(cli->code, 0);
    cr_expect_eq(cli_count(cli->out, '\n'), 1);
    json_t *summary = object_at(cli->out, 0);
    static const char *const keys[] = {"type",          "scenario",    "seeds",
                                       "failures",      "signatures",  "virtual_seconds",
                                       "wall_seconds",  "cpu_seconds", "seeds_per_second",
                                       "determinism",   "observed",    "sometimes",
                                       "scenario_hash", "means",       "guard"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        cr_expect_not_null(json_object_get(summary, keys[i]), "%s", keys[i]);
    cr_expect_str_eq(text_of(summary, "type"), "summary");
    cr_expect_str_eq(text_of(summary, "guard"), "on");
    cr_expect_eq(number_of(summary, "seeds"), 10);
    cr_expect_eq(number_of(json_object_get(summary, "observed"), "lost-write"), 10);
    cr_expect_eq(number_of(json_object_get(summary, "sometimes"), "rebalance"), 1);
    cr_expect_float_eq(json_real_value(json_object_get(summary, "virtual_seconds")), 20, 1e-9);
    cr_expect_str_eq(cli_read("out/summary.json"), cli->out);
    json_decref(summary);
}

Test(cli, failures_are_objects_in_seed_order_with_one_trace_for_each_signature)
{
    cli_scenario("s.yaml", "fail=3 fail=5 fail2=9 sometimes=1");
    const struct cli *cli = cli_run("run s.yaml -n 10 -j 3 --output jsonl -o out --no-shrink");
    cr_expect_eq(cli->code, 1);
    cr_assert_eq(cli_count(cli->out, '\n'), 4);
    static const long long seeds[] = {3, 5, 9};
    for (size_t i = 0; i < 3; i++) {
        json_t *failure = object_at(cli->out, i);
        cr_expect_eq(number_of(failure, "seed"), seeds[i]);
        cr_expect_str_eq(text_of(failure, "property"), "lost-write");
        cr_expect_eq(json_object_get(failure, "trace") != NULL, i != 1,
                     "the first seed of a signature has a trace");
        json_decref(failure);
    }
    json_t *summary = object_at(cli->out, 3);
    cr_expect_eq(number_of(summary, "failures"), 3);
    json_t *signatures = json_object_get(summary, "signatures");
    cr_expect_eq(json_array_size(signatures), 2);
    cr_expect_str_eq(json_string_value(json_array_get(signatures, 0)), "lost-write:gone/1");
    json_decref(summary);
    cr_expect_eq(access("out/failures/lost-write_gone_1/trace.jsonl", R_OK), 0);
    cr_expect_eq(access("out/failures/lost-write_other/REPRODUCE", R_OK), 0);
    cr_expect_neq(access("out/work", F_OK), 0, "what workers wrote is gone");
}

/* Everything but the times. */
static void expect_same_summaries(const char *one, const char *other)
{
    static const char *const timed[] = {"wall_seconds", "cpu_seconds", "seeds_per_second", "artefacts"};
    json_t *a = object_at(one, cli_count(one, '\n') - 1), *b = object_at(other, cli_count(other, '\n') - 1);
    for (size_t i = 0; i < sizeof timed / sizeof timed[0]; i++) {
        json_object_del(a, timed[i]);
        json_object_del(b, timed[i]);
    }
    cr_expect(json_equal(a, b), "%s%s", one, other);
    json_decref(a);
    json_decref(b);
}

Test(cli, one_worker_and_three_say_the_same)
{
    cli_scenario("s.yaml", "fail=17 fail=90 fail2=40 die=60 sometimes=1");
    const struct cli *one = cli_run("run s.yaml -n 200 -j 1 --output jsonl -o out");
    const struct cli *three = cli_run("run s.yaml -n 200 -j 3 --output jsonl -o out");
    cr_expect_eq(one->code, 1);
    cr_expect_eq(three->code, 1);
    size_t failures = (size_t)(strstr(one->out, "{\"type\":\"summary\"") - one->out);
    cr_expect(strncmp(one->out, three->out, failures) == 0, "%s%s", one->out, three->out);
    expect_same_summaries(one->out, three->out);
}

Test(cli, a_worker_that_dies_fails_its_seed_and_has_no_trace)
{
    cli_scenario("s.yaml", "die=2 sometimes=1");
    const struct cli *cli = cli_run("run s.yaml -n 4 -j 1 --output jsonl -o out");
    cr_expect_eq(cli->code, 1);
    json_t *failure = object_at(cli->out, 0);
    cr_expect_str_eq(text_of(failure, "signature"), "worker-died-SIGABRT");
    cr_expect_str_eq(text_of(failure, "message"),
                     "the worker died of signal 6 (Aborted): the fake world fell over");
    json_decref(failure);
    cr_expect(says(cli_read("out/failures/worker-died-SIGABRT/REPRODUCE"), "s.yaml --seed 2\n"));
    cr_expect_neq(access("out/failures/worker-died-SIGABRT/trace.jsonl", F_OK), 0);
}

Test(cli, max_failures_ends_a_run_at_that_failure)
{
    cli_scenario("s.yaml", "all-fail sometimes=1");
    const struct cli *cli =
        cli_run("run s.yaml -n 1000 -j 3 --max-failures 4 --output jsonl -o out --no-shrink");
    cr_expect_eq(cli->code, 1);
    json_t *summary = object_at(cli->out, 4);
    cr_expect_eq(number_of(summary, "seeds"), 4);
    json_decref(summary);
}

Test(cli, a_property_that_judged_nothing_or_an_unmet_sometimes_is_inconclusive)
{
    cli_scenario("vacuous.yaml", "vacuous sometimes=1");
    cli_scenario("unmet.yaml", "nothing");
    const struct cli *cli = cli_run("run vacuous.yaml -n 5 -o out");
    cr_expect_eq(cli->code, 3);
    cr_expect_str_eq(
        cli->err, "millrace-sim run: fake: inconclusive: property lost-write judged no event in 5 seeds\n");
    cli = cli_run("run unmet.yaml -n 5 -o out");
    cr_expect_eq(cli->code, 3);
    cr_expect_str_eq(cli->err,
                     "millrace-sim run: fake: inconclusive: rebalance, which has to happen sometimes, "
                     "never did in 5 seeds\n");
}

Test(cli, a_failure_is_told_with_two_lines_to_copy)
{
    const char *directory = cli_directory();
    cli_scenario("s.yaml", "fail=3 sometimes=1");
    const struct cli *cli = cli_run("run s.yaml -n 5 -o out --output plain");
    char expected[1024];
    snprintf(expected, sizeof expected,
             "FAIL lost-write: lost-write:gone/1  seed 3\n"
             "  record 17 is gone\n  and \"nobody\" knows why\n"
             "  by seed (this build): millrace-sim replay %s/s.yaml --seed 3\n"
             "  by trace (any build): millrace-sim replay %s/out/failures/lost-write_gone_1/trace.jsonl\n",
             directory, directory);
    cr_expect(says(cli->out, expected), "%s", cli->out);
}

Test(cli, a_failure_under_hazards_of_the_protocol_has_a_verdict_of_its_own)
{
    cli_scenario("s.yaml", "fail=3 sometimes=1 hazard");
    const struct cli *cli = cli_run("run s.yaml -n 5 -o out --output plain");
    cr_expect(cli->code == 1 && says(cli->out, "HAZARD lost-write: lost-write:gone/1  seed 3\n"), "%s",
              cli->out);
    cr_expect(!says(cli->out, "FAIL"));
    cli = cli_run("replay s.yaml --seed 3");
    cr_expect(cli->code == 1 && says(cli->out, "HAZARD lost-write"), "%s", cli->out);
    cli = cli_run("run s.yaml -n 5 -o out --output jsonl --no-shrink");
    for (size_t i = 0; i < 2; i++) {
        json_t *object = object_at(cli->out, i);
        cr_expect_str_eq(text_of(object, "profile"), "protocol-hazard");
        json_decref(object);
    }
}

Test(cli, variables_stand_in_for_flags_and_flags_beat_them)
{
    setenv("MILLRACE_SEEDS", "1..7", 1);
    setenv("MILLRACE_JOBS", "3", 1);
    cr_expect(says(cli_run("run -o out")->out, "7 seeds on 3 workers"));
    cr_expect(says(cli_run("run -o out -j 1 -n 4")->out, "4 seeds on 1 worker\n"));
    setenv("MILLRACE_JOBS", "many", 1);
    const struct cli *cli = cli_run("run -o out");
    cr_expect_eq(cli->code, 2);
    cr_expect_str_eq(cli->err, "millrace-sim run: MILLRACE_JOBS many: expected a number from 1 to 256\n");
}

Test(cli, by_default_artefacts_go_to_a_new_directory_that_latest_points_to)
{
    cr_expect_eq(cli_run("run -n 2")->code, 0);
    cr_expect_eq(access("millrace-out/latest/summary.json", R_OK), 0);
    char first[256] = "", second[256] = "";
    cr_expect_gt(readlink("millrace-out/latest", first, sizeof first - 1), 0);
    cr_expect_eq(cli_run("run -n 2")->code, 0);
    cr_expect_gt(readlink("millrace-out/latest", second, sizeof second - 1), 0);
    cr_expect_str_neq(first, second);
}

Test(cli, two_scenarios_have_two_summaries_and_the_worse_exit_code)
{
    cli_scenario("a.yaml", "fail=1 sometimes=1");
    const struct cli *cli = cli_run("run pipeline-churn a.yaml -n 2 --output jsonl -o out --no-shrink");
    cr_expect_eq(cli->code, 1);
    cr_expect_eq(cli_count(cli->out, '\n'), 3);
    json_t *summaries = json_load_file("out/summary.json", 0, NULL);
    cr_expect_eq(json_array_size(summaries), 2);
    json_decref(summaries);
}

/* --- determinism and replay ----------------------------------------------------------------------------- */

Test(cli, bugs_of_brokers_travel_with_the_world_and_into_the_lines_to_copy)
{
    const struct cli *cli = cli_run("run --help");
    for (size_t i = 0; kafka_bug_at(i); i++)
        cr_expect(says(cli->out, kafka_bug_at(i)->name), "%s", kafka_bug_at(i)->name);
    cli = cli_run("run --broker-bug x");
    cr_expect(cli->code == 2 && cli_count(cli->err, '\n') == 1, "%s", cli->err);
    cr_expect(says(cli->err, kafka_bug_at(KAFKA_BUGS - 1)->name), "%s", cli->err);
    cli_scenario("s.yaml", "fail=3");
    cli = cli_run("run s.yaml -n 5 -o out --output jsonl --broker-bug timeout-keeps-epoch --broker-bug "
                  "dead-joiner-blocks");
    cr_expect_eq(cli->code, 1);
    cr_expect(
        says(cli->out, "s.yaml --broker-bug timeout-keeps-epoch --broker-bug dead-joiner-blocks --seed 3"),
        "%s", cli->out);
    cr_expect(says(cli_read("out/failures/lost-write_gone_1/trace.jsonl"),
                   "broker-bug=timeout-keeps-epoch broker-bug=dead-joiner-blocks"));
}

Test(cli, a_world_that_depends_on_fresh_memory_is_reported_with_both_sides)
{
    cli_scenario("s.yaml", "fill=4 sometimes=1");
    const struct cli *cli = cli_run("run s.yaml -n 6 --check-determinism=1 --output jsonl -o out");
    cr_expect_eq(cli->code, 4);
    json_t *divergence = object_at(cli->out, 0), *summary = object_at(cli->out, 1);
    cr_expect_str_eq(text_of(divergence, "type"), "divergence");
    cr_expect_eq(number_of(divergence, "seed"), 4);
    const char *message = text_of(divergence, "message");
    cr_expect(says(message, "\n  here:  501 0 task 1 note 2003 "), "%s", message);
    cr_expect(says(message, "\n  there: 501 0 task 1 note 2169 "), "%s", message);
    json_t *determinism = json_object_get(summary, "determinism");
    cr_expect_eq(number_of(determinism, "checked"), 6);
    cr_expect_eq(number_of(determinism, "diverged"), 1);
    json_decref(divergence);
    json_decref(summary);
}

Test(cli, by_default_a_twentieth_and_every_failing_seed_is_played_twice)
{
    cli_scenario("s.yaml", "fail=7 sometimes=1");
    const struct cli *cli =
        cli_run("run s.yaml --seeds 1..40 --check-determinism --output jsonl -o out --no-shrink");
    json_t *summary = object_at(cli->out, 1);
    cr_expect_eq(number_of(json_object_get(summary, "determinism"), "checked"), 3);
    cr_expect_eq(number_of(json_object_get(summary, "determinism"), "diverged"), 0);
    json_decref(summary);
}

static const char *last_line(const char *text)
{
    const char *last = text;
    for (const char *at = text; *at; at++)
        if (*at == '\n' && at[1])
            last = at + 1;
    return last;
}

Test(cli, a_trace_fails_again_with_the_same_history_from_another_directory)
{
    const char *directory = cli_directory();
    char arguments[256], history[64];
    cli_scenario("s.yaml", "fail=3 sometimes=1");
    cr_expect_eq(cli_run("run s.yaml -n 5 -o out")->code, 1);
    const struct cli *by_seed = cli_run("replay s.yaml --seed 3");
    cr_expect_eq(by_seed->code, 1);
    snprintf(history, sizeof history, "%.60s", last_line(by_seed->out));
    cr_expect_eq(strlen(history), strlen("history \n") + 16, "%s", history);
    unlink("s.yaml");
    cr_assert_eq(mkdir("elsewhere", 0777), 0);
    cr_assert_eq(chdir("elsewhere"), 0);
    snprintf(arguments, sizeof arguments, "replay %s/out/failures/lost-write_gone_1/trace.jsonl", directory);
    const struct cli *by_trace = cli_run(arguments);
    cr_expect_eq(by_trace->code, 1);
    cr_expect_str_eq(last_line(by_trace->out), history);
    cr_expect(says(by_trace->out, "record 17 is gone"), "%s", by_trace->out);
}

Test(cli, a_replay_that_leaves_the_recorded_history_says_where_and_exits_with_4)
{
    cli_scenario("s.yaml", "fail=3 sometimes=1");
    cli_run("run s.yaml -n 5 -o out");
    setenv("FAKE_CHANGED", "1", 1);
    const struct cli *cli = cli_run("replay out/failures/lost-write_gone_1/trace.jsonl");
    cr_expect_eq(cli->code, 4);
    cr_expect(says(cli->out, "first at the checkpoint of event 704 (that of event 640 is the same)\n"), "%s",
              cli->out);
    cr_expect(strncmp(last_line(cli->out), "history ", 8) == 0);
}

Test(cli, a_seed_that_passes_replays_with_exit_0)
{
    const struct cli *cli = cli_run("replay pipeline-churn --seed 8");
    cr_expect_eq(cli->code, 0);
    cr_expect(says(cli->out, "\npass\nhistory "), "%s", cli->out);
}

/* --- shrinking and lenient replay ------------------------------------------------------------------------- */

Test(cli, a_run_leaves_a_shrunk_trace_beside_the_recorded_one)
{
    cli_scenario("s.yaml", "fail=3 sometimes=1");
    const struct cli *cli = cli_run("run s.yaml -n 5 -j 2 --output jsonl -o out");
    cr_expect_eq(cli->code, 1);
    json_t *shrunk = object_at(cli->out, 1), *summary = object_at(cli->out, 2);
    cr_expect_str_eq(text_of(shrunk, "type"), "shrunk");
    cr_expect_str_eq(text_of(shrunk, "signature"), "lost-write:gone/1");
    cr_expect_eq(number_of(shrunk, "recorded"), 1);
    cr_expect_eq(number_of(shrunk, "deviations"), 0);
    json_t *kind = json_array_get(json_object_get(summary, "kinds"), 0);
    cr_expect_eq(number_of(kind, "deviations"), 0);
    cr_expect_eq(number_of(kind, "recorded"), 1);
    json_decref(shrunk);
    json_decref(summary);
    cli = cli_run("replay out/failures/lost-write_gone_1/trace.min.jsonl");
    cr_expect_eq(cli->code, 1, "%s", cli->out);
    cli = cli_run("run s.yaml -n 5 --output plain -o out");
    cr_expect(says(cli->out, "\nshrunk lost-write:gone/1: 1 -> 0 deviations: millrace-sim replay "), "%s",
              cli->out);
    cli = cli_run("run s.yaml -n 5 --output plain -o bare --no-shrink");
    cr_expect_not(says(cli->out, "shrunk"), "%s", cli->out);
    cr_expect_neq(access("bare/failures/lost-write_gone_1/trace.min.jsonl", F_OK), 0);
}

Test(cli, shrink_writes_beside_the_trace_or_where_it_is_told_and_ends_with_what_it_came_to)
{
    cli_scenario("s.yaml", "fail=40 needs-pick sometimes=1");
    cli_run("run s.yaml -n 40 -o out --no-shrink");
    const struct cli *cli = cli_run("shrink out/failures/lost-write_gone_1/trace.jsonl -j 1");
    cr_expect_eq(cli->code, 0, "%s", cli->err);
    cr_expect(says(cli->out, "\nshrunk 1 -> 1 deviations: "), "%s", cli->out);
    cr_expect(says(cli->out, " CPU seconds: out/failures/lost-write_gone_1/trace.min.jsonl\n"), "%s",
              cli->out);
    const char *text = cli_read("out/failures/lost-write_gone_1/trace.min.jsonl");
    cr_expect(says(text, "\"n\":4,\"pick\":1}"), "lowered from 40: %s", text);
    cr_expect(says(text, "\"shrunk_from\":1}"));
    cli = cli_run("shrink out/failures/lost-write_gone_1/trace.jsonl -o other.jsonl");
    cr_expect_eq(cli->code, 0);
    cr_expect_str_eq(cli_read("other.jsonl"), cli_read("out/failures/lost-write_gone_1/trace.min.jsonl"));
    cr_expect_eq(cli_run("replay other.jsonl")->code, 1);
}

Test(cli, what_does_not_fail_any_more_is_not_shrunk)
{
    cli_scenario("s.yaml", "fail=3 sometimes=1");
    cli_run("run s.yaml -n 5 -o out --no-shrink");
    setenv("FAKE_FIXED", "1", 1);
    const struct cli *cli = cli_run("shrink out/failures/lost-write_gone_1/trace.jsonl");
    cr_expect_eq(cli->code, 4);
    cr_expect(says(cli->err, "does not fail with lost-write:gone/1 in this build"), "%s", cli->err);
    cr_expect_neq(access("out/failures/lost-write_gone_1/trace.min.jsonl", F_OK), 0);
}

Test(cli, a_lenient_replay_says_how_much_was_met_and_what_the_failure_has_become)
{
    cli_scenario("s.yaml", "fail=3 sometimes=1");
    cli_run("run s.yaml -n 5 -o out --no-shrink");
    setenv("FAKE_CHANGED", "1", 1);
    static const char lenient[] = "replay --lenient out/failures/lost-write_gone_1/trace.jsonl";
    const struct cli *cli = cli_run(lenient);
    cr_expect_eq(cli->code, 1);
    cr_expect(says(cli->out, "\nmatched 1/1: the same failure, lost-write:gone/1\nhistory "), "%s", cli->out);
    setenv("FAKE_OTHER", "1", 1);
    cli = cli_run(lenient);
    cr_expect_eq(cli->code, 1);
    cr_expect(
        says(cli->out,
             "\nmatched 1/1: another failure, lost-write:elsewhere, where there was lost-write:gone/1\n"),
        "%s", cli->out);
    setenv("FAKE_FIXED", "1", 1);
    cli = cli_run(lenient);
    cr_expect_eq(cli->code, 0);
    cr_expect(says(cli->out, "\nmatched 1/1: no failure, where there was lost-write:gone/1\nhistory "), "%s",
              cli->out);
}
