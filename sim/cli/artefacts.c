/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/artefacts.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "sim/cli/regress.h"
#include "sim/cli/version.h"

enum { JOINED_BYTES = ARTEFACTS_PATH_BYTES + 512 };

/* mkdir -p. */
static bool make_directories(const char *path)
{
    char made[JOINED_BYTES];
    snprintf(made, sizeof made, "%s", path);
    for (char *at = made + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(made, 0777) != 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    struct stat status;
    return (mkdir(made, 0777) == 0 || errno == EEXIST) && stat(made, &status) == 0 && S_ISDIR(status.st_mode);
}

/* A link takes the place of the last one at once; where a link cannot be made, the run goes on without. */
static void link_latest(const char *name)
{
    if (symlink(name, "millrace-out/.latest") != 0 ||
        rename("millrace-out/.latest", "millrace-out/latest") != 0)
        unlink("millrace-out/.latest");
}

/* Two runs may begin in one second: makes the directory, and adds to its name what it takes. A failure is
 * found later. */
static void make_unique(const char *parent, char *name, size_t bytes)
{
    char path[256];
    size_t used = strlen(name);
    if (!make_directories(parent))
        return;
    for (int i = 2; i < 1000; i++) {
        snprintf(path, sizeof path, "%s%.200s", parent, name);
        if (mkdir(path, 0777) == 0 || errno != EEXIST)
            return;
        snprintf(name + used, bytes - used, "-%d", i);
    }
}

bool artefacts_open(struct artefacts *artefacts, const char *directory, char error_out[ARTEFACTS_PATH_BYTES])
{
    char stamp[64], name[128], made[JOINED_BYTES], absolute[PATH_MAX];
    time_t now = time(NULL);
    struct tm utc;
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    snprintf(name, sizeof name, "%s-%.40s", stamp, version_commit());
    if (!directory)
        make_unique("millrace-out/", name, sizeof name);
    snprintf(made, sizeof made, "%s%s", directory ? directory : "millrace-out/", directory ? "" : name);
    if (!make_directories(made) || !realpath(made, absolute) || strlen(absolute) >= ARTEFACTS_PATH_BYTES) {
        snprintf(error_out, ARTEFACTS_PATH_BYTES, "%.1000s: %s", made, strerror(errno));
        return false;
    }
    memset(artefacts, 0, sizeof *artefacts);
    snprintf(artefacts->directory, sizeof artefacts->directory, "%s", absolute);
    snprintf(made, sizeof made, "%s/work", artefacts->directory);
    if (!make_directories(made)) {
        snprintf(error_out, ARTEFACTS_PATH_BYTES, "%.1000s: %s", made, strerror(errno));
        return false;
    }
    if (!directory)
        link_latest(name);
    return true;
}

void artefacts_work_path(const struct artefacts *artefacts, const char *name,
                         char path_out[ARTEFACTS_PATH_BYTES])
{
    snprintf(path_out, ARTEFACTS_PATH_BYTES, "%.*s/work/%s", ARTEFACTS_PATH_BYTES - 272, artefacts->directory,
             name);
}

void artefacts_seed_path(const struct artefacts *artefacts, uint64_t seed,
                         char path_out[ARTEFACTS_PATH_BYTES])
{
    char name[64];
    snprintf(name, sizeof name, "%" PRIu64 ".jsonl", seed);
    artefacts_work_path(artefacts, name, path_out);
}

void artefacts_clean(const struct artefacts *artefacts)
{
    char path[ARTEFACTS_PATH_BYTES];
    artefacts_work_path(artefacts, "", path);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        artefacts_work_path(artefacts, entry->d_name, path);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    if (directory)
        closedir(directory);
}

void artefacts_close(struct artefacts *artefacts)
{
    char path[ARTEFACTS_PATH_BYTES];
    artefacts_clean(artefacts);
    artefacts_work_path(artefacts, "", path);
    rmdir(path);
    free(artefacts->taken);
    memset(artefacts, 0, sizeof *artefacts);
}

/* A signature as a folder's name, and another one when a scenario before this had the same. */
static const char *take_name(struct artefacts *artefacts, const char *signature, const char *scenario_name)
{
    char name[PLAY_NAME_BYTES * 2];
    for (int attempt = 0;; attempt++) {
        if (attempt == 0)
            snprintf(name, sizeof name, "%s", signature);
        else
            snprintf(name, sizeof name, "%.50s@%.50s%.0d", signature, scenario_name, attempt - 1);
        for (char *at = name; *at; at++)
            if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-@.", *at))
                *at = '_';
        if (*name == '.' || *name == '\0')
            *name = '_';
        bool is_taken = false;
        for (size_t i = 0; i < artefacts->taken_count; i++)
            is_taken |= strcmp(artefacts->taken[i], name) == 0;
        if (!is_taken)
            break;
    }
    artefacts->taken = realloc(artefacts->taken, (artefacts->taken_count + 1) * sizeof *artefacts->taken);
    assert(artefacts->taken);
    return memcpy(artefacts->taken[artefacts->taken_count++], name, sizeof name);
}

static bool write_reproduce(const char *path, const struct score_signature *signature, const char *argument,
                            const struct score_failure *failure)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return false;
    fprintf(out, "property  %s\nsignature %s\n", failure->property, failure->signature);
    if (failure->regression)
        fprintf(out, "regression %s\n", failure->regression);
    else
        fprintf(out, "seed      %" PRIu64 "\n", failure->seed);
    if (failure->has_history)
        fprintf(out, "history   %016" PRIx64 "\n", failure->history);
    fprintf(out, "commit    %s\n\n%s\n\n", version_commit(), failure->message);
    if (!failure->is_walked && !failure->regression)
        fprintf(out, "# by seed, with this build\nmillrace-sim replay %s --seed %" PRIu64 "\n", argument,
                failure->seed);
    if (signature->has_trace)
        fprintf(out,
                "# by trace, with any build (it lies beside this file)\nmillrace-sim replay %s/trace.jsonl\n",
                signature->folder);
    return fclose(out) == 0;
}

bool artefacts_keep(struct artefacts *artefacts, struct score_signature *signature, const char *scenario_name,
                    const char *argument, const struct score_failure *failure)
{
    char from[ARTEFACTS_PATH_BYTES], path[JOINED_BYTES + ARTEFACTS_PATH_BYTES];
    snprintf(signature->folder, sizeof signature->folder, "%s/failures/%s", artefacts->directory,
             take_name(artefacts, signature->signature, scenario_name));
    if (!make_directories(signature->folder))
        return false;
    if (failure->regression)
        regress_trace_path(artefacts, failure->regression, from);
    else
        artefacts_seed_path(artefacts, failure->seed, from);
    snprintf(path, sizeof path, "%s/trace.jsonl", signature->folder);
    signature->has_trace = failure->has_history && rename(from, path) == 0;
    if (!signature->has_trace)
        unlink(path); /* of an earlier run into the same directory */
    snprintf(path, sizeof path, "%s/trace.min.jsonl", signature->folder);
    unlink(path); /* so may this be */
    snprintf(path, sizeof path, "%s/REPRODUCE", signature->folder);
    return write_reproduce(path, signature, argument, failure);
}

bool artefacts_keep_shrunk(const struct score_signature *signature)
{
    char path[JOINED_BYTES + ARTEFACTS_PATH_BYTES];
    snprintf(path, sizeof path, "%s/REPRODUCE", signature->folder);
    FILE *out = fopen(path, "a");
    if (!out)
        return false;
    fprintf(out, "# by the same trace, shrunk to %zu choices\nmillrace-sim replay %s/trace.min.jsonl\n",
            signature->deviations, signature->folder);
    return fclose(out) == 0;
}
