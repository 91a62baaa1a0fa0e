/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: open files of the simulated disk: open, positioned reads and writes, seek, size, durability, locks.
 *
 * read, write, close, dup and fcntl are the same for every kind of descriptor and live in descriptor.c. fsync takes virtual
 * time, before anything is durable, so a kill may fall into it. Left out: O_TMPFILE (EOPNOTSUPP), O_PATH and O_DIRECT
 * (ignored), fallocate's modes (EOPNOTSUPP).
 */
#include "sim/posix/file.h"
#include <assert.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/posix/stdio_stream.h"
#include "sim/world/disk_fault.h"
#include "sim/world/host.h"
#include "sim/world/process.h"
#include "sim/world/world.h"

static struct file_process processes[PROCESSES_MAX + 1];

void file_start(struct process *process)
{
    processes[process->number] = (struct file_process){.mask = 022};
    /* A path that leads through a file is none; the program will find that out. */
    (void)disk_put_directory(process->host->disk, posix_directory(process));
}

void file_end(struct process *process)
{
    struct file_process *own = file_of_process(process);
    stdio_stream_end(process);
    world_free(own->directory);
    own->directory = NULL;
}

const char *posix_directory(const struct process *process)
{
    const struct file_process *own = file_of_process(process);
    if (own->directory)
        return own->directory;
    return process->spec.directory ? process->spec.directory : "/";
}

void posix_set_directory(struct process *process, const char *path)
{
    struct file_process *own = file_of_process(process);
    world_free(own->directory);
    own->directory = world_strdup(path);
}

struct file_process *file_of_process(const struct process *process)
{
    return &processes[process->number];
}

struct file_process *file_process(void)
{
    return file_of_process(process_current());
}

struct disk *file_disk(void)
{
    return process_current()->host->disk;
}

int file_of(int fd, int other_error, struct disk_file **file_out)
{
    struct open_file *open = descriptor_get(process_current(), fd);
    if (!open)
        return -EBADF;
    *file_out = disk_file_of(open);
    return *file_out ? 0 : other_error;
}

int file_at(int at_fd, const char *path, struct disk_at *at_out)
{
    if (!path)
        return -EFAULT;
    history_bytes(path, strlen(path));
    *at_out = (struct disk_at){.disk = file_disk(), .path = path};
    if (*path == '/')
        return 0;
    if (at_fd == AT_FDCWD) {
        struct disk_at directory = {.disk = at_out->disk, .path = posix_directory(process_current())};
        return disk_name_find(&directory, true, &at_out->from);
    }
    struct disk_file *file;
    int error = file_of(at_fd, -ENOTDIR, &file);
    if (error)
        return error;
    at_out->from = file->node;
    return file->node->kind == DISK_DIRECTORY ? 0 : -ENOTDIR;
}

/* --- open -------------------------------------------------------------------------------------------------------------- */

int file_open(const struct disk_at *at, int flags, mode_t mode)
{
    struct process *process = process_current();
    if ((flags & O_TMPFILE) == O_TMPFILE)
        return -EOPNOTSUPP;
    if (descriptor_count(process) >= DESCRIPTORS_MAX)
        return -EMFILE; /* before anything is made or cut */
    struct disk_node *node;
    int error = disk_name_open(at, flags, mode & ~file_process()->mask, &node);
    if (error)
        return error;
    struct disk_file *file = disk_file_new(node, flags);
    open_file_retain(&file->open);
    int fd = descriptor_open(process, &file->open, flags & O_CLOEXEC);
    open_file_release(&file->open);
    return fd;
}

static int open_at(int at_fd, const char *path, int flags, mode_t mode)
{
    call_enter(CALL_OPEN);
    struct disk_at at;
    int result = file_at(at_fd, path, &at);
    if (!result)
        result = file_open(&at, flags, mode);
    return (int)call_leave(CALL_OPEN, (uint64_t)flags, mode, result);
}

static bool has_mode(int flags)
{
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

/* The mode behind flags, where there is one. */
#define MODE_BEHIND(FLAGS, MODE)                                                                             \
    mode_t MODE = 0;                                                                                         \
    if (has_mode(FLAGS)) {                                                                                   \
        va_list arguments;                                                                                   \
        va_start(arguments, FLAGS);                                                                          \
        MODE = va_arg(arguments, mode_t);                                                                    \
        va_end(arguments);                                                                                   \
    }

int open(const char *path, int flags, ...)
{
    MODE_BEHIND(flags, mode)
    return task_inside() ? open_at(AT_FDCWD, path, flags, mode) : NEXT(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE_BEHIND(flags, mode)
    return task_inside() ? open_at(AT_FDCWD, path, flags, mode) : NEXT(open64)(path, flags, mode);
}

int openat(int at_fd, const char *path, int flags, ...)
{
    MODE_BEHIND(flags, mode)
    return task_inside() ? open_at(at_fd, path, flags, mode) : NEXT(openat)(at_fd, path, flags, mode);
}

int openat64(int at_fd, const char *path, int flags, ...)
{
    MODE_BEHIND(flags, mode)
    return task_inside() ? open_at(at_fd, path, flags, mode) : NEXT(openat64)(at_fd, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode)
{
    return open64(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

/* The names under which fortified programs call open without a mode. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open(path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return open64(path, flags, 0);
}

int __openat_2(int at_fd, const char *path, int flags);
int __openat_2(int at_fd, const char *path, int flags)
{
    return openat(at_fd, path, flags, 0);
}

int __openat64_2(int at_fd, const char *path, int flags);
int __openat64_2(int at_fd, const char *path, int flags)
{
    return openat64(at_fd, path, flags, 0);
}

/* --- positioned reads and writes ------------------------------------------------------------------------------------------ */

static ssize_t read_at(int fd, const struct iovec *iov, int count, int64_t offset)
{
    call_enter(CALL_READ);
    struct disk_file *file;
    int64_t result = offset < 0 ? -EINVAL : file_of(fd, -ESPIPE, &file);
    if (!result)
        result = disk_file_read_at(file, iov, count, (uint64_t)offset);
    int64_t left = result;
    for (int i = 0; i < count && left > 0; i++) {
        size_t part = iov[i].iov_len < (size_t)left ? iov[i].iov_len : (size_t)left;
        history_bytes(iov[i].iov_base, part);
        left -= (int64_t)part;
    }
    return (ssize_t)call_leave(CALL_READ, (uint64_t)fd, (uint64_t)offset, result);
}

static ssize_t write_at(int fd, const struct iovec *iov, int count, int64_t offset)
{
    call_enter(CALL_WRITE);
    struct disk_file *file;
    int64_t result = offset < 0 ? -EINVAL : file_of(fd, -ESPIPE, &file);
    if (!result) {
        for (int i = 0; i < count; i++)
            history_bytes(iov[i].iov_base, iov[i].iov_len);
        result = disk_file_write_at(file, iov, count, (uint64_t)offset);
    }
    return (ssize_t)call_leave(CALL_WRITE, (uint64_t)fd, (uint64_t)offset, result);
}

ssize_t pread(int fd, void *data, size_t bytes, off_t offset)
{
    if (!task_inside())
        return NEXT(pread)(fd, data, bytes, offset);
    return read_at(fd, &(struct iovec){.iov_base = data, .iov_len = bytes}, 1, offset);
}

ssize_t pread64(int fd, void *data, size_t bytes, off64_t offset)
{
    return pread(fd, data, bytes, offset);
}

ssize_t __pread_chk(int fd, void *data, size_t bytes, off_t offset, size_t room);
ssize_t __pread_chk(int fd, void *data, size_t bytes, off_t offset, size_t room)
{
    assert(bytes <= room);
    return pread(fd, data, bytes, offset);
}

ssize_t __pread64_chk(int fd, void *data, size_t bytes, off64_t offset, size_t room);
ssize_t __pread64_chk(int fd, void *data, size_t bytes, off64_t offset, size_t room)
{
    return __pread_chk(fd, data, bytes, offset, room);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
    if (!task_inside())
        return NEXT(pwrite)(fd, data, bytes, offset);
    return write_at(fd, &(struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = bytes}, 1, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset)
{
    return pwrite(fd, data, bytes, offset);
}

ssize_t preadv(int fd, const struct iovec *iov, int count, off_t offset)
{
    return task_inside() ? read_at(fd, iov, count, offset) : NEXT(preadv)(fd, iov, count, offset);
}

ssize_t preadv64(int fd, const struct iovec *iov, int count, off64_t offset)
{
    return preadv(fd, iov, count, offset);
}

ssize_t pwritev(int fd, const struct iovec *iov, int count, off_t offset)
{
    return task_inside() ? write_at(fd, iov, count, offset) : NEXT(pwritev)(fd, iov, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *iov, int count, off64_t offset)
{
    return pwritev(fd, iov, count, offset);
}

/* --- offset and size --------------------------------------------------------------------------------------------------------- */

off_t lseek(int fd, off_t offset, int whence)
{
    if (!task_inside())
        return NEXT(lseek)(fd, offset, whence);
    call_enter(CALL_LSEEK);
    struct disk_file *file;
    int64_t result = file_of(fd, -ESPIPE, &file);
    if (!result)
        result = disk_file_seek(file, offset, whence);
    return call_leave(CALL_LSEEK, (uint64_t)fd, (uint64_t)offset, result);
}

off64_t lseek64(int fd, off64_t offset, int whence)
{
    return lseek(fd, offset, whence);
}

int ftruncate(int fd, off_t bytes)
{
    if (!task_inside())
        return NEXT(ftruncate)(fd, bytes);
    call_enter(CALL_TRUNCATE);
    struct disk_file *file;
    int result = file_of(fd, -EINVAL, &file);
    if (!result)
        result = disk_file_resize(file, bytes);
    return (int)call_leave(CALL_TRUNCATE, (uint64_t)fd, (uint64_t)bytes, result);
}

int ftruncate64(int fd, off64_t bytes)
{
    return ftruncate(fd, bytes);
}

static int truncate_path(const char *path, int64_t bytes)
{
    struct disk_at at;
    int error = bytes < 0 ? -EINVAL : file_at(AT_FDCWD, path, &at);
    if (error)
        return error;
    struct disk_node *node;
    error = disk_name_open(&at, O_WRONLY, 0, &node);
    if (error)
        return error;
    struct disk_file *file = disk_file_new(node, O_WRONLY);
    open_file_retain(&file->open);
    error = disk_file_resize(file, bytes);
    open_file_release(&file->open);
    return error;
}

int truncate(const char *path, off_t bytes)
{
    if (!task_inside())
        return NEXT(truncate)(path, bytes);
    call_enter(CALL_TRUNCATE);
    return (int)call_leave(CALL_TRUNCATE, 0, (uint64_t)bytes, truncate_path(path, bytes));
}

int truncate64(const char *path, off64_t bytes)
{
    return truncate(path, bytes);
}

static int reserve(int fd, int64_t offset, int64_t bytes)
{
    struct disk_file *file;
    int error = file_of(fd, -ESPIPE, &file);
    return error ? error : disk_file_reserve(file, offset, bytes);
}

int posix_fallocate(int fd, off_t offset, off_t bytes)
{
    if (!task_inside())
        return NEXT(posix_fallocate)(fd, offset, bytes);
    call_enter(CALL_TRUNCATE);
    return call_leave_error(CALL_TRUNCATE, (uint64_t)fd, -reserve(fd, offset, bytes));
}

int posix_fallocate64(int fd, off64_t offset, off64_t bytes)
{
    return posix_fallocate(fd, offset, bytes);
}

int fallocate(int fd, int mode, off_t offset, off_t bytes)
{
    if (!task_inside())
        return NEXT(fallocate)(fd, mode, offset, bytes);
    call_enter(CALL_TRUNCATE);
    int result = mode ? -EOPNOTSUPP : reserve(fd, offset, bytes);
    return (int)call_leave(CALL_TRUNCATE, (uint64_t)fd, (uint64_t)bytes, result);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t bytes)
{
    return fallocate(fd, mode, offset, bytes);
}

/* --- durability and locks ------------------------------------------------------------------------------------------------------- */

/* The time that a sync takes. Afterwards descriptors are looked up anew: another task may have closed one meanwhile. */
static void wait_for_disk(void)
{
    int64_t latency_ns = disk_fault_sync_ns(file_disk());
    if (latency_ns)
        schedule_wait(NULL, schedule_now() + latency_ns, false);
}

static int sync_file(int fd)
{
    struct disk_file *file;
    int error = file_of(fd, -EINVAL, &file);
    if (error)
        return error;
    wait_for_disk();
    error = file_of(fd, -EINVAL, &file);
    return error ? error : disk_file_sync(file);
}

int fsync(int fd)
{
    if (!task_inside())
        return NEXT(fsync)(fd);
    call_enter(CALL_FSYNC);
    int result = sync_file(fd);
    return (int)call_leave(CALL_FSYNC, (uint64_t)fd, 0, result);
}

int fdatasync(int fd)
{
    if (!task_inside())
        return NEXT(fdatasync)(fd);
    return fsync(fd);
}

void sync(void)
{
    if (!task_inside()) {
        NEXT(sync)();
        return;
    }
    call_enter(CALL_SYNC);
    wait_for_disk();
    disk_file_sync_all(file_disk());
    call_leave(CALL_SYNC, 0, 0, 0);
}

int syncfs(int fd)
{
    if (!task_inside())
        return NEXT(syncfs)(fd);
    call_enter(CALL_SYNC);
    int result = descriptor_get(process_current(), fd) ? 0 : -EBADF;
    if (!result) {
        wait_for_disk();
        result = disk_fault_io(file_disk(), DISK_EIO_SYNC) ? -EIO : 0;
    }
    if (!result)
        disk_file_sync_all(file_disk());
    return (int)call_leave(CALL_SYNC, (uint64_t)fd, 0, result);
}

static int lock_file(int fd, int operation)
{
    int kind = operation & ~LOCK_NB;
    if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
        return -EINVAL;
    for (;;) {
        struct disk_file *file;
        int error = file_of(fd, -EINVAL, &file);
        if (!error)
            error = disk_file_lock(file, kind);
        if (error != -EWOULDBLOCK || (operation & LOCK_NB))
            return error;
        if (schedule_wait(&file->node->lock_waiters, SCHEDULE_NEVER, true) == WAIT_INTERRUPTED &&
            !signal_restarts())
            return -EINTR;
    }
}

int flock(int fd, int operation)
{
    if (!task_inside())
        return NEXT(flock)(fd, operation);
    call_enter(CALL_FLOCK);
    int result = lock_file(fd, operation);
    return (int)call_leave(CALL_FLOCK, (uint64_t)fd, (uint64_t)operation, result);
}
