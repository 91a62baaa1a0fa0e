/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elect_leaders: ElectLeaders: of the preferred leader, or of anybody who is alive (unclean). Source:
 * ReplicationControlManager.electLeaders.
 */
#include "sim/kafka/admin.h"
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/errors.h"

enum { PREFERRED = 0, UNCLEAN = 1 };

static bool is_alive(const struct kafka_partition *partition, int32_t replica)
{
    const struct kafka_broker *broker =
        kafka_broker_of(partition->topic->cluster, partition->replicas[replica].broker);

    return kafka_broker_is_listed(broker);
}

static int16_t elect_preferred(struct kafka_partition *partition)
{
    struct kafka_broker *broker = kafka_broker_of(partition->topic->cluster, partition->replicas[0].broker);

    if (partition->leader == broker->id)
        return KAFKA_ELECTION_NOT_NEEDED;
    return kafka_broker_elect(broker, partition) ? KAFKA_NONE : KAFKA_PREFERRED_LEADER_NOT_AVAILABLE;
}

static int16_t elect_unclean(struct kafka_partition *partition)
{
    if (partition->leader != KAFKA_NOBODY)
        return KAFKA_ELECTION_NOT_NEEDED;
    for (int32_t i = 0; i < partition->replica_count; i++) {
        if (is_alive(partition, i)) {
            kafka_partition_lead(partition, partition->replicas[i].broker);
            return KAFKA_NONE;
        }
    }
    return KAFKA_ELIGIBLE_LEADERS_NOT_AVAILABLE;
}

static struct admin_fault elect(struct kafka_partition *partition, int8_t type)
{
    int16_t error = type == PREFERRED ? elect_preferred(partition) : elect_unclean(partition);

    return error ? admin_fault_plain(error) : admin_no_fault();
}

static struct admin_fault elect_one(struct kafka_request *request, struct wire_string name, int32_t index)
{
    const struct wire_elect_leaders_request *body = request->body;
    struct kafka_topic *topic = kafka_topic_find(request->cluster, name);
    struct kafka_partition *partition = kafka_topic_partition(topic, index);

    if (body->election_type != PREFERRED && body->election_type != UNCLEAN)
        return admin_fault(request, KAFKA_INVALID_REQUEST, "Unknown election type %d", body->election_type);
    if (!topic)
        return admin_fault(request, KAFKA_UNKNOWN_TOPIC_OR_PARTITION, "No such topic as %.*s",
                           (int)name.bytes, name.text);
    if (!partition)
        return admin_fault(request, KAFKA_UNKNOWN_TOPIC_OR_PARTITION, "No such partition as %.*s-%d",
                           (int)name.bytes, name.text, index);
    return elect(partition, body->election_type);
}

static void append(struct wire_elect_leaders_response_replica_election_result *result, int32_t index,
                   struct admin_fault fault)
{
    result->partition_result.items[result->partition_result.count++] =
        (struct wire_elect_leaders_response_partition_result){
            .partition_id = index, .error_code = fault.error, .error_message = fault.message};
}

static void elect_asked(struct kafka_request *request, struct wire_elect_leaders_response *response)
{
    const struct wire_elect_leaders_request *body = request->body;
    int32_t count = body->topic_partitions.count;

    response->replica_election_results.items =
        kafka_request_take(request, (size_t)count * sizeof *response->replica_election_results.items);
    for (int32_t i = 0; i < count; i++) {
        const struct wire_elect_leaders_request_topic_partitions *asked = &body->topic_partitions.items[i];
        struct wire_elect_leaders_response_replica_election_result *result =
            &response->replica_election_results.items[i];
        int32_t partitions = asked->partitions.count > 0 ? asked->partitions.count : 0;
        result->topic = asked->topic;
        result->partition_result.items =
            kafka_request_take(request, (size_t)partitions * sizeof *result->partition_result.items);
        for (int32_t j = 0; j < partitions; j++)
            append(result, asked->partitions.items[j],
                   elect_one(request, asked->topic, asked->partitions.items[j]));
    }
    response->replica_election_results.count = count;
}

/* Of all partitions only those are listed that needed it. */
static void elect_all(struct kafka_request *request, struct wire_elect_leaders_response *response)
{
    const struct wire_elect_leaders_request *body = request->body;
    struct kafka_cluster *cluster = request->cluster;
    int32_t count = cluster->topic_count;

    response->replica_election_results.items =
        kafka_request_take(request, (size_t)count * sizeof *response->replica_election_results.items);
    for (int32_t i = 0; i < count; i++) {
        struct kafka_topic *topic = cluster->topics[i];
        struct wire_elect_leaders_response_replica_election_result *result =
            &response->replica_election_results.items[i];
        result->topic = wire_string_of(topic->name);
        result->partition_result.items = kafka_request_take(
            request, (size_t)topic->partition_count * sizeof *result->partition_result.items);
        for (int32_t j = 0; j < topic->partition_count; j++) {
            struct admin_fault fault = elect(topic->partitions[j], body->election_type);
            if (fault.error != KAFKA_ELECTION_NOT_NEEDED)
                append(result, j, fault);
        }
    }
    response->replica_election_results.count = count;
}

void kafka_elect_leaders(struct kafka_request *request)
{
    const struct wire_elect_leaders_request *body = request->body;
    bool is_known = body->election_type == PREFERRED || body->election_type == UNCLEAN;
    struct wire_elect_leaders_response response;

    wire_init(&wire_elect_leaders_response_schema, &response);
    response.error_code = is_known ? KAFKA_NONE : KAFKA_INVALID_REQUEST;
    if (body->topic_partitions.count >= 0)
        elect_asked(request, &response);
    else if (is_known)
        elect_all(request, &response);
    kafka_request_answer(request, &response);
}
