/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create_topics: CreateTopics.
 *
 * Each topic is made or refused by itself, in this order: its name, one of that name, its configurations, its
 * assignment, its counts. What is made is there when the answer is. Source: ReplicationControlManager.createTopics,
 * ControllerApis.createTopics, KafkaConfigSchema.resolveEffectiveTopicConfigs. Left out: policies, quotas.
 */
#include <stdio.h>
#include "sim/kafka/admin.h"
#include "sim/kafka/api.h"
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/errors.h"

enum { CONFIG_VALUE_MAX = 32767 };

/* One topic on its way into the world. */
struct making {
    struct kafka_request *request;
    const struct wire_create_topics_request_creatable_topic *asked;
    struct kafka_config_list own;
    struct kafka_assignment *assignments;
    int32_t partition_count;
};

static struct admin_fault check_name(struct making *making)
{
    struct wire_string name = making->asked->name;
    const struct kafka_cluster *cluster = making->request->cluster;
    struct admin_fault fault = admin_name_check(making->request, name);
    const struct kafka_topic *other;

    if (kafka_topic_find(cluster, name))
        return admin_fault(making->request, KAFKA_TOPIC_ALREADY_EXISTS, "Topic '%.*s' already exists.",
                           (int)name.bytes, name.text);
    if (fault.error)
        return fault;
    other = kafka_topic_collision(cluster, name);
    if (other)
        return admin_fault(making->request, KAFKA_INVALID_TOPIC_EXCEPTION,
                           "Topic '%.*s' collides with existing topic: %s", (int)name.bytes, name.text,
                           other->name);
    return admin_no_fault();
}

static struct admin_fault refuse_nulls(struct making *making)
{
    char names[KAFKA_CONFIG_ERROR_MAX] = "";
    size_t used = 0;

    for (int32_t i = 0; i < making->asked->configs.count; i++) {
        const struct wire_create_topics_request_creatable_topic_config *config =
            &making->asked->configs.items[i];
        if (!config->value.text && used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%.*s", used ? "," : "",
                                     (int)config->name.bytes, config->name.text);
    }
    return admin_fault(making->request, KAFKA_INVALID_CONFIG,
                       "Null value not supported for topic configs: %s", names);
}

/* The last of a name counts. */
static struct admin_fault check_configs(struct making *making)
{
    char error[KAFKA_CONFIG_ERROR_MAX];

    for (int32_t i = 0; i < making->asked->configs.count; i++)
        if (!making->asked->configs.items[i].value.text)
            return refuse_nulls(making);
    for (int32_t i = 0; i < making->asked->configs.count; i++) {
        const struct wire_create_topics_request_creatable_topic_config *config =
            &making->asked->configs.items[i];
        if (config->value.bytes > CONFIG_VALUE_MAX)
            return admin_fault(making->request, KAFKA_INVALID_CONFIG,
                               "The configuration value cannot be added because it exceeds the maximum value "
                               "size of %d bytes.",
                               CONFIG_VALUE_MAX);
        kafka_config_list_set(&making->own, config->name, config->value);
    }
    if (!kafka_config_check(&making->own, making->request->cluster, error, sizeof error))
        return admin_fault(making->request, KAFKA_INVALID_CONFIG, "%s", error);
    return admin_no_fault();
}

static struct admin_fault assign_one(struct making *making, int32_t index)
{
    const struct wire_create_topics_request_creatable_replica_assignment *asked =
        &making->asked->assignments.items[index];
    struct admin_assignment assignment = {asked->broker_ids.items, asked->broker_ids.count,
                                          asked->partition_index};
    int32_t replica_count = index ? making->asked->assignments.items[index - 1].broker_ids.count : 0;
    struct kafka_assignment placed = {0};
    struct admin_fault fault;

    for (int32_t i = 0; i < index; i++)
        if (making->asked->assignments.items[i].partition_index == asked->partition_index)
            return admin_fault(making->request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                               "Found multiple manual partition assignments for partition %d",
                               asked->partition_index);
    fault = admin_assignment_check(making->request, &assignment, replica_count, &placed);
    if (!fault.error && asked->partition_index >= 0 && asked->partition_index < making->partition_count)
        making->assignments[asked->partition_index] = placed;
    return fault;
}

static struct admin_fault assign(struct making *making)
{
    struct kafka_request *request = making->request;

    if (making->asked->replication_factor != -1)
        return admin_fault(request, KAFKA_INVALID_REQUEST,
                           "A manual partition assignment was specified, but replication factor was not set "
                           "to -1.");
    if (making->asked->num_partitions != -1)
        return admin_fault(
            request, KAFKA_INVALID_REQUEST,
            "A manual partition assignment was specified, but numPartitions was not set to -1.");
    making->partition_count = making->asked->assignments.count;
    making->assignments =
        kafka_request_take(request, (size_t)making->partition_count * sizeof *making->assignments);
    for (int32_t i = 0; i < making->partition_count; i++) {
        struct admin_fault fault = assign_one(making, i);
        if (fault.error)
            return fault;
    }
    for (int32_t i = 0; i < making->partition_count; i++)
        if (making->assignments[i].count == 0)
            return admin_fault(request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                               "partitions should be a consecutive 0-based integer sequence");
    return admin_no_fault();
}

static int32_t partitions_of(const struct kafka_cluster *cluster, int32_t asked)
{
    return asked == -1 ? (int32_t)kafka_configs_number(cluster, "num.partitions") : asked;
}

static struct admin_fault place(struct making *making)
{
    struct kafka_request *request = making->request;
    int32_t replica_count = making->asked->replication_factor;
    struct admin_fault fault;

    if (replica_count < -1 || replica_count == 0)
        return admin_fault(request, KAFKA_INVALID_REPLICATION_FACTOR,
                           "Replication factor must be larger than 0, or -1 to use the default value.");
    if (making->asked->num_partitions < -1 || making->asked->num_partitions == 0)
        return admin_fault(request, KAFKA_INVALID_PARTITIONS,
                           "Number of partitions was set to an invalid non-positive value.");
    if (replica_count == -1)
        replica_count = (int32_t)kafka_configs_number(request->cluster, "default.replication.factor");
    making->partition_count = partitions_of(request->cluster, making->asked->num_partitions);
    making->assignments =
        kafka_request_take(request, (size_t)making->partition_count * sizeof *making->assignments);
    fault = admin_place(request, 0, making->partition_count, replica_count, making->assignments);
    if (fault.error)
        return admin_fault(request, fault.error, "Unable to replicate the partition %d time(s): %.*s",
                           replica_count, (int)fault.message.bytes, fault.message.text);
    return fault;
}

/* ---- the answer ----------------------------------------------------------------------------------------- */

/* Where the value comes from; Kafka tells it here as it was written, and by another rule than in DescribeConfigs: the
 * nearest layer that has any of the names. */
static struct kafka_config_found find(const struct making *making, const struct kafka_config_key *key,
                                      int8_t *source_out)
{
    const struct kafka_cluster *cluster = making->request->cluster;
    const struct {
        const struct kafka_config_list *list;
        int8_t source;
    } layers[] = {
        {kafka_configs_dynamic(cluster, kafka_broker_controller(cluster)), KAFKA_CONFIG_FROM_BROKER},
        {kafka_configs_dynamic(cluster, 0), KAFKA_CONFIG_FROM_BROKERS},
        {kafka_configs_settings(cluster), KAFKA_CONFIG_FROM_SETTINGS},
    };
    const char *names[KAFKA_CONFIG_SYNONYMS_MAX];
    int32_t count = kafka_config_synonyms(key->name, names);
    const char *text = kafka_config_list_find(&making->own, key->name);

    *source_out = KAFKA_CONFIG_FROM_TOPIC;
    if (text)
        return (struct kafka_config_found){text, 1};
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        for (int32_t j = 0; j < count; j++) {
            text = kafka_config_list_find(layers[i].list, names[j]);
            *source_out = layers[i].source;
            if (text)
                return (struct kafka_config_found){text, kafka_configs_unit(names[j])};
        }
    }
    *source_out = KAFKA_CONFIG_FROM_DEFAULTS;
    return (struct kafka_config_found){key->value, 1};
}

static struct wire_string copy(struct kafka_request *request, struct kafka_config_found found)
{
    if (!found.text)
        return (struct wire_string){NULL, -1};
    if (found.unit == 1)
        return admin_text(request, "%s", found.text);
    return admin_text(request, "%lld", (long long)(kafka_config_value_number(found.text) * found.unit));
}

static void tell_configs(const struct making *making,
                         struct wire_create_topics_response_creatable_topic_result *answer)
{
    int32_t count;
    const struct kafka_config_key *keys = kafka_config_keys(KAFKA_CONFIG_OF_TOPICS, &count);
    uint8_t release = (uint8_t)(1 << making->request->cluster->model.release);

    answer->configs.items =
        kafka_request_take(making->request, (size_t)count * sizeof *answer->configs.items);
    for (int32_t i = 0; i < count; i++) {
        struct wire_create_topics_response_creatable_topic_configs *config =
            &answer->configs.items[answer->configs.count];
        if (!(keys[i].releases & release) ||
            (keys[i].is_internal && !kafka_config_list_find(&making->own, keys[i].name)))
            continue;
        config->name = wire_string_of(keys[i].name);
        config->value = copy(making->request, find(making, &keys[i], &config->config_source));
        answer->configs.count++;
    }
}

static struct admin_fault check(struct making *making)
{
    struct admin_fault fault = check_name(making);

    if (!fault.error)
        fault = check_configs(making);
    if (!fault.error)
        fault = making->asked->assignments.count > 0 ? assign(making) : place(making);
    return fault;
}

static void make(struct kafka_request *request,
                 const struct wire_create_topics_request_creatable_topic *asked,
                 struct wire_create_topics_response_creatable_topic_result *answer)
{
    const struct wire_create_topics_request *body = request->body;
    struct making making = {.request = request, .asked = asked};
    struct admin_fault fault = check(&making);

    answer->error_code = fault.error;
    answer->error_message = fault.message;
    if (!fault.error) {
        answer->num_partitions = making.partition_count;
        answer->replication_factor = (int16_t)making.assignments[0].count;
        tell_configs(&making, answer);
        if (body->validate_only) {
            answer->topic_id = kafka_cluster_uuid(request->cluster);
        } else {
            struct kafka_topic *topic =
                kafka_topic_new(request->cluster, asked->name, making.assignments, making.partition_count);
            kafka_config_replace(&topic->config, request->cluster, &making.own);
            answer->topic_id = topic->id;
        }
    }
    kafka_config_list_deinit(&making.own);
}

/* ---- the request ---------------------------------------------------------------------------------------- */

/* asked: the names of its topics. */
static bool is_too_much(const struct kafka_request *request, const struct kafka_asked *asked)
{
    const struct wire_create_topics_request *body = request->body;
    int64_t total = 0;

    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct wire_create_topics_request_creatable_topic *topic = &body->topics.items[i];
        int32_t partitions = partitions_of(request->cluster, topic->num_partitions);
        if (asked[i].first == asked[i].last)
            total += topic->assignments.count > 0 ? topic->assignments.count
                     : partitions > 0             ? partitions
                                                  : 0;
    }
    return total > KAFKA_TOPIC_PARTITIONS_AT_ONCE;
}

static struct wire_create_topics_response_creatable_topic_result *
append(struct wire_create_topics_response *response, struct wire_string name, struct admin_fault fault)
{
    struct wire_create_topics_response_creatable_topic_result *answer =
        &response->topics.items[response->topics.count++];

    *answer = (struct wire_create_topics_response_creatable_topic_result){.name = name,
                                                                          .error_code = fault.error,
                                                                          .error_message = fault.message,
                                                                          .num_partitions = -1,
                                                                          .replication_factor = -1};
    return answer;
}

static void make_all(struct kafka_request *request, const struct kafka_asked *asked,
                     struct wire_create_topics_response *response)
{
    const struct wire_create_topics_request *body = request->body;
    struct wire_string metadata = wire_string_of("__cluster_metadata");
    bool has_metadata = false;

    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct wire_create_topics_request_creatable_topic *topic = &body->topics.items[i];
        bool is_metadata = wire_string_is_same(topic->name, metadata);
        if (asked[i].first != asked[i].last)
            continue;
        has_metadata |= is_metadata;
        if (!is_metadata)
            make(request, topic, append(response, topic->name, admin_no_fault()));
    }
    for (int32_t i = 0; i < body->topics.count; i++)
        if (asked[i].first == i && asked[i].last != i)
            append(response, asked[i].topic,
                   admin_fault(request, KAFKA_INVALID_REQUEST, "Duplicate topic name."));
    if (has_metadata)
        append(response, metadata,
               admin_fault(request, KAFKA_INVALID_REQUEST,
                           "Creation of internal topic __cluster_metadata is prohibited."));
}

void kafka_create_topics(struct kafka_request *request)
{
    const struct wire_create_topics_request *body = request->body;
    struct wire_create_topics_response response;
    int32_t count = body->topics.count > 0 ? body->topics.count : 0;
    const struct kafka_asked *asked = kafka_asked_names(request, count ? &body->topics.items[0].name : NULL,
                                                        count, sizeof body->topics.items[0]);

    wire_init(&wire_create_topics_response_schema, &response);
    response.topics.items = kafka_request_take(request, (size_t)count * sizeof *response.topics.items);
    if (is_too_much(request, asked)) {
        for (int32_t i = 0; i < count; i++)
            append(&response, body->topics.items[i].name,
                   admin_fault(request, KAFKA_POLICY_VIOLATION,
                               "Excessively large number of partitions per request."));
    } else {
        make_all(request, asked, &response);
    }
    kafka_request_answer(request, &response);
}
