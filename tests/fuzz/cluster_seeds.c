/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_seeds: for each API in each version some inputs that use it, after a client's usual beginning: records
 * produced, a group of two that has got its assignment, offsets committed, a transaction begun, or ended. Usage: [DIRECTORY]: writes them there;
 * without it, plays each once.
 */
#include "sim/kafka/api.h"
#include "tests/fuzz/cluster.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/group.h"
#include "sim/kafka/wire/session.h"
#include "sim/kafka/wire/transaction.h"

enum { SEEDS_EACH = 3, FRAMES_EACH = 4 };
enum {
    KEY_PRODUCE = 0,
    KEY_OFFSET_COMMIT = 8,
    KEY_FIND_COORDINATOR = 10,
    KEY_JOIN_GROUP = 11,
    KEY_SYNC_GROUP = 14,
    KEY_INIT_PRODUCER_ID = 22,
    KEY_ADD_PARTITIONS_TO_TXN = 24,
    KEY_ADD_OFFSETS_TO_TXN = 25,
    KEY_END_TXN = 26,
    KEY_TXN_OFFSET_COMMIT = 28,
    PRODUCE_VERSION = 9,
    JOIN_VERSION = 5,
};

static const char *directory;
static size_t seed_count;

static struct wire_string text(const char *from)
{
    return (struct wire_string){from, (int32_t)strlen(from)};
}

static void put_op(struct wire_output *input, enum cluster_kind kind, uint8_t who, uint16_t value)
{
    cluster_op_append(&(struct cluster_op){.kind = kind, .who = who, .value = value}, input);
}

static void put_bare(struct wire_output *input, uint8_t who, const struct wire_output *frame)
{
    struct cluster_op op = {.who = who, .value = (uint16_t)frame->bytes, .frame = frame->data};
    if (!frame->is_failed && frame->bytes <= UINT16_MAX)
        cluster_op_append(&op, input);
}

static void put_body(struct wire_output *input, uint8_t who, int16_t key, int16_t version, const void *body)
{
    struct wire_request_header header = {.api_key = key,
                                         .api_version = version,
                                         .client_id = text("c"),
                                         .api = wire_api_of(key),
                                         .is_flexible = version >= wire_api_of(key)->flexible};
    struct wire_output frame = {0};
    wire_request_encode(&header, body, &frame);
    struct wire_output bare = {
        .data = frame.data + 4, .bytes = frame.bytes - 4, .is_failed = frame.is_failed};
    put_bare(input, who, &bare);
    free(frame.data);
}

static void put_drawn(struct wire_output *input, uint8_t who, struct cluster_dice *dice, int16_t key,
                      int16_t version)
{
    struct wire_request_header header = {.api_key = key,
                                         .api_version = version,
                                         .client_id = text("c"),
                                         .api = wire_api_of(key),
                                         .is_flexible = version >= wire_api_of(key)->flexible};
    struct wire_output frame = {0};
    cluster_make_frame(dice, &header, &frame);
    put_bare(input, who, &frame);
    free(frame.data);
}

/* Two members of "g": they join, wait for one another, and the first brings the assignment. */
static void put_group(struct wire_output *input)
{
    static const uint8_t subscription[] = {0, 0, 0, 0, 0, 1, 0, 1, 'a', 255, 255, 255, 255};
    struct wire_join_group_request_protocol protocol = {.name = text("range"),
                                                        .metadata = {subscription, sizeof subscription}};
    struct wire_join_group_request join;
    struct wire_sync_group_request sync;
    struct wire_sync_group_request_assignment assignments[2];
    wire_init(&wire_join_group_request_schema, &join);
    join.group_id = text("g");
    join.session_timeout_ms = 45000;
    join.rebalance_timeout_ms = 300000;
    join.protocol_type = text("consumer");
    join.protocols.items = &protocol;
    join.protocols.count = 1;
    /* Members that are told their id first (KIP-394) come twice. */
    for (int round = 0; round < 2; round++) {
        for (uint8_t who = 0; who < 2; who++) {
            join.member_id = text(round == 0 ? "" : who == 0 ? "@0" : "@1");
            put_body(input, who, KEY_JOIN_GROUP, JOIN_VERSION, &join);
        }
    }
    put_op(input, CLUSTER_ADVANCE, 0, 3000);
    put_op(input, CLUSTER_ADVANCE, 0, 3000);
    wire_init(&wire_sync_group_request_schema, &sync);
    sync.group_id = text("g");
    for (uint8_t who = 0; who < 2; who++) {
        sync.generation_id = CLUSTER_REFERENCE - who;
        sync.member_id = text(who == 0 ? "@0" : "@1");
        for (int i = 0; i < 2; i++) {
            assignments[i].member_id = text(i == 0 ? "@0" : "@1");
            assignments[i].assignment = (struct wire_bytes){subscription, sizeof subscription};
        }
        sync.assignments.items = assignments;
        sync.assignments.count = 2;
        put_body(input, who, KEY_SYNC_GROUP, 3, &sync);
    }
}

/* Makes the internal topics. */
static void put_coordinators(struct wire_output *input)
{
    struct wire_find_coordinator_request find;
    wire_init(&wire_find_coordinator_request_schema, &find);
    for (int8_t type = 0; type < 2; type++) {
        find.key_type = type;
        find.key = text(type ? "t" : "g");
        put_body(input, 0, KEY_FIND_COORDINATOR, 3, &find);
    }
    put_op(input, CLUSTER_ADVANCE, 0, 3000);
}

static void put_transactional_batch(struct wire_output *input, uint8_t who, int64_t producer_id)
{
    struct wire_batch batch = {.magic = 2,
                               .producer_id = producer_id,
                               .base_sequence = CLUSTER_REFERENCE,
                               .record_count = 1,
                               .base_timestamp_ms = INT64_C(1700000000000),
                               .max_timestamp_ms = INT64_C(1700000000000),
                               .is_transactional = true};
    struct wire_record record = {.timestamp_ms = batch.base_timestamp_ms, .key.bytes = -1, .value.bytes = -1};
    struct wire_output records = {0}, frame = {0};
    wire_record_append(&batch, &record, &records);
    batch.payload = (struct wire_bytes){records.data, (int32_t)records.bytes};
    wire_batch_append(&batch, &frame);
    struct wire_produce_request_partition partition = {.records = {frame.data, (int32_t)frame.bytes}};
    struct wire_produce_request_topic topic = {.name = text("a")};
    struct wire_produce_request body;
    wire_init(&wire_produce_request_schema, &body);
    topic.partition_data.items = &partition;
    topic.partition_data.count = 1;
    body.transactional_id = text("t");
    body.acks = -1;
    body.timeout_ms = 30000;
    body.topic_data.items = &topic;
    body.topic_data.count = 1;
    put_body(input, who, KEY_PRODUCE, PRODUCE_VERSION, &body);
    free(records.data);
    free(frame.data);
}

static void put_offsets(struct wire_output *input, uint8_t who, int64_t producer_id)
{
    struct wire_txn_offset_commit_request_partition partition = {
        .committed_offset = 3, .committed_leader_epoch = -1, .committed_metadata.bytes = -1};
    struct wire_txn_offset_commit_request_topic topic = {.name = text("a")};
    struct wire_txn_offset_commit_request body;
    wire_init(&wire_txn_offset_commit_request_schema, &body);
    topic.partitions.items = &partition;
    topic.partitions.count = 1;
    body.transactional_id = text("t");
    body.group_id = text("g");
    body.group_instance_id.bytes = -1;
    body.producer_id = producer_id;
    body.producer_epoch = CLUSTER_REFERENCE;
    body.topics.items = &topic;
    body.topics.count = 1;
    put_body(input, who, KEY_TXN_OFFSET_COMMIT, 3, &body);
}

/* "t", of connection 2: a record and an offset. */
static void put_transaction(struct wire_output *input, bool is_ended)
{
    enum { WHO = 2 };
    const int64_t producer_id = CLUSTER_REFERENCE - WHO;
    struct wire_init_producer_id_request init;
    wire_init(&wire_init_producer_id_request_schema, &init);
    init.transactional_id = text("t");
    init.transaction_timeout_ms = 60000;
    init.producer_id = -1;
    init.producer_epoch = -1;
    put_body(input, WHO, KEY_INIT_PRODUCER_ID, 3, &init);
    put_op(input, CLUSTER_ADVANCE, 0, 1000);

    int32_t partition = 0;
    struct wire_add_partitions_to_txn_request_topic topic = {.name = text("a")};
    struct wire_add_partitions_to_txn_request add;
    wire_init(&wire_add_partitions_to_txn_request_schema, &add);
    topic.partitions.items = &partition;
    topic.partitions.count = 1;
    add.v3_and_below_transactional_id = text("t");
    add.v3_and_below_producer_id = producer_id;
    add.v3_and_below_producer_epoch = CLUSTER_REFERENCE;
    add.v3_and_below_topics.items = &topic;
    add.v3_and_below_topics.count = 1;
    put_body(input, WHO, KEY_ADD_PARTITIONS_TO_TXN, 3, &add);
    put_transactional_batch(input, WHO, producer_id);

    struct wire_add_offsets_to_txn_request offsets;
    wire_init(&wire_add_offsets_to_txn_request_schema, &offsets);
    offsets.transactional_id = text("t");
    offsets.group_id = text("g");
    offsets.producer_id = producer_id;
    offsets.producer_epoch = CLUSTER_REFERENCE;
    put_body(input, WHO, KEY_ADD_OFFSETS_TO_TXN, 3, &offsets);
    put_offsets(input, WHO, producer_id);

    struct wire_end_txn_request end;
    wire_init(&wire_end_txn_request_schema, &end);
    end.transactional_id = text("t");
    end.producer_id = producer_id;
    end.producer_epoch = CLUSTER_REFERENCE;
    end.committed = true;
    if (is_ended)
        put_body(input, WHO, KEY_END_TXN, 3, &end);
}

static void put_beginning(struct wire_output *input, struct cluster_dice *dice)
{
    struct wire_init_producer_id_request init;
    wire_init(&wire_init_producer_id_request_schema, &init);
    init.transactional_id = (struct wire_string){.bytes = -1};
    init.producer_id = -1;
    init.producer_epoch = -1;
    put_coordinators(input);
    put_body(input, 0, KEY_INIT_PRODUCER_ID, 3, &init);
    for (int i = 0; i < FRAMES_EACH; i++)
        put_drawn(input, (uint8_t)cluster_draw(dice, 2), dice, KEY_PRODUCE, PRODUCE_VERSION);
    put_group(input);
    for (int i = 0; i < 2; i++)
        put_drawn(input, (uint8_t)i, dice, KEY_OFFSET_COMMIT, 6);
    if (cluster_draw(dice, 2))
        put_transaction(input, cluster_draw(dice, 2));
}

static void put_seed(const struct wire_output *input)
{
    if (directory) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%04zu", directory, seed_count);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(input->data, 1, input->bytes, file) != input->bytes || fclose(file) != 0) {
            perror(path);
            exit(1);
        }
    } else {
        LLVMFuzzerTestOneInput(input->data, input->bytes);
    }
    seed_count++;
}

static void make_seed(struct cluster_dice *dice, const struct wire_api *api, int16_t version)
{
    struct wire_output input = {0};
    uint8_t setup[CLUSTER_SETUP_BYTES] = {(uint8_t)cluster_draw(dice, 64), 0};
    if (cluster_draw(dice, 2))
        setup[1] = (uint8_t)(1u << cluster_draw(dice, 8));
    wire_output_append(&input, setup, sizeof setup);
    put_beginning(&input, dice);
    for (int i = 0; i < FRAMES_EACH; i++)
        put_drawn(&input, (uint8_t)cluster_draw(dice, 4), dice, api->key, version);
    put_op(&input, (enum cluster_kind)(1 + cluster_draw(dice, CLUSTER_KINDS - 1)),
           (uint8_t)cluster_draw(dice, 4), (uint16_t)cluster_draw(dice, 1 << 16));
    put_drawn(&input, (uint8_t)cluster_draw(dice, 4), dice, api->key, version);
    put_seed(&input);
    free(input.data);
}

int main(int argc, char **argv)
{
    struct cluster_dice dice = {.state = 1};
    const struct kafka_api *offered;
    directory = argc > 1 ? argv[1] : NULL;
    for (size_t i = 0; (offered = kafka_api_at(i)); i++) {
        const struct wire_api *api = wire_api_of(offered->key);
        for (int16_t version = api->first; version <= api->last; version++)
            for (int n = 0; n < SEEDS_EACH; n++)
                make_seed(&dice, api, version);
    }
    printf("%zu seeds\n", seed_count);
    return 0;
}
