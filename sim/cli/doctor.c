/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor: what does this machine offer, and does the simulation work here?
 *
 * A row for each thing that a world needs: the processor, the kernel, the fixed addresses, the libraries,
 * and, in a tiny world, whether calls really end up in it (an archive that is not linked whole interposes
 * nothing, silently). A missing shared library is not seen here: the program does not start without it.
 */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>
#include "sim/cli/command.h"
#include "sim/cli/options.h"
#include "sim/cli/version.h"
#include "sim/world/arena.h"
#include "sim/world/guard.h"
#include "sim/world/host.h"
#include "sim/world/image.h"
#include "sim/world/process.h"
#include "sim/world/task.h"
#include "sim/world/world.h"

enum { TEXT_BYTES = 256, FSGSBASE_BIT = 1 << 1 /* AT_HWCAP2, linux/arch/x86: HWCAP2_FSGSBASE */ };

#ifdef MILLRACE_ASAN
static const bool guard_expected = false; /* a sanitizer makes system calls of its own */
#else
static const bool guard_expected = true;
#endif

/* What the program in the tiny world saw. */
static struct {
    bool has_run, guard_on;
    uintptr_t block;
    int64_t slept_ns;
} seen;

struct doctor {
    unsigned problems;
};

/* One row of the table, and a line on stderr if it is bad. */
__attribute__((format(printf, 4, 5))) static void row(struct doctor *doctor, const char *name, bool is_good,
                                                      const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    printf("%-22s %-4s %s\n", name, is_good ? "ok" : "BAD", text);
    fflush(stdout);
    if (is_good)
        return;
    options_complain("doctor", "%s: %s", name, text);
    doctor->problems++;
}

/* Before any world: is nobody else there? */
static void check_addresses(struct doctor *doctor, const char *name, uint64_t base, uint64_t bytes)
{
    void *got = mmap((void *)(uintptr_t)base, bytes, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    int error = errno;
    bool is_free = got == (void *)(uintptr_t)base;
    if (got != MAP_FAILED)
        munmap(got, bytes);
    row(doctor, name, is_free, "%llu MiB at %#llx%s%s", (unsigned long long)bytes >> 20,
        (unsigned long long)base, is_free ? " are free" : ": ",
        is_free             ? ""
        : got == MAP_FAILED ? strerror(error)
                            : "taken");
}

static int look_around(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct timespec before, after;
    void *volatile block = malloc(100);
    seen.block = (uintptr_t)block;
    free(block);
    clock_gettime(CLOCK_MONOTONIC, &before);
    nanosleep(&(struct timespec){.tv_sec = 3600}, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    seen.slept_ns = (after.tv_sec - before.tv_sec) * INT64_C(1000000000) + after.tv_nsec - before.tv_nsec;
    seen.guard_on = guard_is_on();
    seen.has_run = true;
    return 0;
}

static int do_nothing(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static void turn_a_tiny_world(struct world_report *report_out)
{
    static const char *const arguments[] = {"patient", NULL};
    world_warm_up(do_nothing);
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED, .seed = 1});
    process_start(&(struct process_spec){
        .name = "patient", .host = host_new("ward"), .main = look_around, .arguments = arguments});
    world_run();
    world_end(report_out);
}

static void check_world(struct doctor *doctor)
{
    struct world_report report;
    turn_a_tiny_world(&report);
    row(doctor, "a world turns", seen.has_run && report.finding_count == 0, "%.*s",
        report.finding_count ? (int)strcspn(world_finding(0)->text, "\n") : TEXT_BYTES,
        report.finding_count ? world_finding(0)->text
        : seen.has_run       ? "and ends"
                             : "its program did not run");
    row(doctor, "malloc is the world's", seen.block >= ARENA_BASE && seen.block < ARENA_END,
        seen.block >= ARENA_BASE && seen.block < ARENA_END
            ? "a block of a simulated process is at %#llx"
            : "a block of a simulated process is at %#llx, outside "
              "its arena: nothing is interposed",
        (unsigned long long)seen.block);
    row(doctor, "time is the world's", seen.slept_ns >= INT64_C(3600000000000),
        "an hour's sleep took %.1f virtual s", (double)seen.slept_ns / 1e9);
    row(doctor, "system call guard", seen.guard_on || !guard_expected, "%s",
        seen.guard_on    ? "on: an unforeseen system call ends the world"
        : guard_expected ? "off: this kernel has no syscall user dispatch (Linux 5.11, x86-64)"
                         : "off in a sanitizer's build");
    row(doctor, "library image", image_libraries() > 0,
        "%zu bytes of %zu libraries are restored for each world", image_bytes(), image_libraries());
}

static void check_machine(struct doctor *doctor)
{
    bool has_fsgsbase = getauxval(AT_HWCAP2) & FSGSBASE_BIT;
    bool is_needed = strcmp(version_backend(), "coroutine") == 0;
    row(doctor, "FSGSBASE", has_fsgsbase || !is_needed, "%s",
        has_fsgsbase ? "processor and kernel let threads be switched without the kernel"
        : is_needed  ? "missing: build with -Dtasks=pthread"
                     : "missing, and not needed with -Dtasks=pthread");
    check_addresses(doctor, "addresses of arenas", ARENA_BASE + ARENA_SLOT_BYTES,
                    ARENA_END - ARENA_BASE - ARENA_SLOT_BYTES);
    check_addresses(doctor, "addresses of stacks", TASK_STACKS_BASE, (uint64_t)TASKS_MAX * TASK_STACK_BYTES);
    cpu_set_t cores;
    int count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 0;
    row(doctor, "cores", count > 0, "%d: run uses as many workers", count);
}

static void check_libraries(struct doctor *doctor)
{
    struct version_libraries libraries;
    version_libraries(&libraries);
    for (size_t i = 0; i < VERSION_LIBRARIES; i++)
        row(doctor, libraries.at[i].name, *libraries.at[i].version, "%s", libraries.at[i].version);
}

int doctor_command(int argc, char **argv)
{
    static const struct options_flag flags[] = {{0}};
    static const struct options_command command = {
        .name = "doctor",
        .usage = "",
        .about = "Checks what this machine offers, and in a tiny world whether the simulation works here. "
                 "Exit code 0, or 2\n"
                 "with one line on stderr for each thing that is wrong.\n",
        .flags = flags,
    };
    struct options_positional positional;
    int code = options_parse(&command, argc, argv, NULL, &positional);
    if (code != OPTIONS_GO)
        return code;
    struct doctor doctor = {0};
    check_machine(&doctor);
    check_world(&doctor);
    check_libraries(&doctor);
    return doctor.problems ? COMMAND_USAGE : COMMAND_PASS;
}
