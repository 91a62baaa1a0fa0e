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
    return disk->host->wall_ns + schedule_now();
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
    if (kind == DISK_DIRECTORY)
        disk->directory_count++;
    else
        disk->file_count++;
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

void disk_node_sync(struct disk_node *node)
{
    mark_clean(node);
    node->synced_bytes = node->stable_bytes = node->bytes;
}

/* The bytes from offset on differ from what was synced. */
static void disturb(struct disk_node *node, uint64_t offset)
{
    if (node->stable_bytes > offset)
        node->stable_bytes = offset;
    disk_node_mark_dirty(node);
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

/* NULL: the disk is full. */
static uint8_t *page_make(struct disk_node *node, uint64_t index)
{
    uint32_t element = page_element(node, index);
    if (element < node->page_count && node->pages[element].index == index)
        return node->pages[element].data;
    struct disk *disk = node->disk;
    if (disk->used_bytes + DISK_PAGE_BYTES > disk->settings.capacity_bytes)
        return NULL;
    if (node->page_count == node->page_capacity) {
        node->page_capacity = node->page_capacity ? node->page_capacity * 2 : 4;
        node->pages = world_resize(node->pages, node->page_capacity * sizeof(*node->pages));
    }
    memmove(&node->pages[element + 1], &node->pages[element],
            (node->page_count - element) * sizeof(*node->pages));
    node->pages[element] = (struct disk_page){.index = index, .data = world_alloc(DISK_PAGE_BYTES)};
    node->page_count++;
    disk->used_bytes += DISK_PAGE_BYTES;
    return node->pages[element].data;
}

static void pages_cut(struct disk_node *node, uint32_t element)
{
    for (uint32_t i = element; i < node->page_count; i++)
        world_free(node->pages[i].data);
    node->disk->used_bytes -= (uint64_t)(node->page_count - element) * DISK_PAGE_BYTES;
    node->page_count = element;
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
        uint8_t *page = page_make(node, (offset + done) / DISK_PAGE_BYTES);
        if (!page)
            break;
        memcpy(page + skip, (const uint8_t *)data + done, part);
        done += part;
    }
    if (!done)
        return -ENOSPC;
    disturb(node, offset);
    if (offset + done > node->bytes)
        node->bytes = offset + done;
    disk_node_touch(node);
    return (int64_t)done;
}

int disk_node_resize(struct disk_node *node, uint64_t bytes)
{
    if (bytes > DISK_FILE_BYTES_MAX)
        return -EFBIG;
    if (bytes < node->bytes) {
        /* What lies behind the new end must read as zero if the file grows again. */
        uint64_t kept = (bytes + DISK_PAGE_BYTES - 1) / DISK_PAGE_BYTES;
        pages_cut(node, page_element(node, kept));
        size_t skip = bytes % DISK_PAGE_BYTES;
        uint8_t *page = skip ? page_find(node, bytes / DISK_PAGE_BYTES) : NULL;
        if (page)
            memset(page + skip, 0, DISK_PAGE_BYTES - skip);
    }
    disturb(node, bytes);
    node->bytes = bytes;
    disk_node_touch(node);
    return 0;
}

int disk_node_reserve(struct disk_node *node, uint64_t offset, uint64_t bytes)
{
    if (offset > DISK_FILE_BYTES_MAX || bytes > DISK_FILE_BYTES_MAX - offset)
        return -EFBIG;
    uint64_t end = offset + bytes;
    for (uint64_t index = offset / DISK_PAGE_BYTES; index * DISK_PAGE_BYTES < end; index++) {
        if (!page_make(node, index))
            return -ENOSPC;
    }
    if (end > node->bytes)
        node->bytes = end;
    disk_node_mark_dirty(node);
    disk_node_touch(node);
    return 0;
}

/* --- life and status -------------------------------------------------------------------------------------------------------- */

static void node_free(struct disk_node *node)
{
    struct disk *disk = node->disk;
    mark_clean(node);
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
    if (node->kind == DISK_DIRECTORY)
        disk->directory_count--;
    else
        disk->file_count--;
    world_free(node);
}

void disk_node_release(struct disk_node *node)
{
    if (node->link_count || node->open_count)
        return;
    assert(!node->entry_count);
    schedule_wake_all(&node->lock_waiters);
    node_free(node);
}

void disk_node_free_all(struct disk *disk)
{
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

    if (node->kind == DISK_DIRECTORY) {
        node->parent = directory;
        node->self = entry;
        node->link_count = node->link_count ? node->link_count : 1; /* "." */
        directory->link_count++;                                    /* its ".." */
    }
    node->link_count++;
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
    world_free(entry);

    node->link_count--;
    if (node->kind == DISK_DIRECTORY) {
        directory->link_count--;
        node->parent = NULL;
        node->self = NULL;
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
