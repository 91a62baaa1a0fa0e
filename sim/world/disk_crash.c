/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_crash: see the header. First the journal is taken back as far as drawn, with what was written behind sizes that
 * are undone; then the pages of every file that is left are settled, in the order of their inodes.
 */
#include "sim/world/disk_crash.h"
#include <assert.h>
#include <string.h>
#include "sim/world/choice.h"
#include "sim/world/disk_node.h"
#include "sim/world/disk_tap.h"
#include "sim/world/history.h"
#include "sim/world/host.h"
#include "sim/world/world.h"

static struct choice_point point_journal = CHOICE_POINT("disk/crash_journal");
static struct choice_point point_file = CHOICE_POINT("disk/crash_file");
static struct choice_point point_pages = CHOICE_POINT("disk/crash_pages");
static struct choice_point point_page = CHOICE_POINT("disk/crash_page");
static struct choice_point point_sectors = CHOICE_POINT("disk/crash_sectors");
static struct choice_point point_tail = CHOICE_POINT("disk/crash_tail");

enum file_fate { FILE_KEPT, FILE_LOST, FILE_FIRST_PAGES, FILE_EACH_PAGE, FILE_FATES };
enum page_fate { PAGE_KEPT, PAGE_LOST, PAGE_TORN };
enum { SECTORS = DISK_PAGE_BYTES / DISK_SECTOR_BYTES };

struct crash {
    struct disk *disk;
    uint64_t committed; /* the last step of the journal that is kept */
    struct disk_loss loss;
};

/* A pick that no other file or page shifts. what: 0, or the index of a page + 1. */
static uint32_t draw(struct choice_point *point, const struct disk_node *node, uint64_t what,
                     uint32_t options)
{
    uint64_t crash = (uint64_t)node->disk->host->number << 10 | (node->disk->crash_count & 1023);
    uint64_t key = crash << 48 ^ (node->number & 0xffffff) << 24 ^ what;
    return options > 1 ? choice_pick_at(point, key, options) : 0;
}

/* --- pages --------------------------------------------------------------------------------------------------------- */

/* Its bytes were on their way long enough, or a kept step of the journal has waited for them. */
static bool is_written(const struct crash *crash, const struct disk_page *page)
{
    if (page->is_given_up)
        return false;
    return !page->is_dirty || (page->flush_step && page->flush_step <= crash->committed) ||
           page->dirty_ns <= schedule_now() - DISK_WRITEBACK_NS;
}

static uint64_t end_of(const struct disk_node *node, const struct disk_page *page)
{
    uint64_t end = (page->index + 1) * DISK_PAGE_BYTES;
    return end < node->bytes ? end : node->bytes;
}

/* What is on the platter takes the place of data, from a sector on. */
static void roll_back(struct disk_page *page, uint32_t sector)
{
    size_t skip = (size_t)sector * DISK_SECTOR_BYTES;
    if (page->stable)
        memcpy(page->data + skip, page->stable + skip, DISK_PAGE_BYTES - skip);
    else
        memset(page->data + skip, 0, DISK_PAGE_BYTES - skip);
}

/* Applies the fate; how far the file reaches by this page. */
static uint64_t settle_page(struct crash *crash, struct disk_node *node, struct disk_page *page,
                            enum page_fate fate)
{
    switch (fate) {
    case PAGE_KEPT:
        return end_of(node, page);
    case PAGE_TORN:
        roll_back(page, SECTORS - 1 - draw(&point_sectors, node, page->index + 1, SECTORS - 1));
        crash->loss.pages_torn++;
        return end_of(node, page);
    case PAGE_LOST:
        roll_back(page, 0);
        crash->loss.pages_lost++;
        break;
    }
    bool is_tail = page->stable && end_of(node, page) > node->disk_bytes;
    return is_tail && draw(&point_tail, node, page->index + 1, 2) ? end_of(node, page) : 0;
}

static enum page_fate fate_of(const struct disk_node *node, const struct disk_page *page, enum file_fate file,
                              bool is_first)
{
    switch (file) {
    case FILE_KEPT:
        return PAGE_KEPT;
    case FILE_LOST:
        return PAGE_LOST;
    case FILE_FIRST_PAGES:
        return is_first ? PAGE_KEPT : PAGE_LOST;
    case FILE_EACH_PAGE:
    case FILE_FATES:
        break;
    }
    return (enum page_fate)draw(&point_page, node, page->index + 1, page->stable ? PAGE_TORN + 1 : PAGE_TORN);
}

/* --- files --------------------------------------------------------------------------------------------------------- */

static void settle_file(struct crash *crash, struct disk_node *node)
{
    uint32_t at_stake = 0, first = 0;
    for (uint32_t i = 0; i < node->page_count; i++)
        at_stake += !is_written(crash, &node->pages[i]);
    enum file_fate file = at_stake ? (enum file_fate)draw(&point_file, node, 0, FILE_FATES) : FILE_KEPT;
    if (file == FILE_FIRST_PAGES) /* none is FILE_LOST, all is FILE_KEPT */
        first = at_stake - 1 - draw(&point_pages, node, 0, at_stake);
    bool is_told = file != FILE_KEPT && node->self;
    if (is_told)
        disk_tap_crash(false, node->parent, node->self->name, node);
    uint64_t bytes = node->disk_bytes;
    for (uint32_t i = 0, met = 0; i < node->page_count; i++) {
        struct disk_page *page = &node->pages[i];
        if (!page->is_dirty)
            continue;
        enum page_fate fate = is_written(crash, page) ? PAGE_KEPT : fate_of(node, page, file, met < first);
        met += !is_written(crash, page);
        uint64_t end = settle_page(crash, node, page, fate);
        page->is_given_up = false;
        if (end > bytes)
            bytes = end;
    }
    disk_node_drop_pages(node, (bytes + DISK_PAGE_BYTES - 1) / DISK_PAGE_BYTES);
    node->bytes = bytes;
    disk_node_zero_tail(node);
    disk_node_settle(node);
    if (is_told)
        disk_tap_crash(true, node->parent, node->self->name, node);
}

/* Nodes are listed newest first: this is the oldest. */
static struct disk_node *oldest(const struct disk *disk)
{
    struct disk_node *node = disk->nodes;
    while (node->next)
        node = node->next;
    return node;
}

static bool is_file(const struct disk_node *node)
{
    return node->kind == DISK_REGULAR && !node->is_buried;
}

static struct disk_loss end(struct crash *crash)
{
    struct disk *disk = crash->disk;
    disk->crash_count++;
    history_call(HISTORY_NOTE, disk->host->number, crash->loss.steps,
                 (uint64_t)crash->loss.pages_lost << 32 | crash->loss.pages_torn);
    return crash->loss;
}

struct disk_loss disk_crash(struct disk *disk)
{
    struct crash crash = {.disk = disk};
    uint32_t steps = disk_journal_steps(disk);
    crash.loss.steps = choice_pick(&point_journal, steps + 1);
    disk_journal_undo(disk, crash.loss.steps);
    crash.committed = disk->journal.committed;
    for (struct disk_node *node = oldest(disk); node; node = node->previous)
        if (is_file(node))
            settle_file(&crash, node);
    while (disk->dirty)
        disk_node_settle(disk->dirty);
    return end(&crash);
}

struct disk_loss disk_crash_client(struct disk *disk)
{
    struct crash crash = {.disk = disk, .committed = disk->journal.committed};
    for (struct disk_node *node = oldest(disk); node; node = node->previous) {
        if (is_file(node) && node->is_at_stake)
            settle_file(&crash, node);
        node->is_at_stake = false;
    }
    return end(&crash);
}
