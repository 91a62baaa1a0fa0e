/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world: how a world begins and ends, and what was found in it.
 *
 *   world_warm_up(..)            once per operating-system process: the image is taken
 *   world_begin(&options)        clean state, restored image, picks by seed
 *     host_new, process_start, timers ..
 *   world_run()                  returns when everything has ended, was stopped, or something was found
 *   world_end(&report)           compares the image, drops everything
 *
 * One world at a time per operating-system process.
 */
#ifndef SIM_WORLD_WORLD_H
#define SIM_WORLD_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/world/choice.h"

enum { WORLD_FINDINGS_MAX = 32, WORLD_FINDING_BYTES = 4096 };

/* What the engine itself can find wrong. */
enum world_finding_kind {
    FINDING_DEADLOCK, /* tasks are alive, none can ever run */
    FINDING_LIVELOCK, /* no progress in livelock_points scheduling points */
    FINDING_ESCAPE,   /* an unforeseen call, system call or clock read */
    FINDING_IMAGE,    /* a shared library's memory differs at the world's end */
    FINDING_CRASH,    /* SIGSEGV, abort, failed assertion inside a simulated process */
    FINDING_LIMIT,    /* a bound of the engine was met (tasks, descriptors, memory) */
};

struct world_finding {
    enum world_finding_kind kind;
    int64_t time_ns;
    char text[WORLD_FINDING_BYTES]; /* for a person; may hold several lines (stacks) */
};

struct world_options {
    enum choice_mode choices;
    uint64_t seed;
    uint32_t preempt_per_million; /* chance of a preemption between two semantic events of a task; 0: none */
    uint32_t reorder_per_million; /* chance that another than the oldest ready task runs next */
    uint64_t livelock_points;     /* 0: default 20,000,000 */
    bool without_guard;           /* debuggers, valgrind */
    unsigned layout; /* of every process' memory (arena_set_layout): no history may depend on it */
};

struct world_report {
    uint64_t history; /* the hash */
    uint64_t events;  /* folded into it */
    int64_t virtual_ns;
    uint64_t switches, points, picks;
    uint64_t engine_live_bytes; /* engine objects not given back: a defect of ours when not 0 */
    size_t finding_count;
};

/* Runs main once as a process in a discarded world whose allocations belong to the image, then takes the image. */
void world_warm_up(int (*main)(int argc, char **argv));

bool world_is_warming_up(void);

void world_begin(const struct world_options *options);
void world_run(void);
/* Asks world_run to return at the next scheduling point. From timers, callbacks, or tasks (then it does not return). */
void world_stop(void);
void world_end(struct world_report *report_out);

/* Calls call(argument) outside the world, from within one of its processes or not: for what a program of ours has to tell
 * its director. libc is the real one there, no time passes, and the history does not show it. */
void world_call_outside(void (*call)(void *argument), void *argument);

/* Records a finding and stops the world. printf-like. */
__attribute__((format(printf, 2, 3))) void world_find(enum world_finding_kind kind, const char *format, ...);
size_t world_finding_count(void);
const struct world_finding *world_finding(size_t index);
const char *world_finding_name(enum world_finding_kind kind);

/* Memory of the engine's own objects, dropped when the world ends. Never NULL (a full arena is a FINDING_LIMIT). */
void *world_alloc(size_t bytes); /* zeroed */
void *world_resize(void *pointer, size_t bytes);
void world_free(void *pointer);
char *world_strdup(const char *text);

#endif
