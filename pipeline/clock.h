/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: the two clocks, and ISO-8601.
 *
 * The calendar is computed here and not by libc, whose gmtime_r reads time zone files on first use.
 */
#ifndef PIPELINE_CLOCK_H
#define PIPELINE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLOCK_TEXT_BYTES = 32 };

#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_S  INT64_C(1000000000)
#define CLOCK_NEVER     INT64_MAX

/* Monotonic: for deadlines and durations. */
int64_t clock_now_ns(void);

/* Since 1970-01-01T00:00:00Z: for what others read. */
int64_t clock_wall_ns(void);

/* "2026-11-23T17:31:05.123Z"; returns text. Years 0..9999. */
const char *clock_format(int64_t wall_ns, char text[CLOCK_TEXT_BYTES]);

/* What clock_format writes, and every other ISO-8601 date and time in UTC, as nanoseconds since 1970. False: it is none, and *wall_ns_out is
 * untouched. */
bool clock_parse(const char *text, int64_t *wall_ns_out);

/* Is this an ISO-8601 date and time in UTC: YYYY-MM-DDThh:mm:ss[.fraction](Z|+00:00)? */
bool clock_is_utc(const char *text);

#endif
