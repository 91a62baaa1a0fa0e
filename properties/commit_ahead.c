/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit-ahead: nobody commits an offset beyond the contiguous prefix of what is done (E4 in kafka.md).
 *
 * Judged when the broker reads the commit, accepted or not: at that moment everything the worker relies on
 * has been acknowledged to it. So the mistake shows at the commit, long before the crash that would turn it
 * into a loss. What "done" is for each topic: ledger_is_done. Offsets within a transaction are judged
 * when its marker brings them into force: by then what else is in it has been written. Commits of groups that are not the
 * pipeline's are not judged.
 */
#include "properties/property.h"

#include <stdlib.h>

struct commit_ahead {
    struct property property;
    int64_t *judged_until; /* by ledger_partition.index: each offset is judged once */
    uint32_t capacity;
};

struct gap {
    int64_t first; /* -1 = none */
    int64_t count;
    bool is_unknown; /* the first: nobody has been given it, or acknowledged it */
};

/* What somebody says is done. */
struct claim {
    struct ledger_partition *partition;
    struct history_bytes group;
    int64_t offset;
    int64_t producer_id; /* within whose transaction; -1: none */
};

/* The ledger knows a record there. */
static bool is_done(const struct ledger *ledger, const struct claim *claim, int64_t offset)
{
    struct ledger_place place = {.partition = claim->partition, .offset = offset};
    return claim->producer_id < 0
               ? ledger_is_done(claim->partition, ledger_record_at(claim->partition, offset))
               : ledger_is_done_within(ledger, &place, claim->producer_id);
}

static struct gap find_gap(struct property *property, const struct claim *claim, int64_t from)
{
    struct gap gap = {.first = -1};
    for (int64_t offset = from; offset < claim->offset && gap.count <= claim->partition->end + 1; offset++) {
        const struct ledger_record *record = ledger_record_at(claim->partition, offset);
        bool is_unknown = !record || (!record->is_known && !record->is_rejected);
        property->judged++;
        if (!is_unknown && is_done(property->ledger, claim, offset))
            continue;
        if (gap.count++ == 0) {
            gap.first = offset;
            gap.is_unknown = is_unknown;
        }
    }
    return gap;
}

/* Who should have finished it: the name of the event or attachment at that offset. */
static void report(struct property *property, const struct history_event *event, const struct claim *claim,
                   const struct gap *gap)
{
    const struct ledger_record *record = ledger_record_at(claim->partition, gap->first);
    struct history_bytes trace_id = {0}, url = {0};
    if (record && record->event)
        trace_id = record->event->trace_id;
    if (record && record->attachment)
        url = record->attachment->url;
    property_find(
        property, event, ledger_role_name(claim->partition->topic->role),
        "%s commits %lld of %.*s[%d] for group %.*s%s, but %lld records before it are not done; the first "
        "is offset %lld (%s%.*s%s%.*s)",
        event->process_name ? event->process_name : "somebody", (long long)claim->offset,
        PROPERTY_TEXT(claim->partition->topic->name), claim->partition->partition,
        PROPERTY_TEXT(claim->group), claim->producer_id < 0 ? "" : " in a transaction", (long long)gap->count,
        (long long)gap->first, gap->is_unknown ? "nobody has seen it" : "event ", PROPERTY_TEXT(trace_id),
        url.data ? ", " : "", PROPERTY_TEXT(url));
}

static void judge(struct property *property, const struct history_event *event, const struct claim *claim)
{
    struct commit_ahead *state = (struct commit_ahead *)property;
    const struct ledger_partition *partition = claim->partition;
    if (!partition || !ledger_is_pipeline_group(partition->topic, claim->group))
        return;
    int64_t *until =
        property_slot((void **)&state->judged_until, &state->capacity, partition->index, sizeof(*until));
    if (!until || claim->offset <= *until)
        return;
    int64_t from = *until;
    if (from == 0 && partition->start != INT64_MAX)
        from = partition->start; /* the log may begin later */
    struct gap gap = find_gap(property, claim, from);
    *until = claim->offset;
    if (gap.count > 0)
        report(property, event, claim, &gap);
}

static void on_event(struct property *property, const struct history_event *event)
{
    const struct history_commit *commit = &event->commit;
    for (const struct ledger_offset *settled = property->ledger->settled; settled; settled = settled->next)
        judge(property, event,
              &(struct claim){.partition = settled->partition,
                              .group = settled->group,
                              .offset = settled->offset,
                              .producer_id = settled->producer_id});
    if (event->kind == HISTORY_COMMIT && commit->step == HISTORY_REQUESTED && !commit->is_transactional)
        judge(property, event,
              &(struct claim){.partition =
                                  ledger_partition_of(property->ledger, commit->topic, commit->partition),
                              .group = commit->group,
                              .offset = commit->offset,
                              .producer_id = -1});
}

static void deinit(struct property *property)
{
    free(((struct commit_ahead *)property)->judged_until);
}

const struct property_class commit_ahead_property = {
    .name = "commit-ahead", .bytes = sizeof(struct commit_ahead), .on_event = on_event, .deinit = deinit};
