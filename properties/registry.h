/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry: all properties by name, and the set of them that watches one world.
 *
 *   set = property_set_new(&config); property_set_event(set, ..) for every event; property_set_end(set);
 *   then ask for findings, judged counts, shown numbers and probes; property_set_free(set).
 *
 * A world that ends for want of budget must be told so by its HISTORY_WORLD_END event, or liveness knows
 * nothing.
 */
#ifndef PROPERTIES_REGISTRY_H
#define PROPERTIES_REGISTRY_H

#include "properties/config.h"
#include "traces/event.h"

enum { PROPERTY_SIGNATURE_MAX = 96, PROPERTY_MESSAGE_MAX = 512, PROPERTY_FINDINGS_MAX = 64 };

struct property_finding {
    const char *property; /* borrowed for ever */
    char signature[PROPERTY_SIGNATURE_MAX];
    char message[PROPERTY_MESSAGE_MAX];
    int64_t time_ns;
    uint32_t process;      /* 0: no process in particular */
    uint64_t event_number; /* 1.. of the event that showed it; at the end: of the last */
};

/* One property's account of the world. */
struct property_report {
    const char *name; /* borrowed for ever */
    uint64_t judged;
    uint64_t finding_count;
};

/* A number to show: duplicates by kind, say. */
struct property_number {
    const char *name; /* borrowed for ever */
    uint64_t value;
};

size_t property_count(void);
const char *property_name(size_t index);
bool property_exists(const char *name);

struct property_set;

/* config is copied, its strings are borrowed. All properties watch; a scenario that ignores one filters
 * findings by name. NULL if memory is out. */
struct property_set *property_set_new(const struct property_config *config);
void property_set_free(struct property_set *set);

void property_set_event(struct property_set *set, const struct history_event *event);
/* No more events. Once. */
void property_set_end(struct property_set *set);

/* Borrowed from the set. The first PROPERTY_FINDINGS_MAX are kept, in order. */
const struct property_finding *property_set_findings(const struct property_set *set, size_t *count_out);
/* index < property_count(). */
struct property_report property_set_report(const struct property_set *set, size_t index);
const struct property_number *property_set_numbers(const struct property_set *set, size_t *count_out);

/* Records in topics that a running stage reads, which its group has not committed: 0 = all input is consumed. */
int64_t property_set_lag(const struct property_set *set);
int64_t property_set_lag_at_most(const struct property_set *set);

/* How far a stage has come: records of its input that are done, offsets that its group has committed past. */
int64_t property_set_processed(const struct property_set *set, enum property_stage stage);
int64_t property_set_committed(const struct property_set *set, enum property_stage stage);

/* Did memory run out within the set? Then its silence proves nothing. */
bool property_set_is_incomplete(const struct property_set *set);

/* Probes: sometimes.h. Hits of the world so far, index < sometimes_count(). */
uint64_t property_set_hits(const struct property_set *set, size_t index);

#endif
