/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_expiry: when committed offsets, and groups that have none, are forgotten.
 *
 *   empty group                      offsets.retention.minutes after it became empty
 *   stable group of consumers        that long after the commit, for topics that nobody subscribes to
 *   group without protocol (simple)  that long after the commit
 *   OffsetCommit 2..4 with a retention of its own: then
 *
 * Where a transaction has an offset pending, nothing expires (simplified: in 3.9 an offset does, though not its group).
 * An empty group without offsets goes with the next check. Kafka looks every offsets.retention.check.interval.ms; here
 * only those looks happen that find something. Source: ClassicGroup.java (offsetExpirationCondition),
 * OffsetMetadataManager.java (cleanupExpiredOffsets), GroupCoordinatorShard.java (cleanupGroupMetadata).
 */
#include "sim/kafka/group_private.h"

#include "sim/kafka/config.h"

/* INT64_MAX: not as things are. */
static int64_t offset_due_ms(const struct kafka_group *group, const struct kafka_offset *offset)
{
    bool has_protocol = group->protocol_type.bytes >= 0;
    bool is_empty = group->state == KAFKA_GROUP_EMPTY;
    if (has_protocol && !is_empty &&
        (group->state != KAFKA_GROUP_STABLE || !group->knows_topics || !kafka_group_is_consumers(group)))
        return INT64_MAX;
    if (kafka_group_is_subscribed(group, offset->topic) ||
        kafka_offset_is_pending(group, offset->topic, offset->partition))
        return INT64_MAX;
    if (offset->expire_ms != -1)
        return offset->expire_ms;
    int64_t since_ms = has_protocol && is_empty ? group->state_ms : offset->commit_ms;
    int64_t retention_ms = kafka_configs_number(group->groups->cluster, "offsets.retention.minutes") * 60000;
    int64_t age_ms, due_ms;
    /* A client of version 1 may say any time. Kafka takes the age, which is negative then, or is for ever. */
    if (__builtin_sub_overflow(kafka_cluster_now_ms(group->groups->cluster), since_ms, &age_ms) ||
        __builtin_add_overflow(since_ms, retention_ms, &due_ms))
        return INT64_MAX;
    return due_ms;
}

/* When the first of its offsets, or itself, can go. */
static int64_t group_due_ms(const struct kafka_group *group)
{
    if (!group->is_loaded)
        return INT64_MAX;
    if (group->offset_count == 0)
        return group->state == KAFKA_GROUP_EMPTY && group->pending_offset_count == 0 ? 0 : INT64_MAX;
    int64_t due_ms = INT64_MAX;
    for (int32_t i = 0; i < group->offset_count; i++) {
        int64_t one_ms = offset_due_ms(group, &group->offsets[i]);
        due_ms = one_ms < due_ms ? one_ms : due_ms;
    }
    return due_ms;
}

/* Looks at the first check at or after due_ms, but not now. */
static void plan(struct kafka_groups *groups, int64_t due_ms)
{
    struct kafka_cluster *cluster = groups->cluster;
    if (due_ms == INT64_MAX)
        return;
    int64_t interval_ms = kafka_configs_number(cluster, "offsets.retention.check.interval.ms");
    struct kafka_grid checks = {.first_ms = groups->started_ms, .interval_ms = interval_ms};
    kafka_deadline_set_on_grid(&cluster->deadlines, &groups->expiry, checks, due_ms,
                               kafka_cluster_now_ms(cluster));
}

void kafka_offset_plan_expiry(struct kafka_group *group)
{
    plan(group->groups, group_due_ms(group));
}

void kafka_offset_on_expiry(struct kafka_deadline *deadline)
{
    struct kafka_groups *groups = KAFKA_OWNER(deadline, struct kafka_groups, expiry);
    int64_t now_ms = kafka_cluster_now_ms(groups->cluster), next_ms = INT64_MAX;
    for (int32_t i = groups->count; i-- > 0;) {
        struct kafka_group *group = groups->items[i];
        if (!kafka_group_is_led(group))
            continue;
        for (int32_t j = group->offset_count; j-- > 0;)
            if (offset_due_ms(group, &group->offsets[j]) <= now_ms)
                kafka_offset_delete_at(group, group->offsets[j].topic, group->offsets[j].partition);
        if (group->offset_count == 0 && group->pending_offset_count == 0 &&
            group->state == KAFKA_GROUP_EMPTY) {
            kafka_group_delete(group);
            continue;
        }
        int64_t due_ms = group_due_ms(group);
        next_ms = due_ms < next_ms ? due_ms : next_ms;
    }
    plan(groups, next_ms);
}
