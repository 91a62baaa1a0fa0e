/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_tap: see the header.
 */
#include "sim/world/disk_tap.h"
#include "sim/world/engine.h"
#include "sim/world/process.h"

static struct disk_tap tap;

void disk_set_tap(const struct disk_tap *new_tap)
{
    tap = new_tap ? *new_tap : (struct disk_tap){0};
}

static void tell(struct disk_event *event)
{
    const struct process *process = process_current();
    event->process = process ? process->number : 0;
    struct task *self = engine_outside();
    tap.on_event(tap.opaque, event);
    engine_inside(self);
}

/* NULL when it has none any more, or one too long to be said. */
static const char *path_of(const struct disk_place *place, char *path_out)
{
    int bytes = disk_name_path(place->directory, place->name, path_out, DISK_PATH_MAX_BYTES);
    return bytes < 0 ? NULL : path_out;
}

void disk_tap_name(struct disk_event *event, const struct disk_place *place, const struct disk_place *old)
{
    if (!tap.on_event)
        return;
    char path[DISK_PATH_MAX_BYTES], old_path[DISK_PATH_MAX_BYTES];
    event->path = path_of(place, path);
    event->old_path = old ? path_of(old, old_path) : NULL;
    tell(event);
}

void disk_tap_inode(enum disk_event_kind kind, const struct disk_node *node, uint64_t offset,
                    uint64_t moved_bytes)
{
    if (!tap.on_event)
        return;
    struct disk_event event = {DISK_TAP_INODE(kind, node), .offset = offset, .moved_bytes = moved_bytes};
    tell(&event);
}

void disk_tap_synced(const struct disk_node *node)
{
    if (!tap.on_event)
        return;
    struct disk_event event = {DISK_TAP_INODE(DISK_SYNCED, node)};
    char path[DISK_PATH_MAX_BYTES];
    bool is_root = node->kind == DISK_DIRECTORY && node->parent == node;
    if ((node->self || is_root) && disk_name_path(is_root ? node : node->parent,
                                                  is_root ? NULL : node->self->name, path, sizeof path) > 0)
        event.path = path;
    tell(&event);
}

void disk_tap_crash(bool is_found, const struct disk_node *directory, const char *name,
                    const struct disk_node *node)
{
    if (!tap.on_event)
        return;
    bool is_directory = node->kind == DISK_DIRECTORY;
    enum disk_event_kind found = is_directory ? DISK_DIRECTORY_MADE : DISK_LINKED;
    enum disk_event_kind lost = is_directory ? DISK_DIRECTORY_REMOVED : DISK_UNLINKED;
    struct disk_event event = {DISK_TAP_INODE(is_found ? found : lost, node)};
    char path[DISK_PATH_MAX_BYTES];
    if (disk_name_path(directory, name, path, sizeof path) > 0)
        event.path = path;
    tell(&event);
}
