/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_memory: where decoded arrays lie. See wire.h.
 */
#include "sim/kafka/wire/wire.h"

#include <stdlib.h>

enum { CHUNK_BYTES_MIN = 4096, ALIGNMENT = 16 };

struct wire_chunk {
    struct wire_chunk *next;
    size_t bytes;
    _Alignas(ALIGNMENT) uint8_t data[];
};

void *wire_memory_take(struct wire_memory *memory, size_t bytes)
{
    if (bytes > SIZE_MAX / 4)
        return NULL;
    bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!memory->chunks || memory->chunks->bytes - memory->used_bytes < bytes) {
        size_t want = memory->chunks ? memory->chunks->bytes * 2 : CHUNK_BYTES_MIN;
        if (want < bytes)
            want = bytes;
        struct wire_chunk *chunk = malloc(sizeof(*chunk) + want);
        if (!chunk)
            return NULL;
        chunk->bytes = want;
        chunk->next = memory->chunks;
        memory->chunks = chunk;
        memory->used_bytes = 0;
    }
    void *taken = memory->chunks->data + memory->used_bytes;
    memory->used_bytes += bytes;
    return taken;
}

static void free_behind(struct wire_chunk *chunk)
{
    while (chunk) {
        struct wire_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void wire_memory_reset(struct wire_memory *memory)
{
    if (memory->chunks) {
        free_behind(memory->chunks->next);
        memory->chunks->next = NULL;
    }
    memory->used_bytes = 0;
}

void wire_memory_deinit(struct wire_memory *memory)
{
    if (!memory)
        return;
    free_behind(memory->chunks);
    *memory = (struct wire_memory){0};
}
