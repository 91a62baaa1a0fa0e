/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_fetch: OffsetFetch: what a group has committed; -1 and no error where it has not, or where there is no group.
 *
 *   version 0..1   errors stand at each partition      8..   several groups, each with its error
 *   2..7           one error for all                   10..  topics by id
 *
 * With require_stable, where a transaction has an offset pending: UNSTABLE_OFFSET_COMMIT.
 * Source: KafkaApis.scala (handleOffsetFetchRequest), OffsetMetadataManager.java, OffsetFetchResponse.java.
 */
#include "sim/kafka/group_private.h"

#include "sim/kafka/broker.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/topic.h"

enum {
    FIRST_VERSION_IN_KAFKA = 1, /* version 0 was for ZooKeeper's offsets */
    FIRST_VERSION_WITH_ONE_ERROR = 2,
    FIRST_VERSION_OF_SEVERAL = 8,
    FIRST_VERSION_WITH_IDS = 10,
};

static const struct wire_uuid no_id;

static bool requires_stable(const struct kafka_request *request)
{
    const struct wire_offset_fetch_request *fetch = request->body;
    return fetch->require_stable;
}

static bool same_id(const struct wire_uuid *one, const struct wire_uuid *other)
{
    return __builtin_memcmp(one, other, sizeof(*one)) == 0;
}

/* offset NULL: none. */
static struct wire_offset_fetch_response_partitions describe(int32_t partition,
                                                             const struct kafka_offset *offset, int16_t error)
{
    return (struct wire_offset_fetch_response_partitions){
        .partition_index = partition,
        .committed_offset = offset ? offset->offset : -1,
        .committed_leader_epoch = offset ? offset->leader_epoch : -1,
        .metadata = offset ? offset->metadata : wire_string_of(""),
        .error_code = error,
    };
}

/* What was committed for a topic of that name before it was made anew is not its own. */
static const struct kafka_offset *offset_of(const struct kafka_group *group, struct wire_string name,
                                            const struct wire_uuid *id, int32_t partition)
{
    const struct kafka_offset *offset = group ? kafka_offset_find(group, name, partition) : NULL;
    if (offset && !same_id(id, &no_id) && !same_id(&offset->topic_id, &no_id) &&
        !same_id(id, &offset->topic_id))
        return NULL;
    return offset;
}

static void fill_topic(struct kafka_request *request, const struct kafka_group *group,
                       const struct wire_offset_fetch_request_topics *asked, int16_t error,
                       struct wire_offset_fetch_response_topics *out)
{
    out->topic_id = asked->topic_id;
    out->name = asked->name;
    struct wire_string name = asked->name;
    if (request->header.api_version >= FIRST_VERSION_WITH_IDS) {
        const struct kafka_topic *topic = kafka_topic_by_id(request->cluster, &asked->topic_id);
        if (topic)
            name = wire_string_of(topic->name);
        else
            error = KAFKA_UNKNOWN_TOPIC_ID;
    }
    out->partitions.count = asked->partition_indexes.count;
    out->partitions.items =
        kafka_request_take(request, (size_t)asked->partition_indexes.count * sizeof(*out->partitions.items));
    for (int32_t i = 0; i < asked->partition_indexes.count; i++) {
        int32_t partition = asked->partition_indexes.items[i];
        int16_t own_error = error;
        if (!error && group && requires_stable(request) && kafka_offset_is_pending(group, name, partition))
            own_error = KAFKA_UNSTABLE_OFFSET_COMMIT;
        const struct kafka_offset *offset =
            own_error ? NULL : offset_of(group, name, &asked->topic_id, partition);
        out->partitions.items[i] = describe(partition, offset, own_error);
    }
}

/* Topics by id that nobody knows come last. */
static void fill_asked(struct kafka_request *request, const struct kafka_group *group, int16_t error,
                       const struct wire_offset_fetch_request_group *asked,
                       struct wire_offset_fetch_response_group *out)
{
    out->topics.items = kafka_request_take(request, (size_t)asked->topics.count * sizeof(*out->topics.items));
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t i = 0; i < asked->topics.count; i++) {
            const struct wire_offset_fetch_request_topics *topic = &asked->topics.items[i];
            bool is_unknown = request->header.api_version >= FIRST_VERSION_WITH_IDS &&
                              !kafka_topic_by_id(request->cluster, &topic->topic_id);
            if (is_unknown == (pass == 1))
                fill_topic(request, group, topic, error, &out->topics.items[out->topics.count++]);
        }
    }
}

static void fill_all(struct kafka_request *request, const struct kafka_group *group,
                     struct wire_offset_fetch_response_group *out)
{
    int32_t count = group ? group->offset_count : 0;
    struct wire_offset_fetch_response_partitions *partitions =
        kafka_request_take(request, (size_t)count * sizeof(*partitions));
    out->topics.items = kafka_request_take(request, (size_t)count * sizeof(*out->topics.items));
    struct wire_offset_fetch_response_topics *at = NULL;
    for (int32_t i = 0; i < count; i++) {
        const struct kafka_offset *offset = &group->offsets[i];
        const struct kafka_topic *topic = kafka_topic_find(request->cluster, offset->topic);
        if (request->header.api_version >= FIRST_VERSION_WITH_IDS && !topic)
            continue;
        if (!at || !wire_string_is_same(at->name, offset->topic)) {
            at = &out->topics.items[out->topics.count++];
            at->name = offset->topic;
            at->topic_id = topic ? topic->id : no_id;
            at->partitions.items = partitions + i;
        }
        bool is_unstable =
            requires_stable(request) && kafka_offset_is_pending(group, offset->topic, offset->partition);
        at->partitions.items[at->partitions.count++] =
            describe(offset->partition, is_unstable ? NULL : offset,
                     is_unstable ? KAFKA_UNSTABLE_OFFSET_COMMIT : KAFKA_NONE);
    }
}

static void fill_group(struct kafka_request *request, const struct wire_offset_fetch_request_group *asked,
                       struct wire_offset_fetch_response_group *out)
{
    out->group_id = asked->group_id;
    int16_t error = KAFKA_NONE;
    if (request->header.api_version < FIRST_VERSION_IN_KAFKA)
        error = KAFKA_UNSUPPORTED_VERSION;
    else if (asked->group_id.bytes < 0)
        error = KAFKA_INVALID_GROUP_ID;
    else if (!kafka_coordinator_is(request->broker, asked->group_id))
        error = KAFKA_NOT_COORDINATOR;
    const struct kafka_group *group =
        error ? NULL : kafka_group_find(request->cluster->groups, asked->group_id);
    if (error && request->header.api_version >= FIRST_VERSION_WITH_ONE_ERROR)
        out->error_code = error;
    else if (asked->topics.count < 0)
        fill_all(request, group, out);
    else
        fill_asked(request, group, error, asked, out);
}

static void answer_several(struct kafka_request *request, const struct wire_offset_fetch_request *fetch)
{
    struct wire_offset_fetch_response response;
    wire_init(&wire_offset_fetch_response_schema, &response);
    response.groups.count = fetch->groups.count;
    response.groups.items =
        kafka_request_take(request, (size_t)fetch->groups.count * sizeof(*response.groups.items));
    for (int32_t i = 0; i < fetch->groups.count; i++)
        fill_group(request, &fetch->groups.items[i], &response.groups.items[i]);
    kafka_request_answer(request, &response);
}

/* Both forms say the same of a topic; but the newer one may name it by id. */
static void answer_one(struct kafka_request *request, const struct wire_offset_fetch_request *fetch)
{
    struct wire_offset_fetch_request_group asked = {.group_id = fetch->group_id,
                                                    .topics.count = fetch->topics.count};
    size_t count = (size_t)(fetch->topics.count > 0 ? fetch->topics.count : 0);
    asked.topics.items = kafka_request_take(request, count * sizeof(*asked.topics.items));
    for (int32_t i = 0; i < fetch->topics.count; i++) {
        asked.topics.items[i].name = fetch->topics.items[i].name;
        asked.topics.items[i].partition_indexes.items = fetch->topics.items[i].partition_indexes.items;
        asked.topics.items[i].partition_indexes.count = fetch->topics.items[i].partition_indexes.count;
    }
    struct wire_offset_fetch_response_group group = {0};
    fill_group(request, &asked, &group);
    struct wire_offset_fetch_response response;
    wire_init(&wire_offset_fetch_response_schema, &response);
    response.error_code = group.error_code;
    response.topics.count = group.topics.count;
    response.topics.items =
        kafka_request_take(request, (size_t)group.topics.count * sizeof(*response.topics.items));
    for (int32_t i = 0; i < group.topics.count; i++) {
        const struct wire_offset_fetch_response_topics *from = &group.topics.items[i];
        struct wire_offset_fetch_response_topic *to = &response.topics.items[i];
        to->name = from->name;
        to->partitions.count = from->partitions.count;
        to->partitions.items =
            kafka_request_take(request, (size_t)from->partitions.count * sizeof(*to->partitions.items));
        for (int32_t j = 0; j < from->partitions.count; j++)
            to->partitions.items[j] = (struct wire_offset_fetch_response_partition){
                .partition_index = from->partitions.items[j].partition_index,
                .committed_offset = from->partitions.items[j].committed_offset,
                .committed_leader_epoch = from->partitions.items[j].committed_leader_epoch,
                .metadata = from->partitions.items[j].metadata,
                .error_code = from->partitions.items[j].error_code,
            };
    }
    kafka_request_answer(request, &response);
}

void kafka_offset_fetch(struct kafka_request *request)
{
    const struct wire_offset_fetch_request *fetch = request->body;
    if (request->header.api_version >= FIRST_VERSION_OF_SEVERAL)
        answer_several(request, fetch);
    else
        answer_one(request, fetch);
}
