/* SPDX-License-Identifier: Apache-2.0 */
/* tally: how often each of many strings was seen. */
#ifndef PIPELINE_TALLY_H
#define PIPELINE_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally_entry {
    char *key; /* NULL: free slot */
    size_t key_bytes;
    uint64_t hash;
    uint32_t count;
};

/* A zeroed struct is empty. */
struct tally {
    struct tally_entry *entries; /* open addressing, capacity a power of two */
    size_t capacity;
    size_t used; /* different keys */
};

/* Counts key once more; returns how often it was seen, this time included. Copies key. */
uint32_t tally_add(struct tally *tally, const char *key, size_t bytes);

/* How often it was seen. */
uint32_t tally_count(const struct tally *tally, const char *key, size_t bytes);

void tally_deinit(struct tally *tally);

#endif
