/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offsets: what groups have committed, and OffsetCommit.
 *
 *   topics and partitions that do not exist are refused first; what is left goes to the coordinator, which looks at
 *   the group: simple commits (generation -1, no member) only while it is empty or new, members' only in their
 *   generation, and not between JoinGroup and SyncGroup. Nobody asks who owns a partition; offsets may go back.
 *
 * simplified: version 0 (ZooKeeper's offsets) fails by partition,
 * not as a whole. Source: KafkaApis.scala
 * (handleOffsetCommitRequest), OffsetMetadataManager.java, ClassicGroup.java (validateOffsetCommit).
 */
#include "sim/kafka/group_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"

enum {
    FIRST_VERSION_IN_KAFKA = 1, /* version 0 was for ZooKeeper's offsets */
    FIRST_VERSION_WITH_IDS = 10,
    FIRST_VERSION_WITHOUT_GROUP = 9, /* that is, which may say GROUP_ID_NOT_FOUND */
};

/* ---- the store ---- */

static int compare_place(const struct kafka_offset *offset, struct wire_string topic, int32_t partition)
{
    int order = wire_string_compare(offset->topic, topic);
    return order ? order : (offset->partition > partition) - (offset->partition < partition);
}

static int32_t place_of(const struct kafka_group *group, struct wire_string topic, int32_t partition)
{
    int32_t low = 0, high = group->offset_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (compare_place(&group->offsets[middle], topic, partition) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct kafka_offset *kafka_offset_find(const struct kafka_group *group, struct wire_string topic,
                                       int32_t partition)
{
    int32_t place = place_of(group, topic, partition);
    if (place == group->offset_count || compare_place(&group->offsets[place], topic, partition) != 0)
        return NULL;
    return &group->offsets[place];
}

/* All but the topic's name. */
static void drop(struct kafka_offset *offset)
{
    if (offset->under)
        free((char *)offset->under->metadata.text);
    free(offset->under);
    free((char *)offset->metadata.text);
}

/* The ordinary commit that has to stay known below what a transaction puts over old. */
static struct kafka_offset *cover(struct kafka_offset *old)
{
    if (old->is_transactional) {
        free((char *)old->metadata.text);
        return old->under;
    }
    struct kafka_offset *under = malloc(sizeof(*under));
    assert(under);
    *under = *old;
    under->topic = (struct wire_string){.text = NULL, .bytes = -1}; /* that of the one above */
    return under;
}

void kafka_offset_put(struct kafka_group *group, const struct kafka_offset *offset)
{
    int32_t place = place_of(group, offset->topic, offset->partition);
    struct kafka_offset fresh = *offset;
    fresh.metadata = kafka_copy_string(offset->metadata);
    fresh.under = NULL;
    if (place < group->offset_count &&
        compare_place(&group->offsets[place], offset->topic, offset->partition) == 0) {
        fresh.topic = group->offsets[place].topic;
        if (offset->is_transactional)
            fresh.under = cover(&group->offsets[place]);
        else
            drop(&group->offsets[place]);
        group->offsets[place] = fresh;
        return;
    }
    if (group->offset_count == group->offset_capacity) {
        group->offset_capacity = group->offset_capacity ? group->offset_capacity * 2 : 8;
        group->offsets = realloc(group->offsets, (size_t)group->offset_capacity * sizeof(*group->offsets));
        assert(group->offsets);
    }
    fresh.topic = kafka_copy_string(offset->topic);
    memmove(group->offsets + place + 1, group->offsets + place,
            (size_t)(group->offset_count - place) * sizeof(*group->offsets));
    group->offsets[place] = fresh;
    group->offset_count++;
}

void kafka_offset_remove(struct kafka_group *group, struct kafka_offset *offset)
{
    free((char *)offset->topic.text);
    drop(offset);
    int32_t place = (int32_t)(offset - group->offsets);
    group->offset_count--;
    memmove(group->offsets + place, group->offsets + place + 1,
            (size_t)(group->offset_count - place) * sizeof(*group->offsets));
}

void kafka_offsets_deinit(struct kafka_group *group)
{
    while (group->offset_count > 0)
        kafka_offset_remove(group, &group->offsets[group->offset_count - 1]);
    free(group->offsets);
    group->offsets = NULL;
    group->offset_capacity = 0;
}

/* ---- OffsetCommit ---- */

static int16_t group_fault(const struct kafka_group *group, const struct wire_offset_commit_request *commit)
{
    int32_t generation = commit->generation_id_or_member_epoch;
    if (generation < 0 && group->state == KAFKA_GROUP_EMPTY)
        return KAFKA_NONE;
    if (generation >= 0 || commit->member_id.bytes > 0 || commit->group_instance_id.bytes >= 0) {
        int16_t fault = kafka_group_member_fault(group, commit->member_id, commit->group_instance_id);
        if (fault)
            return fault;
        if (generation != group->generation)
            return KAFKA_ILLEGAL_GENERATION;
    } else if (group->state != KAFKA_GROUP_EMPTY) {
        return KAFKA_UNKNOWN_MEMBER_ID;
    }
    return group->state == KAFKA_GROUP_COMPLETING_REBALANCE ? KAFKA_REBALANCE_IN_PROGRESS : KAFKA_NONE;
}

/* Of its partition of __consumer_offsets: it takes nothing then (NOT_ENOUGH_REPLICAS to the coordinator). */
static bool lacks_replicas(const struct kafka_request *request)
{
    const struct wire_offset_commit_request *commit = request->body;
    const struct kafka_partition *partition =
        kafka_coordinator_partition(request->cluster, KAFKA_GROUP_TOPIC, commit->group_id);
    return kafka_partition_in_sync_count(partition) < kafka_partition_in_sync_minimum(partition);
}

/* 0, or why nothing of it is committed. A simple commit makes the group that it is for. */
static int16_t fault_of(const struct kafka_request *request, struct kafka_group **group_out)
{
    const struct wire_offset_commit_request *commit = request->body;
    struct kafka_groups *groups = request->cluster->groups;
    if (request->header.api_version < FIRST_VERSION_IN_KAFKA)
        return KAFKA_UNSUPPORTED_VERSION;
    if (commit->group_id.bytes < 0)
        return KAFKA_INVALID_GROUP_ID;
    if (!kafka_coordinator_is(request->broker, commit->group_id))
        return KAFKA_NOT_COORDINATOR;
    struct kafka_group *group = kafka_group_find(groups, commit->group_id);
    if (!group && commit->generation_id_or_member_epoch >= 0) {
        bool says_so = request->header.api_version >= FIRST_VERSION_WITHOUT_GROUP;
        return says_so && !request->cluster->model.has_old_coordinator ? KAFKA_GROUP_ID_NOT_FOUND
                                                                       : KAFKA_ILLEGAL_GENERATION;
    }
    bool is_short = lacks_replicas(request);
    if (!group && is_short)
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    if (!group)
        group = kafka_group_new(groups, commit->group_id);
    int16_t fault = group_fault(group, commit);
    if (fault)
        return fault;
    struct kafka_group_member *member = kafka_group_member_of(group, commit->member_id);
    if (member && group->state != KAFKA_GROUP_EMPTY)
        kafka_group_extend_session(member, member->session_timeout_ms);
    if (is_short)
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    *group_out = group;
    return KAFKA_NONE;
}

/* As in Java, a sum that is too large is a negative one: then it has expired already. */
static int64_t expire_ms(const struct kafka_request *request)
{
    const struct wire_offset_commit_request *commit = request->body;
    uint64_t sum = (uint64_t)kafka_cluster_now_ms(request->cluster) + (uint64_t)commit->retention_time_ms;
    return commit->retention_time_ms == -1 ? -1 : (int64_t)sum;
}

static int16_t commit_one(struct kafka_group *group, const struct kafka_request *request,
                          const struct kafka_topic *topic,
                          const struct wire_offset_commit_request_partition *partition)
{
    if (kafka_coordinator_utf16_length(partition->committed_metadata) >
        kafka_configs_number(request->cluster, "offset.metadata.max.bytes"))
        return KAFKA_OFFSET_METADATA_TOO_LARGE;
    int64_t now_ms = kafka_cluster_now_ms(request->cluster);
    bool is_dated = request->header.api_version == 1 && partition->commit_timestamp != -1;
    struct kafka_offset offset = {
        .topic = wire_string_of(topic->name),
        .partition = partition->partition_index,
        .offset = partition->committed_offset,
        .leader_epoch = partition->committed_leader_epoch < 0 ? -1 : partition->committed_leader_epoch,
        .metadata =
            partition->committed_metadata.bytes < 0 ? wire_string_of("") : partition->committed_metadata,
        .topic_id = topic->id,
        .commit_ms = is_dated ? partition->commit_timestamp : now_ms,
        .expire_ms = expire_ms(request),
        .record_offset = kafka_partition_leader(kafka_group_partition(group))->log.end_offset,
    };
    kafka_offset_put(group, &offset);
    return KAFKA_NONE;
}

/* What is known of a topic of the request, before anybody asks for the group. */
struct known {
    const struct kafka_topic *topic;
    int16_t error; /* of all its partitions */
};

static struct known look_up(const struct kafka_request *request,
                            const struct wire_offset_commit_request_topic *topic)
{
    bool has_ids = request->header.api_version >= FIRST_VERSION_WITH_IDS;
    struct known known = {
        .topic = has_ids ? kafka_topic_by_id(request->cluster, &topic->topic_id)
                         : kafka_topic_find(request->cluster, topic->name),
    };
    if (!known.topic)
        known.error = has_ids ? KAFKA_UNKNOWN_TOPIC_ID : KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    return known;
}

static int16_t partition_fault(const struct known *known, int32_t partition)
{
    if (known->error)
        return known->error;
    return kafka_topic_partition(known->topic, partition) ? KAFKA_NONE : KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
}

/* The response in Kafka's order: what fails at the door, then what the coordinator saw. Within a topic likewise. A topic
 * that is named twice is answered once if anything failed at the door, else twice (OffsetCommitResponse.Builder). */
struct sheet {
    struct kafka_request *request;
    struct known *known;
    struct wire_offset_commit_response_topic *topics;
    int32_t *index_of;         /* a topic's in topics; -1: not there yet */
    struct kafka_asked *asked; /* the topics of the request */
    int32_t *partitions_max;   /* of a topic at its first place: in all its places */
    int32_t topic_count;
    bool has_refused;
};

static void match_topics(struct sheet *sheet)
{
    const struct wire_offset_commit_request *commit = sheet->request->body;
    bool has_ids = sheet->request->header.api_version >= FIRST_VERSION_WITH_IDS;
    for (int32_t i = 0; i < commit->topics.count; i++) {
        const struct wire_offset_commit_request_topic *topic = &commit->topics.items[i];
        struct wire_string id = {(const char *)topic->topic_id.byte, sizeof topic->topic_id.byte};
        sheet->asked[i].topic = has_ids ? id : topic->name;
        sheet->index_of[i] = -1;
    }
    kafka_asked_match(sheet->request, sheet->asked, commit->topics.count);
    for (int32_t i = 0; i < commit->topics.count; i++)
        sheet->partitions_max[sheet->asked[i].first] += commit->topics.items[i].partitions.count;
}

static void write(struct sheet *sheet, int32_t topic_index, int32_t partition, int16_t error)
{
    const struct wire_offset_commit_request *commit = sheet->request->body;
    const struct wire_offset_commit_request_topic *asked = &commit->topics.items[topic_index];
    int32_t first = sheet->asked[topic_index].first;
    int32_t *index = &sheet->index_of[sheet->has_refused ? first : topic_index];
    if (*index < 0) {
        *index = sheet->topic_count;
        struct wire_offset_commit_response_topic *fresh = &sheet->topics[sheet->topic_count++];
        fresh->name = asked->name;
        fresh->topic_id = asked->topic_id;
        int32_t count = sheet->has_refused ? sheet->partitions_max[first] : asked->partitions.count;
        fresh->partitions.items =
            kafka_request_take(sheet->request, (size_t)count * sizeof(*fresh->partitions.items));
    }
    struct wire_offset_commit_response_topic *topic = &sheet->topics[*index];
    topic->partitions.items[topic->partitions.count++] = (struct wire_offset_commit_response_partition){
        .partition_index = partition,
        .error_code = error,
    };
}

/* Writes what the door refuses. The number of partitions that it lets pass. */
static int32_t write_refused(struct sheet *sheet)
{
    const struct wire_offset_commit_request *commit = sheet->request->body;
    int32_t passed = 0;
    for (int32_t i = 0; i < commit->topics.count; i++) {
        sheet->known[i] = look_up(sheet->request, &commit->topics.items[i]);
        for (int32_t j = 0; j < commit->topics.items[i].partitions.count; j++) {
            int32_t partition = commit->topics.items[i].partitions.items[j].partition_index;
            int16_t error = partition_fault(&sheet->known[i], partition);
            sheet->has_refused |= error != KAFKA_NONE;
            if (error)
                write(sheet, i, partition, error);
            else
                passed++;
        }
    }
    return passed;
}

void kafka_offset_commit(struct kafka_request *request)
{
    const struct wire_offset_commit_request *commit = request->body;
    size_t count = (size_t)(commit->topics.count > 0 ? commit->topics.count : 0);
    struct sheet sheet = {
        .request = request,
        .known = kafka_request_take(request, count * sizeof(*sheet.known)),
        .topics = kafka_request_take(request, count * sizeof(*sheet.topics)),
        .index_of = kafka_request_take(request, count * sizeof(*sheet.index_of)),
        .asked = kafka_request_take(request, count * sizeof(*sheet.asked)),
        .partitions_max = kafka_request_take(request, count * sizeof(*sheet.partitions_max)),
    };
    match_topics(&sheet);
    if (write_refused(&sheet) > 0) {
        struct kafka_group *group = NULL;
        int16_t fault = fault_of(request, &group);
        for (int32_t i = 0; i < commit->topics.count; i++) {
            for (int32_t j = 0; j < commit->topics.items[i].partitions.count; j++) {
                const struct wire_offset_commit_request_partition *partition =
                    &commit->topics.items[i].partitions.items[j];
                if (partition_fault(&sheet.known[i], partition->partition_index))
                    continue;
                int16_t error = fault ? fault : commit_one(group, request, sheet.known[i].topic, partition);
                write(&sheet, i, partition->partition_index, error);
            }
        }
        if (group)
            kafka_offset_plan_expiry(group);
    }
    struct wire_offset_commit_response response;
    wire_init(&wire_offset_commit_response_schema, &response);
    response.topics.items = sheet.topics;
    response.topics.count = sheet.topic_count;
    kafka_request_answer(request, &response);
}
