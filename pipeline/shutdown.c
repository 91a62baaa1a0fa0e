/* SPDX-License-Identifier: Apache-2.0 */
/* shutdown: see shutdown.h. */
#include "pipeline/shutdown.h"

#include "pipeline/clock.h"
#include "pipeline/millrace.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int milliseconds_left(int64_t deadline_ns)
{
    if (deadline_ns == CLOCK_NEVER)
        return -1;
    int64_t left_ms = (deadline_ns - clock_now_ns()) / CLOCK_NS_PER_MS;
    return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

static void *watch(void *opaque)
{
    struct shutdown *shutdown = opaque;
    int64_t deadline_ns = CLOCK_NEVER;
    struct pollfd descriptors[] = {{.fd = shutdown->closing, .events = POLLIN},
                                   {.fd = shutdown->signals, .events = POLLIN}};
    for (;;) {
        int ready = poll(descriptors, 2, milliseconds_left(deadline_ns));
        if (descriptors[0].revents)
            return NULL;
        struct signalfd_siginfo info;
        while (read(shutdown->signals, &info, sizeof info) == (ssize_t)sizeof info) {
            if (shutdown_is_asked(shutdown))
                _exit(MILLRACE_AT_ONCE);
            atomic_store(&shutdown->is_asked, true);
            deadline_ns = clock_now_ns() + shutdown->limit_ms * CLOCK_NS_PER_MS;
            wake_now(shutdown->wake);
        }
        if (ready == 0 && milliseconds_left(deadline_ns) == 0)
            _exit(MILLRACE_AT_ONCE);
    }
}

bool shutdown_open(struct shutdown *shutdown, struct wake *wake, int64_t limit_ms)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    *shutdown = (struct shutdown){.wake = wake, .limit_ms = limit_ms};
    errno = pthread_sigmask(SIG_BLOCK, &signals, &shutdown->mask_before);
    if (errno)
        return false;
    shutdown->signals = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    shutdown->closing = eventfd(0, EFD_CLOEXEC);
    if (shutdown->signals < 0 || shutdown->closing < 0)
        return false;
    errno = pthread_create(&shutdown->watcher, NULL, watch, shutdown);
    return errno == 0;
}

void shutdown_close(struct shutdown *shutdown)
{
    eventfd_write(shutdown->closing, 1);
    pthread_join(shutdown->watcher, NULL);
    close(shutdown->closing);
    close(shutdown->signals);
    pthread_sigmask(SIG_SETMASK, &shutdown->mask_before, NULL);
}

bool shutdown_is_asked(const struct shutdown *shutdown)
{
    return atomic_load(&shutdown->is_asked);
}

void shutdown_leave(int code)
{
    _exit(code);
}
