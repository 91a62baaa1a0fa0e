/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit-regress: a group's committed offset never goes back (E3 in kafka.md).
 *
 * In the order in which brokers apply commits: that of the requests, not of the answers. An answer that is
 * late on one connection may tell of a commit older than one already known. Offsets within a transaction are
 * applied by its marker, after all that was read until then.
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

/* What a broker has applied. */
struct applied {
    struct history_bytes group, topic;
    int32_t partition;
    int64_t offset;
    uint64_t sequence;
    bool is_by_marker;
};

static struct committed *find(struct commit_regress *state, const struct applied *applied, bool *is_new_out)
{
    uint64_t key = ledger_hash(ledger_hash((uint64_t)applied->partition + 1, applied->group), applied->topic);
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

static void judge(struct property *property, const struct history_event *event, const struct applied *applied)
{
    bool is_new;
    struct committed *known = find((struct commit_regress *)property, applied, &is_new);
    if (!known)
        return;
    property->judged++;
    int64_t before = -1, after = -1;
    bool is_later = applied->is_by_marker || applied->sequence > known->highest_sequence;
    bool is_earlier = !applied->is_by_marker && applied->sequence < known->last_sequence;
    if (!is_new && is_later && applied->offset < known->highest)
        before = known->highest, after = applied->offset;
    else if (!is_new && is_earlier && applied->offset > known->last)
        before = applied->offset, after = known->last;
    if (before >= 0)
        property_find(property, event, "regress",
                      "group %.*s had committed %lld of %.*s[%d], and then %lld; %s",
                      PROPERTY_TEXT(applied->group), (long long)before, PROPERTY_TEXT(applied->topic),
                      applied->partition, (long long)after, event->process_name ? event->process_name : "");
    if (is_new || applied->is_by_marker || applied->sequence > known->last_sequence) {
        known->last_sequence =
            applied->sequence > known->last_sequence ? applied->sequence : known->last_sequence;
        known->last = applied->offset;
    }
    if (is_new || applied->offset >= known->highest) {
        known->highest_sequence = applied->is_by_marker ? known->last_sequence : applied->sequence;
        known->highest = applied->offset;
    }
}

static void on_event(struct property *property, const struct history_event *event)
{
    const struct history_commit *commit = &event->commit;
    for (const struct ledger_offset *settled = property->ledger->settled; settled; settled = settled->next)
        judge(property, event,
              &(struct applied){.group = settled->group,
                                .topic = settled->partition->topic->name,
                                .partition = settled->partition->partition,
                                .offset = settled->offset,
                                .sequence = settled->sequence,
                                .is_by_marker = true});
    if (event->kind == HISTORY_COMMIT && commit->step == HISTORY_ANSWERED &&
        commit->error == HISTORY_ERROR_NONE && !commit->is_transactional)
        judge(property, event,
              &(struct applied){.group = commit->group,
                                .topic = commit->topic,
                                .partition = commit->partition,
                                .offset = commit->offset,
                                .sequence = commit->sequence});
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
