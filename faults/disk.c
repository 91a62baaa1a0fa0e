/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk: machines that crash, and disks that are full, broken or slow.
 *
 * What a crash takes is sim/world/disk_crash.h's; which processes are started again afterwards, and when, is decided
 * here. Several spells on one disk combine: it is as full as all of them make it, as slow as the slowest.
 */
#include "sim/world/disk.h"

#include "faults/family.h"

static const uint32_t factors[] = {10, 100, 1000};
enum { FACTORS = sizeof factors / sizeof factors[0], ROOM_PAGES_MAX = 3, SHORT_PER_MILLION = 250000 };
static const uint32_t broken_calls[] = {DISK_EIO_READ, DISK_EIO_WRITE, DISK_EIO_SYNC,
                                        DISK_EIO_READ | DISK_EIO_WRITE | DISK_EIO_SYNC};
enum { BROKEN_CALLS = sizeof broken_calls / sizeof broken_calls[0] };

static bool is_alive(const struct fault_plan *plan, const struct process *process)
{
    (void)plan;
    return process->state != PROCESS_DEAD;
}

/* --- crashes --------------------------------------------------------------------------------------------------- */

/* Prepares the restart of all that is about to die: on the host, or on all hosts that see its disk. */
static void take_down(struct fault_series *series, const struct host *host, bool with_disk)
{
    int64_t restart_after_ns = fault_draw_ns(series, DRAW_RESTART, series->spec->restart_after_ns_min,
                                             series->spec->restart_after_ns_max);
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct process *process = process_by_number(number);
        if (process->host == host || (with_disk && process->host->disk == host->disk))
            fault_process_goes_down(series->plan, process, restart_after_ns);
    }
}

static bool crash(struct fault_series *series, bool with_disk)
{
    const struct budget_claim claim = {.takes_host = true};
    if (!budget_allows(series->plan, &claim))
        return false;
    struct process *process = fault_draw_process(series, is_alive);
    if (!process)
        return false;
    fault_struck(series, process);
    take_down(series, process->host, with_disk);
    if (with_disk)
        host_crash_disk(process->host);
    else
        host_crash(process->host);
    return true;
}

static bool crash_host(struct fault_series *series)
{
    return crash(series, false);
}

static bool crash_storage(struct fault_series *series)
{
    return crash(series, true);
}

/* --- spells ---------------------------------------------------------------------------------------------------- */

/* Begins a spell on the disk of a drawn process; NULL: there is none. */
static struct fault_spell *strike_disk(struct fault_series *series, struct process **process_out)
{
    *process_out = fault_draw_process(series, is_alive);
    if (!*process_out)
        return NULL;
    struct fault_spell *spell = fault_spell_new(series);
    spell->host = (*process_out)->host;
    return spell;
}

static bool is_of(const struct fault_spell *spell, const struct fault_type *type, const struct disk *disk)
{
    return spell->type == type && spell->host->disk == disk;
}

/* What all spells of the type on the disk ask for. */
static uint32_t all_calls(const struct fault_plan *plan, const struct disk *disk)
{
    uint32_t calls = 0;
    for (const struct fault_spell *spell = plan->spells; spell; spell = spell->next)
        if (is_of(spell, &fault_fail_disk, disk))
            calls |= (uint32_t)spell->amount;
    return calls;
}

static uint32_t greatest(const struct fault_plan *plan, const struct fault_type *type,
                         const struct disk *disk)
{
    uint32_t amount = 0;
    for (const struct fault_spell *spell = plan->spells; spell; spell = spell->next)
        if (is_of(spell, type, disk) && (uint32_t)spell->amount > amount)
            amount = (uint32_t)spell->amount;
    return amount;
}

static bool fill(struct fault_series *series)
{
    struct process *process;
    struct fault_spell *spell = strike_disk(series, &process);
    if (!spell)
        return false;
    struct disk *disk = spell->host->disk;
    struct disk_settings *settings = disk_settings(disk);
    uint64_t used_bytes = disk_usage(disk).used_bytes + settings->taken_bytes;
    uint64_t room_bytes =
        (ROOM_PAGES_MAX - fault_draw(series, DRAW_FACTOR, ROOM_PAGES_MAX + 1)) * (uint64_t)DISK_PAGE_BYTES;
    if (settings->capacity_bytes > used_bytes + room_bytes)
        spell->amount = (int64_t)(settings->capacity_bytes - used_bytes - room_bytes);
    settings->taken_bytes += (uint64_t)spell->amount;
    fault_struck(series, process);
    return true;
}

static void make_room(struct fault_spell *spell)
{
    disk_settings(spell->host->disk)->taken_bytes -= (uint64_t)spell->amount;
}

static void apply_failures(const struct fault_spell *spell)
{
    disk_settings(spell->host->disk)->eio_calls = all_calls(spell->plan, spell->host->disk);
}

static bool fail(struct fault_series *series)
{
    struct process *process;
    struct fault_spell *spell = strike_disk(series, &process);
    if (!spell)
        return false;
    spell->amount = broken_calls[fault_draw(series, DRAW_WAY, BROKEN_CALLS)];
    apply_failures(spell);
    fault_struck(series, process);
    return true;
}

static void repair(struct fault_spell *spell)
{
    apply_failures(spell);
}

static void apply_factor(const struct fault_spell *spell)
{
    disk_settings(spell->host->disk)->fsync_factor =
        greatest(spell->plan, &fault_slow_disk, spell->host->disk);
}

static bool slow(struct fault_series *series)
{
    struct process *process;
    struct fault_spell *spell = strike_disk(series, &process);
    if (!spell)
        return false;
    spell->amount = factors[fault_draw(series, DRAW_FACTOR, FACTORS)];
    apply_factor(spell);
    fault_struck(series, process);
    return true;
}

static void speed_up(struct fault_spell *spell)
{
    apply_factor(spell);
}

static void apply_shortness(const struct fault_spell *spell)
{
    disk_settings(spell->host->disk)->short_write_per_million =
        greatest(spell->plan, &fault_shorten_writes, spell->host->disk);
}

static bool shorten(struct fault_series *series)
{
    struct process *process;
    struct fault_spell *spell = strike_disk(series, &process);
    if (!spell)
        return false;
    spell->amount = SHORT_PER_MILLION;
    apply_shortness(spell);
    fault_struck(series, process);
    return true;
}

static void write_whole(struct fault_spell *spell)
{
    apply_shortness(spell);
}

/* --- the catalogue --------------------------------------------------------------------------------------------- */

const struct fault_type fault_crash_host = {
    FAULT_NAMED("crash_host"),
    .documentation =
        "a machine dies with all its processes, and its disk loses, tears or keeps what was not synced (on "
        "shared storage: only what its processes had written and neither synced nor closed); it restarts",
    .target = "whose host, a glob over names",
    .class = FAULT_OF_DISKS,
    .is_hazard_with = fault_ends_brokers,
    .parameters = FAULT_TAKES_RESTART,
    .strike = crash_host,
};

const struct fault_type fault_crash_storage = {
    FAULT_NAMED("crash_storage"),
    .documentation = "the machine of a disk dies, with every host that sees the disk: what was not synced is "
                     "lost, torn or kept, in the order of ext4's journal; all restart",
    .target = "whose disk, a glob over names",
    .class = FAULT_OF_DISKS,
    .is_hazard_with = fault_ends_brokers,
    .parameters = FAULT_TAKES_RESTART,
    .strike = crash_storage,
};

const struct fault_type fault_fill_disk = {
    FAULT_NAMED("fill_disk"),
    .documentation = "somebody else fills the disk for a while: ENOSPC, short writes at the last pages",
    .target = "whose disk, a glob over names",
    .class = FAULT_OF_DISKS,
    .parameters = FAULT_TAKES_DURATION,
    .lasts_ns_max = INT64_C(10000000000),
    .strike = fill,
    .lift = make_room,
};

const struct fault_type fault_fail_disk = {
    FAULT_NAMED("fail_disk"),
    .documentation = "reads, writes, syncs or all of them are EIO for a while",
    .target = "whose disk, a glob over names",
    .class = FAULT_OF_DISKS,
    .parameters = FAULT_TAKES_DURATION,
    .lasts_ns_max = INT64_C(10000000000),
    .strike = fail,
    .lift = repair,
};

const struct fault_type fault_slow_disk = {
    FAULT_NAMED("slow_disk"),
    .documentation = "syncs take 10, 100 or 1000 times as long for a while",
    .target = "whose disk, a glob over names",
    .class = FAULT_OF_DISKS,
    .parameters = FAULT_TAKES_DURATION,
    .strike = slow,
    .lift = speed_up,
};

const struct fault_type fault_shorten_writes = {
    FAULT_NAMED("shorten_writes"),
    .documentation = "one write in four takes fewer bytes than it was given, for a while",
    .target = "whose disk, a glob over names",
    .class = FAULT_OF_DISKS,
    .parameters = FAULT_TAKES_DURATION,
    .strike = shorten,
    .lift = write_whole,
};
