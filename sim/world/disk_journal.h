/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_journal: which changes of names and sizes are not durable yet, and how they are undone.
 *
 * The mount that is modelled is ext4 with its defaults: data=ordered, delalloc, auto_da_alloc, barriers, commit=5.
 * Names, links and sizes are changed in memory at once and noted here, in the one order of the journal; a commit makes all
 * of them durable, a crash keeps any prefix of those noted since (ext4 groups them, so this is the more of outcomes).
 * Each is an atomic step; a rename is one, also when it replaces. Commits are made by fsync of whatever took part, by
 * sync, and by age. A node that a step may bring back outlives its last name until that step is committed.
 *
 * Left out: modes, owners and times, which a crash keeps; the space that a deleted file holds until the commit.
 */
#ifndef SIM_WORLD_DISK_JOURNAL_H
#define SIM_WORLD_DISK_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk;
struct disk_node;
struct disk_page;

/* jbd2 commits what is so old; the page cache writes back what is so old (dirty_expire and dirty_writeback_centisecs). */
#define DISK_COMMIT_NS    (INT64_C(5) * 1000000000)
#define DISK_WRITEBACK_NS (INT64_C(35) * 1000000000)

enum disk_operation_kind {
    DISK_ENTERED, /* a name was made */
    DISK_LEFT,    /* a name was taken away */
    DISK_CUT,     /* a file was truncated or extended */
    DISK_FLUSHED, /* pages without a block got one: the commit waits for their bytes */
};

/* What a resize took away: owned. */
struct disk_cut {
    struct disk_page
        *pages; /* the last one that stayed is among them, as it was, if the cut went through it */
    uint32_t page_count;
    uint64_t bytes, disk_bytes; /* before */
    uint64_t first_index;       /* pages from here on are as before once this is undone */
};

struct disk_operation;

struct disk_journal {
    struct disk_operation *first, *last; /* oldest first */
    uint64_t next_step;                  /* 1.. */
    uint64_t committed;                  /* steps up to this one are durable */
    bool is_joined;                      /* operations are one step until this ends */
    bool is_undoing;
};

/* Notes a change that has just been made; commits what is too old. */
void disk_journal_name(enum disk_operation_kind kind, struct disk_node *directory, const char *name,
                       size_t name_bytes, struct disk_node *node);
/* Takes what cut holds. */
void disk_journal_cut(struct disk_node *node, const struct disk_cut *cut);
/* Starts writing back the pages of node that have no block yet (auto_da_alloc): durable with the step that this is. */
void disk_journal_flush(struct disk_node *node);
/* All operations until the second call are one step. */
void disk_journal_join(struct disk *disk, bool is_joined);

void disk_journal_commit(struct disk *disk);
/* How many steps are not durable now. */
uint32_t disk_journal_steps(struct disk *disk);
/* Takes back the last steps, newest first, and commits the others. */
void disk_journal_undo(struct disk *disk, uint32_t steps);
/* Forgets everything, as the disk is freed. */
void disk_journal_free(struct disk *disk);

#endif
