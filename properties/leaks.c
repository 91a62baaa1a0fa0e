/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaks: a process that exits cleanly leaves no memory, file or descriptor behind; and when the world ends,
 * no temporary file is left, whoever made it (E11 in kafka.md).
 *
 * A temporary file is one that was created, and whose name was neither renamed nor unlinked since: what lasts
 * gets its name by link or rename. Files whose path holds config.kept_mark may stay.
 */
#include "properties/property.h"
#include "properties/ledger_update.h"

#include <stdlib.h>
#include <string.h>

struct made_file {
    struct made_file *next;
    uint64_t hash;
    uint32_t process;
    size_t bytes;
    char path[];
};

enum { BUCKETS = 256 };

struct leaks {
    struct property property;
    struct made_file *buckets[BUCKETS];
};

static struct made_file **find(struct leaks *state, struct history_bytes path)
{
    uint64_t hash = ledger_hash(0, path);
    struct made_file **at = &state->buckets[hash % BUCKETS];
    while (*at && ((*at)->hash != hash || (*at)->bytes != path.bytes ||
                   memcmp((*at)->path, path.data, path.bytes) != 0))
        at = &(*at)->next;
    return at;
}

static void file_event(struct property *property, const struct history_event *event)
{
    struct leaks *state = (struct leaks *)property;
    const struct history_file *file = &event->file;
    if (file->error != 0 || !file->path.data)
        return;
    struct made_file **at = find(state, file->path), *made = *at;
    if (file->step == HISTORY_FILE_CREATE && !made) {
        const char *kept = property->config->kept_mark;
        if (kept && memmem(file->path.data, file->path.bytes, kept, strlen(kept)))
            return;
        made = malloc(sizeof(*made) + file->path.bytes + 1);
        if (!made)
            return;
        *made = (struct made_file){
            .hash = ledger_hash(0, file->path), .process = event->process, .bytes = file->path.bytes};
        memcpy(made->path, file->path.data, file->path.bytes);
        made->path[file->path.bytes] = '\0';
        *at = made;
        property->judged++;
    } else if ((file->step == HISTORY_FILE_UNLINK || file->step == HISTORY_FILE_RENAME) && made) {
        *at = made->next;
        free(made);
    }
}

/* Who ends by itself has removed what it made; what a killed one leaves, its successor removes. */
static void judge_files(struct property *property, const struct history_event *event)
{
    const struct leaks *state = (const struct leaks *)property;
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct made_file *made = state->buckets[i]; made; made = made->next)
            if (made->process == event->process)
                property_find(property, event, "temporary-file", "%s exited, and left %s",
                              event->process_name ? event->process_name : "a process", made->path);
}

static void leak_event(struct property *property, const struct history_event *event)
{
    const struct history_leak *leak = &event->leak;
    const char *name = event->process_name ? event->process_name : "a process";
    if (!leak->is_clean)
        return;
    property->judged++;
    if (leak->live_allocations > property->config->leaked_allocations_max ||
        leak->live_bytes > property->config->leaked_bytes_max)
        property_find(property, event, "memory", "%s exited and left %llu allocations of %llu bytes", name,
                      (unsigned long long)leak->live_allocations, (unsigned long long)leak->live_bytes);
    if (leak->open_files > 0)
        property_find(property, event, "files", "%s exited and left %u files open", name, leak->open_files);
    if (leak->open_descriptors > 0)
        property_find(property, event, "descriptors", "%s exited and left %u descriptors open", name,
                      leak->open_descriptors);
    judge_files(property, event);
}

static void on_event(struct property *property, const struct history_event *event)
{
    if (event->kind == HISTORY_FILE)
        file_event(property, event);
    else if (event->kind == HISTORY_LEAK)
        leak_event(property, event);
}

static void at_end(struct property *property)
{
    struct leaks *state = (struct leaks *)property;
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct made_file *made = state->buckets[i]; made; made = made->next)
            property_find(property, NULL, "temporary-file",
                          "the world ended with %s, made by process %u, still there", made->path,
                          made->process);
}

static void deinit(struct property *property)
{
    struct leaks *state = (struct leaks *)property;
    for (size_t i = 0; i < BUCKETS; i++)
        while (state->buckets[i]) {
            struct made_file *next = state->buckets[i]->next;
            free(state->buckets[i]);
            state->buckets[i] = next;
        }
}

const struct property_class leaks_property = {
    .name = "leaks", .bytes = sizeof(struct leaks), .on_event = on_event, .at_end = at_end, .deinit = deinit};
