/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history: the hash that tells two runs apart.
 *
 * Every call that enters the world (but the malloc family) and every task switch is folded, with its time, task, arguments,
 * result and moved bytes, into one 64-bit chain. Two runs of one seed have the same history or something escaped
 * us. Never fold a pointer, an uninitialised byte or a host descriptor.
 */
#ifndef SIM_WORLD_HISTORY_H
#define SIM_WORLD_HISTORY_H

#include <stddef.h>
#include <stdint.h>

/* One event, as a log sees it: what tells a person where two runs part. */
struct history_entry {
    uint64_t index;
    int64_t time_ns;
    uint32_t task; /* task number, 0 = the engine */
    uint32_t call;
    uint64_t a, b, result;
    uint64_t hash; /* the chain after this event */
};

void history_begin(void);
/* call: a number below the count given to history_set_names, or HISTORY_SWITCH .. */
void history_call(uint32_t call, uint64_t a, uint64_t b, uint64_t result);
/* Folds moved bytes into the chain; they belong to the next history_call. */
void history_bytes(const void *data, size_t bytes);
uint64_t history_hash(void);
uint64_t history_events(void);

/* The engine's own events; the posix layer's calls are numbered from HISTORY_CALLS on. */
enum {
    HISTORY_SWITCH = 1,
    HISTORY_START,
    HISTORY_KILL,
    HISTORY_EXIT,
    HISTORY_PAUSE,
    HISTORY_RESUME,
    HISTORY_SIGNAL,
    HISTORY_DELIVER,
    HISTORY_RESET,
    HISTORY_NOTE,
    HISTORY_CALLS = 16
};
/* names[i] names call HISTORY_CALLS + i; borrowed for ever. */
void history_set_names(const char *const *names, uint32_t count);
const char *history_name(uint32_t call);

/* Called for every event while set; NULL to stop. Runs outside the world. */
void history_set_log(void (*on_entry)(void *opaque, const struct history_entry *entry), void *opaque);

#endif
