/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace: one played world as a capsule file, and back; and the checkpoints in it, which tell where a replay
 * leaves the recorded history.
 */
#ifndef SIM_CLI_TRACE_H
#define SIM_CLI_TRACE_H

#include "sim/cli/play.h"
#include "traces/capsule.h"

enum { TRACE_CHECKPOINTS_MAX = 2048, TRACE_HASH_BYTES = 17 };

struct trace_checkpoint {
    uint64_t events, hash;
};

/* A stream to be a play's log (play_options.log), which notes the hash as it grows: evenly spread,
 * TRACE_CHECKPOINTS_MAX at most. trace_record_end closes it and may throw away what was noted. NULL: errno.
 * One at a time. */
FILE *trace_record(void);
void trace_record_end(FILE *log, bool keep);

/* A stream to be a play's log, which holds the hash against these (borrowed, ascending), and passes
 * everything on to copy, unless that is NULL. trace_compare_end closes it (not the copy), and returns the
 * first that differs, or NULL. */
FILE *trace_compare(const struct trace_checkpoint *recorded, size_t count, FILE *copy);
const struct trace_checkpoint *trace_compare_end(FILE *log);

/* Writes a whole capsule file, with the checkpoints that are noted. False: errno. */
bool trace_write(const char *path, const struct scenario *scenario, uint64_t seed,
                 const struct play_result *result);

void trace_hash_text(uint64_t hash, char text_out[TRACE_HASH_BYTES]);
/* 16 hexadecimal digits, or false. */
bool trace_hash_read(const char *text, uint64_t *hash_out);

#endif
