/* SPDX-License-Identifier: Apache-2.0 */
/* cluster_refer: references in requests become what they refer to. See cluster.h. */
#include "tests/fuzz/cluster.h"

#include <string.h>
#include "sim/kafka/producers.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/admit.h"
#include "sim/kafka/wire/data.h"

enum {
    MESSAGE_CRC_AT = 12,
    MAGIC_AT = 16,
    PRODUCER_ID_AT = 43,
    PRODUCER_EPOCH_AT = 51,
    BASE_SEQUENCE_AT = 53,
};

struct resolver {
    const struct kafka_request *request;
    const struct kafka_cluster *cluster;
    const struct cluster_known *known;
    bool keeps_crc;
};

/* NULL: it is no reference. */
static const struct cluster_known *known_at(const struct resolver *resolver, int64_t reference)
{
    bool is_one = reference <= CLUSTER_REFERENCE && reference > CLUSTER_REFERENCE - CLUSTER_CONNECTIONS;
    return is_one ? &resolver->known[CLUSTER_REFERENCE - reference] : NULL;
}

static void put(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i-- > 0; value >>= 8)
        at[i] = (uint8_t)value;
}

/* The batch is from the producer that known knows, and the one that the leader would take next. */
static void continue_batch(uint8_t *frame, const struct cluster_known *known,
                           const struct kafka_partition *partition)
{
    int32_t sequence = 0;
    put(frame + PRODUCER_ID_AT, (uint64_t)known->producer_id, 8);
    put(frame + PRODUCER_EPOCH_AT, (uint64_t)known->producer_epoch, 2);
    const struct kafka_replica *leader = partition ? kafka_partition_leader(partition) : NULL;
    const struct kafka_producer *producer =
        leader ? kafka_producers_find(&leader->log.producers, known->producer_id) : NULL;
    if (producer && producer->batch_count && producer->epoch == known->producer_epoch) {
        int32_t last = producer->batches[producer->batch_count - 1].last_sequence;
        sequence = last == INT32_MAX ? 0 : last + 1;
    }
    if (wire_int32(frame + BASE_SEQUENCE_AT) == CLUSTER_REFERENCE)
        put(frame + BASE_SEQUENCE_AT, (uint64_t)sequence, 4);
}

static void resolve_records(const struct resolver *resolver, struct wire_bytes records,
                            const struct kafka_partition *partition)
{
    struct wire_bytes frame;
    size_t position = 0;
    while (admit_frame(records, &position, &frame) == WIRE_NEXT) {
        uint8_t *at = (uint8_t *)(uintptr_t)frame.data;
        size_t bytes = (size_t)frame.bytes;
        if (at[MAGIC_AT] == 2 && bytes >= WIRE_BATCH_HEADER_BYTES) {
            const struct cluster_known *known = known_at(resolver, wire_int64(at + PRODUCER_ID_AT));
            if (known)
                continue_batch(at, known, partition);
            if (!resolver->keeps_crc)
                wire_batch_crc_write(at, bytes);
        } else if (at[MAGIC_AT] < 2 && !resolver->keeps_crc) {
            put(at + MESSAGE_CRC_AT, wire_crc32(at + MAGIC_AT, bytes - MAGIC_AT), 4);
        }
    }
}

static void resolve_string(const struct resolver *resolver, struct wire_string *string)
{
    unsigned place =
        string->bytes == 2 ? (unsigned char)string->text[1] - (unsigned)'0' : CLUSTER_CONNECTIONS;
    if (place >= CLUSTER_CONNECTIONS || string->text[0] != '@')
        return;
    string->text = resolver->known[place].member_id;
    string->bytes = (int32_t)strlen(string->text);
}

static void resolve_one(const struct resolver *resolver, const struct wire_field *field, void *at);

static bool ends_so(const char *name, const char *end)
{
    size_t bytes = strlen(name), end_bytes = strlen(end);
    return bytes >= end_bytes && strcmp(name + bytes - end_bytes, end) == 0;
}

/* Whoever the struct's producer id refers to; before that is resolved. */
static const struct cluster_known *producer_in(const struct resolver *resolver,
                                               const struct wire_schema *schema, const void *in)
{
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        const void *at = (const uint8_t *)in + field->offset;
        const struct cluster_known *known =
            field->type == WIRE_INT64 && !field->is_array && ends_so(field->name, "producer_id")
                ? known_at(resolver, *(const int64_t *)at)
                : NULL;
        if (known)
            return known;
    }
    return NULL;
}

static void resolve_struct(const struct resolver *resolver, const struct wire_schema *schema, void *in)
{
    const struct cluster_known *producer = producer_in(resolver, schema, in);
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct wire_field *field = &schema->fields[i];
        void *at = (uint8_t *)in + field->offset;
        const struct wire_array *array = at;
        int16_t *number = at;
        if (producer && field->type == WIRE_INT16 && !field->is_array &&
            ends_so(field->name, "producer_epoch") && *number == CLUSTER_REFERENCE)
            *number = producer->producer_epoch;
        if (!field->is_array)
            resolve_one(resolver, field, at);
        for (int32_t n = 0; field->is_array && n < array->count; n++)
            resolve_one(resolver, field, (uint8_t *)array->items + (size_t)n * wire_value_bytes(field));
    }
}

static void resolve_one(const struct resolver *resolver, const struct wire_field *field, void *at)
{
    const struct cluster_known *known;
    uint8_t *id = at;
    switch (field->type) {
    case WIRE_INT32:
        known = known_at(resolver, *(const int32_t *)at);
        if (known && strncmp(field->name, "generation_id", 13) == 0)
            *(int32_t *)at = known->generation;
        break;
    case WIRE_INT64:
        known = known_at(resolver, *(const int64_t *)at);
        if (known && ends_so(field->name, "producer_id"))
            *(int64_t *)at = known->producer_id;
        break;
    case WIRE_UUID:
        if (id[0] == CLUSTER_TOPIC_REFERENCE && resolver->cluster->topic_count)
            memcpy(id, &resolver->cluster->topics[id[1] % resolver->cluster->topic_count]->id, 16);
        break;
    case WIRE_STRING:
        resolve_string(resolver, at);
        break;
    case WIRE_STRUCT:
        resolve_struct(resolver, field->schema, at);
        break;
    case WIRE_OPTIONAL_STRUCT:
        if (*(void **)at)
            resolve_struct(resolver, field->schema, *(void **)at);
        break;
    case WIRE_BOOL:
    case WIRE_INT8:
    case WIRE_INT16:
    case WIRE_BYTES:
    case WIRE_RECORDS: /* resolve_produce: it has to know of which partition */
        break;
    }
}

static void resolve_produce(const struct resolver *resolver, const struct wire_produce_request *body)
{
    for (int32_t i = 0; i < body->topic_data.count; i++) {
        const struct wire_produce_request_topic *asked = &body->topic_data.items[i];
        const struct kafka_topic *topic = asked->name.bytes > 0
                                              ? kafka_topic_find(resolver->cluster, asked->name)
                                              : kafka_topic_by_id(resolver->cluster, &asked->topic_id);
        for (int32_t j = 0; j < asked->partition_data.count; j++)
            resolve_records(resolver, asked->partition_data.items[j].records,
                            kafka_topic_partition(topic, asked->partition_data.items[j].index));
    }
}

void cluster_resolve(const struct kafka_request *request, const struct kafka_cluster *cluster,
                     const struct cluster_known known[CLUSTER_CONNECTIONS], bool keeps_crc)
{
    const struct resolver resolver = {request, cluster, known, keeps_crc};
    void *body = (void *)(uintptr_t)request->body;
    resolve_struct(&resolver, request->header.api->request, body);
    if (request->header.api->request == &wire_produce_request_schema)
        resolve_produce(&resolver, body);
}
