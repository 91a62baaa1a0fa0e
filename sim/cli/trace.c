/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/trace.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/version.h"

enum {
    SPACING_FIRST = 64,
    SHRUNK_CHECKPOINTS_MAX = 16, /* a shrunk trace is for people and for repositories */
};

static struct {
    struct trace_checkpoint at[TRACE_CHECKPOINTS_MAX];
    size_t count;
    uint64_t spacing;
} noted;

void trace_record_begin(void)
{
    noted.count = 0;
    noted.spacing = SPACING_FIRST;
}

void trace_record_forget(void)
{
    noted.count = 0;
}

/* When full, every second one goes, and they come half as often. */
bool trace_record(void *unused, uint64_t index, uint64_t hash)
{
    (void)unused;
    if (index % noted.spacing)
        return true;
    if (noted.count == TRACE_CHECKPOINTS_MAX) {
        noted.spacing *= 2;
        noted.count /= 2;
        for (size_t i = 0; i < noted.count; i++)
            noted.at[i] = noted.at[2 * i + 1];
        if (index % noted.spacing)
            return true;
    }
    noted.at[noted.count++] = (struct trace_checkpoint){index, hash};
    return true;
}

bool trace_compare(void *opaque, uint64_t index, uint64_t hash)
{
    struct trace_comparison *comparison = opaque;
    if (comparison->next == comparison->count || comparison->recorded[comparison->next].events != index)
        return true;
    comparison->is_different = comparison->recorded[comparison->next].hash != hash;
    comparison->next += !comparison->is_different;
    return !comparison->is_different;
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

/* No more than so many, evenly spread. */
static bool write_checkpoints(FILE *out, size_t count_max)
{
    bool is_good = true;
    size_t step = (noted.count + count_max - 1) / count_max;
    for (size_t i = step ? step - 1 : 0; is_good && i < noted.count; i += step) {
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

bool trace_write(const char *path, const struct scenario *scenario, uint64_t seed, const char *strategy,
                 const struct play_result *result)
{
    return trace_write_of(path, scenario, &(struct trace_origin){seed, strategy, 0}, result);
}

bool trace_write_of(const char *path, const struct scenario *scenario, const struct trace_origin *origin,
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
        .seed = (int64_t)origin->seed,
        .strategy = (char *)(uintptr_t)origin->strategy,
        .signature = (char *)finding->signature,
        .shrunk_from = (int64_t)origin->shrunk_from,
    };
    const struct capsule_verdict verdict = {
        .is_failure = result->finding_count > 0,
        .property = (char *)finding->property,
        .signature = (char *)finding->signature,
        .message = (char *)finding->message,
        .events = result->events,
        .hash = hash,
    };
    bool is_good =
        capsule_write_header(out, &header) && write_choices(out, result) &&
        write_checkpoints(out, origin->shrunk_from ? SHRUNK_CHECKPOINTS_MAX : TRACE_CHECKPOINTS_MAX) &&
        capsule_write_verdict(out, &verdict);
    int error = errno;
    is_good &= fclose(out) == 0;
    if (!is_good && error)
        errno = error;
    return is_good;
}
