/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_values: requests as a client might send them, from the wire's tables: a field's name says which values
 * make sense, so that most requests get beyond the first check. See cluster.h.
 */
#include "tests/fuzz/cluster.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/api.h"
#include "sim/kafka/wire/records.h"

enum {
    TEXTS_MAX = 28,
    NUMBERS_MAX = 12,
    LONG_BYTES = 32767,
    NULLS_IN = 6,
    ODD_IN = 24,
    BATCH_RECORDS_MAX = 4
};

#define NOW_MS INT64_C(1700000000000)

uint32_t cluster_draw(struct cluster_dice *dice, uint32_t below)
{
    dice->state += 0x9e3779b97f4a7c15u;
    uint64_t z = dice->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 32) % below;
}

/* ---- what makes sense, by the name of a field; the first row that fits counts ---- */

static const struct {
    const char *schema, *field; /* schema: what its name contains, NULL: any */
    const char *texts[TEXTS_MAX];
} texts[] = {
    {"protocol", "name", {"range", "range", "roundrobin", "cooperative-sticky"}},
    {"config", "name", {"#"}},
    {NULL, "configuration_keys", {"#"}},
    {NULL, "name", {"a", "a", "a", "b", "c", "x.y", "x_y", "__consumer_offsets", "", "..", "no such"}},
    {NULL, "topic", {"a", "a", "a", "b", "c", "x.y", "__consumer_offsets", "", "no such"}},
    {NULL, "topic_names", {"a", "b", "c", "x.y", "__consumer_offsets", "", "no such"}},
    {NULL, "group_id", {"g", "g", "g", "h", ""}},
    {NULL, "groups", {"g", "g", "h", "", "none"}},
    {NULL, "groups_names", {"g", "g", "h", "", "none"}},
    {NULL, "key", {"g", "g", "h", "t", ""}},
    {NULL, "coordinator_keys", {"g", "g", "h", "t", ""}},
    {NULL, "member_id", {"@0", "@0", "@1", "@2", "@3", "", "", "", "nobody"}},
    {NULL, "group_instance_id", {"i", "i", "j", ""}},
    {NULL, "protocol_type", {"consumer", "consumer", "consumer", "connect", ""}},
    {NULL, "protocol_name", {"range", "range", "roundrobin", "cooperative-sticky", ""}},
    {NULL, "resource_name", {"a", "a", "b", "1", "2", "", "c", "g", "-1"}},
    {NULL,
     "value",
     {"delete",
      "compact",
      "compact,delete",
      "0",
      "1",
      "-1",
      "2",
      "1000",
      "60000",
      "86400000",
      "104857600",
      "9223372036854775807",
      "-9223372036854775808",
      "2147483647",
      "true",
      "false",
      "LogAppendTime",
      "CreateTime",
      "0.01",
      "0.0",
      "1.5",
      "gzip",
      "producer",
      "INFO",
      "",
      "0:1,1:2"}},
    {NULL, "states_filter", {"Stable", "Empty", "Dead", "PreparingRebalance", "stable", ""}},
    {NULL, "types_filter", {"classic", "consumer", "Classic", ""}},
    {NULL, "mechanism", {"PLAIN", "PLAIN", "SCRAM-SHA-256", ""}},
    {NULL, "client_software_name", {"librdkafka", "-x", ""}},
    {NULL, "client_software_version", {"2.0.2", "", "2.0.2-"}},
    {NULL, "transactional_id", {"t", "t", "t", "u", ""}},
    {NULL, "v3_and_below_transactional_id", {"t", "t", "t", "u", ""}},
    {NULL, "transactional_ids", {"t", "u", "", "none"}},
    {NULL, "transactional_id_pattern", {"t", ".*", "", "("}},
    {NULL, "state_filters", {"Ongoing", "Empty", "CompleteCommit", "Dead", "ongoing", ""}},
};

static const char *const config_names[] = {
    "cleanup.policy",
    "retention.ms",
    "retention.bytes",
    "segment.bytes",
    "segment.ms",
    "segment.jitter.ms",
    "min.insync.replicas",
    "max.message.bytes",
    "message.timestamp.type",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.difference.max.ms",
    "delete.retention.ms",
    "min.compaction.lag.ms",
    "max.compaction.lag.ms",
    "min.cleanable.dirty.ratio",
    "unclean.leader.election.enable",
    "compression.type",
    "log.retention.ms",
    "log.retention.hours",
    "log.cleaner.backoff.ms",
    "log.cleanup.policy",
    "log.roll.ms",
    "log.segment.bytes",
    "offsets.retention.minutes",
    "producer.id.expiration.ms",
    "group.max.session.timeout.ms",
    "group.initial.rebalance.delay.ms",
    "transaction.max.timeout.ms",
    "num.partitions",
    "message.max.bytes",
    "leader.replication.throttled.replicas",
    "root",
    "kafka.log",
    "nonsense",
    "",
};

static const struct {
    const char *field;
    uint8_t count;
    int64_t numbers[NUMBERS_MAX];
} numbers[] = {
    {"acks", 6, {-1, -1, 1, 1, 0, 2}},
    {"timeout_ms", 6, {0, 100, 30000, 30000, -1, INT32_MAX}},
    {"session_timeout_ms", 8, {6000, 10000, 45000, 300000, 1800000, 1800001, 1, -1}},
    {"rebalance_timeout_ms", 7, {1000, 60000, 300000, 300000, 0, -1, INT32_MAX}},
    {"max_wait_ms", 6, {0, 100, 500, 60000, -1, INT32_MAX}},
    {"min_bytes", 6, {0, 1, 1, 100, -1, INT32_MAX}},
    {"max_bytes", 6, {INT32_MAX, 52428800, 52428800, 100, 0, -1}},
    {"partition_max_bytes", 6, {INT32_MAX, 1048576, 1048576, 100, 0, -1}},
    {"session_id", 5, {0, 0, 0, 0, 1}},
    {"session_epoch", 3, {-1, 0, 1}},
    {"replica_id", 6, {-1, -1, -1, -1, -2, 1}},
    {"timestamp", 10, {-1, -2, -3, -4, -5, -6, 0, NOW_MS, NOW_MS + 1000, INT64_MAX}},
    {"num_partitions", 10, {1, 1, 2, 3, 12, -1, 0, -2, 10001, INT32_MAX}},
    {"count", 8, {2, 3, 4, 5, 1, 0, -1, INT32_MAX}},
    {"replication_factor", 7, {1, 1, 2, 3, -1, 0, 4}},
    {"broker_ids", 7, {1, 1, 2, 2, 3, 0, -1}},
    {"key_type", 5, {0, 0, 0, 1, 2}},
    {"resource_type", 7, {2, 2, 2, 4, 8, 32, 0}},
    {"config_operation", 6, {0, 0, 1, 2, 3, 4}},
    {"election_type", 3, {0, 1, 2}},
    {"isolation_level", 3, {0, 1, 2}},
    {"endpoint_type", 3, {1, 2, 0}},
    {"current_leader_epoch", 6, {-1, -1, -1, 0, 1, 2}},
    {"last_fetched_epoch", 6, {-1, -1, -1, 0, 1, 2}},
    {"leader_epoch", 6, {0, 0, 1, 2, -1, INT32_MAX}},
    {"retention_time_ms", 4, {-1, 0, 1000, INT64_MAX}},
    {"transaction_timeout_ms", 6, {60000, 60000, 1000, 0, -1, INT32_MAX}},
    {"v3_and_below_producer_id", 5, {CLUSTER_REFERENCE, CLUSTER_REFERENCE - 2, CLUSTER_REFERENCE - 2, 0, -1}},
    {"v3_and_below_producer_epoch", 5, {CLUSTER_REFERENCE, CLUSTER_REFERENCE, CLUSTER_REFERENCE, 0, -1}},
    {"producer_id",
     8,
     {-1, -1, -1, CLUSTER_REFERENCE, CLUSTER_REFERENCE - 2, CLUSTER_REFERENCE - 2, 0, INT64_MAX}},
    {"producer_epoch", 7, {-1, -1, CLUSTER_REFERENCE, CLUSTER_REFERENCE, CLUSTER_REFERENCE, 0, INT16_MAX}},
    {"producer_id_filters", 3, {CLUSTER_REFERENCE - 2, 0, -1}},
    {"coordinator_epoch", 4, {0, 0, 1, -1}},
    {"duration_filter", 4, {-1, 0, 1000, INT64_MAX}},
    {"generation_id",
     7,
     {CLUSTER_REFERENCE, CLUSTER_REFERENCE, CLUSTER_REFERENCE - 1, CLUSTER_REFERENCE - 2, -1, 0, 1}},
    {"generation_id_or_member_epoch",
     7,
     {CLUSTER_REFERENCE, CLUSTER_REFERENCE, CLUSTER_REFERENCE - 1, CLUSTER_REFERENCE - 2, -1, -1, 1}},
    {"fetch_offset", 8, {0, 0, 0, 1, 2, 5, -1, INT64_MAX}},
    {"offset", 8, {0, 1, 2, 5, -1, -1, -2, INT64_MAX}},
    {"index", 6, {0, 0, 0, 1, -1, INT32_MAX}},
    {"partition", 6, {0, 0, 0, 1, -1, INT32_MAX}},
    {"partition_index", 6, {0, 0, 0, 1, -1, INT32_MAX}},
    {"partition_indexes", 6, {0, 0, 0, 1, -1, INT32_MAX}},
    {"partitions", 6, {0, 0, 0, 1, -1, INT32_MAX}},
};

static const int64_t any_numbers[] = {-1,
                                      0,
                                      1,
                                      2,
                                      3,
                                      7,
                                      100,
                                      127,
                                      -128,
                                      1000,
                                      32767,
                                      -32768,
                                      INT32_MAX,
                                      INT32_MIN,
                                      INT64_MAX,
                                      INT64_MIN,
                                      INT64_MAX / 1000000,
                                      NOW_MS};

static int64_t draw_number(const struct cluster_maker *maker, const struct wire_field *field)
{
    if (cluster_draw(maker->dice, ODD_IN) > 0)
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
            if (strcmp(numbers[i].field, field->name) == 0)
                return numbers[i].numbers[cluster_draw(maker->dice, numbers[i].count)];
    return any_numbers[cluster_draw(maker->dice, sizeof any_numbers / sizeof any_numbers[0])];
}

static const char *const *texts_for(const struct wire_schema *schema, const struct wire_field *field)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(texts[i].field, field->name) == 0 &&
            (!texts[i].schema || strstr(schema->name, texts[i].schema)))
            return texts[i].texts;
    return NULL;
}

static struct wire_bytes text(const char *from)
{
    return (struct wire_bytes){.data = (const uint8_t *)from, .bytes = (int32_t)strlen(from)};
}

static struct wire_bytes any_text(const struct cluster_maker *maker)
{
    static const int32_t lengths[] = {1, 249, 250, 300, LONG_BYTES};
    /* Long ones seldom: an input has its limits. */
    int32_t bytes = lengths[cluster_draw(maker->dice, cluster_draw(maker->dice, 50) ? 4 : 5)];
    uint8_t *data = wire_memory_take(maker->memory, (size_t)bytes);
    memset(data, 'a' + (int)cluster_draw(maker->dice, 26), (size_t)bytes);
    if (cluster_draw(maker->dice, 8) == 0)
        data[cluster_draw(maker->dice, (uint32_t)bytes)] = (uint8_t)cluster_draw(maker->dice, 256);
    return (struct wire_bytes){.data = data, .bytes = bytes};
}

static struct wire_bytes draw_text(const struct cluster_maker *maker, const struct wire_schema *schema,
                                   const struct wire_field *field)
{
    const char *const *from = texts_for(schema, field);
    uint32_t count = 0;
    if (!from || cluster_draw(maker->dice, ODD_IN) == 0)
        return any_text(maker);
    if (from[0][0] == '#')
        return text(config_names[cluster_draw(maker->dice, sizeof config_names / sizeof config_names[0])]);
    while (count < TEXTS_MAX && from[count])
        count++;
    return text(from[cluster_draw(maker->dice, count)]);
}

/* ---- bytes that have a format of their own ---- */

static struct wire_bytes keep(const struct cluster_maker *maker, struct wire_output *output)
{
    uint8_t *data = wire_memory_take(maker->memory, output->bytes + 1);
    if (output->bytes)
        memcpy(data, output->data, output->bytes);
    struct wire_bytes kept = {.data = data, .bytes = (int32_t)output->bytes};
    free(output->data);
    *output = (struct wire_output){0};
    return kept;
}

static void append_records(const struct cluster_maker *maker, const struct wire_batch *batch, bool is_old,
                           struct wire_output *output)
{
    static const char *const keys[] = {"k", "k", "l", NULL};
    static const char *const values[] = {"v", "w", "much longer than the others", NULL};
    for (int32_t i = 0; i < batch->record_count; i++) {
        const char *key = keys[cluster_draw(maker->dice, 4)], *value = values[cluster_draw(maker->dice, 4)];
        struct wire_record record = {
            .offset = batch->base_offset + i,
            .timestamp_ms = batch->base_timestamp_ms + (int64_t)cluster_draw(maker->dice, 3),
            .key = key ? text(key) : (struct wire_bytes){.bytes = -1},
            .value = value ? text(value) : (struct wire_bytes){.bytes = -1},
            .headers = (const uint8_t *)"",
        };
        if (is_old)
            wire_message_append(batch, &record, output);
        else
            wire_record_append(batch, &record, output);
    }
}

static struct wire_bytes draw_records(const struct cluster_maker *maker)
{
    static const int64_t times[] = {NOW_MS, NOW_MS, NOW_MS,        NOW_MS + 5000, NOW_MS - 86400000,
                                    -1,     0,      INT64_MAX - 10};
    struct cluster_dice *dice = maker->dice;
    int32_t count = 1 + (int32_t)cluster_draw(dice, BATCH_RECORDS_MAX);
    bool has_producer = cluster_draw(dice, 2), is_old = cluster_draw(dice, 3) == 0 && maker->version < 3;
    struct wire_batch batch = {
        .base_timestamp_ms = times[cluster_draw(dice, sizeof times / sizeof times[0])],
        .producer_id = has_producer ? CLUSTER_REFERENCE - (int64_t)cluster_draw(dice, 3) : -1,
        .producer_epoch = has_producer ? 0 : -1,
        .base_sequence = !has_producer ? -1
                         : cluster_draw(dice, 4) > 0
                             ? CLUSTER_REFERENCE
                             : (int32_t)draw_number(maker, &(struct wire_field){.name = "?"}),
        .leader_epoch = -1,
        .last_offset_delta = count - 1,
        .record_count = count,
        .magic = is_old ? (int8_t)cluster_draw(dice, 2) : 2,
        .is_transactional = cluster_draw(dice, has_producer ? 3 : 20) == 0,
        .is_control = cluster_draw(dice, 40) == 0,
        .is_log_append_time = cluster_draw(dice, 40) == 0,
    };
    struct wire_output records = {0}, output = {0};
    batch.max_timestamp_ms = batch.base_timestamp_ms + 2;
    append_records(maker, &batch, is_old, &records);
    if (is_old)
        return keep(maker, &records);
    /* "Compressed" by the fuzzer's own codec, now and then not. */
    batch.codec = cluster_draw(dice, 4) == 0 ? (enum wire_codec)(1 + cluster_draw(dice, 4)) : WIRE_CODEC_NONE;
    for (size_t i = 0; batch.codec && i < records.bytes; i++)
        records.data[i] ^= 0x55;
    batch.payload = keep(maker, &records);
    wire_batch_append(&batch, &output);
    return keep(maker, &output);
}

static struct wire_bytes draw_bytes(const struct cluster_maker *maker, const struct wire_field *field)
{
    /* ConsumerProtocolSubscription of "a", version 0 and 1; SASL/PLAIN, right and wrong. */
    static const uint8_t subscription[] = {0, 0, 0, 0, 0, 1, 0, 1, 'a', 255, 255, 255, 255};
    static const uint8_t newer[] = {0, 1, 0, 0, 0, 1,   0, 1, 'b', 0, 0, 0, 0, 0,
                                    0, 0, 1, 0, 1, 'a', 0, 0, 0,   1, 0, 0, 0, 0};
    static const uint8_t cut[] = {0, 0, 0, 0, 0, 9, 0, 1};
    static const uint8_t right[] = {0, 'u', 0, 'p'}, wrong[] = {0, 'u', 0, 'q'};
    if (strcmp(field->name, "metadata") == 0)
        switch (cluster_draw(maker->dice, 4)) {
        case 0:
            return (struct wire_bytes){subscription, sizeof subscription};
        case 1:
            return (struct wire_bytes){newer, sizeof newer};
        case 2:
            return (struct wire_bytes){cut, sizeof cut};
        }
    if (strcmp(field->name, "auth_bytes") == 0 && cluster_draw(maker->dice, 4))
        return cluster_draw(maker->dice, 3) ? (struct wire_bytes){right, sizeof right}
                                            : (struct wire_bytes){wrong, sizeof wrong};
    return any_text(maker);
}

/* ---- by the tables ---- */

static bool is_null(const struct cluster_maker *maker, const struct wire_field *field)
{
    return maker->version >= field->nullable && cluster_draw(maker->dice, NULLS_IN) == 0;
}

static void fill_one(const struct cluster_maker *maker, const struct wire_schema *schema,
                     const struct wire_field *field, void *at)
{
    int64_t number;
    uint8_t *id = at;
    struct wire_bytes *span = at;
    switch (field->type) {
    case WIRE_BOOL:
        *(bool *)at = cluster_draw(maker->dice, 2);
        break;
    case WIRE_INT8:
    case WIRE_INT16:
    case WIRE_INT32:
    case WIRE_INT64:
        number = draw_number(maker, field);
        memcpy(at, &number, wire_value_bytes(field));
        break;
    case WIRE_UUID:
        memset(id, 0, 16);
        if (cluster_draw(maker->dice, 6)) {
            id[0] = CLUSTER_TOPIC_REFERENCE;
            id[1] = (uint8_t)cluster_draw(maker->dice, 3);
        }
        break;
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_RECORDS:
        if (!field->is_array && is_null(maker, field))
            *span = (struct wire_bytes){.data = NULL, .bytes = -1};
        else
            *span = field->type == WIRE_STRING  ? draw_text(maker, schema, field)
                    : field->type == WIRE_BYTES ? draw_bytes(maker, field)
                                                : draw_records(maker);
        break;
    case WIRE_STRUCT:
        cluster_fill(maker, field->schema, at);
        break;
    case WIRE_OPTIONAL_STRUCT:
        *(void **)at = is_null(maker, field) ? NULL : wire_memory_take(maker->memory, field->schema->bytes);
        if (*(void **)at)
            cluster_fill(maker, field->schema, *(void **)at);
        break;
    }
}

static void fill_array(const struct cluster_maker *maker, const struct wire_schema *schema,
                       const struct wire_field *field, struct wire_array *array)
{
    static const int32_t counts[] = {1, 1, 1, 1, 2, 2, 3, 0};
    array->items = NULL;
    array->count = is_null(maker, field) ? -1 : counts[cluster_draw(maker->dice, 8)];
    if (array->count > 0)
        array->items = wire_memory_take(maker->memory, (size_t)array->count * wire_value_bytes(field));
    for (int32_t i = 0; i < array->count; i++)
        fill_one(maker, schema, field, (uint8_t *)array->items + (size_t)i * wire_value_bytes(field));
}

static bool has(const struct cluster_maker *maker, const struct wire_field *field)
{
    return maker->version >= field->first && maker->version <= field->last;
}

static void fill_field(const struct cluster_maker *maker, const struct wire_schema *schema,
                       const struct wire_field *field, void *out)
{
    void *at = (uint8_t *)out + field->offset;
    if (field->is_array)
        fill_array(maker, schema, field, at);
    else
        fill_one(maker, schema, field, at);
}

void cluster_fill(const struct cluster_maker *maker, const struct wire_schema *schema, void *out)
{
    wire_init(schema, out);
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        /* Of tagged fields and of names that may be null, what is usual is that they are not there. */
        bool is_rare = field->tag != WIRE_UNTAGGED || strcmp(field->name, "group_instance_id") == 0 ||
                       (strcmp(field->name, "transactional_id") == 0 && maker->version >= field->nullable);
        if (has(maker, field) && (!is_rare || cluster_draw(maker->dice, 4) == 0))
            fill_field(maker, schema, field, out);
        else if (has(maker, field) && is_rare && field->type == WIRE_STRING &&
                 maker->version >= field->nullable)
            *(struct wire_bytes *)((uint8_t *)out + field->offset) = (struct wire_bytes){.bytes = -1};
    }
}

/* One item more, twice what was there, or one item less. */
static void resize(const struct cluster_maker *maker, const struct wire_schema *schema,
                   const struct wire_field *field, struct wire_array *array)
{
    size_t bytes = wire_value_bytes(field);
    uint32_t count = array->count > 0 ? (uint32_t)array->count : 0;
    if (count > 0 && cluster_draw(maker->dice, 3) == 0) {
        array->count--;
        return;
    }
    uint8_t *items = wire_memory_take(maker->memory, (count + 1) * bytes);
    if (count)
        memcpy(items, array->items, count * bytes);
    if (count && cluster_draw(maker->dice, 2))
        memcpy(items + count * bytes, items + cluster_draw(maker->dice, count) * bytes, bytes);
    else
        fill_one(maker, schema, field, items + count * bytes);
    *array = (struct wire_array){.items = items, .count = (int32_t)count + 1};
}

void cluster_change(const struct cluster_maker *maker, const struct wire_schema *schema, void *body)
{
    uint32_t present = 0, chosen;
    for (uint16_t i = 0; i < schema->field_count; i++)
        present += has(maker, &schema->fields[i]);
    if (present == 0)
        return;
    chosen = cluster_draw(maker->dice, present);
    const struct wire_field *field = schema->fields;
    for (;; field++)
        if (has(maker, field) && chosen-- == 0)
            break;
    void *at = (uint8_t *)body + field->offset;
    struct wire_array *array = at;
    bool is_struct = field->type == WIRE_STRUCT;
    if (field->is_array && array->count > 0 && cluster_draw(maker->dice, 4)) {
        void *item = (uint8_t *)array->items +
                     cluster_draw(maker->dice, (uint32_t)array->count) * wire_value_bytes(field);
        if (is_struct)
            cluster_change(maker, field->schema, item);
        else
            fill_one(maker, schema, field, item);
    } else if (field->is_array && cluster_draw(maker->dice, 4)) {
        resize(maker, schema, field, array);
    } else if (!field->is_array && is_struct) {
        cluster_change(maker, field->schema, at);
    } else {
        fill_field(maker, schema, field, body);
    }
}

struct wire_request_header cluster_header(struct cluster_dice *dice, size_t api_index, bool may_be_wrong)
{
    size_t count = 0;
    while (kafka_api_at(count))
        count++;
    const struct wire_api *api = wire_api_of(kafka_api_at(api_index % count)->key);
    struct wire_request_header header = {
        .api_key = api->key,
        .api_version =
            (int16_t)(api->first + (int32_t)cluster_draw(dice, (uint32_t)(api->last - api->first + 1))),
        .correlation_id = (int32_t)cluster_draw(dice, 100),
        .client_id = {.text = "c", .bytes = 1},
        .api = api,
    };
    if (may_be_wrong && cluster_draw(dice, 100) == 0)
        header.api_version = (int16_t)(api->last + 1);
    header.is_flexible = header.api_version >= api->flexible;
    return header;
}

void cluster_make_frame(struct cluster_dice *dice, const struct wire_request_header *header,
                        struct wire_output *output)
{
    struct wire_memory memory = {0};
    struct wire_output frame = {0};
    const struct cluster_maker maker = {dice, &memory, header->api_version};
    void *body = wire_memory_take(&memory, header->api->request->bytes);
    cluster_fill(&maker, header->api->request, body);
    wire_request_encode(header, body, &frame);
    if (!frame.is_failed && frame.bytes > 4)
        wire_output_append(output, frame.data + 4, frame.bytes - 4);
    free(frame.data);
    wire_memory_deinit(&memory);
}
