/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_tap: tells the observer (disk.h: disk_set_tap) what has happened. Costs one comparison while nobody listens.
 */
#ifndef SIM_WORLD_DISK_TAP_H
#define SIM_WORLD_DISK_TAP_H

#include "sim/world/disk_name.h"

/* Initialisers of a struct disk_event; what they read is gone after an unlink, so they come first, the telling last. */
#define DISK_TAP_INODE(KIND, NODE)                                                                           \
    .kind = (KIND), .host = (NODE)->disk->host, .inode = (NODE)->number, .bytes = (NODE)->bytes

/* An event of the name at place, renamed from old unless that is NULL. Fills in the paths and the process. */
void disk_tap_name(struct disk_event *event, const struct disk_place *place, const struct disk_place *old);
/* An event of an open file. */
void disk_tap_inode(enum disk_event_kind kind, const struct disk_node *node, uint64_t offset,
                    uint64_t moved_bytes);
/* A crash takes a name away, or brings one back: nobody's doing. Lost while the name is still there, found once it is. */
void disk_tap_crash(bool is_found, const struct disk_node *directory, const char *name,
                    const struct disk_node *node);
/* A file or directory is durable. */
void disk_tap_synced(const struct disk_node *node);

#endif
