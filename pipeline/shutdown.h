/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shutdown: SIGTERM and SIGINT as a descriptor to poll, so that no handler and no static are needed.
 *
 * Open it before any thread is started: threads inherit the blocked mask. The first signal asks for a
 * graceful stop, the second ends the process at once.
 */
#ifndef PIPELINE_SHUTDOWN_H
#define PIPELINE_SHUTDOWN_H

#include <signal.h>
#include <stdbool.h>

struct shutdown {
    int descriptor; /* readable when a signal waits */
    bool is_asked;
    sigset_t mask_before;
};

/* False with errno set when the system refuses. */
bool shutdown_open(struct shutdown *shutdown);
void shutdown_close(struct shutdown *shutdown);

/* Takes what has arrived. Has a stop been asked for? Does not return on the second signal. */
bool shutdown_check(struct shutdown *shutdown);

#endif
