/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name: functions on paths: rename, link, unlink, symbolic links, permissions, times, temporary names.
 *
 * The names that mkstemp and mkdtemp make come from a counter of the host's disk and the process' number, not from a
 * choice: which letters they are can matter to nobody, only that no two are the same.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/file.h"
#include "sim/world/process.h"

/* --- rename, link, unlink ------------------------------------------------------------------------------------------------- */

static int rename_at(int old_fd, const char *old_path, int new_fd, const char *new_path, bool no_replace)
{
    call_enter(CALL_RENAME);
    struct disk_at old, new;
    int result = file_at(old_fd, old_path, &old);
    if (!result)
        result = file_at(new_fd, new_path, &new);
    if (!result)
        result = disk_name_rename(&old, &new, no_replace);
    return (int)call_leave(CALL_RENAME, 0, 0, result);
}

int rename(const char *old_path, const char *new_path)
{
    if (!task_inside())
        return NEXT(rename)(old_path, new_path);
    return rename_at(AT_FDCWD, old_path, AT_FDCWD, new_path, false);
}

int renameat(int old_fd, const char *old_path, int new_fd, const char *new_path)
{
    if (!task_inside())
        return NEXT(renameat)(old_fd, old_path, new_fd, new_path);
    return rename_at(old_fd, old_path, new_fd, new_path, false);
}

int renameat2(int old_fd, const char *old_path, int new_fd, const char *new_path, unsigned int flags)
{
    if (!task_inside())
        return NEXT(renameat2)(old_fd, old_path, new_fd, new_path, flags);
    if (flags & ~(unsigned)RENAME_NOREPLACE) {
        errno = EINVAL;
        return -1;
    }
    return rename_at(old_fd, old_path, new_fd, new_path, flags & RENAME_NOREPLACE);
}

static int link_at(int old_fd, const char *old_path, int new_fd, const char *new_path, bool follow)
{
    call_enter(CALL_LINK);
    struct disk_at old, new;
    int result = file_at(old_fd, old_path, &old);
    if (!result)
        result = file_at(new_fd, new_path, &new);
    if (!result)
        result = disk_name_link(&old, &new, follow);
    return (int)call_leave(CALL_LINK, 0, 0, result);
}

int link(const char *old_path, const char *new_path)
{
    if (!task_inside())
        return NEXT(link)(old_path, new_path);
    return link_at(AT_FDCWD, old_path, AT_FDCWD, new_path, false);
}

int linkat(int old_fd, const char *old_path, int new_fd, const char *new_path, int flags)
{
    if (!task_inside())
        return NEXT(linkat)(old_fd, old_path, new_fd, new_path, flags);
    if (flags & ~AT_SYMLINK_FOLLOW) {
        errno = flags & AT_EMPTY_PATH ? EOPNOTSUPP : EINVAL;
        return -1;
    }
    return link_at(old_fd, old_path, new_fd, new_path, flags & AT_SYMLINK_FOLLOW);
}

static int unlink_at(enum call call, int at_fd, const char *path, bool is_directory)
{
    call_enter(call);
    struct disk_at at;
    int result = file_at(at_fd, path, &at);
    if (!result)
        result = is_directory ? disk_name_remove_directory(&at) : disk_name_unlink(&at);
    return (int)call_leave(call, 0, 0, result);
}

int unlink(const char *path)
{
    return task_inside() ? unlink_at(CALL_UNLINK, AT_FDCWD, path, false) : NEXT(unlink)(path);
}

int rmdir(const char *path)
{
    return task_inside() ? unlink_at(CALL_RMDIR, AT_FDCWD, path, true) : NEXT(rmdir)(path);
}

int unlinkat(int at_fd, const char *path, int flags)
{
    if (!task_inside())
        return NEXT(unlinkat)(at_fd, path, flags);
    if (flags & ~AT_REMOVEDIR) {
        errno = EINVAL;
        return -1;
    }
    bool is_directory = flags & AT_REMOVEDIR;
    return unlink_at(is_directory ? CALL_RMDIR : CALL_UNLINK, at_fd, path, is_directory);
}

int remove(const char *path)
{
    if (!task_inside())
        return NEXT(remove)(path);
    int saved = errno;
    if (unlink(path) == 0)
        return 0;
    if (errno != EISDIR)
        return -1;
    errno = saved;
    return rmdir(path);
}

/* --- symbolic links ------------------------------------------------------------------------------------------------------------ */

int symlinkat(const char *target, int at_fd, const char *path)
{
    if (!task_inside())
        return NEXT(symlinkat)(target, at_fd, path);
    call_enter(CALL_LINK);
    struct disk_at at;
    int result = file_at(at_fd, path, &at);
    if (!result)
        result = disk_name_symlink(target, &at);
    return (int)call_leave(CALL_LINK, 0, 0, result);
}

int symlink(const char *target, const char *path)
{
    return task_inside() ? symlinkat(target, AT_FDCWD, path) : NEXT(symlink)(target, path);
}

static ssize_t read_link(int at_fd, const char *path, char *target_out, size_t bytes)
{
    struct disk_at at;
    struct disk_node *node;
    int error = bytes ? file_at(at_fd, path, &at) : -EINVAL;
    if (!error)
        error = disk_name_find(&at, false, &node);
    if (error)
        return error;
    if (node->kind != DISK_SYMLINK)
        return -EINVAL;
    size_t part = node->bytes < bytes ? node->bytes : bytes;
    memcpy(target_out, node->target, part);
    return (ssize_t)part;
}

ssize_t readlinkat(int at_fd, const char *restrict path, char *restrict target_out, size_t bytes)
{
    if (!task_inside())
        return NEXT(readlinkat)(at_fd, path, target_out, bytes);
    call_enter(CALL_STAT);
    return (ssize_t)call_leave(CALL_STAT, 0, bytes, read_link(at_fd, path, target_out, bytes));
}

ssize_t readlink(const char *restrict path, char *restrict target_out, size_t bytes)
{
    if (!task_inside())
        return NEXT(readlink)(path, target_out, bytes);
    return readlinkat(AT_FDCWD, path, target_out, bytes);
}

/* The length of the absolute path without links, or -errno. */
static int resolve(const char *path, char *resolved_out)
{
    struct disk_at at;
    struct disk_place place;
    if (!path)
        return -EINVAL;
    int error = file_at(AT_FDCWD, path, &at);
    if (!error)
        error = disk_name_place(&at, true, &place);
    if (error)
        return error;
    if (!place.node)
        return -ENOENT;
    bool is_directory = place.node->kind == DISK_DIRECTORY;
    return disk_name_path(is_directory ? place.node : place.directory, is_directory ? NULL : place.name,
                          resolved_out, PATH_MAX);
}

char *realpath(const char *restrict path, char *restrict resolved_out)
{
    if (!task_inside())
        return NEXT(realpath)(path, resolved_out);
    char resolved[PATH_MAX];
    call_enter(CALL_STAT);
    int bytes = resolve(path, resolved);
    if (call_leave(CALL_STAT, 0, 0, bytes) < 0)
        return NULL;
    if (!resolved_out)
        return strdup(resolved);
    return memcpy(resolved_out, resolved, (size_t)bytes + 1);
}

char *__realpath_chk(const char *path, char *resolved_out, size_t room);
char *__realpath_chk(const char *path, char *resolved_out, size_t room)
{
    if (room < PATH_MAX)
        abort();
    return realpath(path, resolved_out);
}

/* --- permissions and times --------------------------------------------------------------------------------------------------------- */

/* As root sees it: only running a file without any x is refused. */
static int check_access(const struct disk_at *at, int mode)
{
    struct disk_node *node;
    int error = disk_name_find(at, true, &node);
    if (error)
        return error;
    bool can_run = node->kind == DISK_DIRECTORY || (node->mode & 0111);
    return (mode & X_OK) && !can_run ? -EACCES : 0;
}

int faccessat(int at_fd, const char *path, int mode, int flags)
{
    if (!task_inside())
        return NEXT(faccessat)(at_fd, path, mode, flags);
    call_enter(CALL_ACCESS);
    struct disk_at at;
    int result = mode & ~(R_OK | W_OK | X_OK) ? -EINVAL : file_at(at_fd, path, &at);
    if (!result)
        result = check_access(&at, mode);
    return (int)call_leave(CALL_ACCESS, (uint64_t)mode, 0, result);
}

int access(const char *path, int mode)
{
    return task_inside() ? faccessat(AT_FDCWD, path, mode, 0) : NEXT(access)(path, mode);
}

int eaccess(const char *path, int mode)
{
    return task_inside() ? faccessat(AT_FDCWD, path, mode, AT_EACCESS) : NEXT(eaccess)(path, mode);
}

static int set_mode(struct disk_node *node, mode_t mode)
{
    node->mode = mode & 07777;
    disk_node_touch_status(node);
    disk_node_mark_dirty(node);
    return 0;
}

int fchmodat(int at_fd, const char *path, mode_t mode, int flags)
{
    if (!task_inside())
        return NEXT(fchmodat)(at_fd, path, mode, flags);
    call_enter(CALL_CHMOD);
    struct disk_at at;
    struct disk_node *node;
    int result = flags & AT_SYMLINK_NOFOLLOW ? -EOPNOTSUPP : file_at(at_fd, path, &at);
    if (!result)
        result = disk_name_find(&at, true, &node);
    if (!result)
        result = set_mode(node, mode);
    return (int)call_leave(CALL_CHMOD, mode, 0, result);
}

int chmod(const char *path, mode_t mode)
{
    return task_inside() ? fchmodat(AT_FDCWD, path, mode, 0) : NEXT(chmod)(path, mode);
}

int fchmod(int fd, mode_t mode)
{
    if (!task_inside())
        return NEXT(fchmod)(fd, mode);
    call_enter(CALL_CHMOD);
    struct disk_file *file;
    int result = file_of(fd, -EINVAL, &file);
    if (!result)
        result = set_mode(file->node, mode);
    return (int)call_leave(CALL_CHMOD, (uint64_t)fd, mode, result);
}

mode_t umask(mode_t mask)
{
    if (!task_inside())
        return NEXT(umask)(mask);
    mode_t old = file_process()->mask;
    file_process()->mask = mask & 0777;
    call_note(CALL_CHMOD, mask, old);
    return old;
}

/* time: NULL means now. */
static int time_of(const struct timespec *time, int64_t now_ns, int64_t *time_ns)
{
    if (!time || time->tv_nsec == UTIME_NOW)
        *time_ns = now_ns;
    else if (time->tv_nsec >= 0 && time->tv_nsec < 1000000000)
        *time_ns = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
    else if (time->tv_nsec != UTIME_OMIT)
        return -EINVAL;
    return 0;
}

static int set_times(struct disk_node *node, const struct timespec times[2])
{
    int64_t now_ns = disk_node_now(node->disk);
    int64_t accessed_ns = node->accessed_ns, modified_ns = node->modified_ns;
    int error = time_of(times ? &times[0] : NULL, now_ns, &accessed_ns);
    if (!error)
        error = time_of(times ? &times[1] : NULL, now_ns, &modified_ns);
    if (error)
        return error;
    node->accessed_ns = accessed_ns;
    node->modified_ns = modified_ns;
    disk_node_touch_status(node);
    disk_node_mark_dirty(node);
    return 0;
}

int utimensat(int at_fd, const char *path, const struct timespec times[2], int flags)
{
    if (!task_inside())
        return NEXT(utimensat)(at_fd, path, times, flags);
    call_enter(CALL_CHMOD);
    struct disk_at at;
    struct disk_node *node;
    int result = file_at(at_fd, path, &at);
    if (!result)
        result = disk_name_find(&at, !(flags & AT_SYMLINK_NOFOLLOW), &node);
    if (!result)
        result = set_times(node, times);
    return (int)call_leave(CALL_CHMOD, 0, 0, result);
}

int futimens(int fd, const struct timespec times[2])
{
    if (!task_inside())
        return NEXT(futimens)(fd, times);
    call_enter(CALL_CHMOD);
    struct disk_file *file;
    int result = file_of(fd, -EINVAL, &file);
    if (!result)
        result = set_times(file->node, times);
    return (int)call_leave(CALL_CHMOD, (uint64_t)fd, 0, result);
}

/* --- temporary names ------------------------------------------------------------------------------------------------------------------ */

enum { TEMPORARY_LETTERS = 6 };

/* Where the X's start, or NULL. */
static char *letters_of(char *template, int suffix_bytes)
{
    size_t bytes = strlen(template);
    if (suffix_bytes < 0 || bytes < (size_t)suffix_bytes + TEMPORARY_LETTERS)
        return NULL;
    char *letters = template + bytes - suffix_bytes - TEMPORARY_LETTERS;
    return memcmp(letters, "XXXXXX", TEMPORARY_LETTERS) ? NULL : letters;
}

static void set_letters(char *letters)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint64_t value =
        ++file_disk()->temporary_count * UINT64_C(0x9e3779b97f4a7c15) + process_current()->number;
    value ^= value >> 29;
    for (int i = 0; i < TEMPORARY_LETTERS; i++) {
        letters[i] = alphabet[value % (sizeof(alphabet) - 1)];
        value /= sizeof(alphabet) - 1;
    }
}

/* A new file (flags) or directory under a name made from template: a descriptor or 0, or -1. */
static int make_temporary(char *template, int suffix_bytes, int flags, bool is_directory)
{
    char *letters = letters_of(template, suffix_bytes);
    if (!letters) {
        errno = EINVAL;
        return -1;
    }
    int saved = errno, result;
    do {
        errno = saved;
        set_letters(letters);
        result = is_directory ? mkdir(template, 0700)
                              : open(template, (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL, 0600);
    } while (result < 0 && errno == EEXIST);
    return result;
}

int mkostemps(char *template, int suffix_bytes, int flags)
{
    if (!task_inside())
        return NEXT(mkostemps)(template, suffix_bytes, flags);
    return make_temporary(template, suffix_bytes, flags, false);
}

int mkostemps64(char *template, int suffix_bytes, int flags)
{
    return mkostemps(template, suffix_bytes, flags);
}

int mkstemps(char *template, int suffix_bytes)
{
    return mkostemps(template, suffix_bytes, 0);
}

int mkstemps64(char *template, int suffix_bytes)
{
    return mkostemps(template, suffix_bytes, 0);
}

int mkostemp(char *template, int flags)
{
    return mkostemps(template, 0, flags);
}

int mkostemp64(char *template, int flags)
{
    return mkostemps(template, 0, flags);
}

int mkstemp(char *template)
{
    return mkostemps(template, 0, 0);
}

int mkstemp64(char *template)
{
    return mkostemps(template, 0, 0);
}

char *mkdtemp(char *template)
{
    if (!task_inside())
        return NEXT(mkdtemp)(template);
    return make_temporary(template, 0, 0, true) < 0 ? NULL : template;
}
