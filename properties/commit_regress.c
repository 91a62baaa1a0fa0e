/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit-regress: a group's committed offset never goes back (E3 in kafka.md).
 *
 * In the order in which brokers apply commits: that of the requests, not of the answers. An answer that is
 * late on one connection may tell of a commit older than one already known.
 */
#include "properties/property.h"
#include "properties/ledger_update.h"

#include <stdlib.h>

/* Of one (group, topic, partition): any group's, also those that are not the pipeline's. */
struct committed {
    struct committed *next;
    uint64_t key;
    uint64_t last_sequence, highest_sequence;
    int64_t last, highest;
};

enum { BUCKETS = 64 };

struct commit_regress {
    struct property property;
    struct committed *buckets[BUCKETS];
};

static struct committed *find(struct commit_regress *state, const struct history_commit *commit,
                              bool *is_new_out)
{
    uint64_t key = ledger_hash(ledger_hash((uint64_t)commit->partition + 1, commit->group), commit->topic);
    struct committed **bucket = &state->buckets[key % BUCKETS];
    *is_new_out = false;
    for (struct committed *known = *bucket; known; known = known->next)
        if (known->key == key)
            return known;
    struct committed *made = calloc(1, sizeof(*made));
    if (!made)
        return NULL;
    *is_new_out = true;
    made->key = key;
    made->next = *bucket;
    *bucket = made;
    return made;
}

static void on_event(struct property *property, const struct history_event *event)
{
    const struct history_commit *commit = &event->commit;
    if (event->kind != HISTORY_COMMIT || commit->step != HISTORY_ANSWERED ||
        commit->error != HISTORY_ERROR_NONE)
        return;
    bool is_new;
    struct committed *known = find((struct commit_regress *)property, commit, &is_new);
    if (!known)
        return;
    property->judged++;
    int64_t before = -1, after = -1;
    if (!is_new && commit->sequence > known->highest_sequence && commit->offset < known->highest)
        before = known->highest, after = commit->offset;
    else if (!is_new && commit->sequence < known->last_sequence && commit->offset > known->last)
        before = commit->offset, after = known->last;
    if (before >= 0)
        property_find(property, event, "regress",
                      "group %.*s had committed %lld of %.*s[%d], and then %lld; %s",
                      PROPERTY_TEXT(commit->group), (long long)before, PROPERTY_TEXT(commit->topic),
                      commit->partition, (long long)after, event->process_name ? event->process_name : "");
    if (is_new || commit->sequence > known->last_sequence) {
        known->last_sequence = commit->sequence;
        known->last = commit->offset;
    }
    if (is_new || commit->offset >= known->highest) {
        known->highest_sequence = commit->sequence;
        known->highest = commit->offset;
    }
}

static void deinit(struct property *property)
{
    struct commit_regress *state = (struct commit_regress *)property;
    for (size_t i = 0; i < BUCKETS; i++)
        while (state->buckets[i]) {
            struct committed *next = state->buckets[i]->next;
            free(state->buckets[i]);
            state->buckets[i] = next;
        }
}

const struct property_class commit_regress_property = {
    .name = "commit-regress", .bytes = sizeof(struct commit_regress), .on_event = on_event, .deinit = deinit};
