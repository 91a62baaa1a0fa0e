/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/trace.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/version.h"

/* An event's line in the log: "INDEX TIME task TASK CALL A B RESULT HASH". Other lines, and longer ones, are
 * passed over. */
enum { LINE_BYTES = 512, BUFFER_BYTES = 1 << 16, SPACING_FIRST = 64 };

/* What is made of a log's events. */
struct reader {
    void (*on_event)(uint64_t index, uint64_t hash);
    FILE *copy;
    char line[LINE_BYTES];
    size_t used;
    bool is_long;
};

static struct reader reader;

static struct {
    struct trace_checkpoint at[TRACE_CHECKPOINTS_MAX];
    size_t count;
    uint64_t spacing;
} noted;

static struct {
    const struct trace_checkpoint *recorded;
    size_t count, next;
    bool is_different;
} compared;

static void read_line(void)
{
    char *end;
    uint64_t index = strtoull(reader.line, &end, 10), hash;
    if (end == reader.line || *end != ' ')
        return;
    strtoll(end + 1, &end, 10);
    const char *last = strrchr(end, ' ');
    if (strncmp(end, " task ", 6) == 0 && last && trace_hash_read(last + 1, &hash))
        reader.on_event(index, hash);
}

static ssize_t write_log(void *cookie, const char *data, size_t bytes)
{
    (void)cookie;
    if (reader.copy)
        fwrite(data, 1, bytes, reader.copy);
    for (size_t i = 0; i < bytes; i++) {
        if (data[i] != '\n') {
            reader.is_long |= reader.used == LINE_BYTES - 1;
            if (!reader.is_long)
                reader.line[reader.used++] = data[i];
            continue;
        }
        reader.line[reader.used] = '\0';
        if (!reader.is_long)
            read_line();
        reader.used = 0;
        reader.is_long = false;
    }
    return (ssize_t)bytes;
}

static FILE *open_log(void (*on_event)(uint64_t index, uint64_t hash), FILE *copy)
{
    memset(&reader, 0, sizeof reader);
    reader.on_event = on_event;
    reader.copy = copy;
    FILE *log = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_log});
    if (log)
        setvbuf(log, NULL, _IOFBF, BUFFER_BYTES);
    return log;
}

/* When full, every second one goes, and they come half as often. */
static void note(uint64_t index, uint64_t hash)
{
    if (index % noted.spacing)
        return;
    if (noted.count == TRACE_CHECKPOINTS_MAX) {
        noted.spacing *= 2;
        noted.count /= 2;
        for (size_t i = 0; i < noted.count; i++)
            noted.at[i] = noted.at[2 * i + 1];
        if (index % noted.spacing)
            return;
    }
    noted.at[noted.count++] = (struct trace_checkpoint){index, hash};
}

FILE *trace_record(void)
{
    noted.count = 0;
    noted.spacing = SPACING_FIRST;
    return open_log(note, NULL);
}

void trace_record_end(FILE *log, bool keep)
{
    if (log)
        fclose(log);
    if (!keep)
        noted.count = 0;
}

static void compare(uint64_t index, uint64_t hash)
{
    if (compared.is_different || compared.next == compared.count ||
        compared.recorded[compared.next].events != index)
        return;
    if (compared.recorded[compared.next].hash == hash)
        compared.next++;
    else
        compared.is_different = true;
}

FILE *trace_compare(const struct trace_checkpoint *recorded, size_t count, FILE *copy)
{
    compared.recorded = recorded;
    compared.count = count;
    compared.next = 0;
    compared.is_different = false;
    return open_log(compare, copy);
}

const struct trace_checkpoint *trace_compare_end(FILE *log)
{
    if (log)
        fclose(log);
    return compared.next < compared.count ? &compared.recorded[compared.next] : NULL;
}

void trace_hash_text(uint64_t hash, char text_out[TRACE_HASH_BYTES])
{
    snprintf(text_out, TRACE_HASH_BYTES, "%016" PRIx64, hash);
}

bool trace_hash_read(const char *text, uint64_t *hash_out)
{
    if (strlen(text) != TRACE_HASH_BYTES - 1 || strspn(text, "0123456789abcdef") != TRACE_HASH_BYTES - 1)
        return false;
    *hash_out = strtoull(text, NULL, 16);
    return true;
}

static bool write_checkpoints(FILE *out)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < noted.count; i++) {
        char hash[TRACE_HASH_BYTES];
        trace_hash_text(noted.at[i].hash, hash);
        is_good = capsule_write_checkpoint(out, &(struct capsule_checkpoint){noted.at[i].events, hash});
    }
    return is_good;
}

static bool write_choices(FILE *out, const struct play_result *result)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < result->pick_count; i++) {
        struct play_pick pick = result->picks[i];
        is_good = capsule_write_choice(out, &(struct capsule_choice){.actor = pick.actor,
                                                                     .point = pick.point,
                                                                     .occurrence = pick.occurrence,
                                                                     .pick = pick.picked});
    }
    return is_good;
}

bool trace_write(const char *path, const struct scenario *scenario, uint64_t seed,
                 const struct play_result *result)
{
    static struct play_finding nothing;
    const struct play_finding *finding = result->finding_count ? &result->findings[0] : &nothing;
    FILE *out = fopen(path, "w");
    if (!out)
        return false;
    struct version_libraries libraries;
    version_libraries(&libraries);
    char hash[TRACE_HASH_BYTES];
    trace_hash_text(result->history, hash);
    const struct capsule_header header = {
        .model = VERSION_MODEL,
        .commit = (char *)version_commit(),
        .build_id = (char *)version_build_id(),
        .libraries = libraries.at,
        .library_count = VERSION_LIBRARIES,
        .scenario = scenario->name,
        .config = scenario->text,
        .seed = (int64_t)seed,
        .strategy = "random",
        .signature = (char *)finding->signature,
    };
    const struct capsule_verdict verdict = {
        .is_failure = result->finding_count > 0,
        .property = (char *)finding->property,
        .signature = (char *)finding->signature,
        .message = (char *)finding->message,
        .events = result->events,
        .hash = hash,
    };
    bool is_good = capsule_write_header(out, &header) && write_choices(out, result) &&
                   write_checkpoints(out) && capsule_write_verdict(out, &verdict);
    int error = errno;
    is_good &= fclose(out) == 0;
    if (!is_good && error)
        errno = error;
    return is_good;
}
