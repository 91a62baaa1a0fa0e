/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_mutate: the fuzzer's own way to change an input: op by op, and in a frame field by field, through the wire's
 * tables. What comes out is nearly always an input that is played to its end; bytes are changed blindly only now
 * and then. See cluster.h.
 */
#include "tests/fuzz/cluster.h"

#include <stdlib.h>
#include <string.h>
#include "tests/fuzz/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t bytes, size_t bytes_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t bytes_max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t bytes1, const uint8_t *data2, size_t bytes2,
                                 uint8_t *out, size_t out_bytes_max, unsigned seed);

enum { APIS = 64, FRAME_BYTES_MAX = 40000, CHANGES_MAX = 3 };

struct script {
    uint8_t setup[CLUSTER_SETUP_BYTES];
    struct cluster_op ops[CLUSTER_OPS_MAX];
    uint32_t count;
};

static void read_script(struct script *script, const uint8_t *data, size_t bytes)
{
    size_t position = CLUSTER_SETUP_BYTES;
    *script = (struct script){0};
    if (bytes < CLUSTER_SETUP_BYTES)
        return;
    memcpy(script->setup, data, CLUSTER_SETUP_BYTES);
    while (script->count < CLUSTER_OPS_MAX &&
           cluster_op_next(data, bytes, &position, &script->ops[script->count]))
        script->count++;
}

/* As many ops as there is room for. */
static size_t write_script(const struct script *script, uint8_t *out, size_t bytes_max)
{
    struct wire_output output = {0};
    size_t bytes = CLUSTER_SETUP_BYTES;
    wire_output_append(&output, script->setup, CLUSTER_SETUP_BYTES);
    for (uint32_t i = 0; i < script->count; i++) {
        cluster_op_append(&script->ops[i], &output);
        if (output.bytes > bytes_max)
            break;
        bytes = output.bytes;
    }
    if (bytes <= bytes_max)
        memcpy(out, output.data, bytes);
    free(output.data);
    return bytes <= bytes_max ? bytes : 0;
}

static void set_frame(struct cluster_op *op, const struct wire_output *output, struct wire_memory *memory)
{
    if (output->is_failed || output->bytes > FRAME_BYTES_MAX)
        return;
    uint8_t *frame = wire_memory_take(memory, output->bytes + 1);
    if (output->bytes)
        memcpy(frame, output->data, output->bytes);
    op->frame = frame;
    op->value = (uint16_t)output->bytes;
}

static struct cluster_op new_op(struct cluster_dice *dice, struct wire_memory *memory)
{
    struct cluster_op op = {.who = (uint8_t)cluster_draw(dice, 4)};
    uint32_t drawn = cluster_draw(dice, 2 * CLUSTER_KINDS);
    if (drawn >= CLUSTER_KINDS) {
        struct wire_output output = {0};
        struct wire_request_header header = cluster_header(dice, cluster_draw(dice, APIS), true);
        cluster_make_frame(dice, &header, &output);
        set_frame(&op, &output, memory);
        free(output.data);
        return op;
    }
    op.kind = drawn > 0 ? (enum cluster_kind)drawn : CLUSTER_ADVANCE;
    op.value = (uint16_t)cluster_draw(dice, 1 << 16);
    return op;
}

/* One field of a frame's body, or its version. A frame that cannot be read is made anew. */
static void change_frame(struct cluster_op *op, struct cluster_dice *dice, struct wire_memory *memory)
{
    struct wire_bytes frame = {op->frame, op->value};
    struct wire_request_header header;
    struct wire_output output = {0};
    struct wire_error error;
    size_t position;
    void *body = NULL;
    if (wire_request_header_read(frame, &header, &position, &error) && header.api)
        body = wire_request_decode(frame, &header, memory, &error);
    if (!body) {
        *op = new_op(dice, memory);
        return;
    }
    uint32_t changes = 1 + cluster_draw(dice, CHANGES_MAX);
    const struct cluster_maker maker = {dice, memory, header.api_version};
    for (uint32_t i = 0; i < changes; i++)
        cluster_change(&maker, header.api->request, body);
    if (cluster_draw(dice, 10) == 0) {
        header.api_version =
            (int16_t)(header.api->first +
                      (int32_t)cluster_draw(dice, (uint32_t)(header.api->last - header.api->first + 1)));
        header.is_flexible = header.api_version >= header.api->flexible;
    }
    wire_request_encode(&header, body, &output);
    if (!output.is_failed && output.bytes > 4) {
        struct wire_output bare = {.data = output.data + 4, .bytes = output.bytes - 4};
        set_frame(op, &bare, memory);
    }
    free(output.data);
}

static void change_op(struct cluster_op *op, struct cluster_dice *dice, struct wire_memory *memory)
{
    if (op->kind == CLUSTER_FRAME && cluster_draw(dice, 8)) {
        change_frame(op, dice, memory);
    } else if (op->kind == CLUSTER_FRAME && cluster_draw(dice, 2)) {
        /* Blindly; half of the times its checksums stay wrong. */
        size_t room = op->value + 16u;
        uint8_t *frame = wire_memory_take(memory, room);
        memcpy(frame, op->frame, op->value);
        op->value = (uint16_t)LLVMFuzzerMutate(frame, op->value, room);
        op->frame = frame;
        op->who = (uint8_t)(op->who ^ (cluster_draw(dice, 2) ? CLUSTER_KEEP_CRC : 0));
    } else if (op->kind == CLUSTER_FRAME || cluster_draw(dice, 2)) {
        op->who = (uint8_t)cluster_draw(dice, 4);
    } else {
        op->value = (uint16_t)cluster_draw(dice, 1 << 16);
    }
}

static void insert(struct script *script, uint32_t at, struct cluster_op op)
{
    if (script->count == CLUSTER_OPS_MAX)
        script->count--;
    if (at > script->count)
        at = script->count;
    memmove(&script->ops[at + 1], &script->ops[at], (script->count - at) * sizeof op);
    script->ops[at] = op;
    script->count++;
}

static void drop(struct script *script, uint32_t at)
{
    script->count--;
    memmove(&script->ops[at], &script->ops[at + 1], (script->count - at) * sizeof script->ops[0]);
}

static void change_script(struct script *script, struct cluster_dice *dice, struct wire_memory *memory)
{
    uint32_t at = script->count ? cluster_draw(dice, script->count) : 0;
    uint32_t drawn = script->count ? cluster_draw(dice, 20) : 8;
    if (drawn < 8) {
        change_op(&script->ops[at], dice, memory);
    } else if (drawn < 13) {
        insert(script, cluster_draw(dice, script->count + 1), new_op(dice, memory));
    } else if (drawn < 15) {
        insert(script, cluster_draw(dice, script->count + 1), script->ops[at]);
    } else if (drawn < 17) {
        drop(script, at);
    } else if (drawn < 19) {
        uint32_t other = cluster_draw(dice, script->count);
        struct cluster_op op = script->ops[at];
        script->ops[at] = script->ops[other];
        script->ops[other] = op;
    } else {
        script->setup[cluster_draw(dice, CLUSTER_SETUP_BYTES)] ^= (uint8_t)(1u << cluster_draw(dice, 8));
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t bytes_max, unsigned seed)
{
    struct cluster_dice dice = {.state = seed};
    struct wire_memory memory = {0};
    struct script script;
    /* What is read points into data, which is written in the end only. */
    read_script(&script, data, bytes);
    uint32_t changes = 1 + cluster_draw(&dice, CHANGES_MAX);
    for (uint32_t i = 0; i < changes; i++)
        change_script(&script, &dice, &memory);
    size_t written = write_script(&script, data, bytes_max);
    wire_memory_deinit(&memory);
    return written;
}

/* The beginning of one, the end of the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t bytes1, const uint8_t *data2, size_t bytes2,
                                 uint8_t *out, size_t out_bytes_max, unsigned seed)
{
    struct cluster_dice dice = {.state = seed};
    struct script script, other;
    read_script(&script, data1, bytes1);
    read_script(&other, data2, bytes2);
    if (other.count == 0)
        return write_script(&script, out, out_bytes_max);
    script.count = script.count ? 1 + cluster_draw(&dice, script.count) : 0;
    for (uint32_t i = cluster_draw(&dice, other.count); i < other.count && script.count < CLUSTER_OPS_MAX;
         i++)
        script.ops[script.count++] = other.ops[i];
    return write_script(&script, out, out_bytes_max);
}
