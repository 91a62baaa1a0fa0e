/* SPDX-License-Identifier: Apache-2.0 */
/* run: what `millrace-sim run` was asked for. */
#ifndef SIM_CLI_RUN_H
#define SIM_CLI_RUN_H

#include "sim/cli/bug_flag.h"
#include "sim/cli/options.h"
#include "sim/cli/report.h"

enum { RUN_OUTPUTS_MAX = 8, RUN_SEEDS_DEFAULT = 100 };
#define RUN_SCENARIO_DEFAULT  "pipeline-churn"
#define RUN_SHRINK_DEFAULT_NS INT64_C(20000000000)

struct run_output {
    enum report_kind kind;
    const char *path; /* of its file; NULL: it has none */
};

struct run_options {
    struct options_positional scenarios; /* at least one */
    uint64_t seed_first, seed_last;
    int64_t stop_after_ns; /* 0: play all the seeds */
    unsigned workers;
    bool checks; /* determinism */
    double check_fraction;
    uint64_t failures_max; /* 0: no bound */
    const char *directory; /* NULL: a new one under millrace-out/ */
    struct run_output outputs[RUN_OUTPUTS_MAX];
    size_t output_count;
    struct bug_flag bugs;
    bool no_regressions;
    int64_t
        shrink_ns; /* of CPU, as shrink --budget counts it, for the trace of a signature; 0: none is shrunk */
};

/* False: there is nothing to run, and *code_out is the exit code. */
bool run_options_read(struct run_options *options_out, int argc, char **argv, int *code_out);

#endif
