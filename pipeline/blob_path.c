/* SPDX-License-Identifier: Apache-2.0 */
/* blob_path: see blob_path.h. */
#include "pipeline/blob_path.h"

#include "pipeline/digest.h"
#include "pipeline/memory.h"
#include "pipeline/text.h"
#include "pipeline/url.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_DIGITS = 8, VERSION_MAX = 40, EXTENSION_MAX = 16 };

/* Names that mean something else at the top of a storage. */
static const char *const reserved[] = {"inventory"};

static bool is_safe_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (strcmp(reserved[i], name) == 0)
            return true;
    }
    return false;
}

/* In place. Did anything change? */
static bool replace_unsafe(char *name)
{
    bool changed = false;
    for (char *c = name; *c; c++) {
        if (!is_safe_byte(*c) || (c == name && *c == '.')) {
            *c = '_';
            changed = true;
        }
    }
    return changed;
}

static char *limited_component(const char *id, size_t length_max)
{
    char *name = memory_string(id);
    size_t length = strlen(name);
    bool changed = replace_unsafe(name);
    if (!changed && length > 0 && length <= length_max && !is_reserved(name))
        return name;

    char hex[DIGEST_HEX_BYTES];
    digest_of(id, length, hex);
    size_t kept = length_max - 1 - SHORT_DIGITS;
    struct text component = {0};
    text_format(&component, "%.*s-%.*s", (int)kept, length ? name : "_", SHORT_DIGITS, hex);
    free(name);
    return component.data;
}

char *blob_path_component(const char *id)
{
    return limited_component(id, BLOB_PATH_ID_MAX);
}

/* What stands before the attachment's own name. */
static void add_file_prefix(struct text *file, const struct blob_path_event *event)
{
    char *assignment = blob_path_component(event->assignment_id);
    text_format(file, "%s_", assignment);
    free(assignment);
    if (strcmp(event->event_subtype, "firstNoticeOfLossReceived") == 0)
        text_add(file, "FNOL_");
    if (strcmp(event->event_subtype, "estimatePackageReceived") == 0) {
        char *version =
            limited_component(event->estimate_version ? event->estimate_version : "unknown", VERSION_MAX);
        text_format(file, "%s_", version);
        free(version);
    }
}

/* "{prefix}{stem}[-{digits of sha256(url)}]{.ext}", the stem cut so that all fits. */
static char *make_file(const struct blob_path_event *event, const char *url, int digits)
{
    struct text file = {0};
    add_file_prefix(&file, event);
    char *name = url_basename(url);
    replace_unsafe(name);
    const char *extension = url_extension(name);
    size_t extension_length = strlen(extension);
    if (extension_length > EXTENSION_MAX)
        extension_length = 0;
    size_t tail = extension_length ? extension_length + 1 : 0;
    size_t stem = strlen(name) - tail;
    size_t mark = digits ? (size_t)digits + 1 : 0;
    size_t stem_max = BLOB_PATH_FILE_MAX - file.length - tail - mark;
    text_append(&file, name, stem < stem_max ? stem : stem_max);
    if (digits) {
        char hex[DIGEST_HEX_BYTES];
        digest_of(url, strlen(url), hex);
        text_format(&file, "-%.*s", digits, hex);
    }
    if (tail)
        text_append(&file, name + strlen(name) - tail, tail);
    free(name);
    return file.data;
}

static bool has_twin(char *const *files, size_t count, size_t index)
{
    for (size_t i = 0; i < count; i++) {
        if (i != index && strcmp(files[i], files[index]) == 0)
            return true;
    }
    return false;
}

/* Gives every file that has a twin more digits. */
static void separate(const struct blob_path_event *event, const char *const *urls, size_t count, char **files,
                     int digits)
{
    bool *twins = memory_new(count * sizeof *twins);
    for (size_t i = 0; i < count; i++)
        twins[i] = has_twin(files, count, i);
    for (size_t i = 0; i < count; i++) {
        if (twins[i]) {
            free(files[i]);
            files[i] = make_file(event, urls[i], digits);
        }
    }
    free(twins);
}

void blob_path_make(const struct blob_path_event *event, const char *const *urls, size_t count, char **paths)
{
    for (size_t i = 0; i < count; i++)
        paths[i] = make_file(event, urls[i], 0);
    separate(event, urls, count, paths, SHORT_DIGITS);
    /* A name may be built to look like another's with its digits: then all digits decide. The second round
     * is for the name that happens to equal one of those; it gets all of its own. */
    separate(event, urls, count, paths, DIGEST_HEX_BYTES - 1);
    separate(event, urls, count, paths, DIGEST_HEX_BYTES - 1);

    char *subtype = blob_path_component(event->event_subtype);
    char *assignment = blob_path_component(event->assignment_id);
    char *trace = blob_path_component(event->trace_id);
    for (size_t i = 0; i < count; i++) {
        struct text path = {0};
        text_format(&path, "%s/%s/%s/%s", subtype, assignment, trace, paths[i]);
        free(paths[i]);
        paths[i] = path.data;
    }
    free(subtype);
    free(assignment);
    free(trace);
}

bool blob_path_is_safe(const char *path)
{
    if (strlen(path) > BLOB_PATH_MAX)
        return false;
    int components = 0;
    for (const char *next = path;; components++) {
        size_t length = strcspn(next, "/");
        if (length == 0 || length > BLOB_PATH_FILE_MAX || next[0] == '.')
            return false;
        for (size_t i = 0; i < length; i++) {
            if (!is_safe_byte(next[i]))
                return false;
        }
        if (components == 0) {
            for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
                if (strlen(reserved[i]) == length && strncmp(reserved[i], next, length) == 0)
                    return false;
            }
        }
        if (!next[length])
            return components == 3;
        next += length + 1;
    }
}
