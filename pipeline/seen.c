/* SPDX-License-Identifier: Apache-2.0 */
/* seen: see seen.h. A ring in the order of arrival, and chains over it by the hash of the id. */
#include "pipeline/seen.h"

#include "pipeline/memory.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 64 };

struct seen_id seen_id_of(const char *id, size_t length)
{
    struct seen_id kept = {{0}};
    if (length <= SEEN_ID_BYTES)
        memcpy(kept.bytes, id, length);
    else if (EVP_Digest(id, length, kept.bytes, NULL, EVP_sha256(), NULL) != 1)
        memory_exhausted();
    return kept;
}

uint64_t seen_content_of(const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

void seen_init(struct seen *seen, size_t most, int64_t window_ns)
{
    assert(most >= 1 && window_ns >= 0);
    *seen = (struct seen){.most = most, .window_ns = window_ns};
}

void seen_deinit(struct seen *seen)
{
    free(seen->entries);
    free(seen->buckets);
    *seen = (struct seen){0};
}

static uint32_t *bucket_of(const struct seen *seen, const struct seen_id *id)
{
    return &seen->buckets[seen_content_of(id->bytes, SEEN_ID_BYTES) % seen->capacity];
}

static struct seen_entry *find(const struct seen *seen, const struct seen_id *id)
{
    uint32_t at = seen->capacity ? *bucket_of(seen, id) : SEEN_NONE;
    while (at != SEEN_NONE && memcmp(&seen->entries[at].id, id, sizeof *id) != 0)
        at = seen->entries[at].next;
    return at == SEEN_NONE ? NULL : &seen->entries[at];
}

enum seen_verdict seen_look(const struct seen *seen, const struct seen_id *id, uint64_t content,
                            int64_t offset, int64_t now_ns)
{
    const struct seen_entry *entry = find(seen, id);
    if (!entry || entry->offset == offset || now_ns - entry->wall_ns >= seen->window_ns)
        return SEEN_NEW;
    return entry->content == content ? SEEN_REPEATED : SEEN_OTHER;
}

static void push(struct seen *seen, const struct seen_entry *entry)
{
    uint32_t at = (uint32_t)((seen->head + seen->count++) % seen->capacity);
    uint32_t *bucket = bucket_of(seen, &entry->id);
    seen->entries[at] = *entry;
    seen->entries[at].next = *bucket;
    *bucket = at;
}

static void drop_oldest(struct seen *seen)
{
    uint32_t oldest = (uint32_t)seen->head;
    uint32_t *link = bucket_of(seen, &seen->entries[oldest].id);
    while (*link != oldest)
        link = &seen->entries[*link].next;
    *link = seen->entries[oldest].next;
    seen->head = (seen->head + 1) % seen->capacity;
    seen->count--;
}

/* Twice as many, at most seen->most. */
static void grow(struct seen *seen)
{
    struct seen old = *seen;
    size_t wanted = old.capacity ? old.capacity * 2 : CAPACITY_FIRST;
    seen->capacity = wanted < seen->most ? wanted : seen->most;
    seen->entries = memory_new(seen->capacity * sizeof *seen->entries);
    seen->buckets = memory_new(seen->capacity * sizeof *seen->buckets);
    for (size_t i = 0; i < seen->capacity; i++)
        seen->buckets[i] = SEEN_NONE;
    seen->head = seen->count = 0;
    for (size_t i = 0; i < old.count; i++)
        push(seen, &old.entries[(old.head + i) % old.capacity]);
    free(old.entries);
    free(old.buckets);
}

void seen_add(struct seen *seen, const struct seen_id *id, uint64_t content, int64_t offset, int64_t wall_ns)
{
    struct seen_entry *known = find(seen, id);
    if (known) {
        known->content = content;
        known->offset = offset;
        if (known->wall_ns < wall_ns)
            known->wall_ns = wall_ns;
        return;
    }
    if (seen->count == seen->capacity && seen->capacity < seen->most)
        grow(seen);
    else if (seen->count == seen->capacity)
        drop_oldest(seen);
    push(seen, &(struct seen_entry){.id = *id, .content = content, .offset = offset, .wall_ns = wall_ns});
}
