/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fiu_staging: named points in a real process, for staging (-Dfault_injection=true).
 *
 * The same archive is linked with the real libfiu, by which fiu-run and fiu-ctrl enable points; the linker sends its calls
 * of fiu_fail here (--wrap). A point that is enabled sends the process the signal that failnum says: 1, the default, means
 * SIGKILL, which no drain follows; 15 is SIGTERM, 19 a pause. The code around a point never learns of it.
 */
#include <signal.h>

enum { FAILNUM_STANDARD = 1 };

int __real_fiu_fail(const char *name);
int __wrap_fiu_fail(const char *name);

int __wrap_fiu_fail(const char *name)
{
    int failnum = __real_fiu_fail(name);
    if (failnum)
        raise(failnum == FAILNUM_STANDARD ? SIGKILL : failnum);
    return 0;
}
