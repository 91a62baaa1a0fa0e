/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_file: an open file or directory: what a descriptor of one stands for.
 *
 * It keeps its inode alive without a name, has one offset that all its descriptors share, and never blocks. Negative
 * results are -errno; on an error nothing has changed.
 */
#ifndef SIM_WORLD_DISK_FILE_H
#define SIM_WORLD_DISK_FILE_H

#include <sys/uio.h>
#include "sim/world/descriptor.h"
#include "sim/world/disk_node.h"

struct disk_file {
    struct open_file open;
    struct disk_node *node;
    uint64_t offset; /* of a directory: the readdir position of getdents-like callers is their stream's own */
    bool has_shared_lock; /* flock; the exclusive one is in the inode */
};

/* Opens an inode. flags: as given to open(2); O_ACCMODE, O_APPEND and O_NONBLOCK are kept. The caller hands it to
 * descriptor_open, or holds it with open_file_retain until open_file_release. */
struct disk_file *disk_file_new(struct disk_node *node, int flags);
/* NULL: that open file is no file or directory of a disk. */
struct disk_file *disk_file_of(struct open_file *file);

/* At an offset, without moving the file's own. -EBADF (not open for that), -EISDIR, -EINVAL, -EIO, -ENOSPC, -EFBIG. */
ssize_t disk_file_read_at(struct disk_file *file, const struct iovec *iov, int count, uint64_t offset);
/* With O_APPEND at the end, whatever offset says, as Linux has it. */
ssize_t disk_file_write_at(struct disk_file *file, const struct iovec *iov, int count, uint64_t offset);
/* SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE. The new offset; -EINVAL, -ENXIO. */
int64_t disk_file_seek(struct disk_file *file, int64_t offset, int whence);
/* -EINVAL: not open for writing, or not a regular file. */
int disk_file_resize(struct disk_file *file, int64_t bytes);
int disk_file_reserve(struct disk_file *file, int64_t offset, int64_t bytes);

/* fsync, without the time it takes (disk_fault_sync_ns). -EIO: what was not durable stays so, and as on Linux
 * the next fsync succeeds all the same, unless the file was written again. */
int disk_file_sync(struct disk_file *file);
/* sync, syncfs. */
void disk_file_sync_all(struct disk *disk);

/* LOCK_SH, LOCK_EX, LOCK_UN. -EWOULDBLOCK: somebody else holds it; wait in file->node->lock_waiters. */
int disk_file_lock(struct disk_file *file, int operation);

#endif
