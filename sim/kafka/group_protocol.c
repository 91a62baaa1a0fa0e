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

static bool member_has(const struct kafka_group_member *member, struct wire_string name)
{
    for (int32_t i = 0; i < member->protocol_count; i++)
        if (kafka_group_same(member->protocols[i].name, name))
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
    if (!kafka_group_same(group->protocol_type, join->protocol_type))
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
    const struct wire_string *best = NULL;
    int32_t best_votes = 0;
    for (int32_t i = 0; i < group->member_count; i++) {
        const struct wire_string *candidate = vote(group, group->members[i]);
        assert(candidate);
        int32_t votes = 0;
        for (int32_t j = i; j < group->member_count; j++)
            votes += kafka_group_same(*vote(group, group->members[j]), *candidate);
        if (votes > best_votes) {
            best = candidate;
            best_votes = votes;
        }
    }
    return *best;
}

bool kafka_group_is_consumers(const struct kafka_group *group)
{
    return kafka_group_same(group->protocol_type, kafka_group_string("consumer"));
}

/* ---- topics ---- */

static bool has_topic(const struct kafka_group *group, struct wire_string topic)
{
    for (int32_t i = 0; i < group->topic_count; i++)
        if (kafka_group_same(group->topics[i], topic))
            return true;
    return false;
}

static void add_topic(struct kafka_group *group, struct wire_string topic)
{
    if (has_topic(group, topic))
        return;
    group->topics = realloc(group->topics, (size_t)(group->topic_count + 1) * sizeof(*group->topics));
    assert(group->topics);
    group->topics[group->topic_count++] = kafka_group_text(topic);
}

/* Every version of the consumer protocol begins as version 0 does: version, topics, user data. */
static bool read_topics(struct kafka_group *group, struct wire_bytes metadata, struct wire_memory *memory)
{
    struct wire_consumer_protocol_subscription subscription;
    struct wire_error error;
    if (metadata.bytes < 2)
        return false;
    struct wire_input input = {.data = metadata.data, .bytes = (size_t)metadata.bytes};
    size_t position = 2;
    if (!wire_decode(&wire_consumer_protocol_subscription_schema, &input, &position, memory, &subscription,
                     &error))
        return false;
    for (int32_t i = 0; i < subscription.topics.count; i++)
        add_topic(group, subscription.topics.items[i]);
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
    wire_memory_deinit(&memory);
}

bool kafka_group_is_subscribed(const struct kafka_group *group, struct wire_string topic)
{
    return group->knows_topics ? has_topic(group, topic) : kafka_group_is_consumers(group);
}
