/* SPDX-License-Identifier: Apache-2.0 */
/* What escapes the world is stopped and named: a symbol, a system call inside libc, a clock read in the vdso's way. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <sys/resource.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "sim/posix/system.h"
#include "sim/world/guard.h"
#include "tests/unit/world.h"

static int escape(int argc, char **argv)
{
    (void)argc;
    if (strcmp(argv[1], "symbol") == 0)
        (void)!fork();
    if (strcmp(argv[1], "shell") == 0)
        return WEXITSTATUS(system("the answer"));
    if (strcmp(argv[1], "system call") == 0)
        (void)!setpriority(0, 0, 0);
    if (strcmp(argv[1], "clock") == 0) {
        struct timespec now;
        int (*vdso_clock)(clockid_t, struct timespec *) = NULL;
        void *vdso = dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
        *(void **)&vdso_clock = dlvsym(vdso, "__vdso_clock_gettime", "LINUX_2.6");
        return vdso_clock ? vdso_clock(CLOCK_MONOTONIC, &now) : 3;
    }
    if (strcmp(argv[1], "crash") == 0)
        *(volatile int *)(uintptr_t)(argc - 2) = 1;
    if (strcmp(argv[1], "abort") == 0)
        abort();
    return 0;
}

static void expect_finding(const char *what, enum world_finding_kind kind, const char *named)
{
    struct world_outcome outcome = world_of(escape, 1, what);
    cr_assert_eq(outcome.report.finding_count, 1, "%s was not stopped", what);
    cr_expect_eq(outcome.finding.kind, kind, "%s: %s", what, outcome.finding.text);
    cr_expect_not_null(strstr(outcome.finding.text, named), "%s: %s", what, outcome.finding.text);
    /* The next world is none the worse for it. */
    cr_expect_eq(world_of(escape, 1, "nothing").report.finding_count, 0);
}

Test(world_guard, a_function_the_world_does_not_know_is_named)
{
    expect_finding("symbol", FINDING_ESCAPE, "fork() in task 1 of program.1");
}

Test(world_guard, a_shell_is_refused_like_any_other_process)
{
    expect_finding("shell", FINDING_ESCAPE, "system() in task 1 of program.1");
}

static int answer(const char *command)
{
    return strcmp(command, "the answer") == 0 ? 42 : 1;
}

Test(world_guard, a_command_line_is_answered_by_whoever_runs_the_world)
{
    system_set_answer(answer);
    cr_expect_eq(world_of(escape, 1, "shell").end.status, 42);
    system_set_answer(NULL);
}

#ifndef MILLRACE_ASAN
Test(world_guard, a_system_call_inside_libc_is_named_with_its_caller)
{
    expect_finding("system call", FINDING_ESCAPE, "system call 141");
}

Test(world_guard, a_clock_read_through_the_vdso_is_stopped)
{
    expect_finding("clock", FINDING_ESCAPE, "clock");
}

Test(world_guard, a_crash_of_the_simulated_program_is_a_finding_with_its_stack)
{
    expect_finding("crash", FINDING_CRASH, "signal 11");
}
#endif

Test(world_guard, an_abort_is_a_finding)
{
    expect_finding("abort", FINDING_CRASH, "abort() in task 1 of program.1");
}
