/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_protocol: which of its members' protocols a group uses, and which topics they say they read.
 *
 * Source: ClassicGroup.java: supportsProtocols, selectProtocol, computeSubscribedTopics, isSubscribedToTopic.
 */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/wire/prefixed.h"

static bool member_has(const struct kafka_group_member *member, struct wire_string name)
{
    for (int32_t i = 0; i < member->protocol_count; i++)
        if (wire_string_is_same(member->protocols[i].name, name))
            return true;
    return false;
}

static bool all_have(const struct kafka_group *group, struct wire_string name)
{
    for (int32_t i = 0; i < group->member_count; i++)
        if (!member_has(group->members[i], name))
            return false;
    return true;
}

bool kafka_group_supports(const struct kafka_group *group, const struct wire_join_group_request *join)
{
    if (group->state == KAFKA_GROUP_EMPTY)
        return join->protocol_type.bytes > 0 && join->protocols.count > 0;
    if (!wire_string_is_same(group->protocol_type, join->protocol_type))
        return false;
    for (int32_t i = 0; i < join->protocols.count; i++)
        if (all_have(group, join->protocols.items[i].name))
            return true;
    return false;
}

/* What the member likes best of what all have; NULL: nothing. */
static const struct wire_string *vote(const struct kafka_group *group,
                                      const struct kafka_group_member *member)
{
    for (int32_t i = 0; i < member->protocol_count; i++)
        if (all_have(group, member->protocols[i].name))
            return &member->protocols[i].name;
    return NULL;
}

/* Kafka takes any of several with as many votes; here it is the one that was voted for first. */
struct wire_string kafka_group_select_protocol(const struct kafka_group *group)
{
    assert(group->member_count > 0);
    const struct kafka_group_member *first = group->members[0];
    /* What all have the first member has, too: the votes for each of its protocols, and whose vote was the first. */
    int32_t count = first->protocol_count, best = -1;
    int32_t *votes = calloc((size_t)count, sizeof *votes),
            *voted_at = calloc((size_t)count, sizeof *voted_at);
    assert(votes && voted_at);
    for (int32_t i = 0; i < group->member_count; i++) {
        const struct wire_string *candidate = vote(group, group->members[i]);
        int32_t at = 0;
        assert(candidate);
        while (!wire_string_is_same(first->protocols[at].name, *candidate))
            at++;
        if (votes[at]++ == 0)
            voted_at[at] = i;
    }
    for (int32_t i = 0; i < count; i++)
        if (votes[i] &&
            (best < 0 || votes[i] > votes[best] || (votes[i] == votes[best] && voted_at[i] < voted_at[best])))
            best = i;
    free(votes);
    free(voted_at);
    return first->protocols[best].name;
}

bool kafka_group_is_consumers(const struct kafka_group *group)
{
    return wire_string_is_same(group->protocol_type, wire_string_of("consumer"));
}

/* ---- topics ---- */

static int compare(const void *left, const void *right)
{
    return wire_string_compare(*(const struct wire_string *)left, *(const struct wire_string *)right);
}

static bool has_topic(const struct kafka_group *group, struct wire_string topic)
{
    return group->topic_count > 0 && bsearch(&topic, group->topics, (size_t)group->topic_count,
                                             sizeof(*group->topics), compare) != NULL;
}

static void add_topics(struct kafka_group *group, const struct wire_string *topics, int32_t count)
{
    size_t total = (size_t)group->topic_count + (size_t)count;
    group->topics = realloc(group->topics, (total + 1) * sizeof(*group->topics));
    assert(group->topics);
    for (int32_t i = 0; i < count; i++)
        group->topics[group->topic_count++] = kafka_copy_string(topics[i]);
}

/* Sorted, each once. */
static void sort_topics(struct kafka_group *group)
{
    int32_t kept = 0;
    if (group->topic_count > 1)
        qsort(group->topics, (size_t)group->topic_count, sizeof(*group->topics), compare);
    for (int32_t i = 0; i < group->topic_count; i++) {
        if (kept > 0 && compare(&group->topics[kept - 1], &group->topics[i]) == 0)
            free((char *)group->topics[i].text);
        else
            group->topics[kept++] = group->topics[i];
    }
    group->topic_count = kept;
}

/* Every version of the consumer protocol begins as version 0 does: version, topics, user data. */
static bool read_topics(struct kafka_group *group, struct wire_bytes metadata, struct wire_memory *memory)
{
    struct wire_consumer_protocol_subscription subscription;
    if (!wire_prefixed_decode(metadata, &wire_consumer_protocol_subscription_schema, 0, memory,
                              &subscription))
        return false;
    add_topics(group, subscription.topics.items, subscription.topics.count);
    return true;
}

void kafka_group_learn_topics(struct kafka_group *group)
{
    for (int32_t i = 0; i < group->topic_count; i++)
        free((char *)group->topics[i].text);
    free(group->topics);
    group->topics = NULL;
    group->topic_count = 0;
    group->knows_topics = kafka_group_is_consumers(group);
    struct wire_memory memory = {0};
    for (int32_t i = 0; group->knows_topics && i < group->member_count; i++) {
        struct wire_bytes metadata = kafka_group_member_metadata(group->members[i], group->protocol_name);
        group->knows_topics = read_topics(group, metadata, &memory);
    }
    sort_topics(group);
    wire_memory_deinit(&memory);
}

bool kafka_group_is_subscribed(const struct kafka_group *group, struct wire_string topic)
{
    return group->knows_topics ? has_topic(group, topic) : kafka_group_is_consumers(group);
}
