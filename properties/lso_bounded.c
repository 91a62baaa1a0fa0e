/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lso-bounded: no transaction keeps readers of committed data waiting for longer than it may take (E7 in kafka.md).
 *
 *   bound = the producer's transaction timeout + the coordinator's sweep (10 s) + time for the markers
 *
 * From when it was opened, or from when what was broken is whole again, if that is later. Judged: each transaction that
 * ends in a partition, and each that is overdue.
 */
#include "properties/property.h"

#define SECOND INT64_C(1000000000)

enum { SWEEP_S = 10, MARKERS_S = 30, TIMEOUT_USUAL_S = 60 };

struct lso_bounded {
    struct property property;
    int64_t next_ns; /* no transaction is overdue before; 0: not known */
    int64_t healed_ns;
    bool is_broken; /* a fault came, and healing did not */
};

static int64_t deadline_of(const struct lso_bounded *state, const struct ledger_open *open)
{
    const struct ledger_transaction *transaction =
        ledger_transaction_of(state->property.ledger, open->producer_id);
    int64_t timeout_ns =
        transaction && transaction->timeout_ns > 0 ? transaction->timeout_ns : TIMEOUT_USUAL_S * SECOND;
    int64_t from_ns = open->since_ns > state->healed_ns ? open->since_ns : state->healed_ns;
    return from_ns + timeout_ns + (SWEEP_S + MARKERS_S) * SECOND;
}

static void look(struct property *property, const struct history_event *event)
{
    struct lso_bounded *state = (struct lso_bounded *)property;
    state->next_ns = INT64_MAX;
    for (const struct ledger_topic *topic = property->ledger->topics; topic; topic = topic->next)
        for (int32_t p = 0; p < topic->partition_count; p++) {
            struct ledger_log *log = topic->partitions[p] ? topic->partitions[p]->log : NULL;
            for (uint32_t i = 0; log && i < log->open_count; i++) {
                struct ledger_open *open = &log->open[i];
                int64_t deadline_ns = deadline_of(state, open);
                if (deadline_ns > event->time_ns) {
                    state->next_ns = deadline_ns < state->next_ns ? deadline_ns : state->next_ns;
                    continue;
                }
                if (open->is_told)
                    continue;
                open->is_told = true;
                property->judged++;
                property_find(
                    property, event, ledger_role_name(topic->role),
                    "%.*s[%d]: producer %lld has a transaction open from offset %lld on, for %.1f s",
                    PROPERTY_TEXT(topic->name), p, (long long)open->producer_id,
                    (long long)open->first_offset, (double)(event->time_ns - open->since_ns) / 1e9);
            }
        }
}

static void on_event(struct property *property, const struct history_event *event)
{
    struct lso_bounded *state = (struct lso_bounded *)property;
    const struct ledger_told *told = &property->ledger->told;
    if (event->kind == HISTORY_FAULT)
        state->is_broken = true;
    if (event->kind == HISTORY_WORLD && event->world.step == HISTORY_WORLD_HEALED) {
        state->is_broken = false;
        state->healed_ns = event->time_ns;
        state->next_ns = 0;
    }
    if (event->kind == HISTORY_LOG && told->partition) {
        property->judged += told->closed.producer_id >= 0;
        /* A new one, or the old ones of a new leader. */
        if (told->partition->log->open_count > 0 &&
            (event->log.step == HISTORY_LOG_APPEND || told->is_lineage))
            state->next_ns = state->next_ns == INT64_MAX ? 0 : state->next_ns;
    }
    if (!state->is_broken && event->time_ns >= state->next_ns)
        look(property, event);
}

const struct property_class lso_bounded_property = {
    .name = "lso-bounded", .bytes = sizeof(struct lso_bounded), .on_event = on_event};
