/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_pending: what transactions that are still open commit for groups, and what becomes of it.
 *
 *   TxnOffsetCommit --> batch in __consumer_offsets, pending --marker--> committed (unless a later commit is there), or gone
 *
 * A new coordinator reads it all from its log again. Ordinary commits are in no log: they, and what deletions have
 * removed, are known by where the log ended then. simplified: deletions count at once and on all replicas, as ordinary
 * commits do. A marker counts once it is appended, as in 4.3, where OffsetFetch then waits until that is replicated.
 * Source: OffsetMetadataManager.java (replay, replayEndTransactionMarker), GroupMetadata.scala of 3.9.
 */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/marker.h"

/* What the log says of this key before that offset does not count any more. */
struct kafka_offset_grave {
    struct wire_string group_id;
    struct wire_string topic; /* null: all of the group */
    int32_t partition;
    int64_t before_offset;
};

/* ---- the pending offsets of a group ---- */

static void remove_pending(struct kafka_group *group, int32_t i)
{
    free((char *)group->pending_offsets[i].offset.topic.text);
    free((char *)group->pending_offsets[i].offset.metadata.text);
    group->pending_offset_count--;
    memmove(group->pending_offsets + i, group->pending_offsets + i + 1,
            (size_t)(group->pending_offset_count - i) * sizeof(*group->pending_offsets));
}

static bool is_of(const struct kafka_offset_pending *pending, struct wire_string topic, int32_t partition)
{
    return pending->offset.partition == partition && wire_string_is_same(pending->offset.topic, topic);
}

void kafka_offset_pend(struct kafka_group *group, int64_t producer_id, const struct kafka_offset *offset)
{
    for (int32_t i = 0; i < group->pending_offset_count; i++) {
        struct kafka_offset_pending *pending = &group->pending_offsets[i];
        if (pending->producer_id != producer_id || !is_of(pending, offset->topic, offset->partition))
            continue;
        struct wire_string topic = pending->offset.topic;
        free((char *)pending->offset.metadata.text);
        pending->offset = *offset;
        pending->offset.topic = topic;
        pending->offset.metadata = kafka_copy_string(offset->metadata);
        return;
    }
    if (group->pending_offset_count == group->pending_offset_capacity) {
        group->pending_offset_capacity =
            group->pending_offset_capacity ? group->pending_offset_capacity * 2 : 8;
        group->pending_offsets = realloc(group->pending_offsets, (size_t)group->pending_offset_capacity *
                                                                     sizeof(*group->pending_offsets));
        assert(group->pending_offsets);
    }
    struct kafka_offset_pending *fresh = &group->pending_offsets[group->pending_offset_count++];
    *fresh = (struct kafka_offset_pending){.producer_id = producer_id, .offset = *offset};
    fresh->offset.topic = kafka_copy_string(offset->topic);
    fresh->offset.metadata = kafka_copy_string(offset->metadata);
}

bool kafka_offset_is_pending(const struct kafka_group *group, struct wire_string topic, int32_t partition)
{
    for (int32_t i = 0; i < group->pending_offset_count; i++)
        if (is_of(&group->pending_offsets[i], topic, partition))
            return true;
    return false;
}

void kafka_offset_pending_deinit(struct kafka_group *group)
{
    while (group->pending_offset_count > 0)
        remove_pending(group, group->pending_offset_count - 1);
    free(group->pending_offsets);
    group->pending_offsets = NULL;
    group->pending_offset_capacity = 0;
}

/* ---- deletions ---- */

void kafka_offset_graves_deinit(struct kafka_groups *groups)
{
    for (int32_t i = 0; i < groups->grave_count; i++) {
        free((char *)groups->graves[i].group_id.text);
        free((char *)groups->graves[i].topic.text);
    }
    free(groups->graves);
    groups->graves = NULL;
    groups->grave_count = groups->grave_capacity = 0;
}

/* topic null: all of the group. */
static void bury(const struct kafka_group *group, struct wire_string topic, int32_t partition)
{
    struct kafka_groups *groups = group->groups;
    struct kafka_partition *home = kafka_group_partition(group);
    const struct kafka_replica *leader = home ? kafka_partition_leader(home) : NULL;
    int64_t before_offset = leader ? leader->log.end_offset : INT64_MAX;
    for (int32_t i = 0; i < groups->grave_count; i++) {
        struct kafka_offset_grave *grave = &groups->graves[i];
        if (grave->partition == partition && wire_string_is_same(grave->topic, topic) &&
            wire_string_is_same(grave->group_id, group->id)) {
            grave->before_offset = before_offset;
            return;
        }
    }
    if (groups->grave_count == groups->grave_capacity) {
        groups->grave_capacity = groups->grave_capacity ? groups->grave_capacity * 2 : 8;
        groups->graves = realloc(groups->graves, (size_t)groups->grave_capacity * sizeof(*groups->graves));
        assert(groups->graves);
    }
    groups->graves[groups->grave_count++] = (struct kafka_offset_grave){
        .group_id = kafka_copy_string(group->id),
        .topic = kafka_copy_string(topic),
        .partition = partition,
        .before_offset = before_offset,
    };
}

void kafka_offset_delete_at(struct kafka_group *group, struct wire_string topic, int32_t partition)
{
    struct kafka_offset *offset = kafka_offset_find(group, topic, partition);
    if ((offset && offset->is_transactional) || kafka_offset_is_pending(group, topic, partition))
        bury(group, topic, partition);
    for (int32_t i = group->pending_offset_count; i-- > 0;)
        if (is_of(&group->pending_offsets[i], topic, partition))
            remove_pending(group, i);
    if (offset) /* last: topic may be its own */
        kafka_offset_remove(group, offset);
}

void kafka_offset_delete_pending(struct kafka_group *group, struct wire_string topic)
{
    for (int32_t i = group->pending_offset_count; i-- > 0;) {
        if (!wire_string_is_same(group->pending_offsets[i].offset.topic, topic))
            continue;
        bury(group, topic, group->pending_offsets[i].offset.partition);
        remove_pending(group, i);
    }
}

void kafka_offset_delete_group(struct kafka_group *group)
{
    bool is_in_log = group->pending_offset_count > 0;
    for (int32_t i = 0; i < group->offset_count; i++)
        is_in_log |= group->offsets[i].is_transactional;
    if (is_in_log)
        bury(group, (struct wire_string){.text = NULL, .bytes = -1}, -1);
    kafka_offset_pending_deinit(group);
    kafka_offsets_deinit(group);
}

static bool is_buried(const struct kafka_groups *groups, struct wire_string group_id,
                      const struct kafka_offset *offset)
{
    for (int32_t i = 0; i < groups->grave_count; i++) {
        const struct kafka_offset_grave *grave = &groups->graves[i];
        bool is_its = grave->topic.bytes < 0 || (grave->partition == offset->partition &&
                                                 wire_string_is_same(grave->topic, offset->topic));
        if (is_its && offset->record_offset < grave->before_offset &&
            wire_string_is_same(grave->group_id, group_id))
            return true;
    }
    return false;
}

/* ---- the end of a transaction ---- */

static void end(struct kafka_group *group, int64_t producer_id, bool is_commit)
{
    int32_t i = 0;
    while (i < group->pending_offset_count) {
        const struct kafka_offset_pending *pending = &group->pending_offsets[i];
        if (pending->producer_id != producer_id) {
            i++;
            continue;
        }
        const struct kafka_offset *present =
            kafka_offset_find(group, pending->offset.topic, pending->offset.partition);
        if (is_commit && (!present || present->record_offset <= pending->offset.record_offset))
            kafka_offset_put(group, &pending->offset);
        remove_pending(group, i);
    }
    kafka_offset_plan_expiry(group);
}

static bool is_held_by(const struct kafka_group *group, const struct kafka_partition *partition)
{
    return group->is_loaded && kafka_group_partition(group) == partition;
}

void kafka_offsets_on_marker(struct kafka_groups *groups, const struct kafka_partition *partition,
                             int64_t producer_id, bool is_commit)
{
    for (int32_t i = 0; i < groups->count; i++)
        if (groups->items[i]->pending_offset_count > 0 && is_held_by(groups->items[i], partition))
            end(groups->items[i], producer_id, is_commit);
}

/* ---- a new coordinator ---- */

void kafka_offset_forget_log(struct kafka_group *group, const struct kafka_partition *partition)
{
    kafka_offset_pending_deinit(group);
    for (int32_t i = group->offset_count; i-- > 0;) {
        struct kafka_offset *offset = &group->offsets[i];
        struct kafka_offset *under = offset->under;
        if (offset->is_transactional && !under) {
            kafka_offset_remove(group, offset);
        } else if (offset->is_transactional) {
            under->topic = offset->topic;
            free((char *)offset->metadata.text);
            *offset = *under;
            free(under);
        }
    }
    /* What is appended from here on comes later, even where the log was longer before. */
    const struct kafka_replica *leader = kafka_partition_leader(partition);
    int64_t end_offset = leader ? leader->log.end_offset : INT64_MAX;
    for (int32_t i = 0; i < group->offset_count; i++)
        if (group->offsets[i].record_offset > end_offset)
            group->offsets[i].record_offset = end_offset;
}

static void read_commits(struct kafka_groups *groups, const struct wire_batch *batch)
{
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    struct wire_string group_id;
    struct kafka_offset offset;
    if (!wire_record_reader_init(&reader, batch, batch->payload, &error))
        return;
    while (wire_record_next(&reader, &record, &error) == WIRE_NEXT) {
        if (!kafka_offset_record_read(&record, &group_id, &offset) || is_buried(groups, group_id, &offset))
            continue;
        struct kafka_group *group = kafka_group_find(groups, group_id);
        if (!group)
            group = kafka_group_new(groups, group_id);
        kafka_offset_pend(group, batch->producer_id, &offset);
    }
}

static void lower_graves(struct kafka_groups *groups, const struct kafka_partition *partition,
                         int64_t end_offset)
{
    for (int32_t i = 0; i < groups->grave_count; i++) {
        struct kafka_offset_grave *grave = &groups->graves[i];
        const struct kafka_group named = {.groups = groups, .id = grave->group_id};
        if (grave->before_offset > end_offset && kafka_group_partition(&named) == partition)
            grave->before_offset = end_offset;
    }
}

void kafka_offset_read_log(struct kafka_groups *groups, const struct kafka_partition *partition)
{
    const struct kafka_replica *leader = kafka_partition_leader(partition);
    assert(leader);
    const struct kafka_log *log = &leader->log;
    lower_graves(groups, partition, log->end_offset);
    for (size_t i = 0; i < log->count; i++) {
        struct wire_batch batch;
        struct wire_marker marker;
        if (!kafka_batch_read(kafka_log_entry(log, i)->batch, &batch) || !batch.is_transactional)
            continue;
        if (!batch.is_control)
            read_commits(groups, &batch);
        else if (wire_marker_find(&batch, &marker))
            kafka_offsets_on_marker(groups, partition, batch.producer_id, marker.is_commit);
    }
}
