/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests there were, by client id, API key and version. */
#ifndef TESTS_LOAD_REQUEST_COUNTS_H
#define TESTS_LOAD_REQUEST_COUNTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { REQUEST_COUNTS_MAX = 512, REQUEST_COUNTS_CLIENT_BYTES = 32 };

struct request_count {
    char client[REQUEST_COUNTS_CLIENT_BYTES]; /* cut off if longer */
    int16_t api_key, api_version;
    uint64_t count;
};

struct request_counts {
    struct request_count entries[REQUEST_COUNTS_MAX];
    size_t entry_count;
};

/* client: not NUL-terminated, may be NULL. */
void request_counts_add(struct request_counts *counts, const char *client, size_t client_bytes,
                        int16_t api_key, int16_t api_version);
/* One line each: "requests CLIENT API-KEY VERSION COUNT". */
void request_counts_print(const struct request_counts *counts, FILE *out);

#endif
