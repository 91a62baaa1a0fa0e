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
#include "sim/world/schedule.h"
#include "sim/world/task.h"
#include "sim/world/world.h"

#define ADDRESS_FIRST UINT32_C(0x0a000001) /* 10.0.0.1 */
#define WALL_FIRST_NS (INT64_C(1700000000) * 1000000000)
#define SECOND_NS     INT64_C(1000000000)
enum { MILLION = 1000000 };

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

/* --- clocks ------------------------------------------------------------------------------------------------------ */

int64_t host_oscillator(const struct host *host, int64_t world_ns)
{
    int64_t passed_ns = world_ns - host->skew_since_ns;
    if (host->skew_ppm)
        passed_ns += passed_ns / MILLION * host->skew_ppm + passed_ns % MILLION * host->skew_ppm / MILLION;
    return host->skew_from_ns + passed_ns;
}

int64_t host_world(const struct host *host, int64_t oscillator_ns)
{
    if (oscillator_ns > INT64_MAX / 2)
        return SCHEDULE_NEVER;
    int64_t passed_ns = oscillator_ns - host->skew_from_ns;
    if (!host->skew_ppm)
        return host->skew_since_ns + passed_ns;
    int64_t rate = MILLION + host->skew_ppm;
    int64_t world_ns =
        host->skew_since_ns + passed_ns / rate * MILLION + passed_ns % rate * MILLION / rate - 2;
    while (host_oscillator(host, world_ns) < oscillator_ns) /* a few steps: what the divisions have rounded */
        world_ns++;
    return world_ns;
}

int64_t host_wall_now(const struct host *host)
{
    return host->wall_ns + host_oscillator(host, schedule_now());
}

/* Where a task's deadline is to be now that the clocks of its host are no longer as they were. */
static int64_t moved(void *opaque, const struct task *task, int64_t time_ns)
{
    const struct host *before = opaque, *host = task->process->host;
    int64_t oscillator_ns =
        task->wall_deadline_ns ? task->wall_deadline_ns - host->wall_ns : host_oscillator(before, time_ns);
    int64_t world_ns = host_world(host, oscillator_ns);
    return world_ns > schedule_now() ? world_ns : schedule_now();
}

static void move_waits(struct host *host, struct host *before)
{
    host->has_odd_clock = true;
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct process *process = process_by_number(number);
        if (process->host == host && process->state != PROCESS_DEAD)
            schedule_move_deadlines(process, moved, before);
    }
}

void host_skew(struct host *host, int32_t ppm)
{
    assert(ppm >= -HOST_SKEW_PPM_MAX && ppm <= HOST_SKEW_PPM_MAX);
    struct host before = *host;
    host->skew_from_ns = host_oscillator(host, schedule_now());
    host->skew_since_ns = schedule_now();
    host->skew_ppm = ppm;
    move_waits(host, &before);
}

void host_step_wall(struct host *host, int64_t step_ns)
{
    struct host before = *host;
    host->wall_ns += step_ns;
    move_waits(host, &before);
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
