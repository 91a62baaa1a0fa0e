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

/* Notes the hash as a play goes on: evenly spread, TRACE_CHECKPOINTS_MAX at most. trace_record is that play's on_event,
 * trace_record_forget throws away what was noted. One at a time. */
void trace_record_begin(void);
bool trace_record(void *unused, uint64_t index, uint64_t hash);
void trace_record_forget(void);

/* Holds a play's hash against recorded ones: trace_compare is its on_event, and the first that differs breaks it off. */
struct trace_comparison {
    const struct trace_checkpoint *recorded; /* borrowed, ascending */
    size_t count, next;                      /* next: the first that has not been met */
    bool is_different;
};
bool trace_compare(void *comparison, uint64_t index, uint64_t hash);

/* Writes a whole capsule file, with the checkpoints that are noted. strategy: how it was found. False: errno. */
bool trace_write(const char *path, const struct scenario *scenario, uint64_t seed, const char *strategy,
                 const struct play_result *result);

/* Where a trace comes from. */
struct trace_origin {
    uint64_t seed;
    const char *strategy;
    size_t shrunk_from; /* so many choices; 0: it is as it was played */
};
/* The same; of a shrunk one, with few checkpoints. */
bool trace_write_of(const char *path, const struct scenario *scenario, const struct trace_origin *origin,
                    const struct play_result *result);

void trace_hash_text(uint64_t hash, char text_out[TRACE_HASH_BYTES]);
/* 16 hexadecimal digits, or false. */
bool trace_hash_read(const char *text, uint64_t *hash_out);

#endif
