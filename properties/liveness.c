/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liveness: after the last fault, all input is consumed and committed within a bounded virtual time (E9 in
 * kafka.md).
 *
 * Lag is counted over the topics that a running stage reads: known records not committed. A commit that a
 * broker has read but not answered counts as committed, since it may be. A world that ended for want of
 * budget, or because nothing could move any more, has failed whatever its lag.
 */
#include "properties/property.h"

struct liveness {
    struct property property;
    int64_t faults_stopped_ns; /* or healed; 0: no fault was, or none was told of */
    int64_t drained_ns;        /* since when there is no lag; -1: there is */
    enum history_end_reason reason;
    bool has_ended;
};

static void on_event(struct property *property, const struct history_event *event)
{
    struct liveness *state = (struct liveness *)property;
    if (event->kind == HISTORY_WORLD &&
        (event->world.step == HISTORY_WORLD_FAULTS_STOPPED || event->world.step == HISTORY_WORLD_HEALED))
        state->faults_stopped_ns = event->time_ns;
    if (event->kind == HISTORY_WORLD && event->world.step == HISTORY_WORLD_END) {
        state->reason = event->world.reason;
        state->has_ended = true;
    }
    /* Lag comes with records and goes with commits. Summing it up is only worth it when it may have gone. */
    bool is_commit = event->kind == HISTORY_COMMIT && event->commit.step == HISTORY_ANSWERED;
    if (event->kind == HISTORY_PRODUCE && history_produce_is_acknowledged(&event->produce))
        state->drained_ns = ledger_lag(property->ledger) > 0 ? -1 : state->drained_ns;
    else if (is_commit && state->drained_ns < 0 && ledger_lag(property->ledger) == 0)
        state->drained_ns = event->time_ns;
}

static void report_lag(struct property *property, const struct ledger_partition *partition)
{
    property->judged++;
    if (ledger_partition_lag(partition) == 0)
        return;
    property_find(property, NULL, ledger_role_name(partition->topic->role),
                  "%.*s[%d] has %lld records, of which group %.*s has committed %lld",
                  PROPERTY_TEXT(partition->topic->name), partition->partition, (long long)partition->end,
                  PROPERTY_TEXT(partition->topic->group), (long long)ledger_committed_at_most(partition));
}

static void at_end(struct property *property)
{
    static const char *const kinds[] = {"", "budget", "deadlock", "livelock", ""};
    struct liveness *state = (struct liveness *)property;
    int64_t budget_ns = property->config->drain_budget_ns;
    for (const struct ledger_topic *topic = property->ledger->topics; topic; topic = topic->next)
        for (int32_t p = 0; topic->group.data && p < topic->partition_count; p++)
            if (topic->partitions[p] && topic->partitions[p]->end > 0)
                report_lag(property, topic->partitions[p]);
    if (state->has_ended && kinds[state->reason][0])
        property_find(property, NULL, kinds[state->reason], "the world ended: %s", kinds[state->reason]);
    if (budget_ns > 0 && state->drained_ns >= 0 && state->drained_ns - state->faults_stopped_ns > budget_ns)
        property_find(property, NULL, "late",
                      "all was committed %.1f s after the last fault; %.1f s were allowed",
                      (double)(state->drained_ns - state->faults_stopped_ns) / 1e9, (double)budget_ns / 1e9);
}

const struct property_class liveness_property = {
    .name = "liveness", .bytes = sizeof(struct liveness), .on_event = on_event, .at_end = at_end};
