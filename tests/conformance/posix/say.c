/* SPDX-License-Identifier: Apache-2.0 */
/* Printing for the cases. Uses write, not stdout: the cases test stdio too. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

#include "tests/conformance/posix/say.h"

#define LINE_BYTES_MAX 512

void say(const char *format, ...)
{
    char line[LINE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;

    size_t bytes = (size_t)length < sizeof(line) - 1 ? (size_t)length : sizeof(line) - 2;
    line[bytes++] = '\n';
    for (size_t written = 0; written < bytes;) {
        ssize_t n = write(STDOUT_FILENO, line + written, bytes - written);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0)
            written += (size_t)n;
    }
}

static const char *symbol(int error)
{
    const char *name = strerrorname_np(error);
    return name ? name : "unknown error";
}

long say_call(const char *call, long result)
{
    if (result < 0)
        say("%s: %ld %s", call, result, symbol(errno));
    else
        say("%s: %ld", call, result);
    return result;
}

bool say_ok(const char *call, long result)
{
    say("%s: %s", call, result < 0 ? symbol(errno) : "ok");
    return result >= 0;
}

void say_error(const char *call, int error)
{
    say("%s: %s", call, symbol(error));
}

void say_thrd(const char *call, int result)
{
    switch (result) {
    case thrd_success:
        say("%s: thrd_success", call);
        return;
    case thrd_busy:
        say("%s: thrd_busy", call);
        return;
    case thrd_timedout:
        say("%s: thrd_timedout", call);
        return;
    case thrd_nomem:
        say("%s: thrd_nomem", call);
        return;
    default:
        say("%s: thrd_error", call);
    }
}

void say_whether(const char *claim, bool truth)
{
    say("%s: %s", claim, truth ? "yes" : "no");
}

void say_bytes(const char *call, const void *bytes, long count)
{
    if (count < 0)
        say_call(call, count);
    else
        say("%s: \"%.*s\"", call, (int)count, (const char *)bytes);
}

void say_poll(const char *what, short revents)
{
    static const struct {
        short bit;
        const char *name;
    } bits[] = {{POLLIN, "POLLIN"},   {POLLPRI, "POLLPRI"},   {POLLOUT, "POLLOUT"},    {POLLERR, "POLLERR"},
                {POLLHUP, "POLLHUP"}, {POLLNVAL, "POLLNVAL"}, {POLLRDHUP, "POLLRDHUP"}};

    char names[128] = "";
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        if (!(revents & bits[i].bit))
            continue;
        if (names[0])
            strcat(names, "|");
        strcat(names, bits[i].name);
    }
    say("%s: %s", what, names[0] ? names : "nothing");
}
