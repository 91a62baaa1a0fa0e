/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_name: what can be done to a path. Results and the order of checks are Linux's (fs/namei.c), as a program run by
 * root on a file system mounted noatime sees them.
 *
 * Paths are NUL-terminated, borrowed, and taken from `from` when they are relative (NULL: the root). All results are 0 or
 * -errno; on an error nothing has changed.
 */
#ifndef SIM_WORLD_DISK_NAME_H
#define SIM_WORLD_DISK_NAME_H

#include <stdbool.h>
#include "sim/world/disk_node.h"

/* The last component of a path, and what it stands for. */
struct disk_place {
    struct disk_node *directory;
    struct disk_node *node; /* NULL: there is no such name in directory */
    enum disk_place_last { DISK_LAST_NAME, DISK_LAST_DOT, DISK_LAST_DOTDOT, DISK_LAST_ROOT } last;
    bool has_slash; /* the path ends with one: it means a directory */
    uint32_t name_bytes;
    char name[DISK_NAME_MAX_BYTES + 1];
};

/* Where a path starts. */
struct disk_at {
    struct disk *disk;
    struct disk_node *from; /* a directory; NULL: the root */
    const char *path;
};

/* Finds the place of a path; the last component need not exist. follow: a symbolic link in last place stands for its
 * target. -ENOENT (a directory on the way, or an empty path), -ENOTDIR, -ELOOP, -ENAMETOOLONG. */
int disk_name_place(const struct disk_at *at, bool follow, struct disk_place *place_out);
/* Finds what exists; -ENOENT when the last component does not. */
int disk_name_find(const struct disk_at *at, bool follow, struct disk_node **node_out);
/* open(2): finds or creates as flags say, and truncates for O_TRUNC. mode: permission bits, umask applied.
 * -EEXIST, -EISDIR, -ENOTDIR, -ELOOP, -ENOSPC, .. */
int disk_name_open(const struct disk_at *at, int flags, mode_t mode, struct disk_node **node_out);
int disk_name_link(const struct disk_at *old, const struct disk_at *new, bool follow);
int disk_name_symlink(const char *target, const struct disk_at *at);
/* renameat2: no_replace: -EEXIST instead of replacing. */
int disk_name_rename(const struct disk_at *old, const struct disk_at *new, bool no_replace);
int disk_name_unlink(const struct disk_at *at);
int disk_name_make_directory(const struct disk_at *at, mode_t mode);
int disk_name_remove_directory(const struct disk_at *at);

/* Writes the absolute path of directory, or of name in it when name is not NULL. Its length, or -ENOENT (removed),
 * -ERANGE (does not fit). */
int disk_name_path(const struct disk_node *directory, const char *name, char *path_out, size_t bytes);

#endif
