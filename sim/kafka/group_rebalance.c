/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_rebalance: how a group gets from one generation to the next, and who is dropped on the way.
 *
 *   first member of an empty group: group.initial.rebalance.delay.ms, and again while others come, up to the
 *   rebalance timeout. Later: until all have joined, or the rebalance timeout, which drops dynamic members that
 *   have not. Then all must send SyncGroup within the rebalance timeout.
 *
 * simplified: a static member that is replaced after the leader's SyncGroup takes over whether it still has to send
 * its own. Source: GroupMetadataManager.java: prepareRebalance, completeClassicGroupJoin,
 * tryCompleteInitialRebalanceElseSchedule, expirePendingSync, expireClassicGroupMemberHeartbeat.
 */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include <stdlib.h>
#include "sim/kafka/bug.h"
#include "sim/kafka/config.h"

static void set_deadline(struct kafka_group *group, struct kafka_deadline *deadline, int64_t delay_ms)
{
    struct kafka_cluster *cluster = group->groups->cluster;
    kafka_deadline_set(&cluster->deadlines, deadline, cluster->now_ns + delay_ms * NS_PER_MS);
}

void kafka_group_extend_session(struct kafka_group_member *member, int32_t timeout_ms)
{
    set_deadline(member->group, &member->session, timeout_ms);
}

/* ---- the sync phase ---- */

void kafka_group_propagate(struct kafka_group *group, int16_t error)
{
    for (int32_t i = 0; i < group->member_count; i++) {
        struct kafka_group_member *member = group->members[i];
        struct kafka_request *sync = member->sync;
        if (!sync)
            continue;
        member->sync = NULL;
        kafka_group_answer_sync(sync, member, error);
        /* While it waited, its session did not count. */
        kafka_group_extend_session(member, member->session_timeout_ms);
    }
}

static void forget_pending_syncs(struct kafka_group *group)
{
    for (int32_t i = 0; i < group->member_count; i++)
        group->members[i]->is_sync_pending = false;
    kafka_deadline_clear(&group->groups->cluster->deadlines, &group->sync);
    kafka_deadline_clear(&group->groups->cluster->deadlines, &group->written);
}

static bool has_pending_sync(const struct kafka_group *group)
{
    for (int32_t i = 0; i < group->member_count; i++)
        if (group->members[i]->is_sync_pending)
            return true;
    return false;
}

void kafka_group_note_sync(struct kafka_group_member *member)
{
    struct kafka_group *group = member->group;
    member->is_sync_pending = false;
    if (!has_pending_sync(group))
        kafka_deadline_clear(&group->groups->cluster->deadlines, &group->sync);
}

void kafka_group_on_sync(struct kafka_deadline *deadline)
{
    struct kafka_group *group = KAFKA_OWNER(deadline, struct kafka_group, sync);
    if (!kafka_group_is_led(group))
        return;
    assert(group->state == KAFKA_GROUP_COMPLETING_REBALANCE || group->state == KAFKA_GROUP_STABLE);
    for (int32_t i = group->member_count; i-- > 0;)
        if (group->members[i]->is_sync_pending)
            kafka_group_remove(group, group->members[i]);
    kafka_group_prepare(group);
    kafka_group_check(group);
}

void kafka_group_on_written(struct kafka_deadline *deadline)
{
    struct kafka_group *group = KAFKA_OWNER(deadline, struct kafka_group, written);
    if (!kafka_group_is_led(group))
        return;
    assert(group->state == KAFKA_GROUP_COMPLETING_REBALANCE);
    kafka_group_store(group);
    kafka_group_propagate(group, KAFKA_NONE);
    kafka_group_move(group, KAFKA_GROUP_STABLE);
    kafka_group_check(group);
    kafka_offset_plan_expiry(group);
}

/* ---- the join phase ---- */

static void begin_generation(struct kafka_group *group)
{
    group->generation = group->generation == INT32_MAX ? INT32_MIN : group->generation + 1;
    struct wire_string protocol_name = {.text = NULL, .bytes = -1};
    if (group->member_count > 0)
        protocol_name = kafka_copy_string(kafka_group_select_protocol(group));
    free((char *)group->protocol_name.text);
    group->protocol_name = protocol_name;
    kafka_group_learn_topics(group);
    kafka_group_move(group, group->member_count > 0 ? KAFKA_GROUP_COMPLETING_REBALANCE : KAFKA_GROUP_EMPTY);
    forget_pending_syncs(group);
}

static void drop_absent(struct kafka_group *group)
{
    for (int32_t i = group->member_count; i-- > 0;)
        if (!group->members[i]->join && !kafka_group_member_is_static(group->members[i]))
            kafka_group_remove(group, group->members[i]);
}

/* Keeps the leader if it has joined, else takes the first that has. False: nobody has. */
static bool elect_leader(struct kafka_group *group)
{
    if (group->leader && group->leader->join)
        return true;
    for (int32_t i = 0; i < group->member_count; i++) {
        if (group->members[i]->join) {
            group->leader = group->members[i];
            return true;
        }
    }
    return false;
}

static void complete(struct kafka_group *group)
{
    kafka_deadline_clear(&group->groups->cluster->deadlines, &group->join);
    group->join_delay_ms = -1;
    drop_absent(group);
    if (!elect_leader(group) && group->member_count > 0) {
        /* Only static members are left, and none has joined: until their sessions end. With a timeout of 0 Kafka looks
         * again and again; here time has to move. */
        int32_t timeout_ms = kafka_group_rebalance_timeout_ms(group);
        set_deadline(group, &group->join, timeout_ms > 0 ? timeout_ms : 1);
        return;
    }
    begin_generation(group);
    if (group->state == KAFKA_GROUP_EMPTY) {
        kafka_group_store(group);
        return;
    }
    /* KAFKA-9752: a new member's session was not begun before it said something, and SyncGroup had no timeout. */
    bool trusts_new = kafka_bug_is_in(group->groups->cluster->model.bugs, KAFKA_BUG_DEAD_JOINER_BLOCKS);
    for (int32_t i = 0; i < group->member_count; i++) {
        struct kafka_group_member *member = group->members[i];
        struct kafka_request *join = member->join;
        member->join = NULL;
        if (join)
            kafka_group_accept_join(member, join, group->leader->id, false);
        if (trusts_new && member->is_new)
            kafka_deadline_clear(&group->groups->cluster->deadlines, &member->session);
        else
            kafka_group_extend_session(member, member->session_timeout_ms);
        member->is_sync_pending = !trusts_new || !member->is_new;
        member->is_new = false;
    }
    if (has_pending_sync(group))
        set_deadline(group, &group->sync, kafka_group_rebalance_timeout_ms(group));
}

void kafka_group_maybe_complete(struct kafka_group *group)
{
    if (group->state != KAFKA_GROUP_PREPARING_REBALANCE || group->state_before == KAFKA_GROUP_EMPTY)
        return;
    if (kafka_group_all_joined(group))
        complete(group);
}

void kafka_group_prepare(struct kafka_group *group)
{
    if (group->state == KAFKA_GROUP_COMPLETING_REBALANCE) {
        for (int32_t i = 0; i < group->member_count; i++)
            kafka_group_member_assign(group->members[i], (struct wire_bytes){.data = NULL, .bytes = 0});
        kafka_group_propagate(group, KAFKA_REBALANCE_IN_PROGRESS);
    }
    forget_pending_syncs(group);
    bool is_initial = group->state == KAFKA_GROUP_EMPTY;
    kafka_group_move(group, KAFKA_GROUP_PREPARING_REBALANCE);
    if (is_initial) {
        int64_t delay_ms = kafka_configs_number(group->groups->cluster, "group.initial.rebalance.delay.ms");
        int64_t left_ms = kafka_group_rebalance_timeout_ms(group) - delay_ms;
        group->join_delay_ms = (int32_t)delay_ms;
        group->join_left_ms = left_ms > 0 ? (int32_t)left_ms : 0;
        set_deadline(group, &group->join, delay_ms);
    } else if (kafka_group_all_joined(group)) {
        complete(group);
    } else {
        set_deadline(group, &group->join, kafka_group_rebalance_timeout_ms(group));
    }
}

void kafka_group_rebalance(struct kafka_group *group)
{
    if (group->state == KAFKA_GROUP_PREPARING_REBALANCE)
        kafka_group_maybe_complete(group);
    else
        kafka_group_prepare(group);
}

static bool put_off(struct kafka_group *group)
{
    if (group->join_delay_ms < 0 || !group->has_new_member || group->join_left_ms == 0)
        return false;
    group->has_new_member = false;
    int32_t delay_ms =
        (int32_t)kafka_configs_number(group->groups->cluster, "group.initial.rebalance.delay.ms");
    if (delay_ms > group->join_left_ms)
        delay_ms = group->join_left_ms;
    int32_t left_ms = group->join_left_ms - group->join_delay_ms;
    group->join_delay_ms = delay_ms;
    group->join_left_ms = left_ms > 0 ? left_ms : 0;
    set_deadline(group, &group->join, delay_ms);
    return true;
}

void kafka_group_on_join(struct kafka_deadline *deadline)
{
    struct kafka_group *group = KAFKA_OWNER(deadline, struct kafka_group, join);
    if (!kafka_group_is_led(group))
        return;
    if (!put_off(group))
        complete(group);
    kafka_group_check(group);
}

/* ---- sessions ---- */

void kafka_group_on_session(struct kafka_deadline *deadline)
{
    struct kafka_group_member *member = KAFKA_OWNER(deadline, struct kafka_group_member, session);
    struct kafka_group *group = member->group;
    if (!kafka_group_is_led(group))
        return;
    /* Who waits for an answer cannot send heartbeats; but a new member's JoinGroup does not wait for ever. */
    if (!member->is_new && (member->join || member->sync))
        return;
    kafka_group_fail_join(member, KAFKA_UNKNOWN_MEMBER_ID, false);
    kafka_group_remove(group, member);
    if (group->state == KAFKA_GROUP_STABLE || group->state == KAFKA_GROUP_COMPLETING_REBALANCE)
        kafka_group_prepare(group);
    else if (group->state == KAFKA_GROUP_PREPARING_REBALANCE && kafka_group_all_joined(group))
        complete(group);
    kafka_group_check(group);
}

void kafka_group_on_pending(struct kafka_deadline *deadline)
{
    struct kafka_group_pending *pending = KAFKA_OWNER(deadline, struct kafka_group_pending, session);
    struct kafka_group *group = pending->group;
    if (!kafka_group_is_led(group))
        return;
    kafka_group_remove_pending(group, pending);
    if (group->state == KAFKA_GROUP_PREPARING_REBALANCE && kafka_group_all_joined(group))
        complete(group);
    kafka_group_check(group);
}
