/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status: what is known of a file and of its file system: the stat and statvfs families, with the names (__xstat ..)
 * that libraries built against glibc before 2.33 call.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include "sim/posix/call.h"
#include "sim/posix/file.h"
#include "sim/world/process.h"

_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "off_t has 64 bits");
_Static_assert(sizeof(struct statvfs) == sizeof(struct statvfs64), "off_t has 64 bits");
_Static_assert(sizeof(struct statfs) == sizeof(struct statfs64), "off_t has 64 bits");

/* --- stat ------------------------------------------------------------------------------------------------------------------ */

/* A descriptor that is no file of a disk. */
static void other_status(enum file_kind kind, struct stat *status_out)
{
    *status_out = (struct stat){.st_nlink = 1, .st_blksize = DISK_PAGE_BYTES};
    switch (kind) {
    case FILE_SOCKET:
        status_out->st_mode = S_IFSOCK | 0777;
        break;
    case FILE_PIPE:
    case FILE_OUTPUT:
        status_out->st_mode = S_IFIFO | 0600;
        break;
    case FILE_EVENT:
    case FILE_SIGNAL:
        status_out->st_mode = 0600;
        break;
    case FILE_REGULAR:
    case FILE_DIRECTORY:
        break;
    }
}

static int descriptor_status(int fd, struct stat *status_out)
{
    struct open_file *open = descriptor_get(process_current(), fd);
    if (!open)
        return -EBADF;
    struct disk_file *file = disk_file_of(open);
    if (file)
        disk_node_stat(file->node, status_out);
    else
        other_status(open->operations->kind, status_out);
    return 0;
}

static int path_status(int at_fd, const char *path, int flags, struct stat *status_out)
{
    struct disk_at at;
    struct disk_node *node;
    int error = file_at(at_fd, path, &at);
    if (!error)
        error = disk_name_find(&at, !(flags & AT_SYMLINK_NOFOLLOW), &node);
    if (!error)
        disk_node_stat(node, status_out);
    return error;
}

int fstat(int fd, struct stat *status_out)
{
    if (!task_inside())
        return NEXT(fstat)(fd, status_out);
    call_enter(CALL_STAT);
    int result = descriptor_status(fd, status_out);
    uint64_t inode = result ? 0 : status_out->st_ino, bytes = result ? 0 : (uint64_t)status_out->st_size;
    return (int)call_leave(CALL_STAT, inode, bytes, result);
}

int fstatat(int at_fd, const char *restrict path, struct stat *restrict status_out, int flags)
{
    if (!task_inside())
        return NEXT(fstatat)(at_fd, path, status_out, flags);
    if ((flags & AT_EMPTY_PATH) && !*path)
        return at_fd == AT_FDCWD ? fstatat(at_fd, ".", status_out, 0) : fstat(at_fd, status_out);
    call_enter(CALL_STAT);
    int result = path_status(at_fd, path, flags, status_out);
    uint64_t inode = result ? 0 : status_out->st_ino, bytes = result ? 0 : (uint64_t)status_out->st_size;
    return (int)call_leave(CALL_STAT, inode, bytes, result);
}

int stat(const char *restrict path, struct stat *restrict status_out)
{
    return task_inside() ? fstatat(AT_FDCWD, path, status_out, 0) : NEXT(stat)(path, status_out);
}

int lstat(const char *restrict path, struct stat *restrict status_out)
{
    if (!task_inside())
        return NEXT(lstat)(path, status_out);
    return fstatat(AT_FDCWD, path, status_out, AT_SYMLINK_NOFOLLOW);
}

int fstat64(int fd, struct stat64 *status_out)
{
    return fstat(fd, (struct stat *)status_out);
}

int fstatat64(int at_fd, const char *restrict path, struct stat64 *restrict status_out, int flags)
{
    return fstatat(at_fd, path, (struct stat *)status_out, flags);
}

int stat64(const char *restrict path, struct stat64 *restrict status_out)
{
    return stat(path, (struct stat *)status_out);
}

int lstat64(const char *restrict path, struct stat64 *restrict status_out)
{
    return lstat(path, (struct stat *)status_out);
}

/* Of the versions that the old names take, x86-64 has only ever had one. */
int __xstat(int version, const char *path, struct stat *status_out);
int __xstat(int version, const char *path, struct stat *status_out)
{
    (void)version;
    return stat(path, status_out);
}

int __lxstat(int version, const char *path, struct stat *status_out);
int __lxstat(int version, const char *path, struct stat *status_out)
{
    (void)version;
    return lstat(path, status_out);
}

int __fxstat(int version, int fd, struct stat *status_out);
int __fxstat(int version, int fd, struct stat *status_out)
{
    (void)version;
    return fstat(fd, status_out);
}

int __fxstatat(int version, int at_fd, const char *path, struct stat *status_out, int flags);
int __fxstatat(int version, int at_fd, const char *path, struct stat *status_out, int flags)
{
    (void)version;
    return fstatat(at_fd, path, status_out, flags);
}

int __xstat64(int version, const char *path, struct stat64 *status_out);
int __xstat64(int version, const char *path, struct stat64 *status_out)
{
    (void)version;
    return stat64(path, status_out);
}

int __lxstat64(int version, const char *path, struct stat64 *status_out);
int __lxstat64(int version, const char *path, struct stat64 *status_out)
{
    (void)version;
    return lstat64(path, status_out);
}

int __fxstat64(int version, int fd, struct stat64 *status_out);
int __fxstat64(int version, int fd, struct stat64 *status_out)
{
    (void)version;
    return fstat64(fd, status_out);
}

int __fxstatat64(int version, int at_fd, const char *path, struct stat64 *status_out, int flags);
int __fxstatat64(int version, int at_fd, const char *path, struct stat64 *status_out, int flags)
{
    (void)version;
    return fstatat64(at_fd, path, status_out, flags);
}

/* --- file systems ------------------------------------------------------------------------------------------------------------- */

enum { EXT4_MAGIC = 0xef53, FREE_INODES = 1 << 20 };

static uint64_t free_blocks(const struct disk *disk)
{
    uint64_t capacity_bytes = disk->settings.capacity_bytes;
    uint64_t used_bytes = disk->used_bytes + disk->settings.taken_bytes;
    return capacity_bytes > used_bytes ? (capacity_bytes - used_bytes) / DISK_PAGE_BYTES : 0;
}

static void fill_statfs(const struct disk *disk, struct statfs *status_out)
{
    uint64_t inodes = disk->file_count + disk->directory_count;
    *status_out = (struct statfs){
        .f_type = EXT4_MAGIC,
        .f_bsize = DISK_PAGE_BYTES,
        .f_frsize = DISK_PAGE_BYTES,
        .f_blocks = disk->settings.capacity_bytes / DISK_PAGE_BYTES,
        .f_bfree = free_blocks(disk),
        .f_bavail = free_blocks(disk),
        .f_files = FREE_INODES + inodes,
        .f_ffree = FREE_INODES,
        .f_namelen = DISK_NAME_MAX_BYTES,
    };
}

int statfs(const char *path, struct statfs *status_out)
{
    if (!task_inside())
        return NEXT(statfs)(path, status_out);
    call_enter(CALL_STATFS);
    struct stat ignored;
    int result = path_status(AT_FDCWD, path, 0, &ignored);
    if (!result)
        fill_statfs(file_disk(), status_out);
    return (int)call_leave(CALL_STATFS, 0, free_blocks(file_disk()), result);
}

int fstatfs(int fd, struct statfs *status_out)
{
    if (!task_inside())
        return NEXT(fstatfs)(fd, status_out);
    call_enter(CALL_STATFS);
    int result = descriptor_get(process_current(), fd) ? 0 : -EBADF;
    if (!result)
        fill_statfs(file_disk(), status_out);
    return (int)call_leave(CALL_STATFS, (uint64_t)fd, free_blocks(file_disk()), result);
}

static int to_statvfs(const struct statfs *from, struct statvfs *status_out)
{
    *status_out = (struct statvfs){
        .f_bsize = (unsigned long)from->f_bsize,
        .f_frsize = (unsigned long)from->f_frsize,
        .f_blocks = from->f_blocks,
        .f_bfree = from->f_bfree,
        .f_bavail = from->f_bavail,
        .f_files = from->f_files,
        .f_ffree = from->f_ffree,
        .f_favail = from->f_ffree,
        .f_namemax = (unsigned long)from->f_namelen,
    };
    return 0;
}

int statvfs(const char *restrict path, struct statvfs *restrict status_out)
{
    if (!task_inside())
        return NEXT(statvfs)(path, status_out);
    struct statfs status;
    return statfs(path, &status) ? -1 : to_statvfs(&status, status_out);
}

int fstatvfs(int fd, struct statvfs *status_out)
{
    if (!task_inside())
        return NEXT(fstatvfs)(fd, status_out);
    struct statfs status;
    return fstatfs(fd, &status) ? -1 : to_statvfs(&status, status_out);
}

int statfs64(const char *path, struct statfs64 *status_out)
{
    return statfs(path, (struct statfs *)status_out);
}

int fstatfs64(int fd, struct statfs64 *status_out)
{
    return fstatfs(fd, (struct statfs *)status_out);
}

int statvfs64(const char *restrict path, struct statvfs64 *restrict status_out)
{
    return statvfs(path, (struct statvfs *)status_out);
}

int fstatvfs64(int fd, struct statvfs64 *status_out)
{
    return fstatvfs(fd, (struct statvfs *)status_out);
}
