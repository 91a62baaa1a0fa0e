/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time for the cases: deadlines, and how long ago something was. */
#ifndef TESTS_CONFORMANCE_POSIX_MOMENT_H
#define TESTS_CONFORMANCE_POSIX_MOMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Now by that clock. */
struct timespec moment_now(clockid_t clock);

/* `delay_ms` after now by that clock; negative for the past. */
struct timespec moment_after_ms(clockid_t clock, int delay_ms);

int64_t moment_ns(struct timespec moment);

/* True if `clock` shows `moment` or later: how a case proves that it waited long enough. */
bool moment_has_come(clockid_t clock, struct timespec moment);

/* Lets `delay_ms` pass. */
void moment_sleep_ms(int delay_ms);

#endif
