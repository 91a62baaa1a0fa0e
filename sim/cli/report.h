/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: how a run is told, to a person at a terminal, to a person who reads a log, or to a program.
 */
#ifndef SIM_CLI_REPORT_H
#define SIM_CLI_REPORT_H

#include <stdio.h>
#include "sim/cli/artefacts.h"
#include "sim/cli/score.h"

enum report_kind { REPORT_TTY, REPORT_PLAIN, REPORT_JSONL };

struct report {
    enum report_kind kind;
    FILE *out; /* borrowed */
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

void report_init(struct report *report, enum report_kind kind, FILE *out);
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

/* report_jsonl.c: one object a line. The summary also makes summary.json. */
void report_jsonl_failure(FILE *out, const struct report_run *run, const struct score_failure *failure,
                          const struct score_signature *signature);
void report_jsonl_divergence(FILE *out, const struct report_run *run, uint64_t seed, const char *text);
void report_jsonl_regressions(FILE *out, const struct report_run *run);
void report_jsonl_shrunk(FILE *out, const struct report_run *run, const struct score_signature *signature);
void report_jsonl_summary(FILE *out, const struct report_run *run);

#endif
