/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/fault.h"

#include <string.h>
#include "sim/world/history.h"

const char *fault_name(enum fault_kind kind)
{
    switch (kind) {
    case FAULT_KILL:
        return "kill";
    case FAULT_PAUSE:
        return "pause";
    case FAULT_TERMINATE:
        return "terminate";
    case FAULT_RESET:
        return "reset";
    case FAULT_PARTITION:
        return "partition";
    case FAULT_LATENCY:
        return "latency";
    case FAULT_BROKER_CRASH:
        return "crash_broker";
    case FAULT_BROKER_STOP:
        return "stop_broker";
    case FAULT_BROKER_HOST_CRASH:
        return "crash_broker_host";
    case FAULT_BROKER_ISOLATION:
        return "isolate_broker";
    }
    return "unknown";
}

const char *fault_documentation(enum fault_kind kind)
{
    switch (kind) {
    case FAULT_KILL:
        return "SIGKILL at a drawn call, then a restart";
    case FAULT_PAUSE:
        return "SIGSTOP, and SIGCONT after a while";
    case FAULT_TERMINATE:
        return "SIGTERM, and a restart once the process has ended";
    case FAULT_RESET:
        return "RST to both ends of one live connection";
    case FAULT_PARTITION:
        return "a host is cut off from all others for a while, one way or both";
    case FAULT_LATENCY:
        return "the links from and to a host are slower for a while";
    case FAULT_BROKER_CRASH:
        return "a broker dies; others lead once its session is over; it comes back after a while";
    case FAULT_BROKER_STOP:
        return "a broker hands over its leaderships and ends; it comes back after a while";
    case FAULT_BROKER_HOST_CRASH:
        return "a broker dies with its machine, and loses some of what was not flushed; it comes back after "
               "a while";
    case FAULT_BROKER_ISOLATION:
        return "a broker is cut off from the other brokers, not from clients, for a while";
    }
    return "unknown";
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
