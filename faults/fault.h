/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault: what can go wrong in a world, as a scenario asks for it.
 *
 * Faults decide; the layer that owns the object applies. A plan draws, per seed, which of a scenario's faults exist in this
 * world, when they strike and whom (through the choice seam), and stops in time for everything to heal and converge.
 */
#ifndef FAULTS_FAULT_H
#define FAULTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Index of a kind of fault; its struct fault_type says all about it. The order is part of histories: add at the end. */
enum fault_kind {
    FAULT_KILL,
    FAULT_PAUSE,
    FAULT_TERMINATE,
    FAULT_RESET,
    FAULT_PARTITION,
    FAULT_LATENCY,
    FAULT_BROKER_CRASH,
    FAULT_BROKER_STOP,
    FAULT_BROKER_HOST_CRASH,
    FAULT_BROKER_ISOLATION,
    FAULT_HOST_CRASH,
    FAULT_STORAGE_CRASH,
    FAULT_DISK_FULL,
    FAULT_DISK_FAILURE,
    FAULT_DISK_SLOW,
    FAULT_DISK_SHORT,
    FAULT_CLOCK_STEP,
    FAULT_CLOCK_SKEW,
    FAULT_ALLOCATION,
    FAULT_ORIGIN_ERROR,
    FAULT_ORIGIN_STALL,
    FAULT_ORIGIN_RESET,
    FAULT_ORIGIN_TRUNCATION,
    FAULT_ORIGIN_SLOW,
    FAULT_ORIGIN_REFUSAL,
    FAULT_REQUEST_FAILURE,
    FAULT_REQUEST_LOSS,
    FAULT_RESPONSE_LOSS,
    FAULT_REQUEST_DELAY,
    FAULT_ELECTION,
    FAULT_UNCLEAN_ELECTION,
    FAULT_COORDINATOR_MOVE,
    FAULT_SLOW_BROKER,
    FAULT_ROLLING_RESTART,
    FAULT_SCALING,
    FAULT_KINDS,
};
enum { FAULTS_MAX = 64 };

/* What a scenario allows. In the recoverable profile a correct pipeline on correct brokers never fails; the other one has
 * the faults, too, under which Kafka's protocol itself lets it. */
enum fault_profile { FAULT_RECOVERABLE, FAULT_PROTOCOL_HAZARD };

/* What is hurt: the catalogue has one file for each. */
enum fault_class {
    FAULT_OF_PROCESSES,
    FAULT_OF_NETWORK,
    FAULT_OF_BROKERS,
    FAULT_OF_DISKS,
    FAULT_OF_CLOCKS,
    FAULT_OF_ALLOCATION,
    FAULT_OF_HTTP,
};

/* The keys of a fault in a scenario that only some kinds take. */
enum fault_parameter {
    FAULT_TAKES_DURATION = 1 << 0, /* for */
    FAULT_TAKES_RESTART = 1 << 1,  /* restart_after */
    FAULT_TAKES_POINT = 1 << 2,    /* point */
    FAULT_TAKES_API = 1 << 3,      /* api */
    FAULT_TAKES_ERROR = 1 << 4,    /* error */
    FAULT_TAKES_LATENESS = 1 << 5, /* late_by */
};

/* restart_after_ns_min and _max: the process stays dead. */
#define FAULT_NEVER INT64_MAX

struct fault_spec {
    enum fault_kind kind;
    char *target; /* glob over process names: "download.*", or brokers' names: "kafka-1"; owned */
    uint32_t
        presence_per_million; /* chance that this fault exists in a world at all (swarm); default 1,000,000 */
    char *when;           /* scripted: strikes when this comes true (condition.h); NULL: it does not; owned */
    int64_t every_ns;     /* mean time between strikes; not of a scripted one */
    uint32_t strikes_max; /* 0: no bound; scripted: once */
    int64_t duration_ns_min, duration_ns_max;           /* for, late_by */
    int64_t restart_after_ns_min, restart_after_ns_max; /* both may be FAULT_NEVER */
    uint32_t api, error;                                /* of fault_apis, fault_errors */
    char *point; /* only at this named point or call ("fiu_fail", "send"), NULL: any call; owned */
};

/* Kafka's names, NULL behind the last. */
extern const char *const fault_apis[], *const fault_errors[];

struct choice_point;
struct fault_series;
struct fault_spell;

/* One kind of fault. Defined in the file of its class, listed in fault.c. */
struct fault_type {
    const char *name;          /* its key in scenarios, and in "fault/NAME/.." of its choice points */
    const char *documentation; /* one line: what happens */
    const char *target;        /* what the key's value, a glob, is over */
    enum fault_class class;
    bool is_hazard; /* a correct pipeline may fail under it: of the protocol-hazard profile only */
    bool (*is_hazard_with)(const struct fault_spec *spec); /* the same, where it depends; NULL: it does not */
    uint32_t parameters;                                   /* of enum fault_parameter */
    int64_t lasts_ns_max;                                  /* no longer than this; 0: no bound */
    struct choice_point *points;                           /* one for each enum fault_draw (family.h) */
    /* Draws whom it strikes, and strikes; false: nobody was there to be struck. */
    bool (*strike)(struct fault_series *series);
    /* Undoes what a strike did for a while; does not free. NULL: its strikes do not last. */
    void (*lift)(struct fault_spell *spell);
};

const struct fault_type *fault_type(enum fault_kind kind);
/* Is it, so asked for, one of the protocol-hazard profile only? */
bool fault_is_hazard(const struct fault_spec *spec);
/* "kill", .. */
const char *fault_name(enum fault_kind kind);
/* The kind of this name; FAULT_KINDS: there is none. */
enum fault_kind fault_kind_named(const char *name);

/* Does the glob (* any text, ? any one character) match all of name? */
bool fault_matches(const char *glob, const char *name);
/* Can a kill be bound to this point: a call of the world ("send", "fiu_fail"), or a named point, which has a '/'? */
bool fault_is_point(const char *point);
/* The call's number (history.h); 0: it is none. */
uint32_t fault_call(const char *name);

#endif
