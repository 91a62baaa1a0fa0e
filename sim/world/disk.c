/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk: see the header.
 */
#include "sim/world/disk.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "sim/world/disk_name.h"
#include "sim/world/host.h"
#include "sim/world/world.h"

struct disk *disk_new(struct host *host)
{
    struct disk *disk = world_alloc(sizeof(*disk));
    disk->host = host;
    disk->next_number = DISK_ROOT_INODE;
    disk->journal.next_step = 1;
    disk->settings = (struct disk_settings){
        .capacity_bytes = DISK_CAPACITY_BYTES, .fsync_ns = 1000000, .fsync_slow_per_million = 20000};
    disk->root = disk_node_new(disk, DISK_DIRECTORY, 0755);
    disk->root->parent = disk->root;
    disk->root->link_count = 2;
    int error = disk_put_directory(disk, "/tmp");
    assert(!error);
    error = disk_put_directory(disk, "/dev");
    assert(!error);
    disk_node_find(disk->root, "tmp", 3)->node->mode = 01777;

    struct disk_node *device = disk_node_new(disk, DISK_NULL_DEVICE, 0666);
    disk_node_enter(disk_node_find(disk->root, "dev", 3)->node, "null", 4, device);
    while (disk->dirty)
        disk_node_sync(disk->dirty);
    return disk;
}

void disk_free(struct disk *disk)
{
    if (!disk)
        return;
    disk_node_free_all(disk);
    world_free(disk);
}

struct disk_settings *disk_settings(struct disk *disk)
{
    return &disk->settings;
}

struct disk_usage disk_usage(const struct disk *disk)
{
    struct disk_usage usage = {.used_bytes = disk->used_bytes,
                               .file_count = disk->file_count,
                               .directory_count = disk->directory_count,
                               .open_count = disk->open_count,
                               .dirty_count = disk->dirty_count};
    for (const struct disk_node *node = disk->nodes; node; node = node->next)
        usage.orphan_count += !node->link_count && !node->is_buried;
    return usage;
}

/* --- from outside -------------------------------------------------------------------------------------------------------- */

int disk_put_directory(struct disk *disk, const char *path)
{
    char prefix[DISK_PATH_MAX_BYTES];
    size_t bytes = strlen(path);
    if (bytes >= sizeof(prefix))
        return -ENAMETOOLONG;
    for (size_t end = 0; end < bytes;) {
        end += strspn(path + end, "/");
        end += strcspn(path + end, "/");
        memcpy(prefix, path, end);
        prefix[end] = '\0';
        struct disk_place place;
        int error = disk_name_place(&(struct disk_at){.disk = disk, .path = prefix}, true, &place);
        if (error)
            return error;
        if (place.node && place.node->kind != DISK_DIRECTORY)
            return -ENOTDIR;
        if (place.node)
            continue;
        struct disk_node *node = disk_node_new(disk, DISK_DIRECTORY, 0755);
        disk_node_enter(place.directory, place.name, place.name_bytes, node);
        disk_node_sync(node);
        disk_node_sync(place.directory);
    }
    return 0;
}

/* Makes the directories that the last component of path lies in. */
static int put_parents(struct disk *disk, const char *path)
{
    char parent[DISK_PATH_MAX_BYTES];
    const char *slash = strrchr(path, '/');
    if (!slash)
        return 0;
    size_t bytes = (size_t)(slash - path);
    if (bytes >= sizeof(parent))
        return -ENAMETOOLONG;
    memcpy(parent, path, bytes);
    parent[bytes] = '\0';
    return disk_put_directory(disk, parent);
}

int disk_put_file(struct disk *disk, const char *path, const void *data, size_t bytes)
{
    int error = put_parents(disk, path);
    if (error)
        return error;
    struct disk_place place;
    error = disk_name_place(&(struct disk_at){.disk = disk, .path = path}, true, &place);
    if (error)
        return error;
    if (place.node && place.node->kind != DISK_REGULAR)
        return -EISDIR;
    uint64_t pages = (bytes + DISK_PAGE_BYTES - 1) / DISK_PAGE_BYTES;
    uint64_t freed = place.node ? place.node->page_count : 0;
    if (disk->used_bytes + (pages - freed) * DISK_PAGE_BYTES > disk->settings.capacity_bytes)
        return -ENOSPC;

    struct disk_node *node = place.node;
    if (!node) {
        node = disk_node_new(disk, DISK_REGULAR, 0644);
        disk_node_enter(place.directory, place.name, place.name_bytes, node);
        disk_node_sync(place.directory);
    }
    disk_node_resize(node, 0);
    int64_t written = disk_node_write(node, 0, data, bytes);
    assert(written == (int64_t)bytes);
    disk_node_sync(node);
    return 0;
}

static int find_file(struct disk *disk, const char *path, struct disk_node **node_out)
{
    int error = disk_name_find(&(struct disk_at){.disk = disk, .path = path}, true, node_out);
    if (error)
        return error;
    return (*node_out)->kind == DISK_DIRECTORY ? -EISDIR : 0;
}

int64_t disk_file_bytes(struct disk *disk, const char *path)
{
    struct disk_node *node;
    int error = find_file(disk, path, &node);
    return error ? error : (int64_t)node->bytes;
}

int64_t disk_read_file(struct disk *disk, const char *path, void *data_out, size_t bytes)
{
    struct disk_node *node;
    int error = find_file(disk, path, &node);
    return error ? error : (int64_t)disk_node_read(node, 0, data_out, bytes);
}

int disk_each(struct disk *disk, const char *path,
              void (*on_item)(void *opaque, const struct disk_item *item), void *opaque)
{
    struct disk_node *top;
    int error = disk_name_find(&(struct disk_at){.disk = disk, .path = path}, true, &top);
    if (error)
        return error;
    if (top->kind != DISK_DIRECTORY)
        return -ENOTDIR;
    struct disk_node *directory = top;
    uint64_t position = 0;
    for (;;) {
        const struct disk_entry *entry = disk_node_entry_from(directory, position);
        if (!entry && directory == top)
            return 0;
        if (!entry) { /* back up, to behind this directory */
            position = directory->self->position + 1;
            directory = directory->parent;
            continue;
        }
        char item_path[DISK_PATH_MAX_BYTES];
        if (disk_name_path(directory, entry->name, item_path, sizeof(item_path)) < 0)
            return -ENAMETOOLONG;
        const struct disk_node *node = entry->node;
        struct disk_item item = {.path = item_path,
                                 .is_directory = node->kind == DISK_DIRECTORY,
                                 .inode = node->number,
                                 .bytes = node->bytes,
                                 .link_count = node->link_count};
        on_item(opaque, &item);
        bool descends = node->kind == DISK_DIRECTORY;
        position = descends ? 0 : entry->position + 1;
        if (descends)
            directory = entry->node;
    }
}
