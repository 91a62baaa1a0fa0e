/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/host.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include "sim/world/choice.h"
#include "sim/world/descriptor.h"
#include "sim/world/disk.h"
#include "sim/world/disk_file.h"
#include "sim/world/process.h"
#include "sim/world/world.h"

#define ADDRESS_FIRST UINT32_C(0x0a000001) /* 10.0.0.1 */
#define WALL_FIRST_NS (INT64_C(1700000000) * 1000000000)
#define SECOND_NS     INT64_C(1000000000)

static struct choice_point point_wall = CHOICE_POINT("host/wall_clock");
static struct choice_point point_monotonic = CHOICE_POINT("host/monotonic_clock");

static struct {
    struct host *all[HOSTS_MAX];
    uint32_t count;
} hosts;

struct host *host_new(const char *name)
{
    assert(hosts.count < HOSTS_MAX && !host_by_name(name) && strlen(name) <= HOST_NAME_MAX_BYTES);
    struct host *host = world_alloc(sizeof *host);
    host->number = hosts.count;
    snprintf(host->name, sizeof host->name, "%s", name);
    host->address = ADDRESS_FIRST + host->number;
    /* Wall clocks agree within 50 ms, as with NTP; uptimes have nothing to do with each other. */
    host->wall_ns = WALL_FIRST_NS + (int64_t)choice_pick(&point_wall, 101) * 1000000;
    host->monotonic_ns = (1000 + (int64_t)choice_pick(&point_monotonic, 1000000)) * SECOND_NS;
    hosts.all[hosts.count++] = host;
    host->disk = disk_new(host);
    return host;
}

void host_share_disk(struct host *host, struct host *owner)
{
    assert(!host->has_others_disk && !owner->has_others_disk);
    disk_free(host->disk);
    host->disk = owner->disk;
    host->has_others_disk = true;
}

void host_serve_for(struct host *alias, struct host *server)
{
    assert(alias != server && !alias->server && !server->server);
    alias->server = server;
}

/* --- crashes ----------------------------------------------------------------------------------------------------- */

static void kill_all(const struct host *host)
{
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct process *process = process_by_number(number);
        if (process->host == host && process->state != PROCESS_DEAD)
            process_kill(process);
    }
}

/* What its processes have open for writing: nothing of it was flushed by a close yet. */
static void mark_open_files(const struct host *host)
{
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct process *process = process_by_number(number);
        if (process->host != host || process->state == PROCESS_DEAD)
            continue;
        for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
            struct disk_file *file = disk_file_of(descriptor_get(process, fd));
            if (file && (file->open.flags & O_ACCMODE) != O_RDONLY)
                file->node->is_at_stake = true;
        }
    }
}

bool host_shares_disk(const struct host *host)
{
    for (uint32_t i = 0; i < hosts.count; i++)
        if (hosts.all[i] != host && hosts.all[i]->disk == host->disk)
            return true;
    return false;
}

struct disk_loss host_crash(struct host *host)
{
    if (!host_shares_disk(host))
        return host_crash_disk(host);
    mark_open_files(host);
    kill_all(host);
    return disk_crash_client(host->disk);
}

struct disk_loss host_crash_disk(struct host *host)
{
    struct disk *disk = host->disk;
    disk->is_down = true;
    for (uint32_t i = 0; i < hosts.count; i++)
        if (hosts.all[i]->disk == disk)
            kill_all(hosts.all[i]);
    disk->is_down = false;
    return disk_crash(disk);
}

struct host *host_by_name(const char *name)
{
    for (uint32_t i = 0; i < hosts.count; i++)
        if (strcmp(hosts.all[i]->name, name) == 0)
            return hosts.all[i];
    return NULL;
}

struct host *host_by_address(uint32_t address)
{
    return host_by_number(address - ADDRESS_FIRST);
}

struct host *host_by_number(uint32_t number)
{
    return number < hosts.count ? hosts.all[number] : NULL;
}

uint32_t host_count(void)
{
    return hosts.count;
}

void host_end(void)
{
    while (hosts.count) {
        struct host *host = hosts.all[--hosts.count];
        if (!host->has_others_disk)
            disk_free(host->disk);
        world_free(host);
    }
}
