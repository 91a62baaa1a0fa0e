/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_fault: see the header.
 */
#include "sim/world/disk_fault.h"
#include "sim/world/choice.h"
#include "sim/world/disk_node.h"

static struct choice_point point_eio = CHOICE_POINT("disk/eio");
static struct choice_point point_enospc = CHOICE_POINT("disk/enospc");
static struct choice_point point_short_write = CHOICE_POINT("disk/short_write");
static struct choice_point point_short_write_bytes = CHOICE_POINT("disk/short_write_bytes");
static struct choice_point point_fsync_latency = CHOICE_POINT("disk/fsync_latency");
static struct choice_point point_fsync_stall = CHOICE_POINT("disk/fsync_stall");

static bool strikes(struct choice_point *point, uint32_t per_million)
{
    return per_million && choice_chance(point, per_million);
}

bool disk_fault_full(struct disk *disk)
{
    return strikes(&point_enospc, disk->settings.enospc_per_million);
}

bool disk_fault_io(struct disk *disk, enum disk_eio call)
{
    return (disk->settings.eio_calls & call) || strikes(&point_eio, disk->settings.eio_per_million);
}

size_t disk_fault_short_write(struct disk *disk, size_t bytes)
{
    if (bytes < 2 || !strikes(&point_short_write, disk->settings.short_write_per_million))
        return bytes;
    /* Option 0 lets the fewest bytes go missing. */
    uint32_t options = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes - 1;
    return bytes - 1 - choice_pick(&point_short_write_bytes, options);
}

int64_t disk_fault_sync_ns(struct disk *disk)
{
    enum { STALLS = 4 };
    int64_t factor = disk->settings.fsync_factor ? disk->settings.fsync_factor : 1;
    int64_t usual_ns = disk->settings.fsync_ns * factor;
    if (!strikes(&point_fsync_latency, disk->settings.fsync_slow_per_million))
        return usual_ns;
    return usual_ns << 2 * (1 + choice_pick(&point_fsync_stall, STALLS));
}
