/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdio_print: the printf family, perror and syslog. libc formats, into memory; streams and descriptors get the result in
 * one piece. syslog goes nowhere, as on a machine without a log daemon.
 */
#define __NO_INLINE__ 1 /* or <stdio.h> defines some of these functions itself */
#include <stdio.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/stdio_stream.h"

enum { TEXT_BYTES = 1024 };

/* A formatted text: in here, or, when long, in memory of its own. */
struct text {
    char *data;
    int bytes; /* < 0: the format is bad or there is no memory */
    char here[TEXT_BYTES];
};

__attribute__((format(printf, 2, 0))) static void text_format(struct text *text, const char *format,
                                                              va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    text->data = text->here;
    text->bytes = vsnprintf(text->here, sizeof(text->here), format, arguments);
    if (text->bytes >= TEXT_BYTES) {
        text->data = malloc((size_t)text->bytes + 1);
        text->bytes = text->data ? vsnprintf(text->data, (size_t)text->bytes + 1, format, again) : -1;
    }
    va_end(again);
}

static void text_free(struct text *text)
{
    if (text->data != text->here)
        free(text->data);
}

__attribute__((format(printf, 2, 0))) static int print_stream(struct stdio_stream *stream, const char *format,
                                                              va_list arguments)
{
    struct text text;
    text_format(&text, format, arguments);
    int result = text.bytes;
    if (result >= 0 && stdio_stream_write(stream, text.data, (size_t)result) < (size_t)result)
        result = -1;
    text_free(&text);
    stdio_stream_unlock(stream);
    return result;
}

int vfprintf(FILE *restrict file, const char *restrict format, va_list arguments)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    return stream ? print_stream(stream, format, arguments) : NEXT(vfprintf)(file, format, arguments);
}

int vdprintf(int fd, const char *restrict format, va_list arguments)
{
    if (!task_inside())
        return NEXT(vdprintf)(fd, format, arguments);
    struct text text;
    text_format(&text, format, arguments);
    int result = text.bytes;
    for (int done = 0; done < text.bytes;) {
        ssize_t written = write(fd, text.data + done, (size_t)(text.bytes - done));
        if (written < 0) {
            result = -1;
            break;
        }
        done += (int)written;
    }
    text_free(&text);
    return result;
}

int vprintf(const char *restrict format, va_list arguments)
{
    return vfprintf(stdout, format, arguments);
}

/* Outside, the fortified ones keep libc's checks. */
int __vfprintf_chk(FILE *file, int flag, const char *format, va_list arguments);
__attribute__((format(printf, 3, 0))) int __vfprintf_chk(FILE *file, int flag, const char *format,
                                                         va_list arguments)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(__vfprintf_chk)(file, flag, format, arguments);
    return print_stream(stream, format, arguments);
}

int __vprintf_chk(int flag, const char *format, va_list arguments);
__attribute__((format(printf, 2, 0))) int __vprintf_chk(int flag, const char *format, va_list arguments)
{
    return __vfprintf_chk(stdout, flag, format, arguments);
}

int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments);
__attribute__((format(printf, 3, 0))) int __vdprintf_chk(int fd, int flag, const char *format,
                                                         va_list arguments)
{
    return task_inside() ? vdprintf(fd, format, arguments)
                         : NEXT(__vdprintf_chk)(fd, flag, format, arguments);
}

/* Calls the va_list form of a variadic function. */
#define FORWARD(LAST, CALL)                                                                                  \
    va_list arguments;                                                                                       \
    va_start(arguments, LAST);                                                                               \
    int result = CALL;                                                                                       \
    va_end(arguments);                                                                                       \
    return result

int fprintf(FILE *restrict file, const char *restrict format, ...)
{
    FORWARD(format, vfprintf(file, format, arguments));
}

int printf(const char *restrict format, ...)
{
    FORWARD(format, vfprintf(stdout, format, arguments));
}

int dprintf(int fd, const char *restrict format, ...)
{
    FORWARD(format, vdprintf(fd, format, arguments));
}

int __fprintf_chk(FILE *file, int flag, const char *format, ...);
__attribute__((format(printf, 3, 4))) int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
    FORWARD(format, __vfprintf_chk(file, flag, format, arguments));
}

int __printf_chk(int flag, const char *format, ...);
__attribute__((format(printf, 2, 3))) int __printf_chk(int flag, const char *format, ...)
{
    FORWARD(format, __vfprintf_chk(stdout, flag, format, arguments));
}

int __dprintf_chk(int fd, int flag, const char *format, ...);
__attribute__((format(printf, 3, 4))) int __dprintf_chk(int fd, int flag, const char *format, ...)
{
    FORWARD(format, __vdprintf_chk(fd, flag, format, arguments));
}

void perror(const char *what)
{
    if (!task_inside()) {
        NEXT(perror)(what);
        return;
    }
    char text[128];
    const char *error = strerror_r(errno, text, sizeof(text));
    if (what && *what)
        fprintf(stderr, "%s: %s\n", what, error);
    else
        fprintf(stderr, "%s\n", error);
}

/* --- syslog --------------------------------------------------------------------------------------------------------------------------- */

void openlog(const char *name, int options, int facility)
{
    if (!task_inside())
        NEXT(openlog)(name, options, facility);
}

void closelog(void)
{
    if (!task_inside())
        NEXT(closelog)();
}

void vsyslog(int priority, const char *format, va_list arguments)
{
    if (!task_inside())
        NEXT(vsyslog)(priority, format, arguments);
}

void syslog(int priority, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsyslog(priority, format, arguments);
    va_end(arguments);
}

void __vsyslog_chk(int priority, int flag, const char *format, va_list arguments);
__attribute__((format(printf, 3, 0))) void __vsyslog_chk(int priority, int flag, const char *format,
                                                         va_list arguments)
{
    if (!task_inside())
        NEXT(__vsyslog_chk)(priority, flag, format, arguments);
}

void __syslog_chk(int priority, int flag, const char *format, ...);
__attribute__((format(printf, 3, 4))) void __syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    __vsyslog_chk(priority, flag, format, arguments);
    va_end(arguments);
}
