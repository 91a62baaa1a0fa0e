/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata: which brokers there are, and who leads which partition.
 *
 * A topic that is created by being asked for is answered UNKNOWN_TOPIC_OR_PARTITION this once, as in Kafka. Without an
 * authorizer everybody may do everything. Source: KafkaApis.handleTopicMetadataRequest, KRaftMetadataCache,
 * DefaultAutoTopicCreationManager.
 */
#include <string.h>
#include "sim/kafka/api.h"
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/replication.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/errors.h"

/* Bits of AclOperation: for a topic READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS; for the
 * cluster CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE. */
enum { TOPIC_OPERATIONS = 0xdf8, CLUSTER_OPERATIONS = 0x1fa0 };
/* Who asks for no topic asks for all since version 1; creation can be declined since 4. */
enum { NULL_IS_ALL_SINCE = 1, DECLINES_CREATION_SINCE = 4, BY_TOPIC_ID_SINCE = 12 };

static void list_brokers(struct kafka_request *request, struct wire_metadata_response *response)
{
    struct kafka_cluster *cluster = request->cluster;
    response->brokers.items =
        kafka_request_take(request, (size_t)cluster->broker_count * sizeof *response->brokers.items);
    response->controller_id = kafka_broker_controller(cluster);
    for (int32_t i = 0; i < cluster->broker_count; i++) {
        const struct kafka_broker *broker = &cluster->brokers[i];
        if (!kafka_broker_is_listed(broker))
            continue;
        response->brokers.items[response->brokers.count++] =
            (struct wire_metadata_response_broker){.node_id = broker->id,
                                                   .host = wire_string_of(broker->host),
                                                   .port = broker->port,
                                                   .rack = kafka_configs_rack(cluster, broker->id)};
    }
}

/* What broker would say: the newest, but one that is isolated knows of its own partitions what it has learned. */
static struct kafka_decision known_to(const struct kafka_broker *broker,
                                      const struct kafka_partition *partition)
{
    const struct kafka_replica *own =
        broker->is_isolated ? kafka_partition_replica(partition, broker->id) : NULL;
    return own && own->learned.leader_epoch >= 0 ? own->learned : kafka_replication_newest(partition);
}

static void describe_partition(struct kafka_request *request, const struct kafka_partition *partition,
                               struct wire_metadata_response_partition *answer)
{
    const struct kafka_cluster *cluster = request->cluster;
    size_t bytes = (size_t)partition->replica_count * sizeof(int32_t);
    struct kafka_decision known = known_to(request->broker, partition);
    *answer = (struct wire_metadata_response_partition){
        .partition_index = partition->index, .leader_id = known.leader, .leader_epoch = known.leader_epoch};
    answer->replica_nodes.items = kafka_request_take(request, bytes);
    answer->isr_nodes.items = kafka_request_take(request, bytes);
    answer->offline_replicas.items = kafka_request_take(request, bytes);
    for (int32_t i = 0; i < partition->replica_count; i++) {
        const struct kafka_replica *replica = &partition->replicas[i];
        answer->replica_nodes.items[answer->replica_nodes.count++] = replica->broker;
        if (known.in_sync >> i & 1)
            answer->isr_nodes.items[answer->isr_nodes.count++] = replica->broker;
        if (!kafka_broker_is_listed(kafka_broker_of(cluster, replica->broker)))
            answer->offline_replicas.items[answer->offline_replicas.count++] = replica->broker;
    }
    if (known.leader == KAFKA_NOBODY)
        answer->error_code = KAFKA_LEADER_NOT_AVAILABLE;
}

static void describe_topic(struct kafka_request *request, const struct kafka_topic *topic,
                           struct wire_metadata_response_topic *answer)
{
    const struct wire_metadata_request *body = request->body;
    answer->name = wire_string_of(topic->name);
    answer->topic_id = topic->id;
    answer->is_internal = topic->is_internal;
    if (body->include_topic_authorized_operations)
        answer->topic_authorized_operations = TOPIC_OPERATIONS;
    answer->partitions.count = topic->partition_count;
    answer->partitions.items =
        kafka_request_take(request, (size_t)topic->partition_count * sizeof *answer->partitions.items);
    for (int32_t i = 0; i < topic->partition_count; i++)
        describe_partition(request, topic->partitions[i], &answer->partitions.items[i]);
}

static bool is_zero(const struct wire_uuid *id)
{
    static const struct wire_uuid zero;
    return !memcmp(id, &zero, sizeof zero);
}

/* Whether it could be created, and is, the next request tells. */
static int16_t create(struct kafka_request *request, struct wire_string name)
{
    const struct wire_metadata_request *body = request->body;
    bool is_wanted = request->header.api_version < DECLINES_CREATION_SINCE || body->allow_auto_topic_creation;
    if (!kafka_topic_is_legal(name))
        return KAFKA_INVALID_TOPIC_EXCEPTION;
    if (is_wanted && kafka_configs_flag(request->cluster, "auto.create.topics.enable") &&
        !kafka_coordinator_create(request->cluster, name))
        kafka_topic_auto_create(request->cluster, name);
    return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
}

static void answer_one(struct kafka_request *request, const struct wire_metadata_request_topic *asked,
                       struct wire_metadata_response_topic *answer)
{
    bool is_by_id = !is_zero(&asked->topic_id);
    const struct kafka_topic *topic = is_by_id ? kafka_topic_by_id(request->cluster, &asked->topic_id)
                                               : kafka_topic_find(request->cluster, asked->name);
    answer->name = asked->name;
    answer->topic_id = asked->topic_id;
    if (topic)
        describe_topic(request, topic, answer);
    else if (is_by_id)
        answer->error_code = KAFKA_UNKNOWN_TOPIC_ID;
    else {
        answer->error_code = create(request, asked->name);
        answer->is_internal = kafka_topic_is_internal(asked->name);
    }
}

/* All topics that are asked for. One that is asked for again is answered once. */
static const struct kafka_asked *match(struct kafka_request *request)
{
    const struct wire_metadata_request *body = request->body;
    int32_t count = body->topics.count < 0 ? 0 : body->topics.count;
    struct kafka_asked *asked = kafka_request_take(request, (size_t)count * sizeof *asked);
    for (int32_t i = 0; i < count; i++) {
        const struct wire_metadata_request_topic *topic = &body->topics.items[i];
        struct wire_string id = {.text = (const char *)topic->topic_id.byte,
                                 .bytes = sizeof topic->topic_id.byte};
        bool is_by_id = !is_zero(&topic->topic_id);
        asked[i] = (struct kafka_asked){.topic = is_by_id ? id : topic->name, .partition = is_by_id};
    }
    kafka_asked_match(request, asked, count);
    return asked;
}

/* 0, or what is wrong with the request as a whole: names are null and ids are there from version 10 on, but mean something
 * only later; and neither is an error of the broker's own. */
static int16_t fault_of(const struct kafka_request *request, bool has_ids)
{
    const struct wire_metadata_request *body = request->body;
    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct wire_metadata_request_topic *asked = &body->topics.items[i];
        if (request->header.api_version < BY_TOPIC_ID_SINCE &&
            (!asked->name.text || !is_zero(&asked->topic_id)))
            return KAFKA_INVALID_REQUEST;
        if (!asked->name.text && !has_ids)
            return KAFKA_UNKNOWN_SERVER_ERROR;
    }
    return KAFKA_NONE;
}

/* MetadataRequest.getErrorResponse: no brokers, and all that was asked for has the error. */
static void refuse(struct kafka_request *request, int16_t error)
{
    const struct wire_metadata_request *body = request->body;
    struct wire_metadata_response response;
    wire_init(&wire_metadata_response_schema, &response);
    response.topics.count = body->topics.count;
    response.topics.items =
        kafka_request_take(request, (size_t)body->topics.count * sizeof *response.topics.items);
    for (int32_t i = 0; i < response.topics.count; i++) {
        const struct wire_metadata_request_topic *asked = &body->topics.items[i];
        response.topics.items[i] = (struct wire_metadata_response_topic){
            .error_code = error,
            .name = asked->name.text ? asked->name : wire_string_of(""),
            .topic_id = asked->topic_id,
            .topic_authorized_operations = INT32_MIN,
        };
    }
    kafka_request_answer(request, &response);
}

/* If one topic is asked for by its id, names count for nothing. */
static bool asks_by_id(const struct wire_metadata_request *body)
{
    for (int32_t i = 0; i < body->topics.count; i++)
        if (!is_zero(&body->topics.items[i].topic_id))
            return true;
    return false;
}

static void list_topics(struct kafka_request *request, bool has_ids, struct wire_metadata_response *response)
{
    const struct wire_metadata_request *body = request->body;
    struct kafka_cluster *cluster = request->cluster;
    bool wants_all =
        body->topics.count < 0 || (!body->topics.count && request->header.api_version < NULL_IS_ALL_SINCE);
    int32_t count = wants_all ? cluster->topic_count : body->topics.count;
    const struct kafka_asked *asked = match(request);
    response->topics.items = kafka_request_take(request, (size_t)count * sizeof *response->topics.items);
    for (int32_t i = 0; i < count; i++) {
        if (!wants_all && (asked[i].first != i || (has_ids && is_zero(&body->topics.items[i].topic_id))))
            continue;
        struct wire_metadata_response_topic *answer = &response->topics.items[response->topics.count++];
        answer->topic_authorized_operations = INT32_MIN;
        if (wants_all)
            describe_topic(request, cluster->topics[i], answer);
        else
            answer_one(request, &body->topics.items[i], answer);
    }
}

void kafka_metadata(struct kafka_request *request)
{
    const struct wire_metadata_request *body = request->body;
    struct wire_metadata_response response = {.cluster_id = wire_string_of(request->cluster->id),
                                              .cluster_authorized_operations = INT32_MIN};
    bool has_ids = asks_by_id(body);
    int16_t fault = fault_of(request, has_ids);
    if (fault) {
        refuse(request, fault);
        return;
    }
    if (body->include_cluster_authorized_operations)
        response.cluster_authorized_operations = CLUSTER_OPERATIONS;
    list_brokers(request, &response);
    list_topics(request, has_ids, &response);
    kafka_request_answer(request, &response);
}
