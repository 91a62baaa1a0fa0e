/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shutdown: the first SIGTERM or SIGINT asks for a graceful stop; the second, or one that takes too long, ends the process
 * at once (MILLRACE_AT_ONCE), whatever its other threads wait for: librdkafka has calls that may never return.
 *
 * A thread of its own takes the signals, so no handler and no static are needed. Open it before any other thread is
 * started: threads inherit the blocked mask.
 */
#ifndef PIPELINE_SHUTDOWN_H
#define PIPELINE_SHUTDOWN_H

#include "pipeline/wake.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct shutdown {
    struct wake *wake;
    int64_t limit_ms;
    atomic_bool is_asked;
    int signals; /* readable when one waits */
    int closing; /* readable when the thread has to end */
    pthread_t watcher;
    sigset_t mask_before;
};

/* Wakes wake (borrowed) at the first signal; a stop may take limit_ms from then on, 1.. . False with errno set when the
 * system refuses. */
bool shutdown_open(struct shutdown *shutdown, struct wake *wake, int64_t limit_ms);
void shutdown_close(struct shutdown *shutdown);

/* Ends the process at once, with a code of enum millrace_exit: for who cannot be closed any more. */
_Noreturn void shutdown_leave(int code);

/* Any thread's. */
bool shutdown_is_asked(const struct shutdown *shutdown);

#endif
