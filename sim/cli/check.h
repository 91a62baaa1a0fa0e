/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: what `millrace-sim check` was asked for, and how it is told.
 */
#ifndef SIM_CLI_CHECK_H
#define SIM_CLI_CHECK_H

#include "sim/cli/bug_flag.h"
#include "sim/cli/check_world.h"
#include "sim/cli/report.h"

enum { CHECK_SUMMARY_BYTES = 8192 };

struct check_options {
    const char *scenario;
    uint32_t budget[BOUNDED_CLASSES];
    int64_t stop_after_ns; /* 0: no bound */
    unsigned workers;
    const char *directory; /* NULL: a new one under millrace-out/ */
    enum report_kind outputs[REPORT_STREAMS];
    size_t output_count;
    struct bug_flag bugs;
};

/* False: there is nothing to check, and *code_out is the exit code. */
bool check_options_read(struct check_options *options_out, int argc, char **argv, int *code_out);

/* What is being told of. Borrowed. */
struct check_view {
    const struct check_options *options;
    const struct scenario *scenario;
    const struct artefacts *artefacts;
    const struct check_survey *survey;
    const struct bounded_report *report;     /* at the end */
    const struct score_signature *signature; /* of the failure; NULL: none */
    const struct score_failure *failure;
    uint32_t failure_steps;
    bool has_diverged, is_interrupted;
    double wall_seconds, cpu_seconds;
    int exit_code;
};

void check_report_begin(struct report *report, const struct check_view *view);
void check_report_progress(struct report *report, const struct check_view *view, uint32_t steps,
                           uint64_t played, uint64_t total, int64_t elapsed_ns);
void check_report_failure(struct report *report, const struct check_view *view);
void check_report_end(struct report *report, const struct check_view *view);
/* One JSON object, one line. */
void check_report_summary(FILE *out, const struct check_view *view);

#endif
