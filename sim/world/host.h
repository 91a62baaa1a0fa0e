/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host: a simulated machine: a name, an address, clocks and a disk. Processes run on it.
 *
 * Wall clock and monotonic clock start at unrelated values per host (by choice), so that code which mixes them up, or
 * compares them between hosts, fails here and not in production. Both follow one oscillator, which may run too fast or
 * too slow for a while; the wall clock may be stepped. Whoever waits on the host is moved along, as Linux does it.
 */
#ifndef SIM_WORLD_HOST_H
#define SIM_WORLD_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/world/disk_crash.h"

struct disk;

enum { HOST_NAME_MAX_BYTES = 63, HOSTS_MAX = 64 };

struct host {
    uint32_t number; /* 0.. in order of creation */
    char name[HOST_NAME_MAX_BYTES + 1];
    uint32_t address;     /* IPv4, host byte order: 10.0.0.(number + 1) */
    int64_t wall_ns;      /* CLOCK_REALTIME is this and its oscillator (host_oscillator) */
    int64_t monotonic_ns; /* CLOCK_MONOTONIC the same */
    int32_t skew_ppm;     /* how much too fast the oscillator runs, since world time skew_since_ns: */
    int64_t skew_since_ns, skew_from_ns; /* it stood at skew_from_ns then */
    bool has_odd_clock;                  /* it was skewed or stepped once */
    struct disk *disk;                   /* disk.h; owned unless shared */
    bool has_others_disk;
    uint32_t refusals;   /* network_refuse */
    struct host *server; /* whose processes may listen at this address; NULL: only its own */
};

/* Names are unique; asserts on a second host of one name. Lives until the world ends. */
struct host *host_new(const char *name);
/* From here on host sees owner's disk instead of its own, as over a network file system that never fails. Before the
 * first process of host starts. */
void host_share_disk(struct host *host, struct host *owner);
/* From here on processes of server, too, may bind alias's address: what they accept there is alias's, so that links,
 * latencies and partitions between alias and others are what strikes it. One program can be many machines so. */
void host_serve_for(struct host *alias, struct host *server);
enum { HOST_SKEW_PPM_MAX = 100000 };

/* --- clocks -------------------------------------------------------------------------------------------------------- */

/* What the oscillator counts at a world time; world time itself while it has never been skewed. */
int64_t host_oscillator(const struct host *host, int64_t world_ns);
/* The first world time at which it counts that, if nothing changes; SCHEDULE_NEVER beyond all times. */
int64_t host_world(const struct host *host, int64_t oscillator_ns);
/* CLOCK_REALTIME now. */
int64_t host_wall_now(const struct host *host);
/* From now on the oscillator runs by so much too fast (< 0: too slow); 0: right. Clocks go on from where they are. Timeouts are
 * of the host's own time, those that run already, too. */
void host_skew(struct host *host, int32_t ppm);
/* Sets the wall clock forward (or back). Waits for a time of CLOCK_REALTIME end sooner (or later); no others do. */
void host_step_wall(struct host *host, int64_t step_ns);

/* --- crashes ------------------------------------------------------------------------------------------------------- */

/* The machine dies with all its processes (as by process_kill). Of a disk of its own, that no other host sees, a power failure
 * leaves what disk_crash.h says; of one that is shared, as by a client of a network file system, only what its processes
 * had written to files that they had open, and not synced, is at stake. Not from a task of the host. */
struct disk_loss host_crash(struct host *host);
/* The power of a disk's machine fails, and with it that of every host that sees the disk: all die. */
struct disk_loss host_crash_disk(struct host *host);
/* Does another host see this one's disk? */
bool host_shares_disk(const struct host *host);

struct host *host_by_name(const char *name);    /* NULL: none */
struct host *host_by_address(uint32_t address); /* NULL: none; 127/8 is not looked up here */
struct host *host_by_number(uint32_t number);   /* NULL: none */
uint32_t host_count(void);
void host_end(void);

#endif
