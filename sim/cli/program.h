/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program: the mains of the processes that a world starts, by the name of the stage, and what they are told.
 *
 * The pipeline's stages all are millrace_main, as in production; feeder, copy and checker are the bare pipe of the
 * benches; source, copier, auditor and transactor the exactly-once copy (copy.h).
 */
#ifndef SIM_CLI_PROGRAM_H
#define SIM_CLI_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

enum { PROGRAM_ARGUMENTS_MAX = 192, PROGRAM_ARGUMENT_BYTES = 512 };

struct scenario;
struct scenario_stage;

/* What a process is started with. Arguments lie in the struct itself. */
struct program_call {
    int (*main)(int argc, char **argv);
    const char *arguments[PROGRAM_ARGUMENTS_MAX + 1];
    size_t count;
    char text[PROGRAM_ARGUMENTS_MAX][PROGRAM_ARGUMENT_BYTES];
};

/* Is there a program for a stage of this name? */
bool program_is_known(const char *stage);
/* Does it end by itself when its work is done (feeder, checker, source, auditor, transactor), or run until SIGTERM? */
bool program_ends_by_itself(const char *stage);

/* The arguments only, for brokers_start: main is its own. */
void program_for_brokers(struct program_call *call, const struct scenario *scenario);
void program_for_origin(struct program_call *call, const struct scenario *scenario);
void program_for_load(struct program_call *call, const struct scenario *scenario, const char *bootstrap);
void program_for_stage(struct program_call *call, const struct scenario *scenario,
                       const struct scenario_stage *stage, const char *instance, const char *bootstrap);

/* Uses every library once, in the warm-up world. */
int program_warm_up(int argc, char **argv);

/* The events that load produces: what the properties expect. n counts from 0. */
void program_trace_id(size_t n, char out[static 64]);
void program_attachment_url(size_t n, size_t k, char out[static 128]);

#endif
