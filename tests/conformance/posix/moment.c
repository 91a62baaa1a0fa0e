/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time for the cases. */
#include <errno.h>

#include "tests/conformance/posix/moment.h"

struct timespec moment_now(clockid_t clock)
{
    struct timespec now = {0, 0};
    clock_gettime(clock, &now);
    return now;
}

struct timespec moment_after_ms(clockid_t clock, int delay_ms)
{
    int64_t ns = moment_ns(moment_now(clock)) + (int64_t)delay_ms * 1000000;
    return (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
}

int64_t moment_ns(struct timespec moment)
{
    return (int64_t)moment.tv_sec * 1000000000 + moment.tv_nsec;
}

bool moment_has_come(clockid_t clock, struct timespec moment)
{
    return moment_ns(moment_now(clock)) >= moment_ns(moment);
}

void moment_sleep_ms(int delay_ms)
{
    struct timespec left = {.tv_sec = delay_ms / 1000, .tv_nsec = delay_ms % 1000 * 1000000L};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}
