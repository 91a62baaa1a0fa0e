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

enum fault_kind {
    FAULT_KILL,      /* SIGKILL at a drawn call of the target, then restart after restart_after */
    FAULT_PAUSE,     /* SIGSTOP for duration, then SIGCONT */
    FAULT_TERMINATE, /* SIGTERM, then restart after restart_after once it has ended */
    FAULT_RESET,     /* a live connection of the target gets RST on both sides */
    FAULT_PARTITION, /* the target's host cannot send to / hear from the others for duration: one way or both, drawn */
    FAULT_LATENCY,      /* the target's links are slower by a drawn factor for duration */
    FAULT_BROKER_CRASH, /* a broker's process is killed, and started again after duration */
    FAULT_BROKER_STOP,  /* a broker shuts down, its leaderships first, and is started again after duration */
    FAULT_BROKER_HOST_CRASH, /* a broker's machine dies: what it had not flushed may be gone when it is started again. No
                              * fault of the recoverable profile: alone in sync, it loses what was acknowledged */
    FAULT_BROKER_ISOLATION, /* a broker cannot reach the others for duration; clients reach it */
};
enum { FAULT_KINDS = FAULT_BROKER_ISOLATION + 1, FAULTS_MAX = 64 };

/* restart_after_ns_min and _max: the process stays dead. */
#define FAULT_NEVER INT64_MAX

struct fault_spec {
    enum fault_kind kind;
    char *target; /* glob over process names: "download.*", or brokers' names: "kafka-1"; owned */
    uint32_t
        presence_per_million; /* chance that this fault exists in a world at all (swarm); default 1,000,000 */
    int64_t every_ns;         /* mean time between strikes */
    uint32_t strikes_max;     /* 0: no bound */
    int64_t duration_ns_min, duration_ns_max;           /* pause, partition, latency, of brokers */
    int64_t restart_after_ns_min, restart_after_ns_max; /* kill, terminate; FAULT_NEVER */
    char *point; /* kill: only at this named point or call ("fiu_fail", "send"), NULL: any call; owned */
};

/* "kill", .. and one line of documentation. */
const char *fault_name(enum fault_kind kind);
const char *fault_documentation(enum fault_kind kind);

/* Does the glob (* any text, ? any one character) match all of name? */
bool fault_matches(const char *glob, const char *name);
/* Can a kill be bound to this point: a call of the world ("send", "fiu_fail"), or a named point, which has a '/'? */
bool fault_is_point(const char *point);
/* The call's number (history.h); 0: it is none. */
uint32_t fault_call(const char *name);

#endif
