/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_file: see the header.
 */
#include "sim/world/disk_file.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>
#include "sim/world/disk_fault.h"
#include "sim/world/disk_tap.h"
#include "sim/world/world.h"

static ssize_t file_read(struct open_file *open, const struct iovec *iov, int count);
static ssize_t file_write(struct open_file *open, const struct iovec *iov, int count);

static short file_poll(struct open_file *open)
{
    (void)open;
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

static void file_close(struct open_file *open)
{
    struct disk_file *file = SCHEDULE_OWNER(open, struct disk_file, open);
    struct disk_node *node = file->node;
    disk_file_lock(file, LOCK_UN);
    disk_node_close(node);
    node->open_count--;
    node->disk->open_count--;
    disk_node_release(node);
    world_free(file);
}

static const struct file_operations regular_operations = {
    .kind = FILE_REGULAR, .read = file_read, .write = file_write, .poll = file_poll, .close = file_close};
static const struct file_operations directory_operations = {
    .kind = FILE_DIRECTORY, .read = file_read, .write = file_write, .poll = file_poll, .close = file_close};

struct disk_file *disk_file_new(struct disk_node *node, int flags)
{
    struct disk_file *file = world_alloc(sizeof(*file));
    bool is_directory = node->kind == DISK_DIRECTORY;
    open_file_init(&file->open, is_directory ? &directory_operations : &regular_operations,
                   flags & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    file->node = node;
    node->open_count++;
    node->disk->open_count++;
    return file;
}

struct disk_file *disk_file_of(struct open_file *file)
{
    if (!file || (file->operations != &regular_operations && file->operations != &directory_operations))
        return NULL;
    return SCHEDULE_OWNER(file, struct disk_file, open);
}

/* --- reading and writing ---------------------------------------------------------------------------------------------- */

ssize_t disk_file_read_at(struct disk_file *file, const struct iovec *iov, int count, uint64_t offset)
{
    if ((file->open.flags & O_ACCMODE) == O_WRONLY)
        return -EBADF;
    if (file->node->kind == DISK_DIRECTORY)
        return -EISDIR;
    if (disk_fault_io(file->node->disk, DISK_EIO_READ))
        return -EIO;
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        size_t bytes = disk_node_read(file->node, offset + (uint64_t)total, iov[i].iov_base, iov[i].iov_len);
        total += (ssize_t)bytes;
        if (bytes < iov[i].iov_len)
            break;
    }
    return total;
}

/* How many bytes a write of these takes: by choice fewer than there are. */
static size_t budget_of(struct disk *disk, const struct iovec *iov, int count)
{
    size_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += iov[i].iov_len;
    return bytes ? disk_fault_short_write(disk, bytes) : 0;
}

ssize_t disk_file_write_at(struct disk_file *file, const struct iovec *iov, int count, uint64_t offset)
{
    struct disk_node *node = file->node;
    if ((file->open.flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    size_t budget = budget_of(node->disk, iov, count);
    if (!budget)
        return 0;
    if (node->kind == DISK_NULL_DEVICE)
        return (ssize_t)budget;
    if (disk_fault_io(node->disk, DISK_EIO_WRITE))
        return -EIO;
    if (disk_fault_full(node->disk))
        return -ENOSPC;
    if (file->open.flags & O_APPEND)
        offset = node->bytes;
    size_t total = 0;
    for (int i = 0; i < count && total < budget; i++) {
        size_t part = iov[i].iov_len < budget - total ? iov[i].iov_len : budget - total;
        int64_t written = disk_node_write(node, offset + total, iov[i].iov_base, part);
        if (written < 0 && !total)
            return (ssize_t)written;
        if (written < 0)
            break;
        total += (size_t)written;
        if ((size_t)written < part)
            break;
    }
    disk_tap_inode(DISK_WRITTEN, node, offset, total);
    return (ssize_t)total;
}

static ssize_t file_read(struct open_file *open, const struct iovec *iov, int count)
{
    struct disk_file *file = SCHEDULE_OWNER(open, struct disk_file, open);
    ssize_t result = disk_file_read_at(file, iov, count, file->offset);
    if (result > 0)
        file->offset += (uint64_t)result;
    return result;
}

static ssize_t file_write(struct open_file *open, const struct iovec *iov, int count)
{
    struct disk_file *file = SCHEDULE_OWNER(open, struct disk_file, open);
    uint64_t start = open->flags & O_APPEND ? file->node->bytes : file->offset;
    ssize_t result = disk_file_write_at(file, iov, count, start);
    if (result > 0)
        file->offset = start + (uint64_t)result;
    return result;
}

/* --- offset and size ------------------------------------------------------------------------------------------------------ */

/* Where data or a hole begins at or after offset; the end of the file is a hole. */
static int64_t seek_content(const struct disk_node *node, uint64_t offset, bool wants_data)
{
    if (offset >= node->bytes)
        return -ENXIO;
    uint64_t index = offset / DISK_PAGE_BYTES;
    for (uint32_t i = 0; i < node->page_count; i++) {
        uint64_t here = node->pages[i].index;
        if (here < index)
            continue;
        if (wants_data)
            return (int64_t)(here * DISK_PAGE_BYTES > offset ? here * DISK_PAGE_BYTES : offset);
        if (here > index)
            break;
        index++;
    }
    if (wants_data)
        return -ENXIO;
    uint64_t hole = index * DISK_PAGE_BYTES > offset ? index * DISK_PAGE_BYTES : offset;
    return (int64_t)(hole < node->bytes ? hole : node->bytes);
}

int64_t disk_file_seek(struct disk_file *file, int64_t offset, int whence)
{
    const struct disk_node *node = file->node;
    int64_t base = 0;
    switch (whence) {
    case SEEK_SET:
        break;
    case SEEK_CUR:
        base = (int64_t)file->offset;
        break;
    case SEEK_END:
        base = (int64_t)node->bytes;
        break;
    case SEEK_DATA:
    case SEEK_HOLE:
        offset = offset < 0 ? -ENXIO : seek_content(node, (uint64_t)offset, whence == SEEK_DATA);
        if (offset < 0)
            return offset;
        break;
    default:
        return -EINVAL;
    }
    int64_t target;
    if (__builtin_add_overflow(base, offset, &target) || target < 0 || target > (int64_t)DISK_FILE_BYTES_MAX)
        return -EINVAL;
    file->offset = (uint64_t)target;
    return target;
}

int disk_file_resize(struct disk_file *file, int64_t bytes)
{
    bool is_writable = (file->open.flags & O_ACCMODE) != O_RDONLY;
    if (bytes < 0 || !is_writable || file->node->kind != DISK_REGULAR)
        return -EINVAL;
    if (disk_fault_io(file->node->disk, DISK_EIO_WRITE))
        return -EIO;
    int error = disk_node_resize(file->node, (uint64_t)bytes);
    if (!error)
        disk_tap_inode(DISK_RESIZED, file->node, 0, 0);
    return error;
}

int disk_file_reserve(struct disk_file *file, int64_t offset, int64_t bytes)
{
    if (offset < 0 || bytes <= 0)
        return -EINVAL;
    if ((file->open.flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (file->node->kind != DISK_REGULAR)
        return -ENODEV;
    if (disk_fault_full(file->node->disk))
        return -ENOSPC;
    int error = disk_node_reserve(file->node, (uint64_t)offset, (uint64_t)bytes);
    if (!error)
        disk_tap_inode(DISK_RESIZED, file->node, 0, 0);
    return error;
}

/* --- durability and locks ---------------------------------------------------------------------------------------------------- */

int disk_file_sync(struct disk_file *file)
{
    struct disk_node *node = file->node;
    if (node->kind == DISK_NULL_DEVICE)
        return -EINVAL;
    if (disk_fault_io(node->disk, DISK_EIO_SYNC)) {
        disk_node_give_up(node);
        return -EIO;
    }
    disk_node_sync(node);
    disk_tap_synced(node);
    return 0;
}

void disk_file_sync_all(struct disk *disk)
{
    while (disk->dirty) {
        struct disk_node *node = disk->dirty;
        disk_node_sync(node);
        disk_tap_synced(node);
    }
    disk_journal_commit(disk);
}

static void unlock(struct disk_file *file)
{
    struct disk_node *node = file->node;
    if (node->exclusive_lock == file)
        node->exclusive_lock = NULL;
    if (file->has_shared_lock)
        node->shared_lock_count--;
    file->has_shared_lock = false;
}

int disk_file_lock(struct disk_file *file, int operation)
{
    struct disk_node *node = file->node;
    /* A conversion first gives up what was held, as Linux does, and so may lose it. */
    unlock(file);
    bool is_taken = node->exclusive_lock || (operation == LOCK_EX && node->shared_lock_count);
    if (operation != LOCK_UN && is_taken) {
        schedule_wake_all(&node->lock_waiters);
        return -EWOULDBLOCK;
    }
    if (operation == LOCK_EX)
        node->exclusive_lock = file;
    if (operation == LOCK_SH) {
        node->shared_lock_count++;
        file->has_shared_lock = true;
    }
    if (operation != LOCK_EX)
        schedule_wake_all(&node->lock_waiters);
    return 0;
}
