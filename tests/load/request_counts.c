/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/load/request_counts.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void request_counts_add(struct request_counts *counts, const char *client, size_t client_bytes,
                        int16_t api_key, int16_t api_version)
{
    char name[REQUEST_COUNTS_CLIENT_BYTES];
    snprintf(name, sizeof name, "%.*s", (int)client_bytes, client_bytes ? client : "");
    size_t i = 0;
    while (i < counts->entry_count &&
           (counts->entries[i].api_key != api_key || counts->entries[i].api_version != api_version ||
            strcmp(counts->entries[i].client, name) != 0))
        i++;
    struct request_count *entry = &counts->entries[i];
    if (i == counts->entry_count) {
        assert(i < REQUEST_COUNTS_MAX);
        counts->entry_count++;
        *entry = (struct request_count){.api_key = api_key, .api_version = api_version};
        memcpy(entry->client, name, sizeof name);
    }
    entry->count++;
}

void request_counts_print(const struct request_counts *counts, FILE *out)
{
    for (size_t i = 0; i < counts->entry_count; i++) {
        const struct request_count *entry = &counts->entries[i];
        fprintf(out, "requests %s %d %d %" PRIu64 "\n", *entry->client ? entry->client : "-", entry->api_key,
                entry->api_version, entry->count);
    }
}
