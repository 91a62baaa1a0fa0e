/* SPDX-License-Identifier: Apache-2.0 */
/* coordinator: FindCoordinator, and who is one. See coordinator.h. */
#include "sim/kafka/coordinator.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/request.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/group.h"

enum {
    KEY_GROUP = 0,
    KEY_TRANSACTION = 1,
    KEY_SHARE = 2,
    FIRST_VERSION_OF_SEVERAL = 4,
};

/* ---- strings as Java has them ---- */

/* The next code point of UTF-8; what is none is U+FFFD. */
static uint32_t next_point(struct wire_string text, int32_t *position_inout)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *at = (const uint8_t *)text.text + *position_inout;
    int32_t left = text.bytes - *position_inout;
    int32_t bytes = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    *position_inout += 1;
    if (bytes == 1)
        return at[0];
    if (at[0] < 0xc2 || at[0] > 0xf4 || bytes > left)
        return 0xfffd;
    uint32_t point = at[0] & (0x7fU >> bytes);
    for (int32_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0xfffd;
        point = point << 6 | (at[i] & 0x3fU);
    }
    if (point < least[bytes] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return 0xfffd;
    *position_inout += bytes - 1;
    return point;
}

int32_t kafka_coordinator_hash(struct wire_string text)
{
    uint32_t hash = 0;
    for (int32_t position = 0; position < text.bytes;) {
        uint32_t point = next_point(text, &position);
        if (point >= 0x10000) {
            hash = hash * 31 + (0xd800 + ((point - 0x10000) >> 10));
            point = 0xdc00 + ((point - 0x10000) & 0x3ff);
        }
        hash = hash * 31 + point;
    }
    return (int32_t)hash;
}

int32_t kafka_coordinator_utf16_length(struct wire_string text)
{
    int32_t length = 0;
    for (int32_t position = 0; position < text.bytes;)
        length += next_point(text, &position) >= 0x10000 ? 2 : 1;
    return length;
}

/* ---- who ---- */

struct kafka_partition *kafka_coordinator_partition(const struct kafka_cluster *cluster, const char *topic,
                                                    struct wire_string id)
{
    const struct kafka_topic *internal = kafka_topic_named(cluster, topic);
    if (!internal)
        return NULL;
    int32_t hash = kafka_coordinator_hash(id);
    int32_t index = hash == INT32_MIN ? 0 : abs(hash) % internal->partition_count;
    return kafka_topic_partition(internal, index);
}

int16_t kafka_coordinator_error(int16_t error)
{
    switch (error) {
    case KAFKA_UNKNOWN_TOPIC_OR_PARTITION:
    case KAFKA_NOT_ENOUGH_REPLICAS:
    case KAFKA_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case KAFKA_REQUEST_TIMED_OUT:
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    case KAFKA_NOT_LEADER_OR_FOLLOWER:
    case KAFKA_KAFKA_STORAGE_ERROR:
        return KAFKA_NOT_COORDINATOR;
    default:
        return error;
    }
}

bool kafka_coordinator_is(const struct kafka_broker *broker, struct wire_string group_id)
{
    const struct kafka_partition *partition =
        kafka_coordinator_partition(broker->cluster, KAFKA_GROUP_TOPIC, group_id);
    return partition && kafka_partition_is_led_by(partition, broker);
}

/* ---- the topics, which the first question makes ---- */

struct internal_topic {
    const char *name;
    const char *partitions, *replicas; /* which of the brokers' settings say how many */
    const char *segment_bytes, *in_sync;
    const char *settings[4][2];
};

static const struct internal_topic internal_topics[] = {
    [KEY_GROUP] = {KAFKA_GROUP_TOPIC,
                   "offsets.topic.num.partitions",
                   "offsets.topic.replication.factor",
                   "offsets.topic.segment.bytes",
                   NULL,
                   {{"cleanup.policy", "compact"}, {"compression.type", "producer"}}},
    [KEY_TRANSACTION] = {KAFKA_TRANSACTION_TOPIC,
                         "transaction.state.log.num.partitions",
                         "transaction.state.log.replication.factor",
                         "transaction.state.log.segment.bytes",
                         "transaction.state.log.min.isr",
                         {{"cleanup.policy", "compact"},
                          {"compression.type", "uncompressed"},
                          {"unclean.leader.election.enable", "false"}}},
};

static void set_number(const struct kafka_cluster *cluster, const char *name, const char *setting,
                       struct kafka_config_list *list)
{
    char value[24];
    snprintf(value, sizeof(value), "%lld", (long long)kafka_configs_number(cluster, setting));
    kafka_config_list_set(list, wire_string_of(name), wire_string_of(value));
}

static void gather_settings(const struct kafka_cluster *cluster, const struct internal_topic *internal,
                            struct kafka_config_list *list)
{
    for (int i = 0; i < 4 && internal->settings[i][0]; i++)
        kafka_config_list_set(list, wire_string_of(internal->settings[i][0]),
                              wire_string_of(internal->settings[i][1]));
    set_number(cluster, "segment.bytes", internal->segment_bytes, list);
    if (internal->in_sync)
        set_number(cluster, "min.insync.replicas", internal->in_sync, list);
}

/* No effect while there are too few brokers for it, or if its settings are none for a topic. */
static void create(struct kafka_cluster *cluster, const struct internal_topic *internal)
{
    char error[KAFKA_CONFIG_ERROR_MAX];
    struct kafka_config_list settings = {0};
    int32_t partitions = (int32_t)kafka_configs_number(cluster, internal->partitions);
    int32_t replicas = (int32_t)kafka_configs_number(cluster, internal->replicas);
    if (partitions > KAFKA_TOPIC_PARTITIONS_AT_ONCE)
        return;
    struct kafka_assignment *assignments = calloc((size_t)partitions, sizeof(*assignments));
    assert(assignments);
    gather_settings(cluster, internal, &settings);
    if (kafka_config_check(&settings, cluster, error, sizeof(error)) &&
        kafka_topic_place(cluster, 0, partitions, replicas, assignments)) {
        struct kafka_topic *topic =
            kafka_topic_new(cluster, wire_string_of(internal->name), assignments, partitions);
        kafka_config_replace(&topic->config, cluster, &settings);
    }
    kafka_config_list_deinit(&settings);
    free(assignments);
}

bool kafka_coordinator_create(struct kafka_cluster *cluster, struct wire_string name)
{
    for (size_t i = 0; i < sizeof(internal_topics) / sizeof(internal_topics[0]); i++) {
        if (!wire_string_is_same(name, wire_string_of(internal_topics[i].name)))
            continue;
        create(cluster, &internal_topics[i]);
        return true;
    }
    return false;
}

/* ---- FindCoordinator ---- */

static const char *error_text(int16_t error)
{
    switch (error) {
    case KAFKA_NONE:
        return "NONE";
    case KAFKA_COORDINATOR_NOT_AVAILABLE:
        return "The coordinator is not available.";
    case KAFKA_INVALID_REQUEST:
        return "This most likely occurs because of a request being malformed by the client library or the "
               "message "
               "was sent to an incompatible broker. See the broker logs for more details.";
    default:
        assert(!"FindCoordinator has no other error");
        return "";
    }
}

static int16_t find(struct kafka_cluster *cluster, int8_t key_type, struct wire_string key,
                    const struct kafka_broker **broker_out)
{
    *broker_out = NULL;
    if (key_type != KEY_GROUP && key_type != KEY_TRANSACTION)
        return KAFKA_INVALID_REQUEST;
    const struct internal_topic *internal = &internal_topics[key_type];
    const struct kafka_partition *partition = kafka_coordinator_partition(cluster, internal->name, key);
    if (!partition) {
        create(cluster, internal);
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    }
    const struct kafka_broker *leader = kafka_broker_of(cluster, partition->leader);
    if (!leader || !kafka_broker_is_listed(leader))
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    *broker_out = leader;
    return KAFKA_NONE;
}

static void answer_one(struct kafka_request *request, const struct wire_find_coordinator_request *body)
{
    struct wire_find_coordinator_response response;
    wire_init(&wire_find_coordinator_response_schema, &response);
    const struct kafka_broker *broker;
    response.error_code = find(request->cluster, body->key_type, body->key, &broker);
    response.error_message = wire_string_of(error_text(response.error_code));
    response.node_id = broker ? broker->id : -1;
    response.host = wire_string_of(broker ? broker->host : "");
    response.port = broker ? broker->port : -1;
    kafka_request_answer(request, &response);
}

void kafka_find_coordinator(struct kafka_request *request)
{
    const struct wire_find_coordinator_request *body = request->body;
    if (request->header.api_version < FIRST_VERSION_OF_SEVERAL) {
        answer_one(request, body);
        return;
    }
    struct wire_find_coordinator_response response;
    wire_init(&wire_find_coordinator_response_schema, &response);
    int32_t count = body->coordinator_keys.count;
    response.coordinators.count = count;
    response.coordinators.items =
        kafka_request_take(request, (size_t)(count + 1) * sizeof(*response.coordinators.items));
    for (int32_t i = 0; i < count; i++) {
        const struct kafka_broker *broker;
        struct wire_find_coordinator_response_coordinator *one = &response.coordinators.items[i];
        one->key = body->coordinator_keys.items[i];
        one->error_code = find(request->cluster, body->key_type, one->key, &broker);
        /* getCoordinator's errors come without words; that of an unknown key type does not come from there. */
        bool is_unknown_type = one->error_code == KAFKA_INVALID_REQUEST && body->key_type != KEY_SHARE;
        one->error_message = wire_string_of(is_unknown_type ? error_text(one->error_code) : "");
        one->node_id = broker ? broker->id : -1;
        one->host = wire_string_of(broker ? broker->host : "");
        one->port = broker ? broker->port : -1;
    }
    kafka_request_answer(request, &response);
}
