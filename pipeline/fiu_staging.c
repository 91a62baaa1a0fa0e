/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fiu_staging: named points in a real process, for staging (-Dfault_injection=true).
 *
 * The same archive is linked with the real libfiu, by which fiu-run and fiu-ctrl enable points; the linker sends its calls
 * of fiu_fail here (--wrap). A point that is enabled sends the process the signal that failnum says: 1, the default, means
 * SIGKILL, which no drain follows; 15 is SIGTERM, 19 a pause. The code around a point never learns of it.
 *
 * Under fiu-run, libfiu has a thread of its own before any code of the program runs, and would take a SIGTERM: the end,
 * without a drain. So the program starts anew with the signals blocked, which that thread then inherits.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAILNUM_STANDARD = 1 };

int __real_fiu_fail(const char *name);
int __wrap_fiu_fail(const char *name);

/* glibc hands a constructor what main gets. */
__attribute__((constructor)) static void start_with_signals_blocked(int argc, char **argv, char **envp)
{
    (void)argc;
    sigset_t wanted, before;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    if (sigprocmask(SIG_BLOCK, &wanted, &before) || sigismember(&before, SIGTERM))
        return;
    execve("/proc/self/exe", argv, envp);
    _Exit(EXIT_FAILURE);
}

int __wrap_fiu_fail(const char *name)
{
    int failnum = __real_fiu_fail(name);
    if (failnum)
        kill(getpid(), failnum == FAILNUM_STANDARD ? SIGKILL : failnum);
    return 0;
}
