/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group: the table of groups, their states, and what of them outlives their coordinator. See group_private.h.
 *
 * Source: ClassicGroupState.java (which state may follow which), GroupCoordinatorRecordHelpers.java (what is
 * written), GroupMetadataManager.java (replay, onLoaded, onUnloaded).
 */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/bug.h"
#include "sim/kafka/config.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"

/* More are not compared with each other: that would cost more than all the rest. */
enum { CHECKED_MEMBERS_MAX = 64 };

#define FROM(STATE) (1U << KAFKA_GROUP_##STATE)

/* Which states may come before. */
static const unsigned came_from[] = {
    [KAFKA_GROUP_EMPTY] = FROM(PREPARING_REBALANCE),
    [KAFKA_GROUP_PREPARING_REBALANCE] = FROM(STABLE) | FROM(COMPLETING_REBALANCE) | FROM(EMPTY),
    [KAFKA_GROUP_COMPLETING_REBALANCE] = FROM(PREPARING_REBALANCE),
    [KAFKA_GROUP_STABLE] = FROM(COMPLETING_REBALANCE),
    [KAFKA_GROUP_DEAD] = FROM(STABLE) | FROM(PREPARING_REBALANCE) | FROM(COMPLETING_REBALANCE) | FROM(EMPTY),
};

const char *kafka_group_state_name(enum kafka_group_state state)
{
    switch (state) {
    case KAFKA_GROUP_EMPTY:
        return "Empty";
    case KAFKA_GROUP_PREPARING_REBALANCE:
        return "PreparingRebalance";
    case KAFKA_GROUP_COMPLETING_REBALANCE:
        return "CompletingRebalance";
    case KAFKA_GROUP_STABLE:
        return "Stable";
    case KAFKA_GROUP_DEAD:
        return "Dead";
    }
    return "";
}

void kafka_group_move(struct kafka_group *group, enum kafka_group_state state)
{
    assert(came_from[state] & (1U << group->state));
    group->state_before = group->state;
    group->state = state;
    group->state_ms = kafka_cluster_now_ms(group->groups->cluster);
}

void kafka_group_check(const struct kafka_group *group)
{
    bool is_sync_pending = false, has_leader = false;
    for (int32_t i = 0; i < group->member_count; i++) {
        const struct kafka_group_member *member = group->members[i];
        assert(member->group == group);
        assert(!member->join || group->state == KAFKA_GROUP_PREPARING_REBALANCE);
        assert(!member->sync || group->state == KAFKA_GROUP_COMPLETING_REBALANCE);
        is_sync_pending |= member->is_sync_pending;
        has_leader |= member == group->leader;
        for (int32_t j = 0; j < i && i < CHECKED_MEMBERS_MAX; j++) {
            assert(!wire_string_is_same(group->members[j]->id, member->id));
            assert(!kafka_group_member_is_static(member) ||
                   !wire_string_is_same(group->members[j]->instance_id, member->instance_id));
        }
    }
    assert(has_leader == (group->member_count > 0));
    assert(is_sync_pending == (group->sync.place != 0) || !kafka_group_is_led(group));
    switch (group->state) {
    case KAFKA_GROUP_EMPTY:
        assert(group->member_count == 0 && !group->join.place);
        break;
    case KAFKA_GROUP_PREPARING_REBALANCE:
        assert((group->join.place && !is_sync_pending) || !kafka_group_is_led(group));
        break;
    case KAFKA_GROUP_COMPLETING_REBALANCE:
    case KAFKA_GROUP_STABLE:
        assert(group->member_count > 0 && !group->join.place && group->protocol_name.bytes >= 0);
        break;
    case KAFKA_GROUP_DEAD:
        assert(!"a dead group is in no table");
    }
}

/* ---- the table ---- */

/* Where it is, or would have to be. */
static int32_t place_of(const struct kafka_groups *groups, struct wire_string id)
{
    int32_t low = 0, high = groups->count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (wire_string_compare(groups->items[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct kafka_group *kafka_group_find(struct kafka_groups *groups, struct wire_string id)
{
    int32_t place = place_of(groups, id);
    if (place == groups->count || wire_string_compare(groups->items[place]->id, id) != 0 ||
        !groups->items[place]->is_loaded)
        return NULL;
    return groups->items[place];
}

struct kafka_group *kafka_group_new(struct kafka_groups *groups, struct wire_string id)
{
    if (groups->count == groups->capacity) {
        groups->capacity = groups->capacity ? groups->capacity * 2 : 8;
        groups->items = realloc(groups->items, (size_t)groups->capacity * sizeof(*groups->items));
        assert(groups->items);
    }
    struct kafka_group *group = calloc(1, sizeof(*group));
    assert(group);
    group->groups = groups;
    group->id = kafka_copy_string(id);
    group->state = KAFKA_GROUP_EMPTY;
    group->state_before = KAFKA_GROUP_DEAD;
    group->state_ms = kafka_cluster_now_ms(groups->cluster);
    group->protocol_type.bytes = group->protocol_name.bytes = -1;
    group->join_delay_ms = -1;
    group->join.on_due = kafka_group_on_join;
    group->sync.on_due = kafka_group_on_sync;
    group->written.on_due = kafka_group_on_written;
    group->is_loaded = true;
    int32_t place = place_of(groups, id);
    assert(place == groups->count || wire_string_compare(groups->items[place]->id, id) != 0);
    memmove(groups->items + place + 1, groups->items + place,
            (size_t)(groups->count - place) * sizeof(*groups->items));
    groups->items[place] = group;
    groups->count++;
    return group;
}

static void free_image(struct kafka_group *group)
{
    struct kafka_group_image *image = group->image;
    if (!image)
        return;
    for (int32_t i = 0; i < image->member_count; i++)
        kafka_group_member_free(image->members[i]);
    free(image->members);
    free((char *)image->protocol_type.text);
    free((char *)image->protocol_name.text);
    free(image);
    group->image = NULL;
}

static void forget_topics(struct kafka_group *group)
{
    for (int32_t i = 0; i < group->topic_count; i++)
        free((char *)group->topics[i].text);
    free(group->topics);
    group->topics = NULL;
    group->topic_count = 0;
    group->knows_topics = false;
}

/* Drops what only lives in its coordinator's memory. */
static void forget_life(struct kafka_group *group)
{
    struct kafka_deadlines *deadlines = &group->groups->cluster->deadlines;
    kafka_deadline_clear(deadlines, &group->join);
    kafka_deadline_clear(deadlines, &group->sync);
    kafka_deadline_clear(deadlines, &group->written);
    while (group->member_count > 0)
        kafka_group_remove(group, group->members[group->member_count - 1]);
    while (group->pending_count > 0)
        kafka_group_remove_pending(group, group->pending[group->pending_count - 1]);
    free((char *)group->protocol_type.text);
    free((char *)group->protocol_name.text);
    group->protocol_type = group->protocol_name = (struct wire_string){.text = NULL, .bytes = -1};
    group->has_new_member = false;
    group->join_delay_ms = -1;
    forget_topics(group);
}

static void free_group(struct kafka_group *group)
{
    forget_life(group);
    free_image(group);
    kafka_offsets_deinit(group);
    kafka_offset_pending_deinit(group);
    free(group->members);
    free(group->pending);
    free((char *)group->id.text);
    free(group);
}

void kafka_group_delete(struct kafka_group *group)
{
    struct kafka_groups *groups = group->groups;
    kafka_group_move(group, KAFKA_GROUP_DEAD);
    int32_t place = place_of(groups, group->id);
    assert(groups->items[place] == group);
    groups->count--;
    memmove(groups->items + place, groups->items + place + 1,
            (size_t)(groups->count - place) * sizeof(*groups->items));
    free_group(group);
}

void kafka_group_delete_bare(struct kafka_group *group)
{
    if (group->groups->cluster->model.has_old_coordinator && group->is_loaded &&
        group->state == KAFKA_GROUP_EMPTY && group->offset_count == 0 && group->pending_offset_count == 0)
        kafka_group_delete(group);
}

struct kafka_groups *kafka_groups_new(struct kafka_cluster *cluster)
{
    struct kafka_groups *groups = calloc(1, sizeof(*groups));
    assert(groups);
    groups->cluster = cluster;
    groups->started_ms = kafka_cluster_now_ms(cluster);
    groups->expiry.on_due = kafka_offset_on_expiry;
    return groups;
}

void kafka_groups_free(struct kafka_groups *groups)
{
    if (!groups)
        return;
    kafka_deadline_clear(&groups->cluster->deadlines, &groups->expiry);
    for (int32_t i = 0; i < groups->count; i++)
        free_group(groups->items[i]);
    free(groups->items);
    kafka_offset_graves_deinit(groups);
    free(groups);
}

/* ---- what is written, and read back ---- */

void kafka_group_store(struct kafka_group *group)
{
    free_image(group);
    struct kafka_group_image *image = calloc(1, sizeof(*image));
    assert(image);
    image->generation = group->generation;
    image->protocol_type = kafka_copy_string(group->protocol_type);
    image->protocol_name = kafka_copy_string(group->protocol_name);
    image->state_ms = group->state_ms;
    image->leader = -1;
    image->member_count = group->member_count;
    image->members = calloc((size_t)group->member_count + 1, sizeof(*image->members));
    assert(image->members);
    for (int32_t i = 0; i < group->member_count; i++) {
        if (group->members[i] == group->leader)
            image->leader = i;
        image->members[i] = kafka_group_member_copy(group->members[i], group->protocol_name);
    }
    group->image = image;
    kafka_offset_plan_expiry(group);
}

static void unload(struct kafka_group *group)
{
    for (int32_t i = 0; i < group->member_count; i++) {
        struct kafka_group_member *member = group->members[i];
        struct kafka_request *sync = member->sync;
        kafka_group_fail_join(member, KAFKA_NOT_COORDINATOR, true);
        member->sync = NULL;
        if (sync)
            kafka_group_answer_sync(sync, NULL, KAFKA_NOT_COORDINATOR);
    }
    forget_life(group);
    group->is_loaded = false;
}

static void load(struct kafka_group *group)
{
    const struct kafka_group_image *image = group->image;
    int32_t member_count = image ? image->member_count : 0;
    group->is_loaded = true;
    group->state = member_count > 0 ? KAFKA_GROUP_STABLE : KAFKA_GROUP_EMPTY;
    group->state_before = KAFKA_GROUP_DEAD;
    group->state_ms = image ? image->state_ms : kafka_cluster_now_ms(group->groups->cluster);
    group->generation = image ? image->generation : 0;
    if (image) {
        group->protocol_type = kafka_copy_string(image->protocol_type);
        group->protocol_name = kafka_copy_string(image->protocol_name);
    }
    for (int32_t i = 0; i < member_count; i++) {
        struct kafka_group_member *member = kafka_group_member_copy(image->members[i], group->protocol_name);
        kafka_group_add(group, member);
        if (i == image->leader)
            group->leader = member;
        kafka_group_extend_session(member, member->session_timeout_ms);
    }
    kafka_group_learn_topics(group);
    if (group->member_count > kafka_configs_number(group->groups->cluster, "group.max.size"))
        kafka_group_prepare(group);
    kafka_offset_plan_expiry(group);
    kafka_group_check(group);
}

struct kafka_partition *kafka_group_partition(const struct kafka_group *group)
{
    return kafka_coordinator_partition(group->groups->cluster, KAFKA_GROUP_TOPIC, group->id);
}

bool kafka_group_is_led(const struct kafka_group *group)
{
    const struct kafka_partition *partition = kafka_group_partition(group);
    const struct kafka_broker *leader =
        partition ? kafka_broker_of(group->groups->cluster, partition->leader) : NULL;
    return group->is_loaded && leader && leader->state == KAFKA_BROKER_UP;
}

/* KAFKA-8069: that there is no time of expiry (-1) was read as one that is over. */
static void expire_all(struct kafka_groups *groups, const struct kafka_partition *partition)
{
    for (int32_t i = 0; i < groups->count; i++) {
        struct kafka_group *group = groups->items[i];
        if (kafka_group_partition(group) != partition)
            continue;
        for (int32_t j = 0; j < group->offset_count; j++)
            if (group->offsets[j].expire_ms == -1)
                group->offsets[j].expire_ms = 0;
        kafka_offset_plan_expiry(group);
    }
}

void kafka_groups_on_leader(struct kafka_groups *groups, const struct kafka_partition *partition)
{
    if (strcmp(partition->topic->name, KAFKA_GROUP_TOPIC) != 0)
        return;
    const struct kafka_broker *leader = kafka_broker_of(groups->cluster, partition->leader);
    for (int32_t i = groups->count; i-- > 0;) {
        struct kafka_group *group = groups->items[i];
        if (kafka_group_partition(group) != partition)
            continue;
        if (group->is_loaded)
            unload(group);
        kafka_offset_forget_log(group, partition);
        if (!group->image && group->offset_count == 0) {
            group->state = KAFKA_GROUP_EMPTY;
            kafka_group_delete(group);
        } else if (leader && leader->state == KAFKA_BROKER_UP) {
            load(group);
        }
    }
    if (!leader || leader->state != KAFKA_BROKER_UP)
        return;
    kafka_offset_read_log(groups, partition);
    if (kafka_bug_is_in(groups->cluster->model.bugs, KAFKA_BUG_EXPIRES_OFFSETS_ON_LOAD))
        expire_all(groups, partition);
}

void kafka_groups_on_topic_deleted(struct kafka_groups *groups, const struct kafka_topic *topic)
{
    bool is_theirs = strcmp(topic->name, KAFKA_GROUP_TOPIC) == 0;
    if (is_theirs)
        kafka_offset_graves_deinit(groups);
    for (int32_t i = groups->count; i-- > 0;) {
        struct kafka_group *group = groups->items[i];
        if (is_theirs) {
            unload(group);
            kafka_group_delete(group);
            continue;
        }
        struct wire_string name = wire_string_of(topic->name);
        for (int32_t j = group->offset_count; j-- > 0;)
            if (wire_string_is_same(group->offsets[j].topic, name))
                kafka_offset_delete_at(group, name, group->offsets[j].partition);
        kafka_offset_delete_pending(group, name);
        kafka_offset_plan_expiry(group);
        kafka_group_delete_bare(group);
    }
}
