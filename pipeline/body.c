/* SPDX-License-Identifier: Apache-2.0 */
/* body: see body.h. */
#include "pipeline/body.h"

#include "pipeline/blob_path.h"
#include "pipeline/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void body_spool_init(struct body_spool *spool, const char *directory, const char *instance, int64_t threshold)
{
    char *safe = blob_path_component(instance);
    struct text stem = {0};
    text_format(&stem, "spool-%s", safe);
    free(safe);
    *spool =
        (struct body_spool){.directory = memory_string(directory), .stem = stem.data, .threshold = threshold};
}

void body_spool_deinit(struct body_spool *spool)
{
    free(spool->directory);
    free(spool->stem);
    *spool = (struct body_spool){0};
}

char *body_spool_name(struct body_spool *spool)
{
    struct text name = {0};
    text_format(&name, "%s/%s-%ld-%llu", spool->directory, spool->stem, (long)getpid(),
                (unsigned long long)++spool->number);
    return name.data;
}

/* "{stem}-{digits}-{digits}": not that of an instance whose name begins with ours. */
static bool is_own(const struct body_spool *spool, const char *name)
{
    size_t length = strlen(spool->stem);
    if (strncmp(name, spool->stem, length) != 0 || name[length] != '-')
        return false;
    const char *rest = name + length + 1;
    size_t digits = strspn(rest, "0123456789");
    if (digits == 0 || rest[digits] != '-')
        return false;
    rest += digits + 1;
    digits = strspn(rest, "0123456789");
    return digits > 0 && rest[digits] == '\0';
}

int body_sweep(const struct body_spool *spool)
{
    DIR *directory = opendir(spool->directory);
    if (!directory)
        return 0;
    int removed = 0;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (!is_own(spool, entry->d_name))
            continue;
        struct text path = {0};
        text_format(&path, "%s/%s", spool->directory, entry->d_name);
        removed += unlink(path.data) == 0;
        text_deinit(&path);
    }
    closedir(directory);
    return removed;
}

void body_init(struct body *body, struct body_spool *spool)
{
    *body = (struct body){.spool = spool, .descriptor = -1};
    digest_init(&body->digest);
}

/* Moves what is in memory to a temporary file. */
static bool spill(struct body *body)
{
    char *path = body_spool_name(body->spool);
    body->descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (body->descriptor < 0) {
        int error = errno;
        free(path);
        errno = error;
        return false;
    }
    body->path = path;
    bool done = text_write(body->descriptor, body->memory.data, body->memory.length);
    text_deinit(&body->memory);
    return done;
}

bool body_append(struct body *body, const void *data, size_t bytes)
{
    digest_update(&body->digest, data, bytes);
    body->bytes += (int64_t)bytes;
    if (!body->path && body->bytes <= body->spool->threshold) {
        text_append(&body->memory, data, bytes);
        return true;
    }
    if (!body->path && !spill(body))
        return false;
    return text_write(body->descriptor, data, bytes);
}

void body_finish(struct body *body)
{
    digest_finish(&body->digest, body->sha256);
}

int64_t body_read(const struct body *body, int64_t offset, void *out, size_t bytes)
{
    if (body->path)
        return pread(body->descriptor, out, bytes, offset);
    size_t left = body->memory.length - (size_t)offset;
    size_t count = bytes < left ? bytes : left;
    if (count)
        memcpy(out, body->memory.data + offset, count);
    return (int64_t)count;
}

void body_deinit(struct body *body)
{
    if (body->path) {
        close(body->descriptor);
        unlink(body->path);
    }
    free(body->path);
    text_deinit(&body->memory);
    digest_deinit(&body->digest);
    *body = (struct body){.descriptor = -1};
}
