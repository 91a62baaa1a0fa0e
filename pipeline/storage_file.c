/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage_file: a directory as a store.
 *
 * Bytes are written under a temporary name in "{root}/.tmp", made durable, and linked to their name: link(2)
 * fails when the name is taken, unlike rename. Then the directories up to the root are made durable. One file
 * at a time, in the caller's thread; a common sync for many is not here yet.
 */
#include "pipeline/storage_private.h"

#include "pipeline/memory.h"
#include "pipeline/point.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 65536 };

struct storage_file {
    struct storage storage;
    char *root;
    bool syncs;
};

static struct storage_file *file_of(const struct storage_op *op)
{
    return (struct storage_file *)op->storage;
}

static void fail(struct storage_op *op, const char *what)
{
    storage_answer(op, STORAGE_RETRY, "%s: %s", what, strerrordesc_np(errno));
}

static char *full_path(const struct storage_file *file, const char *path)
{
    struct text full = {0};
    text_format(&full, "%s/%s", file->root, path);
    return full.data;
}

/* Makes the directories that a full path below the root needs. */
static bool make_directories(const struct storage_file *file, char *path)
{
    for (char *slash = path + strlen(file->root); (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        int result = mkdir(path, 0777);
        int error = errno;
        *slash = '/';
        if (result && error != EEXIST) {
            errno = error;
            return false;
        }
    }
    return true;
}

static bool sync_directory(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    int result = fsync(descriptor);
    int error = errno;
    close(descriptor);
    errno = error;
    return result == 0;
}

/* Makes the entries of a full path durable, from its directory up to the root. Directories that were there
 * before may be another worker's, not yet durable: so all of them, always. */
static bool sync_directories(const struct storage_file *file, char *path)
{
    if (!file->syncs)
        return true;
    size_t root_length = strlen(file->root);
    char *copy = memory_string(path);
    bool done = true;
    char *slash;
    while (done && (slash = strrchr(copy, '/')) && (size_t)(slash - copy) >= root_length) {
        *slash = '\0';
        done = sync_directory(copy);
    }
    int error = errno;
    free(copy);
    errno = error;
    return done;
}

static bool copy_body(const struct body *body, int descriptor)
{
    char *buffer = memory_resize(NULL, COPY_BYTES);
    bool done = true;
    for (int64_t offset = 0; done && offset < body->bytes;) {
        int64_t got = body_read(body, offset, buffer, COPY_BYTES);
        done = got > 0 && text_write(descriptor, buffer, (size_t)got);
        offset += got;
    }
    int error = errno;
    free(buffer);
    errno = error;
    return done;
}

static bool write_temporary(struct storage_file *file, const struct body *body, const char *path)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return false;
    bool done = copy_body(body, descriptor) && (!file->syncs || fsync(descriptor) == 0);
    int error = errno;
    if (close(descriptor) && done) {
        done = false;
        error = errno;
    }
    if (!done)
        unlink(path);
    errno = error;
    return done;
}

/* Describes what stands under the name already, once it is durable. */
static void describe_winner(struct storage_op *op, char *path)
{
    struct storage_file *file = file_of(op);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        fail(op, "open what is there");
        return;
    }
    struct digest digest;
    digest_init(&digest);
    char *buffer = memory_resize(NULL, COPY_BYTES);
    int64_t bytes = 0;
    ssize_t got;
    while ((got = read(descriptor, buffer, COPY_BYTES)) > 0) {
        digest_update(&digest, buffer, (size_t)got);
        bytes += got;
    }
    bool done = got == 0 && (!file->syncs || fsync(descriptor) == 0) && sync_directories(file, path);
    int error = errno;
    free(buffer);
    close(descriptor);
    digest_finish(&digest, op->answer.sha256);
    op->answer.bytes = bytes;
    errno = error;
    if (done)
        storage_answer(op, STORAGE_EXISTS, "exists");
    else
        fail(op, "read what is there");
}

static void link_into_place(struct storage_op *op, const char *temporary, char *path)
{
    struct storage_file *file = file_of(op);
    if (link(temporary, path)) {
        if (errno == EEXIST)
            describe_winner(op, path);
        else
            fail(op, "link");
        return;
    }
    if (op->point)
        POINT(op->point);
    if (!sync_directories(file, path)) {
        fail(op, "fsync directory");
        return;
    }
    op->answer.bytes = op->body->bytes;
    memcpy(op->answer.sha256, op->body->sha256, sizeof op->answer.sha256);
    storage_answer(op, STORAGE_STORED, "stored");
}

static void put(struct storage_op *op)
{
    struct storage_file *file = file_of(op);
    const struct body *body = op->body;
    char *path = full_path(file, op->path);
    size_t spool_length = strlen(op->storage->spool_directory);
    if (!make_directories(file, path)) {
        fail(op, "mkdir");
    } else if (body->path && strncmp(body->path, op->storage->spool_directory, spool_length) == 0) {
        /* Spooled where it can be linked from. */
        if (file->syncs && fsync(body->descriptor))
            fail(op, "fsync");
        else
            link_into_place(op, body->path, path);
    } else {
        char *temporary = body_spool_name(body->spool);
        if (write_temporary(file, body, temporary)) {
            link_into_place(op, temporary, path);
            unlink(temporary);
        } else {
            fail(op, "write");
        }
        free(temporary);
    }
    free(path);
}

static void get(struct storage_op *op)
{
    char *path = full_path(file_of(op), op->path);
    if (text_read_file(&op->data, path, op->bytes_max)) {
        op->answer.bytes = (int64_t)op->data.length;
        digest_of(op->data.data ? op->data.data : "", op->data.length, op->answer.sha256);
        storage_answer(op, STORAGE_FOUND, "found");
    } else if (errno == ENOENT) {
        storage_answer(op, STORAGE_ABSENT, "absent");
    } else if (errno == EFBIG) {
        storage_answer(op, STORAGE_REFUSED, "larger than %zu bytes", op->bytes_max);
    } else {
        fail(op, "read");
    }
    free(path);
}

static void release(struct storage_op *op)
{
    (void)op;
}

static bool list(struct storage *storage, const char *directory,
                 void (*on_name)(void *context, const char *path), void *context, char *error)
{
    struct storage_file *file = (struct storage_file *)storage;
    char *full = full_path(file, directory);
    DIR *entries = opendir(full);
    free(full);
    if (!entries && errno == ENOENT)
        return true;
    if (!entries) {
        snprintf(error, CONFIG_ERROR_BYTES, "%s: %s", directory, strerrordesc_np(errno));
        return false;
    }
    struct dirent *entry;
    while ((entry = readdir(entries))) {
        if (entry->d_name[0] == '.')
            continue;
        struct text path = {0};
        text_format(&path, "%s/%s", directory, entry->d_name);
        on_name(context, path.data);
        text_deinit(&path);
    }
    closedir(entries);
    return true;
}

static void close_file(struct storage *storage)
{
    struct storage_file *file = (struct storage_file *)storage;
    free(file->root);
    free(file);
}

struct storage *storage_file_open(const struct config *config, const char *location, char *error)
{
    static const struct storage_kind kind = {.op_bytes = sizeof(struct storage_op),
                                             .put = put,
                                             .get = get,
                                             .release = release,
                                             .list = list,
                                             .close = close_file};
    size_t length = strlen(location);
    while (length > 1 && location[length - 1] == '/')
        length--;
    if (location[0] != '/' || length < 2) {
        snprintf(error, CONFIG_ERROR_BYTES,
                 "storage.url: file:// needs an absolute directory below the root");
        return NULL;
    }
    char *root = memory_copy(location, length);
    struct text spool = {0};
    text_format(&spool, "%s/.tmp", root);
    if ((mkdir(root, 0777) && errno != EEXIST) || (mkdir(spool.data, 0777) && errno != EEXIST)) {
        snprintf(error, CONFIG_ERROR_BYTES, "storage.url: %.200s: %s", root, strerrordesc_np(errno));
        text_deinit(&spool);
        free(root);
        return NULL;
    }
    struct storage_file *file = memory_new(sizeof *file);
    file->storage.kind = &kind;
    file->storage.spool_directory = spool.data;
    file->root = root;
    file->syncs = config_number(config, OPTION_STORAGE_SYNC) == 0;
    return &file->storage;
}
