/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe_configs: DescribeConfigs of topics, of a broker, of all brokers (the empty name), of a broker's loggers.
 *
 * A value comes with its synonyms: the same, or what stands in for it, under other names and from other sources, the
 * nearest first. Names come sorted (Apache Kafka: in the order of its hash table). is_default is never true, as in KRaft.
 * Left out: documentation (who asks gets empty text), client metrics (empty), groups (INVALID_REQUEST, as 3.9), loggers
 * but root. Source: ConfigHelper.scala, ConfigHelperUtils.java.
 */
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/admin.h"
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/configuration.h"
#include "sim/kafka/wire/errors.h"

enum { OF_TOPIC = 2, OF_BROKER = 4, OF_LOGGERS = 8, OF_CLIENT_METRICS = 16 };

/* One resource that is described. */
struct describing {
    struct kafka_request *request;
    const struct wire_describe_configs_request_resource *asked;
    struct wire_describe_configs_response_result *result;
    int32_t capacity;
    bool is_of_all; /* brokers */
};

static struct wire_string null_string(void)
{
    return (struct wire_string){NULL, -1};
}

static bool is_wanted(const struct describing *describing, const char *name)
{
    int32_t count = describing->asked->configuration_keys.count;

    for (int32_t i = 0; i < count; i++)
        if (wire_string_is_same(describing->asked->configuration_keys.items[i], wire_string_of(name)))
            return true;
    return count <= 0;
}

static struct wire_describe_configs_response_resource_result *append(struct describing *describing,
                                                                     const char *name)
{
    const struct wire_describe_configs_request *body = describing->request->body;
    struct wire_describe_configs_response_resource_result *entry;

    if (describing->result->configs.count == describing->capacity) {
        int32_t capacity = describing->capacity ? 2 * describing->capacity : 64;
        void *items = kafka_request_take(describing->request,
                                         (size_t)capacity * sizeof *describing->result->configs.items);
        if (describing->capacity)
            memcpy(items, describing->result->configs.items,
                   (size_t)describing->capacity * sizeof *describing->result->configs.items);
        describing->result->configs.items = items;
        describing->capacity = capacity;
    }
    entry = &describing->result->configs.items[describing->result->configs.count++];
    *entry = (struct wire_describe_configs_response_resource_result){
        .name = wire_string_of(name), .value = null_string(), .documentation = null_string()};
    if (body->include_documentation)
        entry->documentation = wire_string_of("");
    return entry;
}

/* As Kafka writes it after having read it. */
static struct wire_string value_of(struct kafka_request *request, const struct kafka_config_key *key,
                                   struct kafka_config_found found)
{
    char *text;
    int64_t number;

    if (!found.text || key->type == KAFKA_CONFIG_PASSWORD)
        return null_string();
    if (found.unit != 1) {
        number = kafka_config_value_number(found.text);
        return admin_text(request, "%lld", (long long)(number < 0 ? -1 : number * found.unit));
    }
    text = kafka_request_take(request, strlen(found.text) + KAFKA_CONFIG_VALUE_ROOM);
    kafka_config_value_text(&request->cluster->model, key, found.text, text);
    return wire_string_of(text);
}

/* ---- synonyms ------------------------------------------------------------------------------------------- */

enum { SYNONYMS_MAX = 1 + 4 * KAFKA_CONFIG_SYNONYMS_MAX };

struct synonyms {
    struct wire_describe_configs_response_synonym items[SYNONYMS_MAX];
    int32_t count;
};

static void add_synonym(struct synonyms *synonyms, const char *name, struct wire_string value, int8_t source)
{
    synonyms->items[synonyms->count++] = (struct wire_describe_configs_response_synonym){
        .name = wire_string_of(name), .value = value, .source = source};
}

/* The brokers have their own of these. NULL: name is none of them. */
static const char *identity(struct kafka_request *request, const char *name)
{
    const struct kafka_broker *broker = request->broker;

    if (strcmp(name, "broker.id") == 0 || strcmp(name, "node.id") == 0)
        return admin_text(request, "%d", broker->id).text;
    if (strcmp(name, "listeners") == 0 || strcmp(name, "advertised.listeners") == 0)
        return admin_text(request, "PLAINTEXT://%s:%u", broker->host, broker->port).text;
    if (strcmp(name, "process.roles") == 0)
        return "broker,controller";
    struct wire_string rack = kafka_configs_rack(request->cluster, broker->id);
    if (strcmp(name, "broker.rack") == 0 && rack.bytes > 0)
        return admin_text(request, "%.*s", (int)rack.bytes, rack.text).text;
    return NULL;
}

static const char *setting(struct kafka_request *request, const char *name)
{
    const char *text = kafka_config_list_find(kafka_configs_settings(request->cluster), name);

    return text ? text : identity(request, name);
}

static const char *default_of(const struct kafka_request *request, const char *name)
{
    const struct kafka_config_key *key =
        kafka_config_key_of(&request->cluster->model, KAFKA_CONFIG_OF_BROKERS, wire_string_of(name));

    return key ? key->value : NULL;
}

static const char *in_layer(struct kafka_request *request, int8_t source, const char *name)
{
    const struct kafka_cluster *cluster = request->cluster;

    switch ((enum kafka_config_source)source) {
    case KAFKA_CONFIG_FROM_BROKER:
        return kafka_config_list_find(kafka_configs_dynamic(cluster, request->broker->id), name);
    case KAFKA_CONFIG_FROM_BROKERS:
        return kafka_config_list_find(kafka_configs_dynamic(cluster, 0), name);
    case KAFKA_CONFIG_FROM_SETTINGS:
        return setting(request, name);
    case KAFKA_CONFIG_FROM_DEFAULTS:
        return default_of(request, name);
    case KAFKA_CONFIG_FROM_TOPIC:
    case KAFKA_CONFIG_FROM_LOGGER:
        break;
    }
    return NULL;
}

/* ConfigHelper.configSynonyms: begins with name's own; there are none if it is nowhere under that name. */
static void find_synonyms(struct describing *describing, const char *name, bool is_secret,
                          struct synonyms *synonyms)
{
    const char *names[KAFKA_CONFIG_SYNONYMS_MAX];
    int32_t count = kafka_configs_synonyms(name, names);
    bool has_begun = false;

    for (int8_t source = KAFKA_CONFIG_FROM_BROKER; source <= KAFKA_CONFIG_FROM_DEFAULTS; source++) {
        for (int32_t i = 0; i < count; i++) {
            const char *text = in_layer(describing->request, source, names[i]);
            has_begun |= text && strcmp(names[i], name) == 0;
            if (text && has_begun && (!describing->is_of_all || source == KAFKA_CONFIG_FROM_BROKERS))
                add_synonym(synonyms, names[i], is_secret ? null_string() : wire_string_of(text), source);
        }
    }
}

static void take_synonyms(struct describing *describing, const struct synonyms *synonyms,
                          struct wire_describe_configs_response_resource_result *entry)
{
    const struct wire_describe_configs_request *body = describing->request->body;
    size_t bytes = (size_t)synonyms->count * sizeof synonyms->items[0];

    entry->config_source = synonyms->count ? synonyms->items[0].source : KAFKA_CONFIG_FROM_DEFAULTS;
    if (!body->include_synonyms || !synonyms->count)
        return;
    entry->synonyms.items = kafka_request_take(describing->request, bytes);
    memcpy(entry->synonyms.items, synonyms->items, bytes);
    entry->synonyms.count = synonyms->count;
}

/* ---- resources ------------------------------------------------------------------------------------------ */

static void describe_topic_key(struct describing *describing, const struct kafka_topic *topic,
                               const struct kafka_config_key *key)
{
    struct kafka_request *request = describing->request;
    struct wire_describe_configs_response_resource_result *entry = append(describing, key->name);
    const char *names[KAFKA_CONFIG_SYNONYMS_MAX];
    struct synonyms synonyms = {.count = 0};

    entry->value = value_of(
        request, key, kafka_config_find(request->cluster, request->broker->id, &topic->config.own, key));
    entry->config_type = (int8_t)key->type;
    if (kafka_config_list_find(&topic->config.own, key->name))
        add_synonym(&synonyms, key->name, entry->value, KAFKA_CONFIG_FROM_TOPIC);
    if (kafka_config_synonyms(key->name, names))
        find_synonyms(describing, names[0], false, &synonyms);
    take_synonyms(describing, &synonyms, entry);
}

static struct admin_fault describe_topic(struct describing *describing)
{
    struct kafka_request *request = describing->request;
    struct admin_fault fault = admin_name_check(request, describing->asked->resource_name);
    const struct kafka_topic *topic = kafka_topic_find(request->cluster, describing->asked->resource_name);
    int32_t count;
    const struct kafka_config_key *keys = kafka_config_keys(KAFKA_CONFIG_OF_TOPICS, &count);

    if (fault.error)
        return fault;
    if (!topic)
        return admin_fault(request, KAFKA_UNKNOWN_TOPIC_OR_PARTITION, "%s", "");
    for (int32_t i = 0; i < count; i++) {
        bool is_hidden = keys[i].is_internal && !kafka_config_list_find(&topic->config.own, keys[i].name);
        if (keys[i].releases & 1 << request->cluster->model.release && !is_hidden &&
            is_wanted(describing, keys[i].name))
            describe_topic_key(describing, topic, &keys[i]);
    }
    return admin_no_fault();
}

/* key NULL: a name that Kafka does not know, and so takes for a secret. */
static void describe_broker_key(struct describing *describing, const struct kafka_config_key *key,
                                const char *name)
{
    struct kafka_request *request = describing->request;
    struct wire_describe_configs_response_resource_result *entry = append(describing, name);
    int32_t id = describing->is_of_all ? 0 : request->broker->id;
    const char *text = kafka_config_list_find(kafka_configs_dynamic(request->cluster, id), name);
    struct synonyms synonyms = {.count = 0};

    entry->is_sensitive = !key || key->type == KAFKA_CONFIG_PASSWORD;
    entry->read_only = !key || key->update == KAFKA_CONFIG_READ_ONLY;
    if (key) {
        entry->config_type = (int8_t)key->type;
        if (!text && !describing->is_of_all)
            text = identity(request, name);
        if (!text)
            text = kafka_configs_text(request->cluster, id, name);
        entry->value = value_of(request, key, (struct kafka_config_found){text, 1});
    }
    find_synonyms(describing, name, entry->is_sensitive, &synonyms);
    take_synonyms(describing, &synonyms, entry);
}

/* What was set dynamically; of one broker only what the table lacks. */
static void describe_set(struct describing *describing, const struct kafka_config_list *list)
{
    for (int32_t i = 0; i < list->count; i++) {
        const char *name = list->items[i].name;
        const struct kafka_config_key *key = kafka_config_key_of(
            &describing->request->cluster->model, KAFKA_CONFIG_OF_BROKERS, wire_string_of(name));
        if ((describing->is_of_all || !key) && is_wanted(describing, name))
            describe_broker_key(describing, key, name);
    }
}

/* The broker that is named must be the one that is asked. */
static struct admin_fault check_broker(struct describing *describing, const char *or_empty)
{
    struct kafka_request *request = describing->request;
    struct wire_string name = describing->asked->resource_name;
    int64_t id;

    if (!kafka_config_value_integer(name, &id))
        return admin_fault(request, KAFKA_INVALID_REQUEST, "Broker id must be an integer, but it is: %.*s",
                           (int)name.bytes, name.text);
    if (id != request->broker->id)
        return admin_fault(request, KAFKA_INVALID_REQUEST,
                           "Unexpected broker id, expected %d%s but received %.*s", request->broker->id,
                           or_empty, (int)name.bytes, name.text);
    return admin_no_fault();
}

static struct admin_fault describe_broker(struct describing *describing)
{
    struct kafka_request *request = describing->request;
    struct admin_fault fault;
    int32_t count;
    const struct kafka_config_key *keys = kafka_config_keys(KAFKA_CONFIG_OF_BROKERS, &count);

    describing->is_of_all = describing->asked->resource_name.bytes <= 0;
    if (describing->is_of_all) {
        describe_set(describing, kafka_configs_dynamic(request->cluster, 0));
        return admin_no_fault();
    }
    fault = check_broker(describing, " or empty string,");
    if (fault.error)
        return fault;
    for (int32_t i = 0; i < count; i++)
        if (keys[i].releases & 1 << request->cluster->model.release && !keys[i].is_internal &&
            is_wanted(describing, keys[i].name))
            describe_broker_key(describing, &keys[i], keys[i].name);
    describe_set(describing, kafka_configs_dynamic(request->cluster, request->broker->id));
    return admin_no_fault();
}

static struct admin_fault describe_loggers(struct describing *describing)
{
    struct kafka_request *request = describing->request;
    struct wire_describe_configs_response_resource_result *entry;
    struct admin_fault fault;

    if (describing->asked->resource_name.bytes <= 0)
        return admin_fault(request, KAFKA_INVALID_REQUEST, "Broker id must not be empty");
    fault = check_broker(describing, "");
    if (!fault.error && is_wanted(describing, "root")) {
        entry = append(describing, "root");
        entry->value = wire_string_of(kafka_configs_log_level(request->cluster, request->broker->id));
        entry->config_source = KAFKA_CONFIG_FROM_LOGGER;
        entry->documentation = wire_string_of("");
    }
    return fault;
}

static struct admin_fault describe_client_metrics(struct describing *describing)
{
    if (describing->asked->resource_name.bytes <= 0)
        return admin_fault(describing->request, KAFKA_INVALID_REQUEST,
                           "Client metrics subscription name must not be empty");
    return admin_no_fault();
}

static void describe(struct describing *describing)
{
    struct admin_fault fault = admin_no_fault();

    switch (describing->asked->resource_type) {
    case OF_TOPIC:
        fault = describe_topic(describing);
        break;
    case OF_BROKER:
        fault = describe_broker(describing);
        break;
    case OF_LOGGERS:
        fault = describe_loggers(describing);
        break;
    case OF_CLIENT_METRICS:
        fault = describe_client_metrics(describing);
        break;
    }
    describing->result->error_code = fault.error;
    describing->result->error_message = fault.message.text ? fault.message : wire_string_of("");
}

static bool is_describable(int8_t type)
{
    return type == OF_TOPIC || type == OF_BROKER || type == OF_LOGGERS || type == OF_CLIENT_METRICS;
}

void kafka_describe_configs(struct kafka_request *request)
{
    const struct wire_describe_configs_request *body = request->body;
    int32_t count = body->resources.count > 0 ? body->resources.count : 0;
    struct wire_describe_configs_response response;
    bool are_describable = true;

    wire_init(&wire_describe_configs_response_schema, &response);
    response.results.items = kafka_request_take(request, (size_t)count * sizeof *response.results.items);
    response.results.count = count;
    /* One that cannot be takes all with it. */
    for (int32_t i = 0; i < count; i++)
        are_describable &= is_describable(body->resources.items[i].resource_type);
    for (int32_t i = 0; i < count; i++) {
        struct wire_describe_configs_response_result *result = &response.results.items[i];
        struct describing describing = {
            .request = request, .asked = &body->resources.items[i], .result = result};
        result->resource_type = describing.asked->resource_type;
        result->resource_name = describing.asked->resource_name;
        if (are_describable) {
            describe(&describing);
        } else {
            struct admin_fault fault = admin_fault_plain(KAFKA_INVALID_REQUEST);
            result->error_code = fault.error;
            result->error_message = fault.message;
        }
    }
    kafka_request_answer(request, &response);
}
