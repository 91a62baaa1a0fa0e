/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_fault: what the choice seam decides about a disk, with the probabilities of its settings. A probability of 0 asks
 * nothing, so that a quiet disk costs nothing.
 */
#ifndef SIM_WORLD_DISK_FAULT_H
#define SIM_WORLD_DISK_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/world/disk.h"

/* -ENOSPC though there is room / -EIO instead of reading, writing, syncing. */
bool disk_fault_full(struct disk *disk);
bool disk_fault_io(struct disk *disk, enum disk_eio call);
/* How many of bytes (>= 1) a write takes: 1..bytes. */
size_t disk_fault_short_write(struct disk *disk, size_t bytes);
/* How long this sync takes. */
int64_t disk_fault_sync_ns(struct disk *disk);

#endif
