/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: a request of one client to the brokers fails, is lost, or comes late.
 *
 *                       client ------- request ------> broker       client is told
 *   fail_request                                      X              an error; nothing was applied
 *   drop_request                                X                    nothing, its connection dies; nothing was applied
 *   drop_response                                     |              nothing, its connection dies; it was applied
 *   delay_request                               |........> later     nothing, its connection dies; it will be applied
 *
 * A strike aims at the next request of that API from a drawn client; what was not met when the faults stop is forgotten. A
 * connection carries one request at a time, so late delivery needs a connection that dies: nothing else reorders.
 */
#include <string.h>
#include "faults/family.h"

const char *const fault_apis[] = {
    "Produce",         "Fetch",     "ListOffsets",     "OffsetCommit", "OffsetFetch",    "FindCoordinator",
    "JoinGroup",       "Heartbeat", "LeaveGroup",      "SyncGroup",    "InitProducerId", "AddPartitionsToTxn",
    "AddOffsetsToTxn", "EndTxn",    "TxnOffsetCommit", NULL,
};

/* Of these a correct broker has to say any at any time to a correct client, who tries again or starts anew. */
#define RECOVERABLE_ERRORS 11

const char *const fault_errors[] = {
    "UNKNOWN_TOPIC_OR_PARTITION",
    "NOT_LEADER_OR_FOLLOWER",
    "NOT_ENOUGH_REPLICAS",
    "COORDINATOR_LOAD_IN_PROGRESS",
    "COORDINATOR_NOT_AVAILABLE",
    "NOT_COORDINATOR",
    "CONCURRENT_TRANSACTIONS",
    "REBALANCE_IN_PROGRESS",
    "ILLEGAL_GENERATION",
    "UNKNOWN_MEMBER_ID",
    "REQUEST_TIMED_OUT",
    /* From here on: said without a reason, by no correct broker. */
    "OUT_OF_ORDER_SEQUENCE_NUMBER",
    "INVALID_PRODUCER_EPOCH",
    "PRODUCER_FENCED",
    "INVALID_TXN_STATE",
    "INVALID_PRODUCER_ID_MAPPING",
    "UNKNOWN_PRODUCER_ID",
    "FENCED_INSTANCE_ID",
    "UNKNOWN_SERVER_ERROR",
    "MESSAGE_TOO_LARGE",
    "TOPIC_AUTHORIZATION_FAILED",
    "GROUP_AUTHORIZATION_FAILED",
    NULL,
};

static bool is_unasked_error(const struct fault_spec *spec)
{
    return spec->error >= RECOVERABLE_ERRORS;
}

/* What a broker would take at any later time changes what came after it: of what only asks, nothing does. */
static bool changes_something(const struct fault_spec *spec)
{
    static const char *const harmless[] = {"Fetch",     "ListOffsets", "OffsetFetch", "FindCoordinator",
                                           "JoinGroup", "Heartbeat",   "SyncGroup",   "LeaveGroup"};
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (strcmp(fault_apis[spec->api], harmless[i]) == 0)
            return false;
    return true;
}

static bool is_running(const struct fault_plan *plan, const struct process *process)
{
    (void)plan;
    return process->state == PROCESS_RUNNING;
}

static bool aim(struct fault_series *series, struct fault_request request)
{
    struct fault_plan *plan = series->plan;
    const struct budget_claim claim = {.tells_brokers = true};
    if (!plan->callbacks.on_request || !budget_allows(plan, &claim))
        return false;
    struct process *client = fault_draw_process(series, is_running);
    if (!client)
        return false;
    request.api = fault_apis[series->spec->api];
    plan->told_count++;
    plan->is_aimed = true;
    plan->callbacks.on_request(plan->callbacks.opaque, client, &request);
    fault_struck(series, client);
    return true;
}

static bool fail(struct fault_series *series)
{
    return aim(series, (struct fault_request){.fate = FAULT_REQUEST_FAILS,
                                              .error = fault_errors[series->spec->error]});
}

static bool drop_request(struct fault_series *series)
{
    return aim(series, (struct fault_request){.fate = FAULT_REQUEST_IS_LOST});
}

static bool drop_response(struct fault_series *series)
{
    return aim(series, (struct fault_request){.fate = FAULT_RESPONSE_IS_LOST});
}

static bool delay(struct fault_series *series)
{
    const struct fault_spec *spec = series->spec;
    int64_t late_ns = fault_draw_ns(series, DRAW_FOR, spec->duration_ns_min, spec->duration_ns_max);
    return aim(series, (struct fault_request){.fate = FAULT_REQUEST_IS_LATE, .late_ns = late_ns});
}

void fault_request_heal(struct fault_plan *plan)
{
    if (plan->is_aimed && plan->callbacks.on_forget)
        plan->callbacks.on_forget(plan->callbacks.opaque);
    plan->is_aimed = false;
}

#define CLIENTS "whose, a glob over names such as download.0"

const struct fault_type fault_fail_request = {
    FAULT_NAMED("fail_request"),
    .documentation = "the next request of an API is answered with an error, and not applied",
    .target = CLIENTS,
    .class = FAULT_OF_BROKERS,
    .is_hazard_with = is_unasked_error,
    .parameters = FAULT_TAKES_API | FAULT_TAKES_ERROR,
    .strike = fail,
};

const struct fault_type fault_drop_request = {
    FAULT_NAMED("drop_request"),
    .documentation = "the next request of an API takes its connection down, and is not applied",
    .target = CLIENTS,
    .class = FAULT_OF_BROKERS,
    .parameters = FAULT_TAKES_API,
    .strike = drop_request,
};

const struct fault_type fault_drop_response = {
    FAULT_NAMED("drop_response"),
    .documentation = "the next request of an API is applied, and its connection dies before the answer",
    .target = CLIENTS,
    .class = FAULT_OF_BROKERS,
    .parameters = FAULT_TAKES_API,
    .strike = drop_response,
};

const struct fault_type fault_delay_request = {
    FAULT_NAMED("delay_request"),
    .documentation = "the connection of the next request of an API dies, and it is applied a while later",
    .target = CLIENTS,
    .class = FAULT_OF_BROKERS,
    .is_hazard_with = changes_something,
    .parameters = FAULT_TAKES_API | FAULT_TAKES_LATENESS,
    .strike = delay,
};
