/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_seeds: for each API in each version some inputs that use it, after a client's usual beginning: records
 * produced, a group of two that has got its assignment, offsets committed. Usage: [DIRECTORY]: writes them there;
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

enum { SEEDS_EACH = 3, FRAMES_EACH = 4 };
enum {
    KEY_PRODUCE = 0,
    KEY_OFFSET_COMMIT = 8,
    KEY_JOIN_GROUP = 11,
    KEY_SYNC_GROUP = 14,
    KEY_INIT_PRODUCER_ID = 22,
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

static void put_beginning(struct wire_output *input, struct cluster_dice *dice)
{
    struct wire_init_producer_id_request init;
    wire_init(&wire_init_producer_id_request_schema, &init);
    init.transactional_id = (struct wire_string){.bytes = -1};
    init.producer_id = -1;
    init.producer_epoch = -1;
    put_body(input, 0, KEY_INIT_PRODUCER_ID, 3, &init);
    for (int i = 0; i < FRAMES_EACH; i++)
        put_drawn(input, (uint8_t)cluster_draw(dice, 2), dice, KEY_PRODUCE, PRODUCE_VERSION);
    put_group(input);
    for (int i = 0; i < 2; i++)
        put_drawn(input, (uint8_t)i, dice, KEY_OFFSET_COMMIT, 6);
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
    uint8_t setup[CLUSTER_SETUP_BYTES] = {(uint8_t)cluster_draw(dice, 16), 0};
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
