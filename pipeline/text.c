/* SPDX-License-Identifier: Apache-2.0 */
/* text: see text.h. */
#include "pipeline/text.h"

#include "pipeline/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_FIRST_BYTES = 256, TEXT_READ_BYTES = 65536 };

static void reserve(struct text *text, size_t bytes)
{
    size_t wanted = text->length + bytes + 1;
    if (wanted <= text->capacity)
        return;
    size_t capacity = text->capacity ? text->capacity : TEXT_FIRST_BYTES;
    while (capacity < wanted)
        capacity *= 2;
    text->data = memory_resize(text->data, capacity);
    text->capacity = capacity;
}

void text_append(struct text *text, const void *data, size_t bytes)
{
    reserve(text, bytes);
    if (bytes)
        memcpy(text->data + text->length, data, bytes);
    text->length += bytes;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    reserve(text, (size_t)length);
    va_start(arguments, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

void text_consume(struct text *text, size_t bytes)
{
    text->length -= bytes;
    memmove(text->data, text->data + bytes, text->length + 1);
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->data)
        text->data[0] = '\0';
}

void text_deinit(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

bool text_write(int descriptor, const void *data, size_t bytes)
{
    const char *next = data;
    while (bytes > 0) {
        ssize_t written = write(descriptor, next, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        next += written;
        bytes -= (size_t)written;
    }
    return true;
}

static bool read_all(struct text *text, int descriptor, size_t bytes_max)
{
    size_t before = text->length;
    for (;;) {
        reserve(text, TEXT_READ_BYTES);
        ssize_t got = read(descriptor, text->data + text->length, TEXT_READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        text->length += (size_t)got;
        text->data[text->length] = '\0';
        if (text->length - before > bytes_max) {
            errno = EFBIG;
            return false;
        }
        if (got == 0)
            return true;
    }
}

bool text_read_file(struct text *text, const char *path, size_t bytes_max)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool done = read_all(text, descriptor, bytes_max);
    int error = errno;
    close(descriptor);
    errno = error;
    return done;
}
