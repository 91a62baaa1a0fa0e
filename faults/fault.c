/* SPDX-License-Identifier: Apache-2.0 */
/* fault: the list of all kinds, and what their targets and points are called. */
#include "faults/fault.h"

#include <assert.h>
#include <string.h>
#include "faults/family.h"
#include "sim/world/history.h"

static const struct fault_type *const types[FAULT_KINDS] = {
    [FAULT_KILL] = &fault_kill,
    [FAULT_PAUSE] = &fault_pause,
    [FAULT_TERMINATE] = &fault_terminate,
    [FAULT_RESET] = &fault_reset,
    [FAULT_PARTITION] = &fault_partition,
    [FAULT_LATENCY] = &fault_latency,
    [FAULT_BROKER_CRASH] = &fault_crash_broker,
    [FAULT_BROKER_STOP] = &fault_stop_broker,
    [FAULT_BROKER_HOST_CRASH] = &fault_crash_broker_host,
    [FAULT_BROKER_ISOLATION] = &fault_isolate_broker,
    [FAULT_HOST_CRASH] = &fault_crash_host,
    [FAULT_STORAGE_CRASH] = &fault_crash_storage,
    [FAULT_DISK_FULL] = &fault_fill_disk,
    [FAULT_DISK_FAILURE] = &fault_fail_disk,
    [FAULT_DISK_SLOW] = &fault_slow_disk,
    [FAULT_DISK_SHORT] = &fault_shorten_writes,
    [FAULT_CLOCK_STEP] = &fault_step_clock,
    [FAULT_CLOCK_SKEW] = &fault_skew_clock,
    [FAULT_ALLOCATION] = &fault_fail_allocation,
    [FAULT_ORIGIN_ERROR] = &fault_http_error,
    [FAULT_ORIGIN_STALL] = &fault_http_stall,
    [FAULT_ORIGIN_RESET] = &fault_http_reset,
    [FAULT_ORIGIN_TRUNCATION] = &fault_http_truncate,
    [FAULT_ORIGIN_SLOW] = &fault_http_slow,
    [FAULT_ORIGIN_REFUSAL] = &fault_http_refuse,
    [FAULT_REQUEST_FAILURE] = &fault_fail_request,
    [FAULT_REQUEST_LOSS] = &fault_drop_request,
    [FAULT_RESPONSE_LOSS] = &fault_drop_response,
    [FAULT_REQUEST_DELAY] = &fault_delay_request,
    [FAULT_ELECTION] = &fault_elect_leader,
    [FAULT_UNCLEAN_ELECTION] = &fault_elect_unclean,
    [FAULT_COORDINATOR_MOVE] = &fault_move_coordinator,
    [FAULT_SLOW_BROKER] = &fault_slow_broker,
    [FAULT_ROLLING_RESTART] = &fault_rolling_restart,
    [FAULT_SCALING] = &fault_scale,
};

const struct fault_type *fault_type(enum fault_kind kind)
{
    assert(kind < FAULT_KINDS && types[kind]);
    return types[kind];
}

const char *fault_name(enum fault_kind kind)
{
    return fault_type(kind)->name;
}

bool fault_ends_brokers(const struct fault_spec *spec)
{
    bool is_by_name = *spec->target != '*' && *spec->target != '?';
    return is_by_name && (fault_matches(spec->target, "brokers") || fault_matches(spec->target, "control.0"));
}

bool fault_is_hazard(const struct fault_spec *spec)
{
    const struct fault_type *type = fault_type(spec->kind);
    return type->is_hazard || (type->is_hazard_with && type->is_hazard_with(spec));
}

enum fault_kind fault_kind_named(const char *name)
{
    enum fault_kind kind = 0;
    while (kind < FAULT_KINDS && strcmp(fault_name(kind), name) != 0)
        kind++;
    return kind;
}

bool fault_matches(const char *glob, const char *name)
{
    const char *star = NULL, *retry = NULL;
    while (*name) {
        if (*glob == '*') {
            star = glob++;
            retry = name;
        } else if (*glob == '?' || *glob == *name) {
            glob++;
            name++;
        } else if (star) { /* the last star takes one more */
            glob = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return !*glob;
}

uint32_t fault_call(const char *name)
{
    for (uint32_t call = HISTORY_CALLS; strcmp(history_name(call), "unknown") != 0; call++)
        if (strcmp(history_name(call), name) == 0)
            return call;
    return 0;
}

bool fault_is_point(const char *point)
{
    return strchr(point, '/') || fault_call(point);
}
