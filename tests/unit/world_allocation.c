/* SPDX-License-Identifier: Apache-2.0 */
/* An allocation that fails by plan: which one, what the program sees, and that a program that dies of it is no finding. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "sim/world/guard.h"
#include "tests/unit/world.h"

enum { TRIES = 10 };

static struct {
    bool is_null[TRIES];
    int error;
    struct process_end end;
    bool has_ended;
    uint32_t incarnation;
} seen;

/* Neither compiler can tell that what lies there is not wanted. */
static void *volatile keep;

static void *allocate(int how)
{
    char *text = NULL;
    switch (how) {
    case 0:
        return malloc(100);
    case 1:
        return calloc(3, 10);
    case 2:
        return realloc(NULL, 50);
    case 3:
        return strdup("text");
    case 4:
        return strndup("text", 2);
    case 5:
        return reallocarray(NULL, 4, 4);
    case 6:
        return posix_memalign((void **)&text, 64, 64) ? NULL : text;
    case 7:
        return aligned_alloc(64, 64);
    case 8:
        return malloc(1);
    default: /* the last: it allocates twice */
        return asprintf(&text, "%d", 7) < 0 ? NULL : text;
    }
}

static int try_all(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int i = 0; i < TRIES; i++) {
        errno = 0;
        keep = allocate(i);
        seen.is_null[i] = !keep;
        if (!keep && i != 6)
            seen.error = errno;
        free(keep);
    }
    return 0;
}

static int abort_on_null(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    keep = malloc(10);
    if (!keep)
        abort();
    free(keep);
    return 0;
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)opaque;
    seen.end = *end;
    seen.has_ended = true;
    seen.incarnation = process->incarnation;
}

static struct world_report play(int (*main)(int, char **), uint64_t count, uint32_t in_row)
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(world_nothing);
    is_warm = true;
    memset(&seen, 0, sizeof seen);
    world_begin(&(struct world_options){.choices = CHOICE_ZERO});
    static const char *const arguments[] = {"program", NULL};
    struct process *process = process_start(&(struct process_spec){
        .name = "program", .host = host_new("host"), .main = main, .arguments = arguments, .on_end = on_end});
    process_fail_allocation(process, count, in_row);
    world_run();
    struct world_report report;
    world_end(&report);
    return report;
}

Test(world_allocation, the_planned_one_fails_and_no_other)
{
    for (int which = 0; which < TRIES; which++) {
        struct world_report report = play(try_all, (uint64_t)which + 1, 1);
        cr_assert(eq(u64, report.finding_count, 0));
        for (int i = 0; i < TRIES; i++)
            cr_expect(seen.is_null[i] == (i == which), "allocation %d of plan %d", i, which);
        cr_expect(which == 6 || seen.error == ENOMEM);
        cr_expect(eq(u64, seen.end.live_count, 0));
    }
}

Test(world_allocation, several_in_a_row_may)
{
    play(try_all, 3, 4);
    for (int i = 0; i < TRIES; i++)
        cr_expect(seen.is_null[i] == (i >= 2 && i < 6), "allocation %d", i);
}

Test(world_allocation, a_failure_is_part_of_the_history_and_a_plan_is_not)
{
    uint64_t none = play(try_all, 0, 0).history;
    cr_expect(eq(u64, play(try_all, 1000, 1).history, none), "it never came so far");
    cr_expect(ne(u64, play(try_all, 3, 1).history, none));
    cr_expect(eq(u64, play(try_all, 3, 1).history, play(try_all, 3, 1).history));
}

Test(world_allocation, a_program_that_aborts_on_it_dies_and_the_world_goes_on)
{
    struct world_report report = play(abort_on_null, 1, 1);
    cr_assert(eq(u64, report.finding_count, 0));
    cr_assert(seen.has_ended && seen.end.killed);
    cr_expect(eq(int, seen.end.signal, SIGABRT));
    report = play(abort_on_null, 0, 0);
    cr_expect(seen.has_ended && seen.end.status == 0 && seen.end.signal == 0);
}

#ifndef MILLRACE_ASAN /* which takes the signal for itself */
static int use_null(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    keep = malloc(10);
    *(volatile char *)keep = 'x';
    free(keep);
    return 0;
}

Test(world_allocation, a_program_that_uses_it_dies_of_the_signal)
{
    struct world_report report = play(use_null, 1, 1);
    cr_assert(eq(u64, report.finding_count, 0));
    cr_assert(seen.has_ended && seen.end.killed);
    cr_expect(eq(int, seen.end.signal, SIGSEGV));
}
#endif
