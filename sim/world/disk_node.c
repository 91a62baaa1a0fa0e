/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_node: see the header. Nothing here asks a choice or tells the tap; that is the business of names and open files.
 *
 * Left out: access times move only by utimensat, as on a file system mounted noatime; whoever acts owns every file and
 * may do everything with it, as root does, so mode bits are kept for stat and decide nothing.
 */
#include "sim/world/disk_node.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "sim/world/host.h"
#include "sim/world/world.h"

int64_t disk_node_now(const struct disk *disk)
{
    return host_wall_now(disk->host);
}

void disk_node_touch_status(struct disk_node *node)
{
    node->changed_ns = disk_node_now(node->disk);
}

void disk_node_touch(struct disk_node *node)
{
    disk_node_touch_status(node);
    node->modified_ns = node->changed_ns;
}

static void count_node(const struct disk_node *node, int by)
{
    uint64_t *count = node->kind == DISK_DIRECTORY ? &node->disk->directory_count : &node->disk->file_count;
    *count += (uint64_t)by;
}

struct disk_node *disk_node_new(struct disk *disk, enum disk_node_kind kind, mode_t mode)
{
    struct disk_node *node = world_alloc(sizeof(*node));
    node->disk = disk;
    node->number = disk->next_number++;
    node->kind = kind;
    node->mode = mode;
    disk_node_touch(node);
    node->accessed_ns = node->modified_ns;
    node->next = disk->nodes;
    if (disk->nodes)
        disk->nodes->previous = node;
    disk->nodes = node;
    count_node(node, 1);
    disk_node_mark_dirty(node);
    return node;
}

/* --- what is durable ------------------------------------------------------------------------------------------------- */

void disk_node_mark_dirty(struct disk_node *node)
{
    if (node->is_dirty)
        return;
    struct disk *disk = node->disk;
    node->is_dirty = true;
    node->dirty_previous = NULL;
    node->dirty_next = disk->dirty;
    if (disk->dirty)
        disk->dirty->dirty_previous = node;
    disk->dirty = node;
    disk->dirty_count++;
}

static void mark_clean(struct disk_node *node)
{
    if (!node->is_dirty)
        return;
    struct disk *disk = node->disk;
    if (node->dirty_previous)
        node->dirty_previous->dirty_next = node->dirty_next;
    else
        disk->dirty = node->dirty_next;
    if (node->dirty_next)
        node->dirty_next->dirty_previous = node->dirty_previous;
    node->is_dirty = false;
    disk->dirty_count--;
}

static void page_settle(struct disk_page *page)
{
    world_free(page->stable);
    page->stable = NULL;
    page->is_dirty = false;
    page->flush_step = 0;
}

void disk_node_settle(struct disk_node *node)
{
    if (!node->is_buried)
        mark_clean(node);
    for (uint32_t i = 0; i < node->page_count; i++)
        if (node->pages[i].is_dirty && !node->pages[i].is_given_up)
            page_settle(&node->pages[i]);
    node->disk_bytes = node->bytes;
    node->flushes_on_close = false;
}

void disk_node_sync(struct disk_node *node)
{
    disk_node_settle(node);
    if (node->change > node->disk->journal.committed)
        disk_journal_commit(node->disk);
}

void disk_node_give_up(struct disk_node *node)
{
    for (uint32_t i = 0; i < node->page_count; i++)
        node->pages[i].is_given_up |= node->pages[i].is_dirty;
}

void disk_node_close(struct disk_node *node)
{
    if (node->flushes_on_close && !node->disk->is_down) {
        disk_journal_flush(node);
        node->flushes_on_close = false;
    }
}

/* Its bytes are about to change: remembers what the platter has. What was on its way there has arrived, size and all. */
static void page_touch(struct disk_node *node, struct disk_page *page)
{
    if (page->is_given_up) {
        page->is_given_up = false;
        page->dirty_ns = schedule_now();
        return;
    }
    bool is_written =
        page->is_dirty && (page->flush_step || page->dirty_ns <= schedule_now() - DISK_WRITEBACK_NS);
    if (page->is_dirty && !is_written)
        return;
    uint64_t end = (page->index + 1) * DISK_PAGE_BYTES;
    if (is_written && node->disk_bytes < node->bytes && node->disk_bytes < end)
        node->disk_bytes = end < node->bytes ? end : node->bytes;
    if (!page->stable)
        page->stable = world_alloc(DISK_PAGE_BYTES);
    memcpy(page->stable, page->data, DISK_PAGE_BYTES);
    page->is_dirty = true;
    page->dirty_ns = schedule_now();
    page->flush_step = 0;
}

/* --- pages -------------------------------------------------------------------------------------------------------------- */

/* Element of the first page at or after index. */
static uint32_t page_element(const struct disk_node *node, uint64_t index)
{
    if (index < node->page_count && node->pages[index].index == index)
        return (uint32_t)index; /* no hole before it */
    if (!node->page_count || node->pages[node->page_count - 1].index < index)
        return node->page_count;
    uint32_t low = 0, high = node->page_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (node->pages[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint8_t *page_find(const struct disk_node *node, uint64_t index)
{
    uint32_t element = page_element(node, index);
    if (element == node->page_count || node->pages[element].index != index)
        return NULL;
    return node->pages[element].data;
}

static void page_insert(struct disk_node *node, uint32_t element, const struct disk_page *page)
{
    if (node->page_count == node->page_capacity) {
        node->page_capacity = node->page_capacity ? node->page_capacity * 2 : 4;
        node->pages = world_resize(node->pages, node->page_capacity * sizeof(*node->pages));
    }
    memmove(&node->pages[element + 1], &node->pages[element],
            (node->page_count - element) * sizeof(*node->pages));
    node->pages[element] = *page;
    node->page_count++;
    if (!node->is_buried)
        node->disk->used_bytes += DISK_PAGE_BYTES;
}

/* NULL: the disk is full. has_block: it gets its block now, and not when it is written back (fallocate). */
static struct disk_page *page_make(struct disk_node *node, uint64_t index, bool has_block)
{
    uint32_t element = page_element(node, index);
    if (element < node->page_count && node->pages[element].index == index)
        return &node->pages[element];
    if (!disk_has_room(node->disk))
        return NULL;
    page_insert(node, element,
                &(struct disk_page){.index = index,
                                    .data = world_alloc(DISK_PAGE_BYTES),
                                    .is_dirty = !has_block,
                                    .dirty_ns = schedule_now()});
    return &node->pages[element];
}

/* Takes the pages from element on out of node, for somebody who has copied them. */
static void pages_leave(struct disk_node *node, uint32_t element)
{
    if (!node->is_buried)
        node->disk->used_bytes -= (uint64_t)(node->page_count - element) * DISK_PAGE_BYTES;
    node->page_count = element;
}

static void pages_cut(struct disk_node *node, uint32_t element)
{
    for (uint32_t i = element; i < node->page_count; i++) {
        world_free(node->pages[i].data);
        world_free(node->pages[i].stable);
    }
    pages_leave(node, element);
}

void disk_node_drop_pages(struct disk_node *node, uint64_t index)
{
    pages_cut(node, page_element(node, index));
}

void disk_node_put_page(struct disk_node *node, const struct disk_page *page)
{
    page_insert(node, page_element(node, page->index), page);
}

void disk_node_zero_tail(struct disk_node *node)
{
    size_t skip = node->bytes % DISK_PAGE_BYTES;
    uint8_t *page = skip ? page_find(node, node->bytes / DISK_PAGE_BYTES) : NULL;
    if (page)
        memset(page + skip, 0, DISK_PAGE_BYTES - skip);
}

size_t disk_node_read(const struct disk_node *node, uint64_t offset, void *data, size_t bytes)
{
    if (offset >= node->bytes)
        return 0;
    if (bytes > node->bytes - offset)
        bytes = node->bytes - offset;
    for (size_t done = 0; done < bytes;) {
        size_t skip = (offset + done) % DISK_PAGE_BYTES, part = DISK_PAGE_BYTES - skip;
        if (part > bytes - done)
            part = bytes - done;
        const uint8_t *page = page_find(node, (offset + done) / DISK_PAGE_BYTES);
        if (page)
            memcpy((uint8_t *)data + done, page + skip, part);
        else
            memset((uint8_t *)data + done, 0, part);
        done += part;
    }
    return bytes;
}

int64_t disk_node_write(struct disk_node *node, uint64_t offset, const void *data, size_t bytes)
{
    if (!bytes)
        return 0;
    if (offset >= DISK_FILE_BYTES_MAX)
        return -EFBIG;
    if (bytes > DISK_FILE_BYTES_MAX - offset)
        bytes = DISK_FILE_BYTES_MAX - offset;
    size_t done = 0;
    while (done < bytes) {
        size_t skip = (offset + done) % DISK_PAGE_BYTES, part = DISK_PAGE_BYTES - skip;
        if (part > bytes - done)
            part = bytes - done;
        struct disk_page *page = page_make(node, (offset + done) / DISK_PAGE_BYTES, false);
        if (!page)
            break;
        page_touch(node, page);
        memcpy(page->data + skip, (const uint8_t *)data + done, part);
        done += part;
    }
    if (!done)
        return -ENOSPC;
    disk_node_mark_dirty(node);
    node->change =
        node->disk->journal.next_step; /* its times, at least, are part of what is committed next */
    if (offset + done > node->bytes)
        node->bytes = offset + done;
    disk_node_touch(node);
    return (int64_t)done;
}

/* Moves what lies behind the new end into the cut, with a copy of the page that the end falls into. */
static void detach(struct disk_node *node, uint64_t bytes, struct disk_cut *cut)
{
    uint32_t element = page_element(node, bytes / DISK_PAGE_BYTES);
    uint32_t count = node->page_count - element;
    if (!count)
        return;
    cut->pages = world_alloc(count * sizeof(*cut->pages));
    cut->page_count = count;
    memcpy(cut->pages, &node->pages[element], count * sizeof(*cut->pages));
    struct disk_page *first = &node->pages[element];
    bool is_shared = first->index == bytes / DISK_PAGE_BYTES && bytes % DISK_PAGE_BYTES;
    if (is_shared) {
        first->data = world_alloc(DISK_PAGE_BYTES);
        memcpy(first->data, cut->pages[0].data, DISK_PAGE_BYTES);
        if (first->stable) {
            first->stable = world_alloc(DISK_PAGE_BYTES);
            memcpy(first->stable, cut->pages[0].stable, DISK_PAGE_BYTES);
        }
    }
    pages_leave(node, element + is_shared);
}

int disk_node_resize(struct disk_node *node, uint64_t bytes)
{
    if (bytes > DISK_FILE_BYTES_MAX)
        return -EFBIG;
    bool shrinks = bytes < node->bytes;
    struct disk_cut cut = {.bytes = node->bytes,
                           .disk_bytes = node->disk_bytes,
                           .first_index = shrinks ? bytes / DISK_PAGE_BYTES
                                                  : (node->bytes + DISK_PAGE_BYTES - 1) / DISK_PAGE_BYTES};
    if (shrinks)
        detach(node, bytes, &cut);
    disk_journal_cut(node, &cut);
    node->bytes = node->disk_bytes = bytes;
    disk_node_zero_tail(node); /* it must read as zero if the file grows again */
    node->flushes_on_close |= bytes == 0;
    disk_node_mark_dirty(node);
    disk_node_touch(node);
    return 0;
}

int disk_node_reserve(struct disk_node *node, uint64_t offset, uint64_t bytes)
{
    if (offset > DISK_FILE_BYTES_MAX || bytes > DISK_FILE_BYTES_MAX - offset)
        return -EFBIG;
    uint64_t end = offset + bytes;
    for (uint64_t index = offset / DISK_PAGE_BYTES; index * DISK_PAGE_BYTES < end; index++) {
        if (!page_make(node, index, true))
            return -ENOSPC;
    }
    if (end > node->bytes)
        return disk_node_resize(node, end);
    disk_node_mark_dirty(node);
    disk_node_touch(node);
    return 0;
}

/* --- life and status -------------------------------------------------------------------------------------------------------- */

static void node_free(struct disk_node *node)
{
    struct disk *disk = node->disk;
    disk_node_settle(node);
    pages_cut(node, 0);
    world_free(node->pages);
    for (uint32_t i = 0; i < node->entry_count; i++)
        world_free(node->entries[i]);
    world_free(node->entries);
    world_free(node->target);
    if (node->previous)
        node->previous->next = node->next;
    else
        disk->nodes = node->next;
    if (node->next)
        node->next->previous = node->previous;
    if (!node->is_buried)
        count_node(node, -1);
    world_free(node);
}

void disk_node_release(struct disk_node *node)
{
    if (node->link_count || node->open_count || node->is_buried)
        return;
    assert(!node->entry_count);
    schedule_wake_all(&node->lock_waiters);
    if (!node->pin_count) {
        node_free(node);
        return;
    }
    mark_clean(node);
    node->is_buried = true;
    node->disk->used_bytes -= (uint64_t)node->page_count * DISK_PAGE_BYTES;
    count_node(node, -1);
}

void disk_node_pin(struct disk_node *node)
{
    node->pin_count++;
}

void disk_node_unpin(struct disk_node *node)
{
    if (!--node->pin_count && node->is_buried)
        node_free(node);
}

void disk_node_revive(struct disk_node *node)
{
    if (!node->is_buried)
        return;
    node->is_buried = false;
    node->disk->used_bytes += (uint64_t)node->page_count * DISK_PAGE_BYTES;
    count_node(node, 1);
    disk_node_mark_dirty(node);
}

void disk_node_free_all(struct disk *disk)
{
    disk_journal_free(disk);
    while (disk->nodes)
        node_free(disk->nodes);
    assert(!disk->used_bytes && !disk->dirty);
}

static struct timespec timespec_of(int64_t time_ns)
{
    int64_t seconds = time_ns / 1000000000, rest = time_ns % 1000000000;
    if (rest < 0) {
        seconds--;
        rest += 1000000000;
    }
    return (struct timespec){.tv_sec = seconds, .tv_nsec = rest};
}

static mode_t type_bits(enum disk_node_kind kind)
{
    switch (kind) {
    case DISK_REGULAR:
        return S_IFREG;
    case DISK_DIRECTORY:
        return S_IFDIR;
    case DISK_SYMLINK:
        return S_IFLNK;
    case DISK_NULL_DEVICE:
        return S_IFCHR;
    }
    assert(!"a kind of inode");
    return 0;
}

void disk_node_stat(const struct disk_node *node, struct stat *status_out)
{
    bool is_directory = node->kind == DISK_DIRECTORY;
    *status_out = (struct stat){
        .st_dev = makedev(8, node->disk->host->number + 1),
        .st_ino = node->number,
        .st_nlink = node->link_count,
        .st_mode = type_bits(node->kind) | node->mode,
        .st_rdev = node->kind == DISK_NULL_DEVICE ? makedev(1, 3) : 0,
        .st_size = is_directory ? DISK_PAGE_BYTES : (off_t)node->bytes,
        .st_blksize = DISK_PAGE_BYTES,
        .st_blocks =
            is_directory ? DISK_PAGE_BYTES / 512 : (blkcnt_t)node->page_count * (DISK_PAGE_BYTES / 512),
        .st_atim = timespec_of(node->accessed_ns),
        .st_mtim = timespec_of(node->modified_ns),
        .st_ctim = timespec_of(node->changed_ns),
    };
}

/* --- entries ------------------------------------------------------------------------------------------------------------------ */

/* FNV-1a, finished as in splitmix64; 63 bits, so that it fits telldir's long. Hosts differ, as ext4's seeds do. */
static uint64_t position_of(const struct disk *disk, const char *name, size_t name_bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ disk->host->number;
    for (size_t i = 0; i < name_bytes; i++)
        hash = (hash ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
    hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
    hash = (hash ^ (hash >> 31)) >> 1;
    return hash < DISK_POSITION_FIRST ? hash + DISK_POSITION_FIRST : hash;
}

static uint32_t entry_element(const struct disk_node *directory, uint64_t position)
{
    uint32_t low = 0, high = directory->entry_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (directory->entries[middle]->position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct disk_entry *disk_node_find(const struct disk_node *directory, const char *name, size_t name_bytes)
{
    uint64_t position = position_of(directory->disk, name, name_bytes);
    uint32_t element = entry_element(directory, position);
    if (element == directory->entry_count || directory->entries[element]->position != position)
        return NULL;
    struct disk_entry *entry = directory->entries[element];
    if (entry->name_bytes == name_bytes && !memcmp(entry->name, name, name_bytes))
        return entry;
    return NULL;
}

void disk_node_enter(struct disk_node *directory, const char *name, size_t name_bytes, struct disk_node *node)
{
    struct disk_entry *entry = world_alloc(sizeof(*entry) + name_bytes + 1);
    entry->position = position_of(directory->disk, name, name_bytes);
    entry->node = node;
    entry->name_bytes = (uint32_t)name_bytes;
    memcpy(entry->name, name, name_bytes);

    if (directory->entry_count == directory->entry_capacity) {
        directory->entry_capacity = directory->entry_capacity ? directory->entry_capacity * 2 : 8;
        directory->entries =
            world_resize(directory->entries, directory->entry_capacity * sizeof(*directory->entries));
    }
    uint32_t element = entry_element(directory, entry->position);
    /* Two names of one position (1 in 2^63) would be one name to a stream. */
    assert(element == directory->entry_count || directory->entries[element]->position != entry->position);
    memmove(&directory->entries[element + 1], &directory->entries[element],
            (directory->entry_count - element) * sizeof(*directory->entries));
    directory->entries[element] = entry;
    directory->entry_count++;

    node->parent = directory;
    node->self = entry;
    if (node->kind == DISK_DIRECTORY) {
        node->link_count = node->link_count ? node->link_count : 1; /* "." */
        directory->link_count++;                                    /* its ".." */
    }
    node->link_count++;
    disk_journal_name(DISK_ENTERED, directory, name, name_bytes, node);
    disk_node_touch_status(node);
    disk_node_touch(directory);
    disk_node_mark_dirty(directory);
}

void disk_node_leave(struct disk_node *directory, struct disk_entry *entry)
{
    struct disk_node *node = entry->node;
    uint32_t element = entry_element(directory, entry->position);
    assert(directory->entries[element] == entry);
    directory->entry_count--;
    memmove(&directory->entries[element], &directory->entries[element + 1],
            (directory->entry_count - element) * sizeof(*directory->entries));
    disk_journal_name(DISK_LEFT, directory, entry->name, entry->name_bytes, node);
    if (node->self == entry) {
        node->parent = NULL;
        node->self = NULL;
    }
    world_free(entry);

    node->link_count--;
    if (node->kind == DISK_DIRECTORY) {
        directory->link_count--;
        if (node->link_count == 1)
            node->link_count = 0;
    }
    disk_node_touch_status(node);
    disk_node_touch(directory);
    disk_node_mark_dirty(directory);
    disk_node_release(node);
}

const struct disk_entry *disk_node_entry_from(const struct disk_node *directory, uint64_t position)
{
    uint32_t element = entry_element(directory, position);
    return element == directory->entry_count ? NULL : directory->entries[element];
}
