/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: which of a scenario's faults exist in this world, when they strike, and whom.
 *
 *   fault_plan_start .. strikes .. until_ns: everything heals (paused goes on, blocked is open, killed is restarted)
 *   .. nothing strikes any more .. fault_plan_end
 *
 * Everything is drawn through choice, by the number of the fault and of its strike, so that to drop one shifts no other;
 * option 0 is always: no fault, no strike, the longest wait, the first target, the shortest outage.
 */
#ifndef FAULTS_PLAN_H
#define FAULTS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "faults/fault.h"

enum fault_broker_command {
    FAULT_CRASH_BROKER,
    FAULT_CRASH_BROKER_HOST,
    FAULT_STOP_BROKER,
    FAULT_START_BROKER,
    FAULT_ISOLATE_BROKER,
    FAULT_HEAL_BROKER,
};

enum fault_http_window {
    FAULT_HTTP_ERROR,
    FAULT_HTTP_STALL,
    FAULT_HTTP_RESET,
    FAULT_HTTP_TRUNCATE,
    FAULT_HTTP_SLOW,
};

/* The broker leads the numberth (modulo) partition that it could lead, and does not: one of data, one of coordinators', or
 * one for which it may be behind. */
enum fault_lead { FAULT_LEAD, FAULT_LEAD_COORDINATORS, FAULT_LEAD_UNCLEAN };

enum fault_fate {
    FAULT_REQUEST_FAILS,    /* with error */
    FAULT_REQUEST_IS_LOST,  /* with its connection */
    FAULT_RESPONSE_IS_LOST, /* the same, once it was applied */
    FAULT_REQUEST_IS_LATE,  /* its connection is lost, and it is applied late_ns later */
};

/* What becomes of the next request of this API, from one client. Names are Kafka's. */
struct fault_request {
    enum fault_fate fate;
    const char *api, *error;
    int64_t late_ns;
};

struct condition_term;
struct fault_plan;
struct process;
struct process_end;

/* Each may be NULL. All are called in the engine's context: they must not enter the world. */
struct fault_callbacks {
    void *opaque;
    /* A fault has struck: a kill when the process has ended of it, the others when they are applied. target: NULL where
     * it was a broker. */
    void (*on_strike)(void *opaque, enum fault_kind kind, struct process *target, int64_t time_ns);
    void (*on_restart)(void *opaque, struct process *process, int64_t time_ns);
    void (*on_heal)(void *opaque, int64_t time_ns); /* once, after the healing */
    /* Brokers, HTTP servers: only a glob that begins with a letter of their name can mean them, "*" cannot. */
    bool (*is_infrastructure)(void *opaque, const struct process *process);
    /* Brokers are no processes. There are broker_count of them (0: none to strike), 1.., called "kafka-1", ..; on_broker
     * carries out a command, or begins to. */
    uint32_t broker_count;
    void (*on_broker)(void *opaque, uint32_t broker, enum fault_broker_command command);
    /* Is it an HTTP server? on_http opens or closes a window in which it misbehaves; status: of errors. */
    bool (*is_http_server)(void *opaque, const struct process *process);
    void (*on_http)(void *opaque, const struct process *server, enum fault_http_window window, int status,
                    bool is_open);
    /* Requests and leaders; a fault of which the callback is NULL strikes nobody. on_forget: takes back what on_request has
     * aimed and nobody has met. */
    void (*on_request)(void *opaque, const struct process *client, const struct fault_request *request);
    void (*on_forget)(void *opaque);
    void (*on_lead)(void *opaque, uint32_t broker, uint32_t number, enum fault_lead how);
    void (*on_slow)(void *opaque, uint32_t broker, uint32_t delay_ms); /* 0: no more */
    /* What conditions of scripted faults ask for. */
    int64_t (*measure)(void *opaque, const struct condition_term *term, int64_t *whole_out);
    /* It ended without the plan: is it to be started again, as by a supervisor, a second later? NULL: never. */
    bool (*should_restart)(void *opaque, const struct process *process, const struct process_end *end);
};

struct fault_counts {
    uint64_t strikes[FAULT_KINDS];
    uint64_t restarts;
    uint64_t present; /* faults that exist in this world */
    bool is_healed;
};

/* Call between world_begin and world_run; one plan a world. Borrows specs until fault_plan_end. until_ns: world time. */
struct fault_plan *fault_plan_start(const struct fault_spec *specs, size_t count, int64_t until_ns,
                                    struct fault_callbacks callbacks);

/* Call from process_spec.on_end for each process that may be a target. plan may be NULL. */
void fault_plan_on_process_end(struct fault_plan *plan, struct process *process,
                               const struct process_end *end);

/* Something has happened that a condition may ask for: it is looked at once the event that runs is over. plan may be NULL. */
void fault_plan_on_progress(struct fault_plan *plan);

/* Heals now and for good, as it would by itself at until_ns. */
void fault_plan_heal(struct fault_plan *plan);

/* While on_strike tells of a strike: the broker that was struck, 0: none. */
uint32_t fault_plan_struck_broker(const struct fault_plan *plan);

struct fault_counts fault_plan_counts(const struct fault_plan *plan);

/* Call between world_run and world_end. Gives all memory back. NULL: nothing. */
void fault_plan_end(struct fault_plan *plan);

#endif
