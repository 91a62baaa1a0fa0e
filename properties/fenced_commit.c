/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fenced-commit: no offsets are taken from a member of a generation that is over (E5 in kafka.md; of producers that were
 * fenced broker-invariants speaks).
 *
 * A generation is over once a member of a later one was given its assignment: by then that one is in the coordinator's log,
 * and no other coordinator can take over from before. A commit that is read after that, in the name of the earlier, must
 * be refused; alone or within a transaction (KIP-447).
 */
#include "properties/property.h"
#include "properties/ledger_update.h"

#include <stdlib.h>

enum { STALE_MAX = 64 };

struct group {
    struct group *next;
    uint64_t name;
    int32_t generation;
};

struct fenced_commit {
    struct property property;
    struct group *groups;
    struct {
        uint64_t sequence;
        int32_t newest; /* generation when it was read */
    } stale[STALE_MAX]; /* read, not answered; the oldest goes when there is no room */
    uint32_t stale_count;
};

static struct group *group_of(struct fenced_commit *state, struct history_bytes name)
{
    uint64_t hash = ledger_hash(0, name);
    for (struct group *known = state->groups; known; known = known->next)
        if (known->name == hash)
            return known;
    struct group *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    *made = (struct group){.next = state->groups, .name = hash, .generation = -1};
    state->groups = made;
    return made;
}

static void assigned(struct fenced_commit *state, const struct history_sync *sync)
{
    struct group *group = group_of(state, sync->group);
    if (sync->step == HISTORY_ANSWERED && sync->error == HISTORY_ERROR_NONE && group &&
        sync->generation > group->generation)
        group->generation = sync->generation;
}

static void asked(struct fenced_commit *state, const struct history_commit *commit)
{
    const struct group *group = group_of(state, commit->group);
    if (!group || commit->generation < 0 || commit->generation >= group->generation)
        return;
    if (state->stale_count == STALE_MAX)
        state->stale[0] = state->stale[--state->stale_count];
    state->stale[state->stale_count].sequence = commit->sequence;
    state->stale[state->stale_count++].newest = group->generation;
}

static void answered(struct fenced_commit *state, const struct history_event *event)
{
    const struct history_commit *commit = &event->commit;
    state->property.judged += commit->generation >= 0;
    for (uint32_t i = 0; i < state->stale_count; i++) {
        if (state->stale[i].sequence != commit->sequence)
            continue;
        if (commit->error == HISTORY_ERROR_NONE)
            property_find(
                &state->property, event, "accepted",
                "offset %lld of %.*s[%d] was committed by a member of generation %d of group %.*s, when "
                "generation %d had begun",
                (long long)commit->offset, PROPERTY_TEXT(commit->topic), commit->partition,
                commit->generation, PROPERTY_TEXT(commit->group), state->stale[i].newest);
        state->stale[i] = state->stale[--state->stale_count];
        return;
    }
}

static void on_event(struct property *property, const struct history_event *event)
{
    struct fenced_commit *state = (struct fenced_commit *)property;
    if (event->kind == HISTORY_SYNC)
        assigned(state, &event->sync);
    else if (event->kind == HISTORY_COMMIT && event->commit.step == HISTORY_REQUESTED)
        asked(state, &event->commit);
    else if (event->kind == HISTORY_COMMIT)
        answered(state, event);
}

static void deinit(struct property *property)
{
    struct fenced_commit *state = (struct fenced_commit *)property;
    while (state->groups) {
        struct group *next = state->groups->next;
        free(state->groups);
        state->groups = next;
    }
}

const struct property_class fenced_commit_property = {
    .name = "fenced-commit", .bytes = sizeof(struct fenced_commit), .on_event = on_event, .deinit = deinit};
