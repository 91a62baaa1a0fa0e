/* SPDX-License-Identifier: Apache-2.0 */
/* shutdown: see shutdown.h. */
#include "pipeline/shutdown.h"

#include "pipeline/millrace.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

bool shutdown_open(struct shutdown *shutdown)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    shutdown->is_asked = false;
    int error = pthread_sigmask(SIG_BLOCK, &signals, &shutdown->mask_before);
    if (error) {
        errno = error;
        return false;
    }
    shutdown->descriptor = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    return shutdown->descriptor >= 0;
}

void shutdown_close(struct shutdown *shutdown)
{
    close(shutdown->descriptor);
    pthread_sigmask(SIG_SETMASK, &shutdown->mask_before, NULL);
}

bool shutdown_check(struct shutdown *shutdown)
{
    struct signalfd_siginfo info;
    while (read(shutdown->descriptor, &info, sizeof info) == (ssize_t)sizeof info) {
        if (shutdown->is_asked)
            _exit(MILLRACE_AT_ONCE);
        shutdown->is_asked = true;
    }
    return shutdown->is_asked;
}
