/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create_partitions: CreatePartitions. Source: ReplicationControlManager.createPartitions, ControllerApis.createPartitions.
 */
#include "sim/kafka/admin.h"
#include "sim/kafka/api.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/errors.h"

/* One topic that is to grow. */
struct growing {
    struct kafka_request *request;
    const struct wire_create_partitions_request_topic *asked;
    struct kafka_topic *topic;
    int32_t additional;
    struct kafka_assignment *assignments;
};

static struct admin_fault check_count(struct growing *growing)
{
    struct wire_string name = growing->asked->name;
    int32_t now;

    growing->topic = kafka_topic_find(growing->request->cluster, name);
    if (!growing->topic)
        return (struct admin_fault){KAFKA_UNKNOWN_TOPIC_OR_PARTITION, {NULL, -1}};
    now = growing->topic->partition_count;
    if (growing->asked->count == now)
        return admin_fault(growing->request, KAFKA_INVALID_PARTITIONS, "Topic already has %d partition(s).",
                           now);
    if (growing->asked->count < now)
        return admin_fault(growing->request, KAFKA_INVALID_PARTITIONS,
                           "The topic %.*s currently has %d partition(s); %d would not be an increase.",
                           (int)name.bytes, name.text, now, growing->asked->count);
    growing->additional = growing->asked->count - now;
    return admin_no_fault();
}

static struct admin_fault assign(struct growing *growing)
{
    int32_t count = growing->asked->assignments.count;
    int32_t replica_count = growing->topic->partitions[0]->replica_count;

    for (int32_t i = 0; i < count; i++) {
        const struct wire_create_partitions_request_assignment *asked = &growing->asked->assignments.items[i];
        struct admin_assignment assignment = {asked->broker_ids.items, asked->broker_ids.count,
                                              growing->topic->partition_count + i};
        struct admin_fault fault =
            admin_assignment_check(growing->request, &assignment, replica_count, &growing->assignments[i]);
        if (fault.error)
            return fault;
    }
    return admin_no_fault();
}

static struct admin_fault place(struct growing *growing)
{
    struct kafka_request *request = growing->request;
    int32_t assigned = growing->asked->assignments.count;

    if (assigned >= 0 && assigned != growing->additional)
        return admin_fault(request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                           "Attempted to add %d additional partition(s), but only %d assignment(s) were "
                           "specified.",
                           growing->additional, assigned);
    if (growing->additional >
        KAFKA_TOPIC_PARTITIONS_AT_ONCE) /* BoundedList's exception, which has no error of its own */
        return (struct admin_fault){KAFKA_UNKNOWN_SERVER_ERROR, {NULL, -1}};
    growing->assignments =
        kafka_request_take(request, (size_t)growing->additional * sizeof *growing->assignments);
    if (assigned >= 0)
        return assign(growing);
    return admin_place(request, growing->topic->partition_count, growing->additional,
                       growing->topic->partitions[0]->replica_count, growing->assignments);
}

static struct admin_fault grow(struct kafka_request *request,
                               const struct wire_create_partitions_request_topic *asked)
{
    const struct wire_create_partitions_request *body = request->body;
    struct growing growing = {.request = request, .asked = asked};
    struct admin_fault fault = check_count(&growing);

    if (!fault.error)
        fault = place(&growing);
    if (!fault.error && !body->validate_only)
        kafka_topic_grow(growing.topic, growing.assignments, growing.additional);
    return fault;
}

static int32_t named(const struct wire_create_partitions_request *body, struct wire_string name, int32_t end)
{
    int32_t count = 0;

    for (int32_t i = 0; i < end; i++)
        count += admin_is_same(body->topics.items[i].name, name);
    return count;
}

static void append(struct wire_create_partitions_response *response, struct wire_string name,
                   struct admin_fault fault)
{
    response->results.items[response->results.count++] =
        (struct wire_create_partitions_response_topic_result){
            .name = name, .error_code = fault.error, .error_message = fault.message};
}

void kafka_create_partitions(struct kafka_request *request)
{
    const struct wire_create_partitions_request *body = request->body;
    struct wire_create_partitions_response response;
    int32_t count = body->topics.count > 0 ? body->topics.count : 0;

    wire_init(&wire_create_partitions_response_schema, &response);
    response.results.items = kafka_request_take(request, (size_t)count * sizeof *response.results.items);
    for (int32_t i = 0; i < count; i++) {
        struct wire_string name = body->topics.items[i].name;
        if (named(body, name, count) > 1 && named(body, name, i) == 0)
            append(&response, name, admin_fault(request, KAFKA_INVALID_REQUEST, "Duplicate topic name."));
    }
    for (int32_t i = 0; i < count; i++) {
        const struct wire_create_partitions_request_topic *topic = &body->topics.items[i];
        if (named(body, topic->name, count) == 1)
            append(&response, topic->name, grow(request, topic));
    }
    kafka_request_answer(request, &response);
}
