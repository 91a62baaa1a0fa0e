/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_WORLD_DISK_H
#define SIM_WORLD_DISK_H
struct disk;
struct host;
struct disk *disk_new(struct host *host);
void disk_free(struct disk *disk);
#endif
