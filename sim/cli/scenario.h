/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenario: what a world is made of, read from YAML (JSON is YAML). Unknown keys and bad values are errors that name
 * file, line and key.
 */
#ifndef SIM_CLI_SCENARIO_H
#define SIM_CLI_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "faults/fault.h"

enum {
    SCENARIO_STAGES_MAX = 16,
    SCENARIO_TOPICS_MAX = 64,
    SCENARIO_SETTINGS_MAX = 64,
    SCENARIO_CHECKS_MAX = 32,
    SCENARIO_BUGS_MAX = 32,
    SCENARIO_MEMBERS_MAX = 32,
    SCENARIO_ERROR_BYTES = 1024,
    SCENARIO_FILE_BYTES_MAX = 1 << 20
};

struct scenario_topic {
    char *name;
    uint32_t partitions, replication;
};

struct scenario_setting {
    char *key, *value;
};

/* A stage is a program: ingest, download, results (the pipeline), feeder, copy, checker (the bare pipe), or source, copier,
 * auditor, transactor (the exactly-once copy). */
struct scenario_stage {
    char *name;
    uint32_t members;
    struct scenario_setting settings[SCENARIO_SETTINGS_MAX]; /* passed on as -o key=value */
    size_t setting_count;
};

struct scenario {
    char *name;
    char *text; /* the whole file: it travels in the capsule */
    uint64_t
        hash; /* of its meaning (canonical form), not of comments or order; topics, stages, settings and names in
                    * checks are sorted, so that two files of one hash give one scenario. Faults keep their order */

    uint32_t brokers;
    struct scenario_topic topics[SCENARIO_TOPICS_MAX]; /* beyond or instead of the pipeline's own */
    size_t topic_count;
    struct scenario_setting broker_settings[SCENARIO_SETTINGS_MAX]; /* passed on as --set key=value */
    size_t broker_setting_count;
    char *broker_bugs[SCENARIO_BUGS_MAX]; /* of sim/kafka/bug.h, passed on as --broker-bug */
    size_t broker_bug_count;
    int64_t initial_rebalance_delay_ns; /* 3 s */
    int64_t partition_start_max_ns;     /* 0; see millrace.partition.start.max.ms in sim/kafka/config.h */

    uint32_t events, attachments; /* per event */
    uint32_t repeat;              /* every so many-th event comes twice; 0: none does */
    double events_per_second;
    uint32_t message_bytes; /* feeder, source */

    struct scenario_stage stages[SCENARIO_STAGES_MAX];
    size_t stage_count;

    uint32_t latency_us_min, latency_us_max;
    uint32_t http_error_per_million, http_stall_per_million, http_reset_per_million,
        http_truncate_per_million, http_slow_per_million;
    uint32_t http_latency_us_min, http_latency_us_max;
    uint32_t preempt_per_million, reorder_per_million;
    uint32_t short_read_per_million, short_write_per_million;

    uint32_t profile; /* of enum fault_profile */
    struct fault_spec faults[FAULTS_MAX];
    size_t fault_count;

    char *never[SCENARIO_CHECKS_MAX], *eventually[SCENARIO_CHECKS_MAX], *sometimes[SCENARIO_CHECKS_MAX],
        *allow[SCENARIO_CHECKS_MAX];
    size_t never_count, eventually_count, sometimes_count, allow_count;

    int64_t faults_until_ns; /* when faults stop and everything heals */
    int64_t again_ns;        /* how long the stages run once more after they were drained; 0: they do not */
    int64_t sim_time_ns;     /* the budget: a world that needs longer has failed */
};

/* Reads a scenario by file name, or by shipped name from any directory. NULL: error_out says FILE:LINE: what. Free with
 * scenario_free. */
struct scenario *scenario_load(const char *name_or_path, char error_out[SCENARIO_ERROR_BYTES]);
/* The same from memory; origin names it in errors. */
struct scenario *scenario_parse(const char *text, size_t bytes, const char *origin,
                                char error_out[SCENARIO_ERROR_BYTES]);
void scenario_free(struct scenario *scenario); /* NULL: nothing */
/* Its brokers have these bugs, too, as if its file said so: text is its canonical form then. count 0: no effect. */
void scenario_plant(struct scenario *scenario, const char *const *bugs, size_t count);

/* Is name one of these, as of never? */
static inline bool scenario_names(char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* YAML with every key and value spelled out, the same for all files of one meaning; reading it gives the same scenario. And
 * the same with every key's documentation, range and default beside it, for `scenario show`. Free with free. */
char *scenario_canonical(const struct scenario *scenario);
char *scenario_show(const struct scenario *scenario);

/* The shipped scenarios, by name, each with the first line of its leading comment ("": none). */
void scenario_list(void (*each)(void *opaque, const char *name, const char *comment), void *opaque);

/* What needs more than the file to be judged: are the names in its checks and of its bugs known, are the calls of its kills? Faults' points
 * with a '/' are names of the pipeline's own and not judged. False: error_out says SCENARIO: KEY: what. */
bool scenario_lint(const struct scenario *scenario, bool (*is_property)(const char *name),
                   bool (*is_probe)(const char *name), bool (*is_bug)(const char *name),
                   char error_out[SCENARIO_ERROR_BYTES]);

#endif
