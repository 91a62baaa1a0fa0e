/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario file means what it says, or is refused in one line that names file, line and key. */
#include "sim/cli/scenario.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/scenario_key.h"

static const char minimal[] = "name: small\nstages: {ingest: {}}\n";

static struct scenario *parse(const char *text, char *error_out)
{
    return scenario_parse(text, strlen(text), "x.yaml", error_out);
}

/* --- what ships ------------------------------------------------------------------------------------------------ */

static size_t listed;

static void look_at(void *opaque, const char *name, const char *comment)
{
    (void)opaque;
    char error[SCENARIO_ERROR_BYTES];
    struct scenario *scenario = scenario_load(name, error);
    cr_assert(scenario, "%s", error);
    cr_expect_str_eq(scenario->name, name);
    cr_expect_gt(strlen(comment), 20, "%s begins with no comment that says what it is for", name);
    cr_expect(scenario->text[0] == '#');
    scenario_free(scenario);
    listed++;
}

Test(scenario, all_that_ship_are_listed_with_a_comment_and_load_from_any_directory)
{
    cr_assert_eq(chdir("/"), 0);
    scenario_list(look_at, NULL);
    cr_expect_eq(listed, 11);
}

static struct scenario *load(const char *name)
{
    char error[SCENARIO_ERROR_BYTES];
    struct scenario *scenario = scenario_load(name, error);
    cr_assert(scenario, "%s", error);
    return scenario;
}

static const struct scenario_stage *stage(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->stage_count; i++)
        if (strcmp(scenario->stages[i].name, name) == 0)
            return &scenario->stages[i];
    return NULL;
}

/* Strikes that a world has on average, where processes are there to be struck. */
static double strikes(const struct scenario *scenario, enum fault_kind kind)
{
    double sum = 0;
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (scenario->faults[i].kind == kind && !scenario->faults[i].point)
            sum += scenario->faults[i].presence_per_million / 1e6 * (double)scenario->faults_until_ns /
                   (double)scenario->faults[i].every_ns;
    return sum;
}

Test(scenario, churn_is_as_large_and_as_rough_as_promised)
{
    struct scenario *churn = load("pipeline-churn");
    cr_expect(churn->brokers == 3 && churn->events == 200 && churn->attachments == 2);
    cr_assert(stage(churn, "ingest") && stage(churn, "download") && stage(churn, "results"));
    cr_expect_eq(stage(churn, "ingest")->members, 2);
    cr_expect_eq(stage(churn, "download")->members, 3);
    cr_expect_eq(stage(churn, "results")->members, 2);
    cr_expect_str_eq(stage(churn, "download")->settings[1].key, "kafka.consumer.session.timeout.ms");
    cr_expect_str_eq(stage(churn, "download")->settings[1].value, "6000");
    cr_expect(strikes(churn, FAULT_KILL) >= 2 && strikes(churn, FAULT_PAUSE) >= 1 &&
              strikes(churn, FAULT_RESET) >= 2);
    for (size_t i = 0; i < churn->fault_count; i++)
        if (churn->faults[i].kind == FAULT_PAUSE)
            cr_expect_gt(churn->faults[i].duration_ns_min, INT64_C(6000000000));
    cr_expect_eq(churn->sometimes_count, 5);
    struct scenario *calm = load("pipeline-calm");
    cr_expect(calm->fault_count == 0 && calm->http_error_per_million == 0 && calm->events == 200);
    cr_expect_neq(calm->hash, churn->hash);
    scenario_free(calm);
    scenario_free(churn);
}

Test(scenario, the_bare_pipe_is_as_promised)
{
    static const char *const names[] = {"pipe-100", "pipe-1000"};
    for (int i = 0; i < 2; i++) {
        struct scenario *pipe = load(names[i]);
        cr_expect_eq(pipe->events, i ? 1000 : 100);
        cr_expect(pipe->brokers == 1 && pipe->fault_count == 0 &&
                  pipe->initial_rebalance_delay_ns == INT64_C(1500000000));
        cr_expect(pipe->latency_us_min == 1000 && pipe->latency_us_max == 10000);
        cr_expect(stage(pipe, "copy")->members == 2 && stage(pipe, "feeder") && stage(pipe, "checker"));
        cr_expect(pipe->topic_count == 2 && pipe->topics[0].partitions == 4);
        scenario_free(pipe);
    }
}

/* --- meaning --------------------------------------------------------------------------------------------------- */

Test(scenario, every_value_is_read)
{
    char error[SCENARIO_ERROR_BYTES];
    struct scenario *s =
        parse("name: all\n"
              "cluster: {brokers: 3, topics: {b: {partitions: 2}, a: {partitions: 12, replication: 3}}, "
              "initial_rebalance_delay: 1.5s}\n"
              "load: {events: 5, attachments: 2, rate: 0.125/s, message_bytes: 7}\n"
              "stages: {results: {}, download: {members: 3, config: {b: \"\", a: x y}}}\n"
              "network: {latency: 0..3ms, short_read: 0.05, short_write: 1}\n"
              "http: {latency: 2ms, error: 0.000001, stall: .0, reset: 0.5, truncate: 0.25, slow: 0}\n"
              "schedule: {preempt: 0, reorder: 1}\n",
              error);
    cr_expect_null(s); /* .0 is no number */
    s = parse("name: all\n"
              "cluster: {brokers: 3, topics: {b: {partitions: 2}, a: {partitions: 12, replication: 3}}, "
              "initial_rebalance_delay: 1.5s, settings: {min.insync.replicas: 2, log.segment.bytes: 100}}\n"
              "load: {events: 5, attachments: 2, rate: 0.125/s, message_bytes: 7}\n"
              "stages: {results: {}, download: {members: 3, config: {b: \"\", a: x y}}}\n"
              "network: {latency: 0..3ms, short_read: 0.05, short_write: 1}\n"
              "http: {latency: 2ms, error: 0.000001, reset: 0.5, truncate: 0.25}\n"
              "schedule: {preempt: 0, reorder: 1}\n"
              "budget: {faults_until: 2min, sim_time: 1h}\n",
              error);
    cr_assert(s, "%s", error);
    cr_expect(s->brokers == 3 && s->topic_count == 2 && s->initial_rebalance_delay_ns == INT64_C(1500000000));
    cr_assert_eq(s->broker_setting_count, 2);
    cr_expect_str_eq(s->broker_settings[0].key, "log.segment.bytes");
    cr_expect_str_eq(s->broker_settings[1].value, "2");
    cr_expect_str_eq(s->topics[0].name, "a");
    cr_expect(s->topics[0].partitions == 12 && s->topics[0].replication == 3 &&
              s->topics[1].replication == 1);
    cr_expect(s->events == 5 && s->attachments == 2 && s->events_per_second == 0.125 &&
              s->message_bytes == 7);
    cr_expect(s->stages[0].members == 3 && s->stages[0].setting_count == 2 && s->stages[1].members == 1);
    cr_expect_str_eq(s->stages[0].settings[0].value, "x y");
    cr_expect(s->latency_us_min == 0 && s->latency_us_max == 3000);
    cr_expect(s->short_read_per_million == 50000 && s->short_write_per_million == 1000000);
    cr_expect(s->http_latency_us_min == 2000 && s->http_latency_us_max == 2000 &&
              s->http_error_per_million == 1);
    cr_expect(s->preempt_per_million == 0 && s->reorder_per_million == 1000000);
    cr_expect(s->faults_until_ns == INT64_C(120000000000) && s->sim_time_ns == INT64_C(3600000000000));
    scenario_free(s);
}

Test(scenario, a_scripted_fault_is_read_and_written_in_its_one_form)
{
    char error[SCENARIO_ERROR_BYTES];
    struct scenario *s = parse("name: s\nstages: {ingest: {}}\nfaults:\n"
                               "- {kill: ingest.0, when: \"processed(ingest)>=50% and time<1000ms\"}\n",
                               error);
    cr_assert(s, "%s", error);
    cr_expect_str_eq(s->faults[0].when, "processed(ingest) >= 50% and time < 1s");
    cr_expect(s->faults[0].every_ns == 0 && s->faults[0].strikes_max == 0);
    char *text = scenario_canonical(s);
    struct scenario *again = parse(text, error);
    cr_assert(again, "%s", error);
    cr_expect_eq(again->hash, s->hash);
    free(text);
    scenario_free(s);
    scenario_free(again);
}

Test(scenario, faults_are_read_in_their_order)
{
    char error[SCENARIO_ERROR_BYTES];
    struct scenario *s =
        parse("name: all\nstages: {ingest: {}}\nfaults:\n"
              "  - {kill: \"download.*\", every: 8s, restart_after: 200ms..3s, presence: 0.9, point: send}\n"
              "  - {pause: \"*\", every: 30s, for: 7s..10s, strikes: 3}\n"
              "  - {terminate: ingest.0, every: 1h, restart_after: never}\n"
              "  - {crash_broker: kafka-1, every: 1s, for: 1s}\n",
              error);
    cr_assert(s, "%s", error);
    static const enum fault_kind kinds[] = {FAULT_KILL, FAULT_PAUSE, FAULT_TERMINATE, FAULT_BROKER_CRASH};
    cr_assert_eq(s->fault_count, 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(s->faults[i].kind, kinds[i]);
    const struct fault_spec *kill = &s->faults[0], *pause = &s->faults[1];
    cr_expect_str_eq(kill->target, "download.*");
    cr_expect_str_eq(kill->point, "send");
    cr_expect(kill->every_ns == INT64_C(8000000000) && kill->presence_per_million == 900000);
    cr_expect(kill->restart_after_ns_min == 200000000 && kill->restart_after_ns_max == INT64_C(3000000000));
    cr_expect(pause->duration_ns_min == INT64_C(7000000000) &&
              pause->duration_ns_max == INT64_C(10000000000));
    cr_expect(pause->strikes_max == 3 && pause->presence_per_million == 1000000 && !pause->point);
    cr_expect_eq(s->faults[2].restart_after_ns_min, FAULT_NEVER);
    scenario_free(s);
}

Test(scenario, comments_order_and_spelling_do_not_change_the_hash_and_meaning_does)
{
    char error[SCENARIO_ERROR_BYTES];
    static const char *const same[] = {
        "name: a\nload: {events: 7, rate: 2/s}\nstages: {ingest: {members: 2}, download: {config: {x: 1, y: "
        "2}}}\n"
        "check: {never: [b, a]}\n",
        "# a comment\nstages:\n  download: {config: {y: '2', x: \"1\"}, members: 1}\n  ingest: {members: 2}\n"
        "check: {never: [a, b], sometimes: []}\nload: {rate: 2.000/s, events: 007}\nname: a\n"
        "budget: {sim_time: 1800s}\n",
        "{\"name\": \"a\", \"load\": {\"events\": 7, \"rate\": \"2/s\"}, \"stages\": {\"ingest\": "
        "{\"members\": 2}, "
        "\"download\": {\"config\": {\"x\": 1, \"y\": 2}}}, \"check\": {\"never\": [\"a\", \"b\"]}}\n",
    };
    struct scenario *first = parse(same[0], error);
    for (int i = 1; i < 3; i++) {
        struct scenario *other = parse(same[i], error);
        cr_assert(other, "%s", error);
        cr_expect_eq(other->hash, first->hash, "file %d", i);
        cr_expect_str_eq(other->stages[0].name, first->stages[0].name);
        scenario_free(other);
    }
    struct scenario *other = parse("name: a\nload: {events: 7, rate: 2.001/s}\n"
                                   "stages: {ingest: {members: 2}, download: {config: {x: 1, y: 2}}}\n"
                                   "check: {never: [b, a]}\n",
                                   error);
    cr_expect_neq(other->hash, first->hash);
    scenario_free(other);
    scenario_free(first);
}

static void expect_round_trip(const struct scenario *scenario)
{
    char error[SCENARIO_ERROR_BYTES];
    char *canonical = scenario_canonical(scenario), *shown = scenario_show(scenario);
    struct scenario *again = parse(canonical, error);
    cr_assert(again, "%s in:\n%s", error, canonical);
    char *twice = scenario_canonical(again);
    cr_expect_str_eq(twice, canonical);
    cr_expect_eq(again->hash, scenario->hash);
    struct scenario *documented = parse(shown, error);
    cr_assert(documented, "%s in:\n%s", error, shown);
    cr_expect_eq(documented->hash, scenario->hash);
    scenario_free(documented);
    scenario_free(again);
    free(twice);
    free(shown);
    free(canonical);
}

Test(scenario, what_is_shown_reads_as_the_same_scenario)
{
    static const char *const names[] = {"pipeline-churn", "pipeline-calm", "pipeline-hardware",
                                        "pipe-100",       "pipe-1000",     "exactly-once-copy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct scenario *scenario = load(names[i]);
        expect_round_trip(scenario);
        scenario_free(scenario);
    }
    char error[SCENARIO_ERROR_BYTES];
    struct scenario *odd =
        parse("name: 1e3\nstages: {ingest: {config: {a: 'say \"\\n\" # yes', b: '', c: null, 1: '- x'}}}\n"
              "faults: [{kill: '?*\"\\', every: 1.5ms, restart_after: never}]\n",
              error);
    cr_assert(odd, "%s", error);
    expect_round_trip(odd);
    scenario_free(odd);
}

Test(scenario, planted_bugs_are_those_that_a_file_could_name)
{
    char error[SCENARIO_ERROR_BYTES];
    const char *const bugs[] = {"b-bug", "a-bug", "b-bug"};
    char text[512];
    snprintf(text, sizeof text, "%scluster: {broker_bugs: [c-bug, a-bug]}\n", minimal);
    struct scenario *planted = parse(text, error);
    cr_assert(planted, "%s", error);
    uint64_t hash = planted->hash;
    scenario_plant(planted, bugs, 0);
    cr_expect_str_eq(planted->text, text);
    scenario_plant(planted, bugs, 3);
    struct scenario *read = parse(planted->text, error);
    cr_assert(read, "%s", error);
    cr_assert_eq(read->broker_bug_count, 3);
    cr_expect_str_eq(read->broker_bugs[0], "a-bug");
    cr_expect_str_eq(read->broker_bugs[1], "b-bug");
    cr_expect(read->hash == planted->hash && planted->hash != hash);
    scenario_free(planted);
    scenario_free(read);
}

/* A fault of this kind with what it has to have. */
static struct scenario *parse_kind(enum fault_kind kind)
{
    char text[512], error[SCENARIO_ERROR_BYTES];
    const struct fault_type *type = fault_type(kind);
    snprintf(text, sizeof text, "%sprofile: protocol-hazard\nfaults: [{%s: k, every: 1s%s%s%s%s}]\n", minimal,
             type->name, type->parameters & FAULT_TAKES_DURATION ? ", for: 1s" : "",
             type->parameters & FAULT_TAKES_API ? ", api: EndTxn" : "",
             type->parameters & FAULT_TAKES_ERROR ? ", error: NOT_COORDINATOR" : "",
             type->parameters & FAULT_TAKES_LATENESS ? ", late_by: 1s" : "");
    struct scenario *scenario = parse(text, error);
    cr_assert(scenario, "%s", error);
    return scenario;
}

static bool is_shown_for_some_kind(const struct scenario_key *key)
{
    bool is_shown = false;
    for (enum fault_kind kind = 0; kind < FAULT_KINDS && !is_shown; kind++) {
        struct scenario *scenario = parse_kind(kind);
        char *shown = scenario_show(scenario);
        is_shown = strstr(shown, key->documentation);
        free(shown);
        scenario_free(scenario);
    }
    return is_shown;
}

Test(scenario, each_key_is_documented_and_shown_and_has_a_good_default)
{
    struct scenario *churn = load("pipeline-churn");
    char *shown = scenario_show(churn);
    for (size_t i = 0; i < scenario_key_count; i++) {
        const struct scenario_key *key = &scenario_keys[i];
        if (key->type == KEY_TARGET)
            continue;
        cr_expect(key->documentation && strlen(key->documentation) >= 10, "%s.%s", key->section, key->name);
        cr_expect(
            strcmp(key->section, "cluster.topics.*") == 0 ||
                (key->parameter ? is_shown_for_some_kind(key) : strstr(shown, key->documentation) != NULL),
            "%s.%s is not shown", key->section, key->name);
        cr_expect(!(key->is_required && key->standard), "%s.%s", key->section, key->name);
        cr_expect_eq(scenario_key_find(key->section, key->name), key, "%s.%s stands twice", key->section,
                     key->name);
    }
    free(shown);
    scenario_free(churn);
}

Test(scenario, each_kind_of_fault_is_documented_and_taken_and_shown)
{
    for (enum fault_kind kind = 0; kind < FAULT_KINDS; kind++) {
        const struct fault_type *type = fault_type(kind);
        bool lasts = type->parameters & FAULT_TAKES_DURATION;
        cr_expect(strlen(type->documentation) >= 10 && strlen(type->target) >= 10, "%s", type->name);
        cr_expect_eq(fault_kind_named(type->name), kind, "%s stands twice", type->name);
        cr_expect_eq(type->lift != NULL, lasts, "%s lasts, or does not", type->name);
        struct scenario *scenario = parse_kind(kind);
        cr_expect_eq(scenario->faults[0].kind, kind);
        char *shown = scenario_show(scenario);
        cr_expect(strstr(shown, type->documentation) && strstr(shown, type->target), "%s is not shown",
                  type->name);
        free(shown);
        scenario_free(scenario);
    }
}

/* --- errors ---------------------------------------------------------------------------------------------------- */

static const struct wrong {
    const char *text, *error; /* the beginning of the message */
} wrongs[] = {
    {"", "x.yaml:1: the file is empty"},
    {"# nothing\n", "x.yaml:1: the file is empty"},
    {"just text", "x.yaml:1: this is no scenario (expected a mapping"},
    {"name: [a\n", "x.yaml:2: not YAML: did not find expected ',' or ']'"},
    {"name: a\n---\nname: b\n", "x.yaml:2: a second document begins"},
    {"stages: {ingest: {}}\n", "x.yaml:1: name: is missing (expected a name of at most 63"},
    {"name: a\n", "x.yaml:1: stages: is missing (expected a mapping of 1 to 16 names)"},
    {"name: a\nstages: {}\n", "x.yaml:2: stages: is empty"},
    {"name: a\nname: b\n", "x.yaml:2: name: stands here twice (first in line 1)"},
    {"name: a b\n", "x.yaml:1: name: 'a b' is not what belongs here (expected a name"},
    {"name: {}\n", "x.yaml:1: name: is a mapping (expected a name"},
    {"name: a\nstage: {}\n", "x.yaml:2: stage: unknown key (expected one of name, cluster, load, stages,"},
    {"name: a\nstages: {upload: {}}\n",
     "x.yaml:2: stages.upload: unknown stage (expected one of ingest, download"},
    {"name: a\nstages: {ingest: 3}\n", "x.yaml:2: stages.ingest: is no mapping"},
    {"name: a\nstages: {ingest: {members: 0}}\n",
     "x.yaml:2: stages.ingest.members: '0' is out of range (expected a whole number from 1 to 32)"},
    {"name: a\nstages: {ingest: {members: -1}}\n",
     "x.yaml:2: stages.ingest.members: '-1' is not what belongs here"},
    {"name: a\nstages: {ingest: {members: 1.0}}\n",
     "x.yaml:2: stages.ingest.members: '1.0' is not what belongs"},
    {"name: a\nstages: {ingest: {member: 1}}\n",
     "x.yaml:2: stages.ingest.member: unknown key (expected one of members, config)"},
    {"name: a\nstages:\n  ingest:\n    config: [x]\n",
     "x.yaml:4: stages.ingest.config: is a list (expected a mapping"},
    {"name: a\nstages: {ingest: {config: {a=b: 1}}}\n",
     "x.yaml:2: stages.ingest.config.a=b: is no setting's name"},
    {"name: a\nstages: {ingest: {config: {a: [1]}}}\n",
     "x.yaml:2: stages.ingest.config.a: is no setting's value"},
    {"name: a\nstages: {ingest: {config: {a: 1, a: 2}}}\n", "x.yaml:2: a: stands here twice"},
    {"name: a\ncluster: {brokers: 10}\n", "x.yaml:2: cluster.brokers: '10' is out of range"},
    {"name: a\ncluster: 3\n", "x.yaml:2: cluster: is a single value (expected a mapping)"},
    {"name: a\ncluster: {topics: {t: {}}}\n", "x.yaml:2: cluster.topics.t.partitions: is missing"},
    {"name: a\ncluster: {topics: {t t: {partitions: 1}}}\n",
     "x.yaml:2: cluster.topics.t t: is no topic's name"},
    {"name: a\ncluster: {topics: {t: {partitions: 1, replication: 2}}}\nstages: {ingest: {}}\n",
     "x.yaml:1: cluster.topics: t wants 2 replicas (expected at most one on each of 1 brokers)"},
    {"name: a\ncluster: {initial_rebalance_delay: 3}\n",
     "x.yaml:2: cluster.initial_rebalance_delay: '3' is not what belongs here (expected a duration from 0s "
     "to 5min"},
    {"name: a\ncluster: {initial_rebalance_delay: 3m}\n",
     "x.yaml:2: cluster.initial_rebalance_delay: '3m' is not"},
    {"name: a\ncluster: {initial_rebalance_delay: 6min}\n",
     "x.yaml:2: cluster.initial_rebalance_delay: '6min' is out of range"},
    {"name: a\nload: {rate: 50}\n",
     "x.yaml:2: load.rate: '50' is not what belongs here (expected a rate from 0.001/s"},
    {"name: a\nload: {rate: 0/s}\n", "x.yaml:2: load.rate: '0/s' is out of range"},
    {"name: a\nload: {events: 99999999999999999999999}\n",
     "x.yaml:2: load.events: '99999999999999999999999' is not"},
    {"name: a\nnetwork: {latency: 3ms..1ms}\n",
     "x.yaml:2: network.latency: '3ms..1ms' is not what belongs here"},
    {"name: a\nnetwork: {latency: 1ns}\n", "x.yaml:2: network.latency: '1ns' is not what belongs here"},
    {"name: a\nnetwork: {latency: 1ms..1min}\n", "x.yaml:2: network.latency: '1ms..1min' is out of range"},
    {"name: a\nhttp: {error: 1.5}\n",
     "x.yaml:2: http.error: '1.5' is out of range (expected a probability from 0 to 1"},
    {"name: a\nhttp: {error: 0.0000001}\n", "x.yaml:2: http.error: '0.0000001' is not what belongs here"},
    {"name: a\nhttp: {error: 5%}\n", "x.yaml:2: http.error: '5%' is not what belongs here"},
    {"name: a\nfaults: {}\n", "x.yaml:2: faults: is a mapping (expected a list of at most 64 mappings)"},
    {"name: a\nfaults: [kill]\n", "x.yaml:2: faults[0]: is no mapping"},
    {"name: a\nfaults: [{every: 1s}]\n", "x.yaml:2: faults[0]: has no kind (expected one of kill, pause,"},
    {"name: a\nfaults: [{kill: a, pause: b}]\n", "x.yaml:2: faults[0]: pause is a second kind"},
    {"name: a\nfaults: [{kill: a}]\n", "x.yaml:2: faults[0].every: is missing"},
    {"name: a\nfaults: [{kill: a, every: 0s}]\n", "x.yaml:2: faults[0].every: '0s' is out of range"},
    {"name: a\nfaults: [{kill: a, every: 1s, for: 1s}]\n",
     "x.yaml:2: faults[0]: for does not apply to this kind of fault (kill)"},
    {"name: a\nfaults: [{reset: a, every: 1s}, {pause: a, every: 1s}]\n",
     "x.yaml:2: faults[1].for: is missing"},
    {"name: a\nfaults: [{pause: a, every: 1s, for: never}]\n", "x.yaml:2: faults[0].for: 'never' is not"},
    {"name: a\nfaults: [{kill: '', every: 1s}]\n", "x.yaml:2: faults[0].kill: '' is not what belongs here"},
    {"name: a\nfaults: [{kill: a, every: 1s, point: a b}]\n", "x.yaml:2: faults[0].point: 'a b' is not"},
    {"name: a\nstages: {ingest: {}}\nfaults:\n- {kill: a, every: 1s}\n- {crash_broker_host: a, every: 1s, "
     "for: 1s}\n",
     "x.yaml:5: faults[1]: crash_broker_host, as it stands here, is a hazard"},
    {"name: a\nfaults: [{kill: a, when: \"produced(b)\"}]\n",
     "x.yaml:2: faults[0].when: column 12: expected >=, >"},
    {"name: a\nfaults:\n- kill: a\n  when: time > 1s\n  every: 1s\n",
     "x.yaml:5: faults[0]: every does not go with when (expected one of them)"},
    {"name: a\nstages: {ingest: {}}\nfaults:\n- {kill: a, when: processed(download) > 1}\n",
     "x.yaml:4: faults[0]: when: download is no stage of this scenario"},
    {"name: a\nfaults: [{drop_request: a, every: 1s, api: Dance}]\n",
     "x.yaml:2: faults[0].api: 'Dance' is not what belongs here (expected Produce or Fetch or"},
    {"name: a\nstages: {ingest: {}}\nfaults: [{delay_request: a, every: 1s, api: EndTxn, late_by: 1s}]\n",
     "x.yaml:3: faults[0]: delay_request, as it stands here, is a hazard"},
    {"name: a\nstages: {ingest: {}}\nfaults: [{kill: brokers, every: 1s}]\n",
     "x.yaml:3: faults[0]: kill, as it stands here, is a hazard"},
    {"name: a\nstages: {ingest: {}}\nfaults: [{terminate: \"b*\", every: 1s}]\n",
     "x.yaml:3: faults[0]: terminate, as it stands here, is a hazard"},
    {"name: a\nstages: {ingest: {}}\nfaults: [{crash_host: brokers, every: 1s}]\n",
     "x.yaml:3: faults[0]: crash_host, as it stands here, is a hazard"},
    {"name: a\nstages: {ingest: {}}\nfaults: [{crash_storage: brokers, every: 1s}]\n",
     "x.yaml:3: faults[0]: crash_storage, as it stands here, is a hazard"},
    {"name: a\nstages: {ingest: {}}\nfaults: [{fail_allocation: brokers, every: 1s, for: 1s}]\n",
     "x.yaml:3: faults[0]: fail_allocation, as it stands here, is a hazard"},
    {"name: a\nstages: {ingest: {}}\nfaults: [{rolling_restart: brokers, every: 1s}]\n",
     "x.yaml:3: faults[0]: rolling_restart, as it stands here, is a hazard"},
    {"name: a\nstages: {ingest: {}}\nfaults: [{scale: \"control.*\", every: 1s, for: 1s}]\n",
     "x.yaml:3: faults[0]: scale, as it stands here, is a hazard"},
    {"name: a\nstages: {ingest: {}}\nfaults: [{fail_request: a, every: 1s, api: Produce, error: "
     "PRODUCER_FENCED}]\n",
     "x.yaml:3: faults[0]: fail_request, as it stands here, is a hazard"},
    {"name: a\nprofile: hazard\n",
     "x.yaml:2: profile: 'hazard' is not what belongs here (expected recoverable or "
     "protocol-hazard)"},
    {"name: a\ncheck: {never: lost-write}\n",
     "x.yaml:2: check.never: is a single value (expected a list of at most 32"},
    {"name: a\ncheck: {never: [a, a]}\n", "x.yaml:2: check.never: 'a' stands here twice"},
    {"name: a\ncheck: {never: [{}]}\n", "x.yaml:2: check.never: this is not a name"},
    {"name: a\nstages: {ingest: {}}\nbudget: {faults_until: 2s, sim_time: 1s}\n",
     "x.yaml:1: budget: faults_until lies after sim_time"},
    {"name: &a x\n", "x.yaml:1: name: anchors and tags are not allowed"},
    {"name: !!str x\n", "x.yaml:1: name: anchors and tags are not allowed"},
    {"name: a\nload: *b\n", "x.yaml:2: load: aliases are not allowed"},
    {"a: &a [x]\nb: &b [*a, *a]\n", "x.yaml:1: a: anchors and tags are not allowed"},
    {"<<: {name: a}\n", "x.yaml:1: <<: unknown key"},
    {"? [a]\n: b\n", "x.yaml:1: a key must be plain text"},
    {"[[[[[[[[[[[[[[[[\n", "x.yaml:1: lists and mappings are nested too deep"},
    {"\"a\\u0000b\": c\n", "x.yaml:1: a key must not be empty nor hold a NUL"},
    {"name: \"a\\nb\"\n", "x.yaml:1: name: 'a?b' is not what belongs here"},
};

Test(scenario, what_is_wrong_is_said_in_one_line_with_file_line_and_key)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        char error[SCENARIO_ERROR_BYTES];
        struct scenario *scenario = parse(wrongs[i].text, error);
        cr_expect_null(scenario, "%s", wrongs[i].text);
        cr_expect(strncmp(error, wrongs[i].error, strlen(wrongs[i].error)) == 0,
                  "%s\ngives     %s\nnot       %s", wrongs[i].text, error, wrongs[i].error);
        cr_expect_null(strchr(error, '\n'));
        scenario_free(scenario);
    }
}

Test(scenario, files_that_are_not_there_or_too_long_are_said_so)
{
    char error[SCENARIO_ERROR_BYTES];
    cr_expect_null(scenario_load("pipeline-chrun", error));
    cr_expect_str_eq(
        error,
        "pipeline-chrun: no such file, and no shipped scenario of this name (`scenario list` names them)");
    cr_expect_null(scenario_load("/nowhere/a.yaml", error));
    cr_expect_str_eq(error, "/nowhere/a.yaml: No such file or directory");
    cr_expect_null(scenario_load("/", error));
    cr_expect_str_eq(error, "/: cannot be opened: it is a directory");
    char path[] = "/tmp/scenario-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && ftruncate(fd, SCENARIO_FILE_BYTES_MAX + 1) == 0);
    cr_expect_null(scenario_load(path, error));
    cr_expect(strstr(error, ": too long (expected at most 1048576 bytes)"), "%s", error);
    cr_assert(ftruncate(fd, 0) == 0 && pwrite(fd, minimal, strlen(minimal), 0) > 0);
    struct scenario *scenario = scenario_load(path, error);
    cr_expect(scenario, "%s", error);
    scenario_free(scenario);
    close(fd);
    unlink(path);
}

/* --- lint ------------------------------------------------------------------------------------------------------ */

static bool is_property(const char *name)
{
    return strcmp(name, "lost-write") == 0;
}

static bool is_probe(const char *name)
{
    return strcmp(name, "rebalance") == 0;
}

static bool is_bug(const char *name)
{
    return strcmp(name, "timeout-keeps-epoch") == 0;
}

static void expect_lint(const char *more, const char *expected)
{
    char text[512], error[SCENARIO_ERROR_BYTES];
    snprintf(text, sizeof text, "%s%s", minimal, more);
    struct scenario *scenario = parse(text, error);
    cr_assert(scenario, "%s", error);
    bool is_good = scenario_lint(scenario, is_property, is_probe, is_bug, error);
    cr_expect_eq(is_good, !*expected);
    cr_expect_str_eq(error, expected);
    scenario_free(scenario);
}

Test(scenario, lint_knows_properties_probes_and_calls)
{
    expect_lint("check: {never: [lost-write], eventually: [lost-write], sometimes: [rebalance]}\n"
                "faults: [{kill: a, every: 1s, point: send}, {kill: a, every: 1s, point: any/thing}]\n",
                "");
    expect_lint("check: {never: [lost-right]}\n", "small: check.never: 'lost-right' is no property");
    expect_lint("check: {eventually: [rebalance]}\n", "small: check.eventually: 'rebalance' is no property");
    expect_lint("check: {sometimes: [lost-write]}\n",
                "small: check.sometimes: 'lost-write' is no situation that is looked for");
    expect_lint("cluster: {broker_bugs: [timeout-keeps-epoch]}\n", "");
    expect_lint("cluster: {broker_bugs: [eats-offsets]}\n",
                "small: cluster.broker_bugs: 'eats-offsets' is no bug of brokers (run --help names them)");
    expect_lint(
        "faults: [{kill: a, every: 1s, point: snd}]\n",
        "small: faults[0]: 'snd' is no call (expected one such as send, or a named point with a '/')");
}

/* --- whatever the bytes are ------------------------------------------------------------------------------------ */

enum { MUTANTS = 20000, MUTANT_BYTES = 8192 };

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % bound);
}

/* Changes, drops, doubles or moves some bytes. */
static size_t mutate(char *text, size_t bytes)
{
    static const char telling[] = "{}[]:,-&*!|>'\"#%@`\n \t0..9smA?<~\\\0\x80\xff";
    for (uint32_t count = 1 + random_below(4); count && bytes > 2; count--) {
        size_t at = random_below((uint32_t)bytes), length = 1 + random_below(16);
        length = at + length > bytes ? bytes - at : length;
        switch (random_below(4)) {
        case 0:
            text[at] = telling[random_below(sizeof telling - 1)];
            break;
        case 1:
            memmove(text + at, text + at + length, bytes - at - length);
            bytes -= length;
            break;
        case 2:
            if (bytes + length > MUTANT_BYTES)
                break;
            memmove(text + at + length, text + at, bytes - at);
            bytes += length;
            break;
        default:
            memmove(text + at, text + random_below((uint32_t)(bytes - length + 1)), length);
        }
    }
    return bytes;
}

Test(scenario, no_bytes_crash_the_reader_and_each_refusal_is_one_line)
{
    struct scenario *churn = load("pipeline-churn");
    static char text[MUTANT_BYTES];
    size_t refused = 0, original = strlen(churn->text);
    for (int i = 0; i < MUTANTS; i++) {
        memcpy(text, churn->text, original);
        size_t bytes = mutate(text, original);
        char error[SCENARIO_ERROR_BYTES];
        struct scenario *scenario = scenario_parse(text, bytes, "x.yaml", error);
        cr_assert_eq(scenario == NULL, *error != 0, "mutant %d: '%s'", i, error);
        cr_assert(!*error || (strncmp(error, "x.yaml:", 7) == 0 && !strchr(error, '\n')), "mutant %d: %s", i,
                  error);
        refused += !scenario;
        if (scenario && i % 50 == 0)
            expect_round_trip(scenario);
        scenario_free(scenario);
    }
    cr_expect(refused > MUTANTS / 4 && refused < MUTANTS, "%zu of %d refused", refused, MUTANTS);
    scenario_free(churn);
}

/* The cost of a file is bounded by its length. */
Test(scenario, bombs_are_refused, .timeout = 10)
{
    static char text[SCENARIO_FILE_BYTES_MAX];
    static const char *const pieces[] = {"[", "{",    "a: ",          "- ",     "? ",    "&a ", "[]\n- ",
                                         "'", "{a: ", "a: &a [*a]\n", "\n- *a", "!<x> ", "| "};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t piece = strlen(pieces[i]), bytes = sizeof text / piece * piece;
        for (size_t at = 0; at < bytes; at += piece)
            memcpy(text + at, pieces[i], piece);
        char error[SCENARIO_ERROR_BYTES];
        struct scenario *scenario = scenario_parse(text, bytes, "x.yaml", error);
        cr_expect_null(scenario, "%s", pieces[i]);
        cr_expect(strncmp(error, "x.yaml:", 7) == 0, "%s: %s", pieces[i], error);
        scenario_free(scenario);
    }
}
