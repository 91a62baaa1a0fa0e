/* SPDX-License-Identifier: Apache-2.0 */
/* load_verify: does the inventory hold what was sent? See load.h. */
#include "pipeline/load.h"

#include "pipeline/field.h"
#include "pipeline/inventory.h"
#include "pipeline/millrace.h"
#include "pipeline/tally.h"
#include "pipeline/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LEDGER_BYTES_MAX = 1 << 30 };

/* Tallies "trace_id LF attachment_url" of each line. False: reason says why. */
static bool read_ledger(const char *path, struct tally *sent, char *reason)
{
    struct text contents = {0};
    if (!text_read_file(&contents, path, LEDGER_BYTES_MAX)) {
        snprintf(reason, FIELD_REASON_BYTES, "%s", strerrordesc_np(errno));
        text_deinit(&contents);
        return false;
    }
    bool done = true;
    for (char *line = contents.data; done && line && *line;) {
        size_t length = strcspn(line, "\n");
        json_t *json = field_object(line, length, reason);
        const char *trace_id = json ? field_string(json, "trace_id", reason) : NULL;
        const char *url = trace_id ? field_string(json, "attachment_url", reason) : NULL;
        done = url != NULL;
        if (done) {
            struct text key = {0};
            text_format(&key, "%s\n%s", trace_id, url);
            tally_add(sent, key.data, key.length);
            text_deinit(&key);
        }
        json_decref(json);
        line += length + (line[length] == '\n');
    }
    text_deinit(&contents);
    return done;
}

/* How many keys of one are not in the other. */
static int64_t count_absent(const struct tally *keys, const struct tally *from)
{
    int64_t absent = 0;
    for (size_t i = 0; i < keys->capacity; i++) {
        const struct tally_entry *entry = &keys->entries[i];
        absent += entry->key && tally_count(from, entry->key, entry->key_bytes) == 0;
    }
    return absent;
}

static int compare(const struct tally *sent, const struct tally *found, const struct inventory_sum *sum)
{
    int64_t missing = count_absent(sent, found);
    int64_t unexpected = count_absent(found, sent);
    struct text out = {0};
    text_format(&out,
                "{\"sent\":%zu,\"found\":%lld,\"missing\":%lld,\"duplicates\":%lld,\"unexpected\":%lld,"
                "\"failed\":%lld}\n",
                sent->used, (long long)((int64_t)sent->used - missing), (long long)missing,
                (long long)sum->duplicates, (long long)unexpected,
                (long long)(sum->failed_transient + sum->failed_permanent));
    (void)text_write(1, out.data, out.length);
    text_deinit(&out);
    return missing == 0 && unexpected == 0 ? MILLRACE_OK : MILLRACE_DIFFERENT;
}

int load_verify(const char *ledger, const struct config *config, const struct log *log)
{
    struct tally sent = {0}, found = {0};
    char reason[FIELD_REASON_BYTES], error[CONFIG_ERROR_BYTES];
    struct inventory_request request = {.config = config, .identities = &found};
    struct inventory_sum sum;
    int code;
    if (!read_ledger(ledger, &sent, reason)) {
        log_simple(log, LOG_ERROR, ledger, reason);
        code = MILLRACE_USAGE;
    } else if (!inventory_read(&request, &sum, error)) {
        log_simple(log, LOG_ERROR, "inventory", error);
        code = MILLRACE_STOPPED;
    } else {
        code = compare(&sent, &found, &sum);
    }
    tally_deinit(&sent);
    tally_deinit(&found);
    return code;
}
