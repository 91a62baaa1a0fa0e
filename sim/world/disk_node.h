/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_node: inodes: the bytes of a file, the entries of a directory, and how much of either is durable.
 *
 * Bytes lie in pages, held in an array sorted by page index; holes have none. In a file without holes page i is
 * element i, so a look-up costs nothing. Entries are sorted by a hash of their name, which is also the order of
 * readdir, as in ext4: the same in every run, and never sorted by accident.
 *
 * A page knows what lies on the platter beneath it, and since when that differs; names and sizes are disk_journal.h's.
 * What a crash makes of both is disk_crash.h's.
 */
#ifndef SIM_WORLD_DISK_NODE_H
#define SIM_WORLD_DISK_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "sim/world/disk.h"
#include "sim/world/disk_journal.h"
#include "sim/world/schedule.h"

struct disk_file;

/* A larger file is -EFBIG: ext4's bound with 4 KiB blocks. */
#define DISK_FILE_BYTES_MAX (UINT64_C(1) << 44)
enum { DISK_LINKS_MAX = 65000, DISK_ROOT_INODE = 2 };

enum disk_node_kind { DISK_REGULAR, DISK_DIRECTORY, DISK_SYMLINK, DISK_NULL_DEVICE };

struct disk_page {
    uint64_t index;
    uint8_t *data; /* DISK_PAGE_BYTES */
    bool is_dirty;
    uint8_t *stable;  /* while dirty: what is on the platter; NULL: no block yet, so zeros */
    int64_t dirty_ns; /* since when; world time */
    bool
        is_given_up; /* a sync has failed: none tries again until it is written anew, and only a crash tells */
    uint64_t flush_step; /* while dirty: durable with this step of the journal; 0: with none */
};

struct disk_entry {
    uint64_t position; /* in readdir order: DISK_POSITION_FIRST.. */
    struct disk_node *node;
    uint32_t name_bytes;
    char name[]; /* with its NUL */
};
/* Positions 0 and 1 are "." and "..". */
enum { DISK_POSITION_FIRST = 2 };

struct disk_node {
    struct disk *disk;
    struct disk_node *next, *previous;             /* all inodes of the disk */
    struct disk_node *dirty_next, *dirty_previous; /* those that are dirty */
    uint64_t number;
    enum disk_node_kind kind;
    mode_t mode;         /* permission bits */
    uint32_t link_count; /* a directory has 2 and one per subdirectory; 0: no name is left */
    uint32_t open_count;
    int64_t accessed_ns, modified_ns, changed_ns; /* wall clock of the host */

    uint64_t bytes; /* of a file or a symbolic link's target */
    struct disk_page *pages;
    uint32_t page_count, page_capacity;

    bool is_dirty; /* something changed since the last sync */
    uint64_t
        disk_bytes;  /* size on the platter, once the journal is committed and no page more is written back */
    uint64_t change; /* step of the journal in which it changed last */
    uint32_t pin_count;    /* operations of the journal that name it */
    bool is_buried;        /* nothing names or opens it, but the journal may bring it back; counted nowhere */
    bool flushes_on_close; /* it was truncated to nothing (auto_da_alloc) */
    bool is_at_stake;      /* a crash that is happening takes its unwritten pages (disk_crash.h) */

    struct disk_entry **entries; /* of a directory */
    uint32_t entry_count, entry_capacity;
    struct disk_node
        *parent; /* of a directory; itself for the root, NULL once removed. Of a file: where self is */
    struct disk_entry
        *self; /* the entry that names a directory; NULL for the root and once removed. Of a file: the
                               * name that it was given last; NULL once that is gone */

    char *target; /* of a symbolic link */

    struct disk_file *exclusive_lock; /* flock */
    uint32_t shared_lock_count;
    struct wait_queue lock_waiters;
};

struct disk {
    struct host *host;
    struct disk_settings settings;
    struct disk_node *root;
    struct disk_node *nodes, *dirty;
    uint64_t next_number;
    uint64_t used_bytes;
    uint64_t file_count, directory_count, open_count, dirty_count;
    uint64_t temporary_count; /* names given out by mkstemp and its family */
    struct disk_journal journal;
    uint32_t crash_count;
    bool is_down; /* the power has failed: what its dying processes close is written back no more */
};

/* For one page more. */
static inline bool disk_has_room(const struct disk *disk)
{
    return disk->used_bytes + disk->settings.taken_bytes + DISK_PAGE_BYTES <= disk->settings.capacity_bytes;
}

/* A new inode with no name yet: the caller links it, or drops it with disk_node_release. */
struct disk_node *disk_node_new(struct disk *disk, enum disk_node_kind kind, mode_t mode);
/* Frees it if neither a name nor an open file is left. */
void disk_node_release(struct disk_node *node);
/* Frees every inode of the disk, whatever names or opens it. */
void disk_node_free_all(struct disk *disk);

/* Bytes read, 0 at or after the end. */
size_t disk_node_read(const struct disk_node *node, uint64_t offset, void *data, size_t bytes);
/* Bytes written, fewer than asked when the disk is full, -ENOSPC when none, -EFBIG. */
int64_t disk_node_write(struct disk_node *node, uint64_t offset, const void *data, size_t bytes);
/* Cuts or extends with a hole. 0 or -EFBIG. */
int disk_node_resize(struct disk_node *node, uint64_t bytes);
/* Gives every page of the range a place, so that writing there cannot meet a full disk. 0, -ENOSPC, -EFBIG. */
int disk_node_reserve(struct disk_node *node, uint64_t offset, uint64_t bytes);
/* Everything up to here is durable now, and the journal if this took part in it. */
void disk_node_sync(struct disk_node *node);
/* A sync failed: what is dirty now looks synced from here on, and is not. */
void disk_node_give_up(struct disk_node *node);
/* It may be closed for the last time: auto_da_alloc. */
void disk_node_close(struct disk_node *node);
void disk_node_mark_dirty(struct disk_node *node);
/* Sets modified and changed, or changed alone, to now. */
void disk_node_touch(struct disk_node *node);
void disk_node_touch_status(struct disk_node *node);
int64_t disk_node_now(const struct disk *disk);
void disk_node_stat(const struct disk_node *node, struct stat *status_out);

/* For the journal and the crash. A pin keeps a node's memory; to revive is to bring it back without a name. */
void disk_node_pin(struct disk_node *node);
void disk_node_unpin(struct disk_node *node);
void disk_node_revive(struct disk_node *node);
/* Drops pages from index on / takes a page, which is not there / zeros what lies behind the end in the last page. */
void disk_node_drop_pages(struct disk_node *node, uint64_t index);
void disk_node_put_page(struct disk_node *node, const struct disk_page *page);
void disk_node_zero_tail(struct disk_node *node);
/* What data says is what the platter says; nothing is dirty. */
void disk_node_settle(struct disk_node *node);

/* NULL: no such name. */
struct disk_entry *disk_node_find(const struct disk_node *directory, const char *name, size_t name_bytes);
/* The name is not there yet. Link counts and times are kept. */
void disk_node_enter(struct disk_node *directory, const char *name, size_t name_bytes,
                     struct disk_node *node);
/* Takes the entry out and frees it, drops a link of its node, and that node with its last link. */
void disk_node_leave(struct disk_node *directory, struct disk_entry *entry);
/* The first entry at or after position; NULL: none. */
const struct disk_entry *disk_node_entry_from(const struct disk_node *directory, uint64_t position);

#endif
