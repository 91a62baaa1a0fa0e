/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directory: directories as libc shows them: making, reading, and the working directory.
 *
 * A DIR is ours, in the process' own memory. Its position is the hash of the next name, so names that come and go meanwhile
 * neither shift it nor make it say a name twice. Left out: readdir_r, scandirat, directories opened outside the world.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/file.h"
#include "sim/world/process.h"
#include "sim/world/world.h"

_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64), "off_t has 64 bits");

struct stream {
    int fd;
    uint64_t position;
    struct dirent entry;
};

static struct stream *stream_of(DIR *directory)
{
    return (struct stream *)directory;
}

/* --- the working directory ---------------------------------------------------------------------------------------------------- */

static int change_to(const struct disk_node *node)
{
    char path[PATH_MAX];
    if (node->kind != DISK_DIRECTORY)
        return -ENOTDIR;
    int bytes = disk_name_path(node, NULL, path, sizeof(path));
    if (bytes < 0)
        return bytes;
    posix_set_directory(process_current(), path);
    return 0;
}

int chdir(const char *path)
{
    if (!task_inside())
        return NEXT(chdir)(path);
    call_enter(CALL_CHDIR);
    struct disk_at at;
    struct disk_node *node;
    int result = file_at(AT_FDCWD, path, &at);
    if (!result)
        result = disk_name_find(&at, true, &node);
    if (!result)
        result = change_to(node);
    return (int)call_leave(CALL_CHDIR, 0, 0, result);
}

int fchdir(int fd)
{
    if (!task_inside())
        return NEXT(fchdir)(fd);
    call_enter(CALL_CHDIR);
    struct disk_file *file;
    int result = file_of(fd, -ENOTDIR, &file);
    if (!result)
        result = change_to(file->node);
    return (int)call_leave(CALL_CHDIR, (uint64_t)fd, 0, result);
}

/* The length of the working directory's path; -ENOENT when it is gone, -ERANGE when it needs more than bytes. */
static int current_path(const char **path_out, size_t bytes)
{
    const char *path = posix_directory(process_current());
    struct disk_node *node;
    int error = disk_name_find(&(struct disk_at){.disk = file_disk(), .path = path}, true, &node);
    if (error)
        return error;
    *path_out = path;
    return strlen(path) < bytes ? (int)strlen(path) : -ERANGE;
}

char *getcwd(char *path_out, size_t bytes)
{
    if (!task_inside())
        return NEXT(getcwd)(path_out, bytes);
    call_enter(CALL_GETCWD);
    const char *path = NULL;
    bool is_wrong = path_out && !bytes;
    int result = is_wrong ? -EINVAL : current_path(&path, bytes ? bytes : PATH_MAX);
    if (call_leave(CALL_GETCWD, 0, bytes, result) < 0)
        return NULL;
    if (!path_out)
        path_out = malloc(bytes ? bytes : strlen(path) + 1);
    return path_out ? strcpy(path_out, path) : NULL;
}

char *__getcwd_chk(char *path_out, size_t bytes, size_t room);
char *__getcwd_chk(char *path_out, size_t bytes, size_t room)
{
    if (bytes > room)
        abort();
    return getcwd(path_out, bytes);
}

/* --- making -------------------------------------------------------------------------------------------------------------------- */

int mkdirat(int at_fd, const char *path, mode_t mode)
{
    if (!task_inside())
        return NEXT(mkdirat)(at_fd, path, mode);
    call_enter(CALL_MKDIR);
    struct disk_at at;
    int result = file_at(at_fd, path, &at);
    if (!result)
        result = disk_name_make_directory(&at, mode & ~file_process()->mask);
    return (int)call_leave(CALL_MKDIR, mode, 0, result);
}

int mkdir(const char *path, mode_t mode)
{
    return task_inside() ? mkdirat(AT_FDCWD, path, mode) : NEXT(mkdir)(path, mode);
}

/* --- reading --------------------------------------------------------------------------------------------------------------------- */

static DIR *stream_new(int fd)
{
    struct stream *stream = calloc(1, sizeof(*stream));
    if (stream)
        stream->fd = fd;
    return (DIR *)stream;
}

DIR *opendir(const char *path)
{
    if (!task_inside())
        return NEXT(opendir)(path);
    call_enter(CALL_OPENDIR);
    struct disk_at at;
    int result = file_at(AT_FDCWD, path, &at);
    if (!result)
        result = file_open(&at, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    int fd = (int)call_leave(CALL_OPENDIR, 0, 0, result);
    if (fd < 0)
        return NULL;
    DIR *directory = stream_new(fd);
    if (!directory)
        close(fd);
    return directory;
}

DIR *fdopendir(int fd)
{
    if (!task_inside())
        return NEXT(fdopendir)(fd);
    call_enter(CALL_OPENDIR);
    struct disk_file *file;
    int result = file_of(fd, -ENOTDIR, &file);
    if (!result && file->node->kind != DISK_DIRECTORY)
        result = -ENOTDIR;
    return call_leave(CALL_OPENDIR, (uint64_t)fd, 0, result) < 0 ? NULL : stream_new(fd);
}

int closedir(DIR *directory)
{
    if (!task_inside())
        return NEXT(closedir)(directory);
    call_enter(CALL_CLOSEDIR);
    int fd = stream_of(directory)->fd;
    free(directory);
    return (int)call_leave(CALL_CLOSEDIR, (uint64_t)fd, 0, descriptor_close(process_current(), fd));
}

static unsigned char type_of(enum disk_node_kind kind)
{
    switch (kind) {
    case DISK_REGULAR:
        return DT_REG;
    case DISK_DIRECTORY:
        return DT_DIR;
    case DISK_SYMLINK:
        return DT_LNK;
    case DISK_NULL_DEVICE:
        return DT_CHR;
    }
    return DT_UNKNOWN;
}

static void set_entry(struct stream *stream, const char *name, size_t bytes, const struct disk_node *node)
{
    struct dirent *entry = &stream->entry;
    entry->d_ino = node->number;
    entry->d_off = (off_t)stream->position;
    entry->d_reclen = (unsigned short)((offsetof(struct dirent, d_name) + bytes + 8) & ~(size_t)7);
    entry->d_type = type_of(node->kind);
    memcpy(entry->d_name, name, bytes);
    entry->d_name[bytes] = '\0';
    history_bytes(name, bytes);
}

/* 1: the next entry is in stream->entry; 0: there are no more; or -errno. */
static int read_entry(struct stream *stream)
{
    struct disk_file *file;
    int error = file_of(stream->fd, -ENOTDIR, &file);
    if (error)
        return error;
    const struct disk_node *node = file->node;
    if (node->kind != DISK_DIRECTORY)
        return -ENOTDIR;
    if (!node->link_count)
        return 0; /* removed: not even "." is in it */
    if (stream->position < DISK_POSITION_FIRST) {
        bool is_self = stream->position++ == 0;
        set_entry(stream, "..", is_self ? 1 : 2, is_self ? node : node->parent);
        return 1;
    }
    const struct disk_entry *entry = disk_node_entry_from(node, stream->position);
    if (!entry)
        return 0;
    stream->position = entry->position + 1;
    set_entry(stream, entry->name, entry->name_bytes, entry->node);
    return 1;
}

struct dirent *readdir(DIR *directory)
{
    if (!task_inside())
        return NEXT(readdir)(directory);
    struct stream *stream = stream_of(directory);
    call_enter(CALL_READDIR);
    int result = read_entry(stream);
    return call_leave(CALL_READDIR, (uint64_t)stream->fd, 0, result) > 0 ? &stream->entry : NULL;
}

struct dirent64 *readdir64(DIR *directory)
{
    return (struct dirent64 *)readdir(directory);
}

void rewinddir(DIR *directory)
{
    if (task_inside())
        stream_of(directory)->position = 0;
    else
        NEXT(rewinddir)(directory);
}

long telldir(DIR *directory)
{
    return task_inside() ? (long)stream_of(directory)->position : NEXT(telldir)(directory);
}

void seekdir(DIR *directory, long position)
{
    if (task_inside())
        stream_of(directory)->position = (uint64_t)position;
    else
        NEXT(seekdir)(directory, position);
}

int dirfd(DIR *directory)
{
    return task_inside() ? stream_of(directory)->fd : NEXT(dirfd)(directory);
}

/* --- scandir ------------------------------------------------------------------------------------------------------------------------ */

struct listing {
    struct dirent **entries;
    size_t count, capacity;
};

static void listing_free(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->entries[i]);
    free(listing->entries);
}

static bool listing_add(struct listing *listing, const struct dirent *entry)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? listing->capacity * 2 : 16;
        struct dirent **entries = realloc(listing->entries, capacity * sizeof(*entries));
        if (!entries)
            return false;
        listing->entries = entries;
        listing->capacity = capacity;
    }
    struct dirent *copy = malloc(sizeof(*copy));
    if (!copy)
        return false;
    *copy = *entry;
    listing->entries[listing->count++] = copy;
    return true;
}

int scandir(const char *restrict path, struct dirent ***restrict list_out,
            int (*filter)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **))
{
    if (!task_inside())
        return NEXT(scandir)(path, list_out, filter, compare);
    DIR *directory = opendir(path);
    if (!directory)
        return -1;
    struct listing listing = {0};
    bool is_complete = true;
    const struct dirent *entry;
    while (is_complete && (entry = readdir(directory))) {
        if (!filter || filter(entry))
            is_complete = listing_add(&listing, entry);
    }
    closedir(directory);
    if (!is_complete) {
        listing_free(&listing);
        errno = ENOMEM;
        return -1;
    }
    if (compare && listing.count)
        qsort(listing.entries, listing.count, sizeof(*listing.entries),
              (int (*)(const void *, const void *))compare);
    *list_out = listing.entries;
    return (int)listing.count;
}

int scandir64(const char *restrict path, struct dirent64 ***restrict list_out,
              int (*filter)(const struct dirent64 *),
              int (*compare)(const struct dirent64 **, const struct dirent64 **))
{
    return scandir(path, (struct dirent ***)list_out, (int (*)(const struct dirent *))filter,
                   (int (*)(const struct dirent **, const struct dirent **))compare);
}
