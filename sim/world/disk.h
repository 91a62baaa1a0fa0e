/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk: one in-memory file system per host, as the engine, observers and tests see it.
 *
 *   disk.h       life, settings, the tap, access from outside
 *   disk_name.h  paths: find, create, link, rename, unlink, directories, symbolic links
 *   disk_file.h  open files: read, write, seek, sync, lock
 *   disk_node.h  inodes: pages of bytes, directory entries, what is durable
 *
 *   disk_journal.h  what is not durable yet    disk_crash.h  what a power failure leaves
 *
 * It lives as long as its host, so it outlives every process (the page cache).
 */
#ifndef SIM_WORLD_DISK_H
#define SIM_WORLD_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk;
struct host;

enum { DISK_PAGE_BYTES = 4096, DISK_NAME_MAX_BYTES = 255, DISK_PATH_MAX_BYTES = 4096 };
#define DISK_CAPACITY_BYTES (UINT64_C(256) << 20)

/* Which calls fail with EIO for certain. */
enum disk_eio { DISK_EIO_READ = 1, DISK_EIO_WRITE = 2, DISK_EIO_SYNC = 4 };

/* Probabilities are asked at the choice points "disk/eio" (read, write, sync), "disk/enospc" (write, and whatever makes a
 * name), "disk/short_write" (write: at least one byte and less than asked) and "disk/fsync_latency"; 0 asks nothing. */
struct disk_settings {
    uint64_t capacity_bytes; /* default DISK_CAPACITY_BYTES; whole pages count */
    uint32_t eio_per_million, enospc_per_million, short_write_per_million; /* default 0 */
    int64_t fsync_ns;                                                      /* the usual time; default 1 ms */
    uint32_t fsync_slow_per_million; /* chance that a sync takes 4 to 256 times as long; default 2 % */
    /* What a fault sets for a while; default 0. Nothing is drawn for these. */
    uint64_t taken_bytes;  /* of the capacity, by somebody else */
    uint32_t eio_calls;    /* enum disk_eio */
    uint32_t fsync_factor; /* syncs take so many times as long; 0: once */
};

/* An empty disk: "/", "/tmp" and "/dev/null". Borrows host, whose wall clock dates the files. Never NULL. */
struct disk *disk_new(struct host *host);
/* An open file that is left over is lost, and shows as memory of the engine that was not given back. NULL is fine. */
void disk_free(struct disk *disk);
/* To be read and changed at any time. */
struct disk_settings *disk_settings(struct disk *disk);

struct disk_usage {
    uint64_t used_bytes;               /* whole pages */
    uint64_t file_count;               /* inodes of files, links and devices */
    uint64_t directory_count;          /* with the root */
    uint64_t open_count, orphan_count; /* open files now; inodes without a name that are still open */
    uint64_t dirty_count;              /* inodes with something not synced */
};
struct disk_usage disk_usage(const struct disk *disk);

/* --- the tap ---------------------------------------------------------------------------------------------------- */

/* A crash is told as well, by process 0: DISK_UNLINKED for each name that it takes, while that is still there to be
 * read, and DISK_LINKED for each that it brings back; for a file whose bytes it changes, both. */
enum disk_event_kind {
    DISK_CREATED,           /* path */
    DISK_LINKED,            /* path: the new name */
    DISK_RENAMED,           /* path, old_path; bytes: of what moved */
    DISK_UNLINKED,          /* path */
    DISK_DIRECTORY_MADE,    /* path */
    DISK_DIRECTORY_REMOVED, /* path */
    DISK_SYMLINK_MADE,      /* path */
    DISK_WRITTEN,           /* offset, moved_bytes */
    DISK_RESIZED,           /* truncated or extended to bytes */
    DISK_SYNCED, /* fsync or fdatasync of a file or directory, or part of sync; path: of a file the name that
                             * it was given last, if it still has that, else NULL */
};

/* Valid during the callback only. */
struct disk_event {
    enum disk_event_kind kind;
    const struct host *host;
    uint32_t process;     /* number of the acting process; 0: from outside */
    uint64_t inode;       /* ties events without a path to those with one */
    const char *path;     /* absolute; NULL where the kind has none */
    const char *old_path; /* absolute; DISK_RENAMED only */
    uint64_t bytes;       /* size of the file after the event */
    uint64_t offset, moved_bytes;
};

struct disk_tap {
    /* After the change, before the call returns to the program. May read disks, must not change them or block. */
    void (*on_event)(void *opaque, const struct disk_event *event);
    void *opaque;
};
/* One tap over all disks, kept until it is replaced. Copies tap; NULL: none. */
void disk_set_tap(const struct disk_tap *tap);

/* --- from outside: tests, scenarios, the leak check at the end of a world ------------------------------------------- */

/* Writes a file, with the directories above it, as if it had always been there (durable, no fault, no event). Replaces
 * the contents of an existing one. 0, -ENOSPC, -EISDIR, -ENOTDIR, -ENAMETOOLONG, -ELOOP. path is absolute. */
int disk_put_file(struct disk *disk, const char *path, const void *data, size_t bytes);
/* Makes a directory and those above it; 0 when it is there already; else as above. */
int disk_put_directory(struct disk *disk, const char *path);
/* Size of a regular file, or -ENOENT, -EISDIR, .. */
int64_t disk_file_bytes(struct disk *disk, const char *path);
/* Copies up to bytes from the start; how many there were, or as above. */
int64_t disk_read_file(struct disk *disk, const char *path, void *data_out, size_t bytes);

/* What one name stands for. */
struct disk_item {
    const char *path; /* absolute; valid during the callback */
    bool is_directory;
    uint64_t inode, bytes;
    uint32_t link_count;
};
/* Calls on_item for everything below path (itself not included), parents before children, in readdir order. The callback
 * must not change the disk. 0, or -ENOENT, -ENOTDIR, .. */
int disk_each(struct disk *disk, const char *path,
              void (*on_item)(void *opaque, const struct disk_item *item), void *opaque);

#endif
