/* SPDX-License-Identifier: Apache-2.0 */
/* recorded: a trace in a world's own terms: its scenario, its picks, its history. */
#ifndef SIM_CLI_RECORDED_H
#define SIM_CLI_RECORDED_H

#include "sim/cli/play.h"
#include "sim/cli/trace.h"
#include "traces/capsule.h"

struct recorded {
    struct capsule capsule;
    struct scenario *scenario;
    struct play_pick *picks; /* as many as the capsule's choices, in its order; never NULL */
    struct trace_checkpoint *checkpoints;
    uint64_t history;
};

/* False: error_out says why in one line, and there is nothing to deinit. Uses jansson: call play_open before, in the same
 * process. */
bool recorded_read(const char *path, struct recorded *recorded_out, char error_out[CAPSULE_ERROR_MAX]);
/* The same from memory; name stands for the path. */
bool recorded_parse(const char *text, size_t bytes, const char *name, struct recorded *recorded_out,
                    char error_out[CAPSULE_ERROR_MAX]);
void recorded_deinit(struct recorded *recorded);

/* Was it recorded by a program whose worlds are made of other picks than ours? error_out says so. */
bool recorded_is_foreign(const struct recorded *recorded, const char *path,
                         char error_out[CAPSULE_ERROR_MAX]);

/* Did this world fail, first of all, with the recorded signature? */
bool recorded_has_failed_again(const struct recorded *recorded, const struct play_result *result);

#endif
