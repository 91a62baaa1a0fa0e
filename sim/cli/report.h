/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: how a run is told: to a person at a terminal or with a log, to a program, to GitHub, to whoever reads JUnit's XML.
 *
 *   report_begin, then report_progress, report_failure and report_divergence as they come, then report_end: for each scenario
 */
#ifndef SIM_CLI_REPORT_H
#define SIM_CLI_REPORT_H

#include <stdio.h>
#include "sim/cli/artefacts.h"
#include "sim/cli/options.h"
#include "sim/cli/score.h"

enum report_kind { REPORT_TTY, REPORT_PLAIN, REPORT_JSONL, REPORT_GITHUB, REPORT_JUNIT };
enum { REPORT_KINDS = REPORT_JUNIT + 1, REPORT_STREAMS = REPORT_JSONL + 1 /* tty, plain, jsonl */ };

struct report {
    enum report_kind kind;
    FILE *out; /* borrowed; of JUNIT owned */
    bool is_coloured;
    int drawn_lines; /* of progress that stand on the terminal */
    int64_t told_ns; /* when progress was told last, since the scenario began */
};

/* What is being told of. Borrowed. */
struct report_run {
    const struct scenario *scenario;
    const char *argument; /* the scenario as replay takes it */
    const struct artefacts *artefacts;
    const struct score *score;
    uint64_t total;        /* seeds to come in all; 0: as many as time allows */
    int64_t stop_after_ns; /* then: how much time */
    unsigned workers;
};

/* "tty", .. as --output has it. */
const char *report_name(enum report_kind kind);

/* Adds one of the REPORT_STREAMS, as --output names it, unless it is there already. False: error_out says why. */
bool report_add_output(enum report_kind kinds[REPORT_STREAMS], size_t *count, const char *value,
                       char error_out[OPTIONS_ERROR_BYTES]);

/* path: of the file that it writes, for those that write one (JUNIT); the others write to out. False: errno. */
bool report_init(struct report *report, enum report_kind kind, FILE *out, const char *path);
/* The end of all scenarios. False: the file could not be written: errno. */
bool report_close(struct report *report);
void report_begin(struct report *report, const struct report_run *run);
void report_progress(struct report *report, const struct report_run *run, uint64_t played,
                     int64_t elapsed_ns);
void report_failure(struct report *report, const struct report_run *run, const struct score_failure *failure,
                    const struct score_signature *signature);
void report_divergence(struct report *report, const struct report_run *run, uint64_t seed, const char *text);
/* Once all regressions are replayed; there is at least one. */
void report_regressions(struct report *report, const struct report_run *run);
/* A trace that has been shrunk. */
void report_shrunk(struct report *report, const struct report_run *run,
                   const struct score_signature *signature);
void report_end(struct report *report, const struct report_run *run);

/* What a kind does with each; NULL: nothing. One file each: report_console.c (tty and plain), report_jsonl.c, .. */
struct report_class {
    const char *name;
    void (*begin)(struct report *report, const struct report_run *run);
    void (*progress)(struct report *report, const struct report_run *run, uint64_t played,
                     int64_t elapsed_ns);
    void (*failure)(struct report *report, const struct report_run *run, const struct score_failure *failure,
                    const struct score_signature *signature);
    void (*divergence)(struct report *report, const struct report_run *run, uint64_t seed, const char *text);
    void (*regressions)(struct report *report, const struct report_run *run);
    void (*shrunk)(struct report *report, const struct report_run *run,
                   const struct score_signature *signature);
    void (*end)(struct report *report, const struct report_run *run);
};
extern const struct report_class report_tty, report_plain, report_jsonl, report_github, report_junit;

/* The summary's line of JSON, which also makes summary.json. */
void report_jsonl_summary(FILE *out, const struct report_run *run);

#endif
