/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdio_scan: the scanf family. libc scans, from a stream of its own over ours, byte by byte, so that it takes no more
 * than it uses; the one byte that it looks at and does not want goes back. A kill in the middle leaves libc's stream behind,
 * in the host's memory, for as long as the host's process lives.
 */
#define __NO_INLINE__ 1 /* see stdio.c */
#include <stdio.h>
#include <stdarg.h>
#include "sim/posix/call.h"
#include "sim/posix/stdio_stream.h"

/* What <stdio.h> makes of vfscanf in C11 and later. */
int __isoc99_vfscanf(FILE *file, const char *format, va_list arguments);

static ssize_t read_byte(void *cookie, char *data, size_t bytes)
{
    (void)bytes; /* 1: the stream is unbuffered */
    int letter = stdio_stream_get(cookie);
    if (letter == EOF)
        return stdio_stream_has_error(cookie) ? -1 : 0;
    *data = (char)letter;
    return 1;
}

__attribute__((format(scanf, 2, 0))) static int scan_stream(struct stdio_stream *stream, const char *format,
                                                            va_list arguments)
{
    FILE *file = fopencookie(stream, "r", (cookie_io_functions_t){.read = read_byte});
    if (!file)
        return EOF;
    NEXT(setvbuf)(file, NULL, _IONBF, 0);
    int result = NEXT(__isoc99_vfscanf)(file, format, arguments);
    if (file->_IO_read_ptr < file->_IO_read_end)
        stdio_stream_push(stream, (unsigned char)*file->_IO_read_ptr);
    NEXT(fclose)(file);
    return result;
}

int vfscanf(FILE *restrict file, const char *restrict format, va_list arguments)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(__isoc99_vfscanf)(file, format, arguments);
    int result = scan_stream(stream, format, arguments);
    stdio_stream_unlock(stream);
    return result;
}

int vscanf(const char *restrict format, va_list arguments)
{
    return vfscanf(stdin, format, arguments);
}

int fscanf(FILE *restrict file, const char *restrict format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = vfscanf(file, format, arguments);
    va_end(arguments);
    return result;
}

int scanf(const char *restrict format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = vfscanf(stdin, format, arguments);
    va_end(arguments);
    return result;
}
