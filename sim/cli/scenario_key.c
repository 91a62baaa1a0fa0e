/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/scenario_key.h"

#include <string.h>
#include "faults/condition.h"
#include "sim/cli/scenario.h"

#define AT(MEMBER)                .offset = offsetof(struct scenario, MEMBER)
#define SECOND(MEMBER)            .second = offsetof(struct scenario, MEMBER)
#define OF(STRUCT, MEMBER)        .offset = offsetof(struct STRUCT, MEMBER)
#define SECOND_OF(STRUCT, MEMBER) .second = offsetof(struct STRUCT, MEMBER)
#define BETWEEN(MINIMUM, MAXIMUM) .minimum = (MINIMUM), .maximum = (MAXIMUM)

#define MS       UINT64_C(1000000)
#define HOUR     (3600000 * MS)
#define DAY      (24 * HOUR)
#define CERTAIN  1000000
#define TEN_S_US 10000000

#define CHECKS(NAME, MEMBER, DOCUMENTATION)                                                                  \
    {                                                                                                        \
        "check", NAME, KEY_NAMES, AT(MEMBER), SECOND(MEMBER##_count), BETWEEN(0, SCENARIO_CHECKS_MAX),       \
            .documentation = (DOCUMENTATION)                                                                 \
    }
#define CHANCE(SECTION, NAME, MEMBER, STANDARD, DOCUMENTATION)                                               \
    {                                                                                                        \
        SECTION, NAME, KEY_PROBABILITY, AT(MEMBER), BETWEEN(0, CERTAIN), .standard = (STANDARD),             \
                                                                         .documentation = (DOCUMENTATION)    \
    }

static const char *const profiles[] = {
    [FAULT_RECOVERABLE] = "recoverable", [FAULT_PROTOCOL_HAZARD] = "protocol-hazard", NULL};

/* clang-format off */
const struct scenario_key scenario_keys[] = {
    {"", "name", KEY_NAME, AT(name), BETWEEN(1, 63), .is_required = true,
     .documentation = "what this scenario is called"},

    {"", "cluster", KEY_SECTION, .documentation = "the Kafka cluster"},
    {"cluster", "brokers", KEY_COUNT, AT(brokers), BETWEEN(1, 9), .standard = "1", .documentation = "how many brokers"},
    {"cluster", "initial_rebalance_delay", KEY_DURATION, AT(initial_rebalance_delay_ns), BETWEEN(0, HOUR / 12),
     .standard = "3s", .documentation = "how long a new group waits for more members"},
    {"cluster", "partition_start", KEY_DURATION, AT(partition_start_max_ns), BETWEEN(0, HOUR / 12), .standard = "0s",
     .documentation = "at most so long a new leader refuses a partition after Metadata names it"},
    {"cluster", "topics", KEY_NAMED, AT(topics), SECOND(topic_count), BETWEEN(0, SCENARIO_TOPICS_MAX),
     .documentation = "topics by name, beyond or instead of the pipeline's own"},
    {"cluster", "settings", KEY_SETTINGS, AT(broker_settings), SECOND(broker_setting_count), BETWEEN(0, SCENARIO_SETTINGS_MAX),
     .documentation = "the brokers' settings, by Apache Kafka's names (and millrace.*, see serve --help)"},
    {"cluster", "broker_bugs", KEY_NAMES, AT(broker_bugs), SECOND(broker_bug_count), BETWEEN(0, SCENARIO_BUGS_MAX),
     .documentation = "known bugs that the brokers have, as run's --broker-bug names them"},
    {"cluster.topics.*", "partitions", KEY_COUNT, OF(scenario_topic, partitions), BETWEEN(1, 1000), .is_required = true,
     .documentation = "how many partitions"},
    {"cluster.topics.*", "replication", KEY_COUNT, OF(scenario_topic, replication), BETWEEN(1, 9), .standard = "1",
     .documentation = "on how many brokers each partition lies"},

    {"", "load", KEY_SECTION, .documentation = "what comes in"},
    {"load", "events", KEY_COUNT, AT(events), BETWEEN(0, 10000000), .standard = "100",
     .documentation = "events (of the pipeline) or messages (of a feeder or source) in all"},
    {"load", "attachments", KEY_COUNT, AT(attachments), BETWEEN(0, 50), .standard = "1",
     .documentation = "attachments of each event"},
    {"load", "repeat", KEY_COUNT, AT(repeat), BETWEEN(0, 1000000), .standard = "0",
     .documentation = "every so many-th event comes once more, some time later; 0: none does"},
    {"load", "rate", KEY_RATE, AT(events_per_second), BETWEEN(1, UINT64_C(1000000000)), .standard = "50/s",
     .documentation = "events a second of virtual time"},
    {"load", "message_bytes", KEY_COUNT, AT(message_bytes), BETWEEN(1, 900000), .standard = "100",
     .documentation = "how long the messages of a feeder or source are"},

    {"", "stages", KEY_NAMED, AT(stages), SECOND(stage_count), BETWEEN(1, SCENARIO_STAGES_MAX), .is_required = true,
     .documentation = "which programs run: ingest, download, retry, results (the pipeline), feeder, copy, checker (the bare pipe), or source, copier, auditor, transactor (the exactly-once copy)"},
    {"stages.*", "members", KEY_COUNT, OF(scenario_stage, members), BETWEEN(1, SCENARIO_MEMBERS_MAX), .standard = "1",
     .documentation = "how many processes of it: STAGE.0, STAGE.1, .."},
    {"stages.*", "config", KEY_SETTINGS, OF(scenario_stage, settings), SECOND_OF(scenario_stage, setting_count),
     BETWEEN(0, SCENARIO_SETTINGS_MAX), .documentation = "settings that each gets as -o KEY=VALUE"},

    {"", "network", KEY_SECTION, .documentation = "the network between all hosts"},
    {"network", "latency", KEY_MICROSECONDS, AT(latency_us_min), SECOND(latency_us_max), BETWEEN(0, TEN_S_US),
     .standard = "200us..500us", .documentation = "how long a segment takes, one way"},
    CHANCE("network", "short_read", short_read_per_million, "0", "chance that a read takes less than there is"),
    CHANCE("network", "short_write", short_write_per_million, "0", "chance that a write takes less than there is room for"),

    {"", "http", KEY_SECTION, .documentation = "the origin of the attachments and the object store"},
    {"http", "latency", KEY_MICROSECONDS, AT(http_latency_us_min), SECOND(http_latency_us_max), BETWEEN(0, TEN_S_US),
     .standard = "1ms..10ms", .documentation = "how long a server thinks before it answers"},
    CHANCE("http", "error", http_error_per_million, "0", "chance of a 503 instead of an answer"),
    CHANCE("http", "stall", http_stall_per_million, "0", "chance that a response stops for ever"),
    CHANCE("http", "reset", http_reset_per_million, "0", "chance of a RST before or amid a response"),
    CHANCE("http", "truncate", http_truncate_per_million, "0", "chance that a body ends too early"),
    CHANCE("http", "slow", http_slow_per_million, "0", "chance of a body that comes in pieces with gaps"),

    {"", "schedule", KEY_SECTION, .documentation = "how threads interleave"},
    CHANCE("schedule", "preempt", preempt_per_million, "0.02", "chance of a preemption after a call that others can see"),
    CHANCE("schedule", "reorder", reorder_per_million, "0.05", "chance that another than the oldest ready thread runs next"),

    {"", "profile", KEY_WORD, AT(profile), .words = profiles, .standard = "recoverable",
     .documentation = "recoverable: a correct pipeline must survive all faults; protocol-hazard: also faults under which Kafka's protocol itself lets it fail"},
    {"", "faults", KEY_LIST, AT(faults), SECOND(fault_count), BETWEEN(0, FAULTS_MAX),
     .documentation = "what goes wrong: one mapping a fault, each of exactly one kind"},
    {"faults.*", "KIND", KEY_TARGET, OF(fault_spec, target), BETWEEN(1, 63)},
    {"faults.*", "presence", KEY_PROBABILITY, OF(fault_spec, presence_per_million), BETWEEN(0, CERTAIN), .standard = "1",
     .documentation = "chance that this fault exists in a world at all"},
    {"faults.*", "when", KEY_CONDITION, OF(fault_spec, when), BETWEEN(1, CONDITION_TEXT_BYTES - 1),
     .documentation = "strike when this comes true, instead of now and then: measures compared with numbers, parts of the load or (time) durations, joined by 'and'"},
    {"faults.*", "every", KEY_DURATION, OF(fault_spec, every_ns), BETWEEN(MS, DAY), .is_required = true, .unless = "when",
     .documentation = "mean time between two strikes"},
    {"faults.*", "strikes", KEY_COUNT, OF(fault_spec, strikes_max), BETWEEN(0, 1000000), .standard = "0",
     .documentation = "at most so many strikes in a world (0: no bound; with when: once)"},
    {"faults.*", "for", KEY_DURATIONS, OF(fault_spec, duration_ns_min), SECOND_OF(fault_spec, duration_ns_max),
     BETWEEN(MS, HOUR), .is_required = true, .parameter = FAULT_TAKES_DURATION, .documentation = "how long it lasts"},
    {"faults.*", "restart_after", KEY_DURATIONS_OR_NEVER, OF(fault_spec, restart_after_ns_min),
     SECOND_OF(fault_spec, restart_after_ns_max), BETWEEN(0, HOUR), .standard = "200ms..3s", .parameter = FAULT_TAKES_RESTART,
     .documentation = "how long after its end the process is started again, or never"},
    {"faults.*", "point", KEY_POINT, OF(fault_spec, point), BETWEEN(1, 50), .parameter = FAULT_TAKES_POINT,
     .documentation = "strike only in this call (send) or at this named point (pipeline/download/after_link)"},

    {"faults.*", "api", KEY_WORD, OF(fault_spec, api), .words = fault_apis, .is_required = true, .parameter = FAULT_TAKES_API,
     .documentation = "of which kind the request is"},
    {"faults.*", "error", KEY_WORD, OF(fault_spec, error), .words = fault_errors, .is_required = true, .parameter = FAULT_TAKES_ERROR,
     .documentation = "what the broker answers (from OUT_OF_ORDER_SEQUENCE_NUMBER on: protocol-hazard)"},
    {"faults.*", "late_by", KEY_DURATIONS, OF(fault_spec, duration_ns_min), SECOND_OF(fault_spec, duration_ns_max),
     BETWEEN(MS, HOUR), .is_required = true, .parameter = FAULT_TAKES_LATENESS, .documentation = "how much later it is applied"},

    {"", "check", KEY_SECTION, .documentation = "what must hold (millrace-sim knows the names)"},
    CHECKS("never", never, "properties that no event may break"),
    CHECKS("eventually", eventually, "properties that must hold some time after the faults have stopped"),
    CHECKS("sometimes", sometimes, "rare situations that at least one world of a run must meet"),
    CHECKS("allow", allow, "properties that may be broken: it is counted and told, and is no failure"),

    {"", "budget", KEY_SECTION, .documentation = "how far a world may go"},
    {"budget", "faults_until", KEY_DURATION, AT(faults_until_ns), BETWEEN(0, DAY), .standard = "60s",
     .documentation = "when faults stop and everything heals"},
    {"budget", "again", KEY_DURATION, AT(again_ns), BETWEEN(0, HOUR), .standard = "10s",
     .documentation = "when all is done the stages are stopped and started once more, for so long (what was persisted wrongly shows only there); 0s: they are not"},
    {"budget", "sim_time", KEY_DURATION, AT(sim_time_ns), BETWEEN(1000 * MS, DAY), .standard = "30min",
     .documentation = "virtual time after which a world that has not ended has failed"},
};
/* clang-format on */

const size_t scenario_key_count = sizeof scenario_keys / sizeof scenario_keys[0];

const struct scenario_key *scenario_key_find(const char *section, const char *name)
{
    for (size_t i = 0; i < scenario_key_count; i++) {
        const struct scenario_key *key = &scenario_keys[i];
        bool is_name =
            key->type == KEY_TARGET ? fault_kind_named(name) < FAULT_KINDS : strcmp(key->name, name) == 0;
        if (is_name && strcmp(key->section, section) == 0)
            return key;
    }
    return NULL;
}

const char *scenario_key_name(const struct scenario_key *key, const struct fault_type *type)
{
    return key->type == KEY_TARGET ? type->name : key->name;
}

bool scenario_key_applies(const struct scenario_key *key, const struct fault_type *type)
{
    return !key->parameter || type->parameters & key->parameter;
}

bool scenario_key_is_ousted(const struct scenario_key *key, const void *base)
{
    const struct scenario_key *other = key->unless ? scenario_key_find(key->section, key->unless) : NULL;
    return other && *(char *const *)(const void *)((const char *)base + other->offset);
}
