/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_journal: see the header. What happens to bytes is disk_crash.c's.
 */
#include "sim/world/disk_journal.h"
#include <assert.h>
#include <string.h>
#include "sim/world/disk_node.h"
#include "sim/world/disk_tap.h"
#include "sim/world/world.h"

struct disk_operation {
    struct disk_operation *next, *previous;
    enum disk_operation_kind kind;
    uint64_t step;
    int64_t time_ns; /* world time */
    struct disk_node *node;
    struct disk_node *directory; /* of a name */
    struct disk_cut cut;
    uint32_t name_bytes;
    char name[];
};

/* --- noting ------------------------------------------------------------------------------------------------------ */

static void cut_free(const struct disk_cut *cut)
{
    for (uint32_t i = 0; i < cut->page_count; i++) {
        world_free(cut->pages[i].data);
        world_free(cut->pages[i].stable);
    }
    world_free(cut->pages);
}

static void drop(struct disk_journal *journal, struct disk_operation *operation)
{
    *(operation->previous ? &operation->previous->next : &journal->first) = operation->next;
    *(operation->next ? &operation->next->previous : &journal->last) = operation->previous;
    cut_free(&operation->cut);
    disk_node_unpin(operation->node);
    world_free(operation);
}

static void commit_old(struct disk_journal *journal)
{
    while (journal->first && journal->first->time_ns <= schedule_now() - DISK_COMMIT_NS) {
        journal->committed = journal->first->step;
        drop(journal, journal->first);
    }
}

static struct disk_operation *note(enum disk_operation_kind kind, struct disk_node *node, size_t name_bytes)
{
    struct disk_journal *journal = &node->disk->journal;
    struct disk_operation *operation = world_alloc(sizeof(*operation) + name_bytes + 1);
    operation->kind = kind;
    operation->node = node;
    operation->time_ns = schedule_now();
    operation->step = journal->next_step;
    operation->name_bytes = (uint32_t)name_bytes;
    operation->previous = journal->last;
    *(journal->last ? &journal->last->next : &journal->first) = operation;
    journal->last = operation;
    journal->next_step += !journal->is_joined;
    node->change = operation->step;
    disk_node_pin(node);
    commit_old(journal);
    return operation;
}

void disk_journal_name(enum disk_operation_kind kind, struct disk_node *directory, const char *name,
                       size_t name_bytes, struct disk_node *node)
{
    if (directory->disk->journal.is_undoing)
        return;
    struct disk_operation *operation = note(kind, node, name_bytes);
    operation->directory = directory;
    memcpy(operation->name, name, name_bytes);
    directory->change = operation->step;
}

void disk_journal_cut(struct disk_node *node, const struct disk_cut *cut)
{
    assert(!node->disk->journal.is_undoing);
    note(DISK_CUT, node, 0)->cut = *cut;
}

void disk_journal_flush(struct disk_node *node)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->page_count; i++) {
        struct disk_page *page = &node->pages[i];
        if (!page->is_dirty || page->stable || page->flush_step)
            continue;
        page->flush_step = node->disk->journal.next_step;
        count++;
    }
    if (count)
        note(DISK_FLUSHED, node, 0);
}

void disk_journal_join(struct disk *disk, bool is_joined)
{
    struct disk_journal *journal = &disk->journal;
    assert(journal->is_joined != is_joined);
    journal->is_joined = is_joined;
    if (!is_joined && journal->last && journal->last->step == journal->next_step)
        journal->next_step++;
}

/* --- committing and undoing ---------------------------------------------------------------------------------------- */

void disk_journal_commit(struct disk *disk)
{
    struct disk_journal *journal = &disk->journal;
    while (journal->first)
        drop(journal, journal->first);
    journal->committed = journal->next_step++;
}

uint32_t disk_journal_steps(struct disk *disk)
{
    struct disk_journal *journal = &disk->journal;
    commit_old(journal);
    uint32_t steps = 0;
    uint64_t last = 0;
    for (const struct disk_operation *at = journal->first; at; at = at->next) {
        steps += at->step != last;
        last = at->step;
    }
    return steps;
}

/* What was written behind the end since the resize goes with it. */
static void undo_cut(struct disk_node *node, struct disk_cut *cut)
{
    disk_node_drop_pages(node, cut->first_index);
    for (uint32_t i = 0; i < cut->page_count; i++)
        disk_node_put_page(node, &cut->pages[i]);
    cut->page_count = 0;
    node->bytes = cut->bytes;
    node->disk_bytes = cut->disk_bytes;
    disk_node_zero_tail(node);
}

static void undo(struct disk_operation *operation)
{
    struct disk_node *node = operation->node, *directory = operation->directory;
    disk_node_revive(node);
    switch (operation->kind) {
    case DISK_ENTERED:
        disk_tap_crash(false, directory, operation->name, node);
        disk_node_leave(directory, disk_node_find(directory, operation->name, operation->name_bytes));
        break;
    case DISK_LEFT:
        disk_node_enter(directory, operation->name, operation->name_bytes, node);
        disk_tap_crash(true, directory, operation->name, node);
        break;
    case DISK_CUT:
        undo_cut(node, &operation->cut);
        break;
    case DISK_FLUSHED:
        for (uint32_t i = 0; i < node->page_count; i++)
            if (node->pages[i].flush_step == operation->step)
                node->pages[i].flush_step = 0;
        break;
    }
    disk_node_release(node); /* changed without a name: it is as gone as before */
}

void disk_journal_undo(struct disk *disk, uint32_t steps)
{
    struct disk_journal *journal = &disk->journal;
    journal->is_undoing = true;
    while (steps--) {
        uint64_t step = journal->last->step;
        while (journal->last && journal->last->step == step) {
            undo(journal->last);
            drop(journal, journal->last);
        }
    }
    journal->is_undoing = false;
    disk_journal_commit(disk);
}

void disk_journal_free(struct disk *disk)
{
    while (disk->journal.first)
        drop(&disk->journal, disk->journal.first);
}
