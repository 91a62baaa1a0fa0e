/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rebalance-converges: a member that asks to join is assigned within a bounded time, and generations stop growing once
 * nothing disturbs the group any more (E8 in kafka.md).
 *
 *   JoinGroup asked --joining--> SyncGroup answered without an error; or it leaves, or its process ends
 *   bound = the longest rebalance timeout + session timeout of anybody, and 30 s
 *
 * Time counts from the last disturbance: a process that begins, ends or wakes up, or the healing of what faults broke.
 * Judged: each assignment, each generation, each member that is overdue.
 */
#include "properties/property.h"
#include "properties/ledger_update.h"

#include <stdlib.h>

#define MS     INT64_C(1000000)
#define SECOND (1000 * MS)

enum { SLACK_S = 30, GENERATIONS_AFTER = 1 };

/* A process in a group. */
struct member {
    struct member *next;
    uint64_t group;
    uint32_t process;
    int64_t joining_ns; /* -1: it is assigned, or not a member */
};

struct group {
    struct group *next;
    uint64_t name;
    int32_t generation;
    uint32_t late; /* generations that began although nothing had disturbed it for long */
};

struct rebalance_converges {
    struct property property;
    struct member *members;
    struct group *groups;
    int64_t disturbed_ns, bound_ns;
    bool is_broken; /* a fault came, and healing did not */
};

static struct member *member_of(struct rebalance_converges *state, uint64_t group, uint32_t process)
{
    for (struct member *known = state->members; known; known = known->next)
        if (known->group == group && known->process == process)
            return known;
    struct member *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    *made = (struct member){.next = state->members, .group = group, .process = process, .joining_ns = -1};
    state->members = made;
    return made;
}

static struct group *group_of(struct rebalance_converges *state, uint64_t name)
{
    for (struct group *known = state->groups; known; known = known->next)
        if (known->name == name)
            return known;
    struct group *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    *made = (struct group){.next = state->groups, .name = name, .generation = -1};
    state->groups = made;
    return made;
}

static void asked(struct rebalance_converges *state, const struct history_event *event)
{
    const struct history_join *join = &event->join;
    struct member *member = member_of(state, ledger_hash(0, join->group), event->process);
    int64_t bound_ns =
        (join->session_timeout_ms + (int64_t)join->rebalance_timeout_ms) * MS + SLACK_S * SECOND;
    if (bound_ns > state->bound_ns)
        state->bound_ns = bound_ns;
    if (member && member->joining_ns < 0)
        member->joining_ns = event->time_ns;
}

static void joined(struct rebalance_converges *state, const struct history_event *event)
{
    struct group *group = group_of(state, ledger_hash(0, event->join.group));
    if (!group || event->join.error != HISTORY_ERROR_NONE || event->join.generation <= group->generation)
        return;
    group->generation = event->join.generation;
    state->property.judged++;
    bool is_late = !state->is_broken && event->time_ns > state->disturbed_ns + state->bound_ns;
    group->late = is_late ? group->late + 1 : 0;
    if (group->late == GENERATIONS_AFTER + 1)
        property_find(&state->property, event, "grows",
                      "group %.*s begins generation %d, and nothing has disturbed it for %.1f s",
                      PROPERTY_TEXT(event->join.group), event->join.generation,
                      (double)(event->time_ns - state->disturbed_ns) / 1e9);
}

/* It is assigned, or does not want to be any more. */
static void rest(struct rebalance_converges *state, struct history_bytes group, uint32_t process)
{
    struct member *member = member_of(state, ledger_hash(0, group), process);
    if (member)
        member->joining_ns = -1;
}

static void lived(struct rebalance_converges *state, const struct history_event *event)
{
    state->disturbed_ns = event->time_ns;
    if (event->life.life == HISTORY_LIFE_PAUSE || event->life.life == HISTORY_LIFE_RESUME)
        return;
    for (struct member *member = state->members; member; member = member->next)
        if (member->process == event->process)
            member->joining_ns = -1;
}

static void look(struct rebalance_converges *state, const struct history_event *event)
{
    if (state->is_broken)
        return;
    for (struct member *member = state->members; member; member = member->next) {
        int64_t from_ns = member->joining_ns > state->disturbed_ns ? member->joining_ns : state->disturbed_ns;
        if (member->joining_ns < 0 || event->time_ns <= from_ns + state->bound_ns)
            continue;
        state->property.judged++;
        property_find(&state->property, event, "stuck", "process %u has been joining its group for %.1f s",
                      member->process, (double)(event->time_ns - member->joining_ns) / 1e9);
        member->joining_ns = -1;
    }
}

static void on_event(struct property *property, const struct history_event *event)
{
    struct rebalance_converges *state = (struct rebalance_converges *)property;
    switch (event->kind) {
    case HISTORY_JOIN:
        if (event->join.step == HISTORY_REQUESTED)
            asked(state, event);
        else
            joined(state, event);
        look(state, event);
        break;
    case HISTORY_SYNC:
        if (event->sync.step == HISTORY_ANSWERED && event->sync.error == HISTORY_ERROR_NONE) {
            property->judged++;
            rest(state, event->sync.group, event->process);
        }
        break;
    case HISTORY_LEAVE:
        rest(state, event->membership.group, event->process);
        break;
    case HISTORY_COMMIT:
        look(state, event);
        break;
    case HISTORY_PROCESS:
        lived(state, event);
        break;
    case HISTORY_FAULT:
        state->is_broken = true;
        state->disturbed_ns = event->time_ns;
        break;
    case HISTORY_WORLD:
        if (event->world.step == HISTORY_WORLD_HEALED) {
            state->is_broken = false;
            state->disturbed_ns = event->time_ns;
        }
        look(state, event);
        break;
    case HISTORY_CONNECTION:
    case HISTORY_PRODUCE:
    case HISTORY_FETCH:
    case HISTORY_HEARTBEAT:
    case HISTORY_FILE:
    case HISTORY_HTTP:
    case HISTORY_LOAD:
    case HISTORY_LEAK:
    case HISTORY_MALFORMED:
    case HISTORY_LOG:
    case HISTORY_TRANSACTION:
    case HISTORY_COORDINATOR:
        break;
    }
}

static void deinit(struct property *property)
{
    struct rebalance_converges *state = (struct rebalance_converges *)property;
    while (state->members) {
        struct member *next = state->members->next;
        free(state->members);
        state->members = next;
    }
    while (state->groups) {
        struct group *next = state->groups->next;
        free(state->groups);
        state->groups = next;
    }
}

const struct property_class rebalance_converges_property = {.name = "rebalance-converges",
                                                            .bytes = sizeof(struct rebalance_converges),
                                                            .on_event = on_event,
                                                            .deinit = deinit};
