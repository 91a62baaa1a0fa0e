/* SPDX-License-Identifier: Apache-2.0 */
/* tally: see tally.h. */
#include "pipeline/tally.h"

#include "pipeline/memory.h"

#include <stdlib.h>
#include <string.h>

enum { TALLY_FIRST_CAPACITY = 1024 };

/* FNV-1a; the keys are our own ids, nobody crafts collisions. */
static uint64_t hash_of(const char *key, size_t bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (unsigned char)key[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

/* The entry of the key, or the free slot where it belongs. */
static struct tally_entry *slot(const struct tally *tally, const char *key, size_t bytes, uint64_t hash)
{
    for (size_t i = hash & (tally->capacity - 1);; i = (i + 1) & (tally->capacity - 1)) {
        struct tally_entry *entry = &tally->entries[i];
        if (!entry->key ||
            (entry->hash == hash && entry->key_bytes == bytes && memcmp(entry->key, key, bytes) == 0))
            return entry;
    }
}

static void grow(struct tally *tally)
{
    struct tally bigger = {.capacity = tally->capacity ? 2 * tally->capacity : TALLY_FIRST_CAPACITY,
                           .used = tally->used};
    bigger.entries = memory_new(bigger.capacity * sizeof *bigger.entries);
    for (size_t i = 0; i < tally->capacity; i++) {
        const struct tally_entry *entry = &tally->entries[i];
        if (entry->key)
            *slot(&bigger, entry->key, entry->key_bytes, entry->hash) = *entry;
    }
    free(tally->entries);
    *tally = bigger;
}

uint32_t tally_add(struct tally *tally, const char *key, size_t bytes)
{
    if (4 * (tally->used + 1) > 3 * tally->capacity)
        grow(tally);
    uint64_t hash = hash_of(key, bytes);
    struct tally_entry *entry = slot(tally, key, bytes, hash);
    if (!entry->key) {
        *entry = (struct tally_entry){.key = memory_copy(key, bytes), .key_bytes = bytes, .hash = hash};
        tally->used++;
    }
    return ++entry->count;
}

uint32_t tally_count(const struct tally *tally, const char *key, size_t bytes)
{
    if (tally->capacity == 0)
        return 0;
    return slot(tally, key, bytes, hash_of(key, bytes))->count;
}

void tally_deinit(struct tally *tally)
{
    for (size_t i = 0; i < tally->capacity; i++)
        free(tally->entries[i].key);
    free(tally->entries);
    *tally = (struct tally){0};
}
