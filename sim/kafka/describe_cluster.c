/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe_cluster: DescribeCluster. Brokers know nothing of controllers' endpoints. Source: KafkaApis.scala,
 * AuthHelper.computeDescribeClusterResponse.
 */
#include "sim/kafka/admin.h"
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/wire/configuration.h"
#include "sim/kafka/wire/errors.h"

enum { OF_BROKERS = 1, OF_CONTROLLERS = 2 };
/* Bits of AclOperation: CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE. */
enum { CLUSTER_OPERATIONS = 0x1fa0 };

static struct admin_fault check_type(struct kafka_request *request)
{
    const struct wire_describe_cluster_request *body = request->body;

    if (body->endpoint_type == OF_BROKERS)
        return admin_no_fault();
    if (body->endpoint_type == OF_CONTROLLERS)
        return admin_fault(request, KAFKA_MISMATCHED_ENDPOINT_TYPE,
                           "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of "
                           "type CONTROLLER");
    return admin_fault(request, KAFKA_UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type %d",
                       body->endpoint_type);
}

static void list_brokers(struct kafka_request *request, struct wire_describe_cluster_response *response)
{
    const struct wire_describe_cluster_request *body = request->body;
    const struct kafka_cluster *cluster = request->cluster;

    response->brokers.items =
        kafka_request_take(request, (size_t)cluster->broker_count * sizeof *response->brokers.items);
    for (int32_t i = 0; i < cluster->broker_count; i++) {
        const struct kafka_broker *broker = &cluster->brokers[i];
        if (!kafka_broker_is_listed(broker) && !body->include_fenced_brokers)
            continue;
        response->brokers.items[response->brokers.count++] = (struct wire_describe_cluster_response_broker){
            .broker_id = broker->id,
            .host = wire_string_of(broker->host),
            .port = broker->port,
            .rack = kafka_configs_rack(cluster, broker->id),
            .is_fenced = !kafka_broker_is_listed(broker),
        };
    }
}

void kafka_describe_cluster(struct kafka_request *request)
{
    const struct wire_describe_cluster_request *body = request->body;
    struct wire_describe_cluster_response response;
    struct admin_fault fault = check_type(request);

    wire_init(&wire_describe_cluster_response_schema, &response);
    response.error_code = fault.error;
    response.error_message = fault.message;
    response.endpoint_type = OF_BROKERS;
    response.cluster_id = wire_string_of("");
    response.controller_id = -1;
    response.cluster_authorized_operations = INT32_MIN;
    if (!fault.error) {
        response.cluster_id = wire_string_of(request->cluster->id);
        response.controller_id = kafka_broker_controller(request->cluster);
        list_brokers(request, &response);
        if (body->include_cluster_authorized_operations)
            response.cluster_authorized_operations = CLUSTER_OPERATIONS;
    }
    kafka_request_answer(request, &response);
}
