/* SPDX-License-Identifier: Apache-2.0 */
/*
 * play: one world of a scenario, from its seed (or from recorded choices) to a verdict.
 *
 *   hosts, brokers, origin and store, load, stages --> world --> tap --> history events --> properties --> verdict
 */
#ifndef SIM_CLI_PLAY_H
#define SIM_CLI_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "sim/cli/scenario.h"
#include "sim/cli/witness.h"
#include "sim/world/choice.h"

enum { PLAY_FINDINGS_MAX = 32, PLAY_COUNTERS_MAX = 64, PLAY_NAME_BYTES = 64, PLAY_MESSAGE_BYTES = 4096 };

/* A recorded pick, by key. */
struct play_pick {
    uint32_t actor;
    char point[CHOICE_NAME_MAX + 1];
    uint64_t occurrence;
    uint32_t picked;
};

struct play_options {
    const struct scenario *scenario;
    uint64_t seed;
    const struct play_pick *picks; /* replay these instead of drawing by seed; NULL: draw */
    size_t pick_count;
    FILE *log; /* one line for every history event, or NULL */
    /* Told of every event and of the history's hash after it; false breaks the world off, and nothing is judged. NULL:
     * nobody. Called outside the world. */
    bool (*on_event)(void *opaque, uint64_t index, uint64_t hash);
    void *opaque;                      /* of on_event; borrowed */
    const struct witness_guest *guest; /* sees what the properties see, or NULL */
    bool keep_picks;                   /* fill result->picks even when the world passed */
    bool without_guard;
    int64_t
        give_up_ns; /* a world that has not failed by then is broken off, and nothing is judged; 0: never */
    int fill_byte; /* arena_set_fill; -1: none. With one, memory is also laid out the other way round: layout 1 */
};

struct play_finding {
    char property[PLAY_NAME_BYTES];
    char signature[PLAY_NAME_BYTES * 2]; /* the same failure has the same signature in every seed */
    char message[PLAY_MESSAGE_BYTES];
    int64_t time_ns;
};

struct play_counter {
    char name[PLAY_NAME_BYTES];
    uint64_t count;
};

struct play_result {
    uint64_t history, events, picks_made;
    uint64_t matched; /* replayed picks that were met */
    uint64_t misfits; /* replayed picks of an option that was not there */
    int64_t virtual_ns;
    uint64_t faults, rebalances, kills, pauses, resets, duplicates;
    struct play_finding findings[PLAY_FINDINGS_MAX];
    size_t finding_count;
    struct play_counter observed[PLAY_COUNTERS_MAX]; /* events judged, by property */
    size_t observed_count;
    struct play_counter sometimes[PLAY_COUNTERS_MAX];
    size_t sometimes_count;
    struct play_counter allowed[PLAY_COUNTERS_MAX]; /* findings that the scenario allows, by property */
    size_t allowed_count;
    struct play_counter known[PLAY_COUNTERS_MAX]; /* known bugs of libraries that were met: known.h */
    size_t known_count;
    struct play_pick *picks; /* the non-zero ones; when it failed or keep_picks; owned */
    size_t pick_count;
    bool guard_on;
};

/* Warms up once per operating-system process; then any number of plays, one after another. */
void play_open(void);
void play(const struct play_options *options, struct play_result *result_out);
void play_result_deinit(struct play_result *result);

#endif
