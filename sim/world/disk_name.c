/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_name: see the header.
 */
#include "sim/world/disk_name.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "sim/world/disk_fault.h"
#include "sim/world/disk_tap.h"
#include "sim/world/world.h"

enum { SYMLINKS_MAX = 40 };

/* --- finding ---------------------------------------------------------------------------------------------------------- */

/* One component of a path. */
struct step {
    const char *name;
    size_t bytes;
    bool is_last, has_slash;
};

/* The component at path, which does not start with a slash. */
static struct step step_at(const char *path)
{
    struct step step = {.name = path, .bytes = strcspn(path, "/")};
    const char *rest = path + step.bytes;
    step.has_slash = *rest == '/';
    step.is_last = !rest[strspn(rest, "/")];
    return step;
}

static enum disk_place_last kind_of(const struct step *step)
{
    if (step->bytes == 1 && step->name[0] == '.')
        return DISK_LAST_DOT;
    if (step->bytes == 2 && !memcmp(step->name, "..", 2))
        return DISK_LAST_DOTDOT;
    return DISK_LAST_NAME;
}

/* Looks one component up in directory: fills place, whose node is NULL when there is no such name. */
static int look_up(struct disk_node *directory, const struct step *step, struct disk_place *place)
{
    if (directory->kind != DISK_DIRECTORY)
        return -ENOTDIR;
    if (step->bytes > DISK_NAME_MAX_BYTES)
        return -ENAMETOOLONG;
    place->directory = directory;
    place->last = kind_of(step);
    place->has_slash = step->has_slash;
    place->name_bytes = (uint32_t)step->bytes;
    memcpy(place->name, step->name, step->bytes);
    place->name[step->bytes] = '\0';
    if (place->last == DISK_LAST_DOT) {
        place->node = directory;
    } else if (place->last == DISK_LAST_DOTDOT) {
        place->node = directory->parent;
    } else {
        struct disk_entry *entry = disk_node_find(directory, step->name, step->bytes);
        place->node = entry ? entry->node : NULL;
    }
    return 0;
}

static int walk(struct disk *disk, struct disk_node *from, const char *path, bool follow, unsigned *links,
                struct disk_place *place)
{
    struct disk_node *node = *path == '/' ? disk->root : from;
    path += strspn(path, "/");
    if (!*path) {
        *place = (struct disk_place){.directory = node, .node = node, .last = DISK_LAST_ROOT};
        return 0;
    }
    for (;;) {
        struct step step = step_at(path);
        int error = look_up(node, &step, place);
        if (error)
            return error;
        bool is_link = place->node && place->node->kind == DISK_SYMLINK;
        if (is_link && (!step.is_last || follow || step.has_slash)) {
            if (++*links > SYMLINKS_MAX)
                return -ELOOP;
            error = walk(disk, node, place->node->target, true, links, place);
            if (error)
                return error;
            place->has_slash |= step.has_slash;
        }
        if (step.is_last)
            return 0;
        if (!place->node)
            return -ENOENT;
        node = place->node;
        path += step.bytes;
        path += strspn(path, "/");
    }
}

/* Does not mind a slash behind a file's name. */
static int find_place(const struct disk_at *at, bool follow, struct disk_place *place_out)
{
    if (!*at->path)
        return -ENOENT;
    if (strlen(at->path) >= DISK_PATH_MAX_BYTES)
        return -ENAMETOOLONG;
    unsigned links = 0;
    return walk(at->disk, at->from ? at->from : at->disk->root, at->path, follow, &links, place_out);
}

int disk_name_place(const struct disk_at *at, bool follow, struct disk_place *place_out)
{
    int error = find_place(at, follow, place_out);
    if (error)
        return error;
    if (place_out->has_slash && place_out->node && place_out->node->kind != DISK_DIRECTORY)
        return -ENOTDIR;
    return 0;
}

int disk_name_find(const struct disk_at *at, bool follow, struct disk_node **node_out)
{
    struct disk_place place;
    int error = disk_name_place(at, follow, &place);
    if (error)
        return error;
    if (!place.node)
        return -ENOENT;
    *node_out = place.node;
    return 0;
}

int disk_name_path(const struct disk_node *directory, const char *name, char *path_out, size_t bytes)
{
    /* From the back, as only the parents are known. */
    size_t start = bytes;
    if (!bytes)
        return -ERANGE;
    path_out[--start] = '\0';
    size_t part = name ? strlen(name) : 0;
    while (name || directory->self) {
        if (!name) {
            name = directory->self->name;
            part = directory->self->name_bytes;
            directory = directory->parent;
        }
        if (start < part + 1)
            return -ERANGE;
        start -= part;
        memcpy(path_out + start, name, part);
        path_out[--start] = '/';
        name = NULL;
    }
    if (directory->parent != directory)
        return -ENOENT;
    if (start == bytes - 1) {
        if (!start)
            return -ERANGE;
        path_out[--start] = '/';
    }
    memmove(path_out, path_out + start, bytes - start);
    return (int)(bytes - start) - 1;
}

/* --- making and removing names ------------------------------------------------------------------------------------------ */

/* Whether a name can be made at place, which stands for nothing yet. */
static int check_new(struct disk *disk, const struct disk_place *place)
{
    if (!place->directory->link_count)
        return -ENOENT; /* removed, and only held open */
    return disk_fault_full(disk) ? -ENOSPC : 0;
}

/* Finds where a new name goes: -EEXIST when it is taken, -ENOENT when it ends with a slash and is not a directory's. */
static int place_new(const struct disk_at *at, bool is_directory, struct disk_place *place)
{
    int error = find_place(at, false, place);
    if (error)
        return error;
    if (place->node || place->last != DISK_LAST_NAME)
        return -EEXIST;
    if (place->has_slash && !is_directory)
        return -ENOENT;
    return check_new(at->disk, place);
}

static void enter(const struct disk_place *place, struct disk_node *node)
{
    disk_node_enter(place->directory, place->name, place->name_bytes, node);
}

static void leave(const struct disk_place *place)
{
    disk_node_leave(place->directory, disk_node_find(place->directory, place->name, place->name_bytes));
}

static int open_existing(const struct disk_place *place, int flags)
{
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    switch (place->node->kind) {
    case DISK_DIRECTORY:
        return writes || (flags & O_CREAT) ? -EISDIR : 0;
    case DISK_SYMLINK:
        return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP; /* O_NOFOLLOW */
    case DISK_REGULAR:
    case DISK_NULL_DEVICE:
        break;
    }
    if (flags & O_DIRECTORY)
        return -ENOTDIR;
    if ((flags & O_TRUNC) && place->node->kind == DISK_REGULAR) {
        disk_node_resize(place->node, 0);
        disk_tap_inode(DISK_RESIZED, place->node, 0, 0);
    }
    return 0;
}

int disk_name_open(const struct disk_at *at, int flags, mode_t mode, struct disk_node **node_out)
{
    bool follow = !(flags & O_NOFOLLOW) && !((flags & O_CREAT) && (flags & O_EXCL));
    struct disk_place place;
    int error = find_place(at, follow, &place);
    if (error)
        return error;
    if (place.has_slash && (flags & O_CREAT))
        return -EISDIR;
    if (place.has_slash && place.node && place.node->kind != DISK_DIRECTORY)
        return -ENOTDIR;
    if (place.node) {
        error = open_existing(&place, flags);
        if (!error)
            *node_out = place.node;
        return error;
    }
    if (!(flags & O_CREAT))
        return -ENOENT;
    if (flags & O_DIRECTORY)
        return -EINVAL;
    error = check_new(at->disk, &place);
    if (error)
        return error;
    struct disk_node *node = disk_node_new(at->disk, DISK_REGULAR, mode & 07777);
    enter(&place, node);
    disk_tap_name(&(struct disk_event){DISK_TAP_INODE(DISK_CREATED, node)}, &place, NULL);
    *node_out = node;
    return 0;
}

int disk_name_link(const struct disk_at *old, const struct disk_at *new, bool follow)
{
    struct disk_node *node;
    int error = disk_name_find(old, follow, &node);
    if (error)
        return error;
    struct disk_place place;
    error = place_new(new, false, &place);
    if (error)
        return error;
    if (node->kind == DISK_DIRECTORY)
        return -EPERM;
    if (node->link_count >= DISK_LINKS_MAX)
        return -EMLINK;
    enter(&place, node);
    disk_tap_name(&(struct disk_event){DISK_TAP_INODE(DISK_LINKED, node)}, &place, NULL);
    return 0;
}

int disk_name_symlink(const char *target, const struct disk_at *at)
{
    size_t bytes = strlen(target);
    if (!bytes)
        return -ENOENT;
    if (bytes >= DISK_PATH_MAX_BYTES)
        return -ENAMETOOLONG;
    struct disk_place place;
    int error = place_new(at, false, &place);
    if (error)
        return error;
    struct disk_node *node = disk_node_new(at->disk, DISK_SYMLINK, 0777);
    node->target = world_strdup(target);
    node->bytes = bytes;
    enter(&place, node);
    disk_tap_name(&(struct disk_event){DISK_TAP_INODE(DISK_SYMLINK_MADE, node)}, &place, NULL);
    return 0;
}

int disk_name_make_directory(const struct disk_at *at, mode_t mode)
{
    struct disk_place place;
    int error = place_new(at, true, &place);
    if (error)
        return error;
    if (place.directory->link_count >= DISK_LINKS_MAX)
        return -EMLINK;
    struct disk_node *node = disk_node_new(at->disk, DISK_DIRECTORY, mode & 01777);
    enter(&place, node);
    disk_tap_name(&(struct disk_event){DISK_TAP_INODE(DISK_DIRECTORY_MADE, node)}, &place, NULL);
    return 0;
}

int disk_name_remove_directory(const struct disk_at *at)
{
    struct disk_place place;
    int error = disk_name_place(at, false, &place);
    if (error)
        return error;
    switch (place.last) {
    case DISK_LAST_ROOT:
        return -EBUSY;
    case DISK_LAST_DOT:
        return -EINVAL;
    case DISK_LAST_DOTDOT:
        return -ENOTEMPTY;
    case DISK_LAST_NAME:
        break;
    }
    if (!place.node)
        return -ENOENT;
    if (place.node->kind != DISK_DIRECTORY)
        return -ENOTDIR;
    if (place.node->entry_count)
        return -ENOTEMPTY;
    struct disk_event event = {DISK_TAP_INODE(DISK_DIRECTORY_REMOVED, place.node)};
    leave(&place);
    disk_tap_name(&event, &place, NULL);
    return 0;
}

int disk_name_unlink(const struct disk_at *at)
{
    struct disk_place place;
    int error = disk_name_place(at, false, &place);
    if (error)
        return error;
    if (place.last != DISK_LAST_NAME)
        return -EISDIR;
    if (!place.node)
        return -ENOENT;
    if (place.node->kind == DISK_DIRECTORY)
        return -EISDIR;
    struct disk_event event = {DISK_TAP_INODE(DISK_UNLINKED, place.node)};
    leave(&place);
    disk_tap_name(&event, &place, NULL);
    return 0;
}

/* --- rename ----------------------------------------------------------------------------------------------------------------- */

static bool is_within(const struct disk_node *node, const struct disk_node *directory)
{
    for (;; node = node->parent) {
        if (node == directory)
            return true;
        if (!node->parent || node->parent == node)
            return false;
    }
}

static int check_rename(const struct disk_place *old, const struct disk_place *new, bool no_replace)
{
    if (old->last != DISK_LAST_NAME || new->last != DISK_LAST_NAME)
        return no_replace && new->last != DISK_LAST_NAME && old->last == DISK_LAST_NAME ? -EEXIST : -EBUSY;
    if (!old->node)
        return -ENOENT;
    if (new->node && no_replace)
        return -EEXIST;
    bool is_directory = old->node->kind == DISK_DIRECTORY;
    if (!is_directory && (old->has_slash || new->has_slash))
        return -ENOTDIR;
    if (is_directory && is_within(new->directory, old->node))
        return -EINVAL;
    if (new->node &&new->node->kind == DISK_DIRECTORY && is_within(old->directory, new->node))
        return -ENOTEMPTY;
    if (!new->node)
        return new->directory->link_count ? 0 : -ENOENT;
    if (new->node == old->node)
        return 0;
    if (is_directory && new->node->kind != DISK_DIRECTORY)
        return -ENOTDIR;
    if (!is_directory && new->node->kind == DISK_DIRECTORY)
        return -EISDIR;
    return new->node->entry_count ? -ENOTEMPTY : 0;
}

int disk_name_rename(const struct disk_at *old, const struct disk_at *new, bool no_replace)
{
    struct disk_place from, to;
    int error = disk_name_place(old, false, &from);
    if (error)
        return error;
    error = disk_name_place(new, false, &to);
    if (error)
        return error;
    error = check_rename(&from, &to, no_replace);
    if (error || from.node == to.node)
        return error;
    if (disk_fault_full(old->disk))
        return -ENOSPC;

    struct disk_node *node = from.node;
    node->open_count++; /* it has no name for a moment */
    disk_journal_join(old->disk, true);
    if (to.node) {
        disk_journal_flush(node); /* auto_da_alloc: what replaces is not empty after a crash */
        leave(&to);
    }
    leave(&from);
    enter(&to, node);
    disk_journal_join(old->disk, false);
    node->open_count--;
    disk_tap_name(&(struct disk_event){DISK_TAP_INODE(DISK_RENAMED, node)}, &to, &from);
    return 0;
}
