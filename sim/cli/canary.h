/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canary: planted bugs, and how they are hunted.
 *
 * The build makes a program of each planted pipeline, and a list of all canaries beside millrace-sim (tests/canaries). A hunt
 * is `run SCENARIO --max-failures 1` in a process of its own; each repetition has other seeds.
 */
#ifndef SIM_CLI_CANARY_H
#define SIM_CLI_CANARY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include "sim/cli/outcome.h"
#include "sim/cli/report.h"

enum {
    CANARIES_MAX = 128,
    CANARY_PROPERTIES_MAX = 8,
    CANARY_REPETITIONS_MAX = 100,
    CANARY_ERROR_BYTES = 512,
    CANARY_PATH_BYTES = 4096,
};

enum canary_kind {
    CANARY_PROGRAM, /* a patched pipeline, or copy program */
    CANARY_BROKER,  /* a rule of the brokers that is switched off */
    CANARY_CONTROL, /* a change that is none: whoever accuses it is wrong */
};

/* Strings are borrowed from the list. */
struct canary {
    enum canary_kind kind;
    const char *name;                              /* of a broker's bug: its name for --broker-bug */
    const char *what;                              /* one line */
    const char *rows;                              /* which known bugs it stands for; perhaps empty */
    const char *properties[CANARY_PROPERTIES_MAX]; /* any of them finds it */
    size_t property_count;
    char program[CANARY_PATH_BYTES], scenario[CANARY_PATH_BYTES];
};

struct canary_list {
    json_t *root;
    struct canary at[CANARIES_MAX];
    size_t count;
};

/* "program", "broker", "control". */
const char *canary_kind_name(enum canary_kind kind);
/* Reads DIRECTORY/tests/canaries/canaries.json; paths in it begin there. False: error_out; nothing is left to free. */
bool canary_list_read(struct canary_list *list, const char *directory, char error_out[CANARY_ERROR_BYTES]);
void canary_list_deinit(struct canary_list *list);
/* NULL: there is none of this name. */
const struct canary *canary_list_find(const struct canary_list *list, const char *name);

/* One canary, one range of seeds. */
struct canary_hunt {
    const struct canary *canary;
    unsigned repetition; /* from 0 */
    pid_t process;       /* while it runs, else 0 */
    int output;          /* what the process says; -1: nothing more */
    char *text;
    size_t bytes;

    /* Once it is over. */
    bool is_over, has_failed; /* has_failed: a seed did */
    bool is_expected;         /* by a property that the canary names */
    uint64_t seed, seeds;     /* the seed that failed, and how many were played */
    double cpu_seconds, virtual_seconds;
    int64_t deviations; /* of the shrunk trace; -1: it was not shrunk */
    char property[PLAY_NAME_BYTES], signature[PLAY_NAME_BYTES * 2];
    char trace[CANARY_PATH_BYTES];
    char problem[CANARY_ERROR_BYTES]; /* it could not be hunted: why; else empty */
};

/* Starts it: at most seeds seeds, then the trace is shrunk if shrinks; artefacts below directory. False: hunt->problem. */
bool canary_hunt_start(struct canary_hunt *hunt, uint64_t seeds, bool shrinks, const char *directory);
/* Reads what has come. False: that was all, and the hunt is over. */
bool canary_hunt_read(struct canary_hunt *hunt);

/* All repetitions of one canary, told as one. Medians are over those that found it, of a control over all. */
struct canary_verdict {
    const struct canary *canary;
    const struct canary_hunt *hunts;
    unsigned hunt_count, failed_count; /* failed: found as expected; of a control: accused */
    bool is_good, has_problem;         /* a problem: not all could be hunted, so it is not good */
    double seeds, cpu_seconds, virtual_seconds;
    double deviations;                 /* -1: none was shrunk */
    const struct canary_hunt *example; /* whose failure is told; NULL: there is none */
};

struct canary_verdict canary_judge(const struct canary_hunt *hunts, unsigned count);

struct canary_total {
    unsigned canaries, found, controls, accused, repetitions;
    double wall_seconds, cpu_seconds;
    const char *directory; /* of the artefacts */
    int exit_code;
};

void canary_report_begin(enum report_kind kind, FILE *out, unsigned repetitions);
void canary_report_verdict(enum report_kind kind, FILE *out, const struct canary_verdict *verdict);
void canary_report_end(enum report_kind kind, FILE *out, const struct canary_verdict *verdicts, size_t count,
                       const struct canary_total *total);

#endif
