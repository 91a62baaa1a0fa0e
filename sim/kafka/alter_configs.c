/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alter_configs: AlterConfigs, which replaces all that was set, and IncrementalAlterConfigs, which changes some of it.
 *
 * Both become a list of changes to what is set on a topic, on a broker (the one that is asked), on all brokers (the
 * empty name) or on a broker's root logger; each resource is changed as a whole or not at all. Left out: client metrics
 * and groups, names with a listener's prefix, policies. Simplified: AlterConfigs of one resource twice is refused
 * like the other; Apache Kafka never answers it. Source: ConfigAdminManager.scala, DynamicBrokerConfig.java,
 * ConfigurationControlManager.java, ControllerConfigurationValidator.scala.
 */
#include <stdio.h>
#include <string.h>
#include "sim/kafka/admin.h"
#include "sim/kafka/api.h"
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/configuration.h"
#include "sim/kafka/wire/errors.h"

enum { OF_TOPIC = 2, OF_BROKER = 4, OF_LOGGERS = 8 };
enum { VALUE_MAX = 32767 };

enum operation { SET, DELETE, APPEND, SUBTRACT };

struct change {
    struct wire_string name, value;
    int8_t operation; /* enum operation, if the client is right */
};

/* One resource that is changed. */
struct altering {
    struct kafka_request *request;
    int8_t type;
    struct wire_string name;
    struct change *changes;
    int32_t count;
    bool is_incremental, is_tried; /* tried: nothing changes */
    struct kafka_config_list now;  /* what will be set */
};

static struct admin_fault refuse(const struct altering *altering, const char *why)
{
    return admin_fault(altering->request, KAFKA_INVALID_REQUEST, "%s", why);
}

static struct admin_fault refuse_size(const struct altering *altering)
{
    return admin_fault(altering->request, KAFKA_INVALID_CONFIG,
                       "The configuration value cannot be added because it exceeds the maximum value size of "
                       "%d bytes.",
                       VALUE_MAX);
}

/* ---- changes -------------------------------------------------------------------------------------------- */

static struct admin_fault check_changes(const struct altering *altering)
{
    char nulls[KAFKA_CONFIG_ERROR_MAX] = "";
    const struct kafka_asked *asked;
    size_t used = 0;

    asked = kafka_asked_names(altering->request, &altering->changes->name, altering->count,
                              sizeof *altering->changes);
    for (int32_t i = 0; i < altering->count; i++)
        if (asked[i].first != i)
            return refuse(altering, "Error due to duplicate config keys");
    for (int32_t i = 0; i < altering->count; i++) {
        const struct change *change = &altering->changes[i];
        if (!change->value.text && change->operation != DELETE && used < sizeof nulls)
            used += (size_t)snprintf(nulls + used, sizeof nulls - used, "%s%.*s", used ? ", " : "",
                                     (int)change->name.bytes, change->name.text);
    }
    if (used)
        return admin_fault(altering->request, KAFKA_INVALID_REQUEST, "Null value not supported for : %s",
                           nulls);
    return admin_no_fault();
}

/* Is the element in the list, as it is written? */
static bool is_in(struct wire_string list, const char *element, size_t bytes)
{
    const char *at = list.text, *end = list.text + list.bytes;

    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t length = (size_t)((comma ? comma : end) - at);
        if (length == bytes && memcmp(at, element, bytes) == 0)
            return true;
        at += length + 1;
    }
    return false;
}

/* Appends to out those elements of from that are not in without, nor empty. */
static size_t gather(struct wire_string from, struct wire_string without, char *out, size_t used)
{
    const char *at = from.text, *end = from.text + from.bytes;

    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t length = (size_t)((comma ? comma : end) - at);
        if (length > 0 && !is_in(without, at, length)) {
            if (used)
                out[used++] = ',';
            memcpy(out + used, at, length);
            used += length;
        }
        at += length + 1;
    }
    return used;
}

static struct admin_fault change_list(struct altering *altering, const struct change *change,
                                      const struct kafka_config_key *key)
{
    const char *name = change->operation == APPEND ? "APPEND" : "SUBTRACT";
    struct wire_string none = {"", 0}, old, value = change->value;
    const char *text;
    char *list;
    size_t bytes;

    if (!key || key->type != KAFKA_CONFIG_LIST) {
        if (altering->type == OF_BROKER && !key)
            return admin_fault(altering->request, KAFKA_INVALID_CONFIG, "Unknown config name: %.*s",
                               (int)change->name.bytes, change->name.text);
        if (altering->type == OF_BROKER)
            return admin_fault(altering->request, KAFKA_INVALID_CONFIG,
                               "Config value %s is not allowed for config key: %s",
                               change->operation == APPEND ? "append" : "subtract", key->name);
        return admin_fault(altering->request, KAFKA_INVALID_CONFIG,
                           "Can't %s to key %.*s because its type is not LIST.", name,
                           (int)change->name.bytes, change->name.text);
    }
    if (value.bytes > VALUE_MAX)
        return refuse_size(altering);
    text = kafka_config_list_find(&altering->now, key->name);
    old = wire_string_of(text ? text : key->value ? key->value : "");
    list = kafka_request_take(altering->request, (size_t)old.bytes + (size_t)value.bytes + 2);
    bytes = gather(old, change->operation == SUBTRACT ? value : none, list, 0);
    if (change->operation == APPEND)
        bytes = gather(value, old, list, bytes);
    kafka_config_list_set(&altering->now, change->name, (struct wire_string){list, (int32_t)bytes});
    return admin_no_fault();
}

static enum kafka_config_scope scope_of(const struct altering *altering)
{
    return altering->type == OF_TOPIC ? KAFKA_CONFIG_OF_TOPICS : KAFKA_CONFIG_OF_BROKERS;
}

/* From what was set to what will be. */
static struct admin_fault apply(struct altering *altering, const struct kafka_config_list *set)
{
    const struct kafka_model *model = &altering->request->cluster->model;

    if (altering->is_incremental)
        kafka_config_list_copy(set, &altering->now);
    for (int32_t i = 0; i < altering->count; i++) {
        const struct change *change = &altering->changes[i];
        const struct kafka_config_key *key = kafka_config_key_of(model, scope_of(altering), change->name);
        struct admin_fault fault = admin_no_fault();
        if (change->operation == SET)
            kafka_config_list_set(&altering->now, change->name, change->value);
        else if (change->operation == DELETE)
            kafka_config_list_set(&altering->now, change->name, (struct wire_string){NULL, -1});
        else if (change->operation == APPEND || change->operation == SUBTRACT)
            fault = change_list(altering, change, key);
        else if (altering->type == OF_BROKER)
            fault = admin_fault(altering->request, KAFKA_INVALID_REQUEST, "Unknown operations type %d",
                                change->operation);
        else
            fault = (struct admin_fault){KAFKA_UNKNOWN_SERVER_ERROR, {NULL, -1}};
        if (fault.error)
            return fault;
    }
    for (int32_t i = 0; i < altering->now.count; i++)
        if (strlen(altering->now.items[i].value) > VALUE_MAX)
            return refuse_size(altering);
    return admin_no_fault();
}

/* ---- of a topic ----------------------------------------------------------------------------------------- */

static struct admin_fault alter_topic(struct altering *altering)
{
    static const struct kafka_config_list nothing;
    struct kafka_cluster *cluster = altering->request->cluster;
    struct kafka_topic *topic = kafka_topic_find(cluster, altering->name);
    char error[KAFKA_CONFIG_ERROR_MAX];
    struct admin_fault fault = apply(altering, topic ? &topic->config.own : &nothing);

    if (fault.error)
        return fault;
    if (altering->name.bytes <= 0)
        return refuse(altering, "Default topic resources are not allowed.");
    fault = admin_name_check(altering->request, altering->name);
    if (fault.error)
        return fault;
    if (!kafka_config_check(&altering->now, cluster, error, sizeof error))
        return admin_fault(altering->request, KAFKA_INVALID_CONFIG, "%s", error);
    if (!topic)
        return admin_fault(altering->request, KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
                           "The topic '%.*s' does not exist.", (int)altering->name.bytes,
                           altering->name.text);
    if (!altering->is_tried) {
        kafka_config_replace(&topic->config, cluster, &altering->now);
        kafka_topic_reconfigured(topic);
    }
    return admin_no_fault();
}

/* ---- of brokers ----------------------------------------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_read_only(const struct kafka_config_key *key)
{
    return key && key->update == KAFKA_CONFIG_READ_ONLY;
}

/* DYNAMIC_SECURITY_CONFIGS. */
static bool is_security(const struct kafka_config_key *key)
{
    static const char *const names[] = {
        "ssl.keystore.type",
        "ssl.keystore.location",
        "ssl.keystore.password",
        "ssl.key.password",
        "ssl.truststore.type",
        "ssl.truststore.location",
        "ssl.truststore.password",
        "ssl.keystore.key",
        "ssl.keystore.certificate.chain",
        "ssl.truststore.certificates",
    };

    for (size_t i = 0; key && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(key->name, names[i]) == 0)
            return true;
    return false;
}

static bool is_of_one(const struct kafka_config_key *key)
{
    return key && key->update == KAFKA_CONFIG_PER_BROKER;
}

static const struct kafka_config_key *key_of(const struct altering *altering, int32_t index)
{
    return kafka_config_key_of(&altering->request->cluster->model, KAFKA_CONFIG_OF_BROKERS,
                               wire_string_of(altering->now.items[index].name));
}

/* What is wrong, and with which of the names. */
static struct admin_fault refuse_those(const struct altering *altering, const char *why, const char *set,
                                       bool (*is_one)(const struct kafka_config_key *key))
{
    char names[KAFKA_CONFIG_ERROR_MAX] = "";
    bool is_of_scala = altering->request->cluster->model.has_sets_of_scala;
    size_t used = 0;

    for (int32_t i = 0; i < altering->now.count && used < sizeof names; i++)
        if (is_one(key_of(altering, i)))
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                                     altering->now.items[i].name);
    if (!used)
        return admin_no_fault();
    return admin_fault(altering->request, KAFKA_INVALID_REQUEST, "%s: %s%s%s", why, is_of_scala ? set : "[",
                       names, is_of_scala ? ")" : "]");
}

/* DynamicBrokerConfig.validateConfigs. */
static struct admin_fault check_broker_configs(const struct altering *altering, bool is_of_all)
{
    const struct kafka_model *model = &altering->request->cluster->model;
    struct admin_fault fault =
        refuse_those(altering, "Cannot update these configs dynamically", "Set(", is_read_only);
    char error[KAFKA_CONFIG_ERROR_MAX];

    if (!fault.error)
        fault = refuse_those(altering,
                             "These security configs can be dynamically updated only per-listener using the "
                             "listener prefix",
                             "HashSet(", is_security);
    for (int32_t i = 0; i < altering->now.count && !fault.error; i++) {
        const struct kafka_config_key *key = key_of(altering, i);
        if (key && !kafka_config_value_check(model, key, altering->now.items[i].value, error, sizeof error))
            fault = refuse(altering, error);
    }
    if (!fault.error && is_of_all)
        fault = refuse_those(
            altering, "Cannot update these configs at default cluster level, broker id must be specified",
            "Set(", is_of_one);
    return fault;
}

/* With eligible leader replicas, min.insync.replicas is for all brokers, and is always there. */
static struct admin_fault check_min_insync(const struct altering *altering, bool is_of_all)
{
    static const char name[] = "min.insync.replicas";
    const char *value = kafka_config_list_find(&altering->now, name);

    if (!altering->request->cluster->model.has_eligible_leader_replicas)
        return admin_no_fault();
    if (is_of_all && !value)
        return admin_fault(altering->request, KAFKA_INVALID_CONFIG,
                           "Cluster-level %s cannot be removed while ELR is enabled.", name);
    if (!is_of_all && value)
        return admin_fault(altering->request, KAFKA_INVALID_CONFIG,
                           "Broker-level %s cannot be altered while ELR is enabled.", name);
    return admin_no_fault();
}

/* The broker that is named has to be the one that is asked. */
static struct admin_fault check_broker(const struct altering *altering, const char *words)
{
    int32_t own = altering->request->broker->id;
    struct wire_string name = altering->name;
    int64_t id;

    if (!kafka_config_value_integer(name, &id))
        return admin_fault(altering->request, KAFKA_INVALID_REQUEST,
                           "Node id must be an integer, but it is: %.*s", (int)name.bytes, name.text);
    if (id == own)
        return admin_no_fault();
    if (begins(words, "broker"))
        return admin_fault(altering->request, KAFKA_INVALID_REQUEST,
                           "Unexpected broker id, expected %d, but received %.*s", own, (int)name.bytes,
                           name.text);
    return admin_fault(altering->request, KAFKA_INVALID_REQUEST,
                       "Unexpected node id. Expected %d, but received %.*s", own, (int)name.bytes, name.text);
}

static struct admin_fault alter_broker(struct altering *altering)
{
    struct kafka_cluster *cluster = altering->request->cluster;
    bool is_of_all = altering->name.bytes <= 0;
    int32_t id = is_of_all ? 0 : altering->request->broker->id;
    struct admin_fault fault = is_of_all ? admin_no_fault() : check_broker(altering, "broker");

    if (!fault.error)
        fault = apply(altering, kafka_configs_dynamic(cluster, id));
    if (!fault.error)
        fault = check_broker_configs(altering, is_of_all);
    if (!fault.error)
        fault = check_min_insync(altering, is_of_all);
    if (!fault.error && !altering->is_tried)
        kafka_configs_replace(cluster, id, &altering->now);
    return fault;
}

/* ---- of loggers ----------------------------------------------------------------------------------------- */

static struct admin_fault check_logger(const struct altering *altering, const struct change *change)
{
    struct kafka_request *request = altering->request;
    struct wire_string name = change->name, level = change->value;
    bool is_root = wire_string_is_same(name, wire_string_of("root"));

    if (change->operation == APPEND || change->operation == SUBTRACT)
        return admin_fault(request, KAFKA_INVALID_REQUEST,
                           "%s operation is not allowed for the BROKER_LOGGER resource",
                           change->operation == APPEND ? "APPEND" : "SUBTRACT");
    if (!is_root)
        return admin_fault(request, KAFKA_INVALID_CONFIG, "Logger %.*s does not exist!", (int)name.bytes,
                           name.text);
    if (change->operation == DELETE)
        return refuse(altering, "Removing the log level of the root logger is not allowed");
    if (change->operation != SET)
        return admin_fault(request, KAFKA_INVALID_REQUEST, "Unknown log4j operation type: %d",
                           change->operation);
    if (!kafka_configs_set_log_level(request->cluster, request->broker->id, level, true))
        return admin_fault(request, KAFKA_INVALID_CONFIG,
                           "Cannot set the log level of root to %.*s as it is not a supported log level. "
                           "Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN",
                           (int)level.bytes, level.text);
    return admin_no_fault();
}

static struct admin_fault alter_loggers(struct altering *altering)
{
    struct kafka_request *request = altering->request;
    struct admin_fault fault = check_broker(altering, "node");

    for (int32_t i = 0; i < altering->count && !fault.error; i++)
        fault = check_logger(altering, &altering->changes[i]);
    for (int32_t i = 0; i < altering->count && !fault.error; i++)
        kafka_configs_set_log_level(request->cluster, request->broker->id, altering->changes[i].value,
                                    altering->is_tried);
    return fault;
}

/* ---- the requests --------------------------------------------------------------------------------------- */

static struct admin_fault alter(struct altering *altering)
{
    struct admin_fault fault = check_changes(altering);

    if (fault.error)
        return fault;
    if (altering->type == OF_TOPIC)
        fault = alter_topic(altering);
    else if (altering->type == OF_BROKER)
        fault = alter_broker(altering);
    else if (altering->type == OF_LOGGERS && altering->is_incremental)
        fault = alter_loggers(altering);
    else
        fault =
            admin_fault(altering->request, KAFKA_INVALID_REQUEST, "Unknown resource type %d", altering->type);
    kafka_config_list_deinit(&altering->now);
    return fault;
}

static struct admin_fault twice(struct kafka_request *request)
{
    return admin_fault(request, KAFKA_INVALID_REQUEST, "Each resource must appear at most once.");
}

void kafka_alter_configs(struct kafka_request *request)
{
    const struct wire_alter_configs_request *body = request->body;
    int32_t count = body->resources.count > 0 ? body->resources.count : 0;
    struct wire_alter_configs_response response;
    struct kafka_asked *all = kafka_request_take(request, (size_t)count * sizeof *all);

    for (int32_t i = 0; i < count; i++)
        all[i] = (struct kafka_asked){.topic = body->resources.items[i].resource_name,
                                      .partition = body->resources.items[i].resource_type};
    kafka_asked_match(request, all, count);
    wire_init(&wire_alter_configs_response_schema, &response);
    response.responses.items = kafka_request_take(request, (size_t)count * sizeof *response.responses.items);
    response.responses.count = count;
    for (int32_t i = 0; i < count; i++) {
        const struct wire_alter_configs_request_resource *asked = &body->resources.items[i];
        struct altering altering = {.request = request,
                                    .type = asked->resource_type,
                                    .name = asked->resource_name,
                                    .count = asked->configs.count > 0 ? asked->configs.count : 0,
                                    .is_tried = body->validate_only};
        struct admin_fault fault;
        altering.changes = kafka_request_take(request, (size_t)altering.count * sizeof *altering.changes);
        for (int32_t j = 0; j < altering.count; j++)
            altering.changes[j] =
                (struct change){asked->configs.items[j].name, asked->configs.items[j].value, SET};
        fault = all[i].first != all[i].last ? twice(request) : alter(&altering);
        response.responses.items[i] =
            (struct wire_alter_configs_response_resource){.error_code = fault.error,
                                                          .error_message = fault.message,
                                                          .resource_type = asked->resource_type,
                                                          .resource_name = asked->resource_name};
    }
    kafka_request_answer(request, &response);
}

void kafka_incremental_alter_configs(struct kafka_request *request)
{
    const struct wire_incremental_alter_configs_request *body = request->body;
    int32_t count = body->resources.count > 0 ? body->resources.count : 0;
    struct wire_incremental_alter_configs_response response;
    struct kafka_asked *all = kafka_request_take(request, (size_t)count * sizeof *all);

    for (int32_t i = 0; i < count; i++)
        all[i] = (struct kafka_asked){.topic = body->resources.items[i].resource_name,
                                      .partition = body->resources.items[i].resource_type};
    kafka_asked_match(request, all, count);
    wire_init(&wire_incremental_alter_configs_response_schema, &response);
    response.responses.items = kafka_request_take(request, (size_t)count * sizeof *response.responses.items);
    response.responses.count = count;
    for (int32_t i = 0; i < count; i++) {
        const struct wire_incremental_alter_configs_request_alter_configs_resource *asked =
            &body->resources.items[i];
        struct altering altering = {.request = request,
                                    .type = asked->resource_type,
                                    .name = asked->resource_name,
                                    .count = asked->configs.count > 0 ? asked->configs.count : 0,
                                    .is_incremental = true,
                                    .is_tried = body->validate_only};
        struct admin_fault fault;
        altering.changes = kafka_request_take(request, (size_t)altering.count * sizeof *altering.changes);
        for (int32_t j = 0; j < altering.count; j++)
            altering.changes[j] = (struct change){asked->configs.items[j].name, asked->configs.items[j].value,
                                                  asked->configs.items[j].config_operation};
        fault = all[i].first != all[i].last ? twice(request) : alter(&altering);
        response.responses.items[i] = (struct wire_incremental_alter_configs_response_alter_configs_resource){
            .error_code = fault.error,
            .error_message = fault.message,
            .resource_type = asked->resource_type,
            .resource_name = asked->resource_name};
    }
    kafka_request_answer(request, &response);
}
