/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_crash: what is found on a disk after a power failure.
 *
 *   names, links, sizes   a prefix of what the journal had not committed (disk_journal.h); "disk/crash_journal": how many steps
 *                         are lost
 *   bytes                 of each file that lives on: "disk/crash_file": everything was written back, nothing, the first
 *                         pages ("disk/crash_pages"), or each page by itself ("disk/crash_page")
 *   one page              kept; lost: as it was on the platter, or zeros; torn: the first sectors new, the others old
 *                         ("disk/crash_sectors"), but only where the page had its block already: of a new block, ordered mode
 *                         commits nothing before its bytes
 *   size                  as far as pages were written back; a tail in a page that had its block may be there as zeros
 *                         ("disk/crash_tail"), since that size is committed without waiting
 *
 * A page whose sync has failed is at stake until it is written and synced anew. Option 0 of each keeps everything. What
 * took part in a commit, or is older than DISK_COMMIT_NS (names) or DISK_WRITEBACK_NS (bytes), is never lost.
 */
#ifndef SIM_WORLD_DISK_CRASH_H
#define SIM_WORLD_DISK_CRASH_H

#include <stdbool.h>
#include <stdint.h>

struct disk;

enum { DISK_SECTOR_BYTES = 512 };

/* What it has taken. */
struct disk_loss {
    uint32_t steps;                  /* of the journal */
    uint32_t pages_lost, pages_torn; /* of files that live on */
};

/* The machine of the disk fails. Its processes are gone already; a file that is open nevertheless (from outside) stays open.
 * Everything that is left is durable. */
struct disk_loss disk_crash(struct disk *disk);

/* A client of a network file system fails: the names that its programs made are safe with the server, and so is what they
 * have synced or closed; at stake are the pages of the nodes marked so (is_at_stake), which lose their mark. */
struct disk_loss disk_crash_client(struct disk *disk);

#endif
